"""Zeta functions, polylogarithms and harmonic numbers."""
from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec

import mpmath as mp
import numpy as np

import wengert as wg
from wengert.ir import ops

from .oracle import Case, Slope, choice, log, near, uniform


def hurwitz(s: mp.mpf, a: mp.mpf, order: int = 0) -> mp.mpf:
    """mpmath's, whose error is absolute."""
    with mp.workdps(mp.mp.dps + max(0, int(s * mp.log10(a + 1))) + 10):
        return mp.zeta(s, a, order)


def hurwitz_size(s: mp.mpf, a: mp.mpf) -> mp.mpf:
    """For s < 1 the terms that cancel: from -1/2 on of a sum, below of Hermite's formula."""
    if s >= 1:
        return mp.mpf(0)
    if s >= -0.5:
        return abs((a + 10) ** (1 - s) / (s - 1))
    return max(a**-s, a ** (1 - s) / (1 - s), mp.gamma(1 - s) / (2 * mp.pi) ** (1 - s))


def together_near_one(rng: np.random.Generator, n: int) -> np.ndarray:
    return 1 - 10.0 ** rng.uniform(-15, -0.5, n)


def by_arb(s: mp.mpf, z: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """(the polylogarithm, its derivative by s) by Arb's balls, which hold 50 digits for certain (Johansson 2017), in a millisecond."""
    flint = import_module("flint")
    given = [flint.arb((int(v.man), int(v.exp)) if v >= 0 else (-int(v.man), int(v.exp))) for v in (s, z)]
    flint.ctx.cap, before = 2, flint.ctx.prec
    for digits in (70, 140, 280, 560):
        flint.ctx.dps = digits
        series = flint.acb_series.polylog(flint.acb_series([given[0], 1]), flint.acb(given[1]))
        balls = [series[k].real for k in range(2)]
        if min(ball.rel_accuracy_bits() for ball in balls) > 180:
            break
    else:
        raise mp.mp.NoConvergence
    flint.ctx.prec = before
    value, slope = (mp.ldexp(int(man), int(exp)) for man, exp in (ball.mid().man_exp() for ball in balls))
    return value, slope


def by_mpmath(s: mp.mpf, z: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """The same with the digits that mpmath's sums lose; the derivative by a central difference over 1e-22, right to forty digits: half
    a second."""
    def value(s: mp.mpf) -> mp.mpf:
        return mp.re(mp.polylog(s, z))

    with mp.workdps(mp.mp.dps + 40 + (int(-3 * s) if s < 0 else 0)):
        h = mp.mpf(10) ** -22
        return value(s), (value(s + h) - value(s - h)) / (2 * h)


known = lru_cache(4)(by_arb if find_spec("flint") else by_mpmath)


def polylog(s: mp.mpf, z: mp.mpf) -> mp.mpf:
    return known(s, z)[0]


def polylog_by_s(s: mp.mpf, z: mp.mpf) -> mp.mpf:
    return known(s, z)[1]


def vanishing(s: mp.mpf, z: mp.mpf) -> mp.mpf:
    """Below 0 the polylogarithm of a negative exponent has zeros: the size of the largest term of the sum over its poles."""
    if s >= 0 or z >= 0:
        return mp.mpf(0)
    return min(abs(z), mp.gamma(1 - s) * mp.hypot(mp.log(abs(z)), mp.pi) ** (s - 1))


CASES = [
    Case(
        "zeta(s)", wg.special.zeta, mp.zeta, [(uniform(-10, 10),), (uniform(-150, 0),), (log(1, 60),), (near(1, 0, -2, -4, -7),)],
        "all reals", "composition", [Slope(0, "closed form", lambda s: mp.zeta(s, derivative=1), least=lambda s: mp.zeta(s))],
    ),
    Case(
        "zeta(s, a)", wg.special.zeta, hurwitz, [
            (uniform(1.001, 30), uniform(0.01, 20)), (near(1, most=0.5), log(1e-3, 1e4)), (log(1.1, 200), log(1e-3, 1e4)),
            (uniform(-3, 1), uniform(0.1, 9)), (uniform(-50, -0.5), log(1e-3, 1e3)),
        ], "a > 0, s > -50", "composition, quadrature for s < -1/2", [
            Slope(0, "closed form", lambda s, a: hurwitz(s, a, 1),
                  least=lambda s, a: hurwitz_size(s, a) * mp.log(a + 10 - s) if s < 1 else hurwitz(s, a) * mp.mpf("1e-2")),
            Slope(1, "closed form", lambda s, a: -s * hurwitz(s + 1, a), least=lambda s, a: s * hurwitz_size(s + 1, a)),
        ], least=hurwitz_size, share=0.3,
    ),
    Case(
        "dirichlet_eta(s)", ops.dirichlet_eta, mp.altzeta, [(uniform(-10, 10),), (uniform(-150, 0),), (log(1, 60),), (near(1, 0, -2, -7),)],
        "all reals", "composition", [
            Slope(0, "closed form", lambda s: mp.diff(mp.altzeta, s), least=lambda s: mp.altzeta(s) if s < 0 else 0),
        ], share=0.5,
    ),
    Case(
        "polylog(s, z)", wg.special.polylog, polylog, [
            (uniform(0, 12), uniform(-0.99, 0.99)), (uniform(0.01, 12), log(-1e8, -0.1)), (uniform(0.01, 6), together_near_one),
            (choice(1, 2, 3, 4), uniform(-0.99, 0.99)), (uniform(-2, 1), uniform(-5, 0.99)),
            (uniform(-30, 0), uniform(-0.99, 0.99)), (uniform(-12, 0), log(-1e8, -0.1)),
        ], "-30 < s < 12, z < 1", "composition, quadrature", [
            Slope(0, "series, quadrature", polylog_by_s, least=lambda s, z: max(abs(polylog(s, z)) / 100, vanishing(s, z))),
            Slope(1, "closed form", lambda s, z: polylog(s - 1, z) / z, least=lambda s, z: vanishing(s - 1, z) / z),
        ], least=vanishing, share=0.1,
    ),
]
