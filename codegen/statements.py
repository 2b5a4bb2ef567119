"""What a kernel does inside its loops: a straight line of statements on values numbered %0, %1, ...

Movement ops have become positions, so a statement is a load, an operation, a store or an accumulation; each is printed as
`f.dump("kernels")` shows it. Owns buffers too, which statements read and write. Read `kernels.py` next.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..ir.node import Node
from ..ir.types import Dim, Type, product
from .affine import Affine

Indirect = tuple[int, Dim, Dim]  # a value that comes from the data, its stride, and the size that it must be below


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


def _place(position: Affine, indirect: Sequence[Indirect]) -> str:
    return " + ".join([str(position), *(f"{stride}*%{value}" for value, stride, _ in indirect)])


@dataclass(frozen=True)
class Load:
    """buffer[position + the sum of indirect value * stride]; 0 where the mask does not hold.

    Indirect values come from the data: they count from the end if negative and are checked against their size.
    """

    target: int
    buffer: Buffer
    position: Affine
    mask: int | None = None
    indirect: tuple[Indirect, ...] = ()

    def __str__(self) -> str:
        where = _place(self.position, self.indirect)
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
    indirect: tuple[Indirect, ...]
    value: int

    def __str__(self) -> str:
        return f"{self.buffer}[{_place(self.position, self.indirect)}] += %{self.value}"


Statement = Load | Compute | Fill | Ramp | Inside | Masked | Store | Accumulate | Running | Scatter
SEQUENTIAL = (Running, Scatter)  # these need the elements one by one, in order


def positions(statement: Statement) -> tuple[Affine, ...]:
    if isinstance(statement, Inside):
        return tuple(p for p, _ in statement.ranges)
    return (statement.position,) if hasattr(statement, "position") else ()


def moved(statement: Statement, number: dict[int, int]) -> Statement:
    """The statement with its loop variables numbered anew."""
    if isinstance(statement, Inside):
        return replace(statement, ranges=tuple((p.renamed(number), n) for p, n in statement.ranges))
    if isinstance(statement, (Load, Ramp, Store, Accumulate, *SEQUENTIAL)):
        return replace(statement, position=statement.position.renamed(number))
    return statement
