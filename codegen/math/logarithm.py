"""log, log2, log10 and log1p.

x = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)); with s = f / (2 + f), log(1 + f) = f - f^2/2 + s (f^2/2 + R(s^2)),
so that f carries the leading digits exactly (fdlibm, e_log.c; log2 and log10 after FreeBSD's e_log2.c and e_log10.c).
The constants come from `benchmarks/coefficients.py`. Read `power.py` next, which keeps twice as many digits.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .core import Lanes, Value
from .exponential import LN2_32, LN2_64

INFINITY, NAN = float("inf"), float("nan")

# (2 atanh(s) / s - 2) / s^2 in powers of s^2, |s| <= 3 - 2 sqrt(2)
LOG64 = (0.666666666666667, 0.39999999999899505, 0.2857142862597575, 0.22222211134751835, 0.18182889128412458,
         0.15331721495826012, 0.1461645097955211)
LOG32 = (0.6666666655449666, 0.4000012184016053, 0.28550820775753505, 0.233304683103737)
# 1 / ln(base) and log_base(2) in two parts; the products of the first parts with short numbers are exact
INVERSE = {2: ((1.4426946640014648, 3.768874985636099e-07), (1.4423828125, 0.00031222839606925845)),
           10: ((0.4342944622039795, 1.9699272335463627e-08), (0.4342041015625, 9.038033749675378e-05))}
LOG_OF_2 = {2: ((1.0, 0.0), (1.0, 0.0)),
            10: ((0.30102999566395283, 2.8363394551044964e-14), (0.301025390625, 4.605039066518657e-06))}
SQRT_HALF_BITS = {"double": 0x3FE6A09E667F3BCD, "float": 0x3F3504F3}


class Split(NamedTuple):
    """x = 2^k (1 + f); `biased` holds k + bias as integers."""
    k: Value
    f: Value
    biased: Value


def split(m: Lanes, x: Value, subnormal: bool = True) -> Split:
    """The exponent and the exact fraction of x > 0; any garbage for other x."""
    start = m.value(2.0 ** m.mantissa + m.bias)  # k + bias becomes a float as the mantissa of 2^mantissa, by `or`
    if subnormal:
        lift = m.mantissa + 2
        small = x < 2.0 ** (1 - m.bias)
        x = m.where(small, x * 2.0 ** lift, x)
        start = m.where(small, 2.0 ** m.mantissa + m.bias + lift, start)
    root = SQRT_HALF_BITS[m.scalar]
    shifted = x.bits() + ((m.bias << m.mantissa) - root)
    biased = shifted.lshr(m.mantissa)
    k = (biased | m.value(2.0 ** m.mantissa).bits()).floating() - start
    fraction = (shifted & ((1 << m.mantissa) - 1)) + root
    return Split(k, fraction.floating() - 1, biased)


def _series(m: Lanes, f: Value) -> tuple[Value, Value, Value]:
    """s, h and h + R with log(1 + f) = f - h + s (h + R), h = f^2/2."""
    s = f / (2 + f)
    z = s * s
    h = f * 0.5 * f
    return s, h, m.mad(z, m.poly(z, m.pick(LOG64, LOG32)), h)


def _mostly_normal(m: Lanes, x: Value, of: Callable[[Split], Value]) -> Value:
    """The logarithm `of` the parts of x. Subnormal numbers, and what has no finite logarithm, have a path of their own."""
    normal = (x >= 2.0 ** (1 - m.bias)) & (x < INFINITY)
    return m.rarely(~normal, [of(split(m, x, subnormal=False))], lambda: [_special(m, x, of(split(m, x)))])[0]


def _special(m: Lanes, x: Value, result: Value, pole: float = 0.0) -> Value:
    """The result put right at +inf and NaN (themselves), below the pole (NaN) and at the pole (-inf)."""
    result = m.where(x < INFINITY, result, x)
    return m.where(x == pole, -INFINITY, m.where(x < pole, NAN, result))


def log_positive(m: Lanes, parts: Split, correction: Value | None = None) -> Value:
    """k ln 2 + log(1 + f) + correction."""
    ln2, ln2_rest = m.pick(LN2_64, LN2_32)
    k, f, _ = parts
    s, h, h_plus = _series(m, f)
    low = k * ln2_rest if correction is None else m.mad(k, ln2_rest, correction)
    return m.mad(k, ln2, -((h - m.mad(s, h_plus, low)) - f))


def log(m: Lanes, x: Value) -> Value:
    """The natural logarithm."""
    return _mostly_normal(m, x, lambda parts: log_positive(m, parts))


def log1p(m: Lanes, x: Value) -> Value:
    """log(1 + x): 1 + x = u + c exactly, and log(u + c) = log(u) + c/u; for k = 0, f is x itself and c is 0.

    c/u = c 2^-k / (1 + f) is taken as c 2^-k (1 - f + f^2): c is at most half an ulp of u, so few digits are enough.
    """
    u, c = m.two_sum(m.value(1.0), x)
    k, f, biased = split(m, u, subnormal=False)
    near = k == 0
    f = m.where(near, x, f)
    # above 2^60 (2^30), c/u is nothing, and 2^-k might underflow
    c = m.where(near | (x > m.pick(2.0 ** 60, 2.0 ** 30)), 0.0, c * ((2 * m.bias - biased) << m.mantissa).floating())
    result = log_positive(m, Split(k, f, biased), c * m.mad(f, f - 1, m.value(1.0)))
    return m.where(x == 0, x, _special(m, x, result, pole=-1.0))


def _log_base(m: Lanes, x: Value, base: int) -> Value:
    """k log_base(2) + log(1 + f) / ln(base), with f - f^2/2 in two parts, the first of 21 (12) bits."""
    return _mostly_normal(m, x, lambda parts: _of_parts(m, parts, base))


def _of_parts(m: Lanes, parts: Split, base: int) -> Value:
    inverse, inverse_rest = m.pick(*INVERSE[base])
    two, two_rest = m.pick(*LOG_OF_2[base])
    k, f, _ = parts
    s, h, h_plus = _series(m, f)
    short = ((f - h).bits() & m.pick(-1 << 32, -1 << 12)).floating()
    rest = m.mad(s, h_plus, (f - short) - h)
    high = short * inverse
    low = m.mad(rest, inverse, (rest + short) * inverse_rest)
    if two_rest:
        low = m.mad(k, two_rest, low)
        k = k * two
    total = k + high
    return total + (low + ((k - total) + high))


def log2(m: Lanes, x: Value) -> Value:
    """The logarithm to base 2; exact for powers of two."""
    return _log_base(m, x, 2)


def log10(m: Lanes, x: Value) -> Value:
    """The logarithm to base 10."""
    return _log_base(m, x, 10)


FUNCTIONS: dict[str, Callable] = {"log": log, "log2": log2, "log10": log10, "log1p": log1p}
