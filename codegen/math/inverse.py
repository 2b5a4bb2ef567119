"""arcsin, arccos, arctan, arctan2: one odd polynomial each on a short interval, and exact reflections to the rest.

Quotients and roots carry their rounding error along as a second word, and pi is two words, so that the last addition is
almost the only rounding. The constants are printed by `benchmarks/minimax.py`. Knows nothing of the other functions.
"""
from __future__ import annotations

from .core import Lanes, Value

# (atan(x)/x - 1) / x^2 in x^2 for x on [0, sqrt(2) - 1], minimax, relative error of atan 2^-59.5 and 2^-30.5
ARCTAN64 = (-0.333333333333332, 0.19999999999954074, -0.14285714280247588, 0.11111110786084352, -0.09090897834678673,
            0.07692061602123204, -0.06663119955530565, 0.05848005638274056, -0.0503983024467796, 0.03807792505073416,
            -0.01792184081498073)
ARCTAN32 = (-0.33333316445350647, 0.19998489320278168, -0.14243845641613007, 0.10595979541540146, -0.060833901166915894)
# (asin(x)/x - 1) / x^2 in x^2 on [0, 1/4], minimax, relative error of asin 2^-59.8 and 2^-27.6
ARCSIN64 = (0.16666666666666763, 0.0749999999997011, 0.044642857175275316, 0.030381942675788493, 0.02237221589180946,
            0.017351595749572884, 0.013981015578586222, 0.011397317037193546, 0.010789187555351323,
            0.0036726873519392963, 0.021789428837573503, -0.021114997860538966, 0.03270108558139544)
ARCSIN32 = (0.16666753590106964, 0.07495234161615372, 0.04547823220491409, 0.024141408503055573, 0.04223000258207321)
# pi, pi/2 and pi/4 as unevaluated sums; the first word of pi/4 has two zero bits at its end
PI64, PI32 = (3.141592653589793, 1.2246467991473532e-16), (3.1415927410125732, -8.742277657347586e-08)
HALF_PI64, HALF_PI32 = (1.5707963267948966, 6.123233995736766e-17), (1.5707963705062866, -4.371138828673793e-08)
QUARTER_PI64, QUARTER_PI32 = (0.7853981633974483, 3.061616997868383e-17), (0.785398006439209, 1.5695823663008923e-07)


def _reflected(m: Lanes, base: Value, base_low, t: Value, t_low: Value) -> Value:
    """base + base_low + t + t_low, where base is 0 or not below |t|."""
    high, low = m.fast_two_sum(base, t)
    return high + (low + (t_low + base_low))


def _angle(m: Lanes, small: Value, large: Value, steep: Value, left: Value | None = None) -> Value:
    """atan(small / large), pi/2 minus that where `steep`, and then pi minus that where `left`; 0 <= small <= large.

    Above tan(pi/8), atan(s/l) = pi/4 + atan((s - l)/(s + l)), whose difference and sum are taken exactly.
    """
    middle = small > large * 0.41421356237309503
    difference, difference_low = m.fast_two_sum(large, -small)
    total, total_low = m.fast_two_sum(large, small)
    numerator, denominator = m.where(middle, -difference, small), m.where(middle, total, large)
    inverse = 1.0 / denominator
    q = numerator * inverse
    low = m.where(middle, m.mad(q, total_low, difference_low), 0.0)
    low = (m.fma(-q, denominator, numerator) - low) * inverse
    u = q * q
    low = m.mad(q * u, m.poly(u, m.pick(ARCTAN64, ARCTAN32)), low)
    quarters = m.where(middle, 1.0, 0.0)
    quarters, negative = m.where(steep, 2.0 - quarters, quarters), steep
    if left is not None:
        quarters, negative = m.where(left, 4.0 - quarters, quarters), steep ^ left
    pi_4, pi_4_low = m.pick(QUARTER_PI64, QUARTER_PI32)
    low = m.mad(quarters, pi_4_low, m.where(negative, -low, low))
    return _reflected(m, quarters * pi_4, 0.0, m.where(negative, -q, q), low)


