"""Compiled functions inside SciPy, ctypes and numba: called without Python, alive for as long as somebody may call them."""
from __future__ import annotations

import ctypes
import gc
import math
import weakref
from typing import Any

import numpy as np
import pytest
import sympy
from scipy import LowLevelCallable, integrate, ndimage
from threads import together

import wengert as wg
from wengert.codegen.callable import slow_path

a, b = sympy.symbols("a b")
image = np.random.default_rng(1).normal(size=(20, 30))


def bell() -> Any:
    return wg.lambdify([a], sympy.exp(-a**2) * sympy.sin(a), name="bell")


def test_quad_of_one_number() -> None:
    f = bell()
    callable_ = f.low_level_callable()
    assert isinstance(callable_, LowLevelCallable) and callable_.signature == "double (double)"
    assert integrate.quad(callable_, 0, 2) == integrate.quad(f, 0, 2)
    assert integrate.quad(f.low_level_callable("double (int, double *)"), 0, 2) == integrate.quad(f, 0, 2)


def test_quad_and_nquad_of_several_numbers() -> None:
    f = wg.lambdify([a, b], sympy.exp(-a**2) * b + a)
    callable_ = f.low_level_callable()
    assert callable_.signature == "double (int, double *)"
    assert integrate.quad(callable_, 0, 2, args=(3.0,)) == integrate.quad(f, 0, 2, args=(3.0,))
    assert integrate.nquad(callable_, [(0, 1), (0, 2)])[0] == pytest.approx(integrate.nquad(f, [(0, 1), (0, 2)])[0], rel=1e-14)
    with pytest.warns(integrate.IntegrationWarning):
        assert math.isnan(integrate.quad(callable_, 0, 2, args=(3.0, 4.0))[0])  # a number too many


def test_quad_of_an_array() -> None:
    v = wg.symbol("v", 3)
    f = wg.function([v], v[0] * v[1] + v[2])
    callable_ = f.low_level_callable("double (int, double *)")
    assert integrate.quad(callable_, 0, 1, args=(4.0, 5.0))[0] == pytest.approx(7.0)


@pytest.mark.parametrize("size", [9, "k"])
def test_generic_filter(size: Any) -> None:
    v = wg.symbol("v", size)
    f = wg.function([v], wg.max(v) - wg.min(v) + wg.sum(v) / 8)
    for callable_ in (f.low_level_callable(), f.low_level_callable("int (double *, npy_intp, double *, void *)")):
        got = ndimage.generic_filter(image, callable_, size=(3, 3))
        np.testing.assert_allclose(got, ndimage.generic_filter(image, lambda w: w.max() - w.min() + w.sum() / 8, size=(3, 3)), atol=1e-14)
    if size == 9:
        with pytest.raises(RuntimeError):
            ndimage.generic_filter(image, callable_, size=(5, 5))


def test_a_filter_of_numbers() -> None:
    f = wg.lambdify(sympy.symbols("p q r"), sympy.sympify("p*q - r**2"))
    callable_ = f.low_level_callable("int (double *, intptr_t, double *, void *)")
    got = ndimage.generic_filter(image, callable_, size=(1, 3))
    np.testing.assert_allclose(got, ndimage.generic_filter(image, lambda w: w[0] * w[1] - w[2] ** 2, size=(1, 3)), atol=1e-14)


def test_a_call_that_fails_gives_nan() -> None:
    v = wg.symbol("v", 2)
    f = wg.function([v], wg.take(v, wg.astype(v[0], "int64")), name="pick")
    callable_ = f.low_level_callable("double (int, double *)")
    assert integrate.quad(callable_, 0.0, 0.5, args=(7.0,))[0] == pytest.approx(0.125)
    with pytest.warns(integrate.IntegrationWarning):
        assert math.isnan(integrate.quad(callable_, 5.0, 5.5, args=(7.0,))[0])


v, n, m, i = wg.symbol("v", 3), wg.symbol("n"), wg.symbol("m", ("k", 2)), wg.symbol("i", (), "int64")


