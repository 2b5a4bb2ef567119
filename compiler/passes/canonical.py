"""One form for each value: constants to the right, negations and selections merged, powers by small integers as products.

All rules but those of powers are exact. What only moves elements is in `movement.py`, what computes with constants in
`fold.py`; the three are one table. `x + 0 -> x`, `x * 0 -> 0` and `x - x -> 0` are not here: they are wrong for -0.0,
infinities and NaN.
"""
from __future__ import annotations

import numpy as np

from ...ir import ops
from ...ir.library import abs, cos, cosh, exp, maximum, minimum, negative, reciprocal, square, where
from ...ir.node import Node
from ...ir.op import TABLE
from ...ir.ops.source import filled, uniform
from . import fold, movement
from .rule import REAL, Rule, exact, real, rewrites

_COMMUTING = [op for op in TABLE.values() if op.commutes]


@rewrites(*_COMMUTING, name="constant to the right", children=(ops.const, ops.broadcast))
def _to_the_right(node: Node) -> Node | None:
    """k + x -> x + k"""
    a, b = node.args
    if uniform(a) is None or uniform(b) is not None:
        return None
    return node.op(b, a)


IDENTITIES = [
    exact("times one", lambda x: (x * 1, x)),
    exact("over one", lambda x: (x / 1, x)),
    exact("minus zero", lambda x: (x - 0.0, x)),
    exact("plus minus zero", lambda x: (x + -0.0, x)),
    exact("one over", lambda x: (1 / x, reciprocal(x))),
    exact("itself squared", lambda x: (x * x, square(x))),
    exact("itself doubled", lambda x: (x + x, x * 2)),
    exact("larger of itself", lambda x: (maximum(x, x), x)),
    exact("smaller of itself", lambda x: (minimum(x, x), x)),
]

_POSITIVE = (ops.exp, ops.exp2, ops.square, ops.abs, ops.cosh, ops.sigmoid, ops.softplus)


@rewrites(ops.add, name="plus zero", children=(ops.const, ops.broadcast))
def _plus_zero(node: Node) -> Node | None:
    """x + 0 -> x for an integer, or where x is never -0: the slopes of log and sqrt add 0 to have the 0 that -0 equals"""
    x, zero = node.args[0], uniform(node.args[1])
    if zero is None or any(zero.tobytes()):
        return None
    return x if x.type.dtype.kind == "i" or _never_minus_zero(x) else None


def _never_minus_zero(x: Node) -> bool:
    while x.op in (ops.sqrt, ops.broadcast, ops.reshape):
        x = x.args[0]
    if x.op is ops.add:  # is -0 only if both are
        shift = uniform(x.args[1])
        return (shift is not None and bool(shift != 0)) or any(arg.op in _POSITIVE for arg in x.args)
    return x.op in _POSITIVE


@rewrites(ops.equal, name="norm that is not zero", children=(ops.hypot,))
def _nonzero_norm(node: Node) -> Node | None:
    """hypot(x, k) == 0 -> false for k other than 0"""
    norm, zero = node.args[0], uniform(node.args[1])
    sides = [uniform(side) for side in norm.args] if norm.op is ops.hypot and zero is not None and zero == 0 else []
    return filled(node.type, False) if any(side is not None and side != 0 for side in sides) else None


NEGATIONS = [
    exact("negated twice", lambda x: (negative(-x), x)),
    exact("times minus one", lambda x: (x * -1, -x)),
    exact("over minus one", lambda x: (x / -1, -x)),
    exact("plus negated", lambda x, y: (x + -y, x - y)),
    exact("minus negated", lambda x, y: (x - -y, x + y)),
    exact("negated product with a constant", lambda x, k: (-(x * k), x * -k)),
    exact("negated times a constant", lambda x, k: (-x * k, x * -k)),
    exact("negated factor", lambda x, y: (-x * y, -(x * y))),
    exact("negated over a constant", lambda x, k: (-x / k, x / -k)),
    exact("negated quotient by a constant", lambda x, k: (-(x / k), x / -k)),
    exact("negated dividend", lambda x, y: (-x / y, -(x / y))),
    exact("negated divisor", lambda x, y: (x / -y, -(x / y))),
    exact("reciprocal of negated", lambda x: (reciprocal(-x), -reciprocal(x))),
    exact("plus a negative constant", lambda x, k: (x + k, x - -k), when=lambda k: k < 0),
    exact("minus a negative constant", lambda x, k: (x - k, x + -k), when=lambda k: k < 0),
    exact("absolute of negated", lambda x: (abs(-x), abs(x))),
    exact("square of negated", lambda x: (square(-x), square(x))),
    exact("cosine of negated", lambda x: (cos(-x), cos(x))),
    exact("hyperbolic cosine of negated", lambda x: (cosh(-x), cosh(x))),
    exact("square of absolute", lambda x: (square(abs(x)), square(x))),
    exact("absolute twice", lambda x: (abs(abs(x)), abs(x))),
    exact("absolute of a square", lambda x: (abs(square(x)), square(x)), floats=True),
    exact("absolute of an exponential", lambda x: (abs(exp(x)), exp(x))),
]

