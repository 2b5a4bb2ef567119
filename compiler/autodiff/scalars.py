"""Jacobians and Hessians of models made of scalars: entry by entry, with structural zeros absent.

A SymPy model has many scalar variables, and outputs stacked from scalars. All columns (or all rows) are carried through
the graph in one sweep, each only where it is not zero, and the mode that takes fewer operations is chosen by counting
them first. Read `drivers.py` next.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ...ir import ops, provenance
from ...ir.node import Node
from ...ir.op import Partials
from ...ir.ops.source import filled
from ...ir.types import Shape, Type
from .elimination import cheapest, curved, linearised
from .flow import Flow
from .forward import push
from .reverse import pull
from .walk import Step, between


class Entries(NamedTuple):
    """A matrix by its entries that are not zero by structure: `values[k]` stands at row `rows[k]`, column `columns[k]`.

    Entries are in the order of rows, then columns.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: list[Node]
    shape: tuple[int, int]
    dtype: np.dtype

    def stacked(self) -> Node:
        """The values as one array."""
        kind = Type(self.dtype, (1,))
        if not self.values:
            return filled(Type(self.dtype, (0,)), 0)
        return ops.concatenate(*(ops.reshape(v, shape=kind.shape) for v in self.values), axis=0)

    def dense(self, shape: Shape | None = None) -> Node:
        """The whole matrix, reshaped if a shape is given."""
        if shape == ():
            return self.values[0] if self.values else filled(Type(self.dtype), 0)
        rows, columns = self.shape
        flat = self.rows * columns + self.columns
        parts: list[Node] = []
        reach = 0
        for place, value in zip([*flat.tolist(), rows * columns], [*self.values, None]):
            if place > reach:
                parts.append(filled(Type(self.dtype, (place - reach,)), 0))
            if value is not None:
                parts.append(ops.reshape(value, shape=(1,)))
            reach = place + 1
        if not parts:
            return filled(Type(self.dtype, self.shape if shape is None else shape), 0)
        whole = parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=0)
        return ops.reshape(whole, shape=self.shape if shape is None else shape)


def jacobian_entries(outputs: Sequence[Node], wrt: Sequence[Node]) -> Entries:
    """The Jacobian of scalars (arrays of one element count as such) by scalars, in the order that counts as cheapest:
    forward, reverse, or a mixed one."""
    steps = between(outputs, wrt)
    rows, columns = _numbered(outputs), _numbered(wrt)
    found: dict[tuple[int, int], Node] = {}
    mixed, forward = _mixed(steps, [y for _, y in rows], [x for _, x in columns])
    with provenance.within(provenance.caller()):
        if mixed is not None:
            for i, weights in zip([i for i, _ in rows], mixed):
                found.update({(i, columns[j][0]): weight.node() for j, weight in weights.items()})
        elif forward:
            tangents = push(steps, {x: {j: Flow(filled(x.type, 1))} for j, x in columns}, outputs)
            for i, y in enumerate(outputs):
                found.update({(i, j): flow.node() for j, flow in tangents[y].items()})  # type: ignore[union-attr]
        else:
            cotangents = pull(steps, {y: {i: Flow(filled(y.type, 1))} for i, y in rows}, wrt)
            for j, x in columns:
                found.update({(i, j): flow.node() for i, flow in cotangents.get(x, {}).items()})  # type: ignore[union-attr]
    if len(rows) < len(outputs):
        found = _with_twins(found, outputs, 0)
    if len(columns) < len(wrt):
        found = _with_twins(found, wrt, 1)
    return _entries(found, (len(outputs), len(wrt)), outputs[0].type.dtype if outputs else np.dtype("float64"))


