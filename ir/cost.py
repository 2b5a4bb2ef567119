"""How much a program computes: the exact number of operations of its nodes, for sizes known at the call as a formula.

An operation is one addition, product, comparison, selection or elementary function of one element. Moving elements
costs none. Knows nothing of how fast a machine is.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from . import ops
from .graph import Graph
from .listing import Listing
from .node import Node
from .op import Op
from .types import Dim, dim_names, evaluate_dim, product

# Operations an element of the first argument, or of the result. A recurrence multiplies and adds.
_BY_ARGUMENT = {ops.sum, ops.prod, ops.max, ops.min, ops.argmax, ops.argmin, ops.scatter_add}
_BY_RESULT = {ops.cumsum: 1, ops.linear_recurrence: 2}
POINTS = 511  # of an integral
_BY_MATRIX = {ops.solve: 1, ops.det: 1, ops.cofactor: 4}  # operations by n*n*n: an elimination takes 2/3, counted as one


def operations(nodes: Iterable[Node] | Listing) -> Dim:
    """The operations of the nodes, or of those of a listing; an int, or a polynomial in the sizes known at the call.

    >>> from wengert.ir import ops
    >>> from wengert.ir.types import Type
    >>> x = ops.input(name="x", type=Type("float64", ("n",)))
    >>> operations([ops.sum(ops.tanh(x), axes=(0,)), ops.tanh(x)])
    2*n
    """
    total: Dim = 0
    if isinstance(nodes, Listing):
        for (op, type), count in nodes.kinds().items():
            total = total + (type.size * count if _counts_elements(op) else 0)
        nodes = nodes.those(lambda op, type: not _counts_elements(op))
    for node in nodes:
        total = total + operations_of(node)
    return total


def _counts_elements(op: Op) -> bool:
    return op.elementwise and op is not ops.cast


def operations_of(node: Node) -> Dim:
    """The operations of one node. Of a branch, the dearer one; of a loop, all its turns."""
    op = node.op
    if op.elementwise:
        return 0 if op is ops.cast and node.args[0].type is node.type else node.type.size
    if op in _BY_ARGUMENT:
        return node.args[0].type.size
    if op in _BY_RESULT:
        return _BY_RESULT[op] * node.type.size
    if op is ops.matmul:
        return 2 * node.type.size * node.args[0].type.shape[-1]
    if op in _BY_MATRIX:
        n, rows = node.args[0].type.shape[-1], node.type.shape[-2] if op is ops.solve else 0
        return product(node.args[0].type.shape[:-2]) * (_BY_MATRIX[op] * n * n * n + 2 * n * n * rows)
    regions = [operations(attr.nodes) for attr in node.attrs[:2] if isinstance(attr, Graph)]
    if op is ops.scan:
        length: Dim = node.attribute("length")
        return length * regions[0]
    if op is ops.integral:
        return POINTS * (regions[0] + 7 * node.type.size)
    if op is ops.cond:
        return max(regions, key=lambda cost: magnitude(cost, {}))
    return regions[0] if op is ops.custom else 0  # the rest moves elements, or computes nothing


def magnitude(dim: Dim, sizes: Mapping[str, int], typical: int = 100) -> int:
    """A size as a number, to compare costs by: sizes that are not given count as a typical one."""
    return evaluate_dim(dim, {name: sizes.get(name, typical) for name in dim_names(dim)})
