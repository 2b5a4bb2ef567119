"""Sums of exponentials and their kin: logsumexp, softmax, the activations of networks, x*log(y).

Written so that value and derivatives of any order survive extreme inputs: exponents are shifted, and where a formula is
singular its argument is selected *before* the singular function, since a cotangent is selected, never multiplied by 0.
"""
from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from .. import ops
from ..convert import apply, as_node, common_dtype, convert, where
from ..node import Node
from .elementwise import FUNCTIONS as ROWS
from .reductions import floating, max, sum
from .shapes import axes_of, reshape

abs, exp, log, isfinite, isnan = (ROWS[name] for name in ("abs", "exp", "log", "isfinite", "isnan"))


def _shift(node: Node, axis: object) -> Node:
    """What logsumexp and softmax subtract: the largest element, or 0 where that is infinite; no derivative flows."""
    top = ops.stop_gradient(max(node, axis, keepdims=True))
    return where(isfinite(top), top, 0)


def logsumexp(x: object, axis: object = None, b: object = None, *, keepdims: bool = False) -> Node:
    """log(sum(b * exp(x))) without overflow. Of nothing but -inf it is -inf, with derivative 0."""
    node = floating(x)
    axes = axes_of("logsumexp", axis, node)
    if builtins.any(node.type.shape[a] == 0 for a in axes):
        return log(sum(exp(node), axis, keepdims=keepdims))  # type: ignore[no-any-return]
    shift = _shift(node, axis)
    terms = exp(node - shift)
    total = sum(terms if b is None else b * terms, axis, keepdims=True)
    none = total == 0
    result = where(none, -math.inf, log(where(none, 1, total))) + shift
    return result if keepdims else reshape(result, tuple(d for k, d in enumerate(node.type.shape) if k not in axes))


def softmax(x: object, axis: object = -1) -> Node:
    """exp(x) / sum(exp(x)) along the axes, without overflow."""
    node = floating(x)
    terms = exp(node - _shift(node, axis))
    return terms / sum(terms, axis, keepdims=True)  # type: ignore[no-any-return]


def log_softmax(x: object, axis: object = -1) -> Node:
    """The logarithm of softmax, accurate where softmax underflows."""
    node = floating(x)
    away = node - _shift(node, axis)
    return away - log(sum(exp(away), axis, keepdims=True))  # type: ignore[no-any-return]


def relu(x: object) -> Node:
    """The larger of x and 0; its slope at 0 is 0, and NaN stays NaN."""
    node = as_node(x)
    return where(node <= 0, 0, node)


def logit(x: object) -> Node:
    """log(x / (1 - x)), the inverse of sigmoid."""
    node = floating(x)
    return log(node) - apply(ops.log1p, -node)  # type: ignore[no-any-return]


def log_sigmoid(x: object) -> Node:
    """log(sigmoid(x)) without underflow."""
    return -apply(ops.softplus, -floating(x))


def silu(x: object) -> Node:
    """x * sigmoid(x)."""
    node = floating(x)
    return _or_ramp(node, 760, node * apply(ops.sigmoid, node))


def gelu(x: object) -> Node:
    """x times the normal distribution's cumulative function (Hendrycks and Gimpel 2016), exact."""
    node = floating(x)
    return _or_ramp(node, 40, 0.5 * node * apply(ops.erfc, node * -math.sqrt(0.5)))


def _or_ramp(x: Node, far: float, inside: Node) -> Node:
    """What is x times a step: from `far` on the step is 0 or 1 and its derivatives underflow. At infinity 0 * infinity is
    not met that way, at no order."""
    return where(abs(x) >= far, apply(ops.maximum, x, -0.0), inside)


def xlogy(x: object, y: object) -> Node:
    """x * log(y), and 0 where x is 0 unless y is NaN."""
    return _zero_times(x, y, log)


def xlog1py(x: object, y: object) -> Node:
    """x * log1p(y), and 0 where x is 0 unless y is NaN."""
    return _zero_times(x, y, lambda v: apply(ops.log1p, v))


def _zero_times(x: object, y: object, function: Any) -> Node:
    """x * f(y) with the rule that 0 * infinity is 0.

    The derivative by x is f(y) for every x that is not 0; at 0 it is taken as f(y) too where that is finite.
    """
    dtype = common_dtype([x, y])
    dtype = dtype if dtype.kind == "f" else np.dtype("float64")
    a, b = convert(x, dtype), convert(y, dtype)
    zero = (a == 0) & ~isfinite(function(b)) & ~isnan(b)
    return where(zero, 0, a * function(where(zero, 1, b)))


def entr(x: object) -> Node:
    """-x log(x), 0 at 0 and -inf for negative x."""
    node = floating(x)
    positive = node > 0
    inside = -node * log(where(positive, node, 1))
    return where(positive | isnan(node), inside, where(node == 0, 0, -math.inf))
