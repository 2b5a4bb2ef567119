"""The machine that runs byte code, as LLVM IR: one loop for each kind of instruction, and a choice between them.

Knows nothing of the code that it runs but the form of its rows. Read `straightline.py` next, native code for tapes.
"""
from __future__ import annotations

from collections import Counter

from .elementwise import Emission, emit_elementwise
from .interpreter import SYMBOL, Machine
from .straightline import called
from .tape import Kind
from .text import Body, memory

_HEAD = """define internal i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr %arena) {
entry:
"""


def machine_text(machine: Machine) -> tuple[str, tuple[str, ...]]:
    """The text that defines `@body`, and the symbols that it needs besides the table."""
    opcodes, width, fma = machine
    body = Body()
    functions: Counter[tuple[str, str, int]] = Counter()
    table = [body.value(f"load i64, ptr {body.value(f'getelementptr i64, ptr @{SYMBOL}, i64 {k}')}") for k in range(5)]
    code, runs, constants = (body.convert("inttoptr", "i64", word, "ptr") for word in table[:3])
    body.emit(f"call void @llvm.memcpy.p0.p0.i64(ptr align 16 %arena, ptr align 8 {constants}, i64 {table[4]}, i1 false)")
    body.branch("choose")
    body.open("choose")
    body.emit(f"%run = phi ptr [ {runs}, %entry ], [ %run.next, %done ]")
    body.emit(f"%row = phi ptr [ {code}, %entry ], [ %row.end, %done ]")
    body.emit(f"%left = phi i64 [ {table[3]}, %entry ], [ %left.next, %done ]")
    opcode = body.value("load i32, ptr %run")
    count = body.value(f"load i32, ptr {body.value('getelementptr i32, ptr %run, i64 1')}")
    words = body.op("mul", "i64", body.convert("zext", "i32", count, "i64"), str(width))
    body.emit(f"%row.end = getelementptr i32, ptr %row, i64 {words}")
    choices = " ".join(f"i32 {k}, label %op{k}" for k in range(1, len(opcodes)))
    body.emit(f"switch i32 {opcode}, label %op0 [ {choices} ]")
    for k, kind in enumerate(opcodes):
        body.open(f"op{k}")
        body.emit(f"%at{k} = phi ptr [ %row, %choose ], [ %at{k}.next, %op{k} ]")
        _Instruction(body, functions, f"%at{k}", fma).emit(kind)
        body.emit(f"%at{k}.next = getelementptr i32, ptr %at{k}, i64 {width}")
        body.branch_if(body.compare("eq", "ptr", f"%at{k}.next", "%row.end"), "done", f"op{k}")
    body.open("done")
    body.emit("%run.next = getelementptr i32, ptr %run, i64 2")
    body.emit("%left.next = sub i64 %left, 1")
    body.branch_if(body.compare("eq", "i64", "%left.next", "0"), "end", "choose")
    body.open("end")
    body.emit("ret i32 0")
    definitions, lines, symbols = called(opcodes)
    intrinsics = {f"declare void @llvm.mem{name}, i64, i1 immarg)" for name in ("cpy.p0.p0.i64(ptr, ptr", "set.p0.i64(ptr, i8")}
    head = sorted({*lines, *intrinsics, *body.declarations, f"@{SYMBOL} = external global [5 x i64]"})
    return "\n".join([*head, *definitions, _HEAD + "\n".join(body.lines) + "\n}\n"]), symbols


class _Instruction:
    """Emits what one instruction does, from the row at `at`."""

    def __init__(self, body: Body, functions: Counter[tuple[str, str, int]], at: str, fma: bool) -> None:
        self.body, self.at, self.fma = body, at, fma
        self.e = Emission(body, 1, functions)

    def emit(self, kind: Kind) -> None:
        if kind.name == "load":
            self._write(kind.result, self._read(kind.result, self._element("inputs", 1, 2, kind.result)))
        elif kind.name == "store":
            (scalar,) = kind.operands
            value = self._read(scalar, self._cell(2))
            self._put(scalar, value, self._element("outputs", 0, 1, scalar))
        elif kind.name == "clear":
            low, high = self._word(1), self.body.op("shl", "i64", self._word(2), "32")
            bytes = self.body.op("or", "i64", low, high)
            self.body.emit(f"call void @llvm.memset.p0.i64(ptr {self._array('outputs', 0)}, i8 0, i64 {bytes}, i1 false)")
        else:
            operands = [self._read(scalar, self._cell(k)) for k, scalar in enumerate(kind.operands, 1)]
            arithmetic = kind.node is None
            value = self._fused(kind.result, operands) if arithmetic else emit_elementwise(self.e, kind.node, operands)  # type: ignore[arg-type]
            self._write(kind.result, value)

    def _fused(self, scalar: str, operands: list[str]) -> str:
        if self.fma:
            return self.e.intrinsic("fma", scalar, *operands)
        return self.e.op("fadd", scalar, self.e.op("fmul", scalar, *operands[:2]), operands[2])

    def _word(self, k: int) -> str:
        word = self.body.value(f"load i32, ptr {self.body.value(f'getelementptr i32, ptr {self.at}, i64 {k}')}")
        return self.body.convert("zext", "i32", word, "i64")

    def _cell(self, k: int) -> str:
        return self.body.value(f"getelementptr i64, ptr %arena, i64 {self._word(k)}")

    def _array(self, arrays: str, k: int) -> str:
        return self.body.value(f"load ptr, ptr {self.body.value(f'getelementptr ptr, ptr %{arrays}, i64 {self._word(k)}')}")

    def _element(self, arrays: str, array: int, place: int, scalar: str) -> str:
        return self.body.value(f"getelementptr {memory(scalar)}, ptr {self._array(arrays, array)}, i64 {self._word(place)}")

    def _read(self, scalar: str, place: str) -> str:
        value = self.body.value(f"load {memory(scalar)}, ptr {place}")
        return self.body.compare("ne", "i8", value, "0") if scalar == "i1" else value

    def _put(self, scalar: str, value: str, place: str) -> None:
        if scalar == "i1":
            value = self.body.convert("zext", "i1", value, "i8")
        self.body.emit(f"store {memory(scalar)} {value}, ptr {place}")

    def _write(self, scalar: str, value: str) -> None:
        """A result into its cell, and that of a float's negative into the next one."""
        place = self._cell(0)
        if scalar == "double":
            pair = self.body.value(f"insertelement <2 x double> poison, double {value}, i64 0")
            pair = self.body.value(f"insertelement <2 x double> {pair}, double {self.e.op('fneg', scalar, value)}, i64 1")
            self.body.emit(f"store <2 x double> {pair}, ptr {place}, align 16")
            return
        self._put(scalar, value, place)
        if scalar == "float":
            self._put(scalar, self.e.op("fneg", scalar, value), self.body.value(f"getelementptr i64, ptr {place}, i64 1"))
