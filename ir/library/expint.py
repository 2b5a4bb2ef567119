"""The generalised exponential integral E_nu(x) of real order, and its derivatives by the order.

E_nu(x) is the integral of exp(-x e^u - (nu - 1) u) for u from 0 on (NIST DLMF 8.19.2 with t = e^u), and a derivative by nu has
one more factor of -u: one rule of fixed nodes serves them all. The range ends where the integrand has fallen by exp(-40) from
its largest value, which is at 0 or at log((1 - nu)/x), and begins there as well. Arguments are float64 nodes of one type.
"""
from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..convert import apply, where
from ..node import Node
from .bessel import whole
from .bessel_by_order import DROP, TINY, slow_reach
from .elementwise import FUNCTIONS
from .quadrature import integrate
from .reductions import floating

exp, expm1, log, log1p, sqrt = (FUNCTIONS[name] for name in ("exp", "expm1", "log", "log1p", "sqrt"))
maximum, minimum = FUNCTIONS["maximum"], FUNCTIONS["minimum"]
LARGEST = 32  # whole order of code of its own, whose length grows with it
STEEP = 40.0  # the length of range before the upper limit where e^u counts; below it the integrand is a power of e^u


def of_order(nu: object, x: object) -> Node:
    """E_nu(x), by short vector code where nu is a fixed integer from 0 to 32."""
    n, node = whole(nu), floating(x)
    if n == 0:
        return exp(-node) / node  # type: ignore[no-any-return]
    if n is None or not 0 < n <= LARGEST:
        return apply(ops.expint, nu, node)
    return ops.exp1(node) if n == 1 else ops.expn(node, order=n)


def integral(nu: Any, x: Any, times: int) -> Any:
    """The derivative of E_nu(x) by nu, `times` times; NaN for x < 0."""
    inside = (x > 0) & (x < math.inf)
    value = _inside(nu, where(inside, x, 1.0), times)
    fall, sign = nu - 1, (-1.0) ** times
    at_zero = where(fall > 0, sign * math.factorial(times) * where(fall > 0, fall, 1.0) ** (-times - 1.0), sign * math.inf + fall)
    return where(inside, value, where(x == 0, at_zero, where(x > 0, 0.0 * nu, math.nan)))


def _inside(nu: Any, x: Any, times: int) -> Any:
    fall = nu - 1
    inside = -fall > x                                    # the largest value is inside, else at the lower limit
    size = where(inside, -fall, x)                        # of the second derivative of the exponent there
    slope = where(inside, 0.0, x + fall)
    peak = where(inside, log(where(inside, -fall, 1.0) / x), 0.0)
    ratio = DROP / size
    last = peak + log1p(ratio + sqrt(2 * ratio))          # at least where size (e^d - 1 - d) is DROP
    last = where(fall > 0, minimum(last, DROP / maximum(fall, TINY)), last)
    first = maximum(peak - slow_reach(size), 0.0)
    middle = maximum(first, last - STEEP)

    def integrand(u: Any, peak: Any, size: Any, slope: Any) -> Any:
        d = u - peak
        falling = exp(-(size * (expm1(d) - d) + slope * d))
        return (-u) ** times * falling if times else falling

    power = integrate(integrand, first, middle, peak, size, slope, rule="legendre", points=32)
    steep = integrate(integrand, middle, last, peak, size, slope, rule="steep", points=192)
    half = exp((-size - fall * peak) / 2)
    return half * (power + steep) * half
