"""Square matrices as systems of equations: solve, det and cofactor, for any batch of matrices of one size.

A matrix that is singular (an elimination with row exchanges meets a pivot of exactly 0) or not finite has no solution: the
result is NaN. The determinant is 0 then, and its derivative, the cofactors, is right also for singular matrices.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..errors import DTypeError, ShapeError
from ..node import Node
from ..op import Hook, Op
from ..types import Type
from .arithmetic import add, multiply, negative, subtract
from .matmul import matmul, swap
from .reductions import sum
from .shape import broadcast


def _square(op: str, a: Type) -> None:
    if not a.is_float:
        raise DTypeError(f"{op}: takes floats, got {a}")
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise ShapeError(f"{op}: needs square matrices, got {a}")


# --------------------------------------------------------------------------------------------------------- solve

def _solve_type(types: list[Type]) -> Type:
    a, b = types
    _square("solve", a)
    if a.dtype != b.dtype:
        raise DTypeError(f"solve: operands must have one dtype, got {a} and {b}")
    if b.ndim != a.ndim or b.shape[:-2] != a.shape[:-2] or b.shape[-1] != a.shape[-1]:
        raise ShapeError(f"solve: right sides must be rows of {a.shape[-1]} elements for each matrix of {a}, got {b}")
    return b


def _solve(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    result = np.full_like(b, np.nan)
    for at in np.ndindex(a.shape[:-2]):
        if np.isfinite(a[at]).all():
            try:
                result[at] = np.linalg.solve(a[at], b[at].T).T
            except np.linalg.LinAlgError:
                continue  # singular: NaN
    return result


def _solve_jvp(node: Node, tangents: Sequence[Node | None]) -> Node | None:
    """a x = b gives a dx = db - da x, for each row x."""
    (a, _), (ta, tb) = node.args, tangents
    moved = None if ta is None else matmul(node, swap(ta))
    if moved is None and tb is None:
        return None
    right = tb if moved is None else negative(moved) if tb is None else subtract(tb, moved)
    return solve(a, right)  # type: ignore[arg-type]


def _solve_vjp(node: Node, ct: Node) -> list[Node]:
    """The transposed system solved for the cotangent is b's; its outer product with the solution is minus a's."""
    back = solve(swap(node.args[0]), ct)
    return [negative(matmul(swap(back), node)), back]


solve: Op = Op(
    "solve", _solve_type, _solve, Hook(_solve_jvp, _solve_vjp), arity=2,
    doc="For each row b of x2 the x with x1 x = b, by elimination with row exchanges; NaN where x1 is singular or not finite.",
)


# --------------------------------------------------------------------------------------------- det and cofactor

def _det_type(types: list[Type]) -> Type:
    (a,) = types
    _square("det", a)
    return a.with_shape(a.shape[:-2])


def _determinant(a: np.ndarray) -> float:
    """The product of the pivots, kept from overflow and underflow on the way."""
    if not np.isfinite(a).all():
        return math.nan
    a, mantissa, exponent = a.astype("float64"), 1.0, 0
    for k in range(len(a)):
        pivot = k + int(np.argmax(np.abs(a[k:, k])))
        if a[pivot, k] == 0:
            return 0.0
        if pivot != k:
            a[[k, pivot]] = a[[pivot, k]]
            mantissa = -mantissa
        a[k + 1:, k:] -= np.outer(a[k + 1:, k] / a[k, k], a[k, k:])
        mantissa, more = math.frexp(mantissa * math.frexp(a[k, k])[0])
        exponent += more + math.frexp(a[k, k])[1]
    try:
        return math.ldexp(mantissa, exponent)
    except OverflowError:
        return math.copysign(math.inf, mantissa)


def _each(of_one: object, a: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    result = np.zeros(shape, a.dtype)
    for at in np.ndindex(a.shape[:-2]):
        result[at] = of_one(a[at])  # type: ignore[operator]
    return result


def _det_jvp(node: Node, tangents: Sequence[Node | None]) -> Node:
    (a,), n = node.args, node.args[0].type.ndim
    return sum(multiply(cofactor(a), tangents[0]), axes=(n - 2, n - 1))  # type: ignore[arg-type]


def _det_vjp(node: Node, ct: Node) -> list[Node]:
    return [multiply(cofactor(node.args[0]), _spread(ct, node.args[0]))]


def _spread(x: Node, like: Node) -> Node:
    """A number a matrix, repeated over the matrix."""
    return broadcast(x, shape=like.type.shape, axes=tuple(range(like.type.ndim - 2)))


det: Op = Op(
    "det", _det_type, lambda a: _each(_determinant, a, a.shape[:-2]), Hook(_det_jvp, _det_vjp),
    doc="The determinant, as the product of the pivots of an elimination with row exchanges; 1 for a matrix without elements.",
)


def _cofactor_type(types: list[Type]) -> Type:
    _square("cofactor", types[0])
    return types[0]


def _cofactors(a: np.ndarray) -> np.ndarray:
    """With a = u s v: det(u v) u cof(s) v, where the cofactors of a diagonal are the products of the other elements."""
    if not np.isfinite(a).all():
        return np.full_like(a, np.nan)
    u, s, v = np.linalg.svd(a.astype("float64"))
    before = np.cumprod([1.0, *s[:-1]])
    behind = np.cumprod([1.0, *s[:0:-1]])[::-1]
    return np.linalg.det(u) * np.linalg.det(v) * (u * (before * behind)) @ v if len(a) else a


def _cofactor_jvp(node: Node, tangents: Sequence[Node | None]) -> Node:
    """Of a regular matrix, from cofactor(a) = det(a) a^-T: (<cofactor(a), t> 1 - cofactor(a) t^T) a^-T."""
    t, inverse = tangents[0], _inverse_transposed(node.args[0])
    n = node.type.ndim
    share = sum(multiply(node, t), axes=(n - 2, n - 1))  # type: ignore[arg-type]
    return subtract(multiply(_spread(share, node), inverse), matmul(matmul(node, swap(t)), inverse))  # type: ignore[arg-type]


def _cofactor_vjp(node: Node, ct: Node) -> list[Node]:
    inverse, n = _inverse_transposed(node.args[0]), node.type.ndim
    share = sum(multiply(ct, inverse), axes=(n - 2, n - 1))
    return [add(multiply(_spread(share, node), node), negative(matmul(matmul(inverse, swap(ct)), node)))]


def _inverse_transposed(a: Node) -> Node:
    """Row i is the solution for the unit vector i, which is column i of the inverse."""
    from ..library.creation import eye

    n = a.type.ndim
    return solve(a, broadcast(eye(a.type.shape[-1], dtype=a.type.dtype), shape=a.type.shape, axes=(n - 2, n - 1)))


cofactor: Op = Op(
    "cofactor", _cofactor_type, lambda a: _each(_cofactors, a, a.shape), Hook(_cofactor_jvp, _cofactor_vjp),
    doc="The derivative of the determinant by each element, also of a singular matrix; its own derivative needs a regular one.",
)
