"""Legendre's elliptic integrals by the parameter m = k^2 (NIST DLMF 19.2), and what their derivatives need.

The derivatives by m are integrals as well: D, of sin^2/Delta, and D3, of sin^2/Delta^3, where Delta^2 = 1 - m sin^2. B. C.
Carlson's symmetric integrals give both without the differences that the textbook forms lose digits in, and the incomplete integrals
themselves, also for m > 1 up to the turning point m sin^2 phi = 1; NaN beyond. Read `external.py`.
"""
from __future__ import annotations

import math
from collections.abc import Callable

from ..node import Node
from ..op import Op
from .arithmetic import abs, rint
from .composite import composite, where
from .elementary import cos, sin, sqrt
from .external import external
from .source import filled

NODES = 255  # of a quadrature: with 127, seven digits are left where m is -1e5 or 1 - 1e-8
PI_PARTS = 3.1415926534682512, 1.2154201012607932e-10, 4.044532497591901e-21  # whole multiples of the first two are exact


def _quadrature(f: Callable[..., Node], upper: Node | float, *parameters: Node) -> Node:
    from ..library.quadrature import integrate

    return integrate(f, 0.0, upper, *parameters, points=NODES)


def _delta2(t: Node, m: Node) -> Node:
    """1 - m sin^2 t = cos^2 t + (1 - m) sin^2 t, of which no digits are lost near m = 1."""
    s, c = sin(t), cos(t)
    return c * c + (1 - m) * (s * s)


