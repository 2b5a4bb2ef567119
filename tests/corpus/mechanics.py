"""Mechanics: oscillators, rigid bodies, elasticity, contact."""
from sympy import Max, Piecewise, acos, atan, atan2, cos, cosh, exp, log, pi, sign, sin, sqrt, tanh

from .formula import collection

FORMULAS, formula = collection()


@formula("Landau and Lifshitz, Mechanics (1976), 5, problem 1: energy of the double pendulum", hard=[
    (1, 1, 1, 1, 3, 3, 1e-6, -1e-6), (1e-3, 10, 1, 1, 1e-8, 0, 5, 5)])
def double_pendulum_energy(m1=(0.5, 2), m2=(0.5, 2), l1=(0.5, 2), l2=(0.5, 2), a=(-3, 3), b=(-3, 3), u=(-2, 2), v=(-2, 2)):
    kinetic = (m1 + m2) * l1**2 * u**2 / 2 + m2 * l2**2 * v**2 / 2 + m2 * l1 * l2 * u * v * cos(a - b)
    return kinetic - (m1 + m2) * 9.81 * l1 * cos(a) - m2 * 9.81 * l2 * cos(b)


@formula("Strogatz, Nonlinear Dynamics and Chaos, and many lectures: angular acceleration of the double pendulum", hard=[
    (1, 1, 1, 1, 2, 2, 0, 0), (1, 1e-6, 1, 1, 0.1, 1.6, 3, -3)])
def double_pendulum_acceleration(m1=(0.5, 2), m2=(0.5, 2), l1=(0.5, 2), l2=(0.5, 2), a=(-3, 3), b=(-3, 3), u=(-2, 2), v=(-2, 2)):
    d, g = a - b, 9.81
    above = -g * (2 * m1 + m2) * sin(a) - m2 * g * sin(a - 2 * b) - 2 * sin(d) * m2 * (v**2 * l2 + u**2 * l1 * cos(d))
    return above / (l1 * (2 * m1 + m2 - m2 * cos(2 * d)))


@formula("Goldstein, Poole and Safko, Classical Mechanics, 5.7: effective potential of the heavy symmetric top", hard=[
    (1e-3, 1, 1, 1, 0.5, 2), (3.14, 0.5, -0.5, 1, 0.5, 2)])
def heavy_top(theta=(0.2, 2.9), p_phi=(-2, 2), p_psi=(-2, 2), i1=(0.5, 2), i3=(0.2, 1), mgl=(0.5, 3)):
    return (p_phi - p_psi * cos(theta))**2 / (2 * i1 * sin(theta)**2) + p_psi**2 / (2 * i3) + mgl * cos(theta)


@formula("Landau and Lifshitz, The Classical Theory of Fields, 9: relativistic kinetic energy", hard=[(1, 1e-5, 1), (1, 0.9999999, 1)])
def relativistic_kinetic_energy(m=(0.1, 10), v=(-0.9, 0.9), c=(1, 1.5)):
    return m * c**2 * (1 / sqrt(1 - v**2 / c**2) - 1)


@formula("Henon and Heiles, Astron. J. 69 (1964) 73: Hamiltonian", hard=[(0, 1, 0, 0), (1e-9, 1e-8, 1e-9, 0)])
def henon_heiles(x=(-0.5, 0.5), y=(-0.5, 0.5), p=(-0.5, 0.5), q=(-0.5, 0.5)):
    return (p**2 + q**2) / 2 + (x**2 + y**2) / 2 + x**2 * y - y**3 / 3


@formula("Landau and Lifshitz, Mechanics, 30, problem 1: Kapitza's pendulum, effective potential", hard=[(3.1415, 0.1, 1, 40, 9.81)])
def kapitza(phi=(-4, 4), a=(0.01, 0.3), l=(0.5, 2), gamma=(10, 100), g=(9.7, 9.9)):  # noqa: E741
    return g * l * (-cos(phi) + a**2 * gamma**2 / (4 * g * l) * sin(phi)**2)


@formula("Morse, Phys. Rev. 34 (1929) 57", hard=[(1.0000001, 4.5, 1.9, 1), (30, 4.5, 1.9, 1)])
def morse(r=(0.5, 5), depth=(1, 10), a=(0.5, 3), r0=(0.8, 2)):
    return depth * (1 - exp(-a * (r - r0)))**2


