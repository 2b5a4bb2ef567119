"""Electrodynamics: fields of coils, wires and magnets, waves, moving charges, matter in fields, plasmas."""
from sympy import Abs, Piecewise, acosh, asinh, atan, atan2, cos, cosh, coth, exp, log, pi, sin, sinh, sqrt, tan, tanh

from .formula import collection

FORMULAS, formula = collection()


@formula("Jackson, Classical Electrodynamics, 5: field on the axis of a solenoid of finite length", hard=[(1e-9, 1, 0.1), (1e3, 1, 1e-3)])
def solenoid_on_axis(z=(-2, 2), length=(0.5, 3), r=(0.05, 1)):
    near, far = z + length / 2, z - length / 2
    return (near / sqrt(near**2 + r**2) - far / sqrt(far**2 + r**2)) / (2 * length)


@formula("Jackson, 4.1: energy of two dipoles in a plane", hard=[(1, 1, 0.01, 1.5707963, 1.5707963), (1, 1e-3, 5, 0, 3.1415926)])
def dipole_dipole(p1=(0.5, 2), p2=(0.5, 2), r=(0.5, 3), a=(-3, 3), b=(-3, 3)):
    return p1 * p2 * (cos(a - b) - 3 * cos(a) * cos(b)) / r**3


@formula("Yukawa, Proc. Phys.-Math. Soc. Japan 17 (1935) 48; screened Coulomb energy", hard=[(1e-6, 1, 1, 1), (700, 1, 1, 1)])
def screened_coulomb(r=(0.1, 10), q1=(-2, 2), q2=(-2, 2), kappa=(0.1, 2)):
    return q1 * q2 * exp(-kappa * r) / r


@formula("Landau and Lifshitz, Electrodynamics of Continuous Media: capacitance of two parallel wires of two radii", hard=[
    (2.0000001, 1, 1), (1e8, 1, 1)])
def two_wire_capacitance(d=(3, 20), a=(0.1, 1), b=(0.1, 1)):
    return 2 * pi / acosh((d**2 - a**2 - b**2) / (2 * a * b))


@formula("Pozar, Microwave Engineering, 3.3: cutoff and guide wavelength in a rectangular waveguide, mode TE10", hard=[
    (15.00001, 0.01), (1e3, 0.01)])
def te10_attenuation(f=(20, 60), a=(0.008, 0.02)):
    k, kc = 2 * pi * f / 0.299792458, pi / a
    b, surface, eta = a / 2, sqrt(f) * 2.6e-4, 376.73
    beta = sqrt(k**2 - kc**2)
    return surface * (2 * b * pi**2 + a**3 * k**2) / (a**3 * b * beta * k * eta)


@formula("Hammerstad and Jensen, IEEE MTT-S (1980) 407: impedance of a microstrip of zero thickness", hard=[(1e-3, 1), (1e3, 12.9)])
def microstrip_impedance(u=(0.1, 10), er=(1.5, 12)):
    a = 1 + log((u**4 + (u / 52)**2) / (u**4 + 0.432)) / 49 + log(1 + (u / 18.1)**3) / 18.7
    b = 0.564 * ((er - 0.9) / (er + 3))**0.053
    effective = (er + 1) / 2 + (er - 1) / 2 * (1 + 10 / u)**(-a * b)
    f = 6 + (2 * pi - 6) * exp(-(30.666 / u)**0.7528)
    return 376.73 / (2 * pi) / sqrt(effective) * log(f / u + sqrt(1 + (2 / u)**2))


@formula("Jackson, 14.2: Lienard's power of a charge that is accelerated at an angle to its velocity", hard=[
    (0.9999999, 1, 0.1), (0, 1, 0)])
def lienard_power(beta=(0, 0.95), rate=(0.1, 3), angle=(-3, 3)):
    gamma = 1 / sqrt(1 - beta**2)
    return 2 * gamma**6 / 3 * rate**2 * (1 - beta**2 * sin(angle)**2)


@formula("Jackson, 14.3: angular distribution of a charge accelerated along its path", hard=[(0.999999, 1e-3), (0.5, 3.1415)])
def bremsstrahlung_pattern(beta=(0, 0.95), theta=(-3, 3)):
    return sin(theta)**2 / (1 - beta * cos(theta))**5


@formula("Jackson, 11.3: relativistic Doppler shift and aberration", hard=[(0.9999999, 0), (1e-9, 1.5707963), (0.999999999, 3.1415926)])
def doppler(beta=(-0.95, 0.95), theta=(-3, 3)):
    return sqrt(1 - beta**2) / (1 - beta * cos(theta))


@formula("Kittel, Introduction to Solid State Physics, 11: Brillouin's function", hard=[(0.5, 0.05), (3.5, 50), (7.5, -20)])
def brillouin(j=(0.5, 4), x=(0.2, 6)):
    a, b = (2 * j + 1) / (2 * j), 1 / (2 * j)
    return a * coth(a * x) - b * coth(b * x)


@formula("Langevin, Ann. Chim. Phys. 5 (1905) 70: magnetisation of a paramagnet, with its series near zero", hard=[
    (1e-9, 1), (0.3, 1.0), (700, 1), (-2, 0.5)])
