"""Formulas as people write them: value and gradient survive extreme inputs, against mpmath; kept nodes stay."""
from collections.abc import Callable

import mpmath
import numpy as np
import pytest

from wengert.compiler.autodiff import grad
from wengert.compiler.passes import pipeline
from wengert.compiler.passes.stabilize import stabilized
from wengert.ir import library as wg
from wengert.ir import ops
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node, postorder
from wengert.ir.types import Type
from wengert.ir.verify import verify


def symbol(name: str, *shape: object) -> Node:
    return ops.input(name=name, type=Type("float64", shape))


x = symbol("x")
SCALAR: dict[str, tuple[Callable[..., object], Callable[..., object]]] = {
    "softplus": (lambda x: wg.log(1 + wg.exp(x)), lambda x: mpmath.log1p(mpmath.exp(x))),
    "negative softplus": (lambda x: -wg.log(1 + wg.exp(-x)), lambda x: -mpmath.log1p(mpmath.exp(-x))),
    "sigmoid": (lambda x: 1 / (1 + wg.exp(-x)), lambda x: 1 / (1 + mpmath.exp(-x))),
    "other sigmoid": (lambda x: wg.exp(x) / (wg.exp(x) + 1), lambda x: 1 / (1 + mpmath.exp(-x))),
    "log sigmoid": (lambda x: wg.log(1 / (1 + wg.exp(-x))), lambda x: -mpmath.log1p(mpmath.exp(-x))),
    "log of one minus sigmoid": (lambda x: wg.log(1 - wg.sigmoid(x)), lambda x: -mpmath.log1p(mpmath.exp(x))),
    "tanh": (wg.tanh, mpmath.tanh),
    "tanh by exps": (lambda x: (wg.exp(x) - wg.exp(-x)) / (wg.exp(x) + wg.exp(-x)), mpmath.tanh),
    "sech squared": (lambda x: 1 - wg.tanh(x) ** 2, lambda x: mpmath.sech(x) ** 2),
    "log cosh": (lambda x: wg.log(wg.cosh(x)), lambda x: mpmath.log(mpmath.cosh(x))),
    "one minus cosine": (lambda x: 1 - wg.cos(x), lambda x: 2 * mpmath.sin(x / 2) ** 2),
    "expm1": (lambda x: wg.exp(x) - 1, mpmath.expm1),
    "erfc": (lambda x: 1 - wg.erf(x), mpmath.erfc),
    "root of squares": (lambda x: wg.sqrt(x * x + 4 * x * x), lambda x: mpmath.sqrt(5) * abs(x)),
    "root of a square": (lambda x: wg.sqrt(x**2), abs),
    "root of a square and one": (lambda x: wg.sqrt(1 + x * x), lambda x: mpmath.sqrt(1 + x * x)),
    "log of a square": (lambda x: wg.log(x**2), lambda x: 2 * mpmath.log(abs(x))),
    "over itself": (lambda x: x / x, lambda x: mpmath.mpf(1) + 0 * x),
    "log exp": (lambda x: wg.log(wg.exp(x)), lambda x: x),
    "logaddexp": (lambda x: wg.log(wg.exp(x) + wg.exp(2 * x)), lambda x: 2 * x + mpmath.log1p(mpmath.exp(-x))),
}
ALGEBRAIC = {"root of a square", "root of a square and one", "log of a square", "over itself"}


def values(outputs: list[Node], given: dict[Node, object]) -> list[np.ndarray]:
    graph, _ = pipeline.run(Graph("f", given, outputs), after=lambda name, after: verify(after))
    return list(evaluate(graph, *given.values()))


