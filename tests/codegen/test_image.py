"""Our own linker: what it lays out computes what LLVM's linker makes of the same objects, and it refuses what it does not know."""
from __future__ import annotations

import ctypes
import gc
import os
import pickle
import struct
import sys
from typing import Any

import numpy as np
import pytest
from native import resident

import wengert as wg
from wengert.codegen import code, image, jit
from wengert.codegen.callable import slow_path
from wengert.codegen.mapped import Mapped

pytestmark = pytest.mark.skipif(not (sys.platform == "linux" and jit.host()[0].startswith("x86_64")), reason="images are ELF for x86-64")

# Everything that a module may hold: constants, zeros, data that code writes, tables of addresses within and without.
MODULE = """
@number = internal constant double 2.5
@zeros = internal global [3 x i64] zeroinitializer
@count = internal global i64 40
@table = internal constant [3 x ptr] [ptr @number, ptr @outer, ptr @inside]
@outer = external global double
declare double @cos(double)
declare i64 @next(i64)
declare ptr @memset(ptr, i32, i64)

define internal i64 @inside(i64 %x) noinline {
  %old = load i64, ptr @count
  %new = add i64 %old, %x
  store i64 %new, ptr @count
  ret i64 %new
}
define i64 @use(i64 %x) {
  %place = getelementptr ptr, ptr @table, i64 2
  %function = load volatile ptr, ptr %place
  %a = call i64 %function(i64 %x)
  %b = call i64 @next(i64 %a)
  store volatile i64 %b, ptr @zeros
  %c = load volatile i64, ptr @zeros
  ret i64 %c
}
define double @sum() {
  %first = load volatile ptr, ptr @table
  %a = load double, ptr %first
  %b = load double, ptr @outer
  %c = fadd double %a, %b
  %d = call double @cos(double 0.0)
  %e = fadd double %c, %d
  ret double %e
}
define ptr @clear(ptr %p, i64 %n) {
  %r = call ptr @memset(ptr %p, i32 0, i64 %n)
  ret ptr %r
}
"""
NEXT = "define i64 @next(i64 %x) {\n %y = add i64 %x, 1\n ret i64 %y\n}\n"


@pytest.mark.parametrize("level", [0, 2])
def test_every_kind_of_reference(level: int) -> None:
    objects = [jit.compile_ir(text, opt=level, codegen=level) for text in (MODULE, NEXT)]
    outer = ctypes.c_double(4.0)
    loaded = Mapped(image.link(objects, ["use", "sum", "clear"]), {"outer": ctypes.addressof(outer)})
    other = Mapped(image.link(objects, ["use"]), {"outer": ctypes.addressof(outer)})
    use = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)
    assert [use(loaded.address("use"))(2) for _ in range(3)] == [43, 45, 47]
    assert use(other.address("use"))(2) == 43  # its data are its own
    assert ctypes.CFUNCTYPE(ctypes.c_double)(loaded.address("sum"))() == 7.5
    block = ctypes.create_string_buffer(b"abc")
    ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64)(loaded.address("clear"))(ctypes.addressof(block), 2)
    assert block.raw[:3] == b"\0\0c"


def test_a_name_that_nobody_knows_is_said() -> None:
    objects = [jit.compile_ir("declare void @nobody.knows()\ndefine void @f() {\n call void @nobody.knows()\n ret void\n}\n")]
    with pytest.raises(KeyError, match=r"nobody\.knows"):
        Mapped(image.link(objects, ["f"]), {})


def elf() -> bytes:
    return jit.compile_ir(NEXT)


@pytest.mark.parametrize("data, said", [
    (b"", "expected a relocatable ELF file"), (b"MZ" + bytes(100), "expected a relocatable ELF file"),
    (elf()[:5] + b"\2" + elf()[6:], "expected a relocatable ELF file"),                             # the other byte order
    (elf()[:18] + struct.pack("<H", 183) + elf()[20:], "expected a relocatable ELF file"),          # AArch64
    (elf()[:0x3C] + struct.pack("<H", 60000) + elf()[0x3E:], "the table of sections"),
    (elf()[:0x3C] + struct.pack("<H", 0) + elf()[0x3E:], "expected one table of symbols, got 0"),
])
def test_other_files_are_refused(data: bytes, said: str) -> None:
    with pytest.raises(image.Unlinkable, match=said):
        image.link([data], ["next"])


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(image.Unlinkable, match="expected the functions next, other, got next"):
        image.link([elf()], ["next", "other"])
    local = "@t = thread_local global i64 0\ndefine i64 @f() {\n %v = load i64, ptr @t\n ret i64 %v\n}\n"
    with pytest.raises(image.Unlinkable, match="relocations of the types"):
        image.link([jit.compile_ir(local)], ["f"])


x, w = wg.symbol("x", ("n", 40)), wg.symbol("w", (40, 30))
X, W = np.linspace(-1, 1, 8000).reshape(200, 40), np.linspace(-2, 2, 1200).reshape(40, 30)


def network() -> Any:
    y = wg.tanh(x @ w)
    cost = wg.sum(wg.exp(y) * wg.sin(y))
    return wg.function([x, w], [cost, wg.grad(cost, w), wg.cumsum(y, axis=0)])


def refuse(*_: Any) -> None:
    raise image.Unlinkable("a test")


def test_llvm_s_linker_loads_the_same_program(monkeypatch: pytest.MonkeyPatch) -> None:
    ours = network()
    assert isinstance(slow_path(ours).keep, Mapped)

    monkeypatch.setattr(code, "link", refuse)
    theirs = network()
    assert isinstance(slow_path(theirs).keep, jit.Engine)
    for a, b in zip(ours(X, W), theirs(X, W)):
        assert np.array_equal(a, b)


def test_bytes_carry_either_form(monkeypatch: pytest.MonkeyPatch) -> None:
    program = network()._build.program
    linked = program.compiled()
    monkeypatch.setattr(code, "link", refuse)
    for compiled, content in ((linked, image.Image), (program.compiled(), tuple)):
        again = pickle.loads(pickle.dumps(compiled))
        assert vars(again.signature) == vars(compiled.signature) and type(again.code.content) is content
        f = network()
        again.install(f)
        assert np.array_equal(f(X, W)[1], network()(X, W)[1])


def test_memory_goes_with_the_function() -> None:
    compiled = network()._build.program.compiled()
    f = network()

    def loads(count: int) -> int:
        for _ in range(count):
            compiled.install(f)
            f(X, W)
        gc.collect()
        return resident()

    loads(20)
    before = loads(20)
    assert loads(400) - before < 2000  # KB; a program is 20 KB, its arena more


def test_a_forked_child_writes_into_memory_of_its_own():
    """Scratch memory and the pool of threads are in it: a child that shared them would wait for its parent's threads."""
    text = """@n = internal global i64 0
define i64 @count() {
  %a = load i64, ptr @n
  %b = add i64 %a, 1
  store i64 %b, ptr @n
  ret i64 %b
}
"""
    loaded = code.Code.of([jit.compile_ir(text)], ["count"]).load({})
    assert isinstance(loaded, Mapped)
    count = ctypes.CFUNCTYPE(ctypes.c_int64)(loaded.address("count"))
    assert count() == 1
    child = os.fork()
    if not child:
        os._exit(0 if [count() for _ in range(5)] == [2, 3, 4, 5, 6] else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert count() == 2
