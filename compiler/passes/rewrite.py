"""The one engine that applies rules: to the values of a program from its inputs on, without recursion, until none matches.

A rule is tried where the table says that it may match. Where one does, the value becomes another one, and the nodes above
it get new arguments, but no further up than rules look: beyond, the old node stays a name of the new value. So a pass
costs what it changes, not what lies above. Knows no rule by name. Read `ir/listing.py` first.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from operator import is_

import numpy as np

from ...ir import provenance
from ...ir.errors import GraphError
from ...ir.listing import Listing
from ...ir.node import Node, postorder, remake
from ...ir.pause import without_collector
from .rule import EXACT
from .table import Row, Table

HORIZON = 4  # how many nodes deep a rule sees what became of the values below


class Fired:
    """Which rules were applied, each with the source line of the node that it replaced; and whether all of them keep every bit."""

    def __init__(self) -> None:
        self.entries: list[tuple[str, provenance.Source | None]] = []
        self.exact = True


class Sweep:
    """One application of a table to a program.

    What a rule builds is itself rewritten, so one sweep ends at a fixpoint. Rewrites are bounded all the same. `orders`: of two
    nodes that differ in the order of their operands alone one is left, also where nothing else changes. Raises GraphError for
    rules that lead in a circle; rules that build without end are stopped, and what they have built by then is right.
    """

    def __init__(self, listing: Listing, table: Table, fired: Fired | None = None, orders: bool = True) -> None:
        self.listing, self.table, self.orders = listing, table, orders
        self.fired = fired if fired is not None else Fired()
        self.old = len(listing)              # values from this number on are new
        self.left = 1000 + 20 * self.old     # how many rules may still be applied
        self.nodes = list(listing.nodes)     # how each value is computed; behind them what rules have built
        self.names: dict[Node, int] = {}     # what nodes stand for that the listing does not know
        self.into: dict[int, int] = {}       # values that have become others
        self.depths: dict[int, int] = {}     # of values below which something changed: how far up that is still to be seen
        self.untold = set(listing.names.values())  # values whose node changed and whose users name them as before
        self.watched: dict[int, int] = {}    # values whose users hear of a change also where none is to be seen: how often yet
        self.turned: set[int] = set()        # values whose operands a rule has put in this order
        self.users: dict[int, list[int]] = {}  # of values, besides those in the listing
        self.counted: dict[int, int] = {}    # uses of values that took the place of others
        self.built: deque[int] = deque()     # values to look at before the others: new ones, and what those need
        self.queue: list[int] = []           # a heap of the others to look at
        self.waiting: set[int] = set()       # those of the queue that nobody looked at ahead of their turn
        self.ahead: set[int] = set()         # those that were found ahead of their turn, and what they need with them
        self.front = -1                      # the values up to this one have had their turn
        self._uses: list[int] = []           # of the listing's values, told when a rule asks first

    def run(self) -> Listing:
        """The program rewritten; the same listing where no rule matches."""
        look = self.table.may_match(self.listing)
        if self.orders:
            look[_pairs(self.listing)] = True
        self.queue = np.flatnonzero(look).tolist()
        self.waiting = set(self.queue)
        with provenance.within(None):
            while self.built or self.queue:
                if self.built:
                    k = self.built.popleft()
                else:
                    k = heappop(self.queue)
                    self.front = max(self.front, k if k < self.old else -1)
                    if k not in self.waiting:
                        continue
                self.waiting.discard(k)
                if k not in self.into:
                    self._visit(k)
        if not self.into and not self.names:
            return self.listing
        return self.listing.rewritten(self.nodes, self.into, self.names)

    def _visit(self, k: int) -> None:
        """Let a value become what a rule makes of it, if one matches."""
        new = self._renewed(k) or k >= self.old
        if k in self.into:
            return
        node = self.nodes[k]
        row = self.table.row(node.op, new)
        found = self._first(row, node) if row is not None else None
        if found is not None:
            other = self._value(found)
            self._become(k, self._turned(k, node, found) if other == k else other)
        elif node.op.commutes:
            twin = self._mirrored(k, node)
            if twin is not None:
                self.fired.entries.append(("operands in one order", node.source))
                self._become(k, twin)

    def _turned(self, k: int, node: Node, found: Node) -> int:
        """A value of its own for `found`, which is this node with its operands in the other order. It was told to be the same
        value before a rule that prefers it could see it."""
        turned = found.op is node.op and len(node.args) == 2 and found.args[0] is node.args[1] and found.args[1] is node.args[0]
        if not turned or k in self.turned:
            raise GraphError(f"rewriting: what replaces {node!r} leads back to it")
        other = self._append(*self._with_values(found))
        self.built.appendleft(other)
        self.turned.add(other)
        return other

    def _first(self, row: Row, node: Node) -> Node | None:
        """The result of the first rule that matches, noted in the log under the line of the node."""
        provenance.inherit(node)
        for rule, attempt in row.attempts(node.args):
            found = attempt(node, self.uses)
            if found is None or found is node or not self.left:
                continue
            if found.type is not node.type:
                raise GraphError(f"{rule.name}: a rule must keep the type, got {found.type} for {node!r}")
            self.left -= 1
            self.fired.entries.append((rule.name, node.source))
            self.fired.exact &= rule.kind == EXACT
            return found
        return None

    # ------------------------------------------------------------------------------------------- values and their names

    def _number(self, node: Node) -> int | None:
        """The value that a node stands for now."""
        k = self.names.get(node)
        if k is None:
            k = self.listing.number(node)
        return self._last(k) if k in self.into else k

    def _last(self, k: int) -> int:
        """The value that this one has become in the end; the way there is one step from now on."""
        last = k
        while last in self.into:
            last = self.into[last]
        while k != last:
            self.into[k], k = last, self.into[k]
        return last

    def _with_values(self, node: Node) -> tuple[Node, list[int]]:
        """The values that the arguments of a node stand for, and the node whose arguments are the nodes of those."""
        values: list[int] = [self._number(arg) for arg in node.args]  # type: ignore[misc]
        args = tuple([self.nodes[k] for k in values])
        return node if all(map(is_, args, node.args)) else remake(node, args), values

    def _append(self, node: Node, values: list[int]) -> int:
        """A new value: this node of these values."""
        k = self.names[node] = len(self.nodes)
        self.nodes.append(node)
        for value in values:
            self.users.setdefault(value, []).append(k)
        self._watch(values)
        return k

    def _value(self, root: Node) -> int:
        """The value of a node that a rule has built. What is new in it becomes new values, arguments first."""
        stack, first = [root], len(self.nodes)
        needed: set[int] = set()
        while stack:
            node = stack[-1]
            k = self._number(node)
            if k is not None:
                needed.add(k)
                stack.pop()
                continue
            unknown = [arg for arg in node.args if self._number(arg) is None]
            if unknown:
                stack += unknown
                continue
            stack.pop()
            new, values = self._with_values(node)
            k = self._number(new)
            if k is None:
                k = self._append(new, values)
                needed.update(values)
            self.names[node] = k
        self.built.extendleft(range(len(self.nodes) - 1, first - 1, -1))
        self.built.extendleft(self._ahead(needed))
        return self._number(root)  # type: ignore[return-value]

    def _ahead(self, values: Iterable[int]) -> list[int]:
        """Those among the values, and among what they need, whose turn is still to come; the last ones first."""
        seen: set[int] = set()
        stack = list(values)
        while stack:
            k = stack.pop()
            if self.front < k < self.old and k not in self.ahead:
                self.ahead.add(k)
                seen.add(k)
                stack += self.listing.args[self.listing.begins[k]:self.listing.begins[k + 1]].tolist()
        return sorted(seen & self.waiting, reverse=True)

    def _renewed(self, k: int) -> bool:
        """Bring the values below, which may have changed, into the node of a value. Whether that made another node of it."""
        depth = self.depths.pop(k, 0)
        node = self.nodes[k]
        new, values = self._with_values(node) if depth else (node, [])
        if new is node:
            return False
        twin = self._number(new)
        if twin is not None and twin != k:
            self._become(k, twin)
        else:
            self.nodes[k] = new
            self.names[new] = k
            if depth == HORIZON:
                self._watch(values)
            self._tell(k, depth - 1)
        return True

    def _become(self, k: int, other: int) -> None:
        """Let a value be another one from now on."""
        count = self._count(k)
        self.into[k] = other
        self.counted[other] = max(self._count(other) if other < self.old else self.counted.get(other, 0), count)
        self._tell(k, HORIZON)
        self.users.setdefault(other, []).extend([user for user in self._users(k) if user not in self.into])

    def _tell(self, k: int, depth: int) -> None:
        """Have the users of a value look at it once more, as many nodes up as told."""
        if not depth and self.watched.get(k):
            self.watched[k] -= 1
            depth = 1
        if not depth:
            self.untold.add(k)
            return
        for user in self._users(k):
            if self.depths.get(user, 0) < depth:
                self.depths[user] = depth
                self._await(user)

    def _watch(self, values: list[int]) -> None:
        """Have the users of these values, which a new node takes, name them as it does from now on: one may be computed alike."""
        for k in values:
            self.watched[k] = HORIZON  # not for ever: around a circle of rules a change has no end
            if k in self.untold:
                self.untold.remove(k)
                self._tell(k, 1)

    def _await(self, k: int) -> None:
        """Look at a value when its turn comes."""
        if k not in self.waiting:
            self.waiting.add(k)
            self.ahead.discard(k)
            heappush(self.queue, k)

    def _users(self, k: int) -> list[int]:
        more = self.users.get(k, [])
        if k >= self.old:
            return more
        ends, users = self.listing.users
        found: list[int] = users[ends[k]:ends[k + 1]].tolist()
        return found + more

    def _mirrored(self, k: int, node: Node) -> int | None:
        """The value with the operands in the other order, if that came first: x*y and y*x are computed once."""
        entry = node.op.nodes.get(node.args[::-1])
        twin: Node | None = entry() if entry is not None else None
        other = self._number(twin) if twin is not None else None
        if other is not None and self.front < other < self.old:
            self._await(other)  # whose turn is still to come, and which will find this one
            return None
        return None if other == k else other

    def uses(self, node: Node) -> int:
        """How many arguments and outputs of the program the node is; 2 where that is not known."""
        k = self._number(node)
        return 2 if k is None else self._count(k)

    def _count(self, k: int) -> int:
        if not self._uses:
            self._uses = self.listing.uses().tolist()
        return self.counted.get(k, self._uses[k] if k < len(self._uses) else 2)


def _pairs(listing: Listing) -> np.ndarray:
    """The values that one before them equals but for the order of two operands."""
    ops, of = listing.ops
    values = np.flatnonzero(np.array([op.commutes for op in ops], bool)[of])
    a, b = (listing.args[listing.begins[values] + k].astype(np.int64) for k in (0, 1))
    key = (of[values].astype(np.int64) * len(listing) + np.minimum(a, b)) * len(listing) + np.maximum(a, b)
    order = np.argsort(key, kind="stable")
    found: np.ndarray = values[order[1:][key[order][1:] == key[order][:-1]]]
    return found


@without_collector
def rewrite(outputs: Sequence[Node], table: Table, fired: Fired | None = None, *, gains: bool = False) -> list[Node]:
    """The outputs after the table's rules have been applied to every node until none matches. `gains`: the outputs as they are
    where all rules that matched keep every bit."""
    fired = fired if fired is not None else Fired()
    listing = Listing.of(postorder(outputs), outputs)
    found = Sweep(listing, table, fired).run()
    if found is listing or (gains and fired.exact):
        return list(outputs)
    nodes = found.rebuilt()
    return [nodes[k] for k in found.outputs.tolist()]
