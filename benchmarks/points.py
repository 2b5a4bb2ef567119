"""Many points at once: twenty formulas of physics at a million points, and a Hamiltonian with its gradient.

    python benchmarks/points.py [--quick]

Each formula is compiled by `wg.lambdify` and by SymPy's own `lambdify` for NumPy, called on the same arrays and compared.
The Hamiltonian of the restricted three-body problem is that of heyoka's documentation, value and gradient; heyoka's
compiled function runs beside ours where it is installed. Milliseconds a call, medians of rounds in which all take turns.
"""

from __future__ import annotations

import statistics
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from time import perf_counter

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


def medians(rounds: int, calls: Mapping[str, Callable[[], object]]) -> dict[str, float]:
    """Milliseconds of each call; they take turns, so that a busy machine is as slow for all of them."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            start = perf_counter()
            call()
            if turn:
                times[name].append((perf_counter() - start) * 1e3)
    return {name: statistics.median(found) for name, found in times.items()}


def formulas(rounds: int, dtype: str) -> Table:
    """Each formula, results allocated by the call."""
    table = Table(f"{dtype}, ms a call", "NumPy", "Wengert", "times", "one thread", "with gradient", "difference")
    ratios = []
    for name, text, ranges in FORMULAS:
        symbols = [sp.Symbol(s) for s in ranges]
        expr = sp.sympify(text, locals={str(s): s for s in symbols})
        random = np.random.default_rng(0)
        data = [random.uniform(*ranges[str(s)], POINTS).astype(dtype) for s in symbols]
        ours, alone = wg.lambdify(symbols, expr, dtype=dtype), wg.lambdify(symbols, expr, dtype=dtype, threads=1)
        both = wg.lambdify(symbols, expr, dtype=dtype, derivatives="gradient")
        numpy = sp.lambdify(symbols, expr, "scipy", cse=True)
        right = numpy(*data)
        error = float(np.max(np.abs(ours(*data) - right)) / np.max(np.abs(right)))
        found = medians(rounds, {name: partial(f, *data) for name, f in (
            ("numpy", numpy), ("ours", ours), ("alone", alone), ("both", both))})
        ratios.append(found["numpy"] / found["ours"])
        row = (found["numpy"], found["ours"], ratios[-1], found["alone"], found["both"])
        table.add_row(name, *(f"{value:.2f}" for value in row), f"{error:.0e}")
    table.add_row("geometric mean", "", "", f"{statistics.geometric_mean(ratios):.2f}", "", "", "")
    table.add_row("least and most", "", "", f"{min(ratios):.2f} to {max(ratios):.2f}", "", "", "")
    return table


def hamiltonian(rounds: int, dtype: str) -> Table:
    names = ("px", "py", "pz", "x", "y", "z")
    px, py, pz, x, y, z = symbols = sp.symbols(names)
    mu = 0.01
    far, near = sp.sqrt((x - mu) ** 2 + y**2 + z**2), sp.sqrt((x - mu + 1) ** 2 + y**2 + z**2)
    energy = sp.Rational(1, 2) * (px**2 + py**2 + pz**2) + y * px - x * py - (1 - mu) / far - mu / near
    data = np.random.default_rng(0).uniform(size=(6, POINTS)).astype(dtype)
    table = Table(f"restricted three-body problem, {dtype}, ms a call", "allocating", "into given arrays", "one thread, into given arrays")
    ours, alone = (wg.lambdify(symbols, energy, dtype=dtype, derivatives="gradient", threads=threads) for threads in (None, 1))
    results = ours(*data)
    calls: dict[str, Callable[[], object]] = {
        "Wengert": partial(ours, *data), "Wengert into": partial(ours, *data, out=results),
        "Wengert alone": partial(alone, *data, out=results)}
    try:
        import heyoka
    except ImportError:
        pass
    else:
        variables = heyoka.make_vars(*names)
        qx, qy, qz, u, v, w = variables
        constant = np.dtype(dtype).type
        half, one, mu, rest = constant(0.5), constant(1), constant(mu), constant(1 - mu)
        far, near = heyoka.sqrt((u - mu) ** 2 + v**2 + w**2), heyoka.sqrt((u - mu + one) ** 2 + v**2 + w**2)
        energy = half * (qx**2 + qy**2 + qz**2) + v * qx - u * qy - rest / far - mu / near
        outputs = [energy, *(heyoka.diff(energy, q) for q in variables)]
        theirs = heyoka.cfunc(outputs, vars=list(variables), fp_type=constant if dtype == "float32" else float)
        place = theirs(data)
        np.testing.assert_allclose(place, np.vstack([results[0][None], results[1]]), **TOLERANCE[dtype])
        calls |= {"heyoka": partial(theirs, data), "heyoka into": partial(theirs, data, outputs=place),
                  "heyoka alone": partial(theirs, data, outputs=place, batch_parallel=False)}
    found = medians(rounds, calls)
    for name in ("Wengert", "heyoka"):
        if name in found:
            table.add_row(name, *(f"{found[name + column]:.2f}" for column in ("", " into", " alone")))
    return table


TOLERANCE = {"float64": {"rtol": 1e-9, "atol": 1e-9}, "float32": {"rtol": 1e-3, "atol": 1e-3}}

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    rounds = 5 if "--quick" in sys.argv else 21
    console = Console(width=120)
    for dtype in ("float64", "float32"):
        console.print(formulas(rounds, dtype))
        console.print(hamiltonian(rounds, dtype))
