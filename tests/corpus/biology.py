"""Neuroscience and biology: channels, spikes, enzymes, drugs, populations, genes, plants."""
from sympy import Min, Piecewise, cosh, exp, log, sqrt, tanh

from .formula import collection

FORMULAS, formula = collection()
HODGKIN = "Hodgkin and Huxley, J. Physiol. 117 (1952) 500: "


@formula(HODGKIN + "rate at which the potassium gate opens", hard=[(-54.9999999,), (60,), (-200,)])
def potassium_opening(v=(-100, 40)):
    return 0.01 * (v + 55) / (1 - exp(-(v + 55) / 10))


@formula(HODGKIN + "current of the membrane", hard=[(-65, 0.05, 0.6, 0.32), (-39.9999, 0.05, 0.6, 0.32), (50, 1, 0, 1)])
def hodgkin_huxley(v=(-90, 50), m=(0, 1), h=(0, 1), n=(0, 1)):
    return 120 * m**3 * h * (v - 50) + 36 * n**4 * (v + 77) + 0.3 * (v + 54.387)


@formula(HODGKIN + "steady state of the sodium gate", hard=[(-40.0000001,), (-150,), (100,)])
def sodium_steady_state(v=(-100, 40)):
    opening = 0.1 * (v + 40) / (1 - exp(-(v + 40) / 10))
    closing = 4 * exp(-(v + 65) / 18)
    return opening / (opening + closing)


@formula("Goldman (1943); Hodgkin and Katz, J. Physiol. 108 (1949) 37: voltage of the membrane", hard=[(1e-9, 0.04, 0.45), (1, 1e-9, 1)])
def goldman_voltage(pk=(0.1, 2), pna=(0.01, 1), pcl=(0.05, 1)):
    return 26.7 * log((pk * 4 + pna * 145 + pcl * 10) / (pk * 140 + pna * 12 + pcl * 110))


@formula("Goldman, J. Gen. Physiol. 27 (1943) 37: flux of an ion", hard=[(1e-10, 100, 10), (-700, 100, 10), (5, 1e-6, 1)])
def goldman_flux(u=(-4, 4), inside=(10, 150), outside=(1, 150)):
    return u * (inside - outside * exp(-u)) / (1 - exp(-u))


@formula("Morris and Lecar, Biophys. J. 35 (1981) 193: change of voltage", hard=[(-1.2, 0), (100, 1), (-300, 0.5)])
def morris_lecar(v=(-70, 50), w=(0, 1)):
    opened = (1 + tanh((v + 1.2) / 18)) / 2
    return (90 - 4.4 * opened * (v - 120) - 8 * w * (v + 84) - 2 * (v + 60)) / 20


@formula("Morris and Lecar (1981): time constant and steady state of the recovery", hard=[(2, 0), (600, 0.5)])
def morris_lecar_recovery(v=(-70, 50), w=(0, 1)):
    u = (v - 2) / 30
    return 0.04 * ((1 + tanh(u)) / 2 - w) * cosh(u / 2)


@formula("FitzHugh, Biophys. J. 1 (1961) 445; Nagumo (1962): change of voltage", hard=[(1, 0.6666667, 0), (1e-9, 1e-9, 0)])
def fitzhugh_nagumo(v=(-2, 2), w=(-1, 2), current=(0, 1)):
    return v - v**3 / 3 - w + current


@formula("Brette and Gerstner, J. Neurophysiol. 94 (2005) 3637: adaptive exponential neuron", hard=[(-50.4, 0), (-200, 0), (20, 100)])
def exponential_neuron(v=(-80, -40), w=(-50, 200)):
    return (-30 * (v + 70.6) + 30 * 2 * exp((v + 50.4) / 2) - w) / 281


@formula("Jahr and Stevens, J. Neurosci. 10 (1990) 3178: NMDA conductance with two exponentials in time", hard=[(1e-9, -65), (500, 20)])
def nmda(t=(0.5, 150), v=(-90, 40)):
    return (exp(-t / 80) - exp(-t / 4)) * v / (1 + exp(-0.062 * v) / 3.57)


@formula("Bi and Poo (1998); Dayan and Abbott, Theoretical Neuroscience, 8: spike-timing plasticity", hard=[(1e-9,), (-1e-9,), (-500,)])
def spike_timing(dt=(-80, 80)):
    return Piecewise((0.01 * exp(-dt / 17), dt > 0), (-0.0105 * exp(dt / 34), True))


@formula("Wilson and Cowan, Biophys. J. 12 (1972) 1: response of the excitatory part, shifted to pass zero", hard=[
    (1e-12, 1e-12), (1, 0), (100, 1)])
def wilson_cowan(e=(0, 0.5), i=(0, 0.5)):
    x = 16 * e - 12 * i + 1.25
    response = 1 / (1 + exp(-1.3 * (x - 4))) - 1 / (1 + exp(1.3 * 4))
    return -e + (1 - e) * response


