"""The entries of a function's file beside its graph, looked at where no seal vouches for them: a file that somebody wrote or changed.

Owns the form that each entry has. Whether containers and sparse structures fit the results is seen where these are made
(`nested.py`, `sparse.py`). Read `saved.py` for the file.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..ir.graph import Graph
from .nested import ONE, SIZE


def wrong_entry(facts: Mapping[str, Any], graph: Graph) -> str | None:
    """What is wrong with the first entry that no function of the graph has, or None."""
    for name, value in facts.items():
        form = _FORMS.get(name)
        if form is None or not form[0](value, graph):
            said = repr(value)
            got = said if len(said) <= 60 else f"{said[:57]}..."
            return f"{name!r} is {got}, expected {form[1]}" if form else f"{name!r} is no entry of such a file"
    keys, count = facts.get("keys"), len(graph.outputs)
    if facts.get("single") and (keys is not None or count != 1):
        return f"one result does not fit {count} outputs" if keys is None else "'single' does not go with 'keys'"
    return None


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _list(value: Any, kind: type) -> bool:
    return isinstance(value, list) and all(isinstance(part, kind) for part in value)


def _flag(value: Any, graph: Graph) -> bool:
    return isinstance(value, bool)


def _threads(value: Any, graph: Graph) -> bool:
    return value is None or _whole(value, 1)


def _keys(value: Any, graph: Graph) -> bool:
    return value is None or (_list(value, str) and len(set(value)) == len(value) == len(graph.outputs))


def _arguments(said: Any, graph: Graph) -> bool:
    """Whether names and layout of the arguments are those of the graph's inputs."""
    if not isinstance(said, dict) or not _list(said.get("names"), str):
        return False
    layout, count = said.get("arguments"), len(graph.inputs)
    if layout is None:
        return len(said["names"]) == count
    return _list(layout, object) and len(layout) == len(said["names"]) and _leaves(layout) == count


def _leaves(layout: list[Any]) -> int:
    """How many inputs a layout has; -1 for one that is none."""
    count, waiting = 0, list(layout)
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif part not in (ONE, SIZE):
            return -1
        else:
            count += 1
    return count


def _nested(said: Any, graph: Graph) -> bool:
    return _arguments(said, graph) and said.keys() == {"arguments", "names", "form", "count"} and _whole(said["count"], 0)


def _complex(said: Any, graph: Graph) -> bool:
    if not _arguments(said, graph) or said.keys() != {"arguments", "names", "complex", "form", "halves", "groups"}:
        return False
    parts = said["complex"]
    named = _list(parts, object) and len(parts) == len(graph.inputs) and all(
        part is None or (_list(part, object) and len(part) == 2 and isinstance(part[0], str) and _whole(part[1], 0)) for part in parts)
    return named and said["arguments"] is not None and _list(said["halves"], bool) and _whole(said["groups"], 1)


def _sparse(value: Any, graph: Graph) -> bool:
    return _list(value, list) and all(len(part) == 2 for part in value)


_FORMS: dict[str, tuple[Callable[[Any, Graph], bool], str]] = {
    **dict.fromkeys(("fastmath", "points", "cache", "wait", "single"), (_flag, "true or false")),
    "threads": (_threads, "null or a whole number from 1 on"), "keys": (_keys, "null or a list with a name for each output"),
    "nested": (_nested, "the layout of this graph's arguments and results"), "sparse": (_sparse, "a list of structures"),
    "complex": (_complex, "the layout of this graph's arguments and results"),
}
