"""Derivatives of the Bessel functions by their order: differentiated integrals along contours that suit the arguments.

d^m/dnu^m of the integral of exp(x sinh w - nu w) along a path has the factor (-w)^m and nothing else, so all orders of derivative
share their nodes. For x below 10 the path of J (and always that of I, with cosh for sinh) goes straight up from near the saddle
point to Im w = pi and from there to the right (NIST DLMF 10.9.17, 10.32.12); from 10 on the path of J + iY leaves its saddle point,
which is real for nu > x, in the directions 60 and 225 (or 180) degrees, where the integrand falls off (10.9.18). Y below 10 is
taken from Schlaefli's integral (10.9.7) and K from its own (10.32.9). Orders below 0 are reflected (10.4.7, 10.27.2).
Arguments are float64 nodes of one type. Read `quadrature.py` first.
"""
from __future__ import annotations

import math
from functools import partial
from typing import Any

from .. import ops
from ..convert import where
from ..node import Node
from ..ops.source import uniform
from .elementwise import FUNCTIONS
from .quadrature import integrate

exp, expm1, log, sin, cos, sinh, cosh, sqrt, cbrt, arcsin, arcsinh, arccosh, hypot, absolute, maximum, minimum, remainder = (
    FUNCTIONS[name] for name in (
        "exp", "expm1", "log", "sin", "cos", "sinh", "cosh", "sqrt", "cbrt", "arcsin", "arcsinh", "arccosh", "hypot", "abs", "maximum",
        "minimum", "remainder"))
PI = math.pi
DROP = 40.0          # a path ends where the integrand has fallen by exp(-DROP)
FAR = 10.0           # from here on J and Y are taken along the paths of J + iY
TINY = 1e-100

Pair = tuple[Any, Any]  # the real and the imaginary part


def _times(a: Pair, b: Pair) -> Pair:
    return a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]


def _power(w: Pair, times: int) -> Pair:
    """(-w)^times."""
    result: Pair = (1.0, 0.0)
    for _ in range(times):
        result = _times(result, (-w[0], -w[1]))
    return result


def _turn(angle: Any) -> Pair:
    return cos(angle), sin(angle)


def _sinpi(x: Any) -> Any:
    return sin(PI * remainder(x, 2.0))


def _cospi(x: Any) -> Any:
    return cos(PI * remainder(x, 2.0))


def _sinh_less(d: Any) -> Any:
    """sinh(d) - d."""
    near = absolute(d) < 1.5
    t = where(near, d, 0.0)
    z = t * t
    series: Any = 1.0
    for k in range(13, 1, -1):
        series = 1 + z / ((2 * k) * (2 * k + 1)) * series
    return where(near, t * z / 6 * series, sinh(d) - d)


def _cosh_less(d: Any) -> Any:
    """cosh(d) - 1."""
    half = sinh(d / 2)
    return 2 * half * half


# ---------------------------------------------------------------- J below 10, and I

def _loop(nu: Any, x: Any, times: int, growing: bool) -> Any:
    """The derivative of I (growing) or J: up from arcsinh((nu + 1)/x), where t = x e^w/2 is about nu + 1, then to the right."""
    a, size = arcsinh((nu + 1) / x), hypot(nu + 1, x)
    height, width = (size, nu + 1) if growing else (nu + 1, size)
    top = 2 * arcsin(minimum(sqrt(DROP / (2 * height)), 1.0))
    end = maximum(log(2 * (DROP + height) / x), a + 0.1)

    def up(angle: Any, a: Any, height: Any, width: Any, nu: Any) -> Any:
        half = sin(angle / 2)
        real, _ = _times(_power((a, angle), times), _turn(width * sin(angle) - nu * angle))
        return real * exp(-2 * height * half * half)

    def right(s: Any, a: Any, height: Any, x: Any, nu: Any) -> Any:
        real, imaginary = _power((s, PI), times)
        fall = exp(-x * (cosh(s) if growing else sinh(s)) - nu * (s - a) - height)
        return (imaginary * _cospi(nu) - real * _sinpi(nu)) * fall

    total = integrate(up, 0.0, top, a, height, width, nu, rule="legendre", points=48)
    beyond = integrate(right, a, end, a, height, x, nu, rule="legendre", points=48)
    half = exp((height - nu * a) / 2)
    return half * ((total + where(2 * height > DROP, 0.0, beyond)) / PI) * half


# ---------------------------------------------------------------- K

