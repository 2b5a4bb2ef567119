"""The Bessel functions from SymPy and under SciPy's names: values, edges, single precision, high orders, and what is refused."""
from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
import scipy.special
import sympy

import wengert as wg
from wengert.ir.errors import ExpressionError
from wengert.ir.node import postorder

X, NU, T = sympy.symbols("bessel_x bessel_nu bessel_t")
ORDER = sympy.Rational(7, 3)
FAMILIES = [sympy.besselj, sympy.bessely, sympy.besseli, sympy.besselk]
EXPRESSIONS = [
    *(family(order, X) for family in FAMILIES for order in (0, 1, 4, -3, ORDER, -ORDER, 40)),
    *(family(order, X) for family in (sympy.jn, sympy.yn) for order in (0, 1, 5, -1, -4, sympy.Rational(1, 3), 40)),
]



@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_sympy_means_its_own_value_and_derivative(expr: sympy.Expr) -> None:
    f = wg.lambdify([X], expr, derivatives="gradient")
    ordinary = expr
    if isinstance(expr, (sympy.jn, sympy.yn)):
        family = sympy.besselj if isinstance(expr, sympy.jn) else sympy.bessely
        ordinary = sympy.sqrt(sympy.pi / 2 / X) * family(expr.args[0] + sympy.S.Half, X)
    function = sympy.lambdify([X], ordinary, "mpmath")
    for at in (0.7, 3.5, 23.25):
        value, slope = f(at)
        with mp.workdps(40):
            want = [float(function(mp.mpf(at))), float(mp.diff(function, mp.mpf(at)))]
        np.testing.assert_allclose([value, float(np.ravel(slope)[0])], want, rtol=2e-13)


