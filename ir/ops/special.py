"""Special functions. The interpreter uses the standard library or the series cited here; native code has its own."""
from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..node import Node
from ..op import Op, Partials
from .elementary import exp
from .elementwise import FLOATS, elementwise, same_types

if TYPE_CHECKING:
    from fractions import Fraction

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)


def _each(function: Callable[[float], float]) -> Callable[..., np.ndarray]:
    """A function of a Python float, applied to arrays elementwise in their own dtype."""
    over = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(over(np.asarray(x, "float64")), "float64").astype(np.asarray(x).dtype)


def _lgamma(x: float) -> float:
    if math.isinf(x):
        return x  # also at -inf, as SciPy has it
    if x <= 0 and x == math.floor(x):
        return math.inf
    if 0.7 < x < 2.3:  # the standard library's is off by an ulp of 1 around the zeros 1 and 2
        s = x - 2 if x > 1.5 else x - 1
        return _taylor(_lgamma_at_2(), s) * s - (math.log1p(s) if x <= 1.5 else 0.0)
    try:
        return math.lgamma(x)
    except OverflowError:
        return math.inf


def _taylor(coefficients: Sequence[float], s: float) -> float:
    """c[0] + c[1] s + c[2] s^2 + ..."""
    total = 0.0
    for c in reversed(coefficients):
        total = total * s + c
    return total


@functools.cache
def _lgamma_at_2() -> tuple[float, ...]:
    """log gamma(2 + s) / s in powers of s, for |s| <= 1/2."""
    return tuple(polygamma_value(k - 1, 2.0) / math.factorial(k) for k in range(1, 32))


PSI_ROOT = (1.4616321449683622, 9.549995429965697e-17)  # where digamma vanishes: its double and the rest


@functools.cache
def _digamma_at_root() -> tuple[float, ...]:
    return tuple(polygamma_value(k, PSI_ROOT[0]) / math.factorial(k) for k in range(1, 22))


def _digamma(x: float) -> float:
    if abs(x - PSI_ROOT[0]) < 0.2:  # the recurrence cancels there
        s = (x - PSI_ROOT[0]) - PSI_ROOT[1]
        return _taylor(_digamma_at_root(), s) * s
    return polygamma_value(0, x)


def _gamma(x: float) -> float:
    if x == 0:
        return math.copysign(math.inf, x)
    if math.isinf(x) or math.isnan(x):
        return x if x != -math.inf else math.nan
    if x < 0 and x == math.floor(x):
        return math.nan
    try:
        return math.gamma(x)
    except OverflowError:
        return math.copysign(math.inf, x)


erf = elementwise("erf", _each(math.erf), lambda x, y: TWO_OVER_SQRT_PI * exp(-(x * x)), doc="the error function", sample=((-4, 4),))
erfc = elementwise(
    "erfc", _each(math.erfc), lambda x, y: -TWO_OVER_SQRT_PI * exp(-(x * x)),
    doc="1 - erf(x), accurate in the tail", sample=((-4, 4),),
)
gamma = elementwise(
    "gamma", _each(_gamma), lambda x, y: y * digamma(x),
    doc="the gamma function; NaN at -1, -2, ..., infinite at 0", sample=((0.1, 50),),
)
gammaln = elementwise("gammaln", _each(_lgamma), lambda x, y: digamma(x), doc="log|gamma(x)|", sample=((0.1, 50),))


@functools.cache
def bernoulli() -> list[Fraction]:
    """B_2, B_4, ..., B_24 by Akiyama and Tanigawa's triangle."""
    from fractions import Fraction  # 2 ms that few need

    numbers: list[Fraction] = []
    row: list[Fraction] = []
    for m in range(25):
        row.append(Fraction(1, m + 1))
        for j in range(m, 0, -1):
            row[j - 1] = j * (row[j - 1] - row[j])
        if m and m % 2 == 0:
            numbers.append(row[0])
    return numbers


def polygamma_value(order: int, x: float) -> float:
    """psi^(order)(x): by recurrence to x >= 20 and the asymptotic series there (NIST DLMF 5.11.2, 5.15.8), and for x < 0
    by reflection (5.5.4, 5.15.6). At the poles 0, -1, ... it is NaN, or
    infinity where both sides agree or, for digamma, where the sign of 0 tells the side."""
    if math.isnan(x):
        return math.nan
    if math.isinf(x):
        return math.nan if x < 0 else math.inf if order == 0 else 0.0
    if order == x == 0:
        return math.copysign(math.inf, -x)
    if x <= 0 and x == math.floor(x):
        return math.inf if order % 2 else math.nan
    if x < 0:
        mirrored = polygamma_value(order, 1 - x)
        return (-mirrored if order % 2 else mirrored) - math.pi * _cotangent_derivative(order, x)
    at = np.float64(x)  # its powers overflow to infinity where Python's raise
    sign = -1.0 if order % 2 == 0 else 1.0
    total = np.float64(0)
    while at < 20:
        total += math.factorial(order) * sign / at ** (order + 1)
        at += 1
    if order == 0:
        series = np.log(at) - 0.5 / at - math.fsum(float(b) / (2 * k * at ** (2 * k)) for k, b in enumerate(bernoulli(), 1))
        return float(total + series)
    head = math.factorial(order - 1) / at**order + math.factorial(order) / (2 * at ** (order + 1))
    tail = math.fsum(
        float(b) * math.factorial(2 * k + order - 1) / (math.factorial(2 * k) * at ** (2 * k + order)) for k, b in enumerate(bernoulli(), 1)
    )
    return float(total + sign * (head + tail))


def _cotangent_derivative(order: int, x: float) -> float:
    """The derivative of cot(pi x) of the order."""
    cotangent = np.float64(1 / math.tan(math.pi * math.remainder(x, 1.0)))  # its powers overflow to infinity
    powers = cotangent_polynomial(order)
    return float(math.pi**order * sum(a * cotangent**k for k, a in enumerate(powers) if a))  # all of one sign


def cotangent_polynomial(order: int) -> list[float]:
    """The coefficients of p, lowest first, where pi^n p(cot(pi x)) is the derivative of cot(pi x); the next p is -(1 + c^2) dp/dc."""
    powers = [0.0, 1.0]
    for _ in range(order):
        slope = [k * a for k, a in enumerate(powers)][1:]
        powers = [-(a + b) for a, b in zip([*slope, 0.0, 0.0], [0.0, 0.0, *slope])]
    return powers


digamma: Op = elementwise(
    "digamma", _each(_digamma), lambda x, y: polygamma(x, order=1),
    doc="the derivative of gammaln", sample=((0.1, 50),),
)

_polygamma_type = same_types("polygamma", FLOATS)


def _polygamma_partial(x: Node, y: Node) -> Node:
    return polygamma(x, order=y.attribute("order") + 1)


polygamma: Op = Op(
    "polygamma", lambda types, order: _polygamma_type(types),
    lambda x, order: _each(lambda v: polygamma_value(order, v))(x),
    Partials((_polygamma_partial,)), ("order",), takes=FLOATS, doc="The derivative of digamma of the given order.", sample=((0.1, 50),),
)
