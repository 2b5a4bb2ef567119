"""Finance: options, volatility, rates, bonds."""
from sympy import Abs, Piecewise, erf, erfc, exp, log, pi, sqrt

from .formula import collection

FORMULAS, formula = collection()
HULL = "Hull, Options, Futures and Other Derivatives: "


def cdf(x):
    return (1 + erf(x / sqrt(2))) / 2


def density(x):
    return exp(-x**2 / 2) / sqrt(2 * pi)


def call(s, k, t, r, sigma, carry=0):
    d1 = (log(s / k) + (r - carry + sigma**2 / 2) * t) / (sigma * sqrt(t))
    return s * exp(-carry * t) * cdf(d1) - k * exp(-r * t) * cdf(d1 - sigma * sqrt(t))


@formula("Black and Scholes, J. Polit. Econ. 81 (1973) 637: a call", hard=[(100, 100, 1e-6, 0.05, 0.2), (400, 100, 0.1, 0.05, 0.2)])
def black_scholes(s=(60, 150), k=(80, 120), t=(0.1, 3), r=(0, 0.08), sigma=(0.1, 0.5)):
    return call(s, k, t, r, sigma)


@formula(HULL + "delta of a put on a stock with dividends", hard=[(300, 100, 0.1, 0.05, 0.2), (1, 100, 0.1, 0.05, 0.2)])
def put_delta(s=(60, 150), k=(80, 120), t=(0.1, 3), q=(0, 0.05), sigma=(0.1, 0.5)):
    d1 = (log(s / k) + (0.03 - q + sigma**2 / 2) * t) / (sigma * sqrt(t))
    return exp(-q * t) * (cdf(d1) - 1)


@formula("Bachelier (1900): a call in the normal model", hard=[(100, 100, 1e-9, 1), (100, 106, 1, 1), (100, 50, 1, 1)])
def bachelier(f=(90, 110), k=(95, 105), t=(0.1, 3), sigma=(5, 30)):
    d = (f - k) / (sigma * sqrt(t))
    return (f - k) * cdf(d) + sigma * sqrt(t) * density(d)


@formula("Black, J. Financ. Econ. 3 (1976) 167: vega of a caplet", hard=[(0.03, 0.03, 1e-9, 0.2), (0.03, 0.3, 1, 0.2)])
def black_vega(f=(0.01, 0.08), k=(0.01, 0.08), t=(0.25, 10), sigma=(0.1, 0.6)):
    d1 = (log(f / k) + sigma**2 * t / 2) / (sigma * sqrt(t))
    return f * sqrt(t) * density(d1) * exp(-0.03 * t)


@formula("Margrabe, J. Finance 33 (1978) 177: to exchange one asset for another", hard=[(1, 1, 0.2, 0.2, 0.9999999), (1, 3, 0.2, 0.1, 0)])
def margrabe(a=(0.8, 1.2), b=(0.8, 1.2), sa=(0.1, 0.5), sb=(0.1, 0.5), rho=(-0.9, 0.9)):
    v = sqrt(sa**2 + sb**2 - 2 * rho * sa * sb)
    d = log(a / b) / v + v / 2
    return a * cdf(d) - b * cdf(d - v)


@formula("Merton, J. Financ. Econ. 3 (1976) 125: a call on a stock that jumps, four terms", hard=[(100, 1, 1e-9, 0.1), (100, 0.01, 5, 0.5)])
def merton_jumps(s=(80, 120), t=(0.2, 2), intensity=(0.05, 1), jump=(0.05, 0.5)):
    total, weight = 0, exp(-intensity * t)
    for n in range(4):
        total += weight * call(s, 100, t, 0.03, sqrt(0.04 + n * jump**2 / t))
        weight = weight * intensity * t / (n + 1)
    return total


@formula(HULL + "a down-and-out call below its strike (Merton 1973)", hard=[(90.00001, 90, 1, 0.2), (200, 50, 0.5, 0.3)])
def barrier_call(s=(95, 130), barrier=(70, 92), t=(0.2, 2), sigma=(0.1, 0.4)):
    r, k = 0.04, 100
    power = 2 * r / sigma**2 - 1
    return call(s, k, t, r, sigma) - (barrier / s)**power * call(barrier**2 / s, k, t, r, sigma)


@formula("Merton, Bell J. Econ. 4 (1973) 141: the perpetual American put", hard=[(60.0001, 0.05, 0.3), (100, 1e-3, 0.5)])
def perpetual_put(s=(80, 150), r=(0.01, 0.08), sigma=(0.15, 0.6)):
    g = 2 * r / sigma**2
    edge = 100 * g / (1 + g)
    return Piecewise((100 - s, s < edge), ((100 - edge) * (s / edge)**-g, True))


@formula("Vasicek, J. Financ. Econ. 5 (1977) 177: a zero-coupon bond", hard=[(0.03, 1e-6, 0.1, 0.01), (0.03, 5, 1e-4, 0.01)])
def vasicek(r=(-0.01, 0.08), t=(0.5, 30), a=(0.05, 1), sigma=(0.005, 0.03)):
    b = (1 - exp(-a * t)) / a
    return exp((0.04 - sigma**2 / (2 * a**2)) * (b - t) - sigma**2 * b**2 / (4 * a) - b * r)


@formula("Cox, Ingersoll and Ross, Econometrica 53 (1985) 385: a zero-coupon bond", hard=[(0.03, 1e-6, 0.1, 0.1), (0.03, 500, 0.5, 0.1)])
def cox_ingersoll_ross(r=(0.001, 0.08), t=(0.5, 30), a=(0.05, 1), sigma=(0.02, 0.2)):
    h = sqrt(a**2 + 2 * sigma**2)
    growth = exp(h * t) - 1
    below = 2 * h + (a + h) * growth
    return (2 * h * exp((a + h) * t / 2) / below)**(2 * a * 0.04 / sigma**2) * exp(-2 * growth / below * r)


