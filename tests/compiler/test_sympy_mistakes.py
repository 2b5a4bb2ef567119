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


def test_complex_functions_take_no_out():
    f = wg.lambdify([z], z * z, dtype=complex)
    assert said(lambda: f(1j, out=np.empty(()))) == (
        "lambdified: functions of complex numbers do not take out=; leave it out and take the result")


# ---------------------------------------------------------------------------------------------------------- many points

@pytest.mark.parametrize("named", [False, True])
def test_sparse_derivatives_are_of_one_point(named):
    f = wg.lambdify([[a, z], r], [a * z, a * r], "jacobian", sparse=True)
    points = np.ones((2, 5))
    assert said(lambda: f(points, r=1.0) if named else f(points, 1.0)) == (
        "lambdified: argument array: expected f64[2], got float64 array of shape (2, 5); sparse derivatives are of one point, "
        "so call once for each")
    assert "one point" not in said(lambda: f([1.0, 2.0, 3.0], 1.0))
