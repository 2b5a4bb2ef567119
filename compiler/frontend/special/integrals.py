"""The exponential, sine and cosine integrals, Fresnel's, and the Airy functions.

SciPy gives related functions together, as tuples: `sici`, `shichi`, `fresnel`, `airy`. Each has a name of its own as well.
"""
from __future__ import annotations

from ....ir import ops
from ....ir.convert import as_node
from ....ir.library import expint
from ....ir.library.composed import composed
from ....ir.library.elementwise import row_function
from ....ir.node import Node

exp1, expi, logint = map(row_function, (ops.exp1, ops.expi, ops.logint))
sinint, cosint, sinhint, coshint = map(row_function, (ops.sinint, ops.cosint, ops.sinhint, ops.coshint))
fresnels, fresnelc = map(row_function, (ops.fresnels, ops.fresnelc))
airyai, airyaiprime, airybi, airybiprime = map(row_function, (ops.airyai, ops.airyaiprime, ops.airybi, ops.airybiprime))


def expn(n: object, x: object) -> Node:
    """E_n(x), the integral of e^(-x t)/t^n for t from 1 on, of any real order n; NaN for x < 0. Fixed whole orders up to 32 are fastest."""
    return expint.of_order(n, x)


@composed
def sici(x: object) -> tuple[Node, Node]:
    """Si(x) and Ci(|x|)."""
    return sinint(x), cosint(abs(as_node(x)))


@composed
def shichi(x: object) -> tuple[Node, Node]:
    """Shi(x) and Chi(|x|)."""
    return sinhint(x), coshint(abs(as_node(x)))


@composed
def fresnel(x: object) -> tuple[Node, Node]:
    """The integrals S(x) of sin(pi t^2 / 2) and C(x) of cos(pi t^2 / 2) from 0 to x."""
    return fresnels(x), fresnelc(x)


@composed
def airy(x: object) -> tuple[Node, Node, Node, Node]:
    """Ai(x), Ai'(x), Bi(x) and Bi'(x)."""
    return airyai(x), airyaiprime(x), airybi(x), airybiprime(x)


__all__ = [
    "airy", "airyai", "airyaiprime", "airybi", "airybiprime", "cosint", "coshint", "exp1", "expi", "expn", "fresnel", "fresnelc",
    "fresnels", "logint", "shichi", "sici", "sinhint", "sinint",
]
