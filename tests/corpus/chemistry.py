"""Chemistry: rates, electrochemistry, activity, adsorption, equilibria, force fields, simple molecules."""
from sympy import Piecewise, Rational, acos, asinh, cos, coth, erf, exp, log, pi, sin, sqrt

from .formula import collection

FORMULAS, formula = collection()
R, F = 8.314462618, 96485.33212


@formula("Arrhenius in the modified form; Kooij (1893)", hard=[(1, 0.5, 300e3, 50), (1e13, -2, 0, 5000)])
def arrhenius(a=(1, 1e12), n=(-2, 3), e=(1e3, 2e5), t=(200, 3000)):
    return a * t**n * exp(-e / (R * t))


@formula("Gilbert, Luther and Troe, Ber. Bunsenges. 87 (1983) 169: rate in the falloff", hard=[(1e-20, 1e-10, 0.6), (1e12, 1, 0.999)])
def troe_falloff(reduced=(1e-4, 1e4), k=(0.1, 10), centre=(0.1, 0.9)):
    def log10(x):
        return log(x) / log(10)

    c, n = -0.4 - 0.67 * log10(centre), 0.75 - 1.27 * log10(centre)
    x = log10(reduced) + c
    broadening = log10(centre) / (1 + (x / (n - 0.14 * x))**2)
    return k * reduced / (1 + reduced) * 10**broadening


@formula("Eyring (1935); Atkins, Physical Chemistry, 18: rate from enthalpy and entropy of activation, with Wigner's tunnelling", hard=[
    (8e4, -50, 77, 1500)])
def eyring_wigner(h=(2e4, 1e5), s=(-100, 50), t=(200, 1000), wave=(100, 2000)):
    u = 1.438776877 * wave / t
    return (1 + u**2 / 24) * 2.083661912e10 * t * exp(s / R - h / (R * t))


@formula("Bell, Trans. Faraday Soc. 55 (1959) 1: tunnelling correction of a parabolic barrier", hard=[(1e-8,), (6.28318,)])
def bell_tunnelling(u=(0.1, 5.5)):
    return (u / 2) / sin(u / 2)


@formula("Marcus, J. Chem. Phys. 24 (1956) 966: rate of electron transfer", hard=[(1, -1, 300, 0.01), (0.01, 0.5, 100, 1e-4)])
def marcus(reorganisation=(0.3, 2), drive=(-2, 0.5), t=(200, 400), coupling=(1e-3, 0.05)):
    kt = 8.617333262e-5 * t
    return coupling**2 / 6.582119569e-16 * sqrt(pi / (reorganisation * kt)) * exp(-(reorganisation + drive)**2 / (4 * reorganisation * kt))


@formula("Bard and Faulkner, Electrochemical Methods, 3: Butler and Volmer's current", hard=[
    (1e-12, 0.5, 1), (1, 0.5, 1), (-0.5, 0.3, 1e-6)])
def butler_volmer(eta=(-0.3, 0.3), alpha=(0.2, 0.8), i0=(1e-4, 1)):
    f = F / (R * 298.15)
    return i0 * (exp((1 - alpha) * f * eta) - exp(-alpha * f * eta))


@formula("Newman, Electrochemical Systems: overpotential of a cell with symmetric kinetics, resistance and a limiting current", hard=[
    (1e-9, 1, 0.1), (9.999999, 1e-6, 0)])
def cell_overpotential(i=(0.01, 9), i0=(1e-4, 1), r=(0, 0.1)):
    rt = R * 298.15 / F
    return 2 * rt * asinh(i / (2 * i0)) + i * r - rt * log(1 - i / 10)


@formula("Davies, J. Chem. Soc. (1938) 2093: activity coefficient in water", hard=[(1e-12, 1), (0.5, 3)])
def davies(ionic=(1e-3, 0.5), z=(1, 3)):
    return 10**(-0.509 * z**2 * (sqrt(ionic) / (1 + sqrt(ionic)) - 0.3 * ionic))


@formula("Pitzer, J. Phys. Chem. 77 (1973) 268: osmotic coefficient of a 1-1 electrolyte", hard=[(1e-10,), (6,)])
def pitzer_osmotic(m=(1e-3, 5)):
    debye = -0.3915 * sqrt(m) / (1 + 1.2 * sqrt(m))
    return 1 + debye + m * (0.0765 + 0.2664 * exp(-2 * sqrt(m))) + m**2 * 0.00127


@formula("Renon and Prausnitz, AIChE J. 14 (1968) 135: NRTL, logarithm of an activity coefficient", hard=[
    (1, 1, 2, 0.3), (1e-12, -0.5, 3, 0.2)])
def nrtl(x=(0.01, 0.99), a=(-1, 3), b=(-1, 3), alpha=(0.2, 0.47)):
    y, ga, gb = 1 - x, exp(-alpha * a), exp(-alpha * b)
    return y**2 * (b * (gb / (x + y * gb))**2 + a * ga / (y + x * ga)**2)


