"""What a handler is: the function that makes a class of SymPy's into nodes, given the expression and the nodes of its arguments.

Owns the parts that families build their handlers from, and the sentences in which an expression is refused. A family is a
module with a dict HANDLERS from classes to handlers and a dict BACK from rows to SymPy's functions, for `to_sympy`; `table.py` merges them.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy

from ....ir.convert import scalar
from ....ir.errors import ExpressionError, NotReal
from ....ir.node import Node, located, make
from ....ir.op import Op
from ....ir.types import Type

if TYPE_CHECKING:
    from .convert import Converter

SCALAR = Type("float64")

Handler = Callable[[Any, list[Node]], Node]
Back = Callable[..., Any]  # from the SymPy expressions of a node's arguments to the node's


@dataclass(frozen=True)
class Special:
    """A class whose arguments are not all values: sizes, bound variables, points of evaluation.

    parts   the subexpressions whose nodes `means` needs; none of the others is converted on its own
    means   (expression, nodes of the parts, converter) -> the node, or another expression that is converted in its place
    """

    parts: Callable[[Any], Sequence[Any]]
    means: Callable[[Any, list[Node], Converter], Any]


def rewritten(function: Callable[[Any], Any]) -> Special:
    """The class means what another expression means."""
    return Special(lambda expr: (), lambda expr, args, convert: function(expr))


class Needed(Exception):
    """An argument that must be of another kind than a number: found while converting, which then begins anew.

    kind: "condition", "integer" or "size", or the rank of an array.
    """

    def __init__(self, symbol: Any, kind: str | int) -> None:
        super().__init__(symbol, kind)
        self.symbol, self.kind = symbol, kind

    @property
    def why(self) -> str:
        """The sentence for where it cannot be of that kind."""
        return {
            "condition": f"it is not a condition; compare it, as in Ne({self.symbol}, 0)",
            "integer": "as an index it must be an integer, and an argument of its own that is used for nothing else",
            "size": "it counts elements or terms, so it must be an argument of its own, or a size in the shape of one",
        }.get(self.kind, f"it must be an argument of its own, and an array of {self.kind} axes wherever it is used")  # type: ignore[arg-type]


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


def by_order(function: Any) -> Back:
    """Of a row that differentiates by the order: the derivative by it; of an order that is no symbol, at that order."""

    def back(times: int, nu: Any, x: Any) -> Any:
        if isinstance(nu, sympy.Symbol) and nu not in x.free_symbols:
            return sympy.Derivative(function(nu, x), (nu, times))
        order = sympy.Dummy("nu")
        return sympy.Subs(sympy.Derivative(function(order, x), (order, times)), order, nu)

    return back


def described(expr: object) -> str:
    """The expression as an error shows it: short, and never printed in full when it is large."""
    if isinstance(expr, sympy.Basic) and larger(expr, 24):
        return f"{type(expr).__name__}(...)"
    text = str(expr)
    return text if len(text) <= 80 else text[:77] + "..."


def larger(expr: Any, parts: int) -> bool:
    """Whether it has more parts than that; no more of them are looked at."""
    waiting, left = [expr], parts
    while waiting:
        left -= 1
        if left < 0:
            return True
        waiting += waiting.pop().args[: left + 1]
    return False


def not_real(expr: object) -> NotReal:
    why = "it is complex, or real only by how its parts cancel; take re(...), im(...) or Abs(...) of it, or ask for dtype='complex128'"
    return located(NotReal(f"from_sympy: {described(expr)}: {why}"))  # type: ignore[return-value]


def refused(expr: object, why: str) -> ExpressionError:
    return located(ExpressionError(f"from_sympy: {described(expr)}: {why}"))  # type: ignore[return-value]
