"""Whole derivatives: Jacobians, Hessians and products with them, in the mode that costs fewer operations.

The Jacobian of arrays is one jvp or vjp, batched over the unit vectors; that of scalars is built entry by entry
(`scalars.py`). Read `batching.py` for how a graph is given a further axis.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...ir import ops, provenance
from ...ir.cost import magnitude, operations
from ...ir.errors import GraphError, ShapeError
from ...ir.node import Node, located, postorder
from ...ir.ops.source import filled
from ...ir.types import Type
from .arguments import Several, many, one_or_many, scalar_cost, stable, variables
from .batching import batch
from .compressed import compressed_hessian, compressed_jacobian
from .flow import Flow
from .forward import pushed_forward, tangents_of
from .reverse import cotangents_of, grad, gradient_of
from .scalars import hessian_of_elements, hessian_of_scalars, jacobian_of_elements, jacobian_of_scalars
from .sparse import Cells, SparseMatrix, filled_in, format_of, matrix_of
from .taylor import taylor

Blocks = list[list[Node]]  # by output, then by variable


def jacobian(outputs: Several, wrt: Several, sparse: bool | str = False) -> Any:
    """The derivative of each element of the outputs by each element of `wrt`, of shape (*output.shape, *wrt.shape).

    A list of outputs gives a list, a list of variables a list for each output. `sparse`: one SparseMatrix of all outputs
    by all variables, without the entries that are zero by structure; True or "csr", "csc", "coo".

    >>> import wengert as wg
    >>> x = wg.symbol("x", (3,))
    >>> print(wg.jacobian(wg.sin(x), x).type)
    f64[3,3]
    """
    format = format_of("jacobian", sparse)
    wanted = variables("jacobian", outputs, wrt)
    outs = stable(many("jacobian", outputs), wanted)
    cells = jacobian_of_scalars(outs, wanted)
    if format is not None:
        if cells is None:
            cells = jacobian_of_elements(outs, wanted)
        if cells is None:
            _check_fixed("jacobian", [*wanted, *outs])
            return compressed_jacobian(outs, wanted, format)
        return _matrix(cells, outs, wanted, format)
    if cells is not None:
        blocks = _cut(cells, outs, wanted)
    else:
        blocks = _cheaper(lambda: _by_reverse(outs, wanted), lambda: _by_forward(outs, wanted))
    rows = [one_or_many(wrt, row) for row in blocks]
    return rows[0] if isinstance(outputs, Node) else rows


def hessian(cost: Node, wrt: Several, sparse: bool | str = False) -> Any:
    """The second derivatives of a scalar cost, of shape (*wrt.shape, *wrt.shape); for a list, lists of blocks.

    `sparse`: one SparseMatrix of all variables by all, as for `jacobian`.

    >>> import wengert as wg
    >>> x = wg.symbol("x", (2,))
    >>> print(wg.evaluate(wg.hessian(x[0] * x[0] * x[1], x), x=[3.0, 5.0]))
    [[10.  6.]
     [ 6.  0.]]
    """
    format = format_of("hessian", sparse)
    wanted = variables("hessian", cost, wrt)
    (node,) = stable([scalar_cost("hessian", cost)], wanted)
    cells = hessian_of_scalars(node, wanted)
    if format is not None:
        if cells is None:
            cells = hessian_of_elements(node, wanted)
        if cells is None:
            _check_fixed("hessian", wanted)
            return compressed_hessian(node, wanted, format)
        return _matrix(cells, wanted, wanted, format)
    if cells is not None:
        blocks = _cut(cells, wanted, wanted)
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


def _check_fixed(what: str, nodes: Sequence[Node]) -> None:
    for node in nodes:
        if not isinstance(node.type.size, int):
            raise located(ShapeError(
                f"{what}: a sparse matrix needs a structure that is known beforehand, but the sizes of {node!r} are known at the "
                "call; give the symbols fixed sizes, or ask for the dense one"
            ))


def nth(y: Node, x: Node, order: int) -> Node:
    """The derivative of an order by a scalar: from the third on by Taylor arithmetic, where the ops have rules for it.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> print(wg.evaluate(nth(x**5, x, 4), x=2.0))
    240.0
    """
    if order > 2:
        try:
            found: Node = taylor(y, x, order)[order]  # type: ignore[assignment]
        except GraphError:
            pass
        else:
            return ops.multiply(found, filled(found.type, math.factorial(order)))
    for _ in range(order):
        y = pushed_forward("nth", y, x, 1.0)  # type: ignore[assignment]
    return y


def _matrix(cells: Cells, outputs: Sequence[Node], wrt: Sequence[Node], format: str) -> SparseMatrix:
    with provenance.within(provenance.caller()):
        dtype = outputs[0].type.dtype if outputs else np.dtype("float64")
        return matrix_of(cells, (_elements(outputs), _elements(wrt)), dtype, format)


def _elements(nodes: Sequence[Node]) -> int:
    return sum(int(node.type.size) for node in nodes)


def _owners(nodes: Sequence[Node]) -> list[tuple[int, int]]:
    """For each element of all nodes the number of its node and its place there."""
    return [(k, place) for k, node in enumerate(nodes) for place in range(int(node.type.size))]


def _cut(cells: Cells, outputs: Sequence[Node], wrt: Sequence[Node]) -> Blocks:
    """The cells as blocks, one for each output and variable."""
    above, left = _owners(outputs), _owners(wrt)
    parts: dict[tuple[int, int], dict[int, Node]] = {}
    for (i, j), value in cells.items():
        (a, row), (b, column) = above[i], left[j]
        parts.setdefault((a, b), {})[row * int(wrt[b].type.size) + column] = value
    with provenance.within(provenance.caller()):
        return [
            [filled_in(parts.get((a, b), {}), (*out.type.shape, *x.type.shape), out.type.dtype) for b, x in enumerate(wrt)]
            for a, out in enumerate(outputs)
        ]


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
