"""Types and sizes: canonical polynomials, interning, and what a wrong dtype or size says."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wengert.ir.errors import DTypeError, ParseError, ShapeError
from wengert.ir.text import parse_dim
from wengert.ir.types import Poly, TupleType, Type, as_dim, dtype_of, evaluate_dim, product, substitute_dim

N, M = Poly.name("n"), Poly.name("m")


@st.composite
def dims(draw, depth=3):
    """A size and the Python function that it stands for."""
    if depth == 0 or draw(st.booleans()):
        k = draw(st.integers(-4, 4))
        return draw(st.sampled_from([(k, lambda n, m: k), (N, lambda n, m: n), (M, lambda n, m: m)]))
    (a, f), (b, g) = draw(dims(depth - 1)), draw(dims(depth - 1))
    d = draw(st.integers(1, 5))
    return draw(st.sampled_from([
        (a + b, lambda n, m: f(n, m) + g(n, m)),
        (a - b, lambda n, m: f(n, m) - g(n, m)),
        (a * b, lambda n, m: f(n, m) * g(n, m)),
        (a // d, lambda n, m: f(n, m) // d),
    ]))


@given(dims(), st.integers(0, 9), st.integers(0, 9))
def test_sizes_are_integer_arithmetic(pair, n, m):
    dim, function = pair
    assert evaluate_dim(dim, {"n": n, "m": m}) == function(n, m)
    assert substitute_dim(substitute_dim(dim, {"n": n}), {"m": m}) == function(n, m)
    if isinstance(dim, Poly) and dim.never_negative:
        assert function(n, m) >= 0


@given(dims())
def test_sizes_print_parse_and_pickle(pair):
    dim, _ = pair
    assert parse_dim(str(dim)) == dim
    assert pickle.loads(pickle.dumps(dim)) == dim and hash(pickle.loads(pickle.dumps(dim))) == hash(dim)


@pytest.mark.parametrize(("dim", "text"), [
    (2 * N - 1, "2*n-1"), (N * M + N * N, "m*n+n*n"), (3 - N, "-n+3"), ((N + 1) // 2, "((n+1)//2)"),
    ((N + 2) // 2, "(n//2)+1"), ((-N) // 2, "(n//2)-n"), ((2 * N + 1) // 2, "n"), (M * ((N + 1) // 3), "((n+1)//3)*m"),
])
def test_sizes_have_one_form(dim, text):
    assert str(dim) == text


def test_a_constant_size_is_an_int():
    assert type(N - N) is int and type((N + 3) - N) is int and type(2 * N // 2 - N) is int


def test_a_size_is_no_python_integer():
    with pytest.raises(ShapeError, match=r"the size n-1 is known only at the call"):
        range(N - 1)


@pytest.mark.parametrize(("bad", "message"), [
    (-1, "a size must not be negative, got -1"), (1.5, "an int or a name such as 'n', got 1.5"), (True, "got True"),
    (None, "got None"),
])
def test_a_wrong_size(bad, message):
    with pytest.raises(ShapeError, match=message):
        as_dim(bad)


@pytest.mark.parametrize("text", ["", "n+", "2n", "(n", "n//0", "n//m", "n)", "n²", "-", "n n", "(" * 1000, "9" * 5000])
def test_a_wrong_size_text(text):
    with pytest.raises(ParseError, match=r"^line 1, column \d+: "):
        parse_dim(text)


@pytest.mark.parametrize("divisor", [0, -2, 1.5, N])
def test_a_wrong_divisor(divisor):
    with pytest.raises(ShapeError, match="can divide by a positive integer only"):
        N // divisor


def test_a_size_in_a_shape_may_be_an_expression():
    assert Type("f64", ("2*n + 1", 3)).shape == (2 * N + 1, 3)


def test_types_are_interned():
    assert Type("f64", ("n", 3)) is Type(np.float64, (N, np.int64(3)))
    assert Type("f64") is not Type("f32")
    assert TupleType([Type("f64")]) is TupleType((Type("f64"),))
    for type in (Type("i32", (2 * N, 0)), TupleType([Type("f64"), Type("bool", (N,))])):
        assert pickle.loads(pickle.dumps(type)) is type
    assert str(TupleType([Type("f64"), Type("bool", (N,))])) == "(f64, bool[n])"


def test_dtypes():
    assert dtype_of(float) == dtype_of(">f8") == dtype_of("f64") == np.dtype("float64")
    assert dtype_of(">f8").isnative
    for bad in ("complex128", "float16", "uint8", object, "nonsense", 3):
        with pytest.raises(DTypeError, match="expected one of float64, float32, int64, int32, bool"):
            dtype_of(bad)


def test_numbers_of_elements():
    assert product(()) == 1 and product((N, 2, M)) == 2 * N * M and Type("f64", (N, 0)).size == 0


def test_quotients_have_one_form():
    n = Poly.name("n")
    assert (2 * n + 3) // 4 == (n + 1) // 2 and (6 * n) // 4 == n + n // 2
    assert ((n + 1) // 2 + 1) // 2 == (n + 3) // 4 and (n // 3 - 1) // 2 == (n - 3) // 6
    for form in ((2 * n + 3) // 4, ((n + 1) // 2 + 1) // 2, (n // 3 - 1) // 2, (3 * (n // 2) + 1) // 6):
        assert parse_dim(str(form)) == form
    for size in range(40):
        at = {"n": size}
        assert ((2 * n + 3) // 4).evaluate(at) == (2 * size + 3) // 4
        assert (((n + 1) // 2 + 1) // 2).evaluate(at) == ((size + 1) // 2 + 1) // 2
        assert ((n // 3 - 1) // 2).evaluate(at) == (size // 3 - 1) // 2
        assert ((3 * (n // 2) + 1) // 6).evaluate(at) == (3 * (size // 2) + 1) // 6
