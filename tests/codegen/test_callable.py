"""The native callable: what machine code takes itself, what it gives back, and what it holds on to."""
from __future__ import annotations

import contextlib
import ctypes
import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from native import F64, HEAD, SQUARE, Function, N, build, copy, resident, square, value_and_gradient
from threads import together

from wengert.codegen import cpython
from wengert.codegen.arguments import CheckedCall
from wengert.codegen.callable import NativeCallable, Signature, has_fast_path
from wengert.ir.errors import ArgumentError, GraphError
from wengert.ir.types import Type, dim_names

pytestmark = pytest.mark.skipif(not has_fast_path(), reason="this Python has no fast path")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of calls, as [count], that functions built in this test give to the slow path."""
    count, call = [0], CheckedCall.call

    def counted(self: CheckedCall, /, *args: Any, **named: Any) -> Any:
        count[0] += 1
        return call(self, *args, **named)

    monkeypatch.setattr(CheckedCall, "call", counted)
    yield count


def test_layouts_are_as_expected() -> None:
    assert cpython.native_calls()


# -- arguments and results

SCALARS: list[tuple[str, list[object]]] = [
    ("f64", [1.5, -0.0, float("inf"), 3, -(2**60), np.float64(2.25), 5e-324]),
    ("f32", [1.5, -0.0, 7, np.float64(0.5)]),
    ("i64", [0, -1, 2**63 - 1, -(2**63)]),
    ("i32", [0, -1, 2**31 - 1, -(2**31)]),
    ("bool", [True, False]),
]


@pytest.mark.parametrize("dtype, values", SCALARS, ids=lambda v: v if isinstance(v, str) else "")
def test_numbers_go_through_machine_code(dtype: str, values: list[Any], slow: list[int]) -> None:
    f = copy(Type(dtype))
    kind = {"f": float, "i": int, "b": bool}[dtype[0]]
    for value in values:
        result = f(value)
        assert type(result) is kind and result == value and str(result) == str(kind(value))
    assert np.isnan(f(float("nan"))) if kind is float else True
    assert slow == [0]


@pytest.mark.parametrize("dtype, value", [
    ("f64", True), ("f64", np.float32(0.5)), ("f64", np.array(2.0)), ("f64", np.int64(3)), ("f32", np.float32(0.1)),
    ("i64", np.int64(5)), ("i64", True), ("i32", np.int32(-3)), ("bool", np.bool_(True)),
])
def test_other_numbers_go_through_python_to_the_same_result(dtype: str, value: Any, slow: list[int]) -> None:
    result = copy(Type(dtype))(value)
    assert slow == [1]
    assert result == value and type(result) is {"f": float, "i": int, "b": bool}[dtype[0]]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32", "bool"])
@pytest.mark.parametrize("shape", [(3,), (2, 3), (0, 3), (1, 1, 1, 2)])
def test_arrays_go_through_machine_code(dtype: str, shape: tuple[int, ...], slow: list[int]) -> None:
    f = copy(Type(dtype, shape))
    x = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    result = f(x)
    assert slow == [0]
    assert result is not x and type(result) is np.ndarray and result.dtype == x.dtype and result.flags.owndata
    np.testing.assert_array_equal(result, x)


def test_sizes_are_bound_and_checked(slow: list[int]) -> None:
    n, m = Type("f64", ("n", "m")), Type("f32", ("2*m-n", "m"))
    f = copy(n, m, sizes=("m", "n"))
    x, y = np.ones((3, 2)), np.ones((1, 2), np.float32)
    a, b = f(x, y)
    assert a.shape == (3, 2) and b.shape == (1, 2) and slow == [0]
    with pytest.raises(ArgumentError):
        f(x, np.ones((2, 2), np.float32))
    with pytest.raises(ArgumentError, match="size m is 2 in x but 4 in y"):
        f(x, np.ones((1, 4), np.float32))


def test_a_size_may_be_bound_behind_its_use(slow: list[int]) -> None:
    f = copy(Type("f64", ("n+1",)), Type("f64", ("n",)), sizes=("n",))
    f(np.zeros(4), np.zeros(3))
    assert slow == [0]
    with pytest.raises(ArgumentError):
        f(np.zeros(4), np.zeros(4))


@pytest.mark.parametrize(("shapes", "wanted"), [
    ((("2*n+1",),), {(5,): True, (1,): True, (4,): False, (0,): False}),
    ((("3-n",),), {(3,): True, (1,): True, (4,): False}),
    ((("7-2*n", 2),), {(3, 2): True, (4, 2): False}),
    ((("n*k-m",), ("2*k+1", "m+n"), ("n",)), {(7, 7, 5, 3): True, (6, 7, 5, 3): False, (7, 7, 2, 3): False}),
    ((("n+n//2+k",), ("k+1",), ("n",)), {(9, 3, 5): True, (9, 4, 5): False, (9, 0, 5): False}),
], ids=str)
def test_a_size_follows_from_a_polynomial(shapes: Any, wanted: Any, slow: list[int]) -> None:
    """Where the axes allow it by machine code; where they do not, the sentence says so."""
    types = [Type("f64", shape) for shape in shapes]
    f = copy(*types, sizes=tuple(sorted({name for type in types for dim in type.shape for name in dim_names(dim)})))
    for lengths, fits in wanted.items():
        axes = iter(lengths)
        arrays = [np.ones([next(axes) for _ in shape]) for shape in shapes]
        slow[0] = 0
        if not fits:
            with pytest.raises(ArgumentError, match=r"no whole . from 0 on makes|of shape .*, as . is"):
                f(*arrays)
            continue
        results = f(*arrays)
        assert slow == [0]
        solved = f(*[array.tolist() for array in arrays])
        for result, again, array in zip(*(r if isinstance(r, tuple) else (r,) for r in (results, solved)), arrays):
            np.testing.assert_array_equal(result, array)
            np.testing.assert_array_equal(again, array)


def test_many_numbers_are_read_in_a_loop(slow: list[int]) -> None:
    names = [sys.intern(f"x{k}") for k in range(40)]  # as in a call that is written out
    body = HEAD + "".join(
        f"  %a{k} = getelementptr ptr, ptr %inputs, i64 {k}\n  %p{k} = load ptr, ptr %a{k}\n  %x{k} = load double, ptr %p{k}\n"
        f"  %s{k} = fadd double {'0.0' if k == 0 else f'%s{k - 1}'}, %x{k}\n" for k in range(40)
    ) + "  %q = load ptr, ptr %outputs\n  store double %s39, ptr %q\n  ret i32 0\n}\n"
    f = build(Signature("total", tuple((name, F64) for name in names), (F64,), single=True), body)
    values = [k + 0.5 if k % 3 else k for k in range(40)]
    assert f(*values) == sum(values) and f(**dict(zip(names, values, strict=True))) == sum(values)
    assert slow == [0]
    with pytest.raises(TypeError, match="x7"):
        f(*values[:7], "seven", *values[8:])


def test_keywords_go_through_machine_code(slow: list[int]) -> None:
    f = copy(F64, Type("i64"), Type("f64", (2,)))
    z = np.ones(2)
    for x, y, w in (f(1.5, 2, z), f(1.5, 2, z=z), f(z=z, y=2, x=1.5), f(1.5, z=z, y=2), f(x=1.5, out=(None, None, None), y=2, z=z)):
        assert (x, y, w.tolist()) == (1.5, 2, [1.0, 1.0])
    assert slow == [0]


@pytest.mark.parametrize("call, message", [
    (lambda f: f(), "f: missing arguments x: f64, y: i64"),
    (lambda f: f(y=1), "f: missing argument x: f64"),
    (lambda f: f(1.0, 2, 3), r"f: takes 2 arguments \(x, y\), got 3"),
    (lambda f: f(1.0, x=2.0, y=3), "f: argument x is given twice, by position and by name"),
    (lambda f: f(1.0, 2, z=3), r"f: unknown argument 'z'; it takes \(x, y\)"),
    (lambda f: f(**{"".join(["x"]): 1.0, "q": 2}), r"f: unknown argument 'q'; it takes \(x, y\)"),
])
def test_wrong_calls_are_explained(call: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=f"^{message}$"):
        call(copy(F64, Type("i64")))


# -- out

def test_out_is_written_and_returned(slow: list[int]) -> None:
    f, x, g = value_and_gradient(), np.arange(4.0), np.zeros(4)
    value, gradient = f(x, out=(None, g))
    assert value == 14.0 and gradient is g and g.tolist() == [0.0, 2.0, 4.0, 6.0]
    one, y = copy(Type("f64", ("n",)), sizes=("n",)), np.zeros(4)
    assert one(x, out=y) is y and y.tolist() == x.tolist()
    assert one(x, out=None) is not y
    assert slow == [0]


def test_each_output_is_given_or_new(slow: list[int]) -> None:
    f = copy(Type("f64", (2,)), Type("i64", (3,)))
    x, y, b = np.ones(2), np.arange(3), np.zeros(3, np.int64)
    first, second = f(x, y, out=(None, b))
    assert second is b and b.tolist() == [0, 1, 2] and first.tolist() == [1.0, 1.0] and slow == [0]


@pytest.mark.parametrize("dtype", ["f64", "f32", "i64", "i32", "bool"])
def test_a_number_beside_arrays_may_go_into_an_array_of_rank_0(dtype: str, slow: list[int]) -> None:
    f, x = copy(Type(dtype), Type("f64", (2,))), np.ones(2)
    number, value = np.zeros((), Type(dtype).dtype), {"f": -2.5, "i": -7, "b": True}[dtype[0]]
    for y in (np.zeros(2), None):
        first, second = f(value, x, out=(number, y))
        assert first is number and number == value and second.tolist() == [1, 1] and slow == [0]
    before = sys.getrefcount(number)
    for _ in range(1000):
        f(value, x, out=(number, None))
    assert sys.getrefcount(number) == before and f(value, x)[0] == value and slow == [0]


@pytest.mark.parametrize(("make", "message"), [
    (lambda y: (np.zeros(1), y), r"out\[0\]: expected a float64 array of shape \(\), got float64 array of shape \(1,\)"),
    (lambda y: (np.zeros((), np.float32), y), r"out\[0\]: expected a float64 array of shape \(\), got float32 array of shape \(\)"),
    (lambda y: (y[0, ...], y), r"out\[1\] overlaps out\[0\]"),
])
def test_a_wrong_array_of_rank_0_is_refused(make: Any, message: str) -> None:
    f, y = copy(F64, Type("f64", (2,))), np.full(2, 7.0)
    with pytest.raises((ArgumentError, TypeError), match=message):
        f(1.0, np.ones(2), out=make(y))
    assert y.tolist() == [7, 7]


@pytest.mark.parametrize("make, message", [
    (lambda x: x, "out overlaps argument x"),
    (lambda x: np.zeros(5), r"out: expected a float64 array of shape \(4,\), got float64 array of shape \(5,\)"),
    (lambda x: np.zeros(4, np.float32), r"out: expected a float64 array of shape \(4,\), got float32 array"),
    (lambda x: [0.0] * 4, "out: expected a float64 array of shape .* got a list"),
    (lambda x: np.broadcast_to(0.0, 4), "read-only"),
])
def test_a_wrong_out_is_refused_untouched(make: Any, message: str) -> None:
    f, x = copy(Type("f64", ("n",)), sizes=("n",)), np.arange(4.0)
    out = make(x)
    before = np.array(out)
    with pytest.raises((ArgumentError, TypeError), match=message):
        f(x, out=out)
    np.testing.assert_array_equal(out, before)


def test_outs_must_not_overlap_each_other() -> None:
    f, whole = copy(Type("f64", (3,)), Type("f64", (3,))), np.zeros(5)
    with pytest.raises(ArgumentError, match=r"out\[1\] overlaps out\[0\]"):
        f(np.ones(3), np.ones(3), out=(whole[:3], whole[2:]))
    with pytest.raises(ArgumentError, match="overlaps argument y"):
        f(np.ones(3), whole[1:4], out=(whole[:3], None))


def test_neighbours_do_not_overlap(slow: list[int]) -> None:
    f, whole = copy(Type("f64", (3,)), Type("f64", (3,))), np.zeros(9)
    whole[6:] = 7
    f(whole[6:], np.ones(3), out=(whole[:3], whole[3:6]))
    assert whole.tolist() == [7, 7, 7, 1, 1, 1, 7, 7, 7] and slow == [0]


# -- guards, failures, memory

def test_guards_refuse_a_call(slow: list[int]) -> None:
    f = copy(Type("f64", ("n",)), sizes=("n",), guards=((N - 2, "x must have 2 elements or more"),))
    assert f(np.ones(2)).tolist() == [1, 1] and slow == [0]
    with pytest.raises(ArgumentError, match=r"^f: x must have 2 elements or more \(n = 1\)$"):
        f(np.ones(1))


def test_a_failing_program_raises_its_message() -> None:
    body = SQUARE.replace("ret i32 0", "%bad = fcmp olt double %x, 0.0\n  %code = select i1 %bad, i32 2, i32 0\n  ret i32 %code")
    f = build(Signature("root", (("x", F64),), (F64,), True, failures=("no", "x is negative")), body)
    assert f(2.0) == 4.0
    with pytest.raises(ArgumentError, match=r"^root: x is negative$"):
        f(-1.0)


def test_a_failing_program_drops_its_results() -> None:
    body = HEAD + "  ret i32 1\n}\n"
    f = build(Signature("f", (("x", F64),), (Type("f64", (100_000,)),), True, failures=("never",)), body)

    def calls(count: int) -> None:
        for _ in range(count):
            with pytest.raises(ArgumentError):
                f(1.0)

    calls(20)
    before = resident()
    calls(200)
    assert resident() - before < 8_000  # one result is 800 KB


WRITES_THEN_FAILS = HEAD + """\
  %p = load ptr, ptr %inputs
  %x = load double, ptr %p
  %q = load ptr, ptr %outputs
  store double %x, ptr %q
  %bad = fcmp olt double %x, 0.0
  %code = select i1 %bad, i32 1, i32 0
  ret i32 %code
}
"""


def test_a_failing_program_leaves_out_as_it_was(slow: list[int]) -> None:
    f = build(Signature("f", (("x", F64),), (Type("f64", (1,)),), True, failures=("x is negative",)), WRITES_THEN_FAILS)
    out = np.full(1, 7.0)
    assert f(2.0, out=out) is out and out.tolist() == [2.0] and f(3.0).tolist() == [3.0] and slow == [0]
    for given in (out, np.full(2, 2.0)[::2]):
        with pytest.raises(ArgumentError, match=r"^f: x is negative$"):
            f(-1.0, out=given)
        assert given.tolist() == [2.0]
    f(2.0, out=out)
    before = sys.getrefcount(out)
    for _ in range(1000):
        f(2.0, out=out)
    assert sys.getrefcount(out) == before


@pytest.mark.parametrize("n", [0, 1, 100, 5000, 100_000])
def test_scratch_memory_grows_as_needed(n: int) -> None:
    f = copy(Type("f64", ("n",)), sizes=("n",), through_arena=True)
    for size in (n, 3, n + 1):
        x = np.arange(float(size))
        np.testing.assert_array_equal(f(x), x)


@pytest.mark.parametrize("bytes_", [8, 16 << 10, (16 << 10) + 8, 1 << 20])
def test_scratch_memory_is_aligned(bytes_: int) -> None:
    body = HEAD + "  %q = load ptr, ptr %outputs\n  %a = ptrtoint ptr %arena to i64\n  %r = and i64 %a, 63\n" \
        f"  store i64 %r, ptr %q\n  %last = getelementptr i8, ptr %arena, i64 {bytes_ - 1}\n  store i8 1, ptr %last\n  ret i32 0\n}}\n"
    assert build(Signature("f", (), (Type("i64"),), True, arena=bytes_), body)() == 0


def test_too_much_scratch_memory_is_an_error() -> None:
    body = HEAD + "  ret i32 0\n}\n"
    f = build(Signature("f", (("x", Type("f64", ("n",))),), (F64,), True, ("n",), arena=N * 2**55), body)
    with pytest.raises(MemoryError, match=r"^f: no memory"):
        f(np.ones(4))
    f(np.ones(0))  # and the scratch memory is usable again


def test_the_gil_is_released_for_long_work() -> None:
    """The program waits for a flag that another Python thread sets: with the GIL held it would wait in vain."""
    body = "@flag = external global i32\n" + HEAD + """\
  br label %wait
