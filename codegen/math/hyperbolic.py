"""sinh, cosh, tanh and their inverses, on the reduced exponential and on the logarithm of a double-double.

Intermediate sums carry their rounding errors, so that the last addition is almost the only rounding. The constants are
printed by `benchmarks/minimax.py`.
"""
from __future__ import annotations

from .core import Lanes, Value
from .exponential import INV_LN2, LN2_32, LN2_64, _reduce
from .logarithm import Split, log_positive, split

INFINITY, NAN = float("inf"), float("nan")
Pair = tuple[Value, Value]                    # a double-double

# (sinh(r)/r - 1) / r^2 and (cosh(r) - 1) / r^2 in r^2 for |r| <= log(2)/2, minimax
SINH64 = (0.16666666666666677, 0.008333333333321626, 0.00019841269886132444, 2.755724421078974e-06,
          2.5109033936193912e-08)
COSH64 = (0.5000000000000013, 0.04166666666651442, 0.001388888894722507, 2.480148976262868e-05, 2.7631334764144866e-07)
SINH32 = (0.1666666716337204, 0.008333289064466953, 0.00019904949294868857)
COSH32 = (0.5, 0.041666265577077866, 0.001394622027873993)


def tanh(m: Lanes, x: Value) -> Value:
    """(E - 1)/(E + 1) in double-doubles, E = exp(2|x|) = 2^k (1 + high + tail); 1 - 2/(E + 1) for large E."""
    a = m.at_most(m.abs(x), m.pick(20.0, 10.0))                    # beyond, tanh rounds to 1
    kb, high, tail = _reduce(m, a + a)
    power = m.power_of_two(kb)
    high, tail = power * high, power * tail
    n, n_low = m.fast_two_sum(power - 1.0, high)
    n, n_low = m.fast_two_sum(n, n_low + tail)
    d, d_low = m.fast_two_sum(power + 1.0, high)
    d, d_low = m.fast_two_sum(d, d_low + tail)
    inverse = 1.0 / d
    q = n * inverse
    rest = m.fma(-q, d, n) + m.mad(-q, d_low, n_low)
    large = a > m.pick(10.0, 5.0)                                  # before 2^k +- 1 round
    return m.copysign(m.where(large, m.mad(inverse, -2.0, 1.0), m.mad(rest, inverse, q)), x)


def _parts(m: Lanes, a: Value) -> tuple[Pair, Pair, Value, Value, Value]:
    """plus, minus, r, sine, cosine with a = k ln 2 + r + r_low.

    plus and minus are a quarter of 2^k +- 2^-k, as double-doubles, since 2^k itself may overflow;
    sinh(r + r_low) = r + sine, cosh(r + r_low) = 1 + cosine.
    """
    a = m.at_most(a, m.pick(710.6, 89.6))                          # beyond, infinite
    ln2, ln2_low = m.pick(LN2_64, LN2_32)
    k, kb = m.nearest(a, INV_LN2)
    r, r_low = m.mad(k, -ln2, a), k * -ln2_low
    total = r + r_low
    u = total * total
    cosine = u * m.poly(u, m.pick(COSH64, COSH32))
    sine = m.mad(total * u, m.poly(u, m.pick(SINH64, SINH32)), r_low)
    _, few = m.nearest(m.at_most(k, 60.0))                         # beyond, 2^-k is nothing to 2^k
    power, inverse = m.power_of_two(kb - 2), m.power_of_two(-2 - few)
    return m.fast_two_sum(power, inverse), m.fast_two_sum(power, -inverse), r, sine, cosine


def _combined(m: Lanes, even: Pair, odd: Value, r: Value, sine: Value, cosine: Value) -> Value:
    """2 (even cosh + odd sinh), even being a double-double."""
    product = odd * r
    high, low = m.fast_two_sum(even[0], product)
    low = (low + even[1]) + m.fma(odd, r, -product)
    return 2.0 * (high + m.mad(even[0], cosine, m.mad(odd, sine, low)))


def sinh(m: Lanes, x: Value) -> Value:
    """sinh(k ln 2 + r) = sinh(k ln 2) cosh(r) + cosh(k ln 2) sinh(r); x itself below 2^-30."""
    a = m.abs(x)
    plus, minus, r, sine, cosine = _parts(m, a)
    return m.where(a < m.pick(2.0 ** -30, 2.0 ** -13), x, m.copysign(_combined(m, minus, plus[0], r, sine, cosine), x))


