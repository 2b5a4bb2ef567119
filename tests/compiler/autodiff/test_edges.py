"""At the edges of domains and at infinity derivatives of every order are the limits from inside, which mpmath finds."""
from __future__ import annotations

import mpmath
import numpy as np
import pytest

from wengert.compiler.autodiff import grad, jvp
from wengert.compiler.function import function
from wengert.ir import library as wl

INF = np.inf
ORDERS = 5
NEAR = mpmath.mpf(10) ** -40

# name, function, mpmath's, the edge, the side from which it is approached
EDGES = [
    ("sqrt", wl.sqrt, mpmath.sqrt, 0.0, 1),
    ("sqrt of -0", wl.sqrt, mpmath.sqrt, -0.0, 1),
    ("cbrt from above", wl.cbrt, mpmath.cbrt, 0.0, 1),
    ("cbrt from below", wl.cbrt, lambda x: -mpmath.cbrt(-x), -0.0, -1),
    ("log", wl.log, mpmath.log, 0.0, 1),
    ("log of -0", wl.log, mpmath.log, -0.0, 1),
    ("log2 of -0", wl.log2, lambda x: mpmath.log(x, 2), -0.0, 1),
    ("log10 of -0", wl.log10, mpmath.log10, -0.0, 1),
    ("log1p", wl.log1p, mpmath.log1p, -1.0, 1),
    ("reciprocal", wl.reciprocal, lambda x: 1 / x, 0.0, 1),
    ("reciprocal of -0", wl.reciprocal, lambda x: 1 / x, -0.0, -1),
    ("power one half", lambda x: x**0.5, mpmath.sqrt, -0.0, 1),
    ("power three halves", lambda x: x**1.5, lambda x: x * mpmath.sqrt(x), 0.0, 1),
    ("power minus one third", lambda x: x ** (-1 / 3), lambda x: 1 / mpmath.cbrt(x), 0.0, 1),
    ("arcsin at 1", wl.arcsin, mpmath.asin, 1.0, -1),
    ("arcsin at -1", wl.arcsin, mpmath.asin, -1.0, 1),
    ("arccos at 1", wl.arccos, mpmath.acos, 1.0, -1),
    ("arccos at -1", wl.arccos, mpmath.acos, -1.0, 1),
    ("arccosh", wl.arccosh, mpmath.acosh, 1.0, 1),
    ("arctanh at 1", wl.arctanh, mpmath.atanh, 1.0, -1),
    ("arctanh at -1", wl.arctanh, mpmath.atanh, -1.0, 1),
    ("logit at 0", wl.logit, lambda x: mpmath.log(x / (1 - x)), 0.0, 1),
    ("logit at 1", wl.logit, lambda x: mpmath.log(x / (1 - x)), 1.0, -1),
]
# Where functions flatten: the value and the first derivative at infinity; all others are 0.
FAR = [
    ("sqrt", wl.sqrt, INF, INF, 0.0), ("log", wl.log, INF, INF, 0.0), ("cbrt", wl.cbrt, INF, INF, 0.0),
    ("cbrt of -inf", wl.cbrt, -INF, -INF, 0.0), ("arccosh", wl.arccosh, INF, INF, 0.0), ("reciprocal", wl.reciprocal, INF, 0.0, 0.0),
    ("tanh", wl.tanh, INF, 1.0, 0.0), ("tanh of -inf", wl.tanh, -INF, -1.0, 0.0),
    ("sigmoid", wl.sigmoid, INF, 1.0, 0.0), ("sigmoid of -inf", wl.sigmoid, -INF, 0.0, 0.0),
    ("softplus", wl.softplus, INF, INF, 1.0), ("softplus of -inf", wl.softplus, -INF, 0.0, 0.0),
    ("exp of -inf", wl.exp, -INF, 0.0, 0.0),
    ("silu", wl.silu, INF, INF, 1.0), ("silu of -inf", wl.silu, -INF, -0.0, 0.0), ("silu of -1e300", wl.silu, -1e300, -0.0, 0.0),
    ("gelu", wl.gelu, INF, INF, 1.0), ("gelu of -inf", wl.gelu, -INF, -0.0, 0.0), ("gelu of -1e300", wl.gelu, -1e300, -0.0, 0.0),
]


def derivatives(f, x, step):
    """f and its derivatives up to ORDERS, each from the one before."""
    found = [f(x)]
    for _ in range(ORDERS):
        found.append(step(found[-1]))
    return found


def limits(f, edge, side):
    """f and its derivatives at 1e-40 from the edge, where what grows without bound is beyond 1e9 and what vanishes below 1e-9."""
    with mpmath.workdps(400):
        found = [mpmath.diff(f, mpmath.mpf(edge) + side * NEAR, k, h=NEAR * mpmath.mpf(10) ** -30) for k in range(ORDERS + 1)]
        return [float(v) if abs(v) < 1e9 else INF * float(mpmath.sign(v)) for v in found]


@pytest.mark.parametrize("row", EDGES, ids=[row[0] for row in EDGES])
def test_derivatives_at_the_edge_are_the_limits_from_inside(row, symbol, value):
    _, f, reference, edge, side = row
    expected = limits(reference, edge, side)
    x = symbol("x")
    for step in (lambda y: grad(y, x), lambda y: jvp(y, x, 1.0)):
        found = derivatives(f, x, step)[1:]
        native = function([x], found)
        for got in ([value(d, x=edge) for d in found], native(edge)):
            np.testing.assert_allclose(got, expected[1:], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("row", FAR, ids=[row[0] for row in FAR])
def test_derivatives_at_infinity_are_the_limits(row, symbol, value):
    _, f, at, result, slope = row
    x = symbol("x")
    for step in (lambda y: grad(y, x), lambda y: jvp(y, x, 1.0)):
        found = derivatives(f, x, step)
        native = function([x], found)
        for got in ([value(d, x=at) for d in found], native(at)):
            assert list(got) == [result, slope, *[0.0] * (ORDERS - 1)]
            assert np.signbit(got[0]) == np.signbit(result)


def test_log_of_a_rounded_cancellation_still_rises(symbol, value):
    """-0.0 comes from products and roundings; an optimiser must not be sent the other way."""
    x = symbol("x")
    assert value(grad(wl.log(x * -1.0), x), x=0.0) == -INF  # log falls as x grows: the limit from the left
    assert value(grad(wl.sqrt(-x), x), x=0.0) == -INF


@pytest.mark.parametrize("order", range(2, ORDERS + 1))
def test_norms_at_the_origin_are_level_at_every_order(order, symbol, value):
    x = symbol("x")
    for f in (lambda x: wl.hypot(x, 0.0), lambda x: wl.hypot(x, 2 * x), lambda x: wl.arctan2(x, x), lambda x: wl.norm(wl.stack([x, x]))):
        found = derivatives(f, x, lambda y: grad(y, x))
        assert value(found[order], x=0.0) == 0.0


@pytest.mark.parametrize("at", [-1.0, -1 + 1e-9, -0.9, -1e-3, 0.0, 0.5, 1 - 1e-12, 1.0])
def test_one_minus_square_is_accurate_near_one(at):
    x = wl.as_node(at)
    got = function([], wl.ops.one_minus_square(x))()
    assert got == pytest.approx(float((1 - mpmath.mpf(at)) * (1 + mpmath.mpf(at))), rel=4e-16)