wait:
  %k = phi i64 [0, %entry], [%k1, %wait]
  %v = load atomic volatile i32, ptr @flag seq_cst, align 4
  %k1 = add i64 %k, 1
  %set = icmp ne i32 %v, 0
  %late = icmp sgt i64 %k, 20000000000
  %stop = or i1 %set, %late
  br i1 %stop, label %done, label %wait
done:
  %code = select i1 %set, i32 0, i32 1
  ret i32 %code
}
"""
    flag = ctypes.c_int(0)
    f = build(Signature("wait", (), (), failures=("the flag was never set",), work=10**6), body, {"flag": ctypes.addressof(flag)})
    timer = threading.Timer(0.05, lambda: setattr(flag, "value", 1))
    timer.start()
    assert f() == ()
    timer.join()


@pytest.mark.parametrize("work", [0, 10**6, N * 1000])
def test_threads_at_once_get_their_own_results(work: Any) -> None:
    f = copy(Type("f64", ("n",)), sizes=("n",), through_arena=True, work=work)
    wrong: list[float] = []

    def run(number: int) -> None:
        x = np.full(3000 + number, float(number))
        for _ in range(300):
            if not np.array_equal(f(x), x):
                wrong.append(number)

    together(run, range(8))
    assert not wrong


# -- references and lifetime

def test_references_are_exact() -> None:
    f, x, g, out = value_and_gradient(), np.arange(3.0), np.zeros(3), (None, np.zeros(3))
    watched: list[Any] = [f, x, g, out, x.dtype, np.ndarray, float, tuple, None, True]
    for _ in range(10):
        f(x)

    def calls() -> None:
        for _ in range(1000):
            f(x)
            f(x, out=(None, g))
            f(x=x, out=out)
            f([1.0, 2.0])
            with contextlib.suppress(ArgumentError):
                f(x, out=x)

    calls()
    before = [sys.getrefcount(each) for each in watched]
    calls()
    # The interpreter's own counts of None and True wander by a few; a reference a call would be a thousand.
    assert all(abs(sys.getrefcount(each) - count) < 100 for each, count in zip(watched, before, strict=True))
    gradient, other = f(x)[1], np.zeros(3)
    assert sys.getrefcount(gradient) == sys.getrefcount(other)


def test_a_million_calls_keep_nothing() -> None:
    f, x, out = value_and_gradient(arena=N * 10_000), np.arange(3.0), (None, np.zeros(3))
    s = square()

    def calls(count: int) -> None:
        for _ in range(count):
            f(x)
            f(x, out=out)
            s(2.5)
            s(x=3)

    calls(10_000)
    before = resident()
    calls(250_000)
    assert resident() - before < 500


def test_code_is_freed_with_its_function() -> None:
    from wengert.codegen.callable import slow_path

    f = square()
    engine = weakref.ref(slow_path(f).keep)
    gc.disable()
    try:
        assert engine() is not None
        del f
        assert engine() is None  # by counting references alone
    finally:
        gc.enable()


def test_a_function_in_a_cycle_is_collected() -> None:
    f = square()
    f.self = f
    gone = weakref.ref(f)
    del f
    gc.collect()
    assert gone() is None


def test_memory_is_flat_over_many_functions() -> None:
    def rounds(count: int) -> None:
        for k in range(count):
            f = copy(Type("f64", ("n",)), sizes=("n",), through_arena=True)
            f(np.ones(20_000 + k))

    rounds(70)
    gc.collect()
    before = resident()
    rounds(200)
    gc.collect()
    assert resident() - before < 200 * 12  # an arena is 160 KB, the code 16 KB


# -- the class

def test_a_function_is_an_object_with_attributes() -> None:
    class Named(NativeCallable):
        """Its docstring."""

        def __init__(self, name: str) -> None:
            self.name = name

    f = Named("five")
    with pytest.raises(TypeError):
        f()  # nothing is installed yet
    assert f.name == "five" and callable(f) and not hasattr(f, "_slow")


class Mixin:
    """A base class in front, as the driver has one."""

    note: str


class Mixed(Mixin, NativeCallable):
    def __init__(self) -> None:
        self.note = "mixed"


@pytest.mark.parametrize("cls", [Function, Mixed, type("Again", (Mixed,), {})])
def test_subclasses_have_the_vectorcall_protocol(cls: type, slow: list[int]) -> None:
    assert cls.__flags__ & (1 << 11)
    f = square(cls)
    assert f(3.0) == 9.0 and f(x=4.0) == 16.0 and list(map(f, [1.0, 2.0])) == [1.0, 4.0] and slow == [0]


def test_a_subclass_may_define_call() -> None:
    class Doubled(NativeCallable):
        def __call__(self, x: float) -> Any:
            return 2 * super().__call__(x)

    assert square(Doubled)(3.0) == 18.0


@pytest.mark.parametrize("make, message", [
    (lambda: Signature("f", (("x", F64), ("x", F64)), (F64,)), "two inputs are called 'x'"),
    (lambda: Signature("f", (("out", F64),), (F64,)), "cannot be called 'out'"),
    (lambda: Signature("f", (("x", F64),), (F64, F64), True), "a single output was declared, got 2"),
    (lambda: Signature("f", (("x", Type("f64", ("n*m",))),), (F64,), sizes=("m", "n")), "the size m does not follow from the axes"),
    (lambda: Signature("f", (("x", Type("f64", ("n",))),), (F64,)), "n is not listed in sizes"),
])
def test_impossible_signatures_are_refused(make: Any, message: str) -> None:
    with pytest.raises(GraphError, match=message):
        make()


def test_everything_works_without_the_fast_path() -> None:
    """In a process of its own that is told of another Python: the same calls, all by way of Python."""
    code = """
import sys
import numpy as np
sys.implementation.name = "another"  # before the import, which makes the type of callables
from wengert.codegen import callable
assert not callable.has_fast_path()
from native import copy, square, value_and_gradient
f = value_and_gradient()
g = np.zeros(3)
value, gradient = f(x=np.arange(3.0), out=(None, g))
assert (value, gradient is g, g.tolist()) == (5.0, True, [0.0, 2.0, 4.0])
assert square()(3) == 9.0 and type(square()(3)) is float
assert "cannot" not in repr(f) and f(np.arange(3.0))[0] == 5.0
try:
    f(np.zeros((2, 2)))
except ValueError as error:
    assert str(error) == "vg: argument x: expected f64[n], got float64 array of shape (2, 2)", error
print("fine")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          env={**__import__("os").environ, "PYTHONPATH": ":".join(sys.path)})
    assert done.stdout == "fine\n", done.stderr
