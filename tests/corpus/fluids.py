"""Fluids, the sea, the air and the ground: pipes, shocks, waves, atmosphere, geodesy, soils."""
from sympy import Piecewise, Rational, acos, atan, cos, cosh, coth, erfc, exp, log, pi, sin, sinh, sqrt, tan, tanh

from .formula import collection

FORMULAS, formula = collection()
SHAPIRO = "Anderson, Modern Compressible Flow: "


@formula("Haaland, J. Fluids Eng. 105 (1983) 89: friction factor of a pipe", hard=[(4e3, 1e-12), (1e8, 0.05)])
def haaland(re=(4e3, 1e8), roughness=(1e-6, 0.05)):
    return (-1.8 / log(10) * log((roughness / 3.7)**1.11 + 6.9 / re))**-2


@formula("Serghides, Chem. Eng. 91 (1984) 63: Colebrook's friction factor by Steffensen's method", hard=[(4e3, 0), (1e8, 1e-9)])
def serghides(re=(4e3, 1e8), roughness=(1e-6, 0.05)):
    def f(x):
        return -2 / log(10) * log(roughness / 3.7 + x / re)

    a = f(12)
    b = f(2.51 * a)
    c = f(2.51 * b)
    return (a - (b - a)**2 / (c - 2 * b + a))**-2


@formula("Churchill, Chem. Eng. 84 (1977) 91: friction factor in all regimes", hard=[(1, 0.01), (2300, 1e-9), (1e9, 0.01)])
def churchill(re=(100, 1e7), roughness=(1e-6, 0.05)):
    a = (2.457 * log(1 / ((7 / re)**0.9 + 0.27 * roughness)))**16
    b = (37530 / re)**16
    return 8 * ((8 / re)**12 + 1 / (a + b)**1.5)**Rational(1, 12)


@formula("Clift, Grace and Weber, Bubbles, Drops and Particles; Schiller and Naumann (1935): drag of a sphere", hard=[
    (1e-9,), (999.9999,), (1e5,)])
def sphere_drag(re=(0.01, 1e4)):
    return Piecewise((24 / re * (1 + 0.15 * re**0.687), re < 1000), (0.44, True))


@formula(SHAPIRO + "ratio of pressures across a normal shock", hard=[(1.0000001, 1.4), (100, 1.4)])
def normal_shock(mach=(1.05, 8), gamma=(1.1, 1.67)):
    above = ((gamma + 1) / 2 * mach**2 / (1 + (gamma - 1) / 2 * mach**2))**(gamma / (gamma - 1))
    return above * (1 / (2 * gamma / (gamma + 1) * mach**2 - (gamma - 1) / (gamma + 1)))**(1 / (gamma - 1))


@formula(SHAPIRO + "deflection by an oblique shock", hard=[(1.0000001, 1.5), (2, 0.5235989), (20, 0.7)])
def oblique_shock(mach=(2, 6), angle=(0.6, 1.5)):
    return atan(2 / tan(angle) * (mach**2 * sin(angle)**2 - 1) / (mach**2 * (1.4 + cos(2 * angle)) + 2))


@formula(SHAPIRO + "Prandtl and Meyer's function", hard=[(1.0001, 1.4), (1e6, 1.4)])
def prandtl_meyer(mach=(1.05, 10), gamma=(1.1, 1.67)):
    k, root = sqrt((gamma + 1) / (gamma - 1)), sqrt(mach**2 - 1)
    return k * atan(root / k) - atan(root)


@formula(SHAPIRO + "area of a nozzle by Mach number", hard=[(1e-6, 1.4), (1, 1.4), (50, 1.2)])
def nozzle_area(mach=(0.1, 5), gamma=(1.1, 1.67)):
    return (2 / (gamma + 1) * (1 + (gamma - 1) / 2 * mach**2))**((gamma + 1) / (2 * (gamma - 1))) / mach


@formula(SHAPIRO + "Fanno flow: length over diameter to choking", hard=[(0.99999, 1.4), (1e-4, 1.4)])
def fanno(mach=(0.1, 3), gamma=(1.1, 1.67)):
    stagnation = (gamma + 1) * mach**2 / (2 + (gamma - 1) * mach**2)
    return (1 - mach**2) / (gamma * mach**2) + (gamma + 1) / (2 * gamma) * log(stagnation)


