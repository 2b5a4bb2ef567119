"""Results past the caches: the same bits as results in them, wherever they begin and however many there are."""

import numpy as np
import pytest

import wengert as wg
from wengert.codegen import fingerprint, parallel, streaming
from wengert.codegen.program import vector_bytes

lines = pytest.mark.skipif(vector_bytes() < streaming.LINE, reason="vectors are shorter than lines here")


def light(dtype):
    """Nine results of one loop, one of them of another width, and a table of rows."""
    x, y = wg.symbol("past_x", ("n",), dtype), wg.symbol("past_y", ("n",), dtype)
    values = [x + y, x - y, x * y, -x, wg.abs(y), x * 3 + 1, y * y - x, x > y, wg.stack([x, y * 2, x + 2])]
    return wg.function([x, y], values, cache=False)


@pytest.fixture
def both(monkeypatch):
    """Makes a function twice: one writes past the caches whatever the sizes, the other never."""
    def made(build):
        monkeypatch.setattr(streaming, "above", lambda: 1)
        past = build()
        monkeypatch.setattr(streaming, "above", lambda: 1 << 61)
        return past, build()

    return made


def shifted(count, dtype, shift):
    """An array that begins so many elements behind a line."""
    whole = np.full(count + 64, 77, dtype)
    begin = -whole.ctypes.data // whole.itemsize % (streaming.LINE // whole.itemsize) + shift
    return whole, whole[begin : begin + count]


@pytest.mark.parametrize("dtype", ["float64", "float32", "int64", "int32"])
@pytest.mark.parametrize("threads", [1, 5])
def test_the_same_bits_for_every_length(dtype, threads, both, monkeypatch):
    monkeypatch.setattr(parallel, "threads", lambda: threads)
    monkeypatch.setattr(parallel, "ABOVE", 1000)
    past, plain = both(lambda: light(dtype))
    assert ("nontemporal" in past.dump("llvm")) is (vector_bytes() == streaming.LINE)
    random = np.random.default_rng(3)
    for count in (0, 1, 7, 127, 128, 129, 255, 256, 257, 271, 1000, 4096, 5003):
        x, y = ((random.normal(size=count) * 100).astype(dtype) for _ in range(2))
        for a, b in zip(past(x, y), plain(x, y), strict=True):
            assert a.dtype == b.dtype and a.tobytes() == b.tobytes(), count


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_same_bits_wherever_results_begin_and_none_beside_them(dtype, both):
    past, plain = both(lambda: light(dtype))
    random = np.random.default_rng(4)
    for count in (256, 1003):
        x, y = (random.normal(size=count).astype(dtype) for _ in range(2))
        expected = plain(x, y)
        for first in range(16):
            made = [shifted(array.size, array.dtype, (first * k + first) % 16) for k, array in enumerate(expected)]
            past(x, y, out=tuple(view.reshape(array.shape) for (_, view), array in zip(made, expected)))
            for (whole, view), array in zip(made, expected, strict=True):
                assert view.tobytes() == array.tobytes()
                begin = (view.ctypes.data - whole.ctypes.data) // whole.itemsize
                around = np.concatenate([whole[:begin], whole[begin + array.size :]])
                assert (around == np.array(77, whole.dtype)).all()


def test_rows_of_several_axes_and_inputs_that_are_met_again(both):
    def build():
        x, row, column = wg.symbol("past_a", ("m", "n")), wg.symbol("past_row", ("n",)), wg.symbol("past_column", ("m",))
        return wg.function([x, row, column], [x + row, x.T * column, column[:, None] * row], cache=False)

    past, plain = both(build)
    random = np.random.default_rng(5)
    for m, n in ((3, 515), (515, 3), (200, 333), (1, 1), (0, 200), (129, 128)):
        arguments = random.normal(size=(m, n)), random.normal(size=n), random.normal(size=m)
        for a, b in zip(past(*arguments), plain(*arguments), strict=True):
            assert a.tobytes() == b.tobytes()


@lines
def test_only_large_calls_of_light_loops_go_past_the_caches():
    x = wg.symbol("past_large", ("n",))
    fixed = wg.symbol("past_fixed", (1000,))
    assert "nontemporal" in wg.function([x], x + 1, cache=False).dump("llvm")
    assert "nontemporal" not in wg.function([fixed], fixed + 1, cache=False).dump("llvm"), "too short to be large"
    assert "nontemporal" not in wg.function([x], wg.sin(wg.exp(x)) + wg.tan(x), cache=False).dump("llvm"), "it computes, and does not wait"
    assert "nontemporal" not in wg.function([x], wg.sum(x), cache=False).dump("llvm")


@lines
def test_a_large_call_is_one_of_more_than_the_caches_hold():
    x = wg.symbol("past_real", ("n",))
    f = wg.function([x], [x * 2.0, x + 1.0], cache=False)
    count = streaming.above() // 24 + 1001
    values = np.arange(float(count))
    double, more = f(values)
    np.testing.assert_array_equal(double, values * 2)
    np.testing.assert_array_equal(more, values + 1)


def test_the_largest_cache_is_told():
    assert 1 << 20 <= fingerprint.cache_bytes() <= 1 << 32
    assert fingerprint.here().endswith(f" {fingerprint.cache_bytes()}")
