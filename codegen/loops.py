"""One loop nest as an LLVM function, with explicit SIMD along one loop.

The lane loop runs in blocks of `lanes` elements and once more under a mask for the rest, so nothing is left to a
vectoriser and the same input gives the same bits. Loops over kept axes are outside, reduced loops inside with their
accumulators in registers. `shape.py` has chosen their order; `iteration.py`, `access.py` and `accumulators.py` emit what
happens inside. Knows kernels and instructions, not graphs. Read `lower.py` next.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from ..ir.types import Dim, dim_names
from .access import STATUS, Access, checks
from .accumulators import Accumulators
from .elementwise import emit_elementwise, is_float
from .iteration import Iteration
from .kernels import Kernel
from .shape import Shape
from .sizes import emit_unless_empty
from .statements import Accumulate, Compute, Fill, Inside, Load, Masked, Ramp, Running, Scatter, Statement, Store, positions
from .streaming import Streaming
from .text import ALIGNED, SCALAR, Body, vector

PARAMETERS = 30  # a straight line with more buffers finds arguments and results through the two arrays of pointers


class Loops:
    """Emits one kernel. `text()` is the function `i32 @name(i64 %lo, i64 %hi, sizes..., buffers...)`.

    lo and hi bound the first loop; where it runs only `once`, they are no further apart than the lanes. The result is 0, or
    1 where an index from the data was out of bounds.
    """

    def __init__(
        self, kernel: Kernel, shape: Shape, functions: Counter[tuple[str, str, int]], block: int = 0, once: bool = False,
    ) -> None:
        self.kernel, self.shape, self.block, self.once = kernel, shape, block, once
        self.buffers = list(dict.fromkeys([*kernel.reads(), *kernel.writes()]))
        self.frames: tuple[str, ...] = ()
        if not kernel.sizes and len(self.buffers) > PARAMETERS:
            self.frames = ("inputs", "outputs")
            self.buffers = [b for b in self.buffers if f"{b.kind}s" not in self.frames]
        self.sizes = {n: f"%size.{k}" for k, n in enumerate(sorted({n for dim in dims(kernel) for n in dim_names(dim)}))}
        self.checks = checks(kernel)
        self.at = Iteration(kernel, shape, self.sizes, functions)
        self.access = Access(self.at, {b: f"%buffer.{b.symbol}" for b in self.buffers})
        self.streaming = Streaming(kernel, shape, self.access)
        self.accumulators = Accumulators(kernel, shape, self.access, blocked=bool(block))

    @property
    def body(self) -> Body:
        return self.at.body

    def parameters(self) -> list[tuple[str, str]]:
        """(type, name) of the sizes and the buffers, in the order of the function's parameters after lo and hi."""
        pointers = [("ptr", f"%{frame}") for frame in self.frames] + [("ptr", f"%buffer.{b.symbol}") for b in self.buffers]
        return [("i64", n) for n in self.sizes.values()] + pointers

    def text(self, attributes: str = "") -> str:
        written = set(self.kernel.writes())
        head = [f"i64 {n}" for n in ("%lo", "%hi", *self.sizes.values())] + [f"ptr %{frame}" for frame in self.frames]
        head += [f"ptr noalias {'' if b in written else 'readonly '}%buffer.{b.symbol}" for b in self.buffers]
        self.access.prepare(self.kernel)
        if self.once:
            self._masked_block(0, "%lo", self._mask(self.body.op("sub", "i64", "%hi", "%lo")), self._statements)
        elif self.shape.streamed:
            self._stream()
        elif self.streaming:
            self.streaming.begin()
            self._level(0)
            self.streaming.end()
        else:
            self.accumulators.prepare()
            self._level(0)
        result = self.body.value(f"load i32, ptr {STATUS}") if self.checks else "0"
        self.body.emit(f"ret i32 {result}")
        text = "\n".join(self.body.lines)
        frame = ALIGNED if self.shape.lanes > 1 else ""
        return f"define internal i32 @{self.kernel.name}({', '.join(head)}) {attributes} {frame} {{\nentry:\n{text}\n}}\n"

    # -- the nest --------------------------------------------------------------------------------------------------

    def _level(self, depth: int) -> None:
        """The loops from `depth` inwards. As deep as the kernel has axes."""
        shape = self.shape
        if depth == shape.kept:
            self.accumulators.begin()
        if depth == len(shape.order):
            self._statements()
        else:
            axis = shape.order[depth]
            if depth == 0 and self.block:
                self._blocks(lambda low, high: self._axis(axis, low, high, depth))
            else:
                low, high = ("%lo", "%hi") if depth == 0 else ("0", self.at.size(axis))
                if depth in (0, shape.kept):
                    # a sum over nothing is a result, so the reduced loops do not count outside of them
                    end = shape.kept if depth < shape.kept and self.accumulators.sums else None
                    high = self._unless_empty(low, high, shape.order[depth + 1:end])
                self._axis(axis, low, high, depth)
        if depth == shape.kept and not self.block:
            self.accumulators.end()

    def _axis(self, axis: int, low: str, high: str, depth: int) -> None:
        if axis == self.shape.lane:
            self._lanes(axis, low, high, lambda: self._level(depth + 1))
        else:
            flipped = self.kernel.flipped and axis == len(self.kernel.sizes) - 1
            self._loop(axis, low, high, "1", lambda: self._level(depth + 1), flipped)

    def _stream(self) -> None:
        """Rows added to the result in memory: begun over lo .. hi of the kept loop, then all reduced loops around it."""
        lane, *reduced = self.shape.order
        self._lanes(lane, "%lo", "%hi", self.accumulators.begin_rows)

        def around(rest: Sequence[int]) -> None:
            if not rest:
                return self._lanes(lane, "%lo", "%hi", self._statements)
            high = self.at.size(rest[0])
            if len(rest) == len(reduced):
                high = self._unless_empty("0", high, [*rest[1:], lane])
            self._loop(rest[0], "0", high, "1", lambda: around(rest[1:]))

        around(reduced)

    def _blocks(self, inner: Callable[[str, str], None]) -> None:
        """Partial results over fixed blocks of the first loop: block b has [b*block, min((b+1)*block, n))."""
        body, total = self.body, self.at.size(self.shape.order[0])

        def one() -> None:
            low = body.op("mul", "i64", self.at.index[-1], str(self.block))
            high = body.op("add", "i64", low, str(self.block))
            high = body.select(body.compare("slt", "i64", high, total), "i64", high, total)
            self.accumulators.begin()
            inner(low, high)
            self.accumulators.end()

        self._loop(-1, "%lo", self._unless_empty("%lo", "%hi", self.shape.order[1:]), "1", one)

    def _unless_empty(self, low: str, high: str, inside: Sequence[int]) -> str:
        dims = (*self.kernel.needs, *(self.kernel.sizes[axis] for axis in inside))
        return emit_unless_empty(self.body, low, high, dims, self.sizes)

    # -- loops -----------------------------------------------------------------------------------------------------

    def _loop(self, axis: int, low: str, high: str, step: str, inner: Callable[[], None], flipped: bool = False) -> None:
        """for axis in low .. high by step; a constant single trip is no loop."""
        body, index = self.body, self.at.index
        if not low.startswith("%") and not high.startswith("%"):
            trips = -((int(low) - int(high)) // int(step))
            if trips <= 0:
                return
            if trips == 1:
                index[axis] = low
                return inner()
        head, inside, exit, before = body.label("loop"), body.label("body"), body.label("done"), body.block
        body.branch(head)
        body.open(head)
        counter, following = body.name("i"), body.name("next")
        phi = len(body.lines)
        body.emit("")  # the phi, once the last block inside is known
        body.branch_if(body.compare("slt", "i64", counter, high), inside, exit)
        body.open(inside)
        index[axis] = counter
        if flipped:
            last = body.op("sub", "i64", self.at.size(axis), "1")
            index[axis] = body.op("sub", "i64", last, counter)
        inner()
        body.emit(f"{following} = add nsw i64 {counter}, {step}")
        body.lines[phi] = f"  {counter} = phi i64 [ {low}, %{before} ], [ {following}, %{body.block} ]"
        body.branch(head)
        body.open(exit)

    def _lanes(self, axis: int, low: str, high: str, inner: Callable[[], None]) -> None:
        """Whole vectors from low on, several a step and then one, and the rest under a mask."""
        body, lanes = self.body, self.shape.lanes
        if self.shape.vectors > 1:
            step = lanes * self.shape.vectors
            steps_end = self._whole(low, high, step)
            self._loop(axis, low, steps_end, str(step), lambda: self._vectors(axis, inner))
            low = steps_end
        if not self.streaming and not low.startswith("%") and not high.startswith("%"):
            whole = self._whole(low, high, lanes)
            rest = int(high) - int(whole)
            self._loop(axis, low, whole, str(lanes), inner)
            if rest:
                mask = "<" + ", ".join(f"i1 {'true' if k < rest else 'false'}" for k in range(lanes)) + ">"
                self._masked_block(axis, whole, mask, inner)
            return
        whole = self._whole(low, high, lanes)
        if self.streaming:
            self.streaming.legs(low, high, whole, lambda start, stop: self._loop(axis, start, stop, str(lanes), inner))
        else:
            self._loop(axis, low, whole, str(lanes), inner)
        left = body.op("sub", "i64", high, whole)
        tail, exit = body.label("tail"), body.label("done")
        body.branch_if(body.compare("sgt", "i64", left, "0"), tail, exit)
        body.open(tail)
        self._masked_block(axis, whole, self._mask(left), inner)
        body.branch(exit)
        body.open(exit)

    def _whole(self, low: str, high: str, step: int) -> str:
        """Where whole steps, a power of two, end."""
        if not low.startswith("%") and not high.startswith("%"):
            return str(int(high) - (int(high) - int(low)) % step)
        count = self.body.op("sub", "i64", high, low)
        return self.body.op("add", "i64", low, self.body.op("and", "i64", count, str(-step)))

    def _vectors(self, axis: int, inner: Callable[[], None]) -> None:
        """The vectors of one step, each added to accumulators of its own."""
        begin = self.at.index[axis]
        for part in range(self.shape.vectors):
            self.at.index[axis] = self.body.op("add nsw", "i64", begin, str(part * self.shape.lanes)) if part else begin
            self.accumulators.part = part
            inner()
        self.accumulators.part = 0

    def _mask(self, count: str) -> str:
        """The first `count` lanes."""
        return self.body.compare("slt", vector("i64", self.shape.lanes), self.at.numbers(), self.at.splat("i64", count))

    def _masked_block(self, axis: int, begin: str, mask: str, inner: Callable[[], None]) -> None:
        self.at.index[axis], self.at.tail = begin, mask
        inner()
        self.at.tail = None

    # -- statements ------------------------------------------------------------------------------------------------

    def _statements(self) -> None:
        for s in self.kernel.statements:
            result = None if self.streaming.takes(s) else EMIT[type(s)](self, s)
            if result is not None:
                self.at.values[s.target] = result  # type: ignore[union-attr]
        self.streaming.flush()

    def _compute(self, s: Compute) -> str:
        return emit_elementwise(self.at.e, s.node, [self.at.values[v] for v in s.operands])

    def _ramp(self, s: Ramp) -> str:
        at, scalar = self.at.each(s.position), SCALAR[s.dtype]
        if is_float(scalar):
            return self.at.e.convert("sitofp", "i64", at, scalar)
        return at if scalar == "i64" else self.at.e.convert("trunc", "i64", at, scalar)

    def _inside(self, s: Inside) -> str:
        mask = self.at.values[s.outer] if s.outer is not None else None
        for position, size in s.ranges:
            bound = self.at.splat("i64", self.at.dim(size))
            mask = self.at.both(mask, self.at.e.compare("ult", "i64", self.at.each(position), bound))  # a negative one is huge
        assert mask is not None
        return mask

    def _masked(self, s: Masked) -> str:
        e, scalar, values = self.at.e, SCALAR[s.dtype], self.at.values
        return e.select(values[s.mask], scalar, values[s.value], e.const(0, scalar))

    def _store(self, s: Store) -> None:
        self.access.store(s.buffer, s.position, self.at.scalar(s.value), self.at.values[s.value])


# What each statement emits: the value of its target, or nothing.
EMIT: dict[type[Statement], Callable[..., str | None]] = {
    Load: lambda loops, s: loops.access.load(s),
    Compute: Loops._compute,
    Fill: lambda loops, s: loops.at.e.const(s.value, SCALAR[s.dtype]),
    Ramp: Loops._ramp,
    Inside: Loops._inside,
    Masked: Loops._masked,
    Store: Loops._store,
    Accumulate: lambda loops, s: loops.accumulators.add(s),
    Running: lambda loops, s: loops.accumulators.run(s),
    Scatter: lambda loops, s: loops.accumulators.scatter(s),
}


def dims(kernel: Kernel) -> list[Dim]:
    """Every size and stride that the kernel's positions are made of."""
    found: list[Dim] = [*kernel.sizes, *kernel.needs]
    for s in kernel.statements:
        for p in positions(s):
            found += [p.offset, *(c for _, c in p.terms)]
        if isinstance(s, Inside):
            found += [n for _, n in s.ranges]
        for _, stride, size in getattr(s, "indirect", ()):
            found += [stride, size]
    return found
