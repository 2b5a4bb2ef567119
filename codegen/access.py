"""Memory as a kernel meets it: values of all lanes are read and written at affine positions, or where the data says.

Lanes that lie side by side are one vector, one that all share is read once, others are gathered and scattered one by one.
Lanes that do not exist, or that a mask excludes, touch no memory. Knows no loops. Read `loops.py` next.
"""
from __future__ import annotations

from collections.abc import Sequence

from ..ir.types import Dim
from .affine import Affine
from .iteration import Iteration
from .kernels import Kernel
from .statements import Buffer, Load, Scatter, Store
from .text import BYTES, SCALAR, mangle, memory, splat

NOWHERE = "%nowhere"  # a place that is always there, for what must not be read or written
STATUS = "%status"    # becomes 1 where an index from the data is out of bounds


class Access:
    """Reads and writes of one kernel through the pointers of its buffers."""

    def __init__(self, at: Iteration, pointers: dict[Buffer, str]) -> None:
        self.at, self.body, self.e, self.lanes = at, at.body, at.e, at.lanes
        self.pointers = pointers

    def prepare(self, kernel: Kernel) -> None:
        """The places on the stack that the kernel's accesses need."""
        if checks(kernel):
            self._alloca(STATUS, "i32", "0")
        if any(isinstance(s, Scatter) or (isinstance(s, Load) and (s.mask is not None or s.indirect)) for s in kernel.statements):
            self._alloca(NOWHERE, "[8 x i64]", "zeroinitializer")

    def _alloca(self, name: str, type: str, value: str) -> None:
        self.body.emit(f"{name} = alloca {type}, align 64")
        self.body.emit(f"store {type} {value}, ptr {name}")

    def _base(self, buffer: Buffer) -> str:
        """Where the buffer begins. Without loops there is one block, so a pointer that was loaded once stays known."""
        if buffer not in self.pointers:
            place = self.body.value(f"getelementptr ptr, ptr %{buffer.kind}s, i64 {buffer.number}")
            self.pointers[buffer] = self.body.value(f"load ptr, ptr {place}")
        return self.pointers[buffer]

    def _tail(self, buffer: Buffer) -> str | None:
        """The mask of the lanes that the buffer has. A strip's workspace has all of them."""
        return None if buffer.kind == "strip" else self.at.tail

    def _pointer(self, buffer: Buffer, position: str, scalar: str) -> str:
        # a strip's pointer is moved back by the strip's first point, so it may lie in front of its memory
        inbounds = "" if buffer.kind == "strip" else "inbounds "
        return self.body.value(f"getelementptr {inbounds}{memory(scalar)}, ptr {self._base(buffer)}, i64 {position}")

    def pointer(self, s: Store) -> str:
        """Where the first lane is stored."""
        return self._pointer(s.buffer, self.at.first(s.position), self.at.scalar(s.value))

    def _pointers(self, buffer: Buffer, position: str, scalar: str) -> str:
        """A pointer for every lane."""
        return self.body.value(f"getelementptr {memory(scalar)}, ptr {self._base(buffer)}, {self.e.type('i64')} {position}")

    # -- reading ---------------------------------------------------------------------------------------------------

    def load(self, s: Load) -> str:
        scalar = SCALAR[s.buffer.type.dtype_name]
        mask = self.at.values[s.mask] if s.mask is not None else None
        if self.lanes == 1:
            position = self.at.first(s.position)
            if s.indirect:
                position, mask = self._indirect(s.indirect, position, mask)
            return self._load_one(s.buffer, position, scalar, mask)
        step = self.at.step(s.position)
        if not s.indirect and step == 0 and mask is None:
            return self.at.splat(scalar, self._load_one(s.buffer, self.at.first(s.position), scalar, None))
        mask = self.at.both(mask, self._tail(s.buffer))
        if not s.indirect and step == 1:
            return self.load_row(s.buffer, s.position, scalar, mask)
        position = self.at.each(s.position)
        if s.indirect:
            position, mask = self._indirect(s.indirect, position, mask)
        return self._gather(s.buffer, position, scalar, mask)

    def _as_value(self, raw: str, scalar: str) -> str:
        """What was read, as a value: a bool is a byte in memory."""
        return self.e.compare("ne", "i8", raw, self.e.const(0, "i8")) if scalar == "i1" else raw

    def _as_stored(self, value: str, scalar: str) -> str:
        return self.e.convert("zext", "i1", value, "i8") if scalar == "i1" else value

    def _load_one(self, buffer: Buffer, position: str, scalar: str, mask: str | None) -> str:
        pointer = self._pointer(buffer, position, scalar)
        if mask is not None:
            pointer = self.body.value(f"select i1 {mask}, ptr {pointer}, ptr {NOWHERE}")
        raw = self.body.value(f"load {memory(scalar)}, ptr {pointer}")
        return self.body.compare("ne", "i8", raw, "0") if scalar == "i1" else raw

    def load_row(self, buffer: Buffer, position: Affine, scalar: str, mask: str | None) -> str:
        """Lanes that lie side by side."""
        pointer = self._pointer(buffer, self.at.first(position), scalar)
        kind = memory(scalar)
        type, align = self.e.type(kind), BYTES[kind]
        if mask is None:
            return self._as_value(self.body.value(f"load {type}, ptr {pointer}, align {align}"), scalar)
        name, bits = f"llvm.masked.load.{mangle(kind, self.lanes)}.p0", self.e.type("i1")
        self.body.declarations.add(f"declare {type} @{name}(ptr, i32 immarg, {bits}, {type})")
        raw = self.body.value(f"call {type} @{name}(ptr {pointer}, i32 {align}, {bits} {mask}, {type} zeroinitializer)")
        return self._as_value(raw, scalar)

    def _gather(self, buffer: Buffer, position: str, scalar: str, mask: str | None) -> str:
        kind, where = memory(scalar), self._pointers(buffer, position, scalar)
        type, bits, pointers = self.e.type(kind), self.e.type("i1"), self.e.type("ptr")
        name = f"llvm.masked.gather.{mangle(kind, self.lanes)}.v{self.lanes}p0"
        self.body.declarations.add(f"declare {type} @{name}({pointers}, i32 immarg, {bits}, {type})")
        every = mask or splat(True, "i1", self.lanes)
        raw = self.body.value(f"call {type} @{name}({pointers} {where}, i32 {BYTES[kind]}, {bits} {every}, {type} zeroinitializer)")
        return self._as_value(raw, scalar)

    # -- writing ---------------------------------------------------------------------------------------------------

    def store(self, buffer: Buffer, position: Affine, scalar: str, value: str) -> None:
        """The value of every lane that exists."""
        if self.lanes == 1:
            return self.store_one(buffer, position, scalar, value)
        kind, value = memory(scalar), self._as_stored(value, scalar)
        type, bits = self.e.type(kind), self.e.type("i1")
        if self.at.step(position) == 1:
            pointer = self._pointer(buffer, self.at.first(position), scalar)
            if self._tail(buffer) is None:
                return self.body.emit(f"store {type} {value}, ptr {pointer}, align {BYTES[kind]}")
            name = f"llvm.masked.store.{mangle(kind, self.lanes)}.p0"
            self.body.declarations.add(f"declare void @{name}({type}, ptr, i32 immarg, {bits})")
            self.body.emit(f"call void @{name}({type} {value}, ptr {pointer}, i32 {BYTES[kind]}, {bits} {self.at.tail})")
            return None
        where, pointers = self._pointers(buffer, self.at.each(position), scalar), self.e.type("ptr")
        name = f"llvm.masked.scatter.{mangle(kind, self.lanes)}.v{self.lanes}p0"
        self.body.declarations.add(f"declare void @{name}({type}, {pointers}, i32 immarg, {bits})")
        every = self.at.tail or splat(True, "i1", self.lanes)
        self.body.emit(f"call void @{name}({type} {value}, {pointers} {where}, i32 {BYTES[kind]}, {bits} {every})")
        return None

    def store_one(self, buffer: Buffer, position: Affine, scalar: str, value: str) -> None:
        """One scalar, whatever the lanes."""
        pointer = self._pointer(buffer, self.at.first(position), scalar)
        if scalar == "i1":
            value = self.body.convert("zext", "i1", value, "i8")
        self.body.emit(f"store {memory(scalar)} {value}, ptr {pointer}")

    def place(self, s: Scatter, scalar: str) -> str:
        """The pointer to where a scattered value goes; nowhere, if that is out of bounds."""
        position, mask = self._indirect(s.indirect, self.at.first(s.position), None)
        return self.body.value(f"select i1 {mask}, ptr {self._pointer(s.buffer, position, scalar)}, ptr {NOWHERE}")

    # -- positions from the data -----------------------------------------------------------------------------------

    def _indirect(self, parts: Sequence[tuple[int, Dim, Dim]], position: str, mask: str | None) -> tuple[str, str]:
        """Adds positions that come from the data; those out of bounds are masked out and reported."""
        e, at = self.e, self.at
        inside: str | None = None
        for value, stride, size in parts:
            index = at.values[value]
            if at.scalar(value) == "i32":
                index = e.convert("sext", "i32", index, "i64")
            bound = at.splat("i64", at.dim(size))
            index = e.select(e.compare("slt", "i64", index, e.const(0, "i64")), "i64", e.op("add", "i64", index, bound), index)
            inside = at.both(inside, e.compare("ult", "i64", index, bound))
            position = e.op("add", "i64", position, e.op("mul", "i64", index, at.splat("i64", at.dim(stride))))
        assert inside is not None
        outside = e.op("xor", "i1", inside, e.const(True, "i1"))
        self._report(outside if mask is None else e.op("and", "i1", outside, mask))
        return position, at.both(mask, inside) or inside

    def _report(self, wrong: str) -> None:
        if self.lanes > 1:
            name = f"llvm.vector.reduce.or.v{self.lanes}i1"
            self.body.declarations.add(f"declare i1 @{name}({self.e.type('i1')})")
            wrong = self.body.call("i1", name, [(self.e.type("i1"), wrong)])
        before = self.body.value(f"load i32, ptr {STATUS}")
        after = self.body.op("or", "i32", before, self.body.convert("zext", "i1", wrong, "i32"))
        self.body.emit(f"store i32 {after}, ptr {STATUS}")


def checks(kernel: Kernel) -> bool:
    """Whether the kernel reads or writes where the data says."""
    return any(getattr(s, "indirect", ()) for s in kernel.statements)
