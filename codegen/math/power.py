"""power: x to the y, as C99's pow.

|x|^y = exp(y log|x|) with the logarithm as a double-double of about 2^-66 relative error, for y log|x| up to 745 must be
known to 2^-56. In single precision the same formulas run in double, where a plain logarithm has digits enough.
The constants come from `coefficients.py`. Read `trigonometric.py` next.
"""
from __future__ import annotations

from collections.abc import Callable

from .core import Lanes, Value
from .exponential import exp_sum
from .logarithm import INFINITY, NAN, log_positive, split

# (2 atanh(s) / s - 2 - 2/3 s^2) / s^4 in powers of s^2, |s| <= 3 - 2 sqrt(2)
POW64 = (0.4, 0.28571428571429364, 0.2222222222165623, 0.1818181833531515, 0.1538459497081558,
         0.13334804242570036, 0.11706248424566981, 0.11723052244938056)
TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)
LN2_POW = (0.6931471805598903, 5.497923018708371e-14)     # 42 bits and the rest: k times the first part is exact


def _log_pair(m: Lanes, x: Value) -> tuple[Value, Value]:
    """log(x) = hi + lo for finite x > 0: k ln 2 + s (2 + z (2/3 + z P(z))), s = f / (2 + f), z = s^2.

    What is computed in plain double is below 2^-12 of the sum; what stands before it is a double-double.
    """
    k, f, _ = split(m, x)
    d, d_lo = m.fast_two_sum(m.value(2.0), f)
    inverse = 1 / d
    s = f * inverse
    s_lo = m.mad(-s, d_lo, m.fma(-s, d, f)) * inverse
    z, z_lo = m.two_prod(s, s)
    z_lo = m.mad(2 * s, s_lo, z_lo)
    a, a_lo = m.fast_two_sum(m.value(TWO_THIRDS[0]), z * m.poly(z, POW64))
    a_lo = a_lo + TWO_THIRDS[1]
    t, t_lo = m.two_prod(z, a)
    t_lo = t_lo + m.mad(z, a_lo, z_lo * a)
    u, u_lo = m.fast_two_sum(m.value(2.0), t)
    u_lo = u_lo + t_lo
    p, p_lo = m.two_prod(s, u)
    p_lo = p_lo + m.mad(s, u_lo, s_lo * u)
    hi, lo = m.fast_two_sum(k * LN2_POW[0], p)            # |k ln 2| > |p|, or k = 0
    return m.fast_two_sum(hi, lo + m.mad(k, LN2_POW[1], p_lo))


def _is_integer(y: Value, m: Lanes) -> Value:
    """Is y >= 0 an integer? From 2^52 on, infinity included, everything is. False for NaN."""
    magic = 2.0 ** 52
    return (y >= magic) | (((y + magic) - magic) == y)


def power(m: Lanes, x: Value, y: Value) -> Value:
    """x^y: 1 for y = 0 or x = 1, even with NaN; NaN for finite x < 0 and y that is no integer."""
    out, m = m, m.as_double()
    x, y = out.widen(x), out.widen(y)
    ax, ay = m.abs(x), m.abs(y)
    hi, lo = _log_pair(m, ax) if out.double else (log_positive(m, split(m, ax)), None)
    hi = m.where(ax < INFINITY, m.where(ax == 0, -INFINITY, hi), ax)
    p = y * hi
    p = m.where((ax == 1) & (ay <= INFINITY), 0.0, p)     # 0 * infinity: 1 to any power but NaN is 1
    correction = None
    if lo is not None:                                    # far out, only p counts, and its error may be NaN
        correction = m.where(m.abs(p) < 1000, m.mad(y, lo, m.fma(y, hi, -p)), 0.0)
    result = exp_sum(m, p, correction)
    integer = _is_integer(ay, m)
    odd = integer & ~_is_integer(ay * 0.5, m)
    result = m.where(odd, m.copysign(result, x), result)
    result = m.where((x < 0) & (ax < INFINITY) & ~integer, NAN, result)
    return out.narrow(m.where((x == 1) | (y == 0), 1.0, result))


FUNCTIONS: dict[str, Callable] = {"power": power}
