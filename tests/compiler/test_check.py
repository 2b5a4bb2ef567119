"""The gradient checker: right on right rules, and it must fail on every rule that is wrong by a factor of 1.001."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import sympy

import wengert as wg
from wengert.compiler.check import check_grad
from wengert.compiler.numeric import differences
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.errors import ArgumentError, CheckError, GraphError
from wengert.ir.op import TABLE, Bilinear, Hook, Linear, Partials, Weighted, Zero

random = np.random.default_rng(4)
FACTOR = 1.001


def symbol(name, shape=(), dtype="float64"):
    return wg.symbol(name, shape, dtype)


# For each row that is not elementwise an expression that uses it.
STRUCTURAL = {
    "broadcast": (lambda x: ops.broadcast(x, shape=(2, 3), axes=(1,)), (3,)),
    "reshape": (lambda x: ops.reshape(x, shape=(6,)), (2, 3)),
    "transpose": (lambda x: ops.transpose(x, axes=(1, 0)), (2, 3)),
    "slice": (lambda x: ops.slice(x, starts=(1,), stops=(4,), steps=(2,)), (5,)),
    "pad": (lambda x: ops.pad(x, low=(1,), high=(2,), interior=(1,)), (3,)),
    "flip": (lambda x: ops.flip(x, axes=(0,)), (3,)),
    "concatenate": (lambda x: ops.concatenate(x, x * x, axis=0), (3,)),
    "gather": (lambda x: ops.gather(x, wl.array([2, 0, 2]), axes=(0,)), (3,)),
    "scatter_add": (lambda x: ops.scatter_add(x, wl.array([2, 0, 2]), axes=(0,), shape=(4,)), (3,)),
    "sum": (lambda x: ops.sum(x, axes=(0,)), (3, 2)),
    "prod": (lambda x: ops.prod(x, axes=(0,)), (3, 2)),
    "max": (lambda x: ops.max(x, axes=(0,)), (3, 2)),
    "min": (lambda x: ops.min(x, axes=(0,)), (3, 2)),
    "cumsum": (lambda x: ops.cumsum(x, axis=0, reverse=False), (3,)),
    "linear_recurrence": (lambda x: ops.linear_recurrence(x, x * 2.0, axis=0, reverse=False), (4,)),
    "matmul": (lambda x: x @ x, (3, 3)),
    "solve": (lambda x: ops.solve(x, x * x), (3, 3)),
    "det": (lambda x: ops.det(x), (2, 3, 3)),
    "cofactor": (lambda x: ops.cofactor(x), (3, 3)),
}
# Regions bring rules of their own; where is selected by the modes themselves and casts vanish in double (see test_modes).
WITHOUT = {"item", "scan", "cond", "custom", "integral", "where", "cast"}


def declared():
    return [op for op in TABLE.values() if not isinstance(op.derivative, Zero) and op.name not in WITHOUT]


def expression(op):
    """An expression of the op, and points for it, drawn alike whichever tests ran before."""
    random = np.random.default_rng([4, *op.name.encode()])
    if op.name in STRUCTURAL:
        f, shape = STRUCTURAL[op.name]
        return f(symbol("x", shape)), {"x": random.normal(size=shape)}
    xs = [symbol(name) for name in "xyzw"[: op.arity]]
    bounds = [(low, high) if np.isfinite(low) else (-2.0, 3.0) for low, high in op.sample]
    y = op(*xs, **dict.fromkeys(op.attributes, 1))
    return y, {name: random.uniform(low, high) for name, (low, high) in zip("xyzw", bounds)}


def wrong(derivative):
    """The declaration with every derivative 1.001 times too large."""
    def scaled(rule):
        if rule is None:
            return None
        if isinstance(rule, int):
            return lambda *nodes: wl.full(nodes[-1].type.shape, rule * FACTOR)
        return lambda *nodes: rule(*nodes) * FACTOR

    if isinstance(derivative, Partials):
        return Partials(tuple(map(scaled, derivative.of)))
    if isinstance(derivative, Linear):
        return derivative._replace(transpose=scaled(derivative.transpose))
    if isinstance(derivative, Bilinear):
        return Bilinear(tuple(map(scaled, derivative.transposes)))
    if isinstance(derivative, Weighted):
        return Weighted(scaled(derivative.weights))
    assert isinstance(derivative, Hook)
    return Hook(derivative.jvp, lambda node, ct: [c * FACTOR for c in derivative.vjp(node, ct)])


def test_every_row_is_covered():
    assert {op.name for op in declared() if not op.elementwise} == set(STRUCTURAL)


@pytest.mark.parametrize("op", declared(), ids=lambda op: op.name)
def test_a_right_rule_passes_and_a_wrong_one_fails(op, monkeypatch):
    passed = [check_grad(*expression(op), seed=k) for k in range(3)]
    assert all(report.ok and report.max_error < 1e-6 for report in passed), passed[0]
    right = op.derivative
    object.__setattr__(op, "derivative", wrong(right))
    try:
        y, at = expression(op)
        if op.name == "maximum" or op.name == "minimum":  # whichever of the two is it
            assert not all(check_grad(*expression(op)).ok for _ in range(8))
        else:
            assert not check_grad(y, at).ok
    finally:
        object.__setattr__(op, "derivative", right)


@pytest.mark.parametrize("op", [op for op in declared() if isinstance(op.derivative, Partials)], ids=lambda op: op.name)
def test_each_wrong_partial_is_found(op):
    right = op.derivative
    for k, partial in enumerate(right.of):
        if partial is None or op.name in ("maximum", "minimum"):
            continue
        one = list(right.of)
        one[k] = wrong(Partials((partial,))).of[0]
        object.__setattr__(op, "derivative", Partials(tuple(one)))
        try:
            y, at = expression(op)
            report = check_grad(y, at)
            assert [row.variable for row in report.rows if row.verdict == "wrong"] == ["xyzw"[k]], report
        finally:
            object.__setattr__(op, "derivative", right)


def test_models_pass():
    x, w = symbol("x", ("n", 4)), symbol("w", (4,))
    loss = wl.mean(wl.tanh(x @ w) ** 2)
    report = check_grad(loss, at={"x": random.normal(size=(50, 4)), "w": random.normal(size=4)})
    assert report.ok and report.max_error < 1e-9
    assert {row.method for row in report.rows} == {"complex step", "forward mode"}
    assert sum(isinstance(row.position, str) and row.variable == "x" for row in report.rows) == 6


def test_float32_is_judged_in_double():
    x = symbol("x", (3,), "float32")
    report = check_grad(wl.sum(wl.erf(x) * x), at={"x": np.array([0.1, 0.2, 0.3], "float32")})
    assert report.ok and report.max_error < 1e-9


@pytest.mark.parametrize(("f", "at"), [
    (wl.abs, 0.0), (lambda x: wl.maximum(x, 1.0), 1.0), (lambda x: wl.where(x > 2, 3 * x, x), 2.0), (wl.floor, 3.0),
    (lambda x: wl.max(wl.stack([x, 2 * x])), 0.0), (lambda x: wl.clip(x, 0.0, 1.0), 1.0), (wl.relu, 0.0),
])
def test_kinks_are_reported_not_failed(f, at):
    report = check_grad(f(symbol("x")), at={"x": at})
    assert report.ok and [row.verdict for row in report.rows if row.variable == "x"] == ["kink"]
    assert "1 kink" in str(report)


@pytest.mark.parametrize(("f", "numeric"), [
    (wl.sign, "a jump"), (wl.floor, "a jump"), (lambda x: 3 * wl.abs(x) + 2, "0 ± 3"), (lambda x: wl.maximum(x, 4 * x) - 1, "2.5 ± 1.5"),
])
def test_a_kink_shows_both_slopes_and_a_jump_none(f, numeric):
    report = check_grad(f(symbol("x")), at={"x": 0.0})
    assert report.ok and report.max_error == 0.0
    assert [row[3] for row in report.table() if row[-1] == "kink"] == [numeric]


def test_a_smooth_joint_is_no_kink_and_a_near_one_is_not_crossed():
    x = symbol("x")
    for f, at in ((lambda x: wl.relu(x) ** 2, 0.0), (wl.abs, 1e-5), (lambda x: wl.where(x > 1, x, wl.sin(x)), 1 + 1e-6)):
        report = check_grad(f(x), at={"x": at})
        assert report.ok and report.rows[0].verdict == "ok"


def test_edges_of_a_domain_are_approached_from_inside():
    x = symbol("x")
    for f, at in ((wl.log, 1e-9), (wl.sqrt, 1e-7), (wl.arcsin, 1 - 1e-9), (wl.gammaln, 1e-6)):
        assert check_grad(f(x), at={"x": at}).ok


def test_a_wrong_custom_rule_fails_with_its_table():
    @wg.custom_derivative
    def cube(x):
        return x * x * x

    cube.defvjp(lambda given, y, ct: (3.1 * given[0] * given[0] * ct,))
    report = check_grad(cube(symbol("x")), at={"x": 2.0})
    with pytest.raises(CheckError, match="wrong"):
        report.raise_if_failed()
    assert "12.4" in str(report) and "12" in str(report) and not report.ok


def test_stopped_gradients_are_held_still():
    x = symbol("x")
    assert check_grad(ops.stop_gradient(wl.sin(x)) * x, at={"x": 2.0}).ok


def test_not_finite_points_are_noted():
    report = check_grad(wl.log(symbol("x")), at={"x": -1.0})
    assert report.ok and "not finite" in str(report)


def test_functions_of_containers():
    @dataclass
    class Layer:
        weight: object
        bias: object

    def model(layers, x):
        for layer in layers:
            x = wl.tanh(x @ layer.weight + layer.bias)
        return {"sum": wl.sum(x), "all": x}

    layers = [Layer(random.normal(size=(3, 2)), np.zeros(2)), Layer(random.normal(size=(2, 2)), np.ones(2))]
    report = check_grad(model, at=(layers, random.normal(size=(4, 3))))
    assert report.ok and len({row.variable for row in report.rows}) == 6
    assert {row.variable[:10] for row in check_grad(model, at=(layers, np.ones((4, 3))), wrt=1).rows} == {"argument 1", "all"}


def test_errors():
    x = symbol("x")
    with pytest.raises(ArgumentError, match="check_grad: no value for the symbol 'x'"):
        check_grad(x * x, at={})
    with pytest.raises(GraphError, match="there is no symbol 'y'; the symbols are x"):
        check_grad(x * x, at={"x": 1.0}, wrt="y")
    with pytest.raises(ArgumentError, match=r"check_grad: x: expected f64, got shape \(2,\)"):
        check_grad(x * x, at={"x": [1.0, 2.0]})


def test_differences_see_what_they_can():
    """The extrapolated value is right far below the truncation error of one step, and says how far it may be off."""
    for f, x, slope in ((np.sin, 1.0, np.cos(1.0)), (np.exp, 3.0, np.exp(3.0)), (lambda v: v**7, 2.0, 448.0)):
        found = differences(lambda h, f=f, x=x: (float(f(x + h)), ()), 0.05 * x)
        assert abs(found.value - slope) <= 4 * found.error + 1e-12 * abs(slope) and found.error < 1e-9 * abs(slope)


def test_a_compiled_function_and_a_graph_are_checked_whole():
    x, unused, k = wg.symbol("x", 3), wg.symbol("unused", 2), wg.symbol("k", (), "int64")
    f = wg.function([x, unused, k], [wl.sum(wl.sin(x)) * k, wl.exp(x), k + 1], name="f")
    at = {"x": np.arange(3.0), "unused": np.ones(2), "k": 2}
    for target in (f, wg.parse(f.dump("input"))):
        report = check_grad(target, at=at)
        assert report.ok and {row.variable for row in report.rows} >= {"x", "all"}


def test_where_the_value_is_not_a_number_nothing_is_said():
    y = wg.symbol("y", "n")
    report = check_grad(wl.sum(y), at={"y": np.array([1.0, np.nan])})
    assert {row.verdict for row in report.rows if row.variable == "y"} == {"unsure"} and "not finite here" in str(report)


NOISE = {  # u and v are one variable, of which the result does not depend
    "one": lambda u, v, w: wl.sin(u) ** 2 + wl.cos(v) ** 2,
    "a mass that cancels": lambda u, v, w: u * 9.81 * wl.sin(w) / (v * 1.3),
    "large terms": lambda u, v, w: (u + 1e3) ** 2 - v * v - 2e3 * v,
    "a large factor": lambda u, v, w: 1e8 * (wl.sin(u) ** 2 + wl.cos(v) ** 2),
    "a small factor": lambda u, v, w: 1e-30 * (wl.log(u * w) - wl.log(v)),
    "inverses": lambda u, v, w: wl.exp(u) * wl.exp(-v) + wl.sum(wl.softmax(wl.stack([u, 2 * u, w]))),
}


def moved(factor):
    """x, whose derivative is said to be the factor."""
    return wg.custom_derivative(lambda x: x * 1.0, vjp=lambda args, y, ct: (factor * ct,))


@pytest.mark.parametrize("name", NOISE)
def test_a_derivative_that_is_rounding_alone_passes_and_a_wrong_one_does_not(name):
    for seed, (at, w) in enumerate(((0.7, 2.3), (3.1, 1.7), (0.1, 1e5), (11.3, 0.1))):
        x, values = symbol("x"), {"x": at}
        report = check_grad(NOISE[name](x, x, w), values, seed=seed)
        assert report.ok and len(report.rows) == 2, report
        assert check_grad(NOISE[name](moved(1.0)(x), x, w), values, seed=seed).ok
        assert not check_grad(NOISE[name](moved(FACTOR)(x), x, w), values, seed=seed).ok


@pytest.fixture
def wrong_sine():
    right = ops.sin.derivative
    object.__setattr__(ops.sin, "derivative", wrong(right))
    yield
    object.__setattr__(ops.sin, "derivative", right)


def test_a_small_derivative_beside_a_large_value_is_right():
    assert check_grad(1.0 + 1e-20 * wl.sin(symbol("x")), {"x": 0.7}).ok


def test_a_small_derivative_beside_a_large_value_is_judged_at_its_own_size(wrong_sine):
    assert not check_grad(1.0 + 1e-20 * wl.sin(symbol("x")), {"x": 0.7}).ok


def test_noise_as_large_as_the_derivative_proves_nothing(wrong_sine):
    report = check_grad(wl.sin(1e17 * wl.exp(symbol("x"))), {"x": 0.7}, wrt="x")
    assert [row.verdict for row in report.rows if row.variable == "x"] == ["unsure"]


# ---------------------------------------------------------------------------------------------------- compiled functions

def test_a_compiled_function_takes_its_arguments_as_the_point() -> None:
    a, b = sympy.symbols("a b")
    f = wg.lambdify([a, b], sympy.sin(a) * b**2, "gradient")
    assert str(check_grad(f, at=(0.5, 2.0))) == str(check_grad(f, at={"a": 0.5, "b": 2.0}))
    for at, said in (((), r"check_grad: give the point, as in at=\{\.\.\.\}"), ((1.0, 2.0, 3.0), "takes 2 arguments, got 3"),
                     ((1.0,), r"missing argument b; it takes \(a, b\)"), ({"a": 1.0, "b": 2.0, "q": 3.0}, "there is no symbol 'q'")):
        with pytest.raises(ArgumentError, match=said):
            check_grad(f, at)
    with pytest.raises(ArgumentError, match="`at` must be a dict of values by the symbols' names, got none"):
        check_grad(symbol("x") ** 2)


@pytest.mark.parametrize("at", [([1.0, 2.0], 3.0), {"array": [1.0, 2.0], "b": 3.0}])
@pytest.mark.parametrize("sparse", [False, True])
def test_sparse_and_nested_functions_are_checked(at: Any, sparse: bool) -> None:
    x, y, b = sympy.symbols("x y b")
    f = wg.lambdify([[x, y], b], [x * b, sympy.sin(y)], "jacobian", sparse=sparse)
    report = check_grad(f, at)
    assert report.ok and [row.position for row in report.rows if row.variable == "array"] == [(0,), (1,)]
    assert check_grad(wg.lambdify([[x, y], b], {"p": sympy.Matrix([x, y]), "q": x * b}), at).ok


@pytest.mark.parametrize("at", [(1 + 2j, 2.0), {"z": 1 + 2j, "r": 2.0}])
def test_complex_functions_are_checked_part_by_part(at: Any) -> None:
    z, r = sympy.Symbol("z"), sympy.Symbol("r", real=True)
    report = check_grad(wg.lambdify([z, r], sympy.sin(z) * r, dtype=complex), at)
    slope = {row.position: row.numeric for row in report.rows if row.variable == "z"}
    total = 2.0 * np.cos(1 + 2j)  # the sum of both parts is differentiated by the real part and by the imaginary one
    np.testing.assert_allclose([slope[0,], slope[1,]], [total.real + total.imag, total.real - total.imag], rtol=1e-12)
    assert report.ok
    with pytest.raises(ArgumentError, match="has no argument 'q'"):
        check_grad(wg.lambdify([z], z * z, dtype=complex), {"z": 1j, "q": 1.0})


def test_a_size_that_only_an_argument_tells() -> None:
    n, y, i = sympy.Symbol("n", integer=True), sympy.IndexedBase("y"), sympy.Idx("i")
    f = wg.lambdify([y, n], sympy.Sum(y[i] ** 2, (i, 0, n - 1)))
    assert [row.symbolic for row in check_grad(f, (np.array([1.0, 2.0, 3.0]), 2)).rows[:3]] == [2.0, 4.0, 0.0]


def test_what_a_plain_function_raises_is_told() -> None:
    def plain(x: Any, y: Any) -> Any:
        return x**2 * y

    with pytest.raises(ArgumentError, match=r"plain with `at`, a dict, as its one argument raised TypeError.*give the tuple of its arg"):
        check_grad(plain, {"x": 1.0, "y": 2.0})
    with pytest.raises(ArgumentError, match="plain with the arguments `at` raised TypeError"):
        check_grad(plain, (1.0,))
    assert check_grad(plain, (1.0, 2.0)).ok
