"""Five pendulums in a chain on a cart: SymPy's ready-made model, compiled mass matrix and forcing, and a picture.

The model is `sympy.physics.mechanics.models.n_link_pendulum_on_cart`. M(x) x' = f(x) is solved at each step; the
equations are printed nowhere and no C compiler is needed. Run: python examples/cart.py [folder for the picture]
"""
import sys
from pathlib import Path

import matplotlib
import numpy as np
import sympy
from scipy.integrate import solve_ivp
from sympy.physics.mechanics.models import n_link_pendulum_on_cart

import wengert as wg

matplotlib.use("Agg")
import matplotlib.pyplot as plt

links = 5
kane = n_link_pendulum_on_cart(links, cart_force=False)
state = [*kane.q, *kane.u]
constants = sorted((kane.mass_matrix_full.free_symbols | kane.forcing_full.free_symbols) - {sympy.Symbol("t")}, key=str)
values = {symbol: 9.81 if str(symbol) == "g" else 0.3 if str(symbol).startswith("l") else 0.5 for symbol in constants}
numbers = [values[symbol] for symbol in constants]

model = wg.lambdify([state, constants], [kane.mass_matrix_full, kane.forcing_full])
print(f"{len(state)} states, fewer than 600 operations a call: {model.cost().operations < 600}")


def motion(t, x):
    mass, forcing = model(x, numbers)
    return np.linalg.solve(mass, forcing[:, 0])


start = np.zeros(len(state))
start[1 : links + 1] = np.linspace(0.6, 1.4, links)
times = np.linspace(0, 4, 241)
solution = solve_ivp(motion, (0, 4), start, t_eval=times, rtol=1e-9, atol=1e-9)

# The energy of point masses on massless links, from the picture's own geometry.
angles, rates = solution.y[1 : links + 1], solution.y[links + 2 :]
across = solution.y[0] + np.cumsum(-0.3 * np.sin(angles), axis=0)
above = np.cumsum(0.3 * np.cos(angles), axis=0)
speed_x = solution.y[links + 1] + np.cumsum(-0.3 * np.cos(angles) * rates, axis=0)
speed_y = np.cumsum(-0.3 * np.sin(angles) * rates, axis=0)
energy = 0.25 * solution.y[links + 1] ** 2 + np.sum(0.25 * (speed_x**2 + speed_y**2) + 0.5 * 9.81 * above, axis=0)
print(f"integrated: {solution.success}, energy kept to 1e-5 J: {bool(np.ptp(energy) < 1e-5)}")

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "out")
folder.mkdir(exist_ok=True)
plt.figure(figsize=(5, 4))
for k in range(0, 61, 6):
    plt.plot([solution.y[0, k], *across[:, k]], [0, *above[:, k]], "o-", linewidth=0.8, markersize=2, color=plt.cm.viridis(k / 60))
plt.plot(across[-1], above[-1], linewidth=0.4, color="grey")
plt.axis("equal")
plt.xlabel("x in m")
plt.ylabel("y in m")
plt.tight_layout()
plt.savefig(folder / "cart.png", dpi=120)
print("wrote cart.png")
