"""Orthogonal polynomials of a fixed degree by their three-term recurrences (NIST DLMF 18.9), and spherical harmonics.

A recurrence loses no digits where the expanded polynomial cancels; its derivative is that of the recurrence.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import ExpressionError
from ..node import Node, located
from ..ops import cos, sin, sqrt
from ..ops.source import filled

DEGREES = 1000  # the largest degree: a recurrence has a few operations for each


def _degree(what: str, n: object) -> int:
    if isinstance(n, bool) or not isinstance(n, (int, np.integer)) or not 0 <= n <= DEGREES:
        raise located(ExpressionError(f"{what}: the degree must be a whole number from 0 to {DEGREES}, got {n!r}"))
    return int(n)


def _recurrence(n: int, first: Any, second: Any, step: Callable[[int, Any, Any], Any]) -> Any:
    """p_n from p_0, p_1 and p_(k+1) = step(k, p_k, p_(k-1))."""
    before, now = first, second
    for k in range(1, n):
        before, now = now, step(k, now, before)
    return now if n else before


def _one(x: Node) -> Node:
    return filled(x.type, 1)


def legendre(n: int, x: Node) -> Any:
    """Legendre's polynomial P_n(x)."""
    return _recurrence(_degree("legendre", n), _one(x), x, lambda k, p, q: ((2 * k + 1) / (k + 1)) * (x * p) - (k / (k + 1)) * q)


def chebyshev_first(n: int, x: Node) -> Any:
    """Chebyshev's polynomial T_n(x)."""
    return _recurrence(_degree("chebyshevt", n), _one(x), x, lambda k, p, q: 2.0 * (x * p) - q)


def chebyshev_second(n: int, x: Node) -> Any:
    """Chebyshev's polynomial U_n(x)."""
    return _recurrence(_degree("chebyshevu", n), _one(x), 2.0 * x, lambda k, p, q: 2.0 * (x * p) - q)


def hermite(n: int, x: Node) -> Any:
    """Hermite's polynomial H_n(x), the physicists'."""
    return _recurrence(_degree("hermite", n), _one(x), 2.0 * x, lambda k, p, q: 2.0 * (x * p - float(k) * q))


def hermite_probabilists(n: int, x: Node) -> Any:
    """Hermite's polynomial He_n(x), the probabilists'."""
    return _recurrence(_degree("hermite_prob", n), _one(x), x, lambda k, p, q: x * p - float(k) * q)


def laguerre(n: int, a: Any, x: Node) -> Any:
    """Laguerre's polynomial L_n^(a)(x)."""
    return _recurrence(_degree("laguerre", n), _one(x), 1.0 + a - x,
                       lambda k, p, q: ((2 * k + 1 + a - x) * p - (k + a) * q) * (1 / (k + 1)))


def gegenbauer(n: int, a: Any, x: Node) -> Any:
    """Gegenbauer's polynomial C_n^(a)(x)."""
    return _recurrence(_degree("gegenbauer", n), _one(x), 2.0 * (a * x),
                       lambda k, p, q: (2.0 * (k + a) * (x * p) - (k - 1 + 2 * a) * q) * (1 / (k + 1)))


def jacobi(n: int, a: Any, b: Any, x: Node) -> Any:
    """Jacobi's polynomial P_n^(a, b)(x)."""
    def step(k: int, p: Any, q: Any) -> Any:
        c = 2 * k + a + b
        above = (c + 1) * (c * (c + 2) * x + (a - b) * (a + b)) * p - 2 * (k + a) * (k + b) * (c + 2) * q
        return above / (2 * (k + 1) * (k + a + b + 1) * c)

    return _recurrence(_degree("jacobi", n), _one(x), (a - b) * 0.5 + (a + b + 2) * 0.5 * x, step)


def hypergeometric(n: int, above: Sequence[Any], below: Sequence[Any], x: Any) -> Any:
    """The hypergeometric series of the upper and lower parameters at x, which ends with x^n, by Horner's rule."""
    value: Any = _one(x)
    for k in range(n - 1, -1, -1):
        factor = x / (k + 1)
        for a in above:
            factor = factor * (a + k)
        for b in below:
            factor = factor / (b + k)
        value = 1.0 + factor * value
    return value


def associated_legendre(n: int, m: int, x: Node) -> Any:
    """Legendre's associated function P_n^m(x) for |x| <= 1, with the phase (-1)^m of Condon and Shortley."""
    return _associated(_degree("assoc_legendre", n), _order("assoc_legendre", n, m), x, sqrt((1.0 - x) * (1.0 + x)))


def _order(what: str, n: int, m: object) -> int:
    if isinstance(m, bool) or not isinstance(m, (int, np.integer)) or abs(int(m)) > n:
        raise located(ExpressionError(f"{what}: the order must be a whole number from -{n} to {n}, got {m!r}"))
    return int(m)


def _associated(n: int, m: int, x: Node, root: Node) -> Any:
    """From P_m^m upwards in the degree; `root` is sqrt(1 - x^2)."""
    size = abs(m)
    first = _one(x) * float((-1) ** size * math.prod(range(1, 2 * size, 2)))
    for _ in range(size):
        first = first * root
    value = _recurrence(n - size, first, (2 * size + 1) * (x * first),
                        lambda k, p, q: ((2 * (size + k) + 1) / (k + 1)) * (x * p) - ((2 * size + k) / (k + 1)) * q)
    return value if m >= 0 else value * float((-1) ** size * math.factorial(n - size) / math.factorial(n + size))


def spherical_harmonic(n: int, m: int, theta: Node, phi: Node) -> tuple[Node, Node]:
    """The real and the imaginary part of Y_n^m at the polar angle theta and the azimuth phi, in radians."""
    n = _degree("spherical harmonic", n)
    m = _order("spherical harmonic", n, m)
    scale = math.sqrt((2 * n + 1) / (4 * math.pi) * math.factorial(n - m) / math.factorial(n + m))
    size = scale * _associated(n, m, cos(theta), sin(theta))
    return size * cos(m * phi), size * sin(m * phi)
