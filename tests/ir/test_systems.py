"""Solves, determinants and cofactors: NumPy's and exact integers', singular and not finite matrices, native and interpreted."""
import numpy as np
import pytest
import sympy

import wengert as wg
from wengert.ir import library, ops
from wengert.ir.errors import DTypeError, ShapeError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.types import Type

rng = np.random.default_rng(11)


def both(build, *arrays, sizes=None):
    """The outputs, compiled and interpreted."""
    shapes = [np.shape(a) if sizes is None else s for a, s in zip(arrays, sizes or arrays)]
    inputs = [ops.input(name=f"x{k}", type=Type(a.dtype.name, shape)) for k, (a, shape) in enumerate(zip(arrays, shapes))]
    outputs = build(*inputs)
    return wg.function(inputs, outputs)(*arrays), evaluate(Graph("f", inputs, outputs), *arrays)


def exact(matrix):
    """Determinant and cofactors of a matrix of integers."""
    m = sympy.Matrix(matrix.astype(int).tolist())
    n = m.shape[0]
    cofactors = m.cofactor_matrix(method="berkowitz") if n > 1 else sympy.eye(n)
    return float(m.det(method="berkowitz")), np.array(cofactors.tolist(), float).reshape(n, n)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-13), ("float32", 2e-5)])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("defect", [0, 1, 2])
def test_determinants_and_cofactors_of_integers(n, defect, dtype, tolerance):
    """Also where `defect` rows are combinations of the others, so that only cofactors (1) or not even they (2) are there."""
    matrix = rng.integers(-4, 5, (n, n)).astype(dtype)
    for row in range(min(defect, n)):
        matrix[row] = matrix[-1] * row + matrix[-2] if n > 2 + row else 0
    determinant, cofactors = exact(matrix)
    scale = np.linalg.norm(matrix) ** n + 1
    for got in both(lambda a: [ops.det(a), ops.cofactor(a), library.det(a)], matrix):
        np.testing.assert_allclose(got[0], determinant, atol=tolerance * scale, rtol=tolerance)
        np.testing.assert_allclose(got[1], cofactors, atol=tolerance * scale, rtol=tolerance)
        np.testing.assert_allclose(got[2], determinant, atol=tolerance * scale, rtol=tolerance)


@pytest.mark.parametrize("n", [0, 1, 4, 30])
def test_solves_of_any_size(n):
    """One compilation for every size; the transposed system shares the elimination."""
    def build(a, b):
        return [ops.solve(a, b), ops.solve(ops.transpose(a, axes=(1, 0)), b), ops.det(a), ops.cofactor(a)]

    a, b = rng.normal(size=(n, n)), rng.normal(size=(3, n))
    (native, interpreted) = both(build, a, b, sizes=[("n", "n"), (3, "n")])
    np.testing.assert_allclose(native[0] @ a.T, b, atol=1e-11)
    np.testing.assert_allclose(native[1] @ a, b, atol=1e-11)
    for x, y in zip(native, interpreted):
        np.testing.assert_allclose(x, y, rtol=1e-9, atol=1e-9 * max(1, np.abs(y).max(initial=0)))
    text = wg.function((inputs := [wg.symbol("a", ("n", "n")), wg.symbol("b", (3, "n"))]), build(*inputs)).dump("kernels")
    assert text.startswith("factor") and text.count("\nfactor") == 0 and "solve transposed" in text


def test_a_matrix_that_cannot_be_solved_gives_nan_and_no_other_is_touched():
    a = rng.normal(size=(4, 3, 3))
    a[1] = [[1, 2, 3], [2, 4, 6], [0, 0, 1]]
    a[2, 0, 1] = np.nan
    a[3, 2, 2] = np.inf
    b = rng.normal(size=(4, 2, 3))
    for x, determinant, cofactors in both(lambda a, b: [ops.solve(a, b), ops.det(a), ops.cofactor(a)], a, b):
        assert np.isnan(x[1:]).all()
        np.testing.assert_allclose(x[0] @ a[0].T, b[0], atol=1e-12)
        assert determinant[1] == 0 and np.isnan(determinant[2:]).all() and np.isnan(cofactors[2:]).all()
        np.testing.assert_allclose(cofactors[1], exact(a[1])[1], atol=1e-13)


@pytest.mark.parametrize("taken", [False, True])
def test_the_branch_not_taken_does_not_poison(taken):
    """A solve of a singular matrix where it is not selected, in value and in derivatives by either argument and mode."""
    a, b = wg.symbol("a", (2, 2)), wg.symbol("b", 2)
    solved = wg.sum(wg.solve(a, b) * wg.solve(a, b)) + wg.sum(wg.inv(a) @ b)
    safe = wg.where(wg.det(a) != 0, solved, wg.sum(b))
    second = wg.hvp(safe, b, np.ones(2))
    forward = [wg.jvp(safe, b, np.ones(2)), wg.jvp(safe, a, np.ones((2, 2)))]
    found = wg.function([a, b], [safe, *wg.grad(safe, [a, b]), second, *forward])(np.eye(2) * 2 * taken, np.ones(2))
    value, by_a, by_b, second, along_b, along_a = found
    if taken:
        assert value == 1.5 and by_b.tolist() == [1, 1] and second.tolist() == [0.5, 0.5] and along_b == 2
        assert along_a == pytest.approx(by_a.sum())
    else:
        assert value == 2 and (by_a == 0).all() and by_b.tolist() == [1, 1] and (second == 0).all() and (along_b, along_a) == (2, 0)


