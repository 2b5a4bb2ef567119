"""Orthogonal polynomials."""
from __future__ import annotations

import mpmath as mp

import wengert as wg

from .oracle import Case, Slope, uniform

SERIES = "differentiated series"
special = wg.special


def _of_degree(n: int, build, exact, name: str, ends: float, least=None) -> Case:
    """A fixed degree: the recurrence, of which rounding errors are relative to the polynomial's size around its zeros."""
    return Case(
        name, lambda x: build(n, x), lambda x: exact(n, x), [(uniform(-ends, ends),)], f"|x| <= {ends:g}, relative to 1 near zeros",
        "recurrence", [Slope(0, "recurrence", lambda x: mp.diff(lambda t: exact(n, t), x), least=lambda x: n)],
        least=least or (lambda x: 1), share=0.3,
    )


CASES = [
    _of_degree(20, special.eval_legendre, mp.legendre, "eval_legendre(20, x)", 1.0),
    _of_degree(20, special.eval_chebyt, mp.chebyt, "eval_chebyt(20, x)", 1.0),
    _of_degree(20, special.eval_chebyu, mp.chebyu, "eval_chebyu(20, x)", 1.0, least=lambda x: 5),
    Case(
        "eval_legendre(n, x)", special.eval_legendre, mp.legendre,
        [(uniform(0.1, 50), uniform(-0.99, 1)), (uniform(0.1, 9), uniform(1, 5))],
        "0 < n < 50, -0.99 < x < 1; n < 9, 1 < x < 5; relative to 1, the slope by x to n", "series",
        [Slope(0, SERIES, least=lambda n, x: 1), Slope(1, "closed form", least=lambda n, x: n)],
        least=lambda n, x: 1, share=0.1,
    ),
    Case(
        "eval_jacobi(n, a, b, x)", special.eval_jacobi, mp.jacobi,
        [(uniform(0.5, 9), uniform(0.2, 3), uniform(0.2, 3), uniform(-0.8, 0.99))],
        "0.5 < n < 9, 0.2 < a, b < 3, -0.8 < x < 1; relative to 1, slopes to 10", "series",
        [*(Slope(k, SERIES, least=lambda n, a, b, x: 10) for k in range(3)), Slope(3, "closed form", least=lambda n, a, b, x: 10)],
        least=lambda n, a, b, x: 1, share=0.03,
    ),
    Case(
        "eval_gegenbauer(n, a, x)", special.eval_gegenbauer, mp.gegenbauer, [(uniform(0.5, 9), uniform(0.3, 3), uniform(-0.8, 0.99))],
        "0.5 < n < 9, 0.3 < a < 3, -0.8 < x < 1; relative to 1, slopes to 10", "series",
        [*(Slope(k, SERIES, least=lambda n, a, x: 10) for k in range(2)), Slope(2, "closed form", least=lambda n, a, x: 10)],
        least=lambda n, a, x: 1, share=0.03,
    ),
    Case(
        "eval_genlaguerre(n, a, x)", special.eval_genlaguerre, mp.laguerre, [(uniform(0.5, 9), uniform(0.2, 3), uniform(0, 20))],
        "0.5 < n < 9, 0.2 < a < 3, 0 < x < 20; relative to 1, slopes to 10", "series",
        [*(Slope(k, SERIES, least=lambda n, a, x: 10) for k in range(2)), Slope(2, "closed form", least=lambda n, a, x: 10)],
        least=lambda n, a, x: 1, share=0.03,
    ),
]
