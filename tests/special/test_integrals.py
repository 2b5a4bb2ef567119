"""The integrals and the Airy functions from SymPy and under SciPy's names: values, edges, single precision, high orders."""
from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import sympy

import wengert as wg

X = sympy.Symbol("integrals_x")
CLASSES = [
    sympy.Ei, sympy.E1, sympy.li, sympy.Li, sympy.Si, sympy.Ci, sympy.Shi, sympy.Chi, sympy.fresnels, sympy.fresnelc, sympy.airyai,
    sympy.airybi, sympy.airyaiprime, sympy.airybiprime,
]


@pytest.mark.parametrize("kind", CLASSES, ids=lambda kind: kind.__name__)
def test_sympy_means_its_own_value_and_derivative(kind: type) -> None:
    expr = kind(X)
    for at in (0.7, 2.5, 11.25):
        value, slope = wg.lambdify([X], expr, derivatives="gradient")(at)
        exact = [float(e.subs(X, sympy.Rational(at)).evalf(30)) for e in (expr, sympy.diff(expr, X))]
        np.testing.assert_allclose([value, float(np.ravel(slope)[0])], exact, rtol=1e-13)


@pytest.mark.parametrize("kind", [kind for kind in CLASSES if kind is not sympy.Li], ids=lambda kind: kind.__name__)
def test_to_sympy_brings_it_back(kind: type) -> None:
    assert wg.to_sympy(wg.from_sympy(kind(X))) == kind(X)


def test_the_slopes_of_fresnels_functions_come_back_as_sine_and_cosine() -> None:
    x = wg.symbol("integrals_x")
    assert wg.to_sympy(wg.grad(wg.special.fresnels(x), x)) == sympy.sin(sympy.pi * X**2 / 2)
    assert wg.to_sympy(wg.grad(wg.special.fresnelc(x), x)) == sympy.cos(sympy.pi * X**2 / 2)


EDGES = {  # at 0, inf, -inf and -1
    "exp1": (math.inf, 0, math.nan, math.nan), "expi": (-math.inf, math.inf, 0, -0.21938393439552029),
    "sinint": (0, math.pi / 2, -math.pi / 2, -0.9460830703671830), "cosint": (-math.inf, 0, math.nan, math.nan),
    "sinhint": (0, math.inf, -math.inf, -1.0572508753757285), "coshint": (-math.inf, math.inf, math.nan, math.nan),
    "logint": (0, math.inf, math.nan, math.nan), "fresnels": (0, 0.5, -0.5, -0.43825914739035477),
    "fresnelc": (0, 0.5, -0.5, -0.77989340037682283), "airyai": (0.35502805388781724, 0, 0, 0.53556088329235211),
    "airybi": (0.61492662744600073, math.inf, 0, 0.10399738949694461),
    "airyaiprime": (-0.25881940379280680, 0, math.nan, -0.010160567116645209),
    "airybiprime": (0.44828835735382636, math.inf, math.nan, 0.59237562642279235),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", EDGES)
def test_edges(name: str, dtype: str) -> None:
    x = wg.symbol("integrals_edges", (6,), dtype)
    y = getattr(wg.special, name)(x)
    at = np.array([0, math.inf, -math.inf, -1, math.nan, -0.0], dtype)
    for got in (wg.function([x], y)(at), wg.evaluate(wg.Graph("edges", [x], [y]), at)[0]):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, np.array([*EDGES[name], math.nan, EDGES[name][0]]), rtol=1e-14 if dtype == "float64" else 1e-7)


def test_scipys_tuples() -> None:
    x = wg.symbol("integrals_tuples", ("n",))
    at = np.array([0.3, 1.7, 6.5])
    for name in ("sici", "shichi", "fresnel", "airy"):
        parts = getattr(wg.special, name)(x)
        want = getattr(scipy.special, name)(at)
        assert len(parts) == len(want)
        for got, exact in zip(wg.function([x], list(parts))(at), want):
            np.testing.assert_allclose(got, exact, rtol=1e-12)
    below = wg.function([x], list(wg.special.sici(x) + wg.special.shichi(x)))(-at)
    np.testing.assert_allclose(below, [*scipy.special.sici(-at), *scipy.special.shichi(-at)], rtol=1e-12)


@pytest.mark.parametrize(("name", "exact"), [
    ("sinint", mp.si), ("sinhint", mp.shi), ("airyai", mp.airyai), ("airybiprime", lambda x: mp.airybi(x, derivative=1)),
    ("fresnelc", mp.fresnelc), ("exp1", mp.e1),
])
def test_derivatives_of_high_order(name: str, exact: object) -> None:
    """Order 5, around the places where a series ends, and at 0."""
    x = wg.symbol("integrals_high")
    y = getattr(wg.special, name)(x)
    for _ in range(5):
        y = wg.grad(y, x)
    f = wg.function([x], y)
    points = [0.0, 1e-3, 1.9, 1.999999, 2.0, 2.1, 7.0] if name != "exp1" else [0.5, 2.0]
    with mp.workdps(60):
        for at in points:
            assert abs(f(at) - mp.diff(exact, mp.mpf(at), 5)) <= 1e-11 * max(abs(f(at)), 0.1), (name, at)


