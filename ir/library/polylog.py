"""The polylogarithm Li_s(z) for real s and z <= 1, and its derivative by s (NIST DLMF 25.12).

By the power series inside; near 1 by Bose's integral, of which the singular part is an incomplete gamma function, or for
small s by the series in log z; below -1/2 by Fermi's integral by parts, whose integrand has one sign; for negative s by the
poles (`lattice.py`). Regions that a known s rules out are not built.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import ops
from ..convert import where
from ..ops import digamma, exp, expm1, gamma, log, power, rgamma
from ..ops.source import uniform
from .elementwise import FUNCTIONS as ROWS
from .incomplete import upper, upper_by_s
from .lattice import by_poles
from .quadrature import integrate, summed
from .zeta import riemann

SERIES = np.arange(1.0, 81.0)
POWERS = np.arange(0.0, 18.0)  # of log z, which is at least -0.7
NODES = 191


def polylog(s: Any, z: Any, by_s: bool = False) -> Any:
    """Li_s(z), or its derivative by s. NaN for z > 1, where it is complex."""
    known = uniform(s)
    total: Any = None
    for holds, (safe_s, safe_z), build in _REGIONS:
        here = holds(s, z)
        if known is not None and not _possible(holds, float(known)):
            continue
        value = build(where(here, s, safe_s), where(here, z, safe_z), by_s)
        total = where(here, value, math.nan if total is None else total)
    return total


def _possible(holds: Callable[[Any, Any], Any], s: float) -> bool:
    """Whether some z is in the region for this s."""
    return any(bool(holds(np.float64(s), np.float64(z))) for z in (-1e6, -50.0, -0.75, -0.25, -1e-9, 1e-9, 0.25, 0.75, 1.0))


def _series(s: Any, z: Any, by_s: bool) -> Any:
    def term(k: Any, s: Any, size: Any, negative: Any) -> Any:
        one = power(k, -s) * power(size, k) * (1 - 2 * negative * (k - 2 * ROWS["floor"](0.5 * k)))
        return -log(k) * one if by_s else one

    return summed(term, [SERIES], s, ops.abs(z), where(z < 0, 1.0, 0.0))


def _bose(s: Any, z: Any, by_s: bool) -> Any:
    """1/gamma(s) times the integral of t^(s-1)/(e^t/z - 1), the series' first term z apart."""
    def integrand(t: Any, s: Any, m: Any, psi: Any) -> Any:
        return _kernel(t, s, psi, by_s) * exp(-2 * (t + m)) / -expm1(-(t + m))

    rest = rgamma(s) * integrate(integrand, 0.0, math.inf, s, -log(z), digamma(s), rule="decaying", points=NODES)
    return rest if by_s else z + rest


def _kernel(t: Any, s: Any, psi: Any, by_s: bool) -> Any:
    """t^(s-1), or its derivative by s after division by gamma(s)."""
    size = power(t, s - 1)
    return size * (log(t) - psi) if by_s else size


def _bose_split(s: Any, z: Any, by_s: bool) -> Any:
    """The same with e^-(t+m)/(t+m) apart, m = -log z, whose integral is m^(s-1) gamma(1-s, m); at z = 1 it is 1/(s - 1)."""
    def integrand(t: Any, s: Any, m: Any, psi: Any) -> Any:
        return _kernel(t, s, psi, by_s) * _regular(t + m)

    m = -log(z)
    one = m == 0
    inside = where(one, 1.0, m)
    scale = power(inside, s - 1)
    if by_s:
        split = scale * (log(inside) * upper(1 - s, inside) - upper_by_s(1 - s, inside))
        limit = where(s > 1, -1 / ((s - 1) * (s - 1)), -math.inf)
    else:
        split, limit = scale * upper(1 - s, inside), where(s > 1, 1 / (s - 1), math.inf)
    rest = rgamma(s) * integrate(integrand, 0.0, math.inf, s, m, digamma(s), rule="decaying", points=NODES)
    return where(one, limit, split) + rest


