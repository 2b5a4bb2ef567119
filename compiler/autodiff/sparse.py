"""A sparse matrix of a graph: the places of its entries are known, their values are one node.

What `jacobian` and `hessian` give for sparse=True. Knows nothing of how the entries are found. Read `scalars.py` next, and
`compiler/sparse.py` for the scipy.sparse matrices that a compiled function returns.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...ir import ops
from ...ir.errors import ExpressionError
from ...ir.node import Node, located
from ...ir.ops.source import constant, filled, uniform
from ...ir.types import Shape, Type

FORMATS = ("csr", "csc", "coo")
Cells = dict[tuple[int, int], Node]  # the entries of a matrix that are not zero by structure, each a scalar, by row and column


def format_of(what: str, sparse: object) -> str | None:
    """The format that an argument `sparse` asks for: None for False, "csr" for True."""
    if sparse is False or sparse is None:
        return None
    if sparse is not True and sparse not in FORMATS:
        raise located(ExpressionError(f"{what}: sparse must be True, False, 'csr', 'csc' or 'coo', got {sparse!r}"))
    return "csr" if sparse is True else str(sparse)


class SparseMatrix:
    """A matrix by its entries that are not zero by structure: `values[k]` stands at row `rows[k]`, column `columns[k]`.

    rows, columns   integer arrays, in the order of the format: by rows for "csr" and "coo", by columns for "csc"
    values          a node of shape (number of entries,)
    shape, format   `wg.function` returns the matrix as the scipy.sparse array of this format

    >>> import wengert as wg
    >>> x = wg.symbol("x", (3,))
    >>> wg.jacobian(wg.stack([x[0] * x[2], x[1]]), x, sparse=True)
    <sparse csr f64[2,3] with 3 entries>
    """

    __slots__ = ("columns", "format", "rows", "shape", "values")

    def __init__(self, rows: Any, columns: Any, values: Node, shape: tuple[int, int], format: str = "csr") -> None:
        self.rows, self.columns = np.array(rows, np.int64), np.array(columns, np.int64)
        self.rows.flags.writeable = self.columns.flags.writeable = False
        self.values, self.shape, self.format = values, shape, format

    def dense(self) -> Node:
        """The matrix with its zeros, as a node."""
        rows, columns = self.shape
        flat = ops.scatter_add(
            self.values, constant(self.rows * columns + self.columns), axes=(0,), shape=(rows * columns,))
        return ops.reshape(flat, shape=self.shape)

    def __repr__(self) -> str:
        return f"<sparse {self.format} {self.values.type.with_shape(self.shape)} with {len(self.rows)} entries>"


def matrix_of(cells: Cells, shape: tuple[int, int], dtype: np.dtype, format: str = "csr") -> SparseMatrix:
    """The cells in the order of the format. Zeros that are known as such are left out."""
    places = sorted((place for place in cells if uniform(cells[place]) != 0), key=lambda p: p[::-1] if format == "csc" else p)
    rows, columns = np.array(places, np.int64).reshape(-1, 2).T
    return SparseMatrix(rows, columns, stacked([cells[place] for place in places], dtype), shape, format)


def stacked(values: list[Node], dtype: np.dtype) -> Node:
    """Scalars as one array."""
    if not values:
        return filled(Type(dtype, (0,)), 0)
    parts = [ops.reshape(value, shape=(1,)) for value in values]
    return parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=0)


def filled_in(cells: Mapping[int, Node], shape: Shape, dtype: np.dtype) -> Node:
    """An array of the shape from scalars by their places in row-major order, zero elsewhere."""
    size = int(np.prod(shape, dtype=np.int64))  # type: ignore[arg-type]
    parts: list[Node] = []
    reach = 0
    for place in [*sorted(cells), size]:
        if place > reach:
            parts.append(filled(Type(dtype, (place - reach,)), 0))
        if place < size:
            parts.append(ops.reshape(cells[place], shape=(1,)))
        reach = place + 1
    if not cells:
        return filled(Type(dtype, shape), 0)
    return ops.reshape(parts[0] if len(parts) == 1 else ops.concatenate(*parts, axis=0), shape=shape)
