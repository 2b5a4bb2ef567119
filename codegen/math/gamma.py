"""gamma, gammaln (log|gamma|) and digamma.

A range of one unit carries a polynomial (for gammaln around its zero 2, for digamma around 3/2 with its zero taken out
exactly), recurrence brings the arguments below 4.5 or 4 into that range, and Stirling's series serves the rest (NIST DLMF 5.5
and 5.11). Sums that cancel are double-doubles: at most one ulp for x > 0. Negative arguments are reflected on a rare
path, at most two ulps of the largest term of the reflection or of 1: a bound of the absolute, not of the relative error
near the zeros there. gamma is the exponential of the double-double that gammaln rounds. Floats are computed in double
precision. The constants are printed by `benchmarks/minimax.py`.
"""
from __future__ import annotations

from .core import Lanes, Value
from .exponential import exp_sum
from .logarithm import log_positive, split
from .power import _log_pair

INFINITY, NAN = float("inf"), float("nan")

# log(gamma(2 + s)) / s for |s| <= 1/2
# minimax, error 2^-57.8
NEAR = (0.42278433509846713, 0.32246703342411326, -0.0673523010531956, 0.02058080842777722, -0.0073855510289380175,
        0.002890510331211391, -0.001192753900919348, 0.0005096695109572956, -0.0002231549787028318,
        9.945773295507214e-05, -4.492371698207991e-05, 2.0505141467294995e-05, -9.456338575742511e-06,
        4.386639890909817e-06, -1.9741873336845646e-06, 9.156286776324807e-07, -5.812512828183063e-07,
        2.829047793552315e-07)
# x (log(gamma(x)) - (x - 1/2) log x + x - log(2 pi)/2) in 1/x^2 for x >= 4.5
# minimax, error 2^-61.4
SERIES = (0.0833333333333333, -0.0027777777777406795, 0.0007936507799368457, -0.0005952357770421641,
          0.0008415362569967117, -0.001905630598218501, 0.005996911407174616, -0.0203501730553044, 0.0455770176577903)
# (sin(pi r)/(pi r) - 1) / r^2 in r^2 for |r| <= 1/2
# minimax, error 2^-62.0
SINE = (-1.6449340668482264, 0.8117424252833418, -0.19075182412156041, 0.026147847806419156, -0.00234608090209344,
        0.00014842787018196492, -6.972165774567441e-06, 2.450919424820602e-07)
# psi(3/2 + t) / (t - PSI_ROOT) for |t| <= 1/2, and what the rounding of the first left
# minimax, error 2^-56.0
SLOPE = (0.951055876031833, -0.4236274212814607, 0.2405424842407739, -0.14840492305384975, 0.09498872445498299,
         -0.061922133278181926, 0.040760833810270854, -0.026975796553055355, 0.017907252495603185,
         -0.011908222430502805, 0.007926943804492359, -0.005279906823667145, 0.003519014082249752,
         -0.0023457444473810327, 0.0015565883986417524, -0.0010351647084431697, 0.0007234744184998919,
         -0.0004900601772412397, 0.00022695429069145045, -0.00013749989065474336, 0.0002599084130542217,
         -0.00018378593025078596)
SLOPE_FIRST_LOW = -5.4202158433143094e-17
# x^2 (log x - 1/(2x) - psi(x)) in 1/x^2 for x >= 4
# minimax, error 2^-61.2
PSI_SERIES = (0.08333333333333234, -0.00833333333252465, 0.003968253739965556, -0.004166634515340769,
              0.00757312237788957, -0.020956311589779265, 0.07864265008609486, -0.33258644521615127, 1.191819968129678,
              -2.3490645303765776)
# (pi r cot(pi r) (1 - v)/(1 - 4v) - 1) / v in v = r^2 for |r| <= 1/2
# minimax, error 2^-59.7
COTANGENT = (-0.2898681336964534, -0.034250868511550576, -0.007043130597793668, -0.0016411106752087334,
             -0.0003988829455035985, -9.852985410616087e-05, -2.4607842475869896e-05, -5.793471541614019e-06,
             -2.0998533858179126e-06)
# (log(2 pi) - 1)/2; Euler's constant; the zero of digamma less 3/2, an unevaluated sum; the largest x whose gammaln
# is finite
HALF_LOG_TAU_1 = 0.4189385332046727
EULER = 0.5772156649015329
PSI_ROOT = (-0.03836785503163766, -1.6445603550442201e-18)
LARGEST = 2.5599833278516383e305


def _whole(m: Lanes, a: Value) -> Value:
    """a >= 0 rounded to the nearest integer, for every a."""
    magic = 2.0 ** 52
    return m.where(a < magic, (a + magic) - magic, a)


def _log(m: Lanes, x: Value, short: bool) -> tuple[Value, Value]:
    """log x as a double-double, or nearly so."""
    return (log_positive(m, split(m, x)), m.value(0.0)) if short else _log_pair(m, x)


