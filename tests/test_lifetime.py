"""A compiled function in a process with threads, forks and careless callers: same bits, flat memory, no crash."""
from __future__ import annotations

import gc
import os
import subprocess
import sys
import weakref
from pathlib import Path

import numpy as np
import pytest
from threads import together

import wengert as wg
from wengert.codegen import parallel

rng = np.random.default_rng(0)
x, w = wg.symbol("x", ("n", 40)), wg.symbol("w", (40, 30))
X, W = rng.normal(size=(400, 40)), rng.normal(size=(40, 30))


def network() -> object:
    """Products by BLAS, an arena sized at the call, loops long enough for threads, a total in blocks."""
    y = wg.tanh(x @ w)
    cost = wg.sum(wg.exp(y) * wg.sin(y))
    return wg.function([x, w], [cost, wg.grad(cost, w), wg.cumsum(y, axis=0)])


def same(a: tuple[object, ...], b: tuple[object, ...]) -> bool:
    return all(np.array_equal(p, q) for p, q in zip(a, b))  # type: ignore[arg-type]


def test_eight_threads_at_once_get_the_bits_of_one() -> None:
    f = network()
    sizes = (400, 3, 0, 257, 64, 399, 1, 128)
    expected = {n: f(X[:n], W) for n in sizes}
    wrong: list[int] = []

    def work(first: int) -> None:
        for k in range(60):
            n = sizes[(first + k) % len(sizes)]
            if not same(f(X[:n], W), expected[n]):
                wrong.append(n)

    together(work, range(8))
    assert not wrong


def test_the_number_of_threads_changes_no_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    data = np.tile(X, (40, 1))
    many = []
    for count in (1, 2, 5):
        monkeypatch.setattr(parallel, "threads", lambda count=count: count)
        many.append(network()(data, W))
    assert same(many[0], many[1])
    assert same(many[0], many[2])


def test_a_hundred_thousand_calls_keep_no_memory() -> None:
    f = wg.function([x], [wg.sum(x), x[0] * 2.0])
    a = X[:5].copy()

    def calls(count: int) -> None:
        for _ in range(count):
            f(a)
            f(x=a)

    calls(5_000)
    before = sys.getallocatedblocks()
    calls(50_000)
    assert abs(sys.getallocatedblocks() - before) < 100


def test_a_function_goes_with_its_last_reference() -> None:
    f = network()
    gone = weakref.ref(f)
    f(X, W)
    del f
    gc.collect()
    assert gone() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_computes_after_threads_ran() -> None:
    script = f"""
import os, sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_lifetime import W, X, network, np, same
data = np.tile(X, (40, 1))
f = network()
expected = f(data, W)
child = os.fork()
if not child:
    os._exit(0 if same(f(data, W), expected) and same(network()(data, W), expected) else 1)
assert os.waitpid(child, 0)[1] == 0
"""
    assert run(script) == (0, "")


# What a careless caller passes. Each line must give a value or an exception of these, and the process must live.
BATTERY = """
import numpy as np, wengert as wg
from numpy.lib.stride_tricks import as_strided
from wengert.ir import ops
n, m = "n", "m"
x, v, q = wg.symbol("x", (n, m)), wg.symbol("v", (m,)), wg.symbol("q", ("k",))
i, j = wg.symbol("i", ("k",), "int64"), wg.symbol("j", ("k",), "int64")
a, b = wg.symbol("a", (), "int64"), wg.symbol("b", (), "int64")
f = wg.function([x], [wg.sum(wg.exp(x)), wg.sum(wg.exp(x), axis=0), wg.cumsum(wg.sum(x, axis=0) * 2.0)])
g = wg.function([v], [v * 2, v * 3, wg.sum(v)])
take, put = wg.function([v, i], [v[i], v[i] * 2]), wg.function([q, i], ops.scatter_add(q, i, axes=(0,), shape=(5,)))
whole = wg.function([i, j], [i // j, i % j, ops.power(i, j)])
number = wg.function([a, b], [a // b, a % b, ops.power(a, b)])
to_int = wg.function([v], [ops.cast(v, dtype="int64"), ops.cast(v, dtype="int32")])
least, ones, base, read_only = -2**63, np.ones(8), np.ones(40), np.ones((3, 3))
read_only.flags.writeable = False
unaligned = np.frombuffer(bytes(73), "u1")[1:].view("f8").reshape(3, 3)

def tried(*calls):
    for call in calls:
        try:
            call()
        except (wg.WengertError, MemoryError, ValueError):
            pass

for shape in ((0, 0), (0, 5), (5, 0), (0, 2**40), (0, 2**58), (1, 1), (3,), (2, 2, 2)):
    tried(lambda: f(np.empty(shape)), lambda: f(np.empty(shape, "f4")), lambda: f(np.empty(shape, "O")))
for value in (as_strided(np.ones(1), (2**25, 2**25), (0, 0)), as_strided(np.ones(5), (3, 3), (8, 8)), read_only, read_only.T,
              read_only[::-1, ::2], read_only.astype(">f8"), unaligned, None, "x", [[1, 2], [3]], [[1, 2], [3, 4]], 1j, object()):
    tried(lambda: f(value), lambda: f(x=value), lambda: f(value, value), lambda: f(value, out=value), lambda: f(y=value))
for out in ((ones, None, None), (ones[::-1], None, None), (np.empty(7), None, None), (np.empty(8, "f4"), None, None),
            (np.empty(16)[::2], None, None), (read_only[0], None, None), (base[:8], base[4:12], None), (base[:8], base[8:16], None),
            (1, 2, 3), (), 5, "out", [None] * 3, (None, None, np.empty(())), (np.empty((8, 1)), None, None)):
    tried(lambda: g(ones, out=out))
for index in ([], [0], [7], [8], [-8], [-9], [2**62], [least], [2**63 - 1], [0, 9, 0]):
    at = np.array(index, "int64")
    tried(lambda: take(ones, at), lambda: take(ones[:0], at), lambda: put(np.ones(len(at)), at))
numbers = np.array([p for p in (least, least + 1, -7, -1, 0, 1, 3, 2**62) for _ in range(8)])
tried(lambda: whole(numbers, numbers.reshape(8, 8).T.ravel().copy()))
for p in (least, -7, -1, 0, 1, 2**63 - 1, 2**63, True, 1.5, None, "1", [1], np.int32(3), np.float64(2)):
    for r in (least, -1, 0, 1, 2**63 - 1):
        tried(lambda: number(p, r), lambda: number(r, p))
tried(lambda: to_int(np.array([np.nan, np.inf, -np.inf, 1e300, -1e300, 2.0**31, 2.0**63, -2.0**63, -0.5])))
"""


def test_nothing_that_a_caller_passes_ends_the_process() -> None:
    assert run(BATTERY) == (0, "")


@pytest.mark.parametrize("shape", [(30, 40, 50), (1, 40, 50), (30, 40, 1), (30, 0, 50), (30, 0, 1)])
def test_a_product_does_not_read_what_it_overwrites(shape: tuple[int, int, int]) -> None:
    rows, inner, columns = shape
    p, q = wg.symbol("p", ("r", "k")), wg.symbol("q", ("k", "c"))
    out = np.full((rows, columns), np.nan)
    wg.function([p, q], p @ q)(np.ones((rows, inner)), np.ones((inner, columns)), out=out)
    assert (out == inner).all()


def run(script: str) -> tuple[int, str]:
    """The exit status and the standard error of a Python process of its own."""
    done = subprocess.run([sys.executable, "-X", "faulthandler", "-c", script], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr
