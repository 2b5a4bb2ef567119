"""NumPy's indexing: `x[...]` with integers, slices, new axes, integer arrays and constant boolean masks.

The basic part (slices, integers, new axes) becomes at most one slice, one flip and one reshape; index arrays become one
gather, whose axes are moved to where NumPy puts them. Bounds of sizes known at the call are checked there.
"""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, broadcast_together, where
from ..errors import DTypeError, ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim, Poly
from .shapes import axis_of, integer, ravel, reshape, transpose

NEW, WHOLE, NOTHING = "new axis", "whole axis", "an ellipsis for no axis"


def getitem(x: object, key: object) -> Node:
    """x[key] as NumPy has it."""
    node = as_node(x)
    entries = _expanded(node, key if isinstance(key, tuple) else (key,))
    node, entries = _masks_as_positions(node, entries)
    return _gathered(*_basic(node, entries))


def _entry(part: object) -> object:
    """One part of a key in canonical form: None, Ellipsis, a slice, an int, a dim, an index node or a mask array."""
    if part is None or part is Ellipsis or isinstance(part, (builtins.slice, Poly)):
        return part
    if isinstance(part, Node):
        if part.op is ops.const:
            return _entry(part.attrs[0].array)
        if part.type.dtype.kind == "b":
            raise located(ExpressionError(
                f"index: a symbolic mask {part.type} selects a number of elements that no shape can say; use wg.where(mask, x, 0), "
                "or a sum of masked elements"
            ))
        if part.type.dtype.kind != "i":
            raise located(DTypeError(f"index: an index must be of integers, got {part.type}"))
        return part
    if isinstance(part, (list, tuple)) and _holds_nodes(part):
        return _entry(as_node(part))
    array = np.asarray(part)
    if array.dtype.kind == "O" or array.dtype.kind in "USM":
        raise located(ExpressionError(f"index: expected integers, slices or masks, got {part!r}"))
    if array.size == 0 and isinstance(part, (list, tuple)):
        array = array.astype("int64")
    if array.dtype.kind == "b":
        return array
    if array.dtype.kind not in "iu":
        raise located(DTypeError(f"index: an index must be of integers or bool, got {array.dtype}"))
    return int(array) if array.ndim == 0 else array.astype("int64")


def _holds_nodes(part: object) -> bool:
    return isinstance(part, (Node, Poly)) or (isinstance(part, (list, tuple)) and builtins.any(map(_holds_nodes, part)))


def _used(entry: object) -> int:
    """How many axes of x an entry takes."""
    if entry is None or entry is Ellipsis or entry is NOTHING:
        return 0
    return entry.ndim if isinstance(entry, np.ndarray) and entry.dtype.kind == "b" else 1


def _expanded(x: Node, key: tuple[object, ...]) -> list[object]:
    """The key with Ellipsis written out, so that it names every axis."""
    entries = [_entry(part) for part in key]
    used, rank = builtins.sum(map(_used, entries)), x.type.ndim
    dots = [k for k, entry in enumerate(entries) if entry is Ellipsis]
    if len(dots) > 1:
        raise located(ExpressionError("index: only one ... can stand in an index"))
    if used > rank:
        raise located(ShapeError(f"index: {x.type} has {rank} axes, the index is for {used}"))
    at = dots[0] if dots else len(entries)
    written = [WHOLE] * (rank - used) or [NOTHING] * len(dots)  # it parts index arrays, also where it stands for no axis
    return [*entries[:at], *written, *entries[at + len(dots):]]


def _masks_as_positions(x: Node, entries: list[object]) -> tuple[Node, list[object]]:
    """A mask of rank r is r index arrays; one of rank 0 is an index array on a new axis of size 1."""
    result: list[object] = []
    dims: list[Dim] = []
    axis = 0
    for entry in entries:
        if isinstance(entry, np.ndarray) and entry.dtype.kind == "b":
            if entry.ndim == 0:
                result.append(np.zeros(int(entry), "int64"))
                dims.append(1)
                continue
            for n, size in zip(entry.shape, x.type.shape[axis:]):
                if n != size:
                    raise located(ShapeError(f"index: a mask of shape {list(entry.shape)} does not fit axis {axis} of {x.type}"))
            result.extend(np.nonzero(entry))
        else:
            result.append(entry)
        dims += x.type.shape[axis:axis + _used(entry)]
        axis += _used(entry)
    return reshape(x, dims), result


