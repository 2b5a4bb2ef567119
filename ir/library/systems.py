"""Systems of linear equations as `np.linalg` has them: solve, inv, det, and powers of matrices.

A singular or not finite matrix gives NaN where NumPy raises, since a call may hold many; its determinant is 0.
"""
from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from .. import ops
from ..convert import as_node, broadcast_shapes, broadcast_to, common_dtype, convert
from ..errors import ShapeError
from ..node import Node, located
from ..ops.matmul import swap
from .creation import eye
from .indexing import getitem
from .linear import matmul
from .shapes import integer, reshape

EXPANDED = 4  # determinants up to this order are sums of products: exact derivatives of every order, and many at once in lanes


def _matrices(op: str, *values: object) -> list[Node]:
    """The operands in one float dtype, the first one square."""
    nodes = [as_node(v) for v in values]
    dtype = common_dtype(nodes)
    nodes = [convert(node, dtype if dtype.kind == "f" else np.dtype("float64")) for node in nodes]
    shape = nodes[0].type.shape
    if len(shape) < 2 or shape[-1] != shape[-2]:
        raise located(ShapeError(f"{op}: needs square matrices, got {nodes[0].type}"))
    return nodes


def solve(a: object, b: object) -> Node:
    """The x with a @ x == b, for a vector b (one axis) or the columns of a matrix; batch axes broadcast."""
    x, y = _matrices("solve", a, b)
    if y.type.ndim == 1:
        found = solve(x, reshape(y, (y.type.shape[0], 1)))
        return reshape(found, found.type.shape[:-1])
    if not y.type.ndim or y.type.shape[-2] != x.type.shape[-1]:
        raise located(ShapeError(f"solve: {x.type} and {y.type} must have equally many rows"))
    batch = broadcast_shapes("solve", [x.type.shape[:-2], y.type.shape[:-2]])
    x, y = (broadcast_to(v, (*batch, *v.type.shape[-2:]), "solve") for v in (x, y))
    return swap(ops.solve(x, swap(y)))


def inv(a: object) -> Node:
    """The inverse of each matrix."""
    (x,) = _matrices("inv", a)
    return swap(ops.solve(x, broadcast_to(eye(x.type.shape[-1], dtype=x.type.dtype), x.type.shape)))


def det(a: object) -> Node:
    """The determinant of each matrix."""
    (x,) = _matrices("det", a)
    n = x.type.shape[-1]
    return _expanded(x, n) if isinstance(n, int) and n <= EXPANDED else ops.det(x)


def _expanded(x: Node, n: int) -> Node:
    """By the elements of a row and the minors of the rows below, which are found first."""
    one = broadcast_to(convert(as_node(1), x.type.dtype), x.type.shape[:-2])
    minors: dict[Sequence[int], Node] = {(): one}
    for row in reversed(range(n)):
        minors = {
            columns: _alternating([
                _times(getitem(x, (Ellipsis, row, c)), minors[tuple(k for k in columns if k != c)]) for c in columns
            ])
            for columns in combinations(range(n), n - row)
        }
    return minors[tuple(range(n))]


def _times(a: Node, b: Node) -> Node:
    return a if b.op is ops.const or (b.op is ops.broadcast and b.args[0].op is ops.const) else ops.multiply(a, b)


def _alternating(terms: list[Node]) -> Node:
    total = terms[0]
    for k, term in enumerate(terms[1:]):
        total = ops.add(total, term) if k % 2 else ops.subtract(total, term)
    return total


def matrix_power(x: object, n: int) -> Node:
    """x multiplied with itself n times; its inverse -n times, where n is negative."""
    node, k = as_node(x), integer("matrix_power", n)
    if node.type.ndim < 2 or node.type.shape[-1] != node.type.shape[-2]:
        raise located(ShapeError(f"matrix_power: needs square matrices, got {node.type}"))
    if k == 0:
        return broadcast_to(eye(node.type.shape[-1], dtype=node.type.dtype), node.type.shape)
    result, base = None, inv(node) if k < 0 else node
    k = -k if k < 0 else k
    while k:
        if k & 1:
            result = base if result is None else matmul(result, base)
        k >>= 1
        if k:
            base = matmul(base, base)
    return result  # type: ignore[return-value]
