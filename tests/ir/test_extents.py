"""Which sizes 64 bits must count, and up to which named sizes nobody needs to look."""
from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from wengert.ir.errors import ArgumentError, ShapeError
from wengert.ir.extents import Extent, extents, safe_bits, too_large, unknown
from wengert.ir.graph import Graph
from wengert.ir.types import Dim, Poly, evaluate_dim

N, M = Poly.name("n"), Poly.name("m")


@st.composite
def dims(draw: st.DrawFn) -> Dim:
    """Small polynomials, with quotients inside."""
    dim: Dim = draw(st.integers(-3, 9))
    for _ in range(draw(st.integers(1, 4))):
        other = draw(st.sampled_from([N, M, N * M, 8 * N * N, N - M, (N + 5) // 3 + 0, (N * M - 7) // 64 * 64]))
        dim = dim + other if draw(st.booleans()) else dim * other
    return dim


@given(dims(), st.data())
def test_below_the_bound_nothing_is_too_large(dim: Dim, data: st.DataObject) -> None:
    bound = 1 << safe_bits([Extent(dim, "x")])
    sizes = {name: data.draw(st.sampled_from([0, 1, bound // 2, bound - 1])) for name in ("n", "m")}
    assert abs(evaluate_dim(dim, sizes)) < 2**62


@pytest.mark.parametrize(("dim", "bits"), [
    (N, 62), (8 * N, 59), (8 * N * N, 29), (N * M * N, 20), (N - M, 61), (3, 62),
    (N * N // 64, 31), (2**62 * N, 0),
])
def test_the_bound_is_close(dim: Dim, bits: int) -> None:
    found = safe_bits([Extent(dim, "x")])
    assert found in (bits, bits - 1)


def test_a_bound_of_fewer_bits() -> None:
    assert safe_bits([Extent(N * 8, "x"), Extent(N, "y", bits=31)]) == 30


def test_those_of_a_graph() -> None:
    x = wg.symbol("x_extent", ("n", 3))
    said = {str(e.dim): e.what for e in extents(Graph("f", [x], [np.sum(x[::2] ** 2), x.T @ x]))}
    assert said["n"] == "input: the size n of f64[n,3]" and said["24*n"] == "input: the bytes of f64[n,3]"
    assert said["n+1"] == "slice: the size ((n+1)//2) of f64[((n+1)//2),3]"  # the numerator of a quotient
    assert "24*((n+1)//2)" in said and "72" not in said


def test_known_ones_are_refused_at_once() -> None:
    with pytest.raises(ShapeError, match=r"^x must be below 2\*\*31, got 2147483648$"):
        unknown([Extent(2**31 - 1, "x", bits=31), Extent(2**31, "x", bits=31)])
    y = wg.symbol("y_extent", (2**31, 2**30))
    with pytest.raises(ShapeError, match=r"^input: the bytes of f64\[2147483648,1073741824\] must be below 2\*\*62, got 184467440737"):
        wg.function([y], np.sum(y))


def test_the_true_value_is_named() -> None:
    with pytest.raises(ShapeError, match=r"^x must be below 2\*\*62, got 18446744073709551616 \(model.py:3\) \(m = 2, n = 4294967296\)$"):
        too_large([Extent(N * N - M + 2, "x", "model.py:3")], {"n": 2**32, "m": 2})
    too_large([Extent(N * N * M, "x")], {"n": 2**40, "m": 0})  # an empty one


def test_the_interpreter_looks_too() -> None:
    z = wg.symbol("z_extent", "k")
    with pytest.raises(ArgumentError, match=r"^expression: broadcast: the size k\*k\*k\*k of f64\[k\*k\*k\*k\] must be below"):
        wg.evaluate(np.sum(z) + wg.zeros(("k*k*k*k",)), np.ones(65536))