@formula("Wilson, J. Am. Chem. Soc. 86 (1964) 127: excess Gibbs energy", hard=[(1e-300, 0.5, 1.5), (0.9999999999, 0.5, 1.5)])
def wilson(x=(0.01, 0.99), a=(0.1, 2), b=(0.1, 2)):
    return -x * log(x + a * (1 - x)) - (1 - x) * log(1 - x + b * x)


@formula("Abrams and Prausnitz, AIChE J. 21 (1975) 116: UNIQUAC, combinatorial part", hard=[(0.5, 1.0000001, 1, 1, 1), (1e-9, 4, 1, 4, 1)])
def uniquac(x=(0.05, 0.95), r1=(1, 5), r2=(1, 5), q1=(1, 5), q2=(1, 5)):
    volume, surface = r1 * x / (r1 * x + r2 * (1 - x)), q1 * x / (q1 * x + q2 * (1 - x))
    ratio = volume / x
    return 1 - ratio + log(ratio) - 5 * q1 * (1 - volume / surface + log(volume / surface))


@formula("Flory (1942), Huggins (1942): chemical potential of the solvent", hard=[(1e-12, 1000, 0.5), (0.9999999999, 100, 0.4)])
def flory_huggins(phi=(0.01, 0.95), n=(10, 1000), chi=(0, 1)):
    return log(1 - phi) + (1 - 1 / n) * phi + chi * phi**2


@formula("Brunauer, Emmett and Teller, J. Am. Chem. Soc. 60 (1938) 309, with n layers", hard=[(1e-9, 100, 5), (0.9999, 100, 5)])
def bet_layers(x=(0.05, 0.9), c=(10, 200), n=(2, 8)):
    return c * x / (1 - x) * (1 - (n + 1) * x**n + n * x**(n + 1)) / (1 + (c - 1) * x - c * x**(n + 1))


@formula("Toth (1971); Do, Adsorption Analysis, 2: isotherm", hard=[(1e-12, 1, 0.3), (1e12, 1, 0.3)])
def toth(p=(0.01, 100), b=(0.1, 10), n=(0.2, 1)):
    return b * p / (1 + (b * p)**n)**(1 / n)


@formula("Dubinin and Radushkevich (1947): micropore filling", hard=[(0.9999999, 300), (1e-12, 77)])
def dubinin_radushkevich(x=(1e-4, 0.9), t=(77, 350)):
    return exp(-(R * t * log(1 / x) / 12000)**2)


@formula("Harris, Quantitative Chemical Analysis: hydrogen ions of a weak acid with its salt", hard=[
    (1e-9, 1e-3, 1e-3), (1e-3, 1e-10, 1e-10)])
def weak_acid(k=(1e-6, 1e-2), acid=(1e-4, 1), salt=(1e-4, 1)):
    b = salt + k
    return 2 * k * acid / (b + sqrt(b**2 + 4 * k * acid))


@formula("Morrison, Biochim. Biophys. Acta 185 (1969) 269: tight binding of an inhibitor", hard=[(1, 1e-6, 1e-6), (1e-3, 1, 1e-9)])
def tight_binding(enzyme=(0.1, 10), inhibitor=(0.1, 10), k=(0.01, 5)):
    total = enzyme + inhibitor + k
    return 1 - (total - sqrt(total**2 - 4 * enzyme * inhibitor)) / (2 * enzyme)


@formula("Cornell and others, J. Am. Chem. Soc. 117 (1995) 5179: a dihedral between four atoms, in the force field AMBER", hard=[
    (1, 0.2, 1, 1e-6), (1, 0.2, 1, 1.5)])
def dihedral_torsion(x=(0.5, 1.5), y=(-0.4, 0.4), a=(0.5, 1.5), b=(0.1, 1.5)):
    n1 = (-b, 0, x)
    n2 = (y, -a, x)
    dot = n1[0] * n2[0] + n1[1] * n2[1] + n1[2] * n2[2]
    angle = acos(dot / sqrt((n1[0]**2 + n1[2]**2) * (n2[0]**2 + n2[1]**2 + n2[2]**2)))
    return 0.7 * (1 + cos(3 * angle)) + 1.2 * (1 + cos(2 * angle - pi))


@formula("Axilrod and Teller, J. Chem. Phys. 11 (1943) 299: triple dipole energy", hard=[(1, 1, 1.9999999), (1, 1, 1e-3)])
def axilrod_teller(a=(1, 1.5), b=(1, 1.5), c=(1, 1.5)):
    aa, bb, cc = a**2, b**2, c**2
    cosines = (aa + bb - cc) * (bb + cc - aa) * (cc + aa - bb) / (8 * aa * bb * cc)
    return (1 + 3 * cosines) / (a * b * c)**3