@formula("Hagan, Kumar, Lesniewski and Woodward, Wilmott (2002) 84: SABR's implied volatility, with the series of z / x(z)", hard=[
    (0.03, 0.030000001, 0.3, 0.5), (0.03, 0.01, 0.9999, 0.9), (0.03, 0.2, -0.5, 0.1)])
def sabr(f=(0.02, 0.06), k=(0.02, 0.06), rho=(-0.7, 0.7), nu=(0.2, 1)):
    alpha, beta, t = 0.04, 0.5, 2.0
    power, l = (f * k)**((1 - beta) / 2), log(f / k)  # noqa: E741
    z = nu / alpha * power * l
    ratio = Piecewise((1 - rho * z / 2 + (2 - 3 * rho**2) * z**2 / 12, Abs(z) < 1e-5),
                      (z / log((sqrt(1 - 2 * rho * z + z**2) + z - rho) / (1 - rho)), True))
    correction = (1 - beta)**2 / 24 * alpha**2 / power**2 + rho * beta * nu * alpha / 4 / power + (2 - 3 * rho**2) / 24 * nu**2
    expansion = 1 + (1 - beta)**2 / 24 * l**2 + (1 - beta)**4 / 1920 * l**4
    return alpha / (power * expansion) * ratio * (1 + correction * t)


@formula("Gatheral, The Volatility Surface, 3: SVI, total variance", hard=[(0, 0, 0.1, -0.999), (5, 0.1, 1e-9, 0.5)])
def svi(k=(-1, 1), m=(-0.3, 0.3), sigma=(0.05, 0.5), rho=(-0.9, 0.9)):
    return 0.04 + 0.4 * (rho * (k - m) + sqrt((k - m)**2 + sigma**2))


@formula("Nelson and Siegel, J. Bus. 60 (1987) 473; Svensson (1994): yield curve", hard=[(1e-9, 1, 3), (1e3, 1, 3)])
def svensson(t=(0.25, 30), tau1=(0.5, 3), tau2=(3, 12)):
    x, y = t / tau1, t / tau2
    first = (1 - exp(-x)) / x
    return 0.04 - 0.02 * first + 0.01 * (first - exp(-x)) + 0.015 * ((1 - exp(-y)) / y - exp(-y))


@formula(HULL + "present value of an annuity that grows", hard=[(1e-9, 30, 0), (0.0300001, 30, 0.03)])
def growing_annuity(r=(0.04, 0.1), n=(5, 40), g=(0, 0.03)):
    return (1 - ((1 + g) / (1 + r))**n) / (r - g)


@formula(HULL + "payment of a mortgage", hard=[(1e-9, 360), (0.1, 1)])
def mortgage(r=(0.001, 0.02), n=(12, 360)):
    return r * (1 + r)**n / ((1 + r)**n - 1)


@formula("Macaulay (1938); Fabozzi, Fixed Income Mathematics: modified duration of a bond of five payments", hard=[
    (0.05, 0.0500001), (0, 0.3)])
def modified_duration(coupon=(0, 0.1), y=(0.01, 0.12)):
    flows = [(k, coupon + (1 if k == 5 else 0)) for k in range(1, 6)]
    price = sum(c / (1 + y)**k for k, c in flows)
    return sum(k * c / (1 + y)**(k + 1) for k, c in flows) / price


@formula("Engle and Bollerslev's GARCH(1,1): log likelihood of three returns; Tsay, Analysis of Financial Time Series, 3", hard=[
    (1e-6, 0.1, 0.8999999), (0.1, 0, 0)])
def garch(omega=(0.01, 0.2), alpha=(0.02, 0.3), beta=(0.3, 0.65)):
    variance, total = omega / (1 - alpha - beta), 0
    for r in (0.5, -1.25, 0.25):
        total += -log(2 * pi * variance) / 2 - r**2 / (2 * variance)
        variance = omega + alpha * r**2 + beta * variance
    return total


@formula("Kelly, Bell Syst. Tech. J. 35 (1956) 917: rate of growth", hard=[(1e-12, 0.6), (0.9999999, 0.9)])
def kelly(bet=(0.01, 0.9), p=(0.3, 0.9)):
    return p * log(1 + 2 * bet) + (1 - p) * log(1 - bet)


@formula("Rockafellar and Uryasev, J. Risk 2 (2000) 21: expected shortfall of a lognormal loss beyond a level", hard=[(8, 0.5), (-8, 0.5)])
def expected_shortfall(z=(-1, 3), sigma=(0.1, 1)):
    return exp(sigma**2 / 2) * erfc((z - sigma) / sqrt(2)) / erfc(z / sqrt(2))


@formula("Kemna and Vorst, J. Bank. Finance 14 (1990) 113: the geometric Asian call", hard=[(100, 1e-6, 0.2), (30, 1, 0.2)])
def geometric_asian(s=(80, 120), t=(0.1, 2), sigma=(0.1, 0.5)):
    return call(s, 100, t, 0.03, sigma / sqrt(3), (0.03 + sigma**2 / 6) / 2)


@formula("Corrado and Miller, J. Bank. Finance 20 (1996) 595: implied volatility of a call", hard=[(0.05, 1, 1), (0.08, 1.0000001, 1)])
def corrado_miller(price=(0.1, 0.2), s=(0.98, 1.08), k=(0.98, 1.08)):
    middle = price - (s - k) / 2
    return sqrt(2 * pi) / (s + k) * (middle + sqrt(middle**2 - (s - k)**2 / pi))
