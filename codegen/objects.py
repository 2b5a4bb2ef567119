"""Python's objects as native code reads and makes them: fields, numbers out of objects and into objects, headers of arrays.

Owns these instructions; `cpython.py` says where the fields are. An object that does not fit exactly leaves for the block
`slow`, which is the caller's. Read `entry.py` next, the call that is made of them.
"""
from __future__ import annotations

import functools
from collections.abc import Sequence

from ..ir.types import Type
from . import cpython
from .text import BYTES, SCALAR, Body, memory


class Objects(Body):
    """The instructions of a function that handles Python's objects."""

    def field(self, pointer: str, offset: int, type: str = "ptr") -> str:
        """What lies `offset` bytes behind the pointer."""
        at = self.value(f"getelementptr i8, ptr {pointer}, i64 {offset}")
        return self.value(f"load {type}, ptr {at}")

    def at(self, array: str, index: int | str, type: str = "ptr") -> str:
        """The place of an element."""
        return self.value(f"getelementptr {type}, ptr {array}, i64 {index}")

    def item(self, array: str, index: int | str) -> str:
        """An element of an array of pointers."""
        return self.value(f"load ptr, ptr {self.at(array, index)}")

    def put(self, type: str, value: str, array: str, index: int | str) -> None:
        self.emit(f"store {type} {value}, ptr {self.at(array, index, type)}")

    def fit(self, condition: str) -> None:
        """Go on where the condition holds, else take the slow path."""
        self.require(condition, "slow")

    def all_fit(self, conditions: Sequence[str]) -> None:
        if conditions:
            self.fit(functools.reduce(lambda a, b: self.op("and", "i1", a, b), conditions))

    def is_a(self, object: str, type: str) -> str:
        """Whether the object is exactly of one of the types that `cpython.py` names."""
        return self.compare("eq", "ptr", self.field(object, cpython.TYPE), f"@wengert.type.{type}")

    def is_none(self, object: str) -> str:
        return self.compare("eq", "ptr", object, "@wengert.none")

    def fit_array(self, object: str, type: Type, flags: int) -> None:
        """The object must be an array of the type's dtype and rank that has the flags; its shape is another question."""
        dtype = f"@wengert.dtype.{type.dtype.name}"
        self.fit(self.call("i1", "call.array_matches", [
            ("ptr", object), ("ptr", dtype), ("i32", str(type.ndim)), ("i32", str(flags))]))

    # -- numbers

    def unbox(self, dtype: str, object: str, place: str) -> None:
        """Put the number that the object is into a place of eight bytes."""
        if dtype == "bool":
            self._unbox_bool(object, place)
        elif dtype.startswith("int"):
            self._unbox_int(dtype, object, place)
        else:
            self._unbox_float(object, place)
            if dtype == "float32":
                wide = self.value(f"load double, ptr {place}")
                self.emit(f"store float {self.convert('fptrunc', 'double', wide, 'float')}, ptr {place}")

    def _unbox_float(self, object: str, place: str) -> None:
        exact, other, after = self.label("exact"), self.label("other"), self.label("after")
        self.branch_if(self.is_a(object, "float"), exact, other)
        self.open(other)
        self.branch_if(self.call("i1", "call.other_float", [("ptr", object), ("ptr", place)]), after, "slow")
        self.open(exact)
        self.emit(f"store double {self.field(object, cpython.FLOAT, 'double')}, ptr {place}")
        self.branch(after)
        self.open(after)

    def _unbox_bool(self, object: str, place: str) -> None:
        true = self.compare("eq", "ptr", object, "@wengert.true")
        false = self.compare("eq", "ptr", object, "@wengert.false")
        self.fit(self.op("or", "i1", true, false))
        self.emit(f"store i8 {self.convert('zext', 'i1', true, 'i8')}, ptr {place}")

    def _unbox_int(self, dtype: str, object: str, place: str) -> None:
        self.fit(self.is_a(object, "int"))
        value = self.call("i64", "PyLong_AsLongLongAndOverflow", [("ptr", object), ("ptr", place)])
        fits = self.compare("eq", "i32", self.value(f"load i32, ptr {place}"), "0")
        if dtype == "int32":
            short = self.convert("trunc", "i64", value, "i32")
            same = self.compare("eq", "i64", self.convert("sext", "i32", short, "i64"), value)
            fits = self.op("and", "i1", fits, same)
        self.fit(fits)
        self.emit(f"store {f'i32 {short}' if dtype == 'int32' else f'i64 {value}'}, ptr {place}")

    def box(self, dtype: str, place: str) -> str:
        """The Python number of what lies in the place; null where memory is out."""
        type = memory(SCALAR[dtype])
        value = self.value(f"load {type}, ptr {place}")
        if dtype.startswith("float"):
            wide = value if type == "double" else self.convert("fpext", type, value, "double")
            return self.call("ptr", "PyFloat_FromDouble", [("double", wide)])
        wide = value if type == "i64" else self.convert("zext" if dtype == "bool" else "sext", type, value, "i64")
        return self.call("ptr", "PyBool_FromLong" if dtype == "bool" else "PyLong_FromLongLong", [("i64", wide)])

    def copy(self, dtype: str, place: str, array: str) -> None:
        """Put the number in the place into an array of rank 0."""
        bits = f"i{8 * BYTES[memory(SCALAR[dtype])]}"
        self.emit(f"store {bits} {self.value(f'load {bits}, ptr {place}')}, ptr {self.field(array, cpython.DATA)}")

    def keep(self, object: str) -> str:
        """The object with one more reference."""
        self.emit(f"call void @Py_IncRef(ptr {object})")
        return object
