"""Native code against NumPy: every kind of step, static and symbolic sizes, vectors and their rest, threads.

Each case is a graph with its inputs; the reference interpreter says what the result must be, and where NumPy has the
function of that name the case is exact by construction of the interpreter's own tests.
"""
from __future__ import annotations

import platform

import numpy as np
import pytest

import wengert as wg
from wengert.codegen import elementwise, parallel
from wengert.codegen.callable import NativeCallable
from wengert.codegen.math import ORDERED
from wengert.codegen.program import Program, vector_bytes
from wengert.ir import library as L
from wengert.ir import ops
from wengert.ir.errors import WengertError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node, postorder
from wengert.ir.op import TABLE
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.external import EXTERNAL
from wengert.ir.types import Type


class Native(NativeCallable):
    """A graph compiled without any pass."""

    def __init__(self, graph: Graph) -> None:
        self.program = Program(graph, single=False)
        self.program.install(self)


def sym(name: str, shape: tuple[object, ...] = (), dtype: str = "float64") -> Node:
    return ops.input(name=name, type=Type(dtype, shape))


def agree(outputs: list[Node], *arrays: np.ndarray) -> Native:
    """Native code gives what the interpreter gives, to a few ulp; returns the function."""
    graph = Graph("case", [node for node in postorder(outputs) if node.op is ops.input], outputs)
    by_name = dict(zip(sorted(n.attrs[0] for n in graph.inputs), arrays))
    values = [by_name[node.attrs[0]] for node in graph.inputs]
    native = Native(graph)
    for got, expected in zip(native(*values), evaluate(graph, *values)):
        tolerance = 2e-5 if expected.dtype == np.float32 else 1e-12
        assert np.asarray(got).shape == expected.shape
        np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)
    return native


rng = np.random.default_rng(7)
x, a, b = sym("x", ("n",)), sym("a", (5, 7)), sym("b", (7, 6))
A, B = rng.normal(size=(5, 7)), rng.normal(size=(7, 6))
SIZES = (0, 1, 2, 7, 8, 9, 16, 33)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_elementwise_and_totals_at_every_rest_of_a_vector(n: int, dtype: str) -> None:
    v = sym("v", ("n",), dtype)
    agree([L.tanh(v) * 2 + 1, L.sum(L.exp(v)), L.prod(v), v > 0, L.sum(v * v, axis=0)], rng.normal(size=n).astype(dtype))


@pytest.mark.parametrize("dtype", ["float64", "float32", "int32"])
def test_reductions_around_the_vectors_of_a_step(dtype: str) -> None:
    v, t = sym("v", ("n",), dtype), sym("t", (3, "n"), dtype)
    ends = [0, *(k * step + rest for step in (16, 32, 64) for k in (1, 2) for rest in (-1, 0, 1, 5))]
    for n in ends:
        data = rng.integers(-9, 9, (3, n)).astype(dtype)
        sums = [ops.sum(v, axes=(0,)), ops.prod(v, axes=(0,)), ops.sum(v * v, axes=(0,))]
        agree(sums, np.sign(data[0]))
        if n:
            agree([op(t, axes=(1,)) for op in (ops.sum, ops.max, ops.min)] + [op(t, axis=1) for op in (ops.argmax, ops.argmin)], data)


@pytest.mark.parametrize("n", (2, 3, 9, 17))
def test_moves_cost_no_step(n: int) -> None:
    native = agree([x[1:] - x[:-1], x[::2] * 2.0, x[::-1] + 1, x[-1] * 3.0], rng.normal(size=n))
    assert not any("clear" in str(step) for step in native.program.lowered.plan.steps)


def test_reductions_along_each_axis() -> None:
    t = sym("t", (4, 9, 11))
    data = rng.normal(size=(4, 9, 11))
    axes = [(0,), (1,), (2,), (0, 1), (0, 2), (1, 2), (0, 1, 2), ()]
    agree([ops.sum(t, axes=k) for k in axes], data)
    agree([ops.max(t, axes=k) for k in axes] + [ops.min(t, axes=k) for k in axes], data)
    agree([ops.prod(t, axes=k) for k in axes[:3]], data)


