"""Orthogonal polynomials and spherical harmonics.

Around their zeros errors are relative to the height of the wave: the square root of Sonin's function (Szego, Orthogonal Polynomials,
7.31), which is y^2 + y'^2/q for the differential equation's coefficient q.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import mpmath as mp
import numpy as np

import wengert as wg
from wengert.ir.library.polynomials import associated_legendre, spherical_harmonic

from .oracle import Case, Exact, Region, Slope, log, uniform

RECURRENCE, SERIES = "recurrence", "differentiated series"
special = wg.special


def _wave(value: mp.mpf, slope: mp.mpf, coefficient: mp.mpf) -> mp.mpf:
    return mp.sqrt(value**2 + slope**2 / coefficient) if coefficient > 0 else abs(value)


# Each family: value, slope by the argument, and the heights of both, of degree, parameters and argument.

def _jacobi_slope(n, a, b, x):
    return (n + a + b + 1) / 2 * mp.jacobi(n - 1, a + 1, b + 1, x)


@lru_cache(4)
def _jacobi_height(n, a, b, x):
    return _wave(mp.jacobi(n, a, b, x), _jacobi_slope(n, a, b, x), n * (n + a + b + 1) / (1 - x * x))


def _gegenbauer_slope(n, a, x):
    return 2 * a * mp.gegenbauer(n - 1, a + 1, x)


@lru_cache(4)
def _gegenbauer_height(n, a, x):
    return _wave(mp.gegenbauer(n, a, x), _gegenbauer_slope(n, a, x), n * (n + 2 * a) / (1 - x * x))


def _laguerre_slope(n, a, x):
    return -mp.laguerre(n - 1, a + 1, x)


@lru_cache(4)
def _laguerre_height(n, a, x):
    return _wave(mp.laguerre(n, a, x), _laguerre_slope(n, a, x), n / x)


def _hermite_slope(n, x):
    return 2 * n * mp.hermite(n - 1, x)


@lru_cache(4)
def _hermite_height(n, x):
    return _wave(mp.hermite(n, x), _hermite_slope(n, x), mp.mpf(2 * n))


Family = tuple[Exact, Exact, Exact, Exact]
JACOBI: Family = (
    mp.jacobi, _jacobi_slope, _jacobi_height, lambda n, a, b, x: (n + a + b + 1) / 2 * _jacobi_height(n - 1, a + 1, b + 1, x))
GEGENBAUER: Family = (
    mp.gegenbauer, _gegenbauer_slope, _gegenbauer_height, lambda n, a, x: 2 * abs(a) * _gegenbauer_height(n - 1, a + 1, x))
LAGUERRE: Family = (mp.laguerre, _laguerre_slope, _laguerre_height, lambda n, a, x: _laguerre_height(n - 1, a + 1, x))
HERMITE: Family = (mp.hermite, _hermite_slope, _hermite_height, lambda n, x: 2 * n * _hermite_height(n - 1, x))


def _with(family: Family, *parameters: float) -> Family:
    """The family with fixed parameters, as Legendre's with Jacobi's."""
    def of(f: Exact) -> Exact:
        return lambda n, x: f(n, *map(mp.mpf, parameters), x)

    value, slope, height, slope_height = family
    return of(value), of(slope), of(height), of(slope_height)


LEGENDRE, CHEBYSHEV_SECOND = _with(JACOBI, 0, 0), _with(GEGENBAUER, 1)


def _first_slope(n, x):
    return n * mp.chebyu(n - 1, x)


CHEBYSHEV_FIRST: Family = (
    mp.chebyt, _first_slope, lambda n, x: _wave(mp.chebyt(n, x), _first_slope(n, x), n * n / (1 - x * x)),
    lambda n, x: n * CHEBYSHEV_SECOND[2](n - 1, x))
HERMITE_PROBABILISTS: Family = (
    lambda n, x: 2 ** (-mp.mpf(n) / 2) * mp.hermite(n, x / mp.sqrt(2)),
    lambda n, x: n * 2 ** (-mp.mpf(n - 1) / 2) * mp.hermite(n - 1, x / mp.sqrt(2)),
    lambda n, x: 2 ** (-mp.mpf(n) / 2) * _hermite_height(n, x / mp.sqrt(2)),
    lambda n, x: n * 2 ** (-mp.mpf(n - 1) / 2) * _hermite_height(n - 1, x / mp.sqrt(2)))


def _of_degree(n: int, build: Callable, name: str, family: Family, regions: list[Region], said: str, by: int = 0) -> Case:
    """A fixed degree, with `by` parameters that it is differentiated by."""
    value, slope, height, slope_height = (lambda *x, f=f: f(n, *x) for f in family)
    slopes = [*(Slope(k, RECURRENCE, least=height) for k in range(by)), Slope(by, RECURRENCE, slope, least=slope_height)]
    return Case(name, lambda *x: build(n, *x), value, regions, said + WAVE, RECURRENCE, slopes, least=height, share=0.1)


def _real(build: Callable, name: str, family: Family, regions: list[Region], said: str, method: str = "series") -> Case:
    """Any real degree."""
    value, slope, height, slope_height = family
    count = len(regions[0])  # type: ignore[arg-type]  # of arguments
    differentiated = SERIES if method == "series" else "closed form"
    slopes = [*(Slope(k, differentiated, least=height) for k in range(count - 1)),
              Slope(count - 1, "closed form", slope, least=slope_height)]
    return Case(name, build, value, regions, said + WAVE, method, slopes, least=height, share=0.03)


# --------------------------------------------------------------------------------------- associated functions and harmonics

N, M = 5, 3  # degree and order


def _associated(n, m, x):
    """By Jacobi's polynomial (DLMF 18.11.1)."""
    return (-1) ** m * (1 - x * x) ** (mp.mpf(m) / 2) * mp.factorial(n + m) / (2**m * mp.factorial(n)) * mp.jacobi(n - m, m, m, x)


