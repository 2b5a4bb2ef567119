"""Arithmetic, powers and rounding. Conventions at kinks: abs' at 0 is 0; ties of maximum and minimum share equally."""
from __future__ import annotations

from collections.abc import Callable
from weakref import WeakValueDictionary

import numpy as np

from ..node import Node
from ..op import Op
from .elementwise import ANY, NUMBERS, elementwise
from .source import filled, uniform

add = elementwise("add", np.add, 1, 1, takes=NUMBERS, commutes=True, doc="x1 + x2")
subtract = elementwise("subtract", np.subtract, 1, -1, takes=NUMBERS, doc="x1 - x2")
multiply = elementwise("multiply", np.multiply, lambda a, b, y: b, lambda a, b, y: a, takes=NUMBERS, commutes=True, doc="x1 * x2")
divide = elementwise("divide", np.divide, lambda a, b, y: 1 / b, lambda a, b, y: -(y / b), doc="x1 / x2", sample=((-9, 9), (0.1, 9)))
negative = elementwise("negative", np.negative, -1, takes=NUMBERS, doc="-x")
reciprocal = elementwise("reciprocal", lambda x: 1 / x, lambda x, y: -(y * y), doc="1 / x", sample=((0.1, 9),))
square = elementwise("square", np.square, lambda x, y: 2 * x, takes=NUMBERS, doc="x * x")


def _slope(x: Node, y: Node) -> Node:
    return sign(x)


abs = elementwise("abs", np.absolute, _slope, takes=NUMBERS, doc="the absolute value; its slope at 0 is 0", sample=((0.1, 9),))
sign = elementwise("sign", np.sign, takes=NUMBERS, doc="-1, 0 or 1 (NaN for NaN); its derivative is 0")
copysign = elementwise(
    "copysign", np.copysign, lambda a, b, y: sign(a) * sign(y), None, doc="|x1| with the sign of x2", sample=((0.1, 9), (0.1, 9)),
)


def power_by_base(x: Node, p: Node, y: Node) -> Node:
    """p * x**(p-1), and 0 where p and x are 0, where the product would be 0*inf."""
    from .logic import equal, logical_and, where

    exponent = uniform(p)
    if exponent is not None:
        known = exponent.item()
        return filled(x.type, known) if known in (0, 1) else known * x ** (known - 1) if known != 2 else 2 * x
    zero = filled(p.type, 0)
    flat = logical_and(equal(p, zero), equal(x, filled(x.type, 0)))
    return where(flat, zero, p * power(where(flat, filled(x.type, 1), x), p - 1))


def power_by_exponent(x: Node, p: Node, y: Node) -> Node:
    """log(x) * x**p, whose limit is 0 where the power itself is 0 (x = 0 with p > 0)."""
    from .elementary import log
    from .logic import equal, where

    zero = filled(x.type, 0)
    at_zero = equal(y, zero)
    safe = where(at_zero, filled(x.type, 1), x)
    return where(at_zero, zero, log(safe) * y)


def _power(x: np.ndarray, p: np.ndarray) -> np.ndarray:
    if x.dtype.kind == "f":
        return np.asarray(np.power(x, p))
    inverse = np.where(np.abs(x) == 1, np.where(p % 2 == 0, 1, x), 0)  # 1/x**n truncated; NumPy refuses
    return np.where(p < 0, inverse, np.power(x, np.maximum(p, 0))).astype(x.dtype)


power = elementwise(
    "power", _power, power_by_base, power_by_exponent, takes=NUMBERS, ufunc=np.power, sample=((0.1, 9), (-3, 3)),
    doc="x1 ** x2 by the rules of C99 pow, truncated for an integer to a negative power; the derivative by x2 is 0 where the power is 0",
)


_TIED: WeakValueDictionary[int, Node] = WeakValueDictionary()  # by the serial number of the chain