def test_long_rows_are_streamed_and_short_ones_kept_in_registers() -> None:
    for columns in (3, 64, 200):
        t = sym("t", ("n", columns))
        agree([ops.sum(L.exp(t), axes=(0,)), ops.max(t, axes=(0,))], rng.normal(size=(37, columns)))


def test_products_small_large_transposed_batched_and_of_vectors() -> None:
    agree([a @ b, L.transpose(b) @ L.transpose(a)], A, B)
    p, q = sym("p", ("m", 40)), sym("q", (40, 30))
    P, Q = rng.normal(size=(50, 40)), rng.normal(size=(40, 30))
    agree([p @ q, L.transpose(q) @ L.transpose(p), L.tanh(p) @ L.exp(q), p @ q[:, 0], q[:, 0] @ q], P, Q)
    s, t = sym("s", (6, 20, 21)), sym("t", (6, 21, 22))
    agree([s @ t, L.swapaxes(t, 1, 2) @ L.swapaxes(s, 1, 2)], rng.normal(size=(6, 20, 21)), rng.normal(size=(6, 21, 22)))
    k = sym("k", (4, 5), "int64")
    agree([k @ L.transpose(k)], rng.integers(-9, 9, (4, 5)))


@pytest.mark.parametrize("rows, inner", [(0, 40), (5, 0), (0, 0)])
def test_products_of_empty_matrices(rows: int, inner: int) -> None:
    p, q, v = sym("p", ("m", "k")), sym("q", ("k", 30)), sym("v", ("k",))
    agree([p @ q, p @ v], np.ones((rows, inner)), np.ones((inner, 30)), np.ones(inner))


def test_gather_and_scatter() -> None:
    i = sym("i", ("m",), "int64")
    index = np.array([0, 3, -1, 8, 3])
    agree([ops.gather(x, i, axes=(0,)), L.take(x * 2.0, i)], index, rng.normal(size=9))
    v = sym("v", ("m",))
    agree([ops.scatter_add(v, i, axes=(0,), shape=(9,))], index, rng.normal(size=5))


@pytest.mark.parametrize("bad", (9, -10))
def test_an_index_out_of_bounds_raises_and_reads_nothing(bad: int) -> None:
    i = sym("i", ("m",), "int64")
    native = Native(Graph("f", [x, i], [ops.gather(x, i, axes=(0,))]))
    with pytest.raises(WengertError, match="out of bounds"):
        native(np.ones(9), np.array([0, bad]))
    with pytest.raises(WengertError, match="out of bounds"):
        native(np.ones(0), np.array([0]))


def test_scans_along_an_axis() -> None:
    t, u = sym("t", (4, 9, 3)), sym("u", (4, 9, 3))
    T, U = rng.normal(size=(4, 9, 3)), rng.normal(size=(4, 9, 3))
    for axis in (0, 1, 2):
        for reverse in (False, True):
            agree([ops.cumsum(t, axis=axis, reverse=reverse), ops.linear_recurrence(t, u, axis=axis, reverse=reverse)], T, U)


def test_extrema_of_ties_and_nan() -> None:
    t = sym("t", ("n", 5))
    data = np.array([[1, 3, 3, 0, 0], [1, np.nan, 9, np.nan, -9], [np.inf, 0, np.inf, -np.inf, 0.0]])
    agree([ops.argmax(t, axis=1), ops.argmin(t, axis=1), ops.max(t, axes=(1,)), ops.min(t, axes=(1,))], data)


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "bool"])
def test_the_first_extremum_wherever_its_lane_is(dtype: str) -> None:
    """Few different values, so that most rows have ties; NaN and infinities among the floats; sizes around vectors."""
    t = sym("t", ("n", "m"), dtype)
    outputs = [ops.argmax(t, axis=k) for k in (0, 1)] + [ops.argmin(t, axis=k) for k in (0, 1)] + [ops.max(t, axes=(1,))]
    choices = [-np.inf, -1, -0.0, 0, 2, np.inf, np.nan] if dtype.startswith("float") else [0, 1] if dtype == "bool" else [-3, 0, 3]
    agree(outputs, *[np.full((3, 9), np.nan if dtype.startswith("float") else 0).astype(dtype)])
    for n, m in ((1, 1), (5, 8), (9, 7), (33, 65), (2, 1000)):
        for top in (1, 2, len(choices)):
            agree(outputs, rng.choice(choices[:top], (n, m)).astype(dtype))


