"""The gamma function's family under SciPy's names."""
from __future__ import annotations

from ....ir import ops
from ....ir.errors import ExpressionError
from ....ir.library.elementwise import row_function
from ....ir.library.reductions import floating
from ....ir.library.shapes import integer
from ....ir.node import Node, located

gamma, rgamma, loggamma, beta, betaln, poch, binom = map(
    row_function, (ops.gamma, ops.rgamma, ops.loggamma, ops.beta, ops.betaln, ops.poch, ops.binom))
gammainc, gammaincc, gammaincinv, gammainccinv = map(row_function, (ops.gammainc, ops.gammaincc, ops.gammaincinv, ops.gammainccinv))
betainc, betaincc, betaincinv, betainccinv = map(row_function, (ops.betainc, ops.betaincc, ops.betaincinv, ops.betainccinv))
uppergamma, lowergamma, polylog = map(row_function, (ops.uppergamma, ops.lowergamma, ops.polylog))


def factorial(x: object) -> Node:
    """gamma(x + 1) for any real x; NaN at the negative integers."""
    return gamma(floating(x) + 1)  # type: ignore[no-any-return]


def zeta(x: object, q: object = None) -> Node:
    """Riemann's zeta function of any real x; with q Hurwitz's, the sum of (q + k)^-x for k >= 0."""
    return row_function(ops.riemann_zeta)(x) if q is None else row_function(ops.hurwitz_zeta)(x, q)  # type: ignore[no-any-return]


def lambertw(x: object, k: object = 0) -> Node:
    """The real branches of Lambert's W: k = 0 for x >= -1/e, k = -1 for -1/e <= x < 0; NaN elsewhere."""
    branch = integer("lambertw", k)
    if branch not in (0, -1):
        raise located(ExpressionError(f"lambertw: the real branches are k = 0 and k = -1, got {branch}"))
    return row_function(ops.lambertw0 if branch == 0 else ops.lambertwm1)(x)  # type: ignore[no-any-return]


__all__ = [
    "beta", "betainc", "betaincc", "betainccinv", "betaincinv", "betaln", "binom", "factorial", "gamma", "gammainc", "gammaincc",
    "gammainccinv", "gammaincinv", "lambertw", "loggamma", "lowergamma", "poch", "polylog", "rgamma", "uppergamma", "zeta",
]
