"""The scratch memory of a call: `@run`, which finds an arena and runs `@body` in it.

Owns the memory between calls: a function keeps one block, and a second thread inside it takes a temporary one. Knows
nothing of Python's objects. Read `callable.py` next.
"""
from __future__ import annotations

from .signature import Signature
from .sizes import emit_dim
from .text import Body

_ALIGN = 64

_RUN = "define i32 @run(ptr %inputs, ptr %outputs, ptr %sizes) nounwind {\nentry:\n"

_DECLARATIONS = """\
declare { ptr, i1 } @arena.acquire(i64)
declare void @arena.leave(ptr, i1)
"""

# The flag, the block and its size are the function's own: only who holds the flag may look at the other two.
# `acquire` tells whether the block is the kept one. A block that was grown for a large call stays large.
_MEMORY = """\
@arena.busy = internal global i32 0
@arena.bytes = internal global i64 -1
@arena.block = internal global ptr null
declare ptr @PyMem_RawMalloc(i64)
declare void @PyMem_RawFree(ptr)

define { ptr, i1 } @arena.acquire(i64 %bytes) nounwind {
  %won = cmpxchg ptr @arena.busy, i32 0, i32 1 acquire monotonic
  %mine = extractvalue { i32, i1 } %won, 1
  br i1 %mine, label %kept, label %temporary
kept:
  %have = load i64, ptr @arena.bytes
  %enough = icmp sge i64 %have, %bytes
  br i1 %enough, label %use, label %grow
use:
  %block = load ptr, ptr @arena.block
  %used = insertvalue { ptr, i1 } { ptr null, i1 true }, ptr %block, 0
  ret { ptr, i1 } %used
grow:
  %old = load ptr, ptr @arena.block
  call void @PyMem_RawFree(ptr %old)
  %new = call ptr @PyMem_RawMalloc(i64 %bytes)
  %failed = icmp eq ptr %new, null
  %now = select i1 %failed, i64 -1, i64 %bytes
  store ptr %new, ptr @arena.block
  store i64 %now, ptr @arena.bytes
  %grown = insertvalue { ptr, i1 } { ptr null, i1 true }, ptr %new, 0
  ret { ptr, i1 } %grown
temporary:
  %other = call ptr @PyMem_RawMalloc(i64 %bytes)
  %borrowed = insertvalue { ptr, i1 } { ptr null, i1 false }, ptr %other, 0
  ret { ptr, i1 } %borrowed
}

define void @arena.leave(ptr %block, i1 %mine) nounwind {
  br i1 %mine, label %kept, label %temporary
kept:
  store atomic i32 0, ptr @arena.busy release, align 4
  ret void
temporary:
  call void @PyMem_RawFree(ptr %block)
  ret void
}

define void @release() nounwind {
  %block = load ptr, ptr @arena.block
  call void @PyMem_RawFree(ptr %block)
  ret void
}
"""


def run_text(signature: Signature) -> str:
    """The IR of `i32 @run(ptr inputs, ptr outputs, ptr sizes)`: the code of `@body`, or -1 where memory is out.

    It belongs into one module with `@body`, which it may inline.
    """
    body = Body()
    if not signature.keeps_memory:
        place = "null"
        if signature.arena:
            body.emit(f"%arena = alloca [{signature.arena} x i8], align {_ALIGN}")
            place = "%arena"
        body.emit(f"%code = call i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr {place})")
        body.emit("ret i32 %code")
        return _RUN + "\n".join(body.lines) + "\n}\n"
    sizes = {}
    for k, name in enumerate(signature.sizes):
        at = body.value(f"getelementptr i64, ptr %sizes, i64 {k}")
        sizes[name] = body.value(f"load i64, ptr {at}")
    need = emit_dim(body, signature.arena, sizes)
    bytes = body.op("add", "i64", need, str(_ALIGN - 1))  # malloc aligns to 16
    acquired = body.call("{ ptr, i1 }", "arena.acquire", [("i64", bytes)])
    block = body.value(f"extractvalue {{ ptr, i1 }} {acquired}, 0")
    mine = body.value(f"extractvalue {{ ptr, i1 }} {acquired}, 1")

    def run() -> str:
        arena = body.aligned(block, _ALIGN)
        return body.call("i32", "body", [("ptr", "%inputs"), ("ptr", "%outputs"), ("ptr", "%sizes"), ("ptr", arena)])

    result = body.either(body.compare("eq", "ptr", block, "null"), "i32", lambda: "-1", run)
    body.emit(f"call void @arena.leave(ptr {block}, i1 {mine})")
    body.emit(f"ret i32 {result}")
    return _DECLARATIONS + _RUN + "\n".join(body.lines) + "\n}\n"


def memory_text(signature: Signature) -> str:
    """The IR of `@arena.acquire`, `@arena.leave` and `@release`, or nothing where the stack is enough."""
    return _MEMORY if signature.keeps_memory else ""
