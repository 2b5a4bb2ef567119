"""A graph made native: lowered, compiled and installed into a callable, with its text at every stage.

The one door through which the compiler reaches this folder. Knows what a program is, not how it was derived.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache, partial
from typing import TYPE_CHECKING, NamedTuple

from ..ir.evaluate import wrong_index
from ..ir.extents import Extent, extents, unknown
from ..ir.graph import Graph
from ..ir.ops.composite import expanded
from ..ir.types import Dim
from . import fingerprint, interpreter, parallel
from .arena import memory_text, run_text
from .arguments import Explain
from .callable import NativeCallable, has_fast_path, slow_offset
from .code import Code, kept
from .compiled import Compiled, exports
from .entry import call_text
from .signature import Signature
from .straightline import Straightline
from .tape import tape_of

if TYPE_CHECKING:
    from .lower import Lowered  # LLVM, and all that makes loops, is loaded where it is needed: not for a tape's first answer

LONG = 1000  # statements of a program of scalars from which it becomes a tape


def vector_bytes() -> int:
    """The width of the host's widest vectors."""
    from . import jit

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
        self.lowered = _lowered(graph, parallel.at_most(threads), alone, width)
        self.signature = Signature(
            graph.name, tuple((node.attrs[0], node.type) for node in graph.inputs), tuple(node.type for node in graph.outputs),
            single, graph.sizes, tuple(guards), self.lowered.arena, self.lowered.work, self.lowered.failures,
            extents=tuple(unknown([*extents(graph), *self._extents()])), outs=tuple(outs),
        )

    def _extents(self) -> Iterator[Extent]:
        """What the lowering adds to those of the graph."""
        yield Extent(self.lowered.arena, "the bytes of the intermediate values")
        yield from self.lowered.extents()

    @property
    def is_long(self) -> bool:
        """Whether LLVM takes so long that an interpreter should answer first."""
        return isinstance(self.lowered, Straightline)

    def compiled(self) -> Compiled:
        """The function as machine code, which can be kept on disk."""
        *_, found = self.compiling()
        assert found is not None
        return found

    def compiling(self) -> Iterator[Compiled | None]:
        """The same in steps: None after each part of a long program, and last the function."""
        from . import jit

        objects = []
        for text, last in _with_last(self.lowered.modules()):
            objects.append(jit.compile_ir(text + run_text(self.signature) if last else text, opt=self.opt))
            yield None
        yield with_entry(objects, self.signature, self.lowered.symbols)

    def interpreted(self) -> Interpreted:
        """A long program as byte code."""
        assert isinstance(self.lowered, Straightline)
        code = interpreter.encoded(self.lowered.tape, fingerprint.fuses())
        room = 4 ** math.ceil(math.log(max(code.arena, 4**6), 4))  # few sizes, so that programs of the same kinds have one machine
        signature = replace(self.signature, arena=room)
        machine = kept(code.text + run_text(signature), opt=1)
        return Interpreted(with_entry([machine], signature, code.symbols, shared=True), code)

    def install(self, function: NativeCallable) -> None:
        """Compile, and let `function` run the code; the code lives as long as the function."""
        self.compiled().install(function, explain=partial(wrong_index, self.graph))

    def texts(self) -> list[str]:
        """The modules of the program, of which the last defines `@body`."""
        return list(self.lowered.modules())

    @property
    def opt(self) -> int:
        """The level of LLVM's passes that gains something."""
        return self.lowered.opt

    def kernels(self) -> str:
        """What runs, in order: loop nests and products, or the statements of a tape."""
        return self.lowered.kernels()

    def llvm(self) -> str:
        """The modules as they are given to LLVM."""
        return "\n".join(self.lowered.modules()) + "\n" + run_text(self.signature)

    @cached_property
    def assembly(self) -> str:
        """The machine code of this machine, as text."""
        from . import jit

        modules = _with_last(self.lowered.modules())
        return "\n".join(jit.assembly(text + run_text(self.signature) if last else text, opt=self.opt) for text, last in modules)

    def bytes_moved(self) -> Dim:
        """The bytes that a call reads and writes, each buffer once a step."""
        return self.lowered.bytes_moved()


def _lowered(graph: Graph, threads: int, alone: bool, width: int | None) -> Lowered | Straightline:
    graph = expanded(graph)
    # Of another machine the width of vectors is known: those of more than 16 bytes came with fused operations.
    tape = tape_of(graph, LONG, fingerprint.fuses() if width is None else width > 16)
    if tape is not None:
        return Straightline(tape, alone)
    from .lower import lower

    return lower(graph, width or vector_bytes(), threads, alone)


def _with_last(texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each text, and whether it is the last."""
    waiting: str | None = None
    for text in texts:
        if waiting is not None:
            yield waiting, False
        waiting = text
    if waiting is not None:
        yield waiting, True


def with_entry(objects: Sequence[bytes], signature: Signature, needs: tuple[str, ...] = (), shared: bool = False) -> Compiled:
    """The function whose `@run` is in these object files: with one more that has `@call` and the arena, if any."""
    entry = memory_text(signature) + (call_text(signature, slow_offset()) if has_fast_path() else "")
    if entry:
        objects = [*objects, kept(entry, opt=0, codegen=0) if shared else _compile_entry(entry)]
    return Compiled(signature, needs, Code.of(objects, exports(signature)))


@lru_cache(maxsize=128)
def _compile_entry(text: str) -> bytes:
    # Many functions differ in nothing that this text knows of.
    from . import jit

    return jit.compile_ir(text, opt=0, codegen=0)


class Interpreted(NamedTuple):
    """A function that runs byte code."""

    compiled: Compiled
    code: interpreter.Code

    def install(self, function: NativeCallable, explain: Explain | None = None) -> None:
        """Let `function` run the byte code, which lives as long as it."""
        table = self.code.table()
        self.compiled.install(function, explain, {interpreter.SYMBOL: table.ctypes.data}, keep=(self.code, table))
