"""The native callable: from loaded code to an object that Python calls.

Owns `NativeCallable`, the class that a compiled function derives from. A PyCFunction would be as fast but has no
attributes and no methods; a class with a vectorcall pointer has both. Knows nothing of how `@body` came to be.
Read `entry.py` (the fast path) and `arguments.py` (the slow one) next.
"""
from __future__ import annotations

import ctypes
import sys
from typing import TYPE_CHECKING, Any

from . import cpython
from .arguments import CheckedCall, Explain
from .signature import Signature

if TYPE_CHECKING:
    from .code import Loaded

_VECTORCALL = cpython.HEADER            # where `Entry`'s instances keep the pointer to their code
_HAVE_VECTORCALL = 1 << 11              # of a type's flags
_BASETYPE, _DEFAULT = 1 << 10, 1 << 18
_FLAGS_OFFSET = 168                     # of tp_flags in a type object, 64 bits, CPython 3.8 to 3.13
_TP_CALL, _TP_MEMBERS = 50, 72          # slot numbers of PyType_FromSpec, part of the stable ABI
_SSIZE, _READONLY = 19, 1               # a member's kind and flag


class _Member(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("kind", ctypes.c_int), ("offset", ctypes.c_ssize_t),
                ("flags", ctypes.c_int), ("doc", ctypes.c_char_p)]


class _Slot(ctypes.Structure):
    _fields_ = [("slot", ctypes.c_int), ("value", ctypes.c_void_p)]


class _Spec(ctypes.Structure):
    _fields_ = [("name", ctypes.c_char_p), ("basicsize", ctypes.c_int), ("itemsize", ctypes.c_int),
                ("flags", ctypes.c_uint), ("slots", ctypes.POINTER(_Slot))]


def _vectorcall_type() -> tuple[type, object]:
    """A type whose instances have one field, the address to call, and what must stay in memory for its sake."""
    members = (_Member * 2)(_Member(b"__vectorcalloffset__", _SSIZE, _VECTORCALL, _READONLY, None))
    call = ctypes.cast(ctypes.pythonapi.PyVectorcall_Call, ctypes.c_void_p).value
    slots = (_Slot * 3)(_Slot(_TP_CALL, call), _Slot(_TP_MEMBERS, ctypes.addressof(members)))
    spec = _Spec(b"wengert.codegen.callable.Entry", _VECTORCALL + 8, 0, _DEFAULT | _BASETYPE | _HAVE_VECTORCALL, slots)
    make = ctypes.pythonapi.PyType_FromSpec
    make.restype, make.argtypes = ctypes.py_object, [ctypes.c_void_p]
    return make(ctypes.addressof(spec)), (members, slots, spec)


def _allow_vectorcall(cls: type) -> None:
    """Mark a subclass as having the vectorcall protocol, which Python classes inherit from 3.12 on.

    Before that the flag is set in the type object, if the flags are where we expect them. Without the flag calls work
    through tp_call, at about twice the cost.
    """
    if sys.version_info >= (3, 12) or any("__call__" in base.__dict__ for base in cls.__mro__ if base is not _Entry):
        return
    flags = ctypes.c_ulong.from_address(id(cls) + _FLAGS_OFFSET)
    if flags.value == cls.__flags__:
        flags.value |= _HAVE_VECTORCALL


def _slot_offset(base: type) -> int:
    """Where a subclass of `base` keeps its first slot, in bytes, or 0 if it is not found by looking."""
    probe_class = type("Probe", (base,), {"__slots__": ("slow",)})
    probe, mark = probe_class(), object()
    probe.slow = mark
    offset = base.__basicsize__
    if probe_class.__basicsize__ < offset + 8:
        return 0
    return offset if ctypes.c_void_p.from_address(id(probe) + offset).value == id(mark) else 0


class _PythonEntry:
    """What stands in for the vectorcall type where code must not read Python's objects."""

    __slots__ = ()

    def __call__(self, *args: Any, **named: Any) -> Any:
        return _slow_of(self).call(*args, **named)


_Entry: type = _PythonEntry
_SLOW = 0
if cpython.native_calls():
    _native, _kept = _vectorcall_type()
    _SLOW = _slot_offset(_native)
    if _SLOW:
        _Entry = _native


def has_fast_path() -> bool:
    """Whether compiled functions get `@call`; where not, every call is bound and checked in Python."""
    return _SLOW != 0


def slow_offset() -> int:
    """Where in a function its slow path is, for the code of `@call`."""
    return _SLOW


class NativeCallable(_Entry):  # type: ignore[misc]
    """An object whose call runs machine code. Derive from it, make an instance, and `install` code into it."""

    __slots__ = ("_slow",)

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        if has_fast_path():
            _allow_vectorcall(cls)


_slot: Any = NativeCallable.__dict__["_slow"]
_slow_of = _slot.__get__
# The slot's address is compiled into code, which must find there what `install` put: nobody else may set it. The
# collector still sees the reference, because it goes by the type's own list of slots.
del NativeCallable._slow


def install(
    function: NativeCallable, signature: Signature, engine: Loaded, explain: Explain | None = None, keep: object = None,
) -> None:
    """Make `function` run the code of `engine`, which lives from now on as long as the function, and `keep` with it.

    Only the function refers to the engine, through its slow path; the engine refers to nothing. So code is freed with
    its function, by reference counting alone. `explain` tells why a call failed, see `CheckedCall`. Code that the function
    ran before stays, because another thread may be in it.
    """
    try:
        before: CheckedCall | None = _slow_of(function)
    except AttributeError:
        before = None
    checked = CheckedCall(signature, engine.address("run"), engine, explain)
    checked.beside = keep, before
    if before is not None:
        checked.points = before.points
        before.beside = before.beside[0], None  # nobody is in what was there still earlier
    _slot.__set__(function, checked)
    if has_fast_path():
        ctypes.c_void_p.from_address(id(function) + _VECTORCALL).value = engine.address("call")


def slow_path(function: NativeCallable) -> CheckedCall:
    """The Python object that takes the calls which do not fit exactly."""
    checked: CheckedCall = _slow_of(function)
    return checked
