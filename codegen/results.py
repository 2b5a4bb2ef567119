"""Memory for large results, kept when they are dropped and handed out again.

The first touch of new memory costs more than computing most things that are written into it: an array of 8 MB is 2000 page
faults. So results from 1 MiB on come from blocks of whole huge pages, and a block whose array is gone waits for the next result
of its size, 128 MiB of them at most in a process. An array tells NumPy itself where its memory goes (NEP 49), so it is
like any other: it owns its data, may be resized, and may outlive the function. Where libc or NumPy lack what this needs,
results come from NumPy's own allocator.
"""
from __future__ import annotations

import ctypes
import functools
import sys

from ..ir.types import Type
from . import cpython
from .code import Loaded, resident

LARGE = 1 << 20    # bytes from which a result's memory is kept
KEPT = 128 << 20   # bytes that wait in all
_SLOTS = 32
_HUGE = 2 << 20    # a huge page, to which blocks are aligned and rounded
_HEADER = 64       # in front of the data: the block's length, and where it begins
# Data begins in another page from block to block, or arrays walked together meet in the same sets of a cache; but always with the
# page, as other allocators' large arrays do: a load waits for an earlier store in flight that lies equally far in its page.
_PAGE, _COLOURS = 4096, 16


def may_be_large(type: Type) -> bool:
    """Whether a result of this type may get memory from here, on this platform."""
    bytes = type.size * type.dtype.itemsize
    return type.ndim > 0 and (not isinstance(bytes, int) or bytes >= LARGE) and bool(_libc())


def addresses() -> dict[str, int]:
    """The symbol `results.array` of code that is loaded when first asked for."""
    return {"results.array": _pool().address("results.array")}


@functools.cache
def _libc() -> dict[str, int]:
    """What is needed of libc, where this process has all of it."""
    try:
        library = ctypes.CDLL(None)
        functions = {name: getattr(library, name) for name in ("posix_memalign", "free", "madvise", "memcpy", "memset")}
    except (OSError, TypeError, AttributeError):
        return {}
    return {name: ctypes.cast(function, ctypes.c_void_p).value or 0 for name, function in functions.items()}


@functools.cache
def _pool() -> Loaded:
    """The code for as long as the process lives: arrays call it when they go."""
    python = ctypes.pythonapi
    _handler.name, _handler.version = b"wengert", 1
    new = python.PyCapsule_New
    new.restype, new.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
    capsule = new(ctypes.addressof(_handler), _NAME, None)
    python.Py_IncRef(ctypes.py_object(capsule))  # the code refers to it for ever
    functions = {name: ctypes.cast(getattr(python, name), ctypes.c_void_p).value or 0 for name in ("Py_DecRef", "PyErr_Clear")}
    numpy = {name: cpython.numpy_function(number) for name, number in (("PyArray_NewFromDescr", 94), ("PyDataMem_SetHandler", 304))}
    text = _TEXT.format(slots=_SLOTS, kept=KEPT, above=_HUGE - 1, huge=_HUGE, header=_HEADER, start=8 - _HEADER, large=LARGE,
                        colours=_COLOURS, page=_PAGE, page_less_header=_PAGE - _HEADER,
                        front=_COLOURS * _PAGE, advise=int(sys.platform == "linux"))
    pool = resident("results", lambda: text, _libc() | functions | numpy | {"handler": id(capsule)},
                    ["results.array", *(f"results.{name}" for name in _FUNCTIONS)])
    for name in _FUNCTIONS:
        setattr(_handler, name, pool.address(f"results.{name}"))
    return pool


_FUNCTIONS = ("malloc", "calloc", "realloc", "free")
_NAME = b"mem_handler"


class _Handler(ctypes.Structure):
    """NumPy's PyDataMem_Handler, version 1."""

    _fields_ = [("name", ctypes.c_char * 127), ("version", ctypes.c_uint8), ("context", ctypes.c_void_p),
                *((name, ctypes.c_void_p) for name in _FUNCTIONS)]


_handler = _Handler()

