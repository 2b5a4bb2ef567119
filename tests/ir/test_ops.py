"""Every row of the table: what it evaluates to, what it declares, and what its type rule says to wrong operands.

The tests loop over the table, so a row is tested because it exists; `CASES` and `REFUSED` must name all other rows.
"""

import itertools
from functools import partial

import mpmath
import numpy as np
import pytest
import scipy.special
from hypothesis import given
from hypothesis import strategies as st

from wengert.ir import ops
from wengert.ir.attributes import KINDS
from wengert.ir.errors import ArgumentError, DTypeError, GraphError, ShapeError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.op import TABLE, Partials, Zero
from wengert.ir.ops.composite import COMPOSITE
from wengert.ir.ops.elementwise import UFUNCS
from wengert.ir.ops.external import EXTERNAL
from wengert.ir.ops.source import constant, filled, uniform
from wengert.ir.types import Poly, Type

N = Poly.name("n")
ELEMENTWISE = [op for op in TABLE.values() if op.elementwise and not op.attributes and op.name != "where"]
SPECIAL = {**EXTERNAL, **COMPOSITE}  # tests/ir/test_external.py and tests/special have these
OF_NUMPY = [op for op in ELEMENTWISE if op.name not in SPECIAL]
DTYPES = ("float64", "float32", "int64", "int32", "bool")
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, -1.5, 2.0, 3.7, -20.25, 100.0, 710.0, -746.0, 1e17, 1e-5, 1e-30, 1e30, -1e30, np.inf, -np.inf, np.nan]
# NumPy has no function for these rows, or one that leaves something open.
COUNTERPARTS = {
    "reciprocal": lambda x: 1 / x, "one_minus_square": lambda x: (1 - x) * (1 + x),
    "sigmoid": scipy.special.expit, "softplus": lambda x: np.logaddexp(x, np.zeros_like(x)),
    "erf": scipy.special.erf, "hypot3": lambda x, y, z: np.hypot(np.hypot(x, y), z),
    "erfc": scipy.special.erfc, "gamma": scipy.special.gamma, "gammaln": lambda x: gammaln(x), "digamma": scipy.special.digamma,
    "fresnel_sine": lambda x: turned(mpmath.sinpi, x), "fresnel_cosine": lambda x: turned(mpmath.cospi, x),
}


def turned(function, x):
    """sin(pi x^2 / 2) or the cosine, to all digits."""
    with mpmath.workdps(700):
        exact = [float(function(mpmath.mpf(float(v)) ** 2 / 2)) if np.isfinite(v) else np.nan for v in np.ravel(x)]
    return np.array(exact).astype(x.dtype).reshape(np.shape(x))


def gammaln(x):
    """SciPy's, but right where |x| is so small that 1/|x| overflows."""
    near = np.abs(x) < 1e-30
    return np.where(near, -np.log(np.abs(x)), scipy.special.gammaln(np.where(near, x.dtype.type(1), x)))


def special_values(dtype):
    """The values of a dtype that show mistakes first."""
    dtype = np.dtype(dtype)
    if dtype.kind == "b":
        return np.array([False, True])
    if dtype.kind == "i":
        info = np.iinfo(dtype)
        return np.array([0, 1, -1, 2, -2, 3, -3, 7, -8, 31, 64, 1000, info.max, info.min], dtype)
    info = np.finfo(dtype)
    with np.errstate(over="ignore"):
        return np.array([*FLOATS, info.tiny, -info.tiny, info.smallest_subnormal, info.max, -info.max], dtype)


def symbols(types):
    return [ops.input(name=f"x{k}", type=type) for k, type in enumerate(types)]


def run(build, *arrays):
    """The value of `build(symbols)` for arrays."""
    arrays = [np.asarray(a) for a in arrays]
    inputs = symbols([Type(a.dtype, a.shape) for a in arrays])
    return evaluate(Graph("f", inputs, [build(*inputs)]), *arrays)[0]


def rows():
    """Each elementwise row with each dtype it takes."""
    return [pytest.param(op, d, id=f"{op.name}-{d}") for op in OF_NUMPY for d in DTYPES if np.dtype(d).kind in op.takes]