def _regular(t: Any) -> Any:
    """1/(e^t - 1) - e^-t/t = (t + e^-t - 1)/(t (e^t - 1)), the numerator by its series near 0."""
    near = t < 0.7
    inside, outside = where(near, t, 0.0), where(near, 1.0, t)
    series: Any = inside * 0.0
    for k in range(16, 1, -1):
        series = series * inside + (-1) ** k / math.factorial(k)
    ratio = where(inside == 0, 1.0, inside / expm1(where(inside == 0, 1.0, inside)))
    less = expm1(-outside)  # not of the positive number, which overflows
    return where(near, series * ratio, (outside + less) * exp(-outside) / (-outside * less))


def _log_series(s: Any, z: Any, by_s: bool) -> Any:
    """gamma(1-s) m^(s-1) + the sum of zeta(s - k) (-m)^k / k!, m = -log z."""
    def term(k: Any, inverse: Any, s: Any, m: Any) -> Any:
        zeta = riemann(s - k)
        size = where(k == 0, 1.0, power(m, k)) * inverse
        return size * (zeta.slope if by_s else zeta.value)

    m = -log(z)
    inverse = np.array([(-1) ** k / math.factorial(int(k)) for k in POWERS])
    lead = gamma(1 - s) * power(m, s - 1)
    return (lead * (log(m) - digamma(1 - s)) if by_s else lead) + summed(term, [POWERS, inverse], s, m)


def _slope_of_fermi(t: Any) -> Any:
    """f (1 - f) for Fermi's f = 1/(e^t + 1)."""
    e = exp(-ops.abs(t))
    return e / ((1 + e) * (1 + e))


def _fermi(s: Any, z: Any, by_s: bool) -> Any:
    """-1/gamma(s+1) times the integral of t^s f(1-f) at t - log(-z)."""
    def integrand(t: Any, s: Any, edge: Any, psi: Any) -> Any:
        return _kernel(t, s + 1, psi, by_s) * _slope_of_fermi(t - edge)

    return -rgamma(s + 1) * integrate(integrand, 0.0, math.inf, s, log(-z), digamma(s + 1), rule="decaying", points=NODES)


def _fermi_far(s: Any, z: Any, by_s: bool) -> Any:
    """The same with the two sides of the edge log(-z) apart."""
    def above(r: Any, s: Any, edge: Any, psi: Any) -> Any:
        return _kernel(edge + r, s + 1, psi, by_s) * _slope_of_fermi(r)

    def below(t: Any, s: Any, edge: Any, psi: Any) -> Any:
        return _kernel(t, s + 1, psi, by_s) * _slope_of_fermi(edge - t)

    edge, psi = log(-z), digamma(s + 1)
    right = integrate(above, 0.0, math.inf, s, edge, psi, rule="decaying", points=NODES)
    return -rgamma(s + 1) * (right + integrate(below, 0.0, edge, s, edge, psi, points=NODES))


def _series_falls(s: Any, z: Any) -> Any:
    """Whether 80 terms of the series are enough for a negative s, and do not cancel."""
    end = abs(z) <= np.exp(-0.5 + 0.055 * s)
    return end & ((z >= 0) | (np.log(abs(z)) ** 2 * np.expm1(13.8 / (1 + abs(s))) > math.pi**2))


_REGIONS: list[tuple[Callable[[Any, Any], Any], tuple[float, float], Callable[[Any, Any, bool], Any]]] = [
    (lambda s, z: ((abs(z) <= 0.5) & (s >= -4)) | ((abs(z) <= 1) & (s >= 10)) | ((s < -4) & _series_falls(s, z)), (2.0, 0.25), _series),
    (lambda s, z: (z > 0.5) & (z <= 1) & (s >= 2.5) & (s < 10), (3.0, 0.75), _bose),
    (lambda s, z: (z > 0.5) & (z <= 1) & (s >= 0.7) & (s < 2.5), (2.0, 0.75), _bose_split),
    (lambda s, z: (z > 0.5) & (z <= 1) & (s >= -4) & (s < 0.7), (0.5, 0.75), _log_series),
    (lambda s, z: (z < -0.5) & (z >= -400) & (s >= -0.3) & ((z < -1) | (s < 10)), (1.0, -0.75), _fermi),
    (lambda s, z: (z < -400) & (s >= -0.3), (1.0, -1000.0), _fermi_far),
    (lambda s, z: (z <= 1) & (((z < -0.5) & (s < -0.3) & (s >= -4)) | ((s < -4) & ~_series_falls(s, z))), (-1.0, -0.75), by_poles),
]
