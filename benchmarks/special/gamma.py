"""The gamma function, its derivatives and quotients: beta, binomials, rising factorials."""
from __future__ import annotations

from collections.abc import Callable

import mpmath as mp
import numpy as np

import wengert as wg
from wengert.ir import ops

from .oracle import Case, Slope, integers, log, near, together, uniform

ROOT = 1.4616321449683623  # where digamma vanishes


def reflection(order: int) -> Callable[[mp.mpf], mp.mpf]:
    """The larger term of the reflection formula of psi^(order) for x < 0, else nothing."""
    return lambda x: max(1, abs(mp.polygamma(order, 1 - x))) if x < 0.5 else 0


def gap(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    """psi(a) - psi(a + b), with the digits that cancel."""
    with mp.workdps(mp.mp.dps + 320):
        return mp.digamma(a) - mp.digamma(a + b)


def betaln(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    with mp.workdps(mp.mp.dps + 30):
        return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def log1pmx(x: mp.mpf) -> mp.mpf:
    with mp.workdps(mp.mp.dps + 320):
        return mp.log1p(x) - x


def scaled_gamma(x: mp.mpf) -> mp.mpf:
    with mp.workdps(mp.mp.dps + 120):
        return mp.exp(mp.loggamma(x) - (x - mp.mpf(1) / 2) * mp.log(x) + x) / mp.sqrt(2 * mp.pi)


def stirling_slope(x: mp.mpf) -> mp.mpf:
    with mp.workdps(mp.mp.dps + 220):
        return mp.digamma(x) - mp.log(x) + 1 / (2 * x)


def polygamma(order: int, text: str, regions: list) -> Case:
    return Case(
        f"polygamma({order}, x)", lambda x: wg.special.polygamma(order, x), lambda x: mp.polygamma(order, x), regions, text, "native",
        [Slope(0, "native", lambda x: mp.polygamma(order + 1, x), least=reflection(order + 1))], least=reflection(order),
    )


def pochhammer(x: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return x, z - x


POSITIVE = [(uniform(0.01, 8),), (log(1e-300, 1e300),), (near(1, 2, ROOT),)]
EITHER = [*POSITIVE, (uniform(-60, 0),), (near(*range(-9, 0)),), (log(-1e-300, -1),)]
CASES = [
    Case(
        "gamma(x)", wg.special.gamma, mp.gamma, [(uniform(0.01, 171.6),), (uniform(-170, 0),), (near(*range(-9, 4)),), (log(1e-300, 1),)],
        "all reals", "native", [Slope(0, "closed form", lambda x: mp.gamma(x) * mp.digamma(x), least=lambda x: mp.gamma(x))],
    ),
    Case(
        "rgamma(x)", wg.special.rgamma, mp.rgamma, [(uniform(-150, 171.6),), (near(*range(-9, 4)),), (log(1e-300, 1),)],
        "1/gamma(x) finite and normal", "composition", [Slope(
            0, "closed form", lambda x: -mp.rgamma(x) * mp.digamma(x) if x > 0 or x != mp.floor(x) else (-1) ** int(-x) * mp.factorial(-x),
            least=mp.rgamma)],
        points=[[0.0], [-1.0], [-2.0], [-7.0]],
    ),
    Case(
        "gammaln(x)", wg.special.gammaln, lambda x: mp.re(mp.loggamma(x)), EITHER, "all reals", "native",
        [Slope(0, "native", mp.digamma, least=reflection(0))],
        least=lambda x: max(1, abs(mp.loggamma(-x)), abs(mp.log(abs(x * mp.sinpi(x)) / mp.pi))) if x < 0 else 0,
    ),
    Case(
        "loggamma(x)", wg.special.loggamma, mp.loggamma, POSITIVE, "x > 0", "native", [Slope(0, "native", mp.digamma)]),
    Case(
        "digamma(x)", wg.special.digamma, mp.digamma, EITHER, "all reals", "native",
        [Slope(0, "native", lambda x: mp.polygamma(1, x), least=reflection(1))], least=reflection(0),
    ),
    polygamma(1, "all reals", EITHER), polygamma(2, "all reals", EITHER), polygamma(5, "all reals", EITHER),
    Case(
        "beta(a, b)", wg.special.beta, mp.beta, [
            (uniform(0.01, 9), uniform(0.01, 9)), (log(1e-100, 1e3), log(1e-100, 1e3)), (log(1e-3, 100), log(1, 1e12)),
            (uniform(-60, 60), uniform(-60, 60)),
        ], "a, b > 0; |a|, |b| < 60", "composition", [
            Slope(0, "closed form", lambda a, b: mp.beta(a, b) * gap(a, b), least=mp.beta),
            Slope(1, "closed form", lambda a, b: mp.beta(a, b) * gap(b, a), least=mp.beta),
        ], share=0.3,
    ),
    Case(
        "betaln(a, b)", wg.special.betaln, betaln, [
            (uniform(0.01, 9), uniform(0.01, 9)), (log(1e-100, 1e15), log(1e-100, 1e15)), (log(1e-3, 100), log(1, 1e12)),
        ], "a, b > 0", "composition", [
            Slope(0, "closed form", gap),
            Slope(1, "closed form", lambda a, b: gap(b, a)),
        ], least=lambda a, b: 1, share=0.3,
    ),
    Case(
        "poch(x, k)", wg.special.poch, mp.rf, [
            (uniform(0.01, 9), uniform(0, 20)), (log(1e-3, 1e12), uniform(-1, 20)), (log(1, 1e4), log(1e-12, 60)),
            together(pochhammer, log(1e-2, 1e3), log(1e-2, 1e3)), together(lambda x, k: (x, k), uniform(-60, 60), integers(0, 12)),
            (uniform(-60, 60), uniform(-60, 60)),
        ], "x and x + k > 0; |x|, |k| < 60; x < 0 for whole k", "composition", [
            Slope(0, "closed form", lambda x, k: -mp.rf(x, k) * gap(x, k), least=lambda x, k: mp.rf(x, k)),
            Slope(1, "closed form", lambda x, k: mp.rf(x, k) * mp.digamma(x + k), least=lambda x, k: mp.rf(x, k)),
        ], share=0.5,
    ),
    Case(
        "binom(n, k)", wg.special.binom, mp.binomial, [
            together(lambda n, u: (n, n * u), uniform(0, 60), uniform(0, 1)),
            together(lambda n, u: (n, n * u), log(1, 1000), uniform(0, 1)),
            (log(30, 1e9), uniform(0, 25)), (integers(0, 60), integers(0, 60)), (uniform(-30, 60), integers(0, 30)),
            (near(-3, -2, -1, 1, 2, 3), integers(0, 9)),
        ], "0 <= k <= n; whole k >= 0 for any n", "composition", [
            Slope(0, "closed form", lambda n, k: mp.binomial(n, k) * gap(n + 1, -k), least=mp.binomial),
            Slope(1, "closed form", lambda n, k: mp.binomial(n, k) * (mp.digamma(n - k + 1) - mp.digamma(k + 1)), least=mp.binomial),
        ],
    ),
    Case(
        "log1pmx(x)", ops.log1pmx, log1pmx, [(uniform(-0.99, 3),), (near(-1, -0.4, 0.4),), (log(1e-150, 1e15),), (log(-1e-150, -0.9),)],
        "x > -1", "composition", [Slope(0, "closed form", lambda x: -x / (1 + x))],
    ),
    Case(
        "scaled_gamma(x)", ops.scaled_gamma, scaled_gamma, [(uniform(0.01, 9),), (log(1e-300, 1e100),), (near(4.5, 10),)], "x > 0",
        "composition", [Slope(0, "closed form, series", lambda x: scaled_gamma(x) * stirling_slope(x))],
    ),
]