@pytest.mark.parametrize(("op", "dtype"), rows())
def test_elementwise_rows_mean_their_counterparts(op, dtype):
    values = special_values(dtype)
    grid = [np.array(column) for column in zip(*itertools.product(values, repeat=op.arity))]
    got = run(op, *grid)
    if np.dtype(dtype).kind == "i":
        assert got.tolist() == [by_integers(op.name, dtype, *map(int, row)) for row in zip(*grid)]
        return
    function = COUNTERPARTS.get(op.name) or UFUNCS[op.name]
    with np.errstate(all="ignore"):
        expected = function(*grid)
    loose = op.name in COUNTERPARTS and op.name != "reciprocal"
    if not loose:
        np.testing.assert_array_equal(got, expected)
        if op.name not in ("maximum", "minimum"):
            assert np.array_equal(np.signbit(got), np.signbit(expected)) or got.dtype.kind == "b" or np.isnan(got).any()
    else:
        np.testing.assert_allclose(got, expected, rtol=20 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)


def by_integers(name, dtype, a, b=0):
    """What the integer rows mean, in Python's unbounded integers, wrapped to the dtype."""
    meaning = {
        "add": lambda: a + b, "subtract": lambda: a - b, "multiply": lambda: a * b, "negative": lambda: -a, "square": lambda: a * a,
        "abs": lambda: abs(a), "sign": lambda: (a > 0) - (a < 0), "floor": lambda: a, "ceil": lambda: a, "trunc": lambda: a,
        "power": lambda: power(a, b, dtype), "maximum": lambda: max(a, b), "minimum": lambda: min(a, b),
        "floor_divide": lambda: a // b if b else 0, "remainder": lambda: a % b if b else 0,
        "equal": lambda: a == b, "not_equal": lambda: a != b, "less": lambda: a < b, "less_equal": lambda: a <= b,
        "greater": lambda: a > b, "greater_equal": lambda: a >= b,
    }[name]()
    width = 8 * np.dtype(dtype).itemsize
    return meaning if isinstance(meaning, bool) else (meaning + 2 ** (width - 1)) % 2**width - 2 ** (width - 1)


def power(a, b, dtype):
    if b < 0:
        return {1: 1, -1: -1 if b % 2 else 1}.get(a, 0)
    return pow(a, b, 2 ** (8 * np.dtype(dtype).itemsize))


@pytest.mark.parametrize(("op", "dtype"), rows())
def test_rows_that_commute_do(op, dtype):
    if op.commutes:
        a, b = (np.array(column) for column in zip(*itertools.product(special_values(dtype), repeat=2)))
        one, other = run(op, a, b), run(op, b, a)
        np.testing.assert_array_equal(one, other)
        sure = ~np.isnan(one) if one.dtype.kind == "f" else np.full(one.shape, True)
        assert one[sure].tobytes() == other[sure].tobytes()


def test_the_extrema_order_the_zeros():
    a, b = np.array([0.0, -0.0, 0.0, -0.0]), np.array([-0.0, 0.0, 0.0, -0.0])
    assert np.signbit(run(ops.maximum, a, b)).tolist() == [False, False, False, True]
    assert np.signbit(run(ops.minimum, a, b)).tolist() == [True, True, False, True]


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_elementwise_rows_are_finite_where_tests_may_draw(op):
    dtype = "bool" if op.takes == "b" else "float64"
    assert len(op.sample) == op.arity
    rng = np.random.default_rng(1)
    arrays = [rng.uniform(max(low, -99), min(high, 99), 200).astype(dtype) for low, high in op.sample]
    assert np.isfinite(run(op, *arrays)).all()
    if isinstance(op.derivative, Partials):
        assert len(op.derivative.of) == op.arity
    else:
        assert isinstance(op.derivative, Zero)


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_partials_have_the_type_of_the_result(op):
    if isinstance(op.derivative, Partials):
        for dtype in ("float64", "float32"):
            args = symbols([Type(dtype, (N, 2))] * op.arity)
            y = op(*args)
            for part in op.derivative.of:
                if callable(part):
                    assert part(*args, y).type is y.type


@pytest.mark.parametrize("op", TABLE.values(), ids=lambda op: op.name)
def test_every_row_says_what_it_does(op):
    assert len(op.doc) >= 2 and op.name.isidentifier()
    assert set(op.attributes) <= set(KINDS)
    assert getattr(ops, op.name) is op


