"""What a compiled function of SymPy's gives back: arrays for matrices and lists, tuples and dicts of these, derivatives beside them.

Owns the structure of results: which expressions make one array, and how the outputs of native code are put into containers.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import sympy

from ....ir.errors import ExpressionError
from ....ir.node import Node, located
from ....ir.types import Dim
from .. import tree
from .convert import Converter, entries, stacked


class Value(NamedTuple):
    """One array of the result: the scalars it is stacked from, or the one node that it is."""

    nodes: list[Node]
    shape: tuple[Dim, ...]

    @property
    def whole(self) -> bool:
        return bool(self.shape) and len(self.nodes) == 1 and self.nodes[0].type.shape == self.shape

    def node(self) -> Node:
        return self.nodes[0] if self.whole else stacked(self.nodes, self.shape)


def arranged(exprs: Any, convert: Converter) -> tuple[list[Value], Any]:
    """The arrays of a result, and the containers they are in (None for one array alone).

    A list of scalars is one array, as is a regular nested list; with a Matrix, a dict or rows of different lengths in it,
    a list or tuple is a tuple of results. A dict is a dict.
    """
    if _is_array(exprs):
        return [value(exprs, convert)], None
    leaves, structure = tree.flatten(containers(exprs))
    return [value(leaf.exprs, convert) for leaf in leaves], structure


def value(exprs: Any, convert: Converter) -> Value:
    if isinstance(exprs, (sympy.MatrixExpr, sympy.MatrixBase)) and not isinstance(exprs, sympy.MatrixBase):
        node = convert(exprs)
        return Value([node], node.type.shape)
    flat, shape = entries(exprs)
    nodes = [convert(e) for e in flat]
    if shape == () and nodes[0].type.shape:
        return Value(nodes, nodes[0].type.shape)
    return Value(nodes, shape)


class _Leaf:
    """An array of the result among containers."""

    def __init__(self, exprs: Any) -> None:
        self.exprs = exprs


def containers(exprs: Any) -> Any:
    if isinstance(exprs, (Mapping, sympy.Dict)) and not exprs:
        raise located(ExpressionError("lambdify: a dict of expressions is empty, so nothing is computed; put an expression in it"))
    if isinstance(exprs, (Mapping, sympy.Dict)):
        return {key: containers(part) for key, part in exprs.items()}
    return _Leaf(exprs) if _is_array(exprs) else tuple(containers(part) for part in exprs)


def _is_array(exprs: Any) -> bool:
    """Whether this is an expression, a matrix, or a list that is regular all the way down."""
    if isinstance(exprs, (Mapping, sympy.Dict)):
        return False
    if not isinstance(exprs, (list, tuple, sympy.Tuple)):
        return True
    return _shape(exprs) is not None


def _shape(exprs: Any) -> tuple[int, ...] | None:
    if not isinstance(exprs, (list, tuple, sympy.Tuple)):
        return None if isinstance(exprs, (sympy.MatrixBase, sympy.MatrixExpr, sympy.NDimArray, np.ndarray, Mapping, sympy.Dict)) else ()
    shapes = {_shape(part) for part in exprs}
    if len(shapes) > 1 or None in shapes:
        return None
    return (len(exprs), *(shapes.pop() if shapes else ()))  # type: ignore[misc]
