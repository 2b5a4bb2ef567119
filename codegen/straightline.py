"""Native code for tapes: functions of a thousand statements over a shared workspace, a few of them in a module.

LLVM's time grows faster than the length of a function, so pieces keep it linear, and modules keep its memory small. A value
that is met again soon stays in a register; one that is read later, or by another piece, is stored once and read again from
the workspace, so that no register is spilled. Knows nothing of graphs. Read `interpreter.py` next, the other way to run a
tape.
"""
from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..ir.extents import Extent
from . import external, math
from .elementwise import Emission, emit_elementwise
from .slots import places
from .tape import CLEARED, FLOATS, FMS, FNMA, FUSED, LOAD, MULTIPLY, NEGATIVE, Kind, Tape, constant
from .text import BYTES, SHORT, Body, literal, memory

PIECE = 1000          # statements in a function
PIECES = 8            # functions in a module
NEAR = 30             # statements for which a value stays in a register
QUICK_FROM = 30_000   # statements, from which LLVM selects instructions one by one: half the time, code 6 % slower

_OPCODES = ("fadd", "fsub", "fmul")


class Straightline:
    """A tape as native code: a lowered program, like `lower.Lowered`. `alone`: with all our math in it."""

    failures: tuple[str, ...] = ()
    opt = 0  # what the passes before have left is shared and folded: LLVM's own would only take time

    def __init__(self, tape: Tape, alone: bool = False) -> None:
        self.tape = tape
        self.work = tape.work()
        self.definitions, self.lines, self.symbols = called(tape.kinds, alone)

    @property
    def attributes(self) -> str:
        """Of pieces. LLVM's tuning for a processor may schedule after registers are allocated, which is slow and gains nothing."""
        quick = " optnone" if len(self.tape) >= QUICK_FROM else ""
        return f'noinline nounwind{quick} "tune-cpu"="generic"'

    @cached_property
    def workspace(self) -> Workspace:
        return workspace(self.tape)

    @cached_property
    def handed_out(self) -> np.ndarray:
        """The results of the tape in the order of the values."""
        found = self.tape.handed_out
        return found[np.argsort(found[:, 0], kind="stable")]

    @property
    def arena(self) -> int:
        return 8 * self.workspace.places

    def kernels(self) -> str:
        return str(self.tape)

    def bytes_moved(self) -> int:
        """What is read from inputs and written to outputs, and what goes through the workspace."""
        loads = np.array([kind.is_load for kind in self.tape.kinds])[self.tape.kind].sum()
        results = sum(len(values) * BYTES[memory(scalar)] for values, scalar in zip(self.tape.outputs, self.tape.stored))
        return results + 8 * int(loads + self.workspace.far.sum() + (self.workspace.place >= 0).sum())

    def extents(self) -> Iterator[Extent]:
        return iter(())

    def modules(self) -> Iterator[str]:
        """The texts: modules of pieces, then one of the functions that these call, and last the one that defines `@body`."""
        results = self.tape.results()
        fma = {f"declare {t} @llvm.fma.{SHORT[t]}({t}, {t}, {t})" for t in FLOATS}
        declared = "\n".join([*sorted(fma), *self.lines, *map(_declaration, self.definitions)])
        for begin in range(0, len(self.tape), PIECE * PIECES):
            pieces = [_Piece(self, results, k) for k in range(begin, min(begin + PIECE * PIECES, len(self.tape)), PIECE)]
            texts = [piece.text() for piece in pieces]
            intrinsics = {line for piece in pieces for line in piece.body.declarations} - set(fma)
            yield "\n".join([declared, *sorted(intrinsics), *texts])
        if self.definitions:
            yield "\n".join([*sorted(self.lines), *(text.replace("define internal", "define", 1) for text in self.definitions)])
        yield self._body()

    def _body(self) -> str:
        body, images = Body(), []
        for number, place in enumerate(self._constant_results().tolist()):
            if place:
                images += self._preset(body, number)
        begins = range(0, len(self.tape), PIECE)
        for begin in begins:
            body.emit(f"call void @piece{begin}(ptr %inputs, ptr %outputs, ptr %arena)")
        body.emit("ret i32 0")
        lines = [f"declare void @llvm.mem{name}, i64, i1 immarg)" for name in ("cpy.p0.p0.i64(ptr, ptr", "set.p0.i64(ptr, i8")]
        lines += [f"declare void @piece{begin}(ptr, ptr, ptr)" for begin in begins]
        head = "define internal i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr %arena) {\nentry:\n"
        return "\n".join([*lines, *images, head + "\n".join(body.lines) + "\n}\n"])

    def _constant_results(self) -> np.ndarray:
        """How many elements of each output are constants."""
        found = self.tape.handed_out
        return np.bincount(found[found[:, 0] < self.tape.first, 1], minlength=len(self.tape.outputs))

    def _preset(self, body: Body, number: int) -> list[str]:
        """Store the constant elements of an output: few of them one by one, many by filling the whole of it. Returns what it
        is filled with."""
        tape, scalar = self.tape, memory(self.tape.stored[number])
        values, size = tape.outputs[number], BYTES[scalar]
        at, bytes = np.flatnonzero(values < tape.first), len(values) * size
        place = body.load("ptr", "%outputs", "ptr", number)
        if len(at) <= CLEARED:
            for k in at.tolist():
                body.store(scalar, literal(constant(tape.constants[values[k]], tape.stored[number]), scalar), place, scalar, k)  # type: ignore[arg-type]
            return []
        if not values[at].any():
            body.emit(f"call void @llvm.memset.p0.i64(ptr {place}, i8 0, i64 {bytes}, i1 false)")
            return []
        body.emit(f"call void @llvm.memcpy.p0.p0.i64(ptr {place}, ptr @image{number}, i64 {bytes}, i1 false)")
        image = tape.constants[np.where(values < tape.first, values, 0)].view(np.uint8).reshape(-1, 8)[:, :size].tobytes()
        return [f'@image{number} = internal constant [{bytes} x i8] c"{"".join(f"{chr(92)}{byte:02X}" for byte in image)}", align 8']


