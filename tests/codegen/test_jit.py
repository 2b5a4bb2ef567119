"""Compiling and loading: what comes out runs, what is wrong says so, and what is dropped is gone."""
from __future__ import annotations

import ctypes
import gc
import weakref
from pathlib import Path

import pytest
from threads import together

from wengert.codegen import jit, undefined

HALF = "define double @half(double %x) {\n  %r = fmul double %x, 0x3FE0000000000000\n  ret double %r\n}\n"
Function = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)


def resident() -> int:
    """Resident memory in KB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


@pytest.mark.parametrize("opt", [0, 1, 2, 3])
def test_compiled_code_runs(opt: int) -> None:
    engine = jit.load([jit.compile_ir(HALF, opt=opt)], {}, ["half"])
    assert Function(engine.address("half"))(3.0) == 1.5


def test_an_object_is_the_same_each_time() -> None:
    assert jit.compile_ir(HALF) == jit.compile_ir(HALF)


def test_assembly_is_readable() -> None:
    assert "half:" in jit.assembly(HALF)


def test_externals_are_given_by_address() -> None:
    text = "declare double @outside(double)\ndefine double @f(double %x) {\n" \
        "  %y = call double @outside(double %x)\n  %z = fadd double %y, %y\n  ret double %z\n}\n"
    outside = Function(lambda x: x * 10)
    engine = jit.load([jit.compile_ir(text)], {"outside": ctypes.cast(outside, ctypes.c_void_p).value or 0}, ["f"])
    assert Function(engine.address("f"))(2.0) == 40.0


def test_a_missing_external_is_an_error(capfd: pytest.CaptureFixture[str]) -> None:
    text = "declare void @wengert_nowhere()\ndefine void @f() {\n  call void @wengert_nowhere()\n  ret void\n}\n"
    with pytest.raises(RuntimeError, match="materialize"):
        jit.load([jit.compile_ir(text)], {}, ["f"])
    assert "wengert_nowhere" in capfd.readouterr().err


def test_invalid_text_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="expected instruction opcode"):
        jit.compile_ir("define void @f() {\n  nonsense\n}\n")


def test_release_is_called_before_the_code_goes() -> None:
    text = "@flag = external global i32\ndefine void @drop() {\n  store i32 7, ptr @flag\n  ret void\n}\n" + HALF
    flag = ctypes.c_int(0)
    engine = jit.load([jit.compile_ir(text)], {"flag": ctypes.addressof(flag)}, ["half"], release="drop")
    assert Function(engine.address("half"))(4.0) == 2.0
    gone = weakref.ref(engine)
    del engine
    assert gone() is None and flag.value == 7


def test_memory_is_flat_over_many_compilations() -> None:
    def rounds(count: int) -> None:
        for _ in range(count):
            jit.load([jit.compile_ir(HALF)], {}, ["half"])

    rounds(100)
    gc.collect()
    before = resident()
    rounds(300)
    gc.collect()
    # llvmlite itself keeps 2 KB of each pass builder; a leaked pass pipeline is 44 KB, a leaked library 11 KB.
    assert resident() - before < 300 * 6


def test_threads_compile_at_once() -> None:
    results: list[float] = []

    def work(scale: float) -> None:
        for _ in range(5):
            engine = jit.load([jit.compile_ir(HALF)], {}, ["half"])
            results.append(Function(engine.address("half"))(scale) / scale)

    together(work, (k + 1.0 for k in range(8)))
    assert results == [0.5] * 40


def test_modules_together_have_one_name_for_others() -> None:
    """Names that two programs share must not meet in one executable."""
    piece = "define double @piece(double %x) noinline {\n %y = fmul double %x, 3.0\n ret double %y\n}\n@shared = global double 0.5\n"
    main = ("declare double @piece(double)\n@shared = external global double\ndefine double @main(double %x) {\n"
            " %y = call double @piece(double %x)\n %s = load double, ptr @shared\n %z = fadd double %y, %s\n ret double %z\n}\n")
    data = jit.compile_together([piece, main], ["main"], jit.target_machine())
    assert undefined.undefined(data) == []
    engine = jit.load([data, jit.compile_ir(piece.replace("3.0", "5.0"))], {}, ["main", "piece"])
    assert Function(engine.address("main"))(2.0) == 6.5 and Function(engine.address("piece"))(2.0) == 10.0
