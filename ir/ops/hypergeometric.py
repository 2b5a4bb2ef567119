"""Hypergeometric functions and orthogonal polynomials of any real degree (NIST DLMF 13, 15, 16, 18).

A derivative by the argument is a function of the same kind with all parameters raised; one by parameters is the row of a series
that is differentiated term by term (`hypergeometric_series.py`), whose attribute `order` has a digit for each parameter.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import GraphError
from ..node import Node
from ..op import Op, Partials
from .arithmetic import abs
from .composite import composite, where
from .elementary import exp
from .elementwise import FLOATS, same_types
from .external import in_float64
from .gamma import binom, poch, rgamma
from .hypergeometric_series import ARRAYS, Index, orders_of, series
from .source import filled
from .special import digamma, gamma


def _number(orders: Sequence[int]) -> int:
    """The attribute of a row: a digit for each parameter."""
    if max(orders) > 9:
        raise GraphError(f"hypergeometric function: derivatives by a parameter go up to the ninth, got {max(orders)}")
    return int("".join(map(str, orders)))


def _raised(orders: Index, parameter: int, by: int = 1) -> Index:
    return tuple(n + by * (k == parameter) for k, n in enumerate(orders))


def _by_argument(family: Callable[[Index], Callable[..., Any]], orders: Index, args: Sequence[Any]) -> Any:
    """The derivative by x of a derivative by parameters, by Leibniz's rule for y' = a b / c y(a + 1, b + 1; c + 1).

    family   from orders to the function of parameters and argument
    """
    *upper, c, x = args
    above = [*(a + 1.0 for a in upper), c + 1.0, x]
    last: Any = None
    for times in range(orders[-1] + 1):                       # c D = a b y(+), differentiated by c so many times
        terms: list[tuple[Any, Index]] = [(None, (*orders[:-1], times))]
        for k, a in enumerate(upper):
            more = [(float(orders[k]) if f is None else f * float(orders[k]), _raised(n, k, -1)) for f, n in terms if n[k]]
            terms = [(a if f is None else f * a, n) for f, n in terms] + more
        total: Any = None
        for factor, n in terms:
            term = family(n)(*above) if factor is None else factor * family(n)(*above)
            total = term if total is None else total + term
        last = total / c if last is None else (total - float(times) * last) / c
    return last


def _row(name: str, upper: int, doc: str, sample: tuple[tuple[float, float], ...]) -> Op:
    """The row of a series and its derivatives by parameters."""
    typed = same_types(name, FLOATS)
    count = upper + 2

    def evaluate(*values: Any) -> np.ndarray:
        *arrays, order = values

        def meaning(*doubles: np.ndarray) -> np.ndarray:
            *above, c, x = np.broadcast_arrays(*doubles)
            with np.errstate(all="ignore"):
                return np.asarray(series(ARRAYS, above, c, x, orders_of(order, upper)))

        return in_float64(meaning)(*arrays)

    def family(orders: Index) -> Callable[..., Any]:
        return lambda *args: row(*args, order=_number(orders))

    def by(parameter: int) -> Callable[..., Any]:
        return lambda *args: family(_raised(orders_of(args[-1].attribute("order"), upper), parameter))(*args[:-1])

    def by_x(*args: Any) -> Any:
        *given, y = args
        slope = _by_argument(family, orders_of(y.attribute("order"), upper), given)
        return slope - 0.5 * y if upper == 1 else slope

    row = Op(
        name, lambda types, order: typed(types), evaluate, Partials((*(by(k) for k in range(upper + 1)), by_x)), ("order",), arity=count,
        doc=doc, takes=FLOATS, sample=sample)
    return row


hyp0f1_series = _row("hyp0f1_series", 0, "0F1(; c; x), differentiated by c", ((0.5, 4), (-9, 9)))
hyp1f1_series = _row(
    "hyp1f1_series", 1, "exp(-x/2) 1F1(a; c; x) for x >= 0, differentiated by a and c", ((0.5, 4), (0.5, 4), (0.1, 9)))
hyp2f1_series = _row(
    "hyp2f1_series", 2, "2F1(a, b; c; x), differentiated by a, b and c", ((0.5, 2), (0.5, 2), (2.5, 4), (-0.8, 0.8)))

hyp0f1: Op = composite(
    "hyp0f1", 2, lambda b, x: hyp0f1_series(b, x, order=0), lambda b, x, y: hyp0f1_series(b, x, order=1),
    lambda b, x, y: hyp0f1(b + 1, x) / b, sample=((0.5, 4), (-9, 9)), doc="0F1(; b; x), the confluent limit function")


# ------------------------------------------------------------------------------------------------------------ 1F1

def _kummer(a: Any, b: Any, x: Any, order: int) -> Any:
    """The derivatives of 1F1 by parameters. For x < 0 those of exp(x) 1F1(b - a; b; -x), in which each by b is two."""
    times, after = orders_of(order, 1)
    below = x < 0
    args = where(below, b - a, a), b, abs(x)
    mirrored: Any = None
    for k in range(after + 1):
        term = hyp1f1_series(*args, order=_number((times + k, after - k))) * float(math.comb(after, k) * (-1) ** times)
        mirrored = term if mirrored is None else mirrored + term
    value = mirrored if not order else where(below, mirrored, hyp1f1_series(*args, order=order))
    return exp(x / 2) * value


def _kummer_family(orders: Index) -> Callable[..., Any]:
    order = _number(orders)
    return lambda *args: hyp1f1_by(*args, order=order) if order else hyp1f1(*args)


hyp1f1_by: Op = composite(
    "hyp1f1_by", 3, _kummer, *(
        (lambda a, b, x, y, k=k: _kummer_family(_raised(orders_of(y.attribute("order"), 1), k))(a, b, x)) for k in range(2)),
    lambda a, b, x, y: _by_argument(_kummer_family, orders_of(y.attribute("order"), 1), (a, b, x)), attributes=("order",),
    sample=((0.5, 4), (0.5, 4), (-9, 9)), doc="1F1(a; b; x) differentiated by a and b, as the digits of order say")
hyp1f1: Op = composite(
    "hyp1f1", 3, lambda a, b, x: _kummer(a, b, x, 0), lambda a, b, x, y: hyp1f1_by(a, b, x, order=10),
    lambda a, b, x, y: hyp1f1_by(a, b, x, order=1), lambda a, b, x, y: a / b * hyp1f1(a + 1, b + 1, x),
    sample=((0.5, 4), (0.5, 4), (-9, 9)), doc="1F1(a; b; x), Kummer's function M")


# ------------------------------------------------------------------------------------------------------------ 2F1

def _gauss(a: Any, b: Any, c: Any, x: Any) -> Any:
    """The series, and Gauss's sum at 1 (DLMF 15.4.20)."""
    end = x == 1
    rest = c - a - b
    at_end = gamma(c) * rgamma(c - a) * (gamma(where(rest > 0, rest, math.nan)) * rgamma(c - b))
    value = hyp2f1_series(a, b, c, x, order=0)
    return where(end & (value != value), at_end, value)


