"""Sparse derivatives of programs of arrays: by their elements and by colours, exact in value and pattern."""
from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from hypothesis import given
from hypothesis import strategies as st

import wengert as wg
from wengert.compiler.autodiff import linear
from wengert.compiler.autodiff.colouring import columns_coloured, star_coloured, star_places
from wengert.compiler.autodiff.pattern import pattern
from wengert.ir import library as wl
from wengert.ir import ops
from wengert.ir.cost import operations
from wengert.ir.errors import ShapeError
from wengert.ir.node import postorder

BAND = np.eye(9) - np.eye(9, k=1)
PLACES = np.array([3, 1, 3, 0, 8])

JACOBIANS = {
    "elementwise": (lambda x: wl.sin(x) * x / (2 + x * x), (9,)),
    "neighbours": (lambda x: x[1:-1] * x[:-2] + wl.sin(x[2:]), (9,)),
    "matrix with zeros": (lambda x: wl.tanh(BAND @ x) ** 2, (9,)),
    "vector by matrix": (lambda x: wl.exp(x @ BAND), (9,)),
    "two products": (lambda x: wl.sin(x) @ np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]), (4, 3)),
    "its own product": (lambda x: x @ x.T, (3, 2)),
    "rows": (lambda x: wl.sum(x * x, axis=1) * x[:, 0], (4, 3)),
    "columns and means": (lambda x: wl.mean(wl.exp(x), axis=0), (4, 3)),
    "transposes and reshapes": (lambda x: wl.reshape(x.T, (6, 2)) * 2.0, (4, 3)),
    "flips and pads": (lambda x: wl.pad(wl.sin(x[::-1]), (1, 2)) * 3.0, (5,)),
    "broadcasts": (lambda x: x[:, None] * x[None], (4,)),
    "lookups": (lambda x: x[PLACES] ** 2 * x[:5], (9,)),
    "scatters": (lambda x: wl.diag(x * x)[1:], (4,)),
    "joins": (lambda x: wl.concatenate([x * x, np.ones(2), x[:1]]), (3,)),
    "running sums": (lambda x: wl.cumsum(wl.sin(x)), (6,)),
    "largest": (lambda x: wl.max(x * x, axis=1), (3, 4)),
    "products": (lambda x: wl.prod(x, axis=1), (3, 3)),
    "branches": (lambda x: wl.where(x > 0, wl.log(x), wl.exp(x)) * x[::-1], (5,)),
    "masks": (lambda x: np.array([1.0, 0.0, 2.0, 0.0]) * wl.sin(x), (4,)),
    "running products": (lambda x: wl.cumprod(x), (4,)),
    "two matrices of a batch": (lambda x: wl.matmul(x, np.swapaxes(np.ones((2, 2, 3)), 1, 2)), (2, 2, 3)),
    "a scalar": (lambda x: wl.sum(x * x) * x[0], (5,)),
}


def compiled(x, found):
    return wg.function([x], found)


@pytest.fixture(params=["elements", "colours"])
def way(request, monkeypatch):
    if request.param == "colours":
        monkeypatch.setattr(linear, "LIMIT", 0)
    return request.param


@pytest.mark.parametrize("format", ["csr", "csc"])
@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians(name, format, way, symbol):
    f, shape = JACOBIANS[name]
    x = symbol("x", shape)
    y = f(x)
    at = np.random.default_rng(1).uniform(0.2, 1.5, shape) * np.where(np.arange(np.prod(shape)).reshape(shape) % 3, 1, -1)
    wanted = compiled(x, wg.jacobian(y, x))(at).reshape(-1, at.size)
    found = compiled(x, wg.jacobian(y, x, sparse=format))(at)
    np.testing.assert_allclose(found.toarray(), wanted, rtol=1e-12, atol=1e-13)
    if name not in ("branches", "largest"):  # the branch and the element taken are known at the call
        assert found.nnz == np.count_nonzero(wanted)
    assert found.has_canonical_format


