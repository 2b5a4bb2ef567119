"""Taylor arithmetic: its coefficients are those of repeated differentiation and of mpmath, and do not swell."""
from __future__ import annotations

import gc
import math

import mpmath
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.compiler.autodiff import jvp, orders, taylor
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.cost import operations
from wengert.ir.errors import GraphError
from wengert.ir.node import postorder
from wengert.ir.op import TABLE, Partials
from wengert.ir.types import Type


def repeated(y, x, tangent, order):
    """The coefficients by repeated forward mode."""
    found = [y]
    for k in range(1, order + 1):
        y = jvp(y, x, tangent)
        found.append(y * (1 / math.factorial(k)))
    return found


ROWS = [op for op in TABLE.values() if op.elementwise and isinstance(op.derivative, Partials) and not op.attributes]


@pytest.mark.parametrize("op", ROWS, ids=lambda op: op.name)
def test_each_row(op, value):
    x = ops.input(name="row", type=Type("float64"))
    bounds = [(low, high) if np.isfinite(low) else (-3.0, 3.0) for low, high in op.sample]
    for seed in range(4):
        random = np.random.default_rng(seed)
        args = [float(random.uniform(low, high)) + (0.3 + k) * (high - low) * 0.01 * x for k, (low, high) in enumerate(bounds)]
        y = op(*args)
        found = value(taylor(y, x, 3), row=0.0)
        wanted = value(repeated(y, x, 1.0, 3), row=0.0)
        np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-12 * max(1, *np.abs(wanted)))