@formula("Tsodyks and Markram, Proc. Natl. Acad. Sci. 94 (1997) 719: two stimuli, recovery of a depressing synapse", hard=[
    (1e-9, 0.5), (1e4, 0.9)])
def tsodyks_markram(interval=(5, 500), use=(0.1, 0.9)):
    x = 1 - use
    x = 1 - (1 - x) * exp(-interval / 800)
    x = x * (1 - use)
    return use * (1 - (1 - x) * exp(-interval / 800))


@formula("Michaelis and Menten (1913); Cornish-Bowden, Fundamentals of Enzyme Kinetics, 6: mixed inhibition and excess of substrate", hard=[
    (1e-12, 1, 1), (1e9, 1, 1)])
def enzyme(s=(0.1, 20), inhibitor=(0, 5), km=(0.2, 4)):
    return 10 * s / (km * (1 + inhibitor / 2) + s * (1 + inhibitor / 7 + s / 30))


@formula("Hill, J. Physiol. 40 (1910) iv: cooperative binding", hard=[(1e-200, 4, 1), (1e100, 3, 1), (1, 300, 1)])
def hill(x=(0.05, 20), n=(0.5, 5), k=(0.3, 4)):
    return x**n / (k**n + x**n)


@formula("Monod, Wyman and Changeux, J. Mol. Biol. 12 (1965) 88: saturation of an allosteric protein of four sites", hard=[
    (1e-9, 1000, 0.01), (1e6, 1e4, 0.01)])
def monod_wyman_changeux(x=(0.05, 20), allosteric=(10, 1e4), c=(1e-3, 0.1)):
    relaxed, tense = 1 + x, 1 + c * x
    return (x * relaxed**3 + allosteric * c * x * tense**3) / (relaxed**4 + allosteric * tense**4)


@formula("Goldbeter and Koshland, Proc. Natl. Acad. Sci. 78 (1981) 6840: zero-order ultrasensitivity", hard=[
    (1, 1.001, 0.01, 0.01), (1e-6, 1, 0.1, 0.1)])
def goldbeter_koshland(u=(0.2, 3), v=(0.2, 3), j=(0.02, 1), k=(0.02, 1)):
    b = v - u + v * j + u * k
    return 2 * u * k / (b + sqrt(b**2 - 4 * (v - u) * u * k))


@formula("Goodwin (1965); Murray, Mathematical Biology, 7: oscillator's messenger", hard=[(1e-12, 1), (1e6, 1)])
def goodwin(z=(0.1, 5), x=(0.1, 3)):
    return 1 / (1 + z**10) - 0.1 * x


@formula("Rowland and Tozer, Clinical Pharmacokinetics: concentration after an oral dose (Bateman 1910)", hard=[
    (1, 1, 1.0001), (1e-9, 2, 0.1), (300, 1.5, 0.2)])
def oral_dose(t=(0.2, 24), absorption=(0.5, 3), elimination=(0.05, 0.4)):
    return absorption / (absorption - elimination) * (exp(-elimination * t) - exp(-absorption * t))


@formula("Gibaldi and Perrier, Pharmacokinetics: two compartments after a bolus", hard=[
    (1e-9, 0.3, 0.2, 0.1), (500, 0.3, 0.2, 0.1), (3, 1e-6, 0.2, 0.3)])
def two_compartments(t=(0.2, 24), k10=(0.05, 1), k12=(0.05, 1), k21=(0.05, 1)):
    total = k10 + k12 + k21
    root = sqrt(total**2 - 4 * k10 * k21)
    fast, slow = (total + root) / 2, 2 * k10 * k21 / (total + root)
    return ((fast - k21) * exp(-fast * t) + (k21 - slow) * exp(-slow * t)) / root


@formula("Ratkowsky, Handbook of Nonlinear Regression Models: dose and response with five parameters", hard=[
    (1e-9, 1, 2, 1), (1e9, 1, 2, 0.1)])
def dose_response(dose=(0.05, 50), middle=(0.5, 8), slope=(0.5, 4), asymmetry=(0.3, 3)):
    return 0.1 + 0.9 / (1 + (dose / middle)**-slope)**asymmetry


@formula("Gompertz (1825); Zwietering and others, Appl. Environ. Microbiol. 56 (1990) 1875: growth with a lag", hard=[
    (1e-9, 0.5, 3), (100, 1, 2), (-50, 1, 2)])
def zwietering(t=(0, 30), rate=(0.1, 1), lag=(0.5, 8)):
    return 5 * exp(-exp(rate * exp(1) / 5 * (lag - t) + 1))


@formula("Holling, Mem. Entomol. Soc. Can. 97 (1965): response of type three; Rosenzweig and MacArthur (1963)", hard=[(1e-9, 1), (1e6, 1)])
def rosenzweig_macarthur(prey=(0.1, 20), predator=(0.1, 5)):
    return prey * (1 - prey / 15) - 0.8 * prey**2 * predator / (1 + 0.3 * prey**2)