@formula("Toro, Riemann Solvers and Numerical Methods, 4.2: pressure function of one side, shock and rarefaction", hard=[
    (1.0000001, 1, 1), (1e-8, 1, 1), (1e6, 1, 0.1)])
def riemann_side(p=(0.05, 5), p0=(0.5, 2), density=(0.2, 3)):
    gamma = 1.4
    sound = sqrt(gamma * p0 / density)
    shock = (p - p0) * sqrt(2 / ((gamma + 1) * density) / (p + (gamma - 1) / (gamma + 1) * p0))
    fan = 2 * sound / (gamma - 1) * ((p / p0)**((gamma - 1) / (2 * gamma)) - 1)
    return Piecewise((shock, p > p0), (fan, True))


@formula("Spalding, J. Appl. Mech. 28 (1961) 455: law of the wall", hard=[(1e-4,), (30,)])
def spalding(u=(0.5, 25)):
    x = 0.41 * u
    return u + exp(-0.41 * 5.0) * (exp(x) - 1 - x - x**2 / 2 - x**3 / 6)


@formula("Reichardt, Z. Angew. Math. Mech. 31 (1951) 208: law of the wall", hard=[(1e-9,), (1e6,)])
def reichardt(y=(0.1, 500)):
    return log(1 + 0.41 * y) / 0.41 + 7.8 * (1 - exp(-y / 11) - y / 11 * exp(-y / 3))


@formula("Businger and others (1971), Dyer (1974); Paulson (1970): wind near the ground in unstable air", hard=[(1e-12,), (1e3,)])
def paulson(z=(0.01, 5)):
    x = (1 + 16 * z)**Rational(1, 4)
    return 2 * log((1 + x) / 2) + log((1 + x**2) / 2) - 2 * atan(x) + pi / 2


@formula("Lamb, Hydrodynamics: frequency of gravity-capillary waves over a bottom", hard=[(1e-9, 1), (1e6, 1), (1, 1e-9)])
def water_waves(k=(0.01, 500), depth=(0.1, 50)):
    return sqrt((9.81 * k + 7.28e-5 * k**3) * tanh(k * depth))


@formula("Dean and Dalrymple, Water Wave Mechanics, 4: group velocity over phase velocity", hard=[(1e-9,), (400,)])
def group_velocity(kh=(0.05, 20)):
    return (1 + 2 * kh / sinh(2 * kh)) / 2


@formula("Fenton, J. Waterw. Port 111 (1985) 216: Stokes's second-order crest", hard=[(1e-2, 0.05), (20, 0.05)])
def stokes_crest(kh=(0.5, 6), steepness=(0.01, 0.3)):
    return steepness + steepness**2 / 4 * cosh(kh) * (2 + cosh(2 * kh)) / sinh(kh)**3


@formula("Pierson and Moskowitz (1964); Hasselmann and others (1973): JONSWAP's spectrum", hard=[
    (0.01, 0.1, 3.3), (20, 0.1, 3.3), (0.1, 0.1, 3.3)])
def jonswap(f=(0.05, 0.5), peak=(0.06, 0.2), enhancement=(1, 5)):
    width = Piecewise((0.07, f <= peak), (0.09, True))
    bell = exp(-(f / peak - 1)**2 / (2 * width**2))
    return 0.0081 * 9.81**2 / (2 * pi)**4 / f**5 * exp(-1.25 * (peak / f)**4) * enhancement**bell


@formula("US Standard Atmosphere (1976): pressure, troposphere and lower stratosphere", hard=[(10999.9999,), (11000.0001,), (0,)])
def standard_atmosphere(h=(0, 20000)):
    low = (1 - 0.0065 * h / 288.15)**5.255876
    return 101325 * Piecewise((low, h < 11000), (0.2233609 * exp(-(h - 11000) / 6341.62), True))


@formula("Fofonoff and Millard, UNESCO Technical Papers in Marine Science 44 (1983): density of sea water at the surface", hard=[
    (0, 1e-12), (40, 42)])
