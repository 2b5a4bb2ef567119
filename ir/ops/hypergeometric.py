"""Hypergeometric functions and orthogonal polynomials of any real degree (NIST DLMF 13, 15, 18), by SciPy's C functions.

A derivative by the argument is a function of the same kind. One by a parameter has no such form: it is the central difference of
order six with a step of 1/128, whose error is the seventh derivative's 128^-6/140 and the rounding of the values times 220.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

from ..node import Node
from ..op import Op
from .external import external
from .source import filled

LARGEST = 500.0  # of every argument: beyond it SciPy's series may not end
STEP = 1 / 128
_WEIGHTS = (45 / 60, -9 / 60, 1 / 60)  # of f(a + kh) - f(a - kh), k = 1, 2, 3


def by_parameter(row: Callable[[], Op], number: int) -> Callable[..., Node]:
    """The partial by an argument through values beside it."""

    def partial(*args: Node) -> Node:
        *given, _ = args
        total: Node | None = None
        for k, weight in enumerate(_WEIGHTS, start=1):
            above, below = (_moved(row(), given, number, sign * k * STEP) for sign in (1, -1))
            term = (above - below) * (weight / STEP)
            total = term if total is None else total + term
        assert total is not None
        return total

    return partial


def _moved(row: Op, args: Sequence[Node], number: int, by: float) -> Node:
    return row(*(a + by if k == number else a for k, a in enumerate(args)))


def _differences(row: Callable[[], Op], count: int) -> list[Callable[..., Node]]:
    return [by_parameter(row, k) for k in range(count)]


def _legendre_slope(n: Node, x: Node, y: Node) -> Node:
    one = filled(x.type, 1)
    return (n + 1) / 2 * eval_jacobi(n - 1, one, one, x)


hyp0f1: Op = external(
    "hyp0f1", 2, *_differences(lambda: hyp0f1, 1), lambda b, x, y: hyp0f1(b + 1, x) / b, sample=((0.5, 4), (-9, 9)),
    doc="0F1(; b; x), the confluent limit function", largest=LARGEST,
    bounded=2,
)
hyp2f1: Op = external(
    "hyp2f1", 4, *_differences(lambda: hyp2f1, 3), lambda a, b, c, x, y: a * b / c * hyp2f1(a + 1, b + 1, c + 1, x),
    sample=((0.5, 2), (0.5, 2), (2.5, 4), (-0.8, 0.8)), doc="2F1(a, b; c; x), Gauss's function, for x < 1", largest=LARGEST,
    bounded=4,
)
eval_jacobi: Op = external(
    "eval_jacobi", 4, *_differences(lambda: eval_jacobi, 3),
    lambda n, a, b, x, y: (n + a + b + 1) / 2 * eval_jacobi(n - 1, a + 1, b + 1, x), sample=((1, 5), (0.5, 2), (0.5, 2), (-0.9, 0.9)),
    doc="Jacobi's polynomial of degree n with exponents a and b at x; any real n by 2F1", largest=LARGEST,
    bounded=4,
)
eval_gegenbauer: Op = external(
    "eval_gegenbauer", 3, *_differences(lambda: eval_gegenbauer, 2), lambda n, a, x, y: 2 * a * eval_gegenbauer(n - 1, a + 1, x),
    sample=((1, 5), (0.5, 2), (-0.9, 0.9)), doc="Gegenbauer's polynomial of degree n with index a at x; any real n by 2F1", largest=LARGEST,
    bounded=3,
)
eval_genlaguerre: Op = external(
    "eval_genlaguerre", 3, *_differences(lambda: eval_genlaguerre, 2), lambda n, a, x, y: -eval_genlaguerre(n - 1, a + 1, x),
    sample=((1, 5), (0.5, 2), (0, 9)), doc="Laguerre's polynomial of degree n with index a at x; any real n by 1F1", largest=LARGEST,
    bounded=3,
)
eval_legendre: Op = external(
    "eval_legendre", 2, *_differences(lambda: eval_legendre, 1), _legendre_slope,
    sample=((1, 5), (-0.9, 0.9)), doc="Legendre's polynomial of degree n at x; any real n by 2F1", largest=LARGEST,
    bounded=2,
)

__all__ = ["eval_gegenbauer", "eval_genlaguerre", "eval_jacobi", "eval_legendre", "hyp0f1", "hyp2f1"]
