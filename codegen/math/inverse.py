"""arcsin, arccos, arctan, arctan2: one odd polynomial each on a short interval, and exact reflections to the rest.

Quotients and roots carry their rounding error along as a second word, and pi is two words, so that the last addition is
almost the only rounding. The constants are printed by `minimax.py`. Knows nothing of the other functions.
"""
from __future__ import annotations

from .core import Lanes, Value

# (atan(x)/x - 1) / x^2 in x^2 on [0, 1], minimax, relative error of atan 2^-57.6 and 2^-28.5
ARCTAN64 = (-0.3333333333333307, 0.19999999999951473, -0.14285714282575745, 0.11111111007041848, -0.09090907003234822,
            0.07692279841851854, -0.06666404076685539, 0.058805279194587154, -0.05253518986116261, 0.04722323588862817,
            -0.04219182325146446, 0.036641975505762835, -0.02990395530933536, 0.02198496642139703, -0.013900661935657156,
            0.007196572573399993, -0.002884953035659175, 0.0008313337405794892, -0.00015216338802181162, 1.3225324234205238e-05)
ARCTAN32 = (-0.33333298563957214, 0.19998548924922943, -0.14264245331287384, 0.10952207446098328, -0.08403518050909042,
            0.05795881897211075, -0.031179122626781464, 0.010915316641330719, -0.001793784904293716)
# (asin(x)/x - 1) / x^2 in x^2 on [0, 1/4], minimax, relative error of asin 2^-59.8 and 2^-27.6
ARCSIN64 = (0.16666666666666763, 0.0749999999997011, 0.044642857175275316, 0.030381942675788493, 0.02237221589180946,
            0.017351595749572884, 0.013981015578586222, 0.011397317037193546, 0.010789187555351323, 0.0036726873519392963,
            0.021789428837573503, -0.021114997860538966, 0.03270108558139544)
ARCSIN32 = (0.16666753590106964, 0.07495234161615372, 0.04547823220491409, 0.024141408503055573, 0.04223000258207321)
# pi and pi/2 as unevaluated sums
PI64, PI32 = (3.141592653589793, 1.2246467991473532e-16), (3.1415927410125732, -8.742277657347586e-08)
HALF_PI64, HALF_PI32 = (1.5707963267948966, 6.123233995736766e-17), (1.5707963705062866, -4.371138828673793e-08)


def _reflected(m: Lanes, base: Value, base_low, t: Value, t_low: Value) -> Value:
    """base + base_low + t + t_low, where base is 0 or not below |t|."""
    high, low = m.fast_two_sum(base, t)
    return high + (low + (t_low + base_low))


def arctan(m: Lanes, x: Value) -> Value:
    """atan x = pi/2 - atan(1/x) for |x| > 1; x + x^3 P(x^2) below."""
    pi_2, pi_2_low = m.pick(HALF_PI64, HALF_PI32)
    a = m.at_most(m.abs(x), m.pick(2.0 ** 60, 2.0 ** 30))          # beyond, atan is pi/2 rounded; keeps 1/a normal
    steep = a > 1.0
    inverse = 1.0 / a
    t = m.where(steep, -inverse, a)
    t_low = m.where(steep, m.fma(inverse, a, -1.0) * inverse, 0.0)
    u = t * t
    t_low = m.mad(t * u, m.poly(u, m.pick(ARCTAN64, ARCTAN32)), t_low)
    return m.copysign(_reflected(m, m.where(steep, pi_2, 0.0), m.where(steep, pi_2_low, 0.0), t, t_low), x)


def arctan2(m: Lanes, y: Value, x: Value) -> Value:
    """The angle of the point (x, y): atan of the smaller over the larger, then reflected into its octant."""
    (pi, pi_low), (pi_2, pi_2_low) = m.pick(PI64, PI32), m.pick(HALF_PI64, HALF_PI32)
    ay, ax = m.abs(y), m.abs(x)
    steep, left = ay > ax, x.bits() < 0                            # by the sign bit: x = -0 is on the left
    small, large = m.where(steep, ax, ay), m.where(steep, ay, ax)
    infinite = large == float("inf")                               # inf/inf counts as 1, finite/inf is 0, NaN stays
    small = m.where(infinite, m.where(small == large, 1.0, small * 0.0), small)
    large = m.where(infinite | (large == 0.0), 1.0, large)
    tiny, factor = m.pick((2.0 ** -900, 2.0 ** 200), (2.0 ** -60, 2.0 ** 60))
    factor = m.where(large < tiny, factor, 1.0)                    # so that the remainder below does not underflow
    small, large = small * factor, large * factor
    inverse = 1.0 / large
    q = small * inverse
    q_low = m.fma(-q, large, small) * inverse
    u = q * q
    q_low = m.mad(q * u, m.poly(u, m.pick(ARCTAN64, ARCTAN32)), q_low)
    negative = steep ^ left
    base = m.where(steep, pi_2, m.where(left, pi, 0.0))
    base_low = m.where(steep, pi_2_low, m.where(left, pi_low, 0.0))
    return m.copysign(_reflected(m, base, base_low, m.where(negative, -q, q), m.where(negative, -q_low, q_low)), y)


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