@given(st.integers(0, 3), st.floats(0.01, 60))
def test_polygamma_is_scipys(order, x):
    got = run(partial(ops.polygamma, order=order), np.array(x))
    expected = scipy.special.polygamma(order, x)
    np.testing.assert_allclose(got, expected, rtol=1e-13, atol=1e-15)


def test_polygamma_below_zero_and_at_the_ends():
    x = np.array([-0.5, -7.25, -1000.75, 1e300, 5e-324, np.inf, -np.inf, np.nan, -3.0, 0.0])
    got = run(partial(ops.polygamma, order=1), x)
    # mpmath.psi(1, x) at 50 digits
    np.testing.assert_allclose(got[:3], [8.9348022005446793, 19.610354539293269, 19.73821005070119], rtol=1e-13)
    np.testing.assert_array_equal(got[3:], [1e-300, np.inf, 0, np.nan, np.nan, np.inf, np.inf])


X = np.arange(24.0).reshape(2, 3, 4) - 7.5
V = np.array([3.0, -1.0, 0.0, 2.0])
A = np.array([[[2.0, -1, 0], [1, 3, 1], [0, 5, -4]], [[0, 1, 1], [1, 0, 1], [1, 1, 0]]])
# Row -> (build, arrays, NumPy's meaning). Sizes and operands differ, so that a swapped pair shows.
CASES = {
    "broadcast": (partial(ops.broadcast, shape=(2, 4, 3), axes=(1,)), [V], lambda v: np.stack([np.stack([v] * 3, 1)] * 2)),
    "reshape": (partial(ops.reshape, shape=(6, 4)), [X], lambda x: x.reshape(6, 4)),
    "transpose": (partial(ops.transpose, axes=(1, 2, 0)), [X], lambda x: x.transpose(1, 2, 0)),
    "slice": (partial(ops.slice, starts=(1, 0, 1), stops=(2, 3, 4), steps=(1, 2, 3)), [X], lambda x: x[1:2, 0:3:2, 1:4:3]),
    "pad": (partial(ops.pad, low=(1,), high=(2,), interior=(1,)), [V], lambda v: np.array([0, 3, 0, -1, 0, 0, 0, 2, 0, 0.0])),
    "flip": (partial(ops.flip, axes=(0, 2)), [X], lambda x: x[::-1, :, ::-1]),
    "concatenate": (partial(ops.concatenate, axis=1), [X, X[:, :1]], lambda a, b: np.concatenate([a, b], 1)),
    "gather": (partial(ops.gather, axes=(0, 2)), [X, np.array([1, -1, 0]), np.array([0, 3, -4])],
               lambda x, i, j: x.transpose(0, 2, 1)[i, j]),
    "scatter_add": (partial(ops.scatter_add, axes=(1,), shape=(2, 3)), [np.array([[1.0, 2], [3, 4], [5, 6]]), np.array([2, 0, -1])],
                    lambda x, i: np.array([[3, 0, 6], [4, 0, 8.0]])),
    "sum": (partial(ops.sum, axes=(0, 2)), [X], lambda x: x.sum((0, 2))),
    "prod": (partial(ops.prod, axes=(1,)), [X], lambda x: x.prod(1)),
    "max": (partial(ops.max, axes=(0, 1)), [X], lambda x: x.max((0, 1))),
    "min": (partial(ops.min, axes=(2,)), [X], lambda x: x.min(2)),
    "argmax": (partial(ops.argmax, axis=1), [np.array([[1, 5, 5], [np.nan, 9, 0]])], lambda x: np.array([1, 0])),
    "argmin": (partial(ops.argmin, axis=1), [np.array([[4, 1, 1], [2, np.nan, 0]])], lambda x: np.array([1, 1])),
    "cumsum": (partial(ops.cumsum, axis=1, reverse=True), [X], lambda x: x[:, ::-1].cumsum(1)[:, ::-1]),
    "linear_recurrence": (partial(ops.linear_recurrence, axis=0, reverse=False), [V, V + 1], lambda a, b: np.array([4, -4, 1, 5.0])),
    "where": (ops.where, [V > 1, V, 10 * V], lambda c, a, b: np.where(c, a, b)),
    "cast": (partial(ops.cast, dtype="int32"), [V * 1.5], lambda v: np.array([4, -1, 0, 3], "int32")),
    "polygamma": (partial(ops.polygamma, order=2), [np.array([0.5, 30.0])], lambda x: scipy.special.polygamma(2, x)),
    **{name: (partial(getattr(ops, name), order=3), [np.array([0.5, 7.5])], partial(function, 3)) for name, function in (
        ("besselj", scipy.special.jv), ("bessely", scipy.special.yv), ("besseli", scipy.special.iv), ("besselk", scipy.special.kv),
        ("spherical_jn", scipy.special.spherical_jn), ("spherical_yn", scipy.special.spherical_yn))},
    "hyp0f1_series": (partial(ops.hyp0f1_series, order=0), [V + 1.5, 9 * V], scipy.special.hyp0f1),
    "hyp1f1_series": (
        partial(ops.hyp1f1_series, order=0), [V, V + 1.5, V * V], lambda a, b, x: np.exp(-x / 2) * scipy.special.hyp1f1(a, b, x)),
    "hyp2f1_series": (partial(ops.hyp2f1_series, order=0), [V, V + 0.5, V + 1.5, 0.4 - V], scipy.special.hyp2f1),
    "matmul": (ops.matmul, [X, X.transpose(0, 2, 1)[:, :, :2]], np.matmul),
    "solve": (ops.solve, [A, X[:, :2, :3]], lambda a, b: np.linalg.solve(a, b.transpose(0, 2, 1)).transpose(0, 2, 1)),
    "det": (ops.det, [A], np.linalg.det),
    "cofactor": (ops.cofactor, [A], lambda a: np.linalg.det(a)[:, None, None] * np.linalg.inv(a).transpose(0, 2, 1)),
    "stop_gradient": (ops.stop_gradient, [X], lambda x: x),
    "iota": (lambda: ops.iota(shape=(2, 3), axis=1, dtype="int32"), [], lambda: np.array([[0, 1, 2], [0, 1, 2]], "int32")),
    "const": (lambda: constant(X), [], lambda: X),
    "size": (lambda v: ops.size(dim=7), [V], lambda v: np.int64(7)),
}
WITH_REGIONS = {"scan", "cond", "custom", "item", "integral"}  # tests/ir/test_regions.py, tests/compiler/test_sympy_integrals.py


