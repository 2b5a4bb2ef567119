"""A graph for many inputs at once: every node that depends on a batched one gets a leading axis.

Elementwise ops need no rule, since their operands are of one shape; each structural op has one here that says where the
new axis goes. A test asserts that no op of the table is left out. Knows nothing of derivatives.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ...ir import ops, provenance
from ...ir.errors import GraphError, ShapeError
from ...ir.graph import Graph
from ...ir.node import Node, make, postorder
from ...ir.op import Op
from ...ir.ops.matmul import swap
from ...ir.ops.regions import inline
from ...ir.types import Dim, TupleType, Type

Batched = Sequence[bool]
Rule = Callable[[Node, list[Any], Batched, Dim], Any]
RULES: dict[Op, Rule] = {}


def batch(outputs: Sequence[Node], batched: Mapping[Node, Node]) -> list[Node]:
    """The outputs for many values of some nodes: `batched` maps a node to one with a further leading axis.

    Every result has the leading axis; one that does not depend on a batched node is repeated.

    >>> import numpy as np, wengert as wg
    >>> x, w = wg.symbol("x", (3,)), wg.symbol("w", (3,))
    >>> rows = wg.symbol("rows", ("n", 3))
    >>> (products,) = batch([wg.dot(x, w)], {x: rows})
    >>> str(products.type)
    'f64[n]'
    """
    size = _size(batched)
    results, depends = mapped(outputs, batched, size)
    return [result if moved else repeated(result, size) for result, moved in zip(results, depends)]


def mapped(outputs: Sequence[Node], batched: Mapping[Node, Node], size: Dim) -> tuple[list[Node], list[bool]]:
    """The outputs with a leading axis where they depend on a batched node, and whether they do."""
    new: dict[Node, Node] = dict(batched)
    with provenance.within(None):
        for node in postorder(outputs, stop=batched):
            flags = [arg in new for arg in node.args]
            if not any(flags):
                continue
            provenance.inherit(node)
            args = [new.get(arg, arg) for arg in node.args]
            rule = RULES.get(node.op)
            if rule is not None:
                new[node] = rule(node, args, flags, size)
            elif node.op.elementwise or node.op is ops.stop_gradient:
                new[node] = make(node.op, _all(args, flags, size), node.attrs)
            else:
                raise GraphError(f"batch: {node.op.name} has no batching rule")
    return [new.get(node, node) for node in outputs], [node in new for node in outputs]


def _size(batched: Mapping[Node, Node]) -> Dim:
    sizes: list[Dim] = []
    for node, many in batched.items():
        if many.type.dtype != node.type.dtype or many.type.shape[1:] != node.type.shape or not many.type.shape:
            raise ShapeError(f"batch: expected {node.type} with a further leading axis, got {many.type}")
        sizes.append(many.type.shape[0])
    if not sizes:
        raise ShapeError("batch: at least one node must be batched")
    for size in sizes[1:]:
        if size != sizes[0]:
            raise ShapeError(f"batch: leading axes must be of one size, got {sizes[0]} and {size}")
    return sizes[0]


def repeated(x: Node, size: Dim) -> Node:
    """x with a leading axis along which it repeats."""
    if isinstance(x.type, TupleType):
        raise GraphError(f"batch: {x!r} has several results; pick the one you need")
    shape = x.type.shape
    return ops.broadcast(x, shape=(size, *shape), axes=tuple(range(1, len(shape) + 1)))


def _all(args: Sequence[Node], flags: Batched, size: Dim) -> list[Node]:
    return [arg if flag else repeated(arg, size) for arg, flag in zip(args, flags)]


def _up(axes: Sequence[int]) -> tuple[int, ...]:
    return tuple(axis + 1 for axis in axes)


def rule(*rows: Op) -> Callable[[Rule], Rule]:
    """The function is the rule of these rows."""
    def add(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(rows, function))
        return function
    return add


@rule(ops.broadcast)
def _broadcast(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    shape, axes = node.attrs
    return ops.broadcast(args[0], shape=(size, *shape), axes=(0, *_up(axes)))


@rule(ops.reshape)
def _reshape(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    return ops.reshape(args[0], shape=(size, *node.type.shape))


@rule(ops.transpose)
def _transpose(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    return ops.transpose(args[0], axes=(0, *_up(node.attribute("axes"))))


@rule(ops.slice)
def _slice(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    starts, stops, steps = node.attrs
    return ops.slice(args[0], starts=(0, *starts), stops=(size, *stops), steps=(1, *steps))


@rule(ops.pad)
def _pad(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    low, high, interior = node.attrs
    return ops.pad(args[0], low=(0, *low), high=(0, *high), interior=(0, *interior))


@rule(ops.flip, ops.sum, ops.prod, ops.max, ops.min)
def _over_axes(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    return node.op(args[0], axes=_up(node.attribute("axes")))


@rule(ops.concatenate, ops.cumsum, ops.linear_recurrence, ops.argmax, ops.argmin)
def _along_axis(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    axis, *rest = node.attrs
    return make(node.op, _all(args, flags, size), (axis + 1, *rest))


@rule(ops.gather)
def _gather(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    (x, *indices), axes = args, node.attribute("axes")
    if not any(flags[1:]):
        found = ops.gather(x, *indices, axes=_up(axes))
        at = indices[0].type.ndim  # the new axis stands behind the indices' axes
        return ops.transpose(found, axes=(at, *range(at), *range(at + 1, found.type.ndim)))
    indices = _all(indices, flags[1:], size)
    if not flags[0]:
        return ops.gather(x, *indices, axes=axes)
    return ops.gather(x, _own_row(indices[0]), *indices, axes=(0, *_up(axes)))


@rule(ops.scatter_add)
def _scatter_add(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    (x, *indices), (axes, shape) = args, node.attrs
    if not any(flags[1:]):
        behind = indices[0].type.ndim
        moved = ops.transpose(x, axes=(*range(1, behind + 1), 0, *range(behind + 1, x.type.ndim)))
        return ops.scatter_add(moved, *indices, axes=_up(axes), shape=(size, *shape))
    x, *indices = _all(args, flags, size)
    return ops.scatter_add(x, _own_row(indices[0]), *indices, axes=(0, *_up(axes)), shape=(size, *shape))


def _own_row(index: Node) -> Node:
    """For each element of a batched index, which member of the batch it is in."""
    return ops.iota(shape=index.type.shape, axis=0, dtype=index.type.dtype.name)


@rule(ops.matmul)
def _matmul(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    """One matrix product, not one a member, where only one operand is batched and neither had batch axes."""
    (a, b), (rank, other) = args, (arg.type.ndim for arg in node.args)
    if all(flags) or max(rank, other) > 2:
        return _each(a if flags[0] else repeated(a, size), b if flags[1] else repeated(b, size), rank, other)
    if flags[0]:
        return ops.matmul(a, b) if rank == 1 else _stacked(a, b)
    if other == 1:
        return ops.matmul(b, a if rank == 1 else swap(a))
    if rank == 1:
        return _stacked(swap(b), a)
    columns = ops.transpose(b, axes=(1, 0, 2))  # k, size, m
    k, m = b.type.shape[1:]
    wide = ops.matmul(a, ops.reshape(columns, shape=(k, size * m)))
    return ops.transpose(ops.reshape(wide, shape=(a.type.shape[0], size, m)), axes=(1, 0, 2))


def _stacked(a: Node, b: Node) -> Node:
    """A batch of matrices times one matrix or vector, with the matrices' rows under each other."""
    size, n, k = a.type.shape
    found = ops.matmul(ops.reshape(a, shape=(size * n, k)), b)
    return ops.reshape(found, shape=(size, n, *b.type.shape[1:]))


