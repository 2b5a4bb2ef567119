"""Ops that only move elements: merged, cancelled, and moved outwards past arithmetic. All exact.

A broadcast moves outwards, so that what it repeats is computed once; the rules know nothing of values.
"""
from __future__ import annotations

import numpy as np

from ...ir import ops
from ...ir.node import Node, make
from ...ir.op import TABLE
from ...ir.ops.shape import inverse_permutation
from ...ir.types import Dim, Shape
from .rule import Rule, rewrites

_ELEMENTWISE = [op for op in TABLE.values() if op.elementwise]


# ---------------------------------------------------------------------------------------------------------- broadcast

@rewrites(ops.broadcast, name="broadcast to its own shape")
def _broadcast_nowhere(node: Node) -> Node | None:
    """broadcast(x) -> x"""
    return node.args[0] if node.args[0].type is node.type else None


@rewrites(ops.broadcast, name="broadcast twice", children=[ops.broadcast])
def _broadcast_twice(node: Node) -> Node | None:
    """broadcast(broadcast(x)) -> broadcast(x)"""
    inner = node.args[0]
    if inner.op is not ops.broadcast:
        return None
    outer = node.attrs[1]
    return ops.broadcast(inner.args[0], shape=node.attrs[0], axes=tuple(outer[a] for a in inner.attrs[1]))


@rewrites(*_ELEMENTWISE, name="broadcast after arithmetic", children=[ops.broadcast])
def _broadcast_last(node: Node) -> Node | None:
    """f(broadcast(x), broadcast(y)) -> broadcast(f(x, y))"""
    wide: Node | None = None
    for arg in node.args:
        if arg.op is not ops.broadcast:
            return None
        if wide is None or arg.args[0].type.ndim > wide.args[0].type.ndim:
            wide = arg
    assert wide is not None
    inner, axes = wide.args[0].type.shape, wide.attrs[1]
    args = []
    for arg in node.args:
        x = arg.args[0]
        if arg.attrs[1] == axes:
            args.append(x)
        elif set(arg.attrs[1]) <= set(axes):
            args.append(ops.broadcast(x, shape=inner, axes=tuple(axes.index(a) for a in arg.attrs[1])))
        else:
            return None
    return ops.broadcast(make(node.op, args, node.attrs), shape=node.type.shape, axes=axes)


@rewrites(ops.reshape, ops.slice, ops.transpose, ops.flip, name="moved constant", children=[ops.broadcast])
def _moved_scalar(node: Node) -> Node | None:
    """reshape(broadcast(scalar)) -> broadcast(scalar), and as slices, transposes and flips of it"""
    x = node.args[0].args[0]
    return ops.broadcast(x, shape=node.type.shape, axes=()) if node.args[0].op is ops.broadcast and not x.type.shape else None


@rewrites(ops.transpose, name="transposed broadcast", children=[ops.broadcast])
def _transposed_broadcast(node: Node) -> Node | None:
    """transpose(broadcast(x)) -> broadcast(transpose(x))"""
    inner = node.args[0]
    if inner.op is not ops.broadcast or not inner.args[0].type.shape:
        return None
    place = inverse_permutation(node.attrs[0])
    to = [place[a] for a in inner.attrs[1]]
    order = tuple(sorted(range(len(to)), key=to.__getitem__))
    x = inner.args[0] if order == tuple(range(len(order))) else ops.transpose(inner.args[0], axes=order)
    return ops.broadcast(x, shape=node.type.shape, axes=tuple(sorted(to)))


@rewrites(ops.reshape, name="broadcast of size one", children=[ops.broadcast])
def _broadcast_by_reshape(node: Node) -> Node | None:
    """reshape(broadcast(x)) -> reshape(x) where no element is repeated"""
    inner = node.args[0]
    if inner.op is not ops.broadcast or inner.args[0].type.size != inner.type.size:
        return None
    return ops.reshape(inner.args[0], shape=node.attrs[0])


# ------------------------------------------------------------------------------------------------ reshape, transpose

@rewrites(ops.reshape, name="reshaped to its own shape")
def _reshape_nowhere(node: Node) -> Node | None:
    """reshape(x) -> x"""
    return node.args[0] if node.args[0].type is node.type else None


@rewrites(ops.reshape, name="reshaped twice", children=[ops.reshape])
def _reshape_twice(node: Node) -> Node | None:
    """reshape(reshape(x)) -> reshape(x)"""
    inner = node.args[0]
    return ops.reshape(inner.args[0], shape=node.attrs[0]) if inner.op is ops.reshape else None


@rewrites(ops.transpose, name="transposed nowhere")
def _transpose_nowhere(node: Node) -> Node | None:
    """transpose(x) -> x"""
    return node.args[0] if node.attrs[0] == tuple(range(len(node.attrs[0]))) else None


@rewrites(ops.transpose, name="transposed twice", children=[ops.transpose])
def _transpose_twice(node: Node) -> Node | None:
    """transpose(transpose(x)) -> transpose(x)"""
    inner = node.args[0]
    if inner.op is not ops.transpose:
        return None
    return ops.transpose(inner.args[0], axes=tuple(inner.attrs[0][a] for a in node.attrs[0]))


