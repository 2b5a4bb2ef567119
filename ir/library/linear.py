"""Products of linear algebra: matmul with NumPy's batch rules, dot, tensordot, einsum and their kin.

Everything becomes the `matmul` row (matrix products over equal batch axes) or a product and a sum.
"""
from __future__ import annotations

import builtins
import string
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, broadcast_shapes, broadcast_to, common_dtype, convert
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim, product
from .indexing import diagonal
from .reductions import accumulating, sum
from .shapes import axis_of, expand_dims, integer, moveaxis, ravel, reshape, squeeze, transpose


def _operands(op: str, a: object, b: object) -> tuple[Node, Node]:
    x, y = as_node(a), as_node(b)
    dtype = common_dtype([x, y])
    return convert(x, dtype), convert(y, dtype)


def matmul(a: object, b: object) -> Node:
    """The matrix product as NumPy's `@`: vectors, matrices and stacks of them, whose batch axes broadcast."""
    x, y = _operands("matmul", a, b)
    if x.type.dtype.kind == "b":
        return matmul(convert(x, np.dtype("int64")), convert(y, np.dtype("int64"))) > 0
    m, n = x.type.ndim, y.type.ndim
    if m == 0 or n == 0 or builtins.max(m, n) <= 2 or x.type.shape[-1] != y.type.shape[-1 if n == 1 else -2]:
        return ops.matmul(x, y)  # nothing to prepare, or an error that the row explains
    if n <= 2:  # one product of a tall matrix
        rows = ops.matmul(reshape(x, (product(x.type.shape[:-1]), x.type.shape[-1])), y)
        return reshape(rows, (*x.type.shape[:-1], *y.type.shape[1:]))
    if m == 1:
        return squeeze(matmul(expand_dims(x, 0), y), -2)
    batch = broadcast_shapes("matmul", [x.type.shape[:-2], y.type.shape[:-2]])
    return ops.matmul(*(broadcast_to(v, (*batch, *v.type.shape[-2:]), "matmul") for v in (x, y)))


def dot(a: object, b: object) -> Node:
    """NumPy's dot: over the last axis of a and the last but one of b; scalars multiply."""
    x, y = _operands("dot", a, b)
    if not x.type.ndim or not y.type.ndim:
        return x * y
    if y.type.ndim <= 2:
        return matmul(x, y)
    return tensordot(x, y, ([-1], [-2]))


def vdot(a: object, b: object) -> Node:
    """The product of the flat arrays."""
    return dot(ravel(a), ravel(b))


def inner(a: object, b: object) -> Node:
    """Over the last axes of both; scalars multiply."""
    x, y = _operands("inner", a, b)
    return tensordot(x, y, ([-1], [-1])) if x.type.ndim and y.type.ndim else x * y


def outer(a: object, b: object) -> Node:
    """Every element of a with every element of b, both flat."""
    return reshape(ravel(a), (-1, 1)) * ravel(b)


def vecdot(a: object, b: object, axis: int = -1) -> Node:
    """Products of the vectors along an axis."""
    return sum(as_node(a) * as_node(b), axis)


def _summed(x: Node, k: int) -> tuple[list[int], list[int]]:
    return list(range(x.type.ndim - k, x.type.ndim)), list(range(k))


def tensordot(a: object, b: object, axes: Any = 2) -> Node:
    """The sum of products over the given axes of both."""
    x, y = _operands("tensordot", a, b)
    if isinstance(axes, (int, np.integer)):
        if axes > builtins.min(x.type.ndim, y.type.ndim):
            raise located(ShapeError(f"tensordot: {x.type} and {y.type} do not have {axes} axes to sum over"))
        mine, other = _summed(x, int(axes))
    else:
        mine, other = (list(p) if isinstance(p, (tuple, list)) else [p] for p in axes)
        mine, other = [axis_of("tensordot", p, x) for p in mine], [axis_of("tensordot", p, y) for p in other]
    sizes = [x.type.shape[k] for k in mine]
    if len(mine) != len(other) or sizes != [y.type.shape[k] for k in other]:
        raise located(ShapeError(f"tensordot: axes {mine} of {x.type} and axes {other} of {y.type} must have equal sizes"))
    left = [k for k in range(x.type.ndim) if k not in mine]
    right = [k for k in range(y.type.ndim) if k not in other]
    shape = (*(x.type.shape[k] for k in left), *(y.type.shape[k] for k in right))
    if not mine:
        return _outer_shaped(x, y, shape)
    first = _matrix(x, [left, mine])
    second = _matrix(y, [other, right])
    if not left:
        first = reshape(first, (product(sizes),))
    if not right:
        second = reshape(second, (product(sizes),))
    return reshape(matmul(first, second), shape)


def _outer_shaped(x: Node, y: Node, shape: tuple[Dim, ...]) -> Node:
    return reshape(x, (*x.type.shape, *(1,) * y.type.ndim)) * y


