"""Ops that hold sub-graphs: scan, cond and custom. A region is a closed graph; what it captures is passed as arguments.

A region's result is a tuple, from which `item` picks, unless it has exactly one part and the op is `cond` or `custom`.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import DTypeError, GraphError, ShapeError
from ..node import Node
from ..op import Hook, Op
from ..types import Dim, TupleType, Type
from .source import filled, item

if TYPE_CHECKING:
    from ..graph import Graph


def _not_yet(name: str) -> Hook:
    def refuse(node: Node, _: object) -> Any:
        raise GraphError(f"{name}: its derivative is not available yet; write the loop or branch with array operations")
    return Hook(refuse, refuse)


def _results(types: Sequence[Type]) -> Type | TupleType:
    return types[0] if len(types) == 1 else TupleType(types)


def check_parameters(op: str, graph: Graph, given: Sequence[Type]) -> None:
    expected = [node.type for node in graph.inputs]
    if len(expected) != len(given):
        raise GraphError(f"{op}: the region {graph.name} takes {len(expected)} values, got {len(given)}")
    for node, type in zip(graph.inputs, given):
        if node.type is not type:
            raise GraphError(f"{op}: the region's {node.attrs[0]} is {node.type}, got {type}")


def _scan_type(types: list[Type], body: Graph, length: Dim, carries: int, sequences: int, reverse: bool) -> TupleType:
    if len(types) < carries + sequences:
        raise GraphError(f"scan: takes at least {carries} carries and {sequences} sequences, got {len(types)} arguments")
    inits, xs, captured = types[:carries], types[carries:carries + sequences], types[carries + sequences:]
    for x in xs:
        if x.ndim == 0 or x.shape[0] != length:
            raise ShapeError(f"scan: a sequence must have a leading axis of {length}, got {x}")
    check_parameters("scan", body, [*inits, *(x.with_shape(x.shape[1:]) for x in xs), *captured])
    results = [node.type for node in body.outputs]
    if len(results) < carries:
        raise GraphError(f"scan: the body must return its {carries} carries, got {len(results)} results")
    for init, result in zip(inits, results):
        if init is not result:
            raise GraphError(f"scan: the carry is {init} but the body returns {result} for it")
    return TupleType([*inits, *(t.with_shape((length, *t.shape)) for t in results[carries:])])


def _scan(*values: Any) -> tuple[np.ndarray, ...]:
    *args, body, length, carries, sequences, reverse = values
    state, xs, captured = list(args[:carries]), args[carries:carries + sequences], args[carries + sequences:]
    rows: list[tuple[np.ndarray, ...]] = [()] * length
    for i in range(length)[::-1] if reverse else range(length):
        results = body(*state, *(x[i] for x in xs), *captured)
        state, rows[i] = list(results[:carries]), results[carries:]
    empties = body.empty_results(length)[carries:]
    stacked = [np.stack(column) for column in zip(*rows)] if length else empties
    return (*state, *stacked)


scan = Op(
    "scan", _scan_type, _scan, _not_yet("scan"), ("body", "length", "carries", "sequences", "reverse"), arity=None,
    doc="Runs body(carries, rows of the sequences, captured) -> (carries, rows) over a leading axis; gives the last "
    "carries and the stacked rows.",
)


def _cond_type(types: list[Type], yes: Graph, no: Graph) -> Type | TupleType:
    if types[:1] != [Type("bool")]:
        raise DTypeError(f"cond: the condition must be a bool scalar, got {types[0] if types else 'nothing'}")
    for graph in (yes, no):
        check_parameters("cond", graph, types[1:])
    a, b = ([node.type for node in graph.outputs] for graph in (yes, no))
    if a != b:
        raise GraphError(f"cond: both branches must return the same types, got {a} and {b}")
    return _results(a)


def _cond(condition: np.ndarray, *values: Any) -> Any:
    *args, yes, no = values
    results = (yes if condition else no)(*args)
    return results[0] if len(results) == 1 else results


cond = Op("cond", _cond_type, _cond, _not_yet("cond"), ("yes", "no"), arity=None,
          doc="Runs one of two regions on the remaining arguments, by a bool scalar.")


def _custom_type(types: list[Type], body: Graph, jvp: Graph | None, vjp: Graph | None) -> Type | TupleType:
    check_parameters("custom", body, types)
    return _results([node.type for node in body.outputs])


def _custom(*values: Any) -> Any:
    *args, body, _, _ = values
    results = body(*args)
    return results[0] if len(results) == 1 else results


def inline(graph: Graph, arguments: Sequence[Node]) -> list[Node]:
    """The graph's outputs with its inputs replaced by the arguments."""
    from ..graph import substitute

    return substitute(graph.outputs, dict(zip(graph.inputs, arguments)))


custom = Op(
    "custom", _custom_type, _custom,
    Hook(lambda node, tangents: _custom_jvp(node, tangents), lambda node, ct: _custom_vjp(node, ct)),
    ("body", "jvp", "vjp"), arity=None,
    doc="A region with derivative rules of its own. jvp takes (arguments, results, tangents) and gives tangents; vjp takes "
    "(arguments, results, cotangents) and gives a cotangent for each argument.",
)


def parts(node: Node) -> list[Node]:
    """The results of a node that may have several."""
    if isinstance(node.type, TupleType):
        return [item(node, index=k) for k in range(len(node.type.parts))]
    return [node]


def _filled(values: Sequence[Node | None], like: Sequence[Node]) -> list[Node]:
    return [filled(x.type, 0) if v is None else v for v, x in zip(values, like)]


def _custom_jvp(node: Node, tangents: Sequence[Node | None]) -> Any:
    rule = node.attribute("jvp")
    if rule is None:
        raise GraphError(f"custom_derivative: {node.attribute('body').name} has a vjp rule only; forward mode needs a jvp rule")
    results = parts(node)
    out = inline(rule, [*node.args, *results, *_filled(tangents, node.args)])
    return out[0] if not isinstance(node.type, TupleType) else out


def _custom_vjp(node: Node, ct: Any) -> Sequence[Node | None]:
    rule = node.attribute("vjp")
    if rule is None:
        raise GraphError(f"custom_derivative: {node.attribute('body').name} has a jvp rule only; reverse mode needs a vjp rule")
    results = parts(node)
    cts = _filled(ct if isinstance(node.type, TupleType) else [ct], results)
    return inline(rule, [*node.args, *results, *cts])