def hessian_entries(cost: Node, wrt: Sequence[Node]) -> Entries:
    """The Hessian of a scalar by scalars, each pair of variables once."""
    columns = _numbered(wrt)
    variables = [x for _, x in columns]
    steps = between([cost], variables)
    linear = linearised(steps, variables, [])
    found: dict[tuple[int, int], Node] = {}
    if linear is not None:
        curved(steps, linear, variables, cost)
        graph = linear.eliminated(cheapest(linear, [linear.inner[::-1], linear.inner]) or linear.inner[::-1])
        with provenance.within(provenance.caller()):
            for u, row in enumerate(graph.rows[: len(variables)]):
                for v, weight in row.items():
                    if v <= u:
                        i, j = columns[u][0], columns[v][0]
                        found[i, j] = found[j, i] = weight.node()
    else:
        gradient = jacobian_entries([cost], variables)
        second = jacobian_entries(gradient.values, variables)
        for u, v, value in zip(gradient.columns[second.rows].tolist(), second.columns.tolist(), second.values):
            i, j = columns[u][0], columns[v][0]
            if v <= u or (j, i) not in found:
                found[i, j] = found[j, i] = value
    if len(columns) < len(wrt):
        found = _with_twins(_with_twins(found, wrt, 0), wrt, 1)
    return _entries(found, (len(wrt), len(wrt)), cost.type.dtype)


def _entries(found: dict[tuple[int, int], Node], shape: tuple[int, int], dtype: np.dtype) -> Entries:
    places = sorted(found)
    rows, columns = (np.array([place[k] for place in places], dtype=np.int64) for k in (0, 1))
    return Entries(rows, columns, [found[place] for place in places], shape, dtype)


def _numbered(nodes: Sequence[Node]) -> list[tuple[int, Node]]:
    """Each node once, with its first number."""
    first: dict[Node, int] = {}
    for k, node in enumerate(nodes):
        first.setdefault(node, k)
    return [(k, node) for node, k in first.items()]


def _with_twins(found: dict[tuple[int, int], Node], nodes: Sequence[Node], side: int) -> dict[tuple[int, int], Node]:
    """Rows (side 0) or columns (side 1) of nodes that occur several times, copied to each place."""
    first = {node: k for k, node in _numbered(nodes)}
    places: dict[int, list[int]] = {}
    for k, node in enumerate(nodes):
        places.setdefault(first[node], []).append(k)
    result = {}
    for (i, j), value in found.items():
        for k in places.get((i, j)[side], ()):
            result[(k, j) if side == 0 else (i, k)] = value
    return result


def _mixed(steps: Sequence[Step], outputs: Sequence[Node], wrt: Sequence[Node]) -> tuple[list[dict[int, Flow]] | None, bool]:
    """For each output the derivatives by each variable it depends on, by vertex elimination, if that takes fewer
    operations than both modes; else whether forward mode takes the fewest."""
    forward, columns = _forward(steps, wrt)
    reverse, rows = _reverse(steps, outputs)
    linear = linearised(steps, wrt, outputs) if len(outputs) > 1 and len(wrt) > 1 else None
    if linear is not None:
        saved = [0] * linear.variables + [columns[node] * rows[node] for node in linear.nodes]
        order = cheapest(linear, [], saved, min(forward, reverse))
        if order is not None:
            return linear.eliminated(order).entering[-len(outputs):], False
    return None, forward <= reverse


def _forward(steps: Sequence[Step], wrt: Sequence[Node]) -> tuple[int, dict[Node, int]]:
    """The products and additions of forward mode, and how many variables each node depends on."""
    depends: dict[Node, int] = {x: 1 << j for j, x in enumerate(wrt)}
    cost, counts = 0, {}
    for node, active in steps:
        mine = depends.get(node, 0)
        for i in active:
            mine |= depends[node.args[i]]
            cost += counts[node.args[i]] * _edge(node, i)
        depends[node] = mine
        counts[node] = mine.bit_count()
        cost -= counts[node]
    return cost, counts


def _reverse(steps: Sequence[Step], outputs: Sequence[Node]) -> tuple[int, dict[Node, int]]:
    """The products and additions of reverse mode, and how many outputs depend on each node."""
    reaches: dict[Node, int] = {y: 1 << i for i, y in enumerate(outputs)}
    cost, counts = 0, {}
    for node, active in reversed(steps):
        mine = reaches.pop(node)  # complete: later steps are all done
        counts[node] = mine.bit_count()
        cost -= counts[node]
        for i in active:
            reaches[node.args[i]] = reaches.get(node.args[i], 0) | mine
            cost += counts[node] * _edge(node, i)
    return cost, counts


def _edge(node: Node, i: int) -> int:
    """An addition, and a product unless the partial is 1 or -1."""
    declared = node.op.derivative
    return 1 if isinstance(declared, Partials) and isinstance(declared.of[i], int) else 2 if node.op.elementwise else 1


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
