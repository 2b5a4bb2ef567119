"""Reverse mode: cotangents pulled from the outputs back to `wrt`, against the order of the program.

One sweep visits each node between the outputs and `wrt` once, so a gradient costs a small multiple of its function,
however many variables there are. Owns the sweep; what each op does to cotangents is in `rules.py`.
"""
from __future__ import annotations

from collections.abc import Sequence

from ...ir import provenance
from ...ir.node import Node
from ...ir.ops.source import filled
from ...ir.pause import without_collector
from .arguments import Several, many, matched, one_or_many, scalar_cost, seeds_of, stable, variables
from .flow import Flow, total
from .orders import derivative
from .rules import Carried, reverse_rule
from .walk import Directions, Seeds, Step, between


@without_collector
def grad(cost: Node, wrt: Several) -> Node | list[Node]:
    """The gradient of a scalar cost, appended to the cost's own graph; a list of variables gives a list.

    A symbol that the cost does not use has a gradient of zeros.

    >>> import wengert as wg
    >>> x = wg.symbol("x", (3,))
    >>> print(wg.evaluate(wg.grad(wg.sum(x * x), x), x=[1.0, 2.0, 3.0]))
    [2. 4. 6.]
    """
    node, wanted = scalar_cost("grad", cost), variables("grad", cost, wrt)

    def slopes() -> list[Node]:
        return gradient_of(stable([node], wanted)[0], wanted)

    if isinstance(wrt, Node) and not wrt.type.shape:
        return derivative(node, wrt, lambda: slopes()[0])
    return one_or_many(wrt, slopes())


def vjp(outputs: Several, wrt: Several, cotangents: object) -> Node | list[Node]:
    """A vector times the Jacobian: the gradient of the sum of outputs weighted by the cotangents.

    A list of variables gives a list. A cotangent is a node, array or number that broadcasts to its output, or None for
    zero.
    """
    wanted = variables("vjp", outputs, wrt)
    outs = stable(many("vjp", outputs), wanted)
    seeds = seeds_of("vjp", "cotangent", outs, matched("vjp", "cotangent", outputs, cotangents))
    return one_or_many(wrt, cotangents_of(outs, wanted, seeds))


def gradient_of(cost: Node, wrt: Sequence[Node]) -> list[Node]:
    """The gradient by several nodes."""
    with provenance.within(provenance.caller()):
        one = filled(cost.type, 1)
    return cotangents_of([cost], wrt, {cost: {0: Flow(one)}})


def cotangents_of(outputs: Sequence[Node], wrt: Sequence[Node], seeds: Seeds) -> list[Node]:
    """The cotangents of `wrt` in direction 0, zeros where nothing arrives."""
    found = pull(between(outputs, wrt), seeds, wrt)
    results: dict[Node, Node] = {}
    with provenance.within(provenance.caller()):
        for node in wrt:
            if node not in results:
                results[node] = found[node][0].node() if found.get(node) else filled(node.type, 0)  # type: ignore[union-attr]
    return [results[node] for node in wrt]


@without_collector
def pull(steps: Sequence[Step], seeds: Seeds, keep: Sequence[Node]) -> dict[Node, Directions]:
    """The cotangents of `keep`, from those of the seeds. Each node's is complete when its turn comes, and is then
    dropped, so that memory holds only those on the way."""
    wanted = set(keep)
    found: dict[Node, Directions] = {}
    waiting: dict[Node, dict[int, list[Carried]]] = {}
    for seed, directions in seeds.items():
        waiting[seed] = {k: [flow] for k, flow in directions.items()}
    with provenance.within(None):
        for node, active in reversed(steps):
            arrived = waiting.pop(node, None)
            if not arrived:
                continue
            provenance.derived_from(node)
            cotangents: Directions = {k: flows[0] if len(flows) == 1 else _joined(flows) for k, flows in arrived.items()}
            if node in wanted:
                found[node] = cotangents
            if not active:
                continue
            rule, args = reverse_rule(node, active), node.args
            for k, ct in cotangents.items():
                for i, contribution in zip(active, rule(ct)):
                    if contribution is not None:
                        there = waiting.get(args[i])
                        if there is None:
                            waiting[args[i]] = {k: [contribution]}
                        elif k in there:
                            there[k].append(contribution)
                        else:
                            there[k] = [contribution]
    return found


def _joined(flows: list[Carried]) -> Carried:
    """The sum of what arrived; part by part for a node with several results."""
    if not isinstance(flows[0], list):
        return total(flows)  # type: ignore[arg-type]
    columns = [[flow for flow in column if flow is not None] for column in zip(*flows)]
    return [total(column) if column else None for column in columns]
