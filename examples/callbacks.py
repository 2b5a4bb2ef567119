"""SciPy calls compiled code without Python in between: an integral, a triple integral, and a filter of an image.

    python examples/callbacks.py
"""
import numpy as np
import sympy
from scipy import integrate, ndimage

import wengert as wg

x, y, z = sympy.symbols("x y z")

planck = wg.lambdify([x], x**3 / (sympy.exp(x) - 1))
value, _ = integrate.quad(planck.low_level_callable(), 0, np.inf)
print(f"energy of black-body radiation: {value:.10f}, pi**4/15 = {np.pi**4 / 15:.10f}")

cloud = wg.lambdify([x, y, z], sympy.exp(-(x**2 + y**2 + z**2)))
value, _ = integrate.nquad(cloud.low_level_callable(), [(0, 3)] * 3)
print(f"an octant of a Gaussian: {value:.8f}, (sqrt(pi) erf(3) / 2)**3 = {(np.sqrt(np.pi) * float(sympy.erf(3)) / 2) ** 3:.8f}")

window = wg.symbol("window", 25)
spread = wg.function([window], wg.std(window))
image = np.fromfunction(lambda i, j: np.sin(i / 5) * np.cos(j / 7), (120, 160))
texture = ndimage.generic_filter(image, spread.low_level_callable(), size=(5, 5))
same = np.allclose(texture, ndimage.generic_filter(image, np.std, size=(5, 5)), atol=1e-12)
print(f"local spread of an image: from {texture.min():.4f} to {texture.max():.4f}, as with np.std: {same}")
