"""cbrt, hypot and hypot3: an approximation, corrected by its residual, which is computed exactly.

The constants are printed by `benchmarks/minimax.py`. Knows nothing of the other functions.
"""
from __future__ import annotations

import functools
import operator

from .core import Lanes, Value
from .logarithm import split

INFINITY = float("inf")

# (1 + f)^(-1/3) for 1 + f on [sqrt(1/2), sqrt(2)], minimax, error 2^-17.4 and 2^-11.9
CBRT64 = (1.000004344996312, -0.3332672939640763, 0.22155479297866718, -0.17558620035389966, 0.16100069927146987,
          -0.11000040864542064)
CBRT32 = (0.9997642636299133, -0.33445072174072266, 0.23820173740386963, -0.1611889898777008)
CBRT_2, CBRT_HALF = 1.2599210498948732, 0.7937005259840998


def cbrt(m: Lanes, x: Value) -> Value:
    """2^q cbrt(t), t = 2^(k - 3q) (1 + f): z = t^(-1/3) by a polynomial and a third-order step, y = t z^2, and
    y + (t - y^3) z^2 / 3 with y^3 as a double-double (Newton)."""
    a = m.abs(x)
    k, f, _ = split(m, a)
    q, qb = m.nearest(k, 1.0 / 3.0)
    j = m.mad(q, -3.0, k)                                          # -1, 0 or 1
    up, down = j > 0.0, j < 0.0
    t = (1.0 + f) * m.where(up, 2.0, m.where(down, 0.5, 1.0))
    z = m.poly(f, m.pick(CBRT64, CBRT32)) * m.where(up, CBRT_HALF, m.where(down, CBRT_2, 1.0))
    e = 1.0 - t * (z * z) * z
    z = m.mad(z * e, m.mad(e, 2.0 / 9.0, 1.0 / 3.0), z)
    z2 = z * z
    y = t * z2
    square, square_low = m.two_prod(y, y)
    residual = m.fma(-square, y, t) - square_low * y
    y = m.mad(residual * z2, 1.0 / 3.0, y) * m.power_of_two(qb)
    return m.where((a > 0.0) & (a < INFINITY), m.copysign(y, x), x)


def hypot(m: Lanes, x: Value, y: Value) -> Value:
    """sqrt(x^2 + y^2)."""
    return _norm(m, [x, y])


def hypot3(m: Lanes, x: Value, y: Value, z: Value) -> Value:
    """sqrt(x^2 + y^2 + z^2)."""
    return _norm(m, [x, y, z])


def _norm(m: Lanes, xs: list[Value]) -> Value:
    """As they are, and scaled where in some lane the squares are beyond the range, or a zero."""
    total = _squares(m, xs)
    low, high = m.pick((2.0 ** -800, 2.0 ** 1000), (2.0 ** -70, 2.0 ** 120))
    beyond = ~((total[0] > low) & (total[0] < high))
    return m.rarely(beyond, [_root(m, *total)], lambda: [_scaled(m, xs)])[0]


def _infinite(m: Lanes, xs: list[Value], root: Value) -> Value:
    """Infinite where some x is, also beside a NaN."""
    infinite = functools.reduce(operator.or_, [m.abs(x) == INFINITY for x in xs])
    return m.where(infinite, INFINITY, root)


def _scaled(m: Lanes, xs: list[Value]) -> Value:
    """By powers of two, so that nothing is rounded but what would be anyway."""
    sizes = [m.abs(x) for x in xs]
    most = functools.reduce(lambda a, b: m.where(b > a, b, a), sizes)
    top, bottom, factor = m.pick((2.0 ** 500, 2.0 ** -400, 2.0 ** 600), (2.0 ** 60, 2.0 ** -40, 2.0 ** 90))
    large, small = most > top, most < bottom
    up = m.where(large, 1 / factor, m.where(small, factor, 1.0))
    down = m.where(large, factor, m.where(small, 1 / factor, 1.0))
    return _infinite(m, xs, _root(m, *_squares(m, [x * up for x in xs])) * down)


def _squares(m: Lanes, xs: list[Value]) -> tuple[Value, Value]:
    """The sum of the squares as a double-double."""
    total, low = m.two_prod(xs[0], xs[0])
    for x in xs[1:]:
        square, rest = m.two_prod(x, x)
        swap = square > total
        total, lost = m.fast_two_sum(m.where(swap, square, total), m.where(swap, total, square))
        low = lost + (low + rest)
    return total, low


def _root(m: Lanes, w: Value, w_low: Value) -> Value:
    """sqrt(w + w_low): the root of w and a correction, which needs 1/sqrt(w) to three digits only: Lomont's seed (2003) and one
    step of Newton's, instead of a division."""
    root = m.sqrt(w)
    seed = (m.pick(0x5FE6EB50C7B537A9, 0x5F375A86) - (w.bits() >> 1)).floating()
    half_inverse = seed * m.mad(w * seed, seed * -0.25, 0.75)
    return m.mad(m.fma(-root, root, w) + w_low, half_inverse, root)


FUNCTIONS = {"cbrt": cbrt, "hypot": hypot, "hypot3": hypot3}
