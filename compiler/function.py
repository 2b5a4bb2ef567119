"""The driver: from nodes to a graph, through the passes and code generation, to an object that is called.

Owns the compiled function that a person holds: its call is native code, its methods show every stage. The only file
of this folder that reaches `codegen`.
"""
from __future__ import annotations

import ctypes
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..codegen import cache as disk
from ..codegen import parallel
from ..codegen.arguments import overlap
from ..codegen.callable import NativeCallable, slow_path
from ..codegen.compiled import Compiled
from ..codegen.signature import Signature
from ..ir.convert import as_node, from_sympy
from ..ir.errors import ArgumentError, ExpressionError, GraphError, WengertError
from ..ir.evaluate import wrong_index
from ..ir.graph import Graph
from ..ir.guards import guards
from ..ir.node import Node, located
from ..ir.pause import without_collector
from .explain import Explanation
from .model import Model
from .nested import restored
from .passes.pipeline import run
from .points import Points, many
from .sparse import SparseFunction, split, structures_of
from .stages import Stages

if TYPE_CHECKING:
    from pathlib import Path

    from ..codegen.background import Job
    from ..codegen.program import Program  # imported where it is needed: code from the disk runs without code generation


class Options(NamedTuple):
    """How a person wants a graph compiled; `function` explains each."""

    fastmath: bool = False
    threads: int | None = None
    points: bool = False
    cache: bool = True
    wait: bool = False


@without_collector
def function(
    inputs: Sequence[Node] | Node, outputs: Any, name: str = "function", *, fastmath: bool = False, threads: int | None = None,
    points: bool = False, cache: bool = True, wait: bool = False,
) -> Any:
    """Compile nodes into a native function of `inputs`.

    inputs    the symbols, in the order of the call's arguments; keywords work by their names
    outputs   a node (the call returns its value), a list or tuple (a tuple), or a dict (a dict); a SparseMatrix among them
              comes as a scipy.sparse array
    fastmath  allow rewriting by the laws of real numbers, which may change results by rounding
    threads   how many threads long loops are shared among, at most as many as processors; all of them by default
    points    where an argument has more axes than its symbol, evaluate at all the points, which lie along the axes behind: arrays
              broadcast, and each result has the axes of the points last
    cache     False: compile, whatever the disk holds, and keep nothing there
    wait      True: return when native code is there. A program of more than a thousand operations on numbers is otherwise
              interpreted, two to five times slower and to the same bits, until LLVM is done in the background; see `f.finish`

    Rank-0 results are Python scalars, others NumPy arrays; `out=` writes into given arrays. A call is native from end to end:
    other threads run while a long one does, and Ctrl-C is heard when it has ended. Python's integers become float64 as
    NumPy makes them, rounded beyond 2**53.
    Raises GraphError for symbols that are not listed, two inputs of one name, and inputs that are no symbols.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> f = wg.function([x], [x * x, wg.grad(x * x, x)])
    >>> f(3.0)
    (9.0, 6.0)
    """
    if not isinstance(name, str):
        raise GraphError(f"function: the name must be a str, got {name!r} of {type(name).__name__}")
    listed = list(inputs) if isinstance(inputs, Iterable) and not isinstance(inputs, Node) else [inputs]
    for node in listed:
        if not isinstance(node, Node):
            raise GraphError(f"{name}: inputs must be symbols, got {node!r} of {type(node).__name__}{from_sympy(node)}")
    threads = None if threads is None else _count(name, threads)
    values, structures = split(outputs)
    keys = tuple(values) if isinstance(values, Mapping) else None
    single = keys is None and not isinstance(values, (list, tuple))
    nodes = _nodes(name, [values] if single else values.values() if keys is not None else values)
    options = Options(fastmath, threads, points and keys is None and not structures, cache, wait)
    made = _made(Model(Graph(name, listed, nodes)), options, single, keys)
    return SparseFunction(made, structures) if structures else made


def _count(name: str, threads: Any) -> int:
    """A number of threads, NumPy's integers too."""
    if isinstance(threads, bool) or not isinstance(threads, Integral) or threads < 1:
        raise GraphError(f"{name}: threads must be a whole number from 1 on, got {threads!r}")
    return int(threads)


def _nodes(name: str, outputs: Iterable[Any]) -> list[Node]:
    found = []
    for value in outputs:
        try:
            found.append(as_node(value))
        except WengertError:
            said = f"{name}: outputs must be nodes or numbers, got {value!r} of {type(value).__name__}{from_sympy(value)}"
            raise located(ExpressionError(said)) from None
    return found


