"""Sparse results: scipy.sparse arrays of a fixed structure, in three formats, written in place without a dense one."""
from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
import sympy

import wengert as wg
from wengert.ir.errors import ArgumentError, DTypeError, ExpressionError

a, b, c, d = (wg.symbol(f"sparse_{name}") for name in "abcd")
INPUTS = [a, b, c, d]
OUTPUTS = wg.stack([a * d, wg.sin(c), wg.sin(a) * b, b * c * d, wg.cos(a - a + 3.0625)])
AT = [0.3, -1.7, 0.9, 2.1]
DENSE = wg.function(INPUTS, wg.jacobian(OUTPUTS, INPUTS))
WANTED = np.stack(DENSE(*AT), axis=1)
KINDS = {"csr": scipy.sparse.csr_array, "csc": scipy.sparse.csc_array, "coo": scipy.sparse.coo_array}


@pytest.mark.parametrize("format", KINDS)
def test_formats(format: str) -> None:
    f = wg.function(INPUTS, [OUTPUTS, wg.jacobian(OUTPUTS, INPUTS, sparse=format)])
    value, found = f(*AT)
    assert type(found) is KINDS[format] and found.nnz == 8 and found.shape == (5, 4)
    np.testing.assert_array_equal(found.toarray(), WANTED)
    assert found.has_canonical_format
    same = KINDS[format](WANTED)
    np.testing.assert_array_equal(found.data, same.data)  # the order that SciPy itself has
    np.testing.assert_allclose((found @ found.T).toarray(), WANTED @ WANTED.T)
    np.testing.assert_array_equal(value, wg.function(INPUTS, OUTPUTS)(*AT))


@pytest.mark.parametrize("format", KINDS)
def test_a_result_belongs_to_the_person(format: str) -> None:
    f = wg.function(INPUTS, wg.jacobian(OUTPUTS, INPUTS, sparse=format))
    first = f(*AT)
    first.data[:] = 0
    first.eliminate_zeros()
    assert first.nnz == 0
    np.testing.assert_array_equal(f(*AT).toarray(), WANTED)


@pytest.mark.parametrize("format", KINDS)
def test_into_a_given_matrix(format: str) -> None:
    matrix = wg.jacobian(OUTPUTS, INPUTS, sparse=format)
    for outputs, place in ((matrix, None), ([OUTPUTS, matrix], 1), ({"value": OUTPUTS, "slopes": matrix}, "slopes")):
        f = wg.function(INPUTS, outputs)
        given = f(*AT) if place is None else f(*AT)[place]
        data = given.data
        out = given if place is None else (None, given) if place == 1 else {"slopes": given}
        again = f(*[2 * x for x in AT], out=out)
        found = again if place is None else again[place]
        assert found is given and found.data is data
        np.testing.assert_array_equal(found.toarray(), np.stack(DENSE(*[2 * x for x in AT]), axis=1))


def test_a_matrix_of_another_structure_is_refused() -> None:
    f = wg.function(INPUTS, [OUTPUTS, wg.jacobian(OUTPUTS, INPUTS, sparse=True)], name="sparse_slopes")
    right = f(*AT)[1]
    other = right.copy()
    other.indices[0], other.indices[1] = 1, 2
    for wrong, message in (
        (right.tocsc(), r"sparse_slopes: out\[1\]: expected a csr_array of \(5, 4\), got a csc array of \(5, 4\)"),
        (right[:3], r"got a csr array of \(3, 4\)"), (WANTED, "expected a csr_array of .*, got ndarray"),
        (scipy.sparse.csr_array((5, 4)), "the array has entries in other places; take one that the function returned"),
        (other, "the array has entries in other places"),
    ):
        with pytest.raises(ArgumentError, match=message):
            f(*AT, out=(None, wrong))
    with pytest.raises(ArgumentError, match="sparse_slopes: out must be a tuple with an array or None for each result, got csr_array"):
        f(*AT, out=right)
    with pytest.raises(DTypeError, match=r"sparse_slopes: out\[1\]: expected a float64 array of shape \(8,\), got float32 array"):
        f(*AT, out=(None, right.astype("float32")))
    with pytest.raises(ArgumentError, match="sparse_slopes"):
        f(*AT, out=(None, right, right))