@formula("Lennard-Jones, Proc. Phys. Soc. 43 (1931) 461", hard=[(1.122462048309373, 1, 1), (0.1, 1, 1), (50, 1, 1)])
def lennard_jones(r=(0.9, 3), epsilon=(0.1, 2), sigma=(0.8, 1.2)):
    s = (sigma / r)**6
    return 4 * epsilon * (s**2 - s)


@formula("Kremer and Grest, J. Chem. Phys. 92 (1990) 5057: finitely extensible bond", hard=[(1.4999999, 30, 1.5), (1e-5, 30, 1.5)])
def fene(r=(0.1, 1.4), k=(5, 40), r0=(1.45, 2)):
    return -k * r0**2 / 2 * log(1 - (r / r0)**2)


@formula("Johnson, Contact Mechanics (1985), 4.2: Hertz's force between spheres", hard=[(1e-10, 1, 2, 200e9, 0.3)])
def hertz_contact(d=(1e-6, 1e-2), r1=(0.1, 2), r2=(0.1, 2), e=(1e9, 3e11), nu=(0.2, 0.45)):
    return 4 * (e / (2 * (1 - nu**2))) * sqrt(r1 * r2 / (r1 + r2)) * d**1.5 / 3


@formula("Irvine, Cable Structures (1981), 1.2: sag of a catenary", hard=[(1e6, 1, 10), (1, 1, 50)])
def catenary_sag(tension=(5, 100), w=(0.5, 3), span=(1, 20)):
    a = tension / w
    return a * (cosh(span / (2 * a)) - 1)


@formula("Parker, Am. J. Phys. 45 (1977) 606: height of a fall with quadratic drag", hard=[(1e-4, 1, 9.81), (1e4, 1, 9.81)])
def fall_with_drag(t=(0.1, 20), terminal=(1, 60), g=(9.7, 9.9)):
    return terminal**2 / g * log(cosh(g * t / terminal))


@formula("Johnson, Proc. ASCE (1893); Shigley, Mechanical Engineering Design, 4: critical stress of a column", hard=[(1e-3, 3e8, 2e11)])
def johnson_euler_column(slenderness=(5, 250), strength=(2e8, 5e8), e=(7e10, 2.1e11)):
    parabola = strength * (1 - strength * slenderness**2 / (4 * pi**2 * e))
    return Piecewise((parabola, slenderness**2 < 2 * pi**2 * e / strength), (pi**2 * e / slenderness**2, True))


@formula("Timoshenko and Gere, Theory of Elastic Stability, 1.13: the secant formula", hard=[(1e-9, 0.01, 0.05, 0.02, 2e11, 2)])
def secant_column(p=(1e3, 2e4), e=(1e-3, 1e-2), c=(0.02, 0.08), r=(0.03, 0.06), young=(7e10, 2.1e11), length=(1, 5)):
    area = 1e-3
    return p / area * (1 + e * c / r**2 / cos(length / (2 * r) * sqrt(p / (young * area))))


@formula("Timoshenko, Strength of Materials, I, 5: deflection of a simply supported beam under one load", hard=[(2.0000001, 2, 5, 1e3)])
def macaulay_beam(x=(0.1, 4.9), a=(1, 4), length=(5, 6), load=(100, 1e4)):
    b, stiffness = length - a, 2e6
    return (load * b * x * (length**2 - b**2 - x**2) / length + load * Max(x - a, 0)**3) / (6 * stiffness)


@formula("Holzapfel, Nonlinear Solid Mechanics, 6.5: compressible neo-Hookean solid in principal stretches", hard=[
    (1.0000001, 1, 1, 1, 10), (1e-3, 1, 1, 1, 10)])
def neo_hookean(a=(0.5, 2), b=(0.5, 2), c=(0.5, 2), mu=(0.5, 5), lame=(1, 20)):
    j = a * b * c
    return mu / 2 * (a**2 + b**2 + c**2 - 3) - mu * log(j) + lame / 2 * log(j)**2


@formula("Ogden, Proc. R. Soc. A 326 (1972) 565: rubber in simple tension, the three terms for Treloar's data", hard=[
    (1, ), (0.3, ), (7.5, )])