def test_determinants_overflow_only_where_they_do():
    scales = np.array([1e200, 1e200, 1e-300, 1e-300, 1e150, 1e100, 2.0])
    for got in both(lambda a: [ops.det(a)], np.diag(scales)):
        np.testing.assert_allclose(got[0], 2e50, rtol=1e-13)
    for got in both(lambda a: [ops.det(a)], np.diag(np.full(6, -1e60))):
        assert got[0] == np.inf
    for got in both(lambda a: [ops.det(a)], np.diag(np.full(7, 1e-50))):
        assert got[0] == 0
    for got in both(lambda a: [ops.det(a)], np.diag(np.full(5, 1e-64))):
        np.testing.assert_allclose(got[0], 1e-320, rtol=1e-3)  # subnormal
    for got in both(lambda a: [ops.det(a)], np.eye(200)[rng.permutation(200)] * 0.5):
        assert abs(got[0]) == 0.5**200


@pytest.mark.parametrize("name", ["det", "inv", "solve", "matrix_power"])
def test_numpys_own_functions(name):
    a, b, v = rng.normal(size=(2, 3, 3)), rng.normal(size=(3, 2)), rng.normal(size=3)
    calls = {
        "det": (lambda a: np.linalg.det(a), [a]), "inv": (lambda a: np.linalg.inv(a), [a]),
        "solve": (lambda a, b, v: np.linalg.solve(a, b).sum() + np.linalg.solve(a[0], v), [a, b, v]),
        "matrix_power": (lambda a: np.linalg.matrix_power(a, -3), [a]),
    }
    function, arrays = calls[name]
    for got in both(lambda *xs: [function(*xs)], *arrays):
        np.testing.assert_allclose(got[0] if isinstance(got, tuple) else got, function(*arrays), rtol=1e-11)


def test_second_derivatives_of_determinants_of_singular_matrices():
    """Of small ones, which are sums of products, they are exact; a larger one says NaN rather than a wrong number."""
    small = np.array([[1.0, 2, 3], [2, 4, 6], [1, 0, 1]])
    x = wg.symbol("x", (3, 3))
    hessian = wg.function([x], wg.hessian(wg.det(x), x))(small)
    assert hessian[0, 0, 1, 1] == small[2, 2] and hessian[0, 0, 1, 2] == -small[2, 1] and hessian[0, 0, 0, 1] == 0
    y = wg.symbol("y", (5, 5))
    gradient, second = wg.function([y], [wg.grad(wg.det(y), y), wg.hessian(wg.det(y), y)])(np.diag([0.0, 1, 2, 3, 4]))
    assert gradient[0, 0] == pytest.approx(24) and np.abs(gradient).sum() == pytest.approx(24) and np.isnan(second).all()


def test_many_systems_at_once():
    """vmap: over matrices there is a system each, over right sides one elimination."""
    a, b = rng.normal(size=(3, 3)), rng.normal(size=(5, 3))
    np.testing.assert_allclose(wg.vmap(lambda v: wg.solve(a, v))(b), np.linalg.solve(a, b.T).T, rtol=1e-12)
    many = rng.normal(size=(5, 3, 3))
    np.testing.assert_allclose(wg.vmap(lambda m: wg.solve(m, a))(many), np.linalg.solve(many, a), rtol=1e-10)
    np.testing.assert_allclose(wg.vmap(lambda m: wg.det(m) + wg.trace(wg.inv(m)))(many),
                               np.linalg.det(many) + np.trace(np.linalg.inv(many), axis1=1, axis2=2), rtol=1e-10)


@pytest.mark.parametrize(("build", "error", "message"), [
    (lambda a, b: ops.det(b), ShapeError, r"det: needs square matrices, got f64\[3,4\]"),
    (lambda a, b: ops.cofactor(b), ShapeError, r"cofactor: needs square matrices, got f64\[3,4\]"),
    (lambda a, b: ops.solve(b, a), ShapeError, r"solve: needs square matrices, got f64\[3,4\]"),
    (lambda a, b: ops.solve(a, b), ShapeError, r"solve: right sides must be rows of 3 elements for each matrix of f64\[3,3\], got"),
    (lambda a, b: ops.solve(a, ops.cast(a, dtype="float32")), DTypeError, r"solve: operands must have one dtype, got f64\[3,3\] and f32"),
    (lambda a, b: ops.det(ops.cast(a, dtype="int64")), DTypeError, r"det: takes floats, got i64\[3,3\]"),
    (lambda a, b: wg.solve(a, ops.transpose(b, axes=(1, 0))), ShapeError, r"solve: f64\[3,3\] and f64\[4,3\] must have equally many rows"),
    (lambda a, b: wg.inv(b), ShapeError, r"inv: needs square matrices, got f64\[3,4\]"),
    (lambda a, b: wg.matrix_power(b, 2), ShapeError, r"matrix_power: needs square matrices, got f64\[3,4\]"),
])
def test_mistakes(build, error, message):
    with pytest.raises(error, match=message):
        build(wg.symbol("a", (3, 3)), wg.symbol("b", (3, 4)))


