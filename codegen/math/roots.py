"""cbrt and hypot: an approximation, corrected by its residual, which is computed exactly.

The constants are printed by `benchmarks/minimax.py`. Knows nothing of the other functions.
"""
from __future__ import annotations

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
    """sqrt(x^2 + y^2): floats in double precision, doubles scaled and with squares and root as double-doubles."""
    ax, ay = m.abs(x), m.abs(y)
    infinite = (ax == INFINITY) | (ay == INFINITY)
    return m.where(infinite, INFINITY, _hypot64(m, ax, ay) if m.double else _hypot32(m, ax, ay))


def _hypot32(m: Lanes, x: Value, y: Value) -> Value:
    d = m.as_double()
    x, y = m.widen(x), m.widen(y)
    return m.narrow(d.sqrt(d.mad(x, x, y * y)))


def _hypot64(m: Lanes, x: Value, y: Value) -> Value:
    swap = y > x
    a, b = m.where(swap, y, x), m.where(swap, x, y)
    large, small = a > 2.0 ** 500, a < 2.0 ** -400
    up = m.where(large, 2.0 ** -600, m.where(small, 2.0 ** 600, 1.0))
    down = m.where(large, 2.0 ** 600, m.where(small, 2.0 ** -600, 1.0))
    a, b = a * up, b * up
    (a2, a2_low), (b2, b2_low) = m.two_prod(a, a), m.two_prod(b, b)
    w, w_low = m.fast_two_sum(a2, b2)
    root = m.sqrt(w)
    rest = m.fma(-root, root, w) + (w_low + (a2_low + b2_low))
    # The correction needs 1/sqrt(w) to three digits only: Lomont's seed (2003) and one step of Newton's, instead of a division.
    seed = (0x5FE6EB50C7B537A9 - (w.bits() >> 1)).floating()
    inverse = seed * m.mad(w * seed, seed * -0.5, 1.5)
    return m.mad(rest, inverse * 0.5, root) * down


FUNCTIONS = {"cbrt": cbrt, "hypot": hypot}
