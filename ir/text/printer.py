"""Graph to text. Deterministic; recurses over nested regions only, never over nodes. Read `parser.py` next."""
from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import ExpressionError, GraphError
from ..graph import NESTING, Graph
from ..node import Node, postorder
from ..op import Constant
from ..ops.source import const, input
from ..types import SHORT, Poly
from .literals import RESERVED, WORD, array_text, name_text

SHOWN = 500  # nodes at the beginning and at the end of a long graph that is elided
PLAIN_FILE = re.compile(r"[^\s\"#]+")


def dump(graph: Graph | Node, *, sources: str | None = "name", elide: bool = False) -> str:
    """The text of a graph (or of a node with all it needs), which `parse` reads back as the same graph.

    sources   "name" for the lines that made the nodes as `model.py:12`, "path" for whole paths, None for none
    elide     shorten large constants and graphs of more than a thousand nodes; the text is then for reading only
    """
    if isinstance(graph, Node):
        graph = graph_of(graph)
    if not isinstance(graph, Graph):
        raise ExpressionError(f"dump: expected a graph or a node, got {graph!r} of {type(graph).__name__}")
    return _Printer(sources, elide).graph(graph, 0) + "\n"


def graph_of(node: Node) -> Graph:
    """The graph of one node, with every symbol that it needs as an input."""
    return Graph("node", [n for n in postorder([node]) if n.op is input], [node])


def pickled(node: Node) -> tuple[Callable[[str], Node], tuple[str]]:
    """How a node travels by pickle: as the text of its graph."""
    from .parser import parse_node

    return parse_node, (dump(node, sources="path"),)


class _Printer:
    def __init__(self, sources: str | None, elide: bool) -> None:
        self.sources, self.elide = sources, elide
        self.types: dict[object, str] = {}

    def graph(self, graph: Graph, depth: int) -> str:
        """The text of a graph, without indentation before its first line or a line end after its last."""
        if depth > NESTING:
            raise GraphError(f"dump: the regions of a graph may be nested {NESTING} deep, {graph.name} lies deeper")
        names = {node: name_text(node.attrs[0]) for node in graph.inputs}
        names.update({node: f"%{k}" for k, node in enumerate(graph.nodes[len(graph.inputs):])})
        signature = ", ".join(f"{names[node]}: {self.type(node.type)}" for node in graph.inputs)
        outer, inner = "  " * depth, "  " * (depth + 1)
        lines = [f"graph {name_text(graph.name)}({signature}) {{"]
        nodes = [node for node in graph.nodes if node.op is not input]
        last = nodes[-SHOWN:] if self.elide and len(nodes) > 2 * SHOWN else []
        lines += [inner + self.node(node, names, depth) for node in (nodes[:SHOWN] if last else nodes)]
        lines += [f"{inner}... {len(nodes) - 2 * SHOWN} nodes"] if last else []
        lines += [inner + self.node(node, names, depth) for node in last]
        lines += [f"{inner}return {', '.join([names[node] for node in graph.outputs])}".rstrip(), outer + "}"]
        return "\n".join(lines)

    def node(self, node: Node, names: dict[Node, str], depth: int) -> str:
        text = f"{names[node]} = {node.op.name}"
        if node.op is const:
            text += f" {self.setting(node.attrs[0], depth)}"
        else:
            if node.args:
                text += " " + ", ".join([names[arg] for arg in node.args])
            if node.attrs:
                settings = (f"{name}={self.setting(value, depth + 1)}" for name, value in zip(node.op.attributes, node.attrs))
                text += f" {{{', '.join(settings)}}}"
        text += f" : {self.type(node.type)}"
        return text + self.origin(node, names) if self.sources else text

    def type(self, type: object) -> str:
        text = self.types.get(type)
        if text is None:
            text = self.types[type] = str(type)
        return text

    def origin(self, node: Node, names: dict[Node, str]) -> str:
        """The comment that says where the node came from, as far as the text can."""
        parts = []
        if node.source is not None:
            file, line = node.source
            if self.sources == "name":
                file = os.path.basename(file)
            parts.append(f"{file if PLAIN_FILE.fullmatch(file) else json.dumps(file)}:{line}")
        if node.origin is not None and node.origin in names and node.origin is not node:
            parts.append(f"from {names[node.origin]}")
        return f"  # {' '.join(parts)}" if parts else ""

    def setting(self, value: Any, depth: int) -> str:
        if value is None:
            return "none"
        if isinstance(value, (bool, np.bool_)):
            return "true" if value else "false"
        if isinstance(value, Poly):
            text = str(value)
            first = WORD.search(text)
            return f"({text})" if first and first.start() <= 1 and first[0] in RESERVED else text
        if isinstance(value, (int, float, np.integer)):
            return str(value)
        if isinstance(value, str):
            return SHORT.get(value) or json.dumps(value)
        if isinstance(value, tuple):
            return f"[{', '.join([self.setting(part, depth) for part in value])}]"
        if isinstance(value, Constant):
            return array_text(value.array, self.elide)
        if isinstance(value, Graph):
            return self.graph(value, depth)
        raise GraphError(f"dump: an attribute of {type(value).__name__} has no text: {value!r}")
