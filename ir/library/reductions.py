"""Reductions and running sums with NumPy's options: axis, dtype and keepdims."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, convert
from ..node import Node
from ..op import Op
from ..types import Dim, dtype_of, product
from .shapes import axes_of, axis_of, keep_axes, ravel


def reduce(row: Op, x: object, axis: object = None, keepdims: bool = False) -> Node:
    """The reduction over the axes that a person named."""
    node = as_node(x)
    axes = axes_of(row.name, axis, node)
    if not axes:
        return node
    result = row(node, axes=axes)
    return keep_axes(result, node, axes) if keepdims else result


def accumulating(x: object, dtype: object = None) -> Node:
    """x in the dtype that NumPy adds it in: bool and int32 as int64, others as they are."""
    node = as_node(x)
    if dtype is not None:
        return convert(node, dtype_of(dtype))
    return convert(node, np.dtype("int64")) if node.type.dtype.kind in "ib" else node


def sum(x: object, axis: object = None, dtype: object = None, *, keepdims: bool = False) -> Node:
    """The sum over the axes."""
    return reduce(ops.sum, accumulating(x, dtype), axis, keepdims)


def prod(x: object, axis: object = None, dtype: object = None, *, keepdims: bool = False) -> Node:
    """The product over the axes; its derivative is right where elements are 0."""
    return reduce(ops.prod, accumulating(x, dtype), axis, keepdims)


def max(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """The largest element over the axes; ties share the derivative equally."""
    return reduce(ops.max, x, axis, keepdims)


def min(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """The smallest element over the axes; ties share the derivative equally."""
    return reduce(ops.min, x, axis, keepdims)


def ptp(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """The largest element less the smallest."""
    return max(x, axis, keepdims=keepdims) - min(x, axis, keepdims=keepdims)


def _position(row: Op, x: object, axis: object, keepdims: bool) -> Node:
    node = as_node(x)
    if axis is None:
        result = row(ravel(node), axis=0)
        return keep_axes(result, node, range(node.type.ndim)) if keepdims else result
    k = axis_of(row.name, axis, node)
    result = row(node, axis=k)
    return keep_axes(result, node, (k,)) if keepdims else result


def argmax(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """The position of the first largest element, in the flat array if no axis is given."""
    return _position(ops.argmax, x, axis, keepdims)


def argmin(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """The position of the first smallest element, in the flat array if no axis is given."""
    return _position(ops.argmin, x, axis, keepdims)


def cumsum(x: object, axis: object = None, dtype: object = None) -> Node:
    """Running sums along the axis, of the flat array if none is given."""
    node = accumulating(x, dtype)
    if axis is None:
        node, axis = ravel(node), 0
    return ops.cumsum(node, axis=axis_of("cumsum", axis, node), reverse=False)


def cumprod(x: object, axis: object = None, dtype: object = None) -> Node:
    """Running products along the axis; right, and differentiable, where elements are 0.

    r[i] = x[i] r[i-1] as a recurrence that starts with b[0] = x[0].
    """
    from ..convert import where

    node = accumulating(x, dtype)
    if axis is None:
        node, axis = ravel(node), 0
    k = axis_of("cumprod", axis, node)
    first = ops.iota(shape=node.type.shape, axis=k, dtype="int64") == 0
    return ops.linear_recurrence(where(first, 0, node), where(first, node, 0), axis=k, reverse=False)


def truth(x: object) -> Node:
    """x as bool: not equal to 0 (NaN is true, as in NumPy)."""
    node = as_node(x)
    return node if node.type.dtype.kind == "b" else node != 0


def any(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """Whether some element is not 0; False for none."""
    return count_nonzero(x, axis, keepdims=keepdims) > 0


def all(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """Whether no element is 0; True for none."""
    return sum(~truth(x), axis, keepdims=keepdims) == 0


def count_nonzero(x: object, axis: object = None, *, keepdims: bool = False) -> Node:
    """The number of elements that are not 0."""
    return sum(truth(x), axis, keepdims=keepdims)


def count(x: Node, axis: object) -> Dim:
    """The number of elements that a reduction over the axes takes together."""
    return product(x.type.shape[a] for a in axes_of("mean", axis, x))


def floating(x: object, dtype: object = None) -> Node:
    """x as floats: integers and bool become float64."""
    node: Any = as_node(x)
    if dtype is not None:
        return convert(node, dtype_of(dtype))
    return node if node.type.is_float else convert(node, np.dtype("float64"))
