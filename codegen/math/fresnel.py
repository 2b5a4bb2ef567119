"""The Fresnel integrals and their integrands: fresnels, fresnelc, fresnel_sine, fresnel_cosine (NIST DLMF 7.2, 7.5).

Below 1.75 polynomials in x^4; beyond, the sine and cosine of pi x^2 / 2 times slowly varying functions of 1/x^2. The angle
is reduced exactly, so the results are right for every x. Floats are computed in double precision. The constants are printed by
`benchmarks/special_coefficients.py`.
"""
from __future__ import annotations

from math import pi

from .core import Lanes, Value
from .pieces import polynomial

NEAR = 1.75
WHOLE = 2.0 ** 54             # from here on x is a multiple of 4 and the angle one of 2 pi

S_NEAR = (0.2, -1.0, 0.20912085430450597, -0.19735538510632786, 0.09131257882630132,
          -0.022190229675032928, 0.003272399653920588, -0.0003231939480945493, 2.2865836623959728e-05, -1.2161185967545954e-06,
          5.0407706295293827e-08, -1.6745433617088513e-09, 4.5589164026280985e-11, -1.0358548530945851e-12, 1.9959158382032643e-14,
          -3.2971483643263047e-16)
C_NEAR = (0.2, -1.0, 0.30065058402298256, -0.3081707519590526, 0.27215723453680224,
          -0.0976004164543417, 0.01891012366371322, -0.0023048365121181294, 0.00019357035565954278, -1.1901639019911837e-05,
          5.594456376020058e-07, -2.0770083415302183e-08, 6.247211769151746e-10, -1.5536929428517782e-11, 3.25213933978373e-13,
          -5.79757696930774e-15)
F = (6.125, -1.0, 0.9925213887785719, -0.0139164344444197, -0.005187952964541269,
     0.0012874131159649582, -8.291793431298626e-05, -7.06489203936178e-05, 4.03253961619466e-05, -1.1962506485576908e-05,
     9.11988789622952e-07, 1.484925689583273e-06, -1.2170502374118856e-06, 5.953033636114525e-07, -1.9016871495731694e-07,
     1.2805425209391638e-08, 3.385745749794744e-08, -3.7560232839160955e-08, 3.4555531700371794e-08, -1.4151982688248147e-08,
     -9.934595456228086e-09, 3.6141865271437143e-09, 1.1793060582455151e-08, -3.0613016480227268e-09, -8.250325553381e-09,
     3.5714061417361602e-09, 1.6954011054335233e-09, -9.289732315945588e-10)
G = (6.125, -1.0, 0.9646885198897325, -0.06250111519141044, -0.018215286126898645,
     0.008348548335720367, -0.001452750614591054, -0.00029323332002668457, 0.0003567551184728717, -0.00016484654396622153,
     4.223157547255419e-05, 3.8791237541339644e-06, -1.2453731512044024e-05, 9.093473566494739e-06, -4.461788287896226e-06,
     1.4124311741865199e-06, -4.184398974180179e-09, -3.3401207850061217e-07, 3.284350415717631e-07, -4.178208874567887e-07,
     3.0133541267552625e-07, 1.4868503003489587e-07, -2.2583479030535928e-07, -1.7143770796126013e-07, 2.1251355040419777e-07,
     1.1239962332088162e-07, -1.5172499069346678e-07, -1.7391199566559143e-08, 4.610833151976953e-08, -2.13786549608766e-09,
     -4.3768181904068804e-09)
SINE = (8.0, -1.0, 1.4912869069012666, -0.07828239363821947, 0.00121799905819711,
        -8.988464149179653e-06, 3.862431718220861e-08, -1.0853182150907887e-10, 2.1491760758489416e-13, -3.16029784154533e-16)
COSINE = (8.0, -1.0, 0.8497104919695335, -0.14640674972236453, 0.003842678011863355,
          -3.9858925971993e-05, 2.2061010107419925e-07, -7.583866944385916e-10, 1.7758555332750598e-12, -3.0142101619856778e-15)


def _turn(m: Lanes, a: Value) -> tuple[Value, Value]:
    """The sine and cosine of pi a^2 / 2 for a >= 0: a^2 with its rounding error, reduced modulo 4, less the nearest integer."""
    square, error = m.two_prod(*[m.at_most(a, WHOLE)] * 2)
    high, low = m.two_sum(_modulo_4(m, square), _modulo_4(m, error))
    n, bits = m.nearest(high)
    rest = (high - n) + low
    v = rest * rest
    sine, cosine = rest * polynomial(m, v, SINE), polynomial(m, v, COSINE)
    odd = (bits & 1) != 0
    return _signed(m.where(odd, cosine, sine), bits), _signed(m.where(odd, sine, cosine), bits + 1)


def _modulo_4(m: Lanes, x: Value) -> Value:
    """x less the nearest multiple of 4, exactly."""
    return x - 4.0 * m.rint(x * 0.25)


def _signed(x: Value, bits: Value) -> Value:
    """x, negated where the second bit is set."""
    return (x.bits() ^ ((bits & 2) << 62)).floating()


def _auxiliary(m: Lanes, a: Value) -> tuple[Value, Value]:
    """f and g of DLMF 7.5.3 and 7.5.4 for a >= NEAR."""
    inverse = 1.0 / a
    u = inverse * inverse
    f = inverse * (1 / pi) * polynomial(m, u, F)
    return f, inverse * u * (1 / pi**2) * polynomial(m, u, G)


def fresnels(m: Lanes, x: Value) -> Value:
    """The integral of sin(pi t^2 / 2) from 0 to x."""
    d, x = m.as_double(), m.widen(x)
    a = d.abs(x)
    square = a * a
    near = x * square * polynomial(d, square * square, S_NEAR)
    (f, g), (sine, cosine) = _auxiliary(d, a), _turn(d, a)
    far = d.copysign(0.5 - d.mad(f, cosine, g * sine), x)
    return m.narrow(d.where(a >= NEAR, far, near))


def fresnelc(m: Lanes, x: Value) -> Value:
    """The integral of cos(pi t^2 / 2) from 0 to x."""
    d, x = m.as_double(), m.widen(x)
    a = d.abs(x)
    square = a * a
    near = x * polynomial(d, square * square, C_NEAR)
    (f, g), (sine, cosine) = _auxiliary(d, a), _turn(d, a)
    far = d.copysign(0.5 + d.mad(f, sine, -(g * cosine)), x)
    return m.narrow(d.where(a >= NEAR, far, near))


def fresnel_sine(m: Lanes, x: Value) -> Value:
    """sin(pi x^2 / 2); NaN at the infinities."""
    d, x = m.as_double(), m.widen(x)
    return m.narrow(_turn(d, d.abs(x))[0] + (x - x))


def fresnel_cosine(m: Lanes, x: Value) -> Value:
    """cos(pi x^2 / 2); NaN at the infinities."""
    d, x = m.as_double(), m.widen(x)
    return m.narrow(_turn(d, d.abs(x))[1] + (x - x))


FUNCTIONS = {"fresnels": fresnels, "fresnelc": fresnelc, "fresnel_sine": fresnel_sine, "fresnel_cosine": fresnel_cosine}
