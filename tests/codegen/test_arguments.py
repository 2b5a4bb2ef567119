"""The slow path: what is converted, what is refused and in which words, and that nothing changes when it is refused."""
from __future__ import annotations

import array
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from native import F64, copy

from wengert.codegen.conversion import describe
from wengert.ir.errors import ArgumentError, DTypeError
from wengert.ir.types import Type

V4 = Type("f64", (4,))
X = np.array([1.0, 2.0, 3.0, 4.0])


class Exporter:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.array([1, 2, 3, 4], np.float32)


class Refuser:
    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise RuntimeError("still on the device")


def unaligned() -> np.ndarray:
    found = np.zeros(33, np.uint8)[1:].view(np.float64)
    found[:] = X
    assert not found.flags.aligned
    return found


def read_only() -> np.ndarray:
    found = X.copy()
    found.flags.writeable = False
    return found


@pytest.mark.parametrize("value", [
    [1.0, 2.0, 3.0, 4.0], (1, 2, 3, 4), [1, 2.0, True + 2, np.float32(4)], X.astype(np.float32), X.astype(np.int64),
    X.astype(np.uint8), X.astype(">f8"), np.repeat(X, 2)[::2], X[::-1][::-1], np.asarray(X).view(np.matrix).A1, unaligned(),
    read_only(), np.ma.array(X), array.array("d", X), memoryview(X), range(1, 5), Exporter(), X.astype(np.float16), X.view(np.recarray),
], ids=lambda v: type(v).__name__)
def test_what_keeps_its_value_is_converted(value: Any) -> None:
    result = copy(V4)(value)
    assert type(result) is np.ndarray and result.dtype == np.float64 and result.tolist() == X.tolist()


@pytest.mark.parametrize("order", ["F", "C"])
def test_memory_order_does_not_matter(order: Any) -> None:
    x = np.asarray(np.arange(24.0).reshape(2, 3, 4), order=order).transpose(0, 1, 2)
    np.testing.assert_array_equal(copy(Type("f64", (2, 3, 4)))(x), x)
    np.testing.assert_array_equal(copy(Type("f64", (4, 3, 2)))(x.T), x.T)


@pytest.mark.parametrize("dtype, value, expected", [
    ("f32", [0.1, 0.2], np.float32([0.1, 0.2])), ("f32", [1, 2], np.float32([1, 2])), ("f32", np.int64([1, 2]), np.float32([1, 2])),
    ("i64", [1, 2], np.int64([1, 2])), ("i32", [1, -2], np.int32([1, -2])), ("i64", np.int32([3, 4]), np.int64([3, 4])),
    ("i64", [True, False], np.int64([1, 0])), ("i64", np.array([5, 6], np.longlong), np.int64([5, 6])),
    ("f64", [True, 2], np.float64([1, 2])), ("bool", [True, False], np.array([True, False])), ("f32", [1e300, 0], np.float32([np.inf, 0])),
])
def test_kinds_of_lists_and_arrays(dtype: str, value: Any, expected: np.ndarray) -> None:
    result = copy(Type(dtype, (2,)))(value)
    assert result.dtype == expected.dtype
    np.testing.assert_array_equal(result, expected)


@pytest.mark.parametrize("dtype", ["f64", "f32", "i64", "i32", "bool"])
def test_an_empty_list_has_every_kind(dtype: str) -> None:
    f = copy(Type(dtype, ("n",)), sizes=("n",))
    assert f([]).shape == f(()).shape == (0,)
    if dtype != "f64":
        with pytest.raises(DTypeError):
            f(np.zeros(0))  # an array has the kind that it has


def test_nan_and_infinity_pass() -> None:
    values = [np.nan, np.inf, -np.inf, -0.0]
    assert str(copy(V4)(values).tolist()) == str(values)


