"""Many points at once: twenty formulas of physics at a million points, and a Hamiltonian with its gradient.

    python benchmarks/points.py [--quick]

Each formula is compiled by `wg.lambdify` and by SymPy's own `lambdify` for NumPy, called on the same arrays and compared.
The Hamiltonian of the restricted three-body problem is that of heyoka's documentation, value and gradient; heyoka's
compiled function runs beside ours where it is installed. Milliseconds a call, medians, results allocated by the call
and, in the second column of the Hamiltonian, written into given arrays.
"""

from __future__ import annotations

import statistics
import sys
import warnings
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import sympy as sp
from rich.console import Console
from rich.table import Table

import wengert as wg

POINTS = 1_000_000

# name, formula, the range of each symbol
FORMULAS: list[tuple[str, str, dict[str, tuple[float, float]]]] = [
    ("Planck's law", "2*h*nu**3/(exp(h*nu/T) - 1)", {"h": (0.9, 1.1), "nu": (0.1, 9), "T": (0.5, 3)}),
    ("van der Waals pressure", "8*T/(3*V - 1) - 3/V**2", {"T": (0.8, 2), "V": (0.6, 4)}),
    ("Lennard-Jones potential", "4*e*((s/r)**12 - (s/r)**6)", {"e": (0.5, 2), "s": (0.9, 1.1), "r": (0.9, 3)}),
    ("Morse potential", "D*(1 - exp(-a*(r - r0)))**2", {"D": (1, 5), "a": (0.5, 2), "r": (0.5, 4), "r0": (0.9, 1.1)}),
    ("relativistic Doppler shift", "f*sqrt((1 + b)/(1 - b))", {"f": (1, 9), "b": (-0.9, 0.9)}),
    ("Breit-Wigner resonance", "k/((s - m**2)**2 + m**2*g**2)", {"k": (1, 2), "s": (1, 9), "m": (1, 3), "g": (0.01, 1)}),
    ("Debye-Hueckel potential", "q*exp(-r/l)/r", {"q": (0.5, 2), "r": (0.1, 5), "l": (0.5, 3)}),
    ("Kepler's equation", "E - e*sin(E) - M", {"E": (0, 6), "e": (0, 0.9), "M": (0, 6)}),
    ("damped oscillation", "A*exp(-g*t)*cos(w*t + p)", {"A": (1, 2), "g": (0.1, 1), "t": (0, 9), "w": (1, 5), "p": (0, 3)}),
    ("Fresnel reflectance", "((n1*cos(a) - n2*sqrt(1 - (n1/n2*sin(a))**2))/(n1*cos(a) + n2*sqrt(1 - (n1/n2*sin(a))**2)))**2",
     {"n1": (1, 1.2), "n2": (1.3, 2), "a": (0, 1.5)}),
    ("Maxwell-Boltzmann speeds", "sqrt(2/pi)*v**2*exp(-v**2/(2*a**2))/a**3", {"v": (0.1, 5), "a": (0.5, 2)}),
    ("Fermi-Dirac occupation", "1/(exp((e - m)/T) + 1)", {"e": (-3, 3), "m": (-1, 1), "T": (0.1, 2)}),
    ("Gaussian beam", "w0/w*exp(-r**2/w**2)*cos(k*z)", {"w0": (0.5, 1), "w": (1, 2), "r": (0, 3), "k": (1, 9), "z": (0, 5)}),
    ("Yukawa with core", "tanh(r)*exp(-m*r)/r + log(1 + r)", {"r": (0.1, 5), "m": (0.5, 3)}),
    ("great circle", "2*asin(sqrt(sin((b2 - b1)/2)**2 + cos(b1)*cos(b2)*sin((l2 - l1)/2)**2))",
     {"b1": (-1, 1), "b2": (-1, 1), "l1": (-3, 3), "l2": (-3, 3)}),
    ("Rutherford scattering", "(a/(4*E))**2/sin(t/2)**4", {"a": (1, 2), "E": (1, 9), "t": (0.1, 3)}),
    ("Antoine vapour pressure", "10**(A - B/(C + T))", {"A": (7, 9), "B": (1500, 1800), "C": (220, 240), "T": (10, 99)}),
    ("Arrhenius rate", "A*exp(-E/(R*T))", {"A": (1, 9), "E": (1, 20), "R": (0.9, 1.1), "T": (1, 3)}),
    ("log-normal density", "exp(-(log(x) - m)**2/(2*s**2))/(x*s*sqrt(2*pi))", {"x": (0.1, 9), "m": (-1, 1), "s": (0.3, 2)}),
    ("heat kernel with drift", "exp(-(x - v*t)**2/(4*D*t))/sqrt(4*pi*D*t)*(1 + erf(x))",
     {"x": (-3, 3), "v": (0, 1), "t": (0.1, 2), "D": (0.1, 1)}),
]


