"""What an op declares: its name, its type rule, its meaning in NumPy and its derivative, in one row.

Owns the columns; the rows are in `ops/`. Knows nothing of how an op runs as machine code. Read `node.py` next.

A derivative is one of four declarations (Partials, Linear, Bilinear, Zero), and both modes are derived from it in
`compiler/autodiff`, so they cannot disagree; `Hook` is for ops with regions, which say both modes themselves.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .node import Node, make
from .types import Type

if TYPE_CHECKING:
    from .types import TupleType

# A partial is 1 or -1 (the tangent itself or its negative), or a function of (*arguments, result) that builds it.
# None: the argument carries no derivative (a condition, an index).
Partial = int | Callable[..., Node] | None


class Partials:
    """Elementwise: one partial derivative an argument. jvp: sum of partial*tangent; vjp: partial*cotangent."""

    __slots__ = ("of", "open")

    def __init__(self, of: tuple[Partial, ...]) -> None:
        self.of = of
        self.open = tuple([i for i, partial in enumerate(of) if partial is not None])  # the arguments that carry a derivative


class Linear(NamedTuple):
    """Linear in the listed arguments (all, if None): the tangent is the op on the tangents.

    `transpose(ct, node, i)` is the cotangent of argument i.
    """

    transpose: Callable[[Node, Node, int], Node]
    arguments: tuple[int, ...] | None = None


class Bilinear(NamedTuple):
    """Linear in each of two arguments: the tangent is op(ta, b) + op(a, tb); one transpose an argument."""

    transposes: tuple[Callable[[Node, Node], Node], Callable[[Node, Node], Node]]


class Zero(NamedTuple):
    """Piecewise constant or discrete: no derivative flows."""


class Weighted(NamedTuple):
    """A reduction over `axes` of the first argument with a weight an element: the result's partials.

    `weights(x, y)` builds them in x's shape. jvp: sum(weights * t, axes); vjp: weights * broadcast(ct).
    """

    weights: Callable[[Node], Node]


class Hook(NamedTuple):
    """Both modes said in full.

    `jvp(node, tangents)` gives the result's tangent (tangents may be None: absent).
    `vjp(node, ct)` gives a cotangent or None for each argument. For a tuple result both use lists with a part each.
    """

    jvp: Callable[[Node, Sequence[Any]], Any]
    vjp: Callable[[Node, Any], Sequence[Any]]


Derivative = Partials | Linear | Bilinear | Zero | Weighted | Hook


@dataclass(frozen=True, eq=False, repr=False)
class Op:
    """One row of the table. Rows compare by identity and register themselves by name.

    infer      (argument types, *attributes) -> the result's type; raises ShapeError or DTypeError
    evaluate   (NumPy arrays, *attributes) -> array: the op's meaning; attributes have sizes already put in
    sample     the open intervals, one an argument, that tests may draw from
    takes      for elementwise rows the dtype kinds it is defined on; empty for all other rows
    commutes   whether the two arguments may change places
    results    for ops on operands of one type: the result's type by theirs, as far as it was inferred
    nodes      the nodes of this op that exist; `node.py` keeps this table
    """

    name: str
    infer: Callable[..., Type | TupleType]
    evaluate: Callable[..., Any]
    derivative: Derivative
    attributes: tuple[str, ...] = ()
    arity: int | None = 1  # None: any number
    doc: str = ""
    takes: str = ""  # elementwise rows: the dtype kinds it is defined on ("f", "fi", "fib", "b"); others: empty
    commutes: bool = False
    sample: tuple[tuple[float, float], ...] = ()
    results: dict[Type, Type] | None = None
    nodes: dict[Any, Any] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.name in TABLE:
            raise ValueError(f"op {self.name}: declared twice")
        TABLE[self.name] = self

    def __call__(self, *args: Node, **attributes: object) -> Node:
        """The node of this op on nodes of exactly the right types. The front end's functions convert; this does not."""
        return make(self, args, tuple([attributes[name] for name in self.attributes]) if attributes else ())

    @property
    def elementwise(self) -> bool:
        return bool(self.takes)

    def __repr__(self) -> str:
        return f"<op {self.name}>"

    def __reduce__(self) -> tuple[object, ...]:
        return (_row, (self.name,))


TABLE: dict[str, Op] = {}


def _row(name: str) -> Op:
    return TABLE[name]


class Constant:
    """The value of a `const` node: a read-only array that is keyed by dtype, shape and bits.

    By value, -0.0 would merge with 0.0 and NaN with nothing. `number` is the rank 0 array that all elements are, if they
    all have the same bits, else None.
    """

    __slots__ = ("array", "number", "_key")

    def __init__(self, array: object) -> None:
        self.array = np.array(array, order="C")  # a copy: nobody else may write to it
        self.array.flags.writeable = False
        self._key = (self.array.dtype.name, self.array.shape, self.array.tobytes())
        self.number = self.array if self.array.ndim == 0 else self._number()

    def _number(self) -> np.ndarray | None:
        flat, bits, width = self.array.reshape(-1), self._key[2], self.array.itemsize
        if bits[:width] != bits[-width:] or bits != bits[:width] * flat.size:
            return None
        return flat[0, ...] if flat.size else None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Constant) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __reduce__(self) -> tuple[object, ...]:
        return (Constant, (np.array(self.array),))
