"""The reference interpreter and the sizes and guards of a call: arguments, named sizes, lifetimes, and refusals."""

import gc
import weakref

import numpy as np
import pytest
from graphs import programs
from hypothesis import given, settings

from wengert.ir import ops
from wengert.ir.errors import ArgumentError, DTypeError, GraphError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph, with_sizes
from wengert.ir.guards import guards
from wengert.ir.op import TABLE, Op, Zero
from wengert.ir.text import parse
from wengert.ir.types import Poly, evaluate_dim

DTYPES = ("float64", "float32", "int64", "int32", "bool")


def graph(signature, *lines):
    """A graph of text whose last line is what it returns."""
    *nodes, last = lines
    return parse("\n".join([f"graph f({signature}) {{", *nodes, f"return {last}", "}"]))


@settings(max_examples=150)
@given(programs(dtypes=DTYPES, empty=True, special=True, regions=True))
def test_random_graphs_have_the_types_they_declare(program):
    values = evaluate(program.graph, *program.arrays)
    sizes = {name: size for node, array in zip(program.graph.inputs, program.arrays[:1]) for name, size in zip("nm", array.shape)}
    for node, value in zip(program.graph.outputs, values):
        assert isinstance(value, np.ndarray) and value.dtype == node.type.dtype
        assert value.shape == tuple(evaluate_dim(d, sizes) for d in node.type.shape)


@settings(max_examples=50)
@given(programs(empty=True))
def test_a_graph_of_fixed_sizes_means_the_same(program):
    first = program.arrays[0].shape
    inputs = program.graph.inputs
    fixed = with_sizes([*inputs, *program.graph.outputs], {"n": first[0], "m": first[1]})
    again = Graph("f", fixed[:len(inputs)], fixed[len(inputs):])
    assert guards(again) == [] and again.sizes == ()
    for a, b in zip(evaluate(program.graph, *program.arrays), evaluate(again, *program.arrays)):
        np.testing.assert_array_equal(a, b)


SUM = graph("x: f64[n,4], y: f64[n]", "%0 = sum x {axes=[1]} : f64[n]", "%1 = add %0, y : f64[n]", "%1")


def test_arguments_are_converted_where_nothing_is_lost():
    got = evaluate(SUM, [[1, 2, 3, 4]], np.array([True]))[0]
    assert got.tolist() == [11.0] and got.dtype == np.float64
    assert evaluate(SUM, np.zeros((0, 4)), [])[0].shape == (0,)
    single = graph("x: f32, i: i32, b: bool", "x, i, b")
    assert [v.dtype.name for v in evaluate(single, 1.5, 3, False)] == ["float32", "int32", "bool"]
    assert evaluate(SUM, np.asfortranarray(np.ones((3, 4)))[::-1].astype(">f8"), np.ones(3))[0].tolist() == [5, 5, 5]


@pytest.mark.parametrize(("arrays", "message"), [
    ([np.ones((2, 4))], r"f: takes 2 arguments \(x, y\), got 1"),
    ([np.ones((2, 4)), np.ones(2), 1], r"f: takes 2 arguments \(x, y\), got 3"),
    ([np.ones((2, 4)), np.ones(3)], r"f: argument y: expected f64\[n\] with n = 2, got shape \[3\]"),
    ([np.ones((2, 5)), np.ones(2)], r"f: argument x: expected f64\[n,4\], got shape \[2, 5\]"),
    ([np.ones(4), np.ones(2)], r"f: argument x: expected f64\[n,4\], got shape \[4\]"),
    ([np.ones((2, 4), complex), np.ones(2)], r"f: argument x: expected f64\[n,4\], got dtype complex128"),
    ([np.ones((2, 4), object), np.ones(2)], r"f: argument x: expected f64\[n,4\], got dtype object"),
    ([[["a"] * 4], np.ones(1)], r"f: argument x: expected f64\[n,4\], got dtype <U1"),
    ([[[1.0], [1.0, 2.0]], np.ones(2)], "f: argument x: setting an array element with a sequence"),
    ([None, np.ones(2)], r"f: argument x: expected f64\[n,4\], got dtype object"),
])
def test_wrong_arguments(arrays, message):
    with pytest.raises((DTypeError if "dtype" in message else ArgumentError), match=message):
        evaluate(SUM, *arrays)


