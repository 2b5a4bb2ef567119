"""Functions composed of others, written so that value and derivatives of any order survive extreme inputs.

Where a formula is singular, its argument is selected *before* the singular function: a cotangent is selected, never
multiplied by 0, so the branch that is not taken cannot poison the result.
"""
from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from .. import ops
from ..convert import apply, as_node, broadcast_to, common_dtype, convert, where
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Poly, product
from .elementwise import FUNCTIONS as ROWS
from .reductions import count, floating, max, min, sum
from .shapes import axes_of, axis_of, integer, keep_axes, moveaxis, ravel, reshape

abs, exp, log, sin, sqrt, square = (ROWS[name] for name in ("abs", "exp", "log", "sin", "sqrt", "square"))
isfinite, isinf, isnan, maximum, minimum = (ROWS[name] for name in ("isfinite", "isinf", "isnan", "maximum", "minimum"))
rint, trunc = ROWS["rint"], ROWS["trunc"]


# ---------------------------------------------------------------------------------------------------------- statistics

def mean(x: object, axis: object = None, dtype: object = None, *, keepdims: bool = False) -> Node:
    """The sum over the axes by their number of elements; integers become float64."""
    node = floating(x, dtype)
    return sum(node, axis, keepdims=keepdims) / count(node, axis)


