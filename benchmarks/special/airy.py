"""The Airy functions and their derivatives."""
from __future__ import annotations

import mpmath as mp

import wengert as wg

from .oracle import Case, Slope, log, uniform


def ai(x: mp.mpf) -> mp.mpf:
    return mp.airyai(x)


def bi(x: mp.mpf) -> mp.mpf:
    return mp.airybi(x)


def ai_prime(x: mp.mpf) -> mp.mpf:
    return mp.airyai(x, derivative=1)


def bi_prime(x: mp.mpf) -> mp.mpf:
    return mp.airybi(x, derivative=1)


def height(x: mp.mpf) -> mp.mpf:
    """Of the waves of Ai and Bi below 0."""
    return 1 / (mp.sqrt(mp.pi) * max(-x, 1) ** 0.25) if x < 0 else mp.mpf(0)


def slope_height(x: mp.mpf) -> mp.mpf:
    return max(-x, 1) ** 0.25 / mp.sqrt(mp.pi) if x < 0 else mp.mpf(0)


REGIONS = [(uniform(-10, 10),), (uniform(0, 100),), (uniform(-100, 0),), (log(-10, -1e12),)]
RANGE = "-1e12 < x; below 0 relative to the height of the wave"
CASES = [
    Case("airyai(x)", wg.special.airyai, ai, REGIONS, RANGE, "native", [Slope(0, "native", ai_prime, least=slope_height)],
         least=height, points=[[0.0]], share=0.3),
    Case("airybi(x)", wg.special.airybi, bi, REGIONS, RANGE, "native", [Slope(0, "native", bi_prime, least=slope_height)],
         least=height, points=[[0.0]], share=0.3),
    Case("airyaiprime(x)", wg.special.airyaiprime, ai_prime, REGIONS, RANGE, "native",
         [Slope(0, "closed form", lambda x: x * ai(x), least=lambda x: -x * height(x))], least=slope_height, share=0.3),
    Case("airybiprime(x)", wg.special.airybiprime, bi_prime, REGIONS, RANGE, "native",
         [Slope(0, "closed form", lambda x: x * bi(x), least=lambda x: -x * height(x))], least=slope_height, share=0.3),
]
