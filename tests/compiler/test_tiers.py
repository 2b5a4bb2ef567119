"""A long program answers through an interpreter while LLVM compiles it: same bits, in any thread, fork or end of the process."""
from __future__ import annotations

import copy
import gc
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import weakref
from pathlib import Path

import numpy as np
import pytest

import wengert as wg
from wengert.codegen import background, program
from wengert.codegen import cache as disk
from wengert.codegen.program import Program

_count = 0


def model(size: int = 1200) -> tuple[list[object], object]:
    """Symbols of its own and a long expression of them."""
    global _count
    _count += 1
    x, y = wg.symbol(f"tier{_count}x"), wg.symbol(f"tier{_count}y")
    a, b = x, y
    for k in range(size):
        a, b = (b, wg.sin(a) + b * 0.5) if k % 7 == 0 else (b, a * b - x)
    return [x, y], a + b


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Nothing is compiled in the background until the event is set."""
    go = threading.Event()
    compiling = Program.compiling

    def waiting(self):  # type: ignore[no-untyped-def]
        while self.is_long and not go.wait(0.01):
            yield None
        yield from compiling(self)

    monkeypatch.setattr(Program, "compiling", waiting)
    yield go  # type: ignore[misc]
    go.set()


def test_the_first_answer_does_not_wait_and_has_the_same_bits(held: threading.Event) -> None:
    inputs, value = model()
    f = wg.function(inputs, [value, *wg.grad(value, inputs)])
    first = f(0.3, -0.4)
    assert not f.finish(0.0)
    held.set()
    assert f.finish() and f(0.3, -0.4) == first
    again = wg.function(inputs, [value, *wg.grad(value, inputs)], wait=True)
    assert again(0.3, -0.4) == first


def test_a_short_program_is_native_at_once() -> None:
    x = wg.symbol("tiershort")
    f = wg.function([x], x * x)
    assert f.finish(0.0) and f._build.job is None


def test_results_as_dicts_and_what_is_asked_of_a_function_meanwhile(held: threading.Event) -> None:
    inputs, value = model()
    f = wg.function(inputs, {"value": value}, name="tiered")
    assert set(f(0.1, 0.2)) == {"value"} and not f.finish(0.0)
    assert "fma" in f.dump("kernels") and f.cost().operations > 1000 and f.cost().arena >= 0
    with pytest.raises(wg.ArgumentError, match="missing argument"):
        f(1.0)
    held.set()
    assert f.finish()


def test_calls_in_other_threads_while_the_code_is_exchanged(held: threading.Event) -> None:
    inputs, value = model()
    f = wg.function(inputs, value)
    expected, wrong, stop = f(0.3, 0.7), [], threading.Event()

    def call() -> None:
        while not stop.is_set():
            if f(0.3, 0.7) != expected:
                wrong.append(1)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    held.set()
    assert f.finish()
    time.sleep(0.05)
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_function_that_is_dropped_is_not_compiled(held: threading.Event) -> None:
    inputs, value = model()
    f = wg.function(inputs, value)
    job, watch = f._build.job, weakref.ref(f)
    del f
    gc.collect()
    assert watch() is None and job.wait(10.0)


def test_what_goes_wrong_in_the_background_is_told_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self):  # type: ignore[no-untyped-def]
        yield None
        raise RuntimeError("no code today")

    monkeypatch.setattr(Program, "compiling", broken)
    inputs, value = model()
    f = wg.function(inputs, value)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="no code today"):
            f.finish()
    assert np.isfinite(f(0.1, 0.2))
    with pytest.raises(RuntimeError, match="no code today"):
        f.c_function()
    watch = weakref.ref(f)
    del f
    gc.collect()
    assert watch() is None


def test_no_thread_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    inputs, value = model()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        f = wg.function(inputs, value)
    assert not f.finish() and np.isfinite(f(0.1, 0.2))
    again = wg.function(inputs, value)
    assert again.finish() and again(0.1, 0.2) == f(0.1, 0.2)


def test_it_travels_while_it_is_compiled(held: threading.Event, tmp_path: Path) -> None:
    inputs, value = model()
    f = wg.function(inputs, value)
    expected = f(0.3, 0.4)
    f.save(tmp_path / "tiers.wengert")
    others = [pickle.loads(pickle.dumps(f)), copy.copy(f), copy.deepcopy(f), wg.load(tmp_path / "tiers.wengert")]
    assert [g(0.3, 0.4) for g in others] == [expected] * 4 and not f.finish(0.0)
    held.set()
    assert all(g.finish() and g(0.3, 0.4) == expected for g in others)


def test_the_disk_gets_what_was_compiled_in_the_background(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    inputs, value = model()
    f = wg.function(inputs, value)
    assert f.finish() and disk.info().functions == 1
    assert disk.clear() == 1
    again = wg.function(inputs, value)  # cleared before it is finished
    disk.clear()
    assert again.finish() and disk.info().functions == 1
    third = wg.function(inputs, value)
    assert third.finish(0.0) and third._build.job is None and third(0.3, 0.4) == f(0.3, 0.4)


def test_who_takes_the_address_gets_native_code() -> None:
    inputs, value = model()
    f = wg.function(inputs, value)
    pointer = f.c_function()
    assert f.finish(0.0) and pointer(0.3, 0.4) == f(0.3, 0.4)


def test_many_points_are_taken_in_both_tiers(held: threading.Event) -> None:
    inputs, value = model(1010)
    f = wg.function(inputs, value, points=True)
    points = np.array([0.3, 0.5])
    expected = f(points, 0.4)
    held.set()
    assert f.finish() and np.array_equal(f(points, 0.4), expected) and expected[0] == pytest.approx(f(0.3, 0.4), rel=1e-12)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_child_goes_on_compiling() -> None:
    inputs, value = model(6000)
    f = wg.function(inputs, value)
    expected = f(0.3, 0.4)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            ok = f(0.3, 0.4) == expected and f.finish(120.0) and f(0.3, 0.4) == expected
            x = wg.symbol("tierchild")
            ok = ok and wg.function([x], x + 1.0)(1.0) == 2.0
            os.write(write, b"1" if ok else b"0")
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        assert answer.read() == b"1"
    os.waitpid(child, 0)
    assert f.finish(120.0) and f(0.3, 0.4) == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_children_of_any_moment_go_on() -> None:
    """A fork may come between any two lines of the thread that compiles, also where that holds a lock."""
    inputs, value = model(9000)
    f = wg.function(inputs, value)
    expected = f(0.3, 0.4)
    for wait in (0.0, 0.01, 0.05, 0.1):
        time.sleep(wait)
        child = os.fork()
        if child == 0:
            signal.alarm(120)
            os._exit(0 if f.finish(100.0) and f(0.3, 0.4) == expected else 1)
        assert os.waitpid(child, 0)[1] == 0
    assert f.finish() and f(0.3, 0.4) == expected


LONG_SCRIPT = """
import atexit
atexit.register(lambda: print(f.finish(), wg.function([x], y * 2.0, cache=CACHE).finish()))
import wengert as wg
x = wg.symbol("x")
y = x
for k in range(12000): y = wg.sin(y) * x if k % 5 == 0 else y * x - 0.25
f = wg.function([x], [y, wg.grad(y, x)], cache=CACHE)
print(f(0.5)[0] == f(0.5)[0])
"""


ANSWER_SCRIPT = """
import sys
import numpy
before = set(sys.modules)
import wengert as wg
x, y = a, b = wg.symbol("x"), wg.symbol("y")
for k in range(1200):
    a, b = (b, wg.sin(a) + b * FACTOR) if k % 7 == 0 else (b, a * b - x)
