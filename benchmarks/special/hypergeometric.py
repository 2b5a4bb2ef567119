"""Hypergeometric functions."""
from __future__ import annotations

import mpmath as mp

import wengert as wg

from .oracle import Case, Slope, choice, integers, log, together, uniform

SERIES = "differentiated series"
special = wg.special


def _phase(x, y, size):
    """The slope by the wave's phase 2 sqrt(size |x|), from y' by x."""
    return y * mp.sqrt(abs(x) / size)


def _m_height(a, b, x):
    above = b - a if x < 0 else a                 # a wave only where this is negative
    value = mp.hyp1f1(a, b, x)
    if above >= 0:
        return value
    slope = a / b * mp.hyp1f1(a + 1, b + 1, x) - (value if x < 0 else 0)
    return mp.hypot(value, _phase(x, slope, 1 - above))


def _f01_height(b, x):
    return mp.hypot(mp.hyp0f1(b, x), _phase(x, mp.hyp0f1(b + 1, x) / b, 1)) if x < 0 else mp.hyp0f1(b, x)


def _f21_height(a, b, c, x):
    value = mp.hyp2f1(a, b, c, x)
    slope = a * b / c * mp.hyp2f1(a + 1, b + 1, c + 1, x)
    return mp.hypot(value, slope * mp.sqrt(abs(x) * (1 - x) / ((1 + abs(a)) * (1 + abs(b)))))


def _slopes(height, count, bound=1e-12):
    return [Slope(k, SERIES, least=height, bound=bound) for k in range(count)]


def _apart(low, high):
    """Numbers that are no closer than 0.02 to a whole one: beside -n the polynomial and what grows like exp(x) may cancel."""
    whole, rest = integers(low, high - 1), uniform(0.02, 0.98)
    return lambda rng, n: whole(rng, n) + rest(rng, n)


def _beside(low, high):
    """Numbers beside whole ones, at distances of every order of magnitude."""
    whole, distance, side = integers(low, high), log(1e-10, 1e-2), choice(-1, 1)
    return lambda rng, n: whole(rng, n) + side(rng, n) * distance(rng, n)


def _mirrored(a, b, x):
    """1F1's arguments with x < 0 and b - a = a given."""
    return b - a, b, -x


POSITIVE = uniform(0.1, 30)
LARGE = "-30 < a < 30, 0.1 < b < 30, |x| < 500; relative to the height of a wave"

CASES = [
    Case(
        "hyp0f1(b, x)", special.hyp0f1, mp.hyp0f1,
        [(POSITIVE, uniform(-500, 500)), (POSITIVE, log(1e-6, 1e4)), (POSITIVE, log(-1e-6, -1e4))],
        "0.1 < b < 30, |x| < 1e4; relative to the height of a wave", "series",
        [*_slopes(_f01_height, 1),
         Slope(1, "closed form", lambda b, x: mp.hyp0f1(b + 1, x) / b, least=lambda b, x: _f01_height(b + 1, x) / b)],
        least=_f01_height, share=0.1,
    ),
    Case(
        "hyp1f1(a, b, x)", special.hyp1f1, mp.hyp1f1,
        [(uniform(-30, 30), POSITIVE, uniform(0, 500)), (_beside(-30, 0), POSITIVE, uniform(0, 500)),
         (_apart(-30, 30), POSITIVE, uniform(0, 30)),
         together(_mirrored, _apart(-30, 30), POSITIVE, uniform(0, 500)), (uniform(0.1, 30), POSITIVE, log(-1e-6, -500)),
         (integers(-30, -1), POSITIVE, uniform(0, 500))],
        LARGE, "series",
        [*_slopes(_m_height, 2),
         Slope(2, "closed form", lambda a, b, x: a / b * mp.hyp1f1(a + 1, b + 1, x),
               least=lambda a, b, x: abs(a / b) * _m_height(a + 1, b + 1, x))],
        least=_m_height, share=0.1,
    ),
    Case(
        "hyp2f1(a, b, c, x)", special.hyp2f1, mp.hyp2f1,
        [(uniform(-10, 10), uniform(-10, 10), uniform(0.1, 10), uniform(-1, 1)), (uniform(0, 30), uniform(0, 30), POSITIVE, uniform(-1, 1)),
         (uniform(-5, 5), uniform(-5, 5), uniform(0.1, 10), log(-1, -1e3))],
        "|a|, |b| < 10, 0.1 < c < 10, |x| < 1; 0 < a, b, c < 30, |x| < 1; |a|, |b| < 5, -1e3 < x; relative to the height of a wave",
        "series",
        [*_slopes(_f21_height, 3),
         Slope(3, "closed form", lambda a, b, c, x: a * b / c * mp.hyp2f1(a + 1, b + 1, c + 1, x),
               least=lambda a, b, c, x: abs(a * b / c) * _f21_height(a + 1, b + 1, c + 1, x))],
        least=_f21_height, share=0.03,
    ),
    Case(
        "hyp0f1(b < 0, x)", special.hyp0f1, mp.hyp0f1, [(uniform(-30, 0), uniform(-500, 500)), (_beside(-29, -1), uniform(-500, 500))],
        "-30 < b < 0, |x| < 500; relative to the height of a wave", "series", _slopes(_f01_height, 1), least=_f01_height, share=0.05,
    ),
    Case(
        "hyp1f1(a, b < 0, x)", special.hyp1f1, mp.hyp1f1, [
            (uniform(-30, 30), uniform(-30, 0), uniform(0, 500)), (_beside(-30, 30), _beside(-29, -1), uniform(0, 500)),
            together(_mirrored, _apart(-30, 30), _apart(-30, 0), uniform(0, 500)),
        ], "|a| < 30, -30 < b < 0, |x| < 500; relative to the height of a wave", "series", _slopes(_m_height, 2), least=_m_height,
        share=0.05,
    ),
    Case(
        "hyp2f1(a, b, c < 0, x)", special.hyp2f1, mp.hyp2f1, [
            (uniform(-5, 5), uniform(-5, 5), uniform(-20, 0), uniform(-1, 1)),
            (uniform(-5, 5), uniform(-5, 5), uniform(-20, 0), log(-1, -1e3)),
            (_beside(-5, 5), _beside(-5, 5), _beside(-19, -1), uniform(-1, 1)),
        ], "|a|, |b| < 5, -20 < c < 0, -1e3 < x < 1; relative to the height of a wave", "series", _slopes(_f21_height, 3),
        least=_f21_height, share=0.03,
    ),
]