ARRAYS = {
    "elementwise": (lambda x: wl.sin(x) * x / (2 + wl.cos(x)), (3,)),
    "matrix": (lambda x: wl.tanh(x @ x.T), (2, 3)),
    "broadcasts and sums": (lambda x: x[:, None] * x[None] + wl.sum(x * x), (3,)),
    "slices and gathers": (lambda x: x[1:] * x[:-1] ** 3 + x[np.array([2, 0, 2])], (4,)),
    "softmax": (lambda x: wl.softmax(x), (4,)),
    "where": (lambda x: wl.where(x > 0, x * x, wl.exp(x)), (4,)),
    "max": (lambda x: wl.max(x * x, axis=1), (2, 3)),
    "cumsum": (lambda x: wl.cumsum(wl.exp(x)), (3,)),
    "concatenate": (lambda x: wl.concatenate([x, x * x, np.ones(1)]), (2,)),
    "vector by matrix": (lambda x: x[0] @ wl.sin(x), (2, 2)),
    "quotients": (lambda x: 1 / x + wl.sqrt(x * x) / (x + 5), (3,)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays(name, symbol, value):
    f, shape = ARRAYS[name]
    x = symbol("x", shape)
    random = np.random.default_rng(3)
    at, along = random.normal(size=shape), random.normal(size=shape)
    y = f(x)
    for found, wanted in zip(value(taylor(y, x, 4, along), x=at), value(repeated(y, x, along, 4), x=at)):
        np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-11)


UNARY = [wl.sin, wl.tanh, lambda x: x * x, lambda x: 1 / (2 + wl.sin(x)), lambda x: -x, wl.exp, wl.abs]
BINARY = [lambda x, y: x * y, lambda x, y: x - y, wl.maximum, lambda x, y: wl.where(x > y, x * y, wl.cos(y)), lambda x, y: x / (y * y + 1)]


@settings(max_examples=100)
@given(st.data())
def test_random_programs(data):
    from wengert.ir.evaluate import evaluate
    from wengert.ir.graph import Graph

    xs = [ops.input(name=f"line{k}", type=Type("float64")) for k in range(2)]
    nodes = list(xs)
    for _ in range(data.draw(st.integers(2, 8))):
        pick = st.integers(max(0, len(nodes) - 4), len(nodes) - 1)
        if data.draw(st.booleans()):
            nodes.append(data.draw(st.sampled_from(UNARY))(nodes[data.draw(pick)]))
        else:
            nodes.append(data.draw(st.sampled_from(BINARY))(nodes[data.draw(pick)], nodes[data.draw(pick)]))
    along = [0.7, -0.4]
    found = evaluate(Graph("taylor", xs, taylor(nodes[-1], xs, 3, along)), 0.3, -0.9)
    assume(np.all(np.abs(found) < 1e6))
    wanted = evaluate(Graph("repeated", xs, repeated(nodes[-1], xs, along, 3)), 0.3, -0.9)
    np.testing.assert_allclose(found, wanted, rtol=1e-9, atol=1e-9 * max(1, *np.abs(found)))


def test_branches_not_taken_do_not_poison(symbol, value):
    x = symbol("x")
    guarded = wl.where(x > 0, wl.sqrt(x), 0.0)
    y = wl.exp(guarded) * wl.where(x > 0, wl.log(x), x * x) + wl.sqrt(guarded * guarded + 4.0)
    for at in (0.0, -1.5):
        np.testing.assert_allclose(value(taylor(y, x, 4), x=at), [at * at + 2, 2 * at, 1, 0, 0], atol=1e-15)


def test_what_reductions_and_products_select_does_not_poison(symbol, value):
    """Outside the selection the derivative is zero by structure, and the partial derivative after it infinite."""
    x = symbol("x", (3,))
    taken = wl.where(x[0] > 0, x, 0.0)
    for y in (wl.sqrt(wl.max(taken)), wl.sqrt(taken @ x), wl.sqrt(x @ taken), taken @ wl.where(x > 0, 1 / x, 1.0)):
        np.testing.assert_array_equal(value(taylor(y, x, 3, np.ones(3)), x=[0.0, 1.0, 2.0]), [0, 0, 0, 0])


def test_lists_tangents_and_what_does_not_move(symbol, value):
    x, y, z = symbol("x"), symbol("y", (2,)), symbol("z")
    found = taylor([x * y, z * 2.0], [x, y], 2, [1.0, None])
    assert [[str(c.type) for c in row] for row in found] == [["f64[2]"] * 3, ["f64"] * 3]
    rows = [value(row, x=3.0, y=[5.0, 7.0], z=11.0) for row in found]
    np.testing.assert_array_equal(rows[0], [[15, 21], [5, 7], [0, 0]])
    np.testing.assert_array_equal(rows[1], [22, 0, 0])
    (alone,) = taylor(wl.sin(z), z, 0)
    assert alone is wl.sin(z)


def ruled():
    """sin(2 x) with a rule of its own."""
    return wg.custom_derivative(lambda x: wl.sin(2 * x), vjp=lambda args, y, ct: (2 * wl.cos(2 * args[0]) * ct,))


def test_mistakes(symbol):
    x = symbol("x")
    for order in (-1, 2.0, True):
        with pytest.raises(GraphError, match="taylor: the order must be a whole number from 0 on"):
            taylor(x, x, order)
    with pytest.raises(GraphError, match="taylor: custom has no rule for Taylor coefficients; differentiate with grad or jvp"):
        taylor(ruled()(x), x, 3)


def nested(x):
    return wl.sin(wl.sin(wl.sin(wl.sin(x))))


def test_the_tenth_derivative_does_not_swell(symbol, value):
    """SymPy's has millions of operations; each order of repeated differentiation alone doubles the program."""
    x = symbol("x")
    with mpmath.workdps(50):
        wanted = mpmath.diff(lambda t: mpmath.sin(mpmath.sin(mpmath.sin(mpmath.sin(t)))), mpmath.mpf(0.7), 10)
    by_coefficients = taylor(nested(x), x, 10)[10] * math.factorial(10)
    by_grad = nested(x)
    for _ in range(10):
        by_grad = wg.grad(by_grad, x)
    of_function = nested
    for _ in range(10):
        of_function = wg.grad(of_function)
    for derivative in (by_coefficients, by_grad, of_function(x)):
        assert operations(postorder([derivative])) <= 650
        assert abs(float(value(derivative, x=0.7)) / wanted - 1) < 1e-14
    assert all(operations(postorder(taylor(nested(x), x, n))) <= 8 * n * n for n in (5, 10, 20, 30))


def test_repeated_gradients_of_anything(symbol, value):
    """Ops without a rule for Taylor coefficients, other variables in between, and constants are differentiated all the same."""
    x, z = symbol("x"), symbol("z")
    y = ruled()(x) * z
    for variables in ([x, z, x, x], [x, x, x, z], [x, x, z, x]):
        slope = y
        for variable in variables:
            slope = wg.grad(slope, variable)
        np.testing.assert_allclose(value(slope, x=0.4, z=3.0), -8 * np.cos(0.8), rtol=1e-14)
    cube = x**3
    for wanted in (12.0, 12.0, 6.0, 0.0, 0.0):
        cube = wg.grad(cube, x)
        assert value(cube, x=2.0) == wanted


def test_what_is_remembered_goes_with_the_node():
    x = wg.symbol("remembered")
    gc.collect()
    before = len(orders._orders)
    y = wl.exp(wl.sin(x))
    for _ in range(4):
        y = wg.grad(y, x)
    assert len(orders._orders) > before
    e = wg.grad(wl.exp(x), x)  # the function itself
    del y, e, x
    gc.collect()
    assert len(orders._orders) == before