class Build:
    """The stages between a model and its machine code, each made when it is first asked for.

    single    a call returns the one output itself, not a tuple
    outs      the places of the outputs in `out=`, as messages name them
    """

    def __init__(self, model: Model, options: Options | None = None, *, single: bool = False, outs: Sequence[str] = ()) -> None:
        self.model, self.options, self.single, self.outs = model, options or Options(), single, tuple(outs)
        self.job: Job | None = None  # what compiles it in the background
        self._later: tuple[Iterator[None], bool] | None = None  # the steps of a job to come, and whether its result is kept

    @cached_property
    def improved(self) -> tuple[Graph, Explanation]:
        """The graph after the passes, and what they did."""
        return run(self.model.graph, real=self.options.fastmath)

    @cached_property
    def program(self) -> Program:
        from ..codegen.program import Program

        known = guards(self.model.graph)
        return Program(self.improved[0], single=self.single, guards=known, outs=self.outs, threads=self.options.threads)

    def install(self, function: NativeCallable) -> Signature:
        """Let `function` run the machine code: from the disk if it is there, else compiled, and kept."""
        name = self._name() if self.options.cache and disk.folder() is not None else None
        found = self._found(name) if name is not None else None
        if found is not None:
            try:
                found.install(function, self._explain)
                return found.signature
            except (KeyError, RuntimeError, ExpressionError):
                pass  # SciPy no longer has a function that the code calls
        if self.program.is_long and not self.options.wait:
            made = self.program.interpreted()
            made.install(function, self._explain)
            self._later = _finishing(self, weakref.ref(function), name), name is not None
            return made.compiled.signature
        self._finish(self.program.compiled(), function, name)
        return self.program.signature

    def go_on(self) -> None:
        """Begin to compile, in the background, what is interpreted until then."""
        if self._later is not None:
            from ..codegen import background

            self.job = background.submit(*self._later)
            self._later = None

    def _name(self) -> str:
        """Under which name the disk keeps the function."""
        threads = parallel.at_most(self.options.threads)
        return disk.key(self.model.digest, repr((self.single, self.outs, self.options.fastmath, threads)))

    def _finish(self, compiled: Compiled, function: NativeCallable, name: str | None) -> None:
        compiled.install(function, self._explain)
        if name is not None:
            disk.keep(name, compiled.without_lines())

    def export(
        self, folder: str | Path, facts: Mapping[str, Any], name: str | None, outputs: list[str] | None, *machine: str | None,
    ) -> Any:
        from ..codegen.export import export
        from ..codegen.program import Program
        from ..codegen.targets import target
        from .saved import writing

        aim = target(*machine)
        known = guards(self.model.graph)
        program = Program(self.improved[0], single=self.single, guards=known, threads=1, alone=True, width=aim.vector_bytes)
        with writing("export", folder):
            return export(program, aim, folder, name, outputs, facts)

    def at_points(self, flags: Sequence[bool]) -> Function:
        """The function of many points in the flagged arguments."""
        model = Model(lambda: many(self.model.graph, flags), f"{self.model.digest} {flags}")
        return Function(Build(model, self.options._replace(points=False), outs=self.outs or (("out",) if self.single else ())))

    def _explain(self, sizes: Mapping[str, int], inputs: Sequence[np.ndarray]) -> str | None:
        """Why a call with these inputs failed."""
        return wrong_index(self.improved[0], sizes, inputs)

    def _found(self, name: str) -> Compiled | None:
        found = disk.find(name, Compiled)
        if found is None or not found.signature.guards:
            return found
        here = tuple(guards(self.model.graph))  # their messages name lines of the model as it is now
        return found._replace(signature=replace(found.signature, guards=here))


def _finishing(build: Build, function: weakref.ref[NativeCallable], name: str | None) -> Iterator[None]:
    """Native code for a function that was interpreted until now, in steps; for as long as the function lives."""
    steps = build.program.compiling()
    while function() is not None:
        compiled = next(steps, None)
        waiting = function()
        if compiled is not None and waiting is not None:
            build._finish(compiled, waiting, name)
            return
        del waiting
        yield


