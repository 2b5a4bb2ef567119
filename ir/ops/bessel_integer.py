"""The Bessel functions of integer order from 0 on, and the spherical ones (NIST DLMF 10), which have native code of our own.

Derivatives are functions of neighbouring orders (10.6.1, 10.29.1, 10.51.2). Read `airy.py` next.
"""
from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..node import Node
from ..op import Op, Partials
from .elementwise import FLOATS, same_types
from .external import in_float64, ufunc_of

Meaning = Callable[[np.ndarray, int], np.ndarray]
Slope = Callable[[int, Callable[[int], Node]], Node]  # the derivative of order n, from the functions of all orders


def _row(name: str, meaning: Meaning, slope: Slope, doc: str, sample: tuple[float, float]) -> Op:
    typed = same_types(name, FLOATS)

    def by_x(x: Node, y: Node) -> Node:
        return slope(y.attribute("order"), lambda order: row(x, order=order))

    row = Op(
        name, lambda types, order: typed(types), lambda x, order: in_float64(lambda values: meaning(values, order))(x), Partials((by_x,)),
        ("order",), doc=doc, takes=FLOATS, sample=(sample,))
    return row


def _of_scipy(function: str, at_infinity: float) -> Meaning:
    return lambda x, n: np.where(x == np.inf, at_infinity, ufunc_of(function)(n, x))


def _mirrored(function: Meaning, turned: int = 0) -> Meaning:
    """(-1)^(n + turned) f(|x|) for x < 0, also for -0."""

    def meaning(x: np.ndarray, n: int) -> np.ndarray:
        value = function(np.abs(x), n)
        return np.where(np.signbit(x), -value, value) if (n + turned) % 2 else value

    return meaning


def _difference(n: int, f: Callable[[int], Node]) -> Node:
    return 0.5 * (f(n - 1) - f(n + 1)) if n else -f(1)


def _sum(n: int, f: Callable[[int], Node]) -> Node:
    return 0.5 * (f(n - 1) + f(n + 1)) if n else f(1)


def _spherical(n: int, f: Callable[[int], Node]) -> Node:
    return (n * f(n - 1) - (n + 1) * f(n + 1)) / (2 * n + 1) if n else -f(1)


def _spherical_j(a: np.ndarray, n: int) -> np.ndarray:
    """By J of half an odd order, but below 1, where that may underflow before its time, by the power series (10.53.1)."""
    near, z, total = a < 1, -0.5 * np.minimum(a, 1) ** 2, np.ones_like(a)
    for k in range(10, 0, -1):
        total = 1 + z / (k * (2 * n + 2 * k + 1)) * total
    for k in range(1, n + 1):
        total = total * (np.minimum(a, 1) / (2 * k + 1))
    b = np.maximum(a, 1)
    return np.where(near, total, np.where(a == np.inf, 0, np.sqrt(np.pi / 2 / b) * ufunc_of("jv")(n + 0.5, b)))


def _spherical_y(a: np.ndarray, n: int) -> np.ndarray:
    """Upwards from -cos(x)/x and -cos(x)/x^2 - sin(x)/x."""
    below, value = np.sin(a) / a, -np.cos(a) / a
    for k in range(n):
        below, value = value, (2 * k + 1) / a * value - below
    return np.where(a == np.inf, 0, np.where((a < 1) & np.isnan(value), -np.inf, value))


def _k(x: np.ndarray, n: int) -> np.ndarray:
    """Scaled and unscaled: SciPy's K itself is 0 long before it underflows."""
    return np.where(x == np.inf, 0, ufunc_of("kve")(n, x) * np.exp(-np.maximum(x, 0)))


besselj = _row("besselj", _mirrored(_of_scipy("jv", 0)), _difference, "J_n(x), the Bessel function of the first kind", (-20, 20))
bessely = _row("bessely", _of_scipy("yv", 0), _difference, "Y_n(x), the Bessel function of the second kind, for x > 0", (0.5, 20))
besseli = _row(
    "besseli", _mirrored(_of_scipy("iv", math.inf)), _sum, "I_n(x), the modified Bessel function of the first kind", (-20, 20))
besselk = _row(
    "besselk", _k, lambda n, f: -_sum(n, f), "K_n(x), the modified Bessel function of the second kind, for x > 0",
    (0.5, 20))
spherical_jn = _row(
    "spherical_jn", _mirrored(_spherical_j), _spherical, "j_n(x), the spherical Bessel function sqrt(pi/(2x)) J_(n+1/2)(x)", (-20, 20))
spherical_yn = _row(
    "spherical_yn", _mirrored(_spherical_y, 1), _spherical, "y_n(x), the spherical Bessel function sqrt(pi/(2x)) Y_(n+1/2)(x)", (0.5, 20))