def sea_water(t=(0, 35), s=(1, 40)):
    water = 999.842594 + 6.793952e-2 * t - 9.095290e-3 * t**2 + 1.001685e-4 * t**3 - 1.120083e-6 * t**4 + 6.536332e-9 * t**5
    a = 8.24493e-1 - 4.0899e-3 * t + 7.6438e-5 * t**2 - 8.2467e-7 * t**3 + 5.3875e-9 * t**4
    b = -5.72466e-3 + 1.0227e-4 * t - 1.6546e-6 * t**2
    return water + a * s + b * s * sqrt(s) + 4.8314e-4 * s**2


@formula("Chen and Millero, J. Acoust. Soc. Am. 62 (1977) 1129, by Mackenzie (1981): speed of sound in sea water", hard=[
    (0, 0, 0), (30, 40, 8000)])
def mackenzie(t=(2, 30), s=(25, 40), depth=(0, 8000)):
    warm = 1448.96 + 4.591 * t - 5.304e-2 * t**2 + 2.374e-4 * t**3
    return warm + 1.340 * (s - 35) + 1.630e-2 * depth + 1.675e-7 * depth**2 - 1.025e-2 * t * (s - 35) - 7.139e-13 * t * depth**3


@formula("Moritz, Geodetic Reference System 1980: normal gravity of Somigliana", hard=[(1e-9,), (1.5707963,)])
def somigliana(latitude=(-1.5, 1.5)):
    s = sin(latitude)**2
    return 9.7803267715 * (1 + 0.001931851353 * s) / sqrt(1 - 0.00669438002290 * s)


@formula("Bowring, Survey Review 23 (1976) 323: geodetic latitude from Earth-centred coordinates", hard=[
    (6378137, 1e-3), (1e-3, 6356752.3)])
def bowring(p=(1e6, 7e6), z=(-6e6, 6e6)):
    a, b = 6378137.0, 6356752.314245
    e2 = 1 - (b / a)**2
    beta = atan(a * z / (b * p))
    return atan((z + e2 / (1 - e2) * b * sin(beta)**3) / (p - e2 * a * cos(beta)**3))


@formula("Snyder, Map Projections, US Geological Survey 1395 (1987): Mercator of an ellipsoid", hard=[(1e-12,), (1.5707,)])
def mercator(latitude=(-1.5, 1.5)):
    e = 0.0818191908426
    return log(tan(pi / 4 + latitude / 2) * ((1 - e * sin(latitude)) / (1 + e * sin(latitude)))**(e / 2))


@formula("Snyder: Albers's conic with equal areas, radius by latitude", hard=[(1.5707963,), (-1.5,)])
def albers(latitude=(-1.2, 1.5)):
    s1, s2 = sin(29.5 * pi / 180), sin(45.5 * pi / 180)
    n = (s1 + s2) / 2
    return sqrt(1 - s1**2 + 2 * n * s1 - 2 * n * sin(latitude)) / n


@formula("van Genuchten, Soil Sci. Soc. Am. J. 44 (1980) 892: conductivity by suction", hard=[(1e-6, 0.02, 1.5), (1e5, 0.02, 1.5)])
def van_genuchten(h=(1, 1000), alpha=(0.005, 0.1), n=(1.2, 3)):
    m = 1 - 1 / n
    saturation = (1 + (alpha * h)**n)**-m
    return sqrt(saturation) * (1 - (1 - saturation**(1 / m))**m)**2


@formula("Green and Ampt (1911); Philip: infiltration, time by depth", hard=[(1e-4, 10), (1e6, 10)])
def green_ampt(depth=(0.5, 50), suction=(2, 30)):
    return depth - suction * log(1 + depth / suction)


@formula("Ogata and Banks, US Geological Survey 411-A (1961): front of a solute", hard=[(1e-3, 1, 1), (20, 1, 0.1), (3, 50, 0.5)])
def ogata_banks(x=(0.2, 4), t=(0.2, 3), dispersion=(0.1, 1)):
    root = 2 * sqrt(dispersion * t)
    return (erfc((x - t) / root) + exp(x / dispersion) * erfc((x + t) / root)) / 2