def _decaying(nu: Any, x: Any, times: int) -> Any:
    """The derivative of K for nu >= 0: K times the mean of t^times under exp(-x cosh t) cosh(nu t), t tanh(nu t) if times is odd."""
    size, peak = hypot(nu, x), arcsinh(nu / x)
    last = peak + arccosh(1 + DROP / size)
    first = maximum(peak - slow_reach(size), 0.0)

    def weight(t: Any, size: Any, peak: Any, x: Any, nu: Any) -> Any:
        d = t - peak
        near = maximum(d, -1.0)
        fall = where(d > -1, size * _cosh_less(near) + nu * _sinh_less(near), x * cosh(t) - size - nu * d)
        return exp(-fall)

    def below(t: Any, *given: Any) -> Any:
        return weight(t, *given) * (1 + exp(-2 * given[-1] * t))

    def above(t: Any, *given: Any) -> Any:
        return weight(t, *given) * t**times * (-expm1(-2 * given[-1] * t) if times % 2 else 1 + exp(-2 * given[-1] * t))

    sums = [integrate(f, first, last, size, peak, x, nu, rule="trapezoid", points=193) for f in (below, above)]
    return ops.kv(nu, x) * (sums[1] / sums[0])


def slow_reach(size: Any) -> Any:
    """Where size (d - 1 + exp(-d)) exceeds DROP: how far an integrand reaches on the side where it falls slowly."""
    return where(size < DROP, DROP / maximum(size, TINY) + 1, 1.2 * sqrt(2 * DROP / maximum(size, TINY))) + 0.3


# ---------------------------------------------------------------- Y below 10

def _schlaefli(nu: Any, x: Any, times: int) -> Any:
    """The derivative of Y for nu >= 0 and x < 10 (DLMF 10.9.7)."""
    peak = where(nu > x, arccosh(maximum(nu / x, 1.0)), 0.0)
    top = nu * peak - x * sinh(peak)
    last = arcsinh((DROP + nu * peak + 1) / x)
    for _ in range(12):
        last = arcsinh((DROP - top + nu * last) / x)
    first = maximum(peak - slow_reach(sqrt(maximum(nu * nu - x * x, 0.0))), 0.0)

    def wave(angle: Any, nu: Any, x: Any) -> Any:
        return (-angle) ** times * sin(x * sin(angle) - nu * angle + times * PI / 2) if times else sin(x * sin(angle) - nu * angle)

    def falling(t: Any, nu: Any, x: Any, top: Any) -> Any:
        real, _ = _times(_power((t, -PI), times), (_cospi(nu), _sinpi(nu)))
        common = -x * sinh(t) - top
        return t**times * exp(nu * t + common) + real * exp(common - nu * t)

    around = integrate(wave, 0.0, PI, nu, x, rule="legendre", points=64)
    along = integrate(falling, first, last, nu, x, top, rule="steep", points=256)
    return (around - along * exp(top)) / PI


# ---------------------------------------------------------------- J and Y from 10 on

def _reach(quadratic: Any, cubic: Any, drop: float) -> Any:
    """The r where quadratic r^2/2 + cubic r^3/6 is `drop`, by Newton's method from above; far away where both are 0."""
    quadratic, cubic = maximum(quadratic, TINY), maximum(cubic, TINY)
    r = minimum(sqrt(2 * drop / quadratic), cbrt(6 * drop / cubic))
    for _ in range(6):
        r = r - (quadratic * r * r / 2 + cubic * r * r * r / 6 - drop) / (quadratic * r + cubic * r * r / 2)
    return r


