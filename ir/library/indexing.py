"""NumPy's indexing: `x[...]` with integers, slices, new axes, integer arrays and constant boolean masks.

The basic part (slices, integers, new axes) becomes at most one slice, one flip and one reshape; index arrays become one
gather, whose axes are moved to where NumPy puts them. Bounds of sizes known at the call are checked there.
"""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, broadcast_together, convert, where
from ..errors import DTypeError, ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim, Poly
from .shapes import axis_of, integer, moveaxis, ravel, reshape, transpose

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
            start, stop, step, backwards = _range(entry, dim, x)
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


def _range(entry: Any, dim: Dim, x: Node) -> tuple[Dim, Dim, int, bool]:
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
        return _clamped(index, dim)
    raise located(ExpressionError(f"take: mode must be 'raise', 'wrap' or 'clip', got {mode!r}"))


def _clamped(index: Node, dim: Dim) -> Node:
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


def repeat(x: object, repeats: Any, axis: object = None) -> Node:
    """Each element several times, one behind the other; `repeats` is a number, a size, or constants, one an element."""
    node = as_node(x)
    if axis is None:
        node, axis = ravel(node), 0
    k = axis_of("repeat", axis, node)
    dims = node.type.shape
    if isinstance(repeats, Node):
        raise located(ExpressionError("repeat: a symbolic number of repeats gives a size that no shape can say"))
    n = dims[k]
    if not isinstance(repeats, Poly) and np.ndim(repeats):
        counts = np.asarray(repeats)
        if not isinstance(n, int):
            raise located(ExpressionError(f"repeat: several repeats need a fixed size of axis {k} of {node.type}"))
        if counts.size not in (1, n):
            raise located(ShapeError(f"repeat: {counts.size} repeats do not fit axis {k} of {node.type}"))
        return take(node, np.repeat(np.arange(n), counts), k)
    times = repeats if isinstance(repeats, Poly) else integer("repeat", repeats)
    if isinstance(times, int) and times < 0:
        raise located(ShapeError(f"repeat: the number of repeats must not be negative, got {times}"))
    wide = ops.broadcast(node, shape=(*dims[:k + 1], times, *dims[k + 1:]), axes=(*range(k + 1), *range(k + 2, len(dims) + 1)))
    return reshape(wide, (*dims[:k], dims[k] * times, *dims[k + 1:]))


def roll(x: object, shift: Any, axis: Any = None) -> Node:
    """The elements moved along the axis, those that leave coming in at the other end."""
    node = as_node(x)
    if axis is None:
        return reshape(roll(ravel(node), shift, 0), node.type.shape)
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    shifts = shift if isinstance(shift, (tuple, list)) else (shift,) * len(axes)
    if len(shifts) == 1:
        shifts = tuple(shifts) * len(axes)
    for a, s in zip(axes, shifts):
        node = _rolled(node, integer("roll", s), axis_of("roll", a, node))
    return node


def _rolled(x: Node, shift: int, axis: int) -> Node:
    n = x.type.shape[axis]
    if isinstance(n, int):
        shift = shift % n if n else 0
    if shift == 0:
        return x
    cut: Dim = n - shift if shift > 0 else -shift
    part = ops.shape.part_of
    return ops.concatenate(part(x, axis, cut, n), part(x, axis, 0, cut), axis=axis)


def _diagonal_length(op: str, x: Node, rows: Dim, columns: Dim, offset: int) -> Dim:
    if isinstance(rows, int) and isinstance(columns, int):
        return builtins.max(0, builtins.min(rows + builtins.min(offset, 0), columns - builtins.max(offset, 0)))
    if rows != columns:
        raise located(ShapeError(f"{op}: the length of the diagonal of {x.type} is not known: give the sizes one name or fix them"))
    return rows - builtins.abs(offset)


def diagonal(x: object, offset: int = 0, axis1: object = 0, axis2: object = 1) -> Node:
    """The diagonals over two axes, as the last axis."""
    node = as_node(x)
    if node.type.ndim < 2:
        raise located(ShapeError(f"diagonal: needs two axes, got {node.type}"))
    a, b = axis_of("diagonal", axis1, node), axis_of("diagonal", axis2, node)
    if a == b:
        raise located(ShapeError("diagonal: the two axes must differ"))
    offset = integer("diagonal", offset)
    front = moveaxis(node, (a, b), (0, 1))
    n = _diagonal_length("diagonal", node, front.type.shape[0], front.type.shape[1], offset)
    along = ops.iota(shape=(n,), axis=0, dtype="int64")
    found = ops.gather(front, _shifted(along, -offset), _shifted(along, offset), axes=(0, 1))
    return moveaxis(found, 0, -1)


def _shifted(index: Node, by: int) -> Node:
    return index + by if by > 0 else index


def diag(x: object, k: int = 0) -> Node:
    """The diagonal of a matrix, or the matrix with this diagonal."""
    node = as_node(x)
    if node.type.ndim == 2:
        return diagonal(node, k)
    if node.type.ndim != 1:
        raise located(ShapeError(f"diag: takes a vector or a matrix, got {node.type}"))
    offset = integer("diag", k)
    n = node.type.shape[0] + builtins.abs(offset)
    along = positions(node, 0)
    return ops.scatter_add(node, _shifted(along, -offset), _shifted(along, offset), axes=(0, 1), shape=(n, n))


