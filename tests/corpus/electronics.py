"""Electronics: devices, filters, lines, oscillators, noise."""
from sympy import Piecewise, atan2, cos, exp, log, pi, sin, sqrt, tan, tanh

from .formula import collection

FORMULAS, formula = collection()
THERMAL = 0.025852


@formula("Shockley, Bell Syst. Tech. J. 28 (1949) 435: a diode with its shunt", hard=[
    (1e-12, 1e-14, 1), (-10, 1e-14, 2), (0.9, 1e-12, 1)])
def diode(v=(-0.5, 0.8), saturation=(1e-15, 1e-9), ideality=(1, 2)):
    return saturation * (exp(v / (ideality * THERMAL)) - 1) + v / 1e6


@formula("Ebers and Moll, Proc. IRE 42 (1954) 1761: collector current", hard=[(0.6, 0.6, 0.99), (1e-9, 0, 0.5), (0.7, -5, 0.98)])
def ebers_moll(vbe=(0.3, 0.75), vbc=(-5, 0.5), alpha=(0.9, 0.995)):
    def junction(v):
        return 1e-15 * (exp(v / THERMAL) - 1)

    return alpha * junction(vbe) - junction(vbc) / 0.5 * alpha * 0.6


@formula("Gummel and Poon, Bell Syst. Tech. J. 49 (1970) 827: collector current with base charge", hard=[
    (0.9, 0, 50), (1e-12, -1e-12, 100)])
def gummel_poon(vbe=(0.4, 0.85), vbc=(-3, 0.3), early=(20, 150)):
    forward, back = 1e-16 * (exp(vbe / THERMAL) - 1), 1e-16 * (exp(vbc / THERMAL) - 1)
    q1 = 1 / (1 - vbc / early - vbe / 15)
    charge = q1 / 2 * (1 + sqrt(1 + 4 * (forward / 0.05 + back / 0.01)))
    return (forward - back) / charge


@formula("Shichman and Hodges, IEEE J. Solid-State Circuits 3 (1968) 285: drain current of a MOSFET", hard=[
    (0.7000001, 1, 0.1), (1.7, 0.9999999, 0.1), (0.2, 1, 0.1)])
def shichman_hodges(vgs=(0, 3), vds=(0.05, 3), modulation=(0, 0.2)):
    over = vgs - 0.7
    linear, saturated = (2 * over - vds) * vds, over**2
    longer = 2e-4 * (1 + modulation * vds)
    return Piecewise((0, over <= 0), (longer * linear, vds < over), (longer * saturated, True))


@formula("Enz, Krummenacher and Vittoz, Analog Integr. Circuits Signal Process. 8 (1995) 83: drain current in all regimes", hard=[
    (0, 0, 3), (3, 0, 3), (0.5, 0.1, 0.1000001), (-5, 0, 1)])
def ekv(vg=(0, 2), vs=(0, 1), vd=(0.05, 2)):
    pinch = (vg - 0.5) / 1.3
    forward, reverse = log(1 + exp((pinch - vs) / (2 * THERMAL)))**2, log(1 + exp((pinch - vd) / (2 * THERMAL)))**2
    return 2 * 1.3 * 1e-4 * THERMAL**2 * (forward - reverse)


@formula("Angelov, Zirath and Rorsman, IEEE Trans. MTT 40 (1992) 2258: drain current of a HEMT", hard=[
    (-3, 3, 1.5), (-0.2, 1e-9, 1), (0.8, 30, 3)])
def angelov(vgs=(-1.5, 0.6), vds=(0.05, 6), saturation=(0.5, 3)):
    u = vgs + 0.2
    psi = 1.5 * u + 0.1 * u**2 + 0.4 * u**3
    return 0.08 * (1 + tanh(psi)) * tanh(saturation * vds) * (1 + 0.05 * vds)


@formula("Curtice, IEEE Trans. MTT 28 (1980) 448: GaAs transistor", hard=[(-1.9999999, 1, 2), (-1, 1e-12, 2)])
def curtice(vgs=(-1.9, 0.5), vds=(0.05, 5), alpha=(1, 3)):
    return 0.05 * (vgs + 2)**2 * (1 + 0.05 * vds) * tanh(alpha * vds)


@formula("Sze, Physics of Semiconductor Devices, 2: capacitance of a junction, forward as well", hard=[
    (0.3999999, 0.8), (0.4000001, 0.8), (-100, 0.8)])