def cosh(m: Lanes, x: Value) -> Value:
    """cosh(k ln 2 + r) = cosh(k ln 2) cosh(r) + sinh(k ln 2) sinh(r)."""
    plus, minus, r, sine, cosine = _parts(m, m.abs(x))
    return _combined(m, plus, minus[0], r, sine, cosine)


def _log_sum(m: Lanes, one: Value, u: Value, u_low: Value, shift: Value | float = 0.0) -> Value:
    """log(one + u + u_low) + shift log 2 for u >= 0, where `one` is 1 or 0."""
    k, _, biased = split(m, one + u, subnormal=False)
    scale = ((2 * m.bias - biased) << m.mantissa).floating()       # 2^-k
    f, f_low = m.two_sum(m.mad(scale, one, -1.0), scale * u)
    f_low = m.mad(scale, u_low, f_low)
    return log_positive(m, Split(k + shift, f, biased), f_low * m.mad(f, f - 1.0, 1.0))


def _root(m: Lanes, high: Value, low: Value) -> tuple[Value, Value]:
    """The square root of a double-double as one."""
    root = m.sqrt(high)
    return root, (m.fma(-root, root, high) + low) * (0.5 / (root + m.pick(1e-290, 1e-35)))


def arcsinh(m: Lanes, x: Value) -> Value:
    """asinh a = log(1 + (a + (sqrt(1 + a^2) - 1))); log(2a) for large a."""
    a = m.abs(x)
    large, down, shift = m.pick((2.0 ** 30, 2.0 ** -29, 30.0), (2.0 ** 14, 2.0 ** -13, 14.0))
    huge = a > large
    b = m.where(huge, 1.0, a)                                      # no overflow, which might slow or warn
    square, square_low = m.two_prod(b, b)
    w, w_low = m.two_sum(m.value(1.0), square)
    root, root_low = _root(m, w, w_low + square_low)
    u, u_low = m.fast_two_sum(b, root - 1.0)
    u, u_low = m.where(huge, a * down, u), m.where(huge, 0.0, u_low + root_low)
    result = _log_sum(m, m.where(huge, 0.0, 1.0), u, u_low, m.where(huge, shift, 0.0))
    return m.copysign(m.where(a < INFINITY, result, a), x)


def arccosh(m: Lanes, x: Value) -> Value:
    """acosh x = log(1 + (t + sqrt(t^2 + 2t))), t = x - 1; log(2x) for large x; NaN below 1."""
    large, down, shift = m.pick((2.0 ** 30, 2.0 ** -29, 30.0), (2.0 ** 14, 2.0 ** -13, 14.0))
    huge = x > large
    t = m.where(huge, 1.0, x - 1.0)
    square, square_low = m.two_prod(t, t)
    w, w_low = m.two_sum(t + t, square)
    root, root_low = _root(m, w, w_low + square_low)
    u, u_low = m.fast_two_sum(root, t)
    u, u_low = m.where(huge, x * down, u), m.where(huge, 0.0, u_low + root_low)
    result = _log_sum(m, m.where(huge, 0.0, 1.0), u, u_low, m.where(huge, shift, 0.0))
    return m.where(x < 1.0, NAN, m.where(x < INFINITY, result, x))


def arctanh(m: Lanes, x: Value) -> Value:
    """atanh a = log(1 + 2a/(1 - a)) / 2; infinite at 1, NaN beyond."""
    a = m.abs(x)
    d, d_low = m.fast_two_sum(m.value(1.0), -a)
    inverse = 1.0 / d
    n = a + a
    q = n * inverse
    q_low = (m.fma(-q, d, n) - q * d_low) * inverse
    result = 0.5 * _log_sum(m, m.value(1.0), q, q_low)
    result = m.where(a == 1.0, INFINITY, m.where(a > 1.0, NAN, result))
    return m.copysign(m.where(m.isnan(x), x, result), x)


FUNCTIONS = {"sinh": sinh, "cosh": cosh, "tanh": tanh, "arcsinh": arcsinh, "arccosh": arccosh, "arctanh": arctanh}