def _associated_slope(x):
    return ((N + M) * _associated(N - 1, M, x) - N * x * _associated(N, M, x)) / (1 - x * x)


def _waves(sine: mp.mpf) -> bool:
    """Where an associated function is a wave."""
    return bool(N * (N + 1) * sine**2 > M**2)


@lru_cache(4)
def _associated_height(x):
    """By the polar angle."""
    sine = mp.sqrt(1 - x * x)
    value = _associated(N, M, x)
    return _wave(value, _associated_slope(x) * sine, mp.mpf(N * (N + 1))) if _waves(sine) else abs(value)


def _associated_slope_height(x):
    sine = mp.sqrt(1 - x * x)
    return mp.sqrt(N * (N + 1)) * _associated_height(x) / sine if _waves(sine) else mp.mpf(0)


@lru_cache(4)
def _harmonic_height(theta, phi):
    """Of Y's real and imaginary part: its size along a circle of latitude, with the height of the wave by theta."""
    return mp.sqrt((2 * N + 1) / (4 * mp.pi) * mp.factorial(N - M) / mp.factorial(N + M)) * _associated_height(mp.cos(theta))


def _harmonic_slope(theta, phi):
    """By theta (DLMF 14.10.5, with orders N, M and M + 1)."""
    above = mp.sqrt((N - M) * (N + M + 1)) * mp.expj(-phi) * mp.spherharm(N, M + 1, theta, phi)
    return mp.re(M * mp.cot(theta) * mp.spherharm(N, M, theta, phi) + above)


def _harmonic_slope_height(theta, phi):
    waves = mp.sqrt(N * (N + 1)) if _waves(mp.sin(theta)) else 0
    return max(waves, M * abs(mp.cot(theta))) * _harmonic_height(theta, phi)


def _near_one(rng: np.random.Generator, n: int) -> list[np.ndarray]:
    return [rng.choice([-1.0, 1.0], n) * (1 - 10.0 ** rng.uniform(-15, -1, n))]


WAVE = "; relative to the height of the wave"
AROUND: list[Region] = [(uniform(-1, 1),), _near_one, (log(1, 1e3),), (log(-1, -1e3),)]
EVERYWHERE: list[Region] = [(uniform(-10, 10),), (log(1e-6, 1e3),), (log(-1e-6, -1e3),)]
ALL = "|x| < 1e3"
PARAMETER, INSIDE = uniform(-0.9, 5), uniform(-0.95, 1)

