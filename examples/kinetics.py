"""Chemical kinetics: an autocatalytic reaction of H. H. Robertson, stiff over eleven decades, and rates fitted to measurements.

`solve_ivp` (Radau) gets the compiled right-hand side and its exact Jacobian; `root` finds the equilibrium; `least_squares`
gets the Jacobian by the parameters. Everything is written once, in SymPy. Run: python examples/kinetics.py
"""
import numpy as np
import sympy
from scipy.integrate import solve_ivp
from scipy.optimize import least_squares, root

import wengert as wg

a, b, c = state = sympy.symbols("a b c")
k1, k2, k3 = rates = sympy.symbols("k1 k2 k3")
slow, fast, back = k1 * a, k2 * b**2, k3 * b * c
equations = [-slow + back, slow - back - fast, fast]
values = (0.04, 3e7, 1e4)

# stiff integration: y is one array argument, so f(y, ...) takes the solver's vector as it is
motion = wg.lambdify([list(state), *rates], equations, derivatives="jacobian", wrt=list(state))
solution = solve_ivp(lambda t, y: motion(y, *values)[0], (0, 1e11), [1.0, 0.0, 0.0], method="Radau",
                     jac=lambda t, y: motion(y, *values)[1], rtol=1e-8, atol=1e-12)
print("Robertson's reaction at t = 40:  ", end="")
reference = [0.7158270687, 9.185534764e-06, 0.2841637457]  # Hairer and Wanner, Solving Ordinary Differential Equations II, IV.10
short = solve_ivp(lambda t, y: motion(y, *values)[0], (0, 40), [1.0, 0.0, 0.0], method="Radau",
                  jac=lambda t, y: motion(y, *values)[1], rtol=1e-10, atol=1e-14)
print("agrees with the literature to 1e-8:", bool(np.allclose(short.y[:, -1], reference, rtol=1e-8, atol=1e-12)))
print(f"reached t = 1e11: {solution.success}, mass kept to 1e-9: {bool(abs(solution.y[:, -1].sum() - 1) < 1e-9)}")

# equilibrium of a reversible reaction 2 A <-> B with mass balance, by Newton's method with the exact Jacobian
balance = wg.lambdify([[a, b], k1, k2], [a**2 * k1 - b * k2, a + 2 * b - 3], derivatives="jacobian", wrt=[a, b])
found = root(lambda y: balance(y, 2.0, 0.5), [1.0, 1.0], jac=True)
print(f"equilibrium: a = {found.x[0]:.6f}, b = {found.x[1]:.6f}, residual below 1e-12: {bool(np.abs(found.fun).max() < 1e-12)}")

# a fit: Michaelis and Menten's rate law, all measurements at once as points
s, v, k = sympy.symbols("s v k")
law = wg.lambdify([s, v, k], v * s / (k + s), derivatives="gradient", wrt=[v, k])
amounts = np.array([0.02, 0.06, 0.11, 0.22, 0.56, 1.10])
measured = np.array([47.0, 97.0, 123.0, 152.0, 191.0, 200.0])  # Treloar 1974 (Bates and Watts 1988, table A1.3), the second of each two
fit = least_squares(lambda p: law(amounts, *p)[0] - measured, [150.0, 0.1], jac=lambda p: law(amounts, *p)[1].T, xtol=1e-14, ftol=1e-14)
print(f"fitted: v = {fit.x[0]:.3f}, k = {fit.x[1]:.5f}, residual sum of squares {2 * fit.cost:.3f}")
