"""Legendre's elliptic integrals by the parameter m = k^2 (NIST DLMF 19.2), and what their derivatives need.

The derivatives by m are integrals as well: D, of sin^2/Delta, and D3, of sin^2/Delta^3, where Delta^2 = 1 - m sin^2. B. C.
Carlson's symmetric integrals give both without the differences that the textbook forms lose digits in. Read `external.py`.
"""
from __future__ import annotations

import math
from collections.abc import Callable

from ..node import Node
from ..op import Op
from .arithmetic import abs, rint
from .composite import composite
from .elementary import cos, sin, sqrt
from .external import external
from .logic import equal, where
from .source import filled


def _quadrature(f: Callable[..., Node], upper: Node | float, *parameters: Node) -> Node:
    from ..library.quadrature import integrate

    return integrate(f, 0.0, upper, *parameters)


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

ellipkinc: Op = external(
    "ellipkinc", 2, lambda phi, m, y: 1 / sqrt(_delta2(phi, m)), lambda phi, m, y: 0.5 * ellipd3inc(phi, m),
    sample=((-1.4, 1.4), (-3, 0.9)), doc="F(phi | m), the elliptic integral of the first kind",
)
ellipeinc: Op = external(
    "ellipeinc", 2, lambda phi, m, y: sqrt(_delta2(phi, m)), lambda phi, m, y: -0.5 * ellipdinc(phi, m),
    sample=((-1.4, 1.4), (-3, 0.9)), doc="E(phi | m), the elliptic integral of the second kind",
)


def _periodic(quarter: Callable[[Node], Node], inner: Callable[[Node, Node], Node]) -> Callable[[Node, Node], Node]:
    """A function of phi within half a turn of 0, continued: each further half turn adds the complete integral twice."""

    def body(phi: Node, m: Node) -> Node:
        turns = rint(phi / math.pi)
        rest = phi - turns * math.pi - turns * 1.2246467991473532e-16  # the rest of pi
        whole = where(equal(turns, filled(turns.type, 0)), filled(m.type, 0), m)
        return inner(rest, m) + where(equal(turns, filled(turns.type, 0)), filled(m.type, 0), 2 * turns * quarter(whole))

    return body


def _d(phi: Node, m: Node) -> Node:
    s, c = sin(phi), cos(phi)
    return s * s * s / 3 * carlson_rd(c * c, _delta2(phi, m), filled(m.type, 1))


def _d3(phi: Node, m: Node) -> Node:
    s, c = sin(phi), cos(phi)
    return s * s * s / 3 * carlson_rd(c * c, filled(m.type, 1), _delta2(phi, m))


def _complete_d3(m: Node) -> Node:
    return carlson_rd(filled(m.type, 0), filled(m.type, 1), 1 - m) / 3


ellipdinc: Op = composite(
    "ellipdinc", 2, _periodic(lambda m: ellipd(m), _d), lambda phi, m, y: _power_of_delta(1, 2)(phi, m),
    lambda phi, m, y: 0.5 * _quadrature(_power_of_delta(3, 4), phi, m), sample=((-1.4, 1.4), (-3, 0.9)),
    doc="D(phi | m), the integral of sin^2/Delta",
)
ellipd3inc: Op = composite(
    "ellipd3inc", 2, _periodic(_complete_d3, _d3), lambda phi, m, y: _power_of_delta(3, 2)(phi, m),
    lambda phi, m, y: 1.5 * _quadrature(_power_of_delta(5, 4), phi, m), sample=((-1.4, 1.4), (-3, 0.9)),
    doc="the integral of sin^2/Delta^3 from 0 to phi",
)

# ----------------------------------------------------------------------------------------------------------- third kind


def _third(phi: Node, n: Node, m: Node) -> Node:
    """s R_F + n s^3 R_J / 3 (DLMF 19.25.14)."""
    s, c = sin(phi), cos(phi)
    x, y, one = c * c, _delta2(phi, m), filled(phi.type, 1)
    return s * carlson_rf(x, y, one) + n / 3 * (s * s * s) * carlson_rj(x, y, one, _delta2(phi, n))


def _third_integrand(power: int, delta: int, sines: int) -> Callable[[Node, Node, Node], Node]:
    """sin^sines / ((1 - n sin^2)^power Delta^delta)."""
    return lambda t, n, m: _power_of_delta(delta, sines)(t, m) / _delta2(t, n) ** power


def _third_body(phi: Node, n: Node, m: Node) -> Node:
    turns = rint(phi / math.pi)
    rest = phi - turns * math.pi - turns * 1.2246467991473532e-16
    whole = _third(filled(phi.type, math.pi / 2), n, m)
    return _third(rest, n, m) + where(equal(turns, filled(turns.type, 0)), filled(phi.type, 0), 2 * turns * whole)


ellippi: Op = composite(
    "ellippi", 3, _third_body, lambda phi, n, m, y: _third_integrand(1, 1, 0)(phi, n, m),
    lambda phi, n, m, y: _quadrature(_third_integrand(2, 1, 2), phi, n, m),
    lambda phi, n, m, y: 0.5 * _quadrature(_third_integrand(1, 3, 2), phi, n, m), sample=((-1.4, 1.4), (-2, 0.8), (-2, 0.8)),
    doc="Pi(n; phi | m), the elliptic integral of the third kind, for n < 1 where phi reaches a quarter turn",
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
]
