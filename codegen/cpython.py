"""What CPython and NumPy look like from machine code: field offsets and the addresses of functions and objects.

Owns the only assumptions about memory layout, each checked against live objects before any code relies on it. NumPy's
offsets are those that its own header macros compile into every extension. Read `entry.py` next.
"""
from __future__ import annotations

import ctypes
import functools
import sys
from typing import Any

import numpy as np

HEADER = object.__basicsize__   # bytes before a type's own fields: the reference count and the type
TYPE = HEADER - 8
FLOAT = HEADER
TUPLE_SIZE = HEADER
TUPLE_ITEMS = tuple.__basicsize__
DATA, NDIM, DIMS, DESCR, FLAGS = HEADER, HEADER + 8, HEADER + 16, HEADER + 40, HEADER + 48
# A dtype's kind, character, byte order, a byte without meaning, and its number in four bytes: what makes dtypes equal.
KIND = HEADER + 8
KIND_MASK = ~(0xFF << 24) & (1 << 64) - 1
C_CONTIGUOUS, ALIGNED, WRITEABLE = 0x1, 0x100, 0x400    # of an array's flags

OUT = sys.intern("out")         # keyword names are interned, so code compares the address
CALL = sys.intern("call")       # the slow path's method
DTYPES = tuple(np.dtype(name) for name in ("float64", "float32", "int64", "int32", "bool"))

_FUNCTIONS = ("PyObject_VectorcallMethod", "PyFloat_FromDouble", "PyLong_FromLongLong", "PyBool_FromLong", "PyLong_AsDouble",
              "PyLong_AsLongLongAndOverflow", "PyErr_Occurred", "PyErr_Clear", "PyTuple_New", "Py_IncRef", "Py_DecRef",
              "PyEval_SaveThread", "PyEval_RestoreThread", "PyMem_RawMalloc", "PyMem_RawFree")


def _pointer(address: int) -> int:
    return ctypes.c_void_p.from_address(address).value or 0


def _numpy_table() -> int:
    core: Any = next(getattr(np, name) for name in ("_core", "core") if hasattr(np, name))  # NumPy 2, NumPy 1
    capsule = core._multiarray_umath._ARRAY_API
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return int(get(capsule, None))


def numpy_function(number: int) -> int:
    """The address of a function of NumPy's C interface, by its place in the table."""
    return _pointer(_numpy_table() + 8 * number)


def _array_agrees(array: np.ndarray, flags: int) -> bool:
    """Whether the memory at our offsets says what NumPy's Python face says. Pointers are followed only once the rest is right."""
    base = id(array)
    found = (_pointer(base + TYPE), _pointer(base + DATA), ctypes.c_int.from_address(base + NDIM).value,
             _pointer(base + DESCR), ctypes.c_int.from_address(base + FLAGS).value & (C_CONTIGUOUS | ALIGNED | WRITEABLE))
    if found != (id(type(array)), array.ctypes.data, array.ndim, id(array.dtype), flags):
        return False
    dims = _pointer(base + DIMS)
    return tuple(ctypes.c_ssize_t.from_address(dims + 8 * axis).value for axis in range(array.ndim)) == array.shape


def _arrays_agree() -> bool:
    first = np.arange(12.0).reshape(3, 4)
    fixed = np.ones(5, np.float32)
    fixed.flags.writeable = False
    bits = np.zeros((2, 0, 3), np.bool_)
    facts = ((first, C_CONTIGUOUS | ALIGNED | WRITEABLE), (first.T, ALIGNED | WRITEABLE),
             (fixed, C_CONTIGUOUS | ALIGNED), (bits, C_CONTIGUOUS | ALIGNED | WRITEABLE))
    return np.ndarray.__basicsize__ >= FLAGS + 4 and all(_array_agrees(array, flags) for array, flags in facts)


def _dtypes_agree() -> bool:
    """Whether a dtype's fields are where `KIND` says."""
    for dtype in DTYPES:
        fields = ctypes.string_at(id(dtype) + KIND, 8)
        if fields[:3] != f"{dtype.kind}{dtype.char}{dtype.byteorder}".encode() or int.from_bytes(fields[4:], sys.byteorder) != dtype.num:
            return False
    return True


def _objects_agree() -> bool:
    number, other, pair = 1234.5, np.float64(-0.25), (None, "x", 3)
    floats = ((id(number), float, 1234.5), (id(other), np.float64, -0.25))
    for base, kind, value in floats:
        if _pointer(base + TYPE) != id(kind) or ctypes.c_double.from_address(base + FLOAT).value != value:
            return False
    items = [_pointer(id(pair) + TUPLE_ITEMS + 8 * k) for k in range(3)]
    return _pointer(id(pair) + TUPLE_SIZE) == 3 and items == [id(item) for item in pair]


@functools.cache
def native_calls() -> bool:
    """Whether code may read Python's objects by itself: CPython with its GIL, 64 bits, and every offset as expected.

    Elsewhere all calls take the slow path, which reads nothing.
    """
    if sys.implementation.name != "cpython" or ctypes.sizeof(ctypes.c_void_p) != 8:
        return False
    if HEADER != 16 or float.__basicsize__ != HEADER + 8:  # without the GIL objects begin with more than a count and a type
        return False
    try:
        table = _numpy_table()
    except (AttributeError, ValueError):
        return False
    return _objects_agree() and _dtypes_agree() and _arrays_agree() and _pointer(table + 8 * 2) == id(np.ndarray)


@functools.cache
def symbols() -> dict[str, int]:
    """The addresses of everything that `entry.py`'s code refers to. Objects in it live as long as the process."""
    def function(name: str) -> int:
        return ctypes.cast(getattr(ctypes.pythonapi, name), ctypes.c_void_p).value or 0

    table = {name: function(name) for name in (_FUNCTIONS if native_calls() else _FUNCTIONS[-2:])}
    if native_calls():
        table["PyArray_NewFromDescr"] = numpy_function(94)
        objects = {"type.float": float, "type.int": int, "type.tuple": tuple, "type.float64": np.float64,
                   "type.ndarray": np.ndarray, "true": True, "false": False, "none": None, "name.out": OUT,
                   "name.call": CALL}
        table |= {f"wengert.{name}": id(value) for name, value in objects.items()}
        table |= {f"wengert.dtype.{dtype.name}": id(dtype) for dtype in DTYPES}
    return table
