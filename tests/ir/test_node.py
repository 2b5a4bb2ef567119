"""Nodes: sharing by bits, memory that is given back, threads, provenance, and chains of a million."""

import copy
import gc
import pickle
import sys
import threading
import weakref

import numpy as np
import pytest
from threads import together

from wengert.ir import ops, provenance
from wengert.ir.errors import GraphError, ShapeError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph, close, rebuild, same, substitute, with_sizes
from wengert.ir.node import postorder
from wengert.ir.op import TABLE, Constant
from wengert.ir.ops.source import constant
from wengert.ir.text import dump, parse
from wengert.ir.types import Poly, Type
from wengert.ir.verify import verify

N = Poly.name("n")


def symbol(name="x", dtype="f64", shape=()):
    return ops.input(name=name, type=Type(dtype, shape))


def alive():
    return sum(len(op.nodes) for op in TABLE.values())


def bits(pattern, dtype):
    return np.array(pattern, f"uint{8 * np.dtype(dtype).itemsize}").view(dtype)


def test_equal_nodes_are_one():
    x = symbol()
    assert symbol() is x and ops.sin(x) is ops.sin(x)
    assert ops.sin(x) is not ops.cos(x)
    assert symbol(shape=(2,)) is not x and symbol("y") is not x


@pytest.mark.parametrize(("a", "b"), [
    (0.0, -0.0), (np.float64(1), np.float32(1)), (1, 1.0), (True, 1), (np.int32(1), np.int64(1)), (np.zeros(2), np.zeros((2, 1))),
    (np.zeros((0, 2)), np.zeros((2, 0))), (bits(0x7FF8000000000000, "float64"), bits(0x7FF8000000000001, "float64")),
    (np.nan, -np.float64(np.nan)),
])
def test_constants_of_other_bits_are_apart(a, b):
    assert constant(a) is not constant(b)


@pytest.mark.parametrize("value", [np.nan, -0.0, np.inf, np.arange(6.0).reshape(2, 3), np.zeros((0, 3), "float32"), False])
def test_constants_of_equal_bits_are_one(value):
    first = constant(value)
    assert constant(np.array(value)) is first
    assert first.attrs[0].array.tobytes() == np.asarray(value).tobytes()


def test_a_constant_is_a_copy_that_nobody_writes():
    array = np.ones(3)
    node = constant(array)
    array[0] = 5
    assert node.attrs[0].array.tolist() == [1, 1, 1]
    with pytest.raises(ValueError, match="read-only"):
        node.attrs[0].array[0] = 5
    assert constant(np.asfortranarray(np.arange(6.0).reshape(2, 3))) is constant(np.arange(6.0).reshape(2, 3))


def test_the_table_gives_memory_back():
    gc.collect()
    before = alive()
    x = symbol("kept", shape=(3,))
    y = x
    for _ in range(1000):
        y = ops.sin(ops.add(y, x))
    watch = weakref.ref(y)
    del y
    gc.collect()
    assert watch() is None
    assert alive() == before + 1
    del x
    gc.collect()
    assert alive() == before


def test_threads_share_nodes():
    x = symbol(shape=(4,))
    results = [[] for _ in range(8)]
    barrier = threading.Barrier(8)

    def build(out):
        barrier.wait()
        y = x
        for k in range(300):
            y = ops.add(ops.sin(y), ops.broadcast(constant(float(k)), shape=(4,), axes=()))
            out.append(y)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        together(build, results)
    finally:
        sys.setswitchinterval(interval)
    for others in zip(*results):
        assert all(other is others[0] for other in others)


@pytest.mark.parametrize("depth", [100_000])
def test_a_deep_chain_at_the_default_recursion_limit(depth):
    assert sys.getrecursionlimit() == 1000
    x = symbol("deep")
    y = x
    for _ in range(depth):
        y = ops.sin(y)
    graph = Graph("deep", [x], [y])
    text = dump(graph)
    assert text.count("\n") == depth + 3
    verify(graph)
    assert 0 < evaluate(graph, 0.5)[0] < 0.5
    assert len(rebuild([y], same)) == 1 and pickle.loads(pickle.dumps(y)) is y
    assert copy.deepcopy(y) is y and repr(y).startswith("<sin: f64")
    serial = y.serial
    del graph, y
    again = parse(text)
    assert again.outputs[0].serial > serial  # the old chain is gone, so this one is new
    assert dump(again) == text


def test_a_million_nodes_build_and_go():
    gc.collect()
    before = alive()
    x = symbol("wide")
    y = x
    with provenance.within(None):
        for _ in range(500_000):
            y = ops.sin(ops.negative(y))
    assert alive() >= before + 1_000_000
    assert len(postorder([y])) == 1_000_001
    del y, x
    gc.collect()
    assert alive() == before


