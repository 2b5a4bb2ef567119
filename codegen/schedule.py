"""Which values get a buffer, and which are computed together: from a graph to the steps of a plan.

Every node has a level: the number of barriers (reductions, products, ...) between it and the inputs. Steps run level by
level; what runs on one level over one shape becomes one kernel. A value that several kernels need is kept if computing
it again would cost more than a load. Owns these choices only; `trace.py` writes the statements. No recursion.
"""
from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..ir.errors import GraphError
from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.ops.arithmetic import multiply
from ..ir.ops.reductions import kept
from ..ir.ops.source import input, uniform
from ..ir.types import Dim, Shape, Type
from .affine import Affine, row_major, variable
from .elementwise import weight
from .kernels import (
    Accumulate,
    Buffer,
    Clear,
    Extremum,
    Kernel,
    Plan,
    Product,
    Running,
    Scatter,
    Statement,
    Step,
    Store,
    collapsed,
)
from .trace import Trace, base, row_major_strides, unit_axes_only

REDUCTIONS = {"sum", "prod", "max", "min"}
SEQUENTIAL = {"argmax", "argmin", "cumsum", "linear_recurrence", "scatter_add"}
BARRIERS = REDUCTIONS | SEQUENTIAL | {"matmul", "concatenate"}
LEAVES = {"input", "const", "size", "iota"}
KEEP_ABOVE = 6          # a value whose computation costs more than this many additions is worth a store and a load
SMALL_PRODUCT = 16      # matrices up to this size are multiplied by loops
CLEAR_FROM = 8          # this many zeros among joined parts are written at once
SHIFTS = {"slice", "flip", "transpose", "pad"}  # these read a value at other positions than its other users do
MANY = ("many",)        # more than one kernel needs it

Group = tuple[int, Shape]  # a level and a loop shape


def is_barrier(node: Node) -> bool:
    """Whether the node's result is complete only after a step of its own."""
    return node.op.name in BARRIERS or (node.op.name == "pad" and any(node.attribute("interior")))


def is_small_product(node: Node) -> bool:
    """Whether loops multiply these matrices faster than a call of BLAS, or must since they are integers."""
    a, b = node.args
    dims = (*a.type.shape[-2:], *b.type.shape[-2:])
    return not node.type.is_float or all(isinstance(d, int) and d <= SMALL_PRODUCT for d in dims)


def product_operand(node: Node) -> tuple[Node, bool]:
    """The array that BLAS reads, and whether it is the operand with its last two axes exchanged."""
    swapped = False
    while node.op.name == "transpose":
        axes = node.attrs[0]
        if axes != (*range(len(axes) - 2), len(axes) - 1, len(axes) - 2):
            break
        node, swapped = node.args[0], not swapped
    return node, swapped


def needs_whole(node: Node) -> list[Node]:
    """The arguments of which the node reads elements that other iterations compute."""
    if node.op.name == "matmul" and not is_small_product(node):
        return [base(product_operand(arg)[0]) for arg in node.args]
    if node.op.name == "gather":
        return [base(node.args[0])]
    if node.op.name == "reshape" and not unit_axes_only(node):
        return [base(node)]
    return []


def is_leaf(node: Node) -> bool:
    return node.op.name in LEAVES


def is_zero(node: Node) -> bool:
    """Whether every element is the constant 0 (not -0)."""
    number = uniform(node)
    return number is not None and not any(number.tobytes())


def product_loops(node: Node) -> Shape:
    """The loops of a matrix product: batch, rows, columns, and last the inner size, which is reduced."""
    return (*node.type.shape, node.args[0].type.shape[-1])


def scalar_product(type: Type) -> Node:
    """The multiplication of two numbers of the dtype, as a node for `Compute` to name."""
    a, b = (input(name=name, type=type.with_shape(())) for name in "ab")
    return multiply(a, b)


def repeated(nodes: Sequence[Node]) -> dict[Node, float]:
    """For values that are read at several positions (x[1:] - x[:-1]): how many times too often they would be computed.

    Without a buffer each of k such steps on top of each other would double or triple the work of all before it.
    """
    shares: dict[Node, float] = {}
    for node in nodes:
        if node.op.name in SHIFTS:
            source = base(node.args[0])
            shares[source] = shares.get(source, 0.0) + _share(node.type.size, source.type.size)
    same = {*SHIFTS, "reshape", "stop_gradient"}
    direct = {base(arg) for node in nodes if node.op.name not in same for arg in node.args} if shares else set()
    for source in direct & shares.keys():
        shares[source] += 1.0
    return {node: share - 1 for node, share in shares.items() if share > 1}


