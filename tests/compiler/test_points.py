"""Many points at once: the same numbers as point by point, for every way that arrays broadcast."""

import pickle

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import wengert as wg
from wengert.ir.errors import ArgumentError, DTypeError, GraphError

a, b, c = sp.symbols("a b c")
EXPRESSION = sp.sin(a) * b**2 + sp.Piecewise((sp.sqrt(c), c > 0), (a * b, True))
SHAPES = [(), (5,), (4, 1), (1,), (0,), (2, 1, 5), (33,)]


def one_by_one(f, *values):
    """The same by a call a point, with the axes of the points last."""
    arrays = np.broadcast_arrays(*values)
    points = [f(*map(float, point)) for point in zip(*(array.ravel() for array in arrays))]
    columns = [np.stack([np.asarray(result) for result in results], -1) for results in zip(*points)]
    return [column.reshape((*column.shape[:-1], *arrays[0].shape)) for column in columns]


@pytest.fixture(scope="module")
def f():
    return wg.lambdify([a, b, c], EXPRESSION, "hessian")


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.sampled_from(SHAPES)] * 3), st.integers(0, 2**32 - 1))
def test_points_broadcast(f, shapes, seed):
    random = np.random.default_rng(seed)
    values = [random.normal(size=shape) for shape in shapes]
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        with pytest.raises(ArgumentError, match="do not broadcast"):
            f(*values)
        return
    value, gradient, hessian = f(*values)
    assert np.shape(value) == shape and np.shape(gradient) == (3, *shape) and np.shape(hessian) == (3, 3, *shape)
    if 0 not in shape:
        for found, expected in zip((value, gradient, hessian), one_by_one(f, *values)):
            np.testing.assert_allclose(found, expected, rtol=4e-16 * 8, atol=1e-15)


def test_lists_integers_and_keywords(f):
    value, _, _ = f([1, 2, 3], b=2, c=np.array([0, 1, 4], "int32"))
    np.testing.assert_allclose(value, np.sin([1, 2, 3]) * 4 + [2, 1, 2])
    with pytest.raises(DTypeError, match="argument a"):
        f(np.array([1j, 2j]), 2.0, 1.0)


def test_nested_arguments_come_as_components():
    g = wg.lambdify([[a, b], c], sp.Matrix([[a * b, c], [a + c, b]]))
    x, y = np.arange(4.0)[:, None], np.arange(3.0)
    expected = np.array([[x * y, np.full((4, 3), 2.0)], [x + 2 + 0 * y, y + 0 * x]])
    np.testing.assert_array_equal(g([x, y], 2.0), expected)
    both = np.stack(np.broadcast_arrays(x, y))
    np.testing.assert_array_equal(g(both, 2.0), expected)
    np.testing.assert_array_equal(g([1.0, 2.0], np.arange(3.0)), np.array([[[2, 2, 2], [0, 1, 2]], [[1, 2, 3], [2, 2, 2]]]))
    with pytest.raises(ArgumentError, match="components' points do not broadcast"):
        g([np.ones(3), np.ones(2)], 1.0)
    with pytest.raises(ArgumentError, match=r"expected f64\[2\] at each point"):
        g(np.ones((3, 7)), 1.0)


def test_out_is_written_in_place():
    g = wg.lambdify([a, b], a * b, "gradient")
    x, y = np.arange(6.0).reshape(2, 3), np.arange(3.0)
    value, gradient = np.empty((2, 3)), np.empty((2, 3, 2)).transpose(0, 2, 1)
    assert not gradient.flags.c_contiguous
    returned = g(x, y, out=(value, gradient))
    assert returned[0] is value and returned[1] is gradient
    np.testing.assert_array_equal(value, x * y)
    np.testing.assert_array_equal(gradient, [np.broadcast_to(y, (2, 3)), x])
    single = np.empty((2, 3), "float32")
    for out, error in ((value, ArgumentError), ((np.empty((3, 2)), None), ArgumentError), ((single, None), DTypeError)):
        with pytest.raises(error, match="out"):
            g(x, y, out=out)


