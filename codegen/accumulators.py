"""What a reduction keeps while its loops run: a vector of partial results, begun, added to, and combined in a fixed order.

A sum has one number a lane; the position of an extremum has two, the best value and where it is. Knows how values combine,
not which loops run. Read `loops.py` next.
"""
from __future__ import annotations

from itertools import product

from .access import Access
from .affine import Affine, variable
from .elementwise import Emission, is_float
from .iteration import Iteration
from .kernels import Kernel
from .shape import Shape
from .statements import Accumulate, Running, Scatter
from .text import vector

BLOCK_POSITION = Affine(((-1, 1),))  # of the result of a block of a long reduction


class Accumulators:
    """The accumulators of one kernel, on the stack; LLVM keeps them in registers."""

    def __init__(self, kernel: Kernel, shape: Shape, access: Access, blocked: bool) -> None:
        self.kernel, self.shape, self.access, self.blocked = kernel, shape, access, blocked
        self.at: Iteration = access.at
        self.body, self.e = self.at.body, self.at.e
        self.across = shape.lane in kernel.reduced  # whether the lanes are parts of one result
        self.sums = [s for s in kernel.statements if isinstance(s, Accumulate)]
        self.runs = [s for s in kernel.statements if isinstance(s, Running)]
        self.part = 0  # which of the vectors of a step is being emitted
        self.slots: dict[tuple[Accumulate | Running, int], str] = {}

    def prepare(self) -> None:
        accumulated: list[Accumulate | Running] = [*self.sums, *self.runs]
        for s, part in product(accumulated, range(self.shape.vectors)):
            slot = self.slots[s, part] = self.body.name("sum")
            self.body.emit(f"{slot} = alloca {self.e.type(self._scalar(s))}, align 64")
            if isinstance(s, Accumulate) and s.locates:
                self.body.emit(f"{slot}.at = alloca {self.e.type('i64')}, align 64")

    def _scalar(self, s: Accumulate | Running) -> str:
        return self.at.scalar(s.b if isinstance(s, Running) else s.value)

    def _keep(self, slot: str, scalar: str, value: str) -> None:
        self.body.emit(f"store {self.e.type(scalar)} {value}, ptr {slot}")

    def _kept(self, slot: str, scalar: str) -> str:
        return self.body.value(f"load {self.e.type(scalar)}, ptr {slot}")

    def begin(self) -> None:
        """Before the reduced loops."""
        for s, part in product(self.sums, range(self.shape.vectors)):
            scalar, slot = self._scalar(s), self.slots[s, part]
            self._keep(slot, scalar, self.e.const(identity(s.op, scalar), scalar))
            if s.locates:
                self._keep(f"{slot}.at", "i64", self.e.const(0, "i64"))
        for r in self.runs:
            self._keep(self.slots[r, 0], self._scalar(r), self.e.const(0, self._scalar(r)))

    def begin_rows(self) -> None:
        """Of a streamed reduction: the results themselves are begun."""
        for s in self.sums:
            scalar = self._scalar(s)
            self.access.store(s.buffer, s.position, scalar, self.e.const(identity(s.op, scalar), scalar))

    def add(self, s: Accumulate) -> None:
        """One iteration's value."""
        scalar, value = self._scalar(s), self.at.values[s.value]
        if self.shape.streamed:
            total = combine(self.e, s.op, scalar, self.access.load_row(s.buffer, s.position, scalar, self.at.tail), value)
            return self.access.store(s.buffer, s.position, scalar, total)
        slot = self.slots[s, self.part]
        if s.locates:
            return self._locate(s, slot, scalar, value)
        if self.at.tail is not None and self.across:
            value = self.e.select(self.at.tail, scalar, value, self.e.const(identity(s.op, scalar), scalar))
        return self._keep(slot, scalar, combine(self.e, s.op, scalar, self._kept(slot, scalar), value))

    def _locate(self, s: Accumulate, slot: str, scalar: str, value: str) -> None:
        """Each lane keeps its first best value, and where that is."""
        (loop,) = self.kernel.reduced
        best, place = self._kept(slot, scalar), self._kept(f"{slot}.at", "i64")
        take = better(self.e, s.op, scalar, value, best)
        if self.at.tail is not None and self.across:
            take = self.e.op("and", "i1", take, self.at.tail)
        self._keep(slot, scalar, self.e.select(take, scalar, value, best))
        self._keep(f"{slot}.at", "i64", self.e.select(take, "i64", self.at.each(variable(loop)), place))

    def end(self) -> None:
        """Behind the reduced loops: what are parts of one result is combined in a fixed tree, halves onto halves, and written."""
        for s in self.sums:
            scalar = self._scalar(s)
            found = [self._found(s, scalar, part) for part in range(self.shape.vectors)]
            while len(found) > 1:
                half = len(found) // 2
                found = [joined(self.e, s.op, scalar, low, high) for low, high in zip(found, found[half:])]
            result = self._lanes_joined(s.op, scalar, found[0]) if self.across else found[0]
            write = self.access.store_one if self.across else self.access.store
            write(s.buffer, BLOCK_POSITION if self.blocked else s.position, "i64" if s.locates else scalar, result[-1])

    def _found(self, s: Accumulate, scalar: str, part: int) -> list[str]:
        """The value, or the value and its position."""
        slot = self.slots[s, part]
        return [self._kept(slot, scalar), *([self._kept(f"{slot}.at", "i64")] if s.locates else [])]

    def _lanes_joined(self, op: str, scalar: str, found: list[str]) -> list[str]:
        width = self.shape.lanes
        while width > 1:
            half = width // 2
            low, high = ([self._half(k, v, s, width) for v, s in zip(found, (scalar, "i64"))] for k in (0, half))
            found = joined(Emission(self.body, half, self.e.functions), op, scalar, low, high)
            width = half
        return found

    def _half(self, first: int, value: str, scalar: str, width: int) -> str:
        half, type = width // 2, vector(scalar, width)
        order = ", ".join(f"i32 {first + k}" for k in range(half))
        part = self.body.value(f"shufflevector {type} {value}, {type} poison, <{half} x i32> <{order}>")
        return self.body.value(f"extractelement <1 x {scalar}> {part}, i64 0") if half == 1 else part

    # -- element by element ----------------------------------------------------------------------------------------

    def run(self, s: Running) -> None:
        scalar, slot = self._scalar(s), self.slots[s, 0]
        before = self._kept(slot, scalar)
        add, multiply = ("fadd", "fmul") if is_float(scalar) else ("add", "mul")
        if s.a is not None:
            before = self.e.op(multiply, scalar, self.at.values[s.a], before)
        result = self.e.op(add, scalar, before, self.at.values[s.b])
        self._keep(slot, scalar, result)
        self.access.store(s.buffer, s.position, scalar, result)

    def scatter(self, s: Scatter) -> None:
        scalar = self.at.scalar(s.value)
        place = self.access.place(s, scalar)
        self._keep(place, scalar, combine(self.e, "sum", scalar, self._kept(place, scalar), self.at.values[s.value]))