def test_every_row_is_tested():
    assert set(TABLE) == {op.name for op in ELEMENTWISE} | set(CASES) | set(COMPOSITE) | WITH_REGIONS | {"input"}


@pytest.mark.parametrize("name", CASES)
def test_structural_rows_mean_numpys(name):
    build, arrays, meaning = CASES[name]
    got = run(build, *arrays)
    expected = np.asarray(meaning(*arrays))
    assert got.dtype == expected.dtype and got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize(("a", "b"), [
    ((4,), (4,)), ((3, 4), (4,)), ((3,), (3, 4)), ((2, 3, 4), (2, 4, 5)), ((2, 0), (0, 3)), ((0, 2), (2, 3)),
])
@pytest.mark.parametrize("dtype", ["float64", "int32"])
def test_matrix_products(a, b, dtype):
    rng = np.random.default_rng(3)
    a, b = rng.integers(-5, 5, a).astype(dtype), rng.integers(-5, 5, b).astype(dtype)
    got = run(ops.matmul, a, b)
    assert got.dtype == dtype and np.array_equal(got, a @ b)


@pytest.mark.parametrize("interior", [0, 1, 2])
@pytest.mark.parametrize("n", [0, 1, 3])
def test_a_pad_undoes_a_slice(n, interior):
    low, high = 2, interior + 1  # room for the empty axis, whose padded size is linear in n
    x = np.arange(1.0, n + 1)
    wide = run(partial(ops.pad, low=(low,), high=(high,), interior=(interior,)), x)
    assert wide.shape == (low + n * (interior + 1) - interior + high,)
    assert wide[low::interior + 1][:n].tolist() == x.tolist() and wide.sum() == x.sum()


