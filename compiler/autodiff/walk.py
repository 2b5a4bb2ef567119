"""Which nodes lie between `wrt` and the outputs: the only ones that either mode visits.

Work is linear in nodes and edges, and nothing recurses. Read `forward.py` and `reverse.py` next.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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
        args = node.args
        if len(through) == len(args) and depends.issuperset(args):
            active = through
        else:
            active = tuple([i for i in through if args[i] in depends])
        if active or node in wanted:
            depends.add(node)
            steps.append(Step(node, active))
    return steps


def _reached(outputs: Sequence[Node], oldest: int) -> list[tuple[Node, tuple[int, ...]]]:
    """Nodes that the outputs depend on differentiably, with their open arguments. A node is younger than its arguments,
    so one that is older than every `wrt` does not depend on them and is not entered."""
    order: list[tuple[Node, tuple[int, ...]]] = []
    seen: set[Node] = set()
    for output in outputs:
        if output in seen or output.serial < oldest:
            continue
        seen.add(output)
        through = open_arguments(output)
        path, rest = [(output, through)], [_those(output.args, through)]
        while path:
            for child in rest[-1]:
                if child not in seen and child.serial >= oldest:
                    seen.add(child)
                    through = open_arguments(child)
                    path.append((child, through))
                    rest.append(_those(child.args, through))
                    break
            else:
                rest.pop()
                order.append(path.pop())
    return order


def _those(args: tuple[Node, ...], numbers: tuple[int, ...]) -> Iterator[Node]:
    return iter(args if len(numbers) == len(args) else [args[i] for i in numbers])
