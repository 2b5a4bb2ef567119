"""The functions 0F1, 1F1 and 2F1 and their derivatives by parameters, by power series along the real axis (NIST DLMF 13, 15, 16).

All three solve x (1 - s x) y'' + (c - (p + s) x) y' = P(0) y, where P(k) is the product of (a + k) over the upper parameters. The
series about 0 is summed where its terms have one sign or are few; from its end the equation is integrated towards x by the
series about one point after another, each step short enough that no term is much larger than the sum. A parameter enters the
recurrences linearly, so a derivative by it follows by one product more for each term: there is no difference quotient. All loops
are bounded; what does not end in time is NaN.

The algorithm is written once, for NumPy's arrays (`ARRAYS`) and for the values of native code, with the operators of both. It
knows nothing of ops; read `hypergeometric.py` next.
"""
from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .exact import product
from .twofold import Twice, leading

TERMS = 5000        # of the series about 0
WALK = 20000        # terms of all series on the way from there
LARGEST = 1e4       # of the parameters: NaN beyond
REACH = {0: 1e5, 1: 1400.0, 2: 1e8}          # of x, by the number of upper parameters
LOWEST = {0: -30.0, 1: -30.0, 2: -20.0}      # of c: below, too many digits would be lost
DEGREES = 1000.0    # of a polynomial that is computed by its recurrence
SMALL = 2.0**-58    # where a series ends: its last two terms by the sum
SMALLER = 2.0**-104  # in twice the digits
NEAR = 2.0**-7      # to a pole of the gamma function
FALLING = 0.95      # the ratio of terms from which on they fall

Index = tuple[int, ...]         # how often a coefficient is differentiated by each upper parameter and by c
Jet = dict[Index, Any]          # the derivatives, each over the factorials of its numbers


class Arrays:
    """What the algorithm needs besides operators, for NumPy's arrays."""

    sqrt, abs, rint, exp = (staticmethod(f) for f in (np.sqrt, np.abs, np.rint, np.exp))
    where, two_prod = staticmethod(np.where), staticmethod(product)

    @staticmethod
    def two_sum(a: Any, b: Any) -> tuple[Any, Any]:
        total = a + b
        other = total - a
        return total, (a - (total - other)) + (b - other)

    @staticmethod
    def rarely(mask: Any, values: Sequence[Any], slow: Callable[[], Sequence[Any]]) -> Sequence[Any]:
        return slow() if np.any(mask) else values

    @staticmethod
    def repeat(
        going: Any, state: Sequence[Any], step: Callable[[Any, Sequence[Any]], tuple[Any, Sequence[Any]]], most: int,
    ) -> tuple[Any, list[Any]]:
        """The state after steps, lane by lane for as long as the lane is going, at most `most` times: (what still goes, the state)."""
        state = list(state)
        for _ in range(most):
            if not np.any(going):
                break
            still, new = step(going, state)
            state = [np.where(going, n, s) for n, s in zip(new, state)]
            going = going & still
        return going, state


ARRAYS = Arrays()