def _matrix(x: Node, groups: list[list[int]]) -> Node:
    """x with its axes in groups, each group one axis."""
    order = [k for group in groups for k in group]
    return reshape(transpose(x, order), tuple(product(x.type.shape[k] for k in group) for group in groups))


def trace(x: object, offset: int = 0, axis1: object = 0, axis2: object = 1, dtype: object = None) -> Node:
    """The sum of the diagonal."""
    return sum(diagonal(x, offset, axis1, axis2), -1, dtype)


def kron(a: object, b: object) -> Node:
    """The Kronecker product: every element of a times all of b."""
    x, y = as_node(a), as_node(b)
    rank = builtins.max(x.type.ndim, y.type.ndim)
    p, q = ((1,) * (rank - v.type.ndim) + v.type.shape for v in (x, y))
    first, second = [], []
    for m, n in zip(p, q):
        first += [m, 1]
        second += [1, n]
    return reshape(reshape(x, first) * reshape(y, second), tuple(m * n for m, n in zip(p, q)))


def cross(a: object, b: object, axisa: object = -1, axisb: object = -1, axisc: object = -1, axis: object = None) -> Node:
    """The vector product of three-dimensional vectors along an axis."""
    if axis is not None:
        axisa = axisb = axisc = axis
    x, y = as_node(a), as_node(b)
    x, y = moveaxis(x, axisa, -1), moveaxis(y, axisb, -1)
    if x.type.shape[-1] != 3 or y.type.shape[-1] != 3:
        raise located(ShapeError(f"cross: vectors must have 3 components, got {x.type} and {y.type}"))
    from .joining import stack

    u, v = ([w[..., k] for k in range(3)] for w in (x, y))
    parts = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    return moveaxis(stack(parts, -1), -1, axisc)


def matrix_power(x: object, n: int) -> Node:
    """x multiplied with itself n >= 0 times."""
    node, k = as_node(x), integer("matrix_power", n)
    if node.type.ndim < 2 or node.type.shape[-1] != node.type.shape[-2]:
        raise located(ShapeError(f"matrix_power: needs square matrices, got {node.type}"))
    if k < 0:
        raise located(ExpressionError("matrix_power: negative powers need an inverse, which is not available"))
    if k == 0:
        from .creation import eye

        return broadcast_to(eye(node.type.shape[-1], dtype=node.type.dtype), node.type.shape)
    result, base = None, node
    while k:
        if k & 1:
            result = base if result is None else matmul(result, base)
        k >>= 1
        if k:
            base = matmul(base, base)
    return result  # type: ignore[return-value]


def multi_dot(arrays: Any) -> Node:
    """The product of several matrices; the order is chosen by a pass."""
    nodes = [as_node(a) for a in arrays]
    if len(nodes) < 2:
        raise located(ExpressionError("multi_dot: needs at least two arrays"))
    result = nodes[0]
    for node in nodes[1:]:
        result = matmul(result, node)
    return result


# ------------------------------------------------------------------------------------------------------------ einsum

def einsum(subscripts: str, *operands: object, optimize: Any = None) -> Node:
    """Sums of products by index letters, as in `einsum("bij,jk->bik", x, y)`; pairs become matrix products."""
    if not isinstance(subscripts, str):
        raise located(ExpressionError("einsum: subscripts must be a string such as 'ij,jk->ik'"))
    nodes = [as_node(v) for v in operands]
    dtype = common_dtype(nodes)
    nodes = [accumulating(n) if dtype.kind == "b" else convert(n, dtype) for n in nodes]
    labels, out = _parse(subscripts, nodes)
    sizes = _sizes(labels, nodes)
    terms = [_without_repeats(n, ls) if len(set(ls)) < len(ls) else (n, ls) for n, ls in zip(nodes, labels)]
    terms = [_stretched(n, ls, sizes) for n, ls in terms]
    for i, j in _path(terms, out, sizes):
        b, a = terms.pop(j), terms.pop(i)
        needed = set(out).union(*(ls for _, ls in terms))
        terms.append(_contract(a, b, needed))
    node, have = terms[0]
    node, have = _sum_out(node, have, set(out))
    return transpose(node, [have.index(label) for label in out])


def _parse(subscripts: str, nodes: list[Node]) -> tuple[list[str], str]:
    """The labels of each operand and of the result; an ellipsis becomes letters that are not used."""
    text = subscripts.replace(" ", "")
    left, arrow, right = text.partition("->")
    parts = left.split(",")
    if len(parts) != len(nodes):
        raise located(ExpressionError(f"einsum: {subscripts!r} is for {len(parts)} arrays, got {len(nodes)}"))
    free = [c for c in string.ascii_letters if c not in text]
    spans = [n.type.ndim - len(p.replace("...", "")) if "..." in p else 0 for p, n in zip(parts, nodes)]
    widest = builtins.max(spans)
    dots = "".join(free[:widest])
    labels = [p.replace("...", dots[widest - s:] if s else "") for p, s in zip(parts, spans)]
    for p, ls, n in zip(parts, labels, nodes):
        if len(ls) != n.type.ndim or not all(c.isalpha() for c in ls):
            raise located(ExpressionError(f"einsum: {p!r} in {subscripts!r} does not fit {n.type}"))
    joined = "".join(labels)
    if not arrow:
        right = "..." * (widest > 0) + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in dots))
    out = right.replace("...", dots)
    if len(set(out)) < len(out) or not set(out) <= set(joined):
        raise located(ExpressionError(f"einsum: the result {right!r} in {subscripts!r} must name indices of the arrays, each once"))
    return labels, out


