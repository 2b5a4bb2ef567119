"""Density functionals: exchange and correlation energies, in the density or in reduced variables, atomic units.

Parameters as in Marques, Oliveira and Burnus, Comput. Phys. Commun. 183 (2012) 2272 (libxc) where papers differ.
"""
from sympy import Piecewise, Rational, asinh, atan, erf, exp, log, pi, sqrt

from .formula import collection

FORMULAS, formula = collection()
THIRD = Rational(1, 3)
GAMMA = (1 - log(2)) / pi**2


def slater(n):
    return -Rational(3, 4) * (3 / pi)**THIRD * n**Rational(4, 3)


def radius(n):
    """Of the sphere that holds one electron."""
    return (3 / (4 * pi * n))**THIRD


def interpolation(zeta):
    """Between the unpolarised and the polarised gas."""
    return ((1 + zeta)**Rational(4, 3) + (1 - zeta)**Rational(4, 3) - 2) / (2**Rational(4, 3) - 2)


def reduced_gradient(n, slope):
    return slope / (2 * (3 * pi**2)**THIRD * n**Rational(4, 3))


@formula("Dirac (1930), Slater (1951): exchange of a polarised gas", hard=[(1e-12, 0), (10, 0.9999999), (1, 1e-8)])
def slater_exchange(n=(1e-3, 10), zeta=(-0.95, 0.95)):
    return slater(n) * ((1 + zeta)**Rational(4, 3) + (1 - zeta)**Rational(4, 3)) / 2


@formula("Vosko, Wilk and Nusair, Can. J. Phys. 58 (1980) 1200: correlation of the unpolarised gas, fit V", hard=[(1e-4,), (1e4,)])
def vwn5(rs=(0.1, 50)):
    a, x0, b, c = 0.0310907, -0.10498, 3.72744, 12.9352
    q, x = sqrt(4 * c - b**2), sqrt(rs)
    whole = x**2 + b * x + c
    angle = atan(q / (2 * x + b))
    inner = log((x - x0)**2 / whole) + 2 * (b + 2 * x0) / q * angle
    return a * (log(x**2 / whole) + 2 * b / q * angle - b * x0 / (x0**2 + b * x0 + c) * inner)


def perdew_wang(rs, a, alpha, b1, b2, b3, b4):
    root = sqrt(rs)
    return -2 * a * (1 + alpha * rs) * log(1 + 1 / (2 * a * (b1 * root + b2 * rs + b3 * rs * root + b4 * rs**2)))


@formula("Perdew and Wang, Phys. Rev. B 45 (1992) 13244: correlation of the polarised gas", hard=[
    (1e-5, 0.5), (1e5, -0.3), (2, 1e-6), (2, 0.9999999)])
def pw92(rs=(0.1, 50), zeta=(-0.95, 0.95)):
    unpolarised = perdew_wang(rs, 0.0310907, 0.21370, 7.5957, 3.5876, 1.6382, 0.49294)
    polarised = perdew_wang(rs, 0.01554535, 0.20548, 14.1189, 6.1977, 3.3662, 0.62517)
    stiffness = -perdew_wang(rs, 0.0168869, 0.11125, 10.357, 3.6231, 0.88026, 0.49671)
    f = interpolation(zeta)
    return unpolarised + stiffness * f / 1.709921 * (1 - zeta**4) + (polarised - unpolarised) * f * zeta**4


@formula("Perdew and Zunger, Phys. Rev. B 23 (1981) 5048", hard=[(0.9999999,), (1.0000001,), (1e-6,)])
def perdew_zunger(rs=(0.05, 20)):
    dense = 0.0311 * log(rs) - 0.048 + 0.0020 * rs * log(rs) - 0.0116 * rs
    return Piecewise((dense, rs < 1), (-0.1423 / (1 + 1.0529 * sqrt(rs) + 0.3334 * rs), True))


@formula("Chachiyo, J. Chem. Phys. 145 (2016) 021101", hard=[(1e-6,), (1e8,)])
def chachiyo(rs=(0.05, 50)):
    a, b = (log(2) - 1) / (2 * pi**2), 20.4562557
    return a * log(1 + b / rs + b / rs**2)


@formula("Hedin and Lundqvist, J. Phys. C 4 (1971) 2064", hard=[(1e-4,), (1e4,)])
def hedin_lundqvist(rs=(0.1, 50)):
    x = rs / 21
    return -0.0225 * ((1 + x**3) * log(1 + 1 / x) + x / 2 - x**2 - THIRD)


