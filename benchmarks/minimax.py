"""Regenerates the constants of inverse, hyperbolic, roots, error and gamma: `python benchmarks/minimax.py [families]`.

`remez` finds the polynomial of least weighted error, the weight being the one that turns an error of the polynomial
into an error of the function's result. It must not be imported by the package: mpmath is no dependency of it.
"""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping

import mpmath as mp
from coefficients import show, single, split

ZERO = mp.mpf(2) ** -100                      # stands for 0 where a formula has a removable singularity there


def remez(f, low, high, count: int, weight=lambda x: mp.mpf(1), rounds: int = 12):
    """(coefficients, error): sum c[i] x^i of least max |weight (f - p)| on [low, high] by Remez' exchange."""
    low, high = mp.mpf(low), mp.mpf(high)
    middle, half = (low + high) / 2, (high - low) / 2
    samples = 24 * count
    grid = [low] + [middle - half * mp.cos(mp.pi * (i + mp.mpf(1) / 2) / samples) for i in range(samples)] + [high]
    values, weights = [f(x) for x in grid], [weight(x) for x in grid]
    basis = [_chebyshev((x - middle) / half, count) for x in grid]
    chosen = [round((len(grid) - 1) * (i + 0.5) / (count + 1)) for i in range(count + 1)]
    best = None
    for _ in range(rounds):
        system, right = mp.matrix(count + 1), mp.matrix(count + 1, 1)
        for row, i in enumerate(chosen):
            for j in range(count):
                system[row, j] = basis[i][j]
            system[row, count] = (-1) ** row / weights[i]
            right[row] = values[i]
        solution = mp.lu_solve(system, right)
        c = [solution[j] for j in range(count)]
        errors = [w * (v - mp.fdot(c, t)) for w, v, t in zip(weights, values, basis)]
        worst = max(map(abs, errors))
        if best is None or worst < best[1]:
            best = c, worst
        chosen = _alternation(errors, count + 1)
        if len(chosen) <= count or worst < 1.01 * abs(solution[count]):
            break
    return monomials(best[0], middle, half), best[1]


def _chebyshev(s, count):
    t = [mp.mpf(1), s]
    while len(t) < count:
        t.append(2 * s * t[-1] - t[-2])
    return t[:count]


def _alternation(errors, count):
    """Indices of `count` extrema of alternating sign, the smallest ones dropped."""
    extrema: list[int] = []
    for i, e in enumerate(errors):
        if extrema and (e >= 0) == (errors[extrema[-1]] >= 0):
            if abs(e) > abs(errors[extrema[-1]]):
                extrema[-1] = i
        else:
            extrema.append(i)
    while len(extrema) > count:
        if abs(errors[extrema[0]]) < abs(errors[extrema[-1]]):
            extrema.pop(0)
        else:
            extrema.pop()
    return extrema


def monomials(c, middle, half):
    """Chebyshev coefficients in (x - middle) / half as coefficients of powers of x."""
    rows = [[mp.mpf(1)], [mp.mpf(0), mp.mpf(1)]]
    for _ in range(len(c) - 2):
        rows.append([2 * a - b for a, b in zip([mp.mpf(0), *rows[-1]], [*rows[-2], 0, 0])])
    scaled = [mp.fsum(c[k] * rows[k][i] for k in range(i, len(c))) for i in range(len(c))]
    result, power = [mp.mpf(0)] * len(c), [mp.mpf(1)]
    for a in scaled:
        for i, v in enumerate(power):
            result[i] += a * v
        power = [(low - middle * high) / half for low, high in zip([0, *power], [*power, 0])]
    return result


def fitted(name: str, f, low, high, count: int, weight=lambda x: mp.mpf(1), steps: int = 0):
    """Print the coefficients with their error; those named ...32 rounded to float.

    The first `steps` coefficients are rounded one after another, each time fitting the rest to what is left; for
    intervals that begin at 0, where the low coefficients' own rounding would count.
    """
    nearest, fixed = single if name.endswith("32") else float, []
    c, error = remez(f, low, high, count, weight)
    for _ in range(steps):
        fixed.append(mp.mpf(nearest(c[0])))
        c, error = remez(*_left(f, tuple(fixed), high), count - len(fixed), _raised(weight, len(fixed)))
    print(f"# error 2^{float(mp.log(error, 2)):.1f}")
    show(name, [nearest(v) for v in [*fixed, *c]])
    return c


def _left(f, fixed, high):
    """What the fixed low coefficients leave to fit, and its interval."""
    return lambda x: (f(x) - mp.polyval(fixed[::-1], x)) / x ** len(fixed), high / 1000, high


def _raised(weight, degree):
    return lambda x: weight(x) * x ** degree


def parts(name: str, value, count: int = 2) -> None:
    """Print a constant as an unevaluated sum of doubles or floats."""
    nearest, result = (single if name.endswith("32") else float), []
    for _ in range(count):
        result.append(nearest(value))
        value -= mp.mpf(result[-1])
    show(name, result)


def rest(name: str, value) -> None:
    """Print what the rounding of a constant to double leaves."""
    print(f"{name} = {float(value - mp.mpf(float(value)))!r}")


