"""Programs of scalars: tapes, the interpreter and the native code give the same bits, and what the graph means."""
from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import pytest
from graphs import SPECIAL
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wengert.codegen import fingerprint, interpreter, program, slots, straightline, tape
from wengert.codegen.callable import NativeCallable
from wengert.codegen.program import Program
from wengert.codegen.straightline import Straightline
from wengert.ir import library as L
from wengert.ir import ops
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.op import TABLE, Op
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.source import constant
from wengert.ir.types import Type

DTYPES = ("float64", "float32", "int64", "int32", "bool")
SMALL = [(straightline, "PIECE", 5), (straightline, "PIECES", 2), (straightline, "NEAR", 2), (straightline, "QUICK_FROM", 20),
         (interpreter, "REORDERED", 7), (interpreter, "REUSED", 3), (tape, "CLEARED", 1)]
rng = np.random.default_rng(23)


def sym(name: str, dtype: str = "float64", shape: tuple[int, ...] = ()) -> Node:
    return ops.input(name=name, type=Type(dtype, shape))


class Runs(NativeCallable):
    def __init__(self, made: object) -> None:
        made.install(self)  # type: ignore[attr-defined]


def both(graph: Graph) -> tuple[Runs, Runs, Program]:
    """The graph interpreted and native, however short it is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(program, "LONG", 0)
        made = Program(graph, single=False)
    assert isinstance(made.lowered, Straightline)
    return Runs(made.interpreted()), Runs(made.compiled()), made


def check(graph: Graph, *values: object) -> tuple[object, ...]:
    """Both give the same bits, and what the graph means to a few ulp; the results."""
    results = same_bits(graph, values)
    for result, expected in zip(results, evaluate(graph, *values)):
        got = np.asarray(result, expected.dtype)
        assert got.shape == expected.shape
        if got.dtype.kind == "f":
            tolerance = 1e-12 if got.dtype == np.float64 else 2e-5
            np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)
        else:
            assert np.array_equal(got, expected)
    return results


# ------------------------------------------------------------------------------------------------------ every operation

ROWS = [(op, dtype) for op in TABLE.values() for dtype in DTYPES
        if op.elementwise and not op.attributes and op.name not in COMPOSITE and Type(dtype).dtype.kind in op.takes and op.name != "where"]


@pytest.mark.parametrize(("op", "dtype"), ROWS, ids=lambda p: p.name if isinstance(p, Op) else p)
def test_every_operation(op: Op, dtype: str) -> None:
    x = [sym(f"x{k}", dtype) for k in range(op.arity or 0)]
    interpreted, native, _ = both(Graph(op.name, x, [op(*x)]))
    inside = [rng.uniform(low if np.isfinite(low) else -3, high if np.isfinite(high) else max(low, 0) + 3, 20) for low, high in op.sample]
    for point in zip(*inside):
        one = [np.asarray(v).astype(dtype)[()] for v in point]
        check_one(Graph(op.name, x, [op(*x)]), interpreted, native, one)
    if dtype.startswith("float"):
        for k in range(len(SPECIAL)):
            with np.errstate(over="ignore"):
                one = [np.asarray(SPECIAL[(k + 3 * j) % len(SPECIAL)]).astype(dtype)[()] for j in range(len(x))]
            got, again = native(*one)[0], interpreted(*one)[0]
            assert np.array_equal(got, again, equal_nan=True) and (got != got or np.signbit(got) == np.signbit(again))


def check_one(graph: Graph, interpreted: Runs, native: Runs, values: list[object]) -> None:
    got, again, expected = native(*values)[0], interpreted(*values)[0], evaluate(graph, *values)[0]
    assert np.array_equal(got, again, equal_nan=expected.dtype.kind == "f")
    tolerance = 2e-5 if expected.dtype == np.float32 else 1e-10
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=tolerance)


def test_selections_casts_and_orders() -> None:
    x, y, flag, n, f = sym("x"), sym("y"), sym("flag", "bool"), sym("n", "int64"), sym("f", "float32")
    outputs = [
        ops.where(flag, x, y), ops.where(ops.less(x, y), f, ops.negative(f)), ops.where(flag, n, ops.multiply(n, n)),
        ops.cast(x, dtype="int64"), ops.cast(n, dtype="float32"), ops.cast(flag, dtype="float64"), ops.cast(f, dtype="bool"),
        ops.cast(x, dtype="int32"), ops.polygamma(x, order=2), ops.logical_not(ops.logical_or(flag, ops.isnan(x))),
    ]
    graph = Graph("selections", [x, y, flag, n, f], outputs)
    for point in ((1.5, 2.5, True, 7, np.float32(0.25)), (2.5, -0.5, False, -3, np.float32(0)), (np.nan, 1.0, True, 2**62, np.float32(-1))):
        with np.errstate(all="ignore"):
            check(graph, *point)


# ------------------------------------------------------------------------------------------------- arguments and results

def test_elements_of_arrays_in_and_arrays_out() -> None:
    x, v, m = sym("x"), sym("v", shape=(5,)), sym("m", "float32", (2, 3))
    outputs = [
        L.stack([x, v[1] * x, v[4]]), v, L.concatenate([L.zeros(20), L.stack([x, v[0] - x])]), L.concatenate([L.ones(30), L.stack([x])]),
        L.reshape(L.stack([x, x * x, v[2], v[3]]), (2, 2)), m.T, L.stack([m[1, 2] * m[0, 0], m[1, 1]]), x, L.zeros((2, 2)),
        L.stack([constant(2.5), constant(0.0)]), L.flip(L.stack([x, v[0], x + 1.0]), 0), v[1:4], L.stack([v[0]]) * 3.0,
        L.broadcast_to(x * 2.0, (3,)), constant(np.float32(1.5)), L.stack([m[0, 1] < m[1, 1], x > 0.0]),
    ]
    results = check(Graph("layout", [x, v, m], outputs), 1.25, rng.normal(size=5), rng.normal(size=(2, 3)).astype("float32"))
    assert isinstance(results[7], float)


def test_a_bool_is_any_byte_but_zero() -> None:
    flags, x = sym("flags", "bool", (3,)), sym("x")
    graph = Graph("bytes", [flags, x], [ops.where(flags[k], x, -x) for k in range(3)])
    for run in both(graph)[:2]:
        assert run(np.array([0, 1, 2], np.uint8).view(bool), 3.0) == (-3.0, 3.0, 3.0)


def test_arrays_that_are_computed_with_are_no_tape() -> None:
    v = sym("v", shape=(3,))
    assert tape.tape_of(Graph("a", [v], [L.sin(v)])) is None
    assert tape.tape_of(Graph("b", [v], [L.sum(v)])) is None
    assert tape.tape_of(Graph("c", [sym("u", shape=("n",))], [sym("u", shape=("n",))])) is None  # type: ignore[arg-type]


def test_arrays_too_large_to_take_apart_are_no_tape() -> None:
    huge = sym("huge", shape=(10**12,))
    assert tape.tape_of(Graph("a", [huge], [huge[3]])) is None
    x = sym("x")
    assert tape.tape_of(Graph("b", [x], [L.broadcast_to(x, (10**12,))])) is None
    table = constant(np.arange(1e6))
    assert tape.tape_of(Graph("c", [x], [table[7] * x])) is None


def test_every_thing_that_is_printed_says_what_runs() -> None:
    x, y = sym("x"), sym("y")
    _, _, made = both(Graph("shown", [x, y], [x * y + 2.0, L.sin(x)]))
    if fingerprint.fuses():
        assert made.kernels().splitlines() == [
            "%2 = load input 0[0]", "%3 = load input 1[0]", "%4 = fma %2, %3, 2.0", "%5 = sin %2", "output 0 = %4", "output 1 = %5",
        ]
    assert "llvm.fma" in made.llvm() and "piece0" in made.assembly
    assert made.bytes_moved() == 8 * 4


# ----------------------------------------------------------------------------------------------------------- arithmetic

def test_products_in_sums_are_rounded_once() -> None:
    if not fingerprint.fuses():
        pytest.skip("this machine rounds twice")
    x, y, z = (sym(name) for name in "xyz")
    for f in (lambda a, b, c: a * b + c, lambda a, b, c: c + a * b, lambda a, b, c: a * b - c, lambda a, b, c: c - a * b,
              lambda a, b, c: a * a + c):
        interpreted, native, _ = both(Graph("fused", [x, y, z], [f(x, y, z)]))
        for point in rng.normal(size=(20, 3)):
            exact = float(f(*map(Fraction, point)))  # a fraction becomes a float with one rounding
            assert native(*point) == interpreted(*point) == (exact,)


def test_a_product_that_is_used_twice_stays_one() -> None:
    x, y, z = (sym(name) for name in "xyz")
    product = x * y
    _, _, made = both(Graph("shared", [x, y, z], [product + z, product - z]))
    assert [made.lowered.tape.kinds[k].name for k in made.lowered.tape.kind] == ["load"] * 3 + ["multiply", "add", "subtract"]  # type: ignore[union-attr]
    _, _, made = both(Graph("returned", [x, y, z], [product + z, product]))
    assert "fma" not in [made.lowered.tape.kinds[k].name for k in made.lowered.tape.kind]  # type: ignore[union-attr]


def test_without_fused_operations_the_bits_are_those_of_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "fuses", lambda: False)
    x, y, z = (sym(name) for name in "xyz")
    graph = Graph("plain", [x, y, z], [x * y + z, (x - y) * (y - z) - x * x, -(x * y), L.square(x) - y])
    interpreted, native, _ = both(graph)
    for point in rng.normal(size=(50, 3)):
        expected = [float(value) for value in evaluate(graph, *point)]
        assert list(native(*point)) == list(interpreted(*point)) == expected


def test_signs_of_zero() -> None:
    x, y = sym("x"), sym("y")
    graph = Graph("zeros", [x, y], [x + y, x - y, x * y, -x, x * y + x, x * y - x, x - x * y, -(x * y)])
    interpreted, native, _ = both(graph)
    for a in (0.0, -0.0, 1.0, -1.0, 5e-324, -5e-324):
        for b in (0.0, -0.0, 2.0, -2.0, 0.25):
            expected = [float(value) for value in evaluate(graph, a, b)]
            for got in (native(a, b), interpreted(a, b)):
                assert [(v, np.signbit(v)) for v in got] == [(v, np.signbit(v)) for v in expected]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_zero_around_an_array_has_a_sign(dtype: str) -> None:
    """What a pad puts around its argument is one constant for all types, its negative is not."""
    x, v = sym("x", dtype), sym("v", dtype, (2,))
    zero = L.reshape(ops.pad(v, low=(1,), high=(0,), interior=(0,))[:1], ())
    graph = Graph("zero", [x, v], [-zero, x - zero, x * x - zero, zero - x * x, ops.cast(-zero, dtype="float64")])
    results = same_bits(graph, (np.asarray(-0.0, dtype), np.ones(2, dtype)))
    assert [bool(np.signbit(result)) for result in results] == [True, True, False, False, True]


# -------------------------------------------------------------------------------------------------------- long programs

@st.composite
def long_programs(draw: st.DrawFn) -> tuple[Graph, list[float]]:
    """A few to a few hundred operations, each on values made long ago or just now, and several results."""
    seed, count = draw(st.integers(0, 2**32 - 1)), draw(st.integers(1, 300))
    numbers = np.random.default_rng(seed)
    inputs = [sym(f"x{k}") for k in range(int(numbers.integers(1, 6)))]
    values: list[Node] = [*inputs, constant(0.5)]
    for _ in range(count):
        near = values[-8:] if numbers.random() < 0.7 else values
        a, b = (near[int(numbers.integers(len(near)))] for _ in range(2))
        kind = numbers.random()
        values.append(
            a + b if kind < 0.3 else a - b if kind < 0.5 else ops.multiply(a, b) if kind < 0.8 else L.abs(a) if kind < 0.85
            else L.maximum(a, b) if kind < 0.9 else ops.where(ops.less(a, b), a, b) if kind < 0.95 else -a)
    outputs = [values[int(k)] for k in numbers.integers(0, len(values), 4)] + [values[-1]]
    return Graph("long", inputs, [*outputs, L.stack(outputs[:3])]), numbers.uniform(-0.6, 0.6, len(inputs)).tolist()


@pytest.fixture(params=[False, True], ids=["", "small pieces"])
def pieces(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in SMALL if request.param else []:
            patch.setattr(module, name, value)
        yield


def test_fewer_values_than_elements_of_the_input() -> None:
    x = sym("far_elements", shape=(9,))
    same_bits(Graph("far", [x], [x[8] * x[7]]), [np.arange(9.0)])


@settings(max_examples=30, suppress_health_check=list(HealthCheck))
@given(case=long_programs())
def test_random_programs(pieces: None, case: tuple[Graph, list[float]]) -> None:
    """Both tiers agree bit for bit; where no product is fused, with NumPy as well."""
    graph, point = case
    same_bits(graph, point)
    with pytest.MonkeyPatch.context() as patch, np.errstate(all="ignore"):
        patch.setattr(fingerprint, "fuses", lambda: False)
        for got, expected in zip(same_bits(graph, point), evaluate(graph, *point)):
            assert np.array_equal(got, expected, equal_nan=True)


def same_bits(graph: Graph, values: Sequence[object]) -> tuple[object, ...]:
    interpreted, native, _ = both(graph)
    results: tuple[object, ...] = native(*values)
    for got, again in zip(results, interpreted(*values)):
        assert np.array_equal(got, again, equal_nan=np.asarray(got).dtype.kind == "f")
        assert np.array_equal(np.signbit(got), np.signbit(again)) or np.isnan(got).any()
    return results


@settings(max_examples=100)
@given(lives=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 30)), max_size=60), block=st.integers(1, 9))
def test_values_that_live_at_once_have_different_places(lives: list[tuple[int, int]], block: int) -> None:
    lives.sort()
    born = np.array([begin for begin, _ in lives], np.int64)
    dies = np.array([begin + length for begin, length in lives], np.int64)
    place, count = slots.places(born, dies, block)
    assert not len(place) or 0 <= place.min() <= place.max() < count
    for k in range(len(lives)):
        for j in range(k):
            assert place[j] != place[k] or dies[j] < born[k]


def test_a_workspace_is_as_large_as_what_lives() -> None:
    x = sym("x")
    y = x
    for k in range(20_000):
        y = L.sin(y) if k % 9 == 0 else y * x
    _, _, made = both(Graph("chain", [x], [y]))
    assert made.signature.arena < 8 * 2 * straightline.PIECE  # type: ignore[operator]
