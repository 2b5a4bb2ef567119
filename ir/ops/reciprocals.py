"""Reciprocals with derivatives of their own: 1/cosh(x), 1/sinh(x) and 1/(e**x - 1), and a power less one.

The derivative of 1/u through the row of the reciprocal is -u'/u**2, which is infinity over infinity where u overflows and the
true derivative is 0. These rows say it in the function itself: sech' = -sech tanh, csch' = -csch coth, and for Bose's occupation
b(x) = 1/(e**x - 1), b'(x) = b(x) b(-x).
"""
from __future__ import annotations

from typing import Any

from ..node import Node
from ..op import Op
from .arithmetic import power, power_by_base, power_by_exponent, reciprocal
from .composite import composite, where
from .elementary import cosh, expm1, log, sinh, tanh

sech: Op = composite("sech", 1, lambda x: reciprocal(cosh(x)), lambda x, y: -(y * tanh(x)), doc="1 / cosh(x)", sample=((-9, 9),))
csch: Op = composite("csch", 1, lambda x: reciprocal(sinh(x)), lambda x, y: -(y / tanh(x)), doc="1 / sinh(x)", sample=((0.1, 9),))
bose: Op = composite(
    "bose", 1, lambda x: reciprocal(expm1(x)), lambda x, y: y * bose(-x), doc="1 / (e**x - 1), Bose's occupation of a state",
    sample=((0.1, 20),),
)


def _powm1(x: Any, p: Any) -> Node:
    """Through expm1 where the power is near 1, from selected arguments, so that neither side sees what is the other's."""
    exponent = p * log(x)
    near = (exponent > -0.5) & (exponent < 0.5)
    return where(near, expm1(where(near, exponent, 0.0)), power(where(near, 1.0, x), p) - 1)


powm1: Op = composite(
    "powm1", 2, _powm1, lambda x, p, y: power_by_base(x, p, power(x, p)), lambda x, p, y: power_by_exponent(x, p, power(x, p)),
    doc="x1 ** x2 - 1, accurate where the power is near 1", sample=((0.1, 9), (-3, 3)),
)