@formula("Tang and Toennies, J. Chem. Phys. 80 (1984) 3726: damped dispersion with Born and Mayer's repulsion", hard=[(0.05, 2), (40, 2)])
def tang_toennies(r=(2, 8), b=(1, 3)):
    x, term, total = b * r, 1, 1
    for k in range(1, 7):
        term = term * x / k
        total += term
    return 40 * exp(-b * r) - (1 - exp(-x) * total) / r**6


@formula("Tersoff, Phys. Rev. B 37 (1988) 6991: bond order of silicon with its cutoff", hard=[
    (2.7000001, -0.3), (2.9999999, 0.5), (2.4, -0.59825)])
def tersoff(r=(2.2, 2.98), cosine=(-0.9, 0.9)):
    cut = Piecewise((1, r < 2.7), (Rational(1, 2) - sin(pi / 2 * (r - 2.85) / 0.15) / 2, r < 3), (0, True))
    g = 1 + (1.0039e5 / 16.217)**2 - 1.0039e5**2 / (16.217**2 + (-0.59825 - cosine)**2)
    order = (1 + (1.1e-6 * cut * g)**0.78734)**(-1 / (2 * 0.78734))
    return cut * (1830.8 * exp(-2.4799 * r) - order * 471.18 * exp(-1.7322 * r))


@formula("Pauling and Wilson, Introduction to Quantum Mechanics, 42: energy of H2+ from two 1s orbitals", hard=[(1e-2,), (40,)])
def hydrogen_molecule_ion(r=(0.5, 8)):
    overlap = exp(-r) * (1 + r + r**2 / 3)
    coulomb = exp(-2 * r) * (1 + 1 / r)
    exchange = exp(-r) * (1 / r - 2 * r / 3)
    return -Rational(1, 2) + (coulomb + exchange) / (1 + overlap)


@formula("Szabo and Ostlund, Modern Quantum Chemistry, A: attraction of a nucleus by two s Gaussians, Boys's function by erf", hard=[
    (0.5, 0.5, 1, 20), (0.4, 1e-3, 3, 0.05)])
def nuclear_attraction(a=(0.2, 2), b=(0.2, 2), r=(0.5, 3), c=(0.5, 3)):
    p = a + b
    centre = b * r / p
    t = p * (centre - c)**2
    boys = Piecewise((1 - t / 3 + t**2 / 10, t < 1e-6), (sqrt(pi / t) * erf(sqrt(t)) / 2, True))
    return -2 * pi / p * exp(-a * b / p * r**2) * boys


@formula("Bethe and Salpeter, Quantum Mechanics of One- and Two-Electron Atoms, 3: radial densities of hydrogen, 3p and 3d", hard=[
    (1e-9, 1), (200, 1), (6, 1)])
def hydrogen_radial(r=(0.1, 25), z=(0.5, 3)):
    x = 2 * z * r / 3
    return r**2 * z**3 * (x**2 * (4 - x)**2 / 486 + x**4 / 2430) * exp(-x)


@formula("Levich, Physicochemical Hydrodynamics; Bard and Faulkner, 9: rotating disk with kinetics, Koutecky and Levich", hard=[
    (1e-6, 0.1), (1e6, 1e-6)])
def koutecky_levich(rotation=(1, 1000), k=(1e-4, 0.1)):
    limiting = 0.620 * F * (1e-5)**0.6666666666666666 * sqrt(rotation) * 0.01**-0.16666666666666666
    return 1 / (1 / (F * k) + 1 / limiting)


@formula("Thiele (1939); Fogler, Elements of Chemical Reaction Engineering, 15: effectiveness of a sphere", hard=[(1e-3,), (700,)])
def thiele_sphere(phi=(0.1, 30)):
    return 3 / phi**2 * (phi * coth(phi) - 1)


@formula("Levenspiel, Chemical Reaction Engineering, 13: conversion with axial dispersion, Wehner and Wilhelm (1956)", hard=[
    (1e-9, 5), (1, 500)])
def wehner_wilhelm(da=(0.1, 5), pe=(1, 50)):
    a = sqrt(1 + 4 * da / pe)
    return 4 * a * exp(pe / 2) / ((1 + a)**2 * exp(a * pe / 2) - (1 - a)**2 * exp(-a * pe / 2))


@formula("Hindmarsh and others; Robertson (1966): growth of the fast species", hard=[(1, 3.6e-5, 1e-9), (1e-6, 1e-12, 1)])
def robertson(a=(0, 1), b=(1e-6, 1e-4), c=(0, 1)):
    return 0.04 * a - 1e4 * b * c - 3e7 * b**2


@formula("Chapman and Enskog; Neufeld, Janzen and Aziz, J. Chem. Phys. 57 (1972) 1100: collision integral of diffusion", hard=[
    (0.3,), (1e4,)])
def collision_integral(t=(0.3, 100)):
    return 1.06036 / t**0.15610 + 0.19300 * exp(-0.47635 * t) + 1.03587 * exp(-1.52996 * t) + 1.76474 * exp(-3.89411 * t)