def _each(a: Node, b: Node, rank: int, other: int) -> Node:
    """Both batched: a batched product, to which vectors are given an axis of 1."""
    if rank == other == 1:
        return ops.sum(ops.multiply(a, b), axes=(1,))
    if rank == 1:
        a = ops.reshape(a, shape=(a.type.shape[0], 1, a.type.shape[1]))
    if other == 1:
        b = ops.reshape(b, shape=(*b.type.shape, 1))
    found = ops.matmul(a, b)
    if rank > 1 and other > 1:
        return found
    shape = found.type.shape
    return ops.reshape(found, shape=(*shape[:-2], shape[-1]) if rank == 1 else shape[:-1])


@rule(ops.solve, ops.det, ops.cofactor)
def _of_matrices(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    """Many right sides of one matrix are further rows; else there is a matrix a member."""
    if node.op is ops.solve and not flags[0] and node.type.ndim == 2:
        many, (rows, n) = args[1], node.type.shape
        found = ops.solve(args[0], ops.reshape(many, shape=(size * rows, n)))
        return ops.reshape(found, shape=(size, rows, n))
    return node.op(*_all(args, flags, size))


@rule(ops.item)
def _item(node: Node, args: list[Any], flags: Batched, size: Dim) -> Any:
    index = node.attribute("index")
    if isinstance(args[0], list):
        return args[0][index]
    found = ops.item(args[0], index=index)
    stacked_by_scan = args[0].op is ops.scan and index >= args[0].attribute("carries")
    return _behind_first(found) if stacked_by_scan else found


def batched_graph(graph: Graph, flags: Batched, size: Dim, outputs: Sequence[bool] = ()) -> tuple[Graph, list[bool]]:
    """A region whose flagged parameters have a leading axis, and which of its results have one. `outputs`: those that
    must, whether they depend on a batched parameter or not."""
    parameters = [
        ops.input(name=node.attrs[0], type=_wider(node.type, size)) if flag else node
        for node, flag in zip(graph.inputs, flags)
    ]
    changed = {node: new for node, new, flag in zip(graph.inputs, parameters, flags) if flag}
    results, moved = mapped(graph.outputs, changed, size)
    wanted = [m or (k < len(outputs) and outputs[k]) for k, m in enumerate(moved)]
    results = [repeated(r, size) if w and not m else r for r, w, m in zip(results, wanted, moved)]
    return Graph(graph.name, parameters, results), wanted


def _wider(type: Type, size: Dim) -> Type:
    return type.with_shape((size, *type.shape))


def _everywhere(graph: Graph, size: Dim) -> Graph:
    """A region with a leading axis on every parameter and result."""
    return batched_graph(graph, [True] * len(graph.inputs), size, [True] * len(graph.outputs))[0]


@rule(ops.custom)
def _custom(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    body, jvp, vjp = (None if graph is None else _everywhere(graph, size) for graph in node.attrs)
    return ops.custom(*_all(args, flags, size), body=body, jvp=jvp, vjp=vjp)


@rule(ops.integral)
def _integral(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    """Limits, captured values and results all get the axis, so that a member's derivative is its own."""
    body, *ends = node.attrs
    return ops.integral(*_all(args, flags, size), body=_everywhere(body, size), from_infinity=ends[0], to_infinity=ends[1])


@rule(ops.cond)
def _cond(node: Node, args: list[Node], flags: Batched, size: Dim) -> Any:
    """With one condition for all, one branch runs. Where it differs, both run and their results are selected."""
    yes, no = (_everywhere(graph, size) for graph in node.attrs)
    rest = _all(args[1:], flags[1:], size)
    if not flags[0]:
        return ops.cond(args[0], *rest, yes=yes, no=no)
    parts = [
        ops.where(ops.broadcast(args[0], shape=a.type.shape, axes=(0,)), a, b)
        for a, b in zip(inline(yes, rest), inline(no, rest))
    ]
    return parts if isinstance(node.type, TupleType) else parts[0]  # `item` picks from a list as from a tuple


@rule(ops.scan)
def _scan(node: Node, args: list[Node], flags: Batched, size: Dim) -> Node:
    """All carries and sequences get the axis; sequences behind the one that is run over. Captured ones keep theirs."""
    body, length, carries, sequences, reverse = node.attrs
    run = carries + sequences
    inits, rows = _all(args[:carries], flags[:carries], size), _all(args[carries:run], flags[carries:run], size)
    region, _ = batched_graph(body, [*[True] * run, *flags[run:]], size, [True] * len(body.outputs))
    return ops.scan(
        *inits, *map(_behind_first, rows), *args[run:],
        body=region, length=length, carries=carries, sequences=sequences, reverse=reverse,
    )


def _behind_first(x: Node) -> Node:
    """The first two axes exchanged."""
    return ops.transpose(x, axes=(1, 0, *range(2, x.type.ndim)))
