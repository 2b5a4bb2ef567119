"""The whole module: each step of a plan as a function, and `@body`, which runs them in order on one frame of pointers.

Owns how steps reach their buffers and when a loop is split over threads. Read `callable.py` for who calls `@body`.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..ir.extents import Extent
from ..ir.graph import Graph
from ..ir.types import Dim, product
from . import blas, external, lapack, math, memory, parallel
from .blocks import Blocked, in_blocks
from .chunks import chunked
from .kernels import Clear, Kernel, Plan, Product, Step, System
from .loops import Loops
from .outside import blas_threads_are_ours
from .schedule import planned
from .shape import shape_of
from .sizes import emit_dim, emit_unless_empty
from .statements import Buffer, Compute, Scatter
from .strips import StripCall, Strips, in_strips
from .text import ALIGNED, Body
from .weights import weight

INLINE_STATEMENTS = 40   # kernels up to this length become part of the body
CALLS_TO_INLINE = 2      # a vector function called at most this often is inlined, and one that then takes
LINES_TO_INLINE = 500    # no more lines than this: around a call all registers wait on the stack


@dataclass(frozen=True)
class Lowered:
    """A lowered program: the text that defines `i32 @body(ptr, ptr, ptr, ptr)`, what it needs, and what it costs."""

    text: str
    plan: Plan
    arena: Dim
    work: Dim
    symbols: tuple[str, ...]  # "blas", "lapack", "parallel", and the functions of SciPy and of `shared.py` by name
    failures: tuple[str, ...]
    opt: int                  # the level of LLVM's passes that gains something

    def modules(self) -> Iterator[str]:
        """The texts to compile, of which the last defines `@body`."""
        yield self.text + "\n"

    def kernels(self) -> str:
        """The loop nests and products in order."""
        return str(self.plan)

    def bytes_moved(self) -> Dim:
        """The bytes that the steps read and write, each buffer once a step."""
        total: Dim = 0
        for step in self.plan.steps:
            for buffer in [*dict.fromkeys(step.reads()), *dict.fromkeys(step.writes())]:
                total = total + buffer.bytes
        return total

    def extents(self) -> Iterator[Extent]:
        """What must be counted beside the graph's own sizes: those in BLAS's and LAPACK's 32 bits."""
        for step in self.plan.steps:
            if isinstance(step, Product):
                for dim in (step.rows, step.inner, step.columns):
                    yield Extent(dim, f"matmul: the size {dim} of a matrix", bits=31)
            if isinstance(step, System):
                for dim in (step.n, step.rows):
                    yield Extent(dim, f"{step.kind}: the size {dim} of a matrix", bits=31)


def lower(graph: Graph, width: int, threads: int, alone: bool = False) -> Lowered:
    """The graph as a module for vectors of `width` bytes and the given number of threads. `alone`: with all our math in it."""
    plan = planned(graph)
    work: Dim = 0
    for step in plan.steps:
        work = work + work_of(step)
    plan = chunked(plan)
    plan = replace(plan, steps=[part for step in plan.steps for part in _parts(step, width)])
    return Module(graph, plan, width, threads, work, alone).lowered()


def work_of(step: Step) -> Dim:
    """Estimated scalar operations of a step."""
    if not isinstance(step, Kernel):
        return step.work
    return product(step.sizes) * sum(weight(s.node) if isinstance(s, Compute) else 1 for s in step.statements)


def _parts(step: Step, width: int) -> list[Step]:
    """A kernel in the form in which it runs: in blocks, in strips, or as it is."""
    if not isinstance(step, Kernel):
        return [step]
    return [*(in_blocks(step, width) or (in_strips(step, width),))]


