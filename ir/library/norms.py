"""Norms and clipping, right at 0 and at the ends of the range of floats.

The derivative of a norm at 0 is 0: the argument of the root is selected before the root.
"""
from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..convert import common_dtype, convert, where
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import product
from .elementwise import FUNCTIONS as ROWS
from .reductions import floating, max, min, sum
from .shapes import axes_of, axis_of, keep_axes, moveaxis, reshape

abs, sqrt, square, isnan = (ROWS[name] for name in ("abs", "sqrt", "square", "isnan"))


def root(x: Node) -> Node:
    """The square root with slope 0 at 0: the argument is selected before the root."""
    zero = x == 0
    return where(zero, 0, sqrt(where(zero, 1, x)))


# Beyond these sizes of the sum of squares, squares overflow or lose bits; a power of two scales them exactly.
_SCALES = {"float64": (2.0**1000, 2.0**-600, 2.0**-900, 2.0**600), "float32": (2.0**120, 2.0**-80, 2.0**-80, 2.0**100)}


def norm(x: object, ord: Any = None, axis: Any = None, *, keepdims: bool = False) -> Node:
    """The norm of vectors or matrices as numpy.linalg.norm; its derivative at 0 is 0, and it does not overflow."""
    node = floating(x)
    if axis is None and ord is None:
        return euclidean(node, None, keepdims)
    if axis is None and node.type.ndim not in (1, 2):
        raise located(ShapeError(f"norm: ord={ord!r} needs a vector or a matrix, got {node.type}; name the axes"))
    axes = axes_of("norm", axis, node)
    if len(axes) == 2:
        return _matrix_norm(node, ord, [axis_of("norm", a, node) for a in (axis or (0, 1))], keepdims)
    if len(axes) != 1:
        raise located(ShapeError(f"norm: takes one or two axes, got {axis!r}"))
    return _vector_norm(node, ord, axes, keepdims)


def euclidean(x: Node, axis: object, keepdims: bool) -> Node:
    """sqrt(sum(x^2)), scaled by a power of two where the squares would overflow or underflow."""
    huge, down, tiny, up = _SCALES[x.type.dtype.name]
    plain = sum(square(x), axis, keepdims=True)
    scale = where(plain > huge, down, where(plain < tiny, up, convert(1.0, x.type.dtype)))
    result = root(sum(square(x * scale), axis, keepdims=True)) / scale
    return result if keepdims else reshape(result, tuple(d for k, d in enumerate(x.type.shape) if k not in axes_of("norm", axis, x)))


def _vector_norm(x: Node, ord: Any, axis: tuple[int, ...], keepdims: bool) -> Node:
    if ord is None or ord == 2:
        return euclidean(x, axis, keepdims)
    if isinstance(ord, str):
        raise located(ExpressionError(f"norm: ord={ord!r} is for matrices"))
    if ord == math.inf:
        return max(abs(x), axis, keepdims=keepdims)
    if ord == -math.inf:
        return min(abs(x), axis, keepdims=keepdims)
    if ord == 0:
        return sum(convert(x != 0, x.type.dtype), axis, keepdims=keepdims)
    if ord == 1:
        return sum(abs(x), axis, keepdims=keepdims)
    total = sum(abs(x) ** float(ord), axis, keepdims=keepdims)
    zero = total == 0
    return where(zero, 0.0 ** (1 / ord) if ord > 0 else math.inf, where(zero, 1, total) ** (1 / float(ord)))


def _matrix_norm(x: Node, ord: Any, axes: Sequence[int], keepdims: bool) -> Node:
    rows, columns = axes
    if ord in (None, "fro"):
        return euclidean(x, tuple(axes), keepdims)
    if ord in (1, -1, math.inf, -math.inf):
        inner, outer = (rows, columns) if builtins.abs(ord) == 1 else (columns, rows)
        sums = sum(abs(x), inner, keepdims=True)
        result = (max if ord > 0 else min)(sums, outer, keepdims=True)
        return result if keepdims else reshape(result, tuple(d for k, d in enumerate(x.type.shape) if k not in axes))
    raise located(ExpressionError(f"norm: the matrix norm ord={ord!r} needs singular values, which are not available"))


def vector_norm(x: object, *, axis: Any = None, ord: Any = 2, keepdims: bool = False) -> Node:
    """The norm of the vectors along the axes; of the flat array by default."""
    node = floating(x)
    axes = axes_of("vector_norm", axis, node)
    flat = node
    if len(axes) != 1:
        rest = [k for k in range(node.type.ndim) if k not in axes]
        last = moveaxis(node, axes, tuple(range(len(rest), node.type.ndim)))
        flat = reshape(last, [*(node.type.shape[k] for k in rest), product(node.type.shape[k] for k in axes)])
    result = _vector_norm(flat, ord, (flat.type.ndim - 1,) if len(axes) != 1 else axes, False)
    return keep_axes(result, node, axes) if keepdims else result


def clip(x: object, a_min: object = None, a_max: object = None, *, min: object = None, max: object = None) -> Node:
    """x limited to the bounds; the derivative passes at the bounds themselves."""
    low, high = (a if a is not None else b for a, b in ((a_min, min), (a_max, max)))
    dtype = common_dtype([v for v in (x, low, high) if v is not None])
    node: Any = convert(x, dtype)
    if low is not None:
        bound: Any = convert(low, dtype)
        node = where(_beyond(node < bound, bound), bound, node)
    if high is not None:
        bound = convert(high, dtype)
        node = where(_beyond(node > bound, bound), bound, node)
    return node  # type: ignore[no-any-return]


def _beyond(outside: Any, bound: Node) -> Node:
    """A bound that is NaN makes the result NaN, as in NumPy; a constant that is not needs no test."""
    if bound.type.dtype.kind != "f" or (bound.op is ops.const and not np.isnan(bound.attrs[0].array).any()):
        return outside  # type: ignore[no-any-return]
    return outside | isnan(bound)  # type: ignore[no-any-return]
