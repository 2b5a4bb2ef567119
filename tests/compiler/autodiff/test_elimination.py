"""Vertex elimination: the Jacobian and Hessian are the same in every order, exact in their pattern, and counted right."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from wengert.compiler.autodiff import elimination, grad, hessian, jacobian, jvp
from wengert.compiler.autodiff.elimination import cheapest
from wengert.compiler.autodiff.flow import Flow
from wengert.compiler.autodiff.forward import push
from wengert.compiler.autodiff.linear import Linear, curved, linearised
from wengert.compiler.autodiff.reverse import pull
from wengert.compiler.autodiff.scalars import hessian_cells, jacobian_cells
from wengert.compiler.autodiff.walk import between
from wengert.compiler.passes.pipeline import run
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.cost import operations
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node, postorder
from wengert.ir.ops.source import filled
from wengert.ir.types import Type

SCALAR = Type("float64")
UNARY = [wl.sin, wl.tanh, lambda x: x * x, lambda x: 1 / (2 + wl.sin(x)), lambda x: -x, lambda x: 3 * x, wl.abs]
BINARY = [
    lambda x, y: x * y, lambda x, y: x + y, lambda x, y: x - y, wl.maximum, wl.hypot,
    lambda x, y: wl.where(x > y, x * y, wl.cos(y)), lambda x, y: wl.where(x > 0, wl.log(x) * y, y),
]
AT = [0.31, -1.73, 0.94, 2.17]  # without small integer relations, which would be kinks of abs and hypot


def symbols(count: int) -> list[Node]:
    return [ops.input(name=f"e{k}", type=SCALAR) for k in range(count)]


@st.composite
def models(draw):
    """Symbols, and outputs of a random program of scalars."""
    xs = symbols(draw(st.integers(2, 4)))
    nodes = list(xs)
    for _ in range(draw(st.integers(3, 14))):
        pick = st.integers(max(0, len(nodes) - 5), len(nodes) - 1)
        if draw(st.booleans()):
            nodes.append(draw(st.sampled_from(UNARY))(nodes[draw(pick)]))
        else:
            nodes.append(draw(st.sampled_from(BINARY))(nodes[draw(pick)], nodes[draw(pick)]))
    outputs = nodes[-draw(st.integers(1, 4)):]
    assume(between(outputs, xs))
    return xs, outputs


def numbers(nodes: list[Node]) -> list[np.ndarray]:
    inputs = [node for node in postorder(nodes) if node.op is ops.input]
    return list(evaluate(Graph("test", inputs, nodes), *[np.float64(AT[int(x.attrs[0][1:])]) for x in inputs]))


def same(a: dict, b: dict) -> None:
    """The same places, and the same numbers there."""
    assert a.keys() == b.keys()
    places = list(a)
    np.testing.assert_allclose(numbers([a[p] for p in places]), numbers([b[p] for p in places]), rtol=1e-9, atol=1e-9)


def orders(linear: Linear, data) -> list:
    return [linear.inner, linear.inner[::-1], data.draw(st.permutations(list(linear.inner))), cheapest(linear, [])]


@settings(max_examples=200)
@given(models(), st.data())
def test_every_order_gives_the_jacobian(model, data):
    xs, outputs = model
    steps = between(outputs, xs)
    linear = linearised(steps, xs, outputs)
    tangents = push(steps, {x: {j: Flow(filled(SCALAR, 1))} for j, x in enumerate(xs)}, outputs)
    forward = {(i, j): flow.node() for i, y in enumerate(outputs) for j, flow in tangents[y].items()}
    cotangents = pull(steps, {y: {i: Flow(filled(SCALAR, 1))} for i, y in {y: i for i, y in enumerate(outputs)}.items()}, xs)
    reverse = {(i, j): flow.node() for j, x in enumerate(xs) for i, flow in cotangents.get(x, {}).items()}
    same({place: node for place, node in forward.items() if place in reverse}, reverse)
    for order in orders(linear, data):
        rows = linear.eliminated(order).entering[-len(outputs):]
        same({(i, j): weight.node() for i, row in enumerate(rows) for j, weight in row.items()}, forward)


@settings(max_examples=200)
@given(models(), st.data())
def test_every_order_gives_the_hessian(model, data):
    xs, (*_, cost) = model
    steps = between([cost], xs)
    linear = linearised(steps, xs, [])
    assume(linear is not None)
    assert curved(steps, linear, cost)
    wanted = np.reshape(numbers([second for x in xs for second in jvp(grad(cost, xs), x, 1.0)]), (len(xs), len(xs)))
    for order in orders(linear, data):
        graph = linear.eliminated(order)
        found = np.zeros((len(xs), len(xs)))
        for i, row in enumerate(graph.rows[: len(xs)]):
            for j, weight in row.items():
                assert graph.rows[j][i] is weight
                found[i, j] = numbers([weight.node()])[0]
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8)


def work(outputs: list[Node]) -> int:
    inputs = [node for node in postorder(outputs) if node.op is ops.input]
    return operations(run(Graph("f", inputs, outputs))[0].nodes)


def added(outputs: list[Node], xs: list[Node]) -> int:
    return work([*outputs, *jacobian_cells(outputs, xs).values()]) - work(outputs)


def test_a_bottleneck_is_crossed_once():
    """Six variables, twenty steps one after the other, seven outputs. Forward mode carries six numbers through the
    steps, reverse mode seven, the mixed order one."""
    xs = [ops.input(name=f"b{k}", type=SCALAR) for k in range(6)]
    y = wl.exp(sum(x * (k + 2.0) for k, x in enumerate(xs[1:], 1)) * xs[0])
    for _ in range(19):
        y = wl.exp(y)
    outputs = [wl.sin(y * (k + 2.0)) for k in range(7)]
    # 19 products of the steps, 6 and 1 to the narrow place and back, 7 cosines with a factor each, 6 * 7 products
    assert added(outputs, xs) <= 19 + 14 + 14 + 42 + 6
    every = linearised(between(outputs, xs), xs, outputs)
    for order in (every.inner, every.inner[::-1]):
        graph, counted = every.counting()
        for v in order:
            graph.eliminate(v)
        assert counted.operations > 150


def test_operations_are_counted_right():
    """What the kinds of weights count is what the nodes cost, where no two products are the same."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        xs = [ops.input(name=f"c{k}", type=SCALAR) for k in range(3)]
        nodes = list(xs)
        for _ in range(12):
            a, b = random.choice(len(nodes), 2, replace=False)
            nodes.append(nodes[a] * nodes[b] if random.random() < 0.6 else nodes[a] + nodes[b])
        outputs = nodes[-3:]
        linear = linearised(between(outputs, xs), xs, outputs)
        order = random.permutation(list(linear.inner)).tolist()
        graph, counted = linear.counting()
        for v in order:
            graph.eliminate(v)
        weights = [w.node() for row in linear.eliminated(order).entering[-3:] for w in row.values()]
        built = operations(node for node in postorder(weights) if node not in set(postorder(outputs)))
        assert 0.6 * counted.operations <= built <= counted.operations + len(weights)