class Module:
    """Collects the functions of the steps and the body that calls them."""

    def __init__(self, graph: Graph, plan: Plan, width: int, threads: int, work: Dim, alone: bool) -> None:
        self.graph, self.plan, self.width, self.threads, self.work, self.alone = graph, plan, width, threads, work, alone
        self.body = Body()
        self.functions: Counter[tuple[str, str, int]] = Counter()
        self.texts: list[str] = []
        self.declarations: set[str] = set()
        self.offsets, self.arena = memory.arena(plan)
        self.pointers: dict[Buffer, str] = {}
        self.sizes: dict[str, str] = {}
        self.uses_parallel = self.checks = self.wide = False

    def lowered(self) -> Lowered:
        body = self.body
        for number, name in enumerate(self.graph.sizes):
            place = body.value(f"getelementptr i64, ptr %sizes, i64 {number}")
            self.sizes[name] = body.value(f"load i64, ptr {place}")
        body.emit("%failed = alloca i32")
        body.emit("store i32 0, ptr %failed")
        uses_blas = any(isinstance(step, Product) for step in self.plan.steps)
        systems = [step for step in self.plan.steps if isinstance(step, System)]
        serial = self._serial_products()
        for step in self.plan.steps:
            self._step(step)
        if serial:
            with body.when(serial):
                body.emit("call void @blas.leave()")
        body.emit(f"ret i32 {body.value('load i32, ptr %failed')}")
        used = {"blas": uses_blas or serial, "lapack": systems, "parallel": self.uses_parallel}
        symbols = tuple(name for name in used if used[name])
        # The passes before have shared and folded all there is in a straight line: LLVM's own would only take time.
        straight = all(isinstance(s, Clear) or (isinstance(s, Kernel) and not s.sizes) for s in self.plan.steps)
        outside, lines, functions = external.parts(key for key in self.functions if external.is_external(key[0]))
        self.texts, self.declarations = [*outside, *self.texts], self.declarations | lines
        if systems:
            self.texts, self.declarations = [*lapack.definitions(systems), *self.texts], self.declarations | lapack.declarations()
        definitions, lines, math_outside = self._math()
        self.declarations |= lines
        return Lowered(self._text(definitions, uses_blas), self.plan, self.arena, self.work, (*symbols, *functions, *sorted(math_outside)),
                       ("an index is out of bounds",) if self.checks else (), 0 if straight else 1)

    def _math(self) -> tuple[list[str], set[str], set[str]]:
        def inline(op: str, scalar: str, lanes: int, lines: int) -> bool:
            calls = self.functions[op, scalar, lanes]
            return lanes > 1 and (calls <= CALLS_TO_INLINE or calls * lines <= LINES_TO_INLINE)

        wanted = {key for key in self.functions if not external.is_external(key[0])} | external.needs(self.functions)
        return math.parts(wanted, inline, *([] if self.alone else [math.shareable]))

    def _text(self, definitions: list[str], uses_blas: bool) -> str:
        memset = "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1 immarg)"
        lines = {*self.declarations, memset} - ({memset} if uses_blas else set())  # which says so itself
        frame = f"{ALIGNED} " if self.wide else ""  # short kernels become part of it
        head = f"define internal i32 @body(ptr %inputs, ptr %outputs, ptr %sizes, ptr %arena) {frame}{{\nentry:\n"
        parts = [*sorted(lines), *map(constant_text, self.plan.constants), *definitions, *self.texts,
                 head + "\n".join(self.body.lines) + "\n}\n"]
        if uses_blas:
            parts.insert(0, blas.declarations())
        if self.uses_parallel:
            parts.insert(0, parallel.DECLARATION)
        return "\n".join(parts)

    def _serial_products(self) -> str:
        """Keep the BLAS at one thread where a product or an elimination is long; the condition under which it was done, or nothing."""
        works = [work_of(step) for step in self.plan.steps if isinstance(step, (Product, System))]
        longest = max((w for w in works if isinstance(w, int)), default=0)
        open_works = [w for w in works if not isinstance(w, int)]
        if self.alone or not blas_threads_are_ours() or (longest <= blas.SERIAL_UP_TO and not open_works):
            return ""
        works_together: Dim = longest
        for work in open_works:
            works_together = works_together + work
        total = emit_dim(self.body, works_together, self.sizes)
        condition = self.body.compare("sgt", "i64", total, str(blas.SERIAL_UP_TO))
        self.texts.append(blas.SERIAL)
        with self.body.when(condition):
            self.body.emit("call void @blas.enter()")
        return condition

    def _pointer(self, buffer: Buffer) -> str:
        if buffer not in self.pointers:
            self.pointers[buffer] = self._new_pointer(buffer)
        return self.pointers[buffer]

    def _new_pointer(self, buffer: Buffer) -> str:
        body = self.body
        if buffer.kind == "constant":
            return f"@{buffer.symbol}"
        if buffer.kind == "arena":
            return body.value(f"getelementptr i8, ptr %arena, i64 {emit_dim(body, self.offsets[buffer], self.sizes)}")
        place = body.value(f"getelementptr ptr, ptr %{buffer.kind}s, i64 {buffer.number}")
        return body.value(f"load ptr, ptr {place}")

    def _step(self, step: Step) -> None:
        body = self.body
        if isinstance(step, Clear):
            bytes = emit_dim(body, step.buffer.bytes, self.sizes)
            body.emit(f"call void @llvm.memset.p0.i64(ptr {self._pointer(step.buffer)}, i8 0, i64 {bytes}, i1 false)")
            return
        if isinstance(step, System):
            lapack.call(body, step, self.sizes, self._pointer)
            return
        function, count, may_split = self._function(step)
        short = isinstance(step, Kernel) and len(step.statements) <= INLINE_STATEMENTS and not may_split
        self.texts.append(function.text("alwaysinline" if short else "noinline"))
        self.declarations |= function.body.declarations
        total = emit_dim(body, count, self.sizes)
        if isinstance(step, Product):
            total = emit_unless_empty(body, "0", total, (step.rows, step.columns), self.sizes)
        frames = [f"%{frame}" for frame in function.frames]
        values = [self.sizes[n] for n in function.sizes] + frames + [self._pointer(b) for b in function.buffers]
        kinds = [kind for kind, _ in function.parameters()]
        if may_split:
            self._split(step, function, total, list(zip(kinds, values)))
            return
        arguments = [("i64", "0"), ("i64", total), *zip(kinds, values)]
        self._collect(function.checks, body.call("i32", step.name, arguments))

    def _collect(self, checks: bool, status: str) -> None:
        if checks:
            self.checks = True
            joined = self.body.op("or", "i32", self.body.value("load i32, ptr %failed"), status)
            self.body.emit(f"store i32 {joined}, ptr %failed")

    def _function(self, step: Kernel | Product) -> tuple[Loops | StripCall | blas.ProductCall, Dim, bool]:
        """The function of a step, the number of iterations of its first loop, and whether threads may share them."""
        if isinstance(step, Product):
            call, long = blas.ProductCall(step), work_of(step)
            in_parts = blas_threads_are_ours() and parallel.available() and not self.alone  # also for one thread: the parts decide the bits
            return call, call.extent, in_parts and (not isinstance(long, int) or long >= 2 * blas.PART)
        shape = shape_of(step, self.width)
        self.wide |= shape.lanes > 1
        work = work_of(step)
        large = not isinstance(work, int) or work > parallel.ABOVE
        if isinstance(step, Blocked):
            return Loops(step, shape, self.functions, step.block), step.blocks, large and self.threads > 1
        if isinstance(step, Strips):
            return StripCall(step, shape, self.functions), step.sizes[0], large and self.threads > 1
        first = step.sizes[shape.order[0]] if shape.order else 1
        kept = bool(shape.order) and shape.order[0] not in step.reduced  # streamed: the kept loop comes first as well
        alone = not any(isinstance(s, Scatter) for s in step.statements)
        return Loops(step, shape, self.functions), first, large and kept and alone and self.threads > 1

    def _split(
        self, step: Kernel | Product, function: Loops | StripCall | blas.ProductCall, total: str, arguments: list[tuple[str, str]],
    ) -> None:
        """Run on threads if there is enough to do; known only at the call where sizes are."""
        body, self.uses_parallel = self.body, True
        self.texts.append(_task(step.name, [kind for kind, _ in arguments]))
        frame = body.name("frame")
        body.lines.insert(0, f"  {frame} = alloca [{len(arguments)} x i64]")
        for number, (kind, value) in enumerate(arguments):
            place = body.value(f"getelementptr i64, ptr {frame}, i64 {number}")
            body.emit(f"store {kind} {value}, ptr {place}")
        work = emit_dim(body, work_of(step), self.sizes)
        grain = self._grain(step, function, total, work)
        call = f"call i32 @wg.parallel(ptr @{step.name}.task, ptr {frame}, i64 {total}, i64 {grain}, i64 {self.threads})"
        if not work.startswith("%"):
            self._collect(function.checks, body.value(call))
            return
        above = 2 * blas.PART if isinstance(step, Product) else parallel.ABOVE
        many = body.compare("sgt", "i64", work, str(above))
        whole = [("i64", "0"), ("i64", total), *arguments]
        self._collect(function.checks, body.either(many, "i32", lambda: body.value(call), lambda: body.call("i32", step.name, whole)))

    def _grain(self, step: Kernel | Product, function: Loops | StripCall | blas.ProductCall, total: str, work: str) -> str:
        """How much of a split step a thread takes at a time. Of a product that decides the bits, so the sizes alone decide it."""
        if isinstance(function, blas.ProductCall):
            return parallel.grain(self.body, total, blas.parts(self.body, work), 1 if function.along == "batch" else blas.ALIGN)
        align = parallel.ALIGN if function.shape.order[0] == function.shape.lane and not isinstance(step, Blocked) else 1
        return parallel.grain(self.body, total, str(parallel.PARTS * self.threads), align)


def _task(name: str, kinds: list[str]) -> str:
    """`i32 @name.task(ptr frame, i64 lo, i64 hi)`: the step with its arguments from a frame."""
    lines, arguments = [], ["i64 %lo", "i64 %hi"]
    for number, kind in enumerate(kinds):
        lines.append(f"  %p{number} = getelementptr i64, ptr %frame, i64 {number}")
        lines.append(f"  %a{number} = load {kind}, ptr %p{number}")
        arguments.append(f"{kind} %a{number}")
    lines.append(f"  %status = call i32 @{name}({', '.join(arguments)})")
    return f"define internal i32 @{name}.task(ptr %frame, i64 %lo, i64 %hi) {{\n" + "\n".join(lines) + "\n  ret i32 %status\n}\n"


def constant_text(buffer: Buffer) -> str:
    """A constant array as the bytes it has in memory."""
    assert buffer.value is not None
    data = np.ascontiguousarray(buffer.value).tobytes()
    text = "".join(f"\\{byte:02X}" for byte in data)
    return f'@{buffer} = internal constant [{len(data)} x i8] c"{text}", align 64'
