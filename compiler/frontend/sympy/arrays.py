"""Matrices and arrays as arrays: products stay products of matrices, sizes may be symbols, elements are read where they lie.

Owns matrix expressions, explicit matrices inside expressions, and elements by index. Read `loops.py` for indices that run.
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy
from sympy.codegen.matrix_nodes import MatrixSolve
from sympy.matrices import expressions as m
from sympy.matrices.expressions.applyfunc import ElementwiseApplyFunction
from sympy.matrices.expressions.matexpr import MatrixElement

from ....ir import library, ops
from ....ir.node import Node
from ....ir.types import Dim
from ...autodiff.batching import batch
from ..trace import fresh
from .handlers import SCALAR, Handler, Needed, Special, refused, rewritten
from .loops import dim_of, element
from .tensors import applied

if TYPE_CHECKING:
    from .convert import Converter

Means = Callable[[Any, list[Node], "Converter"], Any]


def _of_all(means: Callable[..., Any]) -> Special:
    """A function of the arguments' nodes."""
    return Special(lambda expr: expr.args, lambda expr, args, convert: means(*args))


def _of_first(means: Means, count: int = 1) -> Special:
    """A function of the first arguments; the others are sizes, axes and the like."""
    return Special(lambda expr: expr.args[:count], means)


def _of_none(means: Callable[[Any, Any], Any]) -> Special:
    return Special(lambda expr: (), lambda expr, args, convert: means(expr, convert))


def _shape(expr: Any, convert: Converter) -> tuple[Dim, ...]:
    return tuple(dim_of(d, convert, expr) for d in expr.shape)


# ---------------------------------------------------------------------------------------------- explicit and constant

def _explicit(expr: Any, args: list[Node], convert: Converter) -> Node:
    """Entries side by side; a matrix of numbers is one constant."""
    from .convert import stacked

    shape = tuple(int(d) for d in expr.shape)
    if args and all(a.op is ops.const for a in args):
        return ops.source.constant(np.array([a.attrs[0].array for a in args]).reshape(shape), "float64")
    return stacked(args, shape)


def _identity(expr: Any, convert: Converter) -> Node:
    return library.eye(_shape(expr, convert)[0])  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------------ sums and products

def _factors(expr: Any) -> list[Any]:
    """The factors of a product; of an inverse the matrix itself, since a system is solved instead."""
    return [f.arg if isinstance(f, m.Inverse) else f for f in expr.args]


def _product(expr: Any, args: list[Node], convert: Converter) -> Node:
    """From the right, so that a product with a vector stays one of vectors; an inverse solves for what stands on its right."""
    result: Node | None = None
    for factor, node in reversed([(f, a) for f, a in zip(expr.args, args) if a.type.shape]):
        if isinstance(factor, m.Inverse):
            result = library.inv(node) if result is None else library.solve(node, result)
        else:
            result = node if result is None else library.matmul(node, result)
    for scalar in [a for a in args if not a.type.shape]:
        result = scalar if result is None else scalar * result
    return result  # type: ignore[return-value]


def _power(expr: Any, args: list[Node], convert: Converter) -> Node:
    exponent = expr.exp
    if not exponent.is_Integer:
        raise refused(expr, "the power of a matrix must be a fixed integer")
    n = int(exponent)
    return library.matrix_power(args[0], n)  # type: ignore[no-any-return]


def _pairwise(function: Callable[[Node, Node], Node]) -> Callable[..., Node]:
    """From two operands to any number, left to right."""
    return lambda *args: functools.reduce(function, args)


# --------------------------------------------------------------------------------------------------- blocks and pieces

def _blocks(expr: Any, args: list[Node], convert: Converter) -> Node:
    rows, columns = expr.blockshape
    return library.concatenate([  # type: ignore[no-any-return]
        library.concatenate(args[r * columns: (r + 1) * columns], axis=1) for r in range(rows)
    ], axis=0)


def _diagonal_blocks(expr: Any, args: list[Node], convert: Converter) -> Node:
    rows = [
        library.concatenate([a if r is a else library.zeros((r.type.shape[0], a.type.shape[1])) for a in args], axis=1) for r in args
    ]
    return library.concatenate(rows, axis=0)  # type: ignore[no-any-return]


