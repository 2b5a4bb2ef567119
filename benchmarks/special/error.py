"""The error functions and their inverses."""
from __future__ import annotations

import mpmath as mp
import scipy.special

import wengert as wg

from .oracle import Case, Slope, log, near, together, uniform

TWO_OVER_SQRT_PI = 2 / mp.sqrt(mp.pi)


def bell(x: mp.mpf) -> mp.mpf:
    return 2 / mp.sqrt(mp.pi) * mp.exp(-x * x)


def erfinv(x: mp.mpf) -> mp.mpf:
    """mpmath's, but near the ends by way of erfc."""
    if abs(x) < 0.5:
        with mp.workdps(mp.mp.dps + 10):
            return mp.erfinv(x)
    return -erfcinv(1 + x) if x < 0 else erfcinv(1 - x)


def erfcinv(x: mp.mpf) -> mp.mpf:
    """The y of erfc(y) = x by Newton's method on log(erfc)."""
    if x > 1:
        return -erfcinv(2 - x)
    with mp.workdps(mp.mp.dps + 20):
        if x > mp.mpf("0.5"):
            return mp.erfinv(1 - x)
        y = mp.sqrt(-mp.log(x * mp.sqrt(-mp.pi * mp.log(x))) if x < 0.1 else -mp.log(x))
        for _ in range(100):
            value = mp.erfc(y)
            step = mp.log(value / x) * value / bell(y)
            y += step
            if abs(step) < mp.mpf(10) ** (-mp.mp.dps + 15):
                return y
    raise mp.mp.NoConvergence


def erf2(a: mp.mpf, b: mp.mpf) -> mp.mpf:
    with mp.workdps(mp.mp.dps + 350):
        return mp.erf(b) - mp.erf(a)


def erf2inv(a: mp.mpf, p: mp.mpf) -> mp.mpf:
    with mp.workdps(mp.mp.dps + 50):
        total = mp.erf(a) + p
    return erfinv(total)


CASES = [
    Case(
        "erf(x)", wg.special.erf, mp.erf, [(uniform(-6, 6),), (log(1e-300, 1),)], "all reals", "native",
        [Slope(0, "closed form", bell)], points=[[0.0]],
    ),
    Case(
        "erfc(x)", wg.special.erfc, mp.erfc, [(uniform(-6, 6),), (uniform(0, 26.5),), (log(1e-300, 1),)], "all reals", "native",
        [Slope(0, "closed form", lambda x: -bell(x))], points=[[0.0]],
    ),
    Case(
        "erfinv(x)", wg.special.erfinv, erfinv, [(uniform(-1, 1),), (near(-1, 1, least=1e-16),), (log(1e-300, 1),)], "-1 < x < 1",
        "SciPy", [Slope(0, "closed form", lambda x: 1 / bell(erfinv(x)))], points=[[0.0]], share=0.5,
    ),
    Case(
        "erfcinv(x)", wg.special.erfcinv, erfcinv, [(uniform(0, 2),), (near(1),), (log(1e-300, 1),)], "0 < x < 2",
        "SciPy", [Slope(0, "closed form", lambda x: -1 / bell(erfcinv(x)))], share=0.5,
    ),
    Case(
        "erfi(x)", wg.special.erfi, mp.erfi, [(uniform(-26, 26),), (uniform(-3, 3),), (log(1e-300, 1),)], "where it is finite", "SciPy",
        [Slope(0, "closed form", lambda x: TWO_OVER_SQRT_PI * mp.exp(x * x))], points=[[0.0]],
    ),
    Case(
        "erf2(a, b)", wg.special.erf2, erf2, [
            (uniform(-6, 6), uniform(-6, 6)), together(lambda a, d: (a, a + d), uniform(-5, 26), log(1e-12, 1)),
            together(lambda a, d: (a, a - d), uniform(-26, 5), uniform(-1.5, 1.5)), (log(1e-300, 1), log(-1e-300, -1)),
        ], "all reals, also b near a", "composition",
        [Slope(0, "closed form", lambda a, b: -bell(a)), Slope(1, "closed form", lambda a, b: bell(b))],
    ),
    Case(
        "erf2inv(a, p)", wg.special.erf2inv, erf2inv, [
            together(lambda a, b: (a, scipy.special.erf(b) - scipy.special.erf(a)), uniform(-2.3, 2.3), uniform(-2.3, 2.3)),
            (uniform(-2, 2), log(1e-20, 0.003)),
        ], "|erf(a)| and |erf(a) + p| below 0.998", "composition", [
            Slope(0, "closed form", lambda a, p: mp.exp(erf2inv(a, p) ** 2 - a * a)),
            Slope(1, "closed form", lambda a, p: 1 / bell(erf2inv(a, p))),
        ], least=lambda a, p: abs(a),
    ),
]
