"""Integrals left undone: values and derivatives by parameters and limits against mpmath, jumps and bends, what does not converge."""
import mpmath
import numpy as np
import pytest
import sympy

import wengert as wg
from wengert.compiler.frontend.sympy import lambdify
from wengert.ir import ops
from wengert.ir.errors import ExpressionError, GraphError, ShapeError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.types import Type

a, b, t, u = sympy.symbols("a b t u")
A, B = 1.3, 1.7
I = sympy.Integral  # noqa: E741
oo, exp, sin, cos, log, sqrt = sympy.oo, sympy.exp, sympy.sin, sympy.cos, sympy.log, sympy.sqrt

SMOOTH = [
    (exp(-a * t**2), 0, b), (exp(-a * t**2), -oo, oo), (t ** (b - 1) * exp(-a * t), 0, oo), (1 / (1 + a * t**2), -oo, b),
    (sin(a * t) / t, 0, b), (cos(a * t) / sqrt(t), 0, b), (a * log(t), 0, b), (sqrt(a + t**3), a, b), (1 / (t**4 + a), -oo, oo),
    (exp(-a * t) / sqrt(t), 0, oo), (a * b, 0, 2), (a, 0, b), (a * cos(20 * t), 0, b), (a / (1 + 9 * t**2), -b, b),
    (t * exp(-(t**2) / 2) * sin(a * t), 0, oo), (exp(a * cos(t)), 0, sympy.pi), (exp(-a * t), b, 1), (exp(a * t), -oo, b),
    (sympy.atan(a * t) / (t * (1 + t**2)), 0, oo), (t**a * (1 - t) ** b, 0, 1), (log(1 + a * t) / (1 + t**2), 0, b),
]


def quadrature(f, low, high):
    """The integral at 25 digits."""
    with mpmath.workdps(25):
        at = mpmath.mpf(A), mpmath.mpf(B)
        F, ends = sympy.lambdify([t, a, b], f, "mpmath"), [sympy.lambdify([a, b], limit, "mpmath")(*at) for limit in (low, high)]
        return mpmath.quad(lambda x: F(x, *at), ends) if f != 0 else mpmath.mpf(0)


def reference(f, low, high, by):
    """Its derivative by a parameter, from Leibniz's rule."""
    total = quadrature(sympy.diff(f, by), low, high)
    for limit, sign in ((low, -1), (high, 1)):
        slope = sympy.diff(limit, by)
        if slope != 0:
            total += sign * mpmath.mpf(sympy.N((slope * f).subs(t, limit).subs({a: sympy.Float(A, 30), b: sympy.Float(B, 30)}), 25))
    return total


@pytest.mark.parametrize(("f", "low", "high"), SMOOTH, ids=[f"{f} {low} {high}" for f, low, high in SMOOTH])
def test_value_and_gradient(f, low, high):
    call = lambdify([a, b], I(f, (t, low, high)), "gradient")
    value, gradient = call(A, B)
    assert value == pytest.approx(float(quadrature(f, low, high)), rel=1e-13)
    for got, by in zip(gradient, (a, b)):
        assert got == pytest.approx(float(reference(f, low, high, by)), rel=1e-12, abs=1e-14)
    interpreted = evaluate(call._graph, A, B)
    np.testing.assert_allclose(interpreted[0], value, rtol=1e-13)
    np.testing.assert_allclose(interpreted[1], gradient, rtol=1e-12, atol=1e-14)


def test_leibniz_by_a_limit_is_the_integrand():
    """To the last place, since nothing is integrated for it; the second derivative is the integrand's slope."""
    _, gradient, hessian = lambdify([b], I(exp(t) * sin(t), (t, 0, b**2)), "hessian")(B)
    f, x = (lambda x: np.exp(x) * np.sin(x)), B**2
    assert gradient[0] == pytest.approx(f(x) * 2 * B, rel=1e-15)
    assert hessian[0, 0] == pytest.approx(np.exp(x) * (np.sin(x) + np.cos(x)) * 4 * x + 2 * f(x), rel=1e-14)


def test_several_variables_and_names_that_are_bound():
    assert lambdify([a], I(a * t * u, (t, 0, u), (u, 0, 1)))(2.0) == pytest.approx(0.25, rel=1e-13)
    assert lambdify([a, t], I(a * t, (t, 0, 1)) + t)(2.0, 5.0) == pytest.approx(6.0)
    assert lambdify([a, b], I(I(exp(-t * u * a), (t, 0, u)), (u, 0, b)), "gradient")(A, B)[1][1] == pytest.approx(
        float(mpmath.quad(lambda x: mpmath.exp(-x * B * A), [0, B])), rel=1e-12)
    assert lambdify([a], I(sympy.Sum(t**u / u, (u, 1, 3)) * a, (t, 0, 1)))(2.0) == pytest.approx(2 * (1 / 2 + 1 / 6 + 1 / 12))


# ------------------------------------------------------------------------------------------------------ jumps and bends

P = sympy.Piecewise
PIECES = [
    (I(P((t**2, t < a), (b, True)), (t, 0, 3)), a**3 / 3 + b * (3 - a)),
    (I(sympy.Abs(t - a) * t, (t, 0, b)), a**3 / 3 + b**3 / 3 - a * b**2 / 2),
    (I(sympy.Heaviside(t - a) * exp(-b * t), (t, 0, oo)), exp(-a * b) / b), (I(P((1, t < a), (0, True)), (t, 0, b)), a),
    (I(P((1, t**2 < a), (0, True)) * t**2, (t, -oo, oo)), 2 * a ** sympy.Rational(3, 2) / 3),
    (I(P((t, (t > a) & (t < b)), (0, True)), (t, 3, 0)), (a**2 - b**2) / 2), (I(sympy.sign(t - a) * b, (t, -1, 2)), b * (1 - 2 * a)),
    (I(P((a * log(t), t > 0), (0, True)), (t, -1, b)), a * (b * log(b) - b)), (I(sympy.Max(t, a), (t, 0, b)), a**2 / 2 + b**2 / 2),
    (I(sympy.Min(t, a) * 2, (t, 0, b)), 2 * a * b - a**2), (I(P((exp(a * t), t < -b), (0, True)), (t, -oo, oo)), exp(-a * b) / a),
    (I(I(sympy.Heaviside(t - u) * a, (t, 0, 1)), (u, 0, 1)), a / 2), (I(P((1, t > 5), (0, True)), (t, 0, b)), 0 * a),
]


