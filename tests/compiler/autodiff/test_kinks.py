"""Where functions bend or are singular: the conventions of the docs, in both modes and at both orders."""
from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest

from wengert.compiler.autodiff import grad, hessian, jvp
from wengert.ir import library as wl
from wengert.ir import ops

NAN, INF = np.nan, np.inf

# expression, where, first derivative, second derivative
SCALARS = [
    ("abs at 0", lambda x: wl.abs(x), 0.0, 0.0, 0.0),
    ("sign at 0", lambda x: wl.sign(x) * x, 0.0, 0.0, 0.0),
    ("maximum at a tie", lambda x: wl.maximum(x, 0.0), 0.0, 0.5, 0.0),
    ("maximum of x and its square", lambda x: wl.maximum(x, x * x), 1.0, 1.5, 1.0),
    ("minimum at a tie", lambda x: wl.minimum(x, 2.0), 2.0, 0.5, 0.0),
    ("relu at 0", lambda x: wl.relu(x), 0.0, 0.0, 0.0),
    ("relu of nan", lambda x: wl.relu(x), NAN, 1.0, 0.0),
    ("clip at its bound", lambda x: wl.clip(x, -1.0, 1.0), 1.0, None, 0.0),
    ("floor", lambda x: wl.floor(x) * x, 2.5, 2.0, 0.0),
    ("x**2 at 0", lambda x: x**2, 0.0, 0.0, 2.0),
    ("x**2.0 as a power at 0", lambda x: ops.power(x, wl.full((), 2.0)), 0.0, 0.0, 2.0),
    ("x**3 at 0", lambda x: x**3, 0.0, 0.0, 0.0),
    ("x**1 at 0", lambda x: x**1, 0.0, 1.0, 0.0),
    ("x**0 at 0", lambda x: x**0 + x, 0.0, 1.0, 0.0),
    ("2**x", lambda x: 2.0**x, 0.0, np.log(2.0), np.log(2.0) ** 2),
    ("0**x", lambda x: 0.0**x, 2.0, 0.0, 0.0),
    ("x**(x - 2), whose exponent is 0", lambda x: x ** (x - 2), 2.0, np.log(2.0), np.log(2.0) ** 2 + 1),
    ("sqrt at 0", lambda x: wl.sqrt(x), 0.0, INF, -INF),
    ("sqrt of a square at 0, selected", lambda x: wl.where(x == 0, 0.0, wl.sqrt(x * x)), 0.0, 0.0, 0.0),
    ("hypot at the origin", lambda x: wl.hypot(x, x), 0.0, 0.0, None),
    ("hypot nearer to the origin than the smallest normal number", lambda x: wl.hypot(x, 2 * x), 1e-310, 0.0, 0.0),
    ("hypot3 at the origin", lambda x: ops.hypot3(x, x, x), 0.0, 0.0, 0.0),
    ("root of one square at the origin", lambda x: wl.sqrt(x * x), 0.0, 0.0, 0.0),
    ("root of five squares at the origin", lambda x: wl.sqrt(x**2 + (2 * x) ** 2 + (3 * x) ** 2 + (x**2 + x * x)), 0.0, 0.0, 0.0),
    ("root of a sum that is no norm", lambda x: wl.sqrt(x + x), 0.0, INF, None),
    ("arctan2 at the origin", lambda x: wl.arctan2(x, x), 0.0, 0.0, None),
]


@pytest.mark.parametrize(("f", "at", "first", "second"), [row[1:] for row in SCALARS], ids=[row[0] for row in SCALARS])
def test_conventions_of_scalars(f, at, first, second, symbol, value):
    x = symbol("x")
    y = f(x)
    for slope in (grad(y, x), jvp(y, x, 1.0)):
        if first is not None:
            assert value(slope, x=at) == pytest.approx(first, rel=1e-15, nan_ok=True)
        if second is not None:
            for curvature in (grad(slope, x), jvp(slope, x, 1.0)):
                assert value(curvature, x=at) == pytest.approx(second, rel=1e-14, nan_ok=True)


