"""The Airy functions and their derivatives (NIST DLMF 9). Derivatives of every order follow from y'' = x y."""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..op import Op
from .exact import product
from .external import external, ufunc_of

TERMS = 12
FAR = 2.0**40  # of -x: from here on the angle is unknown


def _coefficients(prime: bool) -> list[float]:
    """u_k or v_k of DLMF 9.7.1 and 9.7.2."""
    from fractions import Fraction  # 2 ms that few need

    u = [Fraction(1)]
    for k in range(1, 2 * TERMS):
        u.append(u[-1] * ((6 * k - 5) * (6 * k - 3) * (6 * k - 1)) / (216 * k * (2 * k - 1)))
    return [float(value * Fraction(6 * k + 1, 1 - 6 * k)) if prime else float(value) for k, value in enumerate(u)]


def _zeta(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """2/3 a^(3/2) as an unevaluated sum."""
    root = np.sqrt(a)
    square, error = product(root, root)
    power, power_low = product(a, root)
    power_low = power_low + a * ((a - square) - error) / (2 * root)
    high, low = product(power, np.full_like(power, 2 / 3))
    return high, low + power_low * (2 / 3) + power * 3.700743415417188e-17  # what the rounding of 2/3 left


def _waves(a: np.ndarray, prime: bool) -> tuple[np.ndarray, ...]:
    """The sine and cosine of zeta - pi/4, and the even and odd sums, for a >= 20 (DLMF 9.7.9 to 9.7.12)."""
    high, low = _zeta(a)
    sine, cosine = np.sin(high) * np.cos(low) + np.cos(high) * np.sin(low), np.cos(high) * np.cos(low) - np.sin(high) * np.sin(low)
    terms = _coefficients(prime)
    even = sum((-1) ** k * terms[2 * k] / high ** (2 * k) for k in range(TERMS))
    odd = sum((-1) ** k * terms[2 * k + 1] / high ** (2 * k + 1) for k in range(TERMS))
    return (sine - cosine) / np.sqrt(2), (sine + cosine) / np.sqrt(2), np.asarray(even), np.asarray(odd)


def _meaning(output: int) -> Callable[[np.ndarray], np.ndarray]:
    """SciPy's from -20 to 5; above, its scaled function times the exponential; below, where it loses the angle, the asymptotic
    expansion, NaN from -2^40 down."""

    def meaning(x: np.ndarray) -> np.ndarray:
        prime, second = output % 2 == 1, output >= 2
        a = np.clip(-x, 20, FAR)
        sine, cosine, even, odd = _waves(a, prime)
        size = a ** (0.25 if prime else -0.25) / np.sqrt(np.pi)
        if prime:
            far = size * (cosine * even + sine * odd if second else sine * even - cosine * odd)
        else:
            far = size * (cosine * odd - sine * even if second else cosine * even + sine * odd)
        far = np.where(x <= -FAR, np.where(np.isinf(x) & (not prime), 0, np.nan), far)
        high, low = _zeta(np.clip(x, 5, 200))
        half = np.exp((high if second else -high) / 2)
        scaled = half * (ufunc_of("airye")(np.clip(x, 5, 200))[output] * (1 + (low if second else -low))) * half
        return np.where(x < -20, far, np.where(x > 5, scaled, ufunc_of("airy")(np.clip(x, -20, 5))[output]))

    return meaning


airyai: Op = external(
    "airyai", 1, lambda x, y: airyaiprime(x), doc="Airy's function Ai, the solution of y'' = x y that decays", sample=((-9, 9),),
    scipy="airy", outputs=4, meaning=_meaning(0))
airyaiprime: Op = external(
    "airyaiprime", 1, lambda x, y: x * airyai(x), doc="the derivative of Ai", sample=((-9, 9),), scipy="airy", output=1, outputs=4,
    meaning=_meaning(1))
airybi: Op = external(
    "airybi", 1, lambda x, y: airybiprime(x), doc="Airy's function Bi, the solution of y'' = x y that grows", sample=((-9, 9),),
    scipy="airy", output=2, outputs=4, meaning=_meaning(2))
airybiprime: Op = external(
    "airybiprime", 1, lambda x, y: x * airybi(x), doc="the derivative of Bi", sample=((-9, 9),), scipy="airy", output=3, outputs=4,
    meaning=_meaning(3))
