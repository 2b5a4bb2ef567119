"""Ops with regions through text, verifier and interpreter: scan, cond and custom against Python's own loops."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wengert.ir import ops
from wengert.ir.errors import GraphError, ShapeError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph, close
from wengert.ir.ops.source import constant
from wengert.ir.text import dump, parse
from wengert.ir.types import Poly, Type
from wengert.ir.verify import verify

N = Poly.name("n")


def symbol(name="x", dtype="f64", shape=()):
    return ops.input(name=name, type=Type(dtype, shape))


def value(graph, *arrays):
    """What a graph gives, after it has gone through text, pickle and the verifier."""
    again = verify(parse(dump(graph)))
    assert again == graph and pickle.loads(pickle.dumps(graph)) == graph
    return evaluate(again, *arrays)


def pendulum(reverse=False):
    """A scan with two carries, two sequences, a captured value and two stacked results."""
    angle, speed, force, drag, k = (symbol(name) for name in ("angle", "speed", "force", "drag", "k"))
    faster = ops.add(speed, ops.subtract(force, ops.multiply(k, ops.sin(angle))))
    body, captured = close("step", [angle, speed, force, drag], [
        ops.add(angle, faster), ops.multiply(faster, drag), ops.square(angle), ops.less(speed, drag),
    ])
    forces, drags = symbol("forces", shape=(N,)), symbol("drags", shape=(N,))
    loop = ops.scan(
        constant(0.5), constant(0.0), forces, drags, *captured, body=body, length=N, carries=2, sequences=2, reverse=reverse,
    )
    return Graph("pendulum", [forces, drags, k], [ops.item(loop, index=i) for i in range(4)])


def swing(forces, drags, k, reverse=False):
    angle, speed, squares, slow = 0.5, 0.0, [0.0] * len(forces), [False] * len(forces)
    for i in reversed(range(len(forces))) if reverse else range(len(forces)):
        squares[i], slow[i] = angle**2, speed < drags[i]
        faster = speed + (forces[i] - k * np.sin(angle))
        angle, speed = angle + faster, faster * drags[i]
    return angle, speed, squares, slow


@pytest.mark.parametrize("reverse", [False, True])
@given(st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_scan_is_a_loop(reverse, n, seed):
    rng = np.random.default_rng(seed)
    forces, drags, k = rng.normal(size=n), rng.uniform(0, 1, n), rng.normal()
    got = value(pendulum(reverse), forces, drags, k)
    for a, b in zip(got, swing(forces, drags, k, reverse)):
        np.testing.assert_allclose(a, b, rtol=1e-14)
    assert got[3].dtype == bool and got[2].shape == (n,)


def test_scan_golden(golden):
    golden("ir/scan.ir", dump(pendulum(), sources=None))


def test_scan_without_sequences_counts():
    body = Graph("double", [symbol("p0")], [ops.add(symbol("p0"), symbol("p0"))])
    x, shape = symbol("x"), symbol("s", shape=(N,))
    loop = ops.scan(x, body=body, length=N + 1, carries=1, sequences=0, reverse=False)
    assert value(Graph("f", [x, shape], [ops.item(loop, index=0)]), 1.5, np.zeros(3))[0] == 24.0


def test_scan_without_carries_maps():
    p = symbol("p0", shape=(3,))
    body = Graph("row", [p], [ops.sum(p, axes=(0,)), ops.flip(p, axes=(0,))])
    x = symbol("x", shape=(N, 3))
    loop = ops.scan(x, body=body, length=N, carries=0, sequences=1, reverse=True)
    graph = Graph("f", [x], [ops.item(loop, index=0), ops.item(loop, index=1)])
    for n in (0, 1, 4):
        array = np.arange(3.0 * n).reshape(n, 3)
        totals, rows = value(graph, array)
        assert np.array_equal(totals, array.sum(1)) and np.array_equal(rows, array[:, ::-1])


def test_scan_rows_may_have_named_sizes():
    p = symbol("p0", shape=(Poly.name("m"),))
    body = Graph("row", [p], [ops.concatenate(p, p, axis=0)])
    x = symbol("x", shape=(N, Poly.name("m")))
    loop = ops.scan(x, body=body, length=N, carries=0, sequences=1, reverse=False)
    graph = Graph("f", [x], [ops.item(loop, index=0)])
    assert str(graph.outputs[0].type) == "f64[n,2*m]"
    for shape in ((0, 2), (3, 0), (2, 3)):
        assert value(graph, np.ones(shape))[0].shape == (shape[0], 2 * shape[1])


@pytest.mark.parametrize("nested", [False, True])
def test_cond_runs_one_branch(nested):
    x, p, q = symbol("x"), symbol("p0"), symbol("p1")
    yes = Graph("yes", [p, q], [ops.log(p), ops.subtract(p, q)])
    no = Graph("no", [p, q], [ops.negative(p), ops.subtract(q, p)])
    if nested:
        inner = ops.cond(ops.less(p, q), p, q, yes=yes, no=no)
        yes = Graph("yes", [p, q], [ops.item(inner, index=0), ops.item(inner, index=1)])
    both = ops.cond(ops.less(constant(0.0), x), x, constant(10.0), yes=yes, no=no)
    graph = Graph("f", [x], [ops.item(both, index=0), ops.item(both, index=1)])
    for at in (2.0, -3.0, np.nan, 20.0):
        taken = at > 0 and (not nested or at < 10)
        expected = (np.log(at), at - 10) if taken else (-at, 10 - at)
        np.testing.assert_array_equal(value(graph, at), expected)


def test_cond_with_one_result_is_an_array():
    c, x, p = symbol("c", "bool"), symbol("x", shape=(2,)), symbol("p0", shape=(2,))
    node = ops.cond(c, x, yes=Graph("yes", [p], [ops.sin(p)]), no=Graph("no", [p], [p]))
    assert node.type is x.type
    assert value(Graph("f", [c, x], [node]), False, [1.0, 2.0])[0].tolist() == [1, 2]


def test_custom_is_its_body():
    x, p = symbol("x"), symbol("p0")
    one = ops.custom(x, body=Graph("one", [p], [ops.exp(p)]), jvp=None, vjp=None)
    two = ops.custom(x, body=Graph("two", [p], [ops.exp(p), p]), jvp=None, vjp=None)
    got = value(Graph("f", [x], [one, ops.item(two, index=1)]), 0.0)
    assert got == (1.0, 0.0)


def test_a_scan_in_a_scan():
    """The table of x**i * y**j, a row a step of the outer loop."""
    p, q, ys = symbol("p0"), symbol("p1"), symbol("ys", shape=(3,))
    inner_body = Graph("inner", [p, q], [ops.multiply(p, q), p])
    inner = ops.scan(p, ys, body=inner_body, length=3, carries=1, sequences=1, reverse=False)
    outer_body, captured = close("outer", [p, q], [ops.multiply(p, q), ops.item(inner, index=1)])
    xs = symbol("xs", shape=(N,))
    loop = ops.scan(constant(1.0), xs, *captured, body=outer_body, length=N, carries=1, sequences=1, reverse=False)
    got = value(Graph("f", [xs, ys], [ops.item(loop, index=1)]), [2.0, 2.0], [3.0, 3.0, 3.0])[0]
    assert got.tolist() == [[1, 3, 9], [2, 6, 18]]


P, BOOL = symbol("p0"), symbol("c", "bool")
SAME = Graph("body", [P], [P])


@pytest.mark.parametrize(("build", "kind", "message"), [
    (lambda x: ops.scan(x, symbol("s", shape=(4,)), body=SAME, length=N, carries=1, sequences=1, reverse=False), ShapeError,
     r"scan: a sequence must have a leading axis of n, got f64\[4\]"),
    (lambda x: ops.scan(x, symbol("s", shape=(N,)), body=SAME, length=N, carries=1, sequences=1, reverse=False), GraphError,
     "scan: the region body takes 1 values, got 2"),
    (lambda x: ops.scan(x, body=Graph("body", [P], []), length=N, carries=1, sequences=0, reverse=False), GraphError,
     "scan: the body must return its 1 carries, got 0 results"),
    (lambda x: ops.scan(x, body=Graph("body", [P], [ops.cast(P, dtype="float32")]), length=N, carries=1, sequences=0, reverse=False),
     GraphError, "scan: the carry is f64 but the body returns f32 for it"),
    (lambda x: ops.cond(BOOL, x, yes=SAME, no=Graph("no", [P], [P, P])), GraphError,
     r"cond: both branches must return the same types, got \[f64\] and \[f64, f64\]"),
    (lambda x: ops.cond(BOOL, yes=SAME, no=SAME), GraphError, "cond: the region body takes 1 values, got 0"),
    (lambda x: ops.item(ops.scan(x, body=SAME, length=N, carries=1, sequences=0, reverse=False), index=1), GraphError,
     r"item: index 1 is not in \(f64\)"),
])
def test_regions_that_do_not_fit(build, kind, message):
    with pytest.raises(kind, match=message):
        build(symbol("x"))
