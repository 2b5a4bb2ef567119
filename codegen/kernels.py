"""What runs, before it is machine code: steps that read and write buffers. `f.dump("kernels")` prints this.

A `Kernel` is one loop nest around the statements of `statements.py`. A `Product` is a call of BLAS, a `System` one of
LAPACK. Knows nothing of LLVM. `roots.py` makes these, `loops.py`, `blas.py` and `lapack.py` run them.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..ir.types import Dim
from .statements import SEQUENTIAL, Accumulate, Buffer, Load, Running, Statement, Store, moved, positions
from .text import SCALAR


@dataclass
class Kernel:
    """A loop nest: `sizes[k]` is the extent of loop variable k. Over the `reduced` loops values are accumulated, inside all
    others; a running sum goes through them in order."""

    name: str
    sizes: tuple[Dim, ...]
    reduced: frozenset[int]
    statements: list[Statement]
    dtypes: dict[int, str]  # of every value
    flipped: bool = False   # the last loop runs from its end
    needs: tuple[Dim, ...] = ()  # where one of these is 0, the loops have nothing to read and do not run

    def reads(self) -> Iterator[Buffer]:
        return (s.buffer for s in self.statements if isinstance(s, Load))

    def writes(self) -> Iterator[Buffer]:
        return (s.buffer for s in self.statements if isinstance(s, (Store, Accumulate, *SEQUENTIAL)))

    def locates(self) -> bool:
        """Whether it finds the position of an extremum."""
        return any(isinstance(s, Accumulate) and s.locates for s in self.statements)

    def title(self) -> str:
        return f"kernel {self.name}"

    def __str__(self) -> str:
        lines, indent = [self.title()], "  "
        how = " (in order)" if any(isinstance(s, Running) for s in self.statements) else " (reduced)"
        for k, size in enumerate(self.sizes):
            role = how if k in self.reduced else ""
            lines.append(f"{indent}for i{k} in {'reversed ' if self.flipped and k == len(self.sizes) - 1 else ''}0 .. {size}{role}")
            indent += "  "
        return "\n".join([*lines, *(indent + str(s) for s in self.statements)])


@dataclass
class Clear:
    """Fills a buffer with zeros before others add to it or write a part of it."""

    buffer: Buffer

    def reads(self) -> Iterator[Buffer]:
        return iter(())

    def writes(self) -> Iterator[Buffer]:
        return iter((self.buffer,))

    @property
    def work(self) -> Dim:
        return self.buffer.type.size

    def __str__(self) -> str:
        return f"clear {self.buffer}"


@dataclass
class Product:
    """out = a @ b by BLAS, for each of the leading `batch` elements; transposed operands are read in place."""

    name: str
    a: Buffer
    b: Buffer
    out: Buffer
    transposed: tuple[bool, bool]
    batch: Dim
    rows: Dim
    inner: Dim
    columns: Dim

    def reads(self) -> Iterator[Buffer]:
        return iter((self.a, self.b))

    def writes(self) -> Iterator[Buffer]:
        return iter((self.out,))

    @property
    def work(self) -> Dim:
        """About how many scalar operations this takes."""
        return 2 * self.batch * self.rows * self.inner * self.columns

    def __str__(self) -> str:
        a, b = (f"{x}{'^T' if t else ''}" for x, t in zip((self.a, self.b), self.transposed))
        return f"product {self.name}\n  {self.out} = {a} @ {b}  [{self.batch} of {self.rows} x {self.inner} x {self.columns}]"


@dataclass
class System:
    """A call of LAPACK for each of `batch` square matrices of order n.

    kind   "factor": a -> L U and row exchanges; "solve": (L U, exchanges, rows of right sides) -> rows of solutions, of the
           transposed system if `transposed`; "det": (L U, exchanges) -> determinants; "cofactor": a -> cofactors, and scratch
    """

    kind: str
    sources: tuple[Buffer, ...]
    results: tuple[Buffer, ...]
    batch: Dim
    n: Dim
    rows: Dim = 0
    transposed: bool = False

    def reads(self) -> Iterator[Buffer]:
        return iter(self.sources)

    def writes(self) -> Iterator[Buffer]:
        return iter(self.results)

    @property
    def scalar(self) -> str:
        """LLVM's name of the matrices' type."""
        return SCALAR[self.sources[0].type.dtype_name]

    @property
    def work(self) -> Dim:
        """About how many scalar operations this takes."""
        elements = self.batch * self.n * self.n
        cubes = elements * self.n
        return {"factor": cubes, "solve": 2 * elements * self.rows, "det": self.batch * self.n, "cofactor": 4 * cubes}[self.kind]

    def __str__(self) -> str:
        a, b = (", ".join(map(str, buffers)) for buffers in (self.sources, self.results))
        return f"{self.kind}{' transposed' if self.transposed else ''}\n  {b} = {a}  [{self.batch} of {self.n} x {self.n}]"


Step = Kernel | Clear | Product | System


@dataclass
class Plan:
    """The steps of a function in order, with the buffers they use."""

    inputs: list[Buffer]
    outputs: list[Buffer]
    steps: list[Step]
    constants: list[Buffer] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps) + "\n"


def collapsed(kernel: Kernel) -> Kernel:
    """The kernel with neighbouring loops joined where every position walks straight on from one to the other."""
    at = len(kernel.sizes) - 2
    while at >= 0:
        if (at in kernel.reduced) == (at + 1 in kernel.reduced) and _straight(kernel, at):
            kernel = _joined(kernel, at)
        at -= 1
    return kernel


def _straight(kernel: Kernel, outer: int) -> bool:
    if any(isinstance(s, SEQUENTIAL) for s in kernel.statements):
        return False
    size = kernel.sizes[outer + 1]
    return all(
        p.coefficient(outer) == p.coefficient(outer + 1) * size for s in kernel.statements for p in positions(s)
    )


def _joined(kernel: Kernel, outer: int) -> Kernel:
    number = {k: k if k < outer else k - 1 for k in range(len(kernel.sizes)) if k != outer}
    sizes = (*kernel.sizes[:outer], kernel.sizes[outer] * kernel.sizes[outer + 1], *kernel.sizes[outer + 2:])
    reduced = frozenset(number[k] for k in kernel.reduced if k in number)
    return replace(kernel, sizes=sizes, reduced=reduced, statements=[moved(s, number) for s in kernel.statements])
