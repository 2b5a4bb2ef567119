"""Optics: interfaces, films, beams, lenses, gratings, pulses, colours."""
from sympy import Piecewise, Rational, asin, atan, atan2, cos, cosh, erf, exp, log, pi, sin, sqrt, tan

from .formula import collection

FORMULAS, formula = collection()


@formula("Born and Wolf, Principles of Optics, 1.5: Fresnel, mean reflectance of both polarisations", hard=[
    (1e-8, 1, 1.5), (1.5707, 1, 1.5), (0.9827937, 1, 1.5)])
def fresnel(angle=(0.05, 1.5), n1=(1, 1.2), n2=(1.3, 2.4)):
    c1 = cos(angle)
    c2 = sqrt(1 - (n1 / n2 * sin(angle))**2)
    s = (n1 * c1 - n2 * c2) / (n1 * c1 + n2 * c2)
    p = (n2 * c1 - n1 * c2) / (n2 * c1 + n1 * c2)
    return (s**2 + p**2) / 2


@formula("Born and Wolf, 7.6: transmission of Fabry and Perot's interferometer", hard=[(3.14159265, 0.99), (1e-9, 0.999)])
def fabry_perot(phase=(-3, 3), r=(0.1, 0.95)):
    return 1 / (1 + 4 * r / (1 - r)**2 * sin(phase)**2)


@formula("Macleod, Thin-Film Optical Filters, 2: reflectance of one film at normal incidence", hard=[
    (1.5707963, 1.2247, 1.5), (1e-9, 2, 1.5)])
def single_film(phase=(0.1, 3), n=(1.3, 2.5), substrate=(1.4, 4)):
    real = (1 - substrate) * cos(phase)
    imaginary = (substrate / n - n) * sin(phase)
    below = ((1 + substrate) * cos(phase))**2 + ((substrate / n + n) * sin(phase))**2
    return (real**2 + imaginary**2) / below


@formula("Malitson, J. Opt. Soc. Am. 55 (1965) 1205: index of fused silica and its group index", hard=[(0.21,), (3.71,)])
def sellmeier(wave=(0.25, 3.5)):
    terms = ((0.6961663, 0.0684043), (0.4079426, 0.1162414), (0.8974794, 9.896161))
    square = 1 + sum(b * wave**2 / (wave**2 - c**2) for b, c in terms)
    slope = sum(-2 * b * c**2 * wave / (wave**2 - c**2)**2 for b, c in terms)
    return sqrt(square) - wave * slope / (2 * sqrt(square))


@formula("Saleh and Teich, Fundamentals of Photonics, 3.1: intensity of a Gaussian beam", hard=[(30, 0, 1), (1, 1e9, 1), (0, 1e-9, 0.1)])
def gaussian_beam(r=(0, 2), z=(-5, 5), waist=(0.3, 2)):
    rayleigh = pi * waist**2
    width2 = waist**2 * (1 + (z / rayleigh)**2)
    return waist**2 / width2 * exp(-2 * r**2 / width2)


@formula("Siegman, Lasers, 17: phase of a Gaussian beam off its axis, with Gouy's", hard=[(1, 1e-12, 1), (1, 1e12, 1)])
def gouy_phase(r=(0, 2), z=(0.1, 5), waist=(0.3, 2)):
    rayleigh = pi * waist**2
    curvature = z * (1 + (rayleigh / z)**2)
    return 2 * pi * z + pi * r**2 / curvature - atan(z / rayleigh)


@formula("Born and Wolf, 8.6: grating of N slits of finite width", hard=[(1e-4, 0.3, 4), (3.1415, 0.9, 7)])
def slits(phase=(0.1, 3), width=(0.1, 0.9), n=(2, 9)):
    envelope = sin(width * phase) / (width * phase)
    return (envelope * sin(n * phase) / sin(phase))**2


@formula("Hecht, Optics, 6.1: the thick lens", hard=[(0.1, -0.1, 1.0000001, 0.01), (1e9, 1e-2, 1.5, 1e-3)])
def thick_lens(r1=(0.05, 1), r2=(-1, -0.05), n=(1.3, 2), d=(1e-3, 0.03)):
    return (n - 1) * (1 / r1 - 1 / r2 + (n - 1) * d / (n * r1 * r2))


@formula("Hecht, 5.5: deviation by a prism, and its least one at the given angle", hard=[(1.5, 1.05, 1.5), (0.85, 1.0471975, 1.5)])
def prism(angle=(0.6, 1.5), apex=(0.5, 1.1), n=(1.3, 1.6)):
    return angle + asin(sin(apex) * sqrt(n**2 - sin(angle)**2) - sin(angle) * cos(apex)) - apex


@formula("Treacy, IEEE J. Quantum Electron. 5 (1969) 454: dispersion of a grating pair", hard=[(0.8, 1.2, 0.0001), (1.0, 1.0, 1.5)])
def grating_pair(wave=(0.5, 1.1), lines=(0.3, 1.2), angle=(0.3, 1)):
    shifted = wave * lines - sin(angle)
    return -wave**3 * lines**2 / (2 * pi * (1 - shifted**2)**Rational(3, 2))


@formula("Malacara, Optical Shop Testing, A: sag of a conic asphere", hard=[(1e-9, 0.02, -1), (49.9999, 0.02, 0), (10, 1e-12, -2)])
def asphere(r=(0.1, 20), c=(1e-3, 0.04), k=(-2, 0.4)):
    return c * r**2 / (1 + sqrt(1 - (1 + k) * c**2 * r**2)) + 1e-6 * r**4 - 2e-9 * r**6


@formula("Malacara: sag of a sphere as the difference of two lengths", hard=[(1, 1e-3), (1, 0.9999999)])
def sphere_sag(radius=(1, 10), r=(0.05, 0.9)):
    return radius - sqrt(radius**2 - r**2)