def junction_capacitance(v=(-5, 0.6), built_in=(0.7, 1)):
    return Piecewise((1 / sqrt(1 - v / built_in), v < 0.5 * built_in), ((1 - 0.5 * 1.5 + 0.5 * v / built_in) / 0.5**1.5, True))


@formula("Sze, 1: carriers in an extrinsic semiconductor and its intrinsic density", hard=[
    (300, 1e18, 0), (300, 0, 1e18), (200, 1e10, 0.9999e10)])
def carriers(t=(250, 500), donors=(1e13, 1e17), acceptors=(1e12, 1e16)):
    intrinsic = 9.38e19 * (t / 300)**2 * exp(-6884 / t)
    net = donors - acceptors
    return log((net + sqrt(net**2 + 4 * intrinsic**2)) / (2 * intrinsic))


@formula("Caughey and Thomas, Proc. IEEE 55 (1967) 2192: mobility in silicon by doping and field", hard=[(1e10, 1e-3), (1e21, 1e7)])
def caughey_thomas(doping=(1e14, 1e20), field=(1e2, 1e6)):
    low = 65 + (1414 - 65) / (1 + (doping / 8.5e16)**0.72)
    return low / (1 + (low * field / 1.07e7)**2)**0.5


@formula("Butterworth (1930); Zverev, Handbook of Filter Synthesis: gain in decibels", hard=[(1e-3, 1, 4), (1e5, 1, 6), (1, 1, 3)])
def butterworth(w=(0.1, 10), cutoff=(0.5, 2), order=(1, 8)):
    return -10 / log(10) * log(1 + (w / cutoff)**(2 * order))


@formula("Zverev: Chebyshev's filter of fifth order, gain", hard=[(0.9510565, 0.5), (1e3, 0.1), (1e-9, 1)])
def chebyshev_filter(w=(0.1, 2), ripple=(0.1, 1)):
    polynomial = 16 * w**5 - 20 * w**3 + 5 * w
    return 1 / sqrt(1 + ripple**2 * polynomial**2)


@formula("Horowitz and Hill, The Art of Electronics, 1: impedance of a coil with resistance beside a capacitor", hard=[
    (1, 1, 1, 1e-6), (1e-9, 1, 1, 1)])
def tank_impedance(w=(0.1, 5), l=(0.5, 2), c=(0.5, 2), r=(0.05, 1)):  # noqa: E741
    return sqrt((r**2 + (w * l)**2) / ((1 - w**2 * l * c)**2 + (w * r * c)**2))


@formula("Pozar, Microwave Engineering, 2.7: input impedance of a lossy line", hard=[
    (1e-9, 0.1, 50), (30, 1.5, 1e6), (0.5, 1.5707963, 1e-3)])
def lossy_line(loss=(0.01, 2), angle=(0.1, 1.5), load=(5, 300)):
    t, u = tanh(loss), tan(angle)
    # tanh(a + ib) = (t + iu) / (1 + itu)
    real, imaginary = t * (1 + u**2) / (1 + (t * u)**2), u * (1 - t**2) / (1 + (t * u)**2)
    above = (load + 50 * real)**2 + (50 * imaginary)**2
    return 50 * sqrt(above / ((50 + load * real)**2 + (load * imaginary)**2))


@formula("Steinhart and Hart, Deep-Sea Res. 15 (1968) 497: temperature by a thermistor in a divider", hard=[(1e-9, 5), (4.9999, 5)])
def thermistor(v=(0.3, 4.7), supply=(4.9, 5.1)):
    x = log(10000 * v / (supply - v))
    return 1 / (1.129241e-3 + 2.341077e-4 * x + 8.775468e-8 * x**3) - 273.15


@formula("IEC 60751; Callendar and Van Dusen: resistance of platinum", hard=[(-1e-9,), (-200,), (850,)])
def platinum(t=(-190, 800)):
    above = 1 + 3.9083e-3 * t - 5.775e-7 * t**2
    return 100 * Piecewise((above, t >= 0), (above - 4.183e-12 * (t - 100) * t**3, True))


@formula("Friis, Proc. IRE 32 (1944) 419: noise figure of three stages, decibels", hard=[(1e-9, 3, 10, 10), (1, 10, 60, 60)])
def friis_noise(f1=(0.3, 3), f2=(1, 8), g1=(5, 25), g2=(5, 25)):
    def linear(x):
        return 10**(x / 10)

    return 10 / log(10) * log(linear(f1) + (linear(f2) - 1) / linear(g1) + (linear(10) - 1) / (linear(g1) * linear(g2)))


