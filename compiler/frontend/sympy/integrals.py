"""Integrals of one variable between limits, which may be arguments or infinite; of several variables one inside the other.

Where the integrand has a bend or a jump, at a boundary of a condition that is linear or quadratic in the variable, it is cut
there, also where the boundary is known only at the call. In each part a condition is asked at the part's middle, since it is the
same all over the part: so at its ends the integrand has the value of its own side, and derivatives by a moving boundary are
right. Owns that cutting; the rule is the `integral` op's.
"""
from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import sympy
from sympy.concrete.expr_with_limits import ExprWithLimits
from sympy.core.relational import Relational

from ....ir import library, ops
from ....ir.graph import Graph, close, substitute
from ....ir.node import Node, postorder
from ..trace import fresh
from .handlers import SCALAR, Handler, Special, constant, refused

if TYPE_CHECKING:
    from .convert import Converter

MANY = 12  # boundaries


def _integral(expr: Any, args: list[Node], convert: Converter) -> Any:
    for limit in expr.limits:
        if len(limit) != 3:
            raise refused(expr, f"an integral needs two limits to be a number, got {limit}; call .doit(), or give limits")
    x, low, high = expr.limits[-1]  # the last one is the outermost
    if low is sympy.oo or high is -sympy.oo:
        return -expr.func(expr.function, *expr.limits[:-1], (x, high, low))
    function = expr.func(expr.function, *expr.limits[:-1]) if len(expr.limits) > 1 else expr.function
    function = _bends_as_pieces(function, x)
    conditions = _boundaries(function, x)
    middle = sympy.Dummy("middle")
    asked = {condition: condition.xreplace({x: middle}) for condition in conditions}
    t, s = fresh(SCALAR), fresh(SCALAR)
    value = convert.within(expr, {x: t, middle: s})(function.xreplace(asked) if asked else function)
    ends = [None if limit.is_infinite else convert(limit) for limit in (low, high)]
    cuts = list(dict.fromkeys(cut for found in conditions.values() for cut in found))
    if len(cuts) > MANY:
        raise refused(expr, f"its integrand has {len(cuts)} bends or jumps; integrate over its pieces")
    parts = _parts(ends, [convert(cut) for cut in cuts])
    terms = [_part(value, t, s, a, b) for a, b in parts]
    return library.sum(library.stack(terms)) if len(terms) > 1 else terms[0]


def _part(value: Node, t: Node, s: Node, low: Node | None, high: Node | None) -> Node:
    """The integral over one part, in which every condition is what it is at the part's middle."""
    given = [end for end in (low, high) if end is not None]
    inside = (given[0] + given[-1]) / 2 if len(given) == 2 else given[0] + (1.0 if high is None else -1.0) if given else constant(0.0)
    body, captured = _region(substitute([value], {s: ops.stop_gradient(inside)})[0], t)
    return ops.integral(*given, *captured, body=body, from_infinity=low is None, to_infinity=high is None)


def _region(value: Node, t: Node) -> tuple[Graph, list[Node]]:
    """The integrand as a region of t, and what it captures: whatever does not depend on t is computed once, outside."""
    depends = {t}
    outside: dict[Node, Node] = {}
    for node in postorder([value]):
        if any(arg in depends for arg in node.args):
            depends.add(node)
            outside.update((arg, fresh(arg.type)) for arg in node.args if arg not in depends and arg.op is not ops.const)
    if value not in depends and value.op is not ops.const:
        outside[value] = fresh(value.type)
    return close("integrand", [t, *outside.values()], substitute([value], outside))[0], list(outside)


# ------------------------------------------------------------------------------------------------------- where to cut

def _bends_as_pieces(function: Any, x: Any) -> Any:
    """The functions that bend or jump, of arguments with the variable, as Piecewise."""
    if not any(type(part) in BENDS for part in _parts_with(function, x)):
        return function
    return function.replace(lambda e: type(e) in BENDS and x in e.free_symbols, lambda e: BENDS[type(e)](*e.args))


def _larger(*args: Any) -> Any:
    result = args[0]
    for other in args[1:]:
        result = sympy.Piecewise((result, result >= other), (other, True))
    return result


BENDS: dict[type, Any] = {
    sympy.Abs: lambda u: sympy.Piecewise((u, u >= 0), (-u, True)),
    sympy.sign: lambda u: sympy.Piecewise((1, u > 0), (-1, u < 0), (0, True)),
    sympy.Heaviside: lambda u, h: sympy.Piecewise((1, u > 0), (0, u < 0), (h, True)),
    sympy.Max: _larger, sympy.Min: lambda *args: -_larger(*(-a for a in args)),
}


def _parts_with(function: Any, x: Any) -> Iterator[Any]:
    """The subexpressions in which the variable occurs, those under another binder only if they are free of what it binds."""
    stack: list[tuple[Any, frozenset[Any]]] = [(function, frozenset())]
    seen: set[Any] = set()
    while stack:
        part, bound = stack.pop()
        if (id(part), bound) in seen or not part.args or x not in part.free_symbols:
            continue
        seen.add((id(part), bound))
        if not part.free_symbols & bound:
            yield part
        if isinstance(part, (ExprWithLimits, sympy.Subs, sympy.Lambda)):
            bound = bound | set(part.variables)
        stack += [(arg, bound) for arg in part.args]


def _boundaries(function: Any, x: Any) -> dict[Any, list[Any]]:
    """Each condition on the variable, and where it changes."""
    found: dict[Any, list[Any]] = {}
    for part in _parts_with(function, x):
        if isinstance(part, Relational) and not isinstance(part, (sympy.Eq, sympy.Ne)):
            cuts = _roots(part.lhs - part.rhs, x)
            if cuts:
                found[part] = cuts
    return found


def _roots(difference: Any, x: Any) -> list[Any]:
    """The zeros of what is linear or quadratic in x; where a square has none, its vertex, which does no harm."""
    try:
        coefficients = sympy.Poly(difference, x).all_coeffs()
    except sympy.PolynomialError:
        return []
    if len(coefficients) == 2:
        a, b = coefficients
        return [-b / a]
    if len(coefficients) == 3:
        a, b, c = coefficients
        width = sympy.sqrt(sympy.Max(b**2 - 4 * a * c, 0)) / (2 * a)
        return [-b / (2 * a) - width, -b / (2 * a) + width]
    return []


def _parts(ends: list[Node | None], cuts: list[Node]) -> list[tuple[Node | None, Node | None]]:
    """The limits of the parts from the lower to the upper limit, which may lie on either side of it. None is an infinite one."""
    for last in range(len(cuts) - 1, 0, -1):  # sorted by exchanges, since their order is known only at the call
        for k in range(last):
            cuts[k], cuts[k + 1] = library.minimum(cuts[k], cuts[k + 1]), library.maximum(cuts[k], cuts[k + 1])
    low, high = ends
    if low is not None and high is not None:
        rising = low <= high
        cuts = [library.where(rising, a, b) for a, b in zip(cuts, reversed(cuts))]
        cuts = [library.maximum(library.minimum(cut, library.maximum(low, high)), library.minimum(low, high)) for cut in cuts]
    elif low is not None:
        cuts = [library.maximum(cut, low) for cut in cuts]
    elif high is not None:
        cuts = [library.minimum(cut, high) for cut in cuts]
    bounds = [low, *cuts, high]
    return list(itertools.pairwise(bounds))


HANDLERS: dict[type, Handler | Special] = {sympy.Integral: Special(lambda expr: (), _integral)}