SELECTIONS = [
    exact("both branches the same", lambda condition, x: (where(condition, x, x), x)),
    exact("condition negated", lambda condition, x, y: (where(~condition, x, y), where(condition, y, x))),
    exact("taken again", lambda condition, x, y, z: (where(condition, where(condition, x, y), z), where(condition, x, z))),
    exact("not taken again", lambda condition, x, y, z: (where(condition, x, where(condition, y, z)), where(condition, x, z))),
    exact("not not", lambda condition: (~~condition, condition)),
    exact("and itself", lambda condition: (condition & condition, condition)),
    exact("or itself", lambda condition: (condition | condition, condition)),
]


@rewrites(ops.where, name="condition known", children=(ops.const, ops.broadcast))
def _known(node: Node) -> Node | None:
    """where(true, x, y) -> x; where(false, x, y) -> y"""
    condition = uniform(node.args[0])
    return None if condition is None else node.args[1 if condition else 2]


@rewrites(ops.logical_and, ops.logical_or, name="logic with a constant", children=(ops.const, ops.broadcast))
def _logic(node: Node) -> Node | None:
    """x and true -> x; x and false -> false; x or true -> true; x or false -> x"""
    constant = uniform(node.args[1])
    if constant is None:
        return None
    return node.args[0] if bool(constant) is (node.op is ops.logical_and) else node.args[1]


# ------------------------------------------------------------------------------------------------------------- powers

def product_power(x: Node, n: int) -> Node:
    """x**n, n >= 1, by repeated squaring."""
    result = None
    while n:
        if n & 1:
            result = x if result is None else ops.multiply(result, x)
        n >>= 1
        if n:
            x = ops.square(x)
    return result  # type: ignore[return-value]


def _exponent(node: Node) -> float | None:
    array = uniform(node.args[1])
    return None if array is None else array.item()


@rewrites(ops.power, name="power zero or one", children=(ops.const, ops.broadcast))
def _trivial_power(node: Node) -> Node | None:
    """x**0 -> 1, also of NaN; x**1 -> x"""
    p = _exponent(node)
    return filled(node.type, 1) if p == 0 else node.args[0] if p == 1 else None


@rewrites(ops.power, name="integer to a power", children=(ops.const, ops.broadcast))
def _integer_power(node: Node) -> Node | None:
    """n**p -> products, which wrap as NumPy's power does"""
    p = _exponent(node)
    return product_power(node.args[0], int(p)) if p is not None and p > 1 and node.type.dtype.kind == "i" else None


def _whole(node: Node, least: int, most: int) -> int | None:
    p = _exponent(node) if node.type.is_float else None
    return int(p) if p is not None and least <= abs_number(p) <= most and p == int(p) else None


def abs_number(p: float) -> float:
    return -p if p < 0 else p


@rewrites(
    ops.power, name="small power", kind=REAL, children=(ops.const, ops.broadcast),
    because="a square is rounded once, a cube twice, a fourth power as squares: at most 1.5 ulp, as power itself",
)
def _small_power(node: Node) -> Node | None:
    """x**2 -> square(x), ..., x**4; x**-1 -> 1/x, ..., x**-4 -> 1/x**4"""
    n = _whole(node, 1, 4)
    if n is None:
        return None
    return product_power(node.args[0], n) if n > 0 else ops.reciprocal(product_power(node.args[0], -n))


@rewrites(ops.power, name="large power", kind=REAL, children=(ops.const, ops.broadcast))
def _large_power(node: Node) -> Node | None:
    """x**n -> repeated squares: the error grows by half an ulp with each factor"""
    n = _whole(node, 5, 1024)
    if n is None:
        return None
    return product_power(node.args[0], n) if n > 0 else ops.reciprocal(product_power(node.args[0], -n))


ROOTS = [
    real("power one half", lambda x: (x**0.5, ops.sqrt(x)), "a root is rounded correctly", differs=(-0.0, -np.inf)),
    real("power minus one half", lambda x: (x**-0.5, reciprocal(ops.sqrt(x))), "a root is rounded correctly", differs=(-0.0, -np.inf)),
]

RULES: list[Rule] = [
    _to_the_right, _plus_zero, _nonzero_norm, *fold.RULES, *movement.RULES, *IDENTITIES, *NEGATIONS, *SELECTIONS, _known, _logic,
    _trivial_power, _integer_power, _small_power, _large_power, *ROOTS,
]
