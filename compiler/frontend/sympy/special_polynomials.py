"""Elliptic integrals, orthogonal polynomials, spherical harmonics and hypergeometric functions.

SymPy expands a polynomial of a fixed degree when it is made; one that was made with evaluate=False, or gets its degree at the
call, comes here.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sympy

from ....ir import library, ops
from ....ir.library import polynomials
from ....ir.node import Node
from ....ir.ops.hypergeometric_series import orders_of
from .. import special
from .handlers import Back, Handler, Special, not_real, refused, row


def _degree(expr: Any, number: Any) -> int | None:
    """A fixed whole degree; None for any other."""
    return int(number) if number.is_Integer and number >= 0 else None


def _polynomial(evaluate: Callable[..., Any]) -> Handler:
    """A family: its degree first, then its parameters and the argument."""

    def polynomial(expr: Any, args: list[Node]) -> Node:
        n = _degree(expr, expr.args[0])
        return evaluate(args[0] if n is None else n, *args[1:])  # type: ignore[no-any-return]

    return polynomial


def _fixed(evaluate: Callable[..., Any]) -> Handler:
    """A family whose degree must be a whole number."""

    def polynomial(expr: Any, args: list[Node]) -> Node:
        n = _degree(expr, expr.args[0])
        if n is None:
            raise refused(expr, f"the degree of {type(expr).__name__} must be a fixed whole number; give its value with subs")
        return evaluate(n, *args[1:])  # type: ignore[no-any-return]

    return polynomial


def _assoc_legendre(expr: Any, args: list[Node]) -> Node:
    n, m = expr.args[:2]
    if not (n.is_Integer and m.is_Integer):
        raise refused(expr, "degree and order of assoc_legendre must be fixed whole numbers; give their values with subs")
    return polynomials.associated_legendre(int(n), int(m), args[2])  # type: ignore[no-any-return]


def harmonic(expr: Any, args: list[Node]) -> tuple[Node, Node]:
    """The real and the imaginary part of Ynm."""
    n, m = expr.args[:2]
    if not (n.is_Integer and m.is_Integer):
        raise refused(expr, "degree and order of a spherical harmonic must be fixed whole numbers; give their values with subs")
    return polynomials.spherical_harmonic(int(n), int(m), args[2], args[3])


def _complex(expr: Any, args: list[Node]) -> Node:
    raise not_real(expr)


def _elliptic_e(expr: Any, args: list[Node]) -> Node:
    return special.ellipe(args[0]) if len(args) == 1 else special.ellipeinc(*args)  # type: ignore[no-any-return]


def _elliptic_pi(expr: Any, args: list[Node]) -> Node:
    return special.ellippi(*args) if len(args) == 2 else special.ellippiinc(*args)  # type: ignore[no-any-return]


def _hyper(expr: Any, args: list[Node], convert: object) -> Any:
    """0F0, 1F0, 0F1, 1F1, 2F1, and any that ends."""
    above, below = len(expr.ap), len(expr.bq)
    x = args[-1]
    ends = [-int(a) for a in expr.ap if a.is_Integer and a <= 0]
    poles = [-int(b) for b in expr.bq if b.is_Integer and b <= 0]
    if poles and (not ends or min(poles) < min(ends)):
        raise refused(expr, f"it is infinite, since its lower parameter is {-min(poles)}")
    if ends and min(ends) > polynomials.DEGREES:
        raise refused(expr, f"its degree must be at most {polynomials.DEGREES}, got {min(ends)}")
    rows: dict[tuple[int, int], Any] = {
        (0, 0): ops.exp, (1, 0): lambda a, x: library.power(1 - x, -a), (0, 1): special.hyp0f1, (1, 1): special.hyp1f1,
        (2, 1): special.hyp2f1}
    if ends and (poles or below == 0 or (above, below) not in rows):
        return polynomials.hypergeometric(min(ends), args[:above], args[above:-1], x)
    if (above, below) not in rows:
        if not expr.free_symbols and (value := expr.evalf(30)).is_Float:
            return value
        raise refused(expr, f"{above}F{below} is supported only where an upper parameter is a whole number from "
                            f"-{polynomials.DEGREES} to 0; try hyperexpand")
    return rows[above, below](*args)


HANDLERS: dict[type, Handler | Special] = {
    sympy.elliptic_k: row(ops.ellipk), sympy.elliptic_f: row(ops.ellipkinc), sympy.elliptic_e: _elliptic_e, sympy.elliptic_pi: _elliptic_pi,
    sympy.legendre: _polynomial(special.eval_legendre), sympy.assoc_legendre: _assoc_legendre,
    sympy.chebyshevt: _polynomial(special.eval_chebyt), sympy.chebyshevu: _polynomial(special.eval_chebyu),
    sympy.hermite: _fixed(special.eval_hermite), sympy.hermite_prob: _fixed(special.eval_hermitenorm),
    sympy.laguerre: _polynomial(special.eval_laguerre), sympy.assoc_laguerre: _polynomial(special.eval_genlaguerre),
    sympy.gegenbauer: _polynomial(special.eval_gegenbauer), sympy.jacobi: _polynomial(special.eval_jacobi),
    sympy.hyper: Special(lambda expr: [*expr.ap, *expr.bq, expr.argument], _hyper),
    sympy.Ynm: _complex,
}


def _series(upper: int) -> Back:
    """A hypergeometric function differentiated by parameters, which `order` counts by its digits."""

    def back(order: int, *args: Any) -> Any:
        variables = [a if a.is_Symbol else sympy.Dummy() for a in args]
        function = sympy.hyper(variables[:upper], [variables[upper]], variables[-1])
        slope = sympy.Derivative(function, *zip(variables, orders_of(order, upper)))
        moved = [(v, a) for v, a in zip(variables, args) if v != a]
        return sympy.Subs(slope, *zip(*moved)) if moved else slope

    return back


BACK: dict[Any, Back] = {
    ops.hyp0f1_series: _series(0), ops.hyp1f1_by: _series(1), ops.hyp2f1_series: _series(2),
    ops.hyp1f1_series: lambda order, a, c, x: sympy.exp(-x / 2) * _series(1)(order, a, c, x),
    ops.ellipk: sympy.elliptic_k, ops.ellipe: sympy.elliptic_e, ops.ellipkinc: sympy.elliptic_f, ops.ellipeinc: sympy.elliptic_e,
    ops.ellipd: lambda m: (sympy.elliptic_k(m) - sympy.elliptic_e(m)) / m,
    ops.ellipdinc: lambda z, m: (sympy.elliptic_f(z, m) - sympy.elliptic_e(z, m)) / m,
    ops.ellippi: lambda z, n, m: sympy.elliptic_pi(n, z, m), ops.ellippi_complete: sympy.elliptic_pi,
    ops.hyp0f1: lambda b, x: sympy.hyper([], [b], x), ops.hyp1f1: lambda a, b, x: sympy.hyper([a], [b], x),
    ops.hyp2f1: lambda a, b, c, x: sympy.hyper([a, b], [c], x), ops.eval_legendre: sympy.legendre, ops.eval_jacobi: sympy.jacobi,
    ops.eval_gegenbauer: sympy.gegenbauer, ops.eval_genlaguerre: sympy.assoc_laguerre,
}