# Matrices as they come about: n by n from a flat array v of b*n*n numbers, of which only some have a buffer of this shape.
MADE = {
    "reshaped": lambda v, b, n: v.reshape(b, n, n)[0] if b > 1 else v.reshape(n, n),
    "a batch": lambda v, b, n: v.reshape(b, n, n),
    "a batch of batches": lambda v, b, n: v.reshape(b, 1, n, n),
    "transposed": lambda v, b, n: v.reshape(b, n, n)[b - 1].T,
    "a batch transposed": lambda v, b, n: library.matrix_transpose(v.reshape(b, n, n)),
    "transposed twice": lambda v, b, n: library.sin(v.reshape(b, n, n)[0].T).T,
    "reshaped from rows": lambda v, b, n: v.reshape(n * b, n)[b * n - n:],
    "through axes of one": lambda v, b, n: v.reshape(1, b, n, 1, n)[0, :, :, 0],
    "computed": lambda v, b, n: library.sin(v).reshape(b, n, n),
    "a piece": lambda v, b, n: library.concatenate([v, v])[n * n // 2:n * n // 2 + n * n].reshape(n, n),
    "of numbers": lambda v, b, n: library.stack([v[k] for k in range(n * n)]).reshape(n, n),
    "repeated": lambda v, b, n: library.broadcast_to(v.reshape(b, n, n)[:1], (3, n, n)),
    "exchanged rows": lambda v, b, n: v.reshape(b, n, n)[:, ::-1],
}
ASKED = {
    "det": lambda a, w: [ops.det(a)],
    "cofactor": lambda a, w: [ops.cofactor(a)],
    "solve": lambda a, w: [library.solve(a, w), library.solve(library.matrix_transpose(a), w)],
    "inv": lambda a, w: [library.inv(a)],
    "gradients": lambda a, w: [wg.grad(library.sum(library.sin(f)), w) for f in (library.det(a) * w[0, 0], library.solve(a, w))],
}


@pytest.mark.parametrize("asked", ASKED)
@pytest.mark.parametrize("made", MADE)
@pytest.mark.parametrize(("b", "n"), [(1, 1), (2, 3), (1, 6)])
def test_matrices_of_any_making(made, asked, b, n):
    """LAPACK works on what lies in memory, whose own shape may be another than the matrices'."""
    v = (rng.normal(size=(b, n, n)) + 3 * np.eye(n)).ravel()
    native, interpreted = both(lambda v, w: ASKED[asked](MADE[made](v, b, n), w), v, rng.normal(size=(n, 2)))
    for x, y in zip(native, interpreted):
        np.testing.assert_allclose(x, y, rtol=1e-8, atol=1e-8 * max(1, np.abs(y).max(initial=0)))
    if asked in ("det", "cofactor", "inv"):
        gradient = both(lambda v: [wg.grad(library.sum(library.sin(ASKED[asked](MADE[made](v, b, n), None)[0])), v)], v)
        np.testing.assert_allclose(gradient[0][0], gradient[1][0], rtol=1e-7, atol=1e-7 * max(1, np.abs(gradient[1][0]).max()))


def test_one_array_read_as_matrices_of_several_sizes():
    shapes = (4, 3, 3), (6, 6), (9, 2, 2), (1, 6, 6)
    v = rng.normal(size=36)
    native, interpreted = both(lambda v: [ops.det(x.reshape(shape)) for x in (v, library.sin(v)) for shape in shapes], v)
    for x, y in zip(native, interpreted):
        np.testing.assert_allclose(x, y, rtol=1e-9)
    for x, shape in zip(native, shapes):
        np.testing.assert_allclose(x, np.linalg.det(v.reshape(shape)), rtol=1e-9)


def test_a_batch_of_a_size_known_at_the_call():
    x, w = wg.symbol("x", ("k", 9)), wg.symbol("w", 3)
    a = x.reshape(-1, 3, 3)
    f = wg.function([x, w], [library.det(a), library.solve(a, w), wg.grad(library.sum(library.det(a)), x)])
    for k in (0, 1, 5):
        matrices, sides = rng.normal(size=(k, 3, 3)) + 3 * np.eye(3), rng.normal(size=3)
        determinant, solution, gradient = f(matrices.reshape(k, 9), sides)
        np.testing.assert_allclose(determinant, np.linalg.det(matrices))
        np.testing.assert_allclose(solution, np.linalg.solve(matrices, np.broadcast_to(sides[:, None], (k, 3, 1)))[..., 0])
        inverse = np.linalg.inv(matrices).swapaxes(-1, -2) if k else matrices
        np.testing.assert_allclose(gradient, (inverse * determinant[:, None, None]).reshape(k, 9))
