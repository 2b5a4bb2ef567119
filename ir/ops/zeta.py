"""The zeta functions and the polylogarithm (NIST DLMF 25): compositions, whose derivatives by the exponent are compositions too."""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..op import Op
from .composite import composite, in_float64, where


def _library() -> Any:
    from ..library import zeta

    return zeta


riemann_zeta: Op = composite(
    "riemann_zeta", 1, lambda s: _library().riemann(s).value, in_float64(lambda s: _library().riemann(s).slope),
    doc="Riemann's zeta function of any real number; infinite at 1", sample=((1.1, 9),),
)


def _above_zero(a: Any, value: Callable[[Any], Any]) -> Any:
    return where(a > 0, value(where(a > 0, a, 1.0)), math.nan)


hurwitz_zeta: Op = composite(
    "hurwitz_zeta", 2, lambda s, a: _above_zero(a, lambda a: _library().hurwitz(s, a).value),
    in_float64(lambda s, a: _library().hurwitz(s, a).slope), lambda s, a, y: -hurwitz_slope(s, a),
    doc="the sum of (x2 + k)^-x1 for k >= 0, for x2 > 0; NaN for x1 < -60", sample=((1.1, 9), (0.5, 9)),
)
hurwitz_slope: Op = composite(
    "hurwitz_slope", 2, lambda s, a: _above_zero(a, lambda a: _library().hurwitz_slope(s, a).value),
    in_float64(lambda s, a: _library().hurwitz_slope(s, a).slope), lambda s, a, y: -s * hurwitz_slope(s + 1, a),
    doc="x1 hurwitz_zeta(x1 + 1, x2), accurate beside x1 = 0, where it is 1", sample=((0.1, 9), (0.5, 9)),
)
dirichlet_eta: Op = composite(
    "dirichlet_eta", 1, lambda s: _library().eta(s).value, in_float64(lambda s: _library().eta(s).slope),
    doc="the alternating sum of k^-x for k >= 1, continued", sample=((-3, 9),),
)


def _polylog_by_z(s: Any, z: Any, y: Any) -> Any:
    """Li_(s-1)(z)/z, 1 at 0."""
    zero = z == 0
    at = where(zero, 0.25, z)
    return where(zero, 1.0, polylog(s - 1, at) / at)


def _li(s: Any, z: Any, by_s: bool = False) -> Any:
    from ..library.polylog import polylog

    return polylog(s, z, by_s)


polylog: Op = composite(
    "polylog", 2, _li, in_float64(lambda s, z: _li(s, z, True)), _polylog_by_z,
    doc="the sum of x2^k k^-x1 for k >= 1, continued to x2 <= 1", sample=((-0.2, 4), (-3, 0.9)),
)
