"""The node of a graph: an op on arguments with attributes, and the type of the result. Immutable and shared.

Equal nodes are the same object (hash-consing), so common subexpressions and dead code need no pass. The table holds
its nodes weakly and is keyed by serial numbers, so nothing keeps a graph alive but its user. Nothing here recurses.
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

    def __hash__(self) -> int:
        return self.serial  # unique, so that a dict never asks `==`, which builds a node

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
    """A weak entry of the table that knows its key, so that it can leave when the node dies."""

    __slots__ = ("key",)
    key: tuple[Any, ...]


_table: dict[tuple[Any, ...], _Entry] = {}


def _forget(entry: _Entry) -> None:
    with _lock:  # another thread may be putting a new node in this one's place
        if _table.get(entry.key) is entry:
            del _table[entry.key]


def make(op: Op, args: Sequence[Node], attrs: tuple[Any, ...] = ()) -> Node:
    """The node `op(*args, *attrs)`: the one that exists, or a new one whose type the op's rule infers."""
    key = (op.name, attrs, *[arg.serial for arg in args])
    entry = _table.get(key)
    if entry is not None:
        found: Node | None = entry()
        if found is not None:
            return found
    try:
        type = op.infer([arg.type for arg in args], *attrs)
    except WengertError as error:
        raise located(error) from None
    node: Node = Node.__new__(Node)
    node.op, node.args, node.attrs, node.type = op, tuple(args), attrs, type  # type: ignore[assignment]
    node.source, node.origin = provenance.current()
    node.serial = next(_serials)
    entry = _Entry(node, _forget)
    entry.key = key
    with _lock:  # two threads may build the same node; the first one stays
        present = _table.get(key)
        if present is not None:
            twin: Node | None = present()
            if twin is not None:
                return twin
        _table[key] = entry
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


def postorder(roots: Iterable[Node], stop: Iterable[Node] = ()) -> list[Node]:
    """Every node that the roots need, arguments first, each once; deterministic. Nodes in `stop` are not entered."""
    order: list[Node] = []
    seen = {node.serial for node in stop}
    for root in roots:
        if root.serial in seen:
            continue
        stack: list[tuple[Node, int]] = [(root, 0)]
        seen.add(root.serial)
        while stack:
            node, k = stack.pop()
            args = node.args
            while k < len(args) and args[k].serial in seen:
                k += 1
            if k == len(args):
                order.append(node)
            else:
                stack.append((node, k + 1))
                child = args[k]
                seen.add(child.serial)
                stack.append((child, 0))
    return order