@pytest.mark.parametrize(("integral", "exact"), PIECES, ids=[str(i)[:60] for i, _ in PIECES])
def test_jumps_and_bends_are_cut(integral, exact):
    """Value and both derivatives; a moving boundary counts with the jump at it."""
    at = {a: sympy.Rational(13, 10), b: sympy.Rational(17, 10)}
    value, gradient = lambdify([a, b], integral, "gradient")(A, B)
    assert value == pytest.approx(float(exact.subs(at)), rel=1e-13, abs=1e-13)
    assert gradient == pytest.approx([float(exact.diff(s).subs(at)) for s in (a, b)], rel=1e-13, abs=1e-13)


def test_what_has_not_converged_is_nan():
    assert np.isnan(lambdify([a], I(1 / t, (t, 0, a)))(1.0))                       # infinite
    assert np.isnan(lambdify([a], I(sin(t) / t, (t, a, oo)))(1.0))                 # oscillates without end
    assert np.isnan(lambdify([a], I(1 / (1 + a * t**2), (t, -1, 1)))(1e6))         # a peak between the nodes
    assert np.isnan(lambdify([a], I(sympy.floor(t), (t, 0, a)))(2.5))              # jumps that nobody was told of
    assert lambdify([a], I(sympy.floor(t), (t, 1, a)))(1.5) == pytest.approx(0.5)
    assert lambdify([a], I(t, (t, a, 2)))(2.0) == 0.0 and lambdify([a], I(log(t), (t, 0, a)))(0.0) == 0.0


@pytest.mark.parametrize(("expr", "message"), [
    (I(t, t), "an integral needs two limits to be a number"), (I(t, (t, 1)), "an integral needs two limits to be a number"),
    (I(f := sympy.Function("f")(t), (t, 0, 1)), "an undefined function has no numeric meaning"),
    (I(a * u, (t, 0, 1)), "u: it is not among the arguments"),
    (I(sum(sympy.Abs(t - k) for k in range(20)), (t, 0, 1)), "its integrand has 20 bends or jumps"),
], ids=str)
def test_mistakes(expr, message):
    with pytest.raises(ExpressionError, match=message):
        lambdify([a], expr)


# ------------------------------------------------------------------------------------------------------------- the op

def region(shape=()):
    x, p = (ops.input(name=name, type=Type("float64", shape)) for name in ("p0", "p1"))
    return Graph("integrand", [x, p], [ops.exp(ops.negative(ops.multiply(p, ops.square(x))))])


def test_the_op_in_batches_and_single_precision():
    """vmap over limits and parameters; a float32 integral is a float32 number."""
    low, high, p = (wg.symbol(name) for name in ("low", "high", "p"))
    node = ops.integral(low, high, p, body=region(), from_infinity=False, to_infinity=False)

    def f(low, high, p):
        return ops.integral(*map(wg.asarray, (low, high, p)), body=region(), from_infinity=False, to_infinity=False)

    lows, highs, ps = np.array([0.0, -1.0, 0.5]), np.array([1.0, 1.0, 0.2]), np.array([1.0, 2.0, 3.0])
    want = [float(mpmath.quad(lambda x, q=q: mpmath.exp(-q * x * x), [i, j])) for i, j, q in zip(lows, highs, ps)]
    np.testing.assert_allclose(wg.vmap(f)(lows, highs, ps), want, rtol=1e-13)
    slopes = wg.vmap(wg.grad(f, argnums=(0, 1, 2)))(lows, highs, ps)
    np.testing.assert_allclose(slopes[1], np.exp(-ps * highs**2), rtol=1e-14)
    np.testing.assert_allclose(slopes[2], [wg.function([low, high, p], wg.grad(node, p))(*at) for at in zip(lows, highs, ps)], rtol=1e-12)
    single = lambdify([a], I(exp(-a * t**2), (t, 0, 1)), dtype="float32")
    assert single(np.float32(1.0)) == pytest.approx(want[0], rel=2e-6)


@pytest.mark.parametrize(("build", "error", "message"), [
    (lambda x, v: ops.integral(x, body=region(), from_infinity=False, to_infinity=False), GraphError, "takes 2 limits, got 1 argument"),
    (lambda x, v: ops.integral(x, v, x, body=region(), from_infinity=False, to_infinity=False), ShapeError,
     r"the limits must be floats of the variable's type f64, got f64, f64\[3\]"),
    (lambda x, v: ops.integral(x, x, v, body=region(), from_infinity=False, to_infinity=False), GraphError, r"the region's p1 is f64, got"),
    (lambda x, v: ops.integral(x, body=Graph("g", [], [wg.asarray(1.0)]), from_infinity=True, to_infinity=False), GraphError,
     "the region g must take the variable"),
    (lambda x, v: ops.integral(x, body=Graph("g", [x], [x > 0]), from_infinity=True, to_infinity=False), GraphError,
     "the region must give one float value with the variable's axes first, got bool"),
])
def test_wrong_operands(build, error, message):
    with pytest.raises(error, match=message):
        build(wg.symbol("x"), wg.symbol("v", 3))
