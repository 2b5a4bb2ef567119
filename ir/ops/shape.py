"""Ops that move elements without computing: broadcast, reshape, transpose, slice, pad, flip, concatenate.

All are linear. Broadcasting is explicit here and nowhere else: `broadcast` says which result axis each argument axis
becomes, so no derivative rule and no kernel has to know NumPy's alignment.
"""
from __future__ import annotations

import builtins

import numpy as np

from ..errors import DTypeError, ShapeError
from ..node import Node
from ..op import Linear, Op
from ..types import Dim, Shape, Type, product


def shape_text(shape: Shape) -> str:
    return "[" + ",".join(map(str, shape)) + "]"


def _broadcast_type(types: list[Type], shape: Shape, axes: tuple[int, ...]) -> Type:
    (x,) = types
    if len(axes) != x.ndim or any(not 0 <= a < len(shape) for a in axes) or list(axes) != sorted(set(axes)):
        raise ShapeError(f"broadcast: axes must be {x.ndim} increasing axes of {shape_text(shape)}, got {list(axes)}")
    for k, a in enumerate(axes):
        if x.shape[k] != shape[a]:
            raise ShapeError(f"broadcast: axis {k} of {x} must equal axis {a} of {shape_text(shape)}")
    return x.with_shape(shape)


def _broadcast(x: np.ndarray, shape: tuple[int, ...], axes: tuple[int, ...]) -> np.ndarray:
    aligned = [1] * len(shape)
    for k, a in enumerate(axes):
        aligned[a] = x.shape[k]
    return np.broadcast_to(np.reshape(x, aligned), shape)


def _broadcast_transpose(ct: Node, node: Node, i: int) -> Node:
    from .reductions import sum

    return sum(ct, axes=tuple(a for a in range(node.type.ndim) if a not in node.attribute("axes")))


broadcast = Op(
    "broadcast", _broadcast_type, _broadcast, Linear(_broadcast_transpose), ("shape", "axes"),
    doc="Repeats x along new axes: axis k of x becomes axis axes[k] of the result.",
)


def _reshape_type(types: list[Type], shape: Shape) -> Type:
    if product(types[0].shape) != product(shape):
        raise ShapeError(f"reshape: cannot reshape {types[0]} into {shape_text(shape)}: the numbers of elements differ")
    return types[0].with_shape(shape)


reshape: Op = Op(
    "reshape", _reshape_type, lambda x, shape: np.reshape(x, shape),
    Linear(lambda ct, node, i: reshape(ct, shape=node.args[0].type.shape)), ("shape",),
    doc="The same elements in row-major order under another shape.",
)


def _transpose_type(types: list[Type], axes: tuple[int, ...]) -> Type:
    if sorted(axes) != list(range(types[0].ndim)):
        raise ShapeError(f"transpose: axes must be a permutation of the {types[0].ndim} axes, got {list(axes)}")
    return types[0].with_shape(tuple(types[0].shape[a] for a in axes))