def _share(part: Dim, whole: Dim) -> float:
    """About which share of the elements a part has; a constant one has next to nothing of a size that may be large."""
    if isinstance(part, int) and isinstance(whole, int):
        return min(part / whole, 1.0) if whole else 0.0
    return 0.0 if isinstance(part, int) else 1.0


def loop_index(shape: Shape) -> tuple[Affine, ...]:
    """A loop variable for each axis; axes of size 1 have none."""
    number = iter(range(len(shape)))
    return tuple(Affine() if d == 1 else variable(next(number)) for d in shape)


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


def _result(op: str, axes: tuple[int, ...], buffer: Buffer, position: Affine, value: int) -> Statement:
    """What ends a reduction; over axes of size 1 alone it is a store."""
    return Accumulate(op, buffer, position, value) if axes else Store(buffer, position, value)


@dataclass(frozen=True)
class Root:
    """A value that a step puts into a buffer: a node over a shape, at strides from an offset (default: contiguous).

    barrier   the step is the node's own (a reduction, a product, ...), not a store of its elements
    clears    the buffer is filled with zeros first
    """

    node: Node
    shape: Shape
    level: int
    buffer: Buffer
    barrier: bool = False
    strides: tuple[Dim, ...] | None = None
    offset: Dim = 0
    clears: bool = False


