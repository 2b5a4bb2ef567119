"""The passes in their order, and the log of what they did. Read `rewrite.py` for how a pass rewrites.

A pass is a table of rules with a name. What a rule builds is rewritten by the rules of all passes up to its own, so each
pass ends at a fixpoint and no pass runs twice.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import NamedTuple

from ...ir import ops
from ...ir.cost import operations
from ...ir.graph import Graph, rebuild, same
from ...ir.node import Node, make
from ...ir.pause import without_collector
from ..explain import Entry, Explanation
from . import canonical, cheaper, inline, stabilize
from .rewrite import Fired, Sweep
from .rule import Rule
from .table import Table


class Pass(NamedTuple):
    """A name, the rules it brings, and the optimisation level from which on it runs.

    `orders`: of two nodes that differ in the order of their operands alone it leaves one; later passes keep it so.
    """

    name: str
    rules: Sequence[Rule]
    level: int
    orders: bool = False


PIPELINE: tuple[Pass, ...] = (
    Pass("inline", inline.RULES, 0),
    Pass("canonical", canonical.RULES, 1, orders=True),
    Pass("stabilize", stabilize.RULES, 1),
    Pass("cheaper", cheaper.RULES, 2),
)

REGIONS = frozenset({ops.scan, ops.cond})


@cache
def table(k: int, real: bool) -> Table:
    """The rules of pass k, and of those before it for the nodes that it makes."""
    return Table(PIPELINE[k].rules, [rule for step in PIPELINE[:k] for rule in step.rules], real)


@without_collector
def run(
    graph: Graph, level: int = 2, *, real: bool = False, after: Callable[[str, Graph], None] | None = None
) -> tuple[Graph, Explanation]:
    """The graph after the passes of the level (0: none but inlining, 2: all), and what each did.

    `real` allows rules that are only equal over the reals without gaining accuracy. `after` is called with each pass's
    name and graph, which the tests use to verify it.
    """
    current, work = graph, operations(graph.listing)
    log: list[Entry] = []
    for k, step in enumerate(PIPELINE):
        if step.level > level:
            continue
        fired = Fired()
        before, current = current, apply(current, table(k, real), fired, step.orders)
        work_before = work
        if current is not before:
            work = operations(current.listing)
        log.append(Entry(step.name, (len(before.listing), len(current.listing)), (work_before, work), dict(Counter(fired.entries))))
        if after is not None:
            after(step.name, current)
    return current, Explanation(graph.name, tuple(log))


def apply(graph: Graph, rules: Table, fired: Fired, orders: bool) -> Graph:
    """The graph rewritten, and the regions inside it: a region is a graph of its own. The same graph where nothing changes."""
    listing = Sweep(graph.listing, rules, fired, orders).run()
    found = graph if listing is graph.listing else graph.listed(listing)
    if REGIONS.isdisjoint(found.ops):
        return found
    new: dict[Graph, Graph] = {}

    def improved(node: Node, args: tuple[Node, ...]) -> Node:
        if node.op not in REGIONS:
            return same(node, args)
        for region in node.attrs:
            if isinstance(region, Graph) and region not in new:
                new[region] = apply(region, rules, fired, orders)
        return make(node.op, args, tuple(new.get(a, a) if isinstance(a, Graph) else a for a in node.attrs))

    outputs = rebuild(found.outputs, improved)
    return found if all(a is b for a, b in zip(outputs, found.outputs)) else found.with_outputs(outputs)
