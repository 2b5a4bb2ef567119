"""`check_grad`: symbolic derivatives against numbers, and forward mode against reverse mode.

Everything runs in the reference interpreter and in double precision, so a report judges the formulas and not the
machine code. Read `comparison.py` next.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..ir import ops
from ..ir.convert import as_node
from ..ir.errors import ArgumentError, DTypeError, GraphError, WengertError
from ..ir.evaluate import evaluate
from ..ir.graph import Graph, rebuild
from ..ir.node import Node, make, postorder
from ..ir.op import Constant
from ..ir.types import Type
from .around import Around
from .autodiff.arguments import many, variables
from .comparison import Comparison
from .frontend import tree
from .report import Report
from .stages import Stages

TOLERANCE = 1e-6  # relative


def check_grad(
    target: Any, at: Any = (), wrt: Any = None, *, step: float | None = None, directions: int | None = None,
    seed: int = 0, tolerance: float = TOLERANCE,
) -> Report:
    """Compare the derivatives of an expression or function, at a point, with numbers.

    target      a node or list of nodes (any shape: a random cotangent weighs the elements), a graph, a compiled function,
                or a Python function
    at          the point: a dict by the symbols' names, or for a function the tuple of its arguments; of a compiled function
                also a dict by the arguments' names
    wrt         nodes or names of symbols, or numbers of a function's arguments; all floats by default
    step        where differences begin, relative to each variable's size; chosen by default
    directions  how many random directions a variable; by default every element of small variables, 6 for larger ones

    Complex functions are checked as the real programs that they are: real and imaginary parts have rows of their own.

    Three oracles: central differences with Richardson extrapolation; the complex step, where all ops allow it; and the
    identity <cotangent, jvp(t)> = <vjp(cotangent), t> between the modes.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> check_grad(wg.sin(x) * x, at={"x": 2.0}).ok
    True
    """
    target, at = _compiled(target, at)
    graph = target if isinstance(target, Graph) else getattr(target, "_graph", None)
    if graph is not None:
        target = [node for node in graph.outputs if node.type.is_float]
    if callable(target) and not isinstance(target, Node):
        target, at, wrt = _traced(target, at, wrt)
    outputs = many("check_grad", target)
    symbols = list(graph.inputs) if graph else [node for node in postorder(outputs) if node.op is ops.input]
    point = _point(symbols, at)
    wanted = _wanted(outputs, symbols, wrt)
    outputs, symbols, wanted = _in_double([outputs, symbols, wanted])
    outputs, wanted, frozen = _frozen(outputs, wanted, symbols, point)
    return Comparison(outputs, wanted, symbols, {**point, **frozen}, tolerance, step, directions, seed).report()


def _compiled(target: Any, at: Any) -> tuple[Any, Any]:
    """The native function inside a compiled one, and the point by the names of its inputs."""
    if not isinstance(target, (Around, Stages)):
        return target, at
    if isinstance(at, tuple) and not at:
        raise ArgumentError(f"check_grad: give the point, as in at={{...}} by the names of {target.__name__}'s arguments, "
                            "or as their tuple")
    if isinstance(at, Mapping) and isinstance(target, Around):
        named = {(key.attrs[0] if isinstance(key, Node) else key): value for key, value in at.items()}
        values = target._inputs_of((), named)
        if named:
            raise ArgumentError(f"check_grad: {target.__name__} has no argument {next(iter(named))!r}")
    elif isinstance(at, tuple):
        values = target._inputs_of(at, {})
    else:
        return target, at
    native = target
    while isinstance(native, Around):
        native = native.function
    return native, dict(zip(native._input_names(), values))


def _traced(function: Callable[..., Any], at: Any, wrt: Any) -> tuple[list[Node], dict[str, Any], Any]:
    """A function as nodes: a symbol for each array among its arguments, called by its place in them. `wrt` are numbers
    of arguments."""
    arguments = at if isinstance(at, tuple) else (at,)
    chosen = range(len(arguments)) if wrt is None else [wrt] if isinstance(wrt, int) else wrt
    point: dict[str, Any] = {}
    wanted: list[str] = []
    symbols: list[Node] = []
    for k, argument in enumerate(arguments):
        for place, leaf in zip(tree.paths(argument), tree.flatten(argument)[0]):
            array = np.asarray(leaf)
            name = f"argument {k}{place}"
            symbols.append(ops.input(name=name, type=Type(array.dtype, array.shape)))
            point[name] = array
            if k in chosen and array.dtype.kind == "f":
                wanted.append(name)
    try:
        result = function(*tree.unflatten(tree.flatten(arguments)[1], symbols))
    except WengertError:
        raise
    except Exception as error:  # whatever a person's function raises, most often for a point of another form than its arguments
        name = getattr(function, "__name__", type(function).__name__)
        form = "the arguments `at`" if isinstance(at, tuple) else f"`at`, a {type(at).__name__}, as its one argument"
        raise ArgumentError(f"check_grad: {name} with {form} raised {type(error).__name__}: {error}; give the tuple of its arguments, "
                            "and write it with operators and NumPy's functions") from error
    outputs = [as_node(leaf) for leaf in tree.flatten(result)[0]]
    used = {node.attrs[0] for node in postorder(outputs) if node.op is ops.input}
    return [node for node in outputs if node.type.is_float], {name: point[name] for name in used}, [name for name in wanted if name in used]


def _point(symbols: Sequence[Node], at: Any) -> dict[str, np.ndarray]:
    if not isinstance(at, Mapping):
        got = type(at).__name__ if at != () else "none"
        raise ArgumentError(f"check_grad: `at` must be a dict of values by the symbols' names, got {got}")
    given = {(key.attrs[0] if isinstance(key, Node) else key): value for key, value in at.items()}
    point: dict[str, np.ndarray] = {}
    known = [node.attrs[0] for node in symbols]
    for name in given:
        if name not in known:
            raise ArgumentError(f"check_grad: there is no symbol {name!r}; the symbols are {', '.join(known)}")
    for node in symbols:
        if node.attrs[0] not in given:
            raise ArgumentError(f"check_grad: no value for the symbol {node.attrs[0]!r}: {node.type}")
        array = np.asarray(given[node.attrs[0]])
        if array.dtype.kind not in "biuf":
            raise DTypeError(f"check_grad: {node.attrs[0]}: expected {node.type}, got an array of {array.dtype}")
        if array.ndim != node.type.ndim:
            raise ArgumentError(f"check_grad: {node.attrs[0]}: expected {node.type}, got shape {array.shape}")
        point[node.attrs[0]] = array.astype(np.float64 if node.type.is_float else node.type.dtype)
    return point


def _wanted(outputs: Sequence[Node], symbols: Sequence[Node], wrt: Any) -> list[Node]:
    if wrt is None:
        return [node for node in symbols if node.type.is_float]
    asked = [wrt] if isinstance(wrt, (Node, str)) else list(wrt)
    by_name = {node.attrs[0]: node for node in symbols}
    for name in asked:
        if isinstance(name, str) and name not in by_name:
            raise GraphError(f"check_grad: there is no symbol {name!r}; the symbols are {', '.join(by_name)}")
    found = variables("check_grad", outputs, [by_name[n] if isinstance(n, str) else n for n in asked])
    for node in found:
        if node.op is not ops.input:
            raise GraphError(f"check_grad: wrt must be symbols, whose values can be varied, got {node!r}")
    return [node for node in found if node in set(symbols)]


def _in_double(groups: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """The same formulas in float64, so that numbers can judge them."""
    def change(node: Node, args: tuple[Node, ...]) -> Node:
        return make(node.op, args, tuple(_double(a) for a in node.attrs))

    flat = rebuild([node for group in groups for node in group], change)
    rest = iter(flat)
    return [[next(rest) for _ in group] for group in groups]


def _double(attribute: Any) -> Any:
    if isinstance(attribute, str) and attribute == "float32":
        return "float64"
    if isinstance(attribute, Type) and attribute.is_float:
        return attribute.with_dtype("float64")
    if isinstance(attribute, Constant) and attribute.array.dtype.kind == "f":
        return Constant(attribute.array.astype(np.float64))
    if isinstance(attribute, Graph):
        inputs, outputs = _in_double([attribute.inputs, attribute.outputs])
        return Graph(attribute.name, inputs, outputs)
    return attribute


def _frozen(
    outputs: Sequence[Node], wrt: Sequence[Node], symbols: Sequence[Node], point: Mapping[str, np.ndarray],
) -> tuple[list[Node], list[Node], dict[str, np.ndarray]]:
    """stop_gradient holds its value still: so must the numbers. Each one becomes a symbol with the value it has here."""
    stopped = [node for node in postorder(outputs) if node.op is ops.stop_gradient]
    if not stopped:
        return list(outputs), list(wrt), {}
    graph = Graph("check_grad", symbols, stopped)
    values = evaluate(graph, *[point[node.attrs[0]] for node in symbols])
    names = {node: f"stopped {k}" for k, node in enumerate(stopped)}
    held = {node: ops.input(name=name, type=node.type) for node, name in names.items()}
    changed = rebuild(outputs, lambda node, args: held[node] if node in held else make(node.op, args, node.attrs))
    return changed, list(wrt), dict(zip(names.values(), values))