def _tied(x: Node, op: Op) -> Node:
    """How many operands of a chain, as in maximum(maximum(a, b), c), are its result; 1 of what is none. Ties share equally among all
    of them, however the chain is nested. What was counted once is known, so a chain of n is counted in n steps."""
    from .logic import equal, greater, less, where

    known: dict[Node, Node] = {}

    def counted(node: Node) -> Node | None:
        if node.op is not op:
            return filled(node.type, 1)
        if node not in known and (found := _TIED.get(node.serial)) is not None:
            known[node] = found
        return known.get(node)

    waiting = [x]
    while waiting:
        node = waiting[-1]
        if counted(node) is None:
            a, b = node.args
            m, n = counted(a), counted(b)
            if m is None or n is None:
                waiting += [arg for arg, number in ((a, m), (b, n)) if number is None]
                continue
            one = m if m is n else where((greater if op is maximum else less)(a, b), m, n)
            known[node] = _TIED[node.serial] = where(equal(a, b), _added(m, n), one)
        waiting.pop()
    result = counted(x)
    assert result is not None
    return result


def _added(m: Node, n: Node) -> Node:
    i, j = uniform(m), uniform(n)
    return add(m, n) if i is None or j is None else filled(m.type, i + j)


def _extremum_share(first: bool) -> Callable[[Node, Node, Node], Node]:
    """1 where this argument is the extremum, its share at a tie (1/2, but for chains), 0 elsewhere."""

    def partial(a: Node, b: Node, y: Node) -> Node:
        from .logic import equal, where

        mine, other = (a, b) if first else (b, a)
        m, n = _tied(mine, y.op), _tied(other, y.op)
        part = filled(y.type, 0.5) if m is n else divide(m, _added(m, n))
        share = where(equal(mine, other), part, filled(y.type, 1))
        return where(equal(mine, y), share, filled(y.type, 0))

    return partial


def _extremum(ufunc: np.ufunc, sign: int) -> Callable[..., np.ndarray]:
    """IEEE 754's maximum or minimum: 0 is above -0, so that the arguments may change places. NumPy leaves it open."""

    def evaluate(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        result: np.ndarray = ufunc(a, b)
        return np.where((a == 0) & (b == 0), sign * (sign * a + sign * b), result) if result.dtype.kind == "f" else result

    return evaluate


maximum: Op = elementwise(
    "maximum", _extremum(np.maximum, 1), _extremum_share(True), _extremum_share(False), takes=ANY, ufunc=np.maximum, commutes=True,
    doc="the larger of two; NaN if one is NaN; ties share the derivative equally, also of chains",
)
minimum = elementwise(
    "minimum", _extremum(np.minimum, -1), _extremum_share(True), _extremum_share(False), takes=ANY, ufunc=np.minimum, commutes=True,
    doc="the smaller of two; NaN if one is NaN; ties share the derivative equally, also of chains",
)


def _whole(ufunc: np.ufunc) -> Callable[..., np.ndarray]:
    """NumPy before 2.1 rounds integers as float64, which loses the large ones."""
    return lambda x: x if x.dtype.kind == "i" else ufunc(x)


floor = elementwise("floor", _whole(np.floor), takes=NUMBERS, ufunc=np.floor, doc="the largest integer not above x")
ceil = elementwise("ceil", _whole(np.ceil), takes=NUMBERS, ufunc=np.ceil, doc="the smallest integer not below x")
rint = elementwise("rint", np.rint, doc="the nearest integer, halves to even")
trunc = elementwise("trunc", _whole(np.trunc), takes=NUMBERS, ufunc=np.trunc, doc="x without its fraction")
floor_divide = elementwise("floor_divide", np.floor_divide, takes=NUMBERS, doc="floor(x1 / x2); 0 for an integer divided by 0")
remainder = elementwise(
    "remainder", np.remainder, 1, lambda a, b, y: -floor_divide(a, b), takes=NUMBERS,
    sample=((21, 23.5), (4.75, 5)),  # one period: floor(x1 / x2) is 4
    doc="x1 - floor(x1/x2)*x2, with the sign of x2; 0 for an integer by 0",
)
