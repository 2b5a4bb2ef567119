"""Elliptic integrals, polynomials, spherical harmonics and hypergeometric functions of SymPy's, by their values and derivatives."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp

import wengert as wg
from wengert.ir.errors import ExpressionError

x, m, n, a, b, c = sp.symbols("x m n a b c")
t, p = sp.symbols("t p", real=True)
AT = {x: 0.3, m: 0.4, n: 3.5, a: 1.2, b: 1.7, c: 2.9}
UNEVALUATED = [f(6, x, evaluate=False) for f in (sp.legendre, sp.chebyshevt, sp.chebyshevu, sp.hermite)]
EXPRESSIONS = [
    sp.elliptic_k(m), sp.elliptic_e(m), sp.elliptic_e(x, m), sp.elliptic_f(x, m), sp.elliptic_pi(x, m), sp.elliptic_pi(a / 4, x, m),
    sp.legendre(n, x), sp.chebyshevt(n, x), sp.chebyshevt(n, 1 + x), sp.chebyshevu(n, x), sp.gegenbauer(n, a, x), sp.jacobi(n, a, b, x),
    sp.hyper([a, b], [c], x), sp.hyper([], [b], x), sp.hyper([a], [], x), sp.hyper([], [], x), sp.hyper([a], [b], x),
    sp.hyper([a], [b], -9 * x), sp.hyper([-3, a, b], [c, m], x), sp.hyper([-4, a], [-6], x), sp.hyper([-2, b], [], x), *UNEVALUATED,
    sp.gegenbauer(4, a, x, evaluate=False), sp.jacobi(3, a, b, x, evaluate=False),
]


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_values_and_gradients(expr):
    symbols = sorted(expr.free_symbols, key=str)
    at = [AT[s] for s in symbols]
    value, gradient = wg.lambdify(symbols, expr, derivatives="gradient")(*at)
    exact = sp.lambdify(symbols, expr, "mpmath")
    with mp.workdps(40):
        point = tuple(map(mpmath.mpf, at))
        assert abs(mpmath.mpf(value) / exact(*point) - 1) < 1e-13
        for k, found in enumerate(gradient):
            true = mp.diff(exact, point, tuple(int(i == k) for i in range(len(at))))
            assert abs(mpmath.mpf(float(found)) / true - 1) < 1e-10, symbols[k]


def test_laguerre_and_the_probabilists_hermite():
    f = wg.lambdify([n, a, x], [sp.laguerre(n, x), sp.assoc_laguerre(n, a, x), sp.laguerre(5, x, evaluate=False),
                                sp.assoc_laguerre(5, a, x, evaluate=False), sp.hermite_prob(5, x, evaluate=False)])
    with mp.workdps(30):
        exact = [mp.laguerre(3.5, 0, 0.3), mp.laguerre(3.5, 1.2, 0.3), mp.laguerre(5, 0, 0.3), mp.laguerre(5, 1.2, 0.3),
                 mp.mpf(2) ** -2.5 * mp.hermite(5, 0.3 / mp.sqrt(2))]
    np.testing.assert_allclose(f(3.5, 1.2, 0.3), np.array(exact, float), rtol=1e-13)


@pytest.mark.parametrize("degree", [0, 1, 3, 6])
def test_associated_functions_and_spherical_harmonics(degree):
    angles = (0.7, 0.4)
    for order in range(-degree, degree + 1):
        f = wg.lambdify([x], sp.assoc_legendre(degree, order, x, evaluate=False))
        assert f(0.3) == pytest.approx(float(sp.assoc_legendre(degree, order, x).subs(x, sp.Rational(3, 10))), rel=1e-12)
        symbol = sp.Ynm(degree, order, t, p)
        harmonic = complex(symbol.expand(func=True).subs({t: angles[0], p: angles[1]}).evalf())
        assert wg.lambdify([t, p], symbol, dtype="complex128")(*angles) == pytest.approx(harmonic, rel=1e-12)
        real, slopes = wg.lambdify([t, p], [sp.re(symbol), sp.im(symbol)], derivatives="jacobian")(*angles)
        np.testing.assert_allclose(real, [harmonic.real, harmonic.imag], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(slopes[:, 1], [-order * harmonic.imag, order * harmonic.real], rtol=1e-12, atol=1e-14)


def test_what_is_real_as_a_whole_is_taken():
    value, slope = wg.lambdify([x], sp.Abs(sp.exp(sp.I * x) + x), derivatives="gradient")(0.7)
    assert value == pytest.approx(abs(np.exp(0.7j) + 0.7)) and np.isfinite(slope).all()
    assert wg.lambdify([x], sp.im(sp.exp(sp.I * x)) + x)(0.5) == pytest.approx(np.sin(0.5) + 0.5)


@pytest.mark.parametrize(("expr", "said"), [
    (sp.I * x, "it is complex"), (sp.Ynm(2, 1, t, p) + x, "it is complex"), (sp.hermite(n, x), "fixed whole number"),
    (sp.assoc_legendre(n, 1, x), "fixed whole numbers"), (sp.re(sp.Ynm(n, 1, t, p)), "fixed whole numbers"),
    (sp.hyper([a, b, c], [n], x), "3F1 is supported only where an upper parameter is a whole number from -1000 to 0; try hyperexpand"),
    (sp.hyper([-3, a], [-2], x), "it is infinite, since its lower parameter is -2"),
    (sp.hyper([a], [0], x), "it is infinite, since its lower parameter is 0"),
    (sp.hyper([-2000, a, b], [c], x), "its degree must be at most 1000, got 2000"),
    (x + sp.meijerg([[a], []], [[b], []], x), "of Meijer's G functions only those in derivatives of uppergamma"),
    (sp.legendre(5000, x, evaluate=False), "from 0 to 1000"),
])
def test_what_is_refused(expr, said):
    with pytest.raises(ExpressionError, match=said):
        wg.lambdify([x, m, n, a, b, c, t, p], expr)


def test_a_constant_that_has_no_row_is_evaluated():
    three = sp.hyper([a, b, c], [n, m], x).subs(AT)
    assert wg.lambdify([x], x + three)(1.0) == pytest.approx(1 + float(three.evalf(30)), rel=1e-15)


def test_back_to_sympy():
    y = wg.from_sympy(sp.elliptic_f(x, m) * sp.legendre(n, x) + sp.hyper([], [b], x))
    assert wg.to_sympy(y).free_symbols == {x, m, n, b}
    assert wg.to_sympy(wg.from_sympy(sp.hyper([a], [b], x))) == sp.hyper([a], [b], x)


@pytest.mark.parametrize(
    "expr", [sp.hyper([a], [b], x), sp.hyper([a, 2 * b], [c], x), sp.hyper([], [b], x), sp.hyper([b], [b + a], x)], ids=str)
def test_derivatives_by_parameters_go_back_to_sympy(expr):
    given = sorted(expr.free_symbols, key=str)
    at = [AT[symbol] for symbol in given]
    slope = sp.Derivative(expr, b)
    back = wg.to_sympy(wg.from_sympy(slope))
    assert back.free_symbols <= set(given)
    assert wg.lambdify(given, back)(*at) == pytest.approx(wg.lambdify(given, slope)(*at), rel=1e-13)
