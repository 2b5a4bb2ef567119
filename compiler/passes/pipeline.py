"""The passes in their order, and the log of what they did. Read `rule.py` for how a pass rewrites.

A pass is a table of rules with a name. What a rule builds is rewritten by the rules of all passes up to its own, so each
pass ends at a fixpoint and no pass runs twice.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from ...ir import ops
from ...ir.graph import Graph
from ...ir.node import Node, make, postorder
from ...ir.provenance import Source
from . import canonical, cheaper, inline, stabilize
from .rule import Fired, Rule, Table, rewrite


@dataclass(frozen=True)
class Pass:
    """A name, the rules it brings, and the optimisation level from which on it runs."""

    name: str
    rules: Sequence[Rule]
    level: int


PIPELINE: tuple[Pass, ...] = (
    Pass("inline", inline.RULES, 0),
    Pass("canonical", canonical.RULES, 1),
    Pass("stabilize", stabilize.RULES, 1),
    Pass("cheaper", cheaper.RULES, 2),
)

# Ops that hold or move values; every other node is an operation.
MOVES = frozenset({
    ops.input, ops.const, ops.iota, ops.size, ops.item, ops.broadcast, ops.reshape, ops.transpose, ops.slice, ops.pad, ops.flip,
    ops.concatenate, ops.stop_gradient,
})


@dataclass(frozen=True)
class Entry:
    """What one pass did: nodes and operations before and after, and each rule with its source lines and how often."""

    name: str
    nodes: tuple[int, int]
    operations: tuple[int, int]
    fired: dict[tuple[str, Source | None], int]


@cache
def table(upto: int, real: bool) -> Table:
    """The rules of the passes up to this one."""
    return Table([rule for step in PIPELINE[: upto + 1] for rule in step.rules], real)


def run(graph: Graph, level: int = 2, real: bool = False, after: Callable[[str, Graph], None] | None = None) -> tuple[Graph, list[Entry]]:
    """The graph after the passes of the level (0: none but inlining, 2: all), and what each did.

    `real` allows rules that are only equal over the reals without gaining accuracy. `after` is called with each pass's
    name and graph, which the tests use to verify it.
    """
    outputs = list(graph.outputs)
    nodes = postorder(outputs)
    log: list[Entry] = []
    for k, step in enumerate(PIPELINE):
        if step.level > level:
            continue
        fired = Fired()
        new = apply(outputs, table(k, real), fired)
        before = nodes
        if any(a is not b for a, b in zip(new, outputs)):
            outputs, nodes = new, postorder(new)
        log.append(Entry(step.name, (len(before), len(nodes)), (_operations(before), _operations(nodes)), dict(Counter(fired.entries))))
        if after is not None:
            after(step.name, graph.with_outputs(outputs))
    changed = any(a is not b for a, b in zip(outputs, graph.outputs))
    return (graph.with_outputs(outputs) if changed else graph), log


def apply(outputs: Sequence[Node], rules: Table, fired: Fired | None = None) -> list[Node]:
    """The outputs rewritten, and the regions inside them: a region is a graph of its own."""
    found = rewrite(outputs, rules, fired)
    holders = [node for node in postorder(found) if node.op in REGIONS]
    if not holders:
        return found
    inside = {id(region): region for node in holders for region in node.attrs if isinstance(region, Graph)}
    new = {key: region.with_outputs(apply(region.outputs, rules, fired)) for key, region in inside.items()}
    final: dict[Node, Node] = {}
    for node in postorder(found):
        args = [final[arg] for arg in node.args]
        attrs = tuple(new[id(a)] if isinstance(a, Graph) else a for a in node.attrs)
        final[node] = make(node.op, args, attrs) if node.op in REGIONS or any(a is not b for a, b in zip(args, node.args)) else node
    return [final[node] for node in found]


REGIONS = frozenset({ops.scan, ops.cond})


def _operations(nodes: Sequence[Node]) -> int:
    return sum(node.op not in MOVES for node in nodes)
