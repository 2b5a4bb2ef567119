"""Byte code for tapes, and the machine that runs it: the first answers of a large program, while LLVM compiles it.

The machine is compiled for the kinds of statements that a tape has, which takes the same time however long the tape is;
the code itself is an array. A run is a stretch of instructions of one kind: the machine chooses once a run. Sums,
differences and products are one kind, a*b + c with a factor 1 or a term -0 where the statement has none, which changes no
bit; a negated operand is read from beside the value, where its negative stands. The statements of a block are put in the
order of their depth, so that neighbours do not wait for each other. Read `straightline.py` next, the native code.
"""
from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import numpy as np

from .elementwise import Emission, emit_elementwise
from .slots import last_reads, places
from .straightline import called
from .tape import ADD, CLEARED, FMA, FMS, FNMA, FUSED, LOAD, MULTIPLY, NEGATIVE, SUBTRACT, Kind, Tape
from .text import BYTES, Body, memory

SYMBOL = "wengert.tape"  # the table of what a call needs: five words
REORDERED = 512          # statements in a block that is put in the order of depth
REUSED = 128             # statements after which places become free
_CELL = 8                # bytes; a value has two cells, the second for its negative


class Code(NamedTuple):
    """A tape as byte code. `arena` is the memory that a call needs; `text` defines `@body`, `symbols` are what it needs
    besides the table."""

    rows: np.ndarray
    runs: np.ndarray
    constants: np.ndarray
    arena: int
    text: str
    symbols: tuple[str, ...]

    def table(self) -> np.ndarray:
        """What the symbol SYMBOL must be the address of, for as long as the code may run."""
        pointers = [array.__array_interface__["data"][0] for array in (self.rows, self.runs, self.constants)]
        return np.array([*pointers, len(self.runs), self.constants.nbytes], np.uint64)


def encoded(tape: Tape, fma: bool) -> Code:
    """The byte code of a tape. `fma`: the machine multiplies and adds with one rounding."""
    tape = by_depth(tape)
    last = last_reads(tape.reads(), tape.first)
    last[tape.handed_out[:, 0]] = len(tape)
    born = np.arange(len(tape))
    place, top = places(born, np.maximum(last[tape.first:], born), REUSED)
    constants = _constants(tape)
    cell = 2 * np.concatenate([np.arange(tape.first), place + len(constants)])
    opcodes, number = _opcodes(tape)
    rows = _rows(tape, cell)
    clears, stores, stored = _results(tape, cell, rows.shape[1])
    first = len(opcodes)
    opcodes += [Kind("clear", (), ""), *(Kind("store", (scalar,), "") for scalar in sorted(set(tape.stored)))]
    operation = np.concatenate([number[tape.kind], np.full(len(clears), first), first + 1 + stored])
    begins = np.flatnonzero(np.diff(operation, prepend=-1))
    runs = np.stack([operation[begins], np.diff(np.append(begins, len(operation)))], axis=1).astype(np.int32)
    text, symbols = _machine(opcodes, rows.shape[1], fma)
    return Code(np.concatenate([rows, clears, stores]), runs, constants, 2 * _CELL * (len(constants) + top), text, symbols)