CASES = [
    _of_degree(20, special.eval_legendre, "eval_legendre(20, x)", LEGENDRE, AROUND, ALL),
    _of_degree(20, special.eval_chebyt, "eval_chebyt(20, x)", CHEBYSHEV_FIRST, AROUND, ALL),
    _of_degree(20, special.eval_chebyu, "eval_chebyu(20, x)", CHEBYSHEV_SECOND, AROUND, ALL),
    _of_degree(20, special.eval_hermite, "eval_hermite(20, x)", HERMITE, EVERYWHERE, ALL),
    _of_degree(20, special.eval_hermitenorm, "eval_hermitenorm(20, x)", HERMITE_PROBABILISTS, EVERYWHERE, ALL),
    _of_degree(20, special.eval_laguerre, "eval_laguerre(20, x)", _with(LAGUERRE, 0),
               [(uniform(0, 80),), (log(1e-6, 1e3),)], "0 < x < 1e3"),
    _of_degree(10, special.eval_genlaguerre, "eval_genlaguerre(10, a, x)", LAGUERRE,
               [(PARAMETER, uniform(0, 50)), (PARAMETER, log(1e-6, 1e3))], "-0.9 < a < 5, 0 < x < 1e3", 1),
    _of_degree(10, special.eval_gegenbauer, "eval_gegenbauer(10, a, x)", GEGENBAUER,
               [(uniform(0.1, 5), uniform(-1, 1)), (uniform(0.1, 5), log(1, 1e3))], "0.1 < a < 5, -1 < x < 1e3", 1),
    _of_degree(10, special.eval_jacobi, "eval_jacobi(10, a, b, x)", JACOBI,
               [(PARAMETER, PARAMETER, uniform(-1, 1)), (PARAMETER, PARAMETER, log(1, 1e3))], "-0.9 < a, b < 5, -1 < x < 1e3", 2),
    Case(
        "assoc_legendre(5, 3, x)", lambda x: associated_legendre(N, M, x), lambda x: _associated(N, M, x), [(uniform(-1, 1),), _near_one],
        "|x| < 1" + WAVE, RECURRENCE, [Slope(0, RECURRENCE, _associated_slope, least=_associated_slope_height)],
        least=_associated_height, share=0.1,
    ),
    Case(
        "re_ynm(5, 3, theta, phi)", lambda theta, phi: spherical_harmonic(N, M, theta, phi)[0],
        lambda theta, phi: mp.re(mp.spherharm(N, M, theta, phi)),
        [(uniform(0, 3.141592653589793), uniform(-7, 7)), (log(1e-12, 0.5), uniform(-7, 7))], "0 < theta < pi" + WAVE, RECURRENCE, [
            Slope(0, RECURRENCE, _harmonic_slope, least=_harmonic_slope_height),
            Slope(1, "closed form", lambda theta, phi: -M * mp.im(mp.spherharm(N, M, theta, phi)),
                  least=lambda theta, phi: M * _harmonic_height(theta, phi)),
        ], least=_harmonic_height, share=0.03,
    ),
    _real(special.eval_legendre, "eval_legendre(n, x)", LEGENDRE,
          [(uniform(0.1, 50), uniform(-0.99, 1)), (uniform(0.1, 50), uniform(1, 5))], "0 < n < 50, -0.99 < x < 5"),
    _real(special.eval_chebyt, "eval_chebyt(n, x)", CHEBYSHEV_FIRST,
          [(uniform(0.1, 50), uniform(-1, 1)), (uniform(0.1, 50), uniform(1, 5))], "0 < n < 50, -1 < x < 5", "composition"),
    _real(special.eval_jacobi, "eval_jacobi(n, a, b, x)", JACOBI, [(uniform(0.5, 30), PARAMETER, PARAMETER, INSIDE)],
          "0.5 < n < 30, -0.9 < a, b < 5, -0.95 < x < 1"),
    _real(special.eval_gegenbauer, "eval_gegenbauer(n, a, x)", GEGENBAUER, [(uniform(0.5, 30), uniform(0.1, 5), INSIDE)],
          "0.5 < n < 30, 0.1 < a < 5, -0.95 < x < 1"),
    _real(special.eval_genlaguerre, "eval_genlaguerre(n, a, x)", LAGUERRE, [(uniform(0.5, 30), PARAMETER, uniform(0, 100))],
          "0.5 < n < 30, -0.9 < a < 5, 0 < x < 100"),
]