@pytest.mark.parametrize("make, wanted, said", [
    (lambda: wg.function([v], v * 2), None, r"needs float64 numbers, or one array of them .* this is function\(v: f64\[3\]\) -> f64\[3\]"),
    (lambda: wg.function([n], [n, n * 2]), None, "needs float64 numbers"),
    (lambda: wg.function([i], i * 1.0), None, "needs float64 numbers"),
    (lambda: wg.function([m], wg.sum(m)), None, "needs float64 numbers"),
    (lambda: wg.function([v, n], wg.sum(v) * n), None, "needs float64 numbers"),
    (lambda: wg.function([v], wg.sum(v)), "double (double)",
     r"can be 'int \(double \*, intptr_t, double \*, void \*\)' or 'double \(int, double \*\)', got 'double \(double\)'"),
    (lambda: wg.function([n], n * 2), "float (float)", "the signature can be 'double .double.' or"),
])
def test_what_scipy_cannot_call_is_refused(make: Any, wanted: str | None, said: str) -> None:
    with pytest.raises(wg.ArgumentError, match=said):
        make().low_level_callable(wanted)


# -- ctypes and the address

def test_numbers_give_a_number() -> None:
    f = wg.lambdify([a, b], sympy.sin(a) * b)
    plain = f.c_function()
    assert plain(0.5, 2.0) == f(0.5, 2.0) and f.c_function() is plain
    assert f.address == ctypes.cast(plain, ctypes.c_void_p).value
    again = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_double)(f.address)
    assert again(0.5, 2.0) == f(0.5, 2.0)


def pointer(array: np.ndarray) -> Any:
    return array.ctypes.data_as(ctypes.POINTER(np.ctypeslib.as_ctypes_type(array.dtype)))


def test_arrays_and_several_results_give_a_status() -> None:
    flag = wg.symbol("flag", (), "bool")
    f = wg.function([m, n, i, flag], {"rows": wg.sum(m, axis=1) * n, "count": i + 1, "flag": flag})
    rows, count, out = np.zeros(4), np.zeros((), "int64"), np.zeros((), "bool")
    values = np.arange(8.0).reshape(4, 2)
    plain = f.c_function()
    call = (pointer(values), 2.0, 41, 1, pointer(rows), pointer(count), out.ctypes.data_as(ctypes.POINTER(ctypes.c_uint8)))
    assert plain(*call, 4) == 0
    assert rows.tolist() == f(values, 2.0, 41, True)["rows"].tolist() and count == 42 and out
    assert plain(*call, -1) == -2 and plain(*call, 2**62) == -2


def test_large_intermediate_values_and_threads() -> None:
    big = wg.symbol("big", ("n", 50))
    f = wg.function([big], wg.cumsum(wg.sum(wg.exp(big), axis=0) * 2))
    data = np.random.default_rng(0).normal(size=(3000, 50))
    expected, wrong = f(data), []
    plain = f.c_function()

    def work(_: int) -> None:
        out = np.zeros(50)
        for _ in range(20):
            if plain(pointer(data), pointer(out), 3000) or not np.array_equal(out, expected):
                wrong.append(out)

    together(work, range(4))
    assert not wrong


@pytest.mark.parametrize("give", [lambda f: f.low_level_callable(), lambda f: f.c_function()])
def test_what_is_given_away_keeps_the_code_alive(give: Any) -> None:
    f = bell()
    engine, expected = weakref.ref(slow_path(f).keep), integrate.quad(f, 0, 2)[0]
    given = give(f)
    del f
    gc.collect()
    for k in range(50):  # other code would take its place
        wg.lambdify([a], a + k)(0.0)
    assert engine() is not None
    assert integrate.quad(given if isinstance(given, LowLevelCallable) else LowLevelCallable(given), 0, 2)[0] == expected
    del given
    gc.collect()
    assert engine() is None


def test_an_address_lives_as_long_as_its_function() -> None:
    f = bell()
    engine = weakref.ref(slow_path(f).keep)
    assert f.address
    del f
    assert engine() is None  # by counting references alone


# -- numba

def test_numba_calls_it() -> None:
    numba = pytest.importorskip("numba")
    f = wg.lambdify([a, b], sympy.sin(a) * b)
    number = f.c_function()
    g = wg.function([v, n], [wg.sum(v) * n, v * n])
    status = g.c_function()

    @numba.njit
    def total(values, scale):
        found = 0.0
        for k in range(values.size):
            found += number(values[k], scale)
        return found

    @numba.njit
    def both(values, scale):
        value, scaled = np.empty(1), np.empty(3)
        return status(values.ctypes, scale, value.ctypes, scaled.ctypes), value[0], scaled

    points = np.linspace(0, 1, 11)
    assert total(points, 2.0) == pytest.approx(sum(f(p, 2.0) for p in points), rel=1e-14)
    code, value, scaled = both(np.array([1.0, 2.0, 3.0]), 2.0)
    assert code == 0 and value == 12.0 and scaled.tolist() == [2, 4, 6]
