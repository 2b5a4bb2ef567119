"""A graph made native: lowered, compiled and installed into a callable, with its text at every stage.

The one door through which the compiler reaches this folder. Knows what a program is, not how it was derived.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache, partial

from ..ir.evaluate import wrong_index
from ..ir.extents import Extent, extents, unknown
from ..ir.graph import Graph
from ..ir.types import Dim
from . import jit, parallel
from .arena import memory_text, run_text
from .callable import NativeCallable, has_fast_path, slow_offset
from .code import Code
from .compiled import Compiled, exports
from .entry import call_text
from .kernels import Product, Step, System
from .lower import lower
from .signature import Signature
from .statements import Buffer


def vector_bytes() -> int:
    """The width of the host's widest vectors."""
    features = jit.host()[2]
    return 64 if "+avx512f" in features else 32 if "+avx2" in features else 16


class Program:
    """One compiled graph. `single`: a call returns the one output itself, not a tuple.

    `guards` are (dim, message) pairs: a call where a dim is negative is refused with the message. `outs` are the
    places of the outputs in `out`, as messages name them. `threads`: as many as processors by default. `alone`: the
    code holds all our math, instead of calling what programs share. `width`: of vectors, the host's by default.
    """

    def __init__(self, graph: Graph, *, single: bool, guards: Sequence[tuple[Dim, str]] = (), outs: Sequence[str] = (),
                 threads: int | None = None, alone: bool = False, width: int | None = None) -> None:
        self.graph = graph
        self.lowered = lower(graph, width or vector_bytes(), (threads or parallel.threads()) if parallel.available() else 1, alone)
        self.signature = Signature(
            graph.name, tuple((node.attrs[0], node.type) for node in graph.inputs), tuple(node.type for node in graph.outputs),
            single, graph.sizes, tuple(guards), self.lowered.arena, self.lowered.work, self.lowered.failures,
            extents=tuple(unknown([*extents(graph), *self._extents()])), outs=tuple(outs),
        )
        # The passes before have shared and folded all there is in a straight line: LLVM's own would only take time.
        self.opt = 0 if self.lowered.straight else 1

    def _extents(self) -> Iterator[Extent]:
        """What the lowering adds to those of the graph: the scratch memory, and sizes in BLAS's and LAPACK's 32 bits."""
        yield Extent(self.lowered.arena, "the bytes of the intermediate values")
        for step in self.lowered.plan.steps:
            if isinstance(step, Product):
                for dim in (step.rows, step.inner, step.columns):
                    yield Extent(dim, f"matmul: the size {dim} of a matrix", bits=31)
            if isinstance(step, System):
                for dim in (step.n, step.rows):
                    yield Extent(dim, f"{step.kind}: the size {dim} of a matrix", bits=31)

    def compiled(self) -> Compiled:
        """The function as machine code, which can be kept on disk."""
        return compile_callable(self.lowered.text + "\n", self.signature, self.lowered.symbols, opt=self.opt)

    def install(self, function: NativeCallable) -> None:
        """Compile, and let `function` run the code; the code lives as long as the function."""
        self.compiled().install(function, explain=partial(wrong_index, self.graph))

    def texts(self) -> list[str]:
        """The modules of the program, of which the last defines `@body`."""
        return [self.lowered.text]

    def kernels(self) -> str:
        """The loop nests and products in order."""
        return str(self.lowered.plan)

    def llvm(self) -> str:
        """The module as it is given to LLVM."""
        return self.lowered.text + "\n" + run_text(self.signature)

    @cached_property
    def assembly(self) -> str:
        """The machine code of this machine, as text."""
        return jit.assembly(self.llvm(), opt=self.opt)

    def bytes_moved(self) -> Dim:
        """The bytes that the steps read and write, each buffer once a step."""
        return _sum(buffer.bytes for step in self.lowered.plan.steps for buffer in _touched(step))


def compile_callable(body: str, signature: Signature, needs: tuple[str, ...] = (), *, opt: int = 1) -> Compiled:
    """The function of `body`, the text that defines `@body`: with `@run` as one object file, and `@call` and the arena, if
    any, as another.
    """
    program = jit.compile_ir(body + run_text(signature), opt=opt)
    entry = memory_text(signature) + (call_text(signature, slow_offset()) if has_fast_path() else "")
    objects = (program, _compile_entry(entry)) if entry else (program,)
    return Compiled(signature, needs, Code.of(objects, exports(signature)))


@lru_cache(maxsize=128)
def _compile_entry(text: str) -> bytes:
    # Many functions differ in nothing that this text knows of.
    return jit.compile_ir(text, opt=0, codegen=0)


def _touched(step: Step) -> list[Buffer]:
    return [*dict.fromkeys(step.reads()), *dict.fromkeys(step.writes())]


def _sum(dims: Iterable[Dim]) -> Dim:
    total: Dim = 0
    for dim in dims:
        total = total + dim
    return total