@pytest.mark.parametrize("name", SCALAR)
def test_value_and_derivative_at_extremes(name: str) -> None:
    """Relative to the true value, or 1e-300 where that underflows."""
    formula, truth = SCALAR[name]
    f = formula(x)
    outputs = [f, grad(f, x)]  # type: ignore[list-item]
    points = [1e-9, 1e-3, 0.5, 1.5, 20.0, 40.0, 100.0, 600.0, 800.0] + [1e-200, 1e200] * (name in ALGEBRAIC)
    for at in [s * p for p in points for s in (1, -1)]:
        value, slope = values(outputs, {x: at})
        with mpmath.workdps(1200):
            p = mpmath.mpf(at)
            h = abs(p) * mpmath.mpf(10) ** -300
            true, line = truth(p), (truth(p + h) - truth(p - h)) / (2 * h)
            for got, want in ((value, true), (slope, line)):
                if abs(want) > 1e308:
                    assert got == np.sign(float(mpmath.sign(want))) * np.inf
                else:
                    gap = abs(mpmath.mpf(float(got)) - want)
                    assert gap <= 1e-14 * abs(want) + 1e-300, f"{name} at {at}: {got}, true {mpmath.nstr(want, 17)}"


def test_rows_of_exponentials() -> None:
    """log-sum-exp, softmax and log-softmax of large, small and infinite scores, by hand."""
    a = symbol("a", "n", 3)
    scores = np.array([[1000.0, 1001, 1002], [-1000, -1001, -1002], [0, 1, 2], [-np.inf, 5, 5]])
    terms = np.exp(scores - scores.max(1, keepdims=True))
    soft = terms / terms.sum(1, keepdims=True)
    lse = np.log(terms.sum(1)) + scores.max(1)
    naive = wg.log(wg.sum(wg.exp(a), 1))
    by_hand = wg.exp(a) / wg.sum(wg.exp(a), -1, keepdims=True)
    value, slope, probability = values([naive, grad(wg.sum(naive), a), by_hand], {a: scores})
    np.testing.assert_allclose(value, lse, rtol=1e-15)
    np.testing.assert_allclose(slope, soft, rtol=1e-14)
    np.testing.assert_allclose(probability, soft, rtol=1e-14)
    loss = -wg.sum(wg.log(by_hand)[:, 1])
    value, slope = values([loss, grad(loss, a)], {a: scores[:3]})
    np.testing.assert_allclose(value, np.sum(lse - scores[:, 1], where=[True] * 3 + [False]), rtol=1e-12)
    np.testing.assert_allclose(slope, soft[:3] - [0, 1, 0], rtol=1e-13, atol=1e-16)


SHARES: dict[str, Callable[..., object]] = {
    "two": lambda x, y, exp: exp(x) / (exp(x) + exp(y)),
    "of one side": lambda x, y, exp: 2 * exp(-x) / (exp(-x) * 3 + exp(-y) + 1),
    "mean": lambda x, y, exp: (x * exp(x) + y * exp(y)) / (exp(x) + exp(y)),
    "no exp above": lambda x, y, exp: 1 / (exp(x) + exp(y) + 1),
    "difference": lambda x, y, exp: (exp(x) - exp(y)) / (exp(y) + exp(x)),
    "square below": lambda x, y, exp: exp(x) / (y * (exp(x) + exp(y)) ** 2),
    "other factors": lambda x, y, exp: y * exp(x) / (x * (exp(x) + y * y * exp(y))),
}


@pytest.mark.parametrize("name", SHARES)
def test_shares_of_sums_of_exponentials(name: str) -> None:
    """exp(x) / (exp(x) + exp(y)) and its kin: value and gradient to the accuracy of the exponents' difference."""
    y, f = symbol("y"), SHARES[name]
    cost = f(x, y, wg.exp)
    outputs = [cost, *grad(cost, [x, y])]  # type: ignore[arg-type]
    for at in ((1000.0, 1000.0), (1000.0, 999.0), (-1000.0, -1000.5), (0.3, 0.2), (1.5, -2.0), (700.0, 699.0), (3.0, 1200.0)):
        with mpmath.workdps(50):
            p = [mpmath.mpf(v) for v in at]

            def truth(*v: object) -> object:
                return f(*v, mpmath.exp)

            want = [truth(*p), mpmath.diff(truth, tuple(p), (1, 0)), mpmath.diff(truth, tuple(p), (0, 1))]
        size = max(map(abs, want))
        for got, true in zip(values(outputs, {x: at[0], y: at[1]}), want):
            assert abs(float(got) - true) <= 1e-12 * size + 1e-300 or abs(true) > 1e300, (at, got, true)


