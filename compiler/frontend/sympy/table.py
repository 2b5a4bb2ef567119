"""What each class of SymPy's means as nodes: the families' tables merged, and the way to the row of an expression.

Knows nothing of how an expression is walked; read `convert.py` next, or a family.
"""
from __future__ import annotations

from typing import Any

import sympy
from sympy.tensor.array.expressions import ArraySymbol

from . import (
    arithmetic,
    arrays,
    calculus,
    elementary,
    functions,
    integrals,
    logic,
    loops,
    parts,
    special_bessel,
    special_gamma,
    special_integrals,
    special_polynomials,
    tensors,
)
from .handlers import Handler, Special, refused, rewritten

FAMILIES = (  # modules of HANDLERS (from classes to handlers) and, where to_sympy goes back, of BACK (from rows to functions)
    arithmetic,
    arrays,
    calculus,
    elementary,
    functions,
    integrals,
    logic,
    loops,
    parts,
    special_bessel,
    special_gamma,
    special_integrals,
    special_polynomials,
    tensors,
)

TABLE: dict[type, Handler | Special] = {}
for _family in FAMILIES:
    TABLE |= _family.HANDLERS


# What has no value, and what to do about it.
_ANOTHER = "rewrite it (expr.rewrite, expr.doit, subs) in functions that docs/sympy.md lists"
NO_VALUE: dict[type, str] = {
    sympy.Symbol: "it is not among the arguments; list it there, or give its value with subs",
    sympy.MatrixSymbol: "it is not among the arguments; list it there, or give its value with subs",
    ArraySymbol: "it is not among the arguments; list it there, or give its value with subs",
    sympy.IndexedBase: "an array has no value here; index it, and list it as an argument",
    sympy.Idx: "it is not the index of a sum and not among the arguments; list it there, or give its value with subs",
    sympy.Lambda: "a Lambda is a function and no number; call it with its arguments",
    sympy.DiracDelta: "DiracDelta is no function of numbers; integrate it (expr.doit), or replace it by a narrow peak",
    sympy.Limit: "an unevaluated Limit has no value; call .doit()",
    sympy.Order: "a term of unknown size has no value; call .removeO()",
    sympy.AccumBounds: "an interval is no number; choose a value",
    sympy.Set: "a set has no value; ask whether it contains a number",
    sympy.Tuple: "a tuple is no number; give its parts as a list of expressions",
    sympy.Dict: "a dict is no number; give it as the expression of lambdify, whose result is then a dict",
}
TABLE |= {kind: rewritten(lambda expr, why=why: _refuse(expr, why)) for kind, why in NO_VALUE.items()}  # type: ignore[misc]

_found: dict[type, Handler | Special] = {}


def _refuse(expr: Any, why: str) -> None:
    raise refused(expr, why)


def _number(expr: Any) -> Any:
    """A constant of a class that has no row: SymPy finds its value."""
    if expr.is_comparable and not expr.free_symbols:
        value = expr.evalf(30)
        if value.is_Float:
            return value
    raise refused(expr, f"{type(expr).__name__} is not supported; {_ANOTHER}")


def handler(expr: Any) -> Handler | Special:
    """What the expression's class means, or what the nearest class above it does."""
    kind = type(expr)
    found = _found.get(kind)
    if found is None:
        found = _found[kind] = next((TABLE[base] for base in kind.__mro__ if base in TABLE), rewritten(_number))
    return found
