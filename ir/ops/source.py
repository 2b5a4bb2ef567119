"""Ops that values begin with: inputs, constants, index ramps and sizes; and the two that only pass a value on.

`filled` spreads a constant over a type, and `uniform` reads it back.
"""
from __future__ import annotations

import numpy as np

from ..errors import GraphError, ShapeError
from ..node import Node
from ..op import Constant, Op, Zero
from ..types import Dim, Shape, TupleType, Type, dtype_of
from .shape import broadcast, reshape

input = Op(
    "input", infer=lambda types, name, type: type, evaluate=None, derivative=Zero(), attributes=("name", "type"), arity=0,  # type: ignore[arg-type]
    doc="A value given at the call. Inputs of one name and type are one node.",
)

const = Op(
    "const", infer=lambda types, value: Type(value.array.dtype, value.array.shape), evaluate=lambda value: value.array,
    derivative=Zero(), attributes=("value",), arity=0, doc="A value known when the graph is built, shared by its bits.",
)


def constant(value: object, dtype: object = None) -> Node:
    """The `const` node of an array or number, in its own dtype or the given one."""
    return const(value=Constant(np.asarray(value, dtype=dtype_of(dtype) if dtype is not None else None)))


def filled(type: Type, value: object) -> Node:
    """A constant of the type with one value everywhere: a number, which is broadcast where the type has axes."""
    with np.errstate(all="ignore"):  # a number may be too large for the type
        number = const(value=Constant(np.asarray(value).astype(type.dtype)))
    return broadcast(number, shape=type.shape, axes=()) if type.shape else number


def uniform(node: Node) -> np.ndarray | None:
    """The rank 0 array that every element of a constant is, spread over a type or not; None for anything else."""
    while node.op in _SPREAD:
        node = node.args[0]
    return node.attrs[0].number if node.op is const else None


_SPREAD = (broadcast, reshape)


def _iota_type(types: list[Type], shape: Shape, axis: int, dtype: str) -> Type:
    if not 0 <= axis < len(shape):
        raise ShapeError(f"iota: axis {axis} is not in a shape of rank {len(shape)}")
    return Type(dtype, shape)


def _iota(shape: tuple[int, ...], axis: int, dtype: str) -> np.ndarray:
    ramp = np.arange(shape[axis], dtype=dtype).reshape([-1 if k == axis else 1 for k in range(len(shape))])
    return np.broadcast_to(ramp, shape)


iota = Op(
    "iota", _iota_type, _iota, Zero(), ("shape", "axis", "dtype"), arity=0,
    doc="An array whose elements are their own index along `axis`.",
)

size = Op(
    "size", lambda types, dim: Type("int64"), lambda dim: np.int64(dim), Zero(), ("dim",), arity=0,
    doc="A size that is known at the call, as an int64 scalar.",
)


def size_of(dim: Dim) -> Node:
    """A dim as a value of the graph: a constant where it is an int."""
    return constant(np.int64(dim)) if isinstance(dim, int) else size(dim=dim)


stop_gradient = Op(
    "stop_gradient", lambda types: types[0], lambda x: x, Zero(), doc="x itself; no derivative flows through it.",
)


def _item_type(types: list[TupleType], index: int) -> Type:
    if not isinstance(types[0], TupleType):
        raise GraphError(f"item: expected the result of an op with several results, got {types[0]}")
    if not 0 <= index < len(types[0].parts):
        raise GraphError(f"item: index {index} is not in {types[0]}")
    return types[0].parts[index]


# The modes treat `item` themselves: tangents of a tuple are lists, and picking one needs no rule.
item = Op("item", _item_type, lambda parts, index: parts[index], Zero(), ("index",), doc="One result of an op with several.")