hyp2f1: Op = composite(
    "hyp2f1", 4, _gauss, *((lambda a, b, c, x, y, order=order: hyp2f1_series(a, b, c, x, order=order)) for order in (100, 10, 1)),
    lambda a, b, c, x, y: a * b / c * hyp2f1(a + 1, b + 1, c + 1, x), sample=((0.5, 2), (0.5, 2), (2.5, 4), (-0.8, 0.8)),
    doc="2F1(a, b; c; x), Gauss's function, for x < 1")


# ------------------------------------------------------------------------------------- orthogonal polynomials of real degree

def _ends(x: Any) -> Any:
    return (1 - x) / 2


def _jacobi(n: Any, a: Any, b: Any, x: Any, order: int = 0) -> Any:
    return binom(n + a, n) * hyp2f1_series(-n, n + a + b + 1, a + 1, _ends(x), order=order)


def _gegenbauer(n: Any, a: Any, x: Any, order: int = 0) -> Any:
    return poch(2 * a, n) * rgamma(n + 1) * hyp2f1_series(-n, n + 2 * a, a + 0.5, _ends(x), order=order)


def _legendre(n: Any, x: Any, order: int = 0) -> Any:
    return hyp2f1_series(-n, n + 1, filled(n.type, 1), _ends(x), order=order)


