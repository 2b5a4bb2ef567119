"""Quotients of numbers that overflow together, in forms that do not.

`BEFORE` is for what is about to be differentiated: functions with derivatives of their own (`ir/ops/reciprocals.py`), which `inline.py`
writes out afterwards. `RULES` are part of the table of `stabilize.py`.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from typing import NamedTuple

from ...ir import ops
from ...ir.library import exp, isfinite, negative, reciprocal, sigmoid, stop_gradient, tanh, where
from ...ir.node import Node
from ...ir.op import Op
from ...ir.ops.source import filled, uniform
from .parts import LONGEST, factors_of, product_of, sum_of, terms_of
from .rule import REAL, Rule, rewrites

_OWN = {ops.cosh: ops.sech, ops.sinh: ops.csch, ops.expm1: ops.bose}
_QUOTIENTS: dict[tuple[Op, Op], Callable[[Node], Node]] = {  # of what stands above and below, of one argument
    (ops.exp, ops.expm1): lambda x: negative(ops.bose(-x)), (ops.sinh, ops.cosh): lambda x: tanh(x),
    (ops.cosh, ops.sinh): lambda x: reciprocal(tanh(x)),
}


@rewrites(
    ops.divide, ops.reciprocal, name="over what overflows", kind=REAL, because="the derivative is infinity over infinity",
    children=[*_OWN, ops.multiply, ops.square],
)
def _over(node: Node) -> Node | None:
    """y / cosh(x) -> y * sech(x), so too sinh and expm1 and their powers; what overflows above with it becomes a quotient"""
    below = factors_of(node.args[-1])
    if below is None or not any(base.op in _OWN and exponent > 0 for base, exponent in below[1].items()):
        return None
    above = factors_of(node.args[0]) if node.op is ops.divide else (1.0, {})
    if above is None:
        return None
    powers = dict(above[1])
    for base, exponent in below[1].items():
        if base.op not in _OWN or exponent < 0:
            powers[base] = powers.get(base, 0) - exponent
            continue
        left, x = exponent, base.args[0]
        for other, quotient in _QUOTIENTS.items():
            partner = next((b for b in powers if b.op is other[0] and b.args[0] is x), None) if other[1] is base.op else None
            if partner is not None and powers[partner] > 0:
                together = min(powers[partner], left)
                powers[partner] -= together
                left -= together
                made = quotient(x)
                powers[made] = powers.get(made, 0) + together
        if left:
            powers[_OWN[base.op](x)] = left
    return product_of(node.type, above[0] / below[0], powers)


_HYPERBOLIC: dict[tuple[Op, Op], Callable[[Node, Node], Node]] = {
    (ops.cosh, ops.cosh): ops.cosh_over_cosh, (ops.sinh, ops.cosh): ops.sinh_over_cosh,
    (ops.cosh, ops.sinh): ops.cosh_over_sinh, (ops.sinh, ops.sinh): ops.sinh_over_sinh,
}


@rewrites(
    ops.divide, name="hyperbolic functions of two arguments", kind=REAL, because="both overflow",
    children=[ops.cosh, ops.sinh, ops.multiply, ops.square],
)
def _hyperbolic(node: Node) -> Node | None:
    """cosh(x) / cosh(y) -> the quotient of their exponentials; so too sinh, in longer products, and beside a sinh(x) / cosh(x)"""
    below = factors_of(node.args[1])
    bottoms = [base for base, power in below[1].items() if base.op in (ops.cosh, ops.sinh) and power > 0] if below else []
    above = factors_of(node.args[0]) if bottoms else None
    if below is None or above is None:
        return None
    powers = dict(above[1])
    for base, power in below[1].items():
        powers[base] = powers.get(base, 0) - power
    tops = [base for base in powers if base.op in (ops.cosh, ops.sinh)]
    alike = [(top, bottom) for top in tops for bottom in bottoms if top.args[0] is bottom.args[0]]
    fired = False
    for top, bottom in [*alike, *((top, bottom) for top in tops for bottom in bottoms)]:
        together = min(powers[top], -powers[bottom])
        if together > 0:
            powers[top] -= together
            powers[bottom] += together
            (x,), (y,) = top.args, bottom.args
            made = _QUOTIENTS[top.op, bottom.op](x) if x is y else _HYPERBOLIC[top.op, bottom.op](x, y)
            powers[made] = powers.get(made, 0) + together
            fired = True
    return product_of(node.type, above[0] / below[0], powers) if fired else None


@rewrites(
    ops.divide, name="exp over a square", kind=REAL, because="both overflow", children=[ops.square, ops.multiply],
)
def _exp_over_square(node: Node) -> Node | None:
    """y * exp(x) / (exp(x) + 1)**2 -> y * sigmoid(x) * sigmoid(-x), y * exp(x) / expm1(x)**2 -> -y * bose(x) * bose(-x)"""
    below = factors_of(node.args[1])
    if below is None or not any(exponent >= 2 for exponent in below[1].values()):
        return None
    above = factors_of(node.args[0])
    if above is None:
        return None
    for base, exponent in below[1].items():
        x = _of_exp(base)
        found = next((b for b, e in above[1].items() if b.op is ops.exp and b.args[0] is x and e > 0), None) if exponent >= 2 else None
        if found is None or x is None:
            continue
        powers = {b: e - (b is found) for b, e in above[1].items()}
        for b, e in below[1].items():
            powers[b] = powers.get(b, 0) - (e - 2 if b is base else e)
        pair = (ops.bose(x), negative(ops.bose(-x))) if base.op is ops.expm1 else (sigmoid(x), sigmoid(-x))
        for part in pair:
            powers[part] = powers.get(part, 0) + 1
        return product_of(node.type, above[0] / below[0], powers)
    return None


def _of_exp(node: Node) -> Node | None:
    """x of expm1(x) and of exp(x) + 1."""
    if node.op is ops.expm1:
        return node.args[0]
    if node.op is ops.add and node.args[0].op is ops.exp and (one := uniform(node.args[1])) is not None and one == 1:
        return node.args[0].args[0]
    return None


# ---------------------------------------------------------------------------------------------------- sums of exponentials

class _Term(NamedTuple):
    """rest * exp(exponent) in a sum, exponent None for no exp, or what is subtracted."""

    rest: Node
    exponent: Node | None
    minus: bool


@rewrites(
    ops.divide, ops.reciprocal, name="over a sum of exps", kind=REAL, because="exp overflows and underflows",
    children=[ops.add, ops.subtract, ops.multiply, ops.square],
)
def _over_exps(node: Node) -> Node | None:
    """y * exp(x1) / (k1 * exp(x1) + k2 * exp(x2)) -> the same with the largest of x1, x2 taken off each exponent; so too over its powers"""
    factors = factors_of(node.args[-1])
    above = _terms(node.args[0]) if node.op is ops.divide else [_Term(filled(node.type, 1), None, False)]
    if factors is None or above is None:
        return None
    for total, power in factors[1].items():
        below = _terms(total) if total.op in (ops.add, ops.subtract) and power > 0 else None
        exponents = list(dict.fromkeys(term.exponent for term in below or [] if term.exponent is not None))
        if below is None or len(exponents) < 2 or any(map(_is_lowered, exponents)):
            continue
        if any(term.exponent is None for term in below):
            exponents.append(filled(node.type, 0))
        top = stop_gradient(reduce(ops.maximum, exponents))
        shift = where(isfinite(top), top, 0)
        powers = {base: -p for base, p in factors[1].items() if base is not total}
        for base, p in (_lowered(above, shift), 1), (exp(-shift), power - 1), (_lowered(below, shift), -power):
            powers[base] = powers.get(base, 0) + p
        return product_of(node.type, 1 / factors[0], {base: p for base, p in powers.items() if p})
    return None


def _terms(node: Node) -> list[_Term] | None:
    """The terms of a sum, each with at most one exp among its factors."""
    found = []
    for part, minus in terms_of(node) or []:
        factors = factors_of(part)
        exps = [base for base in factors[1] if base.op is ops.exp] if factors else []
        if factors is None or len(exps) > 1 or any(factors[1][base] != 1 for base in exps):
            return None
        rest = product_of(node.type, factors[0], {base: power for base, power in factors[1].items() if base.op is not ops.exp})
        found.append(_Term(rest, exps[0].args[0] if exps else None, minus))
    return found or None


def _lowered(terms: list[_Term], shift: Node) -> Node:
    return sum_of([(term.rest * exp(-shift if term.exponent is None else term.exponent - shift), term.minus) for term in terms])


def _is_lowered(exponent: Node) -> bool:
    """Whether the largest exponent has been taken off."""
    waiting = [exponent]
    for _ in range(4 * LONGEST):
        if not waiting:
            return False
        part = waiting.pop()
        if part.op in (ops.add, ops.subtract, ops.multiply, ops.negative):
            waiting += part.args
        elif part.op is ops.where and part.args[0].op is ops.isfinite:
            return True
    return True  # too long to know


BEFORE: list[Rule] = [_over]
RULES: list[Rule] = [_hyperbolic, _exp_over_square, _over_exps]
