"""Regenerates the pieces of the special functions: `python benchmarks/special_coefficients.py [families]`.

A piece is printed as (scale, shift, c0, c1, ...), see `codegen/math/pieces.py`. Polynomials interpolate in Chebyshev's
points, which are no end points, with an error a little above the minimax error. It must not be imported by the package.
"""
from __future__ import annotations

import sys
from collections.abc import Callable

import mpmath as mp
from coefficients import show
from minimax import main, monomials, parts


def piece(name: str, f: Callable[[mp.mpf], mp.mpf], low: object, high: object, count: int) -> None:
    """Print `count` terms of f on [low, high] as a polynomial in the t that goes from -1 to 1 there."""
    low, high = mp.mpf(low), mp.mpf(high)
    scale, shift = mp.mpf(float(2 / (high - low))), mp.mpf(float(-(high + low) / (high - low)))
    show(name, [scale, shift, *monomials(_chebyshev_terms(lambda t: f((t - shift) / scale), count), mp.mpf(0), mp.mpf(1))])


def growing(name: str, f: Callable[[mp.mpf], mp.mpf], high: object, count: int) -> None:
    """A piece from 0 to high of a function whose power series has positive terms, in the t that goes from 0 to 1: nothing cancels."""
    scale = mp.mpf(float(1 / mp.mpf(high)))
    show(name, [scale, 0.0, *monomials(_chebyshev_terms(lambda t: f((t + 1) / 2 / scale), count), mp.mpf(1) / 2, mp.mpf(1) / 2)])


def _chebyshev_terms(f: Callable[[mp.mpf], mp.mpf], count: int) -> list[mp.mpf]:
    """The coefficients of Chebyshev's polynomials in the interpolation of f on [-1, 1]."""
    angles = [mp.pi * (2 * k + 1) / (2 * count) for k in range(count)]
    values = [f(mp.cos(a)) for a in angles]
    return [mp.fsum(v * mp.cos(j * a) for v, a in zip(values, angles)) * (2 - (j == 0)) / count for j in range(count)]


def beyond(name: str, f: Callable[[mp.mpf], mp.mpf], variable: Callable[[mp.mpf], mp.mpf], inverse: Callable[[mp.mpf], mp.mpf],
           low: object, high: object, count: int) -> None:
    """A piece of f(x) for x from low to high (None: infinity) in a variable that decreases with x, to 0."""
    piece(name, lambda u: f(inverse(u)), 0 if high is None else variable(mp.mpf(high)), variable(mp.mpf(low)), count)


def reciprocal(name: str, f: Callable[[mp.mpf], mp.mpf], low: object, high: object, count: int) -> None:
    beyond(name, f, lambda x: 1 / x, lambda u: 1 / u, low, high, count)


def integrals() -> None:
    euler = +mp.euler
    zeros = {name: mp.findroot(f, start) for name, f, start in (("EI", mp.ei, 0.3725), ("CI", mp.ci, 0.6165), ("CHI", mp.chi, 0.5238))}
    for name, value in zeros.items():
        parts(f"{name}_ZERO", value)

    def e1_tail(t):                           # x exp(x) E1(x), t = (x - 2)/(x + 2)
        x = 2 * (1 + t) / (1 - t)
        return x * mp.exp(x) * mp.e1(x)

    piece("E1_NEAR", lambda x: (mp.e1(x) + mp.log(x) + euler) / x, 0, 1, 12)
    piece("E1_FAR", e1_tail, mp.mpf(-1) / 3, 1, 30)
    piece("EI_NEAR", lambda x: (mp.ei(x) - mp.log(x / zeros["EI"])) / (x - zeros["EI"]), 0, 4, 18)
    for name, low, high, count in (("EI_4", 4, 8, 22), ("EI_8", 8, 20, 23), ("EI_20", 20, None, 25)):
        reciprocal(name, lambda x: x * mp.exp(-x) * mp.ei(x), low, high, count)
    # the sine integral / x, and (the cosine integral - log(x / its zero)) / (x^2 - zero^2), in x^2; with sinh and cosh
    piece("SI_NEAR", lambda u: mp.si(mp.sqrt(u)) / mp.sqrt(u), 0, 16, 12)
    growing("SHI_NEAR", lambda u: mp.shi(mp.sqrt(u)) / mp.sqrt(u), 16, 12)
    for name, f in (("CI", mp.ci), ("CHI", mp.chi)):
        zero = zeros[name]
        piece(f"{name}_NEAR", lambda u, f=f, z=zero: (f(mp.sqrt(u)) - mp.log(mp.sqrt(u) / z)) / (u - z * z), 0, 16, 12)

    def auxiliary(x):                         # f and g of NIST DLMF 6.2
        sine, cosine = mp.pi / 2 - mp.si(x), mp.ci(x)
        return sine * mp.cos(x) + cosine * mp.sin(x), sine * mp.sin(x) - cosine * mp.cos(x)

    for name, low, high, count in (("4", 4, 8, 17), ("8", 8, None, 26)):
        reciprocal(f"F_{name}", lambda x: auxiliary(x)[0] * x, low, high, count)
        reciprocal(f"G_{name}", lambda x: auxiliary(x)[1] * x * x, low, high, count)


