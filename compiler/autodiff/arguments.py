"""What a person gives to a derivative: outputs, `wrt` and seeds, checked and brought to nodes of the right types.

Every mistake is one sentence that names the function, what was expected and what came.
"""
from __future__ import annotations

from collections.abc import Sequence

from ...ir import ops, provenance
from ...ir.convert import as_node, broadcast_to, convert, from_sympy, is_weak
from ...ir.errors import DTypeError, ExpressionError, GraphError, ShapeError
from ...ir.node import Node, located, postorder
from ...ir.types import TupleType
from .flow import Flow

Several = Node | Sequence[Node]


def many(what: str, values: Several) -> list[Node]:
    """One node or several as a list; each must be an array of floats."""
    nodes = [values] if isinstance(values, Node) else list(values) if isinstance(values, (list, tuple)) else None
    if nodes is None:
        raise located(ExpressionError(f"{what}: expected a node or a list of nodes, got {type(values).__name__}{from_sympy(values)}"))
    for node in nodes:
        if not isinstance(node, Node):
            raise located(ExpressionError(f"{what}: expected a node of a graph, got {type(node).__name__}{from_sympy(node)}"))
        if isinstance(node.type, TupleType):
            raise located(GraphError(f"{what}: {node!r} has several results; differentiate the one you need"))
        if not node.type.is_float:
            raise located(DTypeError(f"{what}: only floats have derivatives, got {node!r}; cast it with astype"))
    return nodes


def one_or_many(asked: Several, results: list[Node]) -> Node | list[Node]:
    """One result for one node, a list for a list."""
    return results[0] if isinstance(asked, Node) else results


def variables(what: str, outputs: Several, wrt: Several) -> list[Node]:
    """The nodes to differentiate by. A symbol may be unused; anything else must be part of the outputs."""
    wanted = many(f"{what}: wrt", wrt)
    computed = {node for node in wanted if node.op is not ops.input}
    if computed:
        computed.difference_update(postorder([outputs] if isinstance(outputs, Node) else outputs))
    for node in wanted:
        if node in computed:
            raise located(GraphError(
                f"{what}: wrt {node!r} is not in the graph of the outputs; differentiate by a symbol, or by the very "
                "node that the outputs were computed from"
            ))
    return wanted


def scalar_cost(what: str, cost: Node) -> Node:
    """The cost, which must be a scalar of a float dtype."""
    (node,) = many(what, cost)
    if node.type.shape:
        raise located(ShapeError(
            f"{what}: the cost must be a scalar, got {node.type}; sum or average it first, or use wg.jacobian, or "
            "wg.vjp with a cotangent"
        ))
    return node


def matched(what: str, kind: str, nodes: Several, values: object) -> list[object]:
    """A seed for each node: one for one node, a list of equally many for a list."""
    if isinstance(nodes, Node):
        return [values]
    if not isinstance(values, (list, tuple)) or len(values) != len(nodes):
        got = f"{len(values)}" if isinstance(values, (list, tuple)) else type(values).__name__
        raise located(ShapeError(f"{what}: expected a list of {len(nodes)} {kind}s, one for each node, got {got}"))
    return list(values)


def seeds_of(what: str, kind: str, nodes: Sequence[Node], values: Sequence[object]) -> dict[Node, dict[int, Flow]]:
    """The seeds as flows of direction 0. None is absent; two seeds of one node add up."""
    seeds: dict[Node, dict[int, Flow]] = {}
    with provenance.within(provenance.caller()):
        for node, value in zip(nodes, values):
            if value is not None:
                seed = _seed(what, kind, node, value)
                twin = seeds.get(node)
                seeds[node] = {0: Flow(ops.add(twin[0].value, seed) if twin else seed)}
    return seeds


def _seed(what: str, kind: str, node: Node, value: object) -> Node:
    given = value if isinstance(value, Node) or is_weak(value) else as_node(value)
    if isinstance(value, Node) and value.type.is_float and value.type.dtype != node.type.dtype:
        raise located(DTypeError(
            f"{what}: the {kind} of {node!r} must be {node.type.dtype}, got {value.type}; cast it with astype"
        ))
    seed = convert(given, node.type.dtype)
    try:
        return broadcast_to(seed, node.type.shape)
    except ShapeError:
        raise located(ShapeError(f"{what}: the {kind} of {node!r} must be of its shape, got {seed.type}")) from None


def stable(outputs: Sequence[Node], wrt: Sequence[Node]) -> list[Node]:
    """The outputs in the form to differentiate: rewritten so that their derivatives survive extreme inputs."""
    from ..passes.stabilize import stabilized  # the passes are written in the language that derivatives are made of

    return stabilized(outputs, keep=wrt)
