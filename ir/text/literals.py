"""Numbers and arrays as text, exactly, in both directions. Read `printer.py` next."""
from __future__ import annotations

import base64
import json
import math
import re

import numpy as np

from ..types import SHORT

WORD = re.compile(r"[^\W\d]\w*")
PLAIN = 64  # arrays of more elements print as base64
NUMBER = re.compile(r"-?(?:nan\(0x[0-9a-f]{1,16}\)|(?:inf|nan)(?!\w)|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)")
FLOAT = re.compile(r"-?(?:nan\(0x[0-9a-f]{1,16}\)|(?:inf|nan)(?!\w)|\d+(?:\.\d*(?:[eE][+-]?\d+)?|[eE][+-]?\d+))")
# Words that mean something where a setting is expected, so that a dim of that name needs parentheses there.
RESERVED = frozenset({"true", "false", "none", "graph", "inf", "nan", *SHORT.values()})
_BITS: dict[str, np.dtype] = {"float64": np.dtype("uint64"), "float32": np.dtype("uint32")}


def name_text(name: str) -> str:
    """A name as it is where it is a word, else as a JSON string."""
    return name if WORD.fullmatch(name) else json.dumps(name)


def number_text(value: np.generic | np.ndarray) -> str:
    """One element in the shortest form that reads back to the same bits.

    >>> number_text(np.float64(-0.0)), number_text(np.float32(0.1)), number_text(np.int64(-3)), number_text(np.bool_(1))
    ('-0.0', '0.1', '-3', 'true')
    """
    if value.dtype.kind == "b":
        return "true" if value else "false"
    if value.dtype.kind == "i":
        return str(int(value))
    number = float(value)
    if math.isnan(number):
        bits = _bits(value)
        return "nan" if bits == _bits(value.dtype.type(np.nan)) else f"nan({bits:#x})"
    return repr(number) if value.dtype.itemsize == 8 else _short_text(number)


def _short_text(number: float) -> str:
    """A float32 in the fewest digits that give it back (at most 9), read as a double and rounded."""
    with np.errstate(over="ignore"):
        text = next((t for t in (f"{number:.{p}g}" for p in range(1, 10)) if float(np.float32(float(t))) == number), repr(number))
    return f"{text}.0" if re.fullmatch(r"-?\d+", text) else text


def _bits(value: np.generic | np.ndarray) -> int:
    return int(np.asarray(value).view(_BITS[value.dtype.name]))


def set_number(flat: np.ndarray, i: int, text: str) -> None:
    """Make element i the number that the text stands for, to the bit; ValueError says why that cannot be."""
    dtype = flat.dtype
    wrong = ValueError(f"{text} is not of {SHORT[dtype.name]}")
    if text.startswith("nan("):
        bits = int(text[4:-1], 16)
        if dtype.kind != "f" or bits >> 8 * dtype.itemsize:
            raise wrong
        flat.view(_BITS[dtype.name])[i] = bits  # as bits: a conversion would make a signalling NaN quiet
        if not np.isnan(flat[i]):
            raise wrong
    elif (dtype.kind == "b") != (text in ("true", "false")):
        raise wrong
    elif dtype.kind == "b":
        flat[i] = text == "true"
    elif dtype.kind == "i":
        if not re.fullmatch(r"-?\d{1,19}", text) or not np.iinfo(dtype).min <= int(text) <= np.iinfo(dtype).max:
            raise wrong
        flat[i] = int(text)
    else:
        with np.errstate(over="ignore"):
            flat[i] = float(text)
        if np.isinf(flat[i]) and "inf" not in text:
            raise wrong


def array_text(array: np.ndarray, elide: bool = False) -> str:
    """A scalar as a number, a small array as nested lists, a large one as base64, or cut short for display."""
    if array.ndim == 0:
        return number_text(array[()])
    if array.size > PLAIN and not elide:
        little = array.astype(array.dtype.newbyteorder("<"))
        return f'base64 "{base64.b64encode(little.tobytes()).decode()}"'
    if array.size > PLAIN:
        flat = array.reshape(-1)
        return f"[{', '.join(map(number_text, flat[:3]))}, ..., {number_text(flat[-1])}]"
    if array.size == 0:
        return "[]"
    texts = [number_text(value) for value in array.reshape(-1)]
    for length in reversed(array.shape):  # from the innermost axis: join rows of `length` texts
        texts = [f"[{', '.join(texts[i:i + length])}]" for i in range(0, len(texts), length)]
    return texts[0]


def array_from_base64(text: str, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """The array of base64 text; ValueError if it is not base64 or the bytes do not fill the shape."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError("the string is not base64") from None
    count = math.prod(shape)
    if len(data) != count * dtype.itemsize:
        raise ValueError(f"expected {count * dtype.itemsize} bytes, got {len(data)}")
    if dtype.kind == "b" and data.strip(b"\0\1"):
        raise ValueError("a bool must be the byte 0 or 1")
    return np.frombuffer(data, dtype.newbyteorder("<")).astype(dtype).reshape(shape)
