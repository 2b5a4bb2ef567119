"""Astronomy: orbits, angles on spheres, gravity fields, galaxies, cosmology, relativity."""
from sympy import Piecewise, Rational, acosh, asin, asinh, atan, atan2, cos, cosh, exp, log, pi, sin, sinh, sqrt, tan

from .formula import collection

FORMULAS, formula = collection()


@formula("Danby, Fundamentals of Celestial Mechanics, 6.6: Kepler's equation, three steps of Newton's method", hard=[
    (1e-9, 0.999), (3.14159, 0.99)])
def kepler_newton(mean=(0.3, 3), e=(0, 0.8)):
    x = mean + e * sin(mean)
    for _ in range(3):
        x = x - (x - e * sin(x) - mean) / (1 - e * cos(x))
    return x


@formula("Vallado, Fundamentals of Astrodynamics, 2.2: true anomaly from the eccentric one, and the radius", hard=[
    (1e-9, 0.9), (3.1415926, 0.9999)])
def true_anomaly(eccentric=(-3, 3), e=(0, 0.9)):
    nu = 2 * atan(sqrt((1 + e) / (1 - e)) * tan(eccentric / 2))
    return (1 - e**2) / (1 + e * cos(nu))


@formula("Vallado, 8.6: potential of the oblate Earth, zonal terms two and three", hard=[(1e-9, 1e-9, 6378.137), (42164, 0, 0)])
def oblate_potential(x=(5000, 8000), y=(-8000, 8000), z=(-8000, 8000)):
    mu, radius, j2, j3 = 398600.4418, 6378.1363, 1.08262668e-3, -2.53265649e-6
    r = sqrt(x**2 + y**2 + z**2)
    s, a = z / r, radius / r
    return mu / r * (1 - j2 * a**2 * (3 * s**2 - 1) / 2 - j3 * a**3 * (5 * s**3 - 3 * s) / 2)


@formula("Szebehely, Theory of Orbits, 1.5: Jacobi's constant of the restricted problem", hard=[
    (0.8369151, 0, 0, 0, 0.01215), (0.9878, 1e-6, 0, 1, 0.01215)])
def restricted_three_bodies(x=(-1.5, 1.5), y=(-1, 1), u=(-1, 1), v=(-1, 1), mu=(0.01, 0.5)):
    first, second = sqrt((x + mu)**2 + y**2), sqrt((x - 1 + mu)**2 + y**2)
    return x**2 + y**2 + 2 * (1 - mu) / first + 2 * mu / second - u**2 - v**2


@formula("Sinnott, Sky and Telescope 68 (1984) 158: angle between two directions, by haversines", hard=[
    (1, 0.5, 1.0000001, 0.5), (0, 0, 3.1415, 1e-4), (0.1, 0.2, 0.1, 0.2000001)])
def haversine(a=(-3, 3), d=(-1.5, 1.5), b=(-3, 3), e=(-1.5, 1.5)):
    return 2 * asin(sqrt(sin((e - d) / 2)**2 + cos(d) * cos(e) * sin((b - a) / 2)**2))


@formula("Vincenty, Survey Review 23 (1975) 88: angle between two directions by the arc tangent", hard=[
    (1, 0.5, 1.0000001, 0.5), (0, 0, 3.14159265, 1e-8)])
def vincenty_angle(a=(-3, 3), d=(-1.5, 1.5), b=(-3, 3), e=(-1.5, 1.5)):
    l = b - a  # noqa: E741
    across = sqrt((cos(e) * sin(l))**2 + (cos(d) * sin(e) - sin(d) * cos(e) * cos(l))**2)
    return atan2(across, sin(d) * sin(e) + cos(d) * cos(e) * cos(l))


@formula("Meeus, Astronomical Algorithms, 13: altitude of a star", hard=[(0.8, 0.8, 1e-7), (1.57, -0.4, 2)])
def altitude(latitude=(-1.5, 1.5), declination=(-1.5, 1.5), hour=(-3, 3)):
    return asin(sin(latitude) * sin(declination) + cos(latitude) * cos(declination) * cos(hour))


@formula("Kasten and Young, Applied Optics 28 (1989) 4735: air mass", hard=[(89.9999,), (1e-6,)])
def air_mass(zenith=(5, 88)):
    return 1 / (cos(zenith * pi / 180) + 0.50572 * (96.07995 - zenith)**-1.6364)


@formula("Bennett, J. Navigation 35 (1982) 255; Meeus, 16: refraction near the horizon, arc minutes", hard=[(-0.5,), (89.9,)])
def refraction(height=(0, 60)):
    return 1 / tan((height + 7.31 / (height + 4.4)) * pi / 180)


@formula("Misner, Thorne and Wheeler, Gravitation, 25.5: effective potential of Schwarzschild's geometry", hard=[
    (2.0000001, 4), (1e8, 4), (3, 3.4641016)])
def schwarzschild_potential(r=(2.1, 30), angular=(0, 6)):
    return sqrt((1 - 2 / r) * (1 + angular**2 / r**2)) - 1


