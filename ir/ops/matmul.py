"""The matrix product. Batch axes are explicit: both operands have the same leading axes, or one operand is a vector."""
from __future__ import annotations

import numpy as np

from ..errors import DTypeError, ShapeError
from ..node import Node
from ..op import Bilinear, Op
from ..types import Type
from .arithmetic import multiply
from .shape import broadcast, transpose


def _matmul_type(types: list[Type]) -> Type:
    a, b = types
    if a.dtype != b.dtype or (not a.is_float and a.dtype.kind != "i"):
        raise DTypeError(f"matmul: operands must be numbers of one dtype, got {a} and {b}")
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(f"matmul: operands must have at least one axis, got {a} and {b}; multiply scalars with *")
    if a.shape[-1] != b.shape[-1 if b.ndim == 1 else -2]:
        raise ShapeError(f"matmul: inner sizes must be equal, got {a} and {b}")
    if a.ndim > 1 and b.ndim > 1:
        if a.shape[:-2] != b.shape[:-2]:
            raise ShapeError(f"matmul: batch axes must be equal, got {a} and {b}")
        return a.with_shape((*a.shape[:-1], b.shape[-1]))
    if max(a.ndim, b.ndim) > 2:
        raise ShapeError(f"matmul: a vector takes part with a matrix only, got {a} and {b}")
    return a.with_shape((*a.shape[:-1], *b.shape[:-2], *(b.shape[-1:] if b.ndim > 1 else ())))


def swap(x: Node) -> Node:
    """x with its last two axes exchanged."""
    n = x.type.ndim
    return transpose(x, axes=(*range(n - 2), n - 1, n - 2))


def _outer(a: Node, b: Node) -> Node:
    shape = (*a.type.shape, *b.type.shape)
    return multiply(broadcast(a, shape=shape, axes=(0,)), broadcast(b, shape=shape, axes=(1,)))


def _scaled(ct: Node, x: Node) -> Node:
    return multiply(broadcast(ct, shape=x.type.shape, axes=()), x)


def _by_first(ct: Node, node: Node) -> Node:
    a, b = node.args
    if a.type.ndim == 1:
        return _scaled(ct, b) if b.type.ndim == 1 else matmul(b, ct)
    return _outer(ct, b) if b.type.ndim == 1 else matmul(ct, swap(b))


def _by_second(ct: Node, node: Node) -> Node:
    a, b = node.args
    if b.type.ndim == 1:
        return _scaled(ct, a) if a.type.ndim == 1 else matmul(ct, a)
    return _outer(a, ct) if a.type.ndim == 1 else matmul(swap(a), ct)


matmul = Op(
    "matmul", _matmul_type, np.matmul, Bilinear((_by_first, _by_second)), arity=2,
    doc="The matrix product over the last axis of x1 and the last but one of x2 (the only one, for a vector).",
)
