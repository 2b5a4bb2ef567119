"""NumPy's smaller functions as compositions of the rows.

Each means what it means in NumPy, NaN, infinities and signed zeros included.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..convert import apply, as_node, broadcast_to, common_dtype, convert, where
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Poly
from .elementwise import FUNCTIONS as ROWS
from .reductions import floating, sum
from .shapes import integer, ravel, reshape

_USED = ("abs", "sin", "square", "isfinite", "isinf", "isnan", "rint", "trunc", "maximum", "minimum")
abs, sin, square, isfinite, isinf, isnan, rint, trunc, maximum, minimum = (ROWS[name] for name in _USED)


def stop_gradient(x: object) -> Node:
    """x itself, through which no derivative flows."""
    return ops.stop_gradient(as_node(x))


def positive(x: object) -> Node:
    """x itself."""
    return as_node(x)


def copy(x: object, order: str = "K") -> Node:
    """x itself: nodes never change."""
    return as_node(x)


conj = real = positive


def imag(x: object) -> Node:
    """The imaginary part: zeros, as there are no complex numbers."""
    from .creation import zeros_like

    return zeros_like(x)


def fmax(x: object, y: object) -> Node:
    """The larger of two; a number where only one is NaN."""
    return _ignoring_nan(maximum, x, y)


def fmin(x: object, y: object) -> Node:
    """The smaller of two; a number where only one is NaN."""
    return _ignoring_nan(minimum, x, y)


def _ignoring_nan(function: Any, x: object, y: object) -> Node:
    dtype = common_dtype([x, y])
    a, b = convert(x, dtype), convert(y, dtype)
    if dtype.kind != "f":
        return function(a, b)  # type: ignore[no-any-return]
    return function(where(isnan(a), b, a), where(isnan(b), a, b))  # type: ignore[no-any-return]


def fmod(x: object, y: object) -> Node:
    """The remainder with the sign of x."""
    dtype = common_dtype([x, y])
    a, b = convert(x, dtype), convert(y, dtype)
    rest = abs(a) % abs(b)
    return where(signbit(a), -rest, rest)  # also of -0.0, whose remainder is -0.0


def divmod(x: object, y: object) -> tuple[Node, Node]:
    """The floor of the quotient and the remainder."""
    return apply(ops.floor_divide, x, y), apply(ops.remainder, x, y)


def modf(x: object) -> tuple[Node, Node]:
    """The fraction and the whole part, both with the sign of x."""
    node = floating(x)
    whole = trunc(node)
    return apply(ops.copysign, where(isinf(node), 0, node - whole), node), whole


def fix(x: object) -> Node:
    """Each element rounded towards zero."""
    return trunc(x)  # type: ignore[no-any-return]


def round(x: object, decimals: int = 0) -> Node:
    """x to so many decimals, halves to even."""
    node = as_node(x)
    digits = integer("round", decimals)
    if not node.type.is_float:
        return node if digits >= 0 else convert(rint(node / 10**-digits) * 10**-digits, node.type.dtype)
    if digits == 0:
        return rint(node)  # type: ignore[no-any-return]
    return rint(node * 10.0**digits) / 10.0**digits if digits > 0 else rint(node / 10.0**-digits) * 10.0**-digits  # type: ignore[no-any-return]


def heaviside(x: object, at_zero: object) -> Node:
    """0 for negative x, 1 for positive, the second argument at 0."""
    dtype = common_dtype([x, at_zero])
    node = convert(x, dtype if dtype.kind == "f" else np.dtype("float64"))
    return where(node == 0, at_zero, where(node < 0, 0, where(node > 0, 1, node)))


def signbit(x: object) -> Node:
    """Whether the sign bit is set, also of -0.0."""
    node = as_node(x)
    if not node.type.is_float:
        return node < 0
    return apply(ops.copysign, 1.0, node) < 0


def sinc(x: object) -> Node:
    """sin(pi x) / (pi x), 1 at 0; differentiable there to any order through the series."""
    angle = math.pi * floating(x)
    near = abs(angle) < 0.05
    t = square(where(near, angle, 0))
    series = 1 - t / 6 * (1 - t / 20 * (1 - t / 42 * (1 - t / 72)))
    safe = where(near, 1, angle)
    return where(near, series, sin(safe) / safe)


def deg2rad(x: object) -> Node:
    """Degrees as radians."""
    return x * convert(math.pi / 180, floating(x).type.dtype)


def rad2deg(x: object) -> Node:
    """Radians as degrees."""
    return x * convert(180 / math.pi, floating(x).type.dtype)


def logaddexp2(x: object, y: object) -> Node:
    """log2(2**x + 2**y) without overflow."""
    ln2 = math.log(2)
    return apply(ops.logaddexp, floating(x) * ln2, floating(y) * ln2) / ln2


def float_power(x: object, y: object) -> Node:
    """x to the power y in float64."""
    return apply(ops.power, convert(as_node(x), np.dtype("float64")), convert(as_node(y), np.dtype("float64")))


def nan_to_num(x: object, copy: bool = True, nan: object = 0.0, posinf: object = None, neginf: object = None) -> Node:
    """x with NaN and the infinities replaced by numbers."""
    node: Any = as_node(x)
    if not node.type.is_float:
        return node  # type: ignore[no-any-return]
    info = np.finfo(node.type.dtype)
    top, bottom = (float(e) if v is None else v for v, e in ((posinf, info.max), (neginf, info.min)))
    node = where(isnan(node), nan, node)
    return where(node == math.inf, top, where(node == -math.inf, bottom, node))


def nansum(x: object, axis: object = None, dtype: object = None, *, keepdims: bool = False) -> Node:
    """The sum of the elements that are not NaN."""
    node = as_node(x)
    return sum(where(isnan(node), 0, node) if node.type.is_float else node, axis, dtype, keepdims=keepdims)


def nanmean(x: object, axis: object = None, dtype: object = None, *, keepdims: bool = False) -> Node:
    """The mean of the elements that are not NaN."""
    node = floating(x, dtype)
    there = convert(~isnan(node), node.type.dtype)
    return nansum(node, axis, keepdims=keepdims) / sum(there, axis, keepdims=keepdims)


def isclose(a: object, b: object, rtol: object = 1e-05, atol: object = 1e-08, equal_nan: bool = False) -> Node:
    """|a - b| <= atol + rtol*|b|; infinities only equal themselves."""
    x, y = floating(a), floating(b)
    near = (abs(x - y) <= atol + rtol * abs(y)) & isfinite(y) | (x == y)
    return near | (isnan(x) & isnan(y)) if equal_nan else near  # type: ignore[no-any-return]


def select(condlist: Sequence[object], choicelist: Sequence[object], default: object = 0) -> Node:
    """Of each element the first choice whose condition holds."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise located(ExpressionError(f"select: {len(condlist)} conditions for {len(choicelist)} choices"))
    dtype = common_dtype([*choicelist, default])
    result = convert(default, dtype)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        result = where(condition, convert(choice, dtype), result)
    return result


