"""Conditions, derivatives and substitutions left undone, a person's functions, structures of results, SymPy's options."""
import inspect
import math
import pickle

import numpy as np
import pytest
import sympy
from sympy.functions.special.singularity_functions import SingularityFunction
from sympy.logic.boolalg import Equivalent, Implies, Nand, Nor, Xnor
from sympy.utilities.lambdify import implemented_function

from wengert.compiler.frontend.sympy import from_sympy, lambdify
from wengert.compiler.frontend.sympy.options import OWN
from wengert.ir.errors import ExpressionError

x, y, z = sympy.symbols("x y z")
p, q = sympy.symbols("p q")
f = sympy.Function("f")


# ------------------------------------------------------------------------------------------------------------ conditions

@pytest.mark.parametrize("condition", [
    p & q, p | q, ~p, p ^ q, Implies(p, q), Equivalent(p, q), Nand(p, q, evaluate=False), Nor(p, q, evaluate=False),
    Xnor(p, q, evaluate=False), sympy.ITE(p, q, ~q), sympy.ITE(p, q, x > 1) | (x < 0),
], ids=str)
def test_conditions_as_arguments(condition):
    call = lambdify([p, q, x], condition)
    for a in (False, True):
        for b in (False, True):
            for at in (-1.0, 0.5, 2.0):
                assert call(a, b, at) == bool(condition.subs({p: a, q: b, x: at})), (a, b, at)


@pytest.mark.parametrize("among", [
    sympy.Interval(0, 1), sympy.Interval.open(0, 1), sympy.Interval.Ropen(0, y), sympy.FiniteSet(0, 1, y), sympy.S.Integers,
    sympy.S.Naturals,
    sympy.S.Naturals0, sympy.S.Reals, sympy.Union(sympy.Interval(-3, -2), sympy.Interval(0, 1)), sympy.Interval(0, sympy.oo),
    sympy.Complement(sympy.Interval(0, 3), sympy.Interval(1, 2)),
], ids=str)
def test_membership(among):
    call = lambdify([x, y], sympy.Contains(x, among, evaluate=False))
    for at in (-2.5, -1, 0, 0.5, 1, 1.5, 2, 3):
        want = among.subs(y, sympy.Rational(3, 2)).contains(sympy.Rational(at))
        assert call(float(at), 1.5) == bool(want), at


def test_a_condition_chooses_and_has_no_derivative():
    call = lambdify([x, p], sympy.Piecewise((x**2, p), (-x, True)), "gradient", wrt=x)
    assert call(3.0, True)[1][0] == 6.0 and call(3.0, False)[1][0] == -1.0
    with pytest.raises(ExpressionError, match="p is a condition, so there is no derivative by it; choose the variables with wrt="):
        lambdify([x, p], sympy.Piecewise((x**2, p), (-x, True)), "gradient")
    with pytest.raises(ExpressionError, match=r"p: it is not a condition|p is a condition and not a number"):
        lambdify([p], sympy.Piecewise((p, p > 1), (1, p)))


@pytest.mark.parametrize(("expr", "points"), [
    (SingularityFunction(x, 1, 2), [(0.5, 0, 0), (3.0, 4, 4)]), (SingularityFunction(x, 1, 0), [(0.5, 0, 0), (3.0, 1, 0)]),
    (sympy.Heaviside(x) * x, [(-1.0, 0, 0), (2.0, 2, 1), (0.0, 0, 0.5)]), (sympy.Heaviside(x, 1) * 3, [(0.0, 3, 0), (-1.0, 0, 0)]),
    (sympy.KroneckerDelta(x, y) + x, [(1.0, 2, 1), (2.0, 2, 1)]),
    (sympy.Piecewise((sympy.zoo, x <= 0), (1 / x, True)), [(2.0, 0.5, -0.25)]),
    (sympy.LeviCivita(x, 3, 2), [(1.0, -1, 0), (2.0, 0, 0), (4.0, -1, 0)]),
], ids=str)
def test_functions_with_steps(expr, points):
    call = lambdify([x, y], expr, "gradient", wrt=x)
    for at, value, slope in points:
        got, gradient = call(at, 1.0)
        assert got == value and gradient[0] == slope, at


# ------------------------------------------------------------------------------------- derivatives and substitutions

