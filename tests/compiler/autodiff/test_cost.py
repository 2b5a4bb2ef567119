"""What derivatives cost, counted: at most five times the function, linear in the graph, whatever is read how often."""
from __future__ import annotations

import numpy as np
import pytest

from wengert.compiler.autodiff import grad
from wengert.compiler.autodiff.walk import between
from wengert.compiler.passes.pipeline import run
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.cost import magnitude, operations
from wengert.ir.graph import Graph
from wengert.ir.node import postorder
from wengert.ir.types import Poly, Type


def symbol(name, shape=()):
    return ops.input(name=name, type=Type("float64", shape))


def neuron():
    w0, x0, w1, x1, w2 = wrt = [symbol(k) for k in ("w0", "x0", "w1", "x1", "w2")]
    return 1 / (1 + wl.exp(-(w0 * x0 + w1 * x1 + w2))), wrt


def logistic_regression():
    x, y, w = symbol("x", ("n", 10)), symbol("y", ("n",)), symbol("w", (10,))
    z = x @ w
    return wl.mean(wl.log(1 + wl.exp(z)) - y * z) + 0.1 * wl.sum(w * w), [w]


def network(activation=wl.tanh):
    x, y = symbol("x", ("n", 64)), symbol("y", ("n", 10))
    wrt = [symbol("a", (64, 128)), symbol("b", (128,)), symbol("c", (128, 10)), symbol("d", (10,))]
    a, b, c, d = wrt
    return -wl.mean(wl.sum(y * wl.log_softmax(activation(x @ a + b) @ c + d), axis=-1)), wrt


def rosenbrock():
    x = symbol("x", (100,))
    return wl.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), [x]


def rosenbrock_by_elements():
    x = symbol("x", (40,))
    return sum((100 * (x[k + 1] - x[k] ** 2) ** 2 + (1 - x[k]) ** 2 for k in range(39)), 0.0), [x]


def mixture():
    x, a, m, q = wrt = [symbol("x", (50, 3)), symbol("a", (5,)), symbol("m", (5, 3)), symbol("q", (5, 3))]
    z = (x[:, None, :] - m) * wl.exp(q)
    inside = a + wl.sum(q, axis=1) - 0.5 * wl.sum(z * z, axis=2)
    return wl.sum(wl.logsumexp(inside, axis=1)) - 50 * wl.logsumexp(a), wrt[1:]


def option():
    s, k, t, r, v = wrt = [symbol(name) for name in "sktrv"]
    d = (wl.log(s / k) + (r + v * v / 2) * t) / (v * wl.sqrt(t))
    normal = lambda z: 0.5 * (1 + wl.erf(z / np.sqrt(2)))  # noqa: E731
    return s * normal(d) - k * wl.exp(-r * t) * normal(d - v * wl.sqrt(t)), wrt


def attention():
    q, k, v = wrt = [symbol(name, ("n", 16)) for name in "qkv"]
    return wl.sum(wl.softmax(q @ k.T / 4.0) @ v) ** 2, wrt


def distances():
    x = symbol("x", ("n", 3))
    away = x[:, None] - x[None]
    return wl.sum(wl.sqrt(wl.sum(away * away, axis=-1) + 1e-3)), [x]


def branches():
    x = symbol("x", ("n",))
    return wl.sum(wl.where(x > 0, wl.sqrt(x) * x, wl.where(x < -1, wl.exp(x) / x, x * x * x))), [x]


def quotients():
    wrt = [symbol(f"x{k}") for k in range(20)]
    y = wrt[0]
    for x in wrt[1:]:
        y = y / x
    return y, wrt


def products():
    wrt = [symbol(f"x{k}") for k in range(50)]
    y = wrt[0]
    for x in wrt[1:]:
        y = y * x
    return y, wrt


def powers():
    x, y = wrt = [symbol("x", (30,)), symbol("y", (30,))]
    return wl.sum(x**y + x**3 + x**-1.5 + wl.hypot(x, y) + wl.arctan2(x, y)), wrt


def running():
    x = symbol("x", (50,))
    return wl.sum(wl.cumsum(wl.sin(x)) * wl.cumprod(x)), [x]


def product_of_functions():
    x = symbol("x", ("n",))
    return wl.prod(wl.tanh(x) + 2) * wl.max(wl.sin(x)), [x]


def lookups():
    x = symbol("x", (50,))
    places = np.arange(200) % 50
    return wl.sum(wl.sin(x[places]) * x[places[::-1].copy()]), [x]


MODELS = [neuron, logistic_regression, network, rosenbrock, rosenbrock_by_elements, mixture, option, attention, distances,
          branches, quotients, products, powers, running, product_of_functions, lookups]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_value_and_gradient_cost_at_most_five_values(model):
    cost, wrt = model()
    inputs = [node for node in postorder([cost]) if node.op is ops.input]
    for sizes in ({"n": 32}, {"n": 1000}):
        value, both = (
            magnitude(operations(run(Graph("f", inputs, outputs))[0].nodes), sizes) for outputs in ([cost], [cost, *grad(cost, wrt)])
        )
        assert both <= 5 * value


