"""Reductions over axes and scans along one: sum, prod, max, min, argmax, argmin, cumsum, linear_recurrence."""
from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..errors import DTypeError, ShapeError
from ..node import Node
from ..op import Hook, Linear, Op, Weighted, Zero
from ..types import Shape, Type, product
from .shape import broadcast, inverse_permutation, pad, part_of, reshape, transpose
from .source import filled


def kept(shape: Shape, axes: tuple[int, ...]) -> tuple[int, ...]:
    """The axes that a reduction leaves."""
    return tuple(k for k in range(len(shape)) if k not in axes)


def _reduced(op: str, identity: bool) -> Callable[..., Type]:
    def infer(types: list[Type], axes: tuple[int, ...]) -> Type:
        (x,) = types
        if list(axes) != sorted(set(axes)) or any(not 0 <= a < x.ndim for a in axes):
            raise ShapeError(f"{op}: axes must be increasing axes of {x}, got {list(axes)}")
        if not identity and any(x.shape[a] == 0 for a in axes):
            raise ShapeError(f"{op}: an empty axis of {x} has no {op}")
        if identity and x.dtype.kind == "b":
            raise DTypeError(f"{op}: expected numbers, got {x}")
        return x.with_shape(tuple(x.shape[k] for k in kept(x.shape, axes)))
    return infer


def spread(y: Node, node: Node) -> Node:
    """A reduction's result (or its cotangent), repeated over the axes that were reduced."""
    shape = node.args[0].type.shape
    return broadcast(y, shape=shape, axes=kept(shape, node.attribute("axes")))


sum = Op(
    "sum", _reduced("sum", True), lambda x, axes: np.sum(x, axis=axes, dtype=x.dtype),
    Linear(lambda ct, node, i: spread(ct, node)), ("axes",),
    doc="The sum over axes; the order of additions is fixed and does not depend on threads.",
)


def _tie_weights(node: Node) -> Node:
    """Ties share equally: 1/count where x equals the extremum, selected, so that nothing else is multiplied by 0."""
    from .logic import cast, equal, where

    hit = equal(node.args[0], spread(node, node))
    count = sum(cast(hit, dtype=node.type.dtype.name), axes=node.attribute("axes"))
    return where(hit, spread(1 / count, node), filled(node.args[0].type, 0))


max = Op(
    "max", _reduced("max", False), lambda x, axes: np.max(x, axis=axes), Weighted(_tie_weights), ("axes",),
    doc="The largest element over axes; NaN if there is one.",
)
min = Op(
    "min", _reduced("min", False), lambda x, axes: np.min(x, axis=axes), Weighted(_tie_weights), ("axes",),
    doc="The smallest element over axes; NaN if there is one.",
)


def _product_of_the_others(node: Node) -> Node:
    """For each element the product of all others, without division: right where elements are 0, at any order.

    The reduced axes are brought to the end as one, and the exclusive products from both sides are multiplied.
    """
    from .arithmetic import multiply

    x, axes = node.args[0], node.attribute("axes")
    rest = kept(x.type.shape, axes)
    last = transpose(x, axes=(*rest, *axes))
    row = reshape(last, shape=(*(x.type.shape[k] for k in rest), product(x.type.shape[a] for a in axes)))
    others = multiply(_products_before(row, False), _products_before(row, True))
    return transpose(reshape(others, shape=last.type.shape), axes=inverse_permutation((*rest, *axes)))


def _products_before(x: Node, reverse: bool) -> Node:
    """Element i is the product of the elements before (behind, if reverse) i along the last axis; 1 for the first."""
    shape, axis = x.type.shape, x.type.ndim - 1
    none, edge = (0,) * x.type.ndim, (0,) * axis + shape[axis:]
    one = filled(x.type.with_shape((*shape[:axis], 1)), 1)
    # r[i] = x[i-1] * r[i-1], begun by r[0] = 1: x moved by one, whose first element is 0, and a 1 there. It is padded
    # to one element too many, so that an empty axis needs no case of its own.
    padded = pad(one, low=edge if reverse else none, high=none if reverse else edge, interior=none)
    begin = part_of(padded, axis, 1, shape[axis] + 1) if reverse else part_of(padded, axis, 0, shape[axis])
    return linear_recurrence(_shift(x, axis, reverse), begin, axis=axis, reverse=reverse)


