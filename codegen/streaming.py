"""Results past the caches: where a loop walks more memory than the caches hold, it writes whole lines that are not read first.

A store to a line that no cache holds fetches the line, and pushes out another that a later step may have wanted. A
nontemporal store of the whole line does neither. Owns which stores may be such, when they are, and how vectors become lines.
Read `loops.py` for the loops around it.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from ..ir.types import Dim, product
from .access import Access
from .fingerprint import cache_bytes
from .kernels import Kernel
from .shape import Shape
from .statements import Compute, Load, Statement, Store
from .text import BYTES, SCALAR, memory
from .weights import weight

LINE = 64    # bytes of a line of the caches
LIGHT = 10   # additions for each line that a loop reads or writes, up to which it waits for memory
LEAST = 16   # vectors in a row from which this is worth its beginning and its end
GROUP = 8    # stores that wait for each other in registers, so that they take one branch

_METADATA = "!0 = !{i32 1}"  # what a nontemporal store refers to
_MASK, _FENCE = "declare ptr @llvm.ptrmask.p0.i64(ptr, i64)", "declare void @llvm.x86.sse.sfence()"


def above() -> int:
    """The bytes that a loop walks from which its results are not expected to stay in a cache. Measured: from there on a call is
    not slower either where the next one reads the results."""
    return cache_bytes() * 5 // 4


class Streaming:
    """The stores of a kernel that may be nontemporal; it is false where there are none.

    These are the ones whose vectors are as long as a line, which x86 alone has: of lines that are written in halves, a processor
    combines few at a time. A line may begin inside a vector, so each is put together from a vector and the one before.
    """

    def __init__(self, kernel: Kernel, shape: Shape, access: Access) -> None:
        self.kernel, self.lane, self.lanes, self.access, self.body = kernel, shape.lane, shape.lanes, access, access.body
        self.stores = list(self._found())
        self._word = f"i{8 * LINE // self.lanes}"       # an element's bits
        self._words = f"<{self.lanes} x {self._word}>"  # a line
        self._large = ""                                # whether this call's sizes are large enough
        self._past = ""                                 # whether the vectors under way go past the caches; empty: they do not
        self._waiting: list[Store] = []

    def __bool__(self) -> bool:
        return bool(self.stores)

    def _found(self) -> Iterator[Store]:
        kernel, walked = self.kernel, self._walked()
        if kernel.reduced or self.lane is None or not set(kernel.reads()).isdisjoint(kernel.writes()):
            return
        lines = [s for s in kernel.statements if isinstance(s, (Load, Store)) and s.position.coefficient(self.lane) != 0]
        work = sum(weight(s.node) for s in kernel.statements if isinstance(s, Compute))
        if work > LIGHT * len(lines) or (isinstance(walked, int) and walked < above()):
            return
        for s in kernel.statements:
            if isinstance(s, Store) and s.position.coefficient(self.lane) == 1 and self._bytes(s) == LINE:
                yield s

    def _bytes(self, s: Store) -> int:
        """Of a vector."""
        return self.lanes * BYTES[memory(SCALAR[self.kernel.dtypes[s.value]])]

    def _walked(self) -> Dim:
        """The bytes that the loops read and write, but for what they meet again."""
        loops = range(len(self.kernel.sizes))
        each = sum(s.buffer.type.dtype.itemsize for s in self.kernel.statements
                   if isinstance(s, (Load, Store)) and all(s.position.coefficient(k) != 0 for k in loops))
        return product(self.kernel.sizes) * each

    # -- the loops -------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Before all loops."""
        self._large = self.body.compare("sge", "i64", self.access.at.dim(self._walked()), str(above()))
        for k in range(len(self.stores)):
            self.body.emit(f"%last{k} = alloca {self._words}, align {LINE}")    # the vector before
            self.body.emit(f"%choice{k} = alloca {self._words}, align {LINE}")  # which elements of the two are a line

    def end(self) -> None:
        """After all loops: nontemporal stores are seen before any later store."""
        with self.body.when(self._large):
            self.body.declarations.add(_FENCE)
            self.body.emit("call void @llvm.x86.sse.sfence()")

    def legs(self, low: str, high: str, whole: str, run: Callable[[str, str], None]) -> None:
        """Whole vectors from low to `whole`: in one leg, or in two, of which the first is a vector, and the second lines."""
        body = self.body
        count = body.op("sub", "i64", high, low)
        may = body.op("and", "i1", self._large, body.compare("sge", "i64", count, str(LEAST * self.lanes)))
        second = body.op("add", "i64", low, str(self.lanes))
        first = body.select(may, "i64", second, whole)
        head, exit, before = body.label("leg"), body.label("done"), body.block
        body.branch(head)
        body.open(head)
        self._past, start, stop = body.name("past"), body.name("start"), body.name("stop")
        phis = len(body.lines)
        body.emit("")  # once the last block inside is known
        run(start, stop)
        again = body.op("xor", "i1", self._past, may)
        with body.when(again):
            self._begin_lines(low)
        pairs = (("i1", self._past, "false", "true"), ("i64", start, low, second), ("i64", stop, first, whole))
        body.lines[phis] = "\n".join(f"  {name} = phi {type} [ {a}, %{before} ], [ {b}, %{body.block} ]" for type, name, a, b in pairs)
        body.branch_if(again, head, exit)
        body.open(exit)
        with body.when(may):
            self._end_lines(body.op("sub", "i64", whole, str(self.lanes)))
        self._past = ""

    def _begin_lines(self, at: str) -> None:
        """Of each result the vector here, which was stored as a whole, and where a line begins in it."""
        body, size = self.body, LINE // self.lanes
        numbers = "<" + ", ".join(f"{self._word} {k}" for k in range(self.lanes)) + ">"
        for k, pointer in enumerate(self._places(at)):
            vector = body.value(f"load {self._words}, ptr {pointer}, align {size}")
            body.emit(f"store {self._words} {vector}, ptr %last{k}, align {LINE}")
            begun = body.op("and", "i64", body.convert("ptrtoint", "ptr", pointer, "i64"), str(LINE - 1))
            first = body.op("sub", "i64", str(self.lanes), body.op("udiv", "i64", begun, str(size)))
            if self._word != "i64":
                first = body.convert("trunc", "i64", first, self._word)
            choice = body.op("add", self._words, self.access.at.splat(self._word, first), numbers)
            body.emit(f"store {self._words} {choice}, ptr %choice{k}, align {LINE}")

    def _end_lines(self, at: str) -> None:
        """The last vector of each result, whose end is in no line yet."""
        for k, pointer in enumerate(self._places(at)):
            vector = self.body.value(f"load {self._words}, ptr %last{k}, align {LINE}")
            self.body.emit(f"store {self._words} {vector}, ptr {pointer}, align {LINE // self.lanes}")

    def _places(self, at: str) -> list[str]:
        assert self.lane is not None
        self.access.at.index[self.lane] = at
        return [self.access.pointer(s) for s in self.stores]

    # -- the stores ------------------------------------------------------------------------------------------------

    def takes(self, s: Statement) -> bool:
        """Whether the statement is a store that waits for `flush` now."""
        if not self._past or s not in self.stores:
            return False
        if len(self._waiting) == GROUP:
            self.flush()
        self._waiting.append(s)
        return True

    def flush(self) -> None:
        """What waits is stored, one way or the other."""
        stores, self._waiting = self._waiting, []
        if stores:
            self.body.fork(self._past, lambda: self._lines(stores), lambda: self._vectors(stores))

    def _lines(self, stores: Sequence[Store]) -> None:
        body, words, at = self.body, self._words, self.access.at
        choose = f"llvm.x86.avx512.vpermi2var.{'q' if self._word == 'i64' else 'd'}.512"
        body.declarations |= {_METADATA, _MASK, f"declare {words} @{choose}({words}, {words}, {words})"}
        for s in stores:
            k = self.stores.index(s)
            vector = body.convert("bitcast", self.access.e.type(at.scalar(s.value)), at.values[s.value], words)
            last, choice = (body.value(f"load {words}, ptr %{name}{k}, align {LINE}") for name in ("last", "choice"))
            line = body.call(words, choose, [(words, last), (words, choice), (words, vector)])
            body.emit(f"store {words} {vector}, ptr %last{k}, align {LINE}")
            place = body.call("ptr", "llvm.ptrmask.p0.i64", [("ptr", self.access.pointer(s)), ("i64", str(-LINE))])
            body.emit(f"store {words} {line}, ptr {place}, align {LINE}, !nontemporal !0")

    def _vectors(self, stores: Sequence[Store]) -> None:
        at = self.access.at
        for s in stores:
            self.access.store(s.buffer, s.position, at.scalar(s.value), at.values[s.value])