def by_depth(tape: Tape) -> Tape:
    """The tape with the statements of each block in the order of their depth in it, and of their kinds."""
    n, block = len(tape), min(REORDERED, max(len(tape), 1))
    order = np.argsort((np.arange(n) // block * (block + 1) + _depths(tape, block)) * len(tape.kinds) + tape.kind, kind="stable")
    return tape.reordered(order)


def _depths(tape: Tape, block: int) -> np.ndarray:
    """How long the longest way to each statement is in its block. The blocks are computed side by side."""
    n, reads = len(tape), tape.reads()
    blocks, width = -(-n // block), reads.shape[1]
    begin = np.arange(n) // block * block
    inside = reads - tape.first - begin[:, None]  # negative: made before the block
    row = np.where(inside >= 0, inside, block)
    cells = np.full((blocks * block, width), block * blocks)  # of a table with a row for each place in a block and one more
    cells[:n] = row * blocks + (begin // block)[:, None]
    cells = np.ascontiguousarray(cells.reshape(blocks, block, width).transpose(1, 2, 0))
    depth = np.full((block + 1) * blocks, -1, np.int32)
    for k in range(block):
        depth[k * blocks:(k + 1) * blocks] = depth[cells[k]].max(axis=0) + 1
    return depth[:block * blocks].reshape(block, blocks).T.reshape(-1)[:n]


# ---------------------------------------------------------------------------------------------------------- the code

def _constants(tape: Tape) -> np.ndarray:
    """The first cells of the memory: each constant and its negative; at their end, for each float type, the 1 and the -0
    that sums and products are completed with."""
    extra = b"".join(t(value).tobytes().ljust(8, b"\0") for t in (np.float64, np.float32) for value in (1, -0.0))
    bits = np.concatenate([tape.constants, np.frombuffer(extra, np.uint64)])
    scalars = np.array([*tape.scalars, "double", "double", "float", "float"])
    sign = np.select([scalars == "double", scalars == "float"], [np.uint64(1 << 63), np.uint64(1 << 31)], np.uint64(0))
    return np.stack([bits, bits ^ sign], axis=1)


def _rows(tape: Tape, cell: np.ndarray) -> np.ndarray:
    """An instruction a row: the cell of the result, and those of the operands."""
    reads = tape.reads()
    operands = np.where(reads >= 0, cell[reads], np.maximum(tape.operands, 0))
    for type, base in enumerate((0, len(FUSED))):
        one = 2 * (tape.first + 2 * type)
        form = tape.kind - base
        sums, alone = (form == ADD) | (form == SUBTRACT), (form == MULTIPLY) | (form == NEGATIVE)
        operands[sums, 2] = operands[sums, 1]
        operands[sums | (form == NEGATIVE), 1] = one
        operands[alone, 2] = one + 2
        operands[:, 2] += (form == SUBTRACT) | (form == FMS)  # the negative is the next cell
        operands[:, 0] += (form == NEGATIVE) | (form == FNMA)
    return np.concatenate([cell[tape.first:, None], operands], axis=1).astype(np.uint32)


def _opcodes(tape: Tape) -> tuple[list[Kind], np.ndarray]:
    """The kinds that the machine must know, and for each kind of the tape its number among them: the arithmetic of a float
    type is one."""
    opcodes: list[Kind] = []
    number = np.zeros(len(tape.kinds), np.int32)
    present = np.bincount(tape.kind, minlength=len(tape.kinds)) > 0
    for base in (0, len(FUSED)):
        if present[base:base + len(FUSED)].any():
            number[base:base + len(FUSED)] = len(opcodes)
            opcodes.append(tape.kinds[base + FMA])
    others = (np.flatnonzero(present[LOAD:]) + LOAD).tolist()
    for k in sorted(others, key=lambda k: _order(tape.kinds[k])):
        number[k] = len(opcodes)
        opcodes.append(tape.kinds[k])
    return opcodes, number


def _order(kind: Kind) -> tuple[object, ...]:
    """By what kinds are told apart, so that programs of the same ones have the same machine."""
    return kind.name, kind.result, kind.operands, repr(kind.node.attrs if kind.node is not None else ())


def _results(tape: Tape, cell: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Instructions that hand out the results: (rows that clear an output with many zeros: its number, bytes, words above
    them; rows that store: the output's number, the element's, the cell; for these the number of their LLVM type)."""
    values, outputs, places = tape.handed_out.T
    zeros = np.bincount(outputs[values == 0], minlength=len(tape.outputs))
    cleared = np.flatnonzero(zeros > CLEARED)
    bytes = np.array([len(tape.outputs[k]) * BYTES[memory(tape.stored[k])] for k in cleared.tolist()], np.int64)
    types = sorted(set(tape.stored))
    of_type = np.array([types.index(scalar) for scalar in tape.stored], np.int64)[outputs]
    kept = np.flatnonzero((values != 0) | (zeros[outputs] <= CLEARED))
    order = kept[np.argsort(of_type[kept], kind="stable")]
    clears = np.stack([cleared, bytes & 0xFFFFFFFF, bytes >> 32], axis=1)
    stores = np.stack([outputs[order], places[order], cell[values[order]]], axis=1)
    return _wide(clears, width), _wide(stores, width), of_type[order]


def _wide(rows: np.ndarray, width: int) -> np.ndarray:
    return np.pad(rows, [(0, 0), (0, width - 3)]).astype(np.uint32)


# ------------------------------------------------------------------------------------------------------- the machine

_HEAD = """define internal i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr %arena) {
entry:
"""


def _machine(opcodes: list[Kind], width: int, fma: bool) -> tuple[str, tuple[str, ...]]:
    """The text that defines `@body` for these kinds of instructions, and the symbols that it needs."""
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