def test_postorder_visits_arguments_first_and_once():
    x, y = symbol("x"), symbol("y")
    a = ops.add(x, y)
    b = ops.multiply(a, a)
    order = postorder([b, a, ops.sin(x)])
    assert [n.op.name for n in order] == ["input", "input", "add", "multiply", "sin"]
    assert [n.op.name for n in postorder([b], stop=[a])] == ["multiply"]


def test_a_node_knows_its_line():
    x = symbol()
    with provenance.within(("/home/a/model.py", 12)):
        y = ops.tanh(ops.sin(x))
        provenance.derived_from(y)
        slope = ops.arctan(y)
    assert y.source == ("/home/a/model.py", 12) and slope.origin is y and slope.source == y.source
    assert "model.py:12" in repr(y)
    here = ops.sinh(ops.sin(x))
    assert here.source is not None and here.source[0] == __file__
    wide = symbol("w", shape=(3,))
    with pytest.raises(ShapeError, match=r"add: operands must have one type, got f64 and f64\[3\] \(test_node.py:\d+\)$"):
        ops.add(x, wide)


def test_a_node_is_not_a_number():
    x = symbol()
    for convert in (bool, float, int, len, np.asarray, range):
        with pytest.raises(TypeError):
            convert(x)


@pytest.mark.parametrize(("build", "message"), [
    (lambda x, y: Graph("f", [x, ops.sin(x)], [x]), r"f: an input must be a symbol, got <sin: f64"),
    (lambda x, y: Graph("f", [x, x], [x]), r"f: an input is listed twice: x, x"),
    (lambda x, y: Graph("f", [x, symbol("x", shape=(3,))], [x]), r"f: two inputs are called 'x': f64 and f64\[3\]"),
    (lambda x, y: Graph("f", [x], [ops.add(x, y)]), r"f: the symbol 'y': f64 (\(made at \w+.py:\d+\) )?is used but is not listed"),
    (lambda x, y: substitute([x], {x: symbol("z", shape=(3,))}),
     r"substitute: <input 'x': f64.*> cannot be replaced by <input 'z': f64\[3\]"),
])
def test_graphs_that_are_refused(build, message):
    with pytest.raises(GraphError, match=message):
        build(symbol("x"), symbol("y"))


def test_graphs_are_equal_by_identity():
    x, y = symbol("x"), symbol("y")
    f = Graph("f", [x, y], [ops.add(x, y)])
    assert f == Graph("f", [x, y], [ops.add(x, y)]) and hash(f) == hash(Graph("f", [x, y], [ops.add(x, y)]))
    assert f != Graph("g", [x, y], [ops.add(x, y)]) and f != Graph("f", [y, x], [ops.add(x, y)]) and f != 3
    assert pickle.loads(pickle.dumps(f)) == f


def test_substitution_and_sizes():
    x, y = symbol("x", shape=(N,)), symbol("y", shape=(N,))
    total = ops.sum(ops.multiply(x, y), axes=(0,))
    (swapped,) = substitute([total], {x: y, y: x})
    assert swapped is ops.sum(ops.multiply(y, x), axes=(0,))
    wide = ops.broadcast(ops.sum(x, axes=(0,)), shape=(N + 1,), axes=())
    (fixed,) = with_sizes([wide], {"n": 3})
    assert str(fixed.type) == "f64[4]" and str(fixed.args[0].args[0].type) == "f64[3]"


def test_close_names_parameters_by_position():
    x, y = symbol("x"), symbol("p0")
    region, captured = close("body", [y], [ops.add(ops.multiply(x, y), constant(1.0))])
    assert region.input_names() == ("p0", "p1") and len(captured) == 1 and captured[0] is x
    other, _ = close("body", [x], [ops.add(ops.multiply(y, x), constant(1.0))])
    assert other == region  # equal bodies are equal graphs


def test_a_node_that_dies_does_not_take_its_successor_out_of_the_table():
    """Another thread makes the node anew at the worst moment: when the entry of the dead one is about to go."""
    made, looks, dying = [], [], threading.Event()

    class Meeting(Constant):
        def __hash__(self):
            looks.extend([self] * dying.is_set())
            if len(looks) == 2:  # after it has been looked up, before it is deleted
                other.start()
                other.join(0.2)
            return super().__hash__()

    other = threading.Thread(target=lambda: made.append(ops.const(value=Constant(0.123456789))))
    node = ops.const(value=Meeting(0.123456789))
    dying.set()
    del node
    other.join()
    assert len(looks) == 2 and ops.const(value=Constant(0.123456789)) is made[0]