def _power_of_delta(power: int, sines: int) -> Callable[[Node, Node], Node]:
    """sin^sines / Delta^power."""

    def integrand(t: Node, m: Node) -> Node:
        s, d2 = sin(t), _delta2(t, m)
        root = sqrt(d2)
        above = s**sines if sines else filled(t.type, 1)
        return above / (root * d2 ** ((power - 1) // 2)) if power > 1 else above / root

    return integrand


# ---------------------------------------------------------------------------------------------------- complete integrals

ellipk: Op = external(
    "ellipk", 1, lambda m, y: (y - ellipd(m)) / (2 * (1 - m)), sample=((-3, 0.9),),
    doc="K(m), the complete elliptic integral of the first kind; infinite at 1, NaN beyond",
)
ellipe: Op = external(
    "ellipe", 1, lambda m, y: -0.5 * ellipd(m), sample=((-3, 0.9),), doc="E(m), the complete elliptic integral of the second kind",
)
ellipd: Op = composite(
    "ellipd", 1, lambda m: carlson_rd(filled(m.type, 0), 1 - m, filled(m.type, 1)) / 3,
    lambda m, y: 0.5 * _quadrature(_power_of_delta(3, 4), math.pi / 2, m), sample=((-3, 0.9),),
    doc="D(m) = (K(m) - E(m))/m, the integral of sin^2/Delta",
)

# -------------------------------------------------------------------------------------------------- incomplete integrals



def _turned(quarter: Callable[..., Node], inner: Callable[..., Node]) -> Callable[..., Node]:
    """A function of (phi, *parameters) within half a turn of 0, continued: each further half turn adds the complete one twice."""

    def body(phi: Node, *parameters: Node) -> Node:
        turns = rint(phi / math.pi)
        first = turns == 0
        rest = phi
        for part in PI_PARTS:
            rest = rest - turns * part
        whole = (where(first, 0.0, parameter) for parameter in parameters)
        return inner(where(first, phi, rest), *parameters) + where(first, -0.0, 2 * turns * quarter(*whole))

    return body


def _integral(integrand: Callable[..., Node], factor: float = 1.0) -> Callable[..., Node]:
    """factor * the integral of integrand(t, *parameters) up to phi, as a function of (phi, *parameters)."""
    return _turned(
        lambda *parameters: factor * _quadrature(integrand, math.pi / 2, *parameters),
        lambda phi, *parameters: factor * _quadrature(integrand, phi, *parameters))


def _first(phi: Node, m: Node) -> Node:
    s, c = sin(phi), cos(phi)
    return s * carlson_rf(c * c, _delta2(phi, m), filled(m.type, 1))


def _second(phi: Node, m: Node) -> Node:
    """By R_F and R_D: between 0 and 1 DLMF 19.25.10, else 19.25.9, of which the terms have one sign for m < 0 and cancel by a third at
    most for m > 1."""
    s, c = sin(phi), cos(phi)
    d2, one = _delta2(phi, m), filled(m.type, 1)
    mid = (m > 0) & (m <= 1)
    rd = carlson_rd(c * c, where(mid, one, d2), where(mid, d2, one))
    total = s * carlson_rf(c * c, d2, one) + where(mid, m, -m) / 3 * (s * s * s) * rd
    return where(mid, (1 - m) * total + m * s * c / sqrt(d2), total)


def _d(phi: Node, m: Node) -> Node:
    s, c = sin(phi), cos(phi)
    return s * s * s / 3 * carlson_rd(c * c, _delta2(phi, m), filled(m.type, 1))


def _d3(phi: Node, m: Node) -> Node:
    s, c = sin(phi), cos(phi)
    return s * s * s / 3 * carlson_rd(c * c, filled(m.type, 1), _delta2(phi, m))


def _complete_d3(m: Node) -> Node:
    return carlson_rd(filled(m.type, 0), filled(m.type, 1), 1 - m) / 3


_INCOMPLETE = (-1.4, 1.4), (-3, 0.9)
ellipkinc: Op = composite(
    "ellipkinc", 2, _turned(lambda m: ellipk(m), _first), lambda phi, m, y: 1 / sqrt(_delta2(phi, m)),
    lambda phi, m, y: 0.5 * ellipd3inc(phi, m), sample=_INCOMPLETE, doc="F(phi | m), the elliptic integral of the first kind",
)
ellipeinc: Op = composite(
    "ellipeinc", 2, _turned(lambda m: ellipe(m), _second), lambda phi, m, y: sqrt(_delta2(phi, m)),
    lambda phi, m, y: -0.5 * ellipdinc(phi, m), sample=_INCOMPLETE, doc="E(phi | m), the elliptic integral of the second kind",
)
ellipdinc: Op = composite(
    "ellipdinc", 2, _turned(lambda m: ellipd(m), _d), lambda phi, m, y: _power_of_delta(1, 2)(phi, m),
    lambda phi, m, y: _integral(_power_of_delta(3, 4), 0.5)(phi, m), sample=_INCOMPLETE, doc="D(phi | m), the integral of sin^2/Delta",
)
ellipd3inc: Op = composite(
    "ellipd3inc", 2, _turned(_complete_d3, _d3), lambda phi, m, y: _power_of_delta(3, 2)(phi, m),
    lambda phi, m, y: _integral(_power_of_delta(5, 4), 1.5)(phi, m), sample=_INCOMPLETE,
    doc="the integral of sin^2/Delta^3 from 0 to phi",
)

# ----------------------------------------------------------------------------------------------------------- third kind


def _third_integrand(power: int, delta: int, sines: int) -> Callable[[Node, Node, Node], Node]:
    """sin^sines / ((1 - n sin^2)^power Delta^delta)."""
    return lambda t, n, m: _power_of_delta(delta, sines)(t, m) / _delta2(t, n) ** power


def _third(s: Node, x: Node, y: Node, n: Node, pole: Node) -> Node:
    """s R_F + n s^3 R_J / 3 (DLMF 19.25.14); NaN beyond the pole at n sin^2 = 1."""
    one = filled(n.type, 1)
    return s * carlson_rf(x, y, one) + n / 3 * (s * s * s) * carlson_rj(x, y, one, where(pole > 0, pole, math.nan))


def _third_incomplete(phi: Node, n: Node, m: Node) -> Node:
    s, c = sin(phi), cos(phi)
    return _third(s, c * c, _delta2(phi, m), n, _delta2(phi, n))


def _third_complete(n: Node, m: Node) -> Node:
    value = _third(filled(n.type, 1), filled(n.type, 0), 1 - m, n, 1 - n)
    return where((m == 1) & (n < 1), math.inf, value)


def _finite(y: Node, slope: Node) -> Node:
    """The slope where the function has a number; the quadrature would not see a pole."""
    return where(abs(y) < math.inf, slope, y)


_BY_N, _BY_M = _third_integrand(2, 1, 2), _third_integrand(1, 3, 2)
ellippi: Op = composite(
    "ellippi", 3, _turned(_third_complete, _third_incomplete), lambda phi, n, m, y: _finite(y, _third_integrand(1, 1, 0)(phi, n, m)),
    lambda phi, n, m, y: _finite(y, _integral(_BY_N)(phi, n, m)), lambda phi, n, m, y: _finite(y, _integral(_BY_M, 0.5)(phi, n, m)),
    sample=((-1.4, 1.4), (-2, 0.8), (-2, 0.8)),
    doc="Pi(n; phi | m), the elliptic integral of the third kind, where n sin^2 and m sin^2 are below 1 up to phi",
)
ellippi_complete: Op = composite(
    "ellippi_complete", 2, _third_complete, lambda n, m, y: _finite(y, _quadrature(_BY_N, math.pi / 2, n, m)),
    lambda n, m, y: _finite(y, 0.5 * _quadrature(_BY_M, math.pi / 2, n, m)), sample=((-2, 0.8), (-2, 0.8)),
    doc="Pi(n | m), the complete elliptic integral of the third kind, for n < 1 and m < 1",
)

# -------------------------------------------------------------------------------------------------- Carlson's integrals


def _carlson(powers: tuple[float, ...], factor: float) -> Callable[..., Node]:
    """factor * the integral of the product of (t + x_k)^-p_k over t from 0 on, in t = scale * s."""
    from ..library.quadrature import integrate

    def integral(*xs: Node) -> Node:
        def integrand(t: Node, *wide: Node) -> Node:
            total = filled(t.type, factor)
            for x, power in zip(wide, powers):
                total = total / ((t + x) ** int(power) * sqrt(t + x) if power % 1 else (t + x) ** int(power))
            return total

        scale = abs(xs[-1])
        return integrate(integrand, 0.0, math.inf, *xs, scale=scale)

    return integral


def _carlson_partial(powers: tuple[float, ...], factor: float, by: int) -> Callable[..., Node]:
    """The derivative by one argument: that power one higher."""
    higher = tuple(p + (k == by) for k, p in enumerate(powers))
    return lambda *args: _carlson(higher, -powers[by] * factor)(*args[:-1])


_RF, _RD, _RJ = (0.5, 0.5, 0.5), (0.5, 0.5, 1.5), (0.5, 0.5, 0.5, 1.0)
_ANY = (0.2, 4)
carlson_rf: Op = external(
    "carlson_rf", 3, *(_carlson_partial(_RF, 0.5, k) for k in range(3)), scipy="elliprf", sample=(_ANY,) * 3,
    doc="R_F(x, y, z), Carlson's symmetric integral of the first kind",
)
carlson_rd: Op = external(
    "carlson_rd", 3, *(_carlson_partial(_RD, 1.5, k) for k in range(3)), scipy="elliprd", sample=(_ANY,) * 3,
    doc="R_D(x, y, z), Carlson's symmetric integral of the second kind",
)
carlson_rj: Op = external(
    "carlson_rj", 4, *(_carlson_partial(_RJ, 1.5, k) for k in range(4)), scipy="elliprj", sample=(_ANY,) * 4,
    doc="R_J(x, y, z, p), Carlson's symmetric integral of the third kind",
)

__all__ = [
    "carlson_rd", "carlson_rf", "carlson_rj", "ellipd", "ellipd3inc", "ellipdinc", "ellipe", "ellipeinc", "ellipk", "ellipkinc", "ellippi",
    "ellippi_complete",
]
