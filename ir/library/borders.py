"""Elements repeated, moved around and framed: repeat, roll, pad.

What comes from inside the array is a slice or a gather of it, so derivatives follow.
"""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, convert, where
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim, Poly
from .indexing import clamped, positions, take
from .shapes import axis_of, integer, ravel, reshape


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
    "edge": lambda place, n: clamped(place, n),
    "reflect": lambda place, n: _reflected(place, n),
    "symmetric": lambda place, n: where(place % (2 * n) >= n, 2 * n - 1 - place % (2 * n), place % (2 * n)),
    "wrap": lambda place, n: place % n,
}


def _reflected(place: Node, n: Dim) -> Node:
    """0 1 2 1 0 1 2 ...: period 2(n-1); an integer remainder by 0 is 0, which is right for one element."""
    folded = place % (2 * n - 2)
    return where(folded >= n, 2 * n - 2 - folded, folded)
