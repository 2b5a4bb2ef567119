"""The sum of many padded pieces of one array without many padded arrays: pieces are put side by side.

The cotangent of `x[i]` is a piece of x's size with one element. Adding a thousand of them as arrays would be quadratic;
here they are concatenated, so that the work is linear in what the pieces hold. Knows nothing of derivatives.
"""
from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

from ...ir import ops
from ...ir.node import Node
from ...ir.ops.source import filled
from ...ir.types import Dim, Shape, product


class Interval(NamedTuple):
    """Where a piece lies on an axis: from `start` to `stop`, counted from the axis' begin, or its end (negative)."""

    origin: str  # "start", "end", or "whole" for an axis of any size that the piece covers
    start: int
    stop: int


WHOLE = Interval("whole", 0, 0)


class Piece(NamedTuple):
    value: Node
    box: tuple[Interval, ...]


def joined(nodes: Sequence[Node]) -> tuple[list[Node], bool]:
    """Fewer arrays with the same sum, and whether they are known to leave no element out.

    `nodes` are pads and scatter_adds of one type. For arrays of bool, "sum" is "or".
    """
    groups: dict[tuple[object, ...], list[Piece]] = {}
    scatters: dict[tuple[object, ...], list[Node]] = {}
    result: list[Node] = []
    for node in nodes:
        box = _box(node) if node.op is ops.pad else None
        if box is not None:
            groups.setdefault(tuple(i.origin for i in box), []).append(Piece(node.args[0], box))
        elif node.op is ops.scatter_add:
            scatters.setdefault(node.attrs, []).append(node)
        else:
            result.append(node)
    shape = nodes[0].type.shape
    covered = False
    for pieces in groups.values():
        piece, full = _assembled(pieces)
        result.append(_spread(piece, shape))
        covered |= full and all(i is WHOLE or i == Interval("start", 0, d) for i, d in zip(piece.box, shape))  # type: ignore[arg-type]
    for gathered in scatters.values():
        result += _one_scatter(gathered)
    return result, covered


def _box(node: Node) -> tuple[Interval, ...] | None:
    """The place of a pad's argument, or None where it is no box of known size on each axis that it does not cover."""
    low, high, interior = node.attrs
    if any(interior):
        return None
    intervals = []
    for before, behind, n in zip(low, high, node.args[0].type.shape):
        if isinstance(n, int) and isinstance(before, int):
            intervals.append(Interval("start", before, before + n))
        elif before == 0 and behind == 0:
            intervals.append(WHOLE)
        elif isinstance(n, int) and isinstance(behind, int):
            intervals.append(Interval("end", -behind - n, -behind))
        else:
            return None
    return tuple(intervals)


def _assembled(pieces: list[Piece]) -> tuple[Piece, bool]:
    """All pieces in one, and whether they fill it: along the last axis first, pieces that agree on all others."""
    full = True
    for axis in reversed(range(len(pieces[0].box))):
        if pieces[0].box[axis] is WHOLE:
            continue
        begin, end = min(p.box[axis].start for p in pieces), max(p.box[axis].stop for p in pieces)
        lines: dict[tuple[Interval, ...], list[Piece]] = {}
        for piece in pieces:
            lines.setdefault((*piece.box[:axis], *piece.box[axis + 1:]), []).append(piece)
        pieces = []
        for line in lines.values():
            piece, fills = _line(line, axis, begin, end)
            pieces.append(piece)
            full &= fills
    return pieces[0], full


def _line(pieces: list[Piece], axis: int, begin: int, end: int) -> tuple[Piece, bool]:
    """Pieces along one axis as one piece from begin to end, and whether they fill it. Those that overlap are added
    within the stretch they share."""
    pieces = sorted(pieces, key=lambda p: p.box[axis][1:])
    clusters: list[list[Piece]] = []
    reach = begin - 1
    for piece in pieces:
        place = piece.box[axis]
        if clusters and place.start < reach:
            clusters[-1].append(piece)
        else:
            clusters.append([piece])
        reach = max(reach, place.stop)
    stretches = [_layered(cluster, axis) for cluster in clusters]
    edges = [begin, *(edge for s in stretches for edge in s.box[axis][1:]), end]
    return _tiled(stretches, axis, begin, end), all(a == b for a, b in zip(edges[::2], edges[1::2]))


