"""Matrices, indexed arrays, sums and products of SymPy: values against NumPy and SymPy, derivatives against differences."""
import math

import numpy as np
import pytest
import sympy
from sympy.codegen.matrix_nodes import MatrixSolve
from sympy.combinatorics import Permutation
from sympy.matrices import expressions as m

from wengert.compiler.frontend.sympy import from_sympy, lambdify
from wengert.ir.errors import ArgumentError, ExpressionError, ShapeError

rng = np.random.default_rng(3)
a, b = sympy.symbols("a b")
n, k, i, j = sympy.symbols("n k i j", integer=True)
M = sympy.MatrixSymbol("M", 3, 3)
B = sympy.MatrixSymbol("B", 3, 4)
N = sympy.MatrixSymbol("N", n, n)
v = sympy.MatrixSymbol("v", n, 1)
x = sympy.IndexedBase("x")
AT = {M: rng.normal(size=(3, 3)), B: rng.normal(size=(3, 4)), N: rng.normal(size=(5, 5)), v: rng.normal(size=(5, 1)), a: 0.7}

MATRICES = [
    (M * B, lambda M, B: M @ B), (M * M * B + 2 * B, lambda M, B: M @ M @ B + 2 * B), (M.T * B, lambda M, B: M.T @ B),
    (a * M * B, lambda a, M, B: a * M @ B), (B * B.T - M, lambda M, B: B @ B.T - M), (M**3, lambda M: M @ M @ M),
    (M**0, lambda M: np.eye(3)),
    (sympy.Trace(M * M), lambda M: np.trace(M @ M)), (M.inv() * B, lambda M, B: np.linalg.solve(M, B)),
    (M.inv(), lambda M: np.linalg.inv(M)),
    (B.T * M.inv(), lambda M, B: B.T @ np.linalg.inv(M)), (M**-3, lambda M: np.linalg.matrix_power(M, -3)),
    (2 * M.inv() * M.T.inv() * B, lambda M, B: 2 * np.linalg.solve(M, np.linalg.solve(M.T, B))),
    (N.inv() * v, lambda N, v: np.linalg.solve(N, v)),
    (sympy.Determinant(M), lambda M: np.linalg.det(M)), (sympy.Determinant(N) * a, lambda N, a: np.linalg.det(N) * a),
    (sympy.Determinant(M * M.T) + sympy.Trace(N.inv()), lambda M, N: np.linalg.det(M @ M.T) + np.trace(np.linalg.inv(N))),
    (sympy.Determinant(sympy.Matrix(2, 2, lambda r, c: a**r + c)), lambda a: 1 * (a + 1) - 2 * a),
    (m.HadamardProduct(B, B, 2 * B), lambda B: 2 * B**3), (m.HadamardPower(B, 2), lambda B: B**2),
    (m.KroneckerProduct(M, B), lambda M, B: np.kron(M, B)),
    (m.BlockMatrix([[M, B], [2 * M, B]]), lambda M, B: np.block([[M, B], [2 * M, B]])),
    (m.BlockDiagMatrix(M, B), lambda M, B: np.block([[M, np.zeros((3, 4))], [np.zeros((3, 3)), B]])),
    (B[0:2, 1:4:2], lambda B: B[0:2, 1:4:2]), (B[1, 2] * M[0, 0], lambda M, B: B[1, 2] * M[0, 0]),
    (M + m.Identity(3), lambda M: M + np.eye(3)), (m.ZeroMatrix(2, 3) * M + m.OneMatrix(2, 3), lambda M: np.ones((2, 3))),
    (M * sympy.Matrix([1, a, 0]), lambda M, a: M @ np.array([[1], [a], [0]])),
    (M * sympy.Matrix([1, 2, 3]), lambda M: M @ [[1], [2], [3]]),
    (M * sympy.SparseMatrix(3, 3, {(0, 1): a}), lambda M, a: M @ np.array([[0, a, 0], [0, 0, 0], [0, 0, 0]])),
    (B.applyfunc(sympy.exp), lambda B: np.exp(B)),
    (m.FunctionMatrix(3, 3, sympy.Lambda((i, j), 10 * i + j)) * M, lambda M: (10 * np.arange(3)[:, None] + np.arange(3)) @ M),
    (m.DiagonalOf(M), lambda M: np.diag(M)[:, None]),
    (m.DiagonalMatrix(M), lambda M: np.diag(np.diag(M))), (m.Adjoint(B), lambda B: B.T),
    (m.DotProduct(M[:, 0], M[:, 1]), lambda M: M[:, 0] @ M[:, 1]),
    (sympy.Matrix([[sympy.Trace(M), a]]), lambda M, a: [[np.trace(M), a]]),
    (N * v, lambda N, v: N @ v), ((v.T * N * v)[0, 0], lambda N, v: (v.T @ N @ v)[0, 0]),
    (N + m.Identity(n) * n, lambda N: N + 5 * np.eye(5)),
    (N[n - 1, 0] + N[0, n - 2], lambda N: N[4, 0] + N[0, 3]), (N[0:n - 1, 1:n], lambda N: N[:-1, 1:]),
]


