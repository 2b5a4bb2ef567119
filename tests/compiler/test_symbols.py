"""Symbols, the public names and SciPy's special functions; what a person gets wrong is one sentence each."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import scipy.special

import wengert as wg


def test_symbols_of_one_name_and_type_are_one_node():
    assert wg.symbol("x", ("n", 4)) is wg.symbol("x", ("n", 4))
    assert wg.symbol("x") is not wg.symbol("x", (), "float32")
    assert str(wg.symbol("x", 3, "int32").type) == "i32[3]"
    assert str(wg.symbol("x", "n").type) == "f64[n]"
    n = wg.symbol("x", ("n",)).shape[0]
    assert str(wg.symbol("y", (n - 1, 2)).type) == "f64[n-1,2]"


BAD = [
    (lambda: wg.symbol("2x"), wg.ExpressionError, "symbol: a name must be an identifier such as 'x', got '2x'"),
    (lambda: wg.symbol("lambda"), wg.ExpressionError, "got 'lambda'"),
    (lambda: wg.symbol(3), wg.ExpressionError, "got 3"),
    (lambda: wg.symbol("x", (-1,)), wg.ShapeError, "must not be negative, got -1"),
    (lambda: wg.symbol("x", (2.5,)), wg.ShapeError, "an int or a name such as 'n', got 2.5"),
    (
        lambda: wg.symbol("x", dtype="float16"),
        wg.DTypeError,
        "symbol 'x': dtype: expected one of float64, float32, int64, int32, bool, got float16",
    ),
    (lambda: wg.symbol("x", dtype="complex128"), wg.DTypeError, "got complex128"),
    (lambda: wg.symbol("x", dtype="number"), wg.DTypeError, "number"),
    (lambda: wg.symbol("x", dtype=object), wg.DTypeError, "got object"),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_bad_symbols(case):
    make, error, said = BAD[case]
    with pytest.raises(error) as caught:
        make()
    assert said in str(caught.value)
    assert "test_symbols.py:" in str(caught.value)


def test_import_is_light():
    code = "import sys, wengert; print([m for m in ('sympy', 'scipy', 'rich', 'optree', 'matplotlib') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_evaluate_takes_nodes_and_names():
    x, y = wg.symbol("x"), wg.symbol("y")
    assert wg.evaluate(x - 2 * y, y=1.0, x=5.0) == 3.0
    assert wg.evaluate([x, x + y], 1.0, 2.0) == (1.0, 3.0)
    with pytest.raises(wg.ArgumentError, match="has no input 'z'; it has x, y"):
        wg.evaluate(x + y, z=1.0)
    with pytest.raises(wg.ArgumentError, match="missing: y"):
        wg.evaluate(x + y, x=1.0)
    with pytest.raises(wg.ExpressionError, match="expected a graph, a node or a list of nodes"):
        wg.evaluate(3.0)


X = np.array([0.05, 0.3, 0.5, 0.9, 1.5, 4.0])
UNARY = [
    "erf",
    "erfc",
    "gammaln",
    "loggamma",
    "digamma",
    "psi",
    "expit",
    "log_expit",
    "entr",
    "exp2",
    "expm1",
    "log1p",
    "cbrt",
    "ndtr",
    "log_ndtr",
    "logsumexp",
    "softmax",
    "log_softmax",
]


@pytest.mark.parametrize("name", UNARY)
def test_special_functions_are_scipys(name):
    x = wg.symbol("x", X.shape)
    for points in (X, -X - 0.01) if name not in ("log1p",) else (X,):
        if name == "loggamma" and points is not X:
            continue  # complex there
        np.testing.assert_allclose(
            wg.evaluate(getattr(wg.special, name)(x), points), getattr(scipy.special, name)(points), rtol=2e-13, atol=1e-15
        )


@pytest.mark.parametrize(
    "name, args",
    [
        ("xlogy", (X, X[::-1])),
        ("xlog1py", (X, X)),
        ("betaln", (X, X + 1)),
        ("rel_entr", (X, X[::-1])),
        ("kl_div", (X, X[::-1])),
        ("huber", (np.full(6, 1.0), X)),
    ],
)
def test_special_functions_of_two_arguments(name, args):
    nodes = [wg.symbol(n, (6,)) for n in "ab"]
    np.testing.assert_allclose(
        wg.evaluate(getattr(wg.special, name)(*nodes), a=args[0], b=args[1]), getattr(scipy.special, name)(*args), rtol=1e-12, atol=1e-15
    )


def test_scipys_own_functions_take_nodes():
    x = wg.symbol("x", (6,))
    for name in ("erf", "gammaln", "expit", "psi"):
        assert getattr(scipy.special, name)(x) is getattr(wg.special, name)(x)


def test_special_options_and_extremes():
    x = wg.symbol("x", (2,))
    np.testing.assert_allclose(wg.evaluate(wg.special.polygamma(2, x), [0.5, 3.0]), scipy.special.polygamma(2, [0.5, 3.0]), rtol=1e-13)
    np.testing.assert_allclose(wg.evaluate(wg.special.logit(x), [0.1, 0.9]), scipy.special.logit([0.1, 0.9]), rtol=1e-13)
    np.testing.assert_allclose(wg.evaluate(wg.special.log_ndtr(x), [-40.0, -1e5]), scipy.special.log_ndtr([-40.0, -1e5]), rtol=1e-13)
    np.testing.assert_allclose(wg.evaluate(wg.special.log_ndtr(x), [-20.0, -19.99]), scipy.special.log_ndtr([-20.0, -19.99]), rtol=1e-13)
    np.testing.assert_allclose(
        wg.evaluate(wg.special.logsumexp(x, b=np.array([2.0, 3.0])), [1.0, 2.0]), scipy.special.logsumexp([1.0, 2.0], b=[2.0, 3.0])
    )
    with pytest.raises(wg.ExpressionError, match="the order must not be negative"):
        wg.special.polygamma(-1, x)


def slope(f, at):
    x = wg.symbol("x", np.shape(at))
    return wg.evaluate(wg.Graph("slope", [x], [wg.grad(wg.sum(f(x)), x)]), at)[0]


def second(f, at):
    x = wg.symbol("x")
    return wg.evaluate(wg.Graph("second", [x], [wg.grad(wg.grad(f(x), x), x)]), at)[0]


@pytest.mark.parametrize(
    "f, at, want",
    [
        (wg.relu, [-1.0, 0.0, 1.0], [0, 0, 1]),
        (lambda x: wg.clip(x, 0, 1), [-1.0, 0.0, 0.5, 1.0, 2.0], [0, 1, 1, 1, 0]),
        (wg.std, [2.0, 2.0], [0, 0]),
        (wg.abs, [0.0], [0]),
        (wg.norm, [0.0, 0.0], [0, 0]),
        (wg.norm, [3e200, 4e200], [0.6, 0.8]),
        (wg.norm, [3e-200, 4e-200], [0.6, 0.8]),
        (lambda x: wg.norm(x, 3), [0.0, 0.0], [0, 0]),
        (wg.special.logsumexp, [-np.inf, 0.0], [0, 1]),
        (wg.special.logsumexp, [-np.inf, -np.inf], [0, 0]),
        (wg.special.logsumexp, [1e300, 0.0], [1, 0]),
        (lambda x: wg.logaddexp(x, x), [1.0], [1]),
        (wg.sinc, [0.0, 0.5], [0, -4 / np.pi]),
        (lambda x: wg.xlogy(0.0, x), [0.0, 1.0], [0, 0]),
        (lambda x: wg.xlogy(x, 2.0), [0.0, 1.0], [np.log(2)] * 2),
        (wg.entr, [1.0], [-1]),
        (wg.log_sigmoid, [-800.0, 800.0], [1, 0]),
        (wg.softplus, [-800.0, 800.0], [0, 1]),
        (lambda x: wg.where(x > 0, wg.sqrt(x), 0.0), [-1.0, 0.0, 4.0], [0, 0, 0.25]),
        (wg.cumprod, [0.0, 2.0, 0.0], [3, 0, 0]),
        (wg.prod, [0.0, 2.0, 3.0], [6, 0, 0]),
        (lambda x: wg.max(x), [1.0, 1.0], [0.5, 0.5]),
        (lambda x: wg.var(x), [1.0, 3.0], [-1, 1]),
        (lambda x: wg.interp(x, [0.0, 1.0, 3.0], [0.0, 2.0, 0.0]), [0.5, 2.0], [2, -1]),
    ],
)
def test_slopes_at_edges(f, at, want):
    np.testing.assert_allclose(slope(f, np.array(at)), want, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "f, at, want",
    [
        (wg.sinc, 0.0, -(np.pi**2) / 3),
        (lambda x: wg.norm(wg.stack([x, 0.0 * x])), 0.0, 0.0),
        (lambda x: wg.norm(wg.stack([x, 1.0 + 0 * x])), 0.0, 1.0),
        (lambda x: wg.special.logsumexp(wg.stack([x, 0.0 * x])), 0.0, 0.25),
        (lambda x: wg.softmax(wg.stack([x, 0.0 * x]))[0], 0.0, 0.0),
        (lambda x: wg.log_softmax(wg.stack([x, 0.0 * x]))[0], 0.0, -0.25),
        (wg.special.ndtr, 0.0, 0.0),
        (lambda x: wg.power(x, 3), 0.0, 0.0),
    ],
)
def test_second_derivatives_at_edges(f, at, want):
    np.testing.assert_allclose(second(f, at), want, rtol=1e-12, atol=1e-14)


def test_relative_entropy_of_nan_and_huber_of_a_negative_delta():
    x = wg.symbol("x", 4)
    points = np.array([np.nan, 0.0, -1.0, 2.0])
    for name in ("rel_entr", "kl_div"):
        scipys = getattr(scipy.special, name)(points, 1.0)
        np.testing.assert_allclose(wg.evaluate(getattr(wg.special, name)(x, 1.0), points), scipys, rtol=1e-14)
    for delta in (1.0, -1.0):
        np.testing.assert_allclose(wg.evaluate(wg.special.huber(delta, x), points), scipy.special.huber(delta, points), rtol=1e-14)