def fresnel() -> None:
    def auxiliary(x):                         # pi x f and pi^2 x^3 g of NIST DLMF 7.5.3, 7.5.4
        sine, cosine, angle = mp.mpf(1) / 2 - mp.fresnels(x), mp.mpf(1) / 2 - mp.fresnelc(x), mp.pi * x * x / 2
        f = sine * mp.cos(angle) - cosine * mp.sin(angle)
        g = cosine * mp.cos(angle) + sine * mp.sin(angle)
        return mp.pi * x * f, mp.pi**2 * x**3 * g

    def root(u):
        return mp.sqrt(mp.sqrt(u))

    piece("S_NEAR", lambda u: mp.fresnels(root(u)) / root(u) ** 3, 0, 10, 14)
    piece("C_NEAR", lambda u: mp.fresnelc(root(u)) / root(u), 0, 10, 14)
    for k, count in ((0, 26), (1, 29)):
        beyond("FG"[k], lambda x, k=k: auxiliary(x)[k], lambda x: x**-2, lambda u: 1 / mp.sqrt(u), "1.75", None, count)
    # sin(pi r / 2) / r and cos(pi r / 2) in r^2
    piece("SINE", lambda v: mp.sin(mp.pi * mp.sqrt(v) / 2) / mp.sqrt(v), 0, "0.25", 8)
    piece("COSINE", lambda v: mp.cos(mp.pi * mp.sqrt(v) / 2), 0, "0.25", 8)


def airy() -> None:
    def angle(x):                             # zeta of NIST DLMF 9.7
        return x ** (mp.mpf(3) / 2) * 2 / 3

    def waves(x):                             # P, zeta Q, R, zeta S of 9.7.9 to 9.7.12 at -x
        z, size = angle(x), mp.sqrt(mp.pi) * x ** (mp.mpf(1) / 4)
        sine, cosine = mp.sin(z - mp.pi / 4), mp.cos(z - mp.pi / 4)
        a, b = mp.airyai(-x) * size, mp.airybi(-x) * size
        slope_a, slope_b = (f(-x, derivative=1) * size / mp.sqrt(x) for f in (mp.airyai, mp.airybi))
        return (cosine * a - sine * b, (sine * a + cosine * b) * z,
                sine * slope_a + cosine * slope_b, (sine * slope_b - cosine * slope_a) * z)

    for k, (name, count) in enumerate((("P", 19), ("Q", 23), ("R", 19), ("S", 23))):
        beyond(name, lambda x, k=k: waves(x)[k], lambda x: x**-3, lambda u: u ** (mp.mpf(-1) / 3), 4, None, count)
    def pieces(name, f, order, sign):
        def value(x):
            return f(x, derivative=order)

        def scaled(x):                        # without exp(-+zeta) and x^(-+1/4)
            return value(x) * mp.exp(sign * angle(x)) * x ** (mp.mpf(1 - 2 * order) / 4)

        piece(f"{name}_LEFT", value, -4, -1, 24)
        piece(f"{name}_MIDDLE", value, -1, 2, 23)
        for label, low, high, count in (("2", 2, None, 25),) if sign == 1 else (("2", 2, 4, 25), ("4", 4, 8, 22), ("8", 8, None, 17)):
            beyond(f"{name}_{label}", scaled, lambda x: x ** (mp.mpf(-3) / 2), lambda u: u ** (mp.mpf(-2) / 3), low, high, count)

    pieces("AI", mp.airyai, 0, 1)
    pieces("BI", mp.airybi, 0, -1)
    pieces("AI_PRIME", mp.airyai, 1, 1)
    pieces("BI_PRIME", mp.airybi, 1, -1)
    parts("TWO_THIRDS", mp.mpf(2) / 3)


def bessel() -> None:
    def wave(n, x):                           # P and x Q of NIST DLMF 10.17.3 and 10.17.4
        angle, size = x - mp.pi * (2 * n + 1) / 4, mp.sqrt(mp.pi * x / 2)
        j, y, sine, cosine = mp.besselj(n, x), mp.bessely(n, x), mp.sin(angle), mp.cos(angle)
        return size * (j * cosine + y * sine), size * (y * cosine - j * sine) * x

    for n in (0, 1):
        piece(f"J{n}_NEAR", lambda u, n=n: mp.besselj(n, mp.sqrt(u)) / mp.sqrt(u) ** n, 0, 25, 15)
        # Y_n - 2/pi (log(x) J_n - n/x), K_n + (-1)^n log(x) I_n - n/x: even or odd like J_n and I_n

        def y_rest(u, n=n):
            x = mp.sqrt(u)
            return (mp.bessely(n, x) - 2 / mp.pi * (mp.log(x) * mp.besselj(n, x) - mp.mpf(n) / x)) / x**n

        def k_rest(u, n=n):
            x = mp.sqrt(u)
            return (mp.besselk(n, x) + (-1) ** n * mp.log(x) * mp.besseli(n, x) - mp.mpf(n) / x) / x**n

        piece(f"Y{n}_NEAR", y_rest, 0, 25, 15)
        for k, count in ((0, 20), (1, 23)):
            beyond(f"{'PQ'[k]}{n}", lambda x, n=n, k=k: wave(n, x)[k], lambda x: x**-2, lambda u: 1 / mp.sqrt(u), 5, None, count)
        growing(f"I{n}_NEAR", lambda u, n=n: mp.besseli(n, mp.sqrt(u)) / mp.sqrt(u) ** n, 64, 17)
        piece(f"K{n}_NEAR", k_rest, 0, 1, 9)
        for low, high, count in ((8, 16, 15), (16, None, 15)):
            reciprocal(f"I{n}_{low}", lambda x, n=n: mp.exp(-x) * mp.sqrt(x) * mp.besseli(n, x), low, high, count)
        for low, high, count in ((1, 4, 21), (4, None, 20)):
            reciprocal(f"K{n}_{low}", lambda x, n=n: mp.exp(x) * mp.sqrt(x) * mp.besselk(n, x), low, high, count)


FAMILIES = {"integrals": integrals, "fresnel": fresnel, "airy": airy, "bessel": bessel}


if __name__ == "__main__":
    main(FAMILIES, sys.argv[1:])
