"""power: x to the y, as C99's pow.

|x|^y = exp(y log|x|) with the logarithm as a double-double of about 2^-66 relative error, for y log|x| up to 745 must
be known to 2^-56. In single precision short polynomials in double lanes are enough.
The constants come from `benchmarks/coefficients.py`. Read `trigonometric.py` next.
"""
from __future__ import annotations

from collections.abc import Callable

from .core import Lanes, Value
from .exponential import exp_sum
from .logarithm import INFINITY, NAN, split

# (2 atanh(s) / s - 2 - 2/3 s^2) / s^4 in powers of s^2, |s| <= 3 - 2 sqrt(2)
POW64 = (0.4, 0.28571428571429364, 0.2222222222165623, 0.1818181833531515, 0.1538459497081558, 0.13334804242570036,
         0.11706248424566981, 0.11723052244938056)
TWO_THIRDS = (0.6666666666666666, 3.700743415417188e-17)
# log2(1 + f) / s in powers of s^2, and 2^t on |t| <= 1/2: 2^-45 and 2^-34 relative, for single precision
LOG2_SHORT = (2.885390081777851, 0.9617966941122658, 0.577077942660018, 0.4122092240922807, 0.31990680244411646,
              0.28288504399934017)
EXP2_SHORT = (0.9999999999595618, 0.6931471805568324, 0.24022651213498092, 0.055504109063258665,
              0.009618025613318034, 0.0013333478473685416, 0.00015469729214118296, 1.5303700711365693e-05)
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


def _magnitude(m: Lanes, ax: Value, y: Value) -> Value:
    """ax^y for ax >= 0: exp of y log(ax) as a double-double."""
    hi, lo = _log_pair(m, ax)
    hi = _log_limits(m, ax, hi)
    p = y * hi
    correction = m.mad(y, lo, m.fma(y, hi, -p))
    return exp_sum(m, p, m.where(m.abs(p) < 1000, correction, 0.0))    # beyond, only p counts; its error may be NaN


def _magnitude_short(m: Lanes, ax: Value, y: Value) -> Value:
    """ax^y = 2^(y log2(ax)) in double, good to 2^-34; beyond the range of a float it is any number beyond."""
    k, f, _ = split(m, ax, subnormal=False)               # ax was a float: at least 2^-149
    s = f / (2 + f)
    p = y * _log_limits(m, ax, m.mad(s, m.poly(s * s, LOG2_SHORT), k))
    p = m.at_most(m.at_least(p, -300.0), 300.0)
    k, kb = m.nearest(p)
    return m.poly(p - k, EXP2_SHORT) * m.power_of_two(kb)


def _log_limits(m: Lanes, ax: Value, logarithm: Value) -> Value:
    """The logarithm put right at 0, infinity and NaN."""
    return m.where(ax < INFINITY, m.where(ax == 0, -INFINITY, logarithm), ax)


def power(m: Lanes, x: Value, y: Value) -> Value:
    """x^y: 1 for y = 0 or x = 1, even with NaN; NaN for finite x < 0 and y that is no integer."""
    out, m = m, m.as_double()
    x, y = out.widen(x), out.widen(y)
    ax, ay = m.abs(x), m.abs(y)
    one = (ax == 1) & (ay <= INFINITY)        # the power is then 1 but for its sign, also for infinite y
    magnitude = _magnitude if out.double else _magnitude_short
    result = magnitude(m, ax, m.where(one | (y == 0), 0.0, y))
    integer = _is_integer(ay, m)
    odd = integer & ~_is_integer(ay * 0.5, m)
    result = m.where(odd, m.copysign(result, x), result)
    result = m.where((x < 0) & (ax < INFINITY) & ~integer, NAN, result)
    return out.narrow(m.where((x == 1) | (y == 0), 1.0, result))


FUNCTIONS: dict[str, Callable] = {"power": power}
