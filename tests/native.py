"""Hand-written programs for the tests of the native callable: each is the text that a lowering would make."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from wengert.codegen import jit
from wengert.codegen.arena import run_text
from wengert.codegen.callable import NativeCallable, Signature
from wengert.codegen.program import with_entry
from wengert.codegen.sizes import emit_dim
from wengert.codegen.text import Body
from wengert.ir.types import Dim, Poly, Type

HEAD = "define internal i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr %arena) nounwind {\nentry:\n"
F64 = Type("f64")
N = Poly.name("n")


class Function(NativeCallable):
    """What the driver derives: an object with a dict."""


def build(signature: Signature, body: str, symbols: dict[str, int] | None = None, cls: type = Function) -> Any:
    function = cls()
    with_entry([jit.compile_ir(body + run_text(signature))], signature).install(function, symbols=symbols)
    return function


def resident() -> int:
    """Resident memory in KB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def copy(*types: Type, sizes: tuple[str, ...] = (), single: bool | None = None, through_arena: bool = False, **facts: Any) -> Any:
    """A function with an output for each input, equal to it. `through_arena`: by way of scratch memory."""
    body = Body()
    known = {}
    for k, name in enumerate(sizes):
        known[name] = body.value(f"load i64, ptr {body.value(f'getelementptr i64, ptr %sizes, i64 {k}')}")
    needed: list[Dim] = []
    for k, type in enumerate(types):
        needed.append(type.size * type.dtype.itemsize)
        length = emit_dim(body, needed[-1], known)
        source, target = (body.value(f"load ptr, ptr {body.value(f'getelementptr ptr, ptr %{side}, i64 {k}')}")
                          for side in ("inputs", "outputs"))
        if through_arena:
            body.emit(f"call void @llvm.memcpy.p0.p0.i64(ptr %arena, ptr {source}, i64 {length}, i1 false)")
            source = "%arena"
        body.emit(f"call void @llvm.memcpy.p0.p0.i64(ptr {target}, ptr {source}, i64 {length}, i1 false)")
    text = "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n" + HEAD + "\n".join(body.lines) + "\n  ret i32 0\n}\n"
    if through_arena:
        assert len(types) == 1
        facts["arena"] = needed[0]
    inputs = tuple((name, type) for name, type in zip("xyzuvw", types, strict=False))
    return build(Signature("f", inputs, types, len(types) == 1 if single is None else single, sizes, **facts), text)


SQUARE = HEAD + """\
  %p = load ptr, ptr %inputs
  %x = load double, ptr %p
  %q = load ptr, ptr %outputs
  %y = fmul double %x, %x
  store double %y, ptr %q
  ret i32 0
}
"""


def square(cls: type = Function) -> Any:
    """f(x) = x * x."""
    return build(Signature("square", (("x", F64),), (F64,), single=True), SQUARE, cls=cls)


VALUE_AND_GRADIENT = HEAD + """\
  %x = load ptr, ptr %inputs
  %q = load ptr, ptr %outputs
  %o1 = getelementptr ptr, ptr %outputs, i64 1
  %g = load ptr, ptr %o1
  %n = load i64, ptr %sizes
  br label %head
head:
  %i = phi i64 [0, %entry], [%i1, %loop]
  %s = phi double [0.0, %entry], [%s1, %loop]
  %c = icmp slt i64 %i, %n
  br i1 %c, label %loop, label %done
loop:
  %px = getelementptr double, ptr %x, i64 %i
  %v = load double, ptr %px
  %vv = fmul double %v, %v
  %s1 = fadd double %s, %vv
  %d = fadd double %v, %v
  %pg = getelementptr double, ptr %g, i64 %i
  store double %d, ptr %pg
  %i1 = add i64 %i, 1
  br label %head
done:
  store double %s, ptr %q
  ret i32 0
}
"""


def value_and_gradient(**facts: Any) -> Any:
    """f(x) = (sum(x * x), 2 * x) for x: f64[n]."""
    x = Type("f64", (N,))
    return build(Signature("vg", (("x", x),), (F64, x), sizes=("n",), **facts), VALUE_AND_GRADIENT)
