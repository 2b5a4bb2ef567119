"""The error functions beside erf and erfc: imaginary, of two arguments, and the inverses (NIST DLMF 7.2, 7.17)."""
from __future__ import annotations

import math
from typing import Any

from ..node import Node
from ..op import Op
from .arithmetic import abs
from .composite import composite, where
from .elementary import exp
from .external import external
from .special import erf, erfc

TWO_OVER_SQRT_PI = 2 / math.sqrt(math.pi)
HALF_SQRT_PI = math.sqrt(math.pi) / 2


def _bell(x: Node) -> Node:
    """The derivative of erf."""
    return TWO_OVER_SQRT_PI * exp(-(x * x))


erfi: Op = external(
    "erfi", 1, lambda x, y: TWO_OVER_SQRT_PI * exp(x * x), doc="the imaginary error function -i erf(i x)", sample=((-4, 4),))
erfinv: Op = external(
    "erfinv", 1, lambda x, y: HALF_SQRT_PI * exp(y * y), doc="the y with erf(y) = x, for |x| <= 1", sample=((-0.999, 0.999),))
erfcinv: Op = external(
    "erfcinv", 1, lambda x, y: -HALF_SQRT_PI * exp(y * y), doc="the y with erfc(y) = x, for 0 <= x <= 2", sample=((0.001, 1.999),))


def _erf2(a: Any, b: Any) -> Node:
    """By quadrature of the bell where it does not fall by much in between, else from the tails, so that nothing cancels."""
    from ..library.quadrature import integrate

    close = abs(b - a) * (1 + abs(a)) < 2
    low, high = where(close, a, 0.0), where(close, b, 0.0)
    right, left = (a > 0.5) & (b > 0.5), (a < -0.5) & (b < -0.5)
    apart = where(right, erfc(a) - erfc(b), where(left, erfc(-b) - erfc(-a), erf(b) - erf(a)))
    return where(close, integrate(lambda t: _bell(t), low, high, rule="legendre", points=16), apart)


erf2: Op = composite(
    "erf2", 2, _erf2, lambda a, b, y: -_bell(a), lambda a, b, y: _bell(b),
    doc="erf(x2) - erf(x1), accurate also where both are near each other or in one tail", sample=((-4, 4), (-4, 4)),
)


def _erf2inv(a: Any, p: Any) -> Node:
    """The sum erf(a) + p is at least 1/2, at most -1/2, or between: each time its complement is taken from what is exact."""
    total = erf(a) + p
    above, below = erfcinv(erfc(a) - p), -erfcinv(erfc(-a) + p)
    return where(total > 0.5, above, where(total < -0.5, below, erfinv(total)))


erf2inv: Op = composite(
    "erf2inv", 2, _erf2inv, lambda a, p, y: exp((y - a) * (y + a)), lambda a, p, y: HALF_SQRT_PI * exp(y * y),
    doc="the y with erf2(x1, y) = x2", sample=((-0.5, 0.5), (-0.4, 0.4)),
)