@formula("Perdew, Burke and Ernzerhof, Phys. Rev. Lett. 77 (1996) 3865: exchange", hard=[(1e-8, 1e-8), (1, 0), (1e-3, 100)])
def pbe_exchange(n=(1e-2, 10), slope=(0.01, 10)):
    kappa, mu = 0.804, 0.2195149727645171
    s = reduced_gradient(n, slope)
    return slater(n) * (1 + kappa - kappa / (1 + mu * s**2 / kappa))


@formula("Perdew, Burke and Ernzerhof (1996): correlation of the unpolarised gas", hard=[(1e-6, 1e-7), (1, 1e-9), (100, 300), (0.5, 50)])
def pbe_correlation(n=(1e-2, 10), slope=(0.01, 10)):
    beta = 0.06672455060314922
    gas = perdew_wang(radius(n), 0.0310907, 0.21370, 7.5957, 3.5876, 1.6382, 0.49294)
    t2 = (slope / n)**2 * pi / (16 * (3 * pi**2 * n)**THIRD)
    a = beta / GAMMA / (exp(-gas / GAMMA) - 1)
    return gas + GAMMA * log(1 + beta / GAMMA * t2 * (1 + a * t2) / (1 + a * t2 + a**2 * t2**2))


@formula("Hammer, Hansen and Norskov, Phys. Rev. B 59 (1999) 7413: RPBE enhancement", hard=[(1e-9,), (30,)])
def rpbe_enhancement(s=(0.05, 5)):
    return 1 + 0.804 * (1 - exp(-0.2195149727645171 * s**2 / 0.804))


@formula("Becke, Phys. Rev. A 38 (1988) 3098: exchange of one spin", hard=[(1e-6, 1e-12), (1, 0), (1e-4, 1)])
def b88(n=(1e-2, 5), slope=(0.01, 10)):
    beta, x = 0.0042, slope / n**Rational(4, 3)
    return -n**Rational(4, 3) * (Rational(3, 2) * (3 / (4 * pi))**THIRD + beta * x**2 / (1 + 6 * beta * x * asinh(x)))


@formula("Becke, J. Chem. Phys. 84 (1986) 4524: exchange of one spin", hard=[(1e-6, 1e-12), (1, 1e-9)])
def b86(n=(1e-2, 5), slope=(0.01, 10)):
    x = slope / n**Rational(4, 3)
    return -n**Rational(4, 3) * (Rational(3, 2) * (3 / (4 * pi))**THIRD + 0.0036 * x**2 / (1 + 0.004 * x**2))


@formula("Perdew and others, Phys. Rev. B 46 (1992) 6671: PW91 exchange enhancement", hard=[(1e-9,), (20,)])
def pw91_enhancement(s=(0.05, 6)):
    sinh_part = 0.19645 * s * asinh(7.7956 * s)
    return (1 + sinh_part + (0.2743 - 0.1508 * exp(-100 * s**2)) * s**2) / (1 + sinh_part + 0.004 * s**4)


@formula("Perdew and Wang, Phys. Rev. B 33 (1986) 8800: PW86 exchange enhancement", hard=[(1e-9,), (1e3,)])
def pw86_enhancement(s=(0.05, 6)):
    return (1 + 1.296 * s**2 + 14 * s**4 + 0.2 * s**6)**Rational(1, 15)


@formula("Lee, Yang and Parr, Phys. Rev. B 37 (1988) 785, in the form of Miehlich and others (1989): both spins and three gradients", hard=[
    (1e-4, 1e-4, 1e-8, 1e-8, 1e-8), (0.5, 1e-9, 0.1, 0, 0)])
def lyp(u=(0.05, 2), v=(0.05, 2), uu=(0, 3), uv=(0, 3), vv=(0, 3)):
    a, b, c, d = 0.04918, 0.132, 0.2533, 0.349
    n = u + v
    root = n**-THIRD
    omega = exp(-c * root) / (1 + d * root) * n**-Rational(11, 3)
    delta = c * root + d * root / (1 + d * root)
    kinetic = Rational(3, 10) * (3 * pi**2)**Rational(2, 3)
    total = uu + 2 * uv + vv
    bulk = 2**Rational(11, 3) * kinetic * (u**Rational(8, 3) + v**Rational(8, 3)) + (Rational(47, 18) - 7 * delta / 18) * total
    bulk += -(Rational(5, 2) - delta / 18) * (uu + vv) - (delta - 11) / 9 * (u / n * uu + v / n * vv)
    rest = -2 * n**2 / 3 * total + (2 * n**2 / 3 - u**2) * vv + (2 * n**2 / 3 - v**2) * uu
    return -4 * a / (1 + d * root) * u * v / n - a * b * omega * (u * v * bulk + rest)


