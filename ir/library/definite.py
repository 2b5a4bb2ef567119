"""Definite integrals by one rule for all: double exponential, with 511 nodes, of which every second one makes a rule of its own.

The two rules tell each other's error: where they differ by more than a millionth of the integral of the magnitude, or the
integrand is not small enough where the nodes end, the result is NaN. What is analytic between the limits comes to about 1e-13.
Takahasi and Mori, "Double exponential formulas for numerical integration", 1974. It is the meaning of the `integral` op.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np

from ..convert import where
from ..node import Node
from ..ops.arithmetic import abs, multiply
from ..ops.logic import less_equal, logical_and
from ..ops.reductions import sum
from ..ops.shape import broadcast, part_of, reshape
from ..ops.source import constant, filled
from ..types import Type
from .quadrature import rule_nodes

POINTS = 511
REACH = {"finite": 4.0, "half": 4.8, "both": 4.4}  # of the variable in which the nodes are equidistant
TOLERANCE = 1e-6
PARITY = np.where(np.arange(POINTS) % 2 == 0, 2.0, 0.0)  # the weights of the rule of every second node, by those of all


def kind_of(from_infinity: bool, to_infinity: bool) -> str:
    return "both" if from_infinity and to_infinity else "half" if from_infinity or to_infinity else "finite"


@cache
def _rules(kind: str, dtype: str) -> tuple[np.ndarray, ...]:
    """The constants of the rule, its weights last."""
    return tuple(np.asarray(c, dtype) for c in rule_nodes("exponential", kind, POINTS, REACH[kind]))


def places(limits: Sequence[Node], variable: Type, from_infinity: bool, to_infinity: bool) -> tuple[Node, Node]:
    """The nodes as values of the variable along a new first axis, and their weights. `limits` are the finite ones.

    A node that rounding puts onto a limit, where the integrand may be infinite, is in the middle instead.
    """
    kind, shape = kind_of(from_infinity, to_infinity), (POINTS, *variable.shape)
    wide = [broadcast(limit, shape=shape, axes=tuple(range(1, len(shape)))) for limit in limits]
    *given, weight = (broadcast(constant(c), shape=shape, axes=(0,)) for c in _rules(kind, variable.dtype_name))
    if kind == "finite":
        (a, b), (u, v) = wide, given
        t, weight = where(u < v, a + (b - a) * u, b - (b - a) * v), (b - a) * weight
    else:
        t = given[0] if kind == "both" else wide[0] - given[0] if from_infinity else wide[0] + given[0]
    middle = (wide[0] + wide[-1]) / 2 + {"finite": 0.0, "half": -1.0 if from_infinity else 1.0}[kind] if wide else t
    for limit in wide:
        t = where(t != limit, t, middle)
    return t, weight


def summed(values: Node, weight: Node) -> Node:
    """The integral from the integrand's values along the first axis: NaN where the rule has not converged."""
    shape = values.type.shape
    weights = broadcast(weight, shape=shape, axes=tuple(range(weight.type.ndim)))
    terms = where(weights != 0, multiply(values, weights), 0.0)  # between equal limits the integrand may be infinite
    every_second = broadcast(constant(PARITY, values.type.dtype), shape=shape, axes=(0,))
    fine, coarse, size = (sum(x, axes=(0,)) for x in (terms, multiply(terms, every_second), abs(terms)))
    ends = [reshape(abs(part_of(terms, 0, k, k + 1)), shape=fine.type.shape) for k in (0, POINTS - 1)]
    bound = multiply(size, filled(size.type, _tolerance(values.type.dtype)))
    good = logical_and(less_equal(abs(fine - coarse), bound), less_equal(ends[0] + ends[1], bound))
    return where(good, fine, math.nan)


def _tolerance(dtype: np.dtype) -> float:
    return max(TOLERANCE, 100 * float(np.finfo(dtype).eps))
