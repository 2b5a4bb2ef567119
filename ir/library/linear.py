"""Products of linear algebra: matmul with NumPy's batch rules, dot, tensordot, einsum and their kin.

Everything becomes the `matmul` row (matrix products over equal batch axes) or a product and a sum.
"""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, broadcast_shapes, broadcast_to, common_dtype, convert
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim, product
from .diagonals import diagonal
from .reductions import sum
from .shapes import axis_of, expand_dims, moveaxis, ravel, reshape, squeeze, transpose


def _operands(op: str, a: object, b: object) -> tuple[Node, Node]:
    x, y = as_node(a), as_node(b)
    dtype = common_dtype([x, y])
    return convert(x, dtype), convert(y, dtype)


def matmul(a: object, b: object) -> Node:
    """The matrix product as NumPy's `@`: vectors, matrices and stacks of them, whose batch axes broadcast."""
    x, y = _operands("matmul", a, b)
    if x.type.dtype.kind == "b":
        return matmul(convert(x, np.dtype("int64")), convert(y, np.dtype("int64"))) > 0
    m, n = x.type.ndim, y.type.ndim
    if m == 0 or n == 0 or builtins.max(m, n) <= 2 or x.type.shape[-1] != y.type.shape[-1 if n == 1 else -2]:
        return ops.matmul(x, y)  # nothing to prepare, or an error that the row explains
    if n <= 2:  # one product of a tall matrix
        rows = ops.matmul(reshape(x, (product(x.type.shape[:-1]), x.type.shape[-1])), y)
        return reshape(rows, (*x.type.shape[:-1], *y.type.shape[1:]))
    if m == 1:
        return squeeze(matmul(expand_dims(x, 0), y), -2)
    batch = broadcast_shapes("matmul", [x.type.shape[:-2], y.type.shape[:-2]])
    return ops.matmul(*(broadcast_to(v, (*batch, *v.type.shape[-2:]), "matmul") for v in (x, y)))


def dot(a: object, b: object) -> Node:
    """NumPy's dot: over the last axis of a and the last but one of b; scalars multiply."""
    x, y = _operands("dot", a, b)
    if not x.type.ndim or not y.type.ndim:
        return x * y
    if y.type.ndim <= 2:
        return matmul(x, y)
    return tensordot(x, y, ([-1], [-2]))


def vdot(a: object, b: object) -> Node:
    """The product of the flat arrays."""
    return dot(ravel(a), ravel(b))


def inner(a: object, b: object) -> Node:
    """Over the last axes of both; scalars multiply."""
    x, y = _operands("inner", a, b)
    return tensordot(x, y, ([-1], [-1])) if x.type.ndim and y.type.ndim else x * y


def outer(a: object, b: object) -> Node:
    """Every element of a with every element of b, both flat."""
    return reshape(ravel(a), (-1, 1)) * ravel(b)


def vecdot(a: object, b: object, axis: int = -1) -> Node:
    """Products of the vectors along an axis."""
    return sum(as_node(a) * as_node(b), axis)


def _summed(x: Node, k: int) -> tuple[list[int], list[int]]:
    return list(range(x.type.ndim - k, x.type.ndim)), list(range(k))


def tensordot(a: object, b: object, axes: Any = 2) -> Node:
    """The sum of products over the given axes of both."""
    x, y = _operands("tensordot", a, b)
    if isinstance(axes, (int, np.integer)):
        if axes > builtins.min(x.type.ndim, y.type.ndim):
            raise located(ShapeError(f"tensordot: {x.type} and {y.type} do not have {axes} axes to sum over"))
        mine, other = _summed(x, int(axes))
    else:
        mine, other = (list(p) if isinstance(p, (tuple, list)) else [p] for p in axes)
        mine, other = [axis_of("tensordot", p, x) for p in mine], [axis_of("tensordot", p, y) for p in other]
    sizes = [x.type.shape[k] for k in mine]
    if len(mine) != len(other) or sizes != [y.type.shape[k] for k in other]:
        raise located(ShapeError(f"tensordot: axes {mine} of {x.type} and axes {other} of {y.type} must have equal sizes"))
    left = [k for k in range(x.type.ndim) if k not in mine]
    right = [k for k in range(y.type.ndim) if k not in other]
    shape = (*(x.type.shape[k] for k in left), *(y.type.shape[k] for k in right))
    if not mine:
        return _outer_shaped(x, y, shape)
    first = grouped_axes(x, [left, mine])
    second = grouped_axes(y, [other, right])
    if not left:
        first = reshape(first, (product(sizes),))
    if not right:
        second = reshape(second, (product(sizes),))
    return reshape(matmul(first, second), shape)


def _outer_shaped(x: Node, y: Node, shape: tuple[Dim, ...]) -> Node:
    return reshape(x, (*x.type.shape, *(1,) * y.type.ndim)) * y


def grouped_axes(x: Node, groups: list[list[int]]) -> Node:
    """x with its axes in groups, each group one axis."""
    order = [k for group in groups for k in group]
    return reshape(transpose(x, order), tuple(product(x.type.shape[k] for k in group) for group in groups))


def trace(x: object, offset: int = 0, axis1: object = 0, axis2: object = 1, dtype: object = None) -> Node:
    """The sum of the diagonal."""
    return sum(diagonal(x, offset, axis1, axis2), -1, dtype)


def kron(a: object, b: object) -> Node:
    """The Kronecker product: every element of a times all of b."""
    x, y = as_node(a), as_node(b)
    rank = builtins.max(x.type.ndim, y.type.ndim)
    p, q = ((1,) * (rank - v.type.ndim) + v.type.shape for v in (x, y))
    first, second = [], []
    for m, n in zip(p, q):
        first += [m, 1]
        second += [1, n]
    return reshape(reshape(x, first) * reshape(y, second), tuple(m * n for m, n in zip(p, q)))


def cross(a: object, b: object, axisa: object = -1, axisb: object = -1, axisc: object = -1, axis: object = None) -> Node:
    """The vector product of three-dimensional vectors along an axis."""
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = as_node(a), as_node(b)
    x, y = moveaxis(x, axisa, -1), moveaxis(y, axisb, -1)
    if x.type.shape[-1] != 3 or y.type.shape[-1] != 3:
        raise located(ShapeError(f"cross: vectors must have 3 components, got {x.type} and {y.type}"))
    from .joining import stack

    u, v = ([w[..., k] for k in range(3)] for w in (x, y))
    parts = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    return moveaxis(stack(parts, -1), -1, axisc)


def multi_dot(arrays: Any) -> Node:
    """The product of several matrices; the order is chosen by a pass."""
    nodes = [as_node(a) for a in arrays]
    if len(nodes) < 2:
        raise located(ExpressionError("multi_dot: needs at least two arrays"))
    result = nodes[0]
    for node in nodes[1:]:
        result = matmul(result, node)
    return result