def test_variable_exponents_at_a_base_of_zero(symbol, value):
    x, p = symbol("x"), symbol("p")
    y = x**p
    for exponent, slope in ((1.0, 1.0), (2.0, 0.0), (3.0, 0.0), (0.0, 0.0)):
        assert value(grad(y, [x, p]), x=0.0, p=exponent)[0] == slope
    assert value(grad(y, p), x=0.0, p=2.0) == 0.0
    assert value(grad(grad(y, x), x), x=0.0, p=2.0) == 2.0


def test_ties_of_the_largest_element_share(symbol, value):
    x = symbol("x", (2, 3))
    at = [[1.0, 3.0, 3.0], [5.0, 5.0, 5.0]]
    for top, wanted in ((wl.max, [[0, 0.5, 0.5], [1 / 3] * 3]), (wl.min, [[1, 0, 0], [1 / 3] * 3])):
        np.testing.assert_allclose(value(grad(wl.sum(top(x, axis=1)), x), x=at), wanted)
    np.testing.assert_allclose(value(jvp(wl.max(x, axis=1), x, [[1.0, 2.0, 4.0]] * 2), x=at), [3.0, 7 / 3])


def test_the_largest_element_ignores_singular_others(symbol, value):
    x = symbol("x", (3,))
    y = wl.max(wl.sqrt(x))
    np.testing.assert_array_equal(value(grad(y, x), x=[0.0, 4.0, 1.0]), [0.0, 0.25, 0.0])
    np.testing.assert_array_equal(value(jvp(y, x, [1.0, 1.0, 1.0]), x=[0.0, 4.0, 1.0]), 0.25)
    np.testing.assert_array_equal(value(hessian(y, x), x=[0.0, 4.0, 1.0]), np.diag([0.0, -1 / 32, 0.0]))


@pytest.mark.parametrize("norm", [lambda x: wl.norm(x), lambda x: wl.std(x)], ids=["norm", "std"])
def test_norms_have_slope_zero_at_zero(norm, symbol, value):
    x = symbol("x", (3,))
    np.testing.assert_array_equal(value(grad(norm(x), x), x=np.zeros(3)), np.zeros(3))


@pytest.mark.parametrize("at", [[1.0, 2, 3, 4], [0.0, 2, 3, 4], [0.0, 0, 3, 4], [0.0, 0, 0, 4]])
def test_products_with_zeros_to_second_order(at, symbol, value):
    x = symbol("x", (4,))
    at = np.array(at)
    others = lambda *gone: np.prod(np.delete(at, gone))  # noqa: E731
    gradient = [others(i) for i in range(4)]
    second = [[0.0 if i == j else others(i, j) for j in range(4)] for i in range(4)]
    np.testing.assert_array_equal(value(grad(wl.prod(x), x), x=at), gradient)
    np.testing.assert_array_equal(value(hessian(wl.prod(x), x), x=at), second)


def test_products_over_axes_and_of_nothing(symbol, value):
    x = symbol("x", (2, 3, 2))
    at = np.arange(12.0).reshape(2, 3, 2)
    found = value(grad(wl.sum(wl.prod(x, axis=(0, 2))), x), x=at)
    wanted = np.zeros_like(at)
    for place in np.ndindex(at.shape):
        row = [at[i, place[1], k] for i in range(2) for k in range(2) if (i, k) != (place[0], place[2])]
        wanted[place] = np.prod(row)
    np.testing.assert_allclose(found, wanted)
    n = symbol("x", ("n",))
    assert value(grad(wl.prod(n), n), x=[]).shape == (0,)
    np.testing.assert_array_equal(value(grad(wl.prod(n), n), x=[7.0]), [1.0])