@pytest.mark.parametrize(("expr", "meaning"), MATRICES, ids=[f"{at} {expr}"[:40] for at, (expr, _) in enumerate(MATRICES)])
def test_matrix_expressions(expr, meaning):
    names = list(meaning.__code__.co_varnames)
    args = [next(s for s in AT if str(s) == name) for name in names]
    values = [AT[s] for s in args]
    want = np.asarray(meaning(*values))
    got = lambdify(args, expr)(*values)
    np.testing.assert_allclose(got, want, rtol=1e-13, atol=1e-13)
    assert np.shape(got) == want.shape


@pytest.mark.parametrize("expr", [
    m.MatrixPermute(B, Permutation([1, 2, 0])), m.PermutationMatrix(Permutation([1, 2, 0])) * B, m.DiagMatrix(B[:, 0]),
    B.applyfunc(sympy.Lambda(a, sympy.sin(a) ** 2)), m.BlockMatrix([[B, B]])[0, 5] * m.OneMatrix(1, 1), 2 * B.T[1:, :],
], ids=str)
def test_matrix_expressions_as_sympy_has_them(expr):
    want = np.array(expr.as_explicit().subs({B[r, c]: AT[B][r, c] for r in range(3) for c in range(4)}).tolist(), float)
    np.testing.assert_allclose(lambdify([B], expr)(AT[B]), want, rtol=1e-13, atol=1e-14)


