"""The gamma function's family under SciPy's names."""
from __future__ import annotations

from ....ir import ops
from ....ir.library.elementwise import row_function
from ....ir.library.reductions import floating
from ....ir.node import Node

gamma, rgamma, loggamma, beta, betaln, poch, binom = map(
    row_function, (ops.gamma, ops.rgamma, ops.loggamma, ops.beta, ops.betaln, ops.poch, ops.binom))
gammainc, gammaincc, gammaincinv, gammainccinv = map(row_function, (ops.gammainc, ops.gammaincc, ops.gammaincinv, ops.gammainccinv))
betainc, betaincc, betaincinv, betainccinv = map(row_function, (ops.betainc, ops.betaincc, ops.betaincinv, ops.betainccinv))
uppergamma, lowergamma = map(row_function, (ops.uppergamma, ops.lowergamma))


def factorial(x: object) -> Node:
    """gamma(x + 1) for any real x; NaN at the negative integers."""
    return gamma(floating(x) + 1)  # type: ignore[no-any-return]


__all__ = [
    "beta", "betainc", "betaincc", "betainccinv", "betaincinv", "betaln", "binom", "factorial", "gamma", "gammainc", "gammaincc",
    "gammainccinv", "gammaincinv", "loggamma", "lowergamma", "poch", "rgamma", "uppergamma",
]
