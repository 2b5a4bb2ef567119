"""Cheap, certain wins: the same value with less work. Sizes decide where they are known; reassociating needs permission."""
from __future__ import annotations

import math

import numpy as np

from ...ir import ops
from ...ir.library import multiply, reciprocal, sqrt
from ...ir.node import Node
from ...ir.ops.matmul import swap
from ...ir.ops.source import filled, uniform
from ...ir.types import Dim, Shape
from .rule import REAL, Rule, Uses, exact, real, rewrites


def _inverse_is_exact(k: np.ndarray) -> bool:
    if k.dtype.kind != "f":
        return False
    mantissa, exponent = math.frexp(float(k))
    limit = np.finfo(k.dtype).maxexp - 3
    return abs(mantissa) == 0.5 and -limit < exponent < limit


def _product_is_exact(k1: np.ndarray, k2: np.ndarray) -> bool:
    """Whether the product of two constants is not rounded, and far from where it would overflow or be subnormal."""
    if k1.dtype.kind != "f":
        return False
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        product, info = k1 * k2, np.finfo(k1.dtype)
    if not info.tiny < abs(product) < info.max / 8:
        return False
    from fractions import Fraction  # 2 ms that few need

    return Fraction(float(k1)) * Fraction(float(k2)) == Fraction(float(product))


ARITHMETIC = [
    exact("over a power of two", lambda x, k: (x / k, x * reciprocal(k)), when=_inverse_is_exact, floats=True),
    real("over a constant", lambda x, k: (x / k, x * reciprocal(k))),
    real(
        "times powers of two", lambda x, k1, k2: (x * k1 * k2, x * (k1 * k2)), "what overflowed or underflowed between does no more",
        when=lambda k1, k2: _inverse_is_exact(k1) and _inverse_is_exact(k2),
    ),
    real("times constants", lambda x, k1, k2: (x * k1 * k2, x * (k1 * k2))),
    real("plus constants", lambda x, k1, k2: (x + k1 + k2, x + (k1 + k2))),
    real(
        "power one and a half", lambda x: (x**1.5, x * sqrt(x)), "1 ulp, as power itself, whose derivative has been built",
        differs=(-0.0, -math.inf),
    ),
    real("common factor", lambda x, y, z: (multiply(x, y) + multiply(x, z), x * (y + z))),
    real("common factor of a difference", lambda x, y, z: (multiply(x, y) - multiply(x, z), x * (y - z))),
]


@rewrites(
    ops.multiply, name="times constants without rounding", kind=REAL, because="one rounding instead of two",
    children=[ops.const, ops.broadcast], counts=True,
)
def _times_constants(node: Node, uses: Uses) -> Node | None:
    """x * k1 * k2 -> x * (k1*k2) where k1*k2 is exact and x * k1 used once"""
    inner, k2 = node.args[0], uniform(node.args[1])
    if k2 is None or inner.op is not ops.multiply or uses(inner) != 1:
        return None
    k1 = uniform(inner.args[1])
    return ops.multiply(inner.args[0], filled(node.type, k1 * k2)) if k1 is not None and _product_is_exact(k1, k2) else None


@rewrites(ops.multiply, name="times a reciprocal", kind=REAL, because="one rounding less", children=[ops.reciprocal], counts=True)
def _divided(node: Node, uses: Uses) -> Node | None:
    """x * (1/y) -> x / y where 1/y is used once"""
    for a, b in (node.args, node.args[::-1]):
        if b.op is ops.reciprocal and uses(b) == 1 and a.op is not ops.reciprocal:
            return ops.divide(a, b.args[0])
    return None


# ------------------------------------------------------------------------------------------------------------ sums