def _laguerre(n: Any, a: Any, x: Any) -> Any:
    return binom(n + a, n) * hyp1f1(-n, a + 1, x)


def _laguerre_by(n: Any, a: Any, x: Any, order: int) -> Any:
    return binom(n + a, n) * hyp1f1_by(-n, a + 1, x, order=order)


def _legendre_slope(n: Node, x: Node, y: Node) -> Node:
    one = filled(x.type, 1)
    return (n + 1) / 2 * eval_jacobi(n - 1, one, one, x)


eval_jacobi: Op = composite(
    "eval_jacobi", 4, _jacobi,
    lambda n, a, b, x, y: (digamma(n + a + 1) - digamma(n + 1)) * y + (_jacobi(n, a, b, x, 10) - _jacobi(n, a, b, x, 100)),
    lambda n, a, b, x, y: (digamma(n + a + 1) - digamma(a + 1)) * y + (_jacobi(n, a, b, x, 10) + _jacobi(n, a, b, x, 1)),
    lambda n, a, b, x, y: _jacobi(n, a, b, x, 10),
    lambda n, a, b, x, y: (n + a + b + 1) / 2 * eval_jacobi(n - 1, a + 1, b + 1, x), sample=((1, 5), (0.5, 2), (0.5, 2), (-0.9, 0.9)),
    doc="Jacobi's polynomial of degree n with exponents a and b at x; any real n by 2F1")
eval_gegenbauer: Op = composite(
    "eval_gegenbauer", 3, _gegenbauer,
    lambda n, a, x, y: (digamma(n + 2 * a) - digamma(n + 1)) * y + (_gegenbauer(n, a, x, 10) - _gegenbauer(n, a, x, 100)),
    lambda n, a, x, y: 2 * (digamma(n + 2 * a) - digamma(2 * a)) * y + (2 * _gegenbauer(n, a, x, 10) + _gegenbauer(n, a, x, 1)),
    lambda n, a, x, y: 2 * a * eval_gegenbauer(n - 1, a + 1, x), sample=((1, 5), (0.5, 2), (-0.9, 0.9)),
    doc="Gegenbauer's polynomial of degree n with index a at x; any real n by 2F1")
eval_genlaguerre: Op = composite(
    "eval_genlaguerre", 3, _laguerre,
    lambda n, a, x, y: (digamma(n + a + 1) - digamma(n + 1)) * y - _laguerre_by(n, a, x, 10),
    lambda n, a, x, y: (digamma(n + a + 1) - digamma(a + 1)) * y + _laguerre_by(n, a, x, 1),
    lambda n, a, x, y: -eval_genlaguerre(n - 1, a + 1, x), sample=((1, 5), (0.5, 2), (0, 9)),
    doc="Laguerre's polynomial of degree n with index a at x; any real n by 1F1")
eval_legendre: Op = composite(
    "eval_legendre", 2, _legendre, lambda n, x, y: _legendre(n, x, 10) - _legendre(n, x, 100), _legendre_slope,
    sample=((1, 5), (-0.9, 0.9)), doc="Legendre's polynomial of degree n at x; any real n by 2F1")

__all__ = [
    "eval_gegenbauer", "eval_genlaguerre", "eval_jacobi", "eval_legendre", "hyp0f1", "hyp0f1_series", "hyp1f1", "hyp1f1_by",
    "hyp1f1_series", "hyp2f1", "hyp2f1_series",
]