QUOTIENTS: dict[str, Callable[..., object]] = {
    "cosh over cosh": lambda x, y, m: m.cosh(x) / m.cosh(y),
    "sinh over cosh": lambda x, y, m: m.sinh(x) / m.cosh(y),
    "cosh over sinh": lambda x, y, m: m.cosh(x) / m.sinh(y),
    "sinh over sinh": lambda x, y, m: m.sinh(x) / m.sinh(y),
    "under a wave": lambda x, y, m: 3 * (x + 5) * m.cosh(x - 1) / (x * m.sinh(y)),
    "squares": lambda x, y, m: (m.cosh(x) / m.cosh(y)) ** 2 * y,
    "two of each": lambda x, y, m: m.cosh(x) * m.sinh(x + 1) / (m.cosh(y + 1) * m.cosh(y)),
    "a tanh beside it": lambda x, y, m: m.sinh(y) * m.cosh(x) / (m.cosh(y) * m.sinh(x + 1)),
}
APART = [(800.0, 801.0), (-1000.0, 999.0), (1500.0, -1400.0), (0.3, -0.2), (1e-9, 2e-9), (710.2, 0.5), (-3.0, 1200.0), (300.3, 650.1)]


@pytest.mark.parametrize("name", QUOTIENTS)
def test_quotients_of_hyperbolic_functions(name: str) -> None:
    """Value and gradient, and the value alone, to the accuracy of the functions; what the rounding of x + y means is allowed for."""
    y, f = symbol("y"), QUOTIENTS[name]
    cost = f(x, y, wg)
    outputs = [cost, *grad(cost, [x, y])]  # type: ignore[arg-type]
    for at in APART:
        p = [mpmath.mpf(v) for v in at]
        with mpmath.workdps(60):
            want = [f(*p, mpmath), *(mpmath.diff(lambda *v: f(*v, mpmath), tuple(p), order) for order in ((1, 0), (0, 1)))]
        size = max(map(abs, want))
        for got, true in zip([*values(outputs, {x: at[0], y: at[1]}), *values([cost], {x: at[0], y: at[1]})], [*want, want[0]]):
            assert abs(float(got) - true) <= 3e-13 * size + 1e-300 or abs(true) > 1e308, (at, got, true)
    ends = {"cosh over cosh": (np.inf, 0.0, np.inf), "sinh over cosh": (-np.inf, 0.0, np.inf)}.get(name)
    for (left, right), want in zip(((-np.inf, 2.0), (2.0, -np.inf), (1e200, 1e150)), ends or ()):
        assert values([cost], {x: left, y: right})[0] == want


def test_a_shift_is_not_shifted_again() -> None:
    y = symbol("y")
    for cost in (wg.exp(-x) / (wg.exp(-x) + wg.exp(-y)), wg.exp(2 * x) / (wg.exp(2 * x) + wg.exp(y - 3) + wg.exp(3 - y))):
        once = stabilized([cost])
        assert stabilized(once)[0] is once[0] is not cost
    a = symbol("a", "n", 3)
    once = stabilized([wg.log(wg.sum(wg.exp(a), 1))])
    assert stabilized(once)[0] is once[0]
    by_hand = wg.log(wg.sum(wg.exp(a - wg.max(a, 1, keepdims=True)), 1))
    assert sum(node.op is ops.max for node in postorder(stabilized([by_hand]))) == 1


def test_kept_nodes_stay() -> None:
    inner = wg.exp(x)
    cost = wg.log(1 + inner)
    (found,) = stabilized([cost], keep=[inner])
    assert found is wg.log1p(inner)
    assert stabilized([cost])[0] is wg.softplus(x)


def test_no_derivative_flows_through_the_shift() -> None:
    a = symbol("a", 3)
    assert any(node.op is ops.stop_gradient for node in postorder(stabilized([wg.log(wg.sum(wg.exp(a)))])))
