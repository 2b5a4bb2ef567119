"""Complex numbers as pairs of real nodes, and the elementary functions of them.

A number whose imaginary part is absent is real: arithmetic on it stays real, and a root or logarithm of it becomes complex.
Branch cuts and signed zeros are those of C99 and NumPy; the inverse functions are W. Kahan's ("Branch cuts for complex
elementary functions", 1987). Knows nothing of SymPy's classes; read `complex_table.py` next.

A function is chosen from forms that are each analytic around every point where they are chosen, so that derivatives of any
order are those of the function: on an axis as elsewhere. So there is no `abs` of a part, whose own derivative at 0 is 0, and
nothing that is right at one point only; the sign of a part, which zeros have too, is a constant factor.
"""
from __future__ import annotations

import math
import sys
from collections.abc import Callable
from typing import NamedTuple

from ....ir import ops
from ....ir.library import where
from ....ir.node import Node
from ...passes.canonical import product_power
from .handlers import constant


class Pair(NamedTuple):
    """re + im*i; of a real number `im` is None."""

    re: Node
    im: Node | None = None

    @property
    def imaginary(self) -> Node:
        return constant(0.0) if self.im is None else self.im


Function = Callable[[Pair], Pair]


# --------------------------------------------------------------------------------------------------------- arithmetic

def add(a: Pair, b: Pair) -> Pair:
    if a.im is None or b.im is None:
        return Pair(a.re + b.re, b.im if a.im is None else a.im)
    return Pair(a.re + b.re, a.im + b.im)


def negative(a: Pair) -> Pair:
    return Pair(-a.re, None if a.im is None else -a.im)


def subtract(a: Pair, b: Pair) -> Pair:
    return add(a, negative(b))


def multiply(a: Pair, b: Pair) -> Pair:
    if a.im is None:
        a, b = b, a
    if b.im is None:
        return Pair(a.re * b.re, None if a.im is None else a.im * b.re)
    assert a.im is not None
    if _absent(b.re) or _absent(a.re):  # i times something: no 0 is multiplied
        (x, y), (_, c) = (a, b) if _absent(b.re) else (b, a)
        assert y is not None and c is not None
        return Pair(-(y * c), None if _absent(x) else x * c)
    return Pair(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re)


def _absent(node: Node) -> bool:
    """Whether a part is the constant 0."""
    return node.op is ops.const and not node.attrs[0].array.any()


def square(a: Pair) -> Pair:
    if a.im is None:
        return Pair(ops.square(a.re))
    return Pair((a.re - a.im) * (a.re + a.im), 2.0 * (a.re * a.im))


def divide(a: Pair, b: Pair) -> Pair:
    """R. L. Smith's quotient (1962), which squares nothing: the divisor's parts are divided by the larger one."""
    if b.im is None:
        return Pair(a.re / b.re, None if a.im is None else a.im / b.re)
    flat, ratio, divisor = _larger_part(b.re, b.im)
    x, y = a.re, a.imaginary
    first, second = where(flat, x, y), where(flat, y, x)
    re = (first + second * ratio) / divisor
    im = (second - first * ratio) / divisor
    return Pair(re, where(flat, im, -im))


def reciprocal(a: Pair) -> Pair:
    """As `divide`, but no 0 is added: the signs of zeros tell the side of a branch cut, and 1/(x + 0i) is below the axis."""
    if a.im is None:
        return Pair(ops.reciprocal(a.re))
    flat, ratio, divisor = _larger_part(a.re, a.im)
    one = constant(1.0)
    return Pair(where(flat, one, ratio) / divisor, -(where(flat, ratio, one) / divisor))


def _larger_part(x: Node, y: Node) -> tuple[Node, Node, Node]:
    """Whether |x| >= |y|, the smaller part over the larger one, and (x^2 + y^2) over the larger one."""
    flat = abs(x) >= abs(y)
    large, small = where(flat, x, y), where(flat, y, x)
    ratio = small / where(ops.equal(large, constant(0.0)), constant(1.0), large)
    return flat, ratio, large + small * ratio


def _sign_of(part: Node) -> Node:
    """1 or -1, also of zeros; the constant by which a part becomes its modulus."""
    return ops.copysign(constant(1.0), part)


def times_i(a: Pair) -> Pair:
    return Pair(-a.imaginary, a.re)


def over_i(a: Pair) -> Pair:
    return Pair(a.imaginary, -a.re)


def conjugate(a: Pair) -> Pair:
    return Pair(a.re, None if a.im is None else -a.im)


def modulus(a: Pair) -> Pair:
    return Pair(abs(a.re)) if a.im is None else Pair(ops.hypot(a.re, a.im))


def argument(a: Pair) -> Pair:
    return Pair(ops.arctan2(a.imaginary, a.re))


