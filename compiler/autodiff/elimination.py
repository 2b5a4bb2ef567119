"""Vertex elimination: Jacobians and Hessians of scalars from local partial derivatives, one vertex after the other.

A program of scalars is a graph whose edges weigh the partial derivative of a node by an argument. A vertex is eliminated
by multiplying each weight that enters it with each that leaves it; when only variables and outputs are left, the weights
are the Jacobian. Forward and reverse mode are two orders among many (A. Griewank and A. Walther, "Evaluating Derivatives",
2008, chapters 9 and 10). For a Hessian the graph also holds a symmetric matrix of second-order weights, whose rows are
pushed to the arguments with the vertex; in reverse order this is edge pushing (R. M. Gower and M. P. Mello, 2012).

An order is tried first on weights that only count. Knows nothing of matrices; read `scalars.py` next.
"""
from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Generic, Protocol, TypeVar

from ...ir import ops, provenance
from ...ir.node import Node, postorder
from ...ir.op import Hook, Partials
from ...ir.ops.source import filled, uniform
from ...ir.types import TupleType, Type
from .flow import Flow, product, total
from .reverse import pull
from .rules import Carried, open_arguments, reverse_rule
from .walk import Step

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


class Linearised:
    """A program of scalars as such a graph: variables first, then the nodes in between in the order of the program, then
    one vertex for each output, if the weights are for a Jacobian."""

    def __init__(self, variables: int, nodes: list[Node], outputs: int, entering: list[dict[int, Flow]]) -> None:
        self.variables, self.nodes, self.outputs, self.entering = variables, nodes, outputs, entering
        self.rows: list[dict[int, Flow]] = [{} for _ in entering]

    @property
    def inner(self) -> range:
        return range(self.variables, self.variables + len(self.nodes))

    def counting(self) -> tuple[Elimination[int], Counted]:
        algebra = Counted()
        entering, rows = ([{u: kind(weight) for u, weight in weights.items()} for weights in side] for side in (self.entering, self.rows))
        return Elimination(entering, rows, algebra), algebra

    def eliminated(self, order: Iterable[int]) -> Elimination[Flow]:
        """The graph with the vertices eliminated in this order."""
        graph: Elimination[Flow] = Elimination([*map(dict, self.entering)], [*map(dict, self.rows)], Flows())
        with provenance.within(None):
            for v in order:
                provenance.derived_from(self.nodes[v - self.variables])
                graph.eliminate(v)
        return graph


def linearised(steps: Sequence[Step], wrt: Sequence[Node], outputs: Sequence[Node]) -> Linearised | None:
    """The graph of these steps by its local partial derivatives, or None where a node in between is not a scalar."""
    if not steps:
        return None
    kind = Type(steps[-1].node.type.dtype)
    sources = set(wrt)
    if any(_stranger(node, kind, bool(active)) for node, active in steps):
        return None
    one = Flow(filled(kind, 1))
    vertex = {x: k for k, x in enumerate(wrt)}
    entering: list[dict[int, Flow]] = [{} for _ in wrt]
    nodes: list[Node] = []
    with provenance.within(None):
        for node, active in steps:
            if not active:
                continue
            provenance.derived_from(node)
            weights: dict[int, Flow] = {vertex[node]: one} if node in sources else {}
            for i, weight in zip(active, _partials(node, active, one)):
                if isinstance(weight, Flow):
                    u = vertex[node.args[i]]
                    weights[u] = total([weights[u], weight]) if u in weights else weight
            vertex[node] = len(entering)
            entering.append(weights)
            nodes.append(node)
    entering += [{vertex[y]: one} if y in vertex else {} for y in outputs]
    return Linearised(len(wrt), nodes, len(outputs), entering)


def _stranger(node: Node, kind: Type, computed: bool) -> bool:
    """Whether the node is no scalar of this type; a variable may be an array of one element."""
    type = node.type
    return isinstance(type, TupleType) or type.dtype != kind.dtype or (type.shape != () if computed else type.size != 1)


def _partials(node: Node, active: tuple[int, ...], one: Flow) -> Sequence[Carried | None]:
    if node.args[active[0]].type.shape != ():  # a scalar read from an array of one element
        return [one]
    return reverse_rule(node, active)(one)


def curved(steps: Sequence[Step], linear: Linearised, wrt: Sequence[Node], cost: Node) -> None:
    """Second-order weights: the second partial derivatives of each node by its arguments, times the node's cotangent."""
    one = Flow(filled(cost.type, 1))
    cotangents = pull(steps, {cost: {0: one}}, linear.nodes)
    terms: dict[tuple[int, int], list[Flow]] = defaultdict(list)
    vertex = {x: k for k, x in enumerate(wrt)} | {node: k for k, node in zip(linear.inner, linear.nodes)}
    with provenance.within(None):
        for node, active in steps:
            ct = cotangents.get(node, {}).get(0)
            if not active or ct is None:
                continue
            provenance.derived_from(node)
            args = list(dict.fromkeys(node.args[i] for i in active))
            for a, partial in _slopes(node, active).items():
                for b, found in pull(_within(partial, node, args), {partial: {0: ct}}, args).items():  # type: ignore[dict-item]
                    if vertex[a] <= vertex[b]:
                        terms[vertex[a], vertex[b]] += [flow for flow in found.values() if isinstance(flow, Flow)]
    for (u, v), flows in terms.items():
        linear.rows[u][v] = linear.rows[v][u] = total(flows)
    reached: set[int] = set()
    for v in reversed(linear.inner):  # edges to what has no second-order weight serve nothing
        if linear.rows[v] or v in reached:
            reached.update(linear.entering[v])
        else:
            linear.entering[v] = {}


def _slopes(node: Node, active: tuple[int, ...]) -> dict[Node, Node]:
    """The partial derivatives by the arguments, but for constants, as the row builds them: a sign or selection that an
    argument brings along must stay in the argument."""
    declared = node.op.derivative
    found: dict[Node, Node] = {}
    if isinstance(declared, Hook):
        parts = declared.vjp(node, filled(node.type, 1))
    elif isinstance(declared, Partials):
        parts = [partial(*node.args, node) if callable(partial) else None for partial in declared.of]
    else:
        return {}
    for i in active:
        a, part = node.args[i], parts[i]
        if part is not None and uniform(part) is None:
            found[a] = ops.add(found[a], part) if a in found else part
    return found


def _within(partial: Node, node: Node, args: list[Node]) -> list[Step]:
    """The steps from a node's arguments to its partial derivative, the arguments taken as independent of each other."""
    depends = set(args)
    steps = [Step(a, ()) for a in args]
    for new in postorder([partial], stop=node.args):
        active = tuple([i for i in open_arguments(new) if new.args[i] in depends])
        if active:
            depends.add(new)
            steps.append(Step(new, active))
    return steps


# -------------------------------------------------------------------------------------------------------------- orders

BUDGET = 1 << 20  # products that trying an order may take: about two seconds


def cheapest(
    linear: Linearised, orders: Iterable[Sequence[int]], saved: Sequence[int] = (), limit: int | None = None
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
