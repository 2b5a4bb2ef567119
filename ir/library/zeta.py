"""Sums of powers: Riemann's and Hurwitz's zeta functions and Dirichlet's eta, with the derivative by the exponent.

By Euler and Maclaurin's formula (NIST DLMF 25.2.9 and 25.11.5): some terms as they are, the rest as an integral and
corrections, each with its derivative, so that both come from one set of powers. Negative exponents of Riemann's are
reflected (25.4.1), those of Hurwitz's by an integral.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import ops
from ..convert import where
from ..ops import digamma, exp, expm1, gammaln, log, power
from ..ops.source import uniform
from ..ops.special import bernoulli
from .elementwise import FUNCTIONS as ROWS
from .quadrature import integrate
from .whole import cospi, sinpi

minimum, exp2, sin, cos, arctan2 = (ROWS[name] for name in ("minimum", "exp2", "sin", "cos", "arctan2"))
TERMS = 10  # added as they are
CORRECTIONS = [float(b) / math.factorial(2 * j) for j, b in enumerate(bernoulli(), 1)]
LOG_TAU, LN2 = math.log(2 * math.pi), math.log(2)


class Pair(NamedTuple):
    """A value and its derivative by s."""

    value: Any
    slope: Any


def _corrections(s: Any, start: Any) -> Pair:
    """1/2 + the sum of B_2j/(2j)! s (s + 1) ... (s + 2j - 2) start^(1-2j). Beyond 1e8 nothing of it counts, and it would overflow."""
    s = minimum(s, 1e8)
    u = 1 / start
    rising, slope, scale = s, s * 0.0 + 1.0, u
    total, change = 0.5 + CORRECTIONS[0] * rising * scale, CORRECTIONS[0] * slope * scale
    for j, c in enumerate(CORRECTIONS[1:], 2):
        first, second = s + (2 * j - 3), s + (2 * j - 2)
        slope = slope * (first * second) + rising * (first + second)
        rising = rising * (first * second)
        scale = scale * (u * u)
        total, change = total + (c * scale) * rising, change + (c * scale) * slope
    return Pair(total, change)


def hurwitz(s: Any, a: Any) -> Pair:
    """The sum of (a + k)^-s for k >= 0, continued to -60 < s < 1; NaN below."""
    return _by_side(s, a, _hermite, _terms)


def hurwitz_slope(s: Any, a: Any) -> Pair:
    """s hurwitz(s + 1, a), the pole cancelled."""
    return _by_side(s + 1, a, lambda r, a: _times(s, _hermite(r, a)), lambda r, a: _terms(r, a, s))


def _times(s: Any, pair: Pair) -> Pair:
    return Pair(s * pair.value, pair.value + s * pair.slope)


def _by_side(s: Any, a: Any, left: Callable[[Any, Any], Pair], right: Callable[[Any, Any], Pair]) -> Pair:
    """`left` below -1/2, `right` above; only one of them for a known s."""
    known = uniform(s)
    if known is not None:
        return left(s, a) if known < -0.5 else right(s, a)
    below = s < -0.5
    far, near = left(where(below, s, -1.0), a), right(where(below, 2.0, s), a)
    return Pair(where(below, far.value, near.value), where(below, far.slope, near.slope))


def _hermite(s: Any, a: Any) -> Pair:
    """By Hermite's integral (DLMF 25.11.29), which does not cancel for negative s."""
    def polar(x: Any, s: Any, a: Any) -> tuple[Any, Any, Any]:
        depth, angle = 0.5 * log(a * a + x * x), arctan2(x, a)
        return exp(-s * depth) / expm1((2 * math.pi) * x), depth, angle

    def integrand(x: Any, s: Any, a: Any) -> Any:
        size, _, angle = polar(x, s, a)
        return size * sin(s * angle)

    def slope(x: Any, s: Any, a: Any) -> Any:
        size, depth, angle = polar(x, s, a)
        return size * (angle * cos(s * angle) - depth * sin(s * angle))

    s = where(s > -60, s, math.nan)
    size, pole, depth = power(a, -s), 1 / (s - 1), log(a)
    value, change = (integrate(f, 0.0, math.inf, s, a, rule="decaying", scale=1 / (2 * math.pi)) for f in (integrand, slope))
    return Pair(
        size * (0.5 + a * pole) + 2 * value, 2 * change - size * (0.5 * depth + a * pole * (depth + pole)))


