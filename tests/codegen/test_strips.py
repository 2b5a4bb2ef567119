"""Long programs at many points: in pieces they give what they give whole, to the bit where no product is fused with a sum.

A cut between a product and its sum rounds twice, and a program of conditions and large sines makes anything of one rounding.
"""

import numpy as np
import pytest

import wengert as wg
from wengert.codegen import chunks, strips


def long_program(dtype="float64"):
    """Forty steps with conditions, indices and numbers that live long, and without sums."""
    x, y = wg.symbol("strip_x", ("n",), dtype), wg.symbol("strip_y", ("n",), dtype)
    values, positive = [x, y], x > 0
    for k in range(40):
        a, b = values[-1], values[(7 * k) // 8]
        mixed = wg.where(positive, wg.minimum(a * b, 0.5), wg.maximum(wg.sin(a), -b))
        fresh = mixed if k % 3 else wg.tanh(a) * wg.arange(x.shape[0]).astype(dtype)
        positive = positive ^ (fresh > 0.1)
        values.append(fresh)
    return wg.function([x, y], [values[-1], values[20], positive, wg.stack([values[5], values[-2]])])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("length", [10, 15, 40])
@pytest.mark.parametrize("size", [0, 1, 7, 8, 9, 16, 1000])
def test_pieces_give_what_the_whole_gives(dtype, size, length, monkeypatch):
    random = np.random.default_rng(size)
    x, y = (random.normal(size=size).astype(dtype) for _ in range(2))
    whole = long_program(dtype)(x, y)
    monkeypatch.setattr(chunks, "LENGTH", length)
    pieces = long_program(dtype)
    assert "in pieces" in pieces.dump("kernels")
    for a, b in zip(whole, pieces(x, y)):
        np.testing.assert_array_equal(a, b)
        assert size < 9 or len(np.unique(a)) > 1


def test_a_workspace_that_is_too_large_leaves_the_loop_whole(monkeypatch):
    monkeypatch.setattr(chunks, "LENGTH", 15)
    monkeypatch.setattr(strips, "STACK", 64)
    f = long_program()
    assert "in pieces" not in f.dump("kernels")
    assert np.isfinite(f(np.ones(9), np.ones(9))[0]).all()
