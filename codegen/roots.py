"""A value that goes into a buffer, and the step that puts it there.

A root is a node with the buffer, level and position of its elements. Roots over the same loops become one kernel; a
product by BLAS and what meets its elements one by one are steps of their own. Knows nothing of when steps run, which is
`schedule.py`'s choice; `trace.py` writes the statements of the values.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..ir.node import Node
from ..ir.ops.arithmetic import multiply
from ..ir.ops.reductions import kept
from ..ir.ops.source import filled, input
from ..ir.types import Dim, Shape, Type, product
from .affine import Affine, row_major, variable
from .kernels import Kernel, Product, System, collapsed
from .roles import REDUCTIONS, SEQUENTIAL, SYSTEMS, is_small_product, product_loops, product_operand
from .statements import LOCATE, Accumulate, Buffer, Running, Scatter, Statement, Store
from .trace import Trace, base, row_major_strides

Loops = tuple[Shape, tuple[int, ...]]  # the sizes of the loops, and the numbers of those that are reduced


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

    @property
    def name(self) -> str:
        """The op whose step this is; empty for a store."""
        return self.node.op.name if self.barrier else ""

    @property
    def alone(self) -> bool:
        """Whether it shares its loops with no other root."""
        return self.name in SEQUENTIAL | SYSTEMS or (self.name == "matmul" and not is_small_product(self.node))

    @property
    def loops(self) -> Loops:
        """The loops of a root that is not alone, without axes of size 1."""
        if self.name == "matmul":
            full = product_loops(self.node)
            shape = without_ones(full)
            return shape, (len(shape) - 1,) if full[-1] != 1 else ()
        if self.name in REDUCTIONS:
            full, axes = self.node.args[0].type.shape, reduced_axes(self.node)
            numbers = [k for k, d in enumerate(full) if d != 1]
            return without_ones(full), tuple(numbers.index(a) for a in axes if a in numbers)
        return without_ones(self.shape), ()


def reduced_axes(node: Node) -> tuple[int, ...]:
    """The axes that a reduction is over."""
    return node.attribute("axes") if "axes" in node.op.attributes else (node.attribute("axis"),)


def without_ones(shape: Shape) -> Shape:
    return tuple(d for d in shape if d != 1)


def loop_index(shape: Shape) -> tuple[Affine, ...]:
    """A loop variable for each axis; axes of size 1 have none."""
    number = iter(range(len(shape)))
    return tuple(Affine() if d == 1 else variable(next(number)) for d in shape)


def scalar_product(type: Type) -> Node:
    """The multiplication of two numbers of the dtype, as a node for `Compute` to name."""
    a, b = (input(name=name, type=type.with_shape(())) for name in "ab")
    return multiply(a, b)


# ----------------------------------------------------------------------------------------------------- kernels of many

def kernel_of(name: str, shape: Shape, roots: Sequence[Root], trace: Trace) -> Kernel:
    """Roots over the same loops as one kernel."""
    reduced: set[int] = set()
    for root in roots:
        reduced.update(root.loops[1])
        if root.name == "matmul":
            _small_product(trace, root)
        elif root.barrier:
            _reduction(trace, root)
        else:
            _store(trace, root)
    return collapsed(Kernel(name, shape, frozenset(reduced), trace.statements, trace.dtypes))


def _store(trace: Trace, root: Root) -> None:
    index = loop_index(root.shape)
    position = Affine((), root.offset)
    for at, stride in zip(index, root.strides or row_major_strides(root.shape)):
        position = position + at * stride
    trace.append(Store(root.buffer, position, trace.value(root.node, index)))


def _reduction(trace: Trace, root: Root) -> None:
    node = root.node
    full = node.args[0].type.shape
    index = loop_index(full)
    position = row_major([index[k] for k in kept(full, reduced_axes(node))], node.type.shape)
    if node.op.name in LOCATE and not root.loops[1]:
        value = trace.value(filled(node.type.with_shape(()), 0), ())  # along an axis of size 1 there is one place
    else:
        value = trace.value(node.args[0], index)
    trace.append(_result(root, node.op.name, position, value))


def _small_product(trace: Trace, root: Root) -> None:
    """Loops over batch, rows, columns and inner, the last reduced."""
    node = root.node
    a, b = node.args
    index = loop_index(product_loops(node))
    inner, result = index[-1], index[:-1]
    batch = result[: a.type.ndim - 2] if a.type.ndim > 1 and b.type.ndim > 1 else ()
    rest = list(result[len(batch):])
    row = [rest.pop(0)] if a.type.ndim > 1 else []
    operands = trace.value(a, (*batch, *row, inner)), trace.value(b, (*batch, inner, *rest))
    value = trace.compute(scalar_product(node.type), operands)
    trace.append(_result(root, "sum", row_major(result, node.type.shape), value))


def _result(root: Root, op: str, position: Affine, value: int) -> Statement:
    """What ends a reduction; over axes of size 1 alone it is a store."""
    return Accumulate(op, root.buffer, position, value) if root.loops[1] else Store(root.buffer, position, value)


# ------------------------------------------------------------------------------------------------- steps of their own

def step_of(name: str, root: Root, trace: Trace, buffers: Mapping[Node, Buffer]) -> Kernel | Product:
    """A product by BLAS, or a loop that meets its elements one by one."""
    if root.name == "matmul":
        return _product(name, root, buffers)
    return _scatter(name, root, trace) if root.name == "scatter_add" else _along(name, root, trace)


def _product(name: str, root: Root, buffers: Mapping[Node, Buffer]) -> Product:
    a, b = root.node.args
    (x, x_swapped), (y, y_swapped) = product_operand(a), product_operand(b)
    batch = product(root.node.type.shape[:-2]) if a.type.ndim > 1 and b.type.ndim > 1 else 1
    rows = a.type.shape[-2] if a.type.ndim > 1 else 1
    columns = b.type.shape[-1] if b.type.ndim > 1 else 1
    return Product(
        name, buffers[base(x)], buffers[base(y)], root.buffer, (x_swapped, y_swapped), batch, rows, a.type.shape[-1], columns,
    )


def factored(a: Buffer, type: Type, number: int) -> System:
    """The elimination of the matrices in a buffer, whose own shape may be another: a reshape has no buffer of its own."""
    shape = type.shape
    lu, pivots = Buffer(f"lu{number}", "arena", type), Buffer(f"pivots{number}", "arena", Type("int32", shape[:-1]))
    return System("factor", (a,), (lu, pivots), product(shape[:-2]), shape[-1])


def system_of(root: Root, factors: System, swapped: bool, buffers: Mapping[Node, Buffer]) -> System:
    """A solve or a determinant, from the elimination of its matrix (or of the transposed one, if swapped)."""
    rows = [buffers[base(arg)] for arg in root.node.args[1:]]
    count = root.node.type.shape[-2] if rows else 0
    return System(root.name, (*factors.results, *rows), (root.buffer,), factors.batch, factors.n, count, swapped)


def cofactors_of(root: Root, a: Buffer, number: int) -> System:
    """All cofactors: the step has scratch memory for one matrix at a time."""
    shape = root.node.type.shape
    scratch = [Buffer(f"{name}{number}", "arena", root.node.type.with_shape(shape[-2:])) for name in ("lu", "work")]
    pivots = Buffer(f"pivots{number}", "arena", Type("int32", (2, shape[-1])))
    return System("cofactor", (a,), (root.buffer, *scratch, pivots), product(shape[:-2]), shape[-1])


def _scatter(name: str, root: Root, trace: Trace) -> Kernel:
    values, *indices = root.node.args
    axes, shape = root.node.attrs
    index = loop_index(values.type.shape)
    rank = indices[0].type.ndim
    strides = row_major_strides(shape)
    position = Affine()
    for k, at in zip([k for k in range(len(shape)) if k not in axes], index[rank:]):
        position = position + at * strides[k]
    where = tuple((trace.value(i, index[:rank]), strides[a], shape[a]) for i, a in zip(indices, axes))
    trace.append(Scatter(root.buffer, position, where, trace.value(values, index)))
    return Kernel(name, without_ones(values.type.shape), frozenset(), trace.statements, trace.dtypes)


def _along(name: str, root: Root, trace: Trace) -> Kernel:
    """cumsum and linear_recurrence: the axis they run along becomes the last loop."""
    node = root.node
    full, axis = node.args[0].type.shape, node.attribute("axis")
    order = [k for k in range(len(full)) if k != axis]
    index: list[Affine] = [Affine()] * len(full)
    for number, k in enumerate([*order, axis]):
        index[k] = variable(number)
    values = [trace.value(arg, tuple(index)) for arg in node.args]
    a = values[0] if node.op.name == "linear_recurrence" else None
    trace.append(Running(root.buffer, row_major(index, full), a, values[-1]))
    loops = tuple(full[k] for k in [*order, axis])
    return Kernel(name, loops, frozenset({len(order)}), trace.statements, trace.dtypes, node.attribute("reverse"))
