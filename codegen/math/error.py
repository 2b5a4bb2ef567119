"""erf and erfc. Knows nothing of the gamma functions. The constants are printed by `minimax.py`."""
from __future__ import annotations

from .core import Lanes, Value
from .exponential import _reduce

# erf(x)/x - 1 in x^2 for x on [0, 1], minimax, absolute error 2^-55.7 and 2^-29.6
ERF64 = (0.1283791670955126, -0.37612638903184054, 0.11283791670968897, -0.026866170647649214, 0.005223977649389447,
         -0.0008548328370842713, 0.00012055381071495587, -1.4926778998171044e-05, 1.647972701799743e-06, -1.6546092086511782e-07,
         1.5958159407358517e-08, -1.632004048700396e-09, 1.4204481874694196e-10)
ERF32 = (0.12837916612625122, -0.3761262893676758, 0.11283618211746216, -0.02685512602329254, 0.005190735682845116,
         -0.0008030781173147261, 7.920445932541043e-05)
# -log(erfc(1 + s)) for 1 + s on [1, 6] and [1, 4], minimax, absolute error of erfc 2^-57.1 and 2^-29.9
LOGC64 = (1.8496055099332482, 2.6389675142347757, 0.8431072563594134, 0.04156109802506724, -0.010033825179018904,
          0.001977901215350148, -0.00023731643360470092, -2.629632871895764e-05, 2.719897424221111e-05, -9.671377471711683e-06,
          2.131939342835301e-06, -2.0481118567963626e-07, -5.801208440295425e-08, 3.339145221126846e-08, -8.51882030838705e-09,
          1.3191101884552899e-09, -1.193264685017837e-10, 4.8650384463112845e-12)
LOGC32 = (1.8496055603027344, 2.6389667987823486, 0.8431183695793152, 0.04150065779685974, -0.009890835732221603,
          0.0018261178629472852, -0.00018556095892563462)


def erf(m: Lanes, x: Value) -> Value:
    """x + x P(x^2) for |x| < 1, 1 - exp(-Q(|x| - 1)) beyond, where an error of exp counts at most a sixth."""
    a = m.at_most(m.abs(x), m.pick(6.0, 4.0))
    small = m.mad(a, m.poly(a * a, m.pick(ERF64, ERF32)), a)
    kb, high, tail = _reduce(m, -m.poly(a - 1.0, m.pick(LOGC64, LOGC32)))
    power = m.power_of_two(kb)
    large = (1.0 - power) - power * (high + tail)
    return m.copysign(m.where(a < 1.0, small, large), x)


FUNCTIONS = {"erf": erf}