class Workspace(NamedTuple):
    """For each operand whether it is read from the workspace, for each value its place there or -1, and how many there are."""

    far: np.ndarray
    place: np.ndarray
    places: int


def workspace(tape: Tape) -> Workspace:
    """What goes through memory: values that were not met for a while, or not in this piece."""
    reads, first, n = tape.reads(), tape.first, len(tape)
    flat = reads.reshape(-1)
    at = np.flatnonzero(flat >= first)
    # Every time that a value is met, in order: where it is made, then where it is read.
    value = np.concatenate([np.arange(first, first + n), flat[at]])
    when = np.concatenate([np.arange(n), at // reads.shape[1]])
    order = np.lexsort((when, value))
    value, when = value[order], when[order]
    gone = (when[1:] - when[:-1] > NEAR) | (when[1:] // PIECE != when[:-1] // PIECE)
    again = np.flatnonzero((value[1:] == value[:-1]) & gone) + 1
    far = np.zeros(flat.shape, bool)
    far[at[order[again] - n]] = True
    dies = np.full(first + n, -1, np.int64)
    dies[value[again]] = when[again]  # in the order of `when`: the last one counts
    stored = np.flatnonzero(dies >= 0)
    place, count = places(stored - first, dies[stored], PIECE)
    all = np.full(first + n, -1, np.int64)
    all[stored] = place
    return Workspace(far.reshape(reads.shape), all, count)


def called(kinds: Sequence[Kind], alone: bool = False) -> tuple[list[str], list[str], tuple[str, ...]]:
    """The definitions of the functions that statements of these kinds call, lines that go with them, and their symbols."""
    functions: Counter[tuple[str, str, int]] = Counter()
    scratch = Emission(Body(), 1, functions)
    for kind in kinds:
        if kind.node is not None:
            emit_elementwise(scratch, kind.node, ["poison"] * len(kind.operands))
    ours = {f for f in functions if not external.is_external(f[0])} | external.needs(functions)
    definitions, lines, outside = math.parts(ours, lambda *_: False, *([] if alone else [math.shareable]))
    others, declared, symbols = external.parts(f for f in functions if external.is_external(f[0]))
    return [*definitions, *others], sorted(lines | declared), (*symbols, *sorted(outside))


def _declaration(definition: str) -> str:
    """What another module says of a function that is defined here."""
    head = definition.split("\n", 1)[0].removesuffix(" {").replace("define internal", "declare")
    return re.sub(r" %\w+(?=[,)])", "", head)


class _Piece:
    """One function: the statements from `begin` on."""

    def __init__(self, line: Straightline, results: list[str], begin: int) -> None:
        tape = line.tape
        self.tape, self.space, self.results = tape, line.workspace, results
        self.attributes = line.attributes
        self.begin, self.end = begin, min(begin + PIECE, len(tape))
        self.body = Body("")
        self.e = Emission(self.body, 1, Counter())
        self.names: dict[int, str] = {}
        self.arrays: dict[tuple[str, int], str] = {}
        self.handed: dict[int, list[tuple[int, int]]] = {}  # the values of this piece that are results: of which outputs, which elements
        found, first = line.handed_out, tape.first
        low, high = np.searchsorted(found[:, 0], [first + begin, first + self.end])
        for value, output, k in found[low:high].tolist():
            self.handed.setdefault(value, []).append((output, k))

    def text(self) -> str:
        tape, first, body = self.tape, self.tape.first, self.body
        inside = slice(self.begin, self.end)
        places = self.space.place[first + self.begin:first + self.end].tolist()
        operands = tape.operands[inside]
        far = self.space.far[inside]  # elsewhere an operand may be the number of an element of an input
        froms = np.where(far, self.space.place[np.where(far, operands, 0)], -1).tolist()
        rows = zip(tape.kind[inside].tolist(), operands.tolist(), froms, places)
        for value, (code, reads, there, place) in enumerate(rows, first + self.begin):
            kind = tape.kinds[code]
            if code < LOAD:
                name = self._arithmetic(code, kind.result, reads, there)
            elif kind.is_load:
                name = self._loaded(kind.result, self._array("inputs", reads[0]), memory(kind.result), reads[1])
            else:
                given = [self._operand(v, at, scalar) for v, at, scalar in zip(reads, there, kind.operands)]
                assert kind.node is not None
                name = emit_elementwise(self.e, kind.node, given)
            self.names[value] = name
            if place >= 0:
                self._stored(kind.result, name, "%w", "i64", place)
            for output, k in self.handed.get(value, ()):
                self._stored(kind.result, name, self._array("outputs", output), memory(kind.result), k)
        body.emit("ret void")
        head = f"define void @piece{self.begin}(ptr %inputs, ptr %outputs, ptr noalias %w) {self.attributes} {{\nentry:\n"
        return head + "\n".join(body.lines) + "\n}\n"

    def _arithmetic(self, code: int, scalar: str, reads: list[int], there: list[int]) -> str:
        form, value = code % len(FUSED), self.body.value
        x = self._operand(reads[0], there[0], scalar)
        if form == NEGATIVE:
            return value(f"fneg {scalar} {x}")
        y = self._operand(reads[1], there[1], scalar)
        if form <= MULTIPLY:
            return value(f"{_OPCODES[form]} {scalar} {x}, {y}")
        z = self._operand(reads[2], there[2], scalar)
        if form == FMS:
            z = value(f"fneg {scalar} {z}")
        elif form == FNMA:
            x = value(f"fneg {scalar} {x}")
        return value(f"call {scalar} @llvm.fma.{SHORT[scalar]}({scalar} {x}, {scalar} {y}, {scalar} {z})")

    def _operand(self, value: int, there: int, scalar: str) -> str:
        """The name of a value, which is read from the workspace if its place there is given."""
        if there >= 0:
            self.names[value] = self._loaded(scalar, "%w", "i64", there)
        elif value < self.tape.first:
            return literal(constant(self.tape.constants[value], scalar), scalar)  # type: ignore[arg-type]
        return self.names[value]

    def _loaded(self, scalar: str, pointer: str, unit: str, place: int) -> str:
        if scalar == "i1":
            return self.body.compare("ne", "i8", self.body.load("i8", pointer, unit, place), "0")
        return self.body.load(scalar, pointer, unit, place)

    def _stored(self, scalar: str, value: str, pointer: str, unit: str, place: int) -> None:
        if scalar == "i1":
            scalar, value = "i8", self.body.convert("zext", "i1", value, "i8")
        self.body.store(scalar, value, pointer, unit, place)

    def _array(self, arrays: str, number: int) -> str:
        """The data of an input or an output."""
        found = self.arrays.get((arrays, number))
        if found is None:
            found = self.arrays[arrays, number] = self.body.load("ptr", f"%{arrays}", "ptr", number)
        return found
