"""The incomplete gamma and beta functions and their inverses."""
from __future__ import annotations

from collections.abc import Callable

import mpmath as mp
import numpy as np
import scipy.special

import wengert as wg
from wengert.ir import ops

from .oracle import Case, Slope, log, near, together, uniform


def P(a: mp.mpf, x: mp.mpf) -> mp.mpf:
    return mp.gammainc(a, 0, x, regularized=True)


def Q(a: mp.mpf, x: mp.mpf) -> mp.mpf:
    return mp.gammainc(a, x, regularized=True)


def gamma_density(a: mp.mpf, x: mp.mpf) -> mp.mpf:
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a))


def beta_density(a: mp.mpf, b: mp.mpf, x: mp.mpf) -> mp.mpf:
    return mp.exp(a * mp.log(x) + b * mp.log1p(-x) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b))


def P_by_a(a: mp.mpf, x: mp.mpf) -> mp.mpf:
    """By way of the smaller of P and Q."""
    return mp.diff(lambda a: P(a, x), a) if x < a else -mp.diff(lambda a: Q(a, x), a)


def share(a: mp.mpf, b: mp.mpf, x: mp.mpf) -> mp.mpf:
    return mp.betainc(a, b, 0, x, regularized=True)


def rest(a: mp.mpf, b: mp.mpf, x: mp.mpf) -> mp.mpf:
    return mp.betainc(b, a, 0, 1 - x, regularized=True)


def share_by(k: int, a: mp.mpf, b: mp.mpf, x: mp.mpf) -> mp.mpf:
    """The derivative by a (k = 0) or b of the smaller of both."""
    by = (1 - k, k, 0)
    return mp.diff(share, (a, b, x), by) if x < a / (a + b) else -mp.diff(rest, (a, b, x), by)


def about(spread: float):
    """x around a, up to `spread` standard deviations of the gamma distribution away."""
    return lambda a, z: (a, np.maximum(a + z * spread * np.sqrt(a), 1e-3 * a))


BOTH = [
    (uniform(0.05, 9), uniform(0.01, 15)), (log(1e-3, 1), log(1e-30, 1)), (log(0.1, 30), log(1e-6, 60)),
    together(about(7), log(1, 1e4), uniform(-1, 1)), (log(1e-3, 1), uniform(1, 30)),
]
def root(residue: Callable[[mp.mpf], mp.mpf], start: float) -> mp.mpf:
    return mp.findroot(residue, (mp.mpf(start), mp.mpf(start) * (1 - mp.mpf("1e-9"))), solver="secant", tol=mp.mpf(10) ** (-80))


def gamma_root(a: mp.mpf, p: mp.mpf) -> mp.mpf:
    return root(lambda x: mp.log(P(a, x) / p), scipy.special.gammaincinv(float(a), float(p)))


def gamma_corner(a: mp.mpf, p: mp.mpf) -> mp.mpf:
    return root(lambda x: mp.log(Q(a, x) / p), scipy.special.gammainccinv(float(a), float(p)))


def gamma_slope(a: mp.mpf, p: mp.mpf) -> mp.mpf:
    x = gamma_root(a, p)
    return x / gamma_density(a, x)


def beta_root(a: mp.mpf, b: mp.mpf, p: mp.mpf) -> mp.mpf:
    return root(lambda x: mp.log(share(a, b, x) / p), scipy.special.betaincinv(float(a), float(b), float(p)))


def beta_corner(a: mp.mpf, b: mp.mpf, p: mp.mpf) -> mp.mpf:
    return 1 - beta_root(b, a, p)


def beta_slope(a: mp.mpf, b: mp.mpf, p: mp.mpf) -> mp.mpf:
    x = beta_root(a, b, p)
    return x * (1 - x) / beta_density(a, b, x)


def around(a: np.ndarray, b: np.ndarray, z: np.ndarray) -> tuple[np.ndarray, ...]:
    """x up to seven standard deviations of the beta distribution from its mean."""
    mean = a / (a + b)
    x = mean + 7 * z * np.sqrt(mean * (1 - mean) / (a + b + 1))
    return a, b, np.clip(x, 1e-3 * mean, 1 - 1e-3 * (1 - mean))


