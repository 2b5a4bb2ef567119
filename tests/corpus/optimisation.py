"""Test functions of optimisation. Sources: Jamil and Yang, Int. J. Math. Model. Numer. Optim. 4 (2013) 150; More, Garbow and
Hillstrom, ACM Trans. Math. Softw. 7 (1981) 17; Surjanovic and Bingham, Virtual Library of Simulation Experiments."""
from itertools import pairwise

from sympy import Abs, E, Piecewise, atan, cos, exp, log, pi, sin, sqrt

from .formula import collection

FORMULAS, formula = collection()
JAMIL, MORE, LIBRARY = "Jamil and Yang (2013)", "More, Garbow and Hillstrom (1981)", "Surjanovic and Bingham, Virtual Library"


@formula("Rosenbrock, Comput. J. 3 (1960) 175, five variables", hard=[(1, 1, 1, 1, 1), (1.0000001, 1, 1, 1, 1), (-1.2, 1, -1.2, 1, 1e5)])
def rosenbrock(a=(-2, 2), b=(-2, 2), c=(-2, 2), d=(-2, 2), e=(-2, 2)):
    x = (a, b, c, d, e)
    return sum(100 * (y - z**2)**2 + (1 - z)**2 for z, y in pairwise(x))


@formula(MORE + ": Beale", hard=[(3, 0.5), (3.0000001, 0.5)])
def beale(x=(-4, 4), y=(-4, 4)):
    return (1.5 - x + x * y)**2 + (2.25 - x + x * y**2)**2 + (2.625 - x + x * y**3)**2


@formula("Himmelblau, Applied Nonlinear Programming (1972)", hard=[(3, 2), (3.584428340330, -1.848126526964)])
def himmelblau(x=(-5, 5), y=(-5, 5)):
    return (x**2 + y - 11)**2 + (x + y**2 - 7)**2


@formula("Goldstein and Price, Math. Comput. 25 (1971) 569", hard=[(0, -1), (1e-8, -1)])
def goldstein_price(x=(-2, 2), y=(-2, 2)):
    first = 1 + (x + y + 1)**2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    return first * (30 + (2 * x - 3 * y)**2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2))


@formula("Branin, IBM J. Res. Dev. 16 (1972) 504", hard=[(3.141592653589793, 2.275), (-5, 15)])
def branin(x=(-5, 10), y=(0, 15)):
    return (y - 5.1 / (4 * pi**2) * x**2 + 5 / pi * x - 6)**2 + 10 * (1 - 1 / (8 * pi)) * cos(x) + 10


@formula("Ackley (1987), three variables", hard=[(1e-9, 0, 0), (1e-3, -1e-3, 2e-3), (30, -30, 30)])
def ackley(x=(-5, 5), y=(-5, 5), z=(-5, 5)):
    distance = sqrt((x**2 + y**2 + z**2) / 3)
    waves = (cos(2 * pi * x) + cos(2 * pi * y) + cos(2 * pi * z)) / 3
    return -20 * exp(-distance / 5) - exp(waves) + 20 + E


@formula("Rastrigin (1974), three variables", hard=[(0, 0, 0), (1e-6, 0, 1), (5.12, -5.12, 4.5)])
def rastrigin(x=(-5, 5), y=(-5, 5), z=(-5, 5)):
    return 30 + sum(v**2 - 10 * cos(2 * pi * v) for v in (x, y, z))


@formula("Griewank (1981), four variables", hard=[(0, 0, 0, 1e-5), (600, -600, 600, 1)])
def griewank(a=(-50, 50), b=(-50, 50), c=(-50, 50), d=(-50, 50)):
    product = cos(a) * cos(b / sqrt(2)) * cos(c / sqrt(3)) * cos(d / 2)
    return 1 + (a**2 + b**2 + c**2 + d**2) / 4000 - product


@formula(LIBRARY + ": Levy, three variables", hard=[(1, 1, -2), (1.0000001, 1, 1)])
def levy(x=(-10, 10), y=(-10, 10), z=(-10, 10)):
    u, v, w = (1 + (t - 1) / 4 for t in (x, y, z))
    inner = (u - 1)**2 * (1 + 10 * sin(pi * u + 1)**2) + (v - 1)**2 * (1 + 10 * sin(pi * v + 1)**2)
    return sin(pi * u)**2 + inner + (w - 1)**2 * (1 + sin(2 * pi * w)**2)


@formula("Michalewicz, Genetic Algorithms + Data Structures (1992), steepness 10", hard=[(2.20290552, 1.57079633), (1e-3, 1e-3)])
def michalewicz(x=(0.1, 3.1), y=(0.1, 3.1)):
    return -sin(x) * sin(x**2 / pi)**20 - sin(y) * sin(2 * y**2 / pi)**20


@formula("Easom (1990)", hard=[(3.141592653589793, 3.141592653589793), (-20, 20), (1.5707963, 3)])
def easom(x=(0, 6), y=(0, 6)):
    return -cos(x) * cos(y) * exp(-(x - pi)**2 - (y - pi)**2)