def inverse_permutation(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


transpose: Op = Op(
    "transpose", _transpose_type, lambda x, axes: np.transpose(x, axes),
    Linear(lambda ct, node, i: transpose(ct, axes=inverse_permutation(node.attribute("axes")))), ("axes",),
    doc="Axis k of the result is axis axes[k] of x.",
)


def extent(start: Dim, stop: Dim, step: int) -> Dim:
    """The number of elements of start:stop:step, all non-negative and the step positive."""
    return stop - start if step == 1 else (stop - start + (step - 1)) // step


def _slice_type(types: list[Type], starts: Shape, stops: Shape, steps: tuple[int, ...]) -> Type:
    (x,) = types
    if not len(starts) == len(stops) == len(steps) == x.ndim:
        raise ShapeError(f"slice: needs a start, stop and step for each of the {x.ndim} axes of {x}")
    for start, stop, step, dim in zip(starts, stops, steps, x.shape):
        margins = [m for m in slice_margins(start, stop, dim) if isinstance(m, int)]
        if step < 1 or any(m < 0 for m in margins):
            raise ShapeError(f"slice: {start}:{stop}:{step} does not lie in an axis of size {dim} of {x}")
    return x.with_shape(tuple(map(extent, starts, stops, steps)))


def slice_margins(start: Dim, stop: Dim, dim: Dim) -> tuple[Dim, Dim, Dim]:
    """What must not be negative for start:stop to lie in an axis; symbolic ones are checked at the call."""
    return start, stop - start, dim - stop


slice = Op(
    "slice", _slice_type,
    lambda x, starts, stops, steps: x[tuple(map(builtins.slice, starts, stops, steps))],
    Linear(lambda ct, node, i: _slice_transpose(ct, node)), ("starts", "stops", "steps"),
    doc="The elements start:stop:step of each axis; steps are positive, bounds lie in the axis.",
)


def padded(n: Dim, low: Dim, high: Dim, interior: int) -> Dim:
    """The size of an axis of n elements after padding; linear in n also where n is 0, so that slices invert it."""
    return low + n * (interior + 1) - interior + high


def _pad_type(types: list[Type], low: Shape, high: Shape, interior: tuple[int, ...]) -> Type:
    (x,) = types
    if not len(low) == len(high) == len(interior) == x.ndim:
        raise ShapeError(f"pad: needs low, high and interior for each of the {x.ndim} axes of {x}")
    for known in (*low, *high, *interior):
        if isinstance(known, int) and known < 0:
            raise ShapeError(f"pad: widths must not be negative, got {known}")
    return x.with_shape(tuple(map(padded, x.shape, low, high, interior)))


def _pad(x: np.ndarray, low: tuple[int, ...], high: tuple[int, ...], interior: tuple[int, ...]) -> np.ndarray:
    result = np.zeros(tuple(map(padded, x.shape, low, high, interior)), x.dtype)
    where = (builtins.slice(a, a + n * (s + 1), s + 1) for a, n, s in zip(low, x.shape, interior))
    result[tuple(where)] = x
    return result


def _pad_transpose(ct: Node, node: Node) -> Node:
    low, _, interior = node.attrs
    shape = node.args[0].type.shape
    # Of no elements none is behind the last one, so the slice ends behind the zeros that would follow each element.
    behind = tuple(s if not isinstance(n, int) else 0 for n, s in zip(shape, interior))
    if any(behind):
        none = (0,) * len(shape)
        ct = pad(ct, low=none, high=behind, interior=none)
    stops = tuple(a + n * (s + 1) - (s - t if n != 0 else 0) for a, n, s, t in zip(low, shape, interior, behind))
    return slice(ct, starts=low, stops=stops, steps=tuple(s + 1 for s in interior))


pad = Op(
    "pad", _pad_type, _pad, Linear(lambda ct, node, i: _pad_transpose(ct, node)), ("low", "high", "interior"),
    doc="Zeros around x: low[k] before, high[k] behind and interior[k] between the elements of axis k.",
)


def _slice_transpose(ct: Node, node: Node) -> Node:
    starts, _, steps = node.attrs
    dims = node.args[0].type.shape
    high = tuple(d - padded(n, a, 0, s - 1) for d, n, a, s in zip(dims, ct.type.shape, starts, steps))
    return pad(ct, low=starts, high=high, interior=tuple(s - 1 for s in steps))


def _flip_type(types: list[Type], axes: tuple[int, ...]) -> Type:
    if any(not 0 <= a < types[0].ndim for a in axes):
        raise ShapeError(f"flip: axes {list(axes)} are not all axes of {types[0]}")
    return types[0]


flip: Op = Op(
    "flip", _flip_type, lambda x, axes: np.flip(x, axes),
    Linear(lambda ct, node, i: flip(ct, axes=node.attribute("axes"))), ("axes",),
    doc="The elements in reverse order along the axes.",
)


def _concatenate_type(types: list[Type], axis: int) -> Type:
    if not types:
        raise ShapeError("concatenate: needs at least one array")
    first = types[0]
    if not 0 <= axis < first.ndim:
        raise ShapeError(f"concatenate: axis {axis} is not an axis of {first}")
    total: Dim = 0
    for t in types:
        if t.dtype != first.dtype:
            raise DTypeError(f"concatenate: operands must have one dtype, got {first} and {t}")
        if t.shape[:axis] != first.shape[:axis] or t.shape[axis + 1:] != first.shape[axis + 1:]:
            raise ShapeError(f"concatenate: shapes may differ along axis {axis} only, got {first} and {t}")
        total = total + t.shape[axis]
    return first.with_shape((*first.shape[:axis], total, *first.shape[axis + 1:]))


def part_of(x: Node, axis: int, start: Dim, stop: Dim) -> Node:
    """The elements start:stop of one axis."""
    dims = x.type.shape
    return slice(
        x,
        starts=tuple(start if k == axis else 0 for k in range(len(dims))),
        stops=tuple(stop if k == axis else d for k, d in enumerate(dims)),
        steps=(1,) * len(dims),
    )


def _concatenate_transpose(ct: Node, node: Node, i: int) -> Node:
    axis = node.attribute("axis")
    start: Dim = 0
    for before in node.args[:i]:
        start = start + before.type.shape[axis]
    return part_of(ct, axis, start, start + node.args[i].type.shape[axis])


concatenate = Op(
    "concatenate", _concatenate_type, lambda *args: np.concatenate(args[:-1], axis=args[-1]),
    Linear(_concatenate_transpose), ("axis",), arity=None,
    doc="The arguments one behind the other along an existing axis.",
)