@pytest.mark.parametrize(("value", "dtype", "expected"), [
    (1e300, "int32", 2**31 - 1), (-np.inf, "int64", -(2**63)), (np.nan, "int64", 0), (-2.9, "int32", -2), (2.0**63, "int64", 2**63 - 1),
    (np.float32(2**31), "int32", 2**31 - 1), (np.float32(-(2**31)), "int32", -(2**31)), (1e300, "float32", np.inf),
    (0.1, "float32", np.float32(0.1)),
    (np.nan, "bool", True), (-0.0, "bool", False), (True, "float64", 1.0), (np.int64(2**40 + 5), "int32", 5),
    (np.int64(2**53 + 1), "float64", 2.0**53),
])
def test_casts(value, dtype, expected):
    got = run(partial(ops.cast, dtype=dtype), value)
    assert got.dtype == dtype and got == expected


@pytest.mark.parametrize(("op", "index", "message"), [
    (ops.gather, 3, r"gather: the index 3 is out of bounds for an axis of size 3 \(test_ops.py:\d+\)"),
    (ops.gather, -4, r"gather: the index -4 is out of bounds for an axis of size 3"),
    (partial(ops.scatter_add, shape=(3,)), 7, r"scatter_add: the index 7 is out of bounds for an axis of size 3"),
])
def test_an_index_out_of_bounds(op, index, message):
    with pytest.raises(ArgumentError, match=message):
        run(lambda x, i: op(x, i, axes=(0,)), np.arange(3.0), np.array([0, index, 1]))


def t(text):
    """A symbol of the type that the text names."""
    from wengert.ir.text import parse

    return parse(f"graph f(x: {text}) {{ return x }}").inputs[0]


