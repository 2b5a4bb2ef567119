"""sin, cos and tan, right for every finite argument.

x = n pi/2 + r + r_lo with |r| <= pi/4. Up to LIMIT n is found by one multiplication and pi/2 is subtracted in
three parts; beyond, a rare path multiplies by the bits of 2/pi (Payne and Hanek, 1983) one lane at a time. The
polynomials have the form of those in fdlibm's k_sin.c and k_cos.c. The constants come from `benchmarks/coefficients.py`. Read
`core.py` first.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .core import Lanes, Value

# (sin(r)/r - 1) / r^2 and (cos(r) - 1 + r^2/2) / r^4 in powers of r^2, |r| <= pi/4
SIN64 = (-0.16666666666666666, 0.008333333333330948, -0.0001984126983675854, 2.7557316102534617e-06,
         -2.505113184128889e-08, 1.5918129027234826e-10)
SIN32 = (-0.1666666466230294, 0.008332748268406942, -0.000195878904001737)
COS64 = (0.041666666666666664, -0.0013888888888887398, 2.4801587298765665e-05, -2.7557317271718644e-07,
         2.087614626607931e-09, -1.1382632258093615e-11)
COS32 = (0.041666664659490746, -0.0013888303033667549, 2.4547941603820702e-05)
# pi/2 as a sum of three doubles, of three floats
HALF_PI64 = (1.5707963267948966, 6.123233995736766e-17, -1.4973849048591698e-33)
HALF_PI32 = (1.5707963705062866, -4.371138828673793e-08, -1.7151245100058819e-15)
TWO_OVER_PI = 0.6366197723675814
LIMIT = (2.0 ** 30, 2.0 ** 16)


class Angle(NamedTuple):
    """x = n pi/2 + r + r_lo; the low two bits of n count."""
    n: Value
    r: Value
    r_lo: Value


def _near(m: Lanes, x: Value) -> Angle:
    """The angle of |x| up to LIMIT. x - n P1 is exact by one FMA, n P2 is taken with its error, n P3 finishes."""
    p1, p2, p3 = m.pick(HALF_PI64, HALF_PI32)
    k, n = m.nearest(x, TWO_OVER_PI)
    first = m.fma(k, -p1, x)
    product, product_lo = m.two_prod(k, m.value(-p2))
    r, r_lo = m.two_sum(first, product)
    return Angle(n, r, m.mad(k, -p3, r_lo + product_lo))


def _far(m: Lanes, x: Value) -> Angle:
    """The angle of |x| from LIMIT on, one lane at a time."""
    n, r, r_lo = m.as_double().each_lane("reduce_huge", m.widen(x), ("i64", "double", "double"))
    if m.double:
        return Angle(n, r, r_lo)
    top = m.narrow(r)
    return Angle(Value(m, "i32", n.convert("trunc", "i32").name), top, m.narrow(r - m.widen(top) + r_lo))


def _both(m: Lanes, x: Value, op: str, result: Value) -> Value:
    """`result`, or from LIMIT on the internal function `op`. Only x and the result live across the branch: where more
    does, LLVM stores it to the stack in every turn of the loop, up to twice the time.
    """
    size = m.abs(x)
    huge = (size >= m.pick(*LIMIT)) & (size < float("inf"))
    return m.rarely(huge, [result], lambda: [m.where(huge, m.call(op, x), result)])[0]


def _sine(m: Lanes, angle: Angle) -> Value:
    """sin(r + r_lo) - r: r^3 S(r^2) + r_lo (1 - r^2/2)."""
    z = angle.r * angle.r
    cubic = m.mad(z * angle.r, m.poly(z, m.pick(SIN64, SIN32)), angle.r_lo)
    return m.mad(z * -0.5, angle.r_lo, cubic)


def _cosine(m: Lanes, angle: Angle) -> tuple[Value, Value]:
    """cos(r + r_lo) = c + c_lo: c = 1 - r^2/2 rounded, c_lo its error, r^4 C(r^2) and - r r_lo."""
    z = angle.r * angle.r
    half = z * 0.5
    c = 1 - half
    quartic = m.mad(z * z, m.poly(z, m.pick(COS64, COS32)), -(angle.r * angle.r_lo))
    return c, ((1 - c) - half) + quartic


def _turned(m: Lanes, angle: Angle, quarter: int) -> Value:
    """sin(x + quarter pi/2): sine or cosine by the parity of the quadrant, its sign by the next bit."""
    n = angle.n + quarter if quarter else angle.n
    c, c_lo = _cosine(m, angle)
    odd = (n & 1) != 0
    result = m.where(odd, c, angle.r) + m.where(odd, c_lo, _sine(m, angle))
    sign = (n & 2) << (m.mantissa + {"double": 10, "float": 7}[m.scalar])
    return (result.bits() ^ sign).floating()


def _quotient(m: Lanes, angle: Angle) -> Value:
    """sin/cos, or -cos/sin in odd quadrants, of unevaluated sums; the quotient corrected by its exact remainder."""
    s, s_lo = m.fast_two_sum(angle.r, _sine(m, angle))
    c, c_lo = m.fast_two_sum(*_cosine(m, angle))
    odd = (angle.n & 1) != 0
    a, a_lo = m.where(odd, -c, s), m.where(odd, -c_lo, s_lo)
    b, b_lo = m.where(odd, s, c), m.where(odd, s_lo, c_lo)
    inverse = 1 / b
    q = a * inverse
    remainder = m.fma(-q, b, a) + m.mad(-q, b_lo, a_lo)
    return m.mad(remainder, inverse, q)


def sin(m: Lanes, x: Value) -> Value:
    """The sine; sin(-0) is -0."""
    return _both(m, x, "sin_huge", m.where(x == 0, x, _turned(m, _near(m, x), 0)))


def cos(m: Lanes, x: Value) -> Value:
    """The cosine."""
    return _both(m, x, "cos_huge", _turned(m, _near(m, x), 1))


def tan(m: Lanes, x: Value) -> Value:
    """The tangent; tan(-0) is -0."""
    return _both(m, x, "tan_huge", m.where(x == 0, x, _quotient(m, _near(m, x))))


def sin_huge(m: Lanes, x: Value) -> Value:
    return _turned(m, _far(m, x), 0)


def cos_huge(m: Lanes, x: Value) -> Value:
    return _turned(m, _far(m, x), 1)


def tan_huge(m: Lanes, x: Value) -> Value:
    return _quotient(m, _far(m, x))


# The bits of 2/pi after a word of zeros: bit 64 + i, counted from the left, has the weight 2^-(i + 1).
TWO_OVER_PI_WORDS = (
    0x0000000000000000, 0xA2F9836E4E441529, 0xFC2757D1F534DDC0, 0xDB6295993C439041, 0xFE5163ABDEBBC561,
    0xB7246E3A424DD2E0, 0x06492EEA09D1921C, 0xFE1DEB1CB129A73E, 0xE88235F52EBB4484, 0xE99C7026B45F7E41,
    0x3991D639835339F4, 0x9C845F8BBDF9283B, 0x1FF897FFDE05980F, 0xEF2F118B5A0A6D1F, 0x6D367ECF27CB09B7,
    0x4F463F669E5FEA2D, 0x7527BAC7EBE5F17B, 0x3D0739F78A5292EA, 0x6BFB5FB11F8D5D08, 0x56033046FC7B6BAB,
    0xF0CFBC209AF4361D)


def reduce_huge(m: Lanes, x: Value) -> tuple[Value, Value, Value]:
    """n, r, r_lo of one double |x| >= 2^-8 by integer arithmetic (any result for smaller x, infinity and NaN).

    |x| = M 2^E with a 53-bit M. Bits of 2/pi with weights of 2^-(E - 2) and more give multiples of 4, which do not
    count; the next 192 bits w give M w mod 2^192 in units of 2^-190, with an error below 2^-137. No double is closer
    to a multiple of pi/2 than 2^-62 (Muller, Elementary Functions, table 11.1): 75 bits are right at least.
    """
    f = m.body

    def wide(opcode, *operands):
        return f.op(opcode, "i192", *operands)

    def to_wide(v):
        return f.convert("zext", "i64", v.name, "i192")

    def to_word(name):
        return Value(m, "i64", f.convert("trunc", "i192", name, "i64"))

    bits = x.bits()
    exponent = bits.lshr(52) & 0x7FF
    significand = (bits & ((1 << 52) - 1)) | (1 << 52)
    start = exponent - (1075 - 62)            # E - 2 + 64: the first bit that counts, from the left of the table
    start = m.where(start < 0, 0, start)
    start = m.where(start > 64 * 17 - 1, 64 * 17 - 1, start)
    word, shift = start.lshr(6), start & 63
    signed = [w - (1 << 64) if w >> 63 else w for w in TWO_OVER_PI_WORDS]
    window = "0"                              # 256 bits from the word's start, of which 192 from `shift` on are taken
    for i in range(4):
        piece = f.convert("zext", "i64", m.gather("two_over_pi", signed, word + i, "i64").name, "i256")
        window = f.op("or", "i256", f.op("shl", "i256", window, "64"), piece)
    left = f.op("shl", "i256", window, f.convert("zext", "i64", shift.name, "i256"))
    window = f.convert("trunc", "i256", f.op("lshr", "i256", left, "64"), "i192")
    product = wide("mul", to_wide(significand), window)
    # n = product / 2^190 to nearest, the rest as sign and magnitude in units of 2^-192
    fraction = wide("shl", product, "2")
    negative = f.compare("slt", "i192", fraction, "0")
    n = to_word(wide("lshr", product, "190")) + Value(m, "i64", f.convert("zext", "i1", negative, "i64"))
    magnitude = f.select(negative, "i192", wide("sub", "0", fraction), fraction)
    f.declarations.add("declare i192 @llvm.ctlz.i192(i192, i1)")
    zeros = f.value(f"call i192 @llvm.ctlz.i192(i192 {magnitude}, i1 false)")
    normal = wide("shl", magnitude, zeros)
    high = to_word(wide("lshr", normal, str(192 - 53))).convert("sitofp", "double")
    low = (to_word(wide("lshr", normal, str(192 - 106))) & ((1 << 53) - 1)).convert("sitofp", "double")
    unit = m.power_of_two(-53 - to_word(zeros))
    high, low = high * unit, low * unit * 2.0 ** -53
    r, r_lo = m.two_prod(high, m.value(HALF_PI64[0]))
    r_lo = r_lo + m.mad(high, HALF_PI64[1], low * HALF_PI64[0])
    # the sign of the rest, and that of x
    minus = (Value(m, "i1", negative) ^ (bits < 0))
    n = m.where(bits < 0, -n, n)
    return n, m.where(minus, -r, r), m.where(minus, -r_lo, r_lo)


FUNCTIONS: dict[str, Callable] = {"sin": sin, "cos": cos, "tan": tan}
INTERNAL: dict[str, Callable] = {
    "sin_huge": sin_huge, "cos_huge": cos_huge, "tan_huge": tan_huge, "reduce_huge": reduce_huge}
