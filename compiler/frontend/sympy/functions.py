"""Functions that a person brings: `implemented_function`, and those of `modules=`.

A Python function is called once, with nodes, so it may use operators and NumPy's functions; what it does to them is
differentiated and compiled like the rest. One that needs numbers (an `if` on a value, a loop of another library) is refused.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy
from sympy.core.function import AppliedUndef

from ....ir.convert import as_node
from ....ir.errors import ExpressionError
from ....ir.node import Node
from ....ir.ops import cast
from .handlers import Handler, Special, described, refused

if TYPE_CHECKING:
    from .convert import Converter


def implementation(expr: Any, convert: Converter) -> Any:
    """What a person gave for an undefined function, or None."""
    return convert.functions.get(expr.func.__name__) or getattr(expr.func, "_imp_", None)


def unknown(expr: Any, convert: Converter) -> ExpressionError:
    """The error for a function such as q(t) that is neither known by name nor implemented."""
    if convert.missing is None:
        return refused(expr, "an undefined function has no numeric meaning; list it as an argument, or replace it with subs")
    return refused(expr, "an undefined function has no numeric meaning; give its node in symbols=, as "
                         f"{{{described(expr)}: wg.symbol({expr.func.__name__!r})}}, or replace it with subs")


def _applied(expr: Any, args: list[Node], convert: Converter) -> Any:
    function = implementation(expr, convert)
    if isinstance(function, sympy.Lambda):
        return function(*expr.args)
    return traced(expr, function, args)


def traced(expr: Any, function: Any, args: list[Node]) -> Node:
    """What the function makes of the nodes."""
    name = getattr(function, "__name__", type(function).__name__)
    try:
        node = as_node(function(*args))
    except Exception as error:  # whatever a person's function raises when it is given nodes
        why = f"its implementation {name} cannot be traced ({error}); write it with operators and NumPy's functions"
        raise refused(expr, why) from error
    if node.type.shape:
        raise refused(expr, f"its implementation {name} gives {node.type}, where a number is needed")
    return node if node.type.is_float else cast(node, dtype="float64")


HANDLERS: dict[type, Handler | Special] = {
    AppliedUndef: Special(lambda expr: expr.args, _applied),
}