def _basic(x: Node, entries: list[object]) -> tuple[Node, list[object], bool]:
    """Slices, integers and new axes applied. What is left: an entry for each axis, WHOLE or an index, and whether the
    indices stand side by side. Beside index arrays integers count as indices, as NumPy has it."""
    indices = [k for k, e in enumerate(entries) if isinstance(e, (int, Poly, np.ndarray, Node))]
    together = not indices or indices[-1] - indices[0] == len(indices) - 1
    entries = [e for e in entries if e is not NOTHING]
    fancy = builtins.any(isinstance(e, np.ndarray) or (isinstance(e, Node) and e.type.ndim) for e in entries)
    starts: list[Dim] = []
    stops: list[Dim] = []
    steps: list[int] = []
    shape: list[Dim] = []
    flips: list[int] = []
    left: list[object] = []
    axis = 0
    for entry in entries:
        if entry is None:
            shape.append(1)
            left.append(NEW)
            continue
        dim = x.type.shape[axis]
        start: Dim = 0
        stop, step = dim, 1
        if isinstance(entry, builtins.slice):
            start, stop, step, backwards = _range(entry, dim)
            if backwards:
                flips.append(axis)
        elif isinstance(entry, (int, Poly)):
            start = _position(entry, dim, axis, x)
            stop = start + 1
        elif isinstance(entry, np.ndarray):
            _check_bounds(entry, dim, axis, x)
        starts.append(start)
        stops.append(stop)
        steps.append(step)
        if isinstance(entry, (int, Poly)) and not fancy:
            left.append(entry)
        else:
            shape.append(ops.shape.extent(start, stop, step))
            left.append(0 if isinstance(entry, (int, Poly)) else entry if isinstance(entry, (np.ndarray, Node)) else WHOLE)
        axis += 1
    if flips:
        x = ops.flip(x, axes=tuple(flips))
    if tuple(starts) != (0,) * axis or tuple(stops) != x.type.shape or builtins.any(s != 1 for s in steps):
        x = ops.slice(x, starts=tuple(starts), stops=tuple(stops), steps=tuple(steps))
    if not fancy:
        left = [e for e in left if not isinstance(e, (int, Poly))]
    return reshape(x, shape), left, together


def _position(entry: Dim, dim: Dim, axis: int, x: Node) -> Dim:
    """An integer index counted from the front."""
    found = dim + entry if _negative(entry) else entry
    if isinstance(found, int) and isinstance(dim, int) and not 0 <= found < dim:
        raise located(ShapeError(f"index: {entry} is out of bounds for axis {axis} of {x.type}"))
    return found


def _negative(bound: Dim) -> bool:
    """Whether a bound counts from the end: a negative int, or a size with a minus such as -n."""
    return bound < 0 if isinstance(bound, int) else builtins.all(c < 0 for _, c in bound.terms)


def _bound(value: object, default: Dim) -> Dim:
    if value is None:
        return default
    if isinstance(value, Poly):
        return value
    if isinstance(value, Node):
        if value.op is ops.size:
            return value.attrs[0]  # type: ignore[no-any-return]
        if value.op is not ops.const:
            raise located(ExpressionError(
                f"index: a slice bound must be an integer or a size, got a symbolic {value.type}; use take with positions, or wg.where"
            ))
        return integer("slice", value.attrs[0].array[()])
    return integer("slice", value)


def _range(entry: Any, dim: Dim) -> tuple[Dim, Dim, int, bool]:
    """A slice as (start, stop, positive step, backwards); backwards bounds are those in the flipped axis."""
    step = 1 if entry.step is None else integer("slice", entry.step)
    if step == 0:
        raise located(ExpressionError("index: the step of a slice cannot be 0"))
    backwards = step < 0
    if isinstance(dim, int) and not isinstance(entry.start, (Poly, Node)) and not isinstance(entry.stop, (Poly, Node)):
        low, high = (None if b is None else _bound(b, 0) for b in (entry.start, entry.stop))
        first, last, _ = builtins.slice(low, high, step).indices(dim)
        if backwards:
            first, last = dim - 1 - first, dim - 1 - last
        return first, builtins.max(first, last), builtins.abs(step), backwards
    start, stop = (_from_front(b, dim) for b in (entry.start, entry.stop))
    if backwards:
        start, stop = (None if b is None else dim - 1 - b for b in (start, stop))
    first_at: Dim = 0 if start is None else start
    last_at: Dim = dim if stop is None else stop
    if isinstance(last_at - first_at, int) and last_at - first_at < 0:  # type: ignore[operator]
        last_at = first_at
    return first_at, last_at, builtins.abs(step), backwards