@dataclass
class Schedule:
    """The state of scheduling one graph; `plan()` runs it."""

    graph: Graph
    levels: dict[Node, int] = field(default_factory=dict)
    kept: set[Node] = field(default_factory=set)          # elementwise values that get a buffer
    shifted: set[Node] = field(default_factory=set)       # of these, the ones that are read at several positions
    buffers: dict[Node, Buffer] = field(default_factory=dict)
    complete: dict[Node, int] = field(default_factory=dict)  # the level from which a buffer may be read anywhere
    steps: list[Step] = field(default_factory=list)

    def plan(self) -> Plan:
        nodes = list(self.graph.nodes)
        self._refuse_regions(nodes)
        self._demand_whole(nodes)
        self._level(nodes)
        self._keep_shared(nodes)
        inputs = self._bind_leaves(nodes)
        outputs = self._bind_outputs()
        for node in nodes:
            if (is_barrier(node) or node in self.kept) and node not in self.buffers:
                self._give_buffer(node)
        self._run_levels(nodes, outputs)
        constants = [b for b in self.buffers.values() if b.kind == "constant"]
        steps = without_unread(self.steps)
        return Plan(inputs, [buffer for _, buffer in outputs], steps, constants)

    def _refuse_regions(self, nodes: Iterable[Node]) -> None:
        for node in nodes:
            if node.op.name in ("scan", "cond", "custom", "item"):
                raise GraphError(f"{self.graph.name}: {node.op.name} has no native code yet; wg.evaluate runs it")

    # -- which values are kept, and when they are complete ---------------------------------------------------------

    def _demand_whole(self, nodes: Sequence[Node]) -> None:
        costs: dict[Node, int] = {}
        copies = repeated(nodes)
        for node in nodes:
            for arg in needs_whole(node):
                computed = not is_leaf(arg) and not is_barrier(arg)
                if computed or arg.op.name in ("iota", "size") or uniform(arg) is not None:
                    self.kept.add(arg)
            cost = 0 if is_barrier(node) or node in self.kept else sum(costs[base_arg] for base_arg in node.args)
            costs[node] = min(cost + (weight(node) if node.op.elementwise else 0), 1000)
            if node in copies and costs[node] * copies[node] > KEEP_ABOVE and not is_leaf(node) and not is_barrier(node):
                self.kept.add(node)
                self.shifted.add(node)
                costs[node] = 0
            if node.op.name == "broadcast" and costs[node.args[0]] > KEEP_ABOVE:
                inner = base(node.args[0])
                if inner.type.shape != () and not is_leaf(inner) and not is_barrier(inner):
                    self.kept.add(inner)
                    costs[node] = costs[node.args[0]] = 0
        self._costs = costs

    def _level(self, nodes: Iterable[Node]) -> None:
        """The level on which each node is computed. Barriers and kept values are complete one level later."""
        for node in nodes:
            whole = set(needs_whole(node))
            if node.op.name == "broadcast":
                whole |= {base(node.args[0])} & self.kept
            elif node.op.name in SHIFTS:
                whole |= {base(node.args[0])} & self.shifted
            level = max((self._complete(w) for w in whole), default=0)
            for arg in node.args:
                level = max(level, self._complete(arg) if is_barrier(arg) or is_leaf(arg) else self.levels[arg])
            self.levels[node] = level

    def _complete(self, node: Node) -> int:
        if is_leaf(node) and node not in self.kept:
            return 0
        return self.levels[node] + 1

    def _group(self, node: Node) -> Group:
        """The loops in which a root is computed."""
        if node.op.name == "matmul":
            return self.levels[node], tuple(d for d in product_loops(node) if d != 1)
        shape = node.type.shape if not is_barrier(node) else node.args[0].type.shape
        return self.levels[node], tuple(d for d in shape if d != 1)

    def _keep_shared(self, nodes: list[Node]) -> None:
        """Keep what more than one kernel needs and is dear; users are seen before what they use."""
        needed: dict[Node, object] = {}

        def need(node: Node, group: object) -> None:
            needed[node] = group if needed.get(node, group) == group else MANY

        for node in self.graph.outputs:
            need(node, self._group(node))
        for node in reversed(nodes):
            if is_leaf(node) or (node not in needed and not is_barrier(node)):
                continue
            group = needed.get(node)
            if not is_barrier(node):
                if group is MANY and self._costs[node] > KEEP_ABOVE and node.op.elementwise:
                    self.kept.add(node)
                if node in self.kept:
                    group = self._group(node)
            else:
                group = self._group(node)
            for arg in node.args:
                need(arg, (self.levels[node], arg.type.shape) if node.op.name == "concatenate" else group)

    # -- buffers ---------------------------------------------------------------------------------------------------

    def _bind_leaves(self, nodes: Iterable[Node]) -> list[Buffer]:
        inputs = []
        for number, node in enumerate(self.graph.inputs):
            buffer = Buffer(node.attrs[0], "input", node.type, number)
            self.buffers[node], self.complete[node] = buffer, 0
            inputs.append(buffer)
        constants = (node for node in nodes if node.op.name == "const" and uniform(node) is None)
        for count, node in enumerate(constants):
            self.buffers[node] = Buffer(f"c{count}", "constant", node.type, count, node.attrs[0].array)
            self.complete[node] = 0
        return inputs

    def _bind_outputs(self) -> list[tuple[Node, Buffer]]:
        outputs = []
        for number, node in enumerate(self.graph.outputs):
            buffer = Buffer(f"out{number}", "output", node.type, number)
            outputs.append((node, buffer))
            if node not in self.buffers and not is_leaf(node):
                self._assign(node, buffer)
        return outputs

    def _give_buffer(self, node: Node) -> None:
        self._assign(node, Buffer(f"t{len(self.buffers)}", "arena", node.type))

    def _assign(self, node: Node, buffer: Buffer) -> None:
        self.buffers[node] = buffer
        self.complete[node] = self.levels[node] + 1

    # -- steps -----------------------------------------------------------------------------------------------------

    def _run_levels(self, nodes: list[Node], outputs: list[tuple[Node, Buffer]]) -> None:
        roots: dict[int, list[Root]] = {}
        for node in nodes:
            if node in self.buffers and self.buffers[node].kind in ("arena", "output"):
                for root in self._roots(node):
                    roots.setdefault(root.level, []).append(root)
        for node, buffer in outputs:
            if self.buffers.get(node) is not buffer:  # an input, a constant, or one node returned twice
                level = self.complete.get(node, self.levels[node])
                roots.setdefault(level, []).append(Root(node, node.type.shape, level, buffer))
        for level in sorted(roots):
            self._run_level(level, roots[level])

    def _roots(self, node: Node) -> list[Root]:
        level, buffer = self.levels[node], self.buffers[node]
        name = node.op.name
        if name == "concatenate":
            return self._parts(node)
        if name == "pad" and is_barrier(node):
            return [self._spread(node)]
        return [Root(node, node.type.shape, level, buffer, barrier=is_barrier(node))]

    def _spread(self, node: Node) -> Root:
        """A pad with zeros between the elements: the buffer is cleared and the elements are stored apart."""
        low, _, interior = node.attrs
        strides = row_major_strides(node.type.shape)
        offset: Dim = 0
        for stride, before in zip(strides, low):
            offset = offset + stride * before
        apart = tuple(stride * (between + 1) for stride, between in zip(strides, interior))
        part = node.args[0]
        return Root(part, part.type.shape, self.levels[node], self.buffers[node], strides=apart, offset=offset, clears=True)

    def _parts(self, node: Node) -> list[Root]:
        axis = node.attribute("axis")
        start: Dim = 0
        clear = sum(map(is_zero, node.args)) >= CLEAR_FROM
        strides = tuple(row_major_strides(node.type.shape))
        roots: list[Root] = []
        for arg in node.args:
            if not (clear and is_zero(arg)):
                roots.append(Root(arg, arg.type.shape, self.levels[node], self.buffers[node], strides=strides,
                                  offset=strides[axis] * start, clears=clear and not roots))
            start = start + arg.type.shape[axis]
        if not roots:
            self.steps.append(Clear(self.buffers[node]))
        return roots

    def _run_level(self, level: int, roots: list[Root]) -> None:
        together: dict[tuple[Shape, tuple[int, ...]], list[Root]] = {}
        last: list[Root] = []
        for root in roots:
            name = root.node.op.name if root.barrier else ""
            if root.clears:
                self.steps.append(Clear(root.buffer))
            if name in SEQUENTIAL or (name == "matmul" and not is_small_product(root.node)):
                last.append(root)
                continue
            shape, axes = self._loops(root, name)
            together.setdefault((shape, axes), []).append(root)
        # plain stores join the first reduction over the same loops
        partners = {shape: axes for shape, axes in reversed(together) if axes}
        for shape, axes in [key for key in together if not key[1] and key[0] in partners]:
            joined = [*together[shape, partners[shape]], *together.pop((shape, axes))]
            together[shape, partners[shape]] = sorted(joined, key=lambda root: root.node.serial)
        for (shape, _), group in together.items():
            self._kernel(level, shape, group)
        for root in last:
            self._alone(level, root)

    def _loops(self, root: Root, name: str) -> tuple[Shape, tuple[int, ...]]:
        """The loop shape of a root without axes of size 1, and the numbers of the loops that are reduced."""
        if name == "matmul":
            loops = product_loops(root.node)
            shape = tuple(d for d in loops if d != 1)
            return shape, (len(shape) - 1,) if loops[-1] != 1 else ()
        if name in REDUCTIONS:
            full, axes = root.node.args[0].type.shape, root.node.attribute("axes")
            numbers = [k for k, d in enumerate(full) if d != 1]
            return tuple(full[k] for k in numbers), tuple(numbers.index(a) for a in axes if a in numbers)
        return tuple(d for d in root.shape if d != 1), ()

    def _trace(self, level: int) -> Trace:
        def complete(node: Node) -> bool:
            return node in self.buffers and self.complete[node] <= level

        def loaded(node: Node) -> Buffer | None:
            if not complete(node) and node.op.name == "reshape" and not unit_axes_only(node):
                node = base(node)  # the same elements in the same order
            return self.buffers[node] if complete(node) else None

        return Trace(loaded)

    def _kernel(self, level: int, shape: Shape, roots: list[Root]) -> None:
        trace = self._trace(level)
        reduced: frozenset[int] = frozenset()
        for root in roots:
            name = root.node.op.name if root.barrier else ""
            if name == "matmul":
                reduced |= self._small_product(trace, root)
            elif name in REDUCTIONS:
                reduced |= self._reduction(trace, root)
            else:
                self._store(trace, root)
        kernel = Kernel(f"k{len(self.steps)}", shape, reduced, trace.statements, trace.dtypes)
        self.steps.append(collapsed(kernel))

    def _store(self, trace: Trace, root: Root) -> None:
        index = loop_index(root.shape)
        strides = root.strides or row_major_strides(root.shape)
        position = Affine((), root.offset)
        for at, stride in zip(index, strides):
            position = position + at * stride
        trace.append(Store(root.buffer, position, trace.value(root.node, index)))

    def _reduction(self, trace: Trace, root: Root) -> frozenset[int]:
        node = root.node
        axes = self._loops(root, node.op.name)[1]
        full = node.args[0].type.shape
        index = loop_index(full)
        position = row_major([index[k] for k in kept(full, node.attribute("axes"))], node.type.shape)
        value = trace.value(node.args[0], index)
        trace.append(_result(node.op.name, axes, root.buffer, position, value))
        return frozenset(axes)

    def _small_product(self, trace: Trace, root: Root) -> frozenset[int]:
        """Loops over batch, rows, columns and inner, the last reduced."""
        node = root.node
        a, b = node.args
        index = loop_index(product_loops(node))
        inner, result = index[-1], index[:-1]
        batch = result[: a.type.ndim - 2] if a.type.ndim > 1 and b.type.ndim > 1 else ()
        rest = list(result[len(batch):])
        row = [rest.pop(0)] if a.type.ndim > 1 else []
        operands = trace.value(a, (*batch, *row, inner)), trace.value(b, (*batch, inner, *rest))
        product = trace.compute(scalar_product(node.type), operands)
        axes = self._loops(root, "matmul")[1]
        trace.append(_result("sum", axes, root.buffer, row_major(result, node.type.shape), product))
        return frozenset(axes)

    def _alone(self, level: int, root: Root) -> None:
        """A step of its own: a product by BLAS, or a loop that meets its elements one by one."""
        if root.node.op.name == "matmul":
            self._product(root)
        elif root.node.op.name == "scatter_add":
            self._scatter(level, root)
        else:
            self._along(level, root)

    def _product(self, root: Root) -> None:
        node = root.node
        a, b = node.args
        (x, x_swapped), (y, y_swapped) = product_operand(a), product_operand(b)
        batch: Dim = 1
        if a.type.ndim > 1 and b.type.ndim > 1:
            for d in node.type.shape[:-2]:
                batch = batch * d
        rows = a.type.shape[-2] if a.type.ndim > 1 else 1
        columns = b.type.shape[-1] if b.type.ndim > 1 else 1
        self.steps.append(Product(
            f"m{len(self.steps)}", self.buffers[base(x)], self.buffers[base(y)], root.buffer, (x_swapped, y_swapped),
            batch, rows, a.type.shape[-1], columns,
        ))

    def _scatter(self, level: int, root: Root) -> None:
        node = root.node
        values, *indices = node.args
        axes, shape = node.attrs
        self.steps.append(Clear(root.buffer))
        trace = self._trace(level)
        index = loop_index(values.type.shape)
        rank = indices[0].type.ndim
        strides = row_major_strides(shape)
        position = Affine()
        for k, at in zip([k for k in range(len(shape)) if k not in axes], index[rank:]):
            position = position + at * strides[k]
        where = tuple((trace.value(i, index[:rank]), strides[a], shape[a]) for i, a in zip(indices, axes))
        trace.append(Scatter(root.buffer, position, where, trace.value(values, index)))
        loops = tuple(d for d in values.type.shape if d != 1)
        self.steps.append(Kernel(f"k{len(self.steps)}", loops, frozenset(), trace.statements, trace.dtypes))

    def _along(self, level: int, root: Root) -> None:
        """argmax, argmin, cumsum and linear_recurrence: the axis they run along becomes the last loop."""
        node, trace = root.node, self._trace(level)
        full, axis = node.args[0].type.shape, node.attribute("axis")
        order = [k for k in range(len(full)) if k != axis]
        index: list[Affine] = [Affine()] * len(full)
        for number, k in enumerate([*order, axis]):
            index[k] = variable(number)
        values = [trace.value(arg, tuple(index)) for arg in node.args]
        reverse = False
        if node.op.name in ("argmax", "argmin"):
            position = row_major([index[k] for k in order], node.type.shape)
            trace.append(Extremum(node.op.name, root.buffer, position, values[0]))
        else:
            reverse = node.attribute("reverse")
            a = values[0] if node.op.name == "linear_recurrence" else None
            trace.append(Running(root.buffer, row_major(index, full), a, values[-1]))
        loops = tuple(full[k] for k in [*order, axis])
        self.steps.append(Kernel(f"k{len(self.steps)}", loops, frozenset(), trace.statements, trace.dtypes, reverse))