@pytest.mark.parametrize(("type", "value", "message"), [
    ("f32", np.float64(1), "expected f32, got dtype float64"), ("i64", 1.5, "expected i64, got dtype float64"),
    ("i64", 2**70, "expected i64, got dtype object"), ("i32", 2**40, "1099511627776 does not fit int32"),
    ("i32", np.int64(1), "expected i32, got dtype int64"), ("bool", 1, "expected bool, got dtype int64"),
    ("f64", 1j, "got dtype complex128"),
])
def test_arguments_that_would_lose_value(type, value, message):
    with pytest.raises(DTypeError, match=f"f: argument x: .*{message}"):
        evaluate(graph(f"x: {type}", "x"), value)


@pytest.mark.parametrize(("signature", "shapes", "sizes"), [
    ("x: f64[n,m]", [(2, 3)], [2, 3]),
    ("x: f64[2*n+1], y: f64[n+m]", [(7,), (5,)], [3, 2]),
    ("x: f64[n*m], y: f64[m]", [(6,), (3,)], [2, 3]),
    ("x: f64[n-1], y: f64[n*n]", [(2,), (9,)], [3]),
    ("x: f64[-n+5]", [(2,)], [3]),
])
def test_sizes_are_found(signature, shapes, sizes):
    names = sorted(graph(signature, "x").sizes)
    lines = [f"%{k} = size {{dim={name}}} : i64" for k, name in enumerate(names)]
    got = evaluate(graph(signature, *lines, ", ".join(f"%{k}" for k in range(len(names)))), *map(np.zeros, shapes))
    assert sorted(map(int, got)) == sorted(sizes)


@pytest.mark.parametrize(("signature", "shapes", "message"), [
    ("x: f64[n], y: f64[2*n-1]", [(2,), (4,)], r"argument y: expected f64\[2\*n-1\] with n = 2, got shape \[4\]"),
    ("x: f64[2*n]", [(3,)], r"argument x: expected f64\[2\*n\] with n = 1, got shape \[3\]"),
    ("x: f64[n*m]", [(3,)], "the size m does not follow from the shapes of the arguments"),
    ("x: f64[n+3]", [(2,)], "the size n does not follow from the shapes of the arguments"),
    ("x: f64[n,n]", [(2, 3)], r"argument x: expected f64\[n,n\] with n = 2, got shape \[2, 3\]"),
])
def test_sizes_that_contradict(signature, shapes, message):
    with pytest.raises(ArgumentError, match=f"^f: {message}"):
        evaluate(graph(signature, "x"), *map(np.zeros, shapes))


GUARDED = [
    ("%0 = slice x {starts=[2], stops=[n], steps=[1]} : f64[n-2]  # a/model.py:3", "n-2",
     "slice: 2:n must lie in an axis of size n of f64[n] (model.py:3)"),
    ("%0 = slice x {starts=[0], stops=[5], steps=[1]} : f64[5]", "n-5", "slice: 0:5 must lie in an axis of size n of f64[n]"),
    ("%0 = pad x {low=[n-3], high=[1], interior=[0]} : f64[2*n-2]", "n-3", "pad: the width n-3 must not be negative"),
    ("%0 = max x {axes=[0]} : f64  # model.py:4", "n-1", "max: axis 0 of f64[n] must not be empty (model.py:4)"),
    ("%0 = argmin x {axis=0} : i64", "n-1", "argmin: axis 0 of f64[n] must not be empty"),
    ("%0 = iota {shape=[n-4], axis=0, dtype=i64} : i64[n-4]", "n-4", "iota: the size n-4 of i64[n-4] must not be negative"),
]


