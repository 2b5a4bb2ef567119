"""The incomplete gamma and beta functions (NIST DLMF 8), regularised as in SciPy and not, with derivatives by every argument.

Derivatives by the limit of integration are the integrands, computed without overflow; those by parameters are quadratures
(`library/incomplete.py`).
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..node import Node
from ..op import Op, Partial
from .arithmetic import abs, power
from .composite import composite, where
from .elementary import exp, log, sqrt
from .external import external
from .gamma import beta, digamma_gap, log1pmx, rgamma, scaled_gamma
from .special import digamma


def _library() -> Any:
    from ..library import incomplete

    return incomplete


# ------------------------------------------------------------------------------------------------------ incomplete gamma

def _log_less_rise(ratio: Any, rise: Any) -> Any:
    """log(ratio) - rise for rise = ratio - 1, which is exact where the ratio is near 1, and the ratio elsewhere."""
    near = abs(rise) < 0.5
    return where(near, log1pmx(where(near, rise, 0.0)), log(where(near, 1.0, ratio)) - rise)


def _gamma_density(a: Any, x: Any) -> Node:
    """sqrt(a/(2 pi)) exp(a (log r - (r - 1))) / scaled_gamma(a) with r = x/a: the powers cancel before they are computed."""
    small = a < 1
    p, q = where(small, 1.0, a), where(small, 1.0, x)
    scaled = sqrt(p * (0.5 / math.pi)) * exp(p * _log_less_rise(q / p, (q - p) / p)) / scaled_gamma(p)
    return where(small, power(x, where(small, a, 1.0)) * exp(-x) * rgamma(where(small, a, 1.0)), scaled)


gamma_density: Op = composite(
    "gamma_density", 2, _gamma_density, lambda a, x, y: y * (log(x) - digamma(a)), lambda a, x, y: y * ((a - x) / x),
    doc="x2^x1 e^-x2 / gamma(x1) for x1 > 0 and x2 >= 0", sample=((0.1, 20), (0.1, 20)),
)


def _by_limit(a: Node, x: Node) -> Any:
    """x^(a - 1) e^-x / gamma(a), also at 0."""
    zero = x == 0
    at = where(zero, 1.0, x)
    return where(zero, power(x, a - 1) * rgamma(a), gamma_density(a, at) / at)


gammainc: Op = external(
    "gammainc", 2, lambda a, x, y: _library().gammainc_by_a(a, x), lambda a, x, y: _by_limit(a, x),
    doc="the regularised lower incomplete gamma function P(x1, x2)", sample=((0.1, 20), (0.1, 20)),
)
gammaincc: Op = external(
    "gammaincc", 2, lambda a, x, y: -_library().gammainc_by_a(a, x), lambda a, x, y: -_by_limit(a, x),
    doc="the regularised upper incomplete gamma function Q(x1, x2) = 1 - P(x1, x2)", sample=((0.1, 20), (0.1, 20)),
)
gammaincinv: Op = external(
    "gammaincinv", 2, lambda a, p, y: -_library().gammainc_by_a(a, y) / _by_limit(a, y), lambda a, p, y: 1 / _by_limit(a, y),
    doc="the x with gammainc(x1, x) = x2", sample=((0.5, 20), (0.1, 0.9)),
)
gammainccinv: Op = external(
    "gammainccinv", 2, lambda a, p, y: -_library().gammainc_by_a(a, y) / _by_limit(a, y), lambda a, p, y: -1 / _by_limit(a, y),
    doc="the x with gammaincc(x1, x) = x2", sample=((0.5, 20), (0.1, 0.9)),
)


def _density(s: Any, x: Any) -> Any:
    """x^(s - 1) e^-x, the power in halves since it may overflow alone."""
    half = power(x, 0.5 * (s - 1))
    return half * exp(-x) * half


uppergamma: Op = composite(
    "uppergamma", 2, lambda s, x: _library().upper(s, x), lambda s, x, y: _library().upper_by_s(s, x), lambda s, x, y: -_density(s, x),
    doc="the upper incomplete gamma function of x1 and x2 > 0, for x1 of either sign", sample=((-5, 20), (0.1, 20)),
)
lowergamma: Op = composite(
    "lowergamma", 2, lambda s, x: _library().lower(s, x), lambda s, x, y: _library().lower_by_s(s, x), lambda s, x, y: _density(s, x),
    doc="the lower incomplete gamma function gamma(x1) - uppergamma(x1, x2)", sample=((0.1, 20), (0.1, 20)),
)


# ------------------------------------------------------------------------------------------------------- incomplete beta

def _beta_density(a: Any, b: Any, x: Any, y: Any) -> Node:
    """sqrt(a b/(2 pi (a + b))) times scaled gammas times exp(a (log r - (r - 1)) + b (log q - (q - 1))) with r = x (a + b)/a and
    q = y (a + b)/b for x + y = 1; the power of another sum is a factor."""
    total = x + y
    x, y = x / total, y / total
    apart = b * x - a * y
    front = sqrt((0.5 / math.pi) / (1 / a + 1 / b)) * (scaled_gamma(a + b) / scaled_gamma(a)) / scaled_gamma(b)
    below, above = _log_less_rise(x * ((a + b) / a), apart / a), _log_less_rise(y * ((a + b) / b), -apart / b)
    return front * exp(a * below + b * above) * power(total, a + b)


beta_density: Op = composite(
    "beta_density", 4, _beta_density, lambda a, b, x, y, d: d * (log(x) + digamma_gap(a, b)),
    lambda a, b, x, y, d: d * (log(y) + digamma_gap(b, a)), lambda a, b, x, y, d: d * (a / x), lambda a, b, x, y, d: d * (b / y),
    doc="x3^x1 x4^x2 / beta(x1, x2), accurate where x3 + x4 = 1", sample=((0.1, 9), (0.1, 9), (0.1, 0.9), (0.1, 0.9)),
)


def _by_end(a: Node, b: Node, x: Node) -> Any:
    """x^(a - 1) (1 - x)^(b - 1) / beta(a, b), also at 0 and 1."""
    edge = (x == 0) | (x == 1)
    at = where(edge, 0.5, x)
    inside = beta_density(a, b, at, 1 - at) / (at * (1 - at))
    return where(edge, power(x, a - 1) * power(1 - x, b - 1) / beta(a, b), inside)


betainc: Op = external(
    "betainc", 3, lambda a, b, x, y: _library().betainc_by_a(a, b, x, 1 - x), lambda a, b, x, y: -_library().betainc_by_a(b, a, 1 - x, x),
    lambda a, b, x, y: _by_end(a, b, x),
    doc="the regularised incomplete beta function I_x3(x1, x2)", sample=((0.1, 20), (0.1, 20), (0.1, 0.9)),
)
betaincc: Op = external(
    "betaincc", 3, lambda a, b, x, y: -_library().betainc_by_a(a, b, x, 1 - x), lambda a, b, x, y: _library().betainc_by_a(b, a, 1 - x, x),
    lambda a, b, x, y: -_by_end(a, b, x),
    doc="1 - betainc(x1, x2, x3), accurate where that is small", sample=((0.1, 20), (0.1, 20), (0.1, 0.9)),
)

def _inverse_slopes(other: Callable[[], Op], sign: int) -> tuple[Partial, ...]:
    """The partials of the inverse of betainc (sign 1) or betaincc: each density needs x and 1 - x, which the other inverse gives."""
    def slope(a: Node, b: Node, p: Node, x: Node) -> Any:
        y = other()(b, a, p)
        return x * y / beta_density(a, b, x, y)

    return (
        lambda a, b, p, x: -_library().betainc_by_a(a, b, x, other()(b, a, p)) * slope(a, b, p, x),
        lambda a, b, p, x: _library().betainc_by_a(b, a, other()(b, a, p), x) * slope(a, b, p, x),
        lambda a, b, p, x: sign * slope(a, b, p, x),
    )


betaincinv: Op = external(
    "betaincinv", 3, *_inverse_slopes(lambda: betainccinv, 1), doc="the x with betainc(x1, x2, x) = x3",
    sample=((0.5, 20), (0.5, 20), (0.1, 0.9)),
)
betainccinv: Op = external(
    "betainccinv", 3, *_inverse_slopes(lambda: betaincinv, -1), doc="the x with betaincc(x1, x2, x) = x3",
    sample=((0.5, 20), (0.5, 20), (0.1, 0.9)),
)
