"""Arrays put together and taken apart: concatenate, stack, split and their kin."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, common_dtype, convert
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..ops.shape import part_of
from ..types import Dim, Poly
from .shapes import atleast_1d, atleast_2d, atleast_3d, axis_of, expand_dims, integer, ravel, reshape


def several(op: str, arrays: object) -> list[Node]:
    """The arrays as nodes of one dtype."""
    if not isinstance(arrays, (list, tuple, Node)):
        raise located(ExpressionError(f"{op}: expected a list of arrays, got {type(arrays).__name__}"))
    nodes = [as_node(a) for a in arrays]
    if not nodes:
        raise located(ShapeError(f"{op}: needs at least one array"))
    dtype = common_dtype(nodes)
    return [convert(node, dtype) for node in nodes]


def concatenate(arrays: object, axis: object = 0) -> Node:
    """The arrays one behind the other along an existing axis; flat, if it is None."""
    nodes = several("concatenate", arrays)
    if axis is None:
        nodes, axis = [ravel(node) for node in nodes], 0
    if not nodes[0].type.ndim:
        raise located(ShapeError("concatenate: scalars have no axis to join along; use stack"))
    if any(node.type.ndim != nodes[0].type.ndim for node in nodes):
        said = " and ".join(str(node.type) for node in nodes)
        raise located(ShapeError(f"concatenate: arrays must have equally many axes, got {said}"))
    k = axis_of("concatenate", axis, nodes[0])
    return nodes[0] if len(nodes) == 1 else ops.concatenate(*nodes, axis=k)


concat = concatenate


def stack(arrays: object, axis: object = 0) -> Node:
    """The arrays, all of one shape, along a new axis."""
    nodes = several("stack", arrays)
    for node in nodes:
        if node.type is not nodes[0].type:
            raise located(ShapeError(f"stack: arrays must have one shape, got {nodes[0].type} and {node.type}"))
    k = axis_of("stack", axis, nodes[0], nodes[0].type.ndim + 1)
    parts = [expand_dims(node, k) for node in nodes]
    return parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=k)


def hstack(arrays: object) -> Node:
    """Along the second axis, or the first of one-dimensional arrays."""
    parts = [atleast_1d(node) for node in several("hstack", arrays)]
    return concatenate(parts, 0 if parts[0].type.ndim == 1 else 1)


def vstack(arrays: object) -> Node:
    """Along the first axis, rows of one-dimensional arrays."""
    return concatenate([atleast_2d(node) for node in several("vstack", arrays)], 0)


def dstack(arrays: object) -> Node:
    """Along the third axis."""
    return concatenate([atleast_3d(node) for node in several("dstack", arrays)], 2)


def column_stack(arrays: object) -> Node:
    """One-dimensional arrays as the columns of a matrix."""
    nodes = several("column_stack", arrays)
    return concatenate([reshape(n, (-1, 1)) if n.type.ndim < 2 else n for n in nodes], 1)


def append(x: object, values: object, axis: object = None) -> Node:
    """x and behind it the values; both flat, if no axis is given."""
    return concatenate([as_node(x), as_node(values)], axis)


def block(arrays: Any) -> Node:
    """An array from nested lists of blocks: innermost lists side by side, outer ones below each other."""

    def depth(part: object) -> int:
        return 1 + depth(part[0]) if isinstance(part, list) and part else 0

    levels = depth(arrays)

    def rank(part: object) -> int:
        return max(map(rank, part)) if isinstance(part, list) else as_node(part).type.ndim

    full = max(levels, rank(arrays))

    def join(part: object, level: int) -> Node:
        if isinstance(part, list):
            return concatenate([join(p, level + 1) for p in part], level - levels)
        node = as_node(part)
        return reshape(node, (1,) * (full - node.type.ndim) + node.type.shape)

    return join(arrays, 0)


def _cuts(node: Node, axis: int, sections: Any, even: bool) -> list[Dim]:
    """The bounds of the parts: 0, ..., n."""
    n = node.type.shape[axis]
    if isinstance(sections, (list, tuple)) or np.ndim(sections):
        inner = [s if isinstance(s, Poly) else _bound(integer("split", s), n) for s in sections]
        return [0, *inner, n]
    parts = integer("split", sections)
    if parts < 1:
        raise located(ShapeError(f"split: the number of parts must be positive, got {parts}"))
    width = n // parts
    if width * parts == n:
        return [*(width * k for k in range(parts)), n]
    if even or not isinstance(n, int):
        raise located(ShapeError(f"split: an axis of size {n} of {node.type} does not divide into {parts} equal parts"))
    big = n % parts
    return [width * k + min(k, big) for k in range(parts + 1)]


def _bound(cut: int, n: Dim) -> Dim:
    cut_at: Dim = n + cut if cut < 0 else cut
    return max(0, min(cut_at, n)) if isinstance(n, int) and isinstance(cut_at, int) else cut_at


def _split(x: object, sections: object, axis: object, even: bool) -> list[Node]:
    node = as_node(x)
    k = axis_of("split", axis, node)
    cuts = _cuts(node, k, sections, even)
    parts = []
    for start, stop in pairwise(cuts):
        last = max(start, stop) if isinstance(start, int) and isinstance(stop, int) else stop
        parts.append(part_of(node, k, start, last))
    return parts


def split(x: object, indices_or_sections: object, axis: object = 0) -> list[Node]:
    """Equally long parts along the axis, or the parts between the given positions."""
    return _split(x, indices_or_sections, axis, True)


def array_split(x: object, indices_or_sections: object, axis: object = 0) -> list[Node]:
    """Like `split`; if the size does not divide, the first parts are one longer."""
    return _split(x, indices_or_sections, axis, False)


def _named(axis: int) -> Callable[[object, object], list[Node]]:
    def function(x: object, indices_or_sections: object) -> list[Node]:
        node = as_node(x)
        return split(node, indices_or_sections, 0 if axis == 1 and node.type.ndim == 1 else axis)

    function.__doc__ = f"`split` along axis {axis}."
    return function


vsplit, hsplit, dsplit = _named(0), _named(1), _named(2)


def unstack(x: object, axis: object = 0) -> tuple[Node, ...]:
    """The parts along an axis of known size, without it."""
    node = as_node(x)
    k = axis_of("unstack", axis, node)
    n = node.type.shape[k]
    if not isinstance(n, int):
        raise located(ExpressionError(f"unstack: the size of axis {k} of {node.type} is known only at the call"))
    rest = node.type.shape[:k] + node.type.shape[k + 1:]
    return tuple(reshape(part_of(node, k, i, i + 1), rest) for i in range(n))


def tile(x: object, reps: Any) -> Node:
    """x repeated as a whole, `reps` times along each axis."""
    node = as_node(x)
    counts = tuple(reps) if isinstance(reps, (list, tuple)) else (reps,)
    rank = max(len(counts), node.type.ndim)
    dims = (1,) * (rank - node.type.ndim) + node.type.shape
    counts = (1,) * (rank - len(counts)) + counts
    doubled: list[Any] = [size for pair in zip(counts, dims) for size in pair]
    from .shapes import broadcast_to

    spread = broadcast_to(reshape(node, [size for d in dims for size in (1, d)]), doubled)
    return reshape(spread, tuple(c * d for c, d in zip(counts, dims)))


def meshgrid(*arrays: object, indexing: str = "xy", sparse: bool = False, copy: bool = True) -> Sequence[Node]:
    """Coordinate arrays from coordinate vectors."""
    if indexing not in ("xy", "ij"):
        raise located(ExpressionError(f"meshgrid: indexing must be 'xy' or 'ij', got {indexing!r}"))
    nodes = [ravel(a) for a in arrays]
    places = list(range(len(nodes)))
    if indexing == "xy" and len(nodes) > 1:
        places[:2] = [1, 0]
    shaped = [reshape(n, [-1 if k == place else 1 for k in range(len(nodes))]) for n, place in zip(nodes, places)]
    if sparse:
        return shaped
    from .shapes import broadcast_arrays

    return list(broadcast_arrays(*shaped))