def test_derivatives_that_sympy_left_undone():
    at = {x: 0.7, y: 1.3}
    for expr in (
        sympy.Derivative(sympy.sin(x) * x**2, x), sympy.Derivative(sympy.exp(x * y), x, y, evaluate=False),
        sympy.Derivative(sympy.sin(x) ** 3, (x, 4)),
        sympy.Derivative(sympy.sin(x), x) * sympy.Derivative(x * y**3, (y, 2)), sympy.Derivative(sympy.cos(y), x, evaluate=False),
        sympy.Derivative(sympy.Sum(x ** z / z, (z, 1, 4)), x), sympy.Derivative(sympy.Derivative(x**y, x), y),
        sympy.Subs(sympy.Derivative(sympy.sin(z) * z, z), z, x * y), sympy.Subs(x * z, (x, z), (2, y), evaluate=False),
    ):
        value, gradient = lambdify([x, y], expr, "gradient")(0.7, 1.3)
        exact = expr.doit()
        assert value == pytest.approx(float(exact.subs(at)), rel=1e-13, abs=1e-15), expr
        assert gradient == pytest.approx([float(exact.diff(s).subs(at)) for s in (x, y)], rel=1e-13, abs=1e-14), expr


def test_derivatives_of_functions_that_are_arguments():
    expr = sympy.Derivative(f(x) * x**2, x)  # the chain rule needs f'(x), which is an argument of its own
    assert lambdify([x, f(x), f(x).diff(x)], expr)(2.0, 3.0, 5.0) == 2 * 2.0 * 3.0 + 4.0 * 5.0
    with pytest.raises(ExpressionError, match="the derivative of an undefined function has no value; list it as an argument"):
        lambdify([x, f(x)], expr)
    with pytest.raises(ExpressionError, match="undefined function"):
        lambdify([x, f(x)], sympy.Subs(f(x) * x, x, 3))  # f(3) is not the argument f(x)
    with pytest.raises(ExpressionError, match="undefined function"):
        lambdify([x, f(x)], sympy.Sum(f(x), (x, 0, 3)))


def test_derivatives_by_elements_of_arrays():
    a = sympy.IndexedBase("a", shape=(3,))
    i = sympy.Symbol("i", integer=True)
    M = sympy.MatrixSymbol("M", 2, 2)
    at = np.array([2.0, 3.0, 5.0])
    assert lambdify([a], sympy.Derivative(sympy.Sum(a[i] ** 2 * a[0], (i, 0, 2)), a[0], evaluate=False))(at) == 3 * 4 + 9 + 25
    np.testing.assert_array_equal(lambdify([M], sympy.Derivative(sympy.Trace(M * M), M))(np.array([[1.0, 2], [3, 4]])), [[2, 6], [4, 8]])
    with pytest.raises(ExpressionError, match="the derivative of a matrix by a matrix has four axes"):
        lambdify([M], sympy.Derivative(M * M, M))


# ------------------------------------------------------------------------------------------------- a person's functions

def test_functions_with_an_implementation():
    g = implemented_function("g", lambda t, u: np.sin(t) * u + t**2)
    h = implemented_function("h", sympy.Lambda(z, z * sympy.exp(z)))
    value, gradient = lambdify([x, y], g(x, y) * h(x), "gradient")(0.5, 2.0)
    exact = (sympy.sin(x) * y + x**2) * x * sympy.exp(x)
    assert value == pytest.approx(float(exact.subs({x: 0.5, y: 2})), rel=1e-14)
    assert gradient == pytest.approx([float(exact.diff(s).subs({x: 0.5, y: 2})) for s in (x, y)], rel=1e-14)
    assert lambdify([x], sympy.Derivative(g(x, 2), x))(0.5) == pytest.approx(2 * math.cos(0.5) + 1, rel=1e-14)
    cases = (math.sin, r"cannot be traced \(.*it is a node"), (lambda t: t if t > 0 else 0, "wg.where"), (lambda t: "no", "traced")
    for wrong, why in cases:
        with pytest.raises(ExpressionError, match=rf"k\(x\): its implementation .*{why}"):
            lambdify([x], implemented_function("k", wrong)(x))
    with pytest.raises(ExpressionError, match=r"gives f64\[2\], where a number is needed"):
        lambdify([x], implemented_function("k", lambda t: np.stack([t, t]))(x))


