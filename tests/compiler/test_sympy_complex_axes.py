"""Complex functions where a part is 0, where parts are equal and beside branch cuts: values and derivatives against mpmath."""

import mpmath
import numpy as np
import pytest
import sympy as sp
from mpmath import mp

import wengert as wg

z = sp.Symbol("z")
FUNCTIONS = [
    sp.exp, sp.log, sp.sin, sp.cos, sp.tan, sp.sinh, sp.cosh, sp.tanh, sp.asin, sp.acos, sp.atan, sp.asinh, sp.acosh, sp.atanh, sp.sec,
    sp.csc, sp.cot, sp.sech, sp.csch, sp.coth, sp.asec, sp.acsc, sp.acot, sp.asech, sp.acsch, sp.acoth, sp.sqrt, sp.cbrt,
]
# Both axes with zeros of both signs, where a part is 0; where parts or those of 1 - z, 1 + z are equal or 0; near and on branch cuts.
AXES = [complex(x, y) for size in (3.0, 0.5, 1e-2) for far in (size, -size) for zero in (0.0, -0.0) for x, y in ((zero, far), (far, zero))]
PLACES = [
    *AXES, 1 + 1j, -1 + 1j, 1 - 2j, -1 - 0.5j, 0.3 - 0.7j, -2 - 3j, 5 + 0.1j, -0.2 + 4j, complex(1e-300, 3), complex(3, -1e-300),
    complex(-1e-300, 0.5), complex(-2, 1e-300), complex(-2, -1e-300), complex(-1e-13, -0.5), 1e8 + 1j, 1 + 1e8j, complex(1e300, 1),
    complex(-1e300, 1e300),
]
ALL = [f(z) for f in FUNCTIONS] + [
    z**5, z**-3, 1 / z, z**sp.Rational(3, 2), 1 / sp.sqrt(z), z**sp.Rational(-5, 2), z**sp.pi, z**(1 + 2 * sp.I), 2**z, sp.I**z, z**z,
    sp.sqrt(z**2 + 1), sp.log(z, 3), sp.exp(sp.I * z),
]
PERIODIC = (sp.exp, sp.sin, sp.cos, sp.Pow)  # what turns with the size of its argument; the rounding of log(2)*z or of z**2 is seen there


def near(at: complex) -> mpmath.mpc:
    """mpmath has zeros of no sign: a point off the axis, on its side."""
    return mpmath.mpc(*(part or mpmath.mpf(np.copysign(1e-20, part)) for part in (at.real, at.imag)))


def exact(expr, at: complex) -> list[mpmath.mpc]:
    """The value and two derivatives, NaN where they do not fit into floats. Far out mpmath cancels all of 50 digits."""
    with mp.workdps(50 if abs(at) < 1e100 else 700):
        found = [mpmath.mpc(sp.lambdify([z], sp.diff(expr, z, order), "mpmath")(near(at))) for order in range(3)]
    return [value if 1e-290 < abs(value) < 1e290 else mpmath.mpc(mp.nan) for value in found]


def assert_close(found, true, where) -> None:
    if not mp.isnan(true):
        assert abs(mpmath.mpc(complex(found)) - true) <= 1e-11 * abs(true), f"{where}: {found}, true {mp.nstr(true, 20)}"


def places(expr) -> list[complex]:
    large = expr.func not in PERIODIC or expr in (1 / z, z**-3, z**5, 1 / sp.sqrt(z))
    return [at for at in PLACES if large or abs(at) < 1e3]


@pytest.mark.parametrize("expr", ALL, ids=str)
def test_derivatives_on_axes_and_near_cuts(expr):
    f = wg.lambdify([z], expr, "hessian", dtype=complex)
    with mp.workdps(50):
        for at in places(expr):
            value, (slope,), ((bend,),) = f(at)
            for order, (found, true) in enumerate(zip((value, slope, bend), exact(expr, at))):
                assert_close(found, true, f"derivative {order} of {expr} at {at}")


@pytest.mark.parametrize("expr", ALL, ids=str)
def test_parts_of_functions_by_real_variables(expr):
    """By x and by y: Cauchy's and Riemann's equations, also of second order. (-0 + 0*y is 0, so no x here is -0.)"""
    x, y = sp.symbols("x y", real=True)
    whole = expr.subs(z, x + sp.I * y)
    parts = [wg.lambdify([x, y], part(whole), "hessian") for part in (sp.re, sp.im)]
    with mp.workdps(50):
        for at in (3j, -0.5j, complex(3, -0.0), -3 + 0j, 0.5 + 0j, 1 + 1j, -1 - 2j):
            (u, du, ddu), (v, dv, ddv) = (f(at.real, at.imag) for f in parts)
            value, slope, bend = exact(expr, at)
            assert_close(u + 1j * v, value, f"{expr} at {at}")
            for by, (a, b) in enumerate(zip(du, dv)):
                assert_close(a + 1j * b, slope * 1j**by, f"{expr} at {at} by {'xy'[by]}")
            for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
                assert_close(ddu[i, j] + 1j * ddv[i, j], bend * 1j ** (i + j), f"{expr} at {at} by {'xy'[i]} and {'xy'[j]}")


@pytest.mark.parametrize("at", [0 + 3j, complex(-0.0, 3), 3 + 0j, complex(-3, 0.0), 1 + 1j, -1 - 2j, complex(-0.0, -0.5)])
def test_what_is_not_holomorphic_by_real_variables(at):
    x, y = sp.symbols("x y", real=True)
    w = x + sp.I * y
    size, angle = sp.sqrt(x**2 + y**2), sp.atan2(y, x)
    pairs = {
        sp.Abs(w): size, sp.arg(w): angle, sp.re(sp.sign(w)): x / size, sp.im(sp.sign(w)): y / size,
        sp.re(sp.conjugate(w) * w): x**2 + y**2, sp.im(sp.conjugate(sp.sqrt(w))): -sp.sqrt(size) * sp.sin(angle / 2),
        sp.Abs(1 + sp.sqrt(w)): sp.sqrt(1 + size + 2 * sp.sqrt(size) * sp.cos(angle / 2)),
        sp.im(sp.log(1 + sp.sqrt(w))): sp.atan2(sp.sqrt(size) * sp.sin(angle / 2), 1 + sp.sqrt(size) * sp.cos(angle / 2)),
    }
    point = near(at).real, near(at).imag
    for given, real in pairs.items():
        _, gradient, hessian = wg.lambdify([x, y], given, "hessian", dtype=complex)(at.real, at.imag)
        with mp.workdps(50):
            for i, a in enumerate((x, y)):
                for found, by in ((gradient[i], (a,)), (hessian[i][0], (a, x)), (hessian[i][1], (a, y))):
                    true = sp.lambdify([x, y], sp.diff(real, *by), "mpmath")(*point)
                    assert abs(mpmath.mpc(complex(found)) - true) <= 1e-13, f"{given} at {at} by {by}"