def sign(a: Pair) -> Pair:
    """z/|z|, and 0 at 0."""
    if a.im is None:
        return Pair(ops.sign(a.re))
    size = ops.hypot(a.re, a.im)
    safe = where(ops.equal(size, constant(0.0)), constant(1.0), size)
    return Pair(a.re / safe, a.im / safe)


def select(condition: Node, a: Pair, b: Pair) -> Pair:
    if a.im is None and b.im is None:
        return Pair(where(condition, a.re, b.re))
    return Pair(where(condition, a.re, b.re), where(condition, a.imaginary, b.imaginary))


def equal(a: Pair, b: Pair) -> Node:
    same = ops.equal(a.re, b.re)
    if a.im is None and b.im is None:
        return same
    return ops.logical_and(same, ops.equal(a.imaginary, b.imaginary))


# --------------------------------------------------------------------------------------- roots, exponentials and powers

def sqrt(a: Pair) -> Pair:
    """The root in the right half plane; of a negative number without imaginary part it is i times the root of |x|."""
    if a.im is None:
        below = a.re < 0.0
        return Pair(where(below, constant(0.0), ops.sqrt(a.re)), where(below, ops.sqrt(-a.re), constant(0.0)))
    x, y = a.re, a.im
    right, above = x >= 0.0, _sign_of(y)
    # |x| and |z| are halved first, so that their sum does not overflow
    root = ops.sqrt(0.5 * where(right, x, -x) + 0.5 * ops.hypot(x, y))
    zero = ops.equal(root, constant(0.0))
    other = where(zero, y, y / (2.0 * where(zero, constant(1.0), root)))
    return Pair(where(right, root, above * other), where(right, other, above * root))


def exp(a: Pair) -> Pair:
    if a.im is None:
        return Pair(ops.exp(a.re))
    size = ops.exp(a.re)
    # of a real number e^x * sin(0) must be 0, also where e^x is infinite
    infinite = ops.logical_and(ops.equal(a.im, constant(0.0)), ops.isinf(size))
    return Pair(size * ops.cos(a.im), where(infinite, constant(sys.float_info.max), size) * ops.sin(a.im))


def log(a: Pair) -> Pair:
    """log|z| + i arg z; near the unit circle by log1p(|z|^2 - 1)/2, which loses nothing there."""
    x, y = a.re, a.imaginary
    size = abs(x) if a.im is None else ops.hypot(x, y)
    near = ops.logical_and(size > 0.5, size < 2.0)
    flat = abs(x) >= abs(y)
    large, small = where(flat, x, y), where(flat, y, x)
    excess = where(near, (large - 1.0) * (large + 1.0) + small * small, constant(0.0))
    return Pair(where(near, 0.5 * ops.log1p(excess), ops.log(size)), ops.arctan2(y, x))


LARGEST_POWER = 64  # integer exponents up to here are products of squares


def power(a: Pair, b: Pair, exponent: float | None = None) -> Pair:
    """a**b = exp(b log a), and 0 where a is 0. `exponent` is b where that is a number."""
    if exponent is not None and b.im is None:
        if exponent == int(exponent) and abs(exponent) <= LARGEST_POWER:
            whole = _whole_power(a, abs(int(exponent)))
            return reciprocal(whole) if exponent < 0 else whole
        if 2 * exponent == int(2 * exponent) and abs(exponent) <= LARGEST_POWER:
            n, root = int(abs(exponent)), sqrt(a)
            result = multiply(_whole_power(a, n), root) if n else root
            return reciprocal(result) if exponent < 0 else result
    zero = equal(a, Pair(constant(0.0)))
    safe = select(zero, Pair(constant(1.0)), a)
    found = exp(multiply(b, log(safe)))
    none = Pair(where(b.re > 0.0, constant(0.0), constant(math.nan)))
    return select(zero, select(equal(b, Pair(constant(0.0))), Pair(constant(1.0)), none), found)


def _whole_power(a: Pair, n: int) -> Pair:
    if n == 0:
        return Pair(constant(1.0))
    if a.im is None:
        return Pair(product_power(a.re, n))
    result: Pair | None = None
    while n:
        if n & 1:
            result = a if result is None else multiply(result, a)
        n >>= 1
        if n:
            a = square(a)
    assert result is not None
    return result


# ------------------------------------------------------------------------------------- circular and hyperbolic functions

def sinh(a: Pair) -> Pair:
    if a.im is None:
        return Pair(ops.sinh(a.re))
    return Pair(ops.sinh(a.re) * ops.cos(a.im), ops.cosh(a.re) * ops.sin(a.im))


