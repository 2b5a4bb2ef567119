"""Native code against the interpreter on random graphs: every schedule, vector width and size, with and without passes.

Thresholds are drawn tiny half of the time, so that small arrays take the paths of large ones: threads, blocks, BLAS,
pieces, streams. The strongest oracle for derivatives is the identity <J t, c> = <t, J^T c> of the two modes.
"""
from __future__ import annotations

import numpy as np
import pytest
from graphs import array_of, programs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sensitivity import assert_as_interpreted

from wengert.codegen import blas, blocks, chunks, keep, loops, lower, parallel, program, roles, shape
from wengert.codegen.callable import NativeCallable
from wengert.codegen.math import ORDERED
from wengert.compiler.autodiff import grad, jvp
from wengert.compiler.function import Build, Function
from wengert.compiler.model import Model
from wengert.ir import ops
from wengert.ir.errors import WengertError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph, with_sizes
from wengert.ir.node import Node
from wengert.ir.op import TABLE, Op
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.external import EXTERNAL
from wengert.ir.ops.source import constant
from wengert.ir.types import Dim, Type, evaluate_dim

SIZES = (1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33)
ALL = ("float64", "float32", "int64", "int32", "bool")
FLOATS = ("float64", "float32")
SMALL = [(parallel, "ABOVE", 50), (blas, "PART", 40), (blas, "ALIGN", 2), (blas, "SERIAL_UP_TO", 30), (blocks, "BLOCK", 8),
         (lower, "INLINE_STATEMENTS", 3), (chunks, "LENGTH", 4), (shape, "STREAM_FROM", 1), (loops, "PARAMETERS", 2),
         (roles, "SMALL_PRODUCT", 2), (keep, "KEEP_ABOVE", 1)]
quick = settings(max_examples=60, suppress_health_check=list(HealthCheck))


class Native(NativeCallable):
    """A graph compiled without any pass."""

    def __init__(self, graph: Graph) -> None:
        program.Program(graph, single=False).install(self)


@st.composite
def cases(draw: st.DrawFn, **kind: object) -> tuple[Graph, list[np.ndarray]]:
    """A random graph with its sizes named or put in, arrays for it, and how it is to be compiled."""
    least = 0 if kind.get("empty") else 1
    sizes: dict[str, Dim] = {name: draw(st.sampled_from((0, *SIZES)[least:])) for name in "nm"}
    graph = draw(programs(**kind)).graph  # type: ignore[arg-type]
    arrays = [array_of(draw(st.integers(0, 2**32 - 1)), node.type, sizes, bool(kind.get("special"))) for node in graph.inputs]  # type: ignore[arg-type]
    if draw(st.booleans()):
        nodes = with_sizes([*graph.inputs, *graph.outputs], sizes)
        graph = Graph(graph.name, nodes[:len(arrays)], nodes[len(arrays):])
    elements = sum(evaluate_dim(node.type.size, sizes) for node in graph.nodes)  # type: ignore[arg-type]
    if elements > 200_000:
        return draw(cases(**kind))
    return graph, arrays


@st.composite
def ways(draw: st.DrawFn) -> pytest.MonkeyPatch:
    """A vector width, and thresholds as they are or tiny; undone by the test."""
    patch = pytest.MonkeyPatch()
    width = draw(st.sampled_from((8, 16, 32, 64)))
    patch.setattr(program, "vector_bytes", lambda: width)
    for module, name, value in SMALL if draw(st.booleans()) else []:
        patch.setattr(module, name, value)
    return patch


def check(graph: Graph, arrays: list[np.ndarray], way: pytest.MonkeyPatch, passes: bool, finite_only: bool) -> None:
    try:
        evaluate(graph, *arrays)
    except WengertError:
        way.undo()
        return
    try:
        native = Function(Build(Model(graph))) if passes else Native(graph)
        assert_as_interpreted(graph, arrays, native(*arrays), finite_only)
    finally:
        way.undo()


@quick
@given(cases(steps=14, dtypes=FLOATS), ways())
def test_a_graph_compiled_as_it_is(case: tuple[Graph, list[np.ndarray]], way: pytest.MonkeyPatch) -> None:
    check(*case, way, passes=False, finite_only=False)


@quick
@given(cases(steps=14, dtypes=ALL, empty=True), ways())
def test_all_dtypes_and_empty_axes_through_the_passes(case: tuple[Graph, list[np.ndarray]], way: pytest.MonkeyPatch) -> None:
    check(*case, way, passes=True, finite_only=True)


@quick
@given(cases(steps=10, dtypes=ALL, special=True), ways())
def test_infinities_and_nan_stay_where_they_are(case: tuple[Graph, list[np.ndarray]], way: pytest.MonkeyPatch) -> None:
    check(*case, way, passes=False, finite_only=True)


def weighted(outputs: tuple[Node, ...]) -> Node:
    """A scalar that every element of the outputs enters."""
    total = constant(0.0, "float64")
    for y in outputs:
        if y.type.is_float:
            total = ops.add(total, ops.cast(ops.sum(ops.sin(y), axes=tuple(range(y.type.ndim))), dtype="float64"))
    return total


