"""The real branches of Lambert's W, the inverse of w e^w (NIST DLMF 4.13; Corless et al. 1996).

Near the branch point -1/e by the series in p = sqrt(2 (e x + 1)), elsewhere from a first guess by two steps of Fritsch, Shafer
and Crowley (1973), of which each takes the error to its fourth power. 1 + W is a row of its own: the slope needs its digits there.
"""
from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from ..node import Node
from ..op import Op
from .composite import composite, where
from .elementary import exp, log, log1p, sqrt

INVERSE_E = (0.36787944117144233, -1.2428753672788363e-17)  # a double and the rest
NEAR = 0.3  # of p, up to which the series' 26 terms are exact


@functools.cache
def _series(count: int) -> list[float]:
    """The coefficients of 1 + W in p, from p^1 on, by the recurrence of Corless et al., (4.23) and (4.24)."""
    from fractions import Fraction  # 2 ms that few need

    mu, alpha = [Fraction(-1), Fraction(1)], [Fraction(2), Fraction(-1)]
    for k in range(2, count + 1):
        alpha.append(sum((mu[j] * mu[k + 1 - j] for j in range(2, k)), Fraction(0)))
        mu.append(Fraction(k - 1, k + 1) * (mu[k - 2] / 2 + alpha[k - 2] / 4) - alpha[k] / 2 - mu[k - 1] / (k + 1))
    return [float(m) for m in mu[1:]]


def _horner(p: Any, coefficients: list[float]) -> Any:
    """p (c[0] + c[1] p + ...)."""
    total: Any = p * coefficients[-1]
    for c in reversed(coefficients[:-1]):
        total = (total + c) * p
    return total


def _first_upper(x: Any) -> Any:
    """log(1 + x) (1 - log(1 + log(1 + x))/(2 + log(1 + x))), after Iacono and Boyd (2017)."""
    inner = log1p(x)
    return inner * (1 - log1p(inner) / (2 + inner))


def _first_lower(x: Any) -> Any:
    """L - log(-L) + log(-L)/L with L = log(-x)."""
    outer = log(-x)
    inner = log(-outer)
    return outer - inner + inner / outer


def _branch(x: Any, sign: float, first: Callable[[Any], Any], plus_one: bool) -> Any:
    """W or 1 + W; NaN below -1/e, whose nearest double counts as the branch point itself."""
    rise = math.e * ((x + INVERSE_E[0]) + INVERSE_E[1])
    p = sign * sqrt(2 * where((rise < 0) & (rise > -1e-16), 0.0, rise))
    size = p * sign
    short = where(size < NEAR, p, 0.0)
    series = _series(26)
    near = _horner(short, series)
    inside = (size >= NEAR) & (size < math.inf) & (x != 0) & ((x < 0) | (sign > 0))
    at = where(inside, x, 1.0 if sign > 0 else -0.1)
    close = inside & (size < 0.9)
    w = where(close, _horner(where(close, p, 0.0), series[:9]) - 1, first(where(close, 1.0 if sign > 0 else -0.1, at)))
    for _ in range(2):
        z = log(at / w) - w
        one = 1 + w
        q = 2 * one * (one + z * (2 / 3))
        w = w * (1 + z / one * ((q - z) / (q - 2 * z)))
    edge = where(x == 0, x, math.inf if sign > 0 else math.nan) if sign > 0 else where(x == 0, -math.inf, math.nan)
    edge = where((size >= 0) & (x >= 0), edge, math.nan)
    shift = 1.0 if plus_one else 0.0
    return where(size < NEAR, near + (shift - 1), where(inside, w + shift, edge + shift))


def _slope(plus_one: Callable[[], Op]) -> Callable[[Node, Node], Node]:
    """e^-W/(1 + W), with 1 + W from the row that has its digits."""
    def slope(x: Node, y: Node) -> Node:
        q = plus_one()(x)
        return exp(1 - q) / q

    return slope


lambertw0: Op = composite(
    "lambertw0", 1, lambda x: _branch(x, 1.0, _first_upper, False), _slope(lambda: lambertw0_plus_1),
    doc="the w >= -1 with w e^w = x, for x >= -1/e", sample=((-0.3, 20),),
)
lambertw0_plus_1: Op = composite(
    "lambertw0_plus_1", 1, lambda x: _branch(x, 1.0, _first_upper, True), _slope(lambda: lambertw0_plus_1),
    doc="1 + lambertw0(x), accurate near -1/e", sample=((-0.3, 20),),
)
lambertwm1: Op = composite(
    "lambertwm1", 1, lambda x: _branch(x, -1.0, _first_lower, False), _slope(lambda: lambertwm1_plus_1),
    doc="the w <= -1 with w e^w = x, for -1/e <= x < 0", sample=((-0.3, -0.01),),
)
lambertwm1_plus_1: Op = composite(
    "lambertwm1_plus_1", 1, lambda x: _branch(x, -1.0, _first_lower, True), _slope(lambda: lambertwm1_plus_1),
    doc="1 + lambertwm1(x), accurate near -1/e", sample=((-0.3, -0.01),),
)
