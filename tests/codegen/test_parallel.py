"""Threads: the pool under many callers and after a fork, products in parts, and OpenBLAS left as it was found."""

import multiprocessing
import sys

import numpy as np
import pytest
from threads import together

import wengert as wg
from wengert.codegen import blas, outside, parallel

X = np.random.default_rng(7).normal(size=(600, 41))


def wide(rows="rows", columns="columns", inner="inner"):
    """A product whose sizes are known at the call, so that it is cut if they are large."""
    a, b = wg.symbol("a", (rows, inner)), wg.symbol("b", (inner, columns))
    return wg.function([a, b], [a @ b, wg.sum(wg.sin(a))], name="wide")


@pytest.fixture
def five_threads(monkeypatch):
    """More threads than this machine may have, and parts of a few rows."""
    monkeypatch.setattr(parallel, "threads", lambda: 5)
    monkeypatch.setattr(parallel, "ABOVE", 1000)
    monkeypatch.setattr(blas, "PART", 20_000)


@pytest.mark.parametrize(("rows", "inner", "columns"), [
    (600, 41, 5), (5, 41, 600), (600, 41, 1), (1, 41, 600), (130, 0, 70), (0, 41, 600), (600, 41, 0), (17, 600, 33), (256, 64, 256)])
@pytest.mark.parametrize("named", [True, False])
def test_a_product_in_parts_is_the_product(rows, inner, columns, named, five_threads):
    random = np.random.default_rng(rows + inner + columns)
    a, b = random.normal(size=(rows, inner)), random.normal(size=(inner, columns))
    f = wide() if named else wide(rows, columns, inner)
    result, total = f(a, b)
    np.testing.assert_allclose(result, a @ b, rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(total, np.sin(a).sum(), rtol=1e-13, atol=1e-12)


@pytest.mark.parametrize("transposed", ["a", "b", "both"])
def test_transposed_operands_in_parts(transposed, five_threads):
    random = np.random.default_rng(3)
    m, k, n = 130, 37, 210
    a = wg.symbol("a", (k, m) if transposed != "b" else (m, k))
    b = wg.symbol("b", (n, k) if transposed != "a" else (k, n))
    f = wg.function([a, b], (a.T if transposed != "b" else a) @ (b.T if transposed != "a" else b))
    x, y = random.normal(size=a.shape), random.normal(size=b.shape)
    expected = (x.T if transposed != "b" else x) @ (y.T if transposed != "a" else y)
    np.testing.assert_allclose(f(x, y), expected, rtol=1e-13, atol=1e-12)


def test_the_number_of_threads_changes_no_bit_of_a_product(monkeypatch):
    monkeypatch.setattr(blas, "PART", 20_000)
    b = np.random.default_rng(1).normal(size=(41, 300))
    results = []
    for count in (1, 2, 5):
        monkeypatch.setattr(parallel, "threads", lambda count=count: count)
        results.append(wide()(X, b))
    for other in results[1:]:
        assert all(np.array_equal(p, q) for p, q in zip(results[0], other))


def test_regions_of_many_callers_at_once(five_threads):
    """One of them has the pool, the others work alone; nobody waits for ever and nobody's parts are lost."""
    f = wide()
    b = np.random.default_rng(2).normal(size=(41, 90))
    expected = f(X, b)
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(100):
            result = f(X, b)
            if not all(np.array_equal(p, q) for p, q in zip(result, expected)):
                wrong.append(number)

    together(work, range(6))
    assert not wrong


def _in_child(f, b, expected, answer):
    result = f(X, b)
    answer.put(all(np.array_equal(p, q) for p, q in zip(result, expected)))


@pytest.mark.skipif(sys.platform != "linux", reason="fork is safe to try on Linux only")
def test_a_forked_child_has_threads_of_its_own(five_threads):
    f = wide()
    b = np.random.default_rng(2).normal(size=(41, 90))
    expected = f(X, b)  # the pool's threads are running now
    fork = multiprocessing.get_context("fork")
    answer = fork.Queue()
    child = fork.Process(target=_in_child, args=(f, b, expected, answer))
    child.start()
    assert answer.get(timeout=60)
    child.join(60)
    assert child.exitcode == 0


@pytest.mark.skipif(not outside.blas_threads_are_ours(), reason="this SciPy's BLAS cannot be told its number of threads")
def test_openblas_keeps_its_own_number_of_threads(five_threads):
    import ctypes

    symbols = outside.blas()
    get = ctypes.CFUNCTYPE(ctypes.c_int)(symbols["blas.threads"])
    limit = ctypes.CFUNCTYPE(None, ctypes.c_int)(symbols["blas.limit"])
    f = wide()
    b = np.random.default_rng(2).normal(size=(41, 90))
    found = get()
    try:
        for number in (1, 3):
            limit(number)
            f(X, b)
            assert get() == number
            assert outside._users.value == 0 and outside._kept.value == 0
    finally:
        limit(found)


def test_no_more_threads_than_processors(monkeypatch):
    monkeypatch.setattr(parallel, "threads", lambda: 3)
    assert [parallel.at_most(n) for n in (None, 1, 2, 3, 4, 10**9)] == [3, 1, 2, 3, 3, 3]
    x = wg.symbol("no_more_threads", (300_001,))
    texts = [wg.function([x], np.exp(x), threads=n).dump("llvm") for n in (3, 10**9)]
    assert texts[0] == texts[1] and "wg.parallel" in texts[0]
