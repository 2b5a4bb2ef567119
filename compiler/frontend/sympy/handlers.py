"""What a handler is: the function that makes a class of SymPy's into nodes, given the expression and the nodes of its arguments.

Owns the parts that families build their handlers from, and the sentences in which an expression is refused. A family is a
module with a dict HANDLERS from classes to handlers and a dict BACK from rows to SymPy's functions, for `to_sympy`; `table.py` merges them.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....ir.convert import scalar
from ....ir.errors import ExpressionError
from ....ir.node import Node, located, make
from ....ir.op import Op
from ....ir.types import Type

SCALAR = Type("float64")

Handler = Callable[[Any, list[Node]], Node]
Back = Callable[..., Any]  # from the SymPy expressions of a node's arguments to the node's


def constant(value: float) -> Node:
    return scalar(value, SCALAR.dtype)


def row(op: Op) -> Handler:
    """The class means an op of the same arguments."""
    return lambda expr, args: make(op, args)


def composed(function: Callable[..., Any]) -> Handler:
    """The class means a function of the language, of the same arguments."""
    return lambda expr, args: function(*args)


def chain(op: Op) -> Handler:
    """Of two or more operands, left to right."""

    def chained(expr: Any, args: list[Node]) -> Node:
        result = args[0]
        for arg in args[1:]:
            result = make(op, (result, arg))
        return result

    return chained


def described(expr: object) -> str:
    """The expression as an error shows it: short, and never printed in full when it is large."""
    args = getattr(expr, "args", ())
    if len(args) > 8 or any(getattr(a, "args", ()) and any(getattr(b, "args", ()) for b in a.args) for a in args):
        return f"{type(expr).__name__}(...)"
    text = str(expr)
    return text if len(text) <= 80 else text[:77] + "..."


def refused(expr: object, why: str) -> ExpressionError:
    return located(ExpressionError(f"from_sympy: {described(expr)}: {why}"))  # type: ignore[return-value]
