"""The local derivatives of array ops, element by element: what stands on each edge between an argument and a result.

Partial derivatives stay arrays, computed in loops and shared with the gradient; here their elements are read. Knows nothing
of what is done with the edges; read `linear.py` next.
"""
from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from ...ir import ops
from ...ir.node import Node
from ...ir.op import Bilinear, Linear, Partials, Weighted
from ...ir.ops.source import constant, filled
from ...ir.types import Type
from .flow import Flow, weight
from .pattern import connections, constant_array, product_places


class Reader:
    """Elements of arrays as nodes, each made once."""

    def __init__(self) -> None:
        self._found: dict[Node, list[Node]] = {}

    def __call__(self, x: Node) -> list[Node]:
        """The elements in row-major order: nodes that read the array, or constants."""
        found = self._found.get(x)
        if found is None:
            found = self._found[x] = self._read(x)
        return found

    def _read(self, x: Node) -> list[Node]:
        places = np.arange(int(x.type.size))
        while x.op is ops.broadcast:  # what is repeated is read where it is once
            moved = connections(x, 0)
            places, x = moved[1][places], x.args[0]  # type: ignore[index]
        known = constant_array(x)
        if known is not None:
            return [constant(value, x.type.dtype) for value in known.ravel()[places]]
        shape = tuple(map(int, x.type.shape))
        if not shape:
            return [x] * len(places)
        each = [
            ops.reshape(ops.slice(x, starts=at, stops=tuple(k + 1 for k in at), steps=(1,) * len(at)), shape=())
            for at in np.ndindex(*shape)
        ]
        return [each[k] for k in places.tolist()]

    def flows(self, flow: Flow) -> list[Flow]:
        """A flow element by element."""
        values = self(flow.value)
        tests = [(self(test if isinstance(test, Node) else test.node()), holds) for test, holds in flow.mask]
        return [
            Flow(value, flow.negative, tuple([(test[k], holds) for test, holds in tests]), flow.raw) for k, value in enumerate(values)
        ]


Edge = tuple[int, int, Flow]  # an element of the result, an element of the argument, the derivative


def edges(node: Node, i: int, read: Reader) -> Iterator[Edge] | None:
    """The local derivatives by argument i, or None for an op that has none by elements."""
    declared, pairs = node.op.derivative, connections(node, i)
    if pairs is None:
        return None
    targets, sources = pairs[0].tolist(), pairs[1].tolist()
    one = Flow(filled(Type(node.type.dtype), 1))
    if isinstance(declared, Partials):
        partial = declared.of[i]
        if not callable(partial):
            return ((t, s, one if partial == 1 else one.negated()) for t, s in zip(targets, sources))
        found = read.flows(weight(partial(*node.args, node)))
        return ((t, s, found[t]) for t, s in zip(targets, sources))
    if node.op is ops.where:
        tests = [] if constant_array(node.args[0]) is not None else read(node.args[0])
        return ((t, s, one.within(tests[t], i == 1) if tests else one) for t, s in zip(targets, sources))
    if isinstance(declared, Linear):
        return ((t, s, one) for t, s in zip(targets, sources))
    if isinstance(declared, Weighted):
        found = read.flows(weight(declared.weights(node)))
        return ((t, s, found[s]) for t, s in zip(targets, sources))
    if isinstance(declared, Bilinear):
        return _product_edges(node, i, read)
    return None


def _product_edges(node: Node, i: int, read: Reader) -> Iterator[Edge]:
    places = [p.tolist() for p in product_places(node)]
    found = read(node.args[1 - i])
    for t, s, other in zip(places[0], places[1 + i], places[2 - i]):
        known: Any = constant_array(found[other])
        if known is None or known != 0:
            yield t, s, weight(found[other])
