"""The gamma function and its family, and the error functions."""
from __future__ import annotations

import math
from typing import Any

import sympy

from ....ir import library, ops
from ....ir.library import where
from ....ir.node import Node
from .handlers import Back, Handler, composed, refused, row


def _gamma(x: Any) -> Node:
    """exp(gammaln(x)) with the sign that alternates between the negative integers; NaN at the poles, as in SymPy zoo."""
    size = library.exp(ops.gammaln(x))
    odd = library.remainder(library.floor(x), 2.0) == 1
    pole = (x <= 0) & (library.floor(x) == x)
    return where(pole, math.nan, where((x < 0) & odd, -size, size))


def _beta(expr: Any, args: list[Node]) -> Node:
    a, b = args[0], args[-1]
    return library.exp(ops.gammaln(a) + ops.gammaln(b) - ops.gammaln(a + b))  # type: ignore[no-any-return]


def _polygamma(expr: Any, args: list[Node]) -> Node:
    order = expr.args[0]
    if not order.is_Integer or order < 0:
        raise refused(expr, "the order of polygamma must be a fixed integer from 0 on")
    return ops.digamma(args[1]) if order == 0 else ops.polygamma(args[1], order=int(order))


HANDLERS: dict[type, Handler] = {
    sympy.erf: row(ops.erf), sympy.erfc: row(ops.erfc), sympy.erfi: row(ops.erfi), sympy.erf2: row(ops.erf2),
    sympy.erfinv: row(ops.erfinv), sympy.erfcinv: row(ops.erfcinv), sympy.erf2inv: row(ops.erf2inv),
    sympy.gamma: composed(_gamma), sympy.loggamma: row(ops.gammaln),
    sympy.digamma: row(ops.digamma), sympy.polygamma: _polygamma, sympy.factorial: composed(lambda x: _gamma(x + 1)),
    sympy.trigamma: composed(lambda x: ops.polygamma(x, order=1)), sympy.beta: _beta,
}

BACK: dict[Any, Back] = {
    ops.erf: sympy.erf, ops.erfc: sympy.erfc, ops.erfi: sympy.erfi, ops.erf2: sympy.erf2, ops.erfinv: sympy.erfinv,
    ops.erfcinv: sympy.erfcinv, ops.erf2inv: sympy.erf2inv, ops.gammaln: sympy.loggamma, ops.digamma: sympy.digamma,
}
