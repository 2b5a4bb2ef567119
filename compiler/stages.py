"""What a compiled function shows of itself: its text after every stage, what the passes did, what a call costs, files of it.

Knows nothing of how code is generated: it asks the function's `Build`. Read `function.py` next.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..ir.cost import operations
from ..ir.errors import ArgumentError
from ..ir.graph import Graph
from .cost import Cost
from .explain import Explanation
from .nested import bound

if TYPE_CHECKING:
    from pathlib import Path

    from .function import Build
    from .model import Model


class Stages:
    """What a compiled function shows of itself."""

    _build: Build
    _signature: Any  # a codegen.signature.Signature
    __name__: str

    def _describe(self, build: Build, signature: Any) -> None:
        self._build, self._signature = build, signature
        self.__name__ = self.__qualname__ = signature.name
        self.__doc__ = f"{signature.name}({', '.join(self._input_names())}): compiled by Wengert.\n\n" + "\n".join(
            f"{name}: {type}" for name, type in signature.inputs)

    @property
    def _graph(self) -> Graph:
        return self._build.model.graph

    def _input_names(self) -> list[str]:
        return [name for name, _ in self._signature.inputs]

    def _inputs_of(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """The inputs of the graph at a call with these arguments; those given by name are taken out of `named`."""
        return bound(self.__name__, self._input_names(), args, named)

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = [inspect.Parameter(n, kind) for n in self._input_names()]
        return inspect.Signature([*names, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)])

    def dump(self, stage: str = "optimized") -> str:
        """The program as text after a stage: "input", "optimized", "kernels", "llvm" or "asm"."""
        from ..ir.text import dump  # the grammar is loaded by who needs it

        build = self._build
        texts: dict[str, Callable[[], str]] = {
            "input": lambda: dump(build.model.graph), "optimized": lambda: dump(build.improved[0]),
            "kernels": lambda: build.program.kernels(), "llvm": lambda: build.program.llvm(), "asm": lambda: build.program.assembly,
        }
        if not isinstance(stage, str) or stage not in texts:
            raise ArgumentError(f"dump: expected a stage of {', '.join(texts)}, got {stage!r}")
        return texts[stage]()

    def explain(self) -> Explanation:
        """What each pass did: nodes and operations before and after, and the rules that fired where."""
        return self._build.improved[1]

    def cost(self) -> Cost:
        """Operations, bytes moved and scratch memory of one call, exact; polynomials in the named sizes."""
        return Cost(operations(self._build.improved[0].nodes), self._build.program.bytes_moved(), self._build.program.signature.arena)

    def finish(self, timeout: float | None = None) -> bool:
        """Whether the function runs native code, after waiting for that up to `timeout` seconds, or for as long as it takes.

        A large program answers through an interpreter at first, see `wait` of `wg.function`. Raises what went wrong where native
        code could not be made; the function goes on as it is.
        """
        job = self._build.job
        return job is None or job.wait(timeout)

    def save(self, path: str | Path) -> None:
        """Write the function to a file, as text; `wg.load(path)` compiles it again, or finds its code on this machine's disk.

        A file that is changed later is refused by its seal; without this entry its graph and options count as they stand. Raises
        PathError where nothing can be written, ArgumentError for what is no path, or one that begins with ~.
        """
        from .saved import write

        write(path, *self._saved())

    def export(
        self, folder: str | Path, *, name: str | None = None, triple: str | None = None, cpu: str | None = None,
        features: str | None = None,
    ) -> Any:
        """Write files for programs in C: an object file, a header, a description in JSON, and where this machine has a linker a
        shared library. Returns their paths, as `object`, `header`, `description` and `library` (None where there is none).

        name      of the C function; by default this one's
        triple    the machine it shall run on, such as "aarch64-unknown-linux-gnu"; by default this one
        cpu       a processor of LLVM's, such as "x86-64-v3"; by default this machine's, or the plainest of the triple
        features  of the processor, such as "+avx2,-fma"

        Numbers are passed by value, arrays by pointer, results by pointer, then the named sizes; the header says the rest. Raises
        ExpressionError for a program that calls SciPy, ArgumentError for a target that LLVM does not know.
        """
        return self._exported(folder, {}, name, triple, cpu, features)

    def _exported(self, folder: str | Path, facts: Mapping[str, Any], name: str | None, *machine: str | None) -> Any:
        """`facts` are further entries of the description."""
        return self._build.export(folder, facts, name, self._output_names(), *machine)

    def _output_names(self) -> list[str] | None:
        return None

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        """What `save` writes: the model, and how it is compiled and its results are handed out."""
        raise NotImplementedError

    def __copy__(self) -> Stages:
        return self  # nothing in it ever changes

    def __deepcopy__(self, memo: object) -> Stages:
        return self

    def __repr__(self) -> str:
        return f"<wengert function {self._signature}>"