def diagflat(x: object, k: int = 0) -> Node:
    return diag(ravel(x), k)


def _triangle(op: str, x: object, k: int, lower: bool) -> Node:
    node = as_node(x)
    if node.type.ndim == 1:
        n = node.type.shape[0]
        node = ops.broadcast(node, shape=(n, n), axes=(1,))
    if node.type.ndim < 2:
        raise located(ShapeError(f"{op}: needs a matrix, got {node.type}"))
    rows, columns = positions(node, node.type.ndim - 2), positions(node, node.type.ndim - 1)
    offset = integer(op, k)
    edge = rows + offset if offset else rows
    return where(columns <= edge if lower else columns >= edge, node, 0)


def tril(x: object, k: int = 0) -> Node:
    """x with zeros above the k-th diagonal."""
    return _triangle("tril", x, k, True)


def triu(x: object, k: int = 0) -> Node:
    """x with zeros below the k-th diagonal."""
    return _triangle("triu", x, k, False)


def _widths(x: Node, pad_width: Any) -> list[tuple[Any, Any]]:
    rank = x.type.ndim
    if isinstance(pad_width, dict):
        found: list[tuple[Any, Any]] = [(0, 0)] * rank
        for axis, width in pad_width.items():
            found[axis_of("pad", axis, x)] = (width, width) if not isinstance(width, (tuple, list)) else tuple(width)
        return found
    if isinstance(pad_width, (int, np.integer, Poly)):
        return [(pad_width, pad_width)] * rank
    rows = [tuple(row) if isinstance(row, (tuple, list, np.ndarray)) else (row,) for row in pad_width]
    if builtins.all(len(row) == 1 for row in rows):
        flat = [row[0] for row in rows]
        rows = [tuple(flat)] if len(flat) <= 2 else []
    rows = [row * 2 if len(row) == 1 else row for row in rows]
    if len(rows) == 1:
        rows = rows * rank
    if len(rows) != rank or builtins.any(len(row) != 2 for row in rows):
        raise located(ShapeError(f"pad: widths {pad_width!r} do not fit {x.type}"))
    return rows


def pad(x: object, pad_width: Any, mode: str = "constant", *, constant_values: Any = 0) -> Node:
    """x with a border: of constants, or of its own elements ('edge', 'reflect', 'symmetric', 'wrap')."""
    node = as_node(x)
    widths = [tuple(w if isinstance(w, Poly) else integer("pad", w) for w in pair) for pair in _widths(node, pad_width)]
    if builtins.any(isinstance(w, int) and w < 0 for pair in widths for w in pair):
        raise located(ShapeError(f"pad: widths must not be negative, got {pad_width!r}"))
    if mode == "constant":
        return _padded_with(node, widths, constant_values)
    if mode not in _SOURCES:
        raise located(ExpressionError(f"pad: mode must be constant, {', '.join(_SOURCES)}, got {mode!r}"))
    for axis, (low, high) in enumerate(widths):
        if low != 0 or high != 0:
            n = node.type.shape[axis]
            if n == 0:
                raise located(ShapeError(f"pad: axis {axis} of {node.type} is empty, so mode {mode!r} has nothing to repeat"))
            place = ops.iota(shape=(low + n + high,), axis=0, dtype="int64") - low
            node = take(node, _SOURCES[mode](place, n), axis)
    return node


def _padded_with(x: Node, widths: list[Any], values: Any) -> Node:
    """Zeros around x and, where the constant is not 0, the constant selected there; later axes own the corners."""
    low, high = (tuple(pair[k] for pair in widths) for k in (0, 1))
    result = ops.pad(x, low=low, high=high, interior=(0,) * x.type.ndim)
    if np.ndim(values) == 0 and not isinstance(values, Node) and values == 0:
        return result
    single = isinstance(values, Node) or np.ndim(values) == 0
    pairs = [(values, values)] * x.type.ndim if single else np.broadcast_to(values, (x.type.ndim, 2)).tolist()
    for axis, (before, behind) in enumerate(pairs):
        place = positions(result, axis)
        for value, outside in ((before, place < low[axis]), (behind, place >= low[axis] + x.type.shape[axis])):
            result = where(outside, convert(value, x.type.dtype), result)
    return result


_SOURCES: dict[str, Any] = {
    "edge": lambda place, n: _clamped(place, n),
    "reflect": lambda place, n: _reflected(place, n),
    "symmetric": lambda place, n: where(place % (2 * n) >= n, 2 * n - 1 - place % (2 * n), place % (2 * n)),
    "wrap": lambda place, n: place % n,
}


def _reflected(place: Node, n: Dim) -> Node:
    """0 1 2 1 0 1 2 ...: period 2(n-1); an integer remainder by 0 is 0, which is right for one element."""
    folded = place % (2 * n - 2)
    return where(folded >= n, 2 * n - 2 - folded, folded)
