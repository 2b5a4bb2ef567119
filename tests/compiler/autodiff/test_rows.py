"""Each elementwise row's derivatives, both modes and two orders, against SymPy's at 50 digits."""
from __future__ import annotations

import mpmath
import numpy as np
import pytest
import sympy

from wengert.codegen.math import ORDERED
from wengert.compiler.autodiff import grad, jvp
from wengert.compiler.passes.stabilize import stabilized
from wengert.ir import ops
from wengert.ir.op import TABLE, Zero
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.external import EXTERNAL
from wengert.ir.types import Type

a, b, c = sympy.symbols("a b c")
FORMULAS = {
    "add": a + b, "subtract": a - b, "multiply": a * b, "divide": a / b, "negative": -a, "reciprocal": 1 / a,
    "square": a * a, "one_minus_square": 1 - a * a, "power": a**b, "abs": a, "copysign": a, "remainder": a - 4 * b,  # on the row's sample
    "exp": sympy.exp(a), "exp2": 2**a, "expm1": sympy.exp(a) - 1, "log": sympy.log(a), "log2": sympy.log(a, 2),
    "log10": sympy.log(a, 10), "log1p": sympy.log(1 + a), "sqrt": sympy.sqrt(a), "cbrt": sympy.cbrt(a),
    "sin": sympy.sin(a), "cos": sympy.cos(a), "tan": sympy.tan(a), "arcsin": sympy.asin(a), "arccos": sympy.acos(a),
    "arctan": sympy.atan(a), "arctan2": sympy.atan(a / b), "hypot": sympy.sqrt(a * a + b * b),
    "hypot3": sympy.sqrt(a * a + b * b + c * c), "sinh": sympy.sinh(a),
    "cosh": sympy.cosh(a), "tanh": sympy.tanh(a), "arcsinh": sympy.asinh(a), "arccosh": sympy.acosh(a),
    "arctanh": sympy.atanh(a), "sigmoid": 1 / (1 + sympy.exp(-a)), "softplus": sympy.log(1 + sympy.exp(a)),
    "logaddexp": sympy.log(sympy.exp(a) + sympy.exp(b)), "erf": sympy.erf(a), "erfc": sympy.erfc(a),
    "fresnel_sine": sympy.sin(sympy.pi * a * a / 2), "fresnel_cosine": sympy.cos(sympy.pi * a * a / 2),
    "gamma": sympy.gamma(a), "gammaln": sympy.loggamma(a), "digamma": sympy.digamma(a), "polygamma": sympy.polygamma(1, a),
}
SELECTS = {"maximum", "minimum", "where", "cast"}  # their derivatives are in test_kinks.py and test_modes.py

# Units in the last place that the first derivative may be off; 4, but where the formula magnifies its argument's rounding:
# erf' = exp(-x*x) by x^2, logaddexp' by |a - b|, digamma near its root at 1.46, sin(pi x^2/2) near its zeros.
ULPS = {"erf": 16, "erfc": 16, "logaddexp": 64, "gamma": 64, "gammaln": 64, "fresnel_sine": 16, "fresnel_cosine": 16}


def differentiable():
    """All but the rows of special functions, which tests/special holds against mpmath."""
    apart = {*SELECTS, *EXTERNAL, *COMPOSITE, *ORDERED} - {"polygamma"}
    return [op for op in TABLE.values() if op.elementwise and not isinstance(op.derivative, Zero) and op.name not in apart]


def made(op):
    xs = [ops.input(name=name, type=Type("float64")) for name in "abc"[: op.arity]]
    return (op(*xs, order=1) if op is ops.polygamma else op(*xs)), xs


def points(op, count=40):
    random = np.random.default_rng(5)
    bounds = [(low, high) if np.isfinite(low) else (-9.0, 9.0) for low, high in op.sample]
    return [[float(random.uniform(low, high)) for low, high in bounds] for _ in range(count)]


def exact(expression, symbols, at):
    with mpmath.workdps(50):
        return +sympy.lambdify(symbols, expression, "mpmath")(*map(mpmath.mpf, at))


def test_every_differentiable_row_has_a_formula():
    assert {op.name for op in differentiable()} == set(FORMULAS)


@pytest.mark.parametrize("op", differentiable(), ids=lambda op: op.name)
def test_first_derivatives_agree_with_sympy_to_the_last_places(op, value):
    y, xs = made(op)
    nodes = stabilized(grad(y, xs))
    symbols = [a, b, c][: op.arity]
    for at in points(op):
        found = value(nodes, **dict(zip("abc", at)))
        for got, s in zip(found, symbols):
            wanted = exact(sympy.diff(FORMULAS[op.name], s), symbols, at)
            ulp = mpmath.mpf(float(np.spacing(abs(float(wanted)))))
            assert abs(mpmath.mpf(float(got)) - wanted) <= ULPS.get(op.name, 4) * ulp, (at, got, wanted)


@pytest.mark.parametrize("op", differentiable(), ids=lambda op: op.name)
def test_second_derivatives_agree_with_sympy_and_are_symmetric(op, value):
    y, xs = made(op)
    symbols = [a, b, c][: op.arity]
    pairs = [(i, j) for i in range(op.arity) for j in range(op.arity)]
    nodes = stabilized([grad(grad(y, xs[i]), xs[j]) for i, j in pairs])
    for at in points(op, 15):
        found = dict(zip(pairs, value(nodes, **dict(zip("abc", at)))))
        for i, j in pairs:
            wanted = float(exact(sympy.diff(FORMULAS[op.name], symbols[i], symbols[j]), symbols, at))
            np.testing.assert_allclose(found[i, j], wanted, rtol=1e-11, atol=1e-15)
            np.testing.assert_allclose(found[i, j], found[j, i], rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("op", differentiable(), ids=lambda op: op.name)
def test_both_modes_agree(op, value):
    y, xs = made(op)
    reverse, forward = grad(y, xs), [jvp(y, x, 1.0) for x in xs]
    for at in points(op, 10):
        np.testing.assert_allclose(*(value(nodes, **dict(zip("abc", at))) for nodes in (reverse, forward)), rtol=1e-13)