def test_the_first_digits_of_a_wave_of_large_argument() -> None:
    """Ai and Bi at -10^12 and S at 10^15, where the angle is a difference of large numbers."""
    x = wg.symbol("integrals_wave")
    f = wg.function([x], [wg.special.airyai(x), wg.special.airybi(x), wg.special.fresnels(1e3 * x) - 0.5])
    with mp.workdps(60):
        for at in (-1e12, -3.3e11, -12345.678):
            exact = [mp.airyai(at), mp.airybi(at), mp.fresnels(mp.mpf(1e3 * at)) - mp.mpf("0.5")]
            scale = [(-at) ** -0.25, (-at) ** -0.25, 1]
            assert all(abs(g - e) <= 1e-13 * s for g, e, s in zip(f(at), exact, scale))
    assert all(map(math.isnan, f(-2e12)[:2])) and abs(f(-2e12)[2] + 1) < 1e-15


NU = sympy.Symbol("integrals_nu")


@pytest.mark.parametrize("order", [0, 1, 2, 7, 40, sympy.Rational(1, 3), -sympy.Rational(5, 4), NU, 2 - NU])
def test_the_exponential_integral_of_any_order_from_sympy(order: object) -> None:
    expr = sympy.expint(order, X)
    node = wg.from_sympy(expr)
    f = wg.lambdify([NU, X], expr, derivatives="gradient")
    for nu, at in ((0.75, 0.25), (-2.5, 1.5), (3, 30)):
        value, slopes = f(nu, at)
        n = sympy.Rational(order if isinstance(order, int) else sympy.sympify(order).subs(NU, sympy.Rational(nu)))
        with mp.workdps(60):
            order_at, h = mp.mpf(int(n.p)) / int(n.q), mp.mpf(10) ** -20
            exact = mp.expint(order_at, mp.mpf(at))
            by_order = (mp.expint(order_at + h, at) - mp.expint(order_at - h, at)) / (2 * h)
            chain = int(sympy.diff(order, NU))
            np.testing.assert_allclose(value, float(exact), rtol=1e-13)
            np.testing.assert_allclose(slopes, [chain * float(by_order), -float(mp.expint(order_at - 1, at))], rtol=1e-12)
    if order not in (0, sympy.Rational(1, 3), -sympy.Rational(5, 4)):
        assert wg.to_sympy(node) == expr
    assert wg.lambdify([NU, X], expr)(0.75, np.array([0.5, 2.0])).shape == (2,)


def test_the_exponential_integral_of_any_order_at_its_edges() -> None:
    nu, x = wg.symbol("integrals_orders", ("orders", 1)), wg.symbol("integrals_points", ("points",))
    orders, at = np.array([[2.0], [1.0], [0.5], [-1.5]]), np.array([0.0, math.inf, -1.0, math.nan, 800.0])
    y = wg.special.expn(nu, x)
    slope = wg.grad(wg.sum(y), nu)
    for got in (wg.function([nu, x], y)(orders, at), wg.evaluate(wg.Graph("edges", [nu, x], [y]), orders, at)[0]):
        np.testing.assert_array_equal(got, [[edge, 0, math.nan, math.nan, 0] for edge in (1, math.inf, math.inf, math.inf)])
    np.testing.assert_array_equal(wg.function([nu, x], slope)(orders[:1], at[:2])[0], [-1.0])
    assert math.isnan(wg.function([nu, x], y)(np.full((1, 1), math.nan), np.ones(1))[0, 0])
    for n in (2, 5, 33):
        got = wg.function([x], wg.special.expn(n, x))(at)
        np.testing.assert_array_equal(got, [1 / (n - 1), 0, math.nan, math.nan, 0])


@pytest.mark.parametrize("times", [2, 3])
def test_the_exponential_integral_has_high_derivatives(times: int) -> None:
    nu, x = wg.symbol("integrals_order"), wg.symbol("integrals_point")
    y = wg.special.expn(nu, x)
    z = wg.special.expn(2, x)
    for _ in range(times):
        y, z = wg.grad(y, nu), wg.grad(z, x)
    got = wg.function([nu, x], [y, z])(1.5, 0.75)
    with mp.workdps(60):
        exact = [mp.diff(lambda nu: mp.expint(nu, 0.75), 1.5, times), mp.diff(lambda x: mp.expint(2, x), 0.75, times)]
    np.testing.assert_allclose([float(v) for v in got], [float(v) for v in exact], rtol=1e-13)


@pytest.mark.parametrize("function", [
    lambda a, x: sympy.uppergamma(a, x), lambda a, x: sympy.lowergamma(a + 1, x), lambda a, x: sympy.expint(a, x),
])
def test_derivatives_by_the_parameter_as_sympy_writes_them(function: object) -> None:
    expr = function(NU, X)
    written = sympy.diff(expr, NU)
    assert written.has(sympy.meijerg)
    rate = sympy.diff(written, X)  # Meijer's function with other parameters
    f = wg.lambdify([NU, X], [written, rate])
    g = wg.lambdify([NU, X], expr, derivatives="hessian")
    for nu, at in ((0.75, 0.5), (-0.25, 3.5), (2.5, 1.125)):
        _, slopes, curves = g(nu, at)
        np.testing.assert_allclose(f(nu, at), [slopes[0], curves[0, 1]], rtol=1e-12)


def test_meijers_function_of_one_index_is_a_density() -> None:
    assert wg.to_sympy(wg.from_sympy(sympy.meijerg([], [1], [1, NU], [], X))) == X**NU * sympy.exp(-X)


def test_other_functions_of_meijers_are_refused() -> None:
    for indices in ([[], [1], [0, NU, 2], []], [[0], [1], [0, NU], []], [[], [2, 1], [0, 0, NU], []], [[], [1, 1, 1], [0, 0, 0, NU], []]):
        with pytest.raises(wg.ExpressionError, match="of Meijer's G functions only those in derivatives of uppergamma"):
            wg.from_sympy(sympy.meijerg(*indices, X))