BETA = [
    (uniform(0.05, 9), uniform(0.05, 9), uniform(0.001, 0.999)), (log(1e-3, 1), log(1e-3, 30), log(1e-30, 0.9)),
    together(around, log(0.3, 1e4), log(0.3, 1e4), uniform(-1, 1)), (log(0.1, 30), log(1e-3, 1), near(1, least=1e-12, most=0.5)),
]
CASES = [
    Case(
        "gamma_density(a, x)", ops.gamma_density, gamma_density, BOTH, "1e-3 < a < 1e4, x > 0", "composition", [
            Slope(0, "closed form", lambda a, x: gamma_density(a, x) * (mp.log(x) - mp.digamma(a)), least=gamma_density),
            Slope(1, "closed form", lambda a, x: gamma_density(a, x) * (a / x - 1), least=lambda a, x: gamma_density(a, x) * 1e-3),
        ],
    ),
    Case(
        "gammainc(a, x)", wg.special.gammainc, P, BOTH, "1e-3 < a < 1e4, x > 0", "SciPy", [
            Slope(0, "quadrature", P_by_a), Slope(1, "closed form", lambda a, x: gamma_density(a, x) / x),
        ], share=0.3,
    ),
    Case(
        "gammaincc(a, x)", wg.special.gammaincc, Q, BOTH, "1e-3 < a < 1e4, x > 0", "SciPy", [
            Slope(0, "quadrature", lambda a, x: -P_by_a(a, x)), Slope(1, "closed form", lambda a, x: -gamma_density(a, x) / x),
        ], share=0.3,
    ),
    Case(
        "gammaincinv(a, p)", wg.special.gammaincinv, gamma_root,
        [(log(0.05, 1e3), uniform(0.001, 0.999)), (log(0.3, 100), log(1e-12, 0.5))], "0.05 < a < 1e3", "SciPy", [
            Slope(0, "quadrature", lambda a, p: -P_by_a(a, gamma_root(a, p)) * gamma_slope(a, p)), Slope(1, "closed form", gamma_slope),
        ], share=0.1,
    ),
    Case(
        "gammainccinv(a, p)", wg.special.gammainccinv, gamma_corner,
        [(log(0.05, 1e3), uniform(0.001, 0.999)), (log(0.3, 100), log(1e-12, 0.5))], "0.05 < a < 1e3", "SciPy", [
            Slope(1, "closed form", lambda a, p: -gamma_corner(a, p) / gamma_density(a, gamma_corner(a, p))),
        ], share=0.1,
    ),
    Case(
        "uppergamma(s, x)", wg.special.uppergamma, mp.gammainc, [
            *BOTH, (uniform(-9, 2), log(1e-10, 1)), (uniform(-9, 9), uniform(0, 30)), (near(0, -1, least=1e-14), log(1e-10, 2)),
            (uniform(-150, 170), log(1, 600)),
        ], "any s, x > 0", "composition", [
            Slope(0, "quadrature", lambda s, x: mp.diff(lambda s: mp.gammainc(s, x), s), least=mp.gammainc),
            Slope(1, "closed form", lambda s, x: -mp.exp((s - 1) * mp.log(x) - x)),
        ], share=0.3,
    ),
    Case(
        "lowergamma(s, x)", wg.special.lowergamma, lambda s, x: mp.gammainc(s, 0, x), [*BOTH, (uniform(10, 300), log(1, 300))],
        "s, x > 0", "composition", [
            Slope(0, "quadrature", lambda s, x: mp.diff(lambda s: mp.gammainc(s, 0, x), s), least=lambda s, x: mp.gammainc(s, 0, x)),
            Slope(1, "closed form", lambda s, x: mp.exp((s - 1) * mp.log(x) - x)),
        ], share=0.3,
    ),
    Case(
        "beta_density(a, b, x)", lambda a, b, x: ops.beta_density(a, b, x, 1 - x), beta_density, BETA, "1e-3 < a, b < 1e4, 0 < x < 1",
        "composition", [
            Slope(0, "closed form", lambda a, b, x: beta_density(a, b, x) * (mp.log(x) - mp.digamma(a) + mp.digamma(a + b)),
                  least=beta_density),
            Slope(1, "closed form", lambda a, b, x: beta_density(a, b, x) * (mp.log1p(-x) - mp.digamma(b) + mp.digamma(a + b)),
                  least=beta_density),
        ],
    ),
    Case(
        "betainc(a, b, x)", wg.special.betainc, share, BETA, "1e-3 < a, b < 1e4, 0 < x < 1", "SciPy", [
            Slope(0, "quadrature", lambda *x: share_by(0, *x)), Slope(1, "quadrature", lambda *x: share_by(1, *x)),
            Slope(2, "closed form", lambda a, b, x: beta_density(a, b, x) / (x * (1 - x))),
        ], share=0.1,
    ),
    Case(
        "betaincc(a, b, x)", wg.special.betaincc, rest, BETA, "1e-3 < a, b < 1e4, 0 < x < 1", "SciPy", [
            Slope(0, "quadrature", lambda *x: -share_by(0, *x)), Slope(1, "quadrature", lambda *x: -share_by(1, *x)),
            Slope(2, "closed form", lambda a, b, x: -beta_density(a, b, x) / (x * (1 - x))),
        ], share=0.1,
    ),
    Case(
        "betaincinv(a, b, p)", wg.special.betaincinv, beta_root,
        [(uniform(0.3, 9), uniform(0.3, 9), uniform(0.01, 0.99)), (log(0.3, 1e3), log(0.3, 1e3), uniform(0.01, 0.99))],
        "0.3 < a, b < 1e3", "SciPy", [
            Slope(0, "quadrature", lambda a, b, p: -share_by(0, a, b, beta_root(a, b, p)) * beta_slope(a, b, p)),
            Slope(1, "quadrature", lambda a, b, p: -share_by(1, a, b, beta_root(a, b, p)) * beta_slope(a, b, p)),
            Slope(2, "closed form", beta_slope),
        ], share=0.03,
    ),
    Case(
        "betainccinv(a, b, p)", wg.special.betainccinv, beta_corner, [(log(0.3, 1e3), log(0.3, 1e3), uniform(0.01, 0.99))],
        "0.3 < a, b < 1e3", "SciPy", [
            Slope(2, "closed form", lambda a, b, p: -beta_slope(b, a, p)),
        ], share=0.03,
    ),
]
