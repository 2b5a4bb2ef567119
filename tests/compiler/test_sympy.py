"""SymPy in and out: layouts, kinks, depth and mistakes. Values and gradients are in test_sympy_everything.py."""
import pickle

import numpy as np
import pytest
import scipy.sparse
import sympy
from sympy.physics.mechanics import dynamicsymbols

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


@pytest.mark.parametrize("extremum", [sympy.Max, sympy.Min])
def test_ties_share_equally_among_any_number(extremum: type) -> None:
    many, sign = sympy.symbols("m:5"), 1.0 if extremum is sympy.Max else -1.0
    for n in (2, 3, 4, 5):
        f = lambdify(many[:n], extremum(*many[:n]), "gradient")
        for tied in range(1, n + 1):
            for first in range(n - tied + 1):
                at = np.full(n, -sign)
                at[first:first + tied] = sign
                value, gradient = f(*at)
                assert value == sign
                np.testing.assert_array_equal(gradient, np.where(at == sign, 1 / tied, 0.0))
                np.testing.assert_array_equal(f(*np.repeat(at[:, None], 9, 1))[1], np.repeat(gradient[:, None], 9, 1))  # points
        assert np.isnan(f(*[1.0] * (n - 1), np.nan)[0])
    np.testing.assert_array_equal(lambdify([x, y], extremum(0, x, y), "gradient")(0.0, 0.0)[1], [1 / 3, 1 / 3])


def test_no_piece_holds() -> None:
    assert np.isnan(lambdify([x], sympy.Piecewise((x, x > 0)))(-1.0))
    for expr in (sympy.Piecewise((x**2, x > y), (3, y < 0)), 1 + x * y * sympy.Piecewise((x, x > y), (y, y < 0))):
        value, gradient, hessian = lambdify([x, y], expr, "hessian")(1.0, 2.0)
        assert np.isnan(value) and np.all(np.isnan(gradient)) and np.all(np.isnan(hessian))
        value, gradient = lambdify([x, y], expr, "gradient")(3.0, 2.0)
        assert [value, *gradient] == [float(e.subs({x: 3, y: 2})) for e in (expr, expr.diff(x), expr.diff(y))]
    v = sympy.IndexedBase("v")
    k = sympy.Symbol("k", integer=True)
    total = sympy.Sum(sympy.Piecewise((v[k] ** 2, v[k] > 0)), (k, 0, 2))
    f = lambdify([v], total, "gradient")
    assert f(np.ones(3))[1].tolist() == [2, 2, 2]
    value, gradient = f(np.array([1.0, -1.0, 2.0]))
    assert np.isnan(value) and gradient[[0, 2]].tolist() == [2, 4] and np.isnan(gradient[1])


@pytest.mark.parametrize(("given", "kind"), [
    (float, "float64"), (np.float64, "float64"), ("f8", "float64"), (np.float32, "float32"), (np.dtype("f4"), "float32"),
    (complex, "complex128"), (np.complex128, "complex128"),
])
def test_dtypes_by_the_names_that_numpy_knows(given: object, kind: str) -> None:
    for args in (1.5, np.array([0.1, 0.7], "float32")):
        found, wanted = (lambdify([x], sympy.sin(x) / 3, dtype=d)(args) for d in (given, kind))
        assert np.asarray(found).dtype == np.asarray(wanted).dtype and np.array_equal(found, wanted)


def test_columns_may_be_flat() -> None:
    n = sympy.Symbol("n", integer=True)
    A, v, u = sympy.MatrixSymbol("A", 3, 3), sympy.MatrixSymbol("v", 3, 1), sympy.MatrixSymbol("u", n, 1)
    symbols = sympy.Matrix(sympy.symbols("p q r"))
    at = np.array([1.0, 2.0, 4.0])
    for flat in (at, at.tolist(), np.arange(6.0)[::2], at.astype("float32")):
        column = np.asarray(flat).reshape(3, 1)
        for args, expr in (([A, v], A * v), ([A, u], u.T * u), ([A, symbols], symbols.T * symbols)):
            f = lambdify(args, expr, "jacobian", wrt=[args[1]])
            for found, wanted in zip(f(np.eye(3), flat), f(np.eye(3), column)):
                np.testing.assert_array_equal(found, wanted)
    with pytest.raises(ArgumentError, match=r"expected f64\[3,1\], got float64 array of shape \(4, 1\)"):
        lambdify([v], v.T * v)(np.ones(4))
    with pytest.raises(ArgumentError, match=r"argument array: expected f64\[1,3\], got float64 array of shape \(3,\)"):
        lambdify([symbols.T], symbols.T)(at)


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
    (lambda: lambdify([x], sympy.I * x), r"from_sympy: I\*x: it is complex, or real only by how its parts cancel; take re"),
    (lambda: lambdify([x], sympy.Function("q")(x) + 1), r"q\(x\): an undefined function has no numeric meaning; list it as an argument"),
    (lambda: lambdify([x], sympy.Function("q")(x).diff(x)), "the derivative of an undefined function has no value; list it as an argument"),
    (lambda: lambdify([x], sympy.mathieus(x, 1, 2)), r"mathieus\(x, 1, 2\): mathieus is not supported; rewrite it"),
    (lambda: lambdify([x], x + y), "y: it is not among the arguments; list it there, or give its value with subs"),
    (lambda: lambdify([x], S(10) ** 400 * x), "the number does not fit float64"),
    (lambda: lambdify([x, x], x), "lambdify: the argument x is listed twice"),
    (lambda: lambdify([x + 1], x), r"lambdify: an argument must be a symbol or a function such as q\(t\), got x \+ 1"),
    (lambda: lambdify([x], x, dtype=None), "dtype must be 'float64', 'float32' or 'complex128', got None"),
    (lambda: lambdify([x], x, dtype=np.int64), "dtype must be 'float64', 'float32' or 'complex128', got <class 'numpy.int64'>"),
    (lambda: lambdify([x], x, dtype="half"), "dtype must be 'float64', 'float32' or 'complex128', got 'half'"),
    (lambda: lambdify([x], x, "grad"), "derivatives must be None, 'gradient', 'jacobian' or 'hessian', got 'grad'"),
    (lambda: lambdify([x], x, wrt=[x]), "wrt and sparse are about derivatives; say which ones by derivatives="),
    (lambda: lambdify([x], x, sparse=True), "wrt and sparse are about derivatives"),
    (lambda: lambdify([x], sympy.sin), "<class 'sin'>|sin: expected a SymPy expression"),
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