def orders_of(order: int, upper: int) -> Index:
    """The digits of a row's attribute: how often by each of the upper parameters, and last by c."""
    return tuple(order // 10**k % 10 for k in range(upper, -1, -1))


def series(m: Any, upper: Sequence[Any], c: Any, x: Any, orders: Index) -> Any:
    """The derivative of pF1(upper; c; x) by the parameters, `orders` times by each; 1F1 times exp(-x/2), for x >= 0.

    Computed in twice the digits where another solution overtakes the function on the way and takes rounding errors along."""
    value = _series(m, c == c, upper, c, x, orders)
    hard = _overtaken(m, upper, c, x)

    def precise() -> Sequence[Any]:
        two = Twice(m)
        better = leading(_series(two, hard, [two.number(a) for a in upper], two.number(c), two.number(x), orders))
        return [m.where(hard & (better == better), better, value)]

    return m.rarely(hard, [value], precise)[0]


def _overtaken(m: Any, upper: Sequence[Any], c: Any, x: Any) -> Any:
    """Whether the other solution may grow much larger: that of c < 0, which starts like x^(1-c), or, where the connection formulas
    (DLMF 13.2.41, 15.8.1) divide by gamma(a) or gamma(c - a), the one that these nearly take away from the function."""
    beside = polynomial = c != c
    for a in upper:
        polynomial = polynomial | _is_polynomial(m, a, x)
        beside = beside | (_beside_pole(m, a) & (a != m.rint(a)))
        if len(upper) == 2:
            beside = beside | _beside_pole(m, c - a)
    return (c < 0.0) | (beside & ~polynomial)


def _beside_pole(m: Any, a: Any) -> Any:
    """Whether a is at or beside 0, -1, -2, ..."""
    return (a < NEAR) & (m.abs(a - m.rint(a)) < NEAR)


def _is_polynomial(m: Any, a: Any, x: Any) -> Any:
    """Whether an upper parameter makes a polynomial that is summed as such."""
    return (a <= 0.0) & (m.rint(a) == a) & (a >= -DEGREES) & (x > 0.0)


def _series(m: Any, going: Any, upper: Sequence[Any], c: Any, x: Any, orders: Index) -> Any:
    going = going & (m.abs(c) <= LARGEST) & (c >= LOWEST[len(upper)]) & (m.abs(x) <= REACH[len(upper)])
    for a in upper:
        going = going & (m.abs(a) <= LARGEST)
    if len(upper) == 1:
        going = going & (x >= 0.0)
    first = m.exp(x * -0.5) if len(upper) == 1 else x - x + 1.0
    value = math.nan
    for number in range(len(upper)):
        if not orders[number]:
            ends = going & _is_polynomial(m, upper[number], x)
            going = going & ~ends
            rest = [k for k in range(len(orders)) if k != number]
            lower = Equation(m, [upper[k] for k in rest[:-1]], c, tuple(orders[k] for k in rest))
            value = m.where(ends, lower.polynomial(ends, upper[number], x, first)[lower.orders], value)
    equation = Equation(m, upper, c, orders)
    if len(upper) == 2:
        going = going & (x < 1.0)
    at = equation.reach(x)
    failed, total, slope = equation.about_zero(going, at, first)
    far, total = equation.walk(going & ~failed, at, x, total, slope)
    value = m.where(going & ~(failed | far), total[orders], value)
    return value * float(math.prod(map(math.factorial, orders)))


class Equation:
    """The differential equation for given parameters, and solutions of it as jets."""

    def __init__(self, m: Any, upper: Sequence[Any], c: Any, orders: Index) -> None:
        self.m, self.upper, self.c, self.orders = m, upper, c, orders
        self.small = SMALLER if isinstance(m, Twice) else SMALL
        self.indices = list(itertools.product(*(range(n + 1) for n in orders)))
        self.size = 1.0                                   # of P(0), at least 1
        for a in upper:
            self.size = (m.abs(a) + 1.0) * self.size

    def zero(self) -> Jet:
        return dict.fromkeys(self.indices, self.c - self.c)

    def below(self, jet: Jet, index: Index, parameter: int) -> Any:
        """The part of the jet with one derivative less by a parameter; None where there is none."""
        return jet.get(tuple(n - (k == parameter) for k, n in enumerate(index)))

    def product(self, k: Any, jet: Jet) -> Jet:
        """P(k) times the jet."""
        for parameter, a in enumerate(self.upper):
            new = {}
            for index in self.indices:
                less = self.below(jet, index, parameter)
                new[index] = (a + k) * jet[index] if less is None else (a + k) * jet[index] + less
            jet = new
        return jet

    def singular(self, x: Any) -> Any:
        """1 - s x."""
        return 1.0 - x if len(self.upper) == 2 else 1.0

    def big(self, term: Jet, value: Jet, slope: Jet) -> Any:
        """Whether a term counts in one of the sums."""
        m, found = self.m, None
        for index in self.indices:
            counts = m.abs(term[index]) > (m.abs(value[index]) + m.abs(slope[index])) * self.small
            found = counts if found is None else found | counts
        return found

    def flat(self, *jets: Jet) -> list[Any]:
        return [jet[index] for jet in jets for index in self.indices]

    def jets(self, values: Sequence[Any]) -> list[Jet]:
        count = len(self.indices)
        return [dict(zip(self.indices, values[k:k + count])) for k in range(0, len(values), count)]

    # ----------------------------------------------------------------------------------------------------- polynomials

    def polynomial(self, going: Any, a: Any, x: Any, first: Any) -> Jet:
        """The function with one more upper parameter a = -n, by the recurrence in n (DLMF 13.3.1, 15.5.11): the walk would not keep to a
        polynomial where another solution grows faster. The jet is by the other parameters."""
        m, c = self.m, self.c

        def step(going: Any, state: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
            k, *rest = state
            below, value = self.jets(rest)
            factor = 2.0 * k + c - (self.upper[0] + k) * x if self.upper else 2.0 * k + c - x
            kept = k * (1.0 - x) if self.upper else k
            new: Jet = {}
            for index in self.indices:
                part = factor * value[index] - kept * below[index]
                for parameter in range(len(self.upper) + 1):
                    less = self.below(value, index, parameter)
                    if less is not None:
                        part = part + (less if parameter == len(self.upper) else -(x * less))
                less = self.below(new, index, len(self.upper))
                new[index] = (part if less is None else part - less) / (c + k)
            k = k + 1.0
            return k < -a, [k, *self.flat(value, new)]

        one = self.zero()
        one[self.indices[0]] = first
        _, state = m.repeat(going & (a < 0.0), [leading(c - c), *self.flat(self.zero(), one)], step, int(DEGREES))
        return self.jets(state[1:])[1]

    # ------------------------------------------------------------------------------------------------ the series about 0

    def reach(self, x: Any) -> Any:
        """Where the series about 0 is evaluated: x itself, or closer to 0 where its terms would be much larger than the sum."""
        m = self.m
        one_sign = (x >= 0.0) & (m.abs(x) < TERMS / 2)
        for a in self.upper:
            one_sign = one_sign & (a >= 0.0)
        factor = m.where((self.c < 0.0) & (self.upper[0] < 0.0), 7.0, 2.25) if len(self.upper) == 1 else 2.25
        limit = m.where(one_sign, LARGEST, factor * (1.0 + m.abs(self.c)) / self.size)
        if len(self.upper) == 2:
            limit = m.where(limit > 0.6, 0.6, limit)
        return m.where(m.abs(x) <= limit, x, m.where(x < 0.0, -limit, limit))

    def about_zero(self, going: Any, x: Any, first: Any) -> tuple[Any, Jet, Jet]:
        """(where it does not end, the function, x times its slope)."""
        m, c = self.m, self.c

        def step(going: Any, state: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
            k, *rest = state
            term, value, slope = self.jets(rest)
            factor, down = x / (k + 1.0), 1.0 / (c + k)
            new: Jet = {}
            above = self.product(k, term)
            for index in self.indices:
                less = self.below(new, index, len(self.upper))
                part = above[index] * factor
                new[index] = (part if less is None else part - less) * down
            k = k + 1.0
            value = {index: value[index] + new[index] for index in self.indices}
            slope = {index: slope[index] + k * new[index] for index in self.indices}
            ratio = m.abs(factor * down)
            for a in self.upper:
                ratio = ratio * (m.abs(a) + k)
            return self.big(new, value, slope) | (ratio >= FALLING), [k, *self.flat(new, value, slope)]

        one = self.zero()
        one[self.indices[0]] = first
        failed, (_, *rest) = m.repeat(going, [leading(self.c - self.c), *self.flat(one, one, self.zero())], step, TERMS)
        _, value, slope = self.jets(rest)
        return failed, value, slope

    # --------------------------------------------------------------------------------------------- from there towards x

    def stride(self, at: Any, x: Any) -> Any:
        """How far to go from a point: a part of the distances to the singular points 0 and 1, which is less where the exponents of
        the other solution there are large, and three radians where the function is a wave; x itself if it is near."""
        m = self.m
        part = 2.0 / (1.0 + m.abs(self.c))
        most = 1 / 3 if len(self.upper) == 2 else 0.5
        length = m.abs(at) * m.where(part > most, most, part)
        wave = 3.0 * m.sqrt(m.abs(at) * self.singular(at) / self.size)
        length = m.where(wave < length, wave, length)
        if len(self.upper) == 2:
            a, b = self.upper
            part = 2.0 / (1.0 + m.abs(self.c - a - b))
            edge = (1.0 - at) * m.where(part > 0.5, 0.5, part)
            length = m.where(edge < length, edge, length)
        left = x - at
        there = at + m.where(x < 0.0, -length, length)
        return m.where(m.abs(left) <= length, left, there - at)      # exact: the sum of the two is a number

    def walk(self, going: Any, at: Any, x: Any, value: Jet, slope: Jet) -> tuple[Any, Jet]:
        """(where it does not arrive, the function at x) from the function and its slope times `at` at another point."""
        m, upper, c, last = self.m, self.upper, self.c, len(self.upper)

        def begun(at: Any, value: Jet, slope: Jet) -> list[Any]:
            """The state at a new point, from the function and its slope times `at`."""
            t = self.stride(at, x)
            ratio = t / at
            u1 = {index: slope[index] * ratio for index in self.indices}
            total = {index: value[index] + u1[index] for index in self.indices}
            return [at, t, leading(at - at), *self.flat(value, u1, total, u1)]

        def step(going: Any, state: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
            at, t, k, *rest = state
            u0, u1, total, moment = self.jets(rest)
            inverse = (t / at) / ((k + 1.0) * (k + 2.0) * self.singular(at))
            above = self.product(k, u0)
            middle = k + c
            if upper:
                middle = middle - at * (1.0 if last == 1 else upper[0] + upper[1] + 1.0 + 2.0 * k)
            new = {}
            for index in self.indices:
                part = middle * u1[index]
                for parameter in range(last + 1):
                    less = self.below(u1, index, parameter)
                    if less is not None and (parameter == last or last == 2):
                        part = part + (less if parameter == last else -(at * less))
                new[index] = (t * above[index] - (k + 1.0) * part) * inverse
            size = m.abs(t)
            for a in upper:
                size = size * (m.abs(a) + k)
            ratio = (size + (k + 1.0) * m.abs(middle)) * m.abs(inverse)
            total = {index: total[index] + new[index] for index in self.indices}
            moment = {index: moment[index] + (k + 2.0) * new[index] for index in self.indices}
            counts = self.big(u1, total, moment) | self.big(new, total, moment) | (ratio >= FALLING)
            state = [at, t, k + 1.0, *self.flat(u1, new, total, moment)]

            def moved() -> list[Any]:
                there = at + t
                arrived = there == x
                slopes = {index: moment[index] * (there / t) for index in self.indices}
                following = begun(there, total, slopes)
                # a lane that has arrived keeps the function and its slope
                ended = [there, t, k, *self.flat(total, slopes, total, slopes)]
                return [m.where(counts, s, m.where(arrived, e, f)) for s, e, f in zip(state, ended, following)]

            return counts | (at + t != x), m.rarely(~counts, state, moved)

        begin = [at, at, leading(at), *self.flat(value, slope, value, slope)]
        going = going & ~(at == x)
        started = [m.where(going, new, old) for new, old in zip(begun(m.where(going, at, 1.0), value, slope), begin)]
        far, state = m.repeat(going, started, step, WALK)
        return far, self.jets(state[3:])[0]