@pytest.mark.parametrize(("args", "expr"), [
    ([M, B], sympy.Trace(B.T * M * B)), ([N, v], (v.T * N * v)[0, 0]), ([v, a], a**2 * (v.T * v)[0, 0]),
    ([M, a], M[0, 1] * sympy.sin(a * M[1, 1])), ([N, v], (v.T * N.inv() * v)[0, 0]), ([N], sympy.log(sympy.Determinant(N) ** 2)),
    ([M], sympy.Determinant(M) * sympy.Trace(M.inv())), ([N], sympy.Sum(N[i, j] ** 2 * N[j, i], (i, 0, n - 1), (j, 0, n - 1))),
], ids=str)
def test_derivatives_by_arrays(args, expr):
    """Against central differences, element by element in the order of the arguments; the Hessian is symmetric."""
    values = [AT[s] for s in args]
    f = lambdify(args, expr, "hessian")
    value, gradient, hessian = f(*values)
    assert value == lambdify(args, expr)(*values)
    flat = np.concatenate([np.ravel(value) for value in values])

    def at(point):
        cuts = np.cumsum([np.size(value) for value in values])[:-1]
        return [part.reshape(np.shape(value)) if np.shape(value) else float(part[0]) for part, value in zip(np.split(point, cuts), values)]

    step = 1e-5 * np.eye(len(flat))
    np.testing.assert_allclose(gradient, [(f(*at(flat + s))[0] - f(*at(flat - s))[0]) / 2e-5 for s in step], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(hessian, [(f(*at(flat + s))[1] - f(*at(flat - s))[1]) / 2e-5 for s in step], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-14 * max(1, np.abs(hessian).max() * 100))


def test_jacobian_of_a_matrix_expression():
    value, jacobian = lambdify([N, v], N * v, "jacobian", wrt=v)(AT[N], AT[v])
    assert value.shape == (5, 1)
    np.testing.assert_allclose(jacobian, AT[N], rtol=1e-14)  # a column counts as a list
    _, jacobian = lambdify([M, B], M * B, "jacobian", wrt=[B])(AT[M], AT[B])
    assert jacobian.shape == (3, 4, 12)


def test_elements_of_an_array_keep_their_sparsity():
    y = sympy.IndexedBase("y", shape=(4,))
    at = np.array([2.0, 3.0, 4.0, 5.0])
    value, jacobian = lambdify([a, y], [y[0] * y[1], a * y[3], 7], "jacobian", sparse=True)(10.0, at)
    assert jacobian.nnz == 4
    np.testing.assert_array_equal(jacobian.toarray(), [[0, 3, 2, 0, 0], [5, 0, 0, 0, 10], [0, 0, 0, 0, 0]])
    np.testing.assert_array_equal(value, [6, 50, 7])
    value, gradient, hessian = lambdify([a, y], a * y[1] ** 2, "hessian", sparse=True)(10.0, at)
    assert gradient.tolist() == [9, 0, 60, 0, 0] and hessian.nnz == 3


# ----------------------------------------------------------------------------------------------- sums and products

def test_sums_over_arrays_of_any_size():
    at = rng.normal(size=6)
    y = sympy.IndexedBase("y", shape=(n,))
    cases = [
        (sympy.Sum(y[i], (i, 0, n - 1)), at.sum()), (sympy.Sum((y[i + 1] - y[i]) ** 2, (i, 0, n - 2)), (np.diff(at) ** 2).sum()),
        (sympy.Sum(y[2 * i + 1], (i, 0, sympy.floor(n / 2) - 1)), at[1::2].sum()),
        (sympy.Sum(i * y[i], (i, 0, n - 1)), at @ np.arange(6)),
        (sympy.Product(y[i], (i, 1, n - 1)), at[1:].prod()), (sympy.Sum(y[i] * y[j], (i, 0, n - 1), (j, 0, n - 1)), at.sum() ** 2),
        (sympy.Sum(y[i] * y[j], (j, 0, i), (i, 0, n - 1)), sum(at[p] * at[q] for p in range(6) for q in range(p + 1))),
        (sympy.Sum(y[sympy.Mod(i, 2)] * y[i**2], (i, 0, 2)), sum(at[p % 2] * at[p * p] for p in range(3))),
        (sympy.Sum(sympy.Sum(y[i], (i, 0, j)) ** 2, (j, 0, n - 1)), (np.cumsum(at) ** 2).sum()),
        (sympy.Sum(y[n - 1 - i], (i, 0, n - 1)), at.sum()),
        (sympy.Sum(sympy.Piecewise((y[i], y[i] > 0), (0, True)), (i, 0, n - 1)), at[at > 0].sum()),
        (sympy.Sum(y[0] * a, (i, 0, n - 1)), 6 * at[0] * 0.7),
    ]
    for expr, want in cases:
        assert lambdify([y, a], expr)(at, 0.7) == pytest.approx(want, rel=1e-13), expr


def test_sums_of_a_number_of_terms_that_the_call_gives():
    f = lambdify([a, n], sympy.Sum(a**k / sympy.factorial(k), (k, 0, n)), "gradient", wrt=a)
    value, gradient = f(0.5, 25)
    assert value == pytest.approx(np.exp(0.5), rel=1e-14) and gradient[0] == pytest.approx(np.exp(0.5), rel=1e-14)
    assert f(0.5, 0)[0] == 1.0 and f(n=3.0, a=2.0)[0] == pytest.approx(1 + 2 + 2 + 8 / 6)
    assert lambdify([a, n], sympy.Product(a + k, (k, 1, n)))(0.5, 4) == pytest.approx(1.5 * 2.5 * 3.5 * 4.5)
    assert lambdify([a, n], sympy.Product(a - k, (k, 1, n)), "gradient", wrt=a)(2.0, 3)[1][0] == -1.0  # a zero among the factors
    assert lambdify([n], sympy.Sum(k, (k, 1, n)) / n)(10) == 5.5  # the number itself is a number too
    assert lambdify([n], sympy.Sum(k, (k, 1, n)))(0) == 0.0
    assert lambdify([x, n], sympy.Sum(x[i], (i, 0, n - 1)))(np.arange(9.0), 4) == 6.0
    for wrong, said in (-2, "-2"), (2.5, "2.5"), ("3", "'3'"), (10**12, "1000000000000"), (1e300, r"1e\+300"), (2**63, str(2**63)), (
            math.inf, "inf"), (math.nan, "nan"), (10**6000, "an integer of 19932 bits"):
        with pytest.raises(ArgumentError, match=f"argument n: expected a number of elements or terms, an integer from 0 on .*got {said}$"):
            f(0.5, wrong)
    with pytest.raises(ArgumentError, match="missing argument n; it takes"):
        f(0.5)


def test_the_range_of_a_sum_follows_sympy():
    for expr in (sympy.Sum(k, (k, 5, 2)), sympy.Product(k, (k, 5, 2)), sympy.Sum(k, (k, 3, 2)), sympy.Sum(k * i, (k, 1, i), (i, 1, 4))):
        assert lambdify([a], expr)(1.0) == pytest.approx(float(expr.doit()), rel=1e-15)


def test_a_range_that_would_count_backwards_is_never_a_wrong_number():
    """SymPy's doit counts its terms with the other sign, SymPy's lambdify leaves them out."""
    low, last = sympy.symbols("low last", integer=True)
    f = lambdify([low, last], [sympy.Sum(k**2, (k, low, last)), sympy.Product(k, (k, low, last))])
    for first, end in ((1, 3), (4, 3), (5, 4)):
        want = [float(e(k, (k, first, end)).doit()) for e in (lambda x, r: sympy.Sum(x**2, r), sympy.Product)]
        np.testing.assert_allclose(f(first, end), want, rtol=1e-15)
    with pytest.raises(ArgumentError, match=r"the size last-low\+1 of .* must not be negative .*\(last = 1, low = 5\)"):
        f(5, 1)
    for inner in ((k, i, 3), (k, 2 * i, n), (k, i + 1, n), (k, 1, n - i), (k, i - 1, 3)):
        for expr in (sympy.Sum(k * i, inner, (i, 1, n)), sympy.Product(k + i, inner, (i, 1, n))):
            g = lambdify([n], expr)
            for count in range(1, 7):
                ranges = [sympy.Tuple(*inner).subs({i: p, n: count}) for p in range(1, count + 1)]
                if min(end - first for _, first, end in ranges) < -1:
                    assert np.isnan(g(count)), (expr, count)
                else:
                    assert g(count) == pytest.approx(float(expr.subs(n, count).doit()), rel=1e-14), (expr, count)
    # three deep: what the middle range leaves out does not count
    three = sympy.Sum(k, (k, i, j), (j, i, n), (i, 1, n))
    assert lambdify([n], three)(5) == pytest.approx(float(three.subs(n, 5).doit()), rel=1e-14)
    with pytest.raises(ExpressionError, match=r"range from 1 to i - 3 would count backwards for some i.* where i - 3 is at least 0"):
        lambdify([n], sympy.Sum(k, (k, 1, i - 3), (i, 1, n)))


def test_points_do_not_go_with_a_number_of_terms_from_the_call():
    f = lambdify([n, a], sympy.Sum(a * k, (k, 1, n)))
    for points in np.arange(4.0), [1.0, 2.0]:
        with pytest.raises(ArgumentError, match=r"argument a: .* fixed sizes, but n is known at the call only: call once for each point$"):
            f(3, points)
    arrays = [(np.array([1, 2]), r"an array of shape \(2,\)"), (np.ones((2, 3)), r"an array of shape \(2, 3\)"), ([5], "a list of 1")]
    for bounds, said in arrays:
        with pytest.raises(ArgumentError, match=rf"argument n: .* got {said}; it is one for a whole call, so call once for each$"):
            f(bounds, 1.0)


def test_an_index_reads_only_what_is_there():
    y = sympy.IndexedBase("y", shape=(5,))
    with pytest.raises(ShapeError, match=r"-1:4 does not lie|-1:4:1 does not lie in an axis of size 5"):
        lambdify([y], sympy.Sum(y[i - 1], (i, 0, 4)))
    f = lambdify([x, n], sympy.Sum(x[i], (i, 0, n - 1)))
    with pytest.raises(ArgumentError, match=r"0:n must lie in an axis of size x_0 of f64\[x_0\]"):
        f(np.zeros(3), 4)
    g = lambdify([x, k], x[k] * 2)
    assert g(np.arange(4.0), 3) == 6.0
    with pytest.raises(ArgumentError, match="the index 4 is out of bounds for an axis of size 4"):
        g(np.arange(4.0), 4)


def test_an_index_is_an_integer_argument_and_may_be_a_number_too():
    f = lambdify([x, k, a], x[k] * k + x[k + 1] * a)
    assert f(np.arange(4.0), 2, 10.0) == 34.0
    with pytest.raises(TypeError, match="argument k: expected i64"):
        f(np.arange(4.0), 2.5, 1.0)


def test_arrays_of_two_axes_and_plain_names():
    y = sympy.IndexedBase("y")
    at = rng.normal(size=(3, 4))
    assert lambdify([y], y[1, 2] + y[0, 0])(at) == at[1, 2] + at[0, 0]
    assert lambdify([sympy.Symbol("y")], y[1, 2])(at) == at[1, 2]  # SymPy's printer knows arrays by name, too
    assert str(from_sympy(y[0, 1]).type) == "f64"


@pytest.mark.parametrize(("build", "message"), [
    (lambda: lambdify([a], x[0]), "x: it must be an argument of its own, and an array of 1 axes wherever it is used"),
    (lambda: lambdify([x], x[0] + x[0, 1]), "x: it must be an argument of its own, and an array of 1 axes wherever"),
    (lambda: lambdify([a], sympy.Sum(a**k, (k, 1, sympy.oo))), "needs two finite bounds to have finitely many terms"),
    (lambda: lambdify([a], sympy.Sum(a**k, (k, 0, b))), "b: it counts elements or terms, so it must be an argument of its own"),
    (lambda: lambdify([a], sympy.Sum(a**k, (k, 0, sympy.Rational(7, 2)))), "7/2 counts elements or terms, so it must be an integer"),
    (lambda: lambdify([a, n], sympy.Sum(a, (i, 0, n)), "gradient"), "n counts elements or terms, so there is no derivative by it"),
    (lambda: lambdify([x, k], x[k], "gradient"), "k is an index, so there is no derivative by it"),
    (lambda: lambdify([M], sympy.sin(M[0, 0]) + sympy.Trace(N)), "N: it is not among the arguments"),
    (lambda: lambdify([M, a], M**a), "the power of a matrix must be a fixed integer"),
    (lambda: lambdify([M], m.Permanent(M)), r"Permanent\(M\): Permanent is not supported"),
    (lambda: lambdify([x, a], x[a / 2]), "the index a/2 is not an integer; round it with floor"),
    (lambda: lambdify([x], x[sympy.Rational(1, 2)]), "the index 1/2 is not an integer"),
    (lambda: lambdify([M], sympy.Sum(M[i, j], (i, 0, j), (j, 0, 2 + a))), "a: it counts elements or terms"),
    (lambda: lambdify([M], sympy.Sum(M[i, j], (i, 0, j**2), (j, 0, 1))), r"the bound j\*\*2 must depend on j by a whole multiple"),
])
def test_mistakes(build, message):
    with pytest.raises(ExpressionError, match=message):
        build()


def test_a_size_that_no_axis_is_by_itself():
    """It is solved from the axis; the message says which lengths there are."""
    n = sympy.Symbol("n", integer=True)
    odd = sympy.MatrixSymbol("odd", 2 * n + 1, 1)
    f = lambdify([odd], (odd.T * odd)[0, 0] * n + sympy.Sum(odd[i, 0], (i, 0, n)), "gradient")
    for half in (0, 1, 4):
        x = np.arange(2 * half + 1.0) - 1.5
        value, gradient = f(x[:, None])
        assert value == pytest.approx(half * x @ x + x[: half + 1].sum())
        np.testing.assert_allclose(gradient, 2 * half * x + (np.arange(2 * half + 1) <= half))
    with pytest.raises(ArgumentError, match=r"argument odd: expected f64\[2\*n\+1,1\], .*: no whole n from 0 on makes 2\*n\+1 = 4"):
        f(np.ones((4, 1)))


@pytest.mark.parametrize("nested", [False, True], ids=["numbers", "one list"])
@pytest.mark.parametrize("n", [2, 4])
def test_explicit_matrices_of_numbers(n: int, nested: bool) -> None:
    """Systems, inverses and determinants of matrices whose elements are arguments, with Jacobians."""
    elements, sides = sympy.symbols(f"m:{n * n}"), sympy.symbols(f"f:{n}")
    matrix, column = sympy.ImmutableMatrix(n, n, elements), sympy.ImmutableMatrix(sides)
    numbers = np.random.default_rng(n).normal(size=(n, n)) + 3 * np.eye(n)
    right = np.arange(1.0, n + 1)
    given = [*numbers.ravel(), *right]
    args, point = ([[*elements, *sides]], [np.array(given)]) if nested else ([*elements, *sides], given)
    inverse = np.linalg.inv(numbers)
    flat = np.linalg.det(numbers) * inverse.T
    for expression, wrt, value, slopes in (
        (MatrixSolve(matrix, column), sides, inverse @ right, inverse),
        (sympy.Inverse(matrix), elements, inverse, -np.einsum("ik,lj->ijkl", inverse, inverse)),
        (sympy.Determinant(matrix), elements, np.linalg.det(numbers), flat),
    ):
        got, jacobian = lambdify(args, expression, derivatives="jacobian", wrt=list(wrt))(*point)
        np.testing.assert_allclose(np.ravel(got), np.ravel(value), rtol=1e-12)
        np.testing.assert_allclose(np.ravel(jacobian), slopes.ravel(), rtol=1e-10, atol=1e-12)
