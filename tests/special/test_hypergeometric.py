"""Hypergeometric functions where points drawn at random do not go: ends, whole parameters, bad input, derivatives of higher order.

`test_accuracy.py` has values and first derivatives at random points.
"""
from __future__ import annotations

import math
from collections.abc import Sequence

import mpmath as mp
import numpy as np
import pytest
import scipy.special

import wengert as wg
from wengert.ir import ops
from wengert.ir.errors import GraphError
from wengert.ir.ops.hypergeometric_series import ARRAYS

ROWS = {"hyp0f1": ops.hyp0f1, "hyp1f1": ops.hyp1f1, "hyp2f1": ops.hyp2f1}
BAD = [math.nan, math.inf, -math.inf, 1e300, -1e300]


def called(name: str, *arguments: float) -> float:
    """In native code, which the interpreter must agree with."""
    xs = [wg.symbol(f"{name}{k}") for k in range(len(arguments))]
    got = wg.function(xs, ROWS[name](*xs))(*arguments)
    want = wg.evaluate(wg.Graph(name, xs, [ROWS[name](*xs)]), *arguments)[0]
    np.testing.assert_allclose(got, want, rtol=1e-12)
    return float(got)


@pytest.mark.parametrize(("name", "arguments"), [
    ("hyp0f1", (2.5, 0.0)), ("hyp0f1", (1e-3, 3.0)), ("hyp0f1", (-2.5, 4.0)), ("hyp0f1", (0.5, -9e4)), ("hyp0f1", (9000.0, 80.0)),
    ("hyp1f1", (2.5, 1.5, 0.0)), ("hyp1f1", (0.0, 1.5, 700.0)), ("hyp1f1", (-40.0, 1.5, 700.0)), ("hyp1f1", (-40.0, 1.5, -700.0)),
    ("hyp1f1", (1.5, 1.5, -700.0)), ("hyp1f1", (0.5, 1.5, -1300.0)), ("hyp1f1", (5.5, 1.5, -700.0)), ("hyp1f1", (-300.5, 3.5, 20.0)),
    ("hyp1f1", (2.0, -3.5, 8.0)), ("hyp1f1", (1e-30, 1.0, 500.0)), ("hyp1f1", (900.5, 900.5, 600.0)), ("hyp1f1", (1.0, 2.0, 1e-300)),
    ("hyp2f1", (0.5, 1.5, 2.5, 0.0)), ("hyp2f1", (0.0, 1.5, 2.5, -7e7)), ("hyp2f1", (0.5, 1.0, 1.5, 1 - 2.0**-53)),
    ("hyp2f1", (1.0, 2.0, 3.0, 1 - 1e-12)), ("hyp2f1", (-7.0, 8.0, 1.0, 1.0)), ("hyp2f1", (3.5, -6.0, 2.5, 4.0)),
    ("hyp2f1", (-9.0, 13.5, 1.5, 1 - 1e-9)), ("hyp2f1", (0.5, 0.5, 4.0, 1.0)), ("hyp2f1", (-30.0, -40.0, 2.0, 0.9)),
    ("hyp2f1", (-100.5, 101.5, 1.0, 0.7)), ("hyp2f1", (0.3, 0.4, -2.5, 0.4)), ("hyp2f1", (1.5, 2.5, 2.5, -1e6)),
])
def test_ends_and_whole_parameters(name: str, arguments: Sequence[float]) -> None:
    with mp.workdps(60):
        want = getattr(mp, name)(*map(mp.mpf, arguments))
    assert called(name, *arguments) == pytest.approx(float(want), rel=2e-12)


@pytest.mark.parametrize(("name", "arguments"), [
    ("hyp0f1", (-19.654497829585495, -129.31422906683065)), ("hyp0f1", (-7.0 + 1e-9, -40.0)), ("hyp0f1", (-29.5, -400.0)),
    ("hyp1f1", (-17.134025718855376, -19.38880173714122, 369.0442335072353)), ("hyp1f1", (-3.0 + 1e-7, 2.5, 30.0)),
    ("hyp1f1", (-4.0, -9.5, 20.0)), ("hyp1f1", (2.5, -29.5, 3.0)), ("hyp2f1", (2.2955, 3.1688, -2.7854912992538554, -309.94292432225745)),
    ("hyp2f1", (3.0264042625483825, -9.93081344549575, 3.0279417032531324, 0.7819389830603116)), ("hyp2f1", (3.0, -9.93, 3.0, 0.78)),
    ("hyp2f1", (-2.0 - 1e-8, 3.5, 1.5, -50.0)), ("hyp2f1", (0.5, 1.5, -19.5, 0.9)),
])
def test_where_another_solution_takes_over_all_digits_are_kept(name: str, arguments: Sequence[float]) -> None:
    xs = [wg.symbol(f"overtaken_{name}{k}") for k in range(len(arguments))]
    slopes = list(wg.grad(ROWS[name](*xs), xs[:-1]))
    got = [called(name, *arguments), *wg.function(xs, slopes)(*arguments)]
    with mp.workdps(80):
        at, count = tuple(map(mp.mpf, arguments)), len(arguments)
        f = getattr(mp, name)
        want = [f(*at), *(mp.diff(f, at, tuple(int(i == k) for i in range(count))) for k in range(count - 1))]
    for number, true in zip(got, want):
        assert float(number) == pytest.approx(float(true), rel=1e-14)