def test_running_products_with_zeros(symbol, value):
    x = symbol("x", (4,))
    at = np.array([2.0, 0.0, 3.0, 5.0])
    y = wl.sum(wl.cumprod(x))
    np.testing.assert_allclose(value(grad(y, x), x=at), [1.0, 2 * (1 + 3 + 15), 0.0, 0.0])
    np.testing.assert_allclose(value(hessian(y, x), x=at)[1], [1 + 3 + 15, 0.0, 2 * (1 + 5), 2 * 3])


MASKED = [
    ("sqrt", lambda x: wl.where(x > 0, wl.sqrt(x), 0.0), lambda v: 0.5 / np.sqrt(v), lambda v: -0.25 * v**-1.5),
    ("log", lambda x: wl.where(x > 0, wl.log(x), x * 0.0), lambda v: 1 / v, lambda v: -1 / v**2),
    ("reciprocal", lambda x: wl.where(x > 0, 1 / x, 0.0), lambda v: -1 / v**2, lambda v: 2 / v**3),
    ("power", lambda x: wl.where(x > 0, x**1.5, 0.0), lambda v: 1.5 * np.sqrt(v), lambda v: 0.75 / np.sqrt(v)),
    ("a chain", lambda x: wl.where(x > 0, wl.exp(wl.sqrt(x)), 1.0), None, None),
    ("the other branch", lambda x: wl.where(x <= 0, 0.0, wl.sqrt(x)), None, None),
    ("inside out", lambda x: wl.sqrt(wl.where(x > 0, x, 0.0)), None, None),
    ("nested", lambda x: wl.where(x > 0, wl.where(x > 1, wl.log(x - 1), wl.sqrt(x)), 0.0), None, None),
    ("one condition for all", lambda x: wl.where(wl.max(x) > 1e9, wl.sum(wl.sqrt(x)) * x, 0.0 * x), None, None),
]


@pytest.mark.parametrize(("f", "first", "second"), [row[1:] for row in MASKED], ids=[row[0] for row in MASKED])
def test_a_branch_not_taken_does_not_poison(f, first, second, symbol, value):
    x = symbol("x", (3,))
    at = np.array([-1.0, 0.0, 0.25])
    y = wl.sum(f(x))
    reverse, forward = grad(y, x), jvp(y, x, np.ones(3))
    slopes = value(reverse, x=at)
    assert np.all(slopes[:2] == 0.0) and np.isfinite(slopes[2])
    np.testing.assert_allclose(value(forward, x=at), slopes[2], rtol=1e-14)
    if first is not None:
        np.testing.assert_allclose(slopes[2], first(0.25), rtol=1e-14)
    for curvature in (grad(wl.sum(reverse), x), jvp(reverse, x, np.ones(3)), grad(forward, x)):
        found = value(curvature, x=at)
        assert np.all(found[:2] == 0.0) and np.isfinite(found[2])
        if second is not None:
            np.testing.assert_allclose(found[2], second(0.25), rtol=1e-14)


READS = [
    ("slice", lambda y: y[1:], [False, True, True]),
    ("element", lambda y: y[1], [False, True, False]),
    ("strided", lambda y: y[1::2], [False, True, False]),
    ("gathered", lambda y: y[np.array([2, 1, 2])], [False, True, True]),
    ("several elements", lambda y: y[1] * y[2] + y[2], [False, True, True]),
    ("reshaped", lambda y: wl.reshape(y, (3, 1))[2], [False, False, True]),
    ("a mask", lambda y: y[np.array([False, False, True])], [False, False, True]),
]


@pytest.mark.parametrize(("read", "which"), [row[1:] for row in READS], ids=[row[0] for row in READS])
def test_elements_that_are_not_read_do_not_poison(read, which, symbol, value):
    """As in the upper triangle of a matrix of distances, whose diagonal has no slope."""
    x = symbol("x", (3,))
    y = wl.sum(read(wl.sqrt(x)))
    slopes = value(grad(y, x), x=[0.0, 4.0, 9.0])
    assert slopes[0] == 0.0 and np.all(np.isfinite(slopes)) and list(slopes != 0) == which
    forward = value(jvp(y, x, np.ones(3)), x=[0.0, 4.0, 9.0])
    assert np.isfinite(forward) and forward == pytest.approx(np.sum(slopes))
    assert np.all(np.isfinite(value(hessian(y, x), x=[0.0, 4.0, 9.0])))