gradient = wg.grad(a + b, [x, y])
from wengert.codegen import background
background._start = lambda: None  # what the thread loads is no matter of this answer
f = wg.function([x, y], [a + b, *gradient])
assert len(f(0.3, -0.4)) == 3 and not f.finish(0.0)
print(*sorted(set(sys.modules) - before))
"""
HEAVY = {"hashlib", "llvmlite.binding", "optree", "pathlib", "platformdirs", "rich", "scipy", "sympy", "sysconfig"}
COMPILERS = {"elementwise", "jit", "lower", "machine", "math", "straightline"}


@pytest.mark.skipif(sys.platform != "linux" or os.uname().machine != "x86_64", reason="elsewhere LLVM's linker loads code")
def test_a_first_answer_loads_nothing_heavy_where_the_disk_has_the_machine(tmp_path: Path) -> None:
    """Each import shows: the first answer of a program of a thousand operations takes some tens of milliseconds."""
    environment = {**os.environ, "WENGERT_CACHE": str(tmp_path)}
    loaded = []
    for factor in ("0.5", "0.25"):
        script = [sys.executable, "-c", ANSWER_SCRIPT.replace("FACTOR", factor)]
        done = subprocess.run(script, capture_output=True, text=True, timeout=300, env=environment)
        assert done.returncode == 0 and not done.stderr, done.stderr
        loaded.append(set(done.stdout.split()))
    unwanted = HEAVY | {f"wengert.codegen.{name}" for name in COMPILERS}
    assert {"llvmlite.binding", "wengert.codegen.machine"} <= loaded[0] and not unwanted & loaded[1], unwanted & loaded[1]


@pytest.mark.parametrize("cache", [False, True])
def test_a_process_may_end_meanwhile(cache: bool, tmp_path: Path) -> None:
    """It ends without a word; who asks for native code then, in a handler of his own, does not wait for ever."""
    environment = {**os.environ, "WENGERT_CACHE": str(tmp_path)}
    script = [sys.executable, "-c", LONG_SCRIPT.replace("CACHE", str(cache))]
    done = subprocess.run(script, capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0 and done.stdout == "True\nFalse False\n" and not done.stderr, (done.stdout, done.stderr)


def test_the_thread_goes_when_there_is_nothing_to_do() -> None:
    inputs, value = model()
    f = wg.function(inputs, value)
    assert f.finish(120.0)
    for _ in range(1000):
        if background._thread is None:
            break
        time.sleep(0.01)
    assert background._thread is None and not background._jobs


def test_deep_and_wide_programs_at_the_default_recursion_limit() -> None:
    """Built, differentiated, compiled, printed, pickled and freed; `benchmarks/scale.py --deep` does so with a million operations."""
    assert sys.getrecursionlimit() == 1000
    x = wg.symbol("tierdeep")
    deep = wide = x
    for k in range(8_000):
        deep = wg.sin(deep) if k % 10 == 0 else deep * x
        wide = wide + x * (k + 0.5)
    f = wg.function([x], [deep, wide, wg.grad(deep, x), wg.grad(wide, x)])
    value, total, _, slope = f(1.0)
    assert value == pytest.approx(float(wg.evaluate(deep, **{"tierdeep": 1.0})), rel=1e-12)
    assert total == slope == pytest.approx(1.0 + 8_000**2 / 2, rel=1e-12)
    assert program.LONG < 8_000 and f.finish() and f(1.0)[:2] == (value, total)
    assert len(wg.dump(wide, elide=True)) < len(wg.dump(wide)) / 10
    watch = [weakref.ref(deep), weakref.ref(wide), weakref.ref(f)]
    stored = pickle.dumps([deep, wide])
    assert pickle.loads(stored)[1] is wide
    del deep, wide, f
    gc.collect()
    assert [each() for each in watch] == [None] * 3
