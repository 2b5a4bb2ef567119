"""The node of a graph: an op on arguments with attributes, and the type of the result. Immutable and shared.

Equal nodes are the same object (hash-consing), so common subexpressions and dead code need no pass. Each op's table
holds its nodes weakly, keyed by their arguments, so nothing keeps a graph alive but its user. Nothing here recurses.
Owns identity only; what an op means is in `op.py`, the operators a person writes are in `operators.py`.
"""
from __future__ import annotations

import itertools
import re
import threading
import weakref
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from . import provenance
from .errors import WengertError
from .operators import Operators
from .pause import without_collector
from .types import Type

if TYPE_CHECKING:
    from .op import Op

_serials = itertools.count()
_lock = threading.RLock()  # the collector may forget a node of the table while this thread changes it


def mark() -> int:
    """A serial number above those of all nodes that exist and below those of all that come."""
    return next(_serials)


class Node(Operators):
    """One value of a program. Build with NumPy functions and operators, `wg.*`, or a row of `ir.ops`; never directly.

    op, args, attrs   what is computed; `attrs` in the order of `op.attributes`
    type              dtype and shape of the result (a TupleType for ops with several results)
    source, origin    the line that made it, and for a derivative the forward node it belongs to
    """

    __slots__ = ("__weakref__", "args", "attrs", "op", "origin", "serial", "source", "type")
    op: Op
    args: tuple[Node, ...]
    attrs: tuple[Any, ...]
    type: Type  # TupleType for several results; the ops that take those know
    serial: int
    source: provenance.Source | None
    origin: Node | None

    # By identity: no two nodes have one hash, so a dict never asks `==`, which builds a node.
    __hash__ = object.__hash__

    def attribute(self, name: str) -> Any:
        """The value of the attribute called `name`."""
        return self.attrs[self.op.attributes.index(name)]

    def __repr__(self) -> str:
        name = f" {self.attrs[0]!r}" if self.op.name == "input" else ""
        where = f" ({provenance.describe(self.source)})" if self.source else ""
        return f"<{self.op.name}{name}: {self.type}{where}>"

    def __reduce__(self) -> tuple[object, ...]:
        from .text import pickled  # a graph travels as its text: no recursion, whatever its depth

        return pickled(self)

    def __copy__(self) -> Node:
        return self

    def __deepcopy__(self, memo: object) -> Node:
        return self


class _Entry(weakref.ref):  # type: ignore[type-arg]
    """A weak entry of an op's table that knows its key, so that it can leave when the node dies."""

    __slots__ = ("key", "table")
    key: Any
    table: dict[Any, _Entry]


def _forget(entry: _Entry, lock: threading.RLock = _lock) -> None:
    with lock:  # another thread may be putting a new node in this one's place
        if entry.table.get(entry.key) is entry:
            del entry.table[entry.key]


def make(op: Op, args: Sequence[Node], attrs: tuple[Any, ...] = ()) -> Node:
    """The node `op(*args, *attrs)`: the one that exists, or a new one whose type the op's rule infers."""
    args = tuple(args)
    key = (attrs, args) if attrs else args
    entry = op.nodes.get(key)
    found: Node | None = None if entry is None else entry()
    return _made(op, args, attrs, key, *provenance.current()) if found is None else found


def remake(node: Node, args: tuple[Node, ...]) -> Node:
    """The node with other arguments, and its own source and origin."""
    op, attrs = node.op, node.attrs
    key = (attrs, args) if attrs else args
    entry = op.nodes.get(key)
    found: Node | None = None if entry is None else entry()
    return _made(op, args, attrs, key, node.source, node.origin) if found is None else found


def _made(op: Op, args: tuple[Node, ...], attrs: tuple[Any, ...], key: Any, source: provenance.Source | None, origin: Node | None) -> Node:
    node: Node = _new(Node)
    node.op, node.args, node.attrs, node.type = op, args, attrs, _type(op, args, attrs)
    node.source, node.origin, node.serial = source, origin, next(_serials)
    entry = _Entry(node, _forget)
    entry.key, entry.table = key, op.nodes
    present = op.nodes.setdefault(key, entry)
    return node if present is entry else _settled(node, entry)


_new = object.__new__


def _type(op: Op, args: tuple[Node, ...], attrs: tuple[Any, ...]) -> Any:
    """What the op's rule infers, which is kept for ops on operands of one type."""
    results = op.results
    if results is None:
        return _inferred(op, args, attrs)
    first = args[0].type
    known = results.get(first)
    if known is not None:
        for arg in args:
            if arg.type is not first:
                break
        else:
            return known
    found = results[first] = _inferred(op, args, attrs)
    return found


def _inferred(op: Op, args: tuple[Node, ...], attrs: tuple[Any, ...]) -> Any:
    try:
        return op.infer([arg.type for arg in args], *attrs)
    except WengertError as error:
        raise located(error) from None


def _settled(node: Node, entry: _Entry) -> Node:
    """Of two threads that build one node the first one's stays; what is left of a dead node gives way."""
    with _lock:
        present = entry.table.setdefault(entry.key, entry)
        twin: Node | None = present()
        if twin is not None:
            return twin
        entry.table[entry.key] = entry
    return node


def located(error: WengertError) -> WengertError:
    """The error with the user's line at its end: "add: ... (model.py:12)"."""
    return located_at(error, provenance.current()[0])


def located_at(error: WengertError, source: provenance.Source | None) -> WengertError:
    """The error with this line at its end, unless it names one already."""
    message = str(error)
    if source is None or re.search(r" \([^()]+:\d+\)$", message):
        return error
    return type(error)(f"{message} ({provenance.describe(source)})")


@without_collector
def postorder(roots: Iterable[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """Every node that the roots need, arguments first, each once; deterministic. Nodes in `stop` are not entered."""
    order: list[Node] = []
    seen = set(stop)
    for root in roots:
        if root in seen:
            continue
        seen.add(root)
        path, rest = [root], [iter(root.args)]
        while path:
            for child in rest[-1]:
                if child not in seen:
                    seen.add(child)
                    path.append(child)
                    rest.append(iter(child.args))
                    break
            else:
                rest.pop()
                order.append(path.pop())
    return order
