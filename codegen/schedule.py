"""From a graph to the steps of a plan: who gets which buffer, and what is computed together.

Steps run level by level; what runs on one level over one shape becomes one kernel. `keep.py` says which values get a
buffer and what their level is, `roots.py` makes the step of a value, `trace.py` the statements. No recursion.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..ir.errors import GraphError
from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.ops.source import uniform
from ..ir.types import Dim, Shape, Type
from .keep import Kept
from .kernels import Clear, Kernel, Plan, Step, System
from .roles import SYSTEMS, is_barrier, is_leaf, is_zero, system_operand
from .roots import Loops, Root, cofactors_of, factored, kernel_of, step_of, system_of
from .statements import Buffer, Statement, Store
from .trace import Trace, base, row_major_strides, unit_axes_only

CLEAR_FROM = 8  # this many zeros among joined parts are written at once


def planned(graph: Graph) -> Plan:
    """The steps that compute the graph's outputs."""
    for node in graph.nodes:
        if node.op.name in ("scan", "cond", "custom", "item"):
            raise GraphError(f"{graph.name}: {node.op.name} has no native code yet; wg.evaluate runs it")
    schedule = Schedule(graph)
    inputs = schedule.bind_leaves()
    outputs = schedule.bind_outputs()
    schedule.bind_kept()
    schedule.run_levels(outputs)
    constants = [b for b in schedule.buffers.values() if b.kind == "constant"]
    return Plan(inputs, [buffer for _, buffer in outputs], without_unread(schedule.steps), constants)


