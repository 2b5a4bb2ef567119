"""Integrals over fixed nodes: closed forms by both rules, arrays of limits and parameters, and derivatives."""
from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.special

import wengert as wg
from wengert.ir.errors import ExpressionError, ShapeError
from wengert.ir.library.quadrature import integrate

X = np.array([0.5, 1.0, 1.7, 2.0, 4.0])
INF = math.inf
CASES = {
    "a power times a logarithm": (lambda x: integrate(lambda t, x: wg.exp((x - 1) * wg.log(t)) * wg.log(t), 0.0, 1.0, x), -1 / X**2),
    "singular at an upper end of 0": (lambda x: integrate(lambda t, x: (-t) ** (x - 1), -1.0, 0.0, x), 1 / X),
    "to infinity": (lambda x: integrate(lambda t, x: wg.exp(-x * t) * wg.log(t), 0.0, INF, x), -(np.euler_gamma + np.log(X)) / X),
    "to infinity, scaled": (lambda x: integrate(lambda t, x: wg.exp(-x * t), 0.0, INF, x, scale=1 / x), 1 / X),
    "decaying": (lambda x: integrate(lambda t, x: wg.exp(-x * t * t), 0.0, INF, x, rule="decaying"), np.sqrt(np.pi / X) / 2),
    "from minus infinity": (lambda x: integrate(lambda t, x: wg.exp(x * t), -INF, x, x), np.exp(X * X) / X),
    "over all reals": (lambda x: integrate(lambda t, x: 1 / (x + t * t), -INF, INF, x), np.pi / np.sqrt(X)),
    "falling steeply": (lambda x: integrate(lambda t, x: wg.exp(-x * wg.exp(t)), 0.0, wg.log(60 / x), x, rule="steep", points=192),
                        scipy.special.exp1(X)),
    "by the trapezoidal rule": (lambda x: integrate(lambda t, x: wg.exp(-x * wg.cosh(t)), 0.0, wg.log(90 / x), x, rule="trapezoid"),
                                scipy.special.kv(0, X)),
    "by Gauss and Legendre": (lambda x: integrate(lambda t, x: wg.cos(t * x), 0.0, x, x, rule="legendre"), np.sin(X * X) / X),
}


@pytest.mark.parametrize("case", CASES)
def test_closed_forms(case: str) -> None:
    x = wg.symbol("integral_parameter", ("n",))
    build, want = CASES[case]
    np.testing.assert_allclose(wg.function([x], build(x))(X), want, rtol=1e-12)


def test_limits_parameters_and_scales_are_broadcast_together() -> None:
    a, b = wg.symbol("integral_from", (3, 1)), wg.symbol("integral_to", ("m",))
    y = integrate(lambda t, p: p * t * t, a, b, 3.0, rule="legendre", points=2)
    A, B = np.array([[0.0], [1.0], [-2.0]]), np.array([1.0, 5.0])
    np.testing.assert_allclose(wg.function([a, b], y)(A, B), B**3 - A**3, rtol=1e-14)
    assert y.type.shape == (3, "m") or str(y.type) == "f64[3,m]"
    with pytest.raises(ShapeError, match="integrate: shapes"):
        integrate(lambda t: t, wg.symbol("integral_two", (2,)), wg.symbol("integral_three", (3,)))


def test_derivatives_by_limits_and_parameters() -> None:
    a, b, p = (wg.symbol(f"integral_{name}") for name in "abp")
    y = integrate(lambda t, p: wg.exp(-p * t * t), a, b, p)
    value, slope = wg.function([a, b, p], [y, wg.grad(y, [a, b, p])])(0.2, 1.5, 0.7)
    erf = lambda t: math.sqrt(math.pi / 0.7) / 2 * scipy.special.erf(math.sqrt(0.7) * t)  # noqa: E731
    assert abs(value - (erf(1.5) - erf(0.2))) < 1e-14
    by_p = sum(s * (t * math.exp(-0.7 * t * t) - erf(t)) / 1.4 for s, t in ((1, 1.5), (-1, 0.2)))
    np.testing.assert_allclose(slope, [-math.exp(-0.7 * 0.04), math.exp(-0.7 * 2.25), by_p], rtol=1e-12)


def test_the_type_is_that_of_the_operands() -> None:
    x = wg.symbol("integral_single", ("k",), "float32")
    y = integrate(lambda t, x: wg.exp(-x * t), 0.0, INF, x)
    assert str(y.type) == "f32[k]"
    np.testing.assert_allclose(wg.function([x], y)(X.astype("float32")), 1 / X, rtol=1e-5)


@pytest.mark.parametrize(("rule", "upper"), [("simpson", 1.0), ("legendre", INF), ("decaying", 1.0)])
def test_a_rule_that_is_not_there(rule: str, upper: float) -> None:
    known = "'exponential', 'decaying' to one infinite limit, or 'legendre', 'trapezoid' or 'steep' between finite ones"
    message = f"integrate: the rule must be {known}, got {rule!r}"
    with pytest.raises(ExpressionError, match=message):
        integrate(lambda t: t, 0.0, upper, rule=rule)
