"""The one engine that applies rules: bottom up, each node once, without recursion, until none matches.

Owns the table in which a node finds the rules that may match it, and the sweep over a graph. Knows no rule by name.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ...ir import provenance
from ...ir.errors import GraphError
from ...ir.node import Node, postorder, remake
from ...ir.op import Op
from ...ir.pause import without_collector
from .rule import EXACT, TWICE, Rule, Uses

Attempt = tuple[str, Callable[[Node, Uses], "Node | None"]]


class Row(NamedTuple):
    """The attempts on nodes of one op, by what must be true of the arguments."""

    always: list[Attempt]
    twice: list[Attempt]                       # both arguments are one node
    placed: list[dict[Op, list[Attempt]]]      # by position and the op of the argument
    telling: set[Op]                           # the ops in `placed`

    def may_match(self, args: tuple[Node, ...]) -> bool:
        """Whether there may be an attempt for such arguments."""
        for arg in args:
            if arg.op in self.telling:
                return True
        return bool(self.always) or (bool(self.twice) and args[0] is args[1])

    def attempts(self, args: tuple[Node, ...]) -> list[Attempt]:
        found = list(self.always)
        if self.twice and args[0] is args[1]:
            found += self.twice
        for at, arg in zip(self.placed, args):
            found += at.get(arg.op, ())
        return found


class Table:
    """Rules by root op, argument position and the op of that argument, so that a node meets only rules that may match.

    `rows` holds all rules and `new` those of one pass: a node that came through the earlier passes has met the others.
    """

    def __init__(self, new: Iterable[Rule], earlier: Iterable[Rule] = (), allow_real: bool = False) -> None:
        self.new: dict[Op, Row] = {}
        self.rows: dict[Op, Row] = {}
        self.counts = False
        fresh = set(new)
        for rule in (*earlier, *new):
            if rule.kind == EXACT or rule.because or allow_real:
                self.counts |= rule.counts
                for root, position, children, attempt in rule.tries:
                    for rows in (self.rows, self.new) if rule in fresh else (self.rows,):
                        _add(rows.setdefault(root, Row([], [], [], set())), root, position, children, (rule.name, attempt))

    def looks(self, nodes: Sequence[Node]) -> dict[Op, Look]:
        """For the ops of these nodes that have new rules: which of the nodes may match."""
        present = {node.op for node in nodes}
        found: dict[Op, Look] = {}
        telling: dict[Op, list[set[Node]]] = {}
        for op in present & self.new.keys():
            row = self.new[op]
            ops = row.telling & present
            if ops or row.always or row.twice:
                look = found[op] = Look(row, set())
                for child in ops:
                    telling.setdefault(child, []).append(look.marked)
        for node in nodes if telling else ():
            for marked in telling.get(node.op, ()):
                marked.add(node)
        return found


class Look(NamedTuple):
    """A row, and the nodes of the graph that it knows an argument by: a look that costs next to nothing."""

    row: Row
    marked: set[Node]

    def may_match(self, args: tuple[Node, ...]) -> bool:
        row, marked = self
        return bool(row.always) or not marked.isdisjoint(args) or (bool(row.twice) and args[0] is args[1])


def _add(row: Row, root: Op, position: int | None, children: tuple[Op, ...], attempt: Attempt) -> None:
    if not children:
        (row.twice if position == TWICE else row.always).append(attempt)
        return
    row.telling.update(children)
    for k in [position] if position is not None else range(root.arity or 1):
        while len(row.placed) <= k:
            row.placed.append({})
        for child in children:
            row.placed[k].setdefault(child, []).append(attempt)


@dataclass
class Fired:
    """Which rules were applied, each with the source line of the node that it replaced."""

    entries: list[tuple[str, provenance.Source | None]] = field(default_factory=list)


class Sweep:
    """One application of a table to a graph: every node once, arguments first, until no rule matches.

    What a rule builds is itself rewritten, so one sweep ends at a fixpoint. Rewrites are bounded all the same.
    Raises GraphError for rules that lead in a circle.
    """

    def __init__(self, table: Table, fired: Fired | None = None) -> None:
        self.table = table
        self.log = fired.entries if fired is not None else []
        self.outputs: Sequence[Node] = ()
        self.nodes: Sequence[Node] = ()
        self.left = 0
        self.final: dict[Node, Node] = {}    # what has become of each node
        self.becomes: dict[Node, Node] = {}  # what a rule has put in its place, which is being rewritten
        self.count: dict[Node, int] = {}

    def uses(self, node: Node) -> int:
        """How many arguments and outputs of the graph the node is; 2 where that is not known."""
        if not self.count:
            self.count = _counted(self.outputs, self.nodes)
        return self.count.get(node, 2)

    def run(self, outputs: Sequence[Node], nodes: Sequence[Node], orders: bool = True) -> list[Node]:
        """The outputs rewritten; `nodes` are all that they need, arguments first.

        `orders`: of two nodes that differ in the order of their operands alone one is left.
        """
        self.outputs, self.nodes, self.left = outputs, nodes, 1000 + 20 * len(nodes)
        looks = self.table.looks(nodes)
        final, becomes = self.final, self.becomes
        with provenance.within(None):
            begin = self._unchanged(looks, orders)
            if begin == len(nodes):
                return list(outputs)
            if self.table.counts and not self.count:
                self.count = _counted(outputs, nodes)
            final.update(zip(nodes[:begin], nodes[:begin]))
            for node in nodes[begin:]:
                if node in final:
                    continue
                for arg in node.args:
                    if final[arg] is not arg:
                        self.follow(node)
                        break
                else:
                    if node in becomes:  # the first one
                        self.settle(node)
                        continue
                    look = looks.get(node.op)
                    found = self.first(look.row, node, node) if look is not None and look.may_match(node.args) else None
                    if found is not None:
                        becomes[node] = found
                    else:
                        final[node] = self.mirrored(node) if orders and node.op.commutes else node
                if node in becomes:
                    self.settle(node)
        return [final[node] for node in outputs]

    def _unchanged(self, looks: dict[Op, Look], orders: bool) -> int:
        """How many nodes, from the first on, no rule matches; nor are they others with their operands exchanged."""
        for k, node in enumerate(self.nodes if looks or orders else ()):
            op, args = node.op, node.args
            look = looks.get(op)
            if look is not None and look.may_match(args):
                found = self.first(look.row, node, node)
                if found is not None:
                    self.becomes[node] = found
                    return k
            if orders and op.commutes and args[::-1] in op.nodes:
                return k
        return len(self.nodes)

    def follow(self, node: Node) -> None:
        """Bring a node whose arguments are final to its own final form, or to what a rule puts in its place."""
        final = self.final
        new = remake(node, tuple([final[arg] for arg in node.args]))
        known = final.get(new) if new is not node else None
        if known is None:
            if self.count and new not in self.count:
                self.count[new] = self.count.get(node, 1)
            row = self.table.rows.get(new.op)
            replacement = self.first(row, new, node) if row is not None and row.may_match(new.args) else None
            if replacement is not None:
                self.becomes[node] = replacement
                return
            final[new] = known = self.mirrored(new) if new.op.commutes else new
        self.finish(node, known)

    def settle(self, root: Node) -> None:
        """Bring the node, and all that it needs, to its final form with an explicit stack."""
        final, becomes = self.final, self.becomes
        stack = [root]
        while stack:
            node = stack[-1]
            if node in final:
                stack.pop()
                continue
            found = becomes.get(node)
            if found is not None:
                if found in final:
                    self.finish(node, final[found])
                else:
                    self.refuse_circle(found)
                    stack.append(found)
                continue
            waiting = [arg for arg in node.args if arg not in final]
            if waiting:
                for arg in waiting:
                    self.refuse_circle(arg)
                stack += waiting
                continue
            self.follow(node)

    def mirrored(self, node: Node) -> Node:
        """The node, or the one with its operands in the other order if that came first: x*y and y*x are computed once."""
        entry = node.op.nodes.get(node.args[::-1])
        twin: Node | None = entry() if entry is not None else None
        if twin is None or twin is node or self.final.get(twin) is not twin:
            return node
        self.log.append(("operands in one order", node.source))
        return twin

    def refuse_circle(self, node: Node) -> None:
        if node in self.becomes and node not in self.final:
            raise GraphError(f"rewriting: what replaces {node!r} leads back to it")

    def finish(self, node: Node, to: Node) -> None:
        self.final[node] = to
        if self.count and to is not node:
            self.count[to] = max(self.count.get(to, 0), self.count.get(node, 1))

    def first(self, row: Row, node: Node, old: Node) -> Node | None:
        """The result of the first rule that matches, noted in the log under the line of the old node."""
        provenance.inherit(old)
        for name, attempt in row.attempts(node.args):
            found = attempt(node, self.uses)
            if found is None or found is node or not self.left:
                continue
            if found.type is not node.type:
                raise GraphError(f"{name}: a rule must keep the type, got {found.type} for {node!r}")
            self.left -= 1
            self.log.append((name, old.source))
            return found
        return None


@without_collector
def rewrite(outputs: Sequence[Node], table: Table, fired: Fired | None = None) -> list[Node]:
    """The outputs after the table's rules have been applied to every node until none matches."""
    return Sweep(table, fired).run(outputs, postorder(outputs))


def _counted(outputs: Sequence[Node], nodes: Sequence[Node]) -> dict[Node, int]:
    count: dict[Node, int] = {}
    for node in nodes:
        for arg in node.args:
            count[arg] = count.get(arg, 0) + 1
    for node in outputs:
        count[node] = count.get(node, 0) + 1
    return count
