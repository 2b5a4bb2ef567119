"""Which values get a buffer of their own, and the level on which each node is computed.

Every node has a level: the number of barriers and kept values between it and the inputs. A value that several kernels
need, or that is read at several positions, is kept if computing it again would cost more than a load. Knows nothing of
buffers and steps; `schedule.py` makes those, level by level. No recursion.
"""
from __future__ import annotations

from collections.abc import Sequence

from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.ops.source import uniform
from ..ir.types import Dim, Shape
from .roles import SHIFTS, is_barrier, is_leaf, needs_whole, product_loops
from .trace import base
from .weights import weight

KEEP_ABOVE = 6          # a value whose computation costs more than this many additions is worth a store and a load
MANY = ("many",)        # more than one kernel needs it

Group = tuple[int, Shape]  # a level and a loop shape


class Kept:
    """What is kept of a graph, and when everything is computed.

    values    the nodes that are no barriers and get a buffer
    levels    the level on which each node is computed; what is on one level can be computed at once
    """

    def __init__(self, graph: Graph) -> None:
        nodes = list(graph.nodes)
        self.values: set[Node] = set()
        self.levels: dict[Node, int] = {}
        self._shifted: set[Node] = set()  # of the values, the ones that are read at several positions
        self._costs: dict[Node, int] = {}
        self._keep_whole(nodes)
        self._level(nodes)
        self._keep_shared(nodes, graph.outputs)

    def has_buffer(self, node: Node) -> bool:
        """Whether the node is written somewhere, whoever else asks for it."""
        return is_barrier(node) or node in self.values

    def complete(self, node: Node) -> int:
        """The level from which on the whole value of a node that has a buffer may be read."""
        return 0 if is_leaf(node) and node not in self.values else self.levels[node] + 1

    def _keep_whole(self, nodes: Sequence[Node]) -> None:
        """Keep what is needed whole, what is read at several positions, and what is dear and broadcast."""
        copies, costs = repeated(nodes), self._costs
        for node in nodes:
            for arg in needs_whole(node):
                computed = not is_leaf(arg) and not is_barrier(arg)
                if computed or arg.op.name in ("iota", "size") or uniform(arg) is not None:
                    self.values.add(arg)
            cost = 0 if self.has_buffer(node) else sum(costs[arg] for arg in node.args)
            costs[node] = min(cost + (weight(node) if node.op.elementwise else 0), 1000)
            if node in copies and costs[node] * copies[node] > KEEP_ABOVE and not is_leaf(node) and not is_barrier(node):
                self.values.add(node)
                self._shifted.add(node)
                costs[node] = 0
            if node.op.name == "broadcast" and costs[node.args[0]] > KEEP_ABOVE:
                inner = base(node.args[0])
                if inner.type.shape != () and not is_leaf(inner) and not is_barrier(inner):
                    self.values.add(inner)
                    costs[node] = costs[node.args[0]] = 0

    def _level(self, nodes: Sequence[Node]) -> None:
        """Barriers and kept values are complete one level later than they are computed."""
        for node in nodes:
            whole = set(needs_whole(node))
            if node.op.name == "broadcast":
                whole |= {base(node.args[0])} & self.values
            elif node.op.name in SHIFTS:
                whole |= {base(node.args[0])} & self._shifted
            level = max((self.complete(w) for w in whole), default=0)
            for arg in node.args:
                level = max(level, self.complete(arg) if is_barrier(arg) or is_leaf(arg) else self.levels[arg])
            self.levels[node] = level

    def _group(self, node: Node) -> Group:
        """The loops in which a node that has a buffer is computed."""
        if node.op.name == "matmul":
            return self.levels[node], tuple(d for d in product_loops(node) if d != 1)
        shape = node.type.shape if not is_barrier(node) else node.args[0].type.shape
        return self.levels[node], tuple(d for d in shape if d != 1)

    def _keep_shared(self, nodes: Sequence[Node], outputs: Sequence[Node]) -> None:
        """Keep what more than one kernel needs and is dear; users are seen before what they use."""
        needed: dict[Node, object] = {}

        def need(node: Node, group: object) -> None:
            needed[node] = group if needed.get(node, group) == group else MANY

        for node in outputs:
            need(node, self._group(node))
        for node in reversed(nodes):
            if is_leaf(node) or (node not in needed and not is_barrier(node)):
                continue
            group = needed.get(node)
            if group is MANY and not is_barrier(node) and self._costs[node] > KEEP_ABOVE and node.op.elementwise:
                self.values.add(node)
            if self.has_buffer(node):
                group = self._group(node)
            for arg in node.args:
                need(arg, (self.levels[node], arg.type.shape) if node.op.name == "concatenate" else group)


def repeated(nodes: Sequence[Node]) -> dict[Node, float]:
    """For values that are read at several positions (x[1:] - x[:-1]): how many times too often they would be computed.

    Without a buffer each of k such steps on top of each other would double or triple the work of all before it.
    """
    shares: dict[Node, float] = {}
    for node in nodes:
        if node.op.name in SHIFTS:
            source = base(node.args[0])
            shares[source] = shares.get(source, 0.0) + _share(node.type.size, source.type.size)
    same = {*SHIFTS, "reshape", "stop_gradient"}
    direct = {base(arg) for node in nodes if node.op.name not in same for arg in node.args} if shares else set()
    for source in direct & shares.keys():
        shares[source] += 1.0
    return {node: share - 1 for node, share in shares.items() if share > 1}


def _share(part: Dim, whole: Dim) -> float:
    """About which share of the elements a part has; a constant one has next to nothing of a size that may be large."""
    if isinstance(part, int) and isinstance(whole, int):
        return min(part / whole, 1.0) if whole else 0.0
    return 0.0 if isinstance(part, int) else 1.0
