"""Checks that a graph is what it says: every type is derived again, every dim is named by an input, regions included.

A graph that was built through the rows is right by construction; this is for passes under test and for whoever doubts.
Read `attributes.py` for what attributes may hold.
"""
from __future__ import annotations

from . import provenance
from .attributes import check_attributes
from .errors import GraphError, WengertError
from .graph import NESTING, Graph
from .node import Node
from .op import TABLE
from .ops.source import input
from .types import Poly, TupleType, Type, dim_names


def verify(graph: Graph) -> Graph:
    """The graph itself, if it is well formed; raises GraphError naming the node and its source line if not."""
    _verify(graph, set(), 0, set())
    return graph


def _verify(graph: Graph, outer: set[str], depth: int, done: set[Graph]) -> None:
    """Check one graph in which the sizes of `outer` are known too; graphs in `done` have been checked."""
    if depth > NESTING:
        raise GraphError(f"verify: regions may be nested {NESTING} deep, {graph.name} lies deeper")
    sizes = outer | set(graph.sizes)
    before: set[Node] = set()
    inputs = set(graph.inputs)
    for node in graph.nodes:
        _check(graph, node, before, inputs)
        _check_sizes(graph, node, sizes)
        before.add(node)
        for region in node.attrs:
            if isinstance(region, Graph) and region not in done:
                _verify(region, sizes, depth + 1, done)
    for node in graph.outputs:
        if isinstance(node.type, TupleType):
            raise _wrong(graph, node, f"an output is one array, not {node.type}; pick one with item")
    done.add(graph)


def _check(graph: Graph, node: Node, before: set[Node], inputs: set[Node]) -> None:
    op, args = node.op, node.args
    if TABLE.get(op.name) is not op:
        raise _wrong(graph, node, "the op is not in the table")
    if op is input and node not in inputs:
        raise _wrong(graph, node, f"the symbol {node.attrs[0]!r} is not listed as an input")
    if op.arity is not None and len(args) != op.arity:
        raise _wrong(graph, node, f"takes {op.arity} arguments, got {len(args)}")
    if any(arg not in before for arg in args):
        raise _wrong(graph, node, "an argument does not come before it")
    if op.name != "item" and any(isinstance(arg.type, TupleType) for arg in args):
        raise _wrong(graph, node, "takes arrays; pick one result of several with item")
    try:
        check_attributes(op, node.attrs)
        type = op.infer([arg.type for arg in args], *node.attrs)
    except WengertError as error:
        raise _wrong(graph, node, str(error).removeprefix(f"{op.name}: ")) from None
    if type is not node.type:
        raise _wrong(graph, node, f"the type is {node.type}, expected {type}")


def _check_sizes(graph: Graph, node: Node, sizes: set[str]) -> None:
    """The sizes that a type or an attribute names are known."""
    named: list[object] = [node.type, *node.attrs]
    while named:
        value = named.pop()
        if isinstance(value, Type):
            named.extend(value.shape)
        elif isinstance(value, TupleType):
            named.extend(value.parts)
        elif isinstance(value, tuple):
            named.extend(value)
        elif isinstance(value, Poly) and not dim_names(value) <= sizes:
            unknown = min(dim_names(value) - sizes)
            raise _wrong(graph, node, f"the size {unknown} is not a size of any input")


def _wrong(graph: Graph, node: Node, what: str) -> GraphError:
    where = provenance.describe(node.source)
    return GraphError(f"{graph.name}: {node.op.name}: {what}" + (f" ({where})" if where else ""))
