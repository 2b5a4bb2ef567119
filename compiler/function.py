"""The driver: from nodes to a graph, through the passes and code generation, to an object that is called.

Owns the compiled function that a person holds: its call is native code, its methods show every stage. The only file
of this folder that reaches `codegen`.
"""
from __future__ import annotations

import inspect
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..codegen.callable import NativeCallable, slow_path
from ..codegen.program import Program
from ..ir.convert import as_node
from ..ir.cost import operations
from ..ir.errors import ArgumentError, ExpressionError, GraphError, ParseError, WengertError
from ..ir.graph import Graph
from ..ir.guards import guards
from ..ir.node import Node, located
from ..ir.text import dump, parse
from ..ir.types import Dim, dim_names, evaluate_dim
from .explain import Explanation
from .passes.pipeline import run
from .points import Points
from .sparse import SparseFunction, Structure, split

STAGES = ("input", "optimized", "kernels", "llvm", "asm")


@dataclass(frozen=True)
class Options:
    """How a person wants a graph compiled; `function` explains each."""

    fastmath: bool = False
    threads: int | None = None
    points: bool = False


def function(
    inputs: Sequence[Node] | Node, outputs: Any, name: str = "function", *, fastmath: bool = False, threads: int | None = None,
    points: bool = False,
) -> Any:
    """Compile nodes into a native function of `inputs`.

    inputs    the symbols, in the order of the call's arguments; keywords work by their names
    outputs   a node (the call returns its value), a list or tuple (a tuple), or a dict (a dict); a SparseMatrix among them
              comes as a scipy.sparse array
    fastmath  allow rewriting by the laws of real numbers, which may change results by rounding
    threads   how many threads long loops are shared among; as many as processors by default
    points    where an argument has more axes than its symbol, evaluate at all the points, which lie along the axes behind: arrays
              broadcast, and each result has the axes of the points last

    Rank-0 results are Python scalars, others NumPy arrays; `out=` writes into given arrays.
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
            raise GraphError(f"{name}: inputs must be symbols, got {node!r} of {type(node).__name__}")
    if threads is not None and (isinstance(threads, bool) or not isinstance(threads, int) or threads < 1):
        raise GraphError(f"{name}: threads must be a whole number from 1 on, got {threads!r}")
    values, structures = split(outputs)
    if structures:
        return SparseFunction(function(listed, values, name, fastmath=fastmath, threads=threads, points=False), structures)
    if isinstance(outputs, Mapping):
        return DictFunction(Graph(name, listed, _nodes(name, outputs.values())), tuple(outputs), Options(fastmath, threads))
    single = not isinstance(outputs, (list, tuple))
    return Function(Graph(name, listed, _nodes(name, [outputs] if single else outputs)), single, Options(fastmath, threads, points))


def _nodes(name: str, outputs: Iterable[Any]) -> list[Node]:
    found = []
    for value in outputs:
        try:
            found.append(as_node(value))
        except WengertError:
            raise located(ExpressionError(f"{name}: outputs must be nodes or numbers, got {value!r} of {type(value).__name__}")) from None
    return found


@dataclass(frozen=True)
class Cost:
    """What one call costs, exactly: scalar operations, bytes that the kernels move, bytes of scratch memory.

    Each is an int, or a polynomial in the named sizes; `cost.at(n=100)` gives the numbers.
    """

    operations: Dim
    bytes_moved: Dim
    arena: Dim

    def at(self, **sizes: int) -> Cost:
        """These sizes put in. Raises ArgumentError where one is missing or is no integer."""
        needed = sorted(set().union(*map(dim_names, (self.operations, self.bytes_moved, self.arena))))
        for size in needed:
            if not isinstance(sizes.get(size), (int, np.integer)):
                raise ArgumentError(f"cost: expected an integer for the size {size}, got {sizes.get(size)!r}; it needs {', '.join(needed)}")
        return Cost(*(evaluate_dim(d, sizes) for d in (self.operations, self.bytes_moved, self.arena)))

    def __str__(self) -> str:
        return f"operations {self.operations}, bytes moved {self.bytes_moved}, arena {self.arena} bytes"


class Stages:
    """What a compiled function shows of itself. Set up by `_compile`."""

    _graph: Graph
    _optimized: Graph
    _log: Explanation
    _program: Program
    __name__: str

    def _compile(self, graph: Graph, single: bool, options: Options, outs: Sequence[str]) -> Program:
        self._graph, self._options = graph, options
        self._optimized, self._log = run(graph, real=options.fastmath)
        self._program = Program(self._optimized, single=single, guards=guards(graph), outs=outs, threads=options.threads)
        self.__name__ = self.__qualname__ = graph.name
        names = graph.input_names()
        self.__doc__ = f"{graph.name}({', '.join(names)}): compiled by Wengert.\n\n" + "\n".join(
            f"{node.attrs[0]}: {node.type}" for node in graph.inputs)
        return self._program

    @property
    def __signature__(self) -> inspect.Signature:
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        names = [inspect.Parameter(n, kind) for n in self._graph.input_names()]
        return inspect.Signature([*names, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None)])

    def dump(self, stage: str = "optimized") -> str:
        """The program as text after a stage: "input", "optimized", "kernels", "llvm" or "asm"."""
        texts: dict[str, Callable[[], str]] = {
            "input": lambda: dump(self._graph), "optimized": lambda: dump(self._optimized), "kernels": self._program.kernels,
            "llvm": self._program.llvm, "asm": lambda: self._program.assembly,
        }
        if not isinstance(stage, str) or stage not in texts:
            raise ArgumentError(f"dump: expected a stage of {', '.join(STAGES)}, got {stage!r}")
        return texts[stage]()

    def explain(self) -> Explanation:
        """What each pass did: nodes and operations before and after, and the rules that fired where."""
        return self._log

    def cost(self) -> Cost:
        """Operations, bytes moved and scratch memory of one call, exact; polynomials in the named sizes."""
        return Cost(operations(self._optimized.nodes), self._program.bytes_moved(), self._program.signature.arena)

    def save(self, path: str | Path) -> None:
        """Write the function to a file, as text; `wg.load(path)` compiles it again."""
        saved = {"wengert": 1, "graph": dump(self._graph), **asdict(self._options), **self._structure()}
        Path(path).write_text(json.dumps(saved, indent=1), encoding="utf-8")

    def _structure(self) -> dict[str, Any]:
        """How results are handed out, for `save`."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<wengert function {self._program.signature}>"


