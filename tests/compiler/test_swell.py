"""Derivatives of SymPy models do not swell: operations are counted after the passes, against those of the value."""
from __future__ import annotations

import math
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import sympy

import wengert as wg

x, y, z = sympy.symbols("x y z")


def rosenbrock(n: int) -> tuple[list[sympy.Symbol], sympy.Expr]:
    xs = list(sympy.symbols(f"x:{n}"))
    return xs, sympy.Add(*(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(xs)))


def harmonics(degree: int) -> list[sympy.Expr]:
    """Real spherical harmonics on the unit sphere by the recurrences that libraries use, up to a degree, as polynomials
    in x, y, z: the Legendre part by degree, and cos(m phi) sin(theta)**m and its sine by order."""
    cosine, sine, legendre = [sympy.S.One], [sympy.S.Zero], {}
    for m in range(degree + 1):
        cosine.append(x * cosine[m] - y * sine[m])
        sine.append(x * sine[m] + y * cosine[m])
        legendre[m, m] = sympy.S((-1) ** m * sympy.factorial2(2 * m - 1)) if m else sympy.S.One
        legendre[m + 1, m] = (2 * m + 1) * z * legendre[m, m]
        for n in range(m + 2, degree + 1):
            legendre[n, m] = ((2 * n - 1) * z * legendre[n - 1, m] - (n + m - 1) * legendre[n - 2, m]) / (n - m)
    return [
        _norm(n, abs(m)) * legendre[n, abs(m)] * (sine[-m] if m < 0 else cosine[m])
        for n in range(degree + 1) for m in range(-n, n + 1)
    ]


def _norm(n: int, m: int) -> sympy.Float:
    two = 1 if m == 0 else 2
    return sympy.Float(math.sqrt(two * (2 * n + 1) / (4 * math.pi) * math.factorial(n - m) / math.factorial(n + m)))


def operations(args: object, exprs: object, *derivatives: str, **options: object) -> int:
    return wg.lambdify(args, exprs, *derivatives, **options).cost().operations


def test_rosenbrock() -> None:
    """Value, gradient and sparse Hessian of 100 variables in at most three times the value."""
    xs, valley = rosenbrock(100)
    value = operations(xs, valley)
    assert operations(xs, valley, "gradient") <= 2 * value
    assert operations(xs, valley, "hessian", sparse=True) <= 2.7 * value
    assert wg.lambdify(xs, valley, "hessian", sparse=True)(*np.ones(100))[2].nnz == 298


def cluster(n: int) -> tuple[list[sympy.Symbol], sympy.Expr]:
    """The Lennard-Jones energy of n atoms."""
    atoms = [sympy.symbols(f"x{k} y{k} z{k}") for k in range(n)]
    squares = [sympy.Add(*((p - q) ** 2 for p, q in zip(atoms[i], atoms[j]))) for i in range(n) for j in range(i)]
    return [c for atom in atoms for c in atom], sympy.Add(*(r**-6 - r**-3 for r in squares))


def chain(n: int) -> tuple[list[sympy.Symbol], sympy.Expr]:
    """The Lagrangian of a chain of n pendulums."""
    angles, speeds = sympy.symbols(f"q:{n}"), sympy.symbols(f"u:{n}")
    across = down = energy = sympy.S.Zero
    for q, u in zip(angles, speeds):
        across, down = across + sympy.cos(q) * u, down + sympy.sin(q) * u
        energy += (across**2 + down**2) / 2
    return [*angles, *speeds], energy + 9.81 * sympy.Add(*((n - k) * sympy.cos(q) for k, q in enumerate(angles)))


def mixture(n: int) -> tuple[list[sympy.Symbol], sympy.Expr]:
    """The Gibbs energy of a regular solution of n components."""
    amounts = sympy.symbols(f"n:{n}", positive=True)
    whole = sympy.Add(*amounts)
    pairs = sympy.Add(*(amounts[i] * amounts[j] / whole * (i + 2) for i in range(n) for j in range(i)))
    return list(amounts), sympy.Add(*(a * sympy.log(a / whole) for a in amounts)) + pairs


def option() -> tuple[list[sympy.Symbol], sympy.Expr]:
    """A call option's value by Black and Scholes."""
    s, k, t, r, v = sympy.symbols("s k t r v")
    d = (sympy.log(s / k) + (r + v**2 / 2) * t) / (v * sympy.sqrt(t))
    normal = [(1 + sympy.erf(q / sympy.sqrt(2))) / 2 for q in (d, d - v * sympy.sqrt(t))]
    return [s, k, t, r, v], s * normal[0] - k * sympy.exp(-r * t) * normal[1]