def _shift(x: Node, axis: int, reverse: bool) -> Node:
    """x moved by one along the axis, away from where the recurrence begins; a zero comes in."""
    edge = tuple(1 if k == axis else 0 for k in range(x.type.ndim))
    none = (0,) * x.type.ndim
    n = x.type.shape[axis]
    if reverse:
        return part_of(pad(x, low=none, high=edge, interior=none), axis, 1, n + 1)
    return part_of(pad(x, low=edge, high=none, interior=none), axis, 0, n)


prod = Op(
    "prod", _reduced("prod", True), lambda x, axes: np.prod(x, axis=axes, dtype=x.dtype), Weighted(_product_of_the_others),
    ("axes",), doc="The product over axes.",
)


def _arg_type(op: str) -> Callable[..., Type]:
    def infer(types: list[Type], axis: int) -> Type:
        (x,) = types
        if not 0 <= axis < x.ndim:
            raise ShapeError(f"{op}: axis {axis} is not an axis of {x}")
        if x.shape[axis] == 0:
            raise ShapeError(f"{op}: an empty axis of {x} has no {op}")
        return Type("int64", x.shape[:axis] + x.shape[axis + 1:])
    return infer


argmax = Op("argmax", _arg_type("argmax"), lambda x, axis: np.argmax(x, axis), Zero(), ("axis",),
            doc="The position of the first largest element along the axis; the first NaN counts as largest.")
argmin = Op("argmin", _arg_type("argmin"), lambda x, axis: np.argmin(x, axis), Zero(), ("axis",),
            doc="The position of the first smallest element along the axis; the first NaN counts as smallest.")


def _along(op: str) -> Callable[..., Type]:
    def infer(types: list[Type], axis: int, reverse: bool) -> Type:
        first = types[0]
        if not 0 <= axis < first.ndim:
            raise ShapeError(f"{op}: axis {axis} is not an axis of {first}")
        if any(t is not first for t in types):
            raise ShapeError(f"{op}: operands must have one type, got {first} and {types[1]}")
        if first.dtype.kind == "b":
            raise DTypeError(f"{op}: expected numbers, got {first}")
        return first
    return infer


def _cumsum(x: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
    return np.flip(np.cumsum(np.flip(x, axis), axis, x.dtype), axis) if reverse else np.cumsum(x, axis, x.dtype)


cumsum: Op = Op(
    "cumsum", _along("cumsum"), _cumsum,
    Linear(lambda ct, node, i: cumsum(ct, axis=node.attrs[0], reverse=not node.attrs[1])), ("axis", "reverse"),
    doc="Running sums along the axis, from its end if reverse.",
)


def _recurrence(a: np.ndarray, b: np.ndarray, axis: int, reverse: bool) -> np.ndarray:
    result = np.zeros_like(b)
    steps = range(b.shape[axis])[::-1] if reverse else range(b.shape[axis])
    a, b, r = (np.moveaxis(v, axis, 0) for v in (a, b, result))
    before = np.zeros_like(r[0]) if len(r) else None
    for i in steps:
        before = r[i] = a[i] * before + b[i]
    return result


def _recurrence_jvp(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """t[i] = a[i] t[i-1] + (ta[i] r[i-1] + tb[i]): again a recurrence."""
    from .arithmetic import add, multiply

    axis, reverse = node.attrs
    ta, tb = tangents
    drive = tb
    if ta is not None:
        moved = multiply(ta, _shift(node, axis, reverse))
        drive = moved if tb is None else add(moved, tb)
    return None if drive is None else linear_recurrence(node.args[0], drive, axis=axis, reverse=reverse)


def _recurrence_vjp(node: Node, ct: Node) -> list[Node]:
    """The adjoint runs backwards: s[i] = ct[i] + a[i+1] s[i+1]; then cb = s and ca[i] = s[i] r[i-1]."""
    from .arithmetic import multiply

    axis, reverse = node.attrs
    s = linear_recurrence(_shift(node.args[0], axis, not reverse), ct, axis=axis, reverse=not reverse)
    return [multiply(s, _shift(node, axis, reverse)), s]


linear_recurrence = Op(
    "linear_recurrence", _along("linear_recurrence"), _recurrence, Hook(_recurrence_jvp, _recurrence_vjp),
    ("axis", "reverse"), arity=2,
    doc="r[i] = a[i]*r[i-1] + b[i] along the axis with r[-1] = 0, from its end if reverse.",
)
