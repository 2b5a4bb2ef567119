"""Regenerates the literal constants of the function files: `python benchmarks/coefficients.py` prints them.

Not used at run time; needs mpmath. `fit` interpolates a function in Chebyshev points, with an error a little above the
minimax error. `split` cuts a constant into parts whose leading ones have trailing zero bits, so that their
products with small integers are exact.
"""
from __future__ import annotations

import struct

import mpmath as mp

mp.mp.prec = 400


def fit(f, low, high, count: int) -> list[float]:
    """`count` coefficients c[0] + c[1] t + ... of f on [low, high], in double precision, lowest first."""
    with mp.workprec(300):
        return [float(c) for c in reversed(mp.chebyfit(f, [mp.mpf(low), mp.mpf(high)], count))]


def single(value) -> float:
    """The nearest float."""
    return struct.unpack("<f", struct.pack("<f", float(value)))[0]


def split(value, *bits: int, last=float) -> list[float]:
    """The parts of a constant: the leading ones truncated to so many significant bits, the last one rounded."""
    parts, rest = [], mp.mpf(value)
    for count in bits:
        exponent = mp.floor(mp.log(abs(rest), 2)) + 1 - count
        part = mp.floor(rest / mp.mpf(2) ** exponent) * mp.mpf(2) ** exponent
        parts.append(float(part))
        rest -= part
    return [*parts, last(rest)]


def show(name: str, values, width: int = 5) -> None:
    values = list(values)
    lines = [", ".join(repr(float(v)) for v in values[i:i + width]) for i in range(0, len(values), width)]
    print(f"{name} = (" + (",\n" + " " * (len(name) + 4)).join(lines) + ")")


def _near_zero(f):
    """The fitted function with its removable singularity at 0 avoided by a shift of 2^-200."""
    return lambda t: f(t if abs(t) > mp.mpf(2) ** -100 else mp.mpf(2) ** -100)


def exponential() -> None:
    ln2 = mp.log(2)
    half = ln2 / 2 * (1 + mp.mpf(2) ** -20)
    q = _near_zero(lambda t: (mp.expm1(t) - t) / t**2)
    show("EXP64", fit(q, -half, half, 11))
    show("EXP32", fit(q, -half, half, 6))
    edge = mp.mpf(1) / 2 + mp.mpf(2) ** -20
    show("EXP2_64", fit(_near_zero(lambda t: (mp.expm1(t * ln2) - t * ln2) / t**2), -edge, edge, 11))
    show("EXP2_32", fit(_near_zero(lambda t: (mp.expm1(t * ln2) - t * ln2) / t**2), -edge, edge, 6))
    show("LN2_64", split(ln2, 32))
    show("LN2_32", split(ln2, 15, last=single))
    show("LN2_DD64", split(ln2, 53))
    show("LN2_DD32", [single(ln2), single(ln2 - single(ln2))])


def logarithm() -> None:
    """R(z) of fdlibm's e_log.c: log(1+f) = f - f^2/2 + s (f^2/2 + R(s^2)), s = f / (2 + f)."""
    top = (mp.mpf(3) - 2 * mp.sqrt(2)) ** 2 * (1 + mp.mpf(2) ** -20)

    def remainder(z):                          # (log((1+s)/(1-s)) / s - 2) / z = 2/3 + 2/5 z + ...
        s = mp.sqrt(z)
        return (mp.log((1 + s) / (1 - s)) / s - 2) / z

    with mp.workprec(800):
        show("LOG64", fit(_near_zero(remainder), 0, top, 7))
        show("LOG32", fit(_near_zero(remainder), 0, top, 4))
    ln2 = mp.log(2)
    show("LN2_LOG64", split(ln2, 32))
    show("LN2_LOG32", split(ln2, 15, last=single))
    for name, base in (("LOG2", 2), ("LOG10", 10)):
        inverse = 1 / mp.log(base)
        show(f"INV_{name}_64", split(inverse, 21))
        show(f"INV_{name}_32", split(inverse, 12, last=single))
    show("LOG10_2_64", split(mp.log10(2), 42))
    show("LOG10_2_32", split(mp.log10(2), 15, last=single))
    # log of power: 2 atanh(s) = 2 s + s^3 (2/3 + z P(z)), z = s^2, with 2/3 as a double-double
    two_thirds = mp.mpf(2) / 3
    with mp.workprec(800):
        show("POW64", fit(_near_zero(lambda z: (remainder(z) - two_thirds) / z), 0, top, 8))
        show("LOG2_SHORT", fit(_near_zero(lambda z: (remainder(z) * z + 2) / ln2), 0, top, 6))
        show("EXP2_SHORT", fit(lambda t: mp.mpf(2) ** t, -mp.mpf(1) / 2, mp.mpf(1) / 2, 8))
    show("TWO_THIRDS", split(two_thirds, 53))
    show("LN2_POW", split(ln2, 42))


def trigonometric() -> None:
    top = (mp.pi / 4 * (1 + mp.mpf(2) ** -20)) ** 2
    sine = _near_zero(lambda z: (mp.sin(mp.sqrt(z)) / mp.sqrt(z) - 1) / z)
    cosine = _near_zero(lambda z: (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2)
    with mp.workprec(800):
        show("SIN64", fit(sine, 0, top, 6))
        show("SIN32", fit(sine, 0, top, 3))
        show("COS64", fit(cosine, 0, top, 6))
        show("COS32", fit(cosine, 0, top, 3))
    half_pi = mp.pi / 2
    parts, rest = [], half_pi
    for _ in range(3):
        parts.append(float(rest))
        rest -= mp.mpf(parts[-1])
    show("HALF_PI64", parts)
    parts, rest = [], half_pi
    for _ in range(3):
        parts.append(single(rest))
        rest -= mp.mpf(parts[-1])
    show("HALF_PI32", parts)


def two_over_pi() -> None:
    """The bits of 2/pi as 64-bit words, the first word zero: bit 64 + i from the left has the weight 2^-(i + 1)."""
    words = 21
    with mp.workprec(64 * words + 200):
        value = int(mp.floor(2 / mp.pi * mp.mpf(2) ** (64 * words - 64)))
    digits = [f"0x{value >> 64 * i & (1 << 64) - 1:016X}" for i in reversed(range(words))]
    print(f"TWO_OVER_PI_WORDS = ({', '.join(digits)})")


if __name__ == "__main__":
    for family in (exponential, logarithm, trigonometric, two_over_pi):
        print("#", family.__name__)
        family()