def _saddle(nu: Any, x: Any, times: int) -> Pair:
    """The derivatives of J and Y for nu >= 0 and x >= 10, from those of (J + iY) i pi."""
    outside = nu > x                                             # the saddle point alpha is real; else it is i beta
    beta = 2 * arcsin(sqrt(maximum(x - nu, 0.0) / (2 * x)))
    alpha = where(outside, 2 * arcsinh(sqrt(maximum(nu - x, 0.0) / (2 * x))), 0.0)
    size = sqrt(absolute(x - nu) * (x + nu))                     # x |sinh w0|; x cosh w0 is nu
    sine: Pair = (where(outside, size, 0.0), where(outside, 0.0, size))
    top = where(outside, size - nu * alpha, 0.0)                 # the real part of the exponent at the saddle point
    turn = where(outside, 0.0, -nu * nu / (x + size) - nu * beta)  # its imaginary part less x, which keeps the digits of large x

    def straight(r: Any, direction: float, alpha: Any, beta: Any, real: Any, imaginary: Any, nu: Any) -> Pair:
        """(-w)^times exp(f(w) - f(w0)) on the ray from the saddle point; f - f0 = x sinh w0 (cosh d - 1) + nu (sinh d - d)."""
        d = r * math.cos(direction), r * math.sin(direction)
        growth, angle = _times((real, imaginary), _complex_cosh_less(d))
        more, turned = _complex_sinh_less(d)
        size = exp(growth + nu * more)
        wave = _turn(angle + nu * turned)
        return _times(_power((alpha + d[0], beta + d[1]), times), (size * wave[0], size * wave[1]))

    def ray(direction: float, end: Any, sign: float, points: int) -> Pair:
        step = sign * math.cos(direction), sign * math.sin(direction)

        def along(part: int, r: Any, *given: Any) -> Any:
            return _times(straight(r, direction, *given), step)[part]

        return tuple(  # type: ignore[return-value]
            integrate(partial(along, part), 0.0, end, alpha, beta, *sine, nu, rule="legendre", points=points) for part in (0, 1))

    most = (PI - beta) * (2 / math.sqrt(3))
    up = minimum(_reach(where(outside, 0.5, 0.866) * size, nu, 1.6 * DROP), most)
    first = ray(PI / 3, up, 1.0, 48)
    down = minimum(_reach(0.6 * size, 0.0 * nu, 1.2 * DROP), beta * math.sqrt(2))
    second = ray(5 * PI / 4, down, -1.0, 40)
    third = _last_leg(nu, x, times, alpha, beta, top, up < most)
    total = _times((first[0] + second[0], first[1] + second[1]), _times(_turn(where(outside, 0.0, x)), _turn(turn)))
    real = _real_leg(nu, x, times, outside, alpha, beta, size)
    grown = exp(top)
    return (total[1] + third[1]) * grown / PI, -((total[0] + third[0]) * grown + real) / PI


def _complex_cosh_less(d: Pair) -> Pair:
    """cosh(d) - 1 = 2 sinh(d/2)^2 of a complex d."""
    half = sinh(d[0] / 2) * cos(d[1] / 2), cosh(d[0] / 2) * sin(d[1] / 2)
    square = _times(half, half)
    return 2 * square[0], 2 * square[1]


def _complex_sinh_less(d: Pair) -> Pair:
    """sinh(d) - d of a complex d."""
    near = hypot(d[0], d[1]) < 1.5
    t = where(near, d[0], 0.0), where(near, d[1], 0.0)
    z = _times(t, t)
    series: Pair = (1.0, 0.0)
    for k in range(13, 1, -1):
        product = _times(z, series)
        series = 1 + product[0] / ((2 * k) * (2 * k + 1)), product[1] / ((2 * k) * (2 * k + 1))
    small = _times(_times(t, z), series)
    return (where(near, small[0] / 6, sinh(d[0]) * cos(d[1]) - d[0]), where(near, small[1] / 6, cosh(d[0]) * sin(d[1]) - d[1]))


def _last_leg(nu: Any, x: Any, times: int, alpha: Any, beta: Any, top: Any, short: Any) -> Pair:
    """From the end of the first leg, where Im w is pi, to the right; nothing where the first leg ends before."""
    start = alpha + (PI - beta) / math.sqrt(3)
    end = start + log(1 + DROP / (x * sinh(start))) + 0.5

    def right(part: int, s: Any, nu: Any, x: Any, top: Any) -> Any:
        factor = _times(_power((s, PI), times), (_cospi(nu), -_sinpi(nu)))
        return factor[part] * exp(-x * sinh(s) - nu * s - top)

    return tuple(  # type: ignore[return-value]
        where(short, 0.0, integrate(partial(right, part), start, end, nu, x, top, rule="legendre", points=24)) for part in (0, 1))


