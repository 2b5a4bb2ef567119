"""One argument's value as an array of exactly the wanted type, where that loses nothing.

Arrays and array-likes keep NumPy's rule that a dtype is meant: f32 to f64 is fine, f64 to f32 is not. Python's numbers
and lists have only a kind: a float list becomes f32 if f32 is wanted, an int becomes a float, a float never an int.
Knows nothing of functions and calls; `arguments.py` completes the messages.
"""
from __future__ import annotations

import numbers
from typing import Any

import numpy as np

from ..ir.node import Node
from ..ir.types import Type

_KINDS = "biuf"     # of dtypes, from narrow to wide: bool, int, unsigned, float


class Mismatch(Exception):
    """What came instead of what was expected; `of_dtype` where the shape is not the trouble."""

    def __init__(self, message: str, *, of_dtype: bool = False) -> None:
        super().__init__(message)
        self.of_dtype = of_dtype


def describe(value: object) -> str:
    """A value in few words: "float64 array of shape (5,)", "the int 3", "a str"."""
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if isinstance(value, (bool, int, float, complex, np.generic)):
        text = repr(value.item() if isinstance(value, np.generic) else value)
        return f"the {type(value).__name__} {text if len(text) <= 40 else text[:37] + '...'}"
    if value is None:
        return "None"
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def to_array(value: Any, wanted: Type) -> tuple[np.ndarray, np.ndarray]:
    """The array that `value` is or became, and the one to read: exact dtype and rank, contiguous and aligned.

    Of the first only the memory matters: an `out` array must not overlap it. Sizes are not checked here.
    """
    if isinstance(value, (np.ndarray, np.generic)):
        source = _array(value, wanted)
    elif isinstance(value, numbers.Number):
        source = _number(value, wanted)
    elif isinstance(value, (list, tuple)):
        source = _sequence(value, wanted)
    else:
        source = _array(value, wanted)
    if source.ndim == 1 and wanted.ndim == 2 and wanted.shape[1] == 1:  # a flat column
        source = source.reshape(-1, 1)
    if source.ndim != wanted.ndim:
        raise Mismatch(describe(value if isinstance(value, (numbers.Number, np.generic)) else source))
    if source.dtype == wanted.dtype and source.flags.c_contiguous and source.flags.aligned:
        return source, source
    return source, np.array(source, wanted.dtype, order="C")


def _number(value: Any, wanted: Type) -> np.ndarray:
    """Python's numbers, and those that register as such: fractions, SymPy's."""
    if wanted.ndim:
        raise Mismatch(describe(value))
    kind = wanted.dtype.kind
    try:
        if kind == "f" and isinstance(value, numbers.Real):
            return _narrow(np.array(float(value)), wanted)
        if kind == "b" and isinstance(value, bool):
            return np.asarray(value)
        if kind == "i" and isinstance(value, numbers.Integral):
            return _whole(int(value), wanted)
    except OverflowError:
        pass
    raise Mismatch(describe(value), of_dtype=True)


def _narrow(found: np.ndarray, wanted: Type) -> np.ndarray:
    if found.dtype == wanted.dtype:
        return found
    with np.errstate(over="ignore"):  # a float beyond float32 becomes infinity, as in NumPy
        return found.astype(wanted.dtype)


def _whole(value: int, wanted: Type) -> np.ndarray:
    limits = np.iinfo(wanted.dtype)
    if not limits.min <= value <= limits.max:
        raise OverflowError
    return np.asarray(value, wanted.dtype)


def _sequence(value: Any, wanted: Type) -> np.ndarray:
    try:
        found = np.asarray(value)
    except (ValueError, OverflowError) as error:
        raise Mismatch(f"{describe(value)} that is no array: {error}") from None
    if found.size == 0 and found.dtype == np.float64:
        return found.astype(wanted.dtype)  # [] has no kind
    have, want = found.dtype.kind, wanted.dtype.kind
    if have not in _KINDS:
        raise Mismatch(f"{describe(value)} of dtype {found.dtype}", of_dtype=True)
    if want == "f":
        return _narrow(found, wanted)
    if want == "i" and have in "biu":
        narrow = found.astype(wanted.dtype)
        if np.array_equal(narrow, found):
            return narrow
        raise Mismatch(f"{describe(value)} with numbers beyond {wanted.dtype}", of_dtype=True)
    if have != want:
        raise Mismatch(f"{describe(value)} of dtype {found.dtype}", of_dtype=True)
    return found


def _array(value: Any, wanted: Type) -> np.ndarray:
    """Arrays, NumPy's scalars, and whatever NumPy reads as an array."""
    if isinstance(value, Node):
        raise Mismatch(f"a symbolic {value.type}; a compiled function takes numbers and arrays", of_dtype=True)
    try:
        found = np.asarray(value)
    except Exception as error:  # a foreign __array__ may raise anything
        raise Mismatch(f"{describe(value)} that is no array: {error}", of_dtype=True) from None
    if isinstance(value, np.ma.MaskedArray) and np.ma.is_masked(value):
        raise Mismatch(f"{describe(value)} with masked entries; fill them first, with .filled(value)")
    if not fits(found.dtype, wanted.dtype, scalar=isinstance(value, np.generic)):
        what = describe(value)
        if not isinstance(value, (np.ndarray, np.generic, str, bytes, type(None))):
            what += f" of dtype {found.dtype}"
        advice = f"; convert it with .astype({wanted.dtype.name!r})" if found.dtype.kind in _KINDS else ""
        raise Mismatch(what + advice, of_dtype=True)
    return found


def fits(have: np.dtype, want: np.dtype, *, scalar: bool = False) -> bool:
    """Whether a conversion keeps the value: NumPy's "safe", and integers to floats. A scalar float may be narrowed."""
    if have.kind not in _KINDS:
        return False
    if want.kind == "f" and (have.kind in "biu" or (scalar and have == np.float64)):
        return True
    return bool(np.can_cast(have, want, "safe"))
