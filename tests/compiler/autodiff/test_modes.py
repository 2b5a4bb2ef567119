"""grad, jvp and vjp: what they take, what they refuse, and that nothing needless is built."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.compiler.autodiff import grad, jvp, vjp
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.errors import DTypeError, ExpressionError, GraphError, ShapeError
from wengert.ir.node import postorder

random = np.random.default_rng(3)

# Each structural row with inputs of any float values; conditions and indices are constants.
STRUCTURAL = {
    "broadcast": (lambda x: ops.broadcast(x, shape=(2, 3, 4), axes=(0, 2)), (2, 4)),
    "reshape": (lambda x: ops.reshape(x, shape=(4, 3)), (2, 6)),
    "transpose": (lambda x: ops.transpose(x, axes=(2, 0, 1)), (2, 3, 4)),
    "slice": (lambda x: ops.slice(x, starts=(1, 0), stops=(4, 5), steps=(1, 2)), (4, 6)),
    "pad": (lambda x: ops.pad(x, low=(1, 0), high=(0, 2), interior=(0, 1)), (2, 3)),
    "flip": (lambda x: ops.flip(x, axes=(1,)), (2, 3)),
    "gather": (lambda x: x[np.array([[0, 2], [2, 1]])], (3, 2)),
    "gather of two axes": (lambda x: x[np.array([0, 2, 2]), :, np.array([1, 0, 0])], (3, 2, 2)),
    "scatter_add": (lambda x: wl.diag(x) + ops.scatter_add(x, wg.array([2, 2, 0]), axes=(1,), shape=(3, 3))
                    if x.type.ndim == 2 else wl.diag(x), (3,)),
    "sum": (lambda x: ops.sum(x, axes=(0, 2)), (2, 3, 4)),
    "prod": (lambda x: ops.prod(x, axes=(0, 2)), (2, 3, 2)),
    "max": (lambda x: ops.max(x, axes=(1,)), (2, 5)),
    "min": (lambda x: ops.min(x, axes=(0, 1)), (2, 5)),
    "cumsum": (lambda x: ops.cumsum(x, axis=1, reverse=True), (2, 5)),
    "cumprod": (lambda x: wl.cumprod(x, axis=0), (4, 2)),
    "cast": (lambda x: ops.cast(ops.cast(x, dtype="float32"), dtype="float64"), (3,)),
    "where": (lambda x: wl.where(np.array([True, False, True]), x, x * x), (3,)),
    "repeat": (lambda x: wl.repeat(x, 3, axis=1), (2, 3)),
    "roll": (lambda x: wl.roll(x, 2), (5,)),
    "tril": (lambda x: wl.tril(x), (3, 3)),
    "take_along_axis": (lambda x: wl.take_along_axis(x, np.argsort(random.normal(size=(3, 4)), 1), 1), (3, 4)),
    "diagonal": (lambda x: wl.diagonal(x), (3, 4)),
    "custom": (lambda x: wl.trace(x @ x.T), (3, 4)),
    "det": (lambda x: ops.det(x), (2, 5, 5)),
    "cofactor": (lambda x: ops.cofactor(x), (3, 3)),
    "inv": (lambda x: wl.inv(x), (2, 3, 3)),
    "determinant by sums of products": (lambda x: wl.det(x), (2, 4, 4)),
}
PAIRS = {
    "concatenate": (lambda a, b: ops.concatenate(a, b, a, axis=1), (2, 3), (2, 1)),
    "matmul": (lambda a, b: a @ b, (3, 4), (4, 2)),
    "matmul of vectors": (lambda a, b: a @ b, (4,), (4,)),
    "matrix by vector": (lambda a, b: a @ b, (3, 4), (4,)),
    "vector by matrix": (lambda a, b: a @ b, (4,), (4, 3)),
    "matmul in batches": (lambda a, b: a @ b, (2, 3, 4), (2, 4, 5)),
    "matmul, broadcast": (lambda a, b: a @ b, (2, 1, 3, 4), (5, 4, 2)),
    "linear_recurrence": (lambda a, b: ops.linear_recurrence(a, b, axis=1, reverse=False), (2, 5), (2, 5)),
    "linear_recurrence from its end": (lambda a, b: ops.linear_recurrence(a, b, axis=0, reverse=True), (4, 2), (4, 2)),
    "einsum": (lambda a, b: wl.einsum("ijk,kl->lij", a, b), (2, 3, 4), (4, 2)),
    "maximum": (lambda a, b: wl.maximum(a, b), (3,), (3,)),
    "minimum": (lambda a, b: wl.minimum(a, b), (3,), (3,)),
    "outer": (lambda a, b: wl.outer(a, b), (3,), (2,)),
    "solve": (lambda a, b: ops.solve(a, b), (3, 3), (2, 3)),
    "solve in batches": (lambda a, b: wl.solve(a, b), (2, 3, 3), (3, 2)),
}
CASES = {name: (f, shapes) for name, (f, *shapes) in (STRUCTURAL | PAIRS).items()}


@pytest.mark.parametrize("name", CASES)
def test_the_modes_are_adjoint_and_numbers_agree(name, symbol, value):
    """<cotangent, jvp(t)> = <vjp(cotangent), t>, of the function and of its gradient; and central differences."""
    f, shapes = CASES[name]
    xs = [symbol(f"x{k}", shape) for k, shape in enumerate(shapes)]
    at = {f"x{k}": random.normal(size=shape) for k, shape in enumerate(shapes)}
    y = f(*xs)
    ct = random.normal(size=y.type.shape)
    t = [random.normal(size=shape) for shape in shapes]
    first = vjp(y, xs, ct)
    rough = 1e-6 if name == "cast" else 1e-11
    for outputs, weights in ([y], [ct]), (first, [random.normal(size=s) for s in shapes]):
        pushed, pulled = value(jvp(outputs, xs, t), **at), value(vjp(outputs, xs, weights), **at)
        forward = sum(np.sum(w * p) for w, p in zip(weights, pushed))
        reverse = sum(np.sum(v * p) for v, p in zip(t, pulled))
        np.testing.assert_allclose(forward, reverse, rtol=rough, atol=rough)
    h = 1e-3 if name == "cast" else 1e-6
    up, down = (value(y, **{k: v + s * h * t[int(k[1:])] for k, v in at.items()}) for s in (1, -1))
    np.testing.assert_allclose(np.sum(ct * (up - down)) / (2 * h), sum(np.sum(a * b) for a, b in zip(value(first, **at), t)),
                               rtol=1e-3 if name == "cast" else 1e-6, atol=1e-7)


def test_one_variable_gives_a_node_and_a_list_a_list(symbol):
    x, y = symbol("x"), symbol("y")
    assert isinstance(grad(x * y, x), wg.Node)
    assert isinstance(grad(x * y, [x, y]), list) and isinstance(grad(x * y, (x,)), list)
    assert isinstance(jvp(x * y, [x, y], [1, 2]), wg.Node) and isinstance(jvp([x * y], x, 1), list)


def test_tangents_are_converted_and_broadcast(symbol, value):
    x = symbol("x", (2, 3))
    for tangent in (1, 1.0, [1, 1, 1], np.ones((2, 1)), np.ones((2, 3), "float32"), symbol("t", (3,))):
        found = value(jvp(x * x, x, tangent), x=np.ones((2, 3)), **({"t": np.ones(3)} if isinstance(tangent, wg.Node) else {}))
        np.testing.assert_array_equal(found, np.full((2, 3), 2.0))


def test_absent_seeds_are_absent(symbol):
    x, y = symbol("x"), symbol("y")
    assert jvp(x * y, [x, y], [None, 1.0]) is x
    assert vjp([x * y, x + y], [x], [1.0, None])[0] is y


def test_unused_symbols_have_zeros_of_their_shape(symbol, value):
    x, unused = symbol("x", ("n",)), symbol("u", ("n", 2))
    zero = grad(wl.sum(x), [unused, x])[0]
    assert zero.type is unused.type
    assert grad(ops.stop_gradient(wl.sum(x)), x).type is x.type
    assert jvp(wl.sum(x), unused, 1.0).type is wl.sum(x).type


def test_a_computed_node_can_be_differentiated_by(symbol, value):
    x = symbol("x")
    y = x * x
    cost = wl.sin(y) * x
    by_y, by_x = grad(cost, [y, x])
    assert value(by_y, x=2.0) == pytest.approx(np.cos(4) * 2)
    assert value(by_x, x=2.0) == pytest.approx(np.sin(4) + 2 * np.cos(4) * 4)
    assert value(jvp(cost, [y, x], [1.0, 1.0]), x=2.0) == pytest.approx(float(value(by_y, x=2.0) + value(by_x, x=2.0)))


def test_stop_gradient_and_integers_carry_nothing(symbol, value):
    x = symbol("x")
    assert value(grad(ops.stop_gradient(x) * x, x), x=3.0) == 3.0
    assert value(grad(wl.floor(x).astype("int64").astype("float64") * x, x), x=2.5) == 2.0


def test_selections_and_casts_as_they_are_declared(symbol, value):
    """The modes select by themselves, so that nothing is multiplied by 0: it must be what the row declares."""
    x, y = symbol("x", (3,)), symbol("y", (3,))
    at = {"x": np.array([1.0, -1.0, 2.0]), "y": np.array([0.5, 0.5, 3.0])}
    node = ops.where(x > y, x, y)
    ct = wl.array([5.0, 7.0, 11.0])
    declared = [ops.where.derivative.transpose(ct, node, i) for i in (1, 2)]
    np.testing.assert_array_equal(value(vjp(node, [x, y], ct), **at), value(declared, **at))
    single = ops.cast(x, dtype="float32")
    assert value(vjp(single, x, symbol("c", (3,), "float32")), c=[1, 2, 3]).tolist() == [1.0, 2.0, 3.0]
    assert value(jvp(single, x, [1.0, 2.0, 3.0])).tolist() == [1.0, 2.0, 3.0]


def test_errors_name_what_came(symbol):
    x, v, n = symbol("x"), symbol("v", (3,)), symbol("n", (), "int64")
    with pytest.raises(ShapeError, match=r"grad: the cost must be a scalar, got f64\[3\]; sum"):
        grad(v * 2.0, v)
    with pytest.raises(DTypeError, match="grad: wrt: only floats have derivatives, got <input 'n': i64"):
        grad(x * n, n)
    with pytest.raises(DTypeError, match="grad: only floats"):
        grad(n * n, x)
    with pytest.raises(GraphError, match=r"grad: wrt <multiply: f64.*> is not in the graph of the outputs"):
        grad(wl.sin(x), x * 7.0)
    with pytest.raises(ExpressionError, match="grad: wrt: expected a node of a graph, got float"):
        grad(x, [x, 1.0])
    with pytest.raises(ShapeError, match=r"jvp: the tangent of <input 'v': f64\[3\].*> must be of its shape, got f64\[2\]"):
        jvp(v, v, np.ones(2))
    with pytest.raises(ShapeError, match="vjp: expected a list of 2 cotangents, one for each node, got 1"):
        vjp([x, v], x, [1.0])
    with pytest.raises(DTypeError, match=r"cotangent of .* must be float64, got f32"):
        vjp(x, x, symbol("c", (), "float32"))


def test_derivative_nodes_know_the_forward_node_and_its_line(symbol):
    x = symbol("x")
    y = wl.sin(wl.exp(x))
    slope = grad(y, x)
    cosine = next(node for node in postorder([slope]) if node.op is ops.cos)
    assert cosine.origin is y and cosine.source == y.source and cosine.source[0] == __file__


def test_derivatives_share_the_nodes_of_the_function(symbol):
    x = symbol("x")
    y = wl.exp(wl.sin(x))
    slope = grad(y, x)
    assert slope.op is ops.multiply and any(arg is y for arg in slope.args)


def names(node):
    return sorted(n.op.name for n in postorder([node] if isinstance(node, wg.Node) else node) if n.args)


def test_nothing_is_multiplied_by_one_or_by_zero(symbol):
    x, y = symbol("x"), symbol("y")
    assert grad(x + y, x).op is ops.const
    assert names(grad(x - y, y)) == []  # the constant -1
    assert grad(x * y, x) is y
    assert names(grad(-wl.sin(x), x)) == ["cos", "negative"]
    assert names(grad(wl.log1p(x), x)) == ["add", "divide"]
    assert names(grad(wl.log1p(x) * y, x)) == ["add", "divide"]  # y / (1 + x), not y * (1 / (1 + x))
    assert names(jvp(x + wl.sin(y), y, 1.0)) == ["cos"]
    assert names(grad(wl.cos(x) * y + x, x)) == ["multiply", "sin", "subtract"]


def test_branches_of_one_condition_are_one_selection(symbol):
    x = symbol("x")
    slope = grad(wl.where(x > 0, wl.sin(x), wl.where(x < -1, wl.exp(x), x * x)), x)
    assert names(slope).count("where") == 2
    assert not any(arg.op.name == "where" for node in postorder([slope]) if node.op.name == "add" for arg in node.args)


def test_ten_thousand_steps_deep(symbol, value):
    x = symbol("x")
    y = x
    for _ in range(10_000):
        y = wl.sin(y)
    wanted = 1.0
    at = 0.5
    for _ in range(10_000):
        wanted, at = wanted * np.cos(at), np.sin(at)
    assert value(grad(y, x), x=0.5) == pytest.approx(wanted, rel=1e-10)
    assert value(jvp(y, x, 1.0), x=0.5) == pytest.approx(wanted, rel=1e-10)


@settings(max_examples=60)
@given(st.data())
def test_random_expressions(data):
    """Random graphs of smooth ops: forward = reverse, and the second derivatives are symmetric."""
    unary = [wl.sin, wl.cos, wl.tanh, lambda v: wl.exp(wl.sin(v)), lambda v: v * 0.5, lambda v: wl.cumsum(v, 0), lambda v: v[::-1]]
    binary = [wl.add, wl.multiply, wl.subtract, lambda u, v: wl.hypot(u, v + 3.0), lambda u, v: wl.where(u > v, wl.sin(u), v),
              lambda u, v: wl.concatenate([u[1:], v[:1]]), lambda u, v: u * wl.sum(v)]
    xs = [wg.symbol("x", (3,)), wg.symbol("y", (3,))]
    nodes = list(xs)
    for _ in range(data.draw(st.integers(1, 8))):
        pick = st.sampled_from(range(len(nodes)))
        if data.draw(st.booleans()):
            nodes.append(data.draw(st.sampled_from(unary))(nodes[data.draw(pick)]))
        else:
            nodes.append(data.draw(st.sampled_from(binary))(nodes[data.draw(pick)], nodes[data.draw(pick)]))
    cost = wl.sum(nodes[-1] * np.array([0.3, -0.7, 1.1]))
    at = {"x": np.array([0.3, -0.4, 0.9]), "y": np.array([-0.2, 0.55, 0.1])}
    t, u = ([np.array([0.5, -1.0, 0.25]), np.array([1.5, 0.3, -0.6])], [np.array([-0.3, 0.2, 1.0]), np.array([0.7, -0.9, 0.4])])

    def numbers(nodes):
        return [np.asarray(wg.evaluate(node, **{n.attrs[0]: at[n.attrs[0]] for n in postorder([node]) if n.op is ops.input}))
                for node in nodes]

    slopes = grad(cost, xs)
    (forward,) = numbers([jvp(cost, xs, t)])
    np.testing.assert_allclose(forward, sum(np.sum(g * v) for g, v in zip(numbers(slopes), t)), rtol=1e-10, atol=1e-12)
    one, other = (jvp(slopes, xs, v) for v in (t, u))
    left = sum(np.sum(h * v) for h, v in zip(numbers(one), u))
    right = sum(np.sum(h * v) for h, v in zip(numbers(other), t))
    np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-11)