def median(rounds: int, call: Callable[..., Any], *args: Any, **named: Any) -> float:
    call(*args, **named)
    times = []
    for _ in range(rounds):
        start = perf_counter()
        call(*args, **named)
        times.append(perf_counter() - start)
    return statistics.median(times) * 1e3


def formulas(rounds: int) -> Table:
    table = Table("formula", "NumPy ms", "Wengert ms", "times", "one thread", "gradient too", "difference")
    ratios = []
    for name, text, ranges in FORMULAS:
        symbols = [sp.Symbol(s) for s in ranges]
        expr = sp.sympify(text, locals={str(s): s for s in symbols})
        random = np.random.default_rng(0)
        data = [random.uniform(*ranges[str(s)], POINTS) for s in symbols]
        ours, alone = wg.lambdify(symbols, expr), wg.lambdify(symbols, expr, threads=1)
        both = wg.lambdify(symbols, expr, derivatives="gradient")
        numpy = sp.lambdify(symbols, expr, "scipy", cse=True)
        right = numpy(*data)
        error = float(np.max(np.abs(ours(*data) - right)) / np.max(np.abs(right)))
        theirs, mine = median(rounds, numpy, *data), median(rounds, ours, *data)
        ratios.append(theirs / mine)
        row = (theirs, mine, theirs / mine, median(rounds, alone, *data), median(rounds, both, *data))
        table.add_row(name, *(f"{value:.2f}" for value in row), f"{error:.0e}")
    table.add_row("geometric mean", "", "", f"{statistics.geometric_mean(ratios):.2f}", "", "", "")
    return table


def hamiltonian(rounds: int) -> Table:
    names = ("px", "py", "pz", "x", "y", "z")
    px, py, pz, x, y, z = symbols = sp.symbols(names)
    mu = 0.01
    far, near = sp.sqrt((x - mu) ** 2 + y**2 + z**2), sp.sqrt((x - mu + 1) ** 2 + y**2 + z**2)
    energy = sp.Rational(1, 2) * (px**2 + py**2 + pz**2) + y * px - x * py - (1 - mu) / far - mu / near
    data = np.random.default_rng(0).uniform(size=(6, POINTS))
    table = Table("restricted three-body problem, 1e6 points", "allocating ms", "into out ms")
    ours = wg.lambdify(symbols, energy, derivatives="gradient")
    results = ours(*data)
    table.add_row("Wengert", f"{median(rounds, ours, *data):.2f}", f"{median(rounds, ours, *data, out=results):.2f}")
    try:
        import heyoka
    except ImportError:
        return table
    variables = heyoka.make_vars(*names)
    qx, qy, qz, u, v, w = variables
    far, near = heyoka.sqrt((u - mu) ** 2 + v**2 + w**2), heyoka.sqrt((u - mu + 1) ** 2 + v**2 + w**2)
    energy = 0.5 * (qx**2 + qy**2 + qz**2) + v * qx - u * qy - (1 - mu) / far - mu / near
    theirs = heyoka.cfunc([energy, *(heyoka.diff(energy, q) for q in variables)], vars=list(variables))
    place = theirs(data)
    np.testing.assert_allclose(place, np.vstack([results[0][None], results[1]]), rtol=1e-9, atol=1e-9)
    table.add_row("heyoka", f"{median(rounds, theirs, data):.2f}", f"{median(rounds, theirs, data, outputs=place):.2f}")
    return table


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    rounds = 5 if "--quick" in sys.argv else 21
    console = Console()
    console.print(formulas(rounds))
    console.print(hamiltonian(rounds))
