"""The Bessel functions: of integer order, of real order with the derivatives by the order, and the spherical ones."""
from __future__ import annotations

from collections.abc import Callable
from functools import cache

import mpmath as mp

import wengert as wg

from .oracle import Case, Exact, Region, Slope, integers, log, near, together, uniform


@cache
def _cosines(digits: int) -> list[mp.mpf]:
    return [mp.cosh(mp.mpf(k) / 32) for k in range(1300)]


def _first_k(x: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """K_0 and K_1 by the trapezoidal rule with steps of 1/32 for the integral of exp(-x cosh t) cosh(nu t) (DLMF 10.32.9), whose error
    is about exp(x - 32 pi^2) of them; mpmath takes twenty times as long."""
    zero = one = mp.exp(-x) / 2
    for cosine in _cosines(mp.mp.dps)[1:]:
        term = mp.exp(-x * cosine)
        zero += term
        one += term * cosine
        if term * cosine < mp.eps * one:
            break
    return zero / 32, one / 32


def besselk(nu: mp.mpf, x: mp.mpf) -> mp.mpf:
    """mpmath's, but by the expansion DLMF 10.40.2 where that has digits enough, since mpmath takes a tenth of a second there, and of
    whole orders by the recurrence from 0 and 1, whose terms have one sign."""
    if mp.isint(nu) and 1e-12 < x < 1.2 * mp.mp.dps:
        below, value = _first_k(x)
        for k in range(1, int(abs(nu))):
            below, value = value, below + 2 * k / x * value
        return value if nu else below
    if x < 1.2 * mp.mp.dps + nu * nu:
        return mp.besselk(nu, x)
    term = total = mp.mpf(1)
    for k in range(1, 1000):
        term *= (4 * nu * nu - (2 * k - 1) ** 2) / (8 * k * x)
        total += term
        if abs(term) < mp.eps * abs(total):
            return mp.sqrt(mp.pi / 2 / x) * mp.exp(-x) * total
    raise mp.mp.NoConvergence


KINDS = {"j": mp.besselj, "y": mp.bessely, "i": mp.besseli, "k": besselk}
BY_X = {  # half the difference or sum of the neighbours
    "j": lambda below, above: (below - above) / 2, "y": lambda below, above: (below - above) / 2,
    "i": lambda below, above: (below + above) / 2, "k": lambda below, above: -(below + above) / 2,
}


def height(nu: mp.mpf, x: mp.mpf) -> mp.mpf:
    """Of the waves of J and Y, where there are waves."""
    return mp.hypot(mp.besselj(nu, x), mp.bessely(nu, x)) if abs(x) > abs(nu) + 0.5 else mp.mpf(0)


def by_order(f: Callable[..., mp.mpf]) -> Exact:
    """The derivative by the order, by a difference with digits enough."""

    def slope(nu: mp.mpf, x: mp.mpf) -> mp.mpf:
        with mp.workdps(mp.mp.dps + 70):
            h = mp.mpf(10) ** -35
            return (f(nu + h, x) - f(nu - h, x)) / (2 * h)

    return slope


def by_x(kind: str) -> Exact:
    f = KINDS[kind]
    return lambda nu, x: BY_X[kind](f(nu - 1, x), f(nu + 1, x))


def integer(kind: str, n: int) -> Case:
    function = getattr(wg.special, f"{kind}v")
    regions: list[Region] = [(uniform(0, 2 * n + 20),), (log(1e-3, 1),), (log(1, 1e6 if kind in "jy" else 700),)]
    if kind in "ji":
        regions.append((uniform(-2 * n - 20, 0),))
    least = (lambda x: height(mp.mpf(n), abs(x))) if kind in "jy" else None
    slope = Slope(0, "native", lambda x: by_x(kind)(mp.mpf(n), x), least=least)
    said = {"j": "all reals", "y": "x > 0", "i": "all reals", "k": "x > 0"}[kind] + WAVES * (kind in "jy")
    return Case(
        f"{kind}v({n}, x)", lambda x: function(n, x), lambda x: KINDS[kind](n, x), regions, said, "native", [slope], least=least,
        share=0.08)


def real(kind: str) -> Case:
    waves = kind in "jy"
    regions: list[Region] = [
        (uniform(-20, 20), log(1e-2, 1e2)), (uniform(-3, 3), log(1e-12, 1)), (integers(-10, 10), log(1e-3, 1e2)),
        (uniform(0, 20), log(10, 1e4 if waves else 600)),
        together(lambda nu, d: (nu, nu * (1 + d)), uniform(5, 200), near(0, least=1e-6, most=0.2)),
    ]
    least = height if waves else None
    by_nu = {  # the reflection of Y at orders below 0 makes zeros of its slope
        "i": lambda nu, x: mp.besseli(nu, x) / max(x, 1), "y": lambda nu, x: max(height(nu, x), abs(mp.bessely(nu, x)) if nu < 0 else 0),
    }.get(kind, least)
    slopes = [
        Slope(0, "quadrature along a contour" if kind != "k" else "quadrature", by_order(KINDS[kind]), least=by_nu),
        Slope(1, "SciPy", by_x(kind), least=least),
    ]
    said = {
        "i": "|nu| < 200, x < 600; the slope by nu relative to I/x too", "k": "|nu| < 200, x < 600",
        "y": "|nu| < 200, x < 1e4" + WAVES + "; the slope by nu < 0 relative to Y too",
    }
    return Case(
        f"{kind}v(nu, x)", getattr(wg.special, f"{kind}v"), KINDS[kind], regions, said.get(kind, "|nu| < 200, x < 1e4" + WAVES), "SciPy",
        slopes, least=least, share=0.15)


def spherical(kind: str, n: int) -> Case:
    def value(m: int, x: mp.mpf) -> mp.mpf:
        return (-1) ** (m if kind == "j" else m + 1) * value(m, -x) if x < 0 else mp.sqrt(mp.pi / 2 / x) * KINDS[kind](m + mp.mpf(1) / 2, x)

    def slope(x: mp.mpf) -> mp.mpf:
        return (n * value(n - 1, x) - (n + 1) * value(n + 1, x)) / (2 * n + 1) if n else -value(1, x)

    def least(x: mp.mpf) -> mp.mpf:
        return 1 / abs(x) if abs(x) > n + 1 else mp.mpf(0)

    name = f"spherical_{kind}n"
    function = getattr(wg.special, name)
    regions: list[Region] = [(uniform(-2 * n - 20, 2 * n + 20),), (log(1e-3, 1),), (log(1, 1e6),)]
    return Case(
        f"{name}({n}, x)", lambda x: function(n, x), lambda x: value(n, x), regions, "all reals; beyond n + 1 relative to 1/x", "native",
        [Slope(0, "native", slope, least=least)], least=least, share=0.15)


WAVES = "; where it is a wave, relative to the height of the wave"
CASES = [
    *(integer(kind, n) for kind in KINDS for n in (0, 1, 2, 10)), *(real(kind) for kind in KINDS),
    *(spherical(kind, n) for kind in "jy" for n in (0, 1, 5)),
]
