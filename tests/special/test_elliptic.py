"""Elliptic integrals where points drawn at random do not go: turning points, poles, whole turns, derivatives of higher order.

`test_accuracy.py` has values and first derivatives at random points.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath as mp
import numpy as np
import pytest

import wengert as wg

PHI, N, M = wg.symbol("elliptic_phi"), wg.symbol("elliptic_n"), wg.symbol("elliptic_m")
FIRST, SECOND, THIRD = wg.special.ellipkinc(PHI, M), wg.special.ellipeinc(PHI, M), wg.special.ellippiinc(N, PHI, M)
COMPLETE = wg.special.ellippi(N, M)


def both(outputs: Sequence[object], *at: float, rtol: float = 1e-12) -> list[float]:
    """In native code, which the interpreter must agree with."""
    got = wg.function([N, PHI, M], outputs)(*at)
    np.testing.assert_allclose(got, wg.evaluate(wg.Graph("elliptic", [N, PHI, M], outputs), *at), rtol=rtol)
    return [float(v) for v in got]


@pytest.mark.parametrize(("n", "phi", "m"), [
    (0.2, 0.3, 5.0), (0.2, -0.3, 5.0), (-3.0, 0.4636, 5.0), (0.9, 1e-5, 1e9), (0.5, 1.5, 1.0), (0.3, 1.5, 1.0 + 1e-9), (0.5, 2.0, 0.5),
    (0.9, 30.0, 0.9), (-500.0, -10.5, -5000.0), (0.5, 0.7, 0.5), (0.3, -1.57, -1e6),
])
def test_derivatives_to_the_second_order(n: float, phi: float, m: float) -> None:
    """Beyond m = 1, and beyond half a turn, where an integral up to phi by fixed nodes would see whole waves."""
    cases = [(FIRST, mp.ellipf, (PHI, M), (phi, m)), (SECOND, mp.ellipe, (PHI, M), (phi, m)), (THIRD, mp.ellippi, (N, PHI, M), (n, phi, m))]
    with mp.workdps(50):
        for y, exact, xs, at in cases:
            point = tuple(map(mp.mpf, at))
            got = both([y, *wg.grad(y, list(xs)), wg.grad(wg.grad(y, M), M)], n, phi, m)
            times = [tuple(int(x is by) for x in xs) for by in xs]
            twice = tuple(2 * int(x is M) for x in xs)
            want = [exact(*point), *(mp.diff(exact, point, t) for t in times)]
            if m != 1.0:                                   # where a difference has no other side
                want.append(mp.diff(exact, point, twice))
            for number, true in zip(got, want):
                assert number == pytest.approx(float(mp.re(true)), rel=2e-12 if m < 1.0 or m > 1.1 else 1e-7)


def test_at_the_turning_point_the_integrals_end() -> None:
    m = 4.0
    phi = math.asin(math.sqrt(1 / m)) * (1 - 1e-9)
    first, second, slope = both([FIRST, SECOND, wg.grad(FIRST, PHI)], 0.0, phi, m, rtol=1e-6)
    assert first == pytest.approx(float(mp.ellipf(phi, m)), rel=1e-11)
    assert slope == pytest.approx(1 / math.sqrt(1e-9 * 2 * phi * 3**0.5), rel=1e-6)
    assert second == pytest.approx(float(mp.ellipe(phi, m)), rel=1e-14)
    assert all(map(math.isnan, both([FIRST, SECOND, THIRD, *wg.grad(THIRD, [N, M])], 0.0, phi + 1e-3, m)))
    assert all(map(math.isnan, both([FIRST, SECOND, THIRD, wg.grad(FIRST, M)], 0.0, phi + math.pi, m)))


def test_a_pole_is_no_number_and_a_divergent_integral_infinite() -> None:
    pole = [THIRD, *wg.grad(THIRD, [N, M]), COMPLETE, *wg.grad(COMPLETE, [N, M])]
    assert all(map(math.isnan, both(pole, 5.0, 1.3, 0.5)))
    assert all(map(math.isfinite, both(pole[:3], 5.0, 0.3, 0.5)))
    for n in (0.2, -0.2):
        assert both([COMPLETE, *wg.grad(COMPLETE, [N, M]), THIRD, FIRST], n, 3.3, 1.0) == [math.inf] * 5
        assert both([SECOND], n, 3.3, 1.0) == [pytest.approx(2 + math.sin(3.3 - math.pi), rel=1e-15)]


def test_complete_ones_and_the_sign_of_zero() -> None:
    got = both([COMPLETE, THIRD], -1e3, math.pi / 2, 0.5)
    assert got == pytest.approx([float(mp.ellippi(-1e3, 0.5))] * 2, rel=1e-13)
    assert [math.copysign(1.0, v) for v in both([FIRST, SECOND, THIRD], 0.3, -0.0, 0.5)] == [-1.0] * 3