# All of it runs under the GIL, as NumPy promises for handlers.
_TEXT = """
@slots = internal global [{slots} x ptr] zeroinitializer
@kept = internal global i64 0
@hand = internal global i64 0
@made = internal global i64 0
@handler = external global i8
declare i32 @posix_memalign(ptr, i64, i64)
declare void @free(ptr)
declare i32 @madvise(ptr, i64, i32)
declare ptr @memcpy(ptr, ptr, i64)
declare ptr @memset(ptr, i32, i64)
declare void @Py_DecRef(ptr)
declare void @PyErr_Clear()
declare ptr @PyArray_NewFromDescr(ptr, ptr, i32, ptr, ptr, ptr, i32, ptr)
declare ptr @PyDataMem_SetHandler(ptr)

; An array whose memory is ours if it is large. NumPy's handler is a context variable, so no other thread sees the change.
define ptr @results.array(ptr %type, ptr %dtype, i32 %ndim, ptr %dims, i64 %bytes) nounwind {{
  %large = icmp sge i64 %bytes, {large}
  br i1 %large, label %ours, label %plain
plain:
  %small = call ptr @PyArray_NewFromDescr(ptr %type, ptr %dtype, i32 %ndim, ptr %dims, ptr null, ptr null, i32 0, ptr null)
  ret ptr %small
ours:
  %old = call ptr @PyDataMem_SetHandler(ptr @handler)
  %refused = icmp eq ptr %old, null
  br i1 %refused, label %clear, label %make
clear:
  call void @PyErr_Clear()
  br label %plain
make:
  %array = call ptr @PyArray_NewFromDescr(ptr %type, ptr %dtype, i32 %ndim, ptr %dims, ptr null, ptr null, i32 0, ptr null)
  %mine = call ptr @PyDataMem_SetHandler(ptr %old)
  call void @Py_DecRef(ptr %old)
  call void @Py_DecRef(ptr %mine)
  ret ptr %array
}}

define ptr @results.malloc(ptr %context, i64 %bytes) nounwind {{
entry:
  %place = alloca ptr
  %with = add i64 %bytes, {front}
  %over = add i64 %with, {above}
  %length = and i64 %over, -{huge}
  br label %look
look:
  %k = phi i64 [ 0, %entry ], [ %k.next, %other ]
  %more = icmp slt i64 %k, {slots}
  br i1 %more, label %slot, label %fresh
slot:
  %at = getelementptr ptr, ptr @slots, i64 %k
  %waiting = load ptr, ptr %at
  %empty = icmp eq ptr %waiting, null
  br i1 %empty, label %other, label %compare
compare:
  %header = getelementptr i8, ptr %waiting, i64 -{header}
  %its = load i64, ptr %header
  %fits = icmp eq i64 %its, %length
  br i1 %fits, label %take, label %other
other:
  %k.next = add i64 %k, 1
  br label %look
take:
  store ptr null, ptr %at
  %before = load i64, ptr @kept
  %less = sub i64 %before, %length
  store i64 %less, ptr @kept
  ret ptr %waiting
fresh:
  %error = call i32 @posix_memalign(ptr %place, i64 {huge}, i64 %length)
  %failed = icmp ne i32 %error, 0
  br i1 %failed, label %none, label %new
none:
  ret ptr null
new:
  %block = load ptr, ptr %place
  br i1 {advise}, label %advise, label %write
advise:
  %advised = call i32 @madvise(ptr %block, i64 %length, i32 14)
  br label %write
write:
  %made = load i64, ptr @made
  %made.next = add i64 %made, 1
  store i64 %made.next, ptr @made
  %colour = urem i64 %made, {colours}
  %pages = mul i64 %colour, {page}
  %behind = add i64 %pages, {page_less_header}
  %begin = getelementptr i8, ptr %block, i64 %behind
  %start = getelementptr i8, ptr %begin, i64 8
  store i64 %length, ptr %begin
  store ptr %block, ptr %start
  %data = getelementptr i8, ptr %begin, i64 {header}
  ret ptr %data
}}

define internal void @results.drop(ptr %data) nounwind {{
  %start = getelementptr i8, ptr %data, i64 {start}
  %block = load ptr, ptr %start
  call void @free(ptr %block)
  ret void
}}

define void @results.free(ptr %context, ptr %data, i64 %bytes) nounwind {{
entry:
  %nothing = icmp eq ptr %data, null
  br i1 %nothing, label %done, label %give
give:
  %header = getelementptr i8, ptr %data, i64 -{header}
  %length = load i64, ptr %header
  %huge = icmp ugt i64 %length, {kept}
  br i1 %huge, label %drop, label %room
drop:
  call void @results.drop(ptr %data)
  br label %done
room:
  %kept = load i64, ptr @kept
  %sum = add i64 %kept, %length
  %full = icmp ugt i64 %sum, {kept}
  br i1 %full, label %evict, label %look
evict:
  %turn = load i64, ptr @hand
  %next = add i64 %turn, 1
  %wrapped = urem i64 %next, {slots}
  store i64 %wrapped, ptr @hand
  call void @results.evict(i64 %turn)
  br label %room
look:
  %k = phi i64 [ 0, %room ], [ %k.next, %other ]
  %more = icmp slt i64 %k, {slots}
  br i1 %more, label %slot, label %evict
slot:
  %at = getelementptr ptr, ptr @slots, i64 %k
  %old = load ptr, ptr %at
  %empty = icmp eq ptr %old, null
  br i1 %empty, label %put, label %other
other:
  %k.next = add i64 %k, 1
  br label %look
put:
  store ptr %data, ptr %at
  store i64 %sum, ptr @kept
  br label %done
done:
  ret void
}}

define internal void @results.evict(i64 %slot) nounwind {{
  %at = getelementptr ptr, ptr @slots, i64 %slot
  %data = load ptr, ptr %at
  %empty = icmp eq ptr %data, null
  br i1 %empty, label %done, label %drop
drop:
  %header = getelementptr i8, ptr %data, i64 -{header}
  %length = load i64, ptr %header
  %before = load i64, ptr @kept
  %less = sub i64 %before, %length
  store i64 %less, ptr @kept
  store ptr null, ptr %at
  call void @results.drop(ptr %data)
  br label %done
done:
  ret void
}}

define ptr @results.calloc(ptr %context, i64 %count, i64 %each) nounwind {{
  %bytes = mul i64 %count, %each
  %data = call ptr @results.malloc(ptr %context, i64 %bytes)
  %none = icmp eq ptr %data, null
  br i1 %none, label %done, label %clear
clear:
  %cleared = call ptr @memset(ptr %data, i32 0, i64 %bytes)
  br label %done
done:
  ret ptr %data
}}

define ptr @results.realloc(ptr %context, ptr %data, i64 %bytes) nounwind {{
  %new = call ptr @results.malloc(ptr %context, i64 %bytes)
  %none = icmp eq ptr %new, null
  %first = icmp eq ptr %data, null
  %stop = or i1 %none, %first
  br i1 %stop, label %done, label %copy
copy:
  %header = getelementptr i8, ptr %data, i64 -{header}
  %length = load i64, ptr %header
  %held = sub i64 %length, {front}
  %shorter = icmp ult i64 %bytes, %held
  %some = select i1 %shorter, i64 %bytes, i64 %held
  %copied = call ptr @memcpy(ptr %new, ptr %data, i64 %some)
  call void @results.free(ptr %context, ptr %data, i64 %held)
  br label %done
done:
  ret ptr %new
}}
"""
