"""Complex numbers: values and derivatives against mpmath, branch cuts as NumPy has them, layouts, and what is refused."""

import pickle

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp

import wengert as wg
from wengert.ir.errors import ArgumentError, DTypeError, ExpressionError

z, w = sp.symbols("z w")
t = sp.Symbol("t", real=True)
FUNCTIONS = [
    sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh, sp.asin, sp.acos, sp.atan, sp.asinh, sp.acosh, sp.atanh, sp.sec,
    sp.csc, sp.cot, sp.sech, sp.csch, sp.coth, sp.asec, sp.acsc, sp.acot, sp.asech, sp.acsch, sp.acoth, sp.sqrt, sp.cbrt,
]
EXPRESSIONS = [f(z) for f in FUNCTIONS] + [
    z**5, z**-3, 1 / z, z**sp.Rational(3, 2), z**-sp.Rational(1, 2), z**sp.pi, sp.I**z, 2**z, (z**2 + 1) / (z - 3), sp.exp(sp.I * z) / z,
    sp.log(z, 3), (1 + 2 * sp.I) * z, z * sp.log(z) - sp.I, sp.Piecewise((z**2, sp.Eq(z, 1)), (sp.sin(z), True)),
]


def lambdified(*args, **options):
    return wg.lambdify(*args, dtype="complex128", **options)


def points(count: int) -> np.ndarray:
    random = np.random.default_rng(0)
    return (random.normal(size=count) + 1j * random.normal(size=count)) * 10 ** random.uniform(-2, 0.8, count)


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_values_and_derivatives(expr):
    f = lambdified([z], expr, derivatives="gradient")
    exact, slope = sp.lambdify([z], expr, "mpmath"), sp.lambdify([z], sp.diff(expr, z), "mpmath")
    with mp.workdps(50):
        for at in points(40):
            value, gradient = f(at)
            for found, true in ((value, exact(mpmath.mpc(at))), (gradient[0], slope(mpmath.mpc(at)))):
                assert abs(mpmath.mpc(complex(found)) - true) <= 1e-12 * abs(true), f"{expr} at {at}: {found}, true {mp.nstr(true, 20)}"


CUTS = [(sp.sqrt, np.sqrt), (sp.log, np.log), (sp.asin, np.arcsin), (sp.acos, np.arccos), (sp.asinh, np.arcsinh), (sp.acosh, np.arccosh)]


@pytest.mark.parametrize(("function", "numpy"), CUTS, ids=lambda f: getattr(f, "__name__", ""))
def test_branch_cuts_are_numpys(function, numpy):
    f = lambdified([z], function(z))
    for at in (complex(-4.0, 0.0), complex(-4.0, -0.0), complex(4.0, 0.0), complex(4.0, -0.0), 4j, complex(-0.0, 4.0), complex(0.0, -4.0)):
        found, true = f(at), complex(numpy(at))
        assert found == pytest.approx(true, rel=1e-14), at
        assert np.copysign(1, found.imag) == np.copysign(1, true.imag), at


def test_large_and_small_numbers_neither_overflow_nor_vanish():
    f = lambdified([z, w], [z / w, sp.sqrt(z), sp.log(z), sp.Abs(z), sp.tanh(z)])
    for a, b in ((1e300 + 1e300j, 1e300 - 1e300j), (1e-300 + 1e-300j, 2e-300 + 0j), (3e200 + 4e200j, 1j)):
        quotient, root, logarithm, size, hyperbolic = f(a, b)
        with mp.workdps(40):
            x, y = mpmath.mpc(a), mpmath.mpc(b)
            for found, true in ((quotient, x / y), (root, mp.sqrt(x)), (logarithm, mp.log(x)), (size, abs(x))):
                assert abs(mpmath.mpc(complex(found)) - true) <= 1e-14 * abs(true)
        assert np.isfinite(hyperbolic)


