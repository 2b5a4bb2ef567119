"""1/cosh(x), 1/sinh(x), 1/(e^x - 1), and a power less one."""
from __future__ import annotations

import mpmath as mp

from wengert.ir import ops

from .oracle import Case, Slope, log, near, uniform

OF_ALL_SIZES = [(log(1e-300, 1),), (log(-1e-300, -1),), (uniform(-700, 700),)]

APART = [(uniform(-700, 700), uniform(-700, 700)), (uniform(700, 1500), near(1000, most=500)), (log(1e-300, 1), log(1e-300, 1))]

CASES = [
    Case("sech(x)", ops.sech, mp.sech, OF_ALL_SIZES, "all reals", "composition",
         [Slope(0, "closed form", lambda x: -mp.sech(x) * mp.tanh(x))]),
    Case("csch(x)", ops.csch, mp.csch, OF_ALL_SIZES, "all reals", "composition",
         [Slope(0, "closed form", lambda x: -mp.csch(x) * mp.coth(x))]),
    Case("bose(x)", ops.bose, lambda x: 1 / mp.expm1(x), OF_ALL_SIZES, "all reals", "composition",
         [Slope(0, "closed form", lambda x: -1 / (4 * mp.sinh(x / 2) ** 2))]),
    Case("cosh_over_cosh(x, y)", ops.cosh_over_cosh, lambda x, y: mp.cosh(x) / mp.cosh(y), APART, "all reals", "composition",
         [Slope(0, "closed form", lambda x, y: mp.sinh(x) / mp.cosh(y)),
          Slope(1, "closed form", lambda x, y: -mp.cosh(x) * mp.tanh(y) / mp.cosh(y))]),
    Case("sinh_over_cosh(x, y)", ops.sinh_over_cosh, lambda x, y: mp.sinh(x) / mp.cosh(y), APART, "all reals", "composition",
         [Slope(0, "closed form", lambda x, y: mp.cosh(x) / mp.cosh(y)),
          Slope(1, "closed form", lambda x, y: -mp.sinh(x) * mp.tanh(y) / mp.cosh(y))]),
    Case("cosh_over_sinh(x, y)", ops.cosh_over_sinh, lambda x, y: mp.cosh(x) / mp.sinh(y), APART, "all reals", "composition",
         [Slope(0, "closed form", lambda x, y: mp.sinh(x) / mp.sinh(y)),
          Slope(1, "closed form", lambda x, y: -mp.cosh(x) * mp.coth(y) / mp.sinh(y))]),
    Case("sinh_over_sinh(x, y)", ops.sinh_over_sinh, lambda x, y: mp.sinh(x) / mp.sinh(y), APART, "all reals", "composition",
         [Slope(0, "closed form", lambda x, y: mp.cosh(x) / mp.sinh(y)),
          Slope(1, "closed form", lambda x, y: -mp.sinh(x) * mp.coth(y) / mp.sinh(y))]),
    Case(
        "powm1(x, p)", ops.powm1, mp.powm1,
        [(log(1e-3, 1e3), uniform(-9, 9)), (near(1), uniform(-30, 30)), (log(1e-3, 1e3), near(0, most=1))],
        "0.001 < x < 1000", "composition",
        [Slope(0, "closed form", lambda x, p: p * x ** (p - 1)), Slope(1, "closed form", lambda x, p: x**p * mp.log(x))],
    ),
]
