"""The scratch memory of a call: `@run`, which finds an arena and runs `@body` in it.

Owns the memory between calls: a function keeps one block, and a second thread inside it takes a temporary one. Knows
nothing of Python's objects. Read `callable.py` next.
"""
from __future__ import annotations

from .signature import Signature
from .sizes import emit_dim
from .text import Body

STACK = 16 << 10    # an arena of a constant size up to this lives on the stack
_ALIGN = 64

_RUN = "define i32 @run(ptr %inputs, ptr %outputs, ptr %sizes) nounwind {\nentry:\n"

# %need is computed in front. The flag, the block and its size are the function's own: only who holds the flag may
# look at the other two. Blocks come unaligned and 64 bytes larger.
_ACQUIRE = """\
  %won = cmpxchg ptr @arena.busy, i32 0, i32 1 acquire monotonic
  %mine = extractvalue { i32, i1 } %won, 1
  br i1 %mine, label %kept, label %temporary
kept:
  %have = load i64, ptr @arena.bytes
  %enough = icmp sge i64 %have, %need
  br i1 %enough, label %use, label %grow
grow:
  %old = load ptr, ptr @arena.block
  call void @PyMem_RawFree(ptr %old)
  %grown = call ptr @PyMem_RawMalloc(i64 %bytes)
  store ptr %grown, ptr @arena.block
  %failed = icmp eq ptr %grown, null
  %now = select i1 %failed, i64 -1, i64 %need
  store i64 %now, ptr @arena.bytes
  br i1 %failed, label %give_up, label %use
give_up:
  store atomic i32 0, ptr @arena.busy release, align 4
  ret i32 -1
use:
  %block = load ptr, ptr @arena.block
  br label %run
temporary:
  %borrowed = call ptr @PyMem_RawMalloc(i64 %bytes)
  %missing = icmp eq ptr %borrowed, null
  br i1 %missing, label %without, label %run
without:
  ret i32 -1
run:
  %raw = phi ptr [%block, %use], [%borrowed, %temporary]
  %at = ptrtoint ptr %raw to i64
  %above = add i64 %at, 63
  %down = and i64 %above, -64
  %arena = inttoptr i64 %down to ptr
  %code = call i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr %arena)
  br i1 %mine, label %leave, label %return
leave:
  store atomic i32 0, ptr @arena.busy release, align 4
  ret i32 %code
return:
  call void @PyMem_RawFree(ptr %raw)
  ret i32 %code
}

define void @release() nounwind {
  %block = load ptr, ptr @arena.block
  call void @PyMem_RawFree(ptr %block)
  store ptr null, ptr @arena.block
  store i64 -1, ptr @arena.bytes
  ret void
}

@arena.busy = internal global i32 0
@arena.bytes = internal global i64 -1
@arena.block = internal global ptr null
declare ptr @PyMem_RawMalloc(i64)
declare void @PyMem_RawFree(ptr)
"""


def keeps_memory(signature: Signature) -> bool:
    """Whether the function holds a block between calls, which its `@release` frees."""
    return not isinstance(signature.arena, int) or signature.arena > STACK


def run_text(signature: Signature) -> str:
    """The IR of `i32 @run(ptr inputs, ptr outputs, ptr sizes)`: the code of `@body`, or -1 where memory is out."""
    body = Body()
    if not keeps_memory(signature):
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
    body.emit(f"%need = add i64 {emit_dim(body, signature.arena, sizes)}, 0")
    body.emit(f"%bytes = add i64 %need, {_ALIGN}")
    return _RUN + "\n".join(body.lines) + "\n" + _ACQUIRE