ORDERS = {
    "a row": lambda v: v, "two axes": lambda v: v.reshape(2, 3), "every second": lambda v: np.repeat(v, 2)[::2],
    "backwards": lambda v: v[::-1].copy()[::-1], "unaligned": lambda v: np.frombuffer(b"0" + v.tobytes(), v.dtype, offset=1),
    "float32": lambda v: v.astype("float32"), "other bytes": lambda v: v.astype(v.dtype.newbyteorder()), "a list": list,
    "a subclass": lambda v: np.ma.array(v), "integers": lambda v: v.astype(int),
}


@pytest.mark.parametrize("order", ORDERS)
def test_arrays_of_every_order_are_taken(order):
    g = wg.lambdify([a, b], a - 3 * b, "gradient")
    given = ORDERS[order](np.arange(6.0))
    shape = np.shape(given)
    for x, y in (given, given), (given, 2.0), (np.arange(6.0).reshape(shape), given):
        for out in None, (np.empty(shape), np.empty((2, *shape))), (np.empty((*shape, 2))[..., 0], np.empty((2, *shape), order="F")):
            value, gradient = g(x, y, out=out)
            np.testing.assert_array_equal(value, np.asarray(x) - 3 * np.asarray(y))
            np.testing.assert_array_equal(gradient, np.broadcast_to(np.reshape([1, -3], (2, *[1] * len(shape))), (2, *shape)))
            assert out is None or (value is out[0] and gradient is out[1])


def test_given_arrays_that_do_not_fit_are_refused_untouched():
    one, two = wg.lambdify([a, b], a * b), wg.lambdify([a, b], a * b, "gradient")
    x, room = np.arange(5.0), np.zeros(20)
    fixed = np.zeros(5)
    fixed.flags.writeable = False
    single = "lambdified: out: expected a float64 array of shape (5,), got "
    for out, error, text in (
            (np.zeros(5, "float32"), DTypeError, f"{single}float32"), (fixed, ArgumentError, f"{single}one that is read-only"),
            (np.zeros(4), ArgumentError, f"{single}(4,)"), (np.zeros(10, "int64")[::2], DTypeError, f"{single}int64"),
            ([0.0] * 5, ArgumentError, f"{single}list"), (x, ArgumentError, "lambdified: out overlaps argument a in memory")):
        before = np.array(out)
        with pytest.raises(error) as caught:
            one(x, x + 1, out=out)
        assert str(caught.value).startswith(text)
        np.testing.assert_array_equal(out, before)
    for out, error, text in (
            ((np.zeros(5), np.zeros((2, 5), "float32")), DTypeError, "out[1]: expected a float64 array of shape (2, 5), got float32"),
            ((room[:5], room[4:14].reshape(2, 5)), ArgumentError, "out[1] overlaps out[0]"),
            ((x, np.zeros((2, 5))), ArgumentError, "out[0] overlaps argument a"),
            ((np.zeros(5),), ArgumentError, "out: expected a tuple of 2 arrays or None"),
            (np.zeros((3, 5)), ArgumentError, "out: expected a tuple of 2 arrays or None")):
        with pytest.raises(error) as caught:
            two(x, x + 1, out=out)
        assert str(caught.value).startswith(f"lambdified: {text}")
    wide = np.zeros((2, 5, 2))
    for out in (room[:10:2], room[1:11].reshape(2, 5)), (wide[0, :, 0], wide[..., 0]):  # which no function writes as they are
        with pytest.raises(ArgumentError, match=r"^lambdified: out\[1\] overlaps out\[0\] in memory"):
            two(x, x + 1, out=out)
    two(x, x + 1, out=(np.zeros((5, 3))[:, 2], wide[..., 1]))
    assert not room.any() and not wide[..., 0].any() and wide[..., 1].any()
    np.testing.assert_array_equal(x, np.arange(5.0))


def test_untaken_branches_never_poison():
    g = wg.lambdify([a], sp.Piecewise((sp.log(a) * sp.sqrt(a), a > 0), (0, True)), "gradient")
    value, gradient = g(np.array([-1.0, 0.0, 1.0, np.nan]))
    np.testing.assert_array_equal(value, [0, 0, 0, 0])
    np.testing.assert_array_equal(gradient, [[0, 0, 1, 0]])


def test_pickled_and_threads():
    x = np.linspace(0, 1, 100_003)
    g = wg.lambdify([a, b], sp.exp(a) * b, threads=1)
    again = pickle.loads(pickle.dumps(g))
    assert np.array_equal(again(x, 2.0), g(x, 2.0))
    assert np.array_equal(wg.lambdify([a, b], sp.exp(a) * b, threads=3)(x, 2.0), g(x, 2.0))


