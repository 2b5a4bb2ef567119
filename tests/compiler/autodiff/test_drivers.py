"""Jacobians, Hessians and Hessian products: equal in every mode, for tensors, scalars, and sizes known at the call."""
from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.compiler.autodiff import SparseMatrix, grad, hessian, hvp, jacobian, jvp, vjp
from wengert.compiler.autodiff.drivers import _by_forward, _by_reverse
from wengert.compiler.autodiff.scalars import scalars_of
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.cost import operations
from wengert.ir.errors import ShapeError
from wengert.ir.node import postorder

random = np.random.default_rng(11)


def columns(y, x, at, value):
    """The Jacobian column by column."""
    units = np.eye(at.size).reshape(at.size, *at.shape)
    return np.stack([value(jvp(y, x, unit), x=at) for unit in units], -1).reshape(*y.type.shape, *at.shape)


FUNCTIONS = {
    "elementwise": (lambda x: wl.sin(x) * x, (3,)),
    "matrix": (lambda x: wl.tanh(x @ x.T), (2, 3)),
    "broadcasts and sums": (lambda x: x[:, None] * x[None] + wl.sum(x), (3,)),
    "slices": (lambda x: x[1:] * x[:-1] ** 2, (4,)),
    "gather": (lambda x: x[np.array([2, 0, 2])] ** 2, (3,)),
    "scatter": (lambda x: wl.diag(x * x) @ wl.ones((3,)), (3,)),
    "softmax": (lambda x: wl.softmax(x), (4,)),
    "where": (lambda x: wl.where(x > 0, x * x, wl.exp(x)), (4,)),
    "max": (lambda x: wl.max(x, axis=1), (2, 3)),
    "prod and cumsum": (lambda x: wl.cumsum(x) * wl.prod(x), (3,)),
    "concatenate": (lambda x: wl.concatenate([x, x * x, np.ones(1)]), (2,)),
    "transposes": (lambda x: wl.transpose(x) * 2.0, (2, 3)),
    "vector by matrix": (lambda x: x[0] @ wl.sin(x), (2, 2)),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_both_ways_of_a_jacobian_are_its_columns(name, symbol, value):
    f, shape = FUNCTIONS[name]
    x = symbol("x", shape)
    at = random.normal(size=shape)
    y = f(x)
    wanted = columns(y, x, at, value)
    for way in (_by_forward, _by_reverse):
        np.testing.assert_allclose(value(way([y], [x])[0][0], x=at), wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(value(jacobian(y, x), x=at), wanted, rtol=1e-12, atol=1e-14)
    weights = random.normal(size=y.type.shape)
    product = np.tensordot(weights, wanted, y.type.ndim)
    np.testing.assert_allclose(value(vjp(y, x, weights), x=at), product, rtol=1e-11, atol=1e-13)


def test_lists_of_outputs_and_variables_give_lists(symbol, value):
    x, y, s = symbol("x", (2,)), symbol("y", (3,)), symbol("s")
    found = jacobian([wl.outer(x, y), wl.sum(x) * s], [x, y, s])
    assert [[str(block.type) for block in row] for row in found] == [
        ["f64[2,3,2]", "f64[2,3,3]", "f64[2,3]"], ["f64[2]", "f64[3]", "f64"],
    ]
    at = {"x": np.array([2.0, 3.0]), "y": np.array([5.0, 7.0, 11.0]), "s": 13.0}
    np.testing.assert_array_equal(value(found[0][1], **at)[1], 3.0 * np.eye(3))
    assert value(found[1][2], **at) == 5.0
    np.testing.assert_array_equal(value(found[0][2], **at), np.zeros((2, 3)))


@pytest.mark.parametrize("n", [0, 1, 2, 5])
def test_symbolic_sizes(n, symbol, value):
    x = symbol("x", ("n",))
    at = random.normal(size=n)
    y = wl.cumsum(wl.sin(x))
    assert str(jacobian(y, x).type) == "f64[n,n]"
    np.testing.assert_allclose(value(jacobian(y, x), x=at), np.tril(np.ones((n, n))) * np.cos(at), atol=1e-15)
    np.testing.assert_allclose(value(hessian(wl.sum(y), x), x=at), np.diag(-np.arange(n, 0, -1) * np.sin(at)), atol=1e-15)


def test_the_cheaper_mode_is_taken(symbol):
    tall, wide = symbol("A", (50, 2)), symbol("B", (2, 50))
    x, z = symbol("x", (2,)), symbol("z", (50,))
    for matrix, v in ((tall, x), (wide, z)):
        y = wl.tanh(matrix @ v)
        ways = [operations(postorder([way([y], [v])[0][0]])) for way in (_by_forward, _by_reverse)]
        assert operations(postorder([jacobian(y, v)])) == min(ways) < max(ways)


def test_hessians_and_products_agree(symbol, value):
    x, w = symbol("x", (3, 2)), symbol("w", (2,))
    cost = wl.sum(wl.logsumexp(x * w, axis=0)) + wl.sum(wl.tanh(x @ w) ** 2)
    at = {"x": random.normal(size=(3, 2)), "w": random.normal(size=2)}
    blocks = [[value(b, **at) for b in row] for row in hessian(cost, [x, w])]
    whole = np.block([[b.reshape(a.size, c.size) for b, c in zip(row, at.values())] for row, a in zip(blocks, at.values())])
    np.testing.assert_allclose(whole, whole.T, rtol=1e-12, atol=1e-14)
    v = [random.normal(size=(3, 2)), random.normal(size=2)]
    found = np.concatenate([np.ravel(p) for p in value(hvp(cost, [x, w], v), **at)])
    np.testing.assert_allclose(found, whole @ np.concatenate([np.ravel(p) for p in v]), rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(value(hessian(cost, w), **at), blocks[1][1], rtol=1e-12)


def test_a_hessian_product_costs_a_few_gradients(symbol):
    x = symbol("x", (100,))
    cost = wl.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    assert operations(postorder([hvp(cost, x, symbol("v", (100,)))])) <= 4 * operations(postorder([grad(cost, x)]))


def test_third_derivatives(symbol, value):
    x = symbol("x", (2,))
    third = jacobian(hessian(x[0] ** 3 * x[1] + wl.exp(x[1]), x), x)
    found = value(third, x=[2.0, 0.5])
    assert found.shape == (2, 2, 2)
    np.testing.assert_allclose(found[0, 0], [6 * 0.5, 6 * 2.0])
    np.testing.assert_allclose(found[1, 1, 1], np.exp(0.5))


def test_models_of_scalars_have_entries(symbol, value):
    a, b, c = (symbol(name) for name in "abc")
    outputs = wl.stack([a * b, wl.sin(a), wl.full((), 3.0), b + 0.0 * c])
    entries = jacobian(outputs, [a, b, c], sparse=True)
    assert isinstance(entries, SparseMatrix) and entries.shape == (4, 3)
    places = list(zip(entries.rows.tolist(), entries.columns.tolist()))
    assert places == [(0, 0), (0, 1), (1, 0), (3, 1)]  # a factor of zero is known
    at = {"a": 2.0, "b": 5.0, "c": 7.0}
    np.testing.assert_allclose(value(entries.values, **at), [5.0, 2.0, np.cos(2.0), 1.0])
    wanted = np.array([[5.0, 2.0, 0], [np.cos(2.0), 0, 0], [0, 0, 0], [0, 1, 0]])
    np.testing.assert_allclose(value(entries.dense(), **at), wanted)
    np.testing.assert_allclose(np.stack([value(d, **at) for d in jacobian(outputs, [a, b, c])], 1), wanted)


def test_vectors_read_element_by_element_are_models_of_scalars(symbol, value):
    x = symbol("x", (4,))
    at = np.array([2.0, 3.0, 5.0, 7.0])
    y = wl.stack([x[0] * x[1], x[2] ** 2])
    entries = jacobian(y, x, sparse=True)
    assert entries.shape == (2, 4) and len(entries.rows) == 3
    np.testing.assert_array_equal(value(jacobian(y, x), x=at), [[3, 2, 0, 0], [0, 0, 10, 0]])
    cost = x[0] * x[1] * x[2]
    np.testing.assert_array_equal(
        value(hessian(cost, x), x=at), [[0, 5, 3, 0], [5, 0, 2, 0], [3, 2, 0, 0], [0, 0, 0, 0]]
    )
    assert len(hessian(cost, x, sparse=True).rows) == 6


def test_outputs_and_variables_that_occur_twice(symbol, value):
    a, b = symbol("a"), symbol("b")
    for outputs in ([a * b, a, a * b], [a * b] * 40):
        found = np.array([[value(d, a=2.0, b=3.0) for d in row] for row in jacobian(outputs, [a, b, a])])
        wanted = {0: [3.0, 2.0, 3.0], 1: [1.0, 0.0, 1.0]}
        np.testing.assert_array_equal(found, [wanted[int(y is a)] for y in outputs])


def test_wide_and_tall_models_of_scalars_take_the_cheaper_mode(symbol, value):
    """One hidden value between many inputs and many outputs: either mode alone would be quadratic from one side."""
    xs = [symbol(f"x{k}") for k in range(30)]
    narrow = sum(xs[1:], xs[0])
    for outputs, wrt in (([wl.sin(narrow)], xs), ([wl.sin(xs[0] * k) for k in range(1, 31)], xs[:1])):
        entries = jacobian(wl.stack(outputs), wrt, sparse=True)
        assert operations(postorder([entries.values])) <= 4 * operations(postorder(outputs))


def test_a_hessian_of_scalars_is_symmetric_and_shares_its_entries(symbol, value):
    xs = [symbol(f"x{k}") for k in range(6)]
    cost = wl.exp(sum((xs[k] * xs[k + 1] for k in range(5)), wl.sin(xs[0])))
    entries = hessian(cost, xs, sparse=True)
    at = {f"x{k}": v for k, v in enumerate(random.normal(size=6))}
    found = value(entries.dense(), **at)
    by_place = dict(zip(zip(entries.rows.tolist(), entries.columns.tolist()), scalars_of(entries.values)))
    assert all(by_place[j, i] is node for (i, j), node in by_place.items())
    wanted = [[float(value(grad(grad(cost, x), y), **at)) for y in xs] for x in xs]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_a_hessian_needs_a_scalar(symbol):
    x = symbol("x", ("n",))
    with pytest.raises(ShapeError, match=r"hessian: the cost must be a scalar, got f64\[n\]"):
        hessian(x, x)


def test_placeholders_do_not_leak(symbol):
    x = symbol("x", (3,))
    nested = jacobian(jacobian(wl.sin(x) * wl.sum(x), x), x)
    assert [node for node in postorder([nested]) if node.op is ops.input] == [x] or wg.dump(nested)
    assert {node.attrs[0] for node in postorder([nested]) if node.op is ops.input} == {"x"}
