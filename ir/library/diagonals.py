"""Diagonals and triangles of matrices, over any two axes.

A diagonal is a gather at (i, i), a diagonal matrix its transpose, a triangle a selection by position.
"""
from __future__ import annotations

import builtins

from .. import ops
from ..convert import as_node, where
from ..errors import ShapeError
from ..node import Node, located
from ..types import Dim
from .indexing import positions
from .shapes import axis_of, integer, moveaxis, ravel


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
    """A matrix with the elements of x on its k-th diagonal, zeros elsewhere."""
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