def test_functions_by_name():
    expr = f(x) + 1
    for modules in ({"f": lambda t: t**3}, [{"f": lambda t: t**3}, "numpy"], [{"f": lambda t: t**3}, {"f": abs}]):
        assert lambdify([x], expr, modules=modules)(2.0) == 9.0
        assert lambdify([x], expr, modules, cse=True)(2.0) == 9.0  # where SymPy has it
    assert lambdify([x], expr, "gradient", modules={"f": np.exp})(0.0)[1][0] == 1.0


def test_options_of_sympy():
    assert lambdify([x, y], x * y, "numpy", cse=True, dummify=True)(2.0, 3.0) == 6.0
    assert lambdify([x], sympy.sin(x), modules=["scipy", "numpy"])(0.0) == 0.0
    assert lambdify({x: 0, y: 0}, x - y)(5.0, 3.0) == 2.0
    assert lambdify((s for s in (x, y)), x - y)(5.0, 3.0) == 2.0
    for options, message in (
        ({"modules": "mpmath"}, "computes with more digits than a compiled function has"), ({"printer": print}, "printer= has no use"),
        ({"modules": 3}, "modules must name 'numpy'"), ({"cached": True}, "unknown option 'cached'; did you mean 'cache'?"),
        ({"derivative": "gradient"}, "unknown option 'derivative'; did you mean 'derivatives'?"),
        ({"zzz": 1}, "unknown option 'zzz'; it takes derivatives, wrt, sparse, name, dtype, fastmath, threads, cache, modules"),
    ):
        with pytest.raises(ExpressionError, match=message):
            lambdify([x], x, **options)
    with pytest.raises(ExpressionError, match="modules are given twice"):
        lambdify([x], x, "numpy", modules="numpy")
    assert set(OWN) == {*inspect.signature(lambdify).parameters} - {"args", "exprs", "options"}
    for empty in ({}, {"a": {}}, [x, {}]):
        for dtype in ("float64", "complex128"):
            with pytest.raises(ExpressionError, match="a dict of expressions is empty, so nothing is computed"):
                lambdify([x], empty, dtype=dtype)
    with pytest.raises(ExpressionError, match="a set of arguments has no order; give a list"):
        lambdify({x, y}, x)


# ------------------------------------------------------------------------------------------------------------- results

def test_structures_of_results():
    exprs = {"sum": x + y, "matrix": sympy.Matrix([[x, y]]), "both": [x, {"product": x * y}], "list": [x, y], "none": []}
    call = lambdify([x, y], exprs, "jacobian")
    value, jacobian = call(2.0, 3.0)
    assert list(value) == list(exprs) and value["sum"] == 5.0 and value["both"] == (2.0, {"product": 6.0}) and value["none"].shape == (0,)
    np.testing.assert_array_equal(value["matrix"], [[2, 3]])
    np.testing.assert_array_equal(jacobian["list"], np.eye(2))
    np.testing.assert_array_equal(jacobian["both"][1]["product"], [3, 2])
    assert jacobian["matrix"].shape == (1, 2, 2)
    again = pickle.loads(pickle.dumps(call))(2.0, 3.0)
    np.testing.assert_array_equal(again[1]["both"][1]["product"], [3, 2])
    ragged = lambdify([x, y], [[x], (x, y), sympy.Tuple(x, y, x)])(2.0, 3.0)
    assert [part.tolist() for part in ragged] == [[2], [2, 3], [2, 3, 2]]
    assert lambdify([x], sympy.Dict({y: x}))(2.0) == {y: 2.0}
    _, sparse = lambdify([x, y], [[x, y], sympy.Matrix([x * y])], "jacobian", sparse=True)(2.0, 3.0)
    assert [part.nnz for part in sparse] == [2, 2]


def test_expressions_that_are_not_evaluated():
    assert lambdify([x], sympy.Add(x, x, 2, 3, evaluate=False))(2.0) == 9.0
    assert lambdify([x], sympy.Mul(2, sympy.Pow(x, 2, evaluate=False), sympy.Rational(1, 3), evaluate=False))(3.0) == 6.0
    assert lambdify([], sympy.sqrt(2, evaluate=False))() == math.sqrt(2)
    assert lambdify([x], "x**2 + 1")(2.0) == 5.0