@formula(JAMIL + ": Schaffer's second", hard=[(1e-7, 0), (100, 99.999)])
def schaffer(x=(-10, 10), y=(-10, 10)):
    return 0.5 + (sin(x**2 - y**2)**2 - 0.5) / (1 + 0.001 * (x**2 + y**2))**2


@formula(JAMIL + ": egg holder", hard=[(512, 404.2319), (1, -600)])
def egg_holder(x=(-500, 500), y=(-500, 500)):
    return -(y + 47) * sin(sqrt(Abs(x / 2 + y + 47))) - x * sin(sqrt(Abs(x - y - 47)))


@formula(JAMIL + ": Holder's table", hard=[(8.05502, 9.66459), (1e-8, 1)])
def holder_table(x=(-9, 9), y=(-9, 9)):
    return -Abs(sin(x) * cos(y) * exp(Abs(1 - sqrt(x**2 + y**2) / pi)))


@formula(JAMIL + ": McCormick", hard=[(-0.54719, -1.54719), (1e6, 1e6)])
def mccormick(x=(-1.5, 4), y=(-3, 4)):
    return sin(x + y) + (x - y)**2 - 1.5 * x + 2.5 * y + 1


@formula("Dixon and Szego, Towards Global Optimisation (1975): six-hump camel", hard=[(0.0898, -0.7126), (1e-9, 1e-9)])
def six_hump_camel(x=(-3, 3), y=(-2, 2)):
    return (4 - 2.1 * x**2 + x**4 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2


@formula("Styblinski and Tang, Neural Networks 3 (1990) 467, four variables", hard=[(-2.903534, -2.903534, 0, 1e-9)])
def styblinski_tang(a=(-5, 5), b=(-5, 5), c=(-5, 5), d=(-5, 5)):
    return sum(x**4 - 16 * x**2 + 5 * x for x in (a, b, c, d)) / 2


@formula("Hartman (1972), three variables; Dixon and Szego (1978)", hard=[(0.114614, 0.555649, 0.852547), (0, 0, 0)])
def hartman3(x=(0, 1), y=(0, 1), z=(0, 1)):
    rows = [(1.0, (3, 10, 30), (0.3689, 0.1170, 0.2673)), (1.2, (0.1, 10, 35), (0.4699, 0.4387, 0.7470)),
            (3.0, (3, 10, 30), (0.1091, 0.8732, 0.5547)), (3.2, (0.1, 10, 35), (0.03815, 0.5743, 0.8828))]
    return -sum(w * exp(-sum(a * (v - p)**2 for a, v, p in zip(scales, (x, y, z), centre))) for w, scales, centre in rows)


@formula("Dixon and Szego (1978): Shekel, five wells", hard=[(4, 4, 4, 4), (4.0000001, 4, 4, 4), (1e3, 0, 0, 0)])
def shekel(a=(0, 10), b=(0, 10), c=(0, 10), d=(0, 10)):
    wells = [((4, 4, 4, 4), 0.1), ((1, 1, 1, 1), 0.2), ((8, 8, 8, 8), 0.2), ((6, 6, 6, 6), 0.4), ((3, 7, 3, 7), 0.4)]
    return -sum(1 / (sum((x - p)**2 for x, p in zip((a, b, c, d), centre)) + width) for centre, width in wells)


@formula(MORE + ": Powell's singular function", hard=[(3, -1, 0, 1), (1e-5, -1e-6, 1e-5, 1e-5)])
def powell_singular(a=(-3, 3), b=(-3, 3), c=(-3, 3), d=(-3, 3)):
    return (a + 10 * b)**2 + 5 * (c - d)**2 + (b - 2 * c)**4 + 10 * (a - d)**4


@formula(MORE + ": Wood", hard=[(1, 1, 1, 1), (-3, -1, -3, -1)])
def wood(a=(-3, 3), b=(-3, 3), c=(-3, 3), d=(-3, 3)):
    ends = 100 * (b - a**2)**2 + (1 - a)**2 + 90 * (d - c**2)**2 + (1 - c)**2
    return ends + 10.1 * ((b - 1)**2 + (d - 1)**2) + 19.8 * (b - 1) * (d - 1)


@formula("Bohachevsky, Johnson and Stein, Technometrics 28 (1986) 209", hard=[(0, 0), (1e-8, 1e-8), (100, -100)])
def bohachevsky(x=(-50, 50), y=(-50, 50)):
    return x**2 + 2 * y**2 - 0.3 * cos(3 * pi * x) - 0.4 * cos(4 * pi * y) + 0.7


@formula(JAMIL + ": drop wave", hard=[(1e-9, 0), (0.5219, 0)])
def drop_wave(x=(-5, 5), y=(-5, 5)):
    return -(1 + cos(12 * sqrt(x**2 + y**2))) / (2 + 0.5 * (x**2 + y**2))


@formula(JAMIL + ": Zakharov, three variables", hard=[(0, 0, 1e-6), (10, 10, 10)])
def zakharov(x=(-5, 10), y=(-5, 10), z=(-5, 10)):
    s = (x + 2 * y + 3 * z) / 2
    return x**2 + y**2 + z**2 + s**2 + s**4


@formula(MORE + ": helical valley", hard=[(1, 0, 0), (1e-9, 1, 5), (-1, 1e-12, 5)])
def helical_valley(x=(-2, 2), y=(0.1, 2), z=(-2, 2)):
    theta = Piecewise((atan(y / x) / (2 * pi), x > 0), (atan(y / x) / (2 * pi) + 0.5, True))
    return 100 * ((z - 10 * theta)**2 + (sqrt(x**2 + y**2) - 1)**2) + z**2


@formula(MORE + ": Brown and Dennis, three terms", hard=[(25, 5, -5, -1), (-11.59, 13.2, -0.4034, 0.2368)])
def brown_dennis(a=(-20, 20), b=(-10, 20), c=(-5, 5), d=(-1, 1)):
    return sum(((a + t * b - exp(t))**2 + (c + d * sin(t) - cos(t))**2)**2 for t in (0.2, 0.4, 0.6))


@formula(MORE + ": Box in three dimensions", hard=[(1, 10, 1), (1, 10.000001, 1), (0, 20, 20)])
def box_three(x=(0, 5), y=(5, 20), z=(0, 5)):
    terms = [k / 10 for k in range(1, 6)]
    return sum((exp(-t * x) - exp(-t * y) - z * (exp(-t) - exp(-10 * t)))**2 for t in terms)


@formula(MORE + ": Kowalik and Osborne, four residuals", hard=[(0.25, 0.39, 0.415, 0.39), (0.1928, 0.1916, 0.1234, 0.1362)])
def kowalik_osborne(a=(0.1, 0.4), b=(0.1, 0.5), c=(0.1, 0.5), d=(0.1, 0.5)):
    data = [(0.1957, 4.0), (0.1735, 1.0), (0.0844, 0.25), (0.0323, 0.1)]
    return sum((y - a * (u**2 + u * b) / (u**2 + u * c + d))**2 for y, u in data)


@formula(MORE + ": Biggs EXP6, three residuals", hard=[(1, 10, 1, 5, 4, 3), (1, 2, 1, 1, 1, 1)])
def biggs(a=(0.5, 2), b=(5, 12), c=(0.5, 2), d=(2, 6), e=(2, 5), f=(1, 4)):
    total = 0
    for t in (0.1, 0.2, 0.3):
        y = exp(-t) - 5 * exp(-10 * t) + 3 * exp(-4 * t)
        total += (c * exp(-t * a) - d * exp(-t * b) + f * exp(-t * e) - y)**2
    return total


@formula(MORE + ": Powell, badly scaled", hard=[(1.098e-5, 9.106), (0, 1), (-3, -4)])
def powell_badly_scaled(x=(-1, 1), y=(-1, 10)):
    return (1e4 * x * y - 1)**2 + (exp(-x) + exp(-y) - 1.0001)**2


@formula(MORE + ": Meyer, three residuals", hard=[(0.0056, 6181, 345.2), (0.02, 4000, 250)])
def meyer(a=(0.004, 0.02), b=(4000, 7000), c=(250, 400)):
    return sum((a * exp(b / (t + c)) - y)**2 for t, y in ((50.0, 34780.0), (85.0, 11540.0), (125.0, 3820.0)))


@formula("Freudenstein and Roth, J. ACM 10 (1963) 550", hard=[(5, 4), (11.412779, -0.896805)])
def freudenstein_roth(x=(-5, 12), y=(-3, 5)):
    return (-13 + x + ((5 - y) * y - 2) * y)**2 + (-29 + x + ((y + 1) * y - 14) * y)**2


@formula(JAMIL + ": Dixon and Price, four variables", hard=[(1, 0.7071067811865476, 0.5946, 0.5452), (1e3, -1e3, 1, 1)])
def dixon_price(a=(-5, 5), b=(-5, 5), c=(-5, 5), d=(-5, 5)):
    x = (a, b, c, d)
    return (a - 1)**2 + sum(k * (2 * z**2 - y)**2 for k, (y, z) in enumerate(pairwise(x), 2))


@formula(LIBRARY + ": Langermann", hard=[(2.00299219, 1.006096), (30, 30)])
def langermann(x=(0, 10), y=(0, 10)):
    rows = [(1, 3, 5), (2, 5, 2), (5, 2, 1), (2, 1, 4), (3, 7, 9)]
    squares = [(c, (x - a)**2 + (y - b)**2) for c, a, b in rows]
    return sum(c * exp(-s / pi) * cos(pi * s) for c, s in squares)


@formula("Borehole flow: Morris, Mitchell and Ylvisaker, Technometrics 35 (1993) 243", hard=[
    (0.05, 50000, 63070, 990, 63.1, 820, 1120, 9855)])
def borehole(rw=(0.05, 0.15), r=(100, 50000), tu=(63070, 115600), hu=(990, 1110), tl=(63.1, 116), hl=(700, 820), length=(1120,
    1680), kw=(9855, 12045)):
    lr = log(r / rw)
    return 2 * pi * tu * (hu - hl) / (lr * (1 + 2 * length * tu / (lr * rw**2 * kw) + tu / tl))
