"""What SymPy leaves undone until it is asked, derivatives and substitutions; and what only wraps an expression.

A derivative is ours, of the expression's own nodes. A bound variable becomes an input of its own, so that no name is
caught. Read `functions.py` for functions that a person implements.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy
from sympy.core.function import AppliedUndef

from ....ir import ops
from ....ir.graph import substitute
from ....ir.node import Node
from ...autodiff import grad, nth
from ..trace import fresh
from .handlers import Handler, Special, described, refused, rewritten

if TYPE_CHECKING:
    from .convert import Converter


# -------------------------------------------------------------------------------------------------------- derivatives

def _derivative(expr: Any, args: list[Node], convert: Converter) -> Any:
    variables = {variable for variable, _ in expr.variable_count}
    if _unknown(expr.expr, variables, convert):
        done = expr.doit(deep=False)
        if done == expr:
            raise refused(expr, "the derivative of an undefined function has no value; list it as an argument, or replace the function")
        return done
    result = convert(expr.expr)
    for variable, count in expr.variable_count:
        if not count.is_Integer:
            raise refused(expr, f"the order {count} of a derivative must be a fixed integer")
        node, index = _variable(expr, variable, convert)
        if not node.type.shape:
            result = nth(result, node, int(count))
            continue
        for _ in range(int(count)):
            result = _by(expr, result, node)
            result = result if index is None else result[index]
    return result


def _unknown(expr: Any, variables: set[Any], convert: Converter) -> bool:
    """Whether a function that only its arguments are known of depends on the variables: SymPy applies the chain rule then."""
    stack, seen = [expr], set()
    while stack:
        part = stack.pop()
        if id(part) in seen:
            continue
        seen.add(id(part))
        if isinstance(part, AppliedUndef) and not hasattr(part, "_imp_") and part.free_symbols & variables:
            return True
        stack.extend(part.args)
    return False


def _variable(expr: Any, variable: Any, convert: Converter) -> tuple[Node, Any]:
    """The node to differentiate by, and for an element of an array its position."""
    if isinstance(variable, sympy.Indexed) and convert.known(variable) is None:
        node, index = convert.known(variable.base), tuple(variable.indices)
        if node is None or not all(i.is_Integer for i in index):
            raise refused(expr, f"a derivative by {described(variable)} needs the array as an argument and fixed indices")
        return node, tuple(map(int, index))
    node = convert(variable)
    if node.op is ops.cast or not node.type.is_float:
        raise refused(expr, f"{described(variable)} is an integer, so there is no derivative by it")
    return node, None


def _by(expr: Any, value: Node, variable: Node) -> Node:
    """The derivative by an array."""
    if value.type.shape:
        raise refused(expr, "the derivative of a matrix by a matrix has four axes; take it of its elements")
    return grad(value, variable)  # type: ignore[return-value]


# ------------------------------------------------------------------------------------------------------ substitutions

def _subs(expr: Any, points: list[Node], convert: Converter) -> Node:
    """The expression in variables of its own, then with the points in their place: derivatives inside come first."""
    own = {variable: fresh(point.type) for variable, point in zip(expr.variables, points)}
    value = convert.within(expr, own)(expr.expr)
    return substitute([value], dict(zip(own.values(), points)))[0]


HANDLERS: dict[type, Handler | Special] = {
    sympy.Derivative: Special(lambda expr: (), _derivative),
    sympy.Subs: Special(lambda expr: expr.point, _subs),
    sympy.UnevaluatedExpr: rewritten(lambda expr: expr.args[0]), sympy.Poly: rewritten(lambda expr: expr.as_expr()),
}