def test_padding_does_not_poison_forward_mode(symbol, value):
    x = symbol("x", (2,))
    y = wl.sum(wl.sqrt(wl.concatenate([x, np.zeros(2)])))
    assert value(jvp(y, x, [1.0, 1.0]), x=[4.0, 1.0]) == 0.75
    np.testing.assert_array_equal(value(grad(y, x), x=[4.0, 1.0]), [0.25, 0.5])


def test_a_residual_of_zero_still_has_curvature(symbol, value):
    """Masks are structural: a cotangent that happens to be 0 is multiplied like any other."""
    x = symbol("x", (3,))
    y = wl.sum((wl.exp(x) - 1)[1:] ** 2)
    np.testing.assert_allclose(value(hessian(y, x), x=np.zeros(3)), np.diag([0.0, 2.0, 2.0]))


NESTED = [
    lambda f, a, b, c, d: f(f(f(a, b), c), d), lambda f, a, b, c, d: f(a, f(b, f(c, d))), lambda f, a, b, c, d: f(f(a, d), f(c, b)),
    lambda f, a, b, c, d: f(f(b, f(a, c)), d),
]


@pytest.mark.parametrize("nested", NESTED)
@pytest.mark.parametrize(("pair", "whole"), [(wl.maximum, wl.max), (wl.minimum, wl.min)], ids=["maximum", "minimum"])
def test_ties_of_nested_extrema_share_as_the_reduction_does(nested, pair, whole, symbol, value):
    x, t = symbol("x", (4,)), np.array([0.5, -1.0, 2.0, 3.0])
    elements = nested(pair, *(x[i] for i in range(4)))
    slopes = [(grad(y, x), jvp(y, x, t)) for y in (elements, whole(x))]
    for at in [*itertools.product((1.0, 2.0, NAN), repeat=4), (0.0, -0.0, 0.0, -0.0), (INF, INF, 1.0, INF)]:
        for made, told in zip(*slopes):
            np.testing.assert_allclose(value(made, x=np.array(at)), value(told, x=np.array(at)), rtol=1e-15)
    squared = [hessian(made**2, x) for made in (elements, whole(x))]
    for at in ([1.0, 1.0, 1.0, 0.0], [2.0, 2.0, 2.0, 2.0], [3.0, 1.0, 3.0, 3.0]):
        np.testing.assert_allclose(*(value(h, x=np.array(at)) for h in squared), rtol=1e-15)


def test_ties_of_a_long_chain(symbol, value):
    x = symbol("x", (300,))
    slope = grad(functools.reduce(wl.maximum, [x[i] for i in range(300)]), x)
    np.testing.assert_allclose(value(slope, x=np.ones(300)), 1 / 300, rtol=1e-13)


def test_the_root_of_any_number_of_squares_has_slope_0_at_the_origin(symbol, value):
    for n in (2, 3, 4, 7):
        x = symbol("x", (n,))
        for root in (wl.sqrt(sum((x[i] ** 2 for i in range(1, n)), x[0] ** 2)), wl.sqrt(wl.sum(x * x)), wl.norm(x)):
            for slope in (grad(root, x), jvp(root, x, np.ones(n))):
                assert not np.any(value(slope, x=np.zeros(n)))
            assert not np.any(value(hessian(root, x), x=np.zeros(n)))
            np.testing.assert_allclose(value(grad(root, x), x=np.ones(n)), n**-0.5, rtol=1e-15)


def test_a_sum_of_sums_with_themselves_is_looked_at_node_by_node(symbol, value):
    x = symbol("x")
    total = x * x
    for _ in range(60):
        total = total + total
    slope = grad(wl.sqrt(total), x)
    assert value(slope, x=0.0) == 0.0 and value(slope, x=-3.0) == -(2.0**30)
