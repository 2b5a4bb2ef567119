"""Arrays from nothing: zeros, ramps and identity matrices, also of sizes that are known only at the call."""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..convert import apply, as_node, broadcast_to, convert, is_weak, where
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim, Poly, as_dim, dtype_of
from .shapes import integer, reshape, shape_from


def full(shape: object, fill_value: object, dtype: object = None) -> Node:
    """An array of one value; it may be symbolic."""
    value = as_node(fill_value)
    kind = dtype_of(dtype or value.type.dtype)
    return broadcast_to(convert(fill_value if is_weak(fill_value) else value, kind), shape_from(shape), "full")


def zeros(shape: object, dtype: object = "float64") -> Node:
    """An array of zeros."""
    return full(shape, 0, dtype)


def ones(shape: object, dtype: object = "float64") -> Node:
    """An array of ones."""
    return full(shape, 1, dtype)


empty = zeros


def full_like(x: object, fill_value: object, dtype: object = None, shape: object = None) -> Node:
    """An array of one value with the shape and dtype of x."""
    node = as_node(x)
    return full(node.type.shape if shape is None else shape, fill_value, dtype or node.type.dtype)


def zeros_like(x: object, dtype: object = None, shape: object = None) -> Node:
    """Zeros in the shape and dtype of x."""
    return full_like(x, 0, dtype, shape)


def ones_like(x: object, dtype: object = None, shape: object = None) -> Node:
    """Ones in the shape and dtype of x."""
    return full_like(x, 1, dtype, shape)


empty_like = zeros_like


def iota(shape: object, axis: int = 0, dtype: object = "int64") -> Node:
    """An array whose elements are their own place along the axis."""
    dims = shape_from(shape)
    k = integer("iota", axis)
    if not -len(dims) <= k < len(dims):
        raise located(ShapeError(f"iota: a shape of rank {len(dims)} has no axis {k}"))
    return ops.iota(shape=dims, axis=k % len(dims), dtype=dtype_of(dtype).name)


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: object = None) -> Node:
    """start, start + step, ... before stop. Integers and sizes; floats if all are known."""
    if stop is None:
        start, stop = 0, start
    if isinstance(stop, str):
        stop = as_dim(stop)
    start, stop, step = (v.attrs[0] if isinstance(v, Node) and v.op is ops.size else v for v in (start, stop, step))
    if isinstance(step, (int, float, np.number)) and step == 0:
        raise located(ExpressionError("arange: the step cannot be 0"))
    if not any(isinstance(v, (Node, Poly)) for v in (start, stop, step)):
        return as_node(np.arange(start, stop, step, dtype=None if dtype is None else dtype_of(dtype)))
    if any(isinstance(v, Node) for v in (start, stop, step)) or isinstance(step, Poly) or not all(
        isinstance(v, (int, np.integer, Poly)) for v in (start, stop, step)
    ):
        raise located(ExpressionError(f"arange: bounds must be integers or sizes, got {start!r}, {stop!r}, {step!r}"))
    by = integer("arange", step)
    length: Dim = (stop - start + (by - 1)) // by if by > 0 else (start - stop + (-by - 1)) // -by
    ramp = ops.iota(shape=(length,), axis=0, dtype=dtype_of(dtype or "int64").name)
    if by != 1:
        ramp = ramp * by
    return ramp if isinstance(start, int) and start == 0 else ramp + start


def linspace(start: Any, stop: Any, num: Any = 50, endpoint: bool = True, *, dtype: object = None) -> Node:
    """`num` evenly spaced values from start to stop, both of which may be symbolic scalars or arrays."""
    if not any(isinstance(v, (Node, Poly)) for v in (start, stop, num)):
        return as_node(np.linspace(start, stop, num, endpoint, dtype=None if dtype is None else dtype_of(dtype)))
    count = num if isinstance(num, Poly) else integer("linspace", num)
    first, last = (v if v.type.is_float else convert(v, np.dtype("float64")) for v in (as_node(start), as_node(stop)))
    steps: Dim = count - 1 if endpoint else count
    delta = last - first
    rank = delta.type.ndim
    ramp = reshape(ops.iota(shape=(count,), axis=0, dtype=delta.type.dtype.name), (count, *(1,) * rank))
    if isinstance(steps, int) and steps < 1:
        values = ramp * delta + first
    else:
        values = ramp * (delta / apply(ops.maximum, steps, 1)) + first
        if endpoint:  # exactly `stop` at the end, as in NumPy
            place = reshape(ops.iota(shape=(count,), axis=0, dtype="int64"), (count, *(1,) * rank))
            values = where((place == steps) & (place > 0), last, values)
    return values if dtype is None else convert(values, dtype_of(dtype))


def eye(N: Any, M: Any = None, k: int = 0, dtype: object = "float64") -> Node:
    """Ones on the k-th diagonal, zeros elsewhere."""
    dims = shape_from((N, N if M is None else M))
    offset = integer("eye", k)
    rows, columns = (ops.iota(shape=dims, axis=axis, dtype="int64") for axis in (0, 1))
    return convert(as_node(columns == (rows + offset if offset else rows)), dtype_of(dtype))


def identity(n: Any, dtype: object = "float64") -> Node:
    """The identity matrix of n rows."""
    return eye(n, dtype=dtype)


def tri(N: Any, M: Any = None, k: int = 0, dtype: object = "float64") -> Node:
    """Ones at and below the k-th diagonal, zeros elsewhere."""
    dims = shape_from((N, N if M is None else M))
    offset = integer("tri", k)
    rows, columns = (ops.iota(shape=dims, axis=axis, dtype="int64") for axis in (0, 1))
    return convert(columns <= (rows + offset if offset else rows), dtype_of(dtype))


def astype(x: object, dtype: object, copy: bool = True) -> Node:
    """x in another dtype; floats become integers by truncation."""
    return convert(as_node(x), dtype_of(dtype))


def asarray(x: object, dtype: object = None, copy: object = None) -> Node:
    """x as a node: a number, an array of NumPy's, a size, or nested lists of these and nodes; of another dtype where one is given."""
    node = as_node(x)
    return node if dtype is None else astype(x if isinstance(x, Node) else node, dtype)


array = constant = asarray