def ogden_rubber(stretch=(0.6, 7)):
    terms = ((6.3, 1.3), (0.012, 5.0), (-0.1, -2.0))
    return sum(mu * (stretch**(a - 1) - stretch**(-a / 2 - 1)) for mu, a in terms)


@formula("Malvern, Introduction to the Mechanics of a Continuous Medium, 3.3: largest principal stress from the invariants", hard=[
    (1, 1.0001, 1, 1e-3, 0, 0), (100, -100, 3, 0, 0, 1)])
def principal_stress(sx=(-5, 5), sy=(-5, 5), sz=(-5, 5), txy=(-3, 3), tyz=(-3, 3), tzx=(-3, 3)):
    mean = (sx + sy + sz) / 3
    x, y, z = sx - mean, sy - mean, sz - mean
    j2 = (x**2 + y**2 + z**2) / 2 + txy**2 + tyz**2 + tzx**2
    j3 = x * y * z + 2 * txy * tyz * tzx - x * tyz**2 - y * tzx**2 - z * txy**2
    return mean + 2 * sqrt(j2 / 3) * cos(acos(3 * sqrt(3) / 2 * j3 / j2**1.5) / 3)


@formula("Drucker and Prager, Q. Appl. Math. 10 (1952) 157: yield function", hard=[(1, 1, 1, 1e-8, 0.3, 1)])
def drucker_prager(sx=(-5, 5), sy=(-5, 5), sz=(-5, 5), t=(-3, 3), friction=(0.1, 0.7), k=(0.5, 2)):
    j2 = ((sx - sy)**2 + (sy - sz)**2 + (sz - sx)**2) / 6 + t**2
    slope = 2 * sin(friction) / (sqrt(3) * (3 - sin(friction)))
    return sqrt(j2) + slope * (sx + sy + sz) - k


@formula("Pacejka, Tyre and Vehicle Dynamics, 4.3: the magic formula", hard=[(1e-9, 10, 1.9, 1, 0.97), (30, 10, 1.9, 1, 0.97)])
def magic_formula(slip=(-1, 1), b=(4, 12), c=(1.2, 2.2), d=(0.5, 1.5), e=(-2, 0.98)):
    return d * sin(c * atan(b * slip - e * (b * slip - atan(b * slip))))


@formula("Armstrong-Helouvry, Dupont and Canudas de Wit, Automatica 30 (1994) 1083: Stribeck friction", hard=[(1e-3, 1, 1.5, 0.01, 0.1)])
def stribeck(v=(-1, 1), coulomb=(0.5, 2), static=(1, 3), vs=(0.01, 0.2), viscous=(0, 1)):
    return (coulomb + (static - coulomb) * exp(-(v / vs)**2)) * sign(v) + viscous * v


@formula("Spong, Hutchinson and Vidyasagar, Robot Modeling and Control, 3.3: elbow angle and shoulder angle of a two-link arm", hard=[
    (1.2, 1.5999, 1, 1), (1e-4, 1e-4, 1, 1)])
def two_link_inverse_kinematics(x=(0.4, 1.1), y=(0.3, 1), l1=(0.9, 1.2), l2=(0.9, 1.2)):
    elbow = acos((x**2 + y**2 - l1**2 - l2**2) / (2 * l1 * l2))
    return atan2(y, x) - atan2(l2 * sin(elbow), l1 + l2 * cos(elbow))


@formula("Siciliano and others, Robotics, 7.3: kinetic energy of a planar arm of three links", hard=[(0, 3.1415, 0, 1, -1, 1e-3)])
def three_link_arm(a=(-3, 3), b=(-3, 3), c=(-3, 3), u=(-2, 2), v=(-2, 2), w=(-2, 2)):
    total, x, y, angle, rate = 0, 0, 0, 0, 0
    for q, p, m, length in ((a, u, 2.0, 0.5), (b, v, 1.5, 0.4), (c, w, 1.0, 0.3)):
        angle, rate = angle + q, rate + p
        cx, cy = x - length / 2 * sin(angle) * rate, y + length / 2 * cos(angle) * rate
        total += m * (cx**2 + cy**2) / 2 + m * length**2 / 24 * rate**2
        x, y = x - length * sin(angle) * rate, y + length * cos(angle) * rate
    return total