def arctan(m: Lanes, x: Value) -> Value:
    """atan x by `_angle`, as that of 1/x for |x| > 1."""
    a = m.at_most(m.abs(x), m.pick(2.0 ** 60, 2.0 ** 30))          # beyond, atan is pi/2 rounded; keeps 1/a normal
    steep = a > 1.0
    return m.copysign(_angle(m, m.where(steep, 1.0, a), m.where(steep, a, 1.0), steep), x)


def arctan2(m: Lanes, y: Value, x: Value) -> Value:
    """The angle of the point (x, y), of either sign of zero, as C99 has it."""
    ay, ax = m.abs(y), m.abs(x)
    steep, left = ay > ax, x.bits() < 0                            # by the sign bit: x = -0 is on the left
    small, large = m.where(steep, ax, ay), m.where(steep, ay, ax)
    infinite = large == float("inf")                               # inf/inf counts as 1, finite/inf is 0, NaN stays
    small = m.where(infinite, m.where(small == large, 1.0, small * 0.0), small)
    large = m.where(infinite | (large == 0.0), 1.0, large)
    tiny, up, huge, down = m.pick((2.0 ** -800, 2.0 ** 200, 2.0 ** 800, 2.0 ** -300),
                                  (2.0 ** -80, 2.0 ** 60, 2.0 ** 60, 2.0 ** -40))
    factor = m.where(large > huge, down, m.where(small < tiny, up, 1.0))     # the remainder in _angle stays normal
    return m.copysign(_angle(m, small * factor, large * factor, steep, left), y)


def _half_angle(m: Lanes, x: Value) -> tuple[Value, Value, Value]:
    """(inner, s, tail): inner = |x| <= 1/2; asin of a = |x|, or of sqrt((1 - a)/2) outside, is s + tail."""
    a = m.abs(x)
    inner = a <= 0.5
    z = m.mad(a, -0.5, 0.5)                                        # exact for a >= 1/2
    root = m.sqrt(z)
    u = m.where(inner, a * a, z)
    s = m.where(inner, a, root)
    error = m.where(inner, 0.0, m.fma(-root, root, z) / (root + root + m.pick(1e-300, 1e-35)))
    return inner, s, m.mad(s * u, m.poly(u, m.pick(ARCSIN64, ARCSIN32)), error)


def arcsin(m: Lanes, x: Value) -> Value:
    """asin x = pi/2 - 2 asin sqrt((1 - x)/2) for |x| > 1/2; x + x^3 R(x^2) below. NaN outside [-1, 1]."""
    pi_2, pi_2_low = m.pick(HALF_PI64, HALF_PI32)
    inner, s, tail = _half_angle(m, x)
    factor = m.where(inner, 1.0, -2.0)
    base, base_low = m.where(inner, 0.0, pi_2), m.where(inner, 0.0, pi_2_low)
    return m.copysign(_reflected(m, base, base_low, s * factor, tail * factor), x)


def arccos(m: Lanes, x: Value) -> Value:
    """acos x = pi/2 - asin x for |x| <= 1/2, 2 asin sqrt((1 - x)/2) above, pi minus that of -x below."""
    (pi, pi_low), (pi_2, pi_2_low) = m.pick(PI64, PI32), m.pick(HALF_PI64, HALF_PI32)
    inner, s, tail = _half_angle(m, x)
    left = x < 0.0
    factor = m.where(inner, m.where(left, 1.0, -1.0), m.where(left, -2.0, 2.0))
    base = m.where(inner, pi_2, m.where(left, pi, 0.0))
    base_low = m.where(inner, pi_2_low, m.where(left, pi_low, 0.0))
    return _reflected(m, base, base_low, s * factor, tail * factor)


FUNCTIONS = {"arcsin": arcsin, "arccos": arccos, "arctan": arctan, "arctan2": arctan2}