def _left(x: Node, axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(k for k in range(x.type.ndim) if k not in axes)


@rewrites(ops.sum, ops.prod, ops.max, ops.min, name="reduced over nothing", kind=REAL, because="but for the sign of zero")
def _reduce_nothing(node: Node) -> Node | None:
    """sum(x, axes=()) -> x"""
    return None if node.attrs[0] else node.args[0]


@rewrites(ops.sum, ops.prod, ops.max, ops.min, name="reduced over one", kind=REAL, because="a sum of one element is that element")
def _reduce_one(node: Node) -> Node | None:
    """sum(x) over axes of size 1 -> reshape(x)"""
    x, axes = node.args[0], node.attrs[0]
    if not axes or any(x.type.shape[a] != 1 for a in axes):
        return None
    return ops.reshape(x, shape=node.type.shape)


@rewrites(ops.max, ops.min, name="extremum of a broadcast", children=[ops.broadcast])
def _extremum_of_broadcast(node: Node) -> Node | None:
    """max(broadcast(x)) -> broadcast(max(x)), where the repeated axes are not empty"""
    return _through_broadcast(node, lambda x, count: x)


@rewrites(ops.sum, name="sum of a broadcast", kind=REAL, because="one rounding instead of many", children=[ops.broadcast])
def _sum_of_broadcast(node: Node) -> Node | None:
    """sum(broadcast(x)) -> x * size"""
    return _through_broadcast(node, lambda x, count: x * count)


def _through_broadcast(node: Node, repeated) -> Node | None:  # type: ignore[no-untyped-def]
    inner = node.args[0]
    if inner.op is not ops.broadcast:
        return None
    x, (shape, axes), over = inner.args[0], inner.attrs, node.attrs[0]
    new = [a for a in over if a not in axes]
    count = 1
    for a in new:
        if not isinstance(shape[a], int) or shape[a] == 0:
            return None  # of nothing the sum is 0, also where x is infinite
        count *= shape[a]
    if not new:
        return None
    inside = tuple(k for k, a in enumerate(axes) if a in over)
    reduced = node.op(x, axes=inside) if inside else x
    kept = [a for a in range(len(shape)) if a not in over]
    result = repeated(reduced, filled(reduced.type, count))
    return ops.broadcast(result, shape=node.type.shape, axes=tuple(kept.index(a) for a in axes if a not in over))


@rewrites(ops.sum, ops.max, ops.min, name="reduced twice", kind=REAL, because="the order of a reduction is not the writer's", counts=True)
def _reduce_twice(node: Node, uses: Uses) -> Node | None:
    """sum(sum(x)) -> sum(x)"""
    inner = node.args[0]
    if inner.op is not node.op or uses(inner) != 1:
        return None
    left = _left(inner.args[0], inner.attrs[0])
    return node.op(inner.args[0], axes=tuple(sorted((*inner.attrs[0], *(left[a] for a in node.attrs[0])))))


@rewrites(
    ops.sum, ops.max, ops.min, name="reduced transpose", kind=REAL, because="the order of a reduction is not the writer's",
    children=[ops.transpose],
)
def _reduce_transpose(node: Node) -> Node | None:
    """sum(transpose(x)) -> transpose(sum(x))"""
    inner = node.args[0]
    if inner.op is not ops.transpose:
        return None
    order, over = inner.attrs[0], node.attrs[0]
    axes = tuple(sorted(order[a] for a in over))
    reduced = node.op(inner.args[0], axes=axes)
    left = _left(inner.args[0], axes)
    return ops.transpose(reduced, axes=tuple(left.index(order[a]) for a in range(len(order)) if a not in over))


@rewrites(ops.sum, ops.max, ops.min, name="reduced reshape", kind=REAL, because="the order stays", children=[ops.reshape])
def _reduce_reshape(node: Node) -> Node | None:
    """sum(reshape(x)) over all axes -> sum(x)"""
    inner = node.args[0]
    if inner.op is not ops.reshape or node.type.ndim or not inner.args[0].type.ndim:
        return None
    return node.op(inner.args[0], axes=tuple(range(inner.args[0].type.ndim)))


@rewrites(ops.sum, name="invariant factor out of a sum", kind=REAL, children=[ops.multiply])
def _factor_out(node: Node) -> Node | None:
    """sum(x * broadcast(y)) -> sum(x) * y for y that does not vary along the axes"""
    product = node.args[0]
    if product.op is not ops.multiply:
        return None
    kept = [k for k in range(product.type.ndim) if k not in node.attrs[0]]
    for x, y in (product.args, product.args[::-1]):
        if y.op is ops.broadcast and x.op is not ops.broadcast and not set(y.attrs[1]) & set(node.attrs[0]):
            axes = tuple(kept.index(a) for a in y.attrs[1])
            return ops.multiply(ops.sum(x, axes=node.attrs[0]), ops.broadcast(y.args[0], shape=node.type.shape, axes=axes))
    return None


# ----------------------------------------------------------------------------------------------------------- products

def _work(a: Shape, b: Shape) -> Dim:
    """The multiplications of a product of two matrices, or of a matrix and a vector."""
    rows = a[:-1] if len(a) > 1 else ()
    columns = b[-1:] if len(b) > 1 else ()
    total: Dim = 1
    for dim in (*rows, a[-1], *columns):
        total = total * dim
    return total


def _product_type(a: Node, b: Node) -> Shape:
    return (*a.type.shape[:-1], *(b.type.shape[-1:] if b.type.ndim > 1 else ()))


def _cheaper(new: Dim, old: Dim) -> bool:
    """Whether new < old for all sizes from 1 on, as far as it shows: every term of the difference has a plus."""
    between = old - new
    if isinstance(between, int):
        return between > 0
    return all(c > 0 for _, c in between.terms)


@rewrites(
    ops.matmul, name="matrix products in the cheaper order", kind=REAL, because="the order of a reduction is not the writer's",
    children=[ops.matmul], counts=True,
)
def _chain(node: Node, uses: Uses) -> Node | None:
    """(a @ b) @ c -> a @ (b @ c), and back, whichever multiplies less"""
    left, right = node.args
    if max(left.type.ndim, right.type.ndim) > 2:
        return None
    if left.op is ops.matmul and uses(left) == 1 and left.args[0].type.ndim == left.args[1].type.ndim == 2:
        a, b = left.args
        now = _work(a.type.shape, b.type.shape) + _work(left.type.shape, right.type.shape)
        then = _work(b.type.shape, right.type.shape) + _work(a.type.shape, _product_type(b, right))
        if _cheaper(then, now):
            return ops.matmul(a, ops.matmul(b, right))
    if right.op is ops.matmul and uses(right) == 1 and right.args[0].type.ndim == right.args[1].type.ndim == 2:
        b, c = right.args
        now = _work(b.type.shape, c.type.shape) + _work(left.type.shape, right.type.shape)
        then = _work(left.type.shape, b.type.shape) + _work(_product_type(left, b), c.type.shape)
        if _cheaper(then, now):
            return ops.matmul(ops.matmul(left, b), c)
    return None


@rewrites(ops.transpose, name="transposed product", children=[ops.matmul], counts=True)
def _transposed_product(node: Node, uses: Uses) -> Node | None:
    """transpose(a @ b) -> transpose(b) @ transpose(a), which BLAS reads as they lie"""
    product = node.args[0]
    if product.op is not ops.matmul or uses(product) != 1:
        return None
    a, b = product.args
    n = node.type.ndim
    if a.type.ndim < 2 or b.type.ndim < 2 or node.attrs[0] != (*range(n - 2), n - 1, n - 2):
        return None
    return ops.matmul(swap(b), swap(a))


@rewrites(ops.matmul, name="vector times transposed matrix", children=[ops.transpose])
def _vector_product(node: Node) -> Node | None:
    """v @ transpose(a) -> a @ v, transpose(a) @ v -> v @ a"""
    a, b = node.args
    if a.type.ndim == 1 and b.type.ndim == 2 and b.op is ops.transpose:
        return ops.matmul(b.args[0], a)
    if b.type.ndim == 1 and a.type.ndim == 2 and a.op is ops.transpose:
        return ops.matmul(b, a.args[0])
    return None


RULES: list[Rule] = [*ARITHMETIC, *(value for value in list(vars().values()) if isinstance(value, Rule))]
