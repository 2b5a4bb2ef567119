"""SymPy in and out: values and derivatives against mpmath at 50 digits, layouts, kinks and depth and mistakes."""
import pickle

import numpy as np
import pytest
import scipy.sparse
import sympy
from sympy.codegen import cfunctions as c
from sympy.physics.mechanics import dynamicsymbols

from wengert.compiler.autodiff import grad
from wengert.compiler.frontend.sympy import from_sympy, lambdify, to_sympy
from wengert.ir import ops
from wengert.ir.errors import ArgumentError, ExpressionError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import postorder
from wengert.ir.types import Type

x, y, z = sympy.symbols("x y z")
t = dynamicsymbols._t
S = sympy.S

EXPRESSIONS = [
    x + y, x - y, -x - y, x * y, -x * y, x / y, x / (y * z), 1 / (x * y), -2 * x / (3 * y), (x + 1) / (x - y), 3,
    S(1) / 3 * x, x**2, x**3, x**-1, x**-2, x**7, x**-5, x**100, sympy.sqrt(x), 1 / sympy.sqrt(x), x ** (S(3) / 2),
    x ** (S(1) / 3), x**0.3, x**y, x ** (-y), 2**x, 10**x, sympy.exp(x), sympy.E**2 * x, sympy.log(x),
    sympy.log(x, 2), sympy.sin(x), sympy.cos(x), sympy.tan(x), sympy.cot(x), sympy.sec(x), sympy.csc(x),
    sympy.asin(x / 4), sympy.acos(x / 4), sympy.atan(x), sympy.acot(x), sympy.asec(x + 1), sympy.acsc(x + 1),
    sympy.atan2(x, y), sympy.sinc(x), sympy.sinh(x), sympy.cosh(x), sympy.tanh(x), sympy.coth(x), sympy.sech(x),
    sympy.csch(x), sympy.asinh(x), sympy.acosh(x + 1), sympy.atanh(x / 4), sympy.acoth(x + 1), sympy.asech(x / 4),
    sympy.acsch(x), sympy.Abs(x - 3), sympy.sign(x - 3) * x, sympy.floor(x) * x, sympy.ceiling(x) * x,
    sympy.frac(x) * x, sympy.Mod(x, y), sympy.Max(x, y, 1), sympy.Min(x, y, 2), sympy.erf(x), sympy.erfc(x),
    sympy.gamma(x), sympy.gamma(-x), sympy.loggamma(x), sympy.digamma(x), sympy.polygamma(2, x), sympy.trigamma(x),
    sympy.beta(x, y), sympy.factorial(x), sympy.Heaviside(x - 1) * x, sympy.pi * x, sympy.EulerGamma + x,
    sympy.GoldenRatio * x, sympy.re(x), sympy.conjugate(x) * x, c.expm1(x), c.log1p(x), c.exp2(x), c.log2(x),
    c.log10(x), c.Cbrt(x), c.hypot(x, y), c.fma(x, y, z),
    sympy.Piecewise((x**2, x < 1), (sympy.sin(x), x < y), (x, True)),
    sympy.Piecewise((x, sympy.And(x > 0, y > 1)), (y, sympy.Or(x < 0, sympy.Not(y > 3))), (z, True)),
    sympy.Piecewise((1, sympy.Eq(x, y)), (2, sympy.Ne(x, z)), (3, True)) * x,
    sympy.Piecewise((x, sympy.Xor(x > 1, y > 1)), (y, True)),
    (x + y + z) ** 2 * sympy.exp(-(x**2)) / (1 + sympy.cos(y) ** 2), sympy.Rational(10**30, 7) * x,
    sympy.Float("0.1", 30) * x,
    sympy.uppergamma(x, y), sympy.uppergamma(-x, y), sympy.lowergamma(x, y), sympy.betainc(x, y, 0, S(1) / 3),
    sympy.betainc_regularized(x, y, S(1) / 5, S(2) / 5), sympy.factorial2(x), sympy.binomial(x + y, y), sympy.RisingFactorial(x, y),
    sympy.FallingFactorial(x, z), sympy.fibonacci(x), sympy.lucas(x), sympy.catalan(x), sympy.subfactorial(3) * x,
    sympy.zeta(x + y), sympy.zeta(-x), sympy.zeta(x + 1, y), sympy.dirichlet_eta(x), sympy.polylog(y, x / 4), sympy.polylog(2, -x),
    sympy.LambertW(x), sympy.LambertW(-x / 10, -1), sympy.harmonic(x), sympy.harmonic(x, 2), sympy.bernoulli(x + 2),
    sympy.erfi(x), sympy.erf2(x, y), sympy.erfinv(x / 4), sympy.erfcinv(x / 4), sympy.erf2inv(x / 10, y / 10),
]
POINTS = [(0.7, 1.9, 0.4), (2.3, 1.1, 3.7)]


