"""The comparisons of one check: each variable's derivative with numbers, and the two modes with each other.

Runs in the reference interpreter, and knows nothing of what a person may hand in; that is `check.py`. Read `numeric.py` for
the numbers and `rounding.py` for what rounding alone explains.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..ir import ops
from ..ir.errors import GraphError
from ..ir.evaluate import evaluate
from ..ir.graph import Graph
from ..ir.node import Node, postorder
from ..ir.sizes import bind_sizes
from .autodiff.forward import jvp
from .autodiff.reverse import vjp
from .numeric import COMPLEX_STEP, NotAnalytic, complex_outputs, differences, run
from .report import Report, Row, judged
from .rounding import Sampled, Shake

ENTRYWISE = 32  # a variable of at most this many elements is checked element by element


class Comparison:
    """One check: the graphs, the point, and the comparisons made at it."""

    def __init__(
        self, outputs: Sequence[Node], wrt: Sequence[Node], symbols: Sequence[Node], point: Mapping[str, np.ndarray], tolerance: float,
        step: float | None, directions: int | None, seed: int,
    ) -> None:
        self.tolerance, self.step, self.directions, self.seed = tolerance, step, directions, seed
        self.random = np.random.default_rng(seed)
        self.wrt = list(wrt)
        self.symbols = [node for node in postorder([*outputs, *wrt, *symbols]) if node.op is ops.input]  # `symbols` may tell a size alone
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
            for k in range(len(self.wrt)):
                rows += self._variable(k, gradient)
        rows += self._identity(outputs, gradient)
        finite = all(np.all(np.isfinite(value)) for value in self.base)
        if not finite:
            self.notes.append("note: the function is not finite here, so numbers say nothing")
        return Report(self._name(), tuple(rows), self.tolerance, tuple(self.notes))

    def _name(self) -> str:
        return "check_grad of " + ", ".join(f"{node.op.name}: {node.type}" for node in self.graph.outputs[:3])

    def _mode(
        self, build: Callable[[], Any], seeds: Sequence[Node], values: Sequence[np.ndarray],
    ) -> Sampled | None:
        """One mode's results; None, with a note, where a custom rule lacks the mode."""
        try:
            nodes = build()
        except GraphError as error:
            self.notes.append(f"note: {error}")
            return None
        graph = Graph("derivative", [*self.symbols, *seeds], nodes)
        return Sampled(lambda shake: run(graph, [*self.values, *values], self.sizes, shake), self.seed)

    def _identity(self, outputs: list[Node], gradient: Sampled | None) -> list[Row]:
        """<cotangent, jvp(t)> = <vjp(cotangent), t>."""
        directions = [self._direction(node) for node in self.wrt]
        if not self.wrt:
            return []
        pushed = self._mode(lambda: jvp(outputs, self.wrt, self.tangents), self.tangents, directions)
        if pushed is None:
            return []

        def by_forward(tangents: Sequence[np.ndarray]) -> float:
            return _inner(self.weights, tangents)[0]

        def by_reverse(gradients: Sequence[np.ndarray]) -> float:
            return _inner(gradients, directions)[0]

        forward, size = _inner(self.weights, pushed.result)
        if gradient is None:  # forward mode alone: the direction is compared with numbers instead
            return [self._row("all", "direction", pushed, by_forward, dict(zip(self.wrt, directions)), 0.0)]
        reverse, other = _inner(gradient.result, directions)
        difference, size = abs(forward - reverse), max(size, other)
        if difference > 1e-9 * size:
            size = max(size, 1e9 * (pushed.noise(by_forward) + gradient.noise(by_reverse)))
        error = difference / size if size else 0.0
        same = (math.isnan(forward) and math.isnan(reverse)) or forward == reverse or error <= 1e-9
        error = 0.0 if same and math.isnan(error) else error
        return [Row("all", "modes", reverse, forward, 0.0, "forward mode", error, "ok" if same else "wrong")]

    def _direction(self, node: Node) -> np.ndarray:
        """A random direction in proportion to the variable's elements, so that all are varied relatively alike."""
        value = self.at[node]
        return np.asarray(self.random.normal(size=value.shape) * np.where(value == 0, 1.0, np.abs(value)))

    def _variable(self, k: int, gradient: Sampled) -> list[Row]:
        """The rows of one variable: its elements, or random directions and a few of its elements."""
        node = self.wrt[k]
        value, name = self.at[node], node.attrs[0]
        scale = float(np.max(np.abs(gradient.result[k]), initial=0.0))
        elements = list(np.ndindex(value.shape))
        rows = []
        if len(elements) > ENTRYWISE or self.directions is not None:
            for number in range(6 if self.directions is None else self.directions):
                direction = self._direction(node)
                along = partial(_slope, k=k, direction=direction)
                rows.append(self._row(name, f"direction {number}", gradient, along, {node: direction}, 0.0))
            elements = [elements[i] for i in self.random.choice(len(elements), min(4, len(elements)), replace=False)]
        for position in elements:
            size = abs(float(value[position]))
            unit = size if size > 1e-8 else 1.0
            direction = np.zeros(value.shape)
            direction[position] = unit
            element = partial(_element, k=k, position=position)
            rows.append(self._row(name, position, gradient, element, {node: direction}, scale, unit))
        return rows

    def _row(
        self, name: str, position: tuple[int, ...] | str, symbolic: Sampled, measure: Callable[[Any], float],
        directions: Mapping[Node, np.ndarray], scale: float, unit: float = 1.0,
    ) -> Row:
        """One comparison. The numbers' slope is along the directions, and is divided by the unit."""
        estimate = differences(lambda h: self._along(directions, h), 0.05 if self.step is None else self.step)
        numeric, spread, method = estimate.value / unit, estimate.error / unit, "differences"
        exact = None if estimate.kink else self._complex_step(directions)
        if exact is not None:
            numeric = exact.result / unit
            spread, method = 1e-13 * abs(numeric), "complex step"

        def rounding() -> float:
            return symbolic.noise(measure) + (exact.noise(float) / unit if exact else 0.0)

        value = _inner(self.weights, self.base)[1] / unit
        return judged(
            name, position, measure(symbolic.result), numeric, spread, method, estimate.kink, scale, self.tolerance, rounding, value,
        )

    def _along(self, directions: Mapping[Node, np.ndarray], h: float) -> tuple[float, tuple[bytes, ...]]:
        found = run(self.graph, self._moved(directions, h), self.sizes)
        return _inner(self.weights, found.outputs)[0], found.decisions

    def _moved(self, directions: Mapping[Node, np.ndarray], h: complex) -> list[Any]:
        return [
            value + h * directions[node] if node in directions else value
            for node, value in zip(self.symbols, self.values)
        ]

    def _complex_step(self, directions: Mapping[Node, np.ndarray]) -> Sampled | None:
        """The slope along the directions."""
        moved = self._moved(directions, 1j * COMPLEX_STEP)

        def slope(shake: Shake | None) -> tuple[float, None]:
            try:
                found = complex_outputs(self.graph, moved, self.sizes, shake)
            except NotAnalytic:
                if shake:
                    return math.nan, None
                raise
            return float(sum(np.sum(w * np.imag(y)) for w, y in zip(self.weights, found)) / COMPLEX_STEP), None

        try:
            found = Sampled(slope, self.seed)
        except NotAnalytic:
            return None
        return found if math.isfinite(found.result) else None


def _slope(gradients: Sequence[np.ndarray], k: int, direction: np.ndarray) -> float:
    return float(np.sum(gradients[k] * direction))


def _element(gradients: Sequence[np.ndarray], k: int, position: tuple[int, ...]) -> float:
    return float(gradients[k][position])


def _inner(a: Iterable[np.ndarray], b: Iterable[np.ndarray]) -> tuple[float, float]:
    """The inner product of lists of arrays, and the sum of the products' sizes."""
    with np.errstate(all="ignore"):
        products = [np.multiply(x, y) for x, y in zip(a, b)]
        return float(sum(np.sum(p) for p in products)), float(sum(np.sum(np.abs(p)) for p in products))