@pytest.mark.parametrize("value, expected", [
    (Fraction(1, 4), 0.25), (2**53 + 1, 2.0**53), (-(2**64) - 2**12 + 1, -(2.0**64) - 2**12),
    (np.float32(0.5), 0.5), (np.array(2), 2.0), (np.int8(3), 3.0), (True, 1.0), (np.bool_(True), 1.0),
])
def test_numbers_of_other_kinds(value: Any, expected: float) -> None:
    result = copy(F64)(value)
    assert type(result) is float and result == expected


def test_a_sympy_number_is_a_number() -> None:
    sympy = pytest.importorskip("sympy")
    assert copy(F64)(sympy.Rational(1, 2)) == 0.5 and copy(Type("i64"))(sympy.Integer(3)) == 3


@pytest.mark.parametrize("type_, value, message", [
    (F64, 1j, "f: argument x: expected f64, got the complex 1j"),
    (F64, "1.0", "f: argument x: expected f64, got a str"),
    (F64, None, "f: argument x: expected f64, got None"),
    (F64, Decimal(1), "f: argument x: expected f64, got a Decimal"),
    (F64, 10**400, "f: argument x: expected f64, got the int 1"),
    (Type("i64"), 1.0, "f: argument x: expected i64, got the float 1.0"),
    (Type("i64"), np.float64(1.0), "f: argument x: expected i64, got the float64 1.0"),
    (Type("i64"), 2**63, "f: argument x: expected i64, got the int 9223372036854775808"),
    (Type("i32"), 2**31, "f: argument x: expected i32, got the int 2147483648"),
    (Type("bool"), 1, "f: argument x: expected bool, got the int 1"),
    (Type("i64"), np.uint64(1), "f: argument x: expected i64, got the uint64 1; convert it"),
    (V4, X.astype(complex), r"f: argument x: expected f64\[4\], got complex128 array of shape \(4,\)"),
    (V4, X.astype(object), r"f: argument x: expected f64\[4\], got object array of shape \(4,\)"),
    (V4, X.astype(np.longdouble), r"got longdouble|float128 array of shape \(4,\); convert it with .astype\('float64'\)"),
    (Type("f32", (4,)), X, r"expected f32\[4\], got float64 array of shape \(4,\); convert it with .astype\('float32'\)"),
    (Type("i64", (4,)), X, r"expected i64\[4\], got float64 array of shape \(4,\); convert it with .astype\('int64'\)"),
    (Type("i64", (4,)), [1.0, 2.0, 3.0, 4.0], r"expected i64\[4\], got a list of dtype float64"),
    (Type("i32", (1,)), [2**31], r"expected i32\[1\], got a list with numbers beyond int32"),
    (Type("bool", (1,)), [1], r"expected bool\[1\], got a list of dtype int64"),
    (V4, [1.0, None, 2.0, 3.0], r"got a list of dtype object"),
    (V4, Refuser(), "got a Refuser that is no array: still on the device"),
])
def test_what_would_lose_value_is_refused(type_: Type, value: Any, message: str) -> None:
    with pytest.raises(DTypeError, match=message):
        copy(type_)(value)