def piecewise(x: object, condlist: Any, funclist: Sequence[Any], *args: object) -> Node:
    """Of each element the function whose condition holds last; a further function is for the rest, which is else 0."""
    node = as_node(x)
    conditions = list(condlist) if isinstance(condlist, (list, tuple)) else [condlist]
    functions = list(funclist)
    if len(functions) not in (len(conditions), len(conditions) + 1):
        raise located(ExpressionError(f"piecewise: {len(conditions)} conditions for {len(functions)} functions"))
    rest = functions.pop() if len(functions) > len(conditions) else 0

    def value(f: Any) -> Node:
        return convert(f(node, *args) if callable(f) else f, node.type.dtype)

    result = broadcast_to(value(rest), node.type.shape)
    for condition, f in zip(conditions, functions):
        result = where(condition, value(f), result)
    return result


def interp(x: object, xp: object, fp: object, left: object = None, right: object = None) -> Node:
    """Linear interpolation between the points (xp, fp); xp must increase. Compares every x with every point."""
    from .indexing import clamped, take

    where_to, points, values = floating(x), floating(xp), floating(fp)
    if points.type.ndim != 1 or values.type is not points.type:
        raise located(ShapeError(f"interp: xp and fp must be vectors of one size, got {points.type} and {values.type}"))
    n = points.type.shape[0]
    at = sum(reshape(where_to, (*where_to.type.shape, 1)) >= points, -1) - 1
    at = where(at > n - 2, n - 2, at)
    at = where(at < 0, 0, at)
    behind = clamped(at + 1, n)  # of a single point that point
    x0, x1, f0, f1 = (take(v, k) for v, k in ((points, at), (points, behind), (values, at), (values, behind)))
    slope = (f1 - f0) / (x1 - x0)
    # From an infinite value to a finite one, between equal ones, or at the point itself the line is its first value.
    level = (where_to == x0) | (f0 == f1) | (isinf(f0) & isfinite(f1))
    inside = where(level & ~isfinite(slope) & ~isnan(where_to), f0, f0 + slope * (where_to - x0))
    first, last = (values[k] if side is None else side for k, side in ((0, left), (-1, right)))
    return where(where_to < points[0], first, where(where_to > points[-1], last, where(where_to == points[-1], values[-1], inside)))


def polyval(p: object, x: object) -> Node:
    """The polynomial with coefficients p, highest first, at x (Horner's rule)."""
    from .creation import zeros_like

    coefficients = p if isinstance(p, (list, tuple)) else list(as_node(p))
    result: Any = zeros_like(x)
    for c in coefficients:
        result = result * x + c
    return result  # type: ignore[no-any-return]


def vander(x: object, N: int | None = None, increasing: bool = False) -> Node:
    """Powers of x as the columns of a matrix."""
    node = ravel(x)
    n = node.type.shape[0] if N is None else N
    if isinstance(n, Poly):
        raise located(ExpressionError("vander: give the number of columns N, since the size of x is known only at the call"))
    powers = range(n) if increasing else range(n)[::-1]
    from .creation import ones_like
    from .joining import stack

    columns: list[Node] = []
    one = ones_like(node)
    for k in powers:
        columns.append(one if k == 0 else node if k == 1 else node**k)
    return stack(columns, 1)
