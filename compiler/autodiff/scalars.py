"""Jacobians and Hessians of models made of scalars: cell by cell, with structural zeros absent.

A SymPy model has many scalar variables, and outputs stacked from scalars. Three ways are counted first, and the one that
takes fewest operations is taken: all columns carried forward in one sweep, each only where it is not zero, all rows
carried backward, or vertices eliminated in a mixed order. Read `elimination.py` for the last, `drivers.py` next.
"""
from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...ir import ops, provenance
from ...ir.node import Node
from ...ir.ops.source import filled
from .elimination import cheapest
from .flow import Flow
from .forward import push
from .linear import Linear, curved, linearised
from .reverse import pull
from .sparse import Cells
from .walk import Step, between


def jacobian_of_scalars(outputs: Sequence[Node], wrt: Sequence[Node]) -> Cells | None:
    """The Jacobian of all elements of the outputs by all elements of `wrt`, or None where not everything is made of
    scalars."""
    rows: list[Node] = []
    for out in outputs:
        scalars = scalars_of(out)
        if scalars is None:
            return None
        rows += scalars
    columns = variables_of(wrt, rows)
    return None if columns is None else jacobian_cells(rows, columns)


def hessian_of_scalars(cost: Node, wrt: Sequence[Node]) -> Cells | None:
    """The Hessian by all elements of `wrt`, or None where arrays among them are read as wholes."""
    columns = variables_of(wrt, [cost])
    return None if columns is None else hessian_cells(cost, columns)


def jacobian_of_elements(outputs: Sequence[Node], wrt: Sequence[Node]) -> Cells | None:
    """The Jacobian of a small program of arrays by its elements, or None where it is not small enough."""
    linear = linearised(between(outputs, wrt), wrt, outputs)
    if linear is None:
        return None
    *_, saved = linear.sweeps()
    order = cheapest(linear, [linear.inner, linear.inner[::-1]], saved) or linear.inner
    rows, columns = len(linear.entering) - linear.inner.stop, linear.variables
    return _spread(_first(linear, order), [[k] for k in range(rows)], [[k] for k in range(columns)])


def hessian_of_elements(cost: Node, wrt: Sequence[Node]) -> Cells | None:
    """The Hessian of a small program of arrays by its elements, or None where it is not small enough."""
    steps = between([cost], wrt)
    linear = linearised(steps, wrt, [])
    if linear is None or not curved(steps, linear, cost):
        return None
    return _symmetric(_second(linear), [[k] for k in range(linear.variables)])


def jacobian_cells(outputs: Sequence[Node], wrt: Sequence[Node | None]) -> Cells:
    """The Jacobian of scalars by scalars (arrays of one element count as such), in the order that counts as cheapest:
    forward, reverse, or a mixed one. None among the variables is one that nothing depends on."""
    rows, columns = _places(outputs), _places(wrt)
    ys, xs = list(rows), list(columns)
    steps = between(ys, xs)
    mixed, forward = _mixed(steps, ys, xs)
    found: dict[tuple[int, int], Flow] = {}
    if mixed is not None:
        found.update(mixed)
    elif forward:
        tangents = push(steps, {x: {j: _one(x)} for j, x in enumerate(xs)}, ys)
        found.update({(i, j): flow for i, y in enumerate(ys) for j, flow in tangents[y].items()})  # type: ignore[misc]
    else:
        cotangents = pull(steps, {y: {i: _one(y)} for i, y in enumerate(ys)}, xs)
        found.update({(i, j): flow for j, x in enumerate(xs) for i, flow in cotangents.get(x, {}).items()})  # type: ignore[misc]
    return _spread(found, list(rows.values()), list(columns.values()))


def _mixed(steps: Sequence[Step], outputs: Sequence[Node], wrt: Sequence[Node]) -> tuple[dict[tuple[int, int], Flow] | None, bool]:
    """The Jacobian by vertex elimination, if that takes fewer operations than both modes; else whether forward mode takes
    the fewest."""
    if len(outputs) == 1 or len(wrt) == 1:
        return None, len(wrt) == 1
    linear = linearised(steps, wrt, outputs)
    if linear is None:
        return None, len(wrt) <= len(outputs)
    forward, reverse, saved = linear.sweeps()
    order = cheapest(linear, [], saved, min(forward, reverse))
    return (None if order is None else _first(linear, order)), forward <= reverse


