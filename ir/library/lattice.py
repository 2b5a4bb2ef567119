"""The polylogarithm for negative s by its poles: Li_s(z) is gamma(q) times the sum of (2 pi i k - log z)^-q over all whole k, q = 1 - s.

(NIST DLMF 25.12.13.) Some terms as they are, the rest by Euler and Maclaurin's formula, as in `zeta.py`, whose numbers are complex
here: pairs of real and imaginary parts. Terms k and -k, or k and -k - 1 for z < 0, are conjugate.
"""
from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from .. import ops
from ..convert import where
from ..ops import digamma, exp, gammaln, log
from .elementwise import FUNCTIONS as ROWS
from .quadrature import summed
from .whole import cospi, sinpi
from .zeta import CORRECTIONS, LOG_TAU, Pair

sin, cos, arctan2 = ROWS["sin"], ROWS["cos"], ROWS["arctan2"]
TERMS = 8


class Complex(NamedTuple):
    """A complex number as nodes."""

    real: Any
    imaginary: Any

    def __add__(self, other: Any) -> Complex:
        return Complex(self.real + other.real, self.imaginary + other.imaginary)

    def __sub__(self, other: Complex) -> Complex:
        return Complex(self.real - other.real, self.imaginary - other.imaginary)

    def __mul__(self, other: Any) -> Complex:
        return Complex(
            self.real * other.real - self.imaginary * other.imaginary, self.real * other.imaginary + self.imaginary * other.real)

    def times(self, factor: Any) -> Complex:
        return Complex(self.real * factor, self.imaginary * factor)


def by_poles(s: Any, z: Any, by_s: bool) -> Any:
    """Li_s(z) or its derivative by s, for s <= -0.3 and z < 1 that is not near 0."""
    q, depth = 1 - s, log(ops.abs(z))
    positive = z > 0
    first, height = where(positive, 1.0, 0.5), depth / (2 * math.pi)  # the sum is over (2 pi i (first + i height + k))^-q
    top = where(positive, log(-where(positive, depth, -1.0)), LOG_TAU + 0.5 * log(first * first + height * height))
    value, slope = _terms(Exponent(q, sinpi(0.5 * s), cospi(0.5 * s)), first, height, top)
    front = exp(gammaln(q) - q * top)
    value, slope = 2 * value + where(positive, 1.0, 0.0), 2 * slope - where(positive, top, 0.0)
    return -front * (digamma(q) * value + slope) if by_s else front * value


class Exponent(NamedTuple):
    """q, and the cosine and sine of q quarter turns, which near a zero of the sum need more digits of 1 - s than q has."""

    q: Any
    cosine: Any
    sine: Any


def _terms(e: Exponent, first: Any, height: Any, top: Any) -> Pair:
    """The real part of the sum over k >= 0 times e^(q top), and its derivative by q but for that factor's."""
    def term(k: Any, first: Any, height: Any, top: Any, *e: Any) -> Any:
        return _power(Exponent(*e), first + k, height, top).value.real

    def slope(k: Any, first: Any, height: Any, top: Any, *e: Any) -> Any:
        return _power(Exponent(*e), first + k, height, top).slope.real

    given = [np.arange(float(TERMS))], first, height, top, *e
    start = first + TERMS
    last, (rest, change) = _power(e, start, height, top), _corrections(e.q, start, height)
    pole = 1 / (e.q - 1)
    rest, change = rest + Complex(start * pole, height * pole), change - Complex(start * pole * pole, height * pole * pole)
    return Pair(
        summed(term, *given) + (last.value * rest).real, summed(slope, *given) + (last.slope * rest + last.value * change).real,
    )


def _power(e: Exponent, real: Any, imaginary: Any, top: Any) -> Pair:
    """(2 pi i (real + i imaginary))^-q e^(q top), and its derivative by q but for the second factor's."""
    depth, angle = LOG_TAU + 0.5 * log(real * real + imaginary * imaginary), arctan2(imaginary, real)
    size = exp(-e.q * (depth - top))
    cosine, sine = size * cos(e.q * angle), size * sin(e.q * angle)
    value = Complex(e.cosine * cosine - e.sine * sine, -(e.sine * cosine) - e.cosine * sine)
    return Pair(value, Complex(-depth, -(0.5 * math.pi) - angle) * value)


def _corrections(q: Any, real: Any, imaginary: Any) -> Pair:
    """1/2 + the sum of B_2j/(2j)! q (q + 1) ... (q + 2j - 2) a^(1-2j), a = real + i imaginary, and its derivative by q."""
    size = real * real + imaginary * imaginary
    scale = Complex(real / size, -imaginary / size)
    square = scale * scale
    rising, slope = q, 1.0
    total, change = Complex(0.5, 0.0) + scale.times(CORRECTIONS[0] * rising), scale.times(CORRECTIONS[0] * slope)
    for j, c in enumerate(CORRECTIONS[1:], 2):
        one, two = q + (2 * j - 3), q + (2 * j - 2)
        slope, rising, scale = slope * (one * two) + rising * (one + two), rising * (one * two), scale * square
        total, change = total + scale.times(c * rising), change + scale.times(c * slope)
    return Pair(total, change)
