"""Vertex elimination: Jacobians and Hessians from local partial derivatives, one vertex of a graph after the other.

The edges of the graph weigh the partial derivative of a value by an argument. A vertex is eliminated by multiplying each
weight that enters it with each that leaves it; when only variables and outputs are left, the weights are the Jacobian.
Forward and reverse mode are two orders among many (A. Griewank and A. Walther, "Evaluating Derivatives", 2008, chapters 9
and 10). For a Hessian the graph also holds a symmetric matrix of second-order weights, whose rows are pushed to the
arguments with the vertex; in reverse order this is edge pushing (R. M. Gower and M. P. Mello, 2012).

An order is tried first on weights that only count. Knows nothing of programs; read `linear.py` next.
"""
from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from ...ir.ops.source import filled, uniform
from .flow import Flow, product, total

if TYPE_CHECKING:
    from .linear import Linear

W = TypeVar("W")


class Algebra(Protocol[W]):
    """How weights are multiplied, added and doubled."""

    def times(self, a: W, b: W) -> W: ...
    def plus(self, a: W, b: W) -> W: ...
    def twice(self, a: W) -> W: ...


class Flows:
    """Weights that are nodes."""

    def times(self, a: Flow, b: Flow) -> Flow:
        return product(a, b)

    def plus(self, a: Flow, b: Flow) -> Flow:
        return total([a, b])

    def twice(self, a: Flow) -> Flow:
        return product(Flow(filled(a.value.type, 2)), a)


UNIT, CONSTANT, GENERAL = range(3)  # 1 or -1, another constant, anything else


def kind(weight: Flow) -> int:
    known = uniform(weight.value)
    return GENERAL if known is None or weight.mask else UNIT if abs(known) == 1 else CONSTANT


class Counted:
    """Weights that are kinds of weights; counts operations. What is computed of constants costs none."""

    def __init__(self) -> None:
        self.operations = 0

    def times(self, a: int, b: int) -> int:
        if a + b > GENERAL:
            self.operations += 1
        return max(a, b)

    def plus(self, a: int, b: int) -> int:
        if a == GENERAL or b == GENERAL:
            self.operations += 1
            return GENERAL
        return CONSTANT

    def twice(self, a: int) -> int:
        return self.times(a, CONSTANT)


class Elimination(Generic[W]):
    """The graph: for each vertex the weights of the edges that enter it, the vertices that its edges lead to, and its
    row of the symmetric second-order weights, which are empty for a Jacobian."""

    def __init__(self, entering: list[dict[int, W]], rows: list[dict[int, W]], algebra: Algebra[W]) -> None:
        self.entering, self.rows, self.algebra = entering, rows, algebra
        self.leaving: list[dict[int, None]] = [{} for _ in entering]
        for v, weights in enumerate(entering):
            for u in weights:
                self.leaving[u][v] = None

    def degree(self, v: int) -> int:
        """The products that eliminating v takes (Markowitz)."""
        n, row = len(self.entering[v]), self.rows[v]
        return n * (len(self.leaving[v]) + len(row)) + (n * (n + 1) // 2 if v in row else 0)

    def neighbours(self, v: int) -> set[int]:
        return {*self.entering[v], *self.leaving[v], *self.rows[v]} - {v}

    def eliminate(self, v: int) -> None:
        times = self.algebra.times
        entering = self.entering[v]
        for s in self.leaving[v]:
            d = self.entering[s].pop(v)
            for u, e in entering.items():
                self._edge(u, s, times(d, e))
        for u in entering:
            del self.leaving[u][v]
        curvature = self.rows[v].pop(v, None)
        for s, c in self.rows[v].items():
            del self.rows[s][v]
            for u, e in entering.items():
                contribution = times(c, e)
                self._second(u, s, self.algebra.twice(contribution) if u == s else contribution)
        if curvature is not None:
            edges = list(entering.items())
            for k, (u, d) in enumerate(edges):
                once = times(curvature, d)
                for s, e in edges[k:]:
                    self._second(u, s, times(once, e))
        self.entering[v], self.leaving[v], self.rows[v] = {}, {}, {}

    def _edge(self, u: int, v: int, weight: W) -> None:
        weights = self.entering[v]
        weights[u] = self.algebra.plus(weights[u], weight) if u in weights else weight
        self.leaving[u][v] = None

    def _second(self, u: int, v: int, weight: W) -> None:
        row = self.rows[u]
        row[v] = self.rows[v][u] = self.algebra.plus(row[v], weight) if v in row else weight


# -------------------------------------------------------------------------------------------------------------- orders

BUDGET = 1 << 20  # products that trying an order may take: about two seconds


def cheapest(
    linear: Linear, orders: Iterable[Sequence[int]], saved: Sequence[int] = (), limit: int | None = None
) -> Sequence[int] | None:
    """The order of elimination that takes fewest operations, of the given ones and the greedy one; None where none takes
    less than `limit`."""
    best: Sequence[int] | None = None
    for order in (*orders, None):
        graph, counted = linear.counting()
        found = _greedy(graph, counted, linear.inner, saved, limit) if order is None else _tried(graph, counted, order, limit)
        if found is not None:
            best, limit = found, counted.operations
    return best


def _tried(graph: Elimination[int], counted: Counted, order: Sequence[int], limit: int | None) -> Sequence[int] | None:
    for v in order:
        graph.eliminate(v)
        if limit is not None and counted.operations >= limit:
            return None
    return order


def _greedy(
    graph: Elimination[int], counted: Counted, inner: Iterable[int], saved: Sequence[int], limit: int | None
) -> list[int] | None:
    """Always the vertex whose degree is least, less what is `saved` by not carrying it further (the relative Markowitz
    rule)."""
    waiting = {v: graph.degree(v) - (saved[v] if saved else 0) for v in inner}
    heap = [(degree, v) for v, degree in waiting.items()]
    heapq.heapify(heap)
    order: list[int] = []
    products = 0
    while heap:
        degree, v = heapq.heappop(heap)
        if waiting.get(v) != degree:
            continue
        del waiting[v]
        order.append(v)
        products += graph.degree(v)
        if products > BUDGET or (limit is not None and counted.operations >= limit):
            return None
        near = graph.neighbours(v)
        graph.eliminate(v)
        for u in near:
            if u in waiting:
                degree = graph.degree(u) - (saved[u] if saved else 0)
                if degree != waiting[u]:
                    waiting[u] = degree
                    heapq.heappush(heap, (degree, u))
    return order if limit is None or counted.operations < limit else None
