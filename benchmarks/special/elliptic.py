"""Legendre's elliptic integrals."""
from __future__ import annotations

import mpmath as mp

import wengert as wg
from wengert.ir.library.elementwise import row_function
from wengert.ir.ops import elliptic as ops

from .oracle import Case, Slope, log, near, uniform

M = [(log(-1e6, -1e-3),), (uniform(-3, 1),), (near(0.0, 1.0, most=0.5),)]


INCOMPLETE = [(uniform(-1.55, 1.55), uniform(-5, 0.99)), (log(1e-60, 1), uniform(-5, 0.99)), (uniform(-30, 30), uniform(-5, 0.9))]
CARLSON = log(0.2, 4)


def _by_parameter(phi: mp.mpf, m: mp.mpf) -> tuple[mp.mpf, mp.mpf]:
    """The derivatives of F and E by m (DLMF 19.4.5, 19.4.6), whose terms cancel by phi^3/phi."""
    with mp.workdps(250):
        first, second, delta = mp.ellipf(phi, m), mp.ellipe(phi, m), mp.sqrt(1 - m * mp.sin(phi) ** 2)
        by_first = (second - (1 - m) * first) / (2 * m * (1 - m)) - mp.sin(2 * phi) / (4 * (1 - m) * delta)
        return by_first, (second - first) / (2 * m)


CASES = [
    Case(
        "ellipk(m)", wg.special.ellipk, lambda m: mp.ellipk(m) if m < 1 else mp.nan, M, "m < 1, also near 1", "SciPy",
        [Slope(0, "closed form", lambda m: (mp.ellipe(m) - (1 - m) * mp.ellipk(m)) / (2 * m * (1 - m)))],
    ),
    Case(
        "ellipe(m)", wg.special.ellipe, lambda m: mp.ellipe(m) if m < 1 else mp.nan, M, "m < 1, also near 1", "SciPy",
        [Slope(0, "closed form", lambda m: (mp.ellipe(m) - mp.ellipk(m)) / (2 * m))],
    ),
    Case(
        "ellipkinc(phi, m)", wg.special.ellipkinc, mp.ellipf,
        INCOMPLETE,
        "all phi, m < 0.99", "SciPy",
        [Slope(0, "closed form", lambda phi, m: 1 / mp.sqrt(1 - m * mp.sin(phi) ** 2)),
         Slope(1, "closed form", lambda phi, m: _by_parameter(phi, m)[0])], share=0.3,
    ),
    Case(
        "ellipeinc(phi, m)", wg.special.ellipeinc, mp.ellipe,
        INCOMPLETE,
        "all phi, m < 0.99", "SciPy",
        [Slope(0, "closed form", lambda phi, m: mp.sqrt(1 - m * mp.sin(phi) ** 2)),
         Slope(1, "closed form", lambda phi, m: _by_parameter(phi, m)[1])], share=0.3,
    ),
    Case(
        "ellippi(n, m)", wg.special.ellippi, mp.ellippi, [(uniform(-3, 0.9), uniform(-3, 0.9))], "n and m < 0.9", "composition",
        [Slope(0, "quadrature"), Slope(1, "quadrature")], share=0.1,
    ),
    Case(
        "ellippiinc(n, phi, m)", wg.special.ellippiinc, mp.ellippi, [(uniform(-3, 0.9), uniform(-1.5, 1.5), uniform(-3, 0.9))],
        "|phi| < 1.5, n and m < 0.9", "composition", [Slope(0, "quadrature"), Slope(1, "closed form"), Slope(2, "quadrature")], share=0.05,
    ),
    Case(
        "carlson_rf(x, y, z)", row_function(ops.carlson_rf), mp.elliprf, [(CARLSON,) * 3], "0.2 to 4", "SciPy",
        [Slope(k, "quadrature") for k in range(3)], share=0.03,
    ),
    Case(
        "carlson_rd(x, y, z)", row_function(ops.carlson_rd), mp.elliprd, [(CARLSON,) * 3], "0.2 to 4", "SciPy",
        [Slope(k, "quadrature") for k in range(3)], share=0.03,
    ),
    Case(
        "carlson_rj(x, y, z, p)", row_function(ops.carlson_rj), mp.elliprj, [(CARLSON,) * 4], "0.2 to 4", "SciPy",
        [Slope(k, "quadrature") for k in range(4)], share=0.03,
    ),
]
