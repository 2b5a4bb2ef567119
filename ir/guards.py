"""What must hold of the named sizes for a graph to make sense: checked at each call, refused with the reason.

Sizes that are known are checked when a node is made; here are the ones that only a call tells. Regions count as if
they ran, whether a call runs them or not. Read `extents.py` next.
"""
from __future__ import annotations

from collections.abc import Iterator

from . import provenance
from .graph import Graph
from .node import Node
from .op import TABLE
from .ops.shape import slice_margins
from .types import Dim, TupleType, Type

Guard = tuple[Dim, str]  # a dim that must not be negative, and what to say where it is


def guards(graph: Graph) -> list[Guard]:
    """The guards of a graph, each once, in the order of its nodes. Dims that are never negative are left out."""
    found: dict[Dim, str] = {}
    for part in with_regions(graph):
        for node in part.listing.those(lambda op, type: not (op.takes and _is_number(type))):  # arithmetic on numbers demands nothing
            for dim, message in (*_of(node), *_of_type(node)):
                if not isinstance(dim, int) and not dim.never_negative:
                    where = provenance.describe(node.source)
                    found.setdefault(dim, f"{node.op.name}: {message}" + (f" ({where})" if where else ""))
    return list(found.items())


def with_regions(graph: Graph) -> Iterator[Graph]:
    """The graph and the regions in it, each once."""
    seen: set[Graph] = set()
    waiting = [graph]
    while waiting:
        part = waiting.pop()
        yield part
        for node in part.listing.those(lambda op, type: bool(op.attributes)):
            for attribute in node.attrs:
                if isinstance(attribute, Graph) and attribute not in seen:
                    seen.add(attribute)
                    waiting.append(attribute)


def _is_number(type: Type | TupleType) -> bool:
    return isinstance(type, Type) and not type.shape


def _of(node: Node) -> Iterator[Guard]:
    op = node.op
    if op is TABLE["slice"]:
        x = node.args[0].type
        for start, stop, dim in zip(*node.attrs[:2], x.shape):
            for margin in slice_margins(start, stop, dim):
                yield margin, f"{start}:{stop} must lie in an axis of size {dim} of {x}"
    elif op is TABLE["pad"]:
        for width in (*node.attrs[0], *node.attrs[1]):
            yield width, f"the width {width} must not be negative"
    elif op in (TABLE["max"], TABLE["min"], TABLE["argmax"], TABLE["argmin"]):
        x = node.args[0].type
        for axis in (*node.attrs[0],) if op.attributes == ("axes",) else node.attrs:
            yield x.shape[axis] - 1, f"axis {axis} of {x} must not be empty"


def _of_type(node: Node) -> Iterator[Guard]:
    """Every axis of a result must have a size that an axis can have."""
    for type in (node.type,) if isinstance(node.type, Type) else node.type.parts:
        for dim in type.shape:
            yield dim, f"the size {dim} of {type} must not be negative"