def gammaln(m: Lanes, x: Value) -> Value:
    """log|gamma(x)|: +inf at 0, -1, -2, ... and at +inf; -inf at -inf, as SciPy has it."""
    d, x = m.as_double(), m.widen(x)
    high, low = _log_gamma(d, x, not m.double)
    result = high + low
    result = d.where((x == 0.0) | (x > LARGEST), INFINITY, result)
    return m.narrow(d.where(x == -INFINITY, x, result))


def gamma(m: Lanes, x: Value) -> Value:
    """The gamma function: infinite at 0, with the sign of the zero, and NaN at -1, -2, ... and -inf. Factorials are exact."""
    d, x = m.as_double(), m.widen(x)
    high, low = _log_gamma(d, x, not m.double)
    size = exp_sum(d, d.where(x > 200.0, INFINITY, high), d.where(d.abs(high) < 1000.0, low, 0.0))
    whole = _floor(d, x)
    integer = whole == x
    size = d.where(integer & (size < 2.0 ** 52), _whole(d, size), size)
    odd = (x < 0.0) & (_floor(d, whole * 0.5) * 2.0 != whole)
    result = d.where(odd, -size, size)
    result = d.where(x == 0.0, d.copysign(INFINITY, x), result)
    return m.narrow(d.where((integer & (x < 0.0)) | d.isnan(x), NAN, result))


def _floor(m: Lanes, x: Value) -> Value:
    return Value(m, "double", m.body.intrinsic("floor", "double", m.lanes, x.name))


def _log_gamma(d: Lanes, x: Value, short: bool) -> tuple[Value, Value]:
    """log|gamma(x)| as a double-double."""
    a = d.abs(x)
    positive = _gammaln_positive(d, a, short)

    def reflected() -> list[Value]:
        return [d.where(x < 0.0, r, p) for r, p in zip(_gammaln_reflected(d, a, positive, short), positive, strict=True)]

    high, low = d.rarely(x < 0.0, positive, reflected)
    return high, low


def _gammaln_positive(m: Lanes, x: Value, short: bool) -> tuple[Value, Value]:
    """s G(s) with s = x - n, moved from 2 + s to x by the log of a product of at most two factors; Stirling from 4.5.

    n = 0: -log(x (x + 1)), 1: -log(x), 2: nothing, 3: +log(x - 1), 4: +log((x - 1)(x - 2)).
    """
    large = x >= 4.5
    n, _ = m.nearest(x)
    s = x - n                                                      # exact
    first = m.where(large | (n < 1.5), x, m.where(n == 2.0, 1.0, x - 1.0))
    lowest = n == 0.0
    second = m.where(lowest, x + 1.0, m.where(n == 4.0, x - 2.0, 1.0))
    second = m.where(large, 1.0, second)
    product, product_low = m.two_prod(first, second)
    product_low = m.mad(first, m.where(lowest, x - (second - 1.0), 0.0), product_low)
    inverse = 1.0 / product
    log, log_low = _log(m, product, short)
    log_low = log_low + m.where(product > 2.0 ** -900, product_low * inverse, 0.0)
    # below 4.5
    linear, linear_low = m.two_prod(s, m.value(NEAR[1]))
    g, g_low = m.fast_two_sum(m.value(NEAR[0]), linear)
    g_low = g_low + m.mad(s * s, m.poly(s, NEAR[2:]), linear_low)
    p, p_low = m.two_prod(s, g)
    p_low = m.mad(s, g_low, p_low)
    down = n < 2.0
    near, near_low = m.two_sum(m.where(down, -log, log), p)
    near_low = near_low + (p_low + m.where(down, -log_low, log_low))
    # (x - 1/2)(log x - 1) + (log(2 pi) - 1)/2 + S(1/x^2)/x
    log, rest = m.fast_two_sum(log, m.value(-1.0))
    p, p_low = m.two_prod(x, log)
    p_low = m.mad(x, rest + log_low, p_low)
    tail = m.mad(inverse, m.poly(inverse * inverse, SERIES), m.mad(log, -0.5, HALF_LOG_TAU_1))
    far, far_low = m.fast_two_sum(p, tail)
    return m.where(large, far, near), m.where(large, far_low + p_low, near_low)


def _gammaln_reflected(m: Lanes, a: Value, positive: tuple[Value, Value], short: bool) -> tuple[Value, Value]:
    """gammaln(-a) = log(pi / (a |sin(pi a)|)) - gammaln(a); gammaln(a) + 2 gamma a for tiny a."""
    r = m.abs(a - _whole(m, a))
    v = r * r
    sine, sine_low = m.fast_two_sum(m.value(1.0), v * m.poly(v, SINE))
    area, area_low = m.two_prod(a, r)
    product, product_low = m.two_prod(area, sine)
    product_low = m.mad(area, sine_low, m.mad(area_low, sine, product_low))
    tiny, pole = a < 2.0 ** -20, r == 0.0
    product, product_low = m.where(tiny | pole, 1.0, product), m.where(tiny | pole, 0.0, product_low)
    log, log_low = _log(m, product, short)
    high, low = m.two_sum(-log, -positive[0])
    low = low - (log_low + product_low / product) - positive[1]
    high = m.where(pole, INFINITY, m.where(tiny, positive[0], high))
    return high, m.where(pole, 0.0, m.where(tiny, m.mad(a, 2.0 * EULER, positive[1]), low))


