"""Integrals as sums over fixed nodes: the integrand is evaluated along one more axis, weighted and summed.

For derivatives that have no closed form, such as that of an incomplete gamma function by its parameter. Like any
composition it can be differentiated, batched and compiled. The number of nodes is fixed, so a rule must suit the integrand:
Gauss and Legendre's for one that is smooth beyond both ends, the double exponential one of Takahasi and Mori (1974) for
one that is analytic inside, whatever the ends do, and for infinite ranges.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..convert import broadcast_shapes, broadcast_to, common_dtype, convert, where
from ..errors import ExpressionError
from ..node import Node, located
from ..op import Constant
from ..ops.source import const
from .reductions import sum
from .shapes import reshape

RULES = {
    "exponential": ("finite", "half", "both"), "decaying": ("half",), "legendre": ("finite",), "steep": ("finite",),
    "trapezoid": ("finite",),
}
REACH = {"finite": 3.9, "half": 4.2, "both": 3.8}  # of the variable of the double exponential rules: what lies beyond is left out


def integrate(
    f: Callable[..., Any], lower: object, upper: object, *parameters: object, rule: str = "exponential", points: int = 0,
    scale: object = 1.0, reach: float = 0.0,
) -> Node:
    """The integral of f(t, *parameters) for t from lower to upper; limits and parameters are broadcast together.

    f        gets t and the parameters with one more axis, the last, along which it must compute elementwise
    lower    and upper: numbers or nodes; an infinite limit must be the number math.inf or -math.inf itself
    rule     "exponential" (double exponential); "decaying" for one infinite limit, if f falls like e^(-t/scale) or faster: its
             nodes stand twice as close; between finite limits "legendre", "trapezoid" (where f and its odd derivatives vanish at
             both ends), or "steep", where f has fallen like exp(-e^t) before the upper limit
    points   how many nodes; 127, of Legendre's 64, if 0
    scale    for an infinite limit: the width over which f changes; a positive number or node
    reach    how far the variable of a double exponential rule goes: 3.9 (finite limits), 4.2 (one infinite) or 3.8 if 0;
             more for integrands that are strong at the very ends, less for those that vanish there and want closer nodes

    >>> import wengert as wg
    >>> a = wg.symbol("a")
    >>> y = integrate(lambda t, a: wg.exp(-a * t * t), 0.0, math.inf, a)
    >>> round(float(wg.evaluate(wg.Graph("y", [a], [y]), math.pi)[0]), 12)
    0.5
    """
    ends = [_infinite(limit) for limit in (lower, upper)]
    given = [v for v, infinite in zip((lower, upper), ends) if not infinite] + [scale, *parameters]
    dtype = common_dtype(given)
    dtype = dtype if dtype.kind == "f" else np.dtype("float64")
    nodes = [convert(v, dtype) for v in given]
    kind = "both" if all(ends) else "half" if any(ends) else "finite"
    count = points or (64 if rule == "legendre" else 127)
    if kind not in RULES.get(rule, ()):
        known = "'exponential', 'decaying' to one infinite limit, or 'legendre', 'trapezoid' or 'steep' between finite ones"
        raise located(ExpressionError(f"integrate: the rule must be {known}, got {rule!r}"))
    wide, constants = _side_by_side(nodes, rule_nodes(rule, kind, count, reach or REACH[kind]), dtype)
    t, weight = _placed(kind, wide, constants, upward=not ends[0])
    return sum(f(t, *wide[len(given) - len(parameters):]) * weight, axis=-1)


def summed(f: Callable[..., Any], columns: Sequence[np.ndarray], *parameters: object) -> Node:
    """The sum of f(*column values, *parameters) over the rows of some constant columns, which lie along one more axis.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> y = summed(lambda k, x: x / k, [np.arange(1.0, 5)], x)
    >>> round(float(wg.evaluate(wg.Graph("y", [x], [y]), 12.0)[0]), 12)
    25.0
    """
    dtype = common_dtype(parameters)
    wide, constants = _side_by_side([convert(v, dtype if dtype.kind == "f" else np.dtype("float64")) for v in parameters], columns, dtype)
    return sum(f(*constants, *wide), axis=-1)


def _side_by_side(nodes: Sequence[Node], columns: Sequence[np.ndarray], dtype: np.dtype) -> tuple[list[Node], list[Node]]:
    """The nodes in their common shape with one more axis, and the constants along that axis."""
    shape = (*broadcast_shapes("integrate", [node.type.shape for node in nodes]), len(columns[0]))
    wide = [broadcast_to(reshape(node, (*node.type.shape, 1)) if node.type.ndim else node, shape) for node in nodes]
    return wide, [broadcast_to(const(value=Constant(np.asarray(column, dtype))), shape) for column in columns]


def _infinite(limit: object) -> bool:
    return isinstance(limit, (int, float)) and math.isinf(limit)


def _placed(kind: str, wide: list[Node], constants: list[Node], upward: bool) -> tuple[Node, Node]:
    """The nodes and weights between the limits. Distances from either end are exact where that end is 0."""
    if kind == "finite":
        lower, upper, (u, v, weight) = wide[0], wide[1], constants
        width = upper - lower
        return where(u < v, lower + width * u, upper - width * v), width * weight
    u, weight = constants
    if kind == "both":
        return wide[0] * u, wide[0] * weight
    return (wide[0] + wide[1] * u if upward else wide[0] - wide[1] * u), wide[1] * weight


@cache
def rule_nodes(rule: str, kind: str, count: int, reach: float) -> tuple[np.ndarray, ...]:
    """finite: the nodes' distances from 0 and from 1 and their weights on [0, 1]; else nodes and weights on the infinite range."""
    if rule == "legendre":
        x, w = np.polynomial.legendre.leggauss(count)
        return (1 + x) / 2, (1 - x) / 2, w / 2
    if rule == "decaying":  # t = exp(s - e^-s), from 1e-30 to 800
        step = (6.7 + 4.2) / (count - 1)
        s = np.arange(count) * step - 4.2
        t = np.exp(s - np.exp(-s))
        return t, t * (1 + np.exp(-s)) * step
    if rule == "trapezoid":
        u = np.arange(count) / (count - 1)
        return u, 1 - u, np.where((u == 0) | (u == 1), 0.5, 1.0) / (count - 1)
    if rule == "steep":  # t = log(1 + exp(s - e^-s)) / 40: double exponential at 0, then as evenly as the trapezoidal rule
        even = np.linspace(-3.6, 40.0, count)
        y = even - np.exp(-even)
        u = np.log1p(np.exp(y)) / 40
        return u, 1 - u, (even[1] - even[0]) * (1 + np.exp(-even)) / (1 + np.exp(-y)) / 40
    step = 2 * reach / (count - 1)
    s = (np.arange(count) - (count - 1) / 2) * step
    inner, slope = math.pi / 2 * np.sinh(s), math.pi / 2 * np.cosh(s) * step
    if kind == "both":
        return np.sinh(inner), slope * np.cosh(inner)
    if kind == "half":
        return np.exp(inner), slope * np.exp(inner)
    u, v = 1 / (1 + np.exp(-2 * inner)), 1 / (1 + np.exp(2 * inner))
    return u, v, 2 * slope * u * v