def chain(depth, width=10):
    xs = [symbol(f"x{k}") for k in range(width)]
    y = xs[0]
    for k in range(depth):
        y = wl.sin(y) * xs[k % width] + xs[(7 * k) % width]
    return y, xs


def test_reverse_mode_is_linear_in_the_graph():
    counts = []
    for depth in (100, 200, 400):
        y, xs = chain(depth)
        counts.append(len(postorder([y, *grad(y, xs)])) / len(postorder([y])))
    assert max(counts) <= 4 and max(counts) - min(counts) < 0.1


def test_only_nodes_between_the_output_and_wrt_are_visited():
    y, _ = chain(300)
    z = symbol("z")
    assert len(between([y * z], [z])) == 2
    late = wl.sin(y)
    assert [step.node.op.name for step in between([wl.cos(late) + late], [late])] == ["sin", "cos", "add"]
    assert len(postorder(grad(wl.exp(y * z), [z]))) <= len(postorder([y])) + 4


@pytest.mark.parametrize("n", [200, 1000])
def test_reading_elements_of_a_vector_stays_linear(n):
    """A thousand pads of a thousand elements would be a million additions."""
    x = symbol("x", (n,))
    slopes = {
        "neighbours": sum((x[k] * x[k + 1] for k in range(n - 1)), 0.0),
        "windows": sum((wl.sum(x[k:k + 5] ** 2) for k in range(n - 4)), 0.0),
        "of an intermediate": sum((wl.sin(x)[k] * x[n - 1 - k] for k in range(n)), 0.0),
        "signs": sum((x[k] - x[k + 1] * x[k] for k in range(n - 1)), 0.0),
    }
    for name, cost in slopes.items():
        nodes = postorder([grad(cost, x)])
        work = operations(nodes) + sum(node.type.size for node in nodes if node.op in (ops.pad, ops.concatenate))
        assert work <= 40 * n, name


def test_reading_elements_of_a_matrix_stays_linear(value):
    n = 20
    x = symbol("x", (n, n))
    cost = sum((x[i, j] * x[j, i] * (i + 2 * j) for i in range(n) for j in range(n)), 0.0)
    nodes = postorder([grad(cost, x)])
    assert operations(nodes) + sum(node.type.size for node in nodes if node.op in (ops.pad, ops.concatenate)) <= 12 * n * n
    at = np.random.default_rng(0).normal(size=(n, n))
    weights = np.add.outer(np.arange(n), 2 * np.arange(n))
    np.testing.assert_allclose(value(grad(cost, x), x=at), at.T * (weights + weights.T))


def test_many_lookups_are_one_scatter(value):
    x = symbol("x", (1000, 4))
    places = np.random.default_rng(0).integers(0, 1000, (50, 3))
    cost = sum((wl.sum(wl.sin(x[row])) for row in places), 0.0)
    nodes = postorder([grad(cost, x)])
    assert [node.op.name for node in nodes].count("scatter_add") == 1
    at = np.random.default_rng(1).normal(size=(1000, 4))
    np.testing.assert_allclose(value(grad(cost, x), x=at), np.cos(at) * np.bincount(places.ravel(), minlength=1000)[:, None])


def test_two_halves_are_put_side_by_side():
    x = symbol("x", ("n", 6))
    slope = grad(wl.sum(wl.sin(x[:, :2])) + wl.sum(wl.cos(x[:, 2:])), x)
    assert slope.op is ops.concatenate and not any(node.op is ops.pad for node in postorder([slope]))


@pytest.mark.parametrize("n", [3, 7])
def test_pieces_of_every_kind_add_up(n, value):
    """Overlapping, nested, strided, from the end, repeated, and in two axes; sizes fixed or known at the call."""
    for first in (n, "n"):
        x = symbol("x", (first, 4))
        parts = [x[0], x[-1], x[0, 1:3], x[1:], x[:-1, 1], x[::2, 2:], x[1, 1], x[1, 2], x[-2:, :1], x[1:2, 3], x[:2, 0:2]]
        cost = sum((wl.sum((part + k) ** 2) for k, part in enumerate(parts)), 0.0)
        at = np.random.default_rng(n).normal(size=(n, 4))
        slope = value(grad(cost, x), x=at)
        h = 1e-6
        for place in np.ndindex(n, 4):
            up, down = at.copy(), at.copy()
            up[place] += h
            down[place] -= h
            assert slope[place] == pytest.approx((value(cost, x=up) - value(cost, x=down)) / (2 * h), abs=1e-6)


def test_operations_are_exact():
    n = Poly.name("n")
    a, b = symbol("a", ("n", 3)), symbol("b", (3, 5))
    assert operations([a @ b]) == 30 * n
    assert operations([wl.sin(a), wl.sum(a), a.T, a[1:], ops.cumsum(a, axis=0, reverse=False)]) == 9 * n
    assert operations(postorder([wl.sum(wl.sin(a @ b))])) == 40 * n
    assert magnitude(30 * n + 2, {}) == 3002 and magnitude(30 * n + 2, {"n": 2}) == 62
