"""Integrals behind the incomplete gamma and beta functions: derivatives by their parameters, and the unregularised ones.

Each integrand is written about the end where it is largest, so that what is large cancels in the exponent, and scaled to
the width over which it falls. The sums over fixed nodes are exact to about 1e-13 (docs/special.md has what was measured).
"""
from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..convert import where
from ..node import Node
from ..ops import digamma, digamma_gap, exp, expm1, gamma, gamma_density, gammaincc, log, log1p, log1pmx, power, rgamma, sqrt
from ..ops.gamma import psi_less_log
from .elementwise import FUNCTIONS as ROWS
from .quadrature import integrate
from .zeta import exprel, exprel_slope

maximum, isfinite = ROWS["maximum"], ROWS["isfinite"]


# ------------------------------------------------------------------------------------------------------ incomplete gamma

def gammainc_by_a(a: Any, x: Any) -> Node:
    """The derivative of P(a, x) by a, the integral of t^(a-1) e^-t (log t - psi(a))/gamma(a) from 0 to x or, negative, from x on:
    on the side where log t - psi(a) has one sign. 0 at both ends of the range of x."""
    inside = (a > 0) & (x > 0) & isfinite(x)
    p, q = where(inside, a, 1.0), where(inside, x, 1.0)
    rest = psi_less_log(p) - 0.5 / p
    lower = log_ratio(q, p) < rest
    below = _gamma_below(p, where(lower, q, 0.5 * p), rest)
    above = _gamma_above(p, where(lower, p + 1, q), rest)
    return where((a > 0) & (x >= 0), where(inside, where(lower, below, -above), 0.0), math.nan)


def log_ratio(x: Any, a: Any) -> Any:
    """log(x/a), accurate where x is near a."""
    near = ops.abs(x - a) < 0.5 * a
    return where(near, log1p(where(near, x - a, 0.0) / a), log(where(near, 1.0, x) / a))


def _gamma_below(a: Any, x: Any, rest: Any) -> Any:
    """From 0 to x < a, with t = x e^-s; `rest` is psi(a) - log a."""
    def integrand(s: Any, a: Any, x: Any, gap: Any) -> Any:
        return exp(-(a - x) * s - x * (expm1(-s) + s)) * (gap - s)

    width = 1 / (a - x + sqrt(x))
    return gamma_density(a, x) * integrate(integrand, 0.0, math.inf, a, x, log_ratio(x, a) - rest, scale=width, rule="decaying")


def _gamma_above(a: Any, x: Any, rest: Any) -> Any:
    """From x on, with t = x + s; what lies below 1 apart, where t^(a-1) may rise steeply."""
    def integrand(s: Any, a: Any, x: Any, gap: Any) -> Any:
        return exp((a - 1) * log1pmx(s / x) + ((a - 1) / x - 1) * s) * (gap + log1p(s / x))

    start = maximum(x, 1.0)
    width = 1 / (1 - (a - 1) / start + sqrt(maximum(a - 1, 0.0)) / start)
    tail = gamma_density(a, start) / start * integrate(
        integrand, 0.0, math.inf, a, start, log_ratio(start, a) - rest, scale=width, rule="decaying")
    return tail + where(x < 1, rgamma(a) * _gamma_middle(a, where(x < 1, x, 0.5), log(a) + rest), 0.0)


def _gamma_middle(a: Any, x: Any, psi: Any) -> Any:
    """From x < 1 to 1: e^-t is 1, for which there is a closed form, and e^-t - 1."""
    def integrand(t: Any, a: Any, psi: Any) -> Any:
        return power(t, a - 1) * expm1(-t) * (log(t) - psi)

    depth = log(x)
    closed = (digamma(a + 1) * expm1(a * depth) - power(x, a) * depth) / a
    return closed + integrate(integrand, x, 1.0, a, psi)


# ---------------------------------------------------------------------------------------- incomplete gamma, unregularised

def upper(s: Any, x: Any) -> Any:
    """The integral of t^(s-1) e^-t from x on."""
    return _upper(s, x, lambda s, x: gamma(s) * gammaincc(s, x), lambda x, log_v: 1.0, lambda s, depth: -depth * exprel(s * depth))


def upper_by_s(s: Any, x: Any) -> Any:
    """Its derivative by s: a factor of log t in the integral."""
    return _upper(
        s, x, lambda s, x: gamma(s) * (digamma(s) * gammaincc(s, x) - gammainc_by_a(s, x)), lambda x, log_v: log(x) + log_v,
        lambda s, depth: -depth * depth * exprel_slope(s * depth),
    )