@formula("Ricker, J. Fish. Res. Board Can. 11 (1954) 559; Hassell (1975): next generation", hard=[(1e-12, 2, 1), (100, 2.5, 1)])
def ricker(n=(0.1, 3), r=(0.3, 3), b=(0.5, 4)):
    return n * exp(r * (1 - n)) / (1 + n)**b


@formula("Kermack and McKendrick, Proc. R. Soc. A 115 (1927) 700: relation of the final size", hard=[(1e-9, 2), (0.9999999, 5)])
def final_size(x=(0.05, 0.95), r0=(0.5, 5)):
    return log(1 - x) + r0 * x


@formula("Kimura, Genetics 47 (1962) 713: probability that a mutant is fixed", hard=[(1e-12, 100), (-0.05, 5000), (0.01, 1e5)])
def fixation(s=(-0.01, 0.02), n=(10, 500)):
    return (1 - exp(-2 * s)) / (1 - exp(-4 * n * s))


@formula("Kimura, J. Mol. Evol. 16 (1980) 111: evolutionary distance by transitions and transversions", hard=[
    (1e-12, 1e-12), (0.2, 0.4999999)])
def kimura_distance(p=(0.01, 0.2), q=(0.01, 0.2)):
    return -log(1 - 2 * p - q) / 2 - log(1 - 2 * q) / 4


@formula("Felsenstein, J. Mol. Evol. 17 (1981) 368; Jukes and Cantor (1969): log likelihood of a branch", hard=[(1e-9, 3, 90), (20, 3, 90)])
def jukes_cantor(t=(0.02, 2), changed=(1, 30), kept=(60, 100)):
    e = exp(-4 * t / 3)
    return changed * log((1 - e) / 4) + kept * log((1 + 3 * e) / 4)


@formula("Haldane, J. Genet. 8 (1919) 299; Kosambi (1944): recombination by map distance and its inverse", hard=[(1e-12,), (0.4999999,)])
def map_distance(r=(0.01, 0.48)):
    return -log(1 - 2 * r) / 2 - log((1 + 2 * r) / (1 - 2 * r)) / 4


@formula("Farquhar, von Caemmerer and Berry, Planta 149 (1980) 78: assimilation of carbon", hard=[(42.7500001, 1000), (1e4, 2000)])
def farquhar(ci=(60, 800), light=(50, 2000)):
    absorbed = 0.425 * light
    transport = (absorbed + 160 - sqrt((absorbed + 160)**2 - 4 * 0.7 * absorbed * 160)) / 1.4
    rubisco = 80 * (ci - 42.75) / (ci + 404.9 * (1 + 210 / 278.4))
    return Min(rubisco, transport * (ci - 42.75) / (4 * ci + 8 * 42.75)) - 1.2


@formula("Allen and others, FAO Irrigation and Drainage Paper 56 (1998): reference evapotranspiration of Penman and Monteith", hard=[
    (20, 1e-9, 1e-6, 0), (-237, 10, 1, 2)])
def penman_monteith(t=(5, 40), radiation=(2, 25), humidity=(0.1, 1), wind=(0.5, 8)):
    saturated = 0.6108 * exp(17.27 * t / (t + 237.3))
    slope = 4098 * saturated / (t + 237.3)**2
    top = 0.408 * slope * radiation + 0.0665 * 900 / (t + 273) * wind * saturated * (1 - humidity)
    return top / (slope + 0.0665 * (1 + 0.34 * wind))


@formula("Schoolfield, Sharpe and Magnuson, J. Theor. Biol. 88 (1981) 719: development by temperature", hard=[(250, 1.2e4), (330, 1.5e4)])
def schoolfield(t=(275, 315), activation=(1e4, 2e4)):
    r = 1.987
    low, high = exp(-5e4 / r * (1 / 283.0 - 1 / t)), exp(7e4 / r * (1 / 308.0 - 1 / t))
    return 0.3 * t / 298.15 * exp(activation / r * (1 / 298.15 - 1 / t)) / (1 + low + high)


@formula("Tilman (1982); Droop (1968) and Monod (1949): growth of algae by quota and light", hard=[(0.1000001, 5), (1e4, 1e-9)])
def droop(quota=(0.15, 3), light=(1, 300)):
    return 1.2 * (1 - 0.1 / quota) * tanh(0.02 * light / 1.2) - 0.05


@formula("Platt, Gallegos and Harrison, J. Mar. Res. 38 (1980) 687: photosynthesis by light, with inhibition", hard=[
    (1e-9, 0.1, 0.01), (1e4, 0.1, 0.01)])
def platt(light=(1, 1500), slope=(0.01, 0.2), inhibition=(1e-4, 0.01)):
    return 5 * (1 - exp(-slope * light / 5)) * exp(-inhibition * light / 5)


@formula("Hodgkin and Rushton (1946); Koch, Biophysics of Computation, 2: steady voltage along a cable with a sealed end", hard=[
    (1, 1e-9), (0.1, 300)])
def cable(x=(0.05, 0.95), length=(0.2, 5)):
    return cosh(length * (1 - x)) / cosh(length)