HESSIANS = {
    "rosenbrock": (lambda x: wl.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2), (9,)),
    "arrow": (lambda x: wl.sum(wl.sin(x[0] * x[1:])) + wl.sum(x**3), (9,)),
    "band": (lambda x: wl.sum(wl.exp(BAND @ x)), (9,)),
    "quadratic form": (lambda x: x @ (BAND @ x), (9,)),
    "product with itself": (lambda x: wl.sum(wl.exp(x @ x.T)), (3, 2)),
    "grid": (lambda x: wl.sum((4 * x[1:-1, 1:-1] - x[2:, 1:-1] - x[:-2, 1:-1]) ** 4), (5, 3)),
    "rows": (lambda x: wl.sum(wl.sqrt(1 + wl.sum(x * x, axis=1))), (4, 2)),
    "products": (lambda x: wl.sum(wl.prod(x, axis=1)), (3, 3)),
    "largest": (lambda x: wl.sum(wl.max(x * x, axis=1)), (3, 3)),
    "branches": (lambda x: wl.sum(wl.where(x > 0, wl.sqrt(x) * x, x[::-1] * x)), (5,)),
    "lookups": (lambda x: wl.sum(x[PLACES] ** 2 * x[:5]), (9,)),
    "running sums": (lambda x: wl.sum(wl.cumsum(x) ** 2 * x), (5,)),
    "a linear function": (lambda x: wl.sum(3.0 * x[1:]), (4,)),
    "a norm": (lambda x: wl.sqrt(wl.sum(x * x) + 1), (4,)),
}


@pytest.mark.parametrize("name", HESSIANS)
def test_hessians(name, way, symbol):
    f, shape = HESSIANS[name]
    x = symbol("x", shape)
    cost = f(x)
    at = np.random.default_rng(2).uniform(0.2, 1.5, shape) * np.where(np.arange(np.prod(shape)).reshape(shape) % 4, 1, -1)
    wanted = compiled(x, wg.hessian(cost, x))(at).reshape(at.size, at.size)
    found = compiled(x, wg.hessian(cost, x, sparse=True))(at)
    np.testing.assert_allclose(found.toarray(), wanted, rtol=1e-11, atol=1e-12)
    np.testing.assert_array_equal(found.toarray(), found.toarray().T)
    if name not in ("branches", "largest"):
        assert found.nnz == np.count_nonzero(np.abs(wanted) > 1e-13)


def test_several_variables_and_outputs(way, symbol):
    x, y, s = symbol("x", (4,)), symbol("y", (2, 2)), symbol("s")
    outputs = [x * wl.ravel(y), s * wl.sum(y, axis=0)]
    at = [np.array([2.0, 3.0, 5.0, 7.0]), np.array([[11.0, 13.0], [17.0, 19.0]]), 23.0]
    found = wg.function([x, y, s], wg.jacobian(outputs, [x, y, s], sparse=True))(*at)
    wanted = np.zeros((6, 9))
    wanted[range(4), range(4)], wanted[range(4), range(4, 8)] = at[1].ravel(), at[0]
    wanted[[4, 4, 5, 5], [4, 6, 5, 7]], wanted[4:, 8] = 23.0, at[1].sum(axis=0)
    np.testing.assert_array_equal(found.toarray(), wanted)
    assert found.nnz == 14
    cost = wl.sum(outputs[0] ** 2) * s
    found = wg.function([x, y, s], wg.hessian(cost, [x, y, s], sparse="csc"))(*at)
    blocks = wg.function([x, y, s], [b for row in wg.hessian(cost, [x, y, s]) for b in row])(*at)
    sizes = (4, 4, 1)
    wanted = np.block([[np.reshape(blocks[3 * i + j], (n, m)) for j, m in enumerate(sizes)] for i, n in enumerate(sizes)])
    np.testing.assert_allclose(found.toarray(), wanted, rtol=1e-13)


def test_colours_are_few(monkeypatch, symbol):
    """What is computed is in proportion to the elements, whatever their number."""
    monkeypatch.setattr(linear, "LIMIT", 0)
    x = symbol("x", (1000,))
    cost = HESSIANS["rosenbrock"][0](x)
    slopes = JACOBIANS["neighbours"][0](x)
    assert operations(postorder([wg.hessian(cost, x, sparse=True).values])) <= 50 * 1000
    assert operations(postorder([wg.jacobian(slopes, x, sparse=True).values])) <= 25 * 1000
    assert operations(postorder([wg.hessian(HESSIANS["arrow"][0](x), x, sparse=True).values])) <= 50 * 1000
    one_row = wl.sum(wl.sin(x) * x)[None]
    assert operations(postorder([wg.jacobian(one_row, x, sparse=True).values])) <= 8 * 1000


def test_elements_share_their_loops_with_the_gradient(symbol):
    x = symbol("x", (100,))
    cost = HESSIANS["rosenbrock"][0](x)
    value = wg.function([x], cost).cost().operations
    everything = wg.function([x], [cost, wg.grad(cost, x), wg.hessian(cost, x, sparse=True)])
    assert everything.cost().operations <= 3 * value