def test_a_position_shares_its_loops_with_sums_and_stores() -> None:
    t = sym("t", (6, 40))
    for axis in (0, 1):
        outputs = [ops.argmax(t, axis=axis), ops.sum(t, axes=(axis,)), ops.max(t, axes=(axis,)), t * 3]
        native = agree(outputs, rng.integers(-3, 3, (6, 40)).astype("float64"))
        assert len(native.program.lowered.plan.steps) == 1
    row, one = sym("row", (1, 40)), sym("one", (40, 1, 1))
    agree([ops.argmax(row, axis=0), ops.argmin(row, axis=1)], rng.normal(size=(1, 40)))
    agree([ops.argmax(one, axis=1), ops.argmin(one, axis=0)], rng.normal(size=(40, 1, 1)))


def test_joins_and_pads() -> None:
    t = sym("t", ("n",))
    agree([L.concatenate([t, t * 2, t[1:]]), L.stack([t, t + 1], axis=1), ops.pad(t, low=(1,), high=(2,), interior=(0,)),
           ops.pad(t * t, low=(1,), high=(2,), interior=(2,))], rng.normal(size=6))


def test_outputs_that_are_inputs_constants_or_one_value_twice() -> None:
    t = sym("t", (3, 4))
    s = L.sum(t)
    one = L.as_node(np.arange(5.0)) if hasattr(L, "as_node") else ops.const(value=ops.source.Constant(np.arange(5.0)))
    agree([t, t, s, s, one, ops.reshape(t, shape=(12,)), L.transpose(t)], rng.normal(size=(3, 4)))


def test_a_long_straight_line_among_arrays_is_cut_into_pieces() -> None:
    p, q, v = sym("p"), sym("q"), sym("v", (3,))
    r = p
    for k in range(4000):
        r = r * q + (p if k % 3 else L.sin(r))
    native = agree([r, L.stack([p, q, r]), L.sin(v)], np.asarray(1.1), np.asarray(0.5), rng.normal(size=3))
    assert len(native.program.lowered.plan.steps) > 4


def test_long_loops_on_threads_give_the_bits_of_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    n = 300_001
    data = rng.normal(size=n)
    graph = Graph("long", [x], [L.sum(L.exp(x)), L.exp(x) * L.sin(x)])
    many = Native(graph)(data)
    monkeypatch.setattr(parallel, "threads", lambda: 1)
    one = Native(graph)(data)
    assert many[0] == one[0]
    assert np.array_equal(many[1], one[1])
    np.testing.assert_allclose(many[0], np.exp(data).sum(), rtol=1e-13)