def identity(op: str, scalar: str) -> float | int | bool:
    """What a reduction begins with."""
    if op in ("sum", "prod"):
        return 0 if op == "sum" else 1
    up = op in ("max", "argmax")
    if scalar == "i1":
        return not up
    if is_float(scalar):
        return float("-inf") if up else float("inf")
    bits = 63 if scalar == "i64" else 31
    return -(1 << bits) if up else (1 << bits) - 1


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


def better(e: Emission, op: str, scalar: str, a: str, b: str) -> str:
    """Whether a beats b, for argmax and argmin; NaN beats everything but NaN."""
    order = "gt" if op == "argmax" else "lt"
    if not is_float(scalar):
        return e.compare(("u" if scalar == "i1" else "s") + order, scalar, a, b)
    # unordered: true for a NaN on either side
    return e.op("and", "i1", e.compare(f"u{order}", scalar, a, b), e.compare("ord", scalar, b, b))


def joined(e: Emission, op: str, scalar: str, low: list[str], high: list[str]) -> list[str]:
    """Two partial results as one."""
    return [combine(e, op, scalar, low[0], high[0])] if len(low) == 1 else first_best(e, op, scalar, low, high)


def first_best(e: Emission, op: str, scalar: str, low: list[str], high: list[str]) -> list[str]:
    """Of two (value, position) the better; of equals, which two NaN are, the earlier."""
    wins, loses = better(e, op, scalar, high[0], low[0]), better(e, op, scalar, low[0], high[0])
    earlier = e.compare("slt", "i64", high[1], low[1])
    take = e.op("or", "i1", wins, e.op("and", "i1", earlier, e.op("xor", "i1", loses, e.const(True, "i1"))))
    return [e.select(take, scalar, high[0], low[0]), e.select(take, "i64", high[1], low[1])]