def _terms(s: Any, a: Any, less: Any = None) -> Pair:
    """By Euler and Maclaurin's formula; `less`, which is s - 1, is a factor if given."""
    value: Any = None
    slope: Any = None
    for k in range(TERMS):
        term, depth = power(a + k, -s), log(a + k)
        value = term if value is None else value + term
        slope = -(depth * term) if slope is None else slope - depth * term
    start = a + TERMS
    last, depth = power(start, -s), log(start)
    rest, change = _corrections(s, start)
    near = Pair(value + last * rest, slope + last * (change - depth * rest))
    if less is not None:
        scaled = _times(less, near)
        return Pair(scaled.value + start * last, scaled.slope - depth * (start * last))
    pole = 1 / (s - 1)
    return Pair(near.value + last * start * pole, near.slope - last * start * pole * (depth + pole))


def _riemann_right(s: Any, regular: bool) -> Pair:
    """zeta(s) for s > -1/4; `regular`: without its pole 1/(s - 1), for s near 1."""
    value, slope = 1 + exp2(-s), -LN2 * exp2(-s)
    for k in range(3, TERMS):
        term = exp(-math.log(k) * s)
        value, slope = value + term, slope - math.log(k) * term
    depth = math.log(TERMS)
    last = exp(-depth * s)
    rest, change = _corrections(s, s * 0.0 + TERMS)
    value, slope = value + last * rest, slope - last * (depth * rest - change)
    if regular:  # (TERMS^(1-s) - 1)/(s - 1)
        ratio = Pair(exprel(depth * (1 - s)), exprel_slope(depth * (1 - s)))
        return Pair(value - depth * ratio.value, slope + depth * depth * ratio.slope)
    pole = 1 / (s - 1)
    return Pair(value + last * TERMS * pole, slope - last * TERMS * pole * (depth + pole))


def riemann(s: Any) -> Pair:
    """zeta(s) for all real s."""
    left = s < -0.25  # nearer to 0 the formula still has its digits, and 1 - s would lose some of s
    r = where(left, 1 - s, s)
    right = _riemann_right(r, False)
    r = where(left, r, 2.0)
    factor = 2 * exp(gammaln(r) - LOG_TAU * r)
    sine, cosine = sinpi(0.5 * s), cospi(0.5 * s)
    value = factor * sine * right.value
    slope = factor * ((math.pi / 2) * cosine * right.value + sine * ((LOG_TAU - digamma(r)) * right.value - right.slope))
    return Pair(where(left, value, right.value), where(left, slope, right.slope))


def eta(s: Any) -> Pair:
    """(1 - 2^(1-s)) zeta(s), near s = 1 without the pole that the factor cancels."""
    near = ops.abs(s - 1) < 0.5
    inside = where(near, s, 1.0)
    regular = _riemann_right(inside, True)
    factor, change = -expm1(LN2 * (1 - inside)), LN2 * exp2(1 - inside)
    ratio = Pair(exprel(LN2 * (1 - inside)), exprel_slope(LN2 * (1 - inside)))
    short = Pair(factor * regular.value + LN2 * ratio.value, change * regular.value + factor * regular.slope - LN2 * LN2 * ratio.slope)
    zeta = riemann(where(near, 3.0, s))
    outside = where(near, 3.0, s)
    long = Pair(
        -expm1(LN2 * (1 - outside)) * zeta.value,
        LN2 * exp2(1 - outside) * zeta.value - expm1(LN2 * (1 - outside)) * zeta.slope,
    )
    return Pair(where(near, short.value, long.value), where(near, short.slope, long.slope))


def exprel(z: Any) -> Any:
    """(e^z - 1)/z."""
    zero = z == 0
    return where(zero, 1.0, expm1(z) / where(zero, 1.0, z))


def exprel_slope(z: Any) -> Any:
    """Its derivative, (z e^z - e^z + 1)/z^2, by the series near 0."""
    near = ops.abs(z) < 1
    inside, outside = where(near, z, 0.0), where(near, 1.0, z)
    series: Any = inside * 0.0
    for j in range(18, -1, -1):
        series = series * inside + (j + 1) / math.factorial(j + 2)
    return where(near, series, (outside * exp(outside) - expm1(outside)) / (outside * outside))