def _sizes(labels: list[str], nodes: list[Node]) -> dict[str, Dim]:
    sizes: dict[str, Dim] = {}
    for ls, node in zip(labels, nodes):
        for label, size in zip(ls, node.type.shape):
            known = sizes.setdefault(label, size)
            if known == 1:
                sizes[label] = size
            elif size not in (1, known):
                raise located(ShapeError(f"einsum: index {label!r} has the sizes {known} and {size}"))
    return sizes


def _without_repeats(node: Node, labels: str) -> tuple[Node, str]:
    """Repeated labels of one operand are its diagonal."""
    for label in dict.fromkeys(labels):
        while labels.count(label) > 1:
            i = labels.index(label)
            j = labels.index(label, i + 1)
            node = diagonal(node, 0, i, j)
            labels = labels[:i] + labels[i + 1:j] + labels[j + 1:] + label
    return node, labels


def _stretched(node: Node, labels: str, sizes: dict[str, Dim]) -> tuple[Node, str]:
    """Axes of size 1 under a label of another size are dropped: they broadcast."""
    keep = [k for k, label in enumerate(labels) if node.type.shape[k] == sizes[label]]
    if len(keep) == len(labels):
        return node, labels
    return reshape(node, tuple(node.type.shape[k] for k in keep)), "".join(labels[k] for k in keep)


def _path(terms: list[tuple[Node, str]], out: str, sizes: dict[str, Dim]) -> list[tuple[int, int]]:
    """Which pairs to contract, in order: NumPy's greedy search for more than two, sizes known at the call taken as 64."""
    if len(terms) <= 2:
        return [(0, 1)] * (len(terms) - 1)
    known = {label: size if isinstance(size, int) else 64 for label, size in sizes.items()}
    dummies = [np.broadcast_to(0.0, tuple(known[label] for label in labels)) for _, labels in terms]
    text = ",".join(labels for _, labels in terms) + "->" + "".join(c for c in out if any(c in ls for _, ls in terms))
    steps = np.einsum_path(text, *dummies, optimize="greedy")[0][1:]
    pairs: list[tuple[int, int]] = []
    count = len(terms)
    for step in steps:  # a step may take more than two: then the last ones pairwise
        order = sorted(step)
        while len(order) > 1:
            j, i = order.pop(), order.pop()
            pairs.append((i, j))
            count -= 1
            order.append(count - 1)
    return pairs


def _sum_out(node: Node, labels: str, needed: set[str]) -> tuple[Node, str]:
    gone = tuple(k for k, label in enumerate(labels) if label not in needed)
    if not gone:
        return node, labels
    return ops.sum(node, axes=gone), "".join(label for label in labels if label in needed)


def _contract(first: tuple[Node, str], second: tuple[Node, str], needed: set[str]) -> tuple[Node, str]:
    """One term from two: a (batched) matrix product, or a product where nothing is summed."""
    a, p = _sum_out(*first, needed | set(second[1]))
    b, q = _sum_out(*second, needed | set(p))
    batch = [c for c in p if c in q and c in needed]
    summed = [c for c in p if c in q and c not in needed]
    left, right = [c for c in p if c not in q], [c for c in q if c not in p]
    if not summed:
        return _aligned_product(a, p, b, q, [*batch, *left, *right])
    if batch and not left and not right:  # vector products: no matrix is left
        node, labels = _aligned_product(a, p, b, q, [*batch, *summed])
        return _sum_out(node, labels, needed)
    x = _grouped(a, p, [batch, left, summed])
    y = _grouped(b, q, [batch, summed, right])
    shape = [a.type.shape[p.index(c)] for c in [*batch, *left]] + [b.type.shape[q.index(c)] for c in right]
    return reshape(matmul(x, y), tuple(shape)), "".join([*batch, *left, *right])


def _grouped(x: Node, labels: str, groups: list[list[str]]) -> Node:
    """x as a stack of matrices; an empty batch has no axis, an empty side without batch makes a vector."""
    kept = [g for k, g in enumerate(groups) if g or (groups[0] and k)]
    return _matrix(x, [[labels.index(c) for c in group] for group in kept])


def _aligned_product(a: Node, p: str, b: Node, q: str, order: list[str]) -> tuple[Node, str]:
    def aligned(x: Node, labels: str) -> Node:
        have = [c for c in order if c in labels]
        turned = transpose(x, [labels.index(c) for c in have])
        sizes = iter(turned.type.shape)
        return reshape(turned, tuple(next(sizes) if c in labels else 1 for c in order))

    return aligned(a, p) * aligned(b, q), "".join(order)
