"""A pendulum swung up with the least torque: direct collocation, solved by SciPy's trust-constr with sparse derivatives.

The motion is cut into intervals; angles, speeds and torques at their ends are the unknowns, and the trapezoidal rule between
neighbours is the constraint (M. Kelly, "An Introduction to Trajectory Optimization", SIAM Review 2017). Each constraint
reads at most six of the unknowns, so the Jacobian and the Hessian of the Lagrangian are nearly empty.
Run: python examples/collocation.py
"""
from itertools import pairwise

import numpy as np
import sympy
from scipy.integrate import solve_ivp
from scipy.optimize import NonlinearConstraint, minimize

import wengert as wg

intervals, duration = 40, 5.0
step = duration / intervals
angle, speed, torque = (sympy.symbols(f"{name}:{intervals + 1}") for name in ("angle", "speed", "torque"))
unknowns = [*angle, *speed, *torque]


def acceleration(k):
    return torque[k] - sympy.sin(angle[k])


effort = step * sympy.Add(*((a**2 + b**2) / 2 for a, b in pairwise(torque)))
motion = [angle[k + 1] - angle[k] - step / 2 * (speed[k] + speed[k + 1]) for k in range(intervals)]
motion += [speed[k + 1] - speed[k] - step / 2 * (acceleration(k) + acceleration(k + 1)) for k in range(intervals)]
ends = [angle[0], speed[0], angle[-1] - sympy.pi, speed[-1]]
constraints = [*motion, *ends]
multipliers = sympy.symbols(f"multiplier:{len(constraints)}")
lagrangian = sympy.Add(*(m * c for m, c in zip(multipliers, constraints)))

cost = wg.lambdify([unknowns], effort, derivatives="hessian", sparse=True)
defects = wg.lambdify([unknowns], constraints, derivatives="jacobian", sparse=True)
curvature = wg.lambdify([unknowns, multipliers], lagrangian, derivatives="hessian", wrt=unknowns, sparse=True)

guess = np.concatenate([np.linspace(0, np.pi, intervals + 1), np.zeros(2 * (intervals + 1))])
solution = minimize(
    lambda z: cost(z)[0], guess, method="trust-constr", jac=lambda z: cost(z)[1], hess=lambda z: cost(z)[2],
    constraints=NonlinearConstraint(lambda z: defects(z)[0], 0, 0, jac=lambda z: defects(z)[1], hess=lambda z, m: curvature(z, m)[2]),
    options={"gtol": 1e-8, "xtol": 1e-10, "maxiter": 200},
)
slopes = defects(guess)[1]
print(f"unknowns {len(unknowns)}, constraints {len(constraints)}, entries of the Jacobian {slopes.nnz} of {np.prod(slopes.shape)}")
print(f"converged: {solution.status in (1, 2)}, largest defect below 1e-9: {np.abs(defects(solution.x)[0]).max() < 1e-9}")
print(f"effort {solution.fun:.3f}")

times, torques = np.linspace(0, duration, intervals + 1), solution.x[-intervals - 1:]
swing = solve_ivp(lambda t, y: [y[1], np.interp(t, times, torques) - np.sin(y[0])], (0, duration), [0, 0], rtol=1e-9, max_step=step)
print("simulated with these torques it ends upright within 2 degrees:", bool(abs(np.degrees(swing.y[0, -1]) - 180) < 2))