@pytest.mark.parametrize("width", (8, 16, 32, 64))
def test_every_vector_width(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wengert.codegen.program.vector_bytes", lambda: width)
    agree([L.tanh(a) + 1, L.sum(a, axis=0), L.sum(a, axis=1), a > 0, a @ b, L.sum(a)], A, B)


def test_integers_and_bools() -> None:
    k, m = sym("k", (9,), "int64"), sym("m", (9,), "int64")
    K, M = np.array([1, -5, 7, 0, 2, -9, 3, 5, -5]), np.array([2, 3, -2, 0, 0, 4, -4, 5, -5])
    agree([k // m, k % m, k + m, k * m, L.abs(k), L.sign(k), L.maximum(k, m), L.sum(k), L.max(k), k < m], K, M)
    agree([ops.power(k, L.abs(m)), L.where(k > 0, k, m), ~(k > m), L.square(k)], K, M)
    t = sym("t", (7,))
    edge = np.array([0.5, -0.5, 1e300, -1e300, np.nan, np.inf, -2.5])
    agree([ops.cast(t, dtype="int64"), ops.cast(t, dtype="int32"), ops.cast(t, dtype="bool")], edge)


def test_floor_division_of_floats_at_infinities_zeros_and_over_whole_numbers() -> None:
    specials = np.array([0.0, -0.0, 1.0, -1.0, 3.0, -7.5, 1e300, 5e-324, -5e-324, np.inf, -np.inf, np.nan])
    p, q = (v.ravel() for v in np.meshgrid(specials, specials))
    u, v = sym("u", (p.size,)), sym("v", (p.size,))
    native = Native(Graph("f", [u, v], [u // v, u % v]))
    with np.errstate(all="ignore"):
        for got, expected in zip(native(p, q), (np.floor_divide(p, q), np.remainder(p, q))):
            np.testing.assert_array_equal(got, expected)
            signs = [np.signbit(y)[~np.isnan(expected)] for y in (got, expected)]
            np.testing.assert_array_equal(*signs)


def test_every_elementwise_row_runs() -> None:
    rows = {op.name for op in TABLE.values() if op.elementwise}
    assert rows == set(elementwise.ROWS) | set(EXTERNAL) | set(COMPOSITE) | set(ORDERED) | {"where", "cast"}


@pytest.mark.parametrize("shape", [(), (3,), ("größe",)], ids=str)
@pytest.mark.parametrize("names", [("out0", "t3"), ("α", "c0"), ("inputs", "k0")])
def test_a_name_may_be_in_any_script_and_look_like_one_of_ours(names: tuple[str, str], shape: tuple[object, ...]) -> None:
    p, q = (sym(name, shape) for name in names)
    P, Q = (np.full((3,) * len(shape), value) for value in (1.5, 2.0))
    native = Native(Graph("f", [p, q], [p * q + 1, L.sum(L.exp(p) * q), L.tanh(L.sum(p)) * q]))
    np.testing.assert_allclose(native(P, Q)[0], P * Q + 1)


def test_a_gather_reads_through_a_reshape_by_axes_of_one() -> None:
    index = ops.const(value=ops.source.Constant(np.array([0, 0, -1])))
    agree([ops.gather(ops.reshape(x * 3.0, shape=(1, *x.type.shape)), index, axes=(0,))], rng.normal(size=9))


@pytest.mark.parametrize("steps", (3, 60))
def test_stencils_on_top_of_each_other_are_computed_once_each(steps: int) -> None:
    def step(u: Node) -> Node:
        left, right = (ops.pad(part, low=(low,), high=(1 - low,), interior=(0,)) for part, low in ((u[:-1], 1), (u[1:], 0)))
        return u + (left - u * 2.0 + right) * 0.1

    u = x
    for _ in range(steps):
        u = step(u)
    native = agree([u, L.sum(u * u)], rng.normal(size=9))
    assert sum(len(kernel.statements) for kernel in native.program.lowered.plan.steps) < 25 * (steps + 1)


def test_hundreds_of_numbers_in_and_thousands_out() -> None:
    numbers = [sym(f"x{k}") for k in range(150)]
    outputs = [numbers[k % 150] * numbers[k * 7 % 150] + L.sin(numbers[k % 3]) for k in range(1000)]
    values = rng.normal(size=150)
    native = Native(Graph("many", numbers, outputs))
    assert max(len(step.statements) for step in native.program.lowered.plan.steps) < 1000
    expected = [values[k % 150] * values[k * 7 % 150] + np.sin(values[k % 3]) for k in range(1000)]
    np.testing.assert_allclose(native(*values.tolist()), expected, rtol=1e-13)


def test_vectors_that_wait_in_memory_lie_in_lines_of_the_cache():
    """Their frame begins with a line, whatever the caller's stack; a program of numbers has no need of that."""
    x = wg.symbol("frame_x", ("n",))
    wide = wg.function([x], [wg.cos(x) * wg.exp(x), wg.tan(x + 1)], cache=False, threads=1)
    one = wg.symbol("frame_y")
    for f, expected in ((wide, True), (wg.function([one], wg.cos(one) * wg.exp(one), cache=False), False)):
        assert ("alignstack(64)" in f.dump("llvm").split("i32 @body(")[1].split("{")[0]) is expected
    if platform.machine() == "x86_64" and vector_bytes() == 64:
        assert "$-64, %rsp" in wide.dump("asm").split("body:")[1]