@settings(quick, max_examples=20)
@given(cases(steps=8, smooth=True), ways())
def test_value_and_derivatives_and_the_identity_of_the_modes(case: tuple[Graph, list[np.ndarray]], way: pytest.MonkeyPatch) -> None:
    graph, arrays = case
    cost = weighted(graph.outputs)
    gradients = grad(cost, list(graph.inputs))
    tangents = [ops.input(name=f"t{k}", type=node.type) for k, node in enumerate(graph.inputs)]
    slope = jvp(cost, list(graph.inputs), tangents)
    inner = constant(0.0, "float64")
    for gradient, tangent in zip(gradients, tangents):
        product = ops.multiply(gradient, tangent)
        inner = ops.add(inner, ops.sum(product, axes=tuple(range(product.type.ndim))))
    derived = Graph("derived", [*graph.inputs, *tangents], [cost, *gradients, slope, inner])
    rng = np.random.default_rng(0)
    values = [*arrays, *(np.asarray(rng.normal(size=a.shape), a.dtype) for a in arrays)]
    check(derived, values, way, passes=True, finite_only=True)
    *_, forward, backward = Function(Build(Model(derived)))(*values)
    scale = sum(float(np.abs(g * t).sum()) for g, t in zip(evaluate(derived, *values)[1:], values[len(arrays):]))
    if np.isfinite(scale):
        assert abs(forward - backward) <= 1e-9 * (scale + abs(forward) + 1)


def test_the_comparison_sees_what_is_wrong() -> None:
    x, k = ops.input(name="x", type=Type("f64", (3,))), ops.input(name="k", type=Type("i64", (3,)))
    graph, arrays = Graph("g", [x, k], [ops.sin(x), ops.add(k, k)]), [np.array([1.0, 2.0, 3.0]), np.array([1, 2, 3])]
    right = evaluate(graph, *arrays)
    assert_as_interpreted(graph, arrays, right)
    for wrong in ((right[0] * (1 + 1e-12), right[1]), (right[0], right[1] + 1), (right[0] * [1, 1, np.nan], right[1])):
        with pytest.raises(AssertionError, match=r"output [01] at"):
            assert_as_interpreted(graph, arrays, wrong)


# -- every elementwise row at special values ---------------------------------------------------------------------------

BIG = 2.0**53
VALUES = [0.0, 1.0, 0.5, 1.5, 2.0, 2.5, 3.0, 0.1, 7.0, 1e-5, 1e-300, 5e-324, 2.0**-1022, 1e308, np.finfo("f8").max, np.inf, 1e15 + 0.5,
          BIG, 2.0**31, 2.0**63, 1e5, 170.5, 709.7, 745.1, 1e22, 1e-45, 2.0**-126, 88.7, 3.4e38]


def special(dtype: str) -> np.ndarray:
    if dtype == "bool":
        return np.array([False, True])
    if dtype.startswith("float"):
        with np.errstate(over="ignore"):
            return np.array([np.nan, *(s * v for v in VALUES for s in (1, -1))], dtype)
    info = np.iinfo(dtype)
    near = [0, 1, 2, 3, 7, 10, 31, 32, 62, 63, 64, 46341, 1000003]
    return np.array([*near, *(-k for k in near), info.max, info.max - 1, info.min, info.min + 1], dtype)


ROWS = [(op, dtype) for op in TABLE.values() if op.elementwise and op.name not in COMPOSITE
        for dtype in ALL if np.dtype(dtype).kind in op.takes]
ATTRIBUTES = {"cast": [{"dtype": dtype} for dtype in ALL], "polygamma": [{"order": 1}]}
ATTRIBUTES |= {name: [{"order": n} for n in (0, 1, 2, 5)] for name in ORDERED if name != "polygamma"}
ATTRIBUTES |= {name: [{"order": n} for n in (0, 1)] for name in ("hyp0f1_series", "hyp1f1_series", "hyp2f1_series")}


@pytest.mark.parametrize("op, dtype", ROWS, ids=lambda v: getattr(v, "name", v))
def test_every_elementwise_row_at_special_values(op: Op, dtype: str, monkeypatch: pytest.MonkeyPatch) -> None:
    v = special(dtype)
    if op.name in ORDERED and op.name != "polygamma":
        v = v[~((np.abs(v) > 200) & np.isfinite(v)) & ~((np.abs(v) < 1e-30) & (v != 0))]  # where SciPy keeps its digits
    pairs = [np.array(column) for column in zip(*((a, b) for a in v for b in v))]
    columns = [v] if op.arity == 1 else pairs if op.arity == 2 else [pairs[0] > pairs[1], *pairs]
    if op.arity > 2 and op.name != "where":
        count = 400 if op.name in ATTRIBUTES else 3000  # these walk along their equations, in NumPy for as long as the longest walk
        columns = list(np.random.default_rng(0).choice(v, (op.arity, count)))
    inputs = [ops.input(name=f"x{k}", type=Type(c.dtype, ("n",))) for k, c in enumerate(columns)]
    graph = Graph("row", inputs, [op(*inputs, **attributes) for attributes in ATTRIBUTES.get(op.name, [{}])])
    expected = evaluate(graph, *columns)
    for width in (8, 64):
        monkeypatch.setattr(program, "vector_bytes", lambda width=width: width)
        for got, want in zip(Native(graph)(*columns), expected):
            wrong = ~_as_exact_as_it_should(op, got, want)
            assert not wrong.any(), [(*(c[k] for c in columns), got[k], want[k]) for k in np.flatnonzero(wrong)[:5]]


def _as_exact_as_it_should(op: Op, got: np.ndarray, want: np.ndarray) -> np.ndarray:
    """The same bits but for NaN's; functions that are not one IEEE operation within 3 ulp, SciPy's and those of gamma near it."""
    if want.dtype.kind != "f":
        return got == want
    ulps = 200 if "gamma" in op.name or op.name in EXTERNAL or op.name in ORDERED else 3
    with np.errstate(all="ignore"):
        apart = np.abs(got.astype("f8") - want) / np.spacing(np.abs(want))
        return (np.signbit(got) == np.signbit(want)) & ((got == want) | (apart <= ulps)) | (np.isnan(got) & np.isnan(want))