BODY = Graph("body", [t("f64")], [t("f64")])
REFUSED = [
    (lambda: ops.add(t("f64[3]"), t("f64[4]")), ShapeError, "add: operands must have one type, got f64[3] and f64[4]"),
    (lambda: ops.add(t("f64[3]"), t("f32[3]")), DTypeError, "add: operands must have one type, got f64[3] and f32[3]"),
    (lambda: ops.add(t("f64[n]"), t("f64[m]")), ShapeError, "add: operands must have one type, got f64[n] and f64[m]"),
    (lambda: ops.sin(t("i64[3]")), DTypeError, "sin: takes floats, got i64[3]"),
    (lambda: ops.logical_and(t("f64"), t("f64")), DTypeError, "logical_and: takes bool, got f64"),
    (lambda: ops.negative(t("bool")), DTypeError, "negative: takes numbers, got bool"),
    (lambda: ops.where(t("f64[3]"), t("f64[3]"), t("f64[3]")), DTypeError, "where: the condition must be bool, got f64[3]"),
    (lambda: ops.where(t("bool[3]"), t("f64[3]"), t("f64[4]")), ShapeError, "where: branches must have one type, got f64[3] and f64[4]"),
    (lambda: ops.where(t("bool[3]"), t("f64[3]"), t("f32[3]")), DTypeError, "where: branches must have one type, got f64[3] and f32[3]"),
    (lambda: ops.where(t("bool[4]"), t("f64[3]"), t("f64[3]")), ShapeError,
     "where: condition and branches must have one shape, got bool[4] and f64[3]"),
    (lambda: ops.cast(t("f64"), dtype="complex64"), DTypeError,
     "dtype: expected one of float64, float32, int64, int32, bool, got complex64"),
    (lambda: ops.broadcast(t("f64[3]"), shape=(2, 4), axes=(1,)), ShapeError, "broadcast: axis 0 of f64[3] must equal axis 1 of [2,4]"),
    (lambda: ops.broadcast(t("f64[3]"), shape=(2, 3), axes=(2,)), ShapeError,
     "broadcast: axes must be 1 increasing axes of [2,3], got [2]"),
    (lambda: ops.reshape(t("f64[n,4]"), shape=(N, 5)), ShapeError,
     "reshape: cannot reshape f64[n,4] into [n,5]: the numbers of elements differ"),
    (lambda: ops.transpose(t("f64[3,4]"), axes=(0, 0)), ShapeError, "transpose: axes must be a permutation of the 2 axes, got [0, 0]"),
    (lambda: ops.slice(t("f64[3,4]"), starts=(0,), stops=(3,), steps=(1,)), ShapeError,
     "slice: needs a start, stop and step for each of the 2 axes of f64[3,4]"),
    (lambda: ops.slice(t("f64[3]"), starts=(1,), stops=(4,), steps=(1,)), ShapeError,
     "slice: 1:4:1 does not lie in an axis of size 3 of f64[3]"),
    (lambda: ops.slice(t("f64[n]"), starts=(0,), stops=(N + 1,), steps=(1,)), ShapeError,
     "slice: 0:n+1:1 does not lie in an axis of size n of f64[n]"),
    (lambda: ops.slice(t("f64[3]"), starts=(0,), stops=(3,), steps=(0,)), ShapeError,
     "slice: 0:3:0 does not lie in an axis of size 3 of f64[3]"),
    (lambda: ops.pad(t("f64[3]"), low=(-1,), high=(2,), interior=(0,)), ShapeError, "pad: widths must not be negative, got -1"),
    (lambda: ops.pad(t("f64[3]"), low=(1, 1), high=(2,), interior=(0,)), ShapeError,
     "pad: needs low, high and interior for each of the 1 axes of f64[3]"),
    (lambda: ops.flip(t("f64[3]"), axes=(1,)), ShapeError, "flip: axes [1] are not all axes of f64[3]"),
    (lambda: ops.concatenate(t("f64[3,4]"), t("f64[3,5]"), axis=0), ShapeError,
     "concatenate: shapes may differ along axis 0 only, got f64[3,4] and f64[3,5]"),
    (lambda: ops.concatenate(t("f64[3]"), t("f32[4]"), axis=0), DTypeError,
     "concatenate: operands must have one dtype, got f64[3] and f32[4]"),
    (lambda: ops.concatenate(t("f64"), axis=0), ShapeError, "concatenate: axis 0 is not an axis of f64"),
    (lambda: ops.gather(t("f64[3]"), t("f64[2]"), axes=(0,)), DTypeError, "gather: an index array must be of integers, got f64[2]"),
    (lambda: ops.gather(t("f64[3]"), t("i64[2]"), axes=(1,)), ShapeError, "gather: axes [1] are not all axes of a rank 1 array"),
    (lambda: ops.gather(t("f64[3,4]"), t("i64[2]"), t("i64[5]"), axes=(0, 1)), ShapeError,
     "gather: index arrays must have one shape, got i64[2] and i64[5]"),
    (lambda: ops.gather(t("f64[3]"), axes=()), ShapeError, "gather: needs one index array for each of the increasing axes []"),
    (lambda: ops.scatter_add(t("f64[3]"), t("i64[2]"), axes=(0,), shape=(5,)), ShapeError,
     "scatter_add: values must be of shape [2], got f64[3]"),
    (lambda: ops.sum(t("f64[3,4]"), axes=(1, 0)), ShapeError, "sum: axes must be increasing axes of f64[3,4], got [1, 0]"),
    (lambda: ops.prod(t("bool[3]"), axes=(0,)), DTypeError, "prod: expected numbers, got bool[3]"),
    (lambda: ops.max(t("f64[3,0]"), axes=(1,)), ShapeError, "max: an empty axis of f64[3,0] has no max"),
    (lambda: ops.min(t("f64[3]"), axes=(1,)), ShapeError, "min: axes must be increasing axes of f64[3], got [1]"),
    (lambda: ops.argmax(t("f64[3]"), axis=1), ShapeError, "argmax: axis 1 is not an axis of f64[3]"),
    (lambda: ops.argmin(t("f64[0]"), axis=0), ShapeError, "argmin: an empty axis of f64[0] has no argmin"),
    (lambda: ops.cumsum(t("f64[3]"), axis=2, reverse=False), ShapeError, "cumsum: axis 2 is not an axis of f64[3]"),
    (lambda: ops.linear_recurrence(t("f64[3]"), t("f64[4]"), axis=0, reverse=False), ShapeError,
     "linear_recurrence: operands must have one type, got f64[3] and f64[4]"),
    (lambda: ops.matmul(t("f64[3,4]"), t("f64[5,6]")), ShapeError, "matmul: inner sizes must be equal, got f64[3,4] and f64[5,6]"),
    (lambda: ops.matmul(t("f64[3,4]"), t("f32[4,5]")), DTypeError,
     "matmul: operands must be numbers of one dtype, got f64[3,4] and f32[4,5]"),
    (lambda: ops.matmul(t("f64"), t("f64[4]")), ShapeError, "matmul: operands must have at least one axis, got f64 and f64[4]"),
    (lambda: ops.matmul(t("f64[2,3,4]"), t("f64[5,4,6]")), ShapeError,
     "matmul: batch axes must be equal, got f64[2,3,4] and f64[5,4,6]"),
    (lambda: ops.matmul(t("f64[2,3,4]"), t("f64[4]")), ShapeError,
     "matmul: a vector takes part with a matrix only, got f64[2,3,4] and f64[4]"),
    (lambda: ops.polygamma(t("i64"), order=1), DTypeError, "polygamma: takes floats, got i64"),
    *((lambda op=op: op(*[t("i64[2]")] * op.arity, order=1), DTypeError, f"{op.name}: takes floats, got i64[2]") for op in TABLE.values()
      if op.elementwise and "order" in op.attributes and op.name != "polygamma"),
    (lambda: ops.iota(shape=(3,), axis=1, dtype="int64"), ShapeError, "iota: axis 1 is not in a shape of rank 1"),
    (lambda: ops.item(t("f64"), index=0), GraphError, "item: expected the result of an op with several results, got f64"),
    (lambda: ops.solve(t("f64[3,4]"), t("f64[3,3]")), ShapeError, "solve: needs square matrices, got f64[3,4]"),
    (lambda: ops.det(t("i64[3,3]")), DTypeError, "det: takes floats, got i64[3,3]"),
    (lambda: ops.cofactor(t("f64[3]")), ShapeError, "cofactor: needs square matrices, got f64[3]"),
    (lambda: ops.cond(t("f64"), t("f64"), yes=BODY, no=BODY), DTypeError, "cond: the condition must be a bool scalar, got f64"),
    (lambda: ops.custom(t("f64[3]"), body=BODY, jvp=None, vjp=None), GraphError, "custom: the region's x is f64, got f64[3]"),
    (lambda: ops.integral(t("f64"), body=BODY, from_infinity=False, to_infinity=False), GraphError,
     "integral: takes 2 limits, got 1 arguments"),
    (lambda: ops.scan(t("f64"), body=BODY, length=N, carries=1, sequences=1, reverse=False), GraphError,
     "scan: takes at least 1 carries and 1 sequences, got 1 arguments"),
]
ALWAYS_RIGHT = {"const", "input", "size", "stop_gradient"}  # rules without a condition