def test_the_order_may_be_a_variable() -> None:
    """Value, gradient and Hessian of J by order and argument together."""
    f = wg.lambdify([NU, X], sympy.besselj(NU, X), derivatives="hessian")
    for at in ((1.3, 2.0), (-2.7, 5.5), (12.0, 11.0), (0.0, 30.0)):
        value, gradient, hessian = f(*at)
        with mp.workdps(60):
            def want(i: int, j: int, at: tuple[float, float] = at) -> float:
                return float(mp.diff(mp.besselj, tuple(map(mp.mpf, at)), (i, j)))
            np.testing.assert_allclose(value, want(0, 0), rtol=1e-13)
            np.testing.assert_allclose(gradient, [want(1, 0), want(0, 1)], rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(hessian, [[want(2, 0), want(1, 1)], [want(1, 1), want(0, 2)]], rtol=1e-11, atol=1e-13)


def test_sympys_derivative_by_the_order() -> None:
    expr = sympy.Derivative(sympy.besselk(NU, X), NU)
    got = wg.lambdify([NU, X], expr)(1.5, 2.0)
    with mp.workdps(40):
        np.testing.assert_allclose(got, float(mp.diff(lambda nu: mp.besselk(nu, 2), 1.5)), rtol=1e-13)


def test_a_fixed_integer_order_has_vector_code() -> None:
    rows = lambda node: {n.op.name for n in postorder([node])}  # noqa: E731
    x, nu = wg.symbol("bessel_x"), wg.symbol("bessel_nu")
    assert "besselj" in rows(wg.from_sympy(sympy.besselj(2, X))) and "jv" in rows(wg.from_sympy(sympy.besselj(33, X)))
    assert "besselk" in rows(wg.special.kv(-2.0, x)) and "kv" in rows(wg.special.kv(0.5, x)) and "kv" in rows(wg.special.kv(nu, x))
    assert rows(wg.grad(wg.special.jv(3, x), x)) >= {"besselj"} and "jv" not in rows(wg.grad(wg.special.jv(3, x), x))


@pytest.mark.parametrize("expr", [
    sympy.besselj(2, X), sympy.bessely(0, X), sympy.besseli(3, X), sympy.besselk(1, X), sympy.jn(2, X), sympy.yn(1, X),
    sympy.besselj(NU, X), sympy.besselk(NU + 1, X),
], ids=str)
def test_to_sympy_brings_it_back(expr: sympy.Expr) -> None:
    assert wg.to_sympy(wg.from_sympy(expr)) == expr


def test_to_sympy_names_derivatives_by_the_order() -> None:
    nu = wg.symbol("bessel_nu")
    slope = wg.grad(wg.from_sympy(sympy.besselj(NU, X)), nu)
    assert wg.to_sympy(slope) == sympy.Derivative(sympy.besselj(NU, X), NU)
    inner = wg.to_sympy(wg.grad(wg.from_sympy(sympy.besselj(2 * NU, X)), nu))
    assert inner.has(sympy.Subs) and inner.has(sympy.Derivative)


EDGES = {  # at 0, inf, -2 and nan: of order 0, 1, 2 and 5/2
    "jv": ((1, 0, 0.22389077914123567), (0, 0, -0.57672480775687339), (0, 0, 0.35283402861563772), (0, 0, math.nan)),
    "yv": ((-math.inf, 0, math.nan),) * 4,
    "iv": ((1, math.inf, 2.2795853023360673), (0, math.inf, -1.5906368546373291), (0, math.inf, 0.68894844769873820),
           (0, math.inf, math.nan)),
    "kv": ((math.inf, 0, math.nan),) * 4,
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", EDGES)
def test_edges(name: str, dtype: str) -> None:
    x = wg.symbol("bessel_edges", (4,), dtype)
    at = np.array([0, math.inf, -2, math.nan], dtype)
    for order, want in zip((0, 1, 2, 2.5), EDGES[name]):
        y = getattr(wg.special, name)(order, x)
        for got in (wg.function([x], y)(at), wg.evaluate(wg.Graph("edges", [x], [y]), at)[0]):
            assert got.dtype == dtype
            np.testing.assert_allclose(got, [*want, math.nan], rtol=1e-14 if dtype == "float64" else 1e-6)


@pytest.mark.parametrize("order", [0, 2, 2.5, 40.5, -0.25])
def test_k_is_not_0_before_it_underflows(order: float) -> None:
    at = np.array([690, 697.5, 698, 700, 705, 707.75, 720, 760, 1e4])
    x = wg.symbol("bessel_k_far", (len(at),))
    y = wg.special.kv(order, x)
    outputs = [y, wg.grad(np.sum(y), x)]
    want = [[float(mp.besselk(order, v)) for v in at],
            [float(-(mp.besselk(order - 1, v) + mp.besselk(order + 1, v)) / 2) for v in at]]
    for got in (wg.function([x], outputs)(at), wg.evaluate(wg.Graph("far", [x], outputs), at)):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-321)
    f = wg.lambdify([NU, X], sympy.besselk(NU, X))
    np.testing.assert_allclose([f(order, v) for v in at], want[0], rtol=1e-12, atol=1e-321)


def test_k_far_out_is_finite_for_orders_as_large() -> None:
    nu, x = wg.symbol("bessel_k_wide_nu", (2,)), wg.symbol("bessel_k_wide", (2,))
    y = wg.special.kv(nu, x)
    at = np.array([4000.5, 3000.5]), np.array([5000.0, 5000.0])
    for got in (wg.function([nu, x], y)(*at), wg.evaluate(wg.Graph("wide", [nu, x], [y]), *at)[0]):
        np.testing.assert_array_equal(got, [0, 0])


def test_edges_of_the_order() -> None:
    nu, x = wg.symbol("bessel_nu_edges", (6,)), wg.symbol("bessel_x_edges", (6,))
    orders, at = np.array([math.nan, math.inf, 1e300, 0.5, 2.0**25, 3.0]), np.array([1.0, 1.0, 1.0, math.nan, 2.0, math.inf])
    for name in ("jv", "yv", "iv", "kv"):
        got = wg.function([nu, x], getattr(wg.special, name)(nu, x))(orders, at)
        np.testing.assert_array_equal(got[:5], np.full(5, math.nan))
        assert got[5] == (math.inf if name == "iv" else 0)


def test_spherical_edges() -> None:
    x = wg.symbol("bessel_spherical", (4,))
    at = np.array([0, math.inf, -1.5, math.nan])
    for n in range(4):
        j, y = wg.function([x], [wg.special.spherical_jn(n, x), wg.special.spherical_yn(n, x)])(at)
        sign = (-1) ** n
        np.testing.assert_allclose(j, [n == 0, 0, sign * scipy.special.spherical_jn(n, 1.5), math.nan], rtol=1e-14)
        np.testing.assert_allclose(y, [-math.inf, 0, -sign * scipy.special.spherical_yn(n, 1.5), math.nan], rtol=1e-14)


def test_scipys_names() -> None:
    x = wg.symbol("bessel_names", ("n",))
    at = np.array([0.3, 1.7, 6.5, 30.0])
    for name in ("j0", "j1", "y0", "y1", "i0", "i1", "k0", "k1"):
        np.testing.assert_allclose(wg.function([x], getattr(wg.special, name)(x))(at), getattr(scipy.special, name)(at), rtol=1e-13)
    for name in ("jn", "yn", "kn"):
        np.testing.assert_allclose(wg.function([x], getattr(wg.special, name)(3, x))(at), getattr(scipy.special, name)(3, at), rtol=1e-13)
    np.testing.assert_allclose(wg.function([x], scipy.special.jv(0.25, x))(at), scipy.special.jv(0.25, at), rtol=1e-14)
    slope = wg.function([x], wg.special.spherical_jn(2, x, derivative=True))(at)
    np.testing.assert_allclose(slope, scipy.special.spherical_jn(2, at, derivative=True), rtol=1e-12)


def test_the_parts_of_hankels_functions() -> None:
    """Real and imaginary parts, absolute values and angles of complex expressions of a real x."""
    cases = [
        (sympy.re(sympy.hankel1(2, X)), mp.besselj, 2), (sympy.im(sympy.hankel1(ORDER, X)), mp.bessely, mp.mpf(7) / 3),
        (-sympy.im(sympy.hankel2(1, X)), mp.bessely, 1), (sympy.re(sympy.hankel2(0, X)), mp.besselj, 0),
    ]
    for expr, function, order in cases:
        np.testing.assert_allclose(wg.lambdify([X], expr)(2.5), float(function(order, 2.5)), rtol=1e-13)
    wave = sympy.hankel1(1, X) * sympy.exp(sympy.I * T)
    value = complex(mp.hankel1(1, 2.5) * mp.expj(0.4))
    real, imaginary, size, angle = wg.lambdify([X, T], [sympy.re(wave), sympy.im(wave), sympy.Abs(wave), sympy.arg(wave)])(2.5, 0.4)
    assert abs(real + 1j * imaginary - value) < 1e-14 and abs(size - abs(value)) < 1e-14
    assert abs(angle - math.atan2(value.imag, value.real)) < 1e-14
    x = sympy.Symbol("bessel_x", real=True)
    got = wg.lambdify([x], sympy.hankel1(1, x) + sympy.hn2(2, x), dtype="complex128")(2.5)
    want = mp.hankel1(1, 2.5) + mp.sqrt(mp.pi / 5) * mp.hankel2(2.5, 2.5)
    assert abs(got - complex(want)) < 1e-14


@pytest.mark.parametrize(("build", "message"), [
    (lambda: wg.lambdify([X], sympy.hankel1(0, X)), r"hankel1\(0, bessel_x\): its value is complex; take re\(...\) or im\(...\) of it"),
    (lambda: wg.lambdify([X], sympy.hn2(0, X)), r"hn2\(0, bessel_x\): its value is complex"),
    (lambda: wg.special.hankel2(0, wg.symbol("bessel_x")), r"hankel2: the value is complex; its real part is jv\(v, z\)"),
    (lambda: wg.special.spherical_jn(-1, wg.symbol("bessel_x")), "spherical_jn: the order must not be negative, got -1"),
])
def test_what_is_refused(build: object, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        build()


def test_derivatives_of_high_order() -> None:
    x = wg.symbol("bessel_high")
    for name, order, function in (("jv", 1, mp.besselj), ("kv", 0, mp.besselk), ("iv", 2.5, mp.besseli)):
        y = getattr(wg.special, name)(order, x)
        for _ in range(4):
            y = wg.grad(y, x)
        with mp.workdps(50):
            want = float(mp.diff(lambda t, f=function, n=order: f(n, t), mp.mpf("2.25"), 4))
        np.testing.assert_allclose(wg.function([x], y)(2.25), want, rtol=1e-13)


def test_the_derivative_by_the_order_where_x_vanishes() -> None:
    nu, x = wg.symbol("bessel_zero_nu"), wg.symbol("bessel_zero_x")
    for name in ("jv", "iv"):
        f = wg.function([nu, x], wg.grad(getattr(wg.special, name)(nu, x), nu))
        assert f(1.5, 0.0) == 0 and math.isnan(f(-0.5, 0.0)) and math.isnan(f(1.0, -1.0))