def digamma(m: Lanes, x: Value) -> Value:
    """The derivative of gammaln: -inf at 0, +inf at -0, NaN at -1, -2, ... and -inf, as SciPy has it."""
    d, x = m.as_double(), m.widen(x)
    negative = x < 0.0
    result = _digamma_positive(d, d.where(negative, 1.0 - x, x))
    result = d.where(x == 0.0, d.copysign(INFINITY, -x), result)
    result, = d.rarely(negative, [result], lambda: [d.where(negative, _digamma_reflected(d, d.abs(x), result), result)])
    return m.narrow(result)


def _digamma_positive(m: Lanes, x: Value) -> Value:
    """(t - root) Q(t) with t = x - n - 1/2 in [-1/2, 1/2], moved from 3/2 + t to x by a sum of at most two reciprocals.

    n = 0: -1/x, 1: nothing, 2: 1/(x - 1), 3: 1/(x - 1) + 1/(x - 2). From 4, log x - 1/(2x) - W(1/x^2)/x^2.
    """
    large = x >= 4.0
    n, _ = m.nearest(x - 0.5)
    lowest, highest = n == 0.0, n == 3.0
    t = x - (n + 0.5)
    first = m.where(large | lowest, x, x - 1.0)
    denominator, denominator_low = m.two_prod(first, m.where(highest, x - 2.0, 1.0))
    numerator = m.where(lowest, -1.0, m.where(highest, (x + x) - 3.0, m.where(n == 1.0, 0.0, 1.0)))
    inverse = 1.0 / m.where(large, x, denominator)
    q = numerator * inverse
    q_low = (m.fma(-q, denominator, numerator) - q * denominator_low) * inverse
    q_low = m.where(x > 2.0 ** -900, q_low, 0.0)
    f, f_low = m.fast_two_sum(m.value(SLOPE[0]), t * m.poly(t, SLOPE[1:]))
    d, d_low = m.two_sum(t, m.value(-PSI_ROOT[0]))
    p, p_low = m.two_prod(d, f)
    p_low = m.mad(d, f_low + SLOPE_FIRST_LOW, m.mad(d_low - PSI_ROOT[1], f, p_low))
    near, near_low = m.two_sum(q, p)
    near = near + m.where(m.abs(q) < INFINITY, near_low + (p_low + q_low), 0.0)
    tail = m.mad(inverse, m.poly(inverse * inverse, PSI_SERIES), 0.5)
    far = log_positive(m, split(m, x, subnormal=False), -(tail * inverse))
    return m.where(large, m.where(x < INFINITY, far, x), near)


def pi_cotangent(m: Lanes, a: Value) -> Value:
    """pi cot(pi a) for a >= 0; NaN or infinite where a is whole."""
    high, low, _ = _cotangent(m, a)
    return 4.0 * m.where(m.abs(high) < INFINITY, high + low, high)


def _cotangent(m: Lanes, a: Value) -> tuple[Value, Value, Value]:
    """A quarter of pi cot(pi a) as a double-double, (1/4 - v)(1 + v C(v))/(r (1 - v)), and r; r is a less the nearest integer,
    v = r^2."""
    r = a - _whole(m, a)
    v, v_low = m.two_prod(r, r)
    f, f_low = m.fast_two_sum(m.value(1.0), v * m.poly(v, COTANGENT))
    n, n_low = m.fast_two_sum(m.value(0.25), -v)
    d, d_low = m.fast_two_sum(m.value(1.0), -v)
    p, p_low = m.two_prod(n, f)
    p_low = m.mad(n, f_low, m.mad(n_low - v_low, f, p_low))
    e, e_low = m.two_prod(r, d)
    e_low = m.mad(r, d_low - v_low, e_low)
    q = p / e
    return q, (m.fma(-q, e, p) + m.mad(-q, e_low, p_low)) / e, r


def _digamma_reflected(m: Lanes, a: Value, positive: Value) -> Value:
    """psi(-a) = psi(1 + a) + pi cot(pi a)."""
    q, q_low, r = _cotangent(m, a)
    high, low = m.two_sum(4.0 * q, positive)
    result = m.where(m.abs(high) < INFINITY, high + m.mad(q_low, 4.0, low), high)
    return m.where(r == 0.0, NAN, result)


FUNCTIONS = {"gamma": gamma, "gammaln": gammaln, "digamma": digamma}