def _upper(s: Any, x: Any, product: Any, factor: Any, closed: Any) -> Any:
    """`product` for x < s; else from x on with t = x (1 + v), for s < -2.5 with t = x e^v; for small s and x, from x to 1 and
    from there on. `factor(x, log(t/x))` stands in the integrand; `closed` is the integral from x to 1 with 1 for e^-t."""
    def tail(v: Any, s: Any, x: Any) -> Any:
        return exp((s - 1) * log1p(v) - x * v) * factor(x, log1p(v))

    def steep(v: Any, s: Any, x: Any) -> Any:
        return exp(s * v - x * expm1(v)) * factor(x, v)

    def middle(t: Any, s: Any) -> Any:
        return power(t, s - 1) * expm1(-t) * factor(t, t * 0.0)

    regular, falling, small = (s >= 1.5) & (x < s), (s < -2.5) & (x < 1), (s < 1.5) & (s >= -2.5) & (x < 1)
    start = where(regular, s, where(falling, 1.0, maximum(x, 1.0)))
    width = 1 / (start - (s - 1) + sqrt(maximum(s - 1, 0.0)))
    far = _power_exp(start, s, integrate(tail, 0.0, math.inf, s, start, scale=width, rule="decaying"))
    p, q = where(falling, s, -3.0), where(falling, x, 0.5)
    fall = _power_exp(q, p, integrate(steep, 0.0, math.inf, p, q, scale=1 / (q - p), rule="decaying"))
    p, q = where(small, s, 1.0), where(small, x, 0.5)
    near = closed(p, log(q)) + integrate(middle, q, 1.0, p)
    whole = product(where(regular, s, 2.0), where(regular, x, 1.0))
    pieces = where(regular, whole, where(falling, fall, far + where(small, near, 0.0)))
    at_zero = (x == 0) & (s > 0)
    return where(x > 0, pieces, where(at_zero, product(where(at_zero, s, 1.0), where(at_zero, x, 0.0)), math.nan))


def _power_exp(x: Any, s: Any, factor: Any) -> Any:
    """x^s e^-x times the factor, the power in halves since it may overflow alone."""
    half = power(x, 0.5 * s)
    return half * (exp(-x) * factor) * half


def lower(s: Any, x: Any) -> Any:
    """The integral of t^(s-1) e^-t from 0 to x, s > 0; below, gamma(s) - upper(s, x)."""
    return _lower(s, x, lambda s, x: gamma(s) * ops.gammainc(s, x), lambda x, v: 1.0, lambda s, x: gamma(s) - upper(s, x))


def lower_by_s(s: Any, x: Any) -> Any:
    """Its derivative by s."""
    return _lower(
        s, x, lambda s, x: gamma(s) * (digamma(s) * ops.gammainc(s, x) + gammainc_by_a(s, x)), lambda x, v: log(x) - v,
        lambda s, x: gamma(s) * digamma(s) - upper_by_s(s, x),
    )


def _lower(s: Any, x: Any, product: Any, factor: Any, below: Any) -> Any:
    """The product with gamma(s), but for s > 100 and x < s, where that may overflow, the integral with t = x e^-v."""
    def integrand(v: Any, s: Any, x: Any) -> Any:
        return exp(-(s - x) * v - x * (expm1(-v) + v)) * factor(x, v)

    positive, large = s > 0, (s > 100) & (x < s) & (x > 0)
    p, q = where(large, s, 200.0), where(large, x, 100.0)
    rising = _power_exp(q, p, integrate(integrand, 0.0, math.inf, p, q, scale=1 / (p - q + sqrt(q)), rule="decaying"))
    regular = positive & ~large
    plain = product(where(regular, s, 1.0), where(regular, x, 1.0))
    return where(large, rising, where(positive, plain, below(where(positive, -0.5, s), where(positive, 1.0, x))))


# ------------------------------------------------------------------------------------------------------- incomplete beta