@pytest.mark.parametrize(("build", "kind", "message"), REFUSED, ids=[message for *_, message in REFUSED])
def test_wrong_operands(build, kind, message):
    with pytest.raises(kind) as caught:
        build()
    assert str(caught.value).startswith(message)


def test_every_type_rule_is_tested():
    said = {message.split(":")[0] for *_, message in REFUSED} | {"cast"}
    assert {op.name for op in TABLE.values()} - {op.name for op in ELEMENTWISE} - ALWAYS_RIGHT <= said


def test_attributes_are_kept_in_order():
    node = ops.iota(dtype="int64", axis=1, shape=(2, 3))
    assert node.attrs == ((2, 3), 1, "int64") and node.attribute("axis") == 1
    assert isinstance(node, Node)


def test_an_op_is_declared_once():
    with pytest.raises(ValueError, match="op sin: declared twice"):
        type(ops.sin)("sin", None, None, Zero())


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 1), (N, 4)])
def test_a_constant_spread_over_a_type_is_read_back(dtype, shape):
    for value in (0.0, -0.0, 1.0, np.nan, np.inf) if dtype.startswith("float") else (0, 1):
        node = filled(Type(dtype, shape), value)
        assert node.type is Type(dtype, shape)
        assert uniform(node).tobytes() == np.asarray(value, dtype).tobytes()


def test_constants_of_several_numbers_are_not_uniform():
    for array in ([0.0, -0.0], [1, 2, 1], [[1], [2]], np.zeros((0, 3))):
        assert uniform(constant(np.asarray(array))) is None
    assert uniform(ops.input(name="x", type=Type("float64"))) is None
    assert uniform(constant(np.full((2, 3), -0.0))).tobytes() == np.float64(-0.0).tobytes()
    assert uniform(ops.reshape(filled(Type("int32", (6,)), 7), shape=(2, 3))) == 7