class Native(Stages):
    """A compiled function, and the ways to its machine code that lead past Python."""

    _c_function: Any = None

    def low_level_callable(self, signature: str | None = None) -> Any:
        """A `scipy.LowLevelCallable`, which SciPy calls without Python: of float64 numbers, or of one array of them with one
        axis, that gives one number. It holds the code, also when this function is gone.

        signature  one of SciPy's: "double (double)" or "double (int, double *)", as `scipy.integrate` takes them, and
                   "int (double *, intptr_t, double *, void *)" for `scipy.ndimage.generic_filter`. By default what fits: the first
                   for one number, the second for several, the third for an array.

        A call that fails gives NaN, or SciPy's error in a filter.
        """
        from ..codegen.interop import Running, low_level_callable

        return low_level_callable(Running(self._signature, *self._running()), signature)

    def c_function(self) -> Any:
        """A ctypes function of C types for code that is compiled elsewhere, such as numba's: `double f(double, ...)` where numbers
        give one number (NaN where the call fails), else `int f(inputs, outputs, sizes)` as in the header of `export`, without
        the workspace. It holds the code, also when this function is gone.
        """
        if self._c_function is None:
            from ..codegen.interop import Running, c_function

            self._c_function = c_function(Running(self._signature, *self._running()))
        return self._c_function

    @property
    def address(self) -> int:
        """Where the C function of `c_function` is. It is of no use when this function is gone."""
        return ctypes.c_void_p.from_buffer(self.c_function()).value or 0  # ctypes.cast would make a cycle of references

    def _running(self) -> tuple[int, object]:
        """The address of `@run` in this process, and what keeps it there."""
        raise NotImplementedError


class Function(Native, NativeCallable):
    """A compiled function. Calling it runs native code; arguments that do not fit exactly are converted or refused."""

    def __init__(self, build: Build) -> None:
        self._describe(build, build.install(self))
        if build.options.points:
            slow_path(self).points = Points(self._signature, build.at_points, overlap)  # which does not refer to this function
        build.go_on()  # nothing exchanges the slow path before

    def _running(self) -> tuple[int, object]:
        self.finish()  # who has the address will not hear of better code
        checked = slow_path(self)
        return checked.address, checked

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        return self._build.model, {**self._build.options._asdict(), "single": self._build.single}

    def __reduce__(self) -> tuple[Any, ...]:
        return (_made, (self._build.model, self._build.options, self._build.single, None))


class DictFunction(Native):
    """A compiled function whose results come as a dict."""

    def __init__(self, build: Build, keys: tuple[Any, ...]) -> None:
        self._keys, self._values = keys, Function(build)
        self._describe(build, self._values._signature)

    def __call__(self, *args: Any, out: Mapping[Any, Any] | None = None, **named: Any) -> dict[Any, Any]:
        if out is not None:
            if not isinstance(out, Mapping) or not out.keys() <= set(self._keys):
                got = list(out) if isinstance(out, Mapping) else type(out).__name__
                raise ArgumentError(f"{self.__name__}: out: expected a dict of arrays by the names {list(self._keys)}, got {got}")
            named["out"] = tuple(out.get(key) for key in self._keys)
        return dict(zip(self._keys, self._values(*args, **named)))

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        if not all(isinstance(key, str) for key in self._keys):
            raise GraphError(f"{self.__name__}: save needs output names that are strings, got {list(self._keys)}")
        return self._build.model, {**self._build.options._asdict(), "keys": self._keys}

    def _running(self) -> tuple[int, object]:
        return self._values._running()

    def _output_names(self) -> list[str] | None:
        return [str(key) for key in self._keys]

    def __reduce__(self) -> tuple[Any, ...]:
        return (_made, (self._build.model, self._build.options, False, self._keys))


def load(path: str | Path) -> Any:
    """The function that `f.save(path)` wrote: the same call, options and structure of results.

    Raises ParseError where the file is not one, is damaged, or was written in another format.

    >>> import pathlib, tempfile, wengert as wg
    >>> x = wg.symbol("x")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder) / "cube.json"
    ...     wg.function([x], x**3, name="cube").save(path)
    ...     wg.load(path)(2.0)
    8.0
    """
    from .saved import read

    model, facts = read(path)
    options = Options(**{name: facts[name] for name in Options._fields if name in facts})
    keys = facts.get("keys")
    found = _made(model, options, bool(facts.get("single")), None if keys is None else tuple(keys))
    outputs = found._signature.outputs
    structures = structures_of(path, facts.get("sparse", ()), outputs, keys, bool(facts.get("single")))
    return restored(path, SparseFunction(found, structures) if structures else found, facts, len(outputs))


def _made(model: Model, options: Options, single: bool, keys: tuple[Any, ...] | None) -> Any:
    """A function from all that it is made of, which is also what travels."""
    outs = () if keys is None else [f"out[{key!r}]" for key in keys]
    build = Build(model, options, single=single, outs=outs)
    return Function(build) if keys is None else DictFunction(build, keys)
