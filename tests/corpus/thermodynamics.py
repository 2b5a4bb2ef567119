"""Thermodynamics and statistical physics: equations of state, mixtures, quantum gases, magnets, radiation, humid air."""
from sympy import Rational, atan, cosh, exp, log, pi, sinh, sqrt, tanh

from .formula import collection

FORMULAS, formula = collection()
R = 8.314462618


@formula("van der Waals (1873); Callen, Thermodynamics, 3.5: reduced pressure", hard=[(1, 1), (0.3333334, 2)])
def van_der_waals(v=(0.5, 5), t=(0.7, 2)):
    return 8 * t / (3 * v - 1) - 3 / v**2


@formula("Peng and Robinson, Ind. Eng. Chem. Fundam. 15 (1976) 59: pressure, of carbon dioxide's kind", hard=[
    (2.7e-5, 300, 0.2), (10, 304.13, 0)])
def peng_robinson(v=(5e-5, 1e-2), t=(220, 600), omega=(0, 0.5)):
    tc, pc = 304.13, 7.3773e6
    kappa = 0.37464 + 1.54226 * omega - 0.26992 * omega**2
    alpha = (1 + kappa * (1 - sqrt(t / tc)))**2
    a, b = 0.45724 * R**2 * tc**2 / pc, 0.07780 * R * tc / pc
    return R * t / (v - b) - a * alpha / (v * (v + b) + b * (v - b))


@formula("Peng and Robinson (1976): logarithm of the fugacity coefficient", hard=[(1, 1e-9, 1e-10), (0.11, 0.5, 0.1)])
def peng_robinson_fugacity(z=(0.3, 1.1), a=(0.01, 0.5), b=(0.005, 0.08)):
    root = sqrt(2)
    return z - 1 - log(z - b) - a / (2 * root * b) * log((z + (1 + root) * b) / (z + (1 - root) * b))


@formula("Redlich and Kwong, Chem. Rev. 44 (1949) 233; Soave (1972): compressibility of the vapour", hard=[(0.01, 1), (0.3, 0.5)])
def soave(density=(0.05, 2), tr=(0.6, 2)):
    m = 0.480 + 1.574 * 0.225 - 0.176 * 0.225**2
    alpha = (1 + m * (1 - sqrt(tr)))**2
    return 1 / (1 - 0.08664 * density) - 0.42748 * alpha / (0.08664 * tr) * (0.08664 * density) / (1 + 0.08664 * density)


@formula("Carnahan and Starling, J. Chem. Phys. 51 (1969) 635: excess free energy of hard spheres", hard=[(1e-9,), (0.73,)])
def carnahan_starling(packing=(0.01, 0.6)):
    return packing * (4 - 3 * packing) / (1 - packing)**2


@formula("Planck (1900); Rybicki and Lightman, Radiative Processes, 1.5: spectral radiance", hard=[(1e-9, 5778), (3e15, 5778), (1e17, 100)])
def planck_radiance(nu=(1e12, 2e15), t=(100, 10000)):
    h, k, c = 6.62607015e-34, 1.380649e-23, 299792458
    return 2 * h * nu**3 / c**2 / (exp(h * nu / (k * t)) - 1)


@formula("Einstein, Ann. Phys. 22 (1907) 180: heat capacity of a solid", hard=[(1e-7, 1), (700, 1), (1, 1e4)])
def einstein_heat(theta=(0.1, 10), t=(0.2, 5)):
    x = theta / t
    return x**2 * exp(x) / (exp(x) - 1)**2


@formula("Schottky; Pathria, Statistical Mechanics, 3.9: free energy of two levels", hard=[(0, 1), (70, 0.1), (-800, 1)])
def two_level_free_energy(e=(-5, 5), t=(0.1, 3)):
    return -t * log(1 + exp(-e / t))


@formula("Pathria, 3.9: negative temperature, entropy of two levels by their occupation", hard=[(1e-300,), (0.9999999999999999,), (0.5,)])
def entropy_of_mixing(x=(0.01, 0.99)):
    return -x * log(x) - (1 - x) * log(1 - x)


@formula("Ising, Z. Phys. 31 (1925) 253: free energy of the chain in a field", hard=[(1, 1e-9, 0.05), (1, 1, 0.01), (-2, 0.1, 0.3)])
def ising_chain(j=(-1, 2), h=(-1, 1), t=(0.2, 3)):
    k, b = j / t, h / t
    return -t * log(exp(k) * cosh(b) + sqrt(exp(2 * k) * sinh(b)**2 + exp(-2 * k)))


