"""Zeta functions and polylogarithms where the exponent is known, at their edges, and from SymPy with an exponent of its own."""
from __future__ import annotations

import math
import sys
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest
import sympy

import wengert as wg

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
from special import zeta

Z = sympy.Symbol("zeta_z")
POINTS = np.array([-1e6, -40.0, -3.0, -0.75, -0.3, -1e-9, 0.0, 1e-9, 0.3, 0.75, 0.9375])


@pytest.mark.parametrize("s", [-20.5, -6.0, -3.0, -1.5, -0.25, 0.5, 1.0, 2.0, 3.5, 12.0])
def test_a_known_exponent_takes_fewer_regions_to_the_same_value(s: float) -> None:
    z, any_s = wg.symbol("zeta_points", POINTS.shape), wg.symbol("zeta_exponents", POINTS.shape)
    known = wg.function([z], [y := wg.special.polylog(s, z), wg.grad(wg.sum(y), z)])(POINTS)
    moving = wg.function([any_s, z], [y := wg.special.polylog(any_s, z), wg.grad(wg.sum(y), z)])(np.full_like(POINTS, s), POINTS)
    for a, b in zip(known, moving):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-300)
    assert all(np.isfinite(a).all() for a in known)


@pytest.mark.parametrize("s", [-1, -2, -5, -9])
def test_polylogarithms_of_negative_whole_exponents_are_rational(s: int) -> None:
    exact = sympy.expand_func(sympy.polylog(s, Z))
    f = wg.lambdify([Z], sympy.polylog(s, Z, evaluate=False))
    for at in (-3.0, -0.75, 0.25, 0.875):
        want = float(exact.subs(Z, sympy.Rational(at)))
        size = math.gamma(1 - s) * abs(complex(math.log(abs(at)), math.pi if at < 0 else 0)) ** (s - 1)
        assert abs(float(f(at)) - want) <= 1e-13 * max(abs(want), size)


@pytest.mark.parametrize("s", [-40.5, -3.0, -0.75, 0.0, 0.5, 2.0, 7.0])
def test_hurwitz_of_a_known_exponent(s: float) -> None:
    at = np.array([0.25, 1.0, 3.5, 60.0])
    a, any_s = wg.symbol("zeta_shifts", at.shape), wg.symbol("zeta_exponents_of_shifts", at.shape)
    known = wg.function([a], [y := wg.special.zeta(s, a), wg.grad(wg.sum(y), a)])(at)
    moving = wg.function([any_s, a], [y := wg.special.zeta(any_s, a), wg.grad(wg.sum(y), a)])(np.full_like(at, s), at)
    with mp.workdps(60):
        exact = [[float(mp.zeta(s, float(v))) for v in at], [-s * float(mp.zeta(s + 1, float(v))) if s else -1.0 for v in at]]
    sizes = at**-s if s < 0 else 0 * at, at ** (-s - 1) * abs(s) if s < -1 else 0 * at
    for a, b, c, size in zip(known, moving, exact, sizes):
        assert (abs(a - c) <= 1e-12 * np.maximum(np.abs(c), size)).all()
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12 * size.max())


def test_the_slope_of_hurwitz_by_its_shift_keeps_its_digits_beside_the_pole() -> None:
    s, a = wg.symbol("zeta_near_zero"), wg.symbol("zeta_shift")
    slope = wg.function([s, a], [d := wg.grad(wg.special.zeta(s, a), a), wg.grad(d, s), wg.grad(d, a)])
    with mp.workdps(80):
        def exact(t: mp.mpf) -> mp.mpf:
            return -t * mp.zeta(1 + t, mp.mpf(2.5))

        for at in (0.0, 1e-10, -1e-6, 1e-3):
            x, h = mp.mpf(at or 1e-30), mp.mpf(10) ** -20
            want = exact(x), (exact(x + h) - exact(x - h)) / (2 * h), x * (x + 1) * mp.zeta(x + 2, mp.mpf(2.5))
            np.testing.assert_allclose([float(v) for v in slope(at, 2.5)], [float(v) for v in want], rtol=1e-13, atol=1e-25)


def test_edges() -> None:
    s, z = wg.symbol("zeta_edge_s"), wg.symbol("zeta_edge_z")
    polylog, hurwitz = wg.function([s, z], wg.special.polylog(s, z)), wg.function([s, z], wg.special.zeta(s, z))
    for at in (1.5, math.inf, math.nan):
        assert math.isnan(polylog(2.0, at)) and math.isnan(polylog(-6.0, at))
    assert polylog(2.0, 1.0) == pytest.approx(math.pi**2 / 6, rel=1e-15) and polylog(0.5, 1.0) == math.inf
    for at in (-1.0, 0.0, math.nan):
        assert math.isnan(hurwitz(2.0, at))
    assert math.isnan(hurwitz(-61.0, 2.0)) and math.isnan(hurwitz(math.nan, 2.0))
    assert hurwitz(1.0, 2.0) == math.inf and wg.function([s], wg.special.zeta(s))(1.0) == math.inf


def test_the_two_references_of_the_polylogarithm_agree() -> None:
    pytest.importorskip("flint")
    with mp.workdps(50):
        for s, z in ((0.5, 0.3), (2.5, -1e5), (3.0, -0.7), (-25.3, 0.4), (-5.5, -1e7), (0.3, 1 - 1e-7), (2.0, 0.99)):
            for fast, slow in zip(zeta.by_arb(mp.mpf(s), mp.mpf(z)), zeta.by_mpmath(mp.mpf(s), mp.mpf(z))):
                assert abs(fast / slow - 1) < 1e-35


@pytest.mark.parametrize(("s", "z"), [
    (-15.110784300857876, -0.06714176991201026), (-10.182389777526794, -0.120801512450383), (-16.293448456182233, -0.5149669886844008),
])
def test_terms_that_cancel_lose_no_more_than_they_must(s: float, z: float) -> None:
    """Where a rounding error of an exponent or of an angle would be a thousand times as large in the sum."""
    a, b = wg.symbol("polylog_s"), wg.symbol("polylog_z")
    y = wg.special.polylog(a, b)
    with mp.workdps(50):
        want = zeta.by_mpmath(mp.mpf(s), mp.mpf(z))
    np.testing.assert_allclose(wg.function([a, b], [y, wg.grad(y, a)])(s, z), [float(v) for v in want], rtol=7e-13)