def test_the_budget_bounds_the_search(monkeypatch):
    xs = [ops.input(name=f"d{k}", type=SCALAR) for k in range(3)]
    y = wl.sin(xs[0] * xs[1] * xs[2])
    outputs = [y * k for k in (2.0, 3.0, 5.0)]
    linear = linearised(between(outputs, xs), xs, outputs)
    assert cheapest(linear, []) is not None and cheapest(linear, [], limit=1) is None
    monkeypatch.setattr(elimination, "BUDGET", 1)
    assert cheapest(linear, []) is None
    assert list(cheapest(linear, [linear.inner])) == list(linear.inner)
    assert len(jacobian_cells(outputs, xs)) == len(hessian_cells(y, xs)) == 9


def test_variables_may_depend_on_each_other(symbol, value):
    x, y = symbol("x"), symbol("y")
    u = wl.sin(x) * y
    outputs = [u * x, u + y, wl.exp(u * u)]
    at = {"x": 0.7, "y": 1.3}
    found = np.array([[value(d, **at) for d in row] for row in jacobian(outputs, [x, u, y, x])])
    s, c = np.sin(0.7), np.cos(0.7)
    v = s * 1.3
    by_u = np.array([0.7, 1, 2 * v * np.exp(v * v)])
    by_x, by_y = by_u * c * 1.3 + [v, 0, 0], by_u * s + [0, 1, 0]
    np.testing.assert_allclose(found, np.transpose([by_x, by_u, by_y, by_x]), rtol=1e-14)
    second = np.array([[value(d, **at) for d in row] for row in hessian(outputs[0], [x, u])])
    np.testing.assert_allclose(second, [[2 * c * 1.3 - 0.7 * v, 1], [1, 0]], rtol=1e-14)


@pytest.mark.parametrize("x", [-1.0, 0.0])
def test_branches_not_taken_do_not_poison(x, value, symbol):
    """Mixed orders multiply partials of untaken branches, which may be infinite, before they select."""
    a, b = symbol("a"), symbol("b")
    root = wl.where(a > 0, wl.sqrt(a), 0.0)
    u = wl.where(a > 0, wl.log(a) * b + root, b * b)
    outputs = [wl.sin(u) * 2.0, wl.exp(u), wl.sqrt(wl.where(b > 5, u - 5, 1.0)) + a]
    linear = linearised(between(outputs, [a, b]), [a, b], outputs)
    wanted = [[0, 12 * np.cos(9.0)], [0, 6 * np.exp(9.0)], [1, 0]]
    for order in (linear.inner, linear.inner[::-1], cheapest(linear, [])):
        rows = linear.eliminated(order).entering[-3:]
        found = [[value(row[j].node(), a=x, b=3.0) if j in row else 0.0 for j in range(2)] for row in rows]
        np.testing.assert_allclose(found, wanted, rtol=1e-14)
    second = hessian(outputs[1], [a, b])
    e = np.exp(9.0)
    np.testing.assert_allclose([[value(d, a=x, b=3.0) for d in row] for row in second], [[0, 0], [0, 38 * e]], rtol=1e-14)