@formula("Yang, Phys. Rev. 85 (1952) 808: magnetisation of the square Ising lattice", hard=[(2.2691, 1, 1), (0.05, 1, 1)])
def onsager_magnetisation(t=(0.5, 2.2), j1=(1, 1.5), j2=(1, 1.5)):
    return (1 - 1 / (sinh(2 * j1 / t) * sinh(2 * j2 / t))**2)**Rational(1, 8)


@formula("Bragg and Williams; Chaikin and Lubensky, Principles of Condensed Matter Physics, 4: mean-field free energy of a magnet", hard=[
    (0, 1, 0), (0.9999999999, 0.5, 0), (1e-8, 1, 0)])
def mean_field_magnet(m=(-0.95, 0.95), t=(0.3, 2), h=(-0.5, 0.5)):
    return -m**2 / 2 - h * m + t * ((1 + m) / 2 * log((1 + m) / 2) + (1 - m) / 2 * log((1 - m) / 2))


@formula("Sackur (1911), Tetrode (1912); McQuarrie, Statistical Mechanics, 5: entropy of argon a particle", hard=[(1e-30, 300), (1e3, 0.1)])
def sackur_tetrode(volume=(1e-27, 1e-22), t=(10, 3000)):
    m, k, h = 6.6335209e-26, 1.380649e-23, 6.62607015e-34
    return log(volume * (2 * pi * m * k * t / h**2)**1.5) + 2.5


@formula("Ashcroft and Mermin, Solid State Physics, 2: entropy of a Fermi level", hard=[(40, 0, 1), (-40, 0, 1), (0.5, 0.5, 0.01)])
def fermi_entropy(e=(-2, 3), mu=(-1, 1), t=(0.1, 2)):
    f = 1 / (exp((e - mu) / t) + 1)
    return -f * log(f) - (1 - f) * log(1 - f)


@formula("Pathria, 7: entropy of a Bose mode", hard=[(1e-9, 1), (100, 1)])
def bose_entropy(e=(0.1, 5), t=(0.2, 3)):
    n = 1 / (exp(e / t) - 1)
    return (1 + n) * log(1 + n) - n * log(n)


@formula("Wagner and Pruss, J. Phys. Chem. Ref. Data 31 (2002) 387: vapour pressure of water", hard=[(647.0959,), (273.16,)])
def wagner_pruss(t=(275, 645)):
    tau = 1 - t / 647.096
    powers = ((-7.85951783, 1.0), (1.84408259, 1.5), (-11.7866497, 3.0), (22.6807411, 3.5), (-15.9618719, 4.0), (1.80122502, 7.5))
    return 22.064e6 * exp(647.096 / t * sum(a * tau**n for a, n in powers))


@formula("IAPWS-95 (Wagner and Pruss 2002): ideal-gas part of the Helmholtz energy of water", hard=[(1e-6, 0.4), (3, 2.4)])
def water_ideal_helmholtz(delta=(1e-3, 3), tau=(0.5, 2.3)):
    terms = ((0.012436, 1.28728967), (0.97315, 3.53734222), (1.27950, 7.74073708), (0.96956, 9.24437796), (0.24873, 27.5075105))
    polynomial = log(delta) - 8.32044648201 + 6.6832105268 * tau + 3.00632 * log(tau)
    return polynomial + sum(n * log(1 - exp(-g * tau)) for n, g in terms)


@formula("IAPWS-IF97, region 4: saturation pressure of water", hard=[(273.15,), (647.09,)])
def if97_saturation(t=(280, 640)):
    theta = t - 0.23855557567849 / (t - 650.17534844798)
    a = theta**2 + 1167.0521452767 * theta - 724213.16703206
    b = -17.073846940092 * theta**2 + 12020.82470247 * theta - 3232555.0322333
    c = 14.91510861353 * theta**2 - 4823.2657361591 * theta + 405113.40542057
    return (2 * c / (-b + sqrt(b**2 - 4 * a * c)))**4


