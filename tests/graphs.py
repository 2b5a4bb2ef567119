"""Random well-typed graphs with arrays that fit them, for property tests of every stage: `programs()`.

    @given(programs(smooth=True))
    def test_modes_agree(program): graph, arrays = program

It builds through the rows of `wengert.ir.ops` alone, so no front end, pass or derivative is trusted here.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from wengert.ir import ops
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.op import TABLE, Op
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.external import EXTERNAL
from wengert.ir.ops.source import constant
from wengert.ir.types import Dim, Poly, Type

Draw = Callable[..., int]
N, M = Poly.name("n"), Poly.name("m")
# Infinitely differentiable on all reals and slow to grow: derivatives of these can be compared with differences.
SMOOTH = ("sin", "cos", "tanh", "sigmoid", "softplus", "arctan", "arcsinh", "erf", "negative", "square",
          "add", "subtract", "multiply", "logaddexp")
SPECIAL = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 5e-324, 1e308)
RANK = 4


class Program(NamedTuple):
    """A graph and arrays for its inputs."""

    graph: Graph
    arrays: tuple[np.ndarray, ...]


@st.composite
def programs(
    draw: Callable[..., object], steps: int = 10, *, smooth: bool = False, dtypes: Sequence[str] = ("float64",),
    empty: bool = False, special: bool = False, regions: bool = False,
) -> Program:
    """A graph of up to `steps` random operations on one to three inputs, and arrays for it.

    smooth    only operations that are differentiable everywhere
    dtypes    of the inputs; casts, comparisons and indices bring others in where `smooth` is not asked for
    empty     the named sizes may be 0
    special   floats include infinities, NaN, signed zeros, and numbers near overflow and underflow
    regions   scan and cond take part
    """
    def number(low: int, high: int) -> int:
        return draw(st.integers(low, high))  # type: ignore[return-value]

    sizes = {name: number(0 if empty else 1, 4) for name in ("n", "m")}
    builder = _Builder(number, smooth, not empty)
    # The first input names both sizes, so that every other node may.
    types = [Type(pick(number, dtypes), (N, M)), *(Type(pick(number, dtypes), builder.shape()) for _ in range(number(0, 2)))]
    inputs = [ops.input(name=f"x{k}", type=type) for k, type in enumerate(types)]
    builder.pool = list(inputs)
    makers = [*MAKERS, *([] if smooth else ROUGH), *(REGIONS if regions else [])]
    for _ in range(number(1, steps)):
        made = pick(number, makers)(builder)
        if made is not None:
            builder.pool.append(made)
    outputs = [builder.pool[-1], *(builder.any() for _ in range(number(0, 1)))]
    arrays = tuple(array_of(number(0, 2**32 - 1), node.type, sizes, special) for node in inputs)
    return Program(Graph("program", inputs, outputs), arrays)


def array_of(seed: int, type: Type, sizes: dict[str, int], special: bool = False) -> np.ndarray:
    """A random array of the type for the given sizes: floats in (-2, 2), integers in -5..5."""
    rng = np.random.default_rng(seed)
    shape = tuple(d if isinstance(d, int) else d.evaluate(sizes) for d in type.shape)
    if type.dtype.kind == "b":
        return np.asarray(rng.random(shape) < 0.5)
    if type.dtype.kind == "i":
        return np.asarray(rng.integers(-5, 6, shape), type.dtype)
    values = np.asarray(rng.uniform(-2, 2, shape))
    if special:
        values = np.where(rng.random(shape) < 0.3, rng.choice(SPECIAL, shape), values)
    with np.errstate(over="ignore"):
        return np.asarray(values, type.dtype)


def pick(number: Draw, choices: Sequence[object]) -> object:
    return choices[number(0, len(choices) - 1)]


class _Builder:
    def __init__(self, number: Draw, smooth: bool, filled: bool) -> None:
        self.number, self.smooth, self.filled = number, smooth, filled
        self.pool: list[Node] = []

    def shape(self) -> tuple[Dim, ...]:
        return tuple(pick(self.number, (N, M, 1, 2, 3)) for _ in range(self.number(0, 3)))

    def any(self, fits: Callable[[Node], bool] = lambda node: True) -> Node | None:
        found = [node for node in self.pool if fits(node)]
        return pick(self.number, found) if found else None

    def like(self, x: Node) -> Node:
        """A node of the type of x."""
        return self.any(lambda node: node.type is x.type)

    def axis(self, x: Node) -> int:
        return self.number(0, x.type.ndim - 1)

    def axes(self, x: Node) -> tuple[int, ...]:
        return tuple(k for k in range(x.type.ndim) if self.number(0, 1))


def ranked(node: Node) -> bool:
    return node.type.ndim > 0


def is_number(node: Node) -> bool:
    return node.type.dtype.kind != "b"


def elementwise(b: _Builder) -> Node | None:
    x = b.any()
    rows = [op for op in TABLE.values() if op.elementwise and not op.attributes and op.name not in {**EXTERNAL, **COMPOSITE}
            and op.arity < 3 and x.type.dtype.kind in op.takes]
    if b.smooth:
        rows = [op for op in rows if op.name in SMOOTH]
    op: Op = pick(b.number, rows)
    return op(x, *(b.like(x) for _ in range(op.arity - 1)))


def scaled(b: _Builder) -> Node | None:
    x = b.any(is_number)
    if x is None:
        return None
    factor = constant(pick(b.number, (2, -1, 3) if x.type.dtype.kind == "i" else (0.5, -1.5, 2.0)), x.type.dtype)
    return ops.multiply(x, ops.broadcast(factor, shape=x.type.shape, axes=()))


def total(b: _Builder) -> Node | None:
    x = b.any(is_number)
    return ops.sum(x, axes=b.axes(x)) if x is not None else None


def running(b: _Builder) -> Node | None:
    x = b.any(lambda node: ranked(node) and is_number(node))
    if x is None:
        return None
    axis, reverse = b.axis(x), bool(b.number(0, 1))
    if b.number(0, 1):
        return ops.cumsum(x, axis=axis, reverse=reverse)
    return ops.linear_recurrence(x, b.like(x), axis=axis, reverse=reverse)


def broadcast(b: _Builder) -> Node | None:
    x = b.any(lambda node: node.type.ndim < RANK)
    if x is None:
        return None
    at = b.number(0, x.type.ndim)
    shape = (*x.type.shape[:at], pick(b.number, (N, 2)), *x.type.shape[at:])
    return ops.broadcast(x, shape=shape, axes=tuple(k for k in range(len(shape)) if k != at))


def reshape(b: _Builder) -> Node | None:
    x = b.any()
    if x.type.ndim and b.number(0, 1):
        return ops.reshape(x, shape=(x.type.size,))
    if x.type.ndim == RANK:
        return None
    at = b.number(0, x.type.ndim)
    return ops.reshape(x, shape=(*x.type.shape[:at], 1, *x.type.shape[at:]))


def transpose(b: _Builder) -> Node | None:
    x = b.any()
    turn = b.number(0, 5) % (x.type.ndim or 1)
    return ops.transpose(x, axes=tuple((k + turn) % x.type.ndim for k in range(x.type.ndim)))


def flip(b: _Builder) -> Node | None:
    x = b.any()
    return ops.flip(x, axes=b.axes(x))


def cut(b: _Builder) -> Node | None:
    """A slice: from the front, of the rest, with a step. An axis whose size may be 0 keeps its bounds."""
    x = b.any(ranked)
    if x is None:
        return None
    starts, stops, steps = [], [], []
    for dim in x.type.shape:
        spare = dim > 0 if isinstance(dim, int) else b.filled and dim in (N, M)
        first = b.number(0, 1) if spare else 0
        starts.append(first)
        stops.append(dim - (b.number(0, 1) if spare and not first else 0))
        steps.append(b.number(1, 3))
    return ops.slice(x, starts=tuple(starts), stops=tuple(stops), steps=tuple(steps))


def pad(b: _Builder) -> Node | None:
    x = b.any()
    low, high = (tuple(b.number(0, 1) for _ in x.type.shape) for _ in range(2))
    inside = tuple(b.number(0, 1) if isinstance(d, int) and d > 0 else 0 for d in x.type.shape)
    return ops.pad(x, low=low, high=high, interior=inside)


def concatenate(b: _Builder) -> Node | None:
    x = b.any(ranked)
    return ops.concatenate(x, b.like(x), axis=b.axis(x)) if x is not None else None


def matmul(b: _Builder) -> Node | None:
    x = b.any(lambda node: node.type.ndim >= 1 and is_number(node))
    if x is None:
        return None
    if x.type.ndim == 1:
        return ops.matmul(x, b.like(x))
    n = x.type.ndim
    return ops.matmul(x, ops.transpose(b.like(x), axes=(*range(n - 2), n - 1, n - 2)))


def gather(b: _Builder) -> Node | None:
    """The elements of one axis in reverse order, twice; or its transpose, which adds them up."""
    x = b.any(ranked)
    if x is None:
        return None
    dim = x.type.shape[0]
    ramp = ops.flip(ops.iota(shape=(dim,), axis=0, dtype="int64"), axes=(0,))
    if b.number(0, 1) and is_number(x):
        return ops.scatter_add(x, ramp, axes=(0,), shape=x.type.shape)
    return ops.gather(x, ops.concatenate(ramp, ramp, axis=0), axes=(0,))


MAKERS = [elementwise, elementwise, elementwise, scaled, total, running, broadcast, reshape, transpose, flip, cut, pad,
          concatenate, matmul, gather]


def extremum(b: _Builder) -> Node | None:
    def filled(node: Node) -> bool:
        return ranked(node) and all(d > 0 if isinstance(d, int) else b.filled and d in (N, M) for d in node.type.shape)

    x = b.any(filled)
    if x is None:
        return None
    op = pick(b.number, (ops.max, ops.min, ops.argmax, ops.argmin))
    return op(x, axes=b.axes(x)) if op.attributes == ("axes",) else op(x, axis=b.axis(x))


def product(b: _Builder) -> Node | None:
    x = b.any(is_number)
    return ops.prod(x, axes=b.axes(x)) if x is not None else None


def compare(b: _Builder) -> Node | None:
    x = b.any()
    y = b.like(x)
    return ops.where(ops.less(x, y), y, b.like(x))


def cast(b: _Builder) -> Node | None:
    return ops.cast(b.any(), dtype=pick(b.number, ("float64", "float32", "int64", "int32", "bool")))


def size(b: _Builder) -> Node | None:
    return ops.size(dim=pick(b.number, (N, M, N + 2 * M, N * M, (N + 1) // 2)))


ROUGH = [extremum, product, compare, cast, size]


def scan(b: _Builder) -> Node | None:
    """A recurrence over the first axis, with what it captures; its last carry or its rows."""
    x = b.any(lambda node: ranked(node) and node.type.is_float)
    if x is None:
        return None
    row = Type(x.type.dtype, x.type.shape[1:])
    carry, element, scale = (ops.input(name=f"p{k}", type=type) for k, type in enumerate((row, row, Type(row.dtype))))
    spread = ops.broadcast(scale, shape=row.shape, axes=())
    state = ops.tanh(ops.add(ops.multiply(carry, spread), element))
    body = Graph("body", [carry, element, scale], [state, ops.multiply(state, element)])
    begin = ops.broadcast(constant(0.5, row.dtype), shape=row.shape, axes=())
    loop = ops.scan(begin, x, constant(1.5, row.dtype), body=body, length=x.type.shape[0], carries=1, sequences=1,
                    reverse=bool(b.number(0, 1)))
    return ops.item(loop, index=b.number(0, 1))


def cond(b: _Builder) -> Node | None:
    x = b.any(lambda node: node.type.is_float)
    if x is None:
        return None
    p = ops.input(name="p0", type=x.type)
    yes, no = (Graph(name, [p], [op(p)]) for name, op in (("yes", ops.sin), ("no", ops.negative)))
    test = ops.less(ops.sum(x, axes=tuple(range(x.type.ndim))), constant(0.0, x.type.dtype))
    return ops.cond(test, x, yes=yes, no=no)


REGIONS = [scan, cond]
