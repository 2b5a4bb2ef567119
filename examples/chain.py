"""A hanging chain: the potential energy of its joints is least where every link has its length.

`minimize` (SLSQP) gets the energy's gradient and the Jacobian of the links' lengths, both compiled from one SymPy model.
Run: python examples/chain.py
"""
from itertools import pairwise

import numpy as np
import sympy
from scipy.optimize import minimize, root_scalar

import wengert as wg

links, length, span = 20, 0.1, 1.2
x = [sympy.Integer(0), *sympy.symbols(f"x1:{links}"), sympy.Float(span)]
y = [sympy.Integer(0), *sympy.symbols(f"y1:{links}"), sympy.Integer(0)]
joints = [*x[1:-1], *y[1:-1]]

energy = sum((a + b) / 2 for a, b in pairwise(y))
stretch = [(b - a) ** 2 + (d - c) ** 2 - length**2 for a, b, c, d in zip(x, x[1:], y, y[1:])]
cost = wg.lambdify([joints], energy, derivatives="gradient")
held = wg.lambdify([joints], stretch, derivatives="jacobian")

along = np.linspace(0, 1, links + 1)[1:-1]
start = np.concatenate([span * along, -2 * along * (1 - along)])
found = minimize(cost, start, jac=True, method="SLSQP", options={"maxiter": 500, "ftol": 1e-12},
                 constraints={"type": "eq", "fun": lambda q: held(q)[0], "jac": lambda q: held(q)[1]})
print(f"converged: {found.success}, links keep their length to 1e-9: {bool(np.abs(held(found.x)[0]).max() < 1e-9)}")

# The chain of many short links is a catenary y = a cosh(x/a); its parameter follows from the length and the span.
a = root_scalar(lambda a: 2 * a * np.sinh(span / (2 * a)) - links * length, bracket=(0.1, 10)).root
sag = a * (np.cosh(span / (2 * a)) - 1)
lowest = -found.x[links - 1:].min()
print(f"lowest joint {lowest:.4f} below the ends, the catenary's {sag:.4f}: within 1 %: {bool(abs(lowest - sag) < 0.01 * sag)}")
symmetric = np.abs(found.x[links - 1:] - found.x[links - 1:][::-1]).max()
print(f"symmetric to 1e-6: {bool(symmetric < 1e-6)}")
