"""1/cosh(x), 1/sinh(x), 1/(e^x - 1), and a power less one."""
from __future__ import annotations

import mpmath as mp

from wengert.ir import ops

from .oracle import Case, Slope, log, near, uniform

OF_ALL_SIZES = [(log(1e-300, 1),), (log(-1e-300, -1),), (uniform(-700, 700),)]

CASES = [
    Case("sech(x)", ops.sech, mp.sech, OF_ALL_SIZES, "all reals", "composition",
         [Slope(0, "closed form", lambda x: -mp.sech(x) * mp.tanh(x))]),
    Case("csch(x)", ops.csch, mp.csch, OF_ALL_SIZES, "all reals", "composition",
         [Slope(0, "closed form", lambda x: -mp.csch(x) * mp.coth(x))]),
    Case("bose(x)", ops.bose, lambda x: 1 / mp.expm1(x), OF_ALL_SIZES, "all reals", "composition",
         [Slope(0, "closed form", lambda x: -1 / (4 * mp.sinh(x / 2) ** 2))]),
    Case(
        "powm1(x, p)", ops.powm1, mp.powm1,
        [(log(1e-3, 1e3), uniform(-9, 9)), (near(1), uniform(-30, 30)), (log(1e-3, 1e3), near(0, most=1))],
        "0.001 < x < 1000", "composition",
        [Slope(0, "closed form", lambda x, p: p * x ** (p - 1)), Slope(1, "closed form", lambda x, p: x**p * mp.log(x))],
    ),
]