@formula("Bardeen, Press and Teukolsky, Astrophys. J. 178 (1972) 347: innermost stable orbit of Kerr's geometry", hard=[
    (1e-5,), (0.9999999,)])
def kerr_innermost_orbit(a=(0.01, 0.99)):
    third = Rational(1, 3)
    z1 = 1 + (1 - a**2)**third * ((1 + a)**third + (1 - a)**third)
    z2 = sqrt(3 * a**2 + z1**2)
    return 3 + z2 - sqrt((3 - z1) * (3 + z1 + 2 * z2))


@formula("Misner, Thorne and Wheeler, 31.4: Eddington and Finkelstein's radial coordinate", hard=[(2.0000000001, 1), (1e9, 1)])
def tortoise_coordinate(r=(2.1, 30), m=(0.5, 1.04)):
    return r + 2 * m * log(r / (2 * m) - 1)


@formula("Cutler and Flanagan, Phys. Rev. D 49 (1994) 2658: phase of an inspiral, to order 1.5", hard=[(1e-3, 1, 0.25), (100, 30, 0.25)])
def chirp_phase(f=(10, 500), mass=(2, 30), eta=(0.1, 0.25)):
    v2 = (pi * mass * 4.925491e-6 * f)**Rational(2, 3)
    return 3 / (128 * eta) * v2**Rational(-5, 2) * (1 + (Rational(3715, 756) + 55 * eta / 9) * v2 - 16 * pi * v2**Rational(3, 2))


@formula("Navarro, Frenk and White, Astrophys. J. 462 (1996) 563: potential of a halo, and its circular speed", hard=[(1e-7, 1), (1e9, 1)])
def nfw_speed(r=(0.05, 30), scale=(0.5, 5)):
    x = r / scale
    return sqrt((log(1 + x) - x / (1 + x)) / x)


@formula("Hernquist, Astrophys. J. 356 (1990) 359: mass within a radius and potential", hard=[(1e-12, 1), (1e12, 1)])
def hernquist(r=(0.05, 30), a=(0.5, 3)):
    return r**2 / (r + a)**2 - 1 / (r + a)


@formula("Miyamoto and Nagai, Publ. Astron. Soc. Japan 27 (1975) 533: potential of a disk", hard=[(1e-9, 1e-9, 3, 0.3), (1, 0, 3, 1e-9)])
def miyamoto_nagai(r=(0.1, 20), z=(-5, 5), a=(1, 5), b=(0.1, 2)):
    return -1 / sqrt(r**2 + (a + sqrt(z**2 + b**2))**2)


@formula("Henon, Ann. d'Astrophys. 22 (1959) 126: the isochrone", hard=[(1e-9, 1), (1e9, 1)])
def isochrone(r=(0.05, 30), b=(0.3, 3)):
    return -1 / (b + sqrt(b**2 + r**2))


@formula("Binney and Tremaine, Galactic Dynamics, 2.3: logarithmic potential of a flattened galaxy", hard=[
    (1e-9, 1e-9, 1, 0.1), (1e6, 1, 1, 0.1)])
def logarithmic_galaxy(x=(-3, 3), y=(-3, 3), q=(0.6, 1), core=(0.05, 1)):
    return log(core**2 + x**2 + y**2 / q**2) / 2


@formula("Sersic (1963); Ciotti and Bertin, Astron. Astrophys. 352 (1999) 447: brightness of a galaxy", hard=[(1e-6, 1, 4), (50, 1, 0.5)])
def sersic(r=(0.05, 10), re=(0.5, 3), n=(0.6, 6)):
    b = 2 * n - Rational(1, 3) + 4 / (405 * n) + 46 / (25515 * n**2)
    return exp(-b * ((r / re)**(1 / n) - 1))


@formula("Schechter, Astrophys. J. 203 (1976) 297: luminosity function by magnitude", hard=[(-26, -20.5, -1.1), (-5, -20.5, -1.1)])
def schechter(m=(-23, -15), star=(-21, -20), slope=(-1.6, -0.5)):
    x = 10**(0.4 * (star - m))
    return 0.4 * log(10) * x**(slope + 1) * exp(-x)


@formula("Peebles, Principles of Physical Cosmology, 13: expansion rate with dark energy that varies (Chevallier, Polarski, Linder)", hard=[
    (1e-9, 0.3, -1, 0), (1100, 0.3, -0.9, 0.2)])
def expansion_rate(z=(0, 5), matter=(0.2, 0.4), w0=(-1.2, -0.8), wa=(-0.5, 0.5)):
    dark = (1 + z)**(3 * (1 + w0 + wa)) * exp(-3 * wa * z / (1 + z))
    return sqrt(matter * (1 + z)**3 + 9e-5 * (1 + z)**4 + (1 - matter - 9e-5) * dark)


@formula("Weinberg, Cosmology, 1.5: age of a flat universe with a cosmological constant", hard=[(0, 1e-9), (1000, 0.7), (0, 0.9999999)])
def cosmic_age(z=(0, 6), dark=(0.3, 0.9)):
    return 2 / (3 * sqrt(dark)) * asinh(sqrt(dark / (1 - dark)) * (1 + z)**Rational(-3, 2))