class Function(Stages, NativeCallable):
    """A compiled function. Calling it runs native code; arguments that do not fit exactly are converted or refused."""

    def __init__(self, graph: Graph, single: bool, options: Options = Options(), outs: Sequence[str] = ()) -> None:
        self._single = single
        self._compile(graph, single, options, outs).install(self)
        if options.points:
            at_one = replace(options, points=False)
            slow_path(self).points = Points(graph, single, lambda many: Function(many, False, at_one, outs))

    def _structure(self) -> dict[str, Any]:
        return {"single": self._single}

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again, (dump(self._graph), self._single, self._options))


class DictFunction(Stages):
    """A compiled function whose results come as a dict."""

    def __init__(self, graph: Graph, keys: tuple[Any, ...], options: Options = Options()) -> None:
        self._keys = keys
        self._values = Function(graph, False, options, [f"out[{key!r}]" for key in keys])
        self.__dict__.update(self._values.__dict__)

    def __call__(self, *args: Any, out: Mapping[Any, Any] | None = None, **named: Any) -> dict[Any, Any]:
        if out is not None:
            if not isinstance(out, Mapping) or not out.keys() <= set(self._keys):
                got = list(out) if isinstance(out, Mapping) else type(out).__name__
                raise ArgumentError(f"{self.__name__}: out: expected a dict of arrays by the names {list(self._keys)}, got {got}")
            named["out"] = tuple(out.get(key) for key in self._keys)
        return dict(zip(self._keys, self._values(*args, **named)))

    def _structure(self) -> dict[str, Any]:
        if not all(isinstance(key, str) for key in self._keys):
            raise GraphError(f"{self.__name__}: save needs output names that are strings, got {list(self._keys)}")
        return {"keys": self._keys}

    def __reduce__(self) -> tuple[Any, ...]:
        return (_again_dict, (dump(self._graph), self._keys, self._options))


def load(path: str | Path) -> Any:
    """The function that `f.save(path)` wrote. Raises ParseError where the file is not one, or is damaged."""
    try:
        saved = json.loads(Path(path).read_text(encoding="utf-8"))
        version, text = saved["wengert"], saved["graph"]
        options = Options(**{field.name: saved[field.name] for field in fields(Options) if field.name in saved})
    except (ValueError, KeyError, TypeError):
        raise ParseError(f"load: {path} is not a function saved by Wengert") from None
    if version != 1:
        raise ParseError(f"load: {path} was saved in the format {version!r}; this Wengert reads the format 1")
    keys, single = saved.get("keys"), bool(saved.get("single"))
    try:
        graph = parse(text)
    except ParseError as error:
        raise ParseError(f"load: {path}: {error}", error.line, error.column) from None
    count = 1 if single else len(graph.outputs) if keys is None else len(keys) if isinstance(keys, list) else -1
    if count != len(graph.outputs):
        raise ParseError(f"load: {path} is damaged: {keys if keys is not None else 'one result'} does not fit {len(graph.outputs)} outputs")
    found = Function(graph, single, options) if keys is None else DictFunction(graph, tuple(keys), options)
    structures = {key: Structure(*facts) for key, facts in saved.get("sparse", ())}
    return SparseFunction(found, structures) if structures else found


def _again(text: str, single: bool, options: Options) -> Function:
    return Function(parse(text), single, options)


def _again_dict(text: str, keys: tuple[Any, ...], options: Options) -> DictFunction:
    return DictFunction(parse(text), keys, options)
