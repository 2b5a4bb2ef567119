"""A double pendulum from SymPy's mechanics: equations of motion compiled, with the Jacobian that an implicit solver wants.

Kane's method gives M(q) u' = f(q, u). Both sides and the Jacobian of the right-hand side come from one `lambdify` each.
Writes the trajectory of the lower mass as a PNG. Run: python examples/pendulum.py [folder for the picture]
"""
import sys
from pathlib import Path

import matplotlib
import numpy as np
import sympy
from scipy.integrate import solve_ivp
from sympy.physics.mechanics import KanesMethod, Particle, Point, ReferenceFrame, dynamicsymbols

import wengert as wg

matplotlib.use("Agg")
import matplotlib.pyplot as plt

g, length, mass = 9.81, 1.0, 1.0
q1, q2, u1, u2 = state = dynamicsymbols("q1 q2 u1 u2")
ground = ReferenceFrame("N")
origin, first, second = Point("O"), Point("P"), Point("R")
origin.set_vel(ground, 0)
first.set_pos(origin, length * (sympy.sin(q1) * ground.x - sympy.cos(q1) * ground.y))
second.set_pos(first, length * (sympy.sin(q2) * ground.x - sympy.cos(q2) * ground.y))
speeds = {q1.diff(): u1, q2.diff(): u2}
for point in (first, second):
    point.set_vel(ground, point.pos_from(origin).dt(ground).subs(speeds))
bodies = [Particle("upper", first, mass), Particle("lower", second, mass)]
kane = KanesMethod(ground, q_ind=[q1, q2], u_ind=[u1, u2], kd_eqs=[q1.diff() - u1, q2.diff() - u2])
kane.kanes_equations(bodies, [(point, -mass * g * ground.y) for point in (first, second)])

right_hand_side = kane.rhs()
motion = wg.lambdify(state, list(right_hand_side), derivatives="jacobian")
kinetic = sum(body.kinetic_energy(ground) for body in bodies)
potential = sum(mass * g * point.pos_from(origin).dot(ground.y) for point in (first, second))
energy = wg.lambdify(state, kinetic.subs(speeds) + potential)

start = [2.0, 1.5, 0.0, 0.0]
solution = solve_ivp(lambda t, s: motion(*s)[0], (0, 10), start, method="Radau", jac=lambda t, s: motion(*s)[1],
                     rtol=1e-9, atol=1e-9, max_step=0.02)
energies = [energy(*s) for s in solution.y.T]
drift = np.max(np.abs(np.array(energies) - energies[0]))
count = sum(e.count_ops() for e in right_hand_side)
print(f"operations of the right-hand side in SymPy: {count}, state at 10 s reached: {solution.success}")
print("energy drift below 1e-5 J:", bool(drift < 1e-5))

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
folder.mkdir(exist_ok=True)
a, b = solution.y[0], solution.y[1]
plt.figure(figsize=(4, 4))
plt.plot(length * (np.sin(a) + np.sin(b)), -length * (np.cos(a) + np.cos(b)), linewidth=0.7)
plt.axis("equal")
plt.xlabel("x in m")
plt.ylabel("y in m")
plt.tight_layout()
plt.savefig(folder / "pendulum.png", dpi=120)
print("wrote pendulum.png")
