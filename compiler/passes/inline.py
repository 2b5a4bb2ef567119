"""After differentiation: `stop_gradient` has done its work and goes, `custom` and composite rows become their bodies, integrals
sums over nodes."""
from __future__ import annotations

from ...ir import ops
from ...ir.library.definite import places, summed
from ...ir.node import Node
from ...ir.op import TABLE
from ...ir.ops.composite import COMPOSITE, expand
from ...ir.ops.integration import split
from ...ir.ops.regions import inline
from ...ir.types import TupleType
from ..autodiff.batching import batch
from .rule import Rule, rewrites


@rewrites(ops.stop_gradient, name="stop_gradient done")
def _stop(node: Node) -> Node | None:
    """stop_gradient(x) -> x"""
    return node.args[0]


def _body(node: Node) -> list[Node]:
    return inline(node.attribute("body"), node.args)


@rewrites(ops.custom, name="custom inlined")
def _custom(node: Node) -> Node | None:
    """custom(x; body) -> body(x)"""
    return None if isinstance(node.type, TupleType) else _body(node)[0]


@rewrites(ops.item, name="part of custom inlined", children=[ops.custom])
def _part(node: Node) -> Node | None:
    """item(custom(x; body), k) -> the k-th result of body(x)"""
    inner = node.args[0]
    return _body(inner)[node.attrs[0]] if inner.op is ops.custom else None


@rewrites(*(TABLE[name] for name in COMPOSITE), name="composition written out")
def _composite(node: Node) -> Node | None:
    """f(x) -> the composition that f means"""
    return expand(node)


@rewrites(ops.integral, name="integral as a sum over nodes")
def _integral(node: Node) -> Node | None:
    """integral(limits, c; body) -> sum(weights * body(nodes, c)), where that has converged"""
    body, *ends = node.attrs
    limits, captured = split(node, node.args)
    variable = body.inputs[0]
    t, weight = places(limits, variable.type, *ends)
    return summed(batch(inline(body, [variable, *captured]), {variable: t})[0], weight)


RULES: list[Rule] = [_stop, _custom, _part, _composite, _integral]