def test_real_symbols_stay_real():
    f = lambdified([t], [sp.exp(sp.I * t), sp.erf(t)])
    assert f(0.5)[0] == pytest.approx(np.exp(0.5j))
    assert isinstance(lambdified([t], sp.sin(t) * t)(2.0), float)
    value, slope = lambdified([t], sp.Abs(sp.exp(sp.I * t) + sp.I * t**2), derivatives="gradient")(0.7)
    step = 1e-6
    modulus = lambda x: abs(np.exp(1j * x) + 1j * x**2)  # noqa: E731
    assert value == pytest.approx(modulus(0.7), rel=1e-14)
    assert complex(slope[0]) == pytest.approx((modulus(0.7 + step) - modulus(0.7 - step)) / (2 * step), rel=1e-8)


def test_second_derivatives_and_wrt():
    value, gradient, hessian = lambdified([z, w], sp.exp(z * w), derivatives="hessian")(1j, 2.0 + 1j)
    a, b, e = 1j, 2.0 + 1j, np.exp(1j * (2 + 1j))
    np.testing.assert_allclose(value, e)
    np.testing.assert_allclose(gradient, [b * e, a * e])
    np.testing.assert_allclose(hessian, [[b * b * e, (1 + a * b) * e], [(1 + a * b) * e, a * a * e]])
    _, only = lambdified([z, w], [z * w, z + sp.I * w], derivatives="jacobian", wrt=[w])(1j, 2.0)
    np.testing.assert_allclose(only, [[1j], [1j]])


def test_nested_arguments_and_results():
    f = lambdified([[z, w], t], {"a": sp.Matrix([[z * t, w], [1, sp.I]]), "b": [z + w, t]})
    found = f([1j, 2], 3.0)
    np.testing.assert_array_equal(found["a"], [[3j, 2], [1, 1j]])
    np.testing.assert_array_equal(found["b"], [2 + 1j, 3])
    again = pickle.loads(pickle.dumps(f))
    np.testing.assert_array_equal(again([1j, 2], 3.0)["a"], found["a"])


def test_many_points():
    f = lambdified([z, t], sp.exp(sp.I * z * t), derivatives="gradient")
    at, times = points(50)[:, None], np.linspace(0, 1, 7)
    value, gradient = f(at, times)
    assert value.shape == (50, 7) and gradient.shape == (2, 50, 7)
    np.testing.assert_allclose(value, np.exp(1j * at * times), rtol=1e-13)
    np.testing.assert_allclose(gradient[0], 1j * times * np.exp(1j * at * times), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(f(1j, times)[0], np.exp(-times))


def test_zero_and_its_powers():
    f = lambdified([z, w], [z**w, sp.sqrt(z), sp.sign(z)])
    np.testing.assert_array_equal(f(0, 2.5), [0, 0, 0])
    np.testing.assert_array_equal(f(0, 0)[0], 1)


@pytest.mark.parametrize(("expr", "said"), [
    (sp.Abs(z), "Abs has no complex derivative"), (z * sp.conjugate(w), "conjugate has no complex derivative"),
    (sp.re(z) + w, "re has no complex derivative"), (sp.gamma(z), "gamma"), (sp.Max(z, w), "Max"),
    (sp.Piecewise((z, z < w), (w, True)), "real numbers"), (sp.Function("g")(z), "g"), (sp.Symbol("q") + z, "not among the arguments"),
])
def test_what_has_no_meaning_is_refused(expr, said):
    with pytest.raises(ExpressionError, match=said):
        lambdified([z, w], expr, derivatives="gradient")


def test_bad_arguments():
    f = lambdified([z, [w]], z * w)
    with pytest.raises(DTypeError, match="argument z: expected complex numbers, got str"):
        f("a", [1])
    with pytest.raises(ArgumentError, match="missing argument"):
        f(1j)
    with pytest.raises(ArgumentError, match="unknown argument 'q'"):
        f(1j, [1], q=2)
    with pytest.raises(ArgumentError, match="expected an array of 1 axes"):
        f(1j, 2.0)
    with pytest.raises(ExpressionError, match="dtype must be"):
        wg.lambdify([z], z, dtype="complex64")
    with pytest.raises(ExpressionError, match="sparse"):
        lambdified([z], z, derivatives="jacobian", sparse=True)
    with pytest.raises(ExpressionError, match="list its elements"):
        lambdified([sp.MatrixSymbol("M", 2, 2)], sp.I)