@formula("Diebel, Representing Attitude (2006): rotation of a vector by a quaternion that is normalised on the way", hard=[
    (1e-8, 1, 1e-8, 0, 1, 2, 3), (1e-20, 1e20, 1, 1e20, 1, 2, 3)])
def quaternion_rotation(w=(-1, 1), i=(-1, 1), j=(-1, 1), k=(-1, 1), x=(-2, 2), y=(-2, 2), z=(-2, 2)):
    n = sqrt(w**2 + i**2 + j**2 + k**2)
    w, i, j, k = w / n, i / n, j / n, k / n
    return (w**2 + i**2 - j**2 - k**2) * x + 2 * (i * j - w * k) * y + 2 * (i * k + w * j) * z


@formula("Rao, Mechanical Vibrations, 3.4: phase and amplitude of a driven oscillator", hard=[(1, 1e-6, 1, 1), (1e8, 0.1, 1, 1)])
def driven_oscillator(r=(0.1, 3), zeta=(0.01, 1), force=(0.5, 2), k=(0.5, 2)):
    return force / k / sqrt((1 - r**2)**2 + (2 * zeta * r)**2) * cos(atan2(2 * zeta * r, 1 - r**2))


@formula("Tsiolkovsky's rocket with gravity loss; Curtis, Orbital Mechanics, 11.3: height at burnout", hard=[(3000, 1e-4, 500, 9.81)])
def rocket_height(c=(1000, 4500), rate=(1, 50), m0=(5e3, 2e4), g=(9.7, 9.9)):
    t = 60.0
    m = m0 - rate * t
    return c * t - c * m / rate * log(m0 / m) - g * t**2 / 2


@formula("Hill, Proc. R. Soc. B 126 (1938) 136; McLean, Su, van den Bogert, J. Biomech. Eng. 125 (2003) 864: force of a muscle", hard=[
    (1, 1e-9, 1), (0.5, -0.999, 0.2)])
def hill_muscle(length=(0.6, 1.5), v=(-0.9, 0.9), activation=(0.05, 1)):
    by_length = exp(-((length - 1) / 0.45)**2)
    by_velocity = Piecewise(((1 + v) / (1 - v / 0.25), v <= 0), ((1.5 * v + 0.05) / (v + 0.05), True))
    passive = (exp(4 * (length - 1) / 0.6) - 1) / (exp(4) - 1)
    return activation * by_length * by_velocity + passive


@formula("Johnson and Cook, Proc. 7th Int. Symp. Ballistics (1983) 541: flow stress", hard=[(1e-6, 1e-4, 300.001), (0.5, 1e6, 1700)])
def johnson_cook(strain=(0.01, 1), rate=(1e-2, 1e4), temperature=(310, 1500)):
    softening = 1 - ((temperature - 298) / (1793 - 298))**1.03
    return (792 + 510 * strain**0.26) * (1 + 0.014 * log(rate)) * softening


@formula("Landau and Lifshitz, Mechanics, 15: the orbit without angular momentum, time of fall from rest in the field -a/x", hard=[
    (0.9999999, 1, 1), (1e-9, 1, 1)])
def time_of_fall(x=(0.1, 0.9), start=(1, 2), a=(0.5, 3)):
    u = x / start
    return sqrt(start**3 / (2 * a)) * (acos(sqrt(u)) + sqrt(u * (1 - u)))


@formula("Timoshenko and Goodier, Theory of Elasticity, 109: torsion constant of a rectangle", hard=[(1, 1), (1, 1e-3)])
def torsion_of_rectangle(a=(1, 5), b=(0.2, 1)):
    series = sum(tanh(n * pi * a / (2 * b)) / n**5 for n in (1, 3, 5, 7))
    return a * b**3 / 3 * (1 - 192 * b / (pi**5 * a) * series)


@formula("Marion and Thornton, Classical Dynamics: Lagrangian's part in the angle, of a bead on a rotating hoop", hard=[
    (1.0471975, 1, 4.429446918)])
def rotating_hoop(theta=(-3, 3), r=(0.5, 2), omega=(0, 8)):
    return r**2 * omega**2 * sin(theta)**2 / 2 - 9.81 * r * (1 - cos(theta))