class Schedule:
    """The state of scheduling one graph: the buffers given out and the steps so far."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.kept = Kept(graph)
        self.buffers: dict[Node, Buffer] = {}
        self.steps: list[Step] = []
        self.factors: dict[tuple[Buffer, Type], System] = {}  # the eliminations so far, by their matrices

    # -- buffers ---------------------------------------------------------------------------------------------------

    def bind_leaves(self) -> list[Buffer]:
        inputs = [Buffer(node.attrs[0], "input", node.type, number) for number, node in enumerate(self.graph.inputs)]
        self.buffers.update(zip(self.graph.inputs, inputs))
        constants = (node for node in self.graph.nodes if node.op.name == "const" and uniform(node) is None)
        for count, node in enumerate(constants):
            self.buffers[node] = Buffer(f"c{count}", "constant", node.type, count, node.attrs[0].array)
        return inputs

    def bind_outputs(self) -> list[tuple[Node, Buffer]]:
        outputs = []
        for number, node in enumerate(self.graph.outputs):
            buffer = Buffer(f"out{number}", "output", node.type, number)
            outputs.append((node, buffer))
            if not is_leaf(node):
                self.buffers.setdefault(node, buffer)
        return outputs

    def bind_kept(self) -> None:
        for node in self.graph.nodes:
            if self.kept.has_buffer(node) and node not in self.buffers:
                self.buffers[node] = Buffer(f"t{len(self.buffers)}", "arena", node.type)

    # -- steps -----------------------------------------------------------------------------------------------------

    def run_levels(self, outputs: Iterable[tuple[Node, Buffer]]) -> None:
        roots: dict[int, list[Root]] = {}
        for node in self.graph.nodes:
            if node in self.buffers and self.buffers[node].kind in ("arena", "output"):
                for root in self._roots(node):
                    roots.setdefault(root.level, []).append(root)
        for node, buffer in outputs:
            if self.buffers.get(node) is not buffer:  # an input, a constant, or one node returned twice
                level = self.kept.complete(node)
                roots.setdefault(level, []).append(Root(node, node.type.shape, level, buffer))
        for level in sorted(roots):
            self._run_level(level, roots[level])

    def _roots(self, node: Node) -> list[Root]:
        if node.op.name == "concatenate":
            return self._parts(node)
        if node.op.name == "pad" and is_barrier(node):
            return [self._spread(node)]
        return [Root(node, node.type.shape, self.kept.levels[node], self.buffers[node], barrier=is_barrier(node))]

    def _spread(self, node: Node) -> Root:
        """A pad with zeros between the elements: the buffer is cleared and the elements are stored apart."""
        low, _, interior = node.attrs
        strides = row_major_strides(node.type.shape)
        offset: Dim = 0
        for stride, before in zip(strides, low):
            offset = offset + stride * before
        apart = tuple(stride * (between + 1) for stride, between in zip(strides, interior))
        part, level = node.args[0], self.kept.levels[node]
        return Root(part, part.type.shape, level, self.buffers[node], strides=apart, offset=offset, clears=True)

    def _parts(self, node: Node) -> list[Root]:
        """A root for each joined part; of many zeros the buffer is cleared instead."""
        axis, level, buffer = node.attribute("axis"), self.kept.levels[node], self.buffers[node]
        start: Dim = 0
        clear = sum(map(is_zero, node.args)) >= CLEAR_FROM
        strides = tuple(row_major_strides(node.type.shape))
        roots: list[Root] = []
        for arg in node.args:
            if not (clear and is_zero(arg)):
                clears = clear and not roots
                roots.append(Root(arg, arg.type.shape, level, buffer, strides=strides, offset=strides[axis] * start, clears=clears))
            start = start + arg.type.shape[axis]
        if not roots:
            self.steps.append(Clear(buffer))
        return roots

    def _run_level(self, level: int, roots: list[Root]) -> None:
        self.steps += [Clear(root.buffer) for root in roots if root.clears]
        for shape, group in _together([root for root in roots if not root.alone]):
            self.steps.append(kernel_of(f"k{len(self.steps)}", shape, group, self._trace(level)))
        for root in roots:
            if root.name == "scatter_add":
                self.steps.append(Clear(root.buffer))
            if root.name in SYSTEMS:
                self._system(root)
            elif root.alone:
                name = f"{'m' if root.name == 'matmul' else 'k'}{len(self.steps)}"
                self.steps.append(step_of(name, root, self._trace(level), self.buffers))

    def _system(self, root: Root) -> None:
        """What LAPACK does with a matrix; one elimination serves all that ask for it."""
        node, swapped = system_operand(root.node)
        matrix = self.buffers[base(node)]
        if root.name == "cofactor":
            self.steps.append(cofactors_of(root, matrix, len(self.steps)))
            return
        key = matrix, node.type
        if key not in self.factors:
            self.factors[key] = factored(*key, len(self.steps))
            self.steps.append(self.factors[key])
        self.steps.append(system_of(root, self.factors[key], swapped, self.buffers))

    def _trace(self, level: int) -> Trace:
        """Loads what has a buffer that is complete on this level."""
        def complete(node: Node) -> bool:
            return node in self.buffers and self.kept.complete(node) <= level

        def loaded(node: Node) -> Buffer | None:
            if not complete(node) and node.op.name == "reshape" and not unit_axes_only(node):
                node = base(node)  # the same elements in the same order
            return self.buffers[node] if complete(node) else None

        return Trace(loaded)


def _together(roots: Sequence[Root]) -> list[tuple[Shape, list[Root]]]:
    """Roots by the loops they share; plain stores join the first reduction over the same loops."""
    partners: dict[Shape, tuple[int, ...]] = {}
    for shape, axes in (root.loops for root in roots):
        if axes:
            partners.setdefault(shape, axes)
    groups: dict[Loops, list[Root]] = {}
    for root in roots:
        shape, axes = root.loops
        groups.setdefault((shape, axes or partners.get(shape, ())), []).append(root)
    return [(shape, group) for (shape, _), group in groups.items()]


def without_unread(steps: list[Step]) -> list[Step]:
    """The steps without stores that nobody reads, and without the kernels that this leaves empty."""
    read: set[Buffer] = set()
    result: list[Step] = []
    for step in reversed(steps):
        if isinstance(step, Kernel):
            step.statements = [s for s in step.statements if not _is_unread(s, read)]
        if any(b.kind == "output" or b in read for b in step.writes()):
            read.update(step.reads())
            result.append(step)
    return result[::-1]


def _is_unread(statement: Statement, read: set[Buffer]) -> bool:
    return isinstance(statement, Store) and statement.buffer.kind == "arena" and statement.buffer not in read
