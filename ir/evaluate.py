"""What a graph means: the reference interpreter, one NumPy call a node.

It is the semantics that native code is tested against, so it is simple, not fast. Sizes are read from the arguments and
put into the attributes; each value is dropped after its last use. Knows nothing of derivatives or machine code.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .errors import ArgumentError, DTypeError, GraphError, ShapeError, WengertError
from .extents import extents, too_large
from .graph import NESTING, Graph
from .guards import guards
from .node import Node, located_at
from .op import Op
from .ops.indexing import gather, scatter_add, wrapped
from .ops.source import input
from .sizes import bind_sizes
from .types import Poly, TupleType, Type, evaluate_dim


def evaluate(graph: Graph, *arrays: object) -> tuple[Any, ...]:
    """The outputs of a graph for the given inputs, as NumPy arrays, computed node by node in NumPy.

    Raises ArgumentError for a wrong number of arguments, a shape that does not fit its symbol, sizes that contradict
    each other or that the graph makes no sense for, and an index that is out of bounds; DTypeError where a conversion
    would lose value.

    >>> from wengert.ir.text import parse
    >>> evaluate(parse("graph f(x: f64) { %0 = sin x : f64  return %0 }"), 0.0)
    (array(0.),)
    """
    if len(arrays) != len(graph.inputs):
        names = graph.input_names()
        raise ArgumentError(f"{graph.name}: takes {len(names)} argument{'s' * (len(names) != 1)} ({', '.join(names)}), got {len(arrays)}")
    values = [_argument(graph, node, array) for node, array in zip(graph.inputs, arrays)]
    sizes = bind_sizes(graph, [value.shape for value in values])
    for dim, message in guards(graph):
        if evaluate_dim(dim, sizes) < 0:
            raise ArgumentError(f"{graph.name}: {message}; got {', '.join(f'{k} = {sizes[k]}' for k in sorted(sizes))}")
    try:
        too_large(extents(graph), sizes)
    except ShapeError as error:
        raise ArgumentError(f"{graph.name}: {error}") from None
    with np.errstate(all="ignore"):
        return Program(graph, sizes)(*values)


def _argument(graph: Graph, node: Node, value: object) -> np.ndarray:
    """The value as an array of the input's dtype; refused if that would lose value."""
    where = f"{graph.name}: argument {node.attrs[0]}"
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise ArgumentError(f"{where}: {error}") from None
    wanted = node.type.dtype
    weak = array.ndim == 0 and not isinstance(value, (np.ndarray, np.generic))  # a Python number has no precision
    if array.size and not np.can_cast(array.dtype, wanted, "same_kind" if weak else "safe"):
        raise DTypeError(f"{where}: expected {node.type}, got dtype {array.dtype}")
    if array.ndim != node.type.ndim:
        raise ArgumentError(f"{where}: expected {node.type}, got shape {list(array.shape)}")
    converted = array.astype(wanted)
    if wanted.kind == "i" and not np.array_equal(converted, array):
        raise DTypeError(f"{where}: {value} does not fit {wanted}")
    return converted


def wrong_index(graph: Graph, sizes: Mapping[str, int], arrays: Sequence[np.ndarray]) -> str | None:
    """What there is to say of the first index that is out of bounds for these inputs, if one is.

    Of the graph only the indices are computed, so native code can ask after a call that failed. What was read is
    looked at first, and a derivative speaks of its forward node: these are the ops that a person wrote.
    """
    readers = [node for op in (gather, scatter_add) for node in graph.nodes if node.op is op]
    indices = Graph(graph.name, graph.inputs, [index for node in readers for index in node.args[1:]])
    try:
        with np.errstate(all="ignore"):
            found = iter(Program(indices, sizes)(*arrays))
        for node in readers:
            shape = node.args[0].type.shape if node.op is gather else node.attribute("shape")
            lengths = [evaluate_dim(shape[axis], sizes) for axis in node.attribute("axes")]
            try:
                wrapped((node.origin or node).op.name, [next(found) for _ in lengths], lengths)
            except ArgumentError as error:
                raise located_at(error, node.source) from None
    except ArgumentError as error:
        return str(error)
    except MemoryError:  # the interpreter has room for less than fused loops
        return None
    return None


class Program:
    """A graph for given sizes, as a function of arrays: what `evaluate` runs, and what an op with a region calls."""

    def __init__(self, graph: Graph, sizes: Mapping[str, int], depth: int = 0) -> None:
        if depth > NESTING:
            raise GraphError(f"evaluate: regions may be nested {NESTING} deep, {graph.name} lies deeper")
        self.graph, self.sizes = graph, sizes
        self.attributes = {node: [concrete(a, sizes, depth) for a in node.attrs] for node in graph.nodes if node.attrs}
        self.ends = _last_uses(graph)

    def __call__(self, *arrays: np.ndarray) -> tuple[Any, ...]:
        known: dict[Node, Any] = dict(zip(self.graph.inputs, arrays))
        for node in self.graph.nodes:
            if node.op is not input:
                known[node] = _checked(node, self._value(node.op, node, known), self.sizes)
            for dead in self.ends.get(node, ()):
                del known[dead]
        return tuple([known[node] for node in self.graph.outputs])

    def _value(self, op: Op, node: Node, known: Mapping[Node, Any]) -> Any:
        try:
            return op.evaluate(*[known[arg] for arg in node.args], *self.attributes.get(node, ()))
        except WengertError as error:
            raise located_at(error, node.source) from None

    def empty_results(self, length: int) -> list[np.ndarray]:
        """Arrays of `length` rows a result: what a loop gives that never runs."""
        types = [node.type for node in self.graph.outputs]
        return [np.zeros((length, *_shape(type, self.sizes)), type.dtype) for type in types]


def _shape(type: Type, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return tuple(evaluate_dim(dim, sizes) for dim in type.shape)


def _checked(node: Node, result: Any, sizes: Mapping[str, int]) -> Any:
    """The result as arrays; GraphError if the row gave something else than its type rule says."""
    tupled = isinstance(node.type, TupleType)
    types: Sequence[Type] = node.type.parts if isinstance(node.type, TupleType) else (node.type,)
    arrays = [np.asarray(array) for array in (result if tupled else [result])]
    for array, type in zip(arrays, types):
        if array.dtype != type.dtype or array.shape != _shape(type, sizes):
            raise GraphError(f"{node.op.name}: declares {type} but evaluates to {array.dtype}{list(array.shape)}")
    return tuple(arrays) if tupled else arrays[0]


def _last_uses(graph: Graph) -> dict[Node, list[Node]]:
    """By node: the values that nothing needs after it."""
    last: dict[Node, Node] = {}
    for node in graph.nodes:
        last[node] = node
        for arg in node.args:
            last[arg] = node
    kept = set(graph.outputs)
    ends: dict[Node, list[Node]] = {}
    for value, node in last.items():
        if value not in kept:
            ends.setdefault(node, []).append(value)
    return ends


def concrete(attribute: object, sizes: Mapping[str, int], depth: int = 0) -> Any:
    """An attribute with the sizes put in; a region as something to call."""
    if isinstance(attribute, Poly):
        return attribute.evaluate(sizes)
    if isinstance(attribute, tuple):
        return tuple([concrete(part, sizes, depth) for part in attribute])
    if isinstance(attribute, Graph):
        return Program(attribute, sizes, depth + 1)
    return attribute
