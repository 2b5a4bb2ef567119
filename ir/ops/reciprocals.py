"""Reciprocals with derivatives of their own: 1/cosh(x), 1/sinh(x) and 1/(e**x - 1); quotients of two hyperbolic functions; and a
power less one.

The derivative of 1/u through the row of the reciprocal is -u'/u**2, which is infinity over infinity where u overflows and the
true derivative is 0. These rows say it in the function itself: sech' = -sech tanh, csch' = -csch coth, and for Bose's occupation
b(x) = 1/(e**x - 1), b'(x) = b(x) b(-x). A quotient such as the cosh(k*(z + h)) / sinh(k*h) of water waves is finite where both of its
parts are infinite; its derivatives are such quotients.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..node import Node
from ..op import Op
from .arithmetic import abs, power, power_by_base, power_by_exponent, reciprocal
from .composite import composite, where
from .elementary import cosh, exp, expm1, log, sinh, tanh

sech: Op = composite("sech", 1, lambda x: reciprocal(cosh(x)), lambda x, y: -(y * tanh(x)), doc="1 / cosh(x)", sample=((-9, 9),))
csch: Op = composite("csch", 1, lambda x: reciprocal(sinh(x)), lambda x, y: -(y / tanh(x)), doc="1 / sinh(x)", sample=((0.1, 9),))
bose: Op = composite(
    "bose", 1, lambda x: reciprocal(expm1(x)), lambda x, y: y * bose(-x), doc="1 / (e**x - 1), Bose's occupation of a state",
    sample=((0.1, 20),),
)


def _quotient(odd_above: bool, odd_below: bool) -> Callable[[Any, Any], Node]:
    """Of sinh (odd) or cosh of x and of y: exp(|x| - |y|) times a quotient of numbers up to 2.

    What the difference loses by rounding counts, as large as the exponent is (the error of a sum: Knuth, TAOCP 2, 4.2.2); and half
    of the exponent is taken twice, since exp(|x| - |y|) may overflow where the whole does not.
    """
    def half(size: Any, odd: bool) -> Any:
        return -expm1(-2 * size) if odd else exp(-2 * size) + 1

    def body(x: Any, y: Any) -> Node:
        a, b = abs(x), abs(y)
        total = a - b
        back = total - a
        lost = (a - (total - back)) - (b + back)
        root = exp(0.5 * total)
        whole = root * (half(a, odd_above) / half(b, odd_below)) * (root * (1 + where(abs(lost) < 1, lost, 0.0)))  # NaN: infinite sizes
        if not odd_above and not odd_below:
            return whole  # type: ignore[no-any-return]
        return where((x < 0) ^ (y < 0) if odd_above and odd_below else x < 0 if odd_above else y < 0, -whole, whole)

    return body


cosh_over_cosh: Op = composite(
    "cosh_over_cosh", 2, _quotient(False, False), lambda x, y, r: sinh_over_cosh(x, y), lambda x, y, r: -(r * tanh(y)),
    doc="cosh(x1) / cosh(x2)", sample=((-9, 9), (-9, 9)),
)
sinh_over_cosh: Op = composite(
    "sinh_over_cosh", 2, _quotient(True, False), lambda x, y, r: cosh_over_cosh(x, y), lambda x, y, r: -(r * tanh(y)),
    doc="sinh(x1) / cosh(x2)", sample=((-9, 9), (-9, 9)),
)
cosh_over_sinh: Op = composite(
    "cosh_over_sinh", 2, _quotient(False, True), lambda x, y, r: sinh_over_sinh(x, y), lambda x, y, r: -(r / tanh(y)),
    doc="cosh(x1) / sinh(x2)", sample=((-9, 9), (0.1, 9)),
)
sinh_over_sinh: Op = composite(
    "sinh_over_sinh", 2, _quotient(True, True), lambda x, y, r: cosh_over_sinh(x, y), lambda x, y, r: -(r / tanh(y)),
    doc="sinh(x1) / sinh(x2)", sample=((-9, 9), (0.1, 9)),
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
