"""`check_grad`: symbolic derivatives against numbers, and forward mode against reverse mode.

Everything runs in the reference interpreter and in double precision, so a report judges the formulas and not the
machine code. The numbers come from `numeric.py`, which knows nothing of how derivatives are declared.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ..ir import ops
from ..ir.convert import as_node
from ..ir.errors import ArgumentError, DTypeError, GraphError
from ..ir.evaluate import evaluate
from ..ir.graph import Graph, rebuild
from ..ir.node import Node, make, postorder
from ..ir.op import Constant
from ..ir.sizes import bind_sizes
from ..ir.types import Type
from .autodiff.arguments import many, variables
from .autodiff.forward import jvp
from .autodiff.reverse import vjp
from .frontend import tree
from .numeric import COMPLEX_STEP, NotAnalytic, complex_outputs, differences, run
from .report import Report, Row, judged

TOLERANCE = 1e-6  # relative
ENTRYWISE = 32  # a variable of at most this many elements is checked element by element


def check_grad(
    target: Any, at: Any = (), wrt: Any = None, *, step: float | None = None, directions: int | None = None,
    seed: int = 0, tolerance: float = TOLERANCE,
) -> Report:
    """Compare the derivatives of an expression or function, at a point, with numbers.

    target      a node or list of nodes (any shape: a random cotangent weighs the elements), a graph, a compiled function,
                or a Python function
    at          the point: a dict by the symbols' names, or the function's arguments
    wrt         nodes or names of symbols, or numbers of a function's arguments; all floats by default
    step        where differences begin, relative to each variable's size; chosen by default
    directions  how many random directions a variable; by default every element of small variables, 6 for larger ones

    Three oracles: central differences with Richardson extrapolation; the complex step, where all ops allow it; and the
    identity <cotangent, jvp(t)> = <vjp(cotangent), t> between the modes.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> check_grad(wg.sin(x) * x, at={"x": 2.0}).ok
    True
    """
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
    return _Check(outputs, wanted, {**point, **frozen}, tolerance, step, directions, seed).report()


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
    result = function(*tree.unflatten(tree.flatten(arguments)[1], symbols))
    outputs = [as_node(leaf) for leaf in tree.flatten(result)[0]]
    used = {node.attrs[0] for node in postorder(outputs) if node.op is ops.input}
    return [node for node in outputs if node.type.is_float], {name: point[name] for name in used}, [name for name in wanted if name in used]


def _point(symbols: Sequence[Node], at: Any) -> dict[str, np.ndarray]:
    if not isinstance(at, Mapping):
        raise ArgumentError(f"check_grad: `at` must be a dict of values by the symbols' names, got {type(at).__name__}")
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


class _Check:
    """One check: the graphs, the point, and the comparisons made at it."""

    def __init__(
        self, outputs: Sequence[Node], wrt: Sequence[Node], point: Mapping[str, np.ndarray], tolerance: float,
        step: float | None, directions: int | None, seed: int,
    ) -> None:
        self.tolerance, self.step, self.directions = tolerance, step, directions
        self.random = np.random.default_rng(seed)
        self.wrt = list(wrt)
        self.symbols = [node for node in postorder([*outputs, *wrt]) if node.op is ops.input]
        self.graph = Graph("check_grad", self.symbols, outputs)
        self.values: list[np.ndarray] = [point[node.attrs[0]] for node in self.symbols]
        self.at: dict[Node, np.ndarray] = dict(zip(self.symbols, self.values))
        self.sizes = bind_sizes(self.graph, [value.shape for value in self.values])
        self.base = evaluate(self.graph, *self.values)
        self.weights = [self._weights(value) for value in self.base]
        self.cotangents = [ops.input(name=f"cotangent {k}", type=node.type) for k, node in enumerate(outputs)]
        self.tangents = [ops.input(name=f"tangent {k}", type=node.type) for k, node in enumerate(wrt)]
        self.notes: list[str] = []

    def _weights(self, value: np.ndarray) -> np.ndarray:
        """Weights of an output's elements; 1 for a scalar, away from 0 for others."""
        if value.ndim == 0:
            return np.ones(())
        return np.asarray(self.random.uniform(0.5, 1.5, value.shape) * self.random.choice([-1.0, 1.0], value.shape))

    def report(self) -> Report:
        outputs = list(self.graph.outputs)
        rows: list[Row] = []
        gradient = self._mode(lambda: vjp(outputs, self.wrt, self.cotangents), self.cotangents, self.weights)
        if gradient is not None:
            for node, value in zip(self.wrt, gradient):
                rows += self._variable(node, value)
        rows += self._identity(outputs, gradient)
        finite = all(np.all(np.isfinite(value)) for value in self.base)
        if not finite:
            self.notes.append("note: the function is not finite here, so numbers say nothing")
        return Report(self._name(), tuple(rows), self.tolerance, tuple(self.notes))

    def _name(self) -> str:
        return "check_grad of " + ", ".join(f"{node.op.name}: {node.type}" for node in self.graph.outputs[:3])

    def _mode(
        self, build: Callable[[], Any], seeds: Sequence[Node], values: Sequence[np.ndarray],
    ) -> list[np.ndarray] | None:
        """The values of one mode's results; None, with a note, where a custom rule lacks the mode."""
        try:
            nodes = build()
        except GraphError as error:
            self.notes.append(f"note: {error}")
            return None
        graph = Graph("derivative", [*self.symbols, *seeds], nodes)
        return list(evaluate(graph, *self.values, *values))

    def _identity(self, outputs: list[Node], gradient: list[np.ndarray] | None) -> list[Row]:
        """<cotangent, jvp(t)> = <vjp(cotangent), t>."""
        directions = [self._direction(node) for node in self.wrt]
        if not self.wrt:
            return []
        pushed = self._mode(lambda: jvp(outputs, self.wrt, self.tangents), self.tangents, directions)
        if pushed is None:
            return []
        forward = _inner(self.weights, pushed)
        if gradient is None:  # forward mode alone: the direction is compared with numbers instead
            return [self._row("all", "direction", forward[0], dict(zip(self.wrt, directions)), 0.0)]
        reverse = _inner(gradient, directions)
        size = max(forward[1], reverse[1])
        difference = abs(forward[0] - reverse[0])
        error = difference / size if size else 0.0
        same = (math.isnan(forward[0]) and math.isnan(reverse[0])) or forward[0] == reverse[0] or error <= 1e-9
        verdict = "ok" if same else "wrong"
        error = 0.0 if same and math.isnan(error) else error
        return [Row("all", "modes", reverse[0], forward[0], 0.0, "forward mode", error, verdict)]

    def _direction(self, node: Node) -> np.ndarray:
        """A random direction in proportion to the variable's elements, so that all are varied relatively alike."""
        value = self.at[node]
        return np.asarray(self.random.normal(size=value.shape) * np.where(value == 0, 1.0, np.abs(value)))

    def _variable(self, node: Node, gradient: np.ndarray) -> list[Row]:
        """The rows of one variable: its elements, or random directions and a few of its elements."""
        value = self.at[node]
        name = node.attrs[0]
        scale = float(np.max(np.abs(gradient), initial=0.0))
        elements = list(np.ndindex(value.shape))
        rows = []
        if len(elements) > ENTRYWISE or self.directions is not None:
            for k in range(6 if self.directions is None else self.directions):
                direction = self._direction(node)
                slope = float(np.sum(gradient * direction))
                rows.append(self._row(name, f"direction {k}", slope, {node: direction}, 0.0))
            elements = [elements[k] for k in self.random.choice(len(elements), min(4, len(elements)), replace=False)]
        for position in elements:
            size = abs(float(value[position]))
            unit = size if size > 1e-8 else 1.0
            direction = np.zeros(value.shape)
            direction[position] = unit
            rows.append(self._row(name, position, float(gradient[position]), {node: direction}, scale, unit))
        return rows

    def _row(
        self, name: str, position: tuple[int, ...] | str, symbolic: float, directions: Mapping[Node, np.ndarray],
        scale: float, unit: float = 1.0,
    ) -> Row:
        """One comparison. The numbers' slope is along the directions, and is divided by the unit."""
        estimate = differences(lambda h: self._along(directions, h), 0.05 if self.step is None else self.step)
        numeric, spread, method = estimate.value / unit, estimate.error / unit, "differences"
        exact = None if estimate.kink else self._complex_step(directions)
        if exact is not None:
            numeric, spread, method = exact / unit, 1e-13 * abs(exact / unit), "complex step"
        return judged(name, position, symbolic, numeric, spread, method, estimate.kink, scale, self.tolerance)

    def _along(self, directions: Mapping[Node, np.ndarray], h: float) -> tuple[float, tuple[bytes, ...]]:
        found = run(self.graph, self._moved(directions, h), self.sizes)
        return _inner(self.weights, found.outputs)[0], found.decisions

    def _moved(self, directions: Mapping[Node, np.ndarray], h: complex) -> list[Any]:
        return [
            value + h * directions[node] if node in directions else value
            for node, value in zip(self.symbols, self.values)
        ]

    def _complex_step(self, directions: Mapping[Node, np.ndarray]) -> float | None:
        try:
            found = complex_outputs(self.graph, self._moved(directions, 1j * COMPLEX_STEP), self.sizes)
        except NotAnalytic:
            return None
        slope = float(sum(np.sum(w * np.imag(y)) for w, y in zip(self.weights, found)) / COMPLEX_STEP)
        return slope if math.isfinite(slope) else None


def _inner(a: Iterable[np.ndarray], b: Iterable[np.ndarray]) -> tuple[float, float]:
    """The inner product of lists of arrays, and the sum of the products' sizes."""
    with np.errstate(all="ignore"):
        products = [np.multiply(x, y) for x, y in zip(a, b)]
        return float(sum(np.sum(p) for p in products)), float(sum(np.sum(np.abs(p)) for p in products))
