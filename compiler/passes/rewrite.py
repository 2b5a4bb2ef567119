"""The one engine that applies rules: bottom up, each node once, without recursion, until none matches.

Owns the table in which a node finds the rules that may match it, and the sweep over a graph. Knows no rule by name.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ...ir import provenance
from ...ir.errors import GraphError
from ...ir.node import Node, make, postorder
from ...ir.op import Op
from .rule import EXACT, Rule, Uses

Attempt = tuple[str, Callable[[Node, Uses], "Node | None"]]
Row = tuple["list[Attempt]", "list[dict[Op, list[Attempt]]]"]  # for any arguments; by position and the op of the argument


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
                for root, position, children, attempt in rule.tries():
                    for rows in (self.rows, self.new) if rule in fresh else (self.rows,):
                        _add(rows.setdefault(root, ([], [])), root, position, children, (rule.name, attempt))


def _add(row: Row, root: Op, position: int | None, children: tuple[Op, ...], attempt: Attempt) -> None:
    always, placed = row
    if not children:
        always.append(attempt)
        return
    for k in [position] if position is not None else range(root.arity or 1):
        while len(placed) <= k:
            placed.append({})
        for child in children:
            placed[k].setdefault(child, []).append(attempt)


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
        self.left = 0
        self.final: dict[int, Node] = {}  # by serial: what has become of each node
        self.becomes: dict[int, Node] = {}  # by serial: what a rule has put in its place, which is being rewritten
        self.count: dict[int, int] = {}
        self.mirrors: dict[tuple[Op, int, int], Node] = {}

    def uses(self, node: Node) -> int:
        """How many arguments and outputs of the graph the node is; 2 where that is not known."""
        return self.count.get(node.serial, 2)

    def run(self, outputs: Sequence[Node], nodes: Sequence[Node]) -> list[Node]:
        """The outputs rewritten; `nodes` are all that they need, arguments first."""
        self.left = 1000 + 20 * len(nodes)
        if self.table.counts:
            self.count = _counted(outputs, nodes)
        final, rows, moved = self.final, self.table.new, False
        with provenance.within(None):
            for node in nodes:
                if moved:
                    if node.serial in final:
                        continue
                    for arg in node.args:
                        if final[arg.serial] is not arg:
                            self.settle(node)
                            break
                    if node.serial in final:
                        continue
                row = rows.get(node.op)
                if row is not None:
                    found = self.first(row, node, node) if may_match(row, node) else None
                    if found is not None:
                        moved = True
                        self.replace(node, found)
                        continue
                if node.op.commutes:
                    twin = self.mirrored(node)
                    moved |= twin is not node
                    final[node.serial] = twin
                else:
                    final[node.serial] = node
        return [final[node.serial] for node in outputs]

    def replace(self, node: Node, found: Node) -> None:
        self.becomes[node.serial] = found
        self.settle(node)

    def settle(self, root: Node) -> None:
        """Bring the node, and all that it needs, to its final form with an explicit stack."""
        final, becomes, rows = self.final, self.becomes, self.table.rows
        stack = [root]
        while stack:
            node = stack[-1]
            serial = node.serial
            if serial in final:
                stack.pop()
                continue
            if serial in becomes:
                found = becomes[serial]
                if found.serial not in final:
                    self.refuse_circle(found)
                    stack.append(found)
                    continue
                self.finish(node, final[found.serial])
                continue
            waiting = [arg for arg in node.args if arg.serial not in final]
            if waiting:
                for arg in waiting:
                    self.refuse_circle(arg)
                stack += waiting
                continue
            new = self.with_final_arguments(node)
            if new is not node and new.serial in final:
                self.finish(node, final[new.serial])
                continue
            row = rows.get(new.op)
            replacement = self.first(row, new, node) if row is not None and may_match(row, new) else None
            if replacement is None:
                twin = self.mirrored(new) if new.op.commutes else new
                self.finish(node, twin)
                final[new.serial] = twin
            else:
                becomes[serial] = replacement

    def mirrored(self, node: Node) -> Node:
        """The node, or the one with its operands in the other order if that came first: x*y and y*x are computed once."""
        a, b = node.args[0].serial, node.args[1].serial
        twin = self.mirrors.setdefault((node.op, a, b) if a < b else (node.op, b, a), node)
        if twin is not node:
            self.log.append(("operands in one order", node.source))
        return twin

    def refuse_circle(self, node: Node) -> None:
        if node.serial in self.becomes and node.serial not in self.final:
            raise GraphError(f"rewriting: what replaces {node!r} leads back to it")

    def with_final_arguments(self, node: Node) -> Node:
        args = [self.final[arg.serial] for arg in node.args]
        if all(a is b for a, b in zip(args, node.args)):
            return node
        provenance.inherit(node)
        new = make(node.op, args, node.attrs)
        if self.count and new.serial not in self.count:
            self.count[new.serial] = self.count.get(node.serial, 1)
        return new

    def finish(self, node: Node, to: Node) -> None:
        self.final[node.serial] = to
        if self.count and to is not node:
            self.count[to.serial] = max(self.count.get(to.serial, 0), self.count.get(node.serial, 1))

    def first(self, row: Row, node: Node, old: Node) -> Node | None:
        """The result of the first rule that matches, noted in the log under the line of the old node."""
        always, placed = row
        provenance.inherit(old)
        attempts = list(always)
        for at, arg in zip(placed, node.args):
            attempts += at.get(arg.op, ())
        for name, attempt in attempts:
            found = attempt(node, self.uses)
            if found is None or found is node or not self.left:
                continue
            if found.type is not node.type:
                raise GraphError(f"{name}: a rule must keep the type, got {found.type} for {node!r}")
            self.left -= 1
            self.log.append((name, old.source))
            return found
        return None


def may_match(row: Row, node: Node) -> bool:
    """Whether the row has a rule for a node with such arguments."""
    always, placed = row
    if always:
        return True
    for at, arg in zip(placed, node.args):  # noqa: SIM110  (a generator costs more than the test)
        if arg.op in at:
            return True
    return False


def rewrite(outputs: Sequence[Node], table: Table, fired: Fired | None = None) -> list[Node]:
    """The outputs after the table's rules have been applied to every node until none matches."""
    return Sweep(table, fired).run(outputs, postorder(outputs))


def _counted(outputs: Sequence[Node], nodes: Sequence[Node]) -> dict[int, int]:
    count: dict[int, int] = {}
    for node in nodes:
        for arg in node.args:
            count[arg.serial] = count.get(arg.serial, 0) + 1
    for node in outputs:
        count[node.serial] = count.get(node.serial, 0) + 1
    return count
