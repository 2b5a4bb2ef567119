"""Black-Scholes calls, a million options, float64: the sum of the prices and its partials by all five inputs."""

import math

import arrays
import numpy as np
from workload import Call, Workload

NAMES = ("spot", "strike", "years", "rate", "volatility")


def inputs(n=1_000_000):
    random = np.random.default_rng(0)
    ranges = ((80, 120), (80, 120), (0.1, 2), (0.01, 0.05), (0.1, 0.5))
    return tuple(random.uniform(low, high, n) for low, high in ranges)


def cost(xp, spot, strike, years, rate, volatility):
    spread = volatility * xp.sqrt(years)
    d1 = (xp.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    d2 = d1 - spread
    below1, below2 = ((1 + xp.erf(d / math.sqrt(2))) / 2 for d in (d1, d2))
    return xp.sum(spot * below1 - strike * xp.exp(-rate * years) * below2)


def reference(spot, strike, years, rate, volatility):
    from scipy.special import ndtr

    spread = volatility * np.sqrt(years)
    d1 = (np.log(spot / strike) + (rate + volatility**2 / 2) * years) / spread
    density = np.exp(-d1 * d1 / 2) / math.sqrt(2 * math.pi)
    delta, due = ndtr(d1), np.exp(-rate * years) * ndtr(d1 - spread)
    vega = spot * density * np.sqrt(years)
    theta = rate * strike * due + vega * volatility / (2 * years)
    return np.sum(spot * delta - strike * due), delta, -due, theta, strike * years * due, vega


workload = Workload("Black-Scholes, 1e6 options", inputs, reference)


@workload.engine("wengert")
def wengert(*data):
    import wengert as wg

    symbols = [wg.symbol(name, ("n",)) for name in NAMES]
    total = cost(arrays.Names(np, wg.special), *symbols)
    return Call(wg.function(symbols, [total, *wg.grad(total, symbols)]), data)


arrays.register(workload, cost, wrt=(0, 1, 2, 3, 4))
