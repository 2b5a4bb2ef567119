"""Large results: arrays like any other, whose memory is handed out again when they are gone, and never too much of it kept."""

import ctypes
import gc
import itertools
import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from threads import together

import wengert as wg
from wengert.codegen import results
from wengert.codegen.callable import has_fast_path

pytestmark = pytest.mark.skipif(not (has_fast_path() and results._libc()), reason="results come from NumPy's allocator here")
handler = np._core.multiarray.get_handler_name


def doubled():
    x = wg.symbol("large_x", ("k",))
    return wg.function([x], x * 2.0, name="doubled")


def test_only_large_results_come_from_here():
    f = doubled()
    assert handler(f(np.ones(results.LARGE // 8))) == "wengert"
    assert handler(f(np.ones(results.LARGE // 8 - 1))) == "default_allocator"
    assert handler(np.empty(1 << 20)) == "default_allocator", "NumPy's own arrays are left alone"


def test_results_begin_with_a_page_each_in_a_page_of_its_own():
    f = doubled()
    held = [f(np.ones(results.LARGE // 8 + k)) for k in range(40)]
    places = [array.ctypes.data for array in held]
    assert all(place % results._PAGE == 0 for place in places)
    assert len({place % results._HUGE for place in places}) == results._COLOURS


def test_a_dropped_result_is_handed_out_again_and_a_held_one_never():
    f, x = doubled(), np.arange(300_000.0)
    first = f(x)
    address = first.ctypes.data
    second = f(-x)
    assert second.ctypes.data != address
    del first
    third = f(x + 1)
    assert third.ctypes.data == address
    np.testing.assert_array_equal(second, -2 * x)
    np.testing.assert_array_equal(third, 2 * x + 2)


def test_a_view_keeps_the_memory():
    f, x = doubled(), np.arange(300_000.0)
    view = f(x)[10:20]
    for _ in range(5):
        f(x * 3)
    np.testing.assert_array_equal(view, 2 * x[10:20])


def test_results_outlive_their_function_and_own_their_data():
    f = doubled()
    y = f(np.arange(300_000.0))
    del f
    gc.collect()
    assert y.flags.owndata and y.flags.writeable and y.flags.aligned
    np.testing.assert_array_equal(y, 2 * np.arange(300_000.0))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(y)), y)
    np.testing.assert_array_equal(y.copy(), y)


def test_results_outlive_the_modules_when_python_ends():
    code = ("import numpy as np, wengert as wg\nx = wg.symbol('last_x', ('k',))\nkept = wg.function([x], x * 2.0)(np.ones(300_000))\n"
            "def cycle(): return kept\n")  # with a function the globals are garbage of the last collection
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("size", [0, 1, 100_000, 262_143, 262_144, 600_000, 3_000_000])
def test_a_result_can_be_resized(size):
    y = doubled()(np.arange(300_000.0))
    y.resize(size, refcheck=False)
    kept = min(size, 300_000)
    np.testing.assert_array_equal(y[:kept], 2 * np.arange(kept))
    assert not y[kept:].any(), "what is new is zero"


@pytest.mark.parametrize("elements", [results.LARGE // 8, (2 << 20) // 8, (4 << 20) // 8 - 8000, (4 << 20) // 8])
def test_every_element_is_ours(elements):
    f = doubled()
    arrays = [f(np.full(elements, float(k))) for k in range(40)]
    for k, array in enumerate(arrays):
        assert array[0] == array[-1] == array.min() == array.max() == 2 * k
    spans = sorted((a.ctypes.data, a.ctypes.data + a.nbytes) for a in arrays)
    assert all(end <= begin for (_, end), (begin, _) in itertools.pairwise(spans))


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_that_waits_is_bounded():
    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    f = doubled()
    before = resident()
    arrays = [f(np.ones(1 << 20)) for _ in range(60)]  # 480 MB
    assert resident() - before > 300 << 20  # up to 128 MiB of them waited before
    del arrays
    assert resident() - before < results.KEPT + (64 << 20)


def test_many_threads_at_once():
    f, x = doubled(), np.arange(200_000.0)
    wrong: list[int] = []

    def work(number: int) -> None:
        held = []
        for k in range(30):
            held.append((k, f(x + k)))
            held = held[-3:]
            if not all(np.array_equal(y, 2 * (x + j)) for j, y in held):
                wrong.append(number)

    together(work, range(6))
    assert not wrong


def test_the_handler_is_numpys_layout():
    """The struct that NumPy reads: a name of 127 bytes, a version, a context and four functions."""
    assert ctypes.sizeof(results._Handler) == 128 + 5 * ctypes.sizeof(ctypes.c_void_p)
    f = doubled()
    f(np.ones(1 << 18))
    assert handler() == "default_allocator", "the handler is put back after a call"
