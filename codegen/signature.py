"""What compiled code takes and gives: the contract between the lowering, the native entry and the Python slow path.

Knows nothing of LLVM or CPython. Read `callable.py` next.
"""
from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, fields

from ..ir.errors import GraphError
from ..ir.extents import Extent, safe_bits
from ..ir.sizes import Solution, solutions
from ..ir.types import Dim, Poly, Type, dim_names

STACK = 16 << 10    # bytes of an arena that lives on the stack


@dataclass(frozen=True, eq=False, repr=False)
class Signature:
    """The inputs and outputs of one compiled function, and what is known about a call of it.

    The lowering defines `i32 @body(ptr inputs, ptr outputs, ptr sizes, ptr arena)`. `inputs` and `outputs` are arrays
    of data pointers (a bool is one byte), `sizes` the i64 sizes of the named dims in the order of `sizes`, `arena` a
    block of `arena` bytes aligned to 64. It returns 0, or k to say that the call fails with `failures[k - 1]`.
    Code that cannot have its arena returns -1.
    """

    name: str
    inputs: tuple[tuple[str, Type], ...]
    outputs: tuple[Type, ...]
    single: bool = False                        # the call returns the one output itself, not a tuple
    sizes: tuple[str, ...] = ()                 # the named dims; each follows from an axis of some input
    guards: tuple[tuple[Dim, str], ...] = ()    # a dim that must not be negative, and what to say where it is
    arena: Dim = 0                              # bytes
    work: Dim = 0                               # scalar operations, estimated: long calls release the GIL
    failures: tuple[str, ...] = ()
    extents: tuple[Extent, ...] = ()            # what 64 bits must count
    outs: tuple[str, ...] = ()                  # how messages name the place of each output: "out", "out[1]", "out['b']"

    def __post_init__(self) -> None:
        names = [sys.intern(name) for name, _ in self.inputs]  # as call sites' keywords are
        object.__setattr__(self, "inputs", tuple((name, type) for name, (_, type) in zip(names, self.inputs, strict=True)))
        for name in names:
            if names.count(name) > 1:
                raise GraphError(f"{self.name}: two inputs are called {name!r}; give each a name of its own")
            if name == "out":
                raise GraphError(f"{self.name}: an input cannot be called 'out', as every call takes out=; rename it")
        if self.single and len(self.outputs) != 1:
            raise GraphError(f"{self.name}: a single output was declared, got {len(self.outputs)}")
        if not self.outs:
            object.__setattr__(self, "outs", ("out",) if self.single else tuple(f"out[{k}]" for k in range(len(self.outputs))))
        self._check_sizes()

    def _check_sizes(self) -> None:
        bound = {*self.binders(), *(solution.name for solution in self.solutions())}
        needed = {name for _, type in self.inputs for dim in type.shape for name in dim_names(dim)}
        needed |= {name for type in self.outputs for dim in type.shape for name in dim_names(dim)}
        for name in sorted(needed | set(self.sizes)):
            if name not in bound:
                raise GraphError(f"{self.name}: the size {name} does not follow from the axes of any input, so a call cannot tell {name}")
            if name not in self.sizes:
                raise GraphError(f"{self.name}: the size {name} is not listed in sizes")

    def binders(self) -> Mapping[str, tuple[int, int]]:
        """For each named size the input and the axis that tell it: the first that is exactly that name."""
        found: dict[str, tuple[int, int]] = {}
        for position, (_, type) in enumerate(self.inputs):
            for axis, dim in enumerate(type.shape):
                if isinstance(dim, Poly) and dim.is_name:
                    found.setdefault(str(dim), (position, axis))
        return found

    def solutions(self) -> list[Solution]:
        """How the other named sizes follow from the axes of inputs."""
        return solutions([type for _, type in self.inputs])

    def safe_bits(self) -> int:
        """Named sizes below 2 to this power need no look at the extents."""
        dims = [dim for _, type in self.inputs for dim in type.shape] + [dim for dim, _ in self.guards]
        dims += [type.size * type.dtype.itemsize for type in self.outputs]
        return safe_bits([*self.extents, *(Extent(dim, "") for dim in dims)])

    def name_addresses(self) -> dict[str, int]:
        """The addresses of the inputs' names. They are interned, so code compares addresses; this object keeps them."""
        return {f"wengert.argument.{k}": id(name) for k, (name, _) in enumerate(self.inputs)}

    @property
    def keeps_memory(self) -> bool:
        """Whether the function holds an arena between calls; a small one of a constant size lives on the stack."""
        return not isinstance(self.arena, int) or self.arena > STACK

    def __reduce__(self) -> tuple[object, ...]:
        return (Signature, tuple(getattr(self, field.name) for field in fields(self)))  # names are interned anew

    def __str__(self) -> str:
        inputs = ", ".join(f"{name}: {type}" for name, type in self.inputs)
        outputs = ", ".join(map(str, self.outputs))
        return f"{self.name}({inputs}) -> {outputs if self.single else f'({outputs})'}"
