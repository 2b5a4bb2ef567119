"""Lambert's W on its real branches."""
from __future__ import annotations

from collections.abc import Callable

import mpmath as mp
import numpy as np

import wengert as wg
from wengert.ir import ops

from .oracle import Case, Region, Slope, log, uniform

EDGE = float.fromhex("-0x1.78b56362cef37p-2")  # the smallest double above -1/e


def branch(k: int) -> Callable[[mp.mpf], mp.mpf]:
    return lambda x: mp.lambertw(x, k).real


def plus_one(k: int) -> Callable[[mp.mpf], mp.mpf]:
    def exact(x: mp.mpf) -> mp.mpf:
        with mp.workdps(mp.mp.dps + 20):
            return 1 + mp.lambertw(x, k).real

    return exact


def slope(k: int) -> Callable[[mp.mpf], mp.mpf]:
    return lambda x: mp.exp(-mp.lambertw(x, k).real) / plus_one(k)(x)


def edge(rng: np.random.Generator, n: int) -> list[np.ndarray]:
    """Above -1/e at distances of every order of magnitude."""
    return [EDGE + 10.0 ** rng.uniform(-16, -0.5, n)]


UPPER: list[Region] = [edge, (uniform(-0.36, 3),), (log(1e-300, 1e300),), (log(-0.3, -1e-300),)]
LOWER: list[Region] = [edge, (uniform(-0.36, -0.01),), (log(-0.3, -1e-300),)]
CASES = [
    Case(name, build, exact(k), UPPER if k == 0 else LOWER, "x > -1/e" if k == 0 else "-1/e < x < 0", "composition",
         [Slope(0, "closed form", slope(k))])
    for name, build, exact, k in [
        ("lambertw(x)", wg.special.lambertw, branch, 0), ("lambertw(x, -1)", lambda x: wg.special.lambertw(x, -1), branch, -1),
        ("lambertw0_plus_1(x)", ops.lambertw0_plus_1, plus_one, 0), ("lambertwm1_plus_1(x)", ops.lambertwm1_plus_1, plus_one, -1),
    ]
]
