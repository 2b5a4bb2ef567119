"""Rosenbrock's valley in 100 variables: SciPy's optimisers with compiled gradients and Hessian-vector products.

H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a function", 1960.
Run: python examples/rosenbrock.py
"""
import numpy as np
from scipy.optimize import minimize

import wengert as wg

n = 100
x, v = wg.symbol("x", n), wg.symbol("v", n)
cost = np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)

value_and_gradient = wg.function([x], [cost, wg.grad(cost, x)], name="rosenbrock")
curvature_along = wg.function([x, v], wg.hvp(cost, x, v), name="curvature")

start = np.tile([-1.2, 1.0], n // 2)
bfgs = minimize(value_and_gradient, start, jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 5000})
newton = minimize(value_and_gradient, start, jac=True, hessp=curvature_along, method="Newton-CG", options={"xtol": 1e-10})
for name, result in (("BFGS with the gradient", bfgs), ("Newton-CG with hvp", newton)):
    near = "at the minimum" if np.allclose(result.x, 1, atol=1e-3) else "not there: another local minimum"
    print(f"{name:24} cost below 1e-6: {result.fun < 1e-6}, {near}")

direction = np.cos(np.arange(n))
step = 1e-6
numeric = (value_and_gradient(start + step * direction)[1] - value_and_gradient(start - step * direction)[1]) / (2 * step)
print("Hessian-vector product agrees with differences of the gradient:",
      np.allclose(curvature_along(start, direction), numeric, rtol=1e-6, atol=1e-3))
