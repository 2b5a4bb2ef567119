"""What a person who comes from SymPy gets wrong at first: the message names what they wrote, and says what to do."""
from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sympy
from sympy.physics.mechanics import dynamicsymbols

import wengert as wg

a, z = sympy.symbols("a z")
r = sympy.Symbol("r", real=True)
q, u = dynamicsymbols("q u")
wave = sympy.exp(sympy.I * r)
Derivative = sympy.Derivative


def said(build: Callable[[], Any]) -> str:
    """The message of what is refused, without the line at its end."""
    with pytest.raises(wg.WengertError) as caught:
        build()
    return re.sub(r" \(\w+\.py:\d+\)$", "", str(caught.value))


# ------------------------------------------------------------------------------------------------- forgotten arguments

@pytest.mark.parametrize(("args", "expr", "dtype"), [
    ([u], q + u, float), ([u], q + u, complex), ([q.diff()], q.diff() + q, float), ([u], sympy.Matrix([u, sympy.sin(q)]), float),
])
def test_a_forgotten_function_of_time_is_named_and_not_the_time(args, expr, dtype):
    assert said(lambda: wg.lambdify(args, expr, dtype=dtype)) == (
        "from_sympy: q(t): an undefined function has no numeric meaning; list it as an argument, or replace it with subs")


def test_from_sympy_has_no_arguments_to_list_it_in():
    assert said(lambda: wg.from_sympy(q + 1)) == (
        "from_sympy: q(t): an undefined function has no numeric meaning; give its node in symbols=, as {q(t): wg.symbol('q')}, "
        "or replace it with subs")
    assert wg.from_sympy(q + 1, symbols={q: wg.symbol("q")}) is wg.symbol("q") + 1


# ------------------------------------------------------------------------------------------------------ complex values

@pytest.mark.parametrize("expr", [Derivative(sympy.sqrt(z), z), Derivative(wave, r), z * Derivative(sympy.Abs(z), r)])
def test_a_derivative_left_undone_is_of_real_values(expr):
    assert said(lambda: wg.lambdify([z, r], expr, dtype=complex)).endswith(
        "Derivative of complex values is not supported; call .doit()")


def test_a_derivative_of_real_values_may_stand_among_complex_ones():
    f = wg.lambdify([z, r], z * Derivative(sympy.re(wave), r) + Derivative(sympy.sin(r), r), dtype=complex)
    np.testing.assert_allclose(f(1j, 1.0), -1j * np.sin(1.0) + np.cos(1.0))


def test_a_complex_derivative_in_a_real_model_is_refused():
    assert "call .doit()" in said(lambda: wg.lambdify([r], sympy.re(Derivative(wave, r))))


@pytest.mark.parametrize("expr", [sympy.sqrt(r + sympy.I) * sympy.sqrt(r - sympy.I), sympy.I * a, sympy.Matrix([r, sympy.I * r])])
def test_what_only_cancellation_makes_real_is_named_whole(expr):
    named = expr[1] if isinstance(expr, sympy.MatrixBase) else expr
    assert said(lambda: wg.lambdify([r, a], expr)) == (
        f"from_sympy: {named}: it is complex, or real only by how its parts cancel; take re(...), im(...) or Abs(...) of it, "
        "or ask for dtype='complex128'")
    assert wg.lambdify([r], sympy.re(sympy.sqrt(r + sympy.I) * sympy.sqrt(r - sympy.I)))(0.0) == 1.0


@pytest.mark.parametrize(("whole", "value", "slope"), [
    (sympy.Abs((r + sympy.I) ** 2) ** 2, lambda x: (x * x + 1) ** 2, lambda x: 4 * x * (x * x + 1)),
    (r * (wave + 1 / wave), lambda x: 2 * x * np.cos(x), lambda x: 2 * np.cos(x) - 2 * x * np.sin(x)),
])
def test_what_is_its_own_conjugate_is_real(whole, value, slope):
    assert whole.has(sympy.I)
    found, (gradient,) = wg.lambdify([r], whole, "gradient")(2.0)
    np.testing.assert_allclose([found, gradient], [value(2.0), slope(2.0)], rtol=1e-14)