def _slice(expr: Any, args: list[Node], convert: Converter) -> Node:
    ranges = [tuple(dim_of(part, convert, expr) for part in entry) for entry in (expr.rowslice, expr.colslice)]
    starts, stops, steps = zip(*ranges)
    return ops.slice(args[0], starts=starts, stops=stops, steps=steps)


def _permuted(expr: Any, args: list[Node], convert: Converter) -> Node:
    order = np.array(expr.args[1].array_form, "int64")
    return library.take(args[0], order, axis=int(expr.args[2]))  # type: ignore[no-any-return]


def _masked_diagonal(x: Node) -> Node:
    rows, columns = (ops.iota(shape=x.type.shape, axis=k, dtype="int64") for k in (0, 1))
    return library.where(rows == columns, x, 0.0)


def _element(expr: Any, args: list[Node], convert: Converter) -> Node:
    return element(expr, args[0], expr.args[1:], convert)


def _indexed(expr: Any, args: list[Node], convert: Converter) -> Node:
    base, *index = expr.args
    known = base if convert.known(base) is not None else base.label  # a plain symbol of the base's name stands for it
    array = convert.named(known)
    if array is None or (array.type.ndim != len(index) and base.shape is None):
        raise Needed(base if array is None else known, len(index))
    return element(expr, array, index, convert)


# ------------------------------------------------------------------------------------------- functions of the elements

def _of_indices(expr: Any, convert: Converter) -> Node:
    """A matrix whose elements are a function of row and column."""
    rows, columns = _shape(expr, convert)
    function = expr.lamda
    row, column = fresh(SCALAR), fresh(SCALAR)
    value = convert.within(expr, dict(zip(function.variables, (row, column))))(function.expr)
    for node, count in ((column, columns), (row, rows)):
        value = batch([value], {node: ops.cast(ops.iota(shape=(count,), axis=0, dtype="int64"), dtype="float64")})[0]
    return value


def _as_explicit(expr: Any) -> Any:
    """A matrix expression without a row of its own, entry by entry."""
    try:
        found = expr.as_explicit().as_immutable()
    except (ValueError, AttributeError, NotImplementedError):
        found = None
    if found is None or any(entry.has(type(expr)) for entry in found.flat()):
        raise refused(expr, f"{type(expr).__name__} is not supported; write it with products, inverses and the like, or element by element")
    return found


def _flat(expr: Any) -> list[Any]:
    return list(expr.flat())


HANDLERS: dict[type, Handler | Special] = {
    sympy.ImmutableDenseMatrix: Special(_flat, _explicit), sympy.ImmutableSparseMatrix: Special(_flat, _explicit),
    m.Identity: _of_none(_identity),
    m.ZeroMatrix: _of_none(lambda expr, convert: library.zeros(_shape(expr, convert))),
    m.OneMatrix: _of_none(lambda expr, convert: library.ones(_shape(expr, convert))),
    m.MatAdd: _of_all(_pairwise(library.add)), m.MatMul: Special(_factors, _product), m.MatPow: _of_first(_power),
    m.HadamardProduct: _of_all(_pairwise(library.multiply)), m.KroneckerProduct: _of_all(_pairwise(library.kron)),
    m.HadamardPower: _of_all(library.power),
    m.Transpose: _of_all(library.transpose), m.Adjoint: _of_all(library.transpose), m.Trace: _of_all(library.trace),
    m.Determinant: _of_all(library.det),
    m.DotProduct: _of_all(lambda a, b: library.sum(library.ravel(a) * library.ravel(b))),
    m.BlockMatrix: Special(lambda expr: _flat(expr.blocks), _blocks), m.BlockDiagMatrix: Special(lambda expr: expr.args, _diagonal_blocks),
    m.MatrixSlice: _of_first(_slice), m.MatrixPermute: _of_first(_permuted),
    m.DiagMatrix: _of_all(lambda x: library.diag(library.ravel(x))),
    m.DiagonalOf: _of_all(lambda x: library.reshape(library.diagonal(x), (-1, 1))), m.DiagonalMatrix: _of_all(_masked_diagonal),
    ElementwiseApplyFunction: Special(lambda expr: (expr.expr,), applied), m.FunctionMatrix: _of_none(_of_indices),
    sympy.MatrixExpr: rewritten(_as_explicit),
    MatrixSolve: _of_all(library.solve), MatrixElement: _of_first(_element), sympy.Indexed: Special(lambda expr: (), _indexed),
}
