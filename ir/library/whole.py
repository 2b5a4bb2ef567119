"""Functions of whole numbers continued to real ones: sin(pi x) and cos(pi x), double factorials, Fibonacci's and others."""
from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..convert import broadcast_to, convert, where
from ..node import Node
from ..ops.source import filled
from .elementwise import FUNCTIONS as ROWS
from .reductions import floating

sin, floor, rint, exp, exp2, copysign = (ROWS[name] for name in ("sin", "floor", "rint", "exp", "exp2", "copysign"))
GOLDEN = (1 + math.sqrt(5)) / 2


def sinpi(x: Any) -> Node:
    """sin(pi x), exactly 0 for whole x and accurate beside them."""
    turn = x - 2 * rint(0.5 * x)
    return sin(math.pi * where(ops.abs(turn) > 0.5, copysign(1.0, turn) - turn, turn))  # type: ignore[no-any-return]


def cospi(x: Any) -> Node:
    """cos(pi x), accurate beside its zeros."""
    turn = x - 2 * rint(0.5 * x)
    return sin(math.pi * (0.5 - ops.abs(turn)))  # type: ignore[no-any-return]


def is_whole(x: Any) -> Any:
    return floor(x) == x


def _rounded(x: Any, value: Any) -> Any:
    """The value, which is whole where x is and as far as doubles show it; its derivative that of the value."""
    return where(is_whole(x) & (ops.abs(value) < 2.0**52), value + ops.stop_gradient(rint(value) - value), value)


def factorial2(x: object) -> Node:
    """2^(x/2) gamma(x/2 + 1), times sqrt(2/pi) for odd x: x (x - 2) (x - 4) ..., as mpmath and SymPy continue it."""
    node: Any = floating(x)
    return _rounded(node, ops.gamma(0.5 * node + 1) * exp2(0.5 * node) * exp((0.25 * math.log(math.pi / 2)) * (cospi(node) - 1)))  # type: ignore[no-any-return]


def subfactorial(x: object) -> Node:
    """The number of permutations without a fixed point, for whole numbers x >= 0; NaN elsewhere."""
    node: Any = floating(x)
    value = where(node == 0, 1.0, rint(ops.gamma(node + 1) * math.exp(-1)))
    return where(is_whole(node) & (node >= 0), value, math.nan)


def fibonacci(x: object) -> Node:
    """Binet's formula with cos(pi x) for the sign."""
    node: Any = floating(x)
    power = exp(math.log(GOLDEN) * node)
    return _rounded(node, (power - cospi(node) / power) / math.sqrt(5))  # type: ignore[no-any-return]


def lucas(x: object) -> Node:
    """The golden ratio's power plus its conjugate's, with cos(pi x) for the sign."""
    node: Any = floating(x)
    power = exp(math.log(GOLDEN) * node)
    return _rounded(node, power + cospi(node) / power)  # type: ignore[no-any-return]


def harmonic(x: object, order: object = None) -> Node:
    """psi(x + 1) - psi(1), the sum of 1/k for k <= x; of another order m, zeta(m) - zeta(m, x + 1), the sum of k^-m."""
    node: Any = floating(x)
    if order is None or (isinstance(order, (int, float)) and order == 1):
        return ops.digamma_gap(filled(node.type, 1.0), node)
    m = broadcast_to(convert(order, node.type.dtype), node.type.shape)
    return ops.riemann_zeta(m) - ops.hurwitz_zeta(m, node + 1)


def bernoulli(x: object) -> Node:
    """-x zeta(1 - x), 1 at 0: Bernoulli's numbers with B(1) = 1/2."""
    node: Any = floating(x)
    zero = node == 0
    return where(zero, 1.0, -node * ops.riemann_zeta(1 - where(zero, 2.0, node)))


def catalan(x: object) -> Node:
    """binom(2x, x)/(x + 1)."""
    node: Any = floating(x)
    return _rounded(node, ops.binom(2 * node, node) / (node + 1))  # type: ignore[no-any-return]
