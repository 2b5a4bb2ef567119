"""A program as the graph of its elements, whose edges weigh local partial derivatives: what vertices are eliminated from.

A program of scalars has a vertex for each node; arrays, where they are small and of fixed sizes, one for each element. For
a Hessian the second partial derivatives are added, each times the cotangent of its node. Read `elements.py` for the edges
of array ops, `elimination.py` for what is done with the graph.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from ...ir import ops, provenance
from ...ir.node import Node, postorder
from ...ir.op import Bilinear, Hook, Partials, Weighted
from ...ir.ops.source import filled, uniform
from ...ir.types import TupleType, Type
from .elements import Reader, edges
from .elimination import UNIT, Counted, Elimination, Flows, kind
from .flow import Flow, product, total
from .pattern import product_places
from .reverse import pull
from .rules import REGIONS, open_arguments, reverse_rule
from .walk import Step

LIMIT = 1 << 12  # elements of a program that may become vertices: beyond, code grows faster than it gets better


class Linear:
    """The graph: variables first, then what is in between in the order of the program, then the outputs, if there are any.

    entering   for each vertex the weights of the edges that enter it
    rows       the symmetric matrix of second-order weights, empty for a Jacobian
    origins    for each vertex in between the node it belongs to
    """

    def __init__(self, wrt: Sequence[Node]) -> None:
        self.first: dict[Node, int] = {}  # the number of a node's first element
        self.entering: list[dict[int, Flow]] = []
        self.rows: list[dict[int, Flow]] = []
        self.origins: list[Node] = []
        self.read = Reader()
        for x in wrt:
            self._vertices(x)
        self.variables = len(self.entering)

    def _vertices(self, node: Node) -> int:
        start = self.first[node] = len(self.entering)
        self.entering += [{} for _ in range(int(node.type.size))]
        return start

    def _enter(self, v: int, u: int, weight: Flow) -> None:
        weights = self.entering[v]
        weights[u] = total([weights[u], weight]) if u in weights else weight

    @property
    def inner(self) -> range:
        return range(self.variables, self.variables + len(self.origins))

    def add(self, node: Node, active: tuple[int, ...], variable: bool) -> bool:
        """The vertices of a node; whether its op has derivatives by elements."""
        one = Flow(filled(Type(node.type.dtype), 1))
        firsts = [self.first[node.args[i]] for i in active]
        source, size = self.first.get(node), int(node.type.size)
        start = self._vertices(node)
        self.origins += [node] * size
        if variable:  # a variable that depends on others
            self.entering[start : start + size] = [{source + k: one} for k in range(size)]  # type: ignore[operator]
        if node.type.shape == () and all(node.args[i].type.shape == () for i in active):
            for u, weight in zip(firsts, reverse_rule(node, active)(one)):
                if isinstance(weight, Flow):
                    self._enter(start, u, weight)
            return True
        for i, u in zip(active, firsts):
            found = edges(node, i, self.read)
            if found is None:
                return False
            for target, source, weight in found:
                self._enter(start + target, u + source, weight)
        return True

    def end(self, outputs: Sequence[Node]) -> None:
        """A vertex for each element of the outputs."""
        for y in outputs:
            start, one = self.first.get(y), Flow(filled(Type(y.type.dtype), 1))
            self.entering += [{} if start is None else {start + k: one} for k in range(int(y.type.size))]

    def counting(self) -> tuple[Elimination[int], Counted]:
        """The graph with weights that only count."""
        algebra = Counted()
        rows = self.rows or [{} for _ in self.entering]
        entering, second = ([{u: kind(weight) for u, weight in weights.items()} for weights in side] for side in (self.entering, rows))
        return Elimination(entering, second, algebra), algebra

    def eliminated(self, order: Iterable[int]) -> Elimination[Flow]:
        """The graph with the vertices eliminated in this order."""
        rows = [*map(dict, self.rows)] or [{} for _ in self.entering]
        graph: Elimination[Flow] = Elimination([*map(dict, self.entering)], rows, Flows())
        with provenance.within(None):
            for v in order:
                provenance.derived_from(self.origins[v - self.variables])
                graph.eliminate(v)
        return graph

    def sweeps(self) -> tuple[int, int, list[int]]:
        """The operations of forward and of reverse mode, and for each vertex the number of variables it depends on times
        that of outputs that depend on it."""
        uses = [0] * len(self.entering)
        for weights in self.entering:
            for u in weights:
                uses[u] += 1
        forward = reverse = 0
        work = [{u: 1 + (kind(weight) != UNIT) for u, weight in weights.items()} for weights in self.entering]
        columns, depends = [1] * self.variables, {j: 1 << j for j in range(self.variables)}
        left = uses.copy()
        for v in range(self.variables, len(work)):
            mine = 0
            for u, cost in work[v].items():
                mine |= depends[u]
                forward += columns[u] * cost
                left[u] -= 1
                if not left[u]:
                    del depends[u]  # sets of variables are large; only those on the way are kept
            if left[v]:
                depends[v] = mine
            columns.append(mine.bit_count())
            forward -= columns[-1]
        sinks = self.variables + len(self.origins)
        rows, reaches = [1] * len(work), {v: 1 << v - sinks for v in range(sinks, len(work))}
        for v in range(len(work) - 1, self.variables - 1, -1):
            mine = reaches.pop(v, 0)
            rows[v] = mine.bit_count()
            reverse -= rows[v]
            for u, cost in work[v].items():
                reaches[u] = reaches.get(u, 0) | mine
                reverse += rows[v] * cost
        return forward, reverse, [a * b for a, b in zip(columns, rows)]


def linearised(steps: Sequence[Step], wrt: Sequence[Node], outputs: Sequence[Node]) -> Linear | None:
    """The graph of these steps, or None where there are too many elements or an op has no derivatives by elements."""
    if not steps or any(_stranger(node, steps[0].node.type) for node, _ in steps):
        return None
    if any(node.type.size != 1 for node, _ in steps) and sum(int(node.type.size) for node, _ in steps) > LIMIT:
        return None
    linear, variables = Linear(wrt), set(wrt)
    with provenance.within(None):
        for node, active in steps:
            if active:
                provenance.derived_from(node)
                if not linear.add(node, active, node in variables):
                    return None
    linear.end(outputs)
    return linear


def _stranger(node: Node, first: Type) -> bool:
    return isinstance(node.type, TupleType) or node.type.dtype != first.dtype or not isinstance(node.type.size, int)


# --------------------------------------------------------------------------------------------------------- second order

def curved(steps: Sequence[Step], linear: Linear, cost: Node) -> bool:
    """Adds the second partial derivatives of each node by its arguments, times the node's cotangent; False where an op has
    none by elements."""
    cotangents = pull(steps, {cost: {0: Flow(filled(cost.type, 1))}}, [node for node, active in steps if active])
    terms: dict[tuple[int, int], list[Flow]] = defaultdict(list)
    with provenance.within(None):
        for node, active in steps:
            ct = cotangents.get(node, {}).get(0)
            if not active or not isinstance(ct, Flow):
                continue
            provenance.derived_from(node)
            if isinstance(node.op.derivative, Bilinear):
                _of_a_product(node, active, ct, linear, terms)
            elif not _of_a_node(node, active, ct, linear, terms):
                return False
    linear.rows = [{} for _ in linear.entering]
    for (u, v), flows in terms.items():
        linear.rows[u][v] = linear.rows[v][u] = total(flows)
    reached: set[int] = set()
    for v in reversed(linear.inner):  # edges to what has no second-order weight serve nothing
        if linear.rows[v] or v in reached:
            reached.update(linear.entering[v])
        else:
            linear.entering[v] = {}
    return True


Terms = dict[tuple[int, int], list[Flow]]


def _of_a_node(node: Node, active: tuple[int, ...], ct: Flow, linear: Linear, terms: Terms) -> bool:
    args = list(dict.fromkeys(node.args[i] for i in active))
    for a, partial in _slopes(node, active).items():
        steps = _within(partial, node, args)
        if isinstance(node.op.derivative, Weighted):
            if any(new.node is partial for new in steps):
                return False  # each weight depends on all elements
            continue
        for b, found in pull(steps, {partial: {0: ct}}, args).items():
            u, v = linear.first[a], linear.first[b]
            if u <= v:
                for flow in found.values():
                    _add(terms, u, v, [flow] if node.type.shape == () else linear.read.flows(flow))  # type: ignore[list-item,arg-type]
    return True


def _add(terms: Terms, u: int, v: int, flows: Sequence[Flow]) -> None:
    for k, flow in enumerate(flows):
        if uniform(flow.value) != 0:
            terms[u + k, v + k].append(flow)


def _of_a_product(node: Node, active: tuple[int, ...], ct: Flow, linear: Linear, terms: Terms) -> None:
    """The second derivative of a product of matrices by a factor and its partner is the element they are part of."""
    if len(active) < 2:
        return
    (a, b), found = (linear.first[arg] for arg in node.args), linear.read.flows(ct)
    for t, i, j in zip(*(places.tolist() for places in product_places(node))):
        u, v = sorted((a + i, b + j))
        terms[u, v].append(found[t] if u != v else product(Flow(filled(found[t].value.type, 2)), found[t]))


def _slopes(node: Node, active: tuple[int, ...]) -> dict[Node, Node]:
    """The partial derivatives by the arguments, but for constants, as the row builds them: a sign or selection that an
    argument brings along must stay in the argument."""
    declared = node.op.derivative
    found: dict[Node, Node] = {}
    parts: Sequence[Node | None]
    if node.op in REGIONS:
        pulled = dict(zip(active, reverse_rule(node, active)(Flow(filled(node.type, 1)))))
        parts = [flow.node() if isinstance(flow := pulled.get(i), Flow) else None for i in range(len(node.args))]
    elif isinstance(declared, Hook):
        parts = declared.vjp(node, filled(node.type, 1))
    elif isinstance(declared, Partials):
        parts = [partial(*node.args, node) if callable(partial) else None for partial in declared.of]
    elif isinstance(declared, Weighted):
        parts = [declared.weights(node)]
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