@pytest.mark.parametrize(("expr", "value"), [
    (sympy.pi, math.pi), (sympy.E, math.e), (sympy.EulerGamma, 0.5772156649015329), (sympy.Catalan, 0.915965594177219),
    (sympy.GoldenRatio, 1.618033988749895), (sympy.oo, math.inf), (-sympy.oo, -math.inf), (sympy.nan, math.nan), (sympy.zoo, math.nan),
    (sympy.Rational(10**400, 10**400 + 1), 1.0), (sympy.Rational(1, 3), 1 / 3), (sympy.zeta(3), 1.2020569031595942),
    (sympy.polylog(sympy.Rational(3, 2), -2), -1.2813803831597697), (sympy.LambertW(2), 0.8526055020137255),
    (sympy.CRootOf(x**5 - x - 1, 0), 1.1673039782614187), (sympy.TribonacciConstant, 1.8392867552141612),
], ids=str)
def test_constants(expr, value):
    np.testing.assert_array_equal(lambdify([x], expr)(0.0), value)


@pytest.mark.parametrize(("expr", "message"), [
    (sympy.Limit(x, x, 0), "an unevaluated Limit has no value; call .doit()"), (sympy.O(x**2), "call .removeO()"),
    (sympy.DiracDelta(x), "DiracDelta is no function of numbers"),
    (SingularityFunction(x, 0, -1), "a delta function and its derivatives"),
    (sympy.Lambda(x, x), "a Lambda is a function and no number"), (sympy.Interval(0, 1), "a set has no value; ask whether it contains"),
    (sympy.Contains(x, sympy.S.Rationals, evaluate=False), "membership in Rationals is no comparison of numbers"),
    (sympy.Piecewise((x > 1, x > 0), (False, True)), "join conditions with And, Or and ITE|ITE"),
    (sympy.Derivative(sympy.Function("u")(x), x), "the derivative of an undefined function has no value"),
    (sympy.primepi(x), "primepi is not supported; rewrite it"), (sympy.AccumBounds(0, 1) + x, "an interval is no number"),
    (sympy.exp(sympy.MatrixSymbol("M", 2, 2)[0, 0]), "M: it is not among the arguments"), (sympy.LambertW(-1), "it is complex"),
], ids=str)
def test_what_has_no_value(expr, message):
    with pytest.raises(ExpressionError, match=message):
        lambdify([x], expr)


def test_a_vector_of_mechanics_says_what_to_do():
    from sympy.physics.vector import ReferenceFrame

    frame = ReferenceFrame("N")
    with pytest.raises(ExpressionError, match=r"expected a SymPy expression, got Vector; convert it with to_matrix\(frame\)"):
        lambdify([x], x * frame.x)


def test_symbols_of_from_sympy_learn_what_they_are():
    assert str(from_sympy(p & q).args[0].type) == "bool"
    with pytest.raises(ExpressionError, match="it counts elements or terms"):
        from_sympy(sympy.Sum(x, (y, 0, z)))


def test_names_stand_for_symbols():
    assert lambdify("x", "x**2 + 1")(3.0) == 10.0 and lambdify("x, y", x - y)(5.0, 2.0) == 3.0
    value, slope = lambdify(["x", ["y", "z"]], x * y**2 + z, "gradient", wrt=["y"])(2.0, [3.0, 1.0])
    assert value == 19.0 and slope.tolist() == [12.0]


def test_numpy_s_arrays_of_expressions():
    square = np.array([[x, y], [x * y, 1]], dtype=object)
    value, slopes = lambdify([x, y], square, "jacobian")(2.0, 3.0)
    assert value.tolist() == [[2, 3], [6, 1]] and slopes.tolist() == [[[1, 0], [0, 1]], [[3, 2], [0, 0]]]
    both = lambdify([x, y], [square, x])(2.0, 3.0)
    assert isinstance(both, tuple) and both[0].tolist() == [[2, 3], [6, 1]] and both[1] == 2.0
    assert from_sympy(np.array([x, y])).type.shape == (2,)


def test_what_only_wraps_an_expression():
    square = lambdify([x], sympy.UnevaluatedExpr(x) ** 2 * sympy.I, dtype="complex128")
    assert square(1 + 1j) == -2.0
    matrix = sympy.MatrixSymbol("W", 2, 2)
    assert lambdify([matrix], sympy.Trace(matrix) + sympy.UnevaluatedExpr(x).subs(x, 1))(np.eye(2)) == 3.0