def langevin(h=(0.1, 10), t=(0.2, 3)):
    x = h / t
    series = x / 3 * (1 - x**2 / 15 * (1 - 2 * x**2 / 21 * (1 - x**2 / 10 * (1 - 20 * x**2 / 198))))
    return Piecewise((series, Abs(x) < 0.02), (coth(x) - 1 / x, True))


@formula("Furlani, Permanent Magnet and Electromechanical Devices: field on the axis of a magnetised cuboid", hard=[
    (1e-9, 1, 1, 1, 1.2), (100, 1, 1, 1, 1.2)])
def magnet_cuboid(z=(0.1, 5), a=(0.5, 3), b=(0.5, 3), c=(0.5, 3), remanence=(0.8, 1.4)):
    def angle(d):
        return atan(a * b / (2 * d * sqrt(4 * d**2 + a**2 + b**2)))

    return remanence / pi * (angle(z) - angle(z + c))


@formula("Griffiths, Introduction to Electrodynamics, 2: potential of a uniformly charged rod", hard=[
    (0, 1e-8, 1), (-50, 1e-6, 1), (50, 1e-3, 2)])
def charged_rod(x=(-2, 2), y=(0.1, 2), length=(0.5, 2)):
    return asinh((length - x) / y) + asinh(x / y)


@formula("Budden, The Propagation of Radio Waves; Appleton and Hartree: index of the ordinary wave without collisions", hard=[
    (0.01, 0.5, 1.5707963), (0.9, 0.01, 0.1)])
def appleton_hartree(x=(0.05, 0.7), y=(0.05, 0.5), theta=(0.1, 1.5)):
    across, along = y * sin(theta), y * cos(theta)
    half = across**2 / 2 / (1 - x)
    return sqrt(1 - x / (1 - half + sqrt(half**2 + along**2)))


@formula("Jackson, 7.5: Lorentz's oscillator, real part of the index of refraction", hard=[
    (1, 1, 1e-6, 1), (1e-9, 1, 0.1, 1), (1e6, 1, 0.1, 1)])
def lorentz_index(w=(0.1, 3), w0=(0.5, 2), damping=(0.05, 0.5), wp=(0.2, 2)):
    below = (w0**2 - w**2)**2 + (damping * w)**2
    real, imaginary = 1 + wp**2 * (w0**2 - w**2) / below, wp**2 * damping * w / below
    return sqrt((sqrt(real**2 + imaginary**2) + real) / 2)


@formula("Drude; Ashcroft and Mermin, Solid State Physics, 1: skin depth from the complex conductivity", hard=[(1e-6, 1, 1), (1e3, 1, 1)])
def drude_skin_depth(w=(0.01, 10), tau=(0.1, 10), sigma=(0.1, 10)):
    real = sigma / (1 + (w * tau)**2)
    imaginary = real * w * tau
    k = sqrt(w) * sqrt(sqrt(real**2 + imaginary**2))
    return 1 / (k * sin(pi / 4 + atan2(imaginary, real) / 2))


@formula("Child (1911), Langmuir (1913); relativistic: Jory and Trivelpiece, J. Appl. Phys. 40 (1969) 3924", hard=[
    (1e-3, 0.01), (1e6, 0.1)])
def child_langmuir(volts=(1e3, 1e5), gap=(1e-3, 0.1)):
    u = volts / 510998.95
    return 2.33395e-6 * volts**1.5 / gap**2 * (1 - 3 * u / 28)


@formula("Rosa and Grover, Bull. Bureau of Standards 8 (1912): mutual inductance of two parallel wires of one length", hard=[
    (1, 1e-6), (1e-3, 1)])
def parallel_wires(length=(0.1, 10), d=(0.01, 1)):
    return 2 * length * (log(length / d + sqrt(1 + (length / d)**2)) - sqrt(1 + (d / length)**2) + d / length)


@formula("Pozar, 2.3: magnitude of the reflection at a lossless line that ends in a resistor and a capacitor", hard=[
    (50, 1e-3, 0.1), (49.999, 1e6, 1)])
def line_reflection(r=(10, 200), x=(-100, 100), length=(0.01, 0.24)):
    t = tan(2 * pi * length)
    real, imaginary = r / (1 + t**2), x + 50 * t
    return sqrt(((real - 50)**2 + imaginary**2) / ((real + 50)**2 + imaginary**2))


@formula("Chen, Introduction to Plasma Physics: current to a double Langmuir probe", hard=[(1e-9, 1, 2, 1), (400, 1, 2, 1)])
def double_probe(volts=(-20, 20), i1=(0.5, 2), i2=(0.5, 2), temperature=(0.5, 5)):
    x = volts / temperature
    return i1 * i2 * (exp(x) - 1) / (i1 + i2 * exp(x))


@formula("Debye and Huckel; Verwey and Overbeek, Theory of the Stability of Lyophobic Colloids: potential of a plane double layer", hard=[
    (1e-6, 20), (50, 1)])
def gouy_chapman(x=(0.01, 5), surface=(0.1, 8)):
    gamma = tanh(surface / 4)
    return 2 * log((1 + gamma * exp(-x)) / (1 - gamma * exp(-x)))


@formula("Landau and Lifshitz, Electrodynamics of Continuous Media: heating by eddy currents of a plate in an alternating field", hard=[
    (1e-3,), (300,)])
def eddy_loss_of_plate(u=(0.1, 20)):
    return (sinh(u) - sin(u)) / (cosh(u) + cos(u)) * u