def inverse() -> None:
    def arctangent(u):                        # (atan(x)/x - 1) / u, u = x^2
        return (mp.atan(mp.sqrt(u)) / mp.sqrt(u) - 1) / u

    def arcsine(u):                           # (asin(x)/x - 1) / u
        return (mp.asin(mp.sqrt(u)) / mp.sqrt(u) - 1) / u

    edge = (mp.sqrt(2) - 1 + mp.mpf(10) ** -6) ** 2
    fitted("ARCTAN64", arctangent, ZERO, edge, 11, lambda u: u)
    fitted("ARCTAN32", arctangent, ZERO, edge, 5, lambda u: u)
    fitted("ARCSIN64", arcsine, ZERO, mp.mpf("0.2501"), 13, lambda u: u)
    fitted("ARCSIN32", arcsine, ZERO, mp.mpf("0.2501"), 5, lambda u: u)
    for bits in (64, 32):
        parts(f"PI{bits}", +mp.pi)
        parts(f"HALF_PI{bits}", mp.pi / 2)
    show("QUARTER_PI64", split(mp.pi / 4, 51))
    show("QUARTER_PI32", split(mp.pi / 4, 22, last=single))


def error() -> None:
    def small(u):                             # erf(x)/x - 1, u = x^2
        return mp.erf(mp.sqrt(u)) / mp.sqrt(u) - 1

    def large(s):
        return -mp.log(mp.erfc(1 + s))

    for bits, count, top in ((64, 13, 6), (32, 7, 4)):
        fitted(f"ERF{bits}", small, ZERO, 1, count, steps=3)
        fitted(f"LOGC{bits}", large, 0, top - 1, {64: 18, 32: 7}[bits], lambda s: mp.erfc(1 + s))

    pole = mp.mpf("3.75")                     # of the variable of the tail, t = (x - pole)/(x + pole)

    def tail(t):                              # (1 + 3/2 x) exp(x^2) erfc(x)
        x = pole * (1 + t) / (1 - t)
        return (1 + x * 3 / 2) * mp.exp(x * x) * mp.erfc(x)

    low = (mp.mpf("0.5") - pole) / (mp.mpf("0.5") + pole)
    rest("TAIL_FIRST_LOW", fitted("TAIL", tail, low, (28 - pole) / (28 + pole), 22)[0])
    fitted("TAIL_SHORT", tail, low, (11 - pole) / (11 + pole), 11)


def hyperbolic() -> None:
    def sine(u):                              # (sinh(r)/r - 1) / u, u = r^2
        return (mp.sinh(mp.sqrt(u)) / mp.sqrt(u) - 1) / u

    def cosine(u):                            # (cosh(r) - 1) / u
        return (mp.cosh(mp.sqrt(u)) - 1) / u

    edge = (mp.log(2) / 2 * (1 + mp.mpf(10) ** -6)) ** 2
    for bits, count in ((64, 5), (32, 3)):
        fitted(f"SINH{bits}", sine, ZERO, edge, count, lambda u: u)
        fitted(f"COSH{bits}", cosine, ZERO, edge, count, lambda u: u)


def roots() -> None:
    def inverse_root(f):
        return 1 / mp.cbrt(1 + f)

    low, high = mp.sqrt(mp.mpf(1) / 2) - 1, mp.sqrt(2) - 1
    fitted("CBRT64", inverse_root, low, high, 6)
    fitted("CBRT32", inverse_root, low, high, 4)


def gamma() -> None:
    def near(s):                              # log gamma(2 + s) / s
        return mp.loggamma(2 + s) / s

    def series(u):                            # x (log gamma(x) - ((x - 1/2) log x - x + log(2 pi)/2)), u = 1/x^2
        x = 1 / mp.sqrt(u)
        return x * (mp.loggamma(x) - ((x - mp.mpf(1) / 2) * mp.log(x) - x + mp.log(2 * mp.pi) / 2))

    def sine(v):                              # (sin(pi r)/(pi r) - 1) / v, v = r^2
        return (mp.sin(mp.pi * mp.sqrt(v)) / (mp.pi * mp.sqrt(v)) - 1) / v

    def cotangent(v):                         # (pi r cot(pi r) (1 - v)/(1 - 4v) - 1) / v, v = r^2
        r = mp.sqrt(v)
        return (mp.pi * r * mp.cot(mp.pi * r) * (1 - v) / (1 - 4 * v) - 1) / v

    root = mp.findroot(lambda x: mp.psi(0, x), mp.mpf("1.46"))

    def slope(t):                             # psi(y) / (y - root), y = t + 3/2
        y = t + mp.mpf(3) / 2
        return mp.psi(0, y) / (y - root)

    def trigamma(u):                          # x^2 (log x - 1/(2x) - psi(x)), u = 1/x^2
        x = 1 / mp.sqrt(u)
        return (mp.log(x) - 1 / (2 * x) - mp.psi(0, x)) / u

    half, tiny = mp.mpf(1) / 2, mp.mpf(10) ** -12
    fitted("NEAR", near, tiny - half, half, 18)
    fitted("SERIES", series, tiny, mp.mpf("4.5") ** -2, 9, mp.sqrt)
    print(f"HALF_LOG_TAU_1 = {float((mp.log(2 * mp.pi) - 1) / 2)!r}")
    fitted("SINE", sine, tiny, half ** 2, 8, lambda v: v)
    parts("PSI_ROOT", root - mp.mpf(3) / 2)
    rest("SLOPE_FIRST_LOW", fitted("SLOPE", slope, -half, half, 22)[0])
    fitted("PSI_SERIES", trigamma, tiny, mp.mpf(1) / 16, 10, lambda u: u)
    fitted("COTANGENT", cotangent, tiny, half ** 2 + tiny, 9, lambda v: v)


FAMILIES = {"inverse": inverse, "hyperbolic": hyperbolic, "roots": roots, "error": error, "gamma": gamma}


def main(families: Mapping[str, Callable[[], None]], names: Iterable[str] = ()) -> None:
    """Print the constants of the named families, or of all."""
    with mp.workdps(60):
        for name in names or families:
            print("#", name)
            families[name]()


if __name__ == "__main__":
    main(FAMILIES, sys.argv[1:])