def cosh(a: Pair) -> Pair:
    if a.im is None:
        return Pair(ops.cosh(a.re))
    return Pair(ops.cosh(a.re) * ops.cos(a.im), ops.sinh(a.re) * ops.sin(a.im))


def tanh(a: Pair) -> Pair:
    """1 - 2q/(1+q) with q = e^(-2z), of which the derivative loses nothing far out; Kahan's form near the poles, by t = tan y
    and s = sinh x: (s cosh x (1+t^2) + i t)/(1 + (1+t^2) s^2)."""
    if a.im is None:
        return Pair(ops.tanh(a.re))
    x, y = a.re, a.im
    near = abs(x) < 1.0
    inner, outer = where(near, x, constant(0.5)), where(near, constant(2.0), abs(x))
    t, s = ops.tan(y), ops.sinh(inner)
    beta = 1.0 + t * t
    divisor = 1.0 + beta * s * s
    left = x < 0.0
    size, angle = ops.exp(-2.0 * outer), where(left, 2.0 * y, -2.0 * y)
    q = Pair(size * ops.cos(angle), size * ops.sin(angle))
    fraction = divide(q, Pair(1.0 + q.re, q.imaginary))
    re, im = 1.0 - 2.0 * fraction.re, -2.0 * fraction.imaginary
    return Pair(where(near, beta * ops.cosh(inner) * s / divisor, where(left, -re, re)), where(near, t / divisor, where(left, -im, im)))


def _turned(function: Function, real: Callable[[Node], Node]) -> Function:
    """f(z) = -i g(iz): the circular functions by the hyperbolic ones."""
    return lambda a: Pair(real(a.re)) if a.im is None else over_i(function(times_i(a)))


sin = _turned(sinh, ops.sin)
tan = _turned(tanh, ops.tan)


def cos(a: Pair) -> Pair:
    return Pair(ops.cos(a.re)) if a.im is None else cosh(times_i(a))


def arcsin(a: Pair) -> Pair:
    one = Pair(constant(1.0))
    below, above = sqrt(_signed(subtract(one, a))), sqrt(_signed(add(one, a)))
    return Pair(ops.arctan2(a.re, multiply(below, above).re), ops.arcsinh(multiply(conjugate(below), above).imaginary))


def arccos(a: Pair) -> Pair:
    one = Pair(constant(1.0))
    below, above = sqrt(_signed(subtract(one, a))), sqrt(_signed(add(one, a)))
    return Pair(2.0 * ops.arctan2(below.re, above.re), ops.arcsinh(multiply(conjugate(above), below).imaginary))


def arccosh(a: Pair) -> Pair:
    one = Pair(constant(1.0))
    below, above = sqrt(_signed(subtract(a, one))), sqrt(_signed(add(a, one)))
    return Pair(ops.arcsinh(multiply(conjugate(below), above).re), 2.0 * ops.arctan2(below.imaginary, above.re))


def _signed(a: Pair) -> Pair:
    """With an imaginary part, so that a root takes the general way."""
    return Pair(a.re, a.imaginary)


def arcsinh(a: Pair) -> Pair:
    return Pair(ops.arcsinh(a.re)) if a.im is None else times_i(arcsin(over_i(a)))


def arctanh(a: Pair) -> Pair:
    """log((1+z)/(1-z))/2."""
    x, y = a.re, a.imaginary
    return Pair(_half_log(x, y), 0.5 * ops.arctan2(2.0 * y, (1.0 - x) * (1.0 + x) - y * y))


def arccoth(a: Pair) -> Pair:
    """arctanh(1/z) = log((z+1)/(z-1))/2, of which only the angle is another one; of a real number above the cut, as arctanh."""
    x, y = a.re, a.imaginary
    large = ops.logical_or(abs(x) > 1e100, abs(y) > 1e100)
    scale = where(large, constant(1e-160), constant(1.0))  # so that the squares do not overflow
    below = y if a.im is None else -2.0 * (y * scale)
    level = scale * y
    return Pair(_half_log(x, y), 0.5 * ops.arctan2(scale * below, scale * (x - 1.0) * (scale * (x + 1.0)) + level * level))


def _half_log(x: Node, y: Node) -> Node:
    """log|(1+z)/(1-z)|/2, by |x| since that is odd in x."""
    side = _sign_of(x)
    size = side * x
    gap = ops.hypot(1.0 - size, y)
    return side * (0.25 * ops.log1p(4.0 * (size / gap) / gap))


def arctan(a: Pair) -> Pair:
    return Pair(ops.arctan(a.re)) if a.im is None else over_i(arctanh(times_i(a)))


def arccot(a: Pair) -> Pair:
    """arctan(1/z)."""
    return Pair(ops.arctan(ops.reciprocal(a.re))) if a.im is None else over_i(arccoth(over_i(a)))