PLAIN = {  # what SymPy itself cannot evaluate
    sympy.factorial2(x): 2 ** (x / 2) * sympy.gamma(x / 2 + 1) * (sympy.pi / 2) ** ((sympy.cos(sympy.pi * x) - 1) / 4),
    sympy.lucas(x): sympy.fibonacci(x - 1) + sympy.fibonacci(x + 1),
    c.Cbrt(x): sympy.root(x, 3), c.fma(x, y, z): x * y + z, sympy.erf2(x, y): sympy.erf(y) - sympy.erf(x),
    sympy.erf2inv(x / 10, y / 10): sympy.erfinv(sympy.erf(x / 10) + y / 10), sympy.erfcinv(x / 4): sympy.erfinv(1 - x / 4),
}


def true(expr: object, at: dict[sympy.Symbol, sympy.Float]) -> sympy.Float:
    """The value at 60 digits."""
    return sympy.N(PLAIN.get(expr, sympy.sympify(expr)).subs(at), 60)


@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_value_and_derivative(expr: object) -> None:
    """The derivative against a central difference over 1e-25 at 60 digits, which is right to 1e-30."""
    symbols = {v: ops.input(name=v.name, type=Type("float64")) for v in (x, y, z)}
    node = from_sympy(expr, symbols)
    graph = Graph("f", symbols.values(), [node, *(grad(node, [symbols[v]])[0] for v in (x, y))])
    step = sympy.Float(10, 60) ** -25
    for point in POINTS:
        at = {v: sympy.Float(p, 60) for v, p in zip((x, y, z), point)}
        wanted = [true(expr, at)]
        for v in (x, y):
            wanted.append((true(expr, at | {v: at[v] + step}) - true(expr, at | {v: at[v] - step})) / (2 * step))
        for got, want in zip(evaluate(graph, *point), wanted):
            np.testing.assert_allclose(got, float(want), rtol=2e-14, atol=1e-15)


def test_relations_and_logic() -> None:
    at = (0.7, 1.9, 0.4)
    for expr in (x > y, x < y, x >= y, x <= y, sympy.Not(x > y), sympy.ITE(x > y, x > 0, y > 0), sympy.true, sympy.Or(x > y, y > x)):
        got = evaluate(Graph("f", [ops.input(name=n, type=Type("float64")) for n in "xyz"], [from_sympy(expr)]), *at)[0]
        assert got.dtype == bool and bool(got) is bool(expr.subs(dict(zip((x, y, z), at))))


# ------------------------------------------------------------------------------------------------------------ layouts

def test_layouts() -> None:
    assert lambdify([x, y], x * y)(2.0, 3.0) == 6.0
    assert lambdify(x, 2 * x)(2.0) == 4.0
    np.testing.assert_array_equal(lambdify([x, y], [x, y, x * y])(2.0, 3.0), [2, 3, 6])
    np.testing.assert_array_equal(lambdify([x, y], sympy.Matrix([[x, y, 1], [0, x * y, x]]))(2.0, 3.0), [[2, 3, 1], [0, 6, 2]])
    np.testing.assert_array_equal(lambdify([x, y], sympy.Array([[[x, y]], [[y, x]]]))(2.0, 3.0), [[[2, 3]], [[3, 2]]])
    matrix, value = lambdify([x, y], [sympy.Matrix([[x, y]]), x * y])(2.0, 3.0)
    np.testing.assert_array_equal(matrix, [[2, 3]])
    assert value == 6.0
    assert lambdify([x, y], [])(1.0, 2.0).shape == (0,)
    assert lambdify([x, y], x > y)(2.0, 3.0) is False or not lambdify([x, y], x > y)(2.0, 3.0)


def test_layouts_of_arguments() -> None:
    assert lambdify([[x, y], z], x - y * z)([2.0, 3.0], 4.0) == -10.0
    assert lambdify([sympy.Matrix([[x], [y]]), z], x - y * z)(np.array([[2.0], [3.0]]), 4.0) == -10.0
    nested = lambdify([(x, (y, z))], x - y * z, "gradient")
    value, gradient = nested((2.0, (3.0, 4.0)))
    assert value == -10.0
    np.testing.assert_array_equal(gradient, [1, -4, -3])
    with pytest.raises(ArgumentError, match=r"lambdified: expected a list of 2 values, got 5\.0"):
        nested(5.0)
    value, gradient = lambdify([[x, y], z], x - y * z, "gradient", wrt=[z, x])([2.0, 3.0], 4.0)
    np.testing.assert_array_equal(gradient, [-3, 1])


