"""Means, variances, integrals and differences along axes.

The variance is taken about the mean in two passes, so it does not cancel. Read `norms.py` next.
"""
from __future__ import annotations

import builtins
from typing import Any

from ..convert import as_node, broadcast_to, convert
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim
from .elementwise import FUNCTIONS as ROWS
from .norms import root
from .reductions import count, floating, sum
from .shapes import axis_of, integer, ravel, reshape

square = ROWS["square"]


def mean(x: object, axis: object = None, dtype: object = None, *, keepdims: bool = False) -> Node:
    """The sum over the axes by their number of elements; integers become float64."""
    node = floating(x, dtype)
    return sum(node, axis, keepdims=keepdims) / count(node, axis)


def average(x: object, axis: object = None, weights: object = None, *, keepdims: bool = False, returned: bool = False) -> Any:
    """The mean with a weight an element, or a weight a place along one axis."""
    node = floating(x)
    if weights is None:
        result = mean(node, axis, keepdims=keepdims)
        return (result, _like(result, count(node, axis))) if returned else result
    w = as_node(weights)
    if w.type.shape != node.type.shape:
        if w.type.ndim != 1 or axis is None or isinstance(axis, (tuple, list)):
            raise located(ShapeError(f"average: weights {w.type} do not fit {node.type}; name the axis that they are for"))
        k = axis_of("average", axis, node)
        w = reshape(w, tuple(-1 if a == k else 1 for a in range(node.type.ndim)))
        w = broadcast_to(w, node.type.shape, "average")
    total = sum(floating(w), axis, keepdims=keepdims)
    result = sum(node * w, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def _like(node: Node, value: object) -> Node:
    return broadcast_to(convert(value, node.type.dtype), node.type.shape)


def var(x: object, axis: object = None, dtype: object = None, *, ddof: Any = 0, correction: Any = None, keepdims: bool = False) -> Node:
    """The mean of squared distances from the mean, with `ddof` taken from the number of elements."""
    node = floating(x, dtype)
    away = square(node - mean(node, axis, keepdims=True))
    return sum(away, axis, keepdims=keepdims) / _freedom("var", count(node, axis), ddof if correction is None else correction)  # type: ignore[no-any-return]


def _freedom(op: str, number: Dim, ddof: Any) -> Any:
    """The number of elements less `ddof`, a number, a size or a node."""
    try:
        return number - ddof
    except TypeError:
        raise located(ExpressionError(f"{op}: ddof must be a number, got {ddof!r} of {type(ddof).__name__}")) from None


def std(x: object, axis: object = None, dtype: object = None, *, ddof: Any = 0, correction: Any = None, keepdims: bool = False) -> Node:
    """The square root of the variance; its derivative is 0 where the variance is 0."""
    return root(var(x, axis, dtype, ddof=ddof, correction=correction, keepdims=keepdims))


def cov(x: object, y: object = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Node:
    """The covariance matrix of variables in rows (or columns)."""
    from .joining import concatenate
    from .linear import matmul
    from .shapes import atleast_2d, squeeze, transpose

    rows = [atleast_2d(floating(v)) for v in (x, y) if v is not None]
    if not rowvar:
        rows = [transpose(v) if as_node(u).type.ndim > 1 else v for u, v in zip((x, y), rows)]
    data = concatenate(rows, 0)
    centred = data - mean(data, 1, keepdims=True)
    less = ddof if ddof is not None else 0 if bias else 1
    return squeeze(matmul(centred, transpose(centred)) / _freedom("cov", data.type.shape[1], less))


def trapezoid(y: object, x: object = None, dx: object = 1.0, axis: object = -1) -> Node:
    """The integral along the axis by the trapezoidal rule."""
    node = as_node(y)
    k = axis_of("trapezoid", axis, node)
    pre = (builtins.slice(None),) * k
    step: Any = dx
    if x is not None:
        step = diff(x, axis=k if as_node(x).type.ndim > 1 else 0)
        if step.type.ndim == 1:
            step = reshape(step, tuple(-1 if a == k else 1 for a in range(node.type.ndim)))
    halves = node[(*pre, builtins.slice(1, None))] + node[(*pre, builtins.slice(None, -1))]
    return sum(step * halves / 2.0, k)


def diff(x: object, n: int = 1, axis: object = -1, prepend: object = None, append: object = None) -> Node:
    """Differences of neighbours along the axis, n times."""
    node = as_node(x)
    k = axis_of("diff", axis, node)
    joined = []
    for part in (prepend, node, append):
        if part is not None:
            piece = as_node(part)
            if piece.type.ndim == 0:
                piece = broadcast_to(piece, tuple(1 if a == k else d for a, d in enumerate(node.type.shape)))
            joined.append(piece)
    if len(joined) > 1:
        from .joining import concatenate

        node = concatenate(joined, k)
    pre = (builtins.slice(None),) * k
    for _ in range(integer("diff", n)):
        later, sooner = node[(*pre, builtins.slice(1, None))], node[(*pre, builtins.slice(None, -1))]
        node = later != sooner if node.type.dtype.kind == "b" else later - sooner
    return node


def ediff1d(x: object, to_end: object = None, to_begin: object = None) -> Node:
    """Differences of neighbours of the flat array, with values to put around them."""
    from .joining import concatenate

    parts = [None if v is None else ravel(v) for v in (to_begin, diff(ravel(x)), to_end)]
    return concatenate([p for p in parts if p is not None], 0)
