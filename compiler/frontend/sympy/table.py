"""What each class of SymPy's means as nodes: the families' tables merged, and the way to the row of an expression.

Knows nothing of how an expression is walked; read `convert.py` next, or a family.
"""
from __future__ import annotations

from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from ....ir.node import Node
from . import arithmetic, elementary, logic, special_gamma
from .handlers import Handler, refused

FAMILIES = (  # modules of HANDLERS (from classes to handlers) and, where to_sympy goes back, of BACK (from rows to functions)
    arithmetic,
    elementary,
    logic,
    special_gamma,
)


def _undefined(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "an undefined function has no numeric meaning; list it as an argument, or replace it with subs")


def unevaluated(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, f"an unevaluated {type(expr).__name__} has no value; call .doit(), or list it as an argument")


def _loose(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "it is not among the arguments; list it there, or give its value with subs")


TABLE: dict[type, Handler] = {
    AppliedUndef: _undefined, sympy.Derivative: unevaluated, sympy.Integral: unevaluated, sympy.Sum: unevaluated,
    sympy.Product: unevaluated, sympy.Limit: unevaluated, sympy.Symbol: _loose, sympy.Indexed: _loose,
}
for _family in FAMILIES:
    TABLE |= _family.HANDLERS

_found: dict[type, Handler | None] = {}


def handler(expr: Any) -> Handler:
    """What the expression's class means, or what the nearest class above it does."""
    kind = type(expr)
    if kind not in _found:
        _found[kind] = next((TABLE[base] for base in kind.__mro__ if base in TABLE), None)
    found = _found[kind]
    if found is None:
        if not isinstance(expr, sympy.Basic):
            raise refused(expr, f"expected a SymPy expression, got {kind.__name__}")
        raise refused(expr, f"{kind.__name__} is not supported; rewrite it (expr.rewrite, expr.doit, subs) in elementary functions")
    return found