def test_large_programs_are_coloured(symbol):
    x = symbol("x", (20_000,))
    f = wg.function([x], wg.jacobian(x[1:] * x[:-1], x, sparse=True))
    at = np.random.default_rng(0).normal(size=20_000)
    found = f(at)
    assert found.nnz == 2 * 19_999 and f.cost().arena <= 8 * 20_000 * 8
    np.testing.assert_array_equal(found.diagonal(), at[1:])


@pytest.mark.parametrize("x", [-1.0, 0.0])
def test_branches_not_taken_do_not_poison(x, way, symbol):
    a = symbol("a", (3,))
    guarded = wl.where(a > 0, wl.sqrt(a), 0.0)
    y = wl.sin(guarded[1:] * wl.where(a > 0, wl.log(a), a)[:-1]) * 2.0
    at = np.array([x, 4.0, x])
    found = compiled(a, wg.jacobian(y, a, sparse=True))(at).toarray()
    np.testing.assert_allclose(found, compiled(a, wg.jacobian(y, a))(at), rtol=1e-14)
    assert np.all(np.isfinite(found))


def test_sizes_must_be_known(symbol):
    x = symbol("x", ("n",))
    for build in (lambda: wg.jacobian(wl.sin(x), x, sparse=True), lambda: wg.hessian(wl.sum(x * x), x, sparse=True)):
        with pytest.raises(ShapeError, match="a sparse matrix needs a structure that is known beforehand, but the sizes of <input 'x'"):
            build()


# ------------------------------------------------------------------------------------------------------------- colours

@st.composite
def patterns(draw, symmetric=False):
    n, m = draw(st.integers(1, 12)), draw(st.integers(1, 12))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    found = random.random((n, n if symmetric else m)) < draw(st.floats(0, 0.6))
    return scipy.sparse.csr_array(found | found.T if symmetric else found)


@given(patterns())
def test_columns_of_one_colour_share_no_row(matrix):
    colours = columns_coloured(matrix)
    dense = matrix.toarray()
    assert len(colours) == dense.shape[1]
    for colour in set(colours.tolist()):
        assert dense[:, colours == colour].sum(axis=1).max() <= 1


@given(patterns(symmetric=True))
def test_a_star_colouring_holds_every_entry(matrix):
    colours = star_coloured(matrix)
    dense = matrix.toarray()
    n = len(dense)
    edges = [(a, b) for a in range(n) for b in range(n) if a != b and dense[a, b]]
    assert all(colours[a] != colours[b] for a, b in edges)
    for a, b in edges:
        for c in range(n):
            for d in range(n):
                if len({a, b, c, d}) == 4 and dense[b, c] and dense[c, d]:
                    assert len({colours[a], colours[b], colours[c], colours[d]}) > 2
    numbers = np.random.default_rng(0).normal(size=(n, n))
    numbers = (numbers + numbers.T) * dense
    seeds = np.eye(int(colours.max()) + 1)[colours]
    rows, columns = dense.nonzero()
    places, chosen = star_places(rows, columns, colours)
    np.testing.assert_allclose((numbers @ seeds)[places, chosen], numbers[rows, columns], atol=1e-14)


def test_numbers_of_colours():
    def band(n):
        return scipy.sparse.csr_array(sum(np.eye(n, k=k) for k in (-1, 0, 1)) != 0)

    arrow = np.eye(50, dtype=bool)
    arrow[0] = arrow[:, 0] = True
    assert columns_coloured(band(50)).max() + 1 == 3 and star_coloured(band(50)).max() + 1 == 3
    assert star_coloured(scipy.sparse.csr_array(arrow)).max() + 1 == 2
    assert columns_coloured(scipy.sparse.csr_array(np.eye(7, dtype=bool))).max() + 1 == 1
    assert columns_coloured(scipy.sparse.csr_array(arrow)).max() + 1 == 50


def test_patterns_of_what_only_the_call_knows(symbol):
    x, i = symbol("x", (4,)), symbol("i", (2,), "int64")
    assert pattern([x[i]], [x]).toarray().all()
    assert not pattern([wl.sin(i * 1.0)], [x]).nnz
    ruled = wg.custom_derivative(lambda v: wl.sin(v), jvp=lambda args, y, tangents: wl.cos(args[0]) * tangents[0])
    assert pattern([ruled(x)], [x]).toarray().all()
    found = pattern([ops.scatter_add(x, ops.source.constant(np.array([0, 2, 0, 1])), axes=(0,), shape=(3,))], [x]).toarray()
    np.testing.assert_array_equal(found, [[1, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 0]])
