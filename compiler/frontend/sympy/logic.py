"""Comparisons, conditions, and what chooses by them: Piecewise, ITE, Max, Min, Heaviside."""
from __future__ import annotations

import math
from typing import Any

import sympy
from sympy.functions.elementary.piecewise import ExprCondPair

from ....ir import ops
from ....ir.library import where
from ....ir.node import Node, make
from ....ir.op import Op
from .handlers import Handler, chain, composed, constant, described, refused, row


def _logic(op: Op) -> Handler:
    chained = chain(op)

    def check(expr: Any, args: list[Node]) -> Node:
        for part, arg in zip(expr.args, args):
            if arg.type.dtype.kind != "b":
                raise refused(expr, f"{described(part)} is not a condition; compare it, as in Ne({described(part)}, 0)")
        return chained(expr, args)

    return check


def _piecewise(expr: Any, args: list[Node]) -> Node:
    """Selections from the last piece to the first; NaN where no condition holds."""
    result: Node | None = None
    for pair, node in reversed(list(zip(expr.args, args))):
        value, condition = node.args[0], node.args[1]
        if pair.args[1] is sympy.true:
            result = value
        else:
            result = make(ops.where, (condition, value, constant(math.nan) if result is None else result))
    return result  # type: ignore[return-value]


class _Pair:
    """A value and its condition on their way to the Piecewise that holds them."""

    __slots__ = ("args", "op")

    def __init__(self, args: list[Node]) -> None:
        self.args, self.op = args, None


def _heaviside(expr: Any, args: list[Node]) -> Node:
    x, at_zero = args[0], args[1] if len(args) > 1 else constant(0.5)
    return where(x < 0, 0.0, where(x > 0, 1.0, where(x == 0, at_zero, math.nan)))


HANDLERS: dict[type, Handler] = {
    sympy.Max: chain(ops.maximum), sympy.Min: chain(ops.minimum), sympy.Heaviside: _heaviside,
    sympy.Piecewise: _piecewise, ExprCondPair: lambda expr, args: _Pair(args),  # type: ignore[dict-item, return-value]
    sympy.Eq: row(ops.equal), sympy.Ne: row(ops.not_equal), sympy.Lt: row(ops.less), sympy.Le: row(ops.less_equal),
    sympy.Gt: row(ops.greater), sympy.Ge: row(ops.greater_equal),
    sympy.And: _logic(ops.logical_and), sympy.Or: _logic(ops.logical_or), sympy.Xor: _logic(ops.logical_xor),
    sympy.Not: row(ops.logical_not), sympy.ITE: composed(where),
    sympy.true.__class__: lambda e, a: ops.source.constant(True), sympy.false.__class__: lambda e, a: ops.source.constant(False),
}
