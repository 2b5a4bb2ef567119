"""sinh, cosh, tanh and their inverses, on the reduced exponential and on the logarithm of a double-double.

Intermediate sums carry their rounding errors, so that the last addition is almost the only rounding.
"""
from __future__ import annotations

from .core import Lanes, Value
from .exponential import _reduce


def tanh(m: Lanes, x: Value) -> Value:
    """(E - 1)/(E + 1) with E = exp(2|x|) = 2^k (1 + high + tail), both terms as double-doubles; 1 - 2/(E + 1) for large E."""
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


FUNCTIONS = {"tanh": tanh}
