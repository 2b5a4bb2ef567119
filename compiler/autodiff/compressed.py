"""Sparse Jacobians and Hessians of programs of arrays: a few directions at once, and the entries picked out of them.

The pattern is found first and its columns (or rows) are coloured; one batched sweep computes a direction for each colour.
Read `pattern.py` and `colouring.py` first, `drivers.py` for how this is chosen.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...ir import ops, provenance
from ...ir.cost import magnitude, operations
from ...ir.node import Node, postorder
from ...ir.ops.source import constant
from .batching import batch
from .colouring import columns_coloured, star_coloured, star_places
from .flow import Flow
from .forward import tangents_of
from .pattern import pattern
from .reverse import cotangents_of, gradient_of
from .sparse import SparseMatrix


def compressed_jacobian(outputs: Sequence[Node], wrt: Sequence[Node], format: str) -> SparseMatrix:
    """The Jacobian of all elements by all elements, by colours of its columns forward or of its rows backward, whichever
    counts fewer operations."""
    found = pattern(outputs, wrt)
    rows, columns = _places(found, format)
    ways = []
    with provenance.within(provenance.caller()):
        if len(rows):
            colours = columns_coloured(found)
            ways.append(_picked(_tangents(outputs, wrt, colours), colours[columns], rows))
            colours = columns_coloured(found.T.tocsr())
            ways.append(_picked(_cotangents(outputs, wrt, colours), colours[rows], columns))
        else:
            ways.append(constant(np.zeros(0, outputs[0].type.dtype)))
    values = min(ways, key=lambda node: magnitude(operations(postorder([node])), {}))
    return SparseMatrix(rows, columns, values, found.shape, format)


def compressed_hessian(cost: Node, wrt: Sequence[Node], format: str) -> SparseMatrix:
    """The Hessian by all elements of the variables, by a star colouring: one Hessian-vector product a colour."""
    slopes = gradient_of(cost, wrt)
    found = pattern(slopes, wrt)
    found = (found + found.T).tocsr()
    rows, columns = _places(found, format)
    with provenance.within(provenance.caller()):
        if len(rows):
            colours = star_coloured(found)
            values = _picked(_tangents(slopes, wrt, colours), *star_places(rows, columns, colours)[::-1])
        else:
            values = constant(np.zeros(0, cost.type.dtype))
    return SparseMatrix(rows, columns, values, found.shape, format)


def _places(found: object, format: str) -> tuple[np.ndarray, np.ndarray]:
    rows, columns = found.nonzero()  # type: ignore[attr-defined]
    order = np.lexsort((rows, columns) if format == "csc" else (columns, rows))
    return rows[order].astype(np.int64), columns[order].astype(np.int64)


def _picked(found: Node, colours: np.ndarray, places: np.ndarray) -> Node:
    return ops.gather(found, constant(colours), constant(places), axes=(0, 1))


def _tangents(outputs: Sequence[Node], wrt: Sequence[Node], colours: np.ndarray) -> Node:
    """The Jacobian times a matrix with a column for each colour, transposed: a row a colour."""
    seeds = _seeds(wrt, colours)
    flows = {x: {0: Flow(t)} for x, t in zip(wrt, seeds)}
    return _side_by_side(batch(tangents_of(outputs, wrt, flows), seeds))


def _cotangents(outputs: Sequence[Node], wrt: Sequence[Node], colours: np.ndarray) -> Node:
    """A matrix with a row for each colour times the Jacobian."""
    seeds = _seeds(outputs, colours)
    flows = {y: {0: Flow(ct)} for y, ct in zip(outputs, seeds)}
    return _side_by_side(batch(cotangents_of(outputs, wrt, flows), seeds))


def _seeds(nodes: Sequence[Node], colours: np.ndarray) -> dict[Node, Node]:
    """For each node an input for its direction, and the directions of all colours along a leading axis: 1 where an element
    has the colour."""
    count, start = int(colours.max()) + 1, 0
    found: dict[Node, Node] = {}
    for k, node in enumerate(nodes):
        size = int(node.type.size)
        mine = constant(colours[start : start + size])
        shape = (count, size)
        same = ops.equal(ops.iota(shape=shape, axis=0, dtype="int64"), ops.broadcast(mine, shape=shape, axes=(1,)))
        direction = ops.input(name=f"direction {k} of a colour", type=node.type)  # no symbol of a person's has such a name
        found[direction] = ops.reshape(ops.cast(same, dtype=node.type.dtype.name), shape=(count, *node.type.shape))
        start += size
    return found


def _side_by_side(blocks: Sequence[Node]) -> Node:
    """Results for all colours as one matrix with a row a colour."""
    flat = [ops.reshape(b, shape=(b.type.shape[0], int(b.type.size) // int(b.type.shape[0]))) for b in blocks]
    return flat[0] if len(flat) == 1 else ops.concatenate(*flat, axis=1)