def test_shapes_of_derivatives() -> None:
    column, row = sympy.Matrix([x * y, z]), sympy.Matrix([[x * y, z]])
    for exprs, shape in ((x * y, (3,)), ([x * y, z], (2, 3)), (column, (2, 3)), (row, (1, 2, 3))):
        value, jacobian = lambdify([x, y, z], exprs, "jacobian")(2.0, 3.0, 4.0)
        assert jacobian.shape == shape
        rows = jacobian.reshape(-1, 3)
        np.testing.assert_array_equal(rows, [[3, 2, 0], [0, 0, 1]][: len(rows)])
        assert np.shape(value) == {(3,): (), (2, 3): np.shape(value), (1, 2, 3): (1, 2)}[shape]
    values, jacobians = lambdify([x, y, z], [row, x * y], "jacobian", wrt=y)(2.0, 3.0, 4.0)
    assert [j.shape for j in jacobians] == [(1, 2, 1), (1,)] and values[1] == 6.0


def test_hessian() -> None:
    f = lambdify([x, y, z], x**3 * y + sympy.sin(z), "hessian", wrt=[x, y])
    value, gradient, hessian = f(2.0, 3.0, 4.0)
    assert value == pytest.approx(24 + np.sin(4.0))
    np.testing.assert_allclose(gradient, [36, 8])
    np.testing.assert_allclose(hessian, [[36, 12], [12, 0]])
    with pytest.raises(ExpressionError, match="derivatives='hessian' needs one scalar expression"):
        lambdify([x], [x, x**2], "hessian")


def test_sparse() -> None:
    exprs = [x * y, sympy.sin(z), 3, x]
    value, jacobian = lambdify([x, y, z], exprs, "jacobian", sparse=True)(2.0, 3.0, 4.0)
    assert isinstance(jacobian, scipy.sparse.csr_array) and jacobian.nnz == 4
    np.testing.assert_array_equal(jacobian.toarray(), lambdify([x, y, z], exprs, "jacobian")(2.0, 3.0, 4.0)[1])
    value, gradient, hessian = lambdify([x, y, z], x**3 * y, "hessian", sparse=True)(2.0, 3.0, 4.0)
    assert value == 24 and isinstance(gradient, np.ndarray)
    assert hessian.nnz == 3 and hessian.shape == (3, 3)
    np.testing.assert_allclose(hessian.toarray(), [[36, 12, 0], [12, 0, 0], [0, 0, 0]])


def test_functions_of_time_are_arguments() -> None:
    q, u = dynamicsymbols("q u")
    f = lambdify([q, q.diff(t), u, t], q.diff(t) * sympy.sin(q) + u * t, "gradient")
    value, gradient = f(0.5, 2.0, 3.0, 4.0)
    assert value == pytest.approx(2 * np.sin(0.5) + 12)
    np.testing.assert_allclose(gradient, [2 * np.cos(0.5), np.sin(0.5), 4, 3])
    assert f(q=0.5, q_t=2.0, u=3.0, t=4.0)[0] == value


def test_names_that_are_no_identifiers() -> None:
    a, b, d = sympy.symbols(r"\theta_{1} lambda 2x")
    other = sympy.Symbol("x", positive=True)
    assert lambdify([a, b, d, x, other], a + 2 * b + 3 * d + 4 * x + 5 * other)(1, 1, 1, 1, 1) == 15.0


def test_it_pickles() -> None:
    f = lambdify([(x, (y, z))], x * y, "jacobian", sparse=True)
    again = pickle.loads(pickle.dumps(f))
    assert (again((2.0, (3.0, 4.0)))[1] != f((2.0, (3.0, 4.0)))[1]).nnz == 0


# ------------------------------------------------------------------------------------------------- kinks and depth

@pytest.mark.parametrize(("expr", "at", "slope"), [
    (sympy.Piecewise((sympy.sqrt(x), x > 0), (0, True)), 0.0, 0.0),
    (sympy.Piecewise((sympy.sqrt(x), x > 0), (0, True)), -1.0, 0.0),
    (sympy.Piecewise((sympy.log(x), x > 0), (x, True)), -2.0, 1.0),
    (sympy.Piecewise((1 / x, sympy.Ne(x, 0)), (3 * x, True)), 0.0, 3.0),
    (sympy.Piecewise((sympy.sin(x) / x, sympy.Ne(x, 0)), (1, True)), 0.0, 0.0),
    (sympy.Abs(x), 0.0, 0.0), (sympy.Max(x, -x), 0.0, 0.0),
    (x ** (S(3) / 2), 0.0, 0.0), (x**2, 0.0, 0.0), (x**1.0, 0.0, 1.0),
])
def test_branches_that_are_not_taken_do_not_poison(expr: sympy.Expr, at: float, slope: float) -> None:
    value, gradient = lambdify([x], expr, "gradient")(at)
    assert np.isfinite(value) and gradient[0] == slope