def test_complex_functions_take_no_out():
    f = wg.lambdify([z], z * z, dtype=complex)
    assert said(lambda: f(1j, out=np.empty(()))) == (
        "lambdified: functions of complex numbers do not take out=; leave it out and take the result")


# ------------------------------------------------------------------------------------------- other objects and libraries

def test_what_is_no_expression_is_refused_in_our_words():
    kind = type(sympy.QQ).__name__
    for expr in (sympy.QQ, [a, sympy.QQ]):
        assert said(lambda expr=expr: wg.lambdify([a], expr)) == f"from_sympy: QQ: expected a SymPy expression, got {kind}"


@pytest.mark.parametrize("modules", ["jax", "torch", ["tensorflow", "numpy"]])
def test_modules_of_other_arrays_are_refused(modules):
    name = modules if isinstance(modules, str) else modules[0]
    expected = (f"lambdify: modules={name!r} makes functions of that library's arrays, and a compiled one takes NumPy's; leave it out, "
                "or call sympy.lambdify")
    assert said(lambda: wg.lambdify([a], a, modules)) == said(lambda: wg.lambdify([a], a, modules=modules)) == expected


HINT = "; make it a node with wg.from_sympy, or compile SymPy's expressions with wg.lambdify"


@pytest.mark.parametrize(("call", "message"), [
    (lambda: wg.grad(wg.symbol("a") ** 2, a), "grad: wrt: expected a node or a list of nodes, got Symbol"),
    (lambda: wg.grad(wg.symbol("a") ** 2, [a]), "grad: wrt: expected a node of a graph, got Symbol"),
    (lambda: wg.grad(a**2, a), "grad: expected a node or a function, got a**2 of Pow"),
    (lambda: wg.function([a], a**2), "function: inputs must be symbols, got a of Symbol"),
    (lambda: wg.function([wg.symbol("a")], a**2), "function: outputs must be nodes or numbers, got a**2 of Pow"),
    (lambda: wg.symbol("a") + a, "constant: expected numbers or symbols, got a of Symbol"),
])
def test_expressions_among_nodes_get_a_hint(call, message):
    assert said(call) == message + HINT
    with pytest.raises(wg.WengertError) as caught:
        wg.grad(wg.symbol("a") ** 2, "a")
    assert HINT not in str(caught.value)


# ----------------------------------------------------------------------------------------------------------------- repr

def test_a_function_shows_how_it_is_called_and_what_it_returns():
    def shown(*given: Any, **options: Any) -> str:
        return repr(wg.lambdify(*given, **options)).removeprefix("<wengert function lambdified").removesuffix(">")

    column, n, y, i = sympy.Matrix([a, z]), sympy.Symbol("n", integer=True), sympy.IndexedBase("y"), sympy.Idx("i")
    assert shown([[a, z]], [column * column.T, column], "jacobian") == (
        "(array: f64[2]) -> ((f64[2,2], f64[2,1]), (f64[2,2,2], f64[2,2]))")
    assert shown([[[a, z], r], u], {"p": a, "q": [column, z * u]}) == (
        "([array: f64[2], r: f64], u: f64) -> {'p': f64, 'q': (f64[2,1], f64)}")
    assert shown([y, n], sympy.Sum(y[i], (i, 0, n - 1))) == "(y: f64[y_0], n: a size) -> f64"
    assert shown([z, r], [z * r, z], "jacobian", dtype=complex) == "(z: c128, r: f64) -> (c128[2], c128[2,2])"
    assert shown([[z, a]], [column], dtype=complex) == "(array: c128[2]) -> (c128[2,1],)"


# ---------------------------------------------------------------------------------------------------------- many points

@pytest.mark.parametrize("named", [False, True])
def test_sparse_derivatives_are_of_one_point(named):
    f = wg.lambdify([[a, z], r], [a * z, a * r], "jacobian", sparse=True)
    points = np.ones((2, 5))
    assert said(lambda: f(points, r=1.0) if named else f(points, 1.0)) == (
        "lambdified: argument array: expected f64[2], got float64 array of shape (2, 5); sparse derivatives are of one point, "
        "so call once for each")
    assert "one point" not in said(lambda: f([1.0, 2.0, 3.0], 1.0))
