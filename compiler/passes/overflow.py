"""Quotients of numbers that overflow together, in forms that do not.

`BEFORE` is for what is about to be differentiated: functions with derivatives of their own (`ir/ops/reciprocals.py`), which `inline.py`
writes out afterwards. `RULES` are part of the table of `stabilize.py`.
"""
from __future__ import annotations

from collections.abc import Callable

from ...ir import ops
from ...ir.library import negative, reciprocal, sigmoid, tanh
from ...ir.node import Node
from ...ir.op import Op
from ...ir.ops.source import uniform
from .parts import factors_of, product_of
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


BEFORE: list[Rule] = [_over]
RULES: list[Rule] = [_exp_over_square]