@formula("Carslaw and Jaeger, Conduction of Heat in Solids, 2.7: surface with convection", hard=[(1e-9, 1), (1, 20), (5, 0.1)])
def convective_surface(x=(0.1, 3), h=(0.2, 3)):
    return erfc(x / 2) - exp(h * x + h**2) * erfc(x / 2 + h)


@formula("Shuey, Geophysics 50 (1985) 609; Aki and Richards, Quantitative Seismology, 5.2: reflection by angle, from the contrasts", hard=[
    (1e-9, 0.1, 0.05, 0.1), (1.5, 0.1, 0.05, 0)])
def shuey(angle=(0.05, 1), dp=(-0.3, 0.3), ds=(-0.3, 0.3), density=(-0.2, 0.2)):
    normal = (dp + density) / 2
    gradient = dp / 2 - 4 * 0.25 * (ds + density / 2)
    return normal + gradient * sin(angle)**2 + dp / 2 * (tan(angle)**2 - sin(angle)**2)


@formula("Mogi, Bull. Earthq. Res. Inst. 36 (1958) 99: uplift over a volcano", hard=[(1e-9, 0, 3), (1e6, 1, 3)])
def mogi(x=(-10, 10), y=(-10, 10), depth=(1, 8)):
    return depth / (x**2 + y**2 + depth**2)**Rational(3, 2)


@formula("Batchelor, An Introduction to Fluid Dynamics, 6.6: pressure on a cylinder with circulation", hard=[
    (3.1, 0.1, 0.1), (1e-3, 0.1, 0.1)])
def circular_cylinder_pressure(theta=(0.1, 3), attack=(-0.2, 0.2), circulation=(-2, 2)):
    return 1 - (2 * sin(theta - attack) + circulation)**2


@formula("Bird, Stewart and Lightfoot, Transport Phenomena, 2.4: flow in an annulus", hard=[(0.5, 0.0001), (0.9999, 0.999)])
def annulus_flow(r=(0.55, 0.95), kappa=(0.05, 0.5)):
    return 1 - r**2 - (1 - kappa**2) / log(1 / kappa) * log(1 / r)


@formula("Bird, Stewart and Lightfoot, 8.3: Carreau and Yasuda's fluid", hard=[(1e-9, 2, 0.3), (1e9, 2, 0.3)])
def carreau_yasuda(rate=(0.01, 1000), a=(0.5, 3), n=(0.2, 0.9)):
    return 0.01 + 0.99 * (1 + (3 * rate)**a)**((n - 1) / a)


@formula("Papanastasiou, J. Rheol. 31 (1987) 385: Bingham's fluid, regularised", hard=[(1e-9, 100), (1e4, 100)])
def papanastasiou(rate=(0.001, 10), m=(10, 500)):
    return 0.1 + 5 * (1 - exp(-m * rate)) / rate


@formula("Hartmann (1937); Davidson, Introduction to Magnetohydrodynamics, 5: mean velocity of the flow between plates", hard=[
    (1e-3,), (700,)])
def hartmann(ha=(0.1, 50)):
    return (ha * coth(ha) - 1) / ha**2


@formula("Holland, Mon. Weather Rev. 108 (1980) 1212: wind of a hurricane", hard=[(1, 1.5), (1e3, 1.5), (35, 1)])
def holland(r=(5, 300), b=(1, 2.5)):
    x = (35 / r)**b
    coriolis = 5e-5 * r * 500
    return sqrt(b * 6000 * x * exp(-x) / 1.15 + coriolis**2) - coriolis


@formula("Spencer, Search 2 (1971) 172; Duffie and Beckman, Solar Engineering, 1.6: length of the day", hard=[(0, 172), (66.4, 172)])
def day_length(latitude=(-55, 55), day=(1, 365)):
    b = 2 * pi * (day - 1) / 365
    declination = 0.006918 - 0.399912 * cos(b) + 0.070257 * sin(b) - 0.006758 * cos(2 * b) + 0.000907 * sin(2 * b)
    return 24 / pi * acos(-tan(latitude * pi / 180) * tan(declination))