def _first(linear: Linear, order: Sequence[int]) -> dict[tuple[int, int], Flow]:
    rows = linear.eliminated(order).entering[linear.inner.stop:]
    return {(i, j): weight for i, weights in enumerate(rows) for j, weight in weights.items()}


def hessian_cells(cost: Node, wrt: Sequence[Node | None]) -> Cells:
    """The Hessian of a scalar by scalars, each pair of variables once."""
    columns = _places(wrt)
    xs, places = list(columns), list(columns.values())
    steps = between([cost], xs)
    linear = linearised(steps, xs, [])
    if linear is not None and curved(steps, linear, cost):
        return _symmetric(_second(linear), places)
    slopes = jacobian_cells([cost], xs)
    second = jacobian_cells(list(slopes.values()), xs)
    variable = [j for _, j in slopes]
    cells: Cells = {}
    for (k, j), node in second.items():
        i = variable[k]
        if j <= i or (k, i) not in second:
            cells.update({(a, b): node for a in places[i] for b in places[j]})
    return cells | {(j, i): node for (i, j), node in cells.items()}


def _second(linear: Linear) -> dict[tuple[int, int], Flow]:
    """The second-order weights of the variables below the diagonal, and on it."""
    backward = linear.inner[::-1]
    rows = linear.eliminated(cheapest(linear, [backward, linear.inner]) or backward).rows[: linear.variables]
    return {(u, v): weight for u, row in enumerate(rows) for v, weight in row.items() if v <= u}


def _symmetric(found: dict[tuple[int, int], Flow], places: list[list[int]]) -> Cells:
    cells = _spread(found, places, places)
    return cells | {(j, i): node for (i, j), node in cells.items()}


def _one(x: Node) -> Flow:
    with provenance.within(provenance.caller()):
        return Flow(filled(x.type, 1))


def _places(nodes: Sequence[Node | None]) -> dict[Node, list[int]]:
    """Each node once, and where it is."""
    found: dict[Node, list[int]] = {}
    for k, node in enumerate(nodes):
        if node is not None:
            found.setdefault(node, []).append(k)
    return found


def _spread(found: dict[tuple[int, int], Flow], rows: list[list[int]], columns: list[list[int]]) -> Cells:
    """Each flow as a scalar, at all the places of its row and column."""
    cells: Cells = {}
    with provenance.within(provenance.caller()):
        for (u, v), flow in found.items():
            node = flow.node()
            if node.type.shape:
                node = ops.reshape(node, shape=())
            for i in rows[u]:
                cells.update({(i, j): node for j in columns[v]})
    return cells


def scalars_of(node: Node) -> list[Node] | None:
    """The scalars that an array was stacked from, in row-major order, or None."""
    found: list[Node] = []
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if part.type.shape == ():
            found.append(part)
        elif part.op is ops.reshape or (part.op is ops.broadcast and part.type.size == 1):
            waiting.append(part.args[0])
        elif part.op is ops.concatenate and part.attribute("axis") == 0:
            waiting.extend(reversed(part.args))
        elif part.op is ops.const:
            found.extend(ops.source.constant(v) for v in part.attrs[0].array.ravel())
        else:
            return None
    return found


def variables_of(nodes: Sequence[Node], outputs: Sequence[Node]) -> list[Node | None] | None:
    """The scalars that the outputs read from `wrt`: a scalar itself, or the elements of an array that is read element
    by element. An element that is not read is None; an array that is used as a whole makes the answer None."""
    arrays = {x for x in nodes if x.type.shape}
    if any(not isinstance(d, int) for x in arrays for d in x.type.shape):
        return None
    elements: dict[Node, dict[int, Node]] = {x: {} for x in arrays}
    for node, active in between(outputs, list(arrays)):
        for i in active:
            x = node.args[i]
            if x in arrays:
                if node.op is not ops.slice or node.type.size != 1:
                    return None
                elements[x][int(np.ravel_multi_index(node.attrs[0], x.type.shape))] = node
    if any(y in arrays for y in outputs):
        return None
    result: list[Node | None] = []
    for x in nodes:
        result += [elements[x].get(k) for k in range(x.type.size)] if x in arrays else [x]
    return result
