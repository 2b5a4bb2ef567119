"""Orthogonal polynomials and hypergeometric functions, by SciPy's names.

A degree that is a Python integer gives the recurrence; any other degree is real and may be a node.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....ir import ops
from ....ir.convert import as_node
from ....ir.library import arccos, arccosh, cos, cosh, polynomials, where
from ....ir.library.composed import composed
from ....ir.library.elementwise import row_function
from ....ir.library.reductions import floating

hyp0f1, hyp1f1, hyp2f1 = map(row_function, (ops.hyp0f1, ops.hyp1f1, ops.hyp2f1))
_legendre, _laguerre = row_function(ops.eval_legendre), row_function(ops.eval_genlaguerre)
_gegenbauer, _jacobi = row_function(ops.eval_gegenbauer), row_function(ops.eval_jacobi)


def whole(n: object) -> bool:
    """Whether a degree is fixed, so that a recurrence can be written out."""
    return isinstance(n, (int, np.integer)) and not isinstance(n, bool)


@composed
def eval_legendre(n: Any, x: object) -> Any:
    """Legendre's polynomial P_n(x)."""
    return polynomials.legendre(n, floating(x)) if whole(n) else _legendre(n, x)


@composed
def eval_chebyt(n: Any, x: object) -> Any:
    """Chebyshev's polynomial T_n(x): cos(n arccos x), and cosh(n arccosh x) above 1."""
    node = floating(x)
    if whole(n):
        return polynomials.chebyshev_first(n, node)
    degree, inside = as_node(n), node <= 1
    near, far = where(inside, node, 1.0), where(inside, 1.5, node)
    return where(inside, cos(degree * arccos(near)), cosh(degree * arccosh(far)))


@composed
def eval_chebyu(n: Any, x: object) -> Any:
    """Chebyshev's polynomial U_n(x); of a degree that is no fixed integer by Gegenbauer's with index 1."""
    return polynomials.chebyshev_second(n, floating(x)) if whole(n) else _gegenbauer(n, 1.0, x)


def _fixed(recurrence: Callable[[int, Any], Any], name: str, doc: str) -> Any:
    def polynomial(n: int, x: object) -> Any:
        return recurrence(n, floating(x))

    polynomial.__name__ = polynomial.__qualname__ = name
    polynomial.__doc__ = doc
    return composed(polynomial)


eval_hermite = _fixed(polynomials.hermite, "eval_hermite", "Hermite's polynomial H_n(x), the physicists', of a fixed degree.")
eval_hermitenorm = _fixed(
    polynomials.hermite_probabilists, "eval_hermitenorm", "Hermite's polynomial He_n(x), the probabilists', of a fixed degree.")


@composed
def eval_laguerre(n: Any, x: object) -> Any:
    """Laguerre's polynomial L_n(x)."""
    return polynomials.laguerre(n, 0.0, floating(x)) if whole(n) else _laguerre(n, 0.0, x)


@composed
def eval_genlaguerre(n: Any, alpha: object, x: object) -> Any:
    """Laguerre's polynomial L_n^(alpha)(x)."""
    return polynomials.laguerre(n, floating(alpha), floating(x)) if whole(n) else _laguerre(n, alpha, x)


@composed
def eval_gegenbauer(n: Any, alpha: object, x: object) -> Any:
    """Gegenbauer's polynomial C_n^(alpha)(x)."""
    return polynomials.gegenbauer(n, floating(alpha), floating(x)) if whole(n) else _gegenbauer(n, alpha, x)


@composed
def eval_jacobi(n: Any, alpha: object, beta: object, x: object) -> Any:
    """Jacobi's polynomial P_n^(alpha, beta)(x)."""
    return polynomials.jacobi(n, floating(alpha), floating(beta), floating(x)) if whole(n) else _jacobi(n, alpha, beta, x)


__all__ = [
    "eval_chebyt", "eval_chebyu", "eval_gegenbauer", "eval_genlaguerre", "eval_hermite", "eval_hermitenorm", "eval_jacobi",
    "eval_laguerre", "eval_legendre", "hyp0f1", "hyp1f1", "hyp2f1",
]
