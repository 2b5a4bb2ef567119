"""Which nodes lie between `wrt` and the outputs: the only ones that either mode visits.

Work is linear in nodes and edges, and nothing recurses. Read `forward.py` and `reverse.py` next.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ...ir.node import Node
from .flow import Flow
from .rules import Carried, open_arguments

# The flows of several directions (the rows of a Jacobian) by their number; absent is zero.
Directions = dict[int, Carried]
Seeds = Mapping[Node, Mapping[int, Flow]]


class Step(NamedTuple):
    node: Node
    active: tuple[int, ...]  # the arguments that depend on `wrt`


def between(outputs: Sequence[Node], wrt: Sequence[Node]) -> list[Step]:
    """The nodes that depend on `wrt` and that the outputs depend on differentiably, arguments first."""
    if not wrt:
        return []
    wanted = set(wrt)
    depends: set[Node] = set()
    steps: list[Step] = []
    for node, through in _reached(outputs, min(node.serial for node in wrt)):
        active = tuple([i for i in through if node.args[i] in depends])
        if active or node in wanted:
            depends.add(node)
            steps.append(Step(node, active))
    return steps


def _reached(outputs: Sequence[Node], oldest: int) -> list[tuple[Node, tuple[int, ...]]]:
    """Nodes that the outputs depend on differentiably, with their open arguments. A node is younger than its arguments,
    so one that is older than every `wrt` does not depend on them and is not entered."""
    order: list[tuple[Node, tuple[int, ...]]] = []
    seen: set[int] = set()
    for output in outputs:
        if output.serial in seen or output.serial < oldest:
            continue
        seen.add(output.serial)
        stack: list[tuple[Node, tuple[int, ...], int]] = [(output, open_arguments(output), 0)]
        while stack:
            node, through, k = stack.pop()
            while k < len(through):
                child = node.args[through[k]]
                k += 1
                if child.serial >= oldest and child.serial not in seen:
                    seen.add(child.serial)
                    stack.append((node, through, k))
                    stack.append((child, open_arguments(child), 0))
                    break
            else:
                order.append((node, through))
    return order
