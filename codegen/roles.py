"""What each op is to the schedule: a leaf, a barrier, a move; and which arguments it must find complete.

A barrier's result is complete only after a step of its own; all other ops are computed where they are needed. Owns these
facts about single nodes; the choices made by them are in `keep.py` and `schedule.py`.
"""
from __future__ import annotations

from ..ir.node import Node
from ..ir.ops.source import uniform
from ..ir.types import Shape
from .trace import base, unit_axes_only

REDUCTIONS = {"sum", "prod", "max", "min", "argmax", "argmin"}
SEQUENTIAL = {"cumsum", "linear_recurrence", "scatter_add"}
SYSTEMS = {"solve", "det", "cofactor"}  # LAPACK's
BARRIERS = REDUCTIONS | SEQUENTIAL | SYSTEMS | {"matmul", "concatenate"}
LEAVES = {"input", "const", "size", "iota"}
SHIFTS = {"slice", "flip", "transpose", "pad"}  # these read a value at other positions than its other users do
SMALL_PRODUCT = 16      # matrices up to this size are multiplied by loops


def is_leaf(node: Node) -> bool:
    return node.op.name in LEAVES


def is_barrier(node: Node) -> bool:
    """Whether the node's result is complete only after a step of its own."""
    return node.op.name in BARRIERS or (node.op.name == "pad" and any(node.attribute("interior")))


def is_zero(node: Node) -> bool:
    """Whether every element is the constant 0 (not -0)."""
    number = uniform(node)
    return number is not None and not any(number.tobytes())


def needs_whole(node: Node) -> list[Node]:
    """The arguments of which the node reads elements that other iterations compute."""
    if node.op.name == "matmul" and not is_small_product(node):
        return [base(product_operand(arg)[0]) for arg in node.args]
    if node.op.name in SYSTEMS:
        return [base(system_operand(node)[0]), *map(base, node.args[1:])]
    if node.op.name == "gather":
        return [base(node.args[0])]
    if node.op.name == "reshape" and not unit_axes_only(node):
        return [base(node)]
    return []


# ---------------------------------------------------------------------------------------------------- matrix products

def is_small_product(node: Node) -> bool:
    """Whether loops multiply these matrices faster than a call of BLAS, or must since they are integers."""
    a, b = node.args
    dims = (*a.type.shape[-2:], *b.type.shape[-2:])
    return not node.type.is_float or all(isinstance(d, int) and d <= SMALL_PRODUCT for d in dims)


def product_operand(node: Node) -> tuple[Node, bool]:
    """The array that BLAS or LAPACK reads, and whether it is the operand with its last two axes exchanged."""
    swapped = False
    while node.op.name == "transpose":
        axes = node.attrs[0]
        if axes != (*range(len(axes) - 2), len(axes) - 1, len(axes) - 2):
            break
        node, swapped = node.args[0], not swapped
    return node, swapped


def system_operand(node: Node) -> tuple[Node, bool]:
    """The matrices that LAPACK reads, and whether they are the node's transposed. The cofactors of those would be transposed, too."""
    matrices = node.args[0]
    return (matrices, False) if node.op.name == "cofactor" else product_operand(matrices)


def product_loops(node: Node) -> Shape:
    """The loops of a matrix product: batch, rows, columns, and last the inner size, which is reduced."""
    return (*node.type.shape, node.args[0].type.shape[-1])