@pytest.mark.parametrize(("name", "arguments"), [
    ("hyp0f1", (-1.0, 3.0)), ("hyp0f1", (-50.5, 3.0)), ("hyp0f1", (1.0, 2e5)), ("hyp1f1", (1.5, 0.0, 3.0)), ("hyp1f1", (1.5, -30.5, 3.0)),
    ("hyp1f1", (1.5, 2.5, 1500.0)), ("hyp1f1", (2e4, 2.5, 1.0)), ("hyp2f1", (0.5, 1.5, 2.5, 1.5)), ("hyp2f1", (0.5, 1.5, -20.5, 0.5)),
    ("hyp2f1", (2.5, 1.5, 2.5, 1.0)), ("hyp2f1", (2e4, 1.5, 2.5, 0.1)), ("hyp2f1", (0.5, 1.5, 2.5, -2e8)),
])
def test_outside_of_the_stated_range_is_nan(name: str, arguments: Sequence[float]) -> None:
    assert not np.isfinite(called(name, *arguments))


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_ends_at_once_and_is_no_number(name: str) -> None:
    count = {"hyp0f1": 2, "hyp1f1": 3, "hyp2f1": 4}[name]
    for place in range(count):
        for bad in BAD:
            arguments = [0.5] * count
            arguments[place] = bad
            assert not np.isfinite(called(name, *arguments))


@pytest.mark.parametrize(("name", "at"), [
    ("hyp0f1", (1.5, -20.0)), ("hyp1f1", (1.5, 2.5, 3.0)), ("hyp1f1", (-3.25, 2.5, 12.0)), ("hyp1f1", (1.75, 2.5, -3.0)),
    ("hyp1f1", (-3.0, 2.5, 12.0)), ("hyp2f1", (0.7, 1.2, 2.5, 0.8)), ("hyp2f1", (-3.5, 4.5, 1.25, 0.5)), ("hyp2f1", (0.7, 1.2, 2.5, -6.0)),
])
def test_all_second_derivatives(name: str, at: Sequence[float]) -> None:
    xs = [wg.symbol(f"second_{name}{k}") for k in range(len(at))]
    got = wg.function(xs, wg.hessian(ROWS[name](*xs), xs))(*at)
    with mp.workdps(50):
        for i in range(len(at)):
            for j in range(i + 1):
                times = tuple((k == i) + (k == j) for k in range(len(at)))
                want = mp.diff(getattr(mp, name), tuple(map(mp.mpf, at)), times)
                for entry in (got[i][j], got[j][i]):
                    assert float(entry) == pytest.approx(float(want), rel=1e-11, abs=1e-12)


def test_third_derivatives_by_parameters_and_the_tenth_is_refused() -> None:
    a, b, x = xs = [wg.symbol(f"third_{k}") for k in "abx"]
    y = wg.special.hyp1f1(a, b, x)
    third = [wg.grad(wg.grad(wg.grad(y, u), v), w) for u, v, w in ((a, a, b), (a, b, x), (b, b, b))]
    got = wg.function(xs, third)(1.25, 2.5, -3.5)
    with mp.workdps(50):
        for number, times in zip(got, ((2, 1, 0), (1, 1, 1), (0, 3, 0))):
            want = mp.diff(mp.hyp1f1, (mp.mpf(1.25), mp.mpf(2.5), mp.mpf(-3.5)), times)
            assert float(number) == pytest.approx(float(want), rel=1e-11)
    c, z = wg.symbol("tenth_c"), wg.symbol("tenth_z")
    with pytest.raises(GraphError, match="hypergeometric function: derivatives by a parameter go up to the ninth, got 10"):
        slope = ops.hyp0f1_series(c, z, order=9)
        wg.grad(slope, c)


def test_polynomials_of_real_degree_at_their_ends() -> None:
    n, x = wg.symbol("ends_n"), wg.symbol("ends_x")
    f = wg.function([n, x], [wg.special.eval_legendre(n, x), wg.grad(wg.special.eval_legendre(n, x), n), wg.special.eval_laguerre(n, x)])
    for degree, at in ((3.0, -1.0), (4.0, 1.0), (4.0, 0.0), (7.0, 0.3), (3.5, 1.0), (0.0, 0.5)):
        value, slope, laguerre = f(degree, at)
        assert value == pytest.approx(float(mp.legendre(degree, at)), rel=1e-13, abs=1e-15)
        assert laguerre == pytest.approx(float(mp.laguerre(degree, 0, at)), rel=1e-13)
        assert np.isfinite(slope) or at == -1.0


def test_scipys_function_takes_nodes() -> None:
    a, b, x = (wg.symbol(f"scipys_{k}") for k in "abx")
    assert scipy.special.hyp1f1(a, b, x) is wg.special.hyp1f1(a, b, x) is ops.hyp1f1(a, b, x)


def test_each_lane_of_a_loop_stops_for_itself() -> None:
    going, (count, double) = ARRAYS.repeat(
        np.array([True, True, False, True]), [np.array([3.0, 1.0, 5.0, 99.0]), np.ones(4)],
        lambda going, state: (state[0] > 1.0, [state[0] - 1.0, 2.0 * state[1]]), 10)
    assert going.tolist() == [False, False, False, True]
    assert double.tolist() == [8.0, 2.0, 1.0, 1024.0] and count.tolist() == [0.0, 0.0, 5.0, 89.0]