@formula("Handy and Cohen, Mol. Phys. 99 (2001) 403: OPTX exchange of one spin", hard=[(1e-6, 1e-12), (1, 1e-9)])
def optx(n=(1e-2, 5), slope=(0.01, 10)):
    y = 0.006 * (slope / n**Rational(4, 3))**2
    u = y / (1 + y)
    return -n**Rational(4, 3) * (1.05151 * Rational(3, 2) * (3 / (4 * pi))**THIRD + 1.43169 * u**2)


@formula("Perdew and others, Phys. Rev. Lett. 100 (2008) 136406, and its spin scaling: PBEsol exchange of two spins", hard=[
    (1, 1e-8, 1, 1e-9), (1, 1, 1e-9, 1)])
def pbesol_spins(u=(0.05, 3), v=(0.05, 3), su=(0.01, 5), sv=(0.01, 5)):
    def unpolarised(n, slope):
        return slater(n) * (1 + 0.804 - 0.804 / (1 + Rational(10, 81) / 0.804 * reduced_gradient(n, slope)**2))

    return (unpolarised(2 * u, 2 * su) + unpolarised(2 * v, 2 * sv)) / 2


@formula("von Weizsacker (1935) with Thomas (1927) and Fermi (1927): kinetic energy with the gradient's second order", hard=[
    (1e-12, 1e-12), (1e3, 1e5)])
def kinetic_gradient(n=(1e-3, 10), slope=(0.01, 10)):
    return Rational(3, 10) * (3 * pi**2)**Rational(2, 3) * n**Rational(5, 3) + slope**2 / (72 * n)


@formula("Wigner, Trans. Faraday Soc. 34 (1938) 678: correlation energy", hard=[(1e-12,), (1e12,)])
def wigner(n=(1e-4, 10)):
    return -0.44 * n / (7.8 + radius(n))


@formula("Gill, Adamson and Pople, Mol. Phys. 88 (1996) 1005: short-range exchange of the gas by its screening a", hard=[(1e-3,), (0.5,)])
def screened_exchange(a=(0.05, 0.7)):
    inner = (2 * a - 4 * a**3) * exp(-1 / (4 * a**2)) - 3 * a + 4 * a**3
    return 1 - Rational(8, 3) * a * (sqrt(pi) * erf(1 / (2 * a)) + inner)


@formula("Tao, Perdew, Staroverov and Scuseria, Phys. Rev. Lett. 91 (2003) 146401: TPSS exchange enhancement", hard=[
    (1e-4, 0.5, 1), (3, 1, 1.0000001), (0.5, 1e-6, 0.1)])
def tpss_enhancement(p=(0.01, 5), z=(0.05, 0.95), alpha=(0.1, 4)):
    kappa, b, c, e, mu = 0.804, 0.40, 1.59096, 1.537, 0.21951
    q = Rational(9, 20) * (alpha - 1) / sqrt(1 + b * alpha * (alpha - 1)) + 2 * p / 3
    first = (Rational(10, 81) + c * z**2 / (1 + z**2)**2) * p
    second = Rational(146, 2025) * q**2 - Rational(73, 405) * q * sqrt(((3 * z / 5)**2 + p**2) / 2)
    third = (Rational(10, 81))**2 / kappa * p**2 + 2 * sqrt(e) * Rational(10, 81) * (3 * z / 5)**2 + e * mu * p**3
    x = (first + second + third) / (1 + sqrt(e) * p)**2
    return 1 + kappa - kappa / (1 + x / kappa)


@formula("Sun, Ruzsinszky and Perdew, Phys. Rev. Lett. 115 (2015) 036402: SCAN exchange enhancement", hard=[
    (0.5, 0.99), (0.5, 1.01), (1e-3, 0.999999), (2, 30)])
def scan_enhancement(s=(0.1, 4), alpha=(0.1, 3)):
    k1, b2, b1, b3, b4 = 0.065, 0.12083, 0.15663, 0.5, 0.12182
    mu = Rational(10, 81)
    wave = b1 * s**2 + b2 * (1 - alpha) * exp(-b3 * (1 - alpha)**2)
    x = mu * s**2 * (1 + b4 * s**2 / mu * exp(-b4 * s**2 / mu)) + wave**2
    h1 = 1 + k1 - k1 / (1 + x / k1)
    switch = Piecewise((exp(-0.667 * alpha / (1 - alpha)), alpha < 1), (-1.24 * exp(0.8 / (1 - alpha)), True))
    return (h1 + switch * (1.174 - h1)) * (1 - exp(-4.9479 / sqrt(s)))


@formula("Becke, J. Chem. Phys. 107 (1997) 8554: B97's series of exchange, one spin", hard=[(1e-9,), (1e4,)])
def b97_series(x=(0.05, 20)):
    u = 0.004 * x**2 / (1 + 0.004 * x**2)
    return 0.8094 + 0.5073 * u + 0.7481 * u**2
