"""One loop nest as an LLVM function, with explicit SIMD along one loop.

The lane loop runs in blocks of `lanes` elements and once more under a mask for the rest, so nothing is left to a
vectoriser and the same input gives the same bits. Loops over kept axes are outside, reduced loops inside with their
accumulators in registers. Knows kernels and instructions, not graphs. Read `lower.py` next.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..ir.types import Dim, dim_names
from .affine import Affine
from .elementwise import Emission, emit_elementwise, is_float
from .kernels import (
    SEQUENTIAL,
    Accumulate,
    Buffer,
    Compute,
    Extremum,
    Fill,
    Inside,
    Kernel,
    Load,
    Masked,
    Ramp,
    Running,
    Scatter,
    Statement,
    Store,
    positions,
)
from .sizes import emit_dim, emit_unless_empty
from .text import BYTES, SCALAR, Body, literal, mangle, splat, vector

BLOCK = 1 << 14  # elements of one partial sum of a long reduction; fixed, so that threads do not change the order


def memory(scalar: str) -> str:
    """How a scalar lies in memory: a bool is a byte."""
    return "i8" if scalar == "i1" else scalar


@dataclass(frozen=True)
class Shape:
    """How a kernel is run: the order of its loops, the loop that has lanes (None: scalar), and how many.

    The first `kept` loops of the order are outside the reduction. Where the reduction is `streamed`, the reduced loops
    are outside instead: rows are read as they lie in memory and added to the result, which is begun beforehand.
    """

    order: tuple[int, ...]
    kept: int
    lane: int | None
    lanes: int
    streamed: bool = False


PARAMETERS = 30  # a straight line with more buffers finds arguments and results through the two arrays of pointers
STREAM_FROM = 8  # vectors in a row, from which reading rows as they lie beats keeping the sums in registers


def shape_of(kernel: Kernel, width: int) -> Shape:
    """The shape for vectors of `width` bytes."""
    count = len(kernel.sizes)
    reduced = sorted(kernel.reduced)
    kept = [k for k in range(count) if k not in kernel.reduced]
    if count == 0 or any(isinstance(s, SEQUENTIAL) for s in kernel.statements):
        return Shape((*kept, *reduced), len(kept), None, 1)
    lane = _lane(kernel, kept)
    widest = max((BYTES[memory(SCALAR[d])] for d in kernel.dtypes.values() if d != "bool"), default=8)
    lanes, size = width // widest, kernel.sizes[lane]
    if isinstance(size, int):
        while lanes // 2 >= max(size, 1):
            lanes //= 2
    if lanes == 1:
        return Shape((*kept, *reduced), len(kept), None, 1)
    outer = [k for k in (kept if lane in kept else reduced) if k != lane]
    if lane in kept:
        long = not isinstance(size, int) or size >= STREAM_FROM * lanes
        if reduced and long and lane == count - 1 and kept == [lane]:
            return Shape((lane, *reduced), 0, lane, lanes, streamed=True)
        return Shape((*outer, lane, *reduced), len(kept), lane, lanes)
    return Shape((*kept, *outer, lane), len(kept), lane, lanes)


def _lane(kernel: Kernel, kept: Sequence[int]) -> int:
    """The loop whose lanes lie side by side in memory most often: the last one, or the last that is kept."""
    def apart(loop: int) -> int:
        found = [p.coefficient(loop) for s in kernel.statements if not isinstance(s, (Inside, Ramp)) for p in positions(s)]
        return sum(c not in (0, 1) for c in found)

    last = len(kernel.sizes) - 1
    return min(dict.fromkeys((last, *kept[-1:])), key=apart)


class Loops:
    """Emits one kernel. `text()` is the function `i32 @name(i64 %lo, i64 %hi, sizes..., buffers...)`.

    lo and hi bound the first loop. The result is 0, or 1 where an index from the data was out of bounds.
    """

    def __init__(self, kernel: Kernel, shape: Shape, functions: Counter[tuple[str, str, int]], block: int = 0) -> None:
        self.kernel, self.shape, self.block = kernel, shape, block
        self.body = Body()
        self.e = Emission(self.body, shape.lanes, functions)
        self.index: dict[int, str] = {}           # the loop variables' values; the lane loop's is its block's begin
        self.values: dict[int, str] = {}
        self.tail: str | None = None              # the mask of the lanes that exist
        self.accumulators: dict[Statement, str] = {}
        self.buffers = list(dict.fromkeys([*kernel.reads(), *kernel.writes()]))
        self.frames: tuple[str, ...] = ()
        if not kernel.sizes and len(self.buffers) > PARAMETERS:
            self.frames = ("inputs", "outputs")
            self.buffers = [b for b in self.buffers if f"{b.kind}s" not in self.frames]
        self.pointers = {b: f"%buffer.{b.symbol}" for b in self.buffers}
        self.sizes = {n: f"%size.{k}" for k, n in enumerate(sorted({n for dim in self._dims() for n in dim_names(dim)}))}
        self.checks = any(getattr(s, "indirect", ()) for s in kernel.statements)

    def _dims(self) -> list[Dim]:
        found: list[Dim] = [*self.kernel.sizes, *self.kernel.needs]
        for s in self.kernel.statements:
            for p in positions(s):
                found += [p.offset, *(c for _, c in p.terms)]
            if isinstance(s, Inside):
                found += [n for _, n in s.ranges]
            for _, stride, size in getattr(s, "indirect", ()):
                found += [stride, size]
        return found

    def parameters(self) -> list[tuple[str, str]]:
        """(type, name) of the sizes and the buffers, in the order of the function's parameters after lo and hi."""
        pointers = [("ptr", f"%{frame}") for frame in self.frames] + [("ptr", f"%buffer.{b.symbol}") for b in self.buffers]
        return [("i64", n) for n in self.sizes.values()] + pointers

    def text(self, attributes: str = "") -> str:
        written = set(self.kernel.writes())
        head = [f"i64 {n}" for n in ("%lo", "%hi", *self.sizes.values())] + [f"ptr %{frame}" for frame in self.frames]
        head += [f"ptr noalias {'' if b in written else 'readonly '}%buffer.{b.symbol}" for b in self.buffers]
        if self.checks:
            self._alloca("%status", "i32", "0")
        if self._any_masked():
            self._alloca("%nowhere", "[8 x i64]", "zeroinitializer")
        if self.shape.streamed:
            self._stream()
        else:
            self._prepare_accumulators()
            self._level(0)
        result = self.body.value("load i32, ptr %status") if self.checks else "0"
        self.body.emit(f"ret i32 {result}")
        text = "\n".join(self.body.lines)
        return f"define internal i32 @{self.kernel.name}({', '.join(head)}) {attributes} {{\nentry:\n{text}\n}}\n"

    def _any_masked(self) -> bool:
        return any((isinstance(s, Load) and (s.mask is not None or s.indirect)) or isinstance(s, Scatter) for s in self.kernel.statements)

    def _alloca(self, name: str, type: str, value: str) -> None:
        self.body.emit(f"{name} = alloca {type}, align 64")
        self.body.emit(f"store {type} {value}, ptr {name}")

    def _dim(self, dim: Dim) -> str:
        return emit_dim(self.body, dim, self.sizes)

    # -- loops -----------------------------------------------------------------------------------------------------

    def _level(self, depth: int) -> None:
        """The loops from `depth` inwards. As deep as the kernel has axes."""
        shape = self.shape
        if depth == shape.kept:
            self._begin_accumulators()
        if depth == len(shape.order):
            self._statements()
        else:
            axis = shape.order[depth]
            if depth == 0 and self.block:
                self._blocks(lambda low, high: self._axis(axis, low, high, depth))
            else:
                low, high = ("%lo", "%hi") if depth == 0 else ("0", self._dim(self.kernel.sizes[axis]))
                if depth in (0, shape.kept):
                    high = self._unless_empty(low, high, shape.order[depth + 1:shape.kept if depth < shape.kept else None])
                self._axis(axis, low, high, depth)
        if depth == shape.kept and not self.block:
            self._end_accumulators()

    def _stream(self) -> None:
        """Rows added to the result in memory: begun over lo .. hi of the kept loop, then all reduced loops around it."""
        lane, *reduced = self.shape.order
        self._lanes(lane, "%lo", "%hi", self._begin_rows)

        def around(rest: Sequence[int]) -> None:
            if not rest:
                return self._lanes(lane, "%lo", "%hi", self._statements)
            high = self._dim(self.kernel.sizes[rest[0]])
            if len(rest) == len(reduced):
                high = self._unless_empty("0", high, [*rest[1:], lane])
            self._loop(rest[0], "0", high, "1", lambda: around(rest[1:]))

        around(reduced)

    def _unless_empty(self, low: str, high: str, inside: Sequence[int]) -> str:
        dims = (*self.kernel.needs, *(self.kernel.sizes[axis] for axis in inside))
        return emit_unless_empty(self.body, low, high, dims, self.sizes)

    def _begin_rows(self) -> None:
        for s in self._accumulated():
            assert isinstance(s, Accumulate)
            scalar = self._scalar(s.value)
            self._write(s.buffer, s.position, scalar, self.e.const(identity(s.op, scalar), scalar))

    def _axis(self, axis: int, low: str, high: str, depth: int) -> None:
        if axis == self.shape.lane:
            self._lanes(axis, low, high, lambda: self._level(depth + 1))
        else:
            flipped = self.kernel.flipped and axis == len(self.kernel.sizes) - 1
            self._loop(axis, low, high, "1", lambda: self._level(depth + 1), flipped)

    def _blocks(self, inner: Callable[[str, str], None]) -> None:
        """Partial results over fixed blocks of the first loop: block b has [b*block, min((b+1)*block, n))."""
        total = self._dim(self.kernel.sizes[self.shape.order[0]])

        def one() -> None:
            low = self.body.op("mul", "i64", self.index[-1], str(self.block))
            high = self.body.op("add", "i64", low, str(self.block))
            high = self.body.select(self.body.compare("slt", "i64", high, total), "i64", high, total)
            self._begin_accumulators()
            inner(low, high)
            self._end_accumulators()

        self._loop(-1, "%lo", self._unless_empty("%lo", "%hi", self.shape.order[1:]), "1", one)

    def _loop(self, axis: int, low: str, high: str, step: str, inner: Callable[[], None], flipped: bool = False) -> None:
        """for axis in low .. high by step; a constant single trip is no loop."""
        body = self.body
        if not low.startswith("%") and not high.startswith("%"):
            trips = -((int(low) - int(high)) // int(step))
            if trips <= 0:
                return
            if trips == 1:
                self.index[axis] = low
                return inner()
        head, inside, exit, before = body.label("loop"), body.label("body"), body.label("done"), body.block
        body.branch(head)
        body.open(head)
        counter, following = body.name("i"), body.name("next")
        phi = len(body.lines)
        body.emit("")  # the phi, once the last block inside is known
        body.branch_if(body.compare("slt", "i64", counter, high), inside, exit)
        body.open(inside)
        self.index[axis] = counter
        if flipped:
            last = body.op("sub", "i64", self._dim(self.kernel.sizes[axis]), "1")
            self.index[axis] = body.op("sub", "i64", last, counter)
        inner()
        body.emit(f"{following} = add nsw i64 {counter}, {step}")
        body.lines[phi] = f"  {counter} = phi i64 [ {low}, %{before} ], [ {following}, %{body.block} ]"
        body.branch(head)
        body.open(exit)

    def _lanes(self, axis: int, low: str, high: str, inner: Callable[[], None]) -> None:
        body, lanes = self.body, self.shape.lanes
        if not low.startswith("%") and not high.startswith("%"):
            rest = (int(high) - int(low)) % lanes
            whole = str(int(high) - rest)
            self._loop(axis, low, whole, str(lanes), inner)
            if rest:
                mask = "<" + ", ".join(f"i1 {'true' if k < rest else 'false'}" for k in range(lanes)) + ">"
                self._masked_block(axis, whole, mask, inner)
            return
        count = body.op("sub", "i64", high, low)
        whole = body.op("add", "i64", low, body.op("and", "i64", count, str(-lanes)))
        self._loop(axis, low, whole, str(lanes), inner)
        left = body.op("sub", "i64", high, whole)
        tail, exit = body.label("tail"), body.label("done")
        body.branch_if(body.compare("sgt", "i64", left, "0"), tail, exit)
        body.open(tail)
        mask = body.compare("slt", vector("i64", lanes), self._steps(), self._splat("i64", left))
        self._masked_block(axis, whole, mask, inner)
        body.branch(exit)
        body.open(exit)

    def _masked_block(self, axis: int, begin: str, mask: str, inner: Callable[[], None]) -> None:
        self.index[axis], self.tail = begin, mask
        inner()
        self.tail = None

    def _steps(self) -> str:
        """0, 1, 2, ... a lane."""
        return "<" + ", ".join(f"i64 {k}" for k in range(self.shape.lanes)) + ">"

    def _splat(self, scalar: str, value: str) -> str:
        lanes = self.shape.lanes
        if lanes == 1:
            return value
        if not value.startswith("%"):
            return "<" + ", ".join([f"{scalar} {value}"] * lanes) + ">"
        type = vector(scalar, lanes)
        first = self.body.value(f"insertelement {type} poison, {scalar} {value}, i64 0")
        return self.body.value(f"shufflevector {type} {first}, {type} poison, <{lanes} x i32> zeroinitializer")

    # -- accumulators ----------------------------------------------------------------------------------------------

    def _accumulated(self) -> list[Accumulate | Running | Extremum]:
        return [s for s in self.kernel.statements if isinstance(s, (Accumulate, Running, Extremum))]

    def _prepare_accumulators(self) -> None:
        for s in self._accumulated():
            name = self.accumulators[s] = self.body.name("sum")
            self.body.emit(f"{name} = alloca {self.e.type(self._scalar(s.value if not isinstance(s, Running) else s.b))}, align 64")
            if isinstance(s, Extremum):
                self.body.emit(f"{name}.at = alloca i64, align 64")

    def _scalar(self, value: int) -> str:
        return SCALAR[self.kernel.dtypes[value]]

    def _begin_accumulators(self) -> None:
        # Running and Extremum go along the last loop and begin where it begins; see _statements.
        for s in self._accumulated():
            if isinstance(s, Accumulate):
                scalar = self._scalar(s.value)
                self.body.emit(f"store {self.e.type(scalar)} {self.e.const(identity(s.op, scalar), scalar)}, ptr {self.accumulators[s]}")

    def _end_accumulators(self) -> None:
        for s in self._accumulated():
            if isinstance(s, Accumulate):
                scalar = self._scalar(s.value)
                total = self.body.value(f"load {self.e.type(scalar)}, ptr {self.accumulators[s]}")
                if self.shape.lane in self.kernel.reduced and self.shape.lane is not None:
                    self._write_scalar(s, scalar, self._across(s.op, scalar, total))
                else:
                    self._write(s.buffer, s.position, scalar, total)

    def _across(self, op: str, scalar: str, value: str) -> str:
        """The lanes of a vector combined in a fixed tree: halves onto halves."""
        width = self.shape.lanes
        while width > 1:
            half, type = width // 2, vector(scalar, width)
            parts = []
            for first in (0, half):
                order = ", ".join(f"i32 {first + k}" for k in range(half))
                part = self.body.value(f"shufflevector {type} {value}, {type} poison, <{half} x i32> <{order}>")
                parts.append(self.body.value(f"extractelement <1 x {scalar}> {part}, i64 0") if half == 1 else part)
            value = combine(Emission(self.body, half, self.e.functions), op, scalar, *parts)
            width = half
        return value

    def _write_scalar(self, s: Accumulate, scalar: str, value: str) -> None:
        position = Affine(((-1, 1),)) if self.block else s.position
        pointer = self._pointer(s.buffer, self._scalar_position(position), scalar)
        if scalar == "i1":
            value = self.body.convert("zext", "i1", value, "i8")
        self.body.emit(f"store {memory(scalar)} {value}, ptr {pointer}")

    # -- statements ------------------------------------------------------------------------------------------------

    def _statements(self) -> None:
        for s in self.kernel.statements:
            EMIT[type(s)](self, s)

    def _scalar_position(self, position: Affine) -> str:
        """The position of the first lane."""
        body, total = self.body, self._dim(position.offset)
        for v, coefficient in position.terms:
            term = self.index[v]
            if coefficient != 1:
                term = body.op("mul nsw", "i64", term, self._dim(coefficient))
            total = term if total == "0" else body.op("add nsw", "i64", term, total)
        return total

    def _lane_step(self, position: Affine) -> Dim:
        return 0 if self.shape.lane is None else position.coefficient(self.shape.lane)

    def _lane_positions(self, position: Affine) -> str:
        """The position of every lane."""
        first = self._splat("i64", self._scalar_position(position))
        step = self._lane_step(position)
        if step == 0:
            return first
        ramp = self._steps() if step == 1 else self.e.op("mul", "i64", self._steps(), self._splat("i64", self._dim(step)))
        return self.e.op("add", "i64", first, ramp)

    def _base(self, buffer: Buffer) -> str:
        """Where the buffer begins. Without loops there is one block, so a pointer that was loaded once stays known."""
        if buffer not in self.pointers:
            place = self.body.value(f"getelementptr ptr, ptr %{buffer.kind}s, i64 {buffer.number}")
            self.pointers[buffer] = self.body.value(f"load ptr, ptr {place}")
        return self.pointers[buffer]

    def _pointer(self, buffer: Buffer, position: str, scalar: str) -> str:
        return self.body.value(f"getelementptr inbounds {memory(scalar)}, ptr {self._base(buffer)}, i64 {position}")

    def _both(self, a: str | None, b: str | None) -> str | None:
        return b if a is None else a if b is None else self.e.op("and", "i1", a, b)

    def load(self, s: Load) -> None:
        scalar = SCALAR[s.buffer.type.dtype_name]
        mask = self.values[s.mask] if s.mask is not None else None
        if self.shape.lanes == 1:
            position = self._scalar_position(s.position)
            if s.indirect:
                position, mask = self._indirect(s.indirect, position, mask)
            self.values[s.target] = self._load_one(s.buffer, position, scalar, mask)
            return
        step = self._lane_step(s.position)
        if not s.indirect and step == 0 and mask is None:
            one = self._load_one(s.buffer, self._scalar_position(s.position), scalar, None)
            self.values[s.target] = self._splat(scalar, one)
            return
        mask = self._both(mask, self.tail)
        if not s.indirect and step == 1:
            raw = self._load_row(s.buffer, s.position, scalar, mask)
        else:
            position = self._lane_positions(s.position)
            if s.indirect:
                position, mask = self._indirect(s.indirect, position, mask)
            raw = self._load_apart(s.buffer, position, scalar, mask)
        self.values[s.target] = self._as_bool(raw) if scalar == "i1" else raw

    def _as_bool(self, bytes: str) -> str:
        return self.body.compare("ne", self.e.type("i8"), bytes, splat(0, "i8", self.shape.lanes))

    def _load_one(self, buffer: Buffer, position: str, scalar: str, mask: str | None) -> str:
        pointer = self._pointer(buffer, position, scalar)
        if mask is not None:  # what is outside is read from a place that is always there
            pointer = self.body.value(f"select i1 {mask}, ptr {pointer}, ptr %nowhere")
        raw = self.body.value(f"load {memory(scalar)}, ptr {pointer}")
        return self.body.compare("ne", "i8", raw, "0") if scalar == "i1" else raw

    def _load_row(self, buffer: Buffer, position: Affine, scalar: str, mask: str | None) -> str:
        pointer = self._pointer(buffer, self._scalar_position(position), scalar)
        kind = memory(scalar)
        type, align = self.e.type(kind), BYTES[kind]
        if mask is None:
            return self.body.value(f"load {type}, ptr {pointer}, align {align}")
        name, bits = f"llvm.masked.load.{mangle(kind, self.shape.lanes)}.p0", self.e.type("i1")
        self.body.declarations.add(f"declare {type} @{name}(ptr, i32 immarg, {bits}, {type})")
        return self.body.value(f"call {type} @{name}(ptr {pointer}, i32 {align}, {bits} {mask}, {type} zeroinitializer)")

    def _load_apart(self, buffer: Buffer, position: str, scalar: str, mask: str | None) -> str:
        kind, lanes = memory(scalar), self.shape.lanes
        type, bits, pointers = self.e.type(kind), self.e.type("i1"), f"<{lanes} x ptr>"
        where = self.body.value(f"getelementptr {kind}, ptr {self._base(buffer)}, {self.e.type('i64')} {position}")
        name = f"llvm.masked.gather.{mangle(kind, lanes)}.v{lanes}p0"
        self.body.declarations.add(f"declare {type} @{name}({pointers}, i32 immarg, {bits}, {type})")
        every = mask or splat(True, "i1", lanes)
        return self.body.value(f"call {type} @{name}({pointers} {where}, i32 {BYTES[kind]}, {bits} {every}, {type} zeroinitializer)")

    def _indirect(self, parts: Sequence[tuple[int, Dim, Dim]], position: str, mask: str | None) -> tuple[str, str]:
        """Adds positions that come from the data; those out of bounds are masked out and reported."""
        e = self.e
        inside: str | None = None
        for value, stride, size in parts:
            at = self.values[value]
            if self.kernel.dtypes[value] == "int32":
                at = e.convert("sext", "i32", at, "i64")
            bound = self._splat("i64", self._dim(size))
            at = e.select(e.compare("slt", "i64", at, e.const(0, "i64")), "i64", e.op("add", "i64", at, bound), at)
            inside = self._both(inside, e.compare("ult", "i64", at, bound))
            position = e.op("add", "i64", position, e.op("mul", "i64", at, self._splat("i64", self._dim(stride))))
        assert inside is not None
        outside = e.op("xor", "i1", inside, e.const(True, "i1"))
        self._report(outside if mask is None else e.op("and", "i1", outside, mask))
        return position, self._both(mask, inside) or inside

    def _report(self, wrong: str) -> None:
        if self.shape.lanes > 1:
            name = f"llvm.vector.reduce.or.v{self.shape.lanes}i1"
            self.body.declarations.add(f"declare i1 @{name}({self.e.type('i1')})")
            wrong = self.body.call("i1", name, [(self.e.type("i1"), wrong)])
        before = self.body.value("load i32, ptr %status")
        after = self.body.op("or", "i32", before, self.body.convert("zext", "i1", wrong, "i32"))
        self.body.emit(f"store i32 {after}, ptr %status")

    def compute(self, s: Compute) -> None:
        self.values[s.target] = emit_elementwise(self.e, s.node, [self.values[v] for v in s.operands])

    def fill(self, s: Fill) -> None:
        self.values[s.target] = self.e.const(s.value, SCALAR[s.dtype])  # type: ignore[arg-type]

    def ramp(self, s: Ramp) -> None:
        at = self._lane_positions(s.position) if self.shape.lanes > 1 else self._scalar_position(s.position)
        scalar = SCALAR[s.dtype]
        if is_float(scalar):
            at = self.e.convert("sitofp", "i64", at, scalar)
        elif scalar != "i64":
            at = self.e.convert("trunc", "i64", at, scalar)
        self.values[s.target] = at

    def inside(self, s: Inside) -> None:
        mask = self.values[s.outer] if s.outer is not None else None
        for position, size in s.ranges:
            at = self._lane_positions(position) if self.shape.lanes > 1 else self._scalar_position(position)
            # unsigned: a negative position is a huge one
            mask = self._both(mask, self.e.compare("ult", "i64", at, self._splat("i64", self._dim(size))))
        assert mask is not None
        self.values[s.target] = mask

    def masked(self, s: Masked) -> None:
        scalar = SCALAR[s.dtype]
        self.values[s.target] = self.e.select(self.values[s.mask], scalar, self.values[s.value], self.e.const(0, scalar))

    def store(self, s: Store) -> None:
        self._write(s.buffer, s.position, self._scalar(s.value), self.values[s.value])

    def _write(self, buffer: Buffer, position: Affine, scalar: str, value: str) -> None:
        kind, lanes = memory(scalar), self.shape.lanes
        if scalar == "i1":
            value = self.e.convert("zext", "i1", value, "i8")
        if lanes == 1:
            self.body.emit(f"store {kind} {value}, ptr {self._pointer(buffer, self._scalar_position(position), scalar)}")
            return
        type, bits = self.e.type(kind), self.e.type("i1")
        if self._lane_step(position) == 1:
            pointer = self._pointer(buffer, self._scalar_position(position), scalar)
            if self.tail is None:
                self.body.emit(f"store {type} {value}, ptr {pointer}, align {BYTES[kind]}")
                return
            name = f"llvm.masked.store.{mangle(kind, lanes)}.p0"
            self.body.declarations.add(f"declare void @{name}({type}, ptr, i32 immarg, {bits})")
            self.body.emit(f"call void @{name}({type} {value}, ptr {pointer}, i32 {BYTES[kind]}, {bits} {self.tail})")
            return
        where = self.body.value(f"getelementptr {kind}, ptr {self._base(buffer)}, {self.e.type('i64')} {self._lane_positions(position)}")
        name = f"llvm.masked.scatter.{mangle(kind, lanes)}.v{lanes}p0"
        self.body.declarations.add(f"declare void @{name}({type}, <{lanes} x ptr>, i32 immarg, {bits})")
        every = self.tail or splat(True, "i1", lanes)
        self.body.emit(f"call void @{name}({type} {value}, <{lanes} x ptr> {where}, i32 {BYTES[kind]}, {bits} {every})")

    def accumulate(self, s: Accumulate) -> None:
        scalar, value = self._scalar(s.value), self.values[s.value]
        if self.shape.streamed:
            before = self._load_row(s.buffer, s.position, memory(scalar), self.tail)
            total = combine(self.e, s.op, scalar, self._as_bool(before) if scalar == "i1" else before, value)
            return self._write(s.buffer, s.position, scalar, total)
        type, slot = self.e.type(scalar), self.accumulators[s]
        if self.tail is not None and self.shape.lane in self.kernel.reduced:
            value = self.e.select(self.tail, scalar, value, self.e.const(identity(s.op, scalar), scalar))
        total = self.body.value(f"load {type}, ptr {slot}")
        self.body.emit(f"store {type} {combine(self.e, s.op, scalar, total, value)}, ptr {slot}")

    def _is_first(self) -> str:
        last = len(self.kernel.sizes) - 1
        begin = self.body.op("sub", "i64", self._dim(self.kernel.sizes[last]), "1") if self.kernel.flipped else "0"
        return self.body.compare("eq", "i64", self.index[last], begin)

    def running(self, s: Running) -> None:
        scalar, slot = self._scalar(s.b), self.accumulators[s]
        before = self.body.select(self._is_first(), scalar, literal(0, scalar), self.body.value(f"load {scalar}, ptr {slot}"))
        add, multiply = ("fadd", "fmul") if is_float(scalar) else ("add", "mul")
        if s.a is not None:
            before = self.body.op(multiply, scalar, self.values[s.a], before)
        result = self.body.op(add, scalar, before, self.values[s.b])
        self.body.emit(f"store {scalar} {result}, ptr {slot}")
        self._write(s.buffer, s.position, scalar, result)

    def extremum(self, s: Extremum) -> None:
        """Keeps the first best value; NaN beats everything and is never beaten. The last store of a row is the answer."""
        body, scalar, slot, value = self.body, self._scalar(s.value), self.accumulators[s], self.values[s.value]
        best, first = body.value(f"load {scalar}, ptr {slot}"), self._is_first()
        up = s.op == "argmax"
        if is_float(scalar):
            better = body.compare("ugt" if up else "ult", scalar, value, best)  # unordered: true for a NaN
            sane = body.compare("ord", scalar, best, best)
            better = body.op("and", "i1", better, sane)
        else:
            signed = "u" if scalar == "i1" else "s"
            better = body.compare(f"{signed}{'gt' if up else 'lt'}", scalar, value, best)
        take = body.op("or", "i1", better, first)
        at = body.select(take, "i64", self.index[len(self.kernel.sizes) - 1], body.value(f"load i64, ptr {slot}.at"))
        body.emit(f"store {scalar} {body.select(take, scalar, value, best)}, ptr {slot}")
        body.emit(f"store i64 {at}, ptr {slot}.at")
        self._write(s.buffer, s.position, "i64", at)

    def scatter(self, s: Scatter) -> None:
        scalar = self._scalar(s.value)
        position, mask = self._indirect(s.indirect, self._scalar_position(s.position), None)
        pointer = self._pointer(s.buffer, position, scalar)
        pointer = self.body.value(f"select i1 {mask}, ptr {pointer}, ptr %nowhere")
        total = combine(self.e, "sum", scalar, self.body.value(f"load {scalar}, ptr {pointer}"), self.values[s.value])
        self.body.emit(f"store {scalar} {total}, ptr {pointer}")


EMIT: dict[type, Callable[..., None]] = {
    Load: Loops.load, Compute: Loops.compute, Fill: Loops.fill, Ramp: Loops.ramp, Inside: Loops.inside, Masked: Loops.masked,
    Store: Loops.store, Accumulate: Loops.accumulate, Running: Loops.running, Extremum: Loops.extremum, Scatter: Loops.scatter,
}


def identity(op: str, scalar: str) -> float | int | bool:
    """What a reduction begins with."""
    if op in ("sum", "prod"):
        return 0 if op == "sum" else 1
    if scalar == "i1":
        return op == "min"
    if is_float(scalar):
        return float("-inf") if op == "max" else float("inf")
    bits = 63 if scalar == "i64" else 31
    return -(1 << bits) if op == "max" else (1 << bits) - 1


def combine(e: Emission, op: str, scalar: str, a: str, b: str) -> str:
    """One step of a reduction."""
    if op in ("sum", "prod"):
        floating, integer = ("fadd contract", "add") if op == "sum" else ("fmul", "mul")
        return e.op(floating if is_float(scalar) else integer, scalar, a, b)
    if is_float(scalar):
        return e.intrinsic("maximum" if op == "max" else "minimum", scalar, a, b)
    if scalar == "i1":
        return e.op("or" if op == "max" else "and", scalar, a, b)
    return e.select(e.compare("sgt" if op == "max" else "slt", scalar, a, b), scalar, a, b)
