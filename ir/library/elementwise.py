"""The elementwise rows as functions of what a person writes: operands are converted, promoted and broadcast.

Owns nothing but this wrapping; each function's meaning is its row in `ir/ops`. Read `compositions.py` next.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from .. import ops
from ..convert import apply, common_dtype
from ..errors import DTypeError, ExpressionError
from ..node import Node, located
from ..op import TABLE, Op
from ..ops.composite import COMPOSITE
from ..ops.external import EXTERNAL
from ..types import Poly


def row_function(op: Op) -> Any:
    """The row as a function that converts, promotes and broadcasts its operands."""
    arity = op.arity

    def function(*values: object) -> Any:
        if len(values) != arity:
            raise located(ExpressionError(f"{op.name}: takes {arity} argument{'s' * (arity != 1)}, got {len(values)}"))
        return apply(op, *values)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    return function


_OTHERWISE = ("where", "power", "one_minus_square")
# The rows of special functions are called by SciPy's names, through `wg.special`.
FUNCTIONS: dict[str, Any] = {
    op.name: row_function(op) for op in TABLE.values()
    if op.elementwise and not op.attributes and op.name not in _OTHERWISE and op.name not in EXTERNAL and op.name not in COMPOSITE
}


def power(x: object, p: object) -> Node:
    """x1 ** x2. The exponent 2 is a square; an integer raised to a negative integer constant has no integer value."""
    if isinstance(p, (int, float)) and p == 2 and isinstance(x, Node) and not (x.type.dtype.kind != "f" and isinstance(p, float)):
        return apply(ops.square, x)
    if not isinstance(p, (Node, Poly)) and common_dtype([x, p]).kind in "ib" and np.any(np.asarray(p) < 0):
        raise located(DTypeError(f"power: an integer to a negative power is not an integer; write {p!r} as a float"))
    return apply(ops.power, x, p)
