"""Einstein summation: sums of products by index letters.

Operands are contracted in pairs; a pair becomes a matrix product over equal batch axes, or a product where nothing is
summed. For more than two the order is NumPy's greedy one.
"""
from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, common_dtype, convert
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..types import Dim
from .diagonals import diagonal
from .linear import grouped_axes, matmul
from .reductions import accumulating
from .shapes import reshape, transpose

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


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
        if out and out[-1] in a[1] and out[-1] not in b[1]:
            a, b = b, a  # the second operand's axes come last, as they lie in the result
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
    free = [c for c in _LETTERS if c not in text]
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
    return grouped_axes(x, [[labels.index(c) for c in group] for group in kept])


def _aligned_product(a: Node, p: str, b: Node, q: str, order: list[str]) -> tuple[Node, str]:
    def aligned(x: Node, labels: str) -> Node:
        have = [c for c in order if c in labels]
        turned = transpose(x, [labels.index(c) for c in have])
        sizes = iter(turned.type.shape)
        return reshape(turned, tuple(next(sizes) if c in labels else 1 for c in order))

    return aligned(a, p) * aligned(b, q), "".join(order)
