"""Rosenbrock's function of ten variables with its gradient: the cost of a call from an optimiser."""

from itertools import pairwise

import arrays
import expressions
import numpy as np
from workload import GRADIENT, Call, Workload

OUT = "into out"


def cost(xp, x):
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def reference(x):
    gradient = np.zeros_like(x)
    miss = x[1:] - x[:-1] ** 2
    gradient[1:] += 200 * miss
    gradient[:-1] -= 400 * miss * x[:-1] + 2 * (1 - x[:-1])
    return cost(np, x), gradient


def inputs():
    return (np.random.default_rng(0).normal(size=10),)


workload = Workload("Rosenbrock, 10 variables", inputs, reference)


def compiled():
    import wengert as wg

    x = wg.symbol("x", (10,))
    value = np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)
    return wg.function([x], [value, wg.grad(value, x)])


@workload.engine("wengert", GRADIENT)
def wengert(x):
    return Call(compiled(), (x,))


@workload.engine("wengert", OUT)
def wengert_out(x):
    return Call(compiled(), (x,), {"out": (None, np.empty(10))})  # the value is a number, the gradient written in place


arrays.register(workload, cost, wrt=(0,))


def scalar_model(xp, x):
    return [sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))]


def scalar_engine(build, **options):
    return lambda x: build([f"x{i}" for i in range(10)], scalar_model, x, wrt=10, **options)


for name in ("casadi", "symengine", "heyoka", "sympy"):
    workload.engine(name, GRADIENT)(scalar_engine(getattr(expressions, name)))
for name in ("casadi", "symengine", "heyoka"):
    workload.engine(name, OUT)(scalar_engine(getattr(expressions, name), out=True))


def by_hand(x, gradient):
    value = 0.0
    gradient[:] = 0.0
    for i in range(len(x) - 1):
        miss, rest = x[i + 1] - x[i] ** 2, 1 - x[i]
        value += 100 * miss**2 + rest**2
        gradient[i] -= 400 * miss * x[i] + 2 * rest
        gradient[i + 1] += 200 * miss
    return value


@workload.engine("numba by hand", GRADIENT)
def numba(x):
    from numba import njit

    fill = njit(by_hand)

    @njit
    def both(x):
        gradient = np.empty_like(x)
        return fill(x, gradient), gradient

    return Call(both, (x,))


@workload.engine("numba by hand", OUT)
def numba_out(x):
    from numba import njit

    gradient = np.empty(10)
    return Call(njit(by_hand), (x, gradient), answer=lambda value: (value, gradient))