def _from_front(value: object, dim: Dim) -> Dim | None:
    if value is None:
        return None
    bound = _bound(value, 0)
    return dim + bound if _negative(bound) else bound


def _check_bounds(index: np.ndarray, dim: Dim, axis: int, x: Node) -> None:
    if isinstance(dim, int) and index.size and not (-dim <= index.min() and index.max() < dim):
        wrong = index.max() if index.max() >= dim else index.min()
        raise located(ShapeError(f"index: {wrong} is out of bounds for axis {axis} of {x.type}"))


def _gathered(x: Node, entries: list[object], together: bool) -> Node:
    """The index arrays applied: their common shape stands where they stand side by side, else in front."""
    axes = [k for k, entry in enumerate(entries) if entry is not WHOLE and entry is not NEW]
    if not axes:
        return x
    indices = [_index(entries[k], x.type.shape[k]) for k in axes]
    indices = broadcast_together("index", indices)
    result = ops.gather(x, *indices, axes=tuple(axes))
    rank = indices[0].type.ndim
    if not together or axes[0] == 0 or rank == 0:
        return result
    rest = list(range(rank, result.type.ndim))
    return transpose(result, [*rest[:axes[0]], *range(rank), *rest[axes[0]:]])


def _index(entry: object, dim: Dim) -> Node:
    """An index array as a node; constant positions are counted from the front where the size is known."""
    if isinstance(entry, Node):
        return entry
    array = np.asarray(entry)
    if isinstance(dim, int):
        array = np.where(array < 0, array + dim, array)
    return as_node(array.astype("int64"))


def take(x: object, indices: object, axis: object = None, mode: str = "raise") -> Node:
    """The elements at the positions along the axis, or in the flat array."""
    node = as_node(x)
    if axis is None:
        node, axis = ravel(node), 0
    k = axis_of("take", axis, node)
    index = _entry(indices)
    if isinstance(index, (np.ndarray, int, np.integer)) and getattr(index, "dtype", None) == np.bool_:
        index = np.asarray(index, "int64")
    if mode != "raise":
        index = _folded(as_node(index), node.type.shape[k], mode)
    return getitem(node, (*[builtins.slice(None)] * k, index))


def _folded(index: Node, dim: Dim, mode: str) -> Node:
    if mode == "wrap":
        return index % dim
    if mode == "clip":
        return clamped(index, dim)
    raise located(ExpressionError(f"take: mode must be 'raise', 'wrap' or 'clip', got {mode!r}"))


def clamped(index: Node, dim: Dim) -> Node:
    low = where(index < 0, 0, index)
    return where(low >= dim, dim - 1, low)


def positions(x: Node, axis: int, shape: Any = None) -> Node:
    """An int64 array of the shape (x's by default) that holds each element's place along the axis."""
    return ops.iota(shape=tuple(x.type.shape if shape is None else shape), axis=axis, dtype="int64")


def take_along_axis(x: object, indices: object, axis: object = -1) -> Node:
    """Element by element the positions along the axis: what argmax gives, put in."""
    node, index = as_node(x), as_node(indices)
    if axis is None:
        node, axis = ravel(node), 0
    if index.type.dtype.kind != "i":
        raise located(DTypeError(f"take_along_axis: positions must be integers, got {index.type}"))
    if node.type.ndim != index.type.ndim:
        raise located(ShapeError(f"take_along_axis: {node.type} and {index.type} must have equally many axes"))
    k = axis_of("take_along_axis", axis, node)
    ramps = [index if a == k else reshape(positions(node, 0, (d,)), _only(a, d, node.type.ndim)) for a, d in enumerate(node.type.shape)]
    return ops.gather(node, *broadcast_together("take_along_axis", ramps), axes=tuple(range(node.type.ndim)))


def _only(axis: int, dim: Dim, rank: int) -> tuple[Dim, ...]:
    return tuple(dim if k == axis else 1 for k in range(rank))