def surface(n: int) -> tuple[list[sympy.Symbol], sympy.Expr]:
    """The area of a surface of revolution through n points, with norms."""
    heights = sympy.symbols(f"h:{n}")
    return list(heights), sympy.Add(*((a + b) * sympy.sqrt(sympy.Rational(1, n**2) + (b - a) ** 2) for a, b in pairwise(heights)))


MODELS = {
    "rosenbrock": rosenbrock(100), "cluster": cluster(5), "chain": chain(8), "mixture": mixture(8), "option": option(),
    "surface": surface(40),
}


@pytest.mark.parametrize("name", MODELS)
def test_gradients(name: str) -> None:
    args, expr = MODELS[name]
    assert operations(args, expr, "gradient") <= 5 * operations(args, expr)


@pytest.mark.parametrize(("name", "times"), [("cluster", 6.4), ("chain", 7.4), ("mixture", 5.5), ("option", 10.8), ("surface", 4.1)])
def test_hessians(name: str, times: float) -> None:
    """Value, gradient and Hessian; forward over reverse mode, without symmetry, takes up to twice as much."""
    args, expr = MODELS[name]
    assert operations(args, expr, "hessian", sparse=True) <= times * operations(args, expr)


SMALL = {
    "rosenbrock": rosenbrock(4), "cluster": cluster(3), "chain": chain(3), "mixture": mixture(4), "option": option(),
    "surface": surface(5),
}


@pytest.mark.parametrize("name", SMALL)
def test_derivatives_are_those_of_sympy(name: str) -> None:
    """Value, gradient and Hessian against SymPy's derivatives at 40 digits; entries that SymPy knows to be 0 are absent."""
    args, expr = SMALL[name]
    f = wg.lambdify(args, expr, "hessian", sparse=True)
    second = [[expr.diff(a, b) for b in args] for a in args]
    for seed in range(3):
        at = np.random.default_rng(seed).uniform(0.5, 1.5, len(args))
        value, gradient, sparse = f(*at)
        with mpmath.workdps(40):
            exact = sympy.lambdify(args, [expr, [expr.diff(a) for a in args], second], "mpmath", cse=True)
            wanted = exact(*[mpmath.mpf(float(v)) for v in at])
        size = max(abs(float(v)) for row in wanted[2] for v in row)
        assert value == pytest.approx(float(wanted[0]), rel=1e-13)
        np.testing.assert_allclose(gradient, np.array(wanted[1], float), rtol=1e-12, atol=1e-13 * size)
        np.testing.assert_allclose(sparse.toarray(), np.array(wanted[2], float), rtol=1e-11, atol=1e-13 * size)
    assert sparse.nnz == sum(entry != 0 for row in second for entry in row)


def test_spherical_harmonics() -> None:
    """121 functions and 300 slopes that are not zero in at most 2.5 times the values."""
    functions = harmonics(10)
    f = wg.lambdify([x, y, z], functions, "jacobian", sparse=True)
    assert f.cost().operations <= 2.5 * operations([x, y, z], functions)
    at = np.array([0.48, -0.6, 0.64])
    _, slopes = f(*at)
    assert slopes.nnz == 300
    degree, order = 7, 3  # against mpmath, in polar coordinates
    theta, phi = math.acos(at[2]), math.atan2(at[1], at[0])
    with mpmath.workdps(30):
        wanted = mpmath.sqrt(2) * mpmath.spherharm(degree, order, theta, phi).real
    assert f(*at)[0][degree**2 + degree + order] == pytest.approx(float(wanted), rel=1e-13)
    row = slopes.toarray()[degree**2 + degree + order]
    by_difference = [(f(*(at + h))[0] - f(*(at - h))[0])[degree**2 + degree + order] / 2e-6 for h in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(row, by_difference, rtol=1e-8)


def test_the_tenth_derivative() -> None:
    nested = sympy.sin(sympy.sin(sympy.sin(sympy.sin(x))))
    f = wg.lambdify([x], sympy.Derivative(nested, (x, 10)))
    assert f.cost().operations <= 650
    with mpmath.workdps(50):
        wanted = mpmath.diff(lambda t: mpmath.sin(mpmath.sin(mpmath.sin(mpmath.sin(t)))), mpmath.mpf(0.7), 10)
    assert abs(f(0.7) / wanted - 1) < 1e-14


def test_mixed_derivatives() -> None:
    expr = sympy.exp(x * y) * sympy.sin(x + 2 * z)
    for orders in ((x, 3, y, 2), (x, 1, y, 4, z, 3), (z, 5)):
        f = wg.lambdify([x, y, z], sympy.Derivative(expr, *orders))
        wanted = expr.diff(*orders).subs({x: sympy.Rational(3, 10), y: sympy.Rational(7, 10), z: sympy.Rational(19, 10)}).n(30)
        assert f(0.3, 0.7, 1.9) == pytest.approx(float(wanted), rel=1e-12)
