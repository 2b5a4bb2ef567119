"""exp, exp2 and expm1.

exp(x) = 2^k exp(r) with k = round(x / ln 2) and |r| <= ln(2) / 2 (Cody and Waite, Software Manual for the Elementary
Functions, 1980). 1 + r is kept as a rounded sum and its exact error, so that only the last addition rounds visibly:
0.52 ulp. The constants come from `benchmarks/coefficients.py`. Knows nothing of the other families. Read `logarithm.py` next.
"""
from __future__ import annotations

from collections.abc import Callable

from .core import Lanes, Value

# (e^t - 1 - t) / t^2 on |t| <= ln(2)/2
EXP64 = (0.5, 0.1666666666666667, 0.04166666666666667, 0.008333333333326141, 0.0013888888888883752,
         0.00019841269874800683, 2.4801587325533502e-05, 2.75572554255029e-06, 2.7557273661174726e-07,
         2.5105206475334834e-08, 2.0914679448978546e-09)
EXP32 = (0.5000000013457804, 0.16666666681614342, 0.041666465005270034, 0.008333310934363356, 0.0013933641117472883,
         0.00019890980964683147)
# (2^t - 1 - t ln 2) / t^2 on |t| <= 1/2
EXP2_64 = (0.24022650695910072, 0.0555041086648216, 0.009618129107628479, 0.0013333558146416936,
           0.00015403530393375914, 1.5252733829836414e-05, 1.3215486802904077e-06, 1.017806244566588e-07,
           7.0548999562836044e-09, 4.4549606341658617e-10, 2.572508075492737e-11)
EXP2_32 = (0.24022650760568867, 0.055504108714601305, 0.009618082556922357, 0.0013333522307335387,
           0.000154531631347384, 1.5290948695877564e-05)
INFINITY = float("inf")
INV_LN2 = 1.4426950408889634
# ln 2 in two parts, the first so short (32 and 15 bits) that k times it is exact
LN2_64 = (0.6931471803691238, 1.9082149292705877e-10)
LN2_32 = (0.693145751953125, 1.428606765330187e-06)
# ln 2 rounded, and the rest
LN2_DD64 = (0.6931471805599453, 2.3190468138462996e-17)
LN2_DD32 = (0.6931471824645996, -1.9046542121259336e-09)


def _reduce(m: Lanes, x: Value, correction: Value | None = None, exact: bool = False) -> tuple[Value, Value, Value]:
    """kb, hi, tail with exp(x + correction) = 2^k (1 + hi + tail); k is in the low bits of kb.

    `exact` adds r times the rounding error of r = hi - lo, which counts where 1 is subtracted later.
    """
    ln2, ln2_rest = m.pick(LN2_64, LN2_32)
    k, kb = m.nearest(x, INV_LN2)
    hi = m.mad(k, -ln2, x)
    lo = k * ln2_rest if correction is None else m.mad(k, ln2_rest, -correction)
    r = hi - lo
    return kb, hi, m.mad(r * r, m.poly(r, m.pick(EXP64, EXP32)), m.mad(r, (hi - r) - lo, -lo) if exact else -lo)


def _one_plus(hi: Value, tail: Value) -> Value:
    """1 + hi + tail, |hi| < 1, with one visible rounding."""
    total = 1 + hi
    return total + ((1 - total + hi) + tail)


def exp_sum(m: Lanes, x: Value, correction: Value | None = None) -> Value:
    """exp(x + correction) for a correction below 2^-40; overflow, underflow and NaN follow x."""
    kb, hi, tail = _reduce(m, x, correction)
    # normal results; exactly 0; exactly infinite
    return _scaled(m, x, _one_plus(hi, tail), kb, *m.pick((708.0, -746.0, 710.0), (87.0, -105.0, 89.0)))


def _scaled(m: Lanes, x: Value, y: Value, kb: Value, normal: float, low: float, high: float) -> Value:
    """y 2^k: k is added to the exponent where the result is a normal number, which it is for |x| < normal; 0 below low and
    infinite above high, where k may be wrong."""
    extreme = ~(m.abs(x) < normal)
    result = (y.bits() + (kb << m.mantissa)).floating()
    return m.rarely(extreme, [result], lambda: [m.where(x > high, INFINITY, m.where(x < low, 0.0, m.scale(y, kb)))])[0]


def exp(m: Lanes, x: Value) -> Value:
    """e^x."""
    return exp_sum(m, x)


def exp2(m: Lanes, x: Value) -> Value:
    """2^x: r = x - round(x) is exact, and r ln 2 is a double-double where the machine has FMA."""
    k, kb = m.nearest(x)
    r = x - k
    ln2, ln2_rest = m.pick(LN2_DD64, LN2_DD32)
    hi = r * ln2
    lo = m.mad(r, ln2_rest, m.mad(r, ln2, -hi))
    tail = m.mad(r * r, m.poly(r, m.pick(EXP2_64, EXP2_32)), lo)
    return _scaled(m, x, _one_plus(hi, tail), kb, *m.pick((1022.0, -1076.0, 1025.0), (126.0, -151.0, 129.0)))


def expm1(m: Lanes, x: Value) -> Value:
    """e^x - 1 = (2^k - 1) + 2^k hi + 2^k tail, summed from the largest with the errors kept.

    Everything is halved until the end, since 2^k itself may overflow. Below 2^-54 the result is x, also for -0.
    """
    low, high = m.pick((-40.0, 710.0), (-20.0, 89.0))       # beyond: exactly -1, exactly infinite
    kb, hi, tail = _reduce(m, m.at_most(m.at_least(x, low), high), exact=True)
    half_power = m.power_of_two(kb - 1)
    a, a_error = m.two_sum(half_power, m.value(-0.5))
    total, error = m.two_sum(a, half_power * hi)
    result = 2 * (total + m.mad(half_power, tail, error + a_error))
    return m.where(m.abs(x) < m.pick(2.0 ** -54, 2.0 ** -25), x, result)


FUNCTIONS: dict[str, Callable] = {"exp": exp, "exp2": exp2, "expm1": expm1}