@pytest.mark.parametrize("threads", [0, -1, True, False, 2.0, "2", [1], float("nan"), np.float64(2), np.True_, 1j])
def test_a_wrong_number_of_threads(threads):
    said = f"lambdified: threads must be a whole number from 1 on, got {threads!r}"
    with pytest.raises(GraphError) as caught:
        wg.lambdify([a], a, threads=threads)
    assert str(caught.value) == said
    with pytest.raises(GraphError) as caught:
        wg.function([wg.symbol("x")], wg.symbol("x"), "lambdified", threads=threads)
    assert str(caught.value) == said


@pytest.mark.parametrize("threads", [np.int64(2), 10**30, None])
def test_any_whole_number_of_threads(threads, tmp_path):
    f = wg.lambdify([a], 2 * a, threads=threads)
    f.save(tmp_path / "f.json")
    assert f(1.5) == wg.load(tmp_path / "f.json")(1.5) == pickle.loads(pickle.dumps(f))(1.5) == 3.0


def test_nodes_as_well():
    x, w = wg.symbol("point_x"), wg.symbol("point_w", (2,))
    g = wg.function([x, w], wg.sum(w) * x, points=True)
    np.testing.assert_array_equal(g(np.arange(3.0), [1.0, 2.0]), [0, 3, 6])
    np.testing.assert_array_equal(g(2.0, np.ones((2, 4))), [4, 4, 4, 4])
    assert g(2.0, [1.0, 2.0]) == 6.0
    with pytest.raises(ArgumentError, match="argument point_x: expected f64"):
        wg.function([x, w], wg.sum(w) * x)(np.arange(3.0), [1.0, 2.0])
    rows = wg.symbol("rows", ("k",))
    with pytest.raises(GraphError, match="fixed sizes"):
        wg.function([rows], wg.sum(rows), points=True)


def test_float32():
    g = wg.lambdify([a, b, c], EXPRESSION, "gradient", dtype="float32")
    wide = wg.lambdify([a, b, c], EXPRESSION, "gradient")
    random = np.random.default_rng(5)
    values = [random.normal(size=1000).astype("float32") for _ in range(3)]
    for found, exact in zip(g(*values), wide(*(v.astype("float64") for v in values))):
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, exact, rtol=4e-6, atol=1e-6)
    assert isinstance(g(0.5, 1.0, 2.0)[0], float)
    with pytest.raises(DTypeError, match="argument a"):
        g(np.ones(3), values[1][:3], 1.0)
    with pytest.raises(wg.WengertError, match="dtype must be"):
        wg.lambdify([a], a, dtype="float16")


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_masked_entries_are_refused(dtype):
    f, pair = wg.lambdify([a], 2 * a, dtype=dtype), wg.lambdify([[a, b]], a - b, dtype=dtype)
    masked, whole = np.ma.array([1.0, 999.0], mask=[False, True]), np.ma.array([1.0, 2.0], mask=[False, False])
    for call, value in (f, masked), (pair, [masked, 1.0]):
        with pytest.raises(ArgumentError, match=r"argument \w+: expected .* got masked entries; fill them first, with \.filled\(value\)"):
            call(value)
    np.testing.assert_array_equal(f(masked.filled(0.0)), [2.0, 0.0])
    np.testing.assert_array_equal(f(whole), [2.0, 4.0])


def test_ragged_points_are_refused():
    ragged = [[1, 2], [3]]
    with pytest.raises(ArgumentError, match="argument a: expected a number or a regular array of points, got a list of rows of different"):
        wg.lambdify([a], 3 * a)(ragged)
    with pytest.raises(DTypeError, match="argument a: expected complex numbers, got list"):
        wg.lambdify([a], 3 * a, dtype="complex128")(ragged)
    for components in ([1.0, 2.0], [1.0, 2.0, 3.0]), (1.0, ragged):
        with pytest.raises(ArgumentError, match="its components do not broadcast, or one has rows of different lengths"):
            wg.lambdify([[a, b]], a - 3 * b, dtype="complex128")(list(components))
    with pytest.raises(ArgumentError, match="argument x: expected"):
        x = sp.MatrixSymbol("x", 2, 1)
        wg.lambdify([x], x.T * x)([[1, 2], [3]])
