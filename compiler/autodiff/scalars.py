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
    """The Jacobian of scalars (arrays of one element count as such) by scalars, in the mode that counts as cheaper."""
    steps = between(outputs, wrt)
    found: dict[tuple[int, int], Node] = {}
    with provenance.within(provenance.caller()):
        if _forward_is_cheaper(steps, outputs, wrt):
            tangents = push(steps, {x: {j: Flow(filled(x.type, 1))} for j, x in _numbered(wrt)}, outputs)
            for i, y in enumerate(outputs):
                found.update({(i, j): flow.node() for j, flow in tangents[y].items()})  # type: ignore[union-attr]
        else:
            cotangents = pull(steps, {y: {i: Flow(filled(y.type, 1))} for i, y in _numbered(outputs)}, wrt)
            for j, x in enumerate(wrt):
                found.update({(i, j): flow.node() for i, flow in cotangents.get(x, {}).items()})  # type: ignore[union-attr]
            found = _with_twins(found, outputs, 0)
    if len(set(wrt)) < len(wrt):
        found = _with_twins(found, wrt, 1)
    return _entries(found, (len(outputs), len(wrt)), outputs[0].type.dtype if outputs else np.dtype("float64"))


def hessian_entries(cost: Node, wrt: Sequence[Node]) -> Entries:
    """The Hessian of a scalar by scalars: forward over reverse, each entry of the lower triangle computed once."""
    gradient = jacobian_entries([cost], wrt)
    if not gradient.values:
        return _entries({}, (len(wrt), len(wrt)), cost.type.dtype)
    second = jacobian_entries(gradient.values, wrt)
    found: dict[tuple[int, int], Node] = {}
    for i, j, value in zip(gradient.columns[second.rows].tolist(), second.columns.tolist(), second.values):
        if j <= i or (j, i) not in found:
            found[i, j] = found[j, i] = value
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


def _forward_is_cheaper(steps: Sequence[Step], outputs: Sequence[Node], wrt: Sequence[Node]) -> bool:
    """Both modes' products and additions, counted by the sets of variables that a node depends on and of outputs that
    depend on it."""
    depends: dict[Node, int] = {x: 1 << j for j, x in _numbered(wrt)}
    forward = 0
    for node, active in steps:
        mine = depends.get(node, 0)
        for i in active:
            mine |= depends[node.args[i]]
            forward += depends[node.args[i]].bit_count() * _edge(node, i)
        depends[node] = mine
        forward -= mine.bit_count()
    reaches: dict[Node, int] = {y: 1 << i for i, y in _numbered(outputs)}
    reverse = 0
    for node, active in reversed(steps):
        mine = reaches.get(node, 0)
        reverse -= mine.bit_count()
        for i in active:
            reaches[node.args[i]] = reaches.get(node.args[i], 0) | mine
            reverse += mine.bit_count() * _edge(node, i)
    return forward <= reverse


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