@formula("Siegman, 21: stability of a resonator of two mirrors, waist of its mode", hard=[(1, 2, -1e9), (0.99, 1, 1)])
def resonator_mode(length=(0.1, 0.9), r1=(1, 3), r2=(1, 3)):
    g1, g2 = 1 - length / r1, 1 - length / r2
    return (length / pi)**2 * g1 * g2 * (1 - g1 * g2) / (g1 + g2 - 2 * g1 * g2)**2


@formula("Agrawal, Nonlinear Fiber Optics, 3.2: width of a chirped pulse", hard=[(1e-9, 0, 1), (5, -1e6, 0.1)])
def chirped_pulse(z=(0.1, 10), chirp=(-4, 4), width=(0.5, 3)):
    return width * sqrt((1 + chirp * z / width**2)**2 + (z / width**2)**2)


@formula("Zakharov and Shabat (1972); Agrawal, 5.2: soliton of two", hard=[(0, 0.7853981), (100, 1), (1e-9, 1e-9)])
def soliton_of_two(t=(-4, 4), z=(-2, 2)):
    above = 4 * sqrt(cosh(3 * t)**2 + 6 * cos(4 * z) * cosh(3 * t) * cosh(t) + 9 * cosh(t)**2)
    return above / (cosh(4 * t) + 4 * cosh(2 * t) + 3 * cos(4 * z))


@formula("IEC 61966-2-1: luminance of an sRGB colour", hard=[(0.04045, 0.0404501, 0), (1, 1, 1), (1e-12, 0.5, 0.04)])
def srgb_luminance(r=(0, 1), g=(0, 1), b=(0, 1)):
    def linear(u):
        return Piecewise((u / 12.92, u <= 0.04045), (((u + 0.055) / 1.055)**2.4, True))

    return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)


@formula("CIE 15: lightness and chroma of a colour in L*a*b*", hard=[
    (0.008856, 0.5, 0.9), (1e-9, 1e-9, 2e-9), (0.95047, 0.9999999, 1.08883)])
def cielab_chroma(x=(0.05, 0.9), y=(0.05, 1), z=(0.05, 1)):
    def f(t):
        return Piecewise((t**Rational(1, 3), t > Rational(216, 24389)), (Rational(841, 108) * t + Rational(4, 29), True))

    fx, fy, fz = f(x / 0.95047), f(y), f(z / 1.08883)
    return sqrt((500 * (fx - fy))**2 + (200 * (fy - fz))**2) + 116 * fy - 16


@formula("Sharma, Wu and Dalal, Color Res. Appl. 30 (2005) 21: CIEDE2000, from differences and means of lightness, chroma, hue", hard=[
    (1e-6, 0, 0, 50, 50, 4.8), (0, 3, -2, 99, 1e-3, 0.1)])
def ciede2000(dl=(-5, 5), dc=(-5, 5), dh=(-5, 5), lightness=(10, 90), chroma=(1, 90), hue=(0, 6)):
    t = 1 - 0.17 * cos(hue - pi / 6) + 0.24 * cos(2 * hue) + 0.32 * cos(3 * hue + pi / 30) - 0.20 * cos(4 * hue - 63 * pi / 180)
    middle = (lightness - 50)**2
    sl, sc, sh = 1 + 0.015 * middle / sqrt(20 + middle), 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    turn = pi / 6 * exp(-((hue * 180 / pi - 275) / 25)**2)
    rotation = -2 * sqrt(chroma**7 / (chroma**7 + 25**7)) * sin(2 * turn)
    l, c, h = dl / sl, dc / sc, dh / sh  # noqa: E741
    return sqrt(l**2 + c**2 + h**2 + rotation * c * h)


@formula("Goodman, Statistical Optics: knife edge through a Gaussian beam", hard=[(-8, 0, 1), (10, 0, 1)])
def knife_edge(x=(-2, 2), centre=(-1, 1), width=(0.3, 2)):
    return (1 - erf(sqrt(2) * (x - centre) / width)) / 2


@formula("Thompson, Cox and Hastings, J. Appl. Cryst. 20 (1987) 79: width of the Voigt profile and its share of Lorentz", hard=[
    (1e-9, 1), (1, 1e-9)])
def pseudo_voigt(gauss=(0.1, 3), lorentz=(0.1, 3)):
    g, l = gauss, lorentz  # noqa: E741
    width = (g**5 + 2.69269 * g**4 * l + 2.42843 * g**3 * l**2 + 4.47163 * g**2 * l**3 + 0.07842 * g * l**4 + l**5)**0.2
    u = l / width
    return width * (1.36603 * u - 0.47719 * u**2 + 0.11116 * u**3)


@formula("Goldstein, Polarized Light, 5: ellipticity and azimuth of two fields with a phase", hard=[(1, 1, 1e-9), (1, 1e-9, 1.5)])
def polarisation_ellipse(ex=(0.5, 2), ey=(0.2, 1.9), phase=(0.1, 3)):
    chi = asin(2 * ex * ey * sin(phase) / (ex**2 + ey**2)) / 2
    psi = atan2(2 * ex * ey * cos(phase), ex**2 - ey**2) / 2
    return tan(chi) * cos(psi)


@formula("Bohren and Huffman, Absorption and Scattering of Light, 5.2: small ellipsoid, polarisability of a prolate spheroid", hard=[
    (0.9999, 2), (0.3, 1.0000001)])
def prolate_polarisability(e=(0.3, 0.95), eps=(1.5, 6)):
    depolarisation = (1 - e**2) / e**2 * (log((1 + e) / (1 - e)) / (2 * e) - 1)
    return (eps - 1) / (3 + 3 * depolarisation * (eps - 1))
