"""erf and erfc. Knows nothing of the gamma functions. The constants are printed by `benchmarks/minimax.py`."""
from __future__ import annotations

from .core import Lanes, Value
from .exponential import _reduce

# erf(x)/x - 1 in x^2 for x on [0, 1], minimax, absolute error 2^-55.7 and 2^-29.6
ERF64 = (0.1283791670955126, -0.37612638903184054, 0.11283791670968897, -0.026866170647649214, 0.005223977649389447,
         -0.0008548328370842713, 0.00012055381071495587, -1.4926778998171044e-05, 1.647972701799743e-06,
         -1.6546092086511782e-07, 1.5958159407358517e-08, -1.632004048700396e-09, 1.4204481874694196e-10)
ERF32 = (0.12837916612625122, -0.3761262893676758, 0.11283618211746216, -0.02685512602329254, 0.005190735682845116,
         -0.0008030781173147261, 7.920445932541043e-05)
# -log(erfc(1 + s)) for 1 + s on [1, 6] and [1, 4], minimax, absolute error of erfc 2^-57.1 and 2^-29.9
LOGC64 = (1.8496055099332482, 2.6389675142347757, 0.8431072563594134, 0.04156109802506724, -0.010033825179018904,
          0.001977901215350148, -0.00023731643360470092, -2.629632871895764e-05, 2.719897424221111e-05,
          -9.671377471711683e-06, 2.131939342835301e-06, -2.0481118567963626e-07, -5.801208440295425e-08,
          3.339145221126846e-08, -8.51882030838705e-09, 1.3191101884552899e-09, -1.193264685017837e-10,
          4.8650384463112845e-12)
LOGC32 = (1.8496055603027344, 2.6389667987823486, 0.8431183695793152, 0.04150065779685974, -0.009890835732221603,
          0.0018261178629472852, -0.00018556095892563462)

# (1 + 3/2 x) exp(x^2) erfc(x) in t = (x - 15/4)/(x + 15/4) for x on [1/2, 28] and, for floats, [1/2, 11], minimax,
# absolute error 2^-57.9 and 2^-29.6
TAIL = (0.9645319034471304, -0.17353593181301688, 0.05919107834325463, 0.020814579986630877, -0.055951869598334925,
        0.05552765919646284, -0.0379842429469973, 0.01921655277646897, -0.006859194095346768, 0.001310335553746035,
        0.00018216984425515603, -0.0002056408693187042, 3.963139259411411e-05, 1.5242415905155221e-05,
        -8.391444851616493e-06, -5.657243277589727e-07, 1.2581924732736835e-06, -6.010663981084944e-08,
        -1.7316879587798806e-07, 1.847464189295456e-08, 1.7729944252368e-08, -2.231946734298118e-09)
TAIL_SHORT = (0.9645319026300496, -0.17353591552923683, 0.0591912138152557, 0.020813755421196196, -0.055955783308802354,
              0.05553809626454729, -0.03794180386467909, 0.01917603911981896, -0.007056769060925648,
              0.0013043431811167266, 0.0005217379103866145)
POLE = 3.75
TAIL_FIRST_LOW = -3.8974733938364595e-17      # what the rounding of TAIL[0] left


def erf(m: Lanes, x: Value) -> Value:
    """x + x P(x^2) for |x| < 1, 1 - exp(-Q(|x| - 1)) beyond, where an error of exp counts at most a sixth."""
    a = m.at_most(m.abs(x), m.pick(6.0, 4.0))
    small = m.mad(a, m.poly(a * a, m.pick(ERF64, ERF32)), a)
    kb, high, tail = _reduce(m, -m.poly(a - 1.0, m.pick(LOGC64, LOGC32)))
    power = m.power_of_two(kb)
    large = (1.0 - power) - power * (high + tail)
    return m.copysign(m.where(a < 1.0, small, large), x)


def erfc(m: Lanes, x: Value) -> Value:
    """1 - erf(x) for |x| < 1/2; above, the tail exp(-x^2) F(x)/(1 + 3/2 x), down to underflow; 2 - erfc(-x) below.

    Floats are computed in double precision, with fewer terms.
    """
    d, x = m.as_double(), m.widen(x)
    a = d.at_most(d.abs(x), m.pick(28.0, 11.0))
    one, rest = d.fast_two_sum(d.value(1.0), -x)
    near = one + (rest - x * d.poly(x * x, m.pick(ERF64, ERF32)))
    far = _tail64(d, a) if m.double else _tail32(d, a)
    return m.narrow(d.where(a < 0.5, near, d.where(x < 0.0, 2.0 - far, far)))


def _factors(m: Lanes, a: Value, terms: tuple[float, ...]) -> tuple[Value, Value]:
    """The polynomial F less its first coefficient, and 1/(1 + 3/2 a), with one division."""
    plus, d = a + POLE, m.mad(a, 1.5, 1.0)
    both = 1.0 / (plus * d)
    t = (a - POLE) * d * both
    return t * m.poly(t, terms[1:]), plus * both


def _tail64(m: Lanes, a: Value) -> Value:
    """exp(-a^2) F/(1 + 3/2 a), all three as double-doubles."""
    square, square_low = m.two_prod(a, a)
    kb, high, tail = _reduce(m, -square, -square_low)
    e, e_low = m.fast_two_sum(m.value(1.0), high)
    change, inverse = _factors(m, a, TAIL)
    f, f_low = m.fast_two_sum(m.value(TAIL[0]), change)
    product, product_low = m.two_prod(e, f)
    product_low = m.mad(e_low + tail, f, m.mad(e, f_low + TAIL_FIRST_LOW, product_low))
    d = m.fma(a, 1.5, 1.0)
    d_low = m.fma(a, 1.5, 1.0 - d)
    q = product * inverse
    rest = m.fma(-q, d, product) + m.mad(-q, d_low, product_low)
    return m.scale(m.mad(rest, inverse, q), kb)


def _tail32(m: Lanes, a: Value) -> Value:
    """The same for floats in double precision, where the errors do not count."""
    kb, high, tail = _reduce(m, -(a * a))
    change, inverse = _factors(m, a, TAIL_SHORT)
    return (1.0 + (high + tail)) * (TAIL_SHORT[0] + change) * inverse * m.power_of_two(kb)


FUNCTIONS = {"erf": erf, "erfc": erfc}
