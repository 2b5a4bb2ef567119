"""Functions of whole numbers continued to real ones: sin(pi x) and cos(pi x), double factorials, Fibonacci's and others."""
from __future__ import annotations

import math
from typing import Any

from .. import ops
from ..convert import where
from ..node import Node
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


def catalan(x: object) -> Node:
    """binom(2x, x)/(x + 1)."""
    node: Any = floating(x)
    return _rounded(node, ops.binom(2 * node, node) / (node + 1))  # type: ignore[no-any-return]
