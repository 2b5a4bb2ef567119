"""The exponential integrals of every order, the logarithmic, sine and cosine integrals, and Fresnel's."""
from __future__ import annotations

import mpmath as mp

import wengert as wg

from .oracle import Case, Slope, integers, log, near, uniform

EI_ZERO, CI_ZERO, CHI_ZERO, LI_ZERO = 0.37250741078136663, 0.6165054856207162, 0.5238225713898644, 1.4513692348833810
OF_ALL_SIZES = [(log(1e-300, 1),), (log(-1e-300, -1),)]


def expint(nu: mp.mpf, x: mp.mpf) -> mp.mpf:
    """mpmath's, with the digits that its sums lose."""
    with mp.workdps(mp.mp.dps + 10 + int(x / 2) + int(abs(nu) / 2)):
        return mp.re(mp.expint(nu, x))


def expint_by_order(nu: mp.mpf, x: mp.mpf) -> mp.mpf:
    h = mp.mpf(10) ** -25
    with mp.workdps(mp.mp.dps + 40):
        return (expint(nu + h, x) - expint(nu - h, x)) / (2 * h)


CASES = [
    *(Case(
        f"expn({n}, x)", lambda x, n=n: wg.special.expn(n, x), lambda x, n=n: expint(mp.mpf(n), x),
        [(log(1e-300, 1),), (uniform(0, 5),), (log(1, 700),)], "x > 0", "composition",
        [Slope(0, "closed form", lambda x, n=n: -expint(mp.mpf(n - 1), x))], share=0.3,
    ) for n in (2, 5, 20)),
    Case(
        "expn(nu, x)", wg.special.expn, expint, [
            (uniform(-10, 50), log(1e-8, 700)), (integers(-10, 50), log(1e-8, 700)), (near(*range(2, 9)), log(1e-8, 700)),
            (near(1), log(1e-300, 1)), (uniform(-9, 9), log(1e-30, 700)),
        ], "-10 < nu < 50, x > 0", "quadrature", [
            Slope(0, "quadrature", expint_by_order), Slope(1, "quadrature", lambda nu, x: -expint(nu - 1, x)),
        ], share=0.1,
    ),
    Case(
        "exp1(x)", wg.special.exp1, mp.e1, [(log(1e-300, 1),), (uniform(0, 5),), (uniform(1, 700),)], "x > 0", "native",
        [Slope(0, "closed form", lambda x: -mp.exp(-x) / x)],
    ),
    Case(
        "expi(x)", wg.special.expi, mp.ei, [*OF_ALL_SIZES, (uniform(0, 50),), (uniform(-700, 700),), (near(EI_ZERO),)],
        "all reals, also near its zero 0.37", "native", [Slope(0, "closed form", lambda x: mp.exp(x) / x)],
    ),
    Case(
        "logint(x)", wg.special.logint, mp.li, [(log(1e-300, 1),), (uniform(0, 5),), (log(1.6, 1e300),)],
        "x > 0; below 2 relative to 1", "composition", [Slope(0, "closed form", lambda x: 1 / mp.log(x))],
        least=lambda x: 1 if 0.5 < x < 2 else 0,
    ),
    Case(
        "sinint(x)", wg.special.sinint, mp.si, [*OF_ALL_SIZES, (uniform(-30, 30),), (log(1, 1e15),)], "all reals", "native",
        [Slope(0, "closed form", lambda x: mp.sinc(x))], points=[[0.0]],
    ),
    Case(
        "cosint(x)", wg.special.cosint, mp.ci, [(log(1e-300, 1),), (uniform(0, 30),), (log(1, 1e15),), (near(CI_ZERO),)],
        "x > 0, also near its first zero 0.62; from 2 on relative to 1/x", "native",
        [Slope(0, "closed form", lambda x: mp.cos(x) / x)], least=lambda x: 1 / x if x > 2 else 0,
    ),
    Case(
        "sinhint(x)", wg.special.sinhint, mp.shi, [*OF_ALL_SIZES, (uniform(-30, 30),), (uniform(-700, 700),)], "all reals", "native",
        [Slope(0, "closed form", lambda x: mp.sinh(x) / x if x else mp.mpf(1))], points=[[0.0]],
    ),
    Case(
        "coshint(x)", wg.special.coshint, mp.chi, [(log(1e-300, 1),), (uniform(0, 30),), (uniform(0, 700),), (near(CHI_ZERO),)],
        "x > 0, also near its zero 0.52", "native", [Slope(0, "closed form", lambda x: mp.cosh(x) / x)],
    ),
    Case(
        "fresnels(x)", wg.special.fresnels, mp.fresnels,
        [(log(1e-100, 1),), (log(-1e-100, -1),), (uniform(-10, 10),), (log(1, 1e17),)], "all reals", "native",
        [Slope(0, "closed form", lambda x: mp.sinpi(x * x / 2))], points=[[0.0]], share=0.5,
    ),
    Case(
        "fresnelc(x)", wg.special.fresnelc, mp.fresnelc, [*OF_ALL_SIZES, (uniform(-10, 10),), (log(1, 1e17),)], "all reals", "native",
        [Slope(0, "closed form", lambda x: mp.cospi(x * x / 2))], points=[[0.0]], share=0.5,
    ),
]
