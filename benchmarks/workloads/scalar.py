"""x sin x + exp(-x²) at one number: what a call costs when there is nothing to compute."""

import math

import arrays
import expressions
import numpy as np
from workload import VALUE, Call, Workload

DERIVATIVE = "value+derivative"


def model(xp, x):
    return x * xp.sin(x) + xp.exp(-(x**2))


def reference(x):
    return model(math, x), math.sin(x) + x * math.cos(x) - 2 * x * math.exp(-(x**2))


workload = Workload("x sin x + exp(-x²)", lambda: (0.7,), reference)


@workload.engine("wengert", VALUE)
def wengert_value(point):
    import wengert as wg

    x = wg.symbol("x")
    return Call(wg.function([x], model(np, x)), (point,))


@workload.engine("wengert", DERIVATIVE)
def wengert_derivative(point):
    import wengert as wg

    x = wg.symbol("x")
    y = model(np, x)
    return Call(wg.function([x], [y, wg.grad(y, x)]), (point,))


@workload.engine("jax", VALUE)
def jax_value(point):
    import jax

    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(lambda x: model(jax.numpy, x))
    return Call(lambda x: compiled(x).block_until_ready(), (jax.numpy.asarray(point),))


@workload.engine("torch", VALUE)
def torch_value(point):
    import torch

    return Call(lambda x: model(torch, x), (torch.tensor(point, dtype=torch.float64),))


@workload.engine("pytensor", VALUE)
def pytensor_value(point):
    import pytensor
    import pytensor.tensor as pt

    x = pt.dscalar("x")
    compiled = pytensor.function([x], model(pt, x))
    compiled.trust_input = True
    return Call(compiled, (np.asarray(point),))


def numba_value(point):
    import numba

    return Call(numba.njit(lambda x: x * np.sin(x) + np.exp(-(x**2))), (point,))


def numba_derivative(point):
    import numba

    @numba.njit
    def both(x):
        sine, bell = np.sin(x), np.exp(-(x**2))
        return x * sine + bell, sine + x * np.cos(x) - 2 * x * bell

    return Call(both, (point,))


def scalar_engine(build, wrt):
    return lambda point: build(["x"], lambda xp, variables: [model(xp, variables[0])], [point], wrt)


for name in ("casadi", "symengine", "heyoka", "sympy"):
    build = getattr(expressions, name)
    workload.engine(name, VALUE)(scalar_engine(build, 0))
    workload.engine(name, DERIVATIVE)(scalar_engine(build, 1))

for name in ("jax", "torch", "pytensor", "autograd"):
    build = arrays.BUILDERS[name]
    workload.engine(name, DERIVATIVE)(lambda point, build=build: build(model, (np.float64(point),), (0,)))

workload.engine("numba by hand", VALUE)(numba_value)
workload.engine("numba by hand", DERIVATIVE)(numba_derivative)