def test_formats_that_do_not_exist() -> None:
    for build in (lambda: wg.jacobian(OUTPUTS, INPUTS, sparse="dia"), lambda: wg.hessian(a * b, INPUTS, sparse="dia")):
        with pytest.raises(ExpressionError, match="sparse must be True, False, 'csr', 'csc' or 'coo', got 'dia'"):
            build()
    for transform in (wg.jacobian, wg.hessian):
        with pytest.raises(ExpressionError, match="sparse=True is for nodes; call the function with symbols"):
            transform(np.sin, sparse=True)
    x = sympy.Symbol("x")
    with pytest.raises(ExpressionError, match="lambdify: sparse must be True"):
        wg.lambdify([x], x, "jacobian", sparse="bsr")


@pytest.mark.parametrize("format", KINDS)
def test_it_travels(format: str, tmp_path: Path) -> None:
    matrix = wg.jacobian(OUTPUTS, INPUTS, sparse=format)
    for outputs, place in ((matrix, None), ([OUTPUTS, matrix], 1), ({"value": OUTPUTS, "slopes": matrix}, "slopes")):
        f = wg.function(INPUTS, outputs)
        f.save(tmp_path / "slopes.json")
        for again in (pickle.loads(pickle.dumps(f)), wg.load(tmp_path / "slopes.json")):
            found = again(*AT) if place is None else again(*AT)[place]
            assert type(found) is KINDS[format]
            np.testing.assert_array_equal(found.toarray(), WANTED)


def test_of_nothing() -> None:
    empty = wg.jacobian(wg.stack([c, c * c]), [a, b], sparse=True)
    assert repr(empty) == "<sparse csr f64[2,2] with 0 entries>"
    found = wg.function([a, b], empty)(1.0, 2.0)
    assert found.nnz == 0 and found.shape == (2, 2)
    assert wg.function([a], wg.hessian(a * 1.0, [a], sparse="coo"))(1.0).nnz == 0


def test_memory_is_in_proportion_to_the_entries() -> None:
    """A million by a million places would be 8 terabytes; here are 3n - 2 entries."""
    n = 1000
    xs = [wg.symbol(f"sparse_x{k}") for k in range(n)]
    outputs = wg.stack([wg.sin(x) * (xs[k - 1] if k else 1.0) * (xs[k + 1] if k < n - 1 else 1.0) for k, x in enumerate(xs)])
    f = wg.function(xs, wg.jacobian(outputs, xs, sparse=True))
    cost = f.cost()
    assert f(*np.ones(n)).nnz == 3 * n - 2
    assert cost.operations <= 8 * n and cost.arena <= 200 * n


def test_hessians_through_lambdify() -> None:
    x, y, z = sympy.symbols("x y z")
    expr = sympy.exp(x * y) + z**3
    dense = wg.lambdify([x, y, z], expr, "hessian")(0.3, 0.7, 1.9)
    for format, kind in KINDS.items():
        f = wg.lambdify([x, y, z], expr, "hessian", sparse=format)
        value, gradient, found = f(0.3, 0.7, 1.9)
        assert type(found) is kind and found.nnz == 5
        np.testing.assert_allclose(found.toarray(), dense[2], rtol=1e-15)
        assert f(0.4, 0.7, 1.9, out=(None, gradient, found))[2] is found
        assert (value, gradient.shape) == (dense[0], (3,))


def test_nested_arguments_and_several_values() -> None:
    x, y, z = sympy.symbols("x y z")
    f = wg.lambdify([(x, (y, z))], [sympy.Matrix([x * y, z]), x * z], "jacobian", sparse="csc")
    (column, number), (first, second) = f((2.0, (3.0, 5.0)))
    np.testing.assert_array_equal(first.toarray(), [[3, 2, 0], [0, 0, 1]])
    np.testing.assert_array_equal(second.toarray(), [[5, 0, 2]])
    assert number == 10.0 and column.tolist() == [[6.0], [5.0]]
