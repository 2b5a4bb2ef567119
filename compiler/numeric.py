"""Derivatives by numbers, to compare the symbolic ones with: differences with extrapolation, and the complex step.

Works on the reference interpreter's semantics, node by node, and knows nothing of how derivatives are declared, so that
it cannot share their mistakes. While it runs it notes every decision (a comparison, a floor, which of two is larger): a
step that changes one crosses a kink. Read `check.py` next.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..ir import ops
from ..ir.evaluate import concrete
from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.types import TupleType
from .rounding import EPS, Shake

Array = Any


class Run(NamedTuple):
    outputs: tuple[Array, ...]
    decisions: tuple[bytes, ...]


def run(graph: Graph, values: Sequence[Array], sizes: Mapping[str, int], shake: Shake | None = None) -> Run:
    """The outputs, and the decisions on the way."""
    known: dict[Node, Array] = dict(zip(graph.inputs, values))
    decisions: list[bytes] = []
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if node.op is ops.input:
                continue
            args = [known[arg] for arg in node.args]
            result = node.op.evaluate(*args, *[concrete(a, sizes) for a in node.attrs])
            result = result if isinstance(node.type, TupleType) else np.asarray(result, node.type.dtype)
            known[node] = shake(node, result) if shake else result
            decided = _decision(node, args, known[node])
            if decided is not None:
                decisions.append(np.asarray(decided).tobytes())
    return Run(tuple(known[node] for node in graph.outputs), tuple(decisions))


STEPS = {ops.sign, ops.floor, ops.ceil, ops.rint, ops.trunc, ops.floor_divide}


def _decision(node: Node, args: Sequence[Array], result: Array) -> Array | None:
    """What a node decided, if a derivative may jump where that changes."""
    op = node.op
    if isinstance(node.type, TupleType) or not node.args:
        return None
    if op in STEPS or not node.type.is_float:
        return result
    if op is ops.abs:
        return np.sign(args[0])
    if op in (ops.maximum, ops.minimum):
        return np.sign(args[0] - args[1])
    if op is ops.copysign:
        return np.sign(args[0]) * np.sign(args[1])
    if op is ops.remainder:
        return np.floor_divide(*args)
    if op in (ops.max, ops.min):
        axes = node.attribute("axes")
        return args[0] == np.expand_dims(result, axes)
    if op is ops.hypot:
        return result == 0
    return None


class Estimate(NamedTuple):
    """A directional derivative by numbers. `error`: how far off it may be by its own account."""

    value: float
    error: float
    kink: bool  # no step, however small, stays on one side of a decision


def differences(along: Callable[[float], tuple[float, tuple[bytes, ...]]], step: float) -> Estimate:
    """The derivative at 0 of a function of one step, by central differences and Richardson's extrapolation.

    Steps are halved from `step` on; the extrapolated value whose neighbours agree best is taken (Ridders, "Accurate
    computation of F'(x) and F'(x)F''(x)", 1982). Steps that leave the domain or cross a kink are not used.
    """
    _, base = along(0.0)
    best, error = np.nan, np.inf
    rows: list[list[float]] = []
    for k in range(28):  # smaller steps drown in rounding, and seem to cross nothing
        h = step / 2.0**k
        (up, right), (down, left) = along(h), along(-h)
        if not (np.isfinite(up) and np.isfinite(down)) or right != base or left != base:
            rows = []
            continue
        row = [(up - down) / (2 * h)]
        noise = EPS * (abs(up) + abs(down)) / h
        for m, before in enumerate(rows[-1] if rows else []):
            row.append(row[-1] + (row[-1] - before) / (4.0 ** (m + 1) - 1))
            spread = max(abs(row[-1] - row[-2]), abs(row[-1] - before), noise)
            if spread < error:
                best, error = row[-1], spread
        rows.append(row)
        if len(rows) > 12 or (len(rows) > 3 and noise > 2 * error):
            break
    if np.isfinite(best):
        return Estimate(float(best), float(error), False)
    return _sides(along, step)


def _sides(along: Callable[[float], tuple[float, tuple[bytes, ...]]], step: float) -> Estimate:
    """At a kink: the mean of the slopes of both sides, and half their difference as the error. Infinite at a jump."""
    f, _ = along(0.0)
    slopes = []
    for h in (step * 2.0**-20, -step * 2.0**-20):
        near, far = along(h)[0] - f, along(2 * h)[0] - f
        if abs(near) > max(0.99 * abs(far), 64 * EPS * abs(f)):  # half the step, the same difference
            return Estimate(np.inf, 0.0, True)
        slopes.append((4 * along(h)[0] - along(2 * h)[0] - 3 * f) / (2 * h))
    return Estimate(float(np.mean(slopes)), float(abs(slopes[0] - slopes[1]) / 2), True)


class NotAnalytic(Exception):
    """The complex step does not apply to this op at this point."""


COMPLEX_STEP = 1e-150


def complex_outputs(
    graph: Graph, values: Sequence[Array], sizes: Mapping[str, int], shake: Shake | None = None,
) -> tuple[Array, ...]:
    """The outputs where inputs may be complex: exact derivatives in the imaginary parts (Squire and Trapp 1998).

    Raises NotAnalytic where an op has no complex counterpart that keeps tiny imaginary parts.
    """
    known: dict[Node, Array] = dict(zip(graph.inputs, values))
    with np.errstate(all="ignore"):
        for node in graph.nodes:
            if node.op is not ops.input:
                args = [known[arg] for arg in node.args]
                result = _complex(node, args, [concrete(a, sizes) for a in node.attrs])
                known[node] = shake(node, result) if shake else result
    return tuple(known[node] for node in graph.outputs)


def _complex(node: Node, args: list[Array], attributes: list[Any]) -> Array:
    op = node.op
    if isinstance(node.type, TupleType) or op is ops.custom or op is ops.cond:
        raise NotAnalytic(op.name)
    if not any(np.iscomplexobj(a) for a in args):
        return np.asarray(op.evaluate(*args, *attributes), node.type.dtype)
    if op in STEPS or not node.type.is_float or op is ops.stop_gradient:
        return np.asarray(op.evaluate(*[np.real(a) for a in args], *attributes), node.type.dtype)
    if op in ANALYTIC:
        return ANALYTIC[op](*args, *attributes)
    if op in PLAIN:
        return op.evaluate(*args, *attributes)
    raise NotAnalytic(op.name)


# Rows whose NumPy function is right for complex numbers with tiny imaginary parts as it is.
PLAIN = {
    ops.add, ops.subtract, ops.multiply, ops.divide, ops.negative, ops.reciprocal, ops.square, ops.exp, ops.exp2,
    ops.expm1, ops.sin, ops.cos, ops.sinh, ops.cosh, ops.tan, ops.tanh, ops.arctan, ops.arcsinh, ops.where, ops.sum,
    ops.prod, ops.cumsum, ops.matmul, ops.broadcast, ops.reshape, ops.transpose, ops.slice,
    ops.pad, ops.flip, ops.concatenate, ops.gather, ops.scatter_add,
}


def _on(function: Callable[..., Array], allowed: Callable[[Array], Array]) -> Callable[..., Array]:
    """The function where its real argument lies inside the domain."""
    def checked(x: Array) -> Array:
        if not np.all(allowed(np.real(x))):
            raise NotAnalytic
        return function(x)
    return checked


def _power(x: Array, p: Array) -> Array:
    if not np.all(np.real(x) > 0):
        raise NotAnalytic
    return np.exp(p * np.log(x))


def _larger(sign: float) -> Callable[[Array, Array], Array]:
    def pick(a: Array, b: Array) -> Array:
        if np.any(np.real(a) == np.real(b)):
            raise NotAnalytic
        return np.where(sign * np.real(a) > sign * np.real(b), a, b)
    return pick


def _extreme(sign: float) -> Callable[[Array, tuple[int, ...]], Array]:
    def reduce(x: Array, axes: tuple[int, ...]) -> Array:
        top = np.max(sign * np.real(x), axis=axes, keepdims=True)
        hit = sign * np.real(x) == top
        if np.any(np.sum(hit, axis=axes) != 1):
            raise NotAnalytic
        return np.sum(np.where(hit, x, 0), axis=axes)
    return reduce


def _softplus(x: Array) -> Array:
    large = np.real(x) > 0
    return np.where(large, x, 0) + np.log1p(np.exp(np.where(large, -x, x)))


def _logaddexp(a: Array, b: Array) -> Array:
    """From the larger one on: from the smaller, its step would be left over from a difference."""
    first = np.real(a) > np.real(b)
    larger: Array = np.where(first, a, b)
    return larger + np.log1p(np.exp(a + b - 2 * larger))


def _sigmoid(x: Array) -> Array:
    large = np.real(x) > 0
    small = np.exp(np.where(large, -x, x))
    return np.where(large, 1, small) / (1 + small)


def _arctan2(a: Array, b: Array) -> Array:
    """The angle whose real part NumPy gives, turned by the arctangent of what is left."""
    base = np.arctan2(np.real(a), np.real(b))
    c, s = np.cos(base), np.sin(base)
    return base + np.arctan((a * c - b * s) / (b * c + a * s))


def _cast(x: Array, dtype: str) -> Array:
    return x if np.dtype(dtype).kind == "f" else np.asarray(np.real(x), dtype)


ANALYTIC: dict[Any, Callable[..., Array]] = {
    ops.abs: _on(lambda x: x * np.sign(np.real(x)), lambda x: x != 0),
    ops.log: _on(np.log, lambda x: x > 0),
    ops.log2: _on(np.log2, lambda x: x > 0),
    ops.log10: _on(np.log10, lambda x: x > 0),
    ops.log1p: _on(np.log1p, lambda x: x > -1),
    ops.sqrt: _on(np.sqrt, lambda x: x > 0),
    ops.cbrt: _on(lambda x: np.sign(np.real(x)) * np.exp(np.log(x * np.sign(np.real(x))) / 3), lambda x: x != 0),
    ops.arcsin: _on(np.arcsin, lambda x: np.abs(x) < 1),
    ops.arccos: _on(np.arccos, lambda x: np.abs(x) < 1),
    ops.arctanh: _on(np.arctanh, lambda x: np.abs(x) < 1),
    ops.arccosh: _on(np.arccosh, lambda x: x > 1),
    ops.power: _power,
    ops.maximum: _larger(1.0),
    ops.minimum: _larger(-1.0),
    ops.max: _extreme(1.0),
    ops.min: _extreme(-1.0),
    ops.copysign: lambda a, b: _on(lambda x: x * np.sign(np.real(x)), lambda x: x != 0)(a) * np.sign(np.real(b)),
    ops.remainder: lambda a, b: a - np.floor_divide(np.real(a), np.real(b)) * b,
    ops.linear_recurrence: lambda a, b, axis, reverse: ops.linear_recurrence.evaluate(a + 0j, b + 0j, axis, reverse),
    ops.hypot: lambda a, b: _on(np.sqrt, lambda x: x > 0)(a * a + b * b),
    ops.arctan2: _arctan2,
    ops.softplus: _softplus,
    ops.sigmoid: _sigmoid,
    ops.logaddexp: _logaddexp,
    ops.cast: _cast,
}
