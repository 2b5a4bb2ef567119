"""SciPy's names: `wg.special.erf`, `wg.special.logsumexp` and so on, as `scipy.special` has them, on nodes.

Most are functions of the language under SciPy's name; the few that only SciPy has are composed here.
"""
from __future__ import annotations

import math
from typing import Any

from ....ir import ops
from ....ir.convert import apply, as_node, convert, where
from ....ir.errors import ExpressionError
from ....ir.library import FUNCTIONS as _language
from ....ir.library.composed import composed
from ....ir.library.reductions import floating
from ....ir.library.shapes import integer
from ....ir.node import Node, located

erf, erfc, gammaln, digamma, psi = (_language[name] for name in ("erf", "erfc", "gammaln", "digamma", "digamma"))
expit, logit, log_expit, softplus = (_language[name] for name in ("sigmoid", "logit", "log_sigmoid", "softplus"))
logsumexp, log_softmax, xlogy, xlog1py, entr = (_language[name] for name in ("logsumexp", "log_softmax", "xlogy", "xlog1py", "entr"))
exp2, expm1, log1p, cbrt, sinc = (_language[name] for name in ("exp2", "expm1", "log1p", "cbrt", "sinc"))


@composed
def softmax(x: object, axis: object = None) -> Node:
    """exp(x) / sum(exp(x)) over the axes, all of them by default as in SciPy."""
    return _language["softmax"](x, axis)  # type: ignore[no-any-return]


@composed
def polygamma(n: object, x: object) -> Node:
    """The n-th derivative of digamma; n is a fixed integer."""
    order = integer("polygamma", n)
    if order < 0:
        raise located(ExpressionError(f"polygamma: the order must not be negative, got {order}"))
    return digamma(x) if order == 0 else ops.polygamma(floating(x), order=order)


@composed
def ndtr(x: object) -> Node:
    """The cumulative normal distribution, accurate in the lower tail."""
    return 0.5 * erfc(floating(x) * -math.sqrt(0.5))  # type: ignore[no-any-return]


@composed
def log_ndtr(x: object) -> Node:
    """The logarithm of the cumulative normal distribution, also where that underflows.

    Below -20 by the asymptotic series of Mills' ratio (NIST DLMF 7.12.1), of which eight terms reach rounding.
    """
    node = floating(x)
    far = node < -20
    inside = where(far, -20, node)
    outside = where(far, node, -20)
    t = 1 / (outside * outside)
    series: Any = as_node(convert(1.0, node.type.dtype))
    for k in range(8, 0, -1):
        series = 1 - (2 * k - 1) * t * series
    tail = -0.5 * outside * outside - _language["log"](-outside) - 0.5 * math.log(2 * math.pi) + _language["log"](series)
    upper = apply(ops.log1p, -0.5 * erfc(where(inside > 0, inside, 0) * math.sqrt(0.5)))
    lower = _language["log"](0.5 * erfc(where(inside > 0, 0, inside) * -math.sqrt(0.5)))
    return where(far, tail, where(node > 0, upper, lower))


@composed
def rel_entr(x: object, y: object) -> Node:
    """x log(x / y), 0 where x is 0 and y is not negative, NaN of NaN, else infinite."""
    a, b = floating(x), floating(y)
    both = (a > 0) & (b > 0)
    value = where(both, a, 1) * _language["log"](where(both, a, 1) / where(both, b, 1))
    unknown = _language["isnan"](a) | _language["isnan"](b)
    return where(both, value, where((a == 0) & (b >= 0), 0, where(unknown, math.nan, math.inf)))


@composed
def kl_div(x: object, y: object) -> Node:
    """x log(x / y) - x + y."""
    return rel_entr(x, y) - x + y  # type: ignore[no-any-return]


@composed
def huber(delta: object, r: object) -> Node:
    """r^2 / 2 near 0 and delta (|r| - delta/2) beyond delta; infinite for a negative delta."""
    node, width = floating(r), floating(delta)
    size = _language["abs"](node)
    inside = where(size <= width, 0.5 * node * node, width * (size - 0.5 * width))
    return where(width < 0, math.inf, inside)


__all__ = [
    "cbrt", "digamma", "entr", "erf", "erfc", "exp2", "expit", "expm1", "gammaln", "huber", "kl_div", "log1p",
    "log_expit", "log_ndtr", "log_softmax", "logit", "logsumexp", "ndtr", "polygamma", "psi", "rel_entr", "sinc", "softmax",
    "softplus", "xlog1py", "xlogy",
]
