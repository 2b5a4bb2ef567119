"""The exponential, sine and cosine integrals (NIST DLMF 6) and Fresnel's (7.2). Read `airy.py` next."""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from ..node import Node
from ..op import Op
from .arithmetic import abs
from .bessel_integer import spherical_jn
from .composite import composite
from .elementary import cos, cosh, exp, log, sinh
from .elementwise import elementwise
from .exact import product
from .external import external, in_float64, ufunc_of
from .logic import where
from .source import filled

PI = np.pi
TERMS = 44  # of a continued fraction: right to 16 digits from 2.5 on


def _grown(half: bool, near: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """`near` up to 50 and Ei(x), or half of it, by DLMF 6.12.2 beyond, where SciPy's overflows early."""

    def meaning(x: np.ndarray) -> np.ndarray:
        a = np.clip(x, 50, 800)
        series = np.ones_like(a)
        for k in range(24, 0, -1):
            series = 1 + k / a * series
        return np.where(x > 50, np.exp(a / 2) * (series / (2 * a if half else a)) * np.exp(a / 2), near(x))

    return meaning


def _mirrored(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """The odd function, with the sign of 0 kept."""
    return lambda x: np.where(x == 0, x, np.copysign(function(np.abs(x)), x))


def _from_zero(function: Callable[[np.ndarray], np.ndarray]) -> Callable[[np.ndarray], np.ndarray]:
    """NaN below 0, where SciPy's function is that of |x|."""
    return lambda x: np.where(x < 0, np.nan, function(x))


def _beside_zero(
    near: Callable[[np.ndarray], np.ndarray], zero: tuple[float, float], signs: Sequence[int],
) -> Callable[[np.ndarray], np.ndarray]:
    """`near`, but around its zero log(x / zero) + the sum of s_k (x^k - zero^k) / (k k!), which keeps the digits there (DLMF 6.6).

    The signs s_1, s_2, ... repeat.
    """

    def meaning(x: np.ndarray) -> np.ndarray:
        d = (x - zero[0]) - zero[1]
        quotient, total, power = np.ones_like(x), np.zeros_like(x), 1.0  # (x^k - zero^k) / d and zero^k
        for k in range(1, 20):
            total = total + signs[(k - 1) % len(signs)] * quotient / (k * math.factorial(k))
            power *= zero[0]
            quotient = quotient * x + power
        return np.where(np.abs(d) < 0.1, np.log1p(d / zero[0]) + d * total, near(x))

    return meaning


# The zeros of Ei, Ci and Chi as unevaluated sums.
EI_ZERO = 0.3725074107813666, 1.3140183414386028e-17
CI_ZERO = 0.6165054856207163, -4.209920321433186e-17
CHI_ZERO = 0.5238225713898644, -2.6671382575502846e-17


def _output(function: str, output: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.asarray(ufunc_of(function)(x)[output])


exp1 = external("exp1", 1, lambda x, y: -exp(-x) / x, doc="E1(x), the integral of e**-t / t from x on; NaN below 0", sample=((0.01, 20),))
expi = external(
    "expi", 1, lambda x, y: exp(x) / x, doc="Ei(x), the principal value of the integral of e**t / t up to x", sample=((0.5, 20),),
    meaning=_beside_zero(_grown(False, lambda x: ufunc_of("expi")(x)), EI_ZERO, (1,)))


def _sinh_over(x: Node, y: Node) -> Node:
    """sinh(x) / x, by the series below 2: exact there at every order up to the tenth."""
    near = abs(x) < 2
    t = where(near, x * x, filled(x.type, 0))
    series = filled(x.type, 1)
    for k in range(17, 0, -1):
        series = 1 + 1 / (2 * k * (2 * k + 1)) * t * series
    safe = where(near, filled(x.type, 2), x)
    return where(near, series, sinh(safe) / safe)


sinint = external(
    "sinint", 1, lambda x, y: spherical_jn(x, order=0), doc="Si(x), the integral of sin(t) / t from 0 to x", sample=((-20, 20),),
    scipy="sici", outputs=2, meaning=_mirrored(_output("sici", 0)))
cosint = external(
    "cosint", 1, lambda x, y: cos(x) / x, doc="Ci(x), euler + log(x) + the integral of (cos(t) - 1) / t from 0 to x; NaN below 0",
    sample=((0.1, 20),), scipy="sici", output=1, outputs=2, meaning=_from_zero(_beside_zero(_output("sici", 1), CI_ZERO, (0, -1, 0, 1))))
sinhint = external(
    "sinhint", 1, _sinh_over, doc="Shi(x), the integral of sinh(t) / t from 0 to x", sample=((-20, 20),), scipy="shichi", outputs=2,
    meaning=_mirrored(_grown(True, _output("shichi", 0))))
coshint = external(
    "coshint", 1, lambda x, y: cosh(x) / x, doc="Chi(x), euler + log(x) + the integral of (cosh(t) - 1) / t from 0 to x; NaN below 0",
    sample=((0.7, 20),), scipy="shichi", output=1, outputs=2,
    meaning=_from_zero(_beside_zero(_grown(True, _output("shichi", 1)), CHI_ZERO, (0, 1))))


def _exponential_integral(nu: Node, x: Node, order: int = 0) -> Node:
    from ..library.expint import integral

    return integral(nu, x, order)  # type: ignore[no-any-return]


expint: Op = composite(
    "expint", 2, _exponential_integral, lambda nu, x, y: expint_by_order(nu, x, order=1), lambda nu, x, y: -expint(nu - 1, x),
    doc="E_x1(x2), the integral of e^(-x2 t)/t^x1 for t from 1 on, for x2 > 0", sample=((-3, 9), (0.01, 20)))
expint_by_order: Op = composite(
    "expint_by_order", 2, _exponential_integral, lambda nu, x, y: expint_by_order(nu, x, order=y.attribute("order") + 1),
    lambda nu, x, y: -expint_by_order(nu - 1, x, order=y.attribute("order")),
    doc="the derivative of E_x1(x2) by x1, of the given order", sample=((-3, 9), (0.01, 20)), attributes=("order",))


def _whole_order(x: Node, n: int) -> Node:
    """From E_1 upward below 2.5 (DLMF 8.19.12), where little cancels; beyond by the continued fraction 8.19.17, contracted."""
    small = x < 2.5
    t = where(small & (x > 0), x, filled(x.type, 1e-300))
    decay, near = exp(-t), exp1(t)
    for k in range(1, n):
        near = (decay - t * near) / k
    t = where(small, filled(x.type, 2.5), x)
    fraction = t + (n + 2 * TERMS)
    for k in range(TERMS, 0, -1):
        fraction = t + (n + 2 * k - 2) - k * (n + k - 1) / fraction
    return where(x >= 0, where(small, near, exp(-t) / fraction), filled(x.type, math.nan))


def _expn_slope(x: Node, y: Node) -> Node:
    n = y.attribute("order")
    return -(exp1(x) if n == 2 else expn(x, order=n - 1))


expn: Op = composite(
    "expn", 1, _whole_order, _expn_slope, doc="E_n(x), the exponential integral of the whole order n >= 2, for x >= 0",
    sample=((0.01, 20),), attributes=("order",))

logint = composite(
    "logint", 1, lambda x: expi(log(x)), lambda x, y: 1 / log(x), sample=((1.5, 20),),
    doc="li(x), the principal value of the integral of 1 / log(t) from 0 to x")


# ---------------------------------------------------------------- Fresnel's

def _turn(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The sine and cosine of pi x^2 / 2, x^2 being taken exactly; from 2^54 on it is a multiple of 4."""
    square, error = product(*[np.minimum(np.abs(x), 2.0**54)] * 2)
    large, small = np.fmod(square, 4), np.fmod(error, 4)
    turns = np.rint(large) + np.rint(small)
    rest = PI / 2 * ((large - np.rint(large)) + (small - np.rint(small)))
    n, zero = turns.astype(int) % 4, x - x  # NaN at the infinities; it also makes -0 a 0
    sine, cosine = np.sin(rest), np.cos(rest)
    return np.choose(n, [sine, cosine, -sine, -cosine]) + zero, np.choose(n, [cosine, -sine, -cosine, sine]) + zero


def _integral(output: int) -> Callable[[np.ndarray], np.ndarray]:
    """SciPy's below 20; beyond, where it loses the angle, DLMF 7.5.3 and 7.5.4 with three terms of 7.12.2 and 7.12.3."""

    def meaning(x: np.ndarray) -> np.ndarray:
        a = np.maximum(np.abs(x), 20)
        z = 1 / (PI * a * a) ** 2
        f = (1 - z * (3 - z * 105)) / (PI * a)
        g = (1 - z * (15 - z * 945)) / (PI * PI * a**3)
        sine, cosine = _turn(a)
        wave = f * sine - g * cosine if output else -f * cosine - g * sine
        far = np.copysign(0.5 + np.where(np.isinf(x), 0, wave), x)
        near = np.where(x == 0, x, ufunc_of("fresnel")(np.clip(x, -20, 20))[output])
        return np.where(np.abs(x) > 20, far, near)

    return meaning


fresnel_sine: Op = elementwise(
    "fresnel_sine", in_float64(lambda x: _turn(x)[0]), lambda x, y: PI * x * fresnel_cosine(x),
    doc="sin(pi x^2 / 2), exact however large x is; the slope of fresnels", sample=((-5, 5),))
fresnel_cosine: Op = elementwise(
    "fresnel_cosine", in_float64(lambda x: _turn(x)[1]), lambda x, y: -PI * x * fresnel_sine(x),
    doc="cos(pi x^2 / 2), exact however large x is; the slope of fresnelc", sample=((-5, 5),))
fresnels = external(
    "fresnels", 1, lambda x, y: fresnel_sine(x), doc="the integral of sin(pi t^2 / 2) from 0 to x", sample=((-9, 9),), scipy="fresnel",
    outputs=2, meaning=_integral(0))
fresnelc = external(
    "fresnelc", 1, lambda x, y: fresnel_cosine(x), doc="the integral of cos(pi t^2 / 2) from 0 to x", sample=((-9, 9),), scipy="fresnel",
    output=1, outputs=2, meaning=_integral(1))