@pytest.mark.parametrize(("line", "dim", "message"), GUARDED, ids=[message for *_, message in GUARDED])
def test_guards(line, dim, message):
    f = graph("x: f64[n]", line, "%0")
    found = guards(f)
    assert (str(found[0][0]), found[0][1]) == (dim, message)
    least = next(n for n in range(9) if all(evaluate_dim(d, {"n": n}) >= 0 for d, _ in found))
    evaluate(f, np.zeros(least))
    with pytest.raises(ArgumentError) as caught:
        evaluate(f, np.zeros(least - 1))
    assert str(caught.value) == f"f: {message}; got n = {least - 1}"


def test_guards_are_said_once_and_never_for_nothing():
    f = graph("x: f64[n]", "%0 = max x {axes=[0]} : f64", "%1 = min x {axes=[0]} : f64",
              "%2 = slice x {starts=[1], stops=[n], steps=[1]} : f64[n-1]",
              "%3 = slice x {starts=[0], stops=[n], steps=[2]} : f64[((n+1)//2)]", "%0, %1, %2, %3")
    assert [str(dim) for dim, _ in guards(f)] == ["n-1"]
    assert guards(SUM) == []


def test_guards_of_regions():
    body = "graph body(p0: f64[n]) { %0 = max p0 {axes=[0]} : f64 return %0 }"
    f = graph("x: f64[n]", f"%0 = custom x {{body={body}, jvp=none, vjp=none}} : f64", "%0")
    assert [(str(dim), message) for dim, message in guards(f)] == [("n-1", "max: axis 0 of f64[n] must not be empty")]
    with pytest.raises(ArgumentError, match=r"f: max: axis 0 of f64\[n\] must not be empty; got n = 0"):
        evaluate(f, [])


def test_values_go_after_their_last_use():
    alive = []

    class Watched(np.ndarray):
        pass

    def count(x):
        gc.collect()
        alive.append(sum(ref() is not None for ref in refs))
        result = x.view(Watched)
        result = np.array(result, subok=True)
        refs.append(weakref.ref(result))
        return np.asarray(result).view(Watched)

    refs = []
    op = Op("watched", lambda types: types[0], count, Zero(), doc="for this test")
    try:
        x = ops.input(name="x", type=SUM.inputs[1].type)
        y = x
        for _ in range(20):
            y = op(y)
        (result,) = evaluate(Graph("f", [x], [y]), np.ones(3))
        assert result.tolist() == [1, 1, 1] and max(alive) <= 2
    finally:
        del TABLE["watched"]


def test_a_row_that_breaks_its_word_is_told():
    op = Op("liar", lambda types: types[0], lambda x: x.astype("float32"), Zero(), doc="for this test")
    try:
        x = SUM.inputs[1]
        with pytest.raises(GraphError, match=r"liar: declares f64\[n\] but evaluates to float32\[3\]"):
            evaluate(Graph("f", [x], [op(x)]), np.ones(3))
    finally:
        del TABLE["liar"]


def test_inputs_are_outputs_and_are_not_written():
    x = np.arange(3.0)
    f = graph("x: f64[n]", "%0 = negative x : f64[n]", "x, %0, x")
    first, second, third = evaluate(f, x)
    assert first.tolist() == third.tolist() == x.tolist() and second.tolist() == (-x).tolist()
    assert not np.shares_memory(first, x)


def test_special_values_pass_without_a_warning(recwarn):
    f = graph("x: f64", "%0 = log x : f64", "%1 = divide x, x : f64", "%0, %1")
    assert evaluate(f, 0.0)[0] == -np.inf and np.isnan(evaluate(f, 0.0)[1])
    assert len(recwarn) == 0


def test_a_size_of_a_polynomial():
    n = Poly.name("n")
    f = Graph("f", [SUM.inputs[1]], [ops.size(dim=(3 * n + 1) // 2 - n * n)])
    assert [int(evaluate(f, np.zeros(k))[0]) for k in range(5)] == [(3 * k + 1) // 2 - k * k for k in range(5)]
