"""Differences of numbers that are nearly equal, in forms that lose nothing.

Two sources: textbook formulas (a root of a quadratic, 1/sqrt(1 - v**2) - 1), and SymPy, which writes 2 - 2*cos(x) for 2*(1 - cos(x))
and 2 - erfc(x) for erfc(-x), so that the rules of `stabilize.py` would see nothing. `RULES` are part of its table.
"""
from __future__ import annotations

import math

from ...ir import ops
from ...ir.library import (
    arctanh,
    erf,
    erfc,
    exp,
    expm1,
    hypot,
    log,
    log1p,
    multiply,
    negative,
    reciprocal,
    sqrt,
    where,
)
from ...ir.node import Node
from ...ir.ops.source import filled, uniform
from .parts import factors_of, linear, scaled, sum_of, terms_of
from .rule import REAL, Rule, real, rewrites

# ----------------------------------------------------------------------------------------- constants that were multiplied out

_LESS_ONE = frozenset({  # the ops of which the difference from 1 has a better form
    ops.exp, ops.cos, ops.cosh, ops.tanh, ops.sigmoid, ops.erf, ops.erfc, ops.square, ops.sqrt, ops.hypot, ops.power, ops.reciprocal,
})


@rewrites(
    ops.add, ops.subtract, name="constant multiplied out", kind=REAL, because="k - k*f(x) hides that 1 - f(x) cancels",
    children=[ops.const, ops.broadcast],
)
def _multiplied_out(node: Node) -> Node | None:
    """f(x)*k + k -> (f(x) + 1)*k and its kin, for f of which the difference from 1 has a better form"""
    for at, product in enumerate(node.args):
        (inner, factor), other = scaled(product), uniform(node.args[1 - at])
        if inner is product or other is None or inner.op not in _LESS_ONE or not abs(factor) == abs(float(other)) > 0:
            continue
        one = filled(node.type, 1)
        if node.op is ops.add:
            return multiply(inner + one if factor == other else inner - one, product.args[1])  # type: ignore[no-any-return]
        if at == 0:
            return multiply(inner - one if factor == other else inner + one, product.args[1])  # type: ignore[no-any-return]
        return multiply(one - inner if factor == other else negative(inner + one), filled(node.type, factor))  # type: ignore[no-any-return]
    return None


DIFFERENCES = [
    real("two minus erfc", lambda x: (2 - erfc(x), erfc(-x)), "SymPy writes erfc(-x) so; cancels in the lower tail"),
    real("exp over expm1", lambda x: (exp(x) / expm1(x), -ops.bose(-x)), "both overflow"),
    real("erf minus one", lambda x: (erf(x) - 1, -erfc(x)), "cancels in the upper tail"),
    real("log of one plus over one minus", lambda x: (log((x + 1) / (1 - x)), 2 * arctanh(x)), "both sums round x away near 0"),
    real("log of one minus over one plus", lambda x: (log((1 - x) / (x + 1)), -2 * arctanh(x)), "both sums round x away near 0"),
]


@rewrites(ops.log, name="log of a chosen sum", kind=REAL, because="1 + x rounds x away", children=[ops.where])
def _log_of_chosen(node: Node) -> Node | None:
    """log(where(c, 1, x + 1)) -> log1p(where(c, 0, x)): what a power's derivative by its exponent is made of"""
    if node.args[0].op is not ops.where:
        return None
    condition, one, total = node.args[0].args
    if total.op is not ops.add or any(k is None or k != 1 for k in (uniform(one), uniform(total.args[1]))):
        return None
    return log1p(where(condition, filled(node.type, 0), total.args[0]))  # type: ignore[no-any-return]


# ------------------------------------------------------------------------------------------------------------------ roots

ROOTS = [
    real("root less one", lambda x: (sqrt(x + 1) - 1, x / (sqrt(x + 1) + 1)), "cancels near 0", differs=(math.inf,)),
    real("one less a root", lambda x: (1 - sqrt(x + 1), -x / (sqrt(x + 1) + 1)), "cancels near 0", differs=(math.inf,)),
    real("smaller root less one", lambda x: (sqrt(1 - x) - 1, -x / (sqrt(1 - x) + 1)), "cancels near 0", differs=(-math.inf,)),
    real("one less a smaller root", lambda x: (1 - sqrt(1 - x), x / (sqrt(1 - x) + 1)), "cancels near 0", differs=(-math.inf,)),
    real("hypotenuse less one", lambda x: (hypot(x, 1.0) - 1, x * (x / (hypot(x, 1.0) + 1))), "cancels near 0", differs=(math.inf,)),
    real(
        "reciprocal root less one", lambda x: (reciprocal(sqrt(x + 1)) - 1, -x / ((sqrt(x + 1) + 1) * sqrt(x + 1))), "cancels near 0",
        differs=(math.inf,),
    ),
    real(
        "reciprocal smaller root less one", lambda x: (reciprocal(sqrt(1 - x)) - 1, x / ((sqrt(1 - x) + 1) * sqrt(1 - x))),
        "cancels near 0", differs=(-math.inf,),
    ),
]

