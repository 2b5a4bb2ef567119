"""What runs, before it is machine code: buffers, and steps that read and write them. `f.dump("kernels")` prints this.

A `Kernel` is one loop nest around a straight line of statements on values numbered %0, %1, ...; movement ops have
become positions, so a statement is a load, an operation, a store or an accumulation. A `Product` is a call of BLAS, a
`System` one of LAPACK. Knows nothing of LLVM. `roots.py` makes these, `loops.py`, `blas.py` and `lapack.py` run them.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from ..ir.node import Node
from ..ir.types import Dim, Type, product
from .affine import Affine
from .text import SCALAR


@dataclass(frozen=True, eq=False)
class Buffer:
    """Contiguous memory of one array: an argument, a result, a constant, a piece of the arena or of a strip's workspace."""

    name: str
    kind: str  # "input", "output", "constant", "arena" or "strip"
    type: Type
    number: int = 0
    value: np.ndarray | None = None  # of a constant

    @property
    def bytes(self) -> Dim:
        return product(self.type.shape) * self.type.dtype.itemsize

    @property
    def symbol(self) -> str:
        """What it is called in LLVM IR; a person's names may be in any script and may look like ours."""
        return f"in{self.number}" if self.kind == "input" else self.name

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Load:
    """buffer[position + the sum of indirect value * stride]; 0 where the mask does not hold.

    Indirect values come from the data: they count from the end if negative and are checked against their size.
    """

    target: int
    buffer: Buffer
    position: Affine
    mask: int | None = None
    indirect: tuple[tuple[int, Dim, Dim], ...] = ()  # (value, stride, size)

    def __str__(self) -> str:
        where = " + ".join([str(self.position), *(f"{s}*%{v}" for v, s, _ in self.indirect)])
        return f"%{self.target} = {self.buffer}[{where}]" + (f" if %{self.mask}" if self.mask is not None else "")


@dataclass(frozen=True)
class Compute:
    """An elementwise op on values."""

    target: int
    node: Node
    operands: tuple[int, ...]

    def __str__(self) -> str:
        return f"%{self.target} = {self.node.op.name} {', '.join(f'%{v}' for v in self.operands)}"


@dataclass(frozen=True)
class Fill:
    """A number that is known now."""

    target: int
    value: object
    dtype: str

    def __str__(self) -> str:
        return f"%{self.target} = {self.value}"


@dataclass(frozen=True)
class Ramp:
    """A position (an index, a size) as a number."""

    target: int
    position: Affine
    dtype: str

    def __str__(self) -> str:
        return f"%{self.target} = {self.position}"


@dataclass(frozen=True)
class Inside:
    """A mask: each position is in 0 .. size-1, and the outer mask holds."""

    target: int
    ranges: tuple[tuple[Affine, Dim], ...]
    outer: int | None

    def __str__(self) -> str:
        text = " and ".join(f"0 <= {p} < {n}" for p, n in self.ranges)
        return f"%{self.target} = {text}" + (f" and %{self.outer}" if self.outer is not None else "")


@dataclass(frozen=True)
class Masked:
    """The value where the mask holds, else 0."""

    target: int
    mask: int
    value: int
    dtype: str

    def __str__(self) -> str:
        return f"%{self.target} = %{self.value} if %{self.mask} else 0"


@dataclass(frozen=True)
class Store:
    """buffer[position] = value."""

    buffer: Buffer
    position: Affine
    value: int

    def __str__(self) -> str:
        return f"{self.buffer}[{self.position}] = %{self.value}"


LOCATE = ("argmax", "argmin")  # reductions whose result is a position


@dataclass(frozen=True)
class Accumulate:
    """buffer[position] = the sum (prod, max, min) of value over the reduced loops; for argmax and argmin, where along the
    only reduced loop the value is first largest (smallest)."""

    op: str
    buffer: Buffer
    position: Affine
    value: int

    def __str__(self) -> str:
        return f"{self.buffer}[{self.position}] = {self.op} of %{self.value}"

    @property
    def locates(self) -> bool:
        """Whether the result is a position instead of a value."""
        return self.op in LOCATE


@dataclass(frozen=True)
class Running:
    """Along the only reduced loop, r = a*r + b from r = 0 stored at each step; a is None for running sums."""

    buffer: Buffer
    position: Affine
    a: int | None
    b: int

    def __str__(self) -> str:
        return f"{self.buffer}[{self.position}] = running {f'%{self.a} * r + ' if self.a is not None else 'r + '}%{self.b}"


@dataclass(frozen=True)
class Scatter:
    """buffer[position + indirect] += value, in the order of the loops."""

    buffer: Buffer
    position: Affine
    indirect: tuple[tuple[int, Dim, Dim], ...]
    value: int

    def __str__(self) -> str:
        where = " + ".join([str(self.position), *(f"{s}*%{v}" for v, s, _ in self.indirect)])
        return f"{self.buffer}[{where}] += %{self.value}"


Statement = Load | Compute | Fill | Ramp | Inside | Masked | Store | Accumulate | Running | Scatter
SEQUENTIAL = (Running, Scatter)  # these need the elements one by one, in order


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


def positions(statement: Statement) -> tuple[Affine, ...]:
    if isinstance(statement, Inside):
        return tuple(p for p, _ in statement.ranges)
    return (statement.position,) if hasattr(statement, "position") else ()


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


def moved(statement: Statement, number: dict[int, int]) -> Statement:
    """The statement with its loop variables numbered anew."""
    if isinstance(statement, Inside):
        return replace(statement, ranges=tuple((p.renamed(number), n) for p, n in statement.ranges))
    if isinstance(statement, (Load, Ramp, Store, Accumulate, *SEQUENTIAL)):
        return replace(statement, position=statement.position.renamed(number))
    return statement
