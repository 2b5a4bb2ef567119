"""The value of nodes for given inputs, through the reference interpreter: what a person asks at the prompt.

Owns only how inputs are named and found; the meaning is `ir/evaluate.py`.
"""
from __future__ import annotations

from typing import Any

from ...ir.errors import ArgumentError, ExpressionError
from ...ir.evaluate import evaluate as run
from ...ir.graph import Graph
from ...ir.node import Node, located, postorder
from ...ir.ops import input


def evaluate(what: Any, *arrays: object, **named: object) -> Any:
    """The values of a graph, a node or a list of nodes, computed node by node in NumPy.

    what     a Graph gives a tuple of its outputs; a node gives its value, a list or tuple of nodes a tuple
    arrays   the inputs in order (for nodes: as the expression meets them), or by name

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> print(wg.evaluate(x * x + 1, x=3.0))
    10.0
    """
    if isinstance(what, Graph):
        graph = what
    else:
        nodes = [what] if isinstance(what, Node) else list(what) if isinstance(what, (list, tuple)) else []
        if not nodes or not all(isinstance(node, Node) for node in nodes):
            raise located(ExpressionError(f"evaluate: expected a graph, a node or a list of nodes, got {what!r}"))
        graph = Graph("expression", [node for node in postorder(nodes) if node.op is input], nodes)
    if named:
        names = graph.input_names()
        for name in named:
            if name not in names:
                raise ArgumentError(f"{graph.name}: has no input {name!r}; it has {', '.join(names) or 'none'}")
        missing = [name for name in names[len(arrays):] if name not in named]
        if missing or any(name in named for name in names[:len(arrays)]):
            raise ArgumentError(f"{graph.name}: needs each of {', '.join(names)} once; missing: {', '.join(missing) or 'none'}")
        arrays = (*arrays, *(named[name] for name in names[len(arrays):]))
    values = run(graph, *arrays)
    return values[0] if isinstance(what, Node) else values
