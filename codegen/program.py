"""A graph made native: lowered, compiled and installed into a callable, with its text at every stage.

The one door through which the compiler reaches this folder. Knows what a program is, not how it was derived.
"""
from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
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
from .code import Code, kept, kept_object
from .compiled import Compiled, exports
from .entry import call_text
from .signature import Signature
from .tape import tape_of

if TYPE_CHECKING:
    # Loaded where it is needed, and LLVM too: not for a tape's first answer.
    from .lower import Lowered
    from .straightline import Straightline

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
        self.graph, self._expanded = graph, expanded(graph)
        self._single, self._guards, self._outs = single, tuple(guards), tuple(outs)
        self._threads, self._alone, self._width = parallel.at_most(threads), alone, width
        # Of another machine the width of vectors is known: those of more than 16 bytes came with fused operations.
        self._tape = tape_of(self._expanded, LONG, fingerprint.fuses() if width is None else width > 16)

    @cached_property
    def lowered(self) -> Lowered | Straightline:
        """The program in the form of which LLVM's modules are made."""
        if self._tape is not None:
            from .straightline import Straightline

            return Straightline(self._tape, self._alone)
        from .lower import lower

        return lower(self._expanded, self._width or vector_bytes(), self._threads, self._alone)

    @cached_property
    def signature(self) -> Signature:
        """Of the machine code."""
        return self._with(self.lowered.arena, self.lowered.work, self.lowered.failures, self.lowered.extents())

    def _with(self, arena: Dim, work: Dim, failures: tuple[str, ...] = (), more: Iterable[Extent] = ()) -> Signature:
        """The signature of code with this arena."""
        graph = self.graph
        counted = [*extents(graph), Extent(arena, "the bytes of the intermediate values"), *more]
        return Signature(
            graph.name, tuple((node.attrs[0], node.type) for node in graph.inputs), graph.output_types,
            self._single, graph.sizes, self._guards, arena, work, failures, extents=tuple(unknown(counted)), outs=self._outs,
        )

    @property
    def is_long(self) -> bool:
        """Whether LLVM takes so long that an interpreter should answer first."""
        return self._tape is not None

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
        assert self._tape is not None
        code = interpreter.encoded(self._tape, fingerprint.fuses())
        room = 4 ** math.ceil(math.log(max(code.arena, 4**6), 4))  # few sizes, so that programs of the same kinds have one machine
        signature = self._with(room, self._tape.work())
        run, entry = run_text(signature), _entry_text(signature)

        def linked() -> tuple[tuple[str, ...], Code]:
            from .machine import machine_text

            text, symbols = machine_text(code.machine)
            objects = [kept_object(text + run, opt=1), *([kept_object(entry, opt=0, codegen=0)] if entry else [])]
            return symbols, Code.of(objects, exports(signature))

        symbols, machine = kept("\n".join([code.machine.name, run, entry]), tuple, linked)
        return Interpreted(Compiled(signature, symbols, machine), code)

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


def _with_last(texts: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each text, and whether it is the last."""
    waiting: str | None = None
    for text in texts:
        if waiting is not None:
            yield waiting, False
        waiting = text
    if waiting is not None:
        yield waiting, True


def with_entry(objects: Sequence[bytes], signature: Signature, needs: tuple[str, ...] = ()) -> Compiled:
    """The function whose `@run` is in these object files: with one more that has `@call` and the arena, if any."""
    entry = _entry_text(signature)
    return Compiled(signature, needs, Code.of([*objects, _compile_entry(entry)] if entry else objects, exports(signature)))


def _entry_text(signature: Signature) -> str:
    return memory_text(signature) + (call_text(signature, slow_offset()) if has_fast_path() else "")


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
        """Let `function` run the byte code, whose arrays live as long as it."""
        table = self.code.table()
        self.compiled.install(function, explain, {interpreter.SYMBOL: table.ctypes.data}, keep=(self.code.arrays, table))