def _layered(pieces: list[Piece], axis: int) -> Piece:
    """The sum of overlapping pieces: as few layers of disjoint pieces as possible."""
    if len(pieces) == 1:
        return pieces[0]
    layers: list[list[Piece]] = []
    free: list[tuple[int, int]] = []  # where a layer ends, the layer
    for piece in pieces:
        place = piece.box[axis]
        if free and free[0][0] <= place.start:
            _, k = heapq.heappop(free)
        else:
            k = len(layers)
            layers.append([])
        layers[k].append(piece)
        heapq.heappush(free, (place.stop, k))
    begin, end = pieces[0].box[axis].start, max(p.box[axis].stop for p in pieces)
    tiles = [_tiled(layer, axis, begin, end) for layer in layers]
    value = tiles[0].value
    join = ops.logical_or if value.type.dtype.kind == "b" else ops.add
    for tile in tiles[1:]:
        value = join(value, tile.value)
    return tiles[0]._replace(value=value)


def _tiled(pieces: list[Piece], axis: int, begin: int, end: int) -> Piece:
    """Disjoint pieces in order, with zeros between and around them."""
    parts: list[Node] = []
    first = reach = pieces[0].box[axis].start
    for piece in pieces:
        place = piece.box[axis]
        if place.start > reach:
            parts.append(_zeros(piece.value, axis, place.start - reach))
        parts.append(piece.value)
        reach = place.stop
    value = parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=axis)
    if first != begin or reach != end:
        rank = value.type.ndim
        low, high = (tuple(w if k == axis else 0 for k in range(rank)) for w in (first - begin, end - reach))
        value = ops.pad(value, low=low, high=high, interior=(0,) * rank)
    box = pieces[0].box
    return Piece(value, (*box[:axis], box[axis]._replace(start=begin, stop=end), *box[axis + 1:]))


def _zeros(like: Node, axis: int, width: int) -> Node:
    shape = tuple(width if k == axis else d for k, d in enumerate(like.type.shape))
    return filled(like.type.with_shape(shape), 0)


def _spread(piece: Piece, shape: Shape) -> Node:
    """The piece in its place in the whole array."""
    low: list[Dim] = []
    high: list[Dim] = []
    for place, n, dim in zip(piece.box, piece.value.type.shape, shape):
        before: Dim = 0 if place is WHOLE else place.start if place.origin == "start" else dim + place.start
        low.append(before)
        high.append(dim - before - n)
    if all(w == 0 for w in (*low, *high)):
        return piece.value
    return ops.pad(piece.value, low=tuple(low), high=tuple(high), interior=(0,) * len(low))


def _one_scatter(nodes: list[Node]) -> list[Node]:
    """One scatter_add of all values where that is less work than adding the scattered arrays."""
    sizes = [node.args[0].type.size for node in nodes]
    dense = nodes[0].type.size
    known = [n for n in (*sizes, dense) if isinstance(n, int)]
    small = len(known) == len(sizes) + 1 and sum(known[:-1]) < known[-1] * (len(nodes) - 1)
    if len(nodes) == 1 or (len(nodes) == 2 and not small):
        return nodes
    axes, shape = nodes[0].attrs
    values = [_flat(node.args[0], node.args[1].type.ndim) for node in nodes]
    indices = [[_flat(index, index.type.ndim) for index in node.args[1:]] for node in nodes]
    places = [ops.concatenate(*column, axis=0) for column in zip(*indices)]
    return [ops.scatter_add(ops.concatenate(*values, axis=0), *places, axes=axes, shape=shape)]


def _flat(x: Node, leading: int) -> Node:
    """x with its leading axes as one."""
    shape = x.type.shape
    return ops.reshape(x, shape=(product(shape[:leading]), *shape[leading:]))