def average(x: object, axis: object = None, weights: object = None, *, keepdims: bool = False, returned: bool = False) -> Any:
    """The mean with a weight an element, or a weight a place along one axis."""
    node = floating(x)
    if weights is None:
        result = mean(node, axis, keepdims=keepdims)
        return (result, _like(result, count(node, axis))) if returned else result
    w = as_node(weights)
    if w.type.shape != node.type.shape:
        if w.type.ndim != 1 or axis is None or isinstance(axis, (tuple, list)):
            raise located(ShapeError(f"average: weights {w.type} do not fit {node.type}; name the axis that they are for"))
        k = axis_of("average", axis, node)
        w = reshape(w, tuple(-1 if a == k else 1 for a in range(node.type.ndim)))
        w = broadcast_to(w, node.type.shape, "average")
    total = sum(floating(w), axis, keepdims=keepdims)
    result = sum(node * w, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def _like(node: Node, value: object) -> Node:
    return broadcast_to(convert(value, node.type.dtype), node.type.shape)


def var(x: object, axis: object = None, dtype: object = None, *, ddof: Any = 0, correction: Any = None, keepdims: bool = False) -> Node:
    """The mean of squared distances from the mean, with `ddof` taken from the number of elements."""
    node = floating(x, dtype)
    away = square(node - mean(node, axis, keepdims=True))
    return sum(away, axis, keepdims=keepdims) / (count(node, axis) - (ddof if correction is None else correction))  # type: ignore[no-any-return]


def std(x: object, axis: object = None, dtype: object = None, *, ddof: Any = 0, correction: Any = None, keepdims: bool = False) -> Node:
    """The square root of the variance; its derivative is 0 where the variance is 0."""
    return root(var(x, axis, dtype, ddof=ddof, correction=correction, keepdims=keepdims))


def root(x: Node) -> Node:
    """The square root with slope 0 at 0: the argument is selected before the root."""
    zero = x == 0
    return where(zero, 0, sqrt(where(zero, 1, x)))


def cov(x: object, y: object = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Node:
    """The covariance matrix of variables in rows (or columns)."""
    from .joining import concatenate
    from .linear import matmul
    from .shapes import atleast_2d, squeeze, transpose

    rows = [atleast_2d(floating(v)) for v in (x, y) if v is not None]
    if not rowvar:
        rows = [transpose(v) if as_node(u).type.ndim > 1 else v for u, v in zip((x, y), rows)]
    data = concatenate(rows, 0)
    centred = data - mean(data, 1, keepdims=True)
    less = ddof if ddof is not None else 0 if bias else 1
    return squeeze(matmul(centred, transpose(centred)) / (data.type.shape[1] - less))


def trapezoid(y: object, x: object = None, dx: object = 1.0, axis: object = -1) -> Node:
    """The integral along the axis by the trapezoidal rule."""
    node = as_node(y)
    k = axis_of("trapezoid", axis, node)
    pre = (builtins.slice(None),) * k
    step: Any = dx
    if x is not None:
        step = diff(x, axis=k if as_node(x).type.ndim > 1 else 0)
        if step.type.ndim == 1:
            step = reshape(step, tuple(-1 if a == k else 1 for a in range(node.type.ndim)))
    halves = node[(*pre, builtins.slice(1, None))] + node[(*pre, builtins.slice(None, -1))]
    return sum(step * halves / 2.0, k)


def diff(x: object, n: int = 1, axis: object = -1, prepend: object = None, append: object = None) -> Node:
    """Differences of neighbours along the axis, n times."""
    node = as_node(x)
    k = axis_of("diff", axis, node)
    joined = []
    for part in (prepend, node, append):
        if part is not None:
            piece = as_node(part)
            if piece.type.ndim == 0:
                piece = broadcast_to(piece, tuple(1 if a == k else d for a, d in enumerate(node.type.shape)))
            joined.append(piece)
    if len(joined) > 1:
        from .joining import concatenate

        node = concatenate(joined, k)
    pre = (builtins.slice(None),) * k
    for _ in range(integer("diff", n)):
        later, sooner = node[(*pre, builtins.slice(1, None))], node[(*pre, builtins.slice(None, -1))]
        node = later != sooner if node.type.dtype.kind == "b" else later - sooner
    return node


def ediff1d(x: object, to_end: object = None, to_begin: object = None) -> Node:
    """Differences of neighbours of the flat array, with values to put around them."""
    from .joining import concatenate

    parts = [None if v is None else ravel(v) for v in (to_begin, diff(ravel(x)), to_end)]
    return concatenate([p for p in parts if p is not None], 0)


# ------------------------------------------------------------------------------------------- exponentials and the like

def _shift(node: Node, axis: object) -> Node:
    """What logsumexp and softmax subtract: the largest element, or 0 where that is infinite; no derivative flows."""
    top = ops.stop_gradient(max(node, axis, keepdims=True))
    return where(isfinite(top), top, 0)


def logsumexp(x: object, axis: object = None, b: object = None, *, keepdims: bool = False) -> Node:
    """log(sum(b * exp(x))) without overflow. Of nothing but -inf it is -inf, with derivative 0."""
    node = floating(x)
    axes = axes_of("logsumexp", axis, node)
    if builtins.any(node.type.shape[a] == 0 for a in axes):
        return log(sum(exp(node), axis, keepdims=keepdims))  # type: ignore[no-any-return]
    shift = _shift(node, axis)
    terms = exp(node - shift)
    total = sum(terms if b is None else b * terms, axis, keepdims=True)
    none = total == 0
    result = where(none, -math.inf, log(where(none, 1, total))) + shift
    return result if keepdims else reshape(result, tuple(d for k, d in enumerate(node.type.shape) if k not in axes))


def softmax(x: object, axis: object = -1) -> Node:
    """exp(x) / sum(exp(x)) along the axes, without overflow."""
    node = floating(x)
    terms = exp(node - _shift(node, axis))
    return terms / sum(terms, axis, keepdims=True)  # type: ignore[no-any-return]


def log_softmax(x: object, axis: object = -1) -> Node:
    """The logarithm of softmax, accurate where softmax underflows."""
    node = floating(x)
    away = node - _shift(node, axis)
    return away - log(sum(exp(away), axis, keepdims=True))  # type: ignore[no-any-return]


def relu(x: object) -> Node:
    """The larger of x and 0; its slope at 0 is 0, and NaN stays NaN."""
    node = as_node(x)
    return where(node <= 0, 0, node)


def logit(x: object) -> Node:
    """log(x / (1 - x)), the inverse of sigmoid."""
    node = floating(x)
    return log(node) - apply(ops.log1p, -node)  # type: ignore[no-any-return]


def log_sigmoid(x: object) -> Node:
    """log(sigmoid(x)) without underflow."""
    return -apply(ops.softplus, -floating(x))


def silu(x: object) -> Node:
    """x * sigmoid(x)."""
    return x * apply(ops.sigmoid, x)


def gelu(x: object) -> Node:
    """x times the normal distribution's cumulative function (Hendrycks and Gimpel 2016), exact."""
    node = floating(x)
    return 0.5 * node * apply(ops.erfc, node * -math.sqrt(0.5))


def xlogy(x: object, y: object) -> Node:
    """x * log(y), and 0 where x is 0 unless y is NaN."""
    return _zero_times(x, y, log)


def xlog1py(x: object, y: object) -> Node:
    """x * log1p(y), and 0 where x is 0 unless y is NaN."""
    return _zero_times(x, y, lambda v: apply(ops.log1p, v))


def _zero_times(x: object, y: object, function: Any) -> Node:
    """x * f(y) with the rule that 0 * infinity is 0.

    The derivative by x is f(y) for every x that is not 0; at 0 it is taken as f(y) too where that is finite.
    """
    dtype = common_dtype([x, y])
    dtype = dtype if dtype.kind == "f" else np.dtype("float64")
    a, b = convert(x, dtype), convert(y, dtype)
    zero = (a == 0) & ~isfinite(function(b)) & ~isnan(b)
    return where(zero, 0, a * function(where(zero, 1, b)))


def entr(x: object) -> Node:
    """-x log(x), 0 at 0 and -inf for negative x."""
    node = floating(x)
    positive = node > 0
    inside = -node * log(where(positive, node, 1))
    return where(positive | isnan(node), inside, where(node == 0, 0, -math.inf))


# ----------------------------------------------------------------------------------------------- norms and magnitudes

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


# ------------------------------------------------------------------------------------------ NumPy's smaller functions

def positive(x: object) -> Node:
    return as_node(x)


def copy(x: object, order: str = "K") -> Node:
    """x itself: nodes never change."""
    return as_node(x)


conj = real = positive


def imag(x: object) -> Node:
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
    return where(a < 0, -rest, rest)


def divmod(x: object, y: object) -> tuple[Node, Node]:
    """The floor of the quotient and the remainder."""
    return apply(ops.floor_divide, x, y), apply(ops.remainder, x, y)


def modf(x: object) -> tuple[Node, Node]:
    """The fraction and the whole part, both with the sign of x."""
    node = floating(x)
    whole = trunc(node)
    return apply(ops.copysign, where(isinf(node), 0, node - whole), node), whole


def fix(x: object) -> Node:
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
    return x * convert(math.pi / 180, floating(x).type.dtype)


def rad2deg(x: object) -> Node:
    return x * convert(180 / math.pi, floating(x).type.dtype)


def logaddexp2(x: object, y: object) -> Node:
    """log2(2**x + 2**y) without overflow."""
    ln2 = math.log(2)
    return apply(ops.logaddexp, floating(x) * ln2, floating(y) * ln2) / ln2


def float_power(x: object, y: object) -> Node:
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
    from .indexing import take

    where_to, points, values = floating(x), floating(xp), floating(fp)
    if points.type.ndim != 1 or values.type is not points.type:
        raise located(ShapeError(f"interp: xp and fp must be vectors of one size, got {points.type} and {values.type}"))
    n = points.type.shape[0]
    at = sum(reshape(where_to, (*where_to.type.shape, 1)) >= points, -1) - 1
    at = where(at < 0, 0, where(at > n - 2, n - 2, at))
    x0, x1, f0, f1 = (take(v, k) for v, k in ((points, at), (points, at + 1), (values, at), (values, at + 1)))
    inside = f0 + (f1 - f0) / (x1 - x0) * (where_to - x0)
    first, last = (values[k] if side is None else side for k, side in ((0, left), (-1, right)))
    return where(where_to < points[0], first, where(where_to > points[-1], last, where(where_to == points[-1], values[-1], inside)))


def polyval(p: object, x: object) -> Node:
    """The polynomial with coefficients p, highest first, at x (Horner's rule)."""
    coefficients = p if isinstance(p, (list, tuple)) else list(as_node(p))
    result: Any = as_node(0.0 * as_node(x))
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
    from .joining import stack

    columns: list[Node] = []
    one = as_node(node * 0 + 1)
    for k in powers:
        columns.append(one if k == 0 else node if k == 1 else node**k)
    return stack(columns, 1)