@rewrites(
    ops.add, ops.subtract, name="root of a quadratic", kind=REAL, because="of b and sqrt(b**2 + c) nothing is left where they cancel",
    children=[ops.sqrt, ops.hypot, (ops.multiply, ops.sqrt), (ops.multiply, ops.hypot)],
)
def _root_of_quadratic(node: Node) -> Node | None:
    """sqrt(b**2 + c) - b -> c / (sqrt(b**2 + c) + b) where b > 0; so too b - sqrt(b**2 + c), and b + sqrt(b**2 + c) where b < 0"""
    for at, argument in enumerate(node.args):
        root, factor = scaled(argument)
        if root.op not in (ops.sqrt, ops.hypot):
            continue
        found = _completed(root, node.args[1 - at])
        if found is None or abs(found[1]) != abs(factor):
            continue
        b, multiple, rest = found
        minus = node.op is ops.subtract
        scale = -factor if minus and at == 1 else factor
        plus = (-multiple if minus and at == 0 else multiple) * scale > 0  # of root + b, else root - b
        towards = b < 0 if plus else b > 0  # where they cancel
        whole = (where(towards, -b, b) if plus else where(towards, b, -b)) + root
        less = rest * (rest / whole) if root.op is ops.hypot else rest / whole
        result = where(towards, less, whole)
        return result if scale == 1 else multiply(result, filled(node.type, scale))
    return None


def _completed(root: Node, other: Node) -> tuple[Node, float, Node] | None:
    """(b, k, c): the other is k*b, and the root that of b**2 + c, or the hypotenuse of b and c."""
    b, multiple = scaled(other)
    if uniform(b) is not None:
        return None
    if root.op is ops.hypot:
        legs = [leg for leg in root.args if leg is not b]
        return (b, multiple, legs[0]) if len(legs) == 1 else None
    terms = terms_of(root.args[0]) or []
    wanted = factors_of(b)
    for k, (term, minus) in enumerate(terms if len(terms) > 1 else []):
        if minus:
            continue
        rest = sum_of(terms[:k] + terms[k + 1 :])
        if wanted is not None and factors_of(term) == (wanted[0] ** 2, {base: 2 * power for base, power in wanted[1].items()}):
            return b, multiple, rest
        if term.op is ops.square and (ratio := _ratio(other, term.args[0])) is not None:
            return term.args[0], ratio, rest
    return None


def _ratio(x: Node, y: Node) -> float | None:
    """k of x == k*y, of two sums term by term."""
    if y.op not in (ops.add, ops.subtract):
        return None
    first, second = linear(x), linear(y)
    if not first or not second or first.keys() != second.keys():
        return None
    ratio = next(iter(first.values())) / next(iter(second.values()))
    return ratio if all(first[term] == ratio * second[term] for term in first) else None


@rewrites(ops.add, ops.subtract, name="power less one", kind=REAL, because="cancels where the power is near 1", children=[ops.power])
def _power_less_one(node: Node) -> Node | None:
    """x**y - 1 -> powm1(x, y), 1 - x**y -> -powm1(x, y)"""
    for at, argument in enumerate(node.args):
        one = uniform(node.args[1 - at])
        if argument.op is not ops.power or one is None or argument.args[0].op is ops.where:
            continue  # what has been selected is a part of powm1
        if (node.op is ops.add and one == -1) or (node.op is ops.subtract and at == 0 and one == 1):
            return ops.powm1(*argument.args)
        if node.op is ops.subtract and at == 1 and one == 1:
            return ops.negative(ops.powm1(*argument.args))
    return None


RULES: list[Rule] = [_multiplied_out, *DIFFERENCES, _log_of_chosen, *ROOTS, _root_of_quadratic, _power_less_one]
