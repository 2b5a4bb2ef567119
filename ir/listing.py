"""A program as arrays of numbers, for what concerns all of its nodes, of which there may be millions.

Value k is computed by node k, from the values that `args` lists. A value may have several names: a rewrite gives a value
another node and leaves those above it as they are, so the arguments of a node are names of values, and the arrays say
which. Owns the numbers, and the way back to nodes. Knows nothing of rules; those are in `compiler/passes`.
"""
from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain
from operator import attrgetter, is_not
from typing import Any, TypeVar

import numpy as np

from . import provenance
from .errors import GraphError
from .node import Node, remake
from .op import Op
from .ops.source import input
from .order import Order, numbered, places

T = TypeVar("T")


class Listing:
    """The values of a program, arguments first.

    nodes    how each value is computed
    begins   where each value's arguments begin in `args`, and where the last one's end
    args     the values that they are
    outputs  the values handed out
    names    nodes that are names of values besides `nodes`
    """

    def __init__(
        self, nodes: list[Node], begins: np.ndarray, args: np.ndarray, outputs: np.ndarray, names: Mapping[Node, int],
    ) -> None:
        self.nodes, self.begins, self.args, self.outputs, self.names = nodes, begins, args, outputs, names

    @staticmethod
    def of(nodes: list[Node], outputs: Sequence[Node]) -> Listing:
        """The numbers of `nodes`, which are all that the outputs need, arguments first."""
        args = list(map(attrgetter("args"), nodes))
        begins = np.zeros(len(nodes) + 1, np.int32)
        np.cumsum(np.fromiter(map(len, args), np.int32, len(nodes)), out=begins[1:])
        found = Listing(nodes, begins, begins, begins, {})
        found.args = found._numbers(chain.from_iterable(args), int(begins[-1]))
        found.outputs = found._numbers(outputs, len(outputs))
        return found

    def __len__(self) -> int:
        return len(self.nodes)

    @cached_property
    def _order(self) -> tuple[np.ndarray, np.ndarray, Any]:
        """The serial numbers of the nodes in their order, the value of each, and the former once more, to be searched in."""
        serials = np.fromiter(map(attrgetter("serial"), self.nodes), np.int64, len(self.nodes))
        order = np.argsort(serials, kind="stable").astype(np.int32)
        ordered = serials[order]
        return ordered, order, ordered.data

    def _numbers(self, nodes: Iterable[Node], count: int) -> np.ndarray:
        serials, order, _ = self._order
        return order[np.searchsorted(serials, np.fromiter(map(attrgetter("serial"), nodes), np.int64, count))]

    def number(self, node: Node) -> int | None:
        """The value that a node is a name of, if it is one."""
        _, order, searched = self._order
        k = bisect_left(searched, node.serial)
        return int(order[k]) if k < len(order) and searched[k] == node.serial else self.names.get(node)

    @cached_property
    def counts(self) -> np.ndarray:
        """How many arguments each value has."""
        return np.diff(self.begins)

    @cached_property
    def readers(self) -> np.ndarray:
        """The value that reads each of `args`."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.counts)

    @cached_property
    def users(self) -> tuple[np.ndarray, np.ndarray]:
        """Where the users of each value begin, and the users of all values."""
        ends = np.cumsum(np.bincount(self.args, minlength=len(self)))
        return np.concatenate([[0], ends]), self.readers[np.argsort(self.args, kind="stable")]

    def uses(self) -> np.ndarray:
        """How many arguments and outputs each value is."""
        return np.bincount(self.args, minlength=len(self)) + np.bincount(self.outputs, minlength=len(self))

    @cached_property
    def ops(self) -> tuple[list[Op], np.ndarray]:
        """The ops that occur, in the order in which they do, and the place of each value's op among them."""
        return _told_apart(list(map(attrgetter("op"), self.nodes)))

    @cached_property
    def types(self) -> tuple[list[Any], np.ndarray]:
        """The types that occur, and the place of each value's type among them."""
        return _told_apart(list(map(attrgetter("type"), self.nodes)))

    def those(self, wanted: Callable[[Op, Any], bool]) -> list[Node]:
        """The nodes of the ops and types that are wanted."""
        (ops, of_op), (types, of_type) = self.ops, self.types
        which = np.array([[wanted(op, type) for type in types] for op in ops], bool).reshape(len(ops), len(types))
        return [self.nodes[k] for k in np.flatnonzero(which[of_op, of_type]).tolist()]

    def kinds(self) -> dict[tuple[Op, Any], int]:
        """How many values there are of each op and type."""
        (ops, of_op), (types, of_type) = self.ops, self.types
        counts = np.bincount(of_op.astype(np.int64) * len(types) + of_type)
        return {(ops[k // len(types)], types[k % len(types)]): int(counts[k]) for k in np.flatnonzero(counts).tolist()}

    def rewritten(self, nodes: Sequence[Node], into: Mapping[int, int], names: Mapping[Node, int]) -> Listing:
        """The listing after a rewrite: with the nodes of its values exchanged and those of new values behind them, with values
        that have become others, and with what all nodes stand for that are not in this listing. Raises GraphError where a
        value needs itself."""
        first, total = len(self), len(nodes)
        stands = np.arange(total, dtype=np.int32)
        stands[list(into)] = list(into.values())
        while not np.array_equal(stands, further := stands[stands]):  # in half as many steps each time
            stands = further
        added = [[names[arg] if arg in names else self.number(arg) for arg in node.args] for node in nodes[first:]]
        begins = np.zeros(total + 1, np.int32)
        np.cumsum(np.concatenate([self.counts, np.fromiter(map(len, added), np.int32, total - first)]), out=begins[1:])
        args = stands[np.concatenate([self.args, np.fromiter(chain.from_iterable(added), np.int32)])]
        order = Order(first, begins, args, self._inputs(), stands[self.outputs])
        for values in (order.kept, order.by_need):
            chosen = values()
            found = self._taken(chosen, nodes, order)
            if (found.args < found.readers).all():
                found.names = self._names(found, nodes, numbered(chosen, total)[stands], into, names)
                return found
        at = found.nodes[int(found.readers[np.argmax(found.args >= found.readers)])]
        raise GraphError(f"rewriting: what replaces {at!r} leads back to it")

    def _taken(self, values: np.ndarray, nodes: Sequence[Node], order: Order) -> Listing:
        """The listing of these values."""
        new = numbered(values, len(nodes))
        begins = np.zeros(len(values) + 1, np.int32)
        np.cumsum(np.diff(order.begins)[values], out=begins[1:])
        args = new[order.args[places(order.begins, values)]]
        found = Listing([nodes[k] for k in values.tolist()], begins, args, new[order.outputs], {})
        more = nodes[len(self):]
        found.ops = _with_more(self.ops, [node.op for node in more], values)
        found.types = _with_more(self.types, [node.type for node in more], values)
        return found

    def _names(
        self, found: Listing, nodes: Sequence[Node], new: np.ndarray, into: Mapping[int, int], names: Mapping[Node, int],
    ) -> dict[Node, int]:
        """What nodes stand for in the listing after a rewrite that are not its own."""
        changed = np.flatnonzero(np.fromiter(map(is_not, nodes, self.nodes), bool, len(self))).tolist()
        stale = chain(((self.nodes[k], k) for k in {*changed, *into} if k < len(self)), self.names.items(), names.items())
        return {node: int(new[k]) for node, k in stale if new[k] >= 0 and found.nodes[new[k]] is not node}

    def _inputs(self) -> np.ndarray:
        ops, of = self.ops
        return np.flatnonzero(of == ops.index(input)) if input in ops else np.zeros(0, np.int64)

    def rebuilt(self) -> list[Node]:
        """The node of each value, whose arguments are the nodes of its arguments."""
        if not self.names:
            return self.nodes
        found: list[Node] = []
        begins, args = self.begins.tolist(), self.args.tolist()
        with provenance.within(None):
            for k, node in enumerate(self.nodes):
                mine = [found[a] for a in args[begins[k]:begins[k + 1]]]
                found.append(node if all(a is b for a, b in zip(mine, node.args)) else remake(node, tuple(mine)))
        return found


def _told_apart(values: list[T]) -> tuple[list[T], np.ndarray]:
    present = list(dict.fromkeys(values))
    number = {value: k for k, value in enumerate(present)}
    return present, np.fromiter(map(number.__getitem__, values), np.int32, len(values))


def _with_more(known: tuple[list[T], np.ndarray], more: list[T], values: np.ndarray) -> tuple[list[T], np.ndarray]:
    """What is told apart of some values, and of more behind them, for these ones among all."""
    present, of = known
    present, of_more = _told_apart([*present, *more])
    of = np.concatenate([of, of_more[len(of_more) - len(more):]])[values]
    first = np.full(len(present), len(of))
    first[of[::-1]] = np.arange(len(of))[::-1]  # the last one written stays
    order = np.argsort(first)[:np.count_nonzero(first < len(of))]
    return [present[k] for k in order.tolist()], numbered(order, len(present))[of]
