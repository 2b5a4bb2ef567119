"""Leibniz's rule: an integral's derivative by a limit is the integrand there, by what it captures the integral of the derivative.

Puts both modes of the `integral` op where `rules.py` finds them. Every order exists, since a derivative is made of integrals.
"""
from __future__ import annotations

from collections.abc import Sequence

from ...ir import ops
from ...ir.graph import close
from ...ir.node import Node
from ...ir.ops.integration import split
from ...ir.ops.regions import inline
from .arguments import stable
from .flow import Flow, times, total
from .forward import tangents_of
from .reverse import cotangents_of
from .rules import REGIONS, any_over, through


def _forward(node: Node, tangents: Sequence[Flow | None]) -> Flow | None:
    limits, captured = split(node, node.args)
    by_limit, by_captured = split(node, tangents)
    terms: list[Flow] = []
    for upper, limit, t in zip(_upper(node), limits, by_limit):
        if t is not None:
            term = times(_at(node, limit, captured), _spread(t, node))
            terms.append(term if upper else term.negated())
    moving = {k: t.node() for k, t in enumerate(by_captured) if t is not None}
    if moving:
        terms.append(Flow(_moved(node, limits, captured, moving)))
    return total(terms) if terms else None


def _moved(node: Node, limits: list[Node], captured: list[Node], tangents: dict[int, Node]) -> Node:
    """The integral of the integrand's tangent."""
    body = node.attribute("body")
    own = {k: ops.input(name=f"tangent of {body.inputs[k + 1].attrs[0]}", type=t.type) for k, t in tangents.items()}
    wrt = [body.inputs[k + 1] for k in own]
    found = tangents_of(stable(body.outputs, wrt), wrt, {body.inputs[k + 1]: {0: Flow(t)} for k, t in own.items()})
    return _integral(node, limits, [*captured, *tangents.values()], [*body.inputs, *own.values()], found[0])


def _reverse(node: Node, active: tuple[int, ...], ct: Flow) -> list[Flow | None]:
    limits, captured = split(node, node.args)
    upper = _upper(node)
    found: list[Flow | None] = []
    for i in active:
        if i < len(limits):
            share = times(_at(node, limits[i], captured), ct)
            further = tuple(range(limits[i].type.ndim, node.type.ndim))
            share = share if not further else through(share, lambda x, axes=further: ops.sum(x, axes=axes), any_over(further))  # type: ignore[misc]
            found.append(share if upper[i] else share.negated())
        else:
            found.append(_pulled(node, limits, captured, i - len(limits), ct))
    return found


def _pulled(node: Node, limits: list[Node], captured: list[Node], k: int, ct: Flow) -> Flow:
    """The integral of the integrand's cotangent by what it captures."""
    body = node.attribute("body")
    parameter = body.inputs[k + 1]
    own = ops.input(name="cotangent of the integrand", type=node.type)
    (value,) = stable(body.outputs, [parameter])
    (pulled,) = cotangents_of([value], [parameter], {value: {0: Flow(own)}})
    return through(ct, lambda x: _integral(node, limits, [*captured, x], [*body.inputs, own], pulled), None)


def _upper(node: Node) -> list[bool]:
    """Of each finite limit, whether it is the upper one."""
    from_infinity, to_infinity = node.attrs[1:]
    return [False] * (not from_infinity) + [True] * (not to_infinity)


def _at(node: Node, limit: Node, captured: list[Node]) -> Node:
    return inline(node.attribute("body"), [limit, *captured])[0]


def _spread(t: Flow, node: Node) -> Flow:
    """A limit's tangent for every element of the result."""
    axes = tuple(range(t.value.type.ndim))

    def wide(x: Node) -> Node:
        return ops.broadcast(x, shape=node.type.shape, axes=axes)

    return through(t, wide, wide) if node.type.ndim > len(axes) else t


def _integral(node: Node, limits: list[Node], captured: list[Node], parameters: list[Node], value: Node) -> Node:
    """An integral between the same limits of another value, whose parameters get names of their own."""
    region, _ = close(node.attribute("body").name, parameters, [value])
    from_infinity, to_infinity = node.attrs[1:]
    return ops.integral(*limits, *captured, body=region, from_infinity=from_infinity, to_infinity=to_infinity)


REGIONS[ops.integral] = (_forward, _reverse)
