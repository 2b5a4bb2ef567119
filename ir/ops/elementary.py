"""The elementary functions. One row is one line: NumPy's function, the derivative from x and the result y, the domain.

At the edge of a domain a derivative of any order is the limit from inside. So partials are written such that the chain
rule meets no 0 * infinity there: `cbrt` as a power of 1/y, `arccosh` as a product of two factors of which every
derivative has the same sign, `arcsin` and its kin through `one_minus_square`, whose own slope is not a sum. Adding 0
makes -0.0 the 0 that it equals.
"""
from __future__ import annotations

import numpy as np

from ..node import Node
from ..op import Op
from .arithmetic import add, multiply, square
from .elementwise import elementwise
from .shape import broadcast, reshape
from .source import filled

LN2, LN10 = 0.6931471805599453, 2.302585092994046

exp = elementwise("exp", np.exp, lambda x, y: y, doc="e**x", sample=((-20, 20),))
exp2 = elementwise("exp2", np.exp2, lambda x, y: y * LN2, doc="2**x", sample=((-20, 20),))
expm1 = elementwise("expm1", np.expm1, lambda x, y: exp(x), doc="e**x - 1, accurate near 0", sample=((-20, 20),))
log = elementwise("log", np.log, lambda x, y: 1 / (x + 0), doc="the natural logarithm", sample=((0.01, 99),))
log2 = elementwise("log2", np.log2, lambda x, y: 1 / ((x + 0) * LN2), doc="the logarithm to base 2", sample=((0.01, 99),))
log10 = elementwise("log10", np.log10, lambda x, y: 1 / ((x + 0) * LN10), doc="the logarithm to base 10", sample=((0.01, 99),))
log1p = elementwise("log1p", np.log1p, lambda x, y: 1 / (1 + x), doc="log(1 + x), accurate near 0", sample=((-0.9, 99),))


def _slope_of_root(x: Node, y: Node) -> Node:
    """Of a norm, that is of a sum of squares, 0 at the origin: the chain rule would multiply infinity by 0 there."""
    return 0.5 * _inverse_or_zero(y) if _is_sum_of_squares(x) else 0.5 / (y + 0)


def _is_sum_of_squares(x: Node, most: int = 1000) -> bool:
    """Told for sums of up to `most` nodes, so that a program of many roots of long sums is looked at in linear time."""
    terms, seen = [x], {x}
    while terms:
        term = terms.pop()
        if term.op in (add, reshape, broadcast) or term.op.name == "sum":
            new = set(term.args) - seen  # a sum of sums with themselves has more terms than nodes
            seen |= new
            terms += new
        elif term.op is not square and (term.op is not multiply or term.args[0] is not term.args[1]):
            return False
        if len(seen) > most:
            return False
    return True


sqrt = elementwise(
    "sqrt", np.sqrt, _slope_of_root, doc="the square root; its slope at 0 is infinite, but 0 of a sum of squares", sample=((0.01, 99),),
)
cbrt = elementwise("cbrt", np.cbrt, lambda x, y: square(1 / y) / 3, doc="the real cube root", sample=((0.01, 99),))
one_minus_square: Op = elementwise(
    "one_minus_square", lambda x: (1 - x) * (1 + x), lambda x, y: -2 * x, doc="1 - x^2, accurate near 1 and -1", sample=((-0.9, 0.9),),
)

sin: Op = elementwise("sin", np.sin, lambda x, y: cos(x), doc="the sine of x in radians", sample=((-20, 20),))
cos: Op = elementwise("cos", np.cos, lambda x, y: -sin(x), doc="the cosine of x in radians", sample=((-20, 20),))
tan = elementwise("tan", np.tan, lambda x, y: 1 + y * y, doc="the tangent of x in radians", sample=((-1.5, 1.5),))
arcsin = elementwise(
    "arcsin", np.arcsin, lambda x, y: 1 / sqrt(one_minus_square(x)),
    doc="the angle in [-pi/2, pi/2] whose sine is x", sample=((-0.9, 0.9),),
)
arccos = elementwise(
    "arccos", np.arccos, lambda x, y: -1 / sqrt(one_minus_square(x)),
    doc="the angle in [0, pi] whose cosine is x", sample=((-0.9, 0.9),),
)
arctan = elementwise(
    "arctan", np.arctan, lambda x, y: 1 / (1 + x * x),
    doc="the angle in [-pi/2, pi/2] whose tangent is x", sample=((-20, 20),),
)