def _real_leg(nu: Any, x: Any, times: int, outside: Any, alpha: Any, beta: Any, size: Any) -> Any:
    """The integral of u^times exp(nu u - x sinh u) from -alpha or, inside, from beta on; outside it has its peak at alpha."""
    slope = where(outside, 0.0, x * cosh(beta) - nu)
    quadratic, cubic = where(outside, size, x * sinh(beta)), where(outside, nu, x * cosh(beta))
    start = where(outside, alpha, beta)
    end = start + _reach(quadratic, cubic, DROP)

    def falling(u: Any, start: Any, slope: Any, quadratic: Any, cubic: Any) -> Any:
        d = u - start
        return u**times * exp(-(slope * d + quadratic * _cosh_less(d) + cubic * _sinh_less(d)))

    given = start, slope, quadratic, cubic
    right = integrate(falling, start, end, *given, rule="legendre", points=40)
    left = integrate(falling, maximum(start - slow_reach(size), -start), start, *given, rule="legendre", points=40)
    return exp(nu * start - where(outside, size, x * sinh(beta))) * (right + where(outside, left, 0.0))


# ---------------------------------------------------------------- all orders

def _ordinary(nu: Any, x: Any, times: int) -> Pair:
    """The derivatives of J and Y for nu >= 0."""
    if not times:
        return ops.jv(nu, x), ops.yv(nu, x)
    near, far = minimum(x, FAR), maximum(x, FAR)
    j, y = _saddle(nu, far, times)
    inside = x < FAR
    return where(inside, _loop(nu, near, times, False), j), where(inside, _schlaefli(nu, near, times), y)


def _turned(mu: Any, times: int, function: Any) -> list[tuple[float, Any]]:
    """binomial(times, k) and the k-th derivative of sin(pi mu) or cos(pi mu) by mu, as factor and function."""
    cycle = {"sin": (_sinpi(mu), _cospi(mu)), "cos": (_cospi(mu), -_sinpi(mu))}[function]
    return [(math.comb(times, k) * PI**k * (-1) ** (k // 2), cycle[k % 2]) for k in range(times + 1)]


def _known(nu: Node) -> bool | None:
    """Whether a constant order is below 0; None for others."""
    value = uniform(nu)
    return None if value is None else bool(value < 0)


def _reflected(nu: Node, direct: Any, mirrored: Any) -> Node:
    """`direct()` for orders from 0 on and `mirrored()` below; only what is needed, where the order is a constant."""
    below = _known(nu)
    if below is not None:
        return mirrored() if below else direct()  # type: ignore[no-any-return]
    return where(nu < 0, mirrored(), direct())


def _mixed(mu: Any, x: Any, times: int, terms: list[tuple[float, str, int]]) -> Any:
    """(-1)^times times the derivative of a sum of sign * trigonometric(pi mu) * (J, Y)[which]."""
    parts = [_ordinary(mu, x, k) for k in range(times + 1)]
    total: Any = 0.0
    for sign, function, which in terms:
        for k, (factor, turned) in enumerate(_turned(mu, times, function)):
            total = total + (sign * factor) * (turned * parts[times - k][which])
    return (-1) ** times * total


def j_by_order(nu: Node, x: Node, times: int) -> Node:
    """The derivative of J_nu(x) by nu, `times` times, for x > 0; NaN below, and at 0 its limit for nu > 0."""
    mu = absolute(nu)
    value = _reflected(nu, lambda: _ordinary(mu, x, times)[0], lambda: _mixed(mu, x, times, [(1, "cos", 0), (-1, "sin", 1)]))
    return where(x == 0, where(nu > 0, 0.0, math.nan), value)


def y_by_order(nu: Node, x: Node, times: int) -> Node:
    """The derivative of Y_nu(x) by nu."""
    mu = absolute(nu)
    return _reflected(nu, lambda: _ordinary(mu, x, times)[1], lambda: _mixed(mu, x, times, [(1, "sin", 0), (1, "cos", 1)]))


def i_by_order(nu: Node, x: Node, times: int) -> Node:
    """The derivative of I_nu(x) by nu; at 0 its limit for nu > 0."""
    mu = absolute(nu)

    def mirrored() -> Any:
        total = _loop(mu, x, times, True)
        for k, (factor, turned) in enumerate(_turned(mu, times, "sin")):
            left = times - k
            total = total + factor * (2 / PI) * turned * (_decaying(mu, x, left) if left else ops.kv(mu, x))
        return (-1) ** times * total

    value = _reflected(nu, lambda: _loop(mu, x, times, True), mirrored)
    return where(x == 0, where(nu > 0, 0.0, math.nan), value)


def k_by_order(nu: Node, x: Node, times: int) -> Node:
    """The derivative of K_nu(x) by nu."""
    value = _decaying(absolute(nu), x, times)
    return where(nu < 0, -value, value) if times % 2 else value
