"""The verifier passes what the rows build and names the node and its line where a graph was tampered with."""

import itertools

import pytest
from graphs import programs
from hypothesis import given, settings

from wengert.ir import ops, provenance
from wengert.ir.errors import GraphError
from wengert.ir.graph import NESTING, Graph
from wengert.ir.node import Node
from wengert.ir.op import Op
from wengert.ir.types import Poly, TupleType, Type
from wengert.ir.verify import verify

N = Poly.name("n")


def symbol(name="x", dtype="f64", shape=()):
    return ops.input(name=name, type=Type(dtype, shape))


@settings(max_examples=50)
@given(programs(dtypes=("float64", "int32", "bool"), empty=True, regions=True))
def test_what_the_rows_build_is_well_formed(program):
    assert verify(program.graph) is program.graph


SERIALS = itertools.count(1)


def forged(op, args, attrs, type, line=12):
    """A node that no row has checked."""
    node = Node.__new__(Node)
    node.op, node.args, node.attrs, node.type = op, tuple(args), attrs, type
    node.source, node.origin, node.serial = ("/home/a/model.py", line), None, -next(SERIALS)
    return node


STRANGER = Op.__new__(Op)
object.__setattr__(STRANGER, "name", "sin")
F64 = Type("f64")
SEVERAL = TupleType([F64, F64])


def bad_region():
    """A cond whose branch holds a node of the wrong type."""
    p = symbol("p0")
    wrong = Graph("yes", [p], [forged(ops.cos, [p], (), F64), forged(ops.sin, [p], (), Type("f32"))])
    right = Graph("no", [p], [p, p])
    return forged(ops.cond, [symbol("c", "bool"), p], (wrong, right), SEVERAL)


BAD = [
    (lambda x: forged(ops.sin, [x], (), Type("f64", (3,))), "sin: the type is f64[3], expected f64"),
    (lambda x: forged(ops.sin, [x, x], (), F64), "sin: takes 1 arguments, got 2"),
    (lambda x: forged(ops.sum, [x], (), F64), "sum: takes 1 attributes, got 0"),
    (lambda x: forged(ops.sum, [x], ([0],), F64), "sum: axes must be a list of axes, got [0]"),
    (lambda x: forged(ops.sum, [x], ((True,),), F64), "sum: axes must be a list of axes, got (True,)"),
    (lambda x: forged(ops.sum, [x], ((1,),), F64), "sum: axes must be increasing axes of f64, got [1]"),
    (lambda x: forged(ops.cast, [x], ("f16",), F64), "cast: dtype must be a dtype, got f16"),
    (lambda x: forged(ops.cumsum, [x], (0, 1), F64), "cumsum: reverse must be true or false, got 1"),
    (lambda x: forged(ops.custom, [x], (None, None, None), F64), "custom: body must be a graph, got None"),
    (lambda x: forged(ops.add, [x, symbol("w", shape=(3,))], (), F64), "add: operands must have one type, got f64 and f64[3]"),
    (lambda x: forged(ops.sin, [forged(ops.scan, [], (), SEVERAL)], (), F64), "scan: takes 5 attributes, got 0"),
    (lambda x: forged(ops.broadcast, [x], ((Poly.name("m"),), ()), Type("f64", ("m",))),
     "broadcast: the size m is not a size of any input"),
    (lambda x: forged(ops.size, [], (Poly.name("m"),), Type("i64")), "size: the size m is not a size of any input"),
    (lambda x: forged(STRANGER, [x], (), F64), "sin: the op is not in the table"),
]


@pytest.mark.parametrize(("build", "message"), BAD, ids=[message for _, message in BAD])
def test_what_is_wrong_is_named(build, message):
    x = symbol("x")
    graph = Graph("f", [x, symbol("w", shape=(3,)), symbol("y", shape=(N,))], [build(x)])
    with pytest.raises(GraphError) as caught:
        verify(graph)
    assert str(caught.value) == f"f: {message} (model.py:12)"


def test_regions_are_verified():
    node = bad_region()
    with pytest.raises(GraphError, match=r"^f: cond: both branches must return the same types"):
        verify(Graph("f", list(node.args), [ops.sin(symbol("p0")), node]))
    p = symbol("p0")
    region = Graph("twice", [p], [forged(ops.add, [p, p], (), F64), forged(ops.sin, [p], (), F64, 7)])
    fine = forged(ops.custom, [p], (region, None, None), SEVERAL)
    picked = forged(ops.item, [fine], (1,), F64)
    assert verify(Graph("f", [p], [picked]))
    region = Graph("twice", [p], [forged(ops.broadcast, [p], ((Poly.name("k"),), ()), Type("f64", ("k",)), 9)])
    inside = forged(ops.custom, [p], (region, None, None), Type("f64", ("k",)))
    outer = Graph("f", [p, symbol("s", shape=(Poly.name("k"),))], [inside])
    assert verify(outer)  # a region may use the sizes of the graph around it
    with pytest.raises(GraphError, match=r"f: custom: the size k is not a size of any input \(model.py:12\)"):
        verify(Graph("f", [p], [inside]))


def test_a_mistake_inside_a_region_names_the_region():
    p = symbol("p0")
    region = Graph("inner", [p], [ops.sin(forged(ops.cos, [p], (), F64, 3)), forged(ops.exp, [p, p], (), F64, 8)])
    node = ops.item(ops.custom(p, body=region, jvp=None, vjp=None), index=0)
    with pytest.raises(GraphError, match=r"^inner: exp: takes 1 arguments, got 2 \(model.py:8\)$"):
        verify(Graph("f", [p], [node]))


def test_several_results_are_no_output():
    p = symbol("p0")
    with provenance.within(("/home/a/model.py", 5)):
        pair = ops.custom(p, body=Graph("two", [p], [p, ops.sin(p)]), jvp=None, vjp=None)
    with pytest.raises(GraphError, match=r"f: custom: an output is one array, not \(f64, f64\); pick one with item \(model.py:5\)"):
        verify(Graph("f", [p], [pair]))
    with pytest.raises(GraphError, match="f: sin: takes arrays; pick one result of several with item"):
        verify(Graph("f", [p], [forged(ops.sin, [pair], (), F64)]))


def test_a_graph_is_closed():
    x, y = symbol("x"), symbol("y")
    graph = Graph("f", [x, y], [ops.add(x, y)])
    graph.inputs = (x,)
    del graph.__dict__["nodes"]
    with pytest.raises(GraphError, match="f: input: the symbol 'y' is not listed as an input"):
        verify(graph)


def test_regions_nest_to_a_depth():
    graph = Graph("inside", [symbol("p0")], [symbol("p0")])
    for _ in range(NESTING + 1):
        p = symbol("p0")
        graph = Graph("outside", [p], [ops.custom(p, body=graph, jvp=None, vjp=None)])
    assert verify(graph.outputs[0].attrs[0])
    with pytest.raises(GraphError, match="verify: regions may be nested 64 deep, inside lies deeper"):
        verify(graph)