def _angle_by_ordinate(a: Node, b: Node, y: Node) -> Node:
    """b / (a^2 + b^2), through the hypotenuse so that nothing overflows; 0 at the origin."""
    inverse = _inverse_or_zero(hypot(a, b))
    return b * inverse * inverse


def _angle_by_abscissa(a: Node, b: Node, y: Node) -> Node:
    inverse = _inverse_or_zero(hypot(a, b))
    return -(a * inverse * inverse)


def _inverse_or_zero(r: Node) -> Node:
    """1 / r, and 0 where r is 0: the convention for norms at the origin. Over infinity it is 0 at every order. What is nearer than the
    smallest normal number is the origin, too: 1 / r might overflow there. One division serves all slopes."""
    from .logic import less, where

    near = less(r, filled(r.type, np.finfo(r.type.dtype).smallest_normal))
    return 1 / where(near, filled(r.type, np.inf), r)


arctan2 = elementwise(
    "arctan2", np.arctan2, _angle_by_ordinate, _angle_by_abscissa,
    doc="the angle of the point (x2, x1)", sample=((-9, 9), (0.1, 9)),
)
hypot = elementwise(
    "hypot", np.hypot, lambda a, b, y: a * _inverse_or_zero(y), lambda a, b, y: b * _inverse_or_zero(y), commutes=True,
    doc="sqrt(x1^2 + x2^2) without overflow; both slopes at the origin are 0", sample=((0.1, 9), (0.1, 9)),
)
hypot3 = elementwise(
    "hypot3", lambda a, b, c: np.hypot(np.hypot(a, b), c),
    lambda a, b, c, y: a * _inverse_or_zero(y), lambda a, b, c, y: b * _inverse_or_zero(y), lambda a, b, c, y: c * _inverse_or_zero(y),
    doc="sqrt(x1^2 + x2^2 + x3^2) without overflow; all slopes at the origin are 0", sample=((0.1, 9),) * 3,
)

sinh = elementwise("sinh", np.sinh, lambda x, y: cosh(x), doc="(e**x - e**-x) / 2", sample=((-9, 9),))
cosh: Op = elementwise("cosh", np.cosh, lambda x, y: sinh(x), doc="(e**x + e**-x) / 2", sample=((-9, 9),))
tanh = elementwise("tanh", np.tanh, lambda x, y: 1 - y * y, doc="the hyperbolic tangent", sample=((-9, 9),))
arcsinh = elementwise(
    "arcsinh", np.arcsinh, lambda x, y: 1 / hypot(x, filled(x.type, 1)), doc="log(x + sqrt(x^2 + 1))", sample=((-20, 20),),
)
arccosh = elementwise(
    "arccosh", np.arccosh, lambda x, y: 1 / sqrt(x - 1) * (1 / sqrt(x + 1)),
    doc="log(x + sqrt(x^2 - 1)), for x >= 1", sample=((1.1, 20),),
)
arctanh = elementwise(
    "arctanh", np.arctanh, lambda x, y: 1 / one_minus_square(x),
    doc="log((1 + x) / (1 - x)) / 2, for |x| < 1", sample=((-0.9, 0.9),),
)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    """The branch that never overflows on either side."""
    small = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1 / (1 + small), small / (1 + small)), x.dtype)


sigmoid: Op = elementwise(
    "sigmoid", _sigmoid, lambda x, y: y * sigmoid(-x),
    doc="1 / (1 + e**-x), relatively accurate in both tails", sample=((-20, 20),),
)
softplus = elementwise(
    "softplus", lambda x: np.logaddexp(x, np.zeros_like(x)), lambda x, y: sigmoid(x),
    doc="log(1 + e**x) without overflow", sample=((-20, 20),),
)
logaddexp = elementwise(
    "logaddexp", np.logaddexp, lambda a, b, y: sigmoid(_difference(a, b)), lambda a, b, y: sigmoid(_difference(b, a)), commutes=True,
    doc="log(e**x1 + e**x2) without overflow", sample=((-20, 20), (-20, 20)),
)


def _difference(a: Node, b: Node) -> Node:
    """a - b, and 0 where both are the same infinity."""
    from .logic import equal, where

    return where(equal(a, b), filled(a.type, 0), a - b)
