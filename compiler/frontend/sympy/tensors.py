"""SymPy's array expressions: products of tensors, contractions, diagonals and permutations, as one einsum each.

A contraction of a product is never formed from the whole product. Read `arrays.py` for matrices.
"""
from __future__ import annotations

import itertools
import string
from typing import TYPE_CHECKING, Any

import sympy
from sympy.tensor.array import expressions as t

from ....ir import library, ops
from ....ir.library.einsum import einsum
from ....ir.node import Node
from ...autodiff.batching import batch
from ..trace import fresh
from .handlers import SCALAR, Handler, Special, refused
from .loops import dim_of, element

if TYPE_CHECKING:
    from .convert import Converter


def _factors(expr: Any) -> tuple[Any, ...]:
    """The arrays under a contraction or diagonal: the factors of a product."""
    inner = expr.expr if hasattr(expr, "expr") else expr
    return tuple(inner.args) if isinstance(inner, t.ArrayTensorProduct) else (inner,)


def _labels(expr: Any, args: list[Node]) -> list[str]:
    """A letter for each axis of the factors, one after the other."""
    count = sum(node.type.ndim for node in args)
    if count > len(string.ascii_letters):
        raise refused(expr, f"it has {count} axes; {len(string.ascii_letters)} can be named")
    return list(string.ascii_letters[:count])


def _einsum(labels: list[str], result: str, args: list[Node]) -> Node:
    letters = iter(labels)
    terms = ["".join(itertools.islice(letters, node.type.ndim)) for node in args]
    return einsum(f"{','.join(terms)}->{result}", *args)


def _product(expr: Any, args: list[Node], convert: Converter) -> Node:
    labels = _labels(expr, args)
    return _einsum(labels, "".join(labels), args)


def _contraction(expr: Any, args: list[Node], convert: Converter) -> Node:
    labels = _labels(expr, args)
    gone = {k for group in expr.contraction_indices for k in group}
    result = "".join(letter for k, letter in enumerate(labels) if k not in gone)
    for first, *others in expr.contraction_indices:
        for k in others:
            labels[k] = labels[first]
    return _einsum(labels, result, args)


def _diagonal(expr: Any, args: list[Node], convert: Converter) -> Node:
    """The axes of a diagonal become one, behind all others."""
    labels = _labels(expr, args)
    gone = {k for group in expr.diagonal_indices for k in group}
    result = [letter for k, letter in enumerate(labels) if k not in gone]
    for first, *others in expr.diagonal_indices:
        result.append(labels[first])
        for k in others:
            labels[k] = labels[first]
    return _einsum(labels, "".join(result), args)


def _element(expr: Any, args: list[Node], convert: Converter) -> Node:
    return element(expr, args[0], expr.indices, convert)


def _filled(value: float) -> Special:
    def means(expr: Any, args: list[Node], convert: Converter) -> Node:
        return library.full(tuple(dim_of(d, convert, expr) for d in expr.shape), value)  # type: ignore[no-any-return]

    return Special(lambda expr: (), means)


def _reshaped(expr: Any, args: list[Node], convert: Converter) -> Node:
    return library.reshape(args[0], tuple(dim_of(d, convert, expr) for d in expr.shape))  # type: ignore[no-any-return]


def applied(expr: Any, args: list[Node], convert: Converter) -> Node:
    """A function of SymPy's applied to every element."""
    (x,), node, element = args, fresh(SCALAR), sympy.Dummy("element")
    value = convert.within(expr, {element: node})(expr.function(element))
    flat = batch([value], {node: ops.reshape(x, shape=(x.type.size,))})[0]
    return ops.reshape(flat, shape=x.type.shape)


def _first(expr: Any) -> tuple[Any, ...]:
    return (expr.expr,)


HANDLERS: dict[type, Handler | Special] = {
    t.ArrayTensorProduct: Special(lambda expr: expr.args, _product), t.ArrayContraction: Special(_factors, _contraction),
    t.ArrayDiagonal: Special(_factors, _diagonal), t.ArrayElement: Special(lambda expr: expr.args[:1], _element),
    t.ArrayAdd: Special(lambda expr: expr.args, lambda expr, args, convert: list(itertools.accumulate(args, library.add))[-1]),
    t.PermuteDims: Special(_first, lambda expr, args, convert: library.transpose(args[0], tuple(expr.permutation.array_form))),
    t.Reshape: Special(_first, _reshaped), t.ZeroArray: _filled(0.0), t.OneArray: _filled(1.0),
    t.ArrayElementwiseApplyFunc: Special(_first, applied),
}
