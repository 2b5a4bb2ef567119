"""Which elements of a program of arrays depend on which: op by op, and the structural pattern of a whole Jacobian.

`connections` says it for one op and one argument: pairs of an element of the result and an element of the argument. What
moves elements is run on the elements' numbers. Positions that only the call knows, loops and custom rules count as
depending on everything. Sizes must be fixed. Read `colouring.py` next.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...ir import ops
from ...ir.evaluate import evaluate
from ...ir.graph import Graph
from ...ir.node import Node
from ...ir.op import Partials
from ...ir.types import TupleType
from .rules import MOVES
from .walk import between

Places = np.ndarray[Any, np.dtype[np.int64]]


def pattern(outputs: Sequence[Node], wrt: Sequence[Node]) -> Any:
    """The pattern of the Jacobian of all elements of the outputs by all elements of `wrt`, a csr_array of bool.

    >>> import wengert as wg
    >>> x = wg.symbol("x", (3,))
    >>> print(pattern([x[1:] * x[:-1]], [x]).toarray().astype(int))
    [[1 1 0]
     [0 1 1]]
    """
    from scipy import sparse

    sizes = [int(x.type.size) for x in wrt]
    width = sum(sizes)
    found: dict[Node, Any] = {}
    own = {x: sparse.eye_array(n, width, k=k, dtype=bool, format="csr") for x, n, k in zip(wrt, sizes, np.cumsum([0, *sizes]).tolist())}
    for node, active in between(outputs, wrt):
        rows = own.get(node)
        for i in active:
            mine = _rows(node, i, found[node.args[i]])
            rows = mine if rows is None else rows + mine
        found[node] = rows
    empty = [sparse.csr_array((int(y.type.size), width), dtype=bool) for y in outputs]
    return sparse.vstack([sparse.csr_array((0, width), dtype=bool), *(found.get(y, none) for y, none in zip(outputs, empty))], format="csr")


def _rows(node: Node, i: int, rows: Any) -> Any:
    """The rows of a node, as far as it depends on argument i, from that argument's rows."""
    from scipy import sparse

    size = 1 if isinstance(node.type, TupleType) else int(node.type.size)
    pairs = connections(node, i)
    if pairs is None:
        targets, sources = (a.ravel() for a in np.indices((size, rows.shape[0])))
    else:
        targets, sources = pairs
    return sparse.csr_array((np.ones(len(targets), bool), (targets, sources)), shape=(size, rows.shape[0])) @ rows


def connections(node: Node, i: int) -> tuple[Places, Places] | None:
    """Pairs of an element of the node and an element of argument i that it depends on, in row-major numbers; None where all
    may depend on all, or only the call knows."""
    op, arg = node.op, node.args[i]
    if op.elementwise:
        return _elementwise(node, i)
    if op in MOVES or op is ops.pad:
        return _moved(node, i)
    if op is ops.scatter_add:
        indices = [constant_array(index) for index in node.args[1:]]
        if any(known is None for known in indices):
            return None
        axes, shape = node.attrs
        targets = np.asarray(ops.gather.evaluate(_numbers(shape), *indices, axes)).ravel()
        return targets, np.arange(len(targets))
    if op in (ops.sum, ops.prod, ops.max, ops.min):
        shape = [int(d) for d in arg.type.shape]
        left = [1 if axis in node.attrs[0] else d for axis, d in enumerate(shape)]
        return np.broadcast_to(_numbers(left), shape).ravel(), np.arange(int(arg.type.size))
    if op is ops.cumsum or op is ops.linear_recurrence:
        axis, reverse = node.attrs
        lines = np.moveaxis(_numbers(arg.type.shape), axis, -1)
        lines = lines.reshape(-1, lines.shape[-1])
        late, early = np.tril_indices(lines.shape[1])
        pairs = lines[:, late].ravel(), lines[:, early].ravel()
        return pairs[::-1] if reverse else pairs
    if op is ops.matmul:
        targets, *operands = product_places(node)
        known = constant_array(node.args[1 - i])
        kept = np.ones(len(targets), bool) if known is None else known.ravel()[operands[1 - i]] != 0
        return targets[kept], operands[i][kept]
    return None


def _numbers(shape: Any) -> Places:
    """The elements' numbers, in their places."""
    return np.arange(math.prod(shape)).reshape(tuple(shape))


def _elementwise(node: Node, i: int) -> tuple[Places, Places]:
    """Each element on its own; not where the partial derivative is a constant 0, or a known condition takes the other."""
    declared, places = node.op.derivative, np.arange(int(node.type.size))
    if node.op is ops.where:
        taken = constant_array(node.args[0])
        kept = None if taken is None else taken if i == 1 else ~taken
    else:
        partial = declared.of[i] if isinstance(declared, Partials) else None
        kept = constant_array(partial(*node.args, node)) if callable(partial) else None
    if kept is not None:
        places = places[kept.ravel() != 0]
    return places, places


FEW = 32  # nodes of a constant expression: a longer one is not looked through


def constant_array(node: Node) -> np.ndarray | None:
    """The value of a constant, or of a short expression of constants."""
    if node.op is ops.const:
        return np.asarray(node.attrs[0].array)
    found, seen = [node], {node}
    for part in found:
        if part.op is ops.input or part.op is ops.size or len(found) > FEW:
            return None
        new = [arg for arg in part.args if arg not in seen]
        seen.update(new)
        found += new
    return np.asarray(evaluate(Graph("constant", [], [node]))[0])


def _moved(node: Node, i: int) -> tuple[Places, Places] | None:
    """The op run on the numbers of argument i, from 1 on; the other arguments and what is padded are 0."""
    if node.op is ops.gather:
        values: list[Any] = [_numbers(node.args[0].type.shape) + 1, *map(constant_array, node.args[1:])]
        if any(value is None for value in values):
            return None
    else:
        values = [_numbers(a.type.shape) + 1 if k == i else np.zeros(a.type.shape, np.int64) for k, a in enumerate(node.args)]
    found = np.asarray(node.op.evaluate(*values, *node.attrs)).ravel()
    targets = np.flatnonzero(found)
    return targets, found[targets] - 1


def product_places(node: Node) -> tuple[Places, Places, Places]:
    """For each product of two elements in a matrix product: the result's element that it is part of, and both factors'."""
    a, b = (_numbers(arg.type.shape) for arg in node.args)
    a = a[None] if a.ndim == 1 else a
    b = b[:, None] if b.ndim == 1 else b
    left, right = np.broadcast_arrays(a[..., :, None, :], np.swapaxes(b, -1, -2)[..., None, :, :])
    targets = np.broadcast_to(_numbers(left.shape[:-1])[..., None], left.shape)
    return targets.ravel(), left.ravel(), right.ravel()
