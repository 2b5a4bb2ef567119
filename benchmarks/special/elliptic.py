"""Legendre's elliptic integrals."""
from __future__ import annotations

from functools import lru_cache

import mpmath as mp
import numpy as np

import wengert as wg
from wengert.ir.library.elementwise import row_function
from wengert.ir.ops import elliptic as ops

from .oracle import Case, Draw, Slope, log, near, together, uniform

M = [(log(-1e6, -1e-3),), (uniform(-3, 1),), (near(0.0, most=0.5),), (together(lambda d: [1 - d], log(1e-15, 0.5)))]


def _up_to_one(least: float) -> Draw:
    """At distances from 1 of every order of magnitude."""
    distance = log(least, 0.1)
    return lambda rng, n: 1 - distance(rng, n)


def _below_turning(m: np.ndarray, part: np.ndarray) -> list[np.ndarray]:
    """(phi, m > 1) with m sin^2 phi = part."""
    return [np.arcsin(np.sqrt(part / m)), m]


def _below_turning_third(n: np.ndarray, m: np.ndarray, part: np.ndarray) -> list[np.ndarray]:
    return [n, *_below_turning(m, part)]


BEYOND = log(1.001, 1e6), uniform(1e-6, 0.999)
INCOMPLETE = [
    (uniform(-1.55, 1.55), uniform(-5, 0.99)), (log(1e-60, 1), uniform(-5, 0.99)), (uniform(-30, 30), uniform(-5, 0.9)),
    (uniform(-30, 30), log(-1e6, -1)), (uniform(-1.57, 1.57), _up_to_one(1e-15)), (uniform(-30, 30), _up_to_one(1e-15)),
    together(_below_turning, *BEYOND),
]
RANGE = "all phi, -1e6 < m < 1; 1 < m < 1e6, m sin² phi < 0.999"
CARLSON = log(0.2, 4)


@lru_cache(8)
def _by_parameter(phi: mp.mpf, m: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """The derivatives of F and E by m (DLMF 19.4.5, 19.4.6), whose terms cancel by phi^3/phi."""
    with mp.workdps(250):
        first, second, delta = mp.ellipf(phi, m), mp.ellipe(phi, m), mp.sqrt(1 - m * mp.sin(phi) ** 2)
        by_first = (second - (1 - m) * first) / (2 * m * (1 - m)) - mp.sin(2 * phi) / (4 * (1 - m) * delta)
        return by_first, (second - first) / (2 * m)


@lru_cache(8)
def _third_by(n: mp.mpf, phi: mp.mpf, m: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """The derivatives of Pi by n and m in F, E and Pi, whose terms cancel where n or m is near 0, 1 or n."""
    with mp.workdps(120):
        first, second, third = mp.ellipf(phi, m), mp.ellipe(phi, m), mp.ellippi(n, phi, m)
        s2, delta = mp.sin(2 * phi), mp.sqrt(1 - m * mp.sin(phi) ** 2)
        by_n = second + (m - n) / n * first + (n * n - m) / n * third - n * delta * s2 / (2 * (1 - n * mp.sin(phi) ** 2))
        by_m = second / (m - 1) + third - m * s2 / (2 * (m - 1) * delta)
        return by_n / (2 * (m - n) * (n - 1)), by_m / (2 * (n - m))


CASES = [
    Case(
        "ellipk(m)", wg.special.ellipk, lambda m: mp.ellipk(m) if m < 1 else mp.nan, M, "m < 1, also near 1", "SciPy",
        [Slope(0, "closed form", lambda m: (mp.ellipe(m) - (1 - m) * mp.ellipk(m)) / (2 * m * (1 - m)))],
    ),
    Case(
        "ellipe(m)", wg.special.ellipe, lambda m: mp.ellipe(m) if m < 1 else mp.nan, M, "m < 1, also near 1", "SciPy",
        [Slope(0, "closed form", lambda m: (mp.ellipe(m) - mp.ellipk(m)) / (2 * m))],
    ),
    Case(
        "ellipkinc(phi, m)", wg.special.ellipkinc, mp.ellipf,
        INCOMPLETE, RANGE, "composition",
        [Slope(0, "closed form", lambda phi, m: 1 / mp.sqrt(1 - m * mp.sin(phi) ** 2)),
         Slope(1, "closed form", lambda phi, m: _by_parameter(phi, m)[0])], share=0.3,
    ),
    Case(
        "ellipeinc(phi, m)", wg.special.ellipeinc, mp.ellipe,
        INCOMPLETE, RANGE, "composition",
        [Slope(0, "closed form", lambda phi, m: mp.sqrt(1 - m * mp.sin(phi) ** 2)),
         Slope(1, "closed form", lambda phi, m: _by_parameter(phi, m)[1])], share=0.3,
    ),
    Case(
        "ellippi(n, m)", wg.special.ellippi, mp.ellippi, [
            (uniform(-3, 0.9), uniform(-3, 0.9)), (log(-1e3, -1), log(-1e3, -1)), (_up_to_one(1e-7), uniform(-3, 1)),
            (uniform(-3, 1), _up_to_one(1e-7)), (_up_to_one(1e-7), _up_to_one(1e-7)),
        ], "-1e3 < n, m < 1 - 1e-7", "composition",
        [Slope(0, "quadrature", lambda n, m: _third_by(n, mp.pi / 2, m)[0]),
         Slope(1, "quadrature", lambda n, m: _third_by(n, mp.pi / 2, m)[1])],
        share=0.1,
    ),
    Case(
        "ellippiinc(n, phi, m)", wg.special.ellippiinc, mp.ellippi, [
            (uniform(-3, 0.9), uniform(-1.5, 1.5), uniform(-3, 0.9)), (uniform(-3, 0.9), uniform(-30, 30), uniform(-3, 0.9)),
            (log(-1e3, -1), uniform(-1.5, 1.5), log(-1e3, -1)), (_up_to_one(1e-7), uniform(-1.57, 1.57), uniform(-3, 1)),
            (uniform(-3, 1), uniform(-30, 30), _up_to_one(1e-7)), together(_below_turning_third, uniform(-3, 0.9), *BEYOND),
        ], "all phi, -1e3 < n, m < 1 - 1e-7; 1 < m < 1e6, m sin² phi < 0.999", "composition", [
            Slope(0, "quadrature", lambda n, phi, m: _third_by(n, phi, m)[0]),
            Slope(1, "closed form", lambda n, phi, m: 1 / ((1 - n * mp.sin(phi) ** 2) * mp.sqrt(1 - m * mp.sin(phi) ** 2))),
            Slope(2, "quadrature", lambda n, phi, m: _third_by(n, phi, m)[1]),
        ], share=0.05,
    ),
    Case(
        "carlson_rf(x, y, z)", row_function(ops.carlson_rf), mp.elliprf, [(CARLSON,) * 3], "0.2 to 4", "SciPy",
        [Slope(k, "quadrature") for k in range(3)], share=0.03,
    ),
    Case(
        "carlson_rd(x, y, z)", row_function(ops.carlson_rd), mp.elliprd, [(CARLSON,) * 3], "0.2 to 4", "SciPy",
        [Slope(k, "quadrature") for k in range(3)], share=0.03,
    ),
    Case(
        "carlson_rj(x, y, z, p)", row_function(ops.carlson_rj), mp.elliprj, [(CARLSON,) * 4], "0.2 to 4", "SciPy",
        [Slope(k, "quadrature") for k in range(4)], share=0.03,
    ),
]
