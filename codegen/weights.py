"""Relative costs of ops, by which the schedule weighs computing a value again against keeping it. Knows only names."""
from __future__ import annotations

from ..ir.node import Node
from ..ir.ops.external import EXTERNAL

_CHEAP = {"add", "subtract", "multiply", "negative", "square", "abs", "copysign", "maximum", "minimum", "where", "cast",
          "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and", "logical_or", "logical_xor",
          "logical_not", "isnan", "isinf", "isfinite", "floor", "ceil", "rint", "trunc", "sign", "one_minus_square"}


def weight(node: Node) -> int:
    """About how many additions the op costs an element."""
    if node.op.name in _CHEAP:
        return 1
    if node.op.name in EXTERNAL or "order" in node.op.attributes:
        return 100
    return 5 if node.op.name in ("divide", "reciprocal", "sqrt") else 20