@pytest.mark.parametrize("type_, value, message", [
    (V4, np.zeros(5), r"^f: argument x: expected f64\[4\], got float64 array of shape \(5,\)$"),
    (V4, np.zeros((4, 1)), r"^f: argument x: expected f64\[4\], got float64 array of shape \(4, 1\)$"),
    (V4, [1.0, 2.0], r"^f: argument x: expected f64\[4\], got float64 array of shape \(2,\)$"),
    (V4, 1.0, r"^f: argument x: expected f64\[4\], got the float 1.0$"),
    (V4, np.float64(2.0), r"^f: argument x: expected f64\[4\], got the float64 2.0$"),
    (V4, [[1.0], [2.0, 3.0]], r"^f: argument x: expected f64\[4\], got a list that is no array"),
    (F64, np.zeros(1), r"^f: argument x: expected f64, got float64 array of shape \(1,\)$"),
    (V4, np.ma.array(X, mask=[0, 1, 0, 0]), "masked entries; fill them first"),
])
def test_wrong_shapes_are_explained(type_: Type, value: Any, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        copy(type_)(value)


def test_the_argument_is_named() -> None:
    f = copy(F64, Type("f64", ("n", 3)), Type("f64", ("2*n-1",)), sizes=("n",))
    with pytest.raises(ArgumentError, match=r"^f: argument y: expected f64\[n,3\], got float64 array of shape \(2, 4\)$"):
        f(1.0, np.zeros((2, 4)), np.zeros(3))
    with pytest.raises(ArgumentError, match=r"^f: argument z: expected f64\[2\*n-1\] of shape \(3,\), as n is 2 in y; got .* \(4,\)$"):
        f(1.0, np.zeros((2, 3)), np.zeros(4))
    with pytest.raises(ArgumentError, match=r"^f: size n is 3 in x but 4 in y$"):
        copy(Type("f64", ("n",)), Type("f64", ("n",)), sizes=("n",))(np.zeros(3), np.zeros(4))


# -- out

def test_any_layout_of_out_is_written() -> None:
    f = copy(Type("f64", (2, 3)))
    x = np.arange(6.0).reshape(2, 3)
    for out in (np.zeros((2, 3), order="F"), np.zeros((2, 6))[:, ::2], np.zeros((3, 2)).T, np.zeros((2, 3))[::-1]):
        assert f(x, out=out) is out
        np.testing.assert_array_equal(out, x)
    row = np.zeros(4).view(np.matrix)[0]
    assert copy(Type("f64", (1, 4)))(X[None], out=row) is row and row.tolist() == [X.tolist()]


def test_an_unaligned_out_is_written() -> None:
    out = unaligned()
    assert copy(V4)(2 * X, out=out) is out and out.tolist() == (2 * X).tolist()


def test_a_number_can_go_into_a_0d_array() -> None:
    out = np.zeros(())
    assert copy(F64)(2.5, out=out) is out and out == 2.5
    a, b = copy(F64, Type("i64"))(1.5, 2, out=(out, None))
    assert a is out and out == 1.5 and b == 2


def test_interleaved_memory_does_not_overlap() -> None:
    whole = np.arange(8.0)
    out = whole[1::2]
    assert copy(V4)(whole[::2], out=out) is out
    assert whole.tolist() == [0, 0, 2, 2, 4, 4, 6, 6]
    with pytest.raises(ArgumentError, match="out overlaps argument x in memory"):
        copy(V4)(whole[:4], out=whole[:8:2])


@pytest.mark.parametrize("out, message", [
    (np.zeros(4), r"out: expected a tuple of 2 arrays or None, one for each output, got float64 array of shape \(4,\)"),
    ((None,), "out: expected a tuple of 2 arrays or None, one for each output, got 1"),
    ((None, np.zeros(3)), r"out\[1\]: expected a float64 array of shape \(4,\), got float64 array of shape \(3,\)"),
    ((1.0, None), r"out\[0\]: expected a float64 array of shape \(\), got the float 1.0"),
    ((None, np.zeros(4, ">f8")), r"out\[1\]: expected a float64 array of shape \(4,\), got >f8 array"),
    ((None, read_only()), r"out\[1\]: expected a float64 array of shape \(4,\), got one that is read-only"),
])
def test_a_wrong_out_is_named(out: Any, message: str) -> None:
    f = copy(F64, V4)
    with pytest.raises((ArgumentError, DTypeError), match=message):
        f(1.0, X, out=out)


def test_out_is_untouched_by_a_refused_call() -> None:
    f, first, second = copy(V4, V4), np.full(4, 7.0), np.full(5, 7.0)
    with pytest.raises(ArgumentError):
        f(X, X, out=(first, second))
    assert first.tolist() == [7.0] * 4 and second.tolist() == [7.0] * 5


def test_descriptions_are_short() -> None:
    assert describe(10**100) == "the int 1" + "0" * 36 + "..."
    assert (describe([1]), describe({}), describe(b""), describe(int)) == ("a list", "a dict", "a bytes", "a type")