def test_no_piece_holds() -> None:
    assert np.isnan(lambdify([x], sympy.Piecewise((x, x > 0)))(-1.0))


def test_zeros_are_not_computed() -> None:
    """A diagonal Jacobian of n outputs by n variables takes operations in proportion to n, not n**2."""
    xs = sympy.symbols("x:40")
    f = lambdify(xs, [sympy.sin(v) for v in xs], "jacobian")
    assert f.cost().operations == 80


def test_shared_subexpressions_are_converted_once() -> None:
    expr = x
    for _ in range(60):
        expr = sympy.sin(expr) * sympy.cos(expr)  # a tree of 2**60 leaves
    node = from_sympy(expr)
    assert len(postorder([node])) == 1 + 3 * 60


def test_depth() -> None:
    expr = x
    for _ in range(30_000):
        expr = sympy.Add(sympy.Mul(expr, y, evaluate=False), S.One, evaluate=False)
    assert len(postorder([from_sympy(expr)])) > 60_000


# ------------------------------------------------------------------------------------------------------------ mistakes

@pytest.mark.parametrize(("build", "message"), [
    (lambda: lambdify([x], sympy.I * x), r"from_sympy: I: it is complex; take re"),
    (lambda: lambdify([x], sympy.Function("q")(x) + 1), r"q\(x\): an undefined function has no numeric meaning; list it as an argument"),
    (lambda: lambdify([x], sympy.Function("q")(x).diff(x)), "the derivative of an undefined function has no value; list it as an argument"),
    (lambda: lambdify([x], sympy.mathieus(x, 1, 2)), r"mathieus\(x, 1, 2\): mathieus is not supported; rewrite it"),
    (lambda: lambdify([x], x + y), "y: it is not among the arguments; list it there, or give its value with subs"),
    (lambda: lambdify([x], S(10) ** 400 * x), "the number does not fit float64"),
    (lambda: lambdify([x, x], x), "lambdify: the argument x is listed twice"),
    (lambda: lambdify([x + 1], x), r"lambdify: an argument must be a symbol or a function such as q\(t\), got x \+ 1"),
    (lambda: lambdify([x], x, "grad"), "derivatives must be None, 'gradient', 'jacobian' or 'hessian', got 'grad'"),
    (lambda: lambdify([x], x, "gradient", wrt=[y]), "lambdify: y in wrt is not among the arguments"),
    (lambda: lambdify([x, y], x > y, "gradient"), "a condition has no derivative"),
    (lambda: from_sympy([[x], [x, y]]), r"the parts of a list must have one shape, got \(1,\) and \(2,\)"),
    (lambda: lambdify([x], sympy.And(sympy.Symbol("x"), x > 1)), "x is a condition and not a number; write Piecewise"),
    (lambda: from_sympy(x + sympy.Symbol("x", real=True)), "two different symbols are called 'x'; rename one"),
    (lambda: lambdify([x], sympy.polygamma(y, x).subs(y, x)), "the order of polygamma must be a fixed integer"),
])
def test_mistakes(build: object, message: str) -> None:
    with pytest.raises(ExpressionError, match=message):
        build()  # type: ignore[operator]


# ------------------------------------------------------------------------------------------------------------ and back

@pytest.mark.parametrize("expr", [
    x + y - 3 * z, sympy.sin(x) / y**2, sympy.exp(-(x**2)), sympy.sqrt(x) * x**7, sympy.Max(x, y), sympy.atan2(x, y), sympy.erf(x),
    sympy.Piecewise((x, x > 0), (-x, True)), sympy.And(x > y, y >= 1), x**y, sympy.polygamma(3, x), sympy.Abs(x), x / 2,
], ids=str)
def test_there_and_back(expr: sympy.Basic) -> None:
    assert to_sympy(from_sympy(expr)) == expr


def test_arrays_come_back() -> None:
    matrix = sympy.Matrix([[x, y * x], [0, 1]])
    assert to_sympy(from_sympy(matrix)) == matrix
    assert to_sympy(from_sympy([x, y])) == [x, y]
    array = ops.input(name="a", type=Type("float64", (3,)))
    assert to_sympy(array[1] * 2) == 2 * sympy.IndexedBase("a", shape=(3,))[1]
    with pytest.raises(ExpressionError, match=r"to_sympy: sum of f64\[\] is not|to_sympy: sum of f64 has no counterpart"):
        to_sympy(ops.sum(array, axes=(0,)))


def test_sums_of_many_powers_are_products() -> None:
    node = from_sympy(x**2 + x**4 + 1 / x**2)
    assert {n.op.name for n in postorder([node])} == {"input", "square", "add", "reciprocal"}