@formula("Carroll, Press and Turner, Ann. Rev. Astron. Astrophys. 30 (1992) 499: growth of structure", hard=[
    (1e-9, 0), (0.9999999, 0), (0.3, 0.7)])
def growth_factor(matter=(0.1, 0.9), dark=(0.1, 0.9)):
    return 5 * matter / 2 / (matter**Rational(4, 7) - dark + (1 + matter / 2) * (1 + dark / 70))


@formula("Paczynski, Astrophys. J. 304 (1986) 1: magnification of a microlens along its path", hard=[(0, 1e-9, 1), (1e5, 1, 1)])
def microlensing(t=(-3, 3), impact=(0.05, 1), duration=(0.5, 2)):
    u2 = impact**2 + (t / duration)**2
    return (u2 + 2) / sqrt(u2 * (u2 + 4))


@formula("Claret, Astron. Astrophys. 363 (2000) 1081: limb darkening with four coefficients", hard=[
    (0.9999999, 0.5, 0.1), (1e-9, 0.5, 0.1)])
def limb_darkening(r=(0.05, 0.95), a=(0.1, 0.8), b=(-0.3, 0.5)):
    mu = sqrt(1 - r**2)
    return 1 - a * (1 - sqrt(mu)) - b * (1 - mu) - 0.1 * (1 - mu**Rational(3, 2)) - 0.05 * (1 - mu**2)


@formula("Eggleton, Astrophys. J. 268 (1983) 368: radius of Roche's lobe", hard=[(1e-12,), (1e12,), (1,)])
def roche_lobe(q=(0.01, 100)):
    a = q**Rational(2, 3)
    return 0.49 * a / (0.6 * a + log(1 + q**Rational(1, 3)))


@formula("Kroupa, Mon. Not. R. Astron. Soc. 322 (2001) 231: initial mass function", hard=[(0.0799999,), (0.5000001,), (100,)])
def kroupa(m=(0.02, 50)):
    return Piecewise((m**-0.3, m < 0.08), (0.08 * m**-1.3, m < 0.5), (0.04 * m**-2.3, True))


@formula("Bate, Mueller and White, Fundamentals of Astrodynamics, 4.4: Kepler's universal equation, Stumpff's functions", hard=[
    (1e-6, 1, 0.3), (1, 1e-9, 1), (5, -2, 0.1), (12, 0.9, 0)])
def universal_kepler(chi=(0.5, 4), alpha=(-1, 1), sigma=(-1, 1)):
    psi = alpha * chi**2
    small = psi**2 < Rational(1, 100)
    c_series = sum((-psi)**k / n for k, n in enumerate((2, 24, 720, 40320, 3628800, 479001600)))
    s_series = sum((-psi)**k / n for k, n in enumerate((6, 120, 5040, 362880, 39916800, 6227020800)))
    up, down = sqrt(psi), sqrt(-psi)
    c = Piecewise((c_series, small), ((1 - cos(up)) / psi, psi > 0), ((1 - cosh(down)) / psi, True))
    s = Piecewise((s_series, small), ((up - sin(up)) / up**3, psi > 0), ((sinh(down) - down) / down**3, True))
    return sigma * chi**2 * c + (1 - alpha) * chi**3 * s + chi


@formula("Battin, An Introduction to the Mathematics and Methods of Astrodynamics, 6.6: Lagrange's time of flight on an ellipse", hard=[
    (1.0001, 0.5, 2), (500, 1, 2)])
def lagrange_time(a=(1.1, 3), c=(0.5, 1.5), s=(1.5, 2)):
    alpha, beta = 2 * asin(sqrt(s / (2 * a))), 2 * asin(sqrt((s - c) / (2 * a)))
    return a**Rational(3, 2) * ((alpha - sin(alpha)) - (beta - sin(beta)))


@formula("Hohmann (1925); Curtis, Orbital Mechanics for Engineering Students, 6.3: both impulses of a transfer", hard=[
    (1, 1.0000001), (1, 1e6)])
def hohmann(r1=(1, 2), r2=(2, 20)):
    first = sqrt(1 / r1) * (sqrt(2 * r2 / (r1 + r2)) - 1)
    return first + sqrt(1 / r2) * (1 - sqrt(2 * r1 / (r1 + r2)))


@formula("Curtis, Orbital Mechanics for Engineering Students, 3.5: mean anomaly on a hyperbola, from the cosine of the true one", hard=[
    (1.0000001, 1e-3), (1e4, 0.999999)])
def hyperbolic_kepler(e=(1.05, 4), cosine=(-0.2, 0.95)):
    f = acosh((e + cosine) / (1 + e * cosine))
    return e * sinh(f) - f


@formula("Danby, 11: disturbing function of a planet in its direct and indirect parts", hard=[(1, 5.2, 1e-9), (5.1999, 5.2, 0.01)])
def disturbing_function(r=(0.5, 3), planet=(4, 6), angle=(-3, 3)):
    separation = sqrt(r**2 + planet**2 - 2 * r * planet * cos(angle))
    return 1 / separation - r * cos(angle) / planet**2