@formula("Leeson, Proc. IEEE 54 (1966) 329: phase noise of an oscillator", hard=[(1e-3, 1e3, 10), (1e9, 1e3, 1e5)])
def leeson(offset=(1e2, 1e7), flicker=(1e3, 1e5), q=(5, 1e4)):
    return 10 / log(10) * log(2e-17 * (1 + (1e9 / (2 * q * offset))**2) * (1 + flicker / offset))


@formula("Tinkham, Introduction to Superconductivity, 6: critical current of a SQUID with unequal junctions", hard=[
    (0.5, 1, 0.9999), (1e-9, 1, 1)])
def squid(flux=(-1, 1), i1=(0.5, 2), i2=(0.5, 2)):
    return sqrt((i1 - i2)**2 + 4 * i1 * i2 * cos(pi * flux)**2)


@formula("Ambegaokar and Baratoff, Phys. Rev. Lett. 10 (1963) 486: critical current by temperature, with a gap of BCS's kind", hard=[
    (0.01,), (0.9999999,)])
def ambegaokar_baratoff(t=(0.05, 0.98)):
    gap = tanh(1.74 * sqrt(1 / t - 1))
    return gap * tanh(1.764 * gap / (2 * t))


@formula("Josephson; Koch and others, Phys. Rev. A 76 (2007) 042319: potential of a flux qubit", hard=[
    (1e-9, 0.5, 1), (3.14159265, 0.5, 0.8)])
def flux_qubit(phase=(-4, 4), flux=(0, 1), beta=(0.5, 2)):
    return (phase - 2 * pi * flux)**2 / 2 - beta * cos(phase)


@formula("Strukov and others, Nature 453 (2008) 80: memristor with Joglekar's window", hard=[(1e-9, 1), (0.9999999, -1)])
def memristor(state=(0.05, 0.95), v=(-1, 1)):
    window = 1 - (2 * state - 1)**10
    return v / (100 * state + 16000 * (1 - state)) * window


@formula("Cripps, RF Power Amplifiers for Wireless Communications, 3: drain efficiency by conduction angle", hard=[(1e-2,), (6.28318,)])
def conduction_angle(a=(0.3, 6.2)):
    return (a - sin(a)) / (4 * (sin(a / 2) - a / 2 * cos(a / 2)))


@formula("Rapp (1991); Saleh, IEEE Trans. Commun. 29 (1981) 1715: amplifier's compression and phase", hard=[(1e-9, 2), (1e6, 3)])
def rapp_saleh(r=(0.05, 3), p=(1, 4)):
    return r / (1 + r**(2 * p))**(1 / (2 * p)) * cos(4 * r**2 / (1 + 9 * r**2))


@formula("Zverev: phase of an all-pass of second order", hard=[(1, 1e-6), (1e-9, 1)])
def all_pass(w=(0.1, 5), q=(0.3, 5)):
    return -2 * atan2(w / q, 1 - w**2)


@formula("Wheeler, Proc. IRE 16 (1928) 1398, and Nagaoka's coefficient by Lundin (1985): inductance of a short coil", hard=[
    (1e-6,), (0.9999999,)])
def lundin_nagaoka(ratio=(0.05, 0.95)):
    x = ratio**2  # diameter over length, squared
    f = (1 + 0.383901 * x + 0.017108 * x**2) / (1 + 0.258952 * x)
    return f - 4 * ratio / (3 * pi)


@formula("Grove, Physics and Technology of Semiconductor Devices, 9: surface potential's charge in a MOS capacitor", hard=[
    (1e-6, 0.3), (40, 15), (-20, 15)])
def mos_charge(psi=(1, 30), bulk=(5, 15)):
    return sqrt(exp(-psi) + psi - 1 + exp(-2 * bulk) * (exp(psi) - psi - 1))


@formula("Tsividis and McAndrew, Operation and Modeling of the MOS Transistor: effective drain voltage, smooth saturation", hard=[
    (1e-9, 0.5), (0.5, 0.5), (50, 0.3)])
def effective_drain_voltage(vds=(0.01, 3), vdsat=(0.1, 1)):
    d = 0.01
    rest = vdsat - vds - d
    return vdsat - (rest + sqrt(rest**2 + 4 * d * vdsat)) / 2
