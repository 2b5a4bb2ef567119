"""Whole derivatives: Jacobians, Hessians and products with them, in the mode that costs fewer operations.

The Jacobian of arrays is one jvp or vjp, batched over the unit vectors; that of scalars is built entry by entry
(`scalars.py`). Read `batching.py` for how a graph is given a further axis.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ir import ops, provenance
from ...ir.cost import magnitude, operations
from ...ir.errors import GraphError
from ...ir.node import Node, located, postorder
from ...ir.ops.source import filled
from ...ir.types import Type
from .arguments import Several, many, one_or_many, scalar_cost, stable, variables
from .batching import batch
from .flow import Flow
from .forward import pushed_forward, tangents_of
from .reverse import cotangents_of, grad, gradient_of
from .scalars import Entries, hessian_entries, jacobian_entries, scalars_of, variables_of

Blocks = list[list[Node]]  # by output, then by variable


def jacobian(outputs: Several, wrt: Several, sparse: bool = False) -> Any:
    """The derivative of each element of the outputs by each element of `wrt`, of shape (*output.shape, *wrt.shape).

    A list of outputs gives a list, a list of variables a list for each output. `sparse`: for outputs stacked from
    scalars, the entries that are not zero by structure, as one matrix of all outputs by all variables.

    >>> import wengert as wg
    >>> x = wg.symbol("x", (3,))
    >>> print(wg.jacobian(wg.sin(x), x).type)
    f64[3,3]
    """
    wanted = variables("jacobian", outputs, wrt)
    outs = stable(many("jacobian", outputs), wanted)
    entries = _by_scalars(outs, wanted)
    if sparse:
        if entries is None:
            raise located(GraphError(
                "jacobian: sparse=True needs outputs that are stacked from scalars and variables that are scalars or "
                "read element by element; ask for the dense one"
            ))
        return entries
    if entries is not None:
        blocks = _cut(entries, outs, wanted)
    else:
        blocks = _cheaper(lambda: _by_reverse(outs, wanted), lambda: _by_forward(outs, wanted))
    rows = [one_or_many(wrt, row) for row in blocks]
    return rows[0] if isinstance(outputs, Node) else rows


def hessian(cost: Node, wrt: Several, sparse: bool = False) -> Any:
    """The second derivatives of a scalar cost, of shape (*wrt.shape, *wrt.shape); for a list, lists of blocks.

    >>> import wengert as wg
    >>> x = wg.symbol("x", (2,))
    >>> print(wg.evaluate(wg.hessian(x[0] * x[0] * x[1], x), x=[3.0, 5.0]))
    [[10.  6.]
     [ 6.  0.]]
    """
    wanted = variables("hessian", cost, wrt)
    (node,) = stable([scalar_cost("hessian", cost)], wanted)
    scalars = variables_of(wanted, [node])
    if scalars is not None:
        entries = _in_place(hessian_entries(node, _present(scalars)), scalars, scalars)
        if sparse:
            return entries
        blocks = _cut(entries, wanted, wanted)
    elif sparse:
        raise located(GraphError("hessian: sparse=True needs variables that are scalars or read element by element"))
    else:
        gradient = gradient_of(node, wanted)
        blocks = _cheaper(lambda: _by_forward(gradient, wanted), lambda: _by_reverse(gradient, wanted))
    rows = [one_or_many(wrt, row) for row in blocks]
    return rows[0] if isinstance(wrt, Node) else rows


def hvp(cost: Node, wrt: Several, v: object) -> Node | list[Node]:
    """The Hessian times a vector, forward over reverse: about the cost of two gradients, without the Hessian.

    >>> import wengert as wg
    >>> x = wg.symbol("x", (2,))
    >>> print(wg.evaluate(wg.hvp(x[0] * x[0] * x[1], x, [1.0, 0.0]), x=[3.0, 5.0]))
    [10.  6.]
    """
    return pushed_forward("hvp", grad(scalar_cost("hvp", cost), wrt), wrt, v)


def _by_scalars(outputs: Sequence[Node], wrt: Sequence[Node]) -> Entries | None:
    """The Jacobian by entries, if everything is made of scalars."""
    rows: list[Node] = []
    for out in outputs:
        scalars = scalars_of(out)
        if scalars is None:
            return None
        rows += scalars
    columns = variables_of(wrt, rows)
    if columns is None:
        return None
    return _in_place(jacobian_entries(rows, _present(columns)), rows, columns)


def _present(nodes: Sequence[Node | None]) -> list[Node]:
    return [node for node in nodes if node is not None]


def _in_place(entries: Entries, rows: Sequence[Node | None], columns: Sequence[Node | None]) -> Entries:
    """Entries by those rows and columns that are there, numbered among all, as scalars."""
    row, column = (
        np.array([k for k, node in enumerate(nodes) if node is not None], dtype=np.int64) for nodes in (rows, columns)
    )
    with provenance.within(provenance.caller()):
        values = [ops.reshape(v, shape=()) if v.type.shape else v for v in entries.values]
    return Entries(row[entries.rows], column[entries.columns], values, (len(rows), len(columns)), entries.dtype)


def _cut(entries: Entries, outputs: Sequence[Node], wrt: Sequence[Node]) -> Blocks:
    """The matrix as blocks, one for each output and variable."""
    blocks: Blocks = []
    row = 0
    with provenance.within(provenance.caller()):
        for out in outputs:
            height = int(out.type.size)
            blocks.append([])
            column = 0
            for x in wrt:
                width = int(x.type.size)
                inside = (entries.rows >= row) & (entries.rows < row + height)
                inside &= (entries.columns >= column) & (entries.columns < column + width)
                values = [entries.values[k] for k in inside.nonzero()[0]]
                places = entries.rows[inside] - row, entries.columns[inside] - column
                part = Entries(*places, values, (height, width), out.type.dtype)
                blocks[-1].append(part.dense((*out.type.shape, *x.type.shape)))
                column += width
            row += height
    return blocks


def _cheaper(*ways: Callable[[], Blocks]) -> Blocks:
    """What costs fewer operations; sizes known at the call count as a typical one. A way that an op does not have (a
    custom rule for one mode only) is left out."""
    found: list[Blocks] = []
    errors: list[GraphError] = []
    for way in ways:
        try:
            found.append(way())
        except GraphError as error:
            errors.append(error)
    if not found:
        raise errors[0]
    return min(found, key=lambda blocks: magnitude(operations(postorder([node for row in blocks for node in row])), {}))


def unit_vectors(type: Type) -> Node:
    """All unit vectors of a type: its elements, as an axis before its shape, each 1 once."""
    n = type.size
    row, column = (ops.iota(shape=(n, n), axis=axis, dtype="int64") for axis in (0, 1))
    return ops.reshape(ops.cast(ops.equal(row, column), dtype=type.dtype.name), shape=(n, *type.shape))


def _by_reverse(outputs: Sequence[Node], wrt: Sequence[Node]) -> Blocks:
    blocks: Blocks = []
    with provenance.within(provenance.caller()):
        for out in outputs:
            if not out.type.shape:
                blocks.append(gradient_of(out, wrt))
                continue
            ct = ops.input(name="cotangent of a row", type=out.type)  # no symbol of a person's has such a name
            rows = batch(cotangents_of([out], wrt, {out: {0: Flow(ct)}}), {ct: unit_vectors(out.type)})
            blocks.append([ops.reshape(row, shape=(*out.type.shape, *x.type.shape)) for row, x in zip(rows, wrt)])
    return blocks


def _by_forward(outputs: Sequence[Node], wrt: Sequence[Node]) -> Blocks:
    columns: list[list[Node]] = []
    with provenance.within(provenance.caller()):
        for x in wrt:
            if not x.type.shape:
                columns.append(tangents_of(outputs, [x], {x: {0: Flow(filled(x.type, 1))}}))
                continue
            t = ops.input(name="tangent of a column", type=x.type)
            found = batch(tangents_of(outputs, [x], {x: {0: Flow(t)}}), {t: unit_vectors(x.type)})
            columns.append([
                ops.reshape(ops.transpose(y, axes=(*range(1, y.type.ndim), 0)), shape=(*out.type.shape, *x.type.shape))
                for y, out in zip(found, outputs)
            ])
    return [list(row) for row in zip(*columns)]