@formula("McBride and others, NASA TM-4513 (1993): Gibbs energy of nitrogen, seven coefficients", hard=[(200,), (1000,)])
def nasa_gibbs(t=(250, 1000)):
    a1, a2, a3, a4, a5, a6, a7 = 3.53100528, -1.23660988e-4, -5.02999433e-7, 2.43530612e-9, -1.40881235e-12, -1046.97628, 2.96747038
    return R * t * (a1 * (1 - log(t)) - a2 * t / 2 - a3 * t**2 / 6 - a4 * t**3 / 12 - a5 * t**4 / 20 + a6 / t - a7)


@formula("Stull, J. Appl. Meteorol. Climatol. 50 (2011) 2267: wet-bulb temperature", hard=[(50, 99), (-20, 5)])
def wet_bulb(t=(-15, 45), rh=(5, 99)):
    inner = t * atan(0.151977 * (rh + 8.313659)**0.5) + atan(t + rh)
    return inner - atan(rh - 1.676331) + 0.00391838 * rh**1.5 * atan(0.023101 * rh) - 4.686035


@formula("Buck, J. Appl. Meteorol. 20 (1981) 1527: dew point from relative humidity, by Magnus's form", hard=[(0.01, 20), (99.9999, -40)])
def dew_point(rh=(1, 99), t=(-30, 45)):
    gamma = log(rh / 100) + 17.625 * t / (243.04 + t)
    return 243.04 * gamma / (17.625 - gamma)


@formula("Incropera and DeWitt, Heat and Mass Transfer, 11: effectiveness of a counterflow exchanger", hard=[
    (1e-9, 0.5), (30, 0.9), (3, 1e-9)])
def exchanger_effectiveness(ntu=(0.1, 6), c=(0.05, 0.95)):
    e = exp(-ntu * (1 - c))
    return (1 - e) / (1 - c * e)


@formula("Incropera and DeWitt, 3.6: heat flow through a straight fin with a convecting tip", hard=[(1e-9, 0.1, 1), (700, 0.1, 1)])
def fin_heat(ml=(0.1, 5), ratio=(0.01, 2), m=(0.5, 3)):
    return m * (sinh(ml) + ratio * cosh(ml)) / (cosh(ml) + ratio * sinh(ml))


@formula("Incropera and DeWitt, 3.6: efficiency of a fin", hard=[(1e-10,), (1e6,)])
def fin_efficiency(ml=(0.01, 20)):
    return tanh(ml) / ml


@formula("Heywood, Internal Combustion Engine Fundamentals, 5: efficiency of the Diesel cycle", hard=[(20, 1.001, 1.4), (5, 5, 1.0001)])
def diesel_cycle(compression=(12, 24), cutoff=(1.2, 4), gamma=(1.2, 1.67)):
    return 1 - (cutoff**gamma - 1) / (compression**(gamma - 1) * gamma * (cutoff - 1))


@formula("Sutherland, Phil. Mag. 36 (1893) 507: viscosity of air", hard=[(1e-3,), (1e6,)])
def sutherland_viscosity(t=(100, 3000)):
    return 1.716e-5 * (t / 273.15)**1.5 * (273.15 + 110.4) / (t + 110.4)


@formula("Landau and Lifshitz, Statistical Physics, 49: heat capacity of a diatomic gas, vibrations and rotation", hard=[
    (1e-4, 1e-4), (30, 40)])
def diatomic_heat(theta=(0.5, 10), t=(0.2, 5)):
    u = theta / (2 * t)
    return 1 + (u / sinh(u))**2


@formula("Marko and Siggia, Macromolecules 28 (1995) 8759: force of a worm-like chain", hard=[(1e-9, 1), (0.999999, 50)])
def worm_like_chain(x=(0.05, 0.95), persistence=(10, 60)):
    return (1 / (4 * (1 - x)**2) - Rational(1, 4) + x) * 4.11 / persistence


@formula("Cohen, Rheol. Acta 30 (1991) 270: the inverse of Langevin's function", hard=[(1e-9,), (0.9999999,)])
def inverse_langevin(x=(-0.95, 0.95)):
    return x * (3 - x**2) / (1 - x**2)


@formula("Cengel and Boles, Thermodynamics, 7: polytropic work of compression", hard=[(1.0000001, 1e5, 1.3), (10, 1e5, 1.001)])
def polytropic_work(ratio=(1.5, 20), p=(1e5, 1e6), n=(1.1, 1.67)):
    return n * p / (n - 1) * (ratio**((n - 1) / n) - 1)