@rewrites(ops.transpose, name="axes of size one transposed")
def _transposed_units(node: Node) -> Node | None:
    """transpose(x) -> reshape(x) where the axes longer than 1 keep their order"""
    shape = node.args[0].type.shape
    long = [axis for axis in node.attrs[0] if shape[axis] != 1]
    return ops.reshape(node.args[0], shape=node.type.shape) if long == sorted(long) else None


@rewrites(ops.transpose, name="transposed concatenation", children=[ops.concatenate])
def _transposed_parts(node: Node) -> Node | None:
    """transpose(concatenate(x, y)) -> concatenate(transpose(x), transpose(y))"""
    inner, axes = node.args[0], node.attrs[0]
    if inner.op is not ops.concatenate:
        return None
    return ops.concatenate(*(ops.transpose(part, axes=axes) for part in inner.args), axis=axes.index(inner.attrs[0]))


@rewrites(ops.flip, name="flipped twice", children=[ops.flip])
def _flip_twice(node: Node) -> Node | None:
    """flip(flip(x)) -> flip(x) over the axes that are in one of them"""
    inner = node.args[0]
    if inner.op is not ops.flip:
        return None
    axes = tuple(sorted(set(node.attrs[0]) ^ set(inner.attrs[0])))
    return ops.flip(inner.args[0], axes=axes) if axes else inner.args[0]


@rewrites(ops.flip, name="flipped nowhere")
def _flip_nowhere(node: Node) -> Node | None:
    """flip(x) -> x"""
    return None if node.attrs[0] else node.args[0]


# -------------------------------------------------------------------------------------------- slices, concatenations

def _zeros(rank: int) -> Shape:
    return (0,) * rank


@rewrites(ops.slice, name="slice of everything")
def _slice_all(node: Node) -> Node | None:
    """x[:] -> x"""
    whole = node.args[0].type.shape
    starts, stops, steps = node.attrs
    return node.args[0] if starts == _zeros(len(whole)) and stops == whole and all(s == 1 for s in steps) else None


@rewrites(ops.slice, name="slice of a slice", children=[ops.slice])
def _slice_twice(node: Node) -> Node | None:
    """x[a:b:s][c:d:t] -> x[a+c*s : a+(d-1)*s+1 : s*t]"""
    inner = node.args[0]
    if inner.op is not ops.slice:
        return None
    starts: list[Dim] = []
    stops: list[Dim] = []
    steps: list[int] = []
    for (a, s), (c, d, t) in zip(zip(inner.attrs[0], inner.attrs[2]), zip(*node.attrs)):
        if s != 1 and not (isinstance(c, int) and isinstance(d, int) and d > c):
            return None  # of an empty slice the last element is before the first
        starts.append(a + c * s)
        stops.append(a + d if s == 1 else a + (d - 1) * s + 1)
        steps.append(s * t)
    return ops.slice(inner.args[0], starts=tuple(starts), stops=tuple(stops), steps=tuple(steps))


@rewrites(ops.slice, name="slice of a concatenation", children=[ops.concatenate])
def _slice_part(node: Node) -> Node | None:
    """concatenate(x, y, z)[inside y] -> y[...]"""
    inner = node.args[0]
    if inner.op is not ops.concatenate:
        return None
    axis = inner.attrs[0]
    start, stop = node.attrs[0][axis], node.attrs[1][axis]
    before: Dim = 0
    for part in inner.args:
        after = before + part.type.shape[axis]
        if _known_order(before, start) and _known_order(stop, after) and _known_order(start, stop):
            starts, stops = list(node.attrs[0]), list(node.attrs[1])
            starts[axis], stops[axis] = start - before, stop - before
            return ops.slice(part, starts=tuple(starts), stops=tuple(stops), steps=node.attrs[2])
        before = after
    return None


def _known_order(low: Dim, high: Dim) -> bool:
    """Whether low <= high for every size, as far as it shows."""
    between = high - low
    return isinstance(between, int) and between >= 0


@rewrites(ops.concatenate, name="concatenation of one")
def _concatenate_one(node: Node) -> Node | None:
    """concatenate(x) -> x"""
    return node.args[0] if len(node.args) == 1 else None


@rewrites(ops.pad, name="padded by nothing")
def _pad_nothing(node: Node) -> Node | None:
    """pad(x) -> x"""
    rank = node.type.ndim
    return node.args[0] if node.attrs == (_zeros(rank), _zeros(rank), _zeros(rank)) else None


# -------------------------------------------------------------------------------------------------------------- casts

@rewrites(ops.cast, name="cast to its own dtype")
def _cast_nowhere(node: Node) -> Node | None:
    """cast(x) -> x"""
    return node.args[0] if node.args[0].type is node.type else None


@rewrites(ops.cast, name="cast twice", children=[ops.cast])
def _cast_twice(node: Node) -> Node | None:
    """cast(cast(x)) -> cast(x) where the dtype between holds every value of x"""
    inner = node.args[0]
    if inner.op is not ops.cast:
        return None
    x = inner.args[0]
    if not np.can_cast(x.type.dtype, inner.type.dtype, "safe") or x.type.dtype.name == "int64" != inner.type.dtype.name:
        return None  # NumPy calls int64 to float64 safe; it rounds
    return ops.cast(x, dtype=node.attrs[0])


RULES: list[Rule] = [value for value in list(vars().values()) if isinstance(value, Rule)]
