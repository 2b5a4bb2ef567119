"""Reading and adding at computed positions: gather and its transpose scatter_add. NumPy's indexing is built from them."""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import ArgumentError, DTypeError, ShapeError
from ..op import Linear, Op
from ..types import Shape, Type
from .shape import shape_text


def _check_indices(op: str, indices: list[Type], axes: tuple[int, ...], ndim: int) -> Type:
    if not indices or len(indices) != len(axes) or list(axes) != sorted(set(axes)):
        raise ShapeError(f"{op}: needs one index array for each of the increasing axes {list(axes)}")
    if any(not 0 <= a < ndim for a in axes):
        raise ShapeError(f"{op}: axes {list(axes)} are not all axes of a rank {ndim} array")
    for index in indices:
        if index.dtype.kind != "i":
            raise DTypeError(f"{op}: an index array must be of integers, got {index}")
        if index.shape != indices[0].shape:
            raise ShapeError(f"{op}: index arrays must have one shape, got {indices[0]} and {index}")
    return indices[0]


def _split(op: str, types: list[Type]) -> tuple[Type, list[Type]]:
    if not types:
        raise ShapeError(f"{op}: needs an array and index arrays, got nothing")
    return types[0], types[1:]


def _gather_type(types: list[Type], axes: tuple[int, ...]) -> Type:
    x, indices = _split("gather", types)
    index = _check_indices("gather", indices, axes, x.ndim)
    return x.with_shape((*index.shape, *(d for k, d in enumerate(x.shape) if k not in axes)))


def wrapped(op: str, indices: Sequence[np.ndarray], sizes: Sequence[int]) -> tuple[np.ndarray, ...]:
    """The indices counted from the beginning. Raises ArgumentError for one that is out of bounds."""
    for index, size in zip(indices, sizes):
        if index.size and not (-size <= index.min() and index.max() < size):
            wrong = index.max() if index.max() >= size else index.min()
            raise ArgumentError(f"{op}: the index {wrong} is out of bounds for an axis of size {size}")
    return tuple(np.where(index < 0, index + size, index) for index, size in zip(indices, sizes))


def _gather(x: np.ndarray, *rest: np.ndarray) -> np.ndarray:
    indices, axes = rest[:-1], tuple(rest[-1])
    front = np.moveaxis(x, axes, range(len(axes)))
    return np.asarray(front[wrapped("gather", indices, [x.shape[a] for a in axes])])


gather: Op = Op(
    "gather", _gather_type, _gather,
    Linear(lambda ct, node, i: scatter_add(ct, *node.args[1:], axes=node.attribute("axes"), shape=node.args[0].type.shape), (0,)),
    ("axes",), arity=None,
    doc="x at the integer positions given for `axes`: the index arrays' shape, then the other axes. "
    "Negative positions count from the end; others out of bounds raise at the call.",
)


def _scatter_type(types: list[Type], axes: tuple[int, ...], shape: Shape) -> Type:
    x, indices = _split("scatter_add", types)
    index = _check_indices("scatter_add", indices, axes, len(shape))
    expected = (*index.shape, *(d for k, d in enumerate(shape) if k not in axes))
    if x.shape != expected:
        raise ShapeError(f"scatter_add: values must be of shape {shape_text(expected)}, got {x}")
    return x.with_shape(shape)


def _scatter(x: np.ndarray, *rest: np.ndarray) -> np.ndarray:
    indices, axes, shape = rest[:-2], tuple(rest[-2]), tuple(rest[-1])
    result = np.zeros(shape, x.dtype)
    front = np.moveaxis(result, axes, range(len(axes)))
    np.add.at(front, wrapped("scatter_add", indices, [shape[a] for a in axes]), x)
    return result


scatter_add: Op = Op(
    "scatter_add", _scatter_type, _scatter,
    Linear(lambda ct, node, i: gather(ct, *node.args[1:], axes=node.attribute("axes")), (0,)),
    ("axes", "shape"), arity=None,
    doc="Zeros of `shape` to which the values are added at the positions of `axes`, in order; repeats add up.",
)
