"""Forward mode: tangents pushed from `wrt` to the outputs, in the order of the program.

Owns the sweep; what each op does to tangents is in `rules.py`. Read `reverse.py` next.
"""
from __future__ import annotations

from collections.abc import Sequence

from ...ir import provenance
from ...ir.node import Node
from ...ir.ops.source import filled
from ...ir.pause import without_collector
from .arguments import Several, many, matched, one_or_many, seeds_of, stable, variables
from .flow import total
from .rules import Carried, forward_rule
from .walk import Directions, Seeds, Step, between


def jvp(outputs: Several, wrt: Several, tangents: object) -> Node | list[Node]:
    """The Jacobian times a vector: how the outputs change when `wrt` moves along the tangents.

    A list of outputs gives a list. A tangent is a node, array or number that broadcasts to its variable; None is zero.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> print(wg.evaluate(wg.jvp(x * x, x, 1.0), x=3.0))
    6.0
    """
    return pushed_forward("jvp", outputs, wrt, tangents)


def pushed_forward(what: str, outputs: Several, wrt: Several, tangents: object) -> Node | list[Node]:
    wanted = variables(what, outputs, wrt)
    seeds = seeds_of(what, "tangent", wanted, matched(what, "tangent", wrt, tangents))
    return one_or_many(outputs, tangents_of(stable(many(what, outputs), wanted), wanted, seeds))


def tangents_of(outputs: Sequence[Node], wrt: Sequence[Node], seeds: Seeds) -> list[Node]:
    """The tangents of the outputs in direction 0, zeros where nothing arrives."""
    found = push(between(outputs, wrt), seeds, outputs)
    with provenance.within(provenance.caller()):
        return [found[y][0].node() if found[y] else filled(y.type, 0) for y in outputs]  # type: ignore[union-attr]


@without_collector
def push(steps: Sequence[Step], seeds: Seeds, keep: Sequence[Node]) -> dict[Node, Directions]:
    """The tangents of `keep`, from those of the seeds. A seed that depends on another has its own tangent added."""
    found: dict[Node, Directions] = {}
    with provenance.within(None):
        for node, active in steps:
            given = seeds.get(node, {})
            arriving: dict[int, None] = {}
            for i in active:
                arriving.update(dict.fromkeys(found[node.args[i]]))
            tangents: Directions = dict(given)
            if arriving:
                provenance.derived_from(node)
                rule = forward_rule(node, active)
                for k in arriving:
                    flows: list[Carried | None] = [None] * len(node.args)
                    for i in active:
                        flows[i] = found[node.args[i]].get(k)
                    tangent = rule(flows)
                    if tangent is not None:
                        tangents[k] = total([given[k], tangent]) if k in given else tangent  # type: ignore[list-item]
            found[node] = tangents
    return {node: found.get(node, {}) for node in keep}