def betainc_by_a(a: Any, b: Any, x: Any, y: Any) -> Node:
    """The derivative of I_x(a, b) by a for x + y = 1: the integral of t^(a-1) (1-t)^(b-1) (log t - c)/beta(a, b) from 0 to x or,
    negative, from x to 1, with c = psi(a) - psi(a + b): on the side where log t - c has one sign. 0 at 0 and 1."""
    inside = (a > 0) & (b > 0) & (x > 0) & (y > 0)
    p, q = where(inside, a, 1.0), where(inside, b, 1.0)
    edge = (a > 0) & (b > 0) & ((x == 0) | (y == 0))
    x, y = where(inside, x, 0.5), where(inside, y, 0.5)
    centre = -digamma_gap(p, q)
    under = _log(x, y) < centre
    middle = 0.5 * p / (p + q)
    below = _beta_below(p, q, where(under, x, middle), where(under, y, 1 - middle), centre)
    above = _beta_above(p, q, where(under, 1 - middle, x), where(under, middle, y), centre)
    return where(inside | edge, where(inside, where(under, below, -above), 0.0), math.nan)


def _log(x: Any, y: Any) -> Any:
    """log x for x + y = 1."""
    return where(x < 0.5, log(x), log1p(-where(x < 0.5, 0.5, y)))


def _beta_below(a: Any, b: Any, x: Any, y: Any, centre: Any) -> Any:
    """From 0 to x, with t = x e^-s; for b < 1 what lies above 1 - 1/(1 + a) apart, where (1-t)^(b-1) may rise steeply."""
    def integrand(s: Any, a: Any, b: Any, odds: Any, gap: Any) -> Any:
        return exp((b - 1) * log1p(-odds * expm1(-s)) - a * s) * (gap - s)

    steep = (b < 1) & (y * (1 + a) < 1)
    start, rest = where(steep, a / (1 + a), x), where(steep, 1 / (1 + a), y)
    odds = start / rest
    width = 1 / (a - (b - 1) * odds + sqrt(maximum(b - 1, 0.0) * odds * (1 + odds)))
    tail = ops.beta_density(a, b, start, rest) / rest * integrate(
        integrand, 0.0, math.inf, a, b, odds, _log(start, rest) - centre, scale=width, rule="decaying")
    p, q = where(steep, b, 0.5), where(steep, y, 0.5 / (1 + a))
    return tail + where(steep, _beta_edge(a, p, q, centre) / ops.beta(a, p), 0.0)


def _beta_edge(a: Any, b: Any, y: Any, centre: Any) -> Any:
    """From 1 - 1/(1 + a) to 1 - y, in u = 1 - t: the integral of u^(b-1) (-c), in closed form, and the rest."""
    def integrand(u: Any, a: Any, b: Any, centre: Any) -> Any:
        down = log1p(-u)
        return power(u, b - 1) * (expm1((a - 1) * down) * (down - centre) + down)

    end = 1 / (1 + a)
    return integrate(integrand, y, end, a, b, centre) - centre * power(y, b) * expm1(b * log(end / y)) / b


def _beta_above(a: Any, b: Any, x: Any, y: Any, centre: Any) -> Any:
    """From x to 1, with 1 - t = y e^-s; for a < 1 what lies below 1/(1 + b) apart, where t^(a-1) may rise steeply."""
    def integrand(s: Any, a: Any, b: Any, odds: Any, y: Any, centre: Any) -> Any:
        return exp((a - 1) * log1p(-odds * expm1(-s)) - b * s) * (log1p(-y * exp(-s)) - centre)

    steep = (a < 1) & (x * (1 + b) < 1)
    start, rest = where(steep, 1 / (1 + b), x), where(steep, b / (1 + b), y)
    odds = rest / start
    width = 1 / (b - (a - 1) * odds + sqrt(maximum(a - 1, 0.0) * odds * (1 + odds)))
    tail = ops.beta_density(a, b, start, rest) / start * integrate(
        integrand, 0.0, math.inf, a, b, odds, rest, centre, scale=width, rule="decaying")
    p, q = where(steep, a, 0.5), where(steep, x, 0.5 / (1 + b))
    return tail + where(steep, _beta_middle(p, b, q, centre) / ops.beta(p, b), 0.0)


def _beta_middle(a: Any, b: Any, x: Any, centre: Any) -> Any:
    """From x to 1/(1 + b): (1-t)^(b-1) is 1, for which there is a closed form, and the rest."""
    def integrand(t: Any, a: Any, b: Any, centre: Any) -> Any:
        return power(t, a - 1) * expm1((b - 1) * log1p(-t)) * (log(t) - centre)

    end = 1 / (1 + b)
    depth = log(end / x)
    closed = power(x, a) * (expm1(a * depth) * (log(end) - centre - 1 / a) + depth) / a
    return closed + integrate(integrand, x, end, a, b, centre)
