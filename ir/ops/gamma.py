"""The gamma function's family: incomplete gamma and beta functions, beta, binomials and factorials (NIST DLMF 5, 8).

Quotients of gamma functions go through `scaled_gamma`, the gamma function over Stirling's formula, and `log1pmx`: powers and
exponentials of large numbers never meet. Derivatives by parameters without closed form are in `library/incomplete.py`.
"""
from __future__ import annotations

import math
from typing import Any

from ..node import Node
from ..op import Op
from .arithmetic import abs, floor, maximum, minimum, power, rint
from .composite import composite, where
from .elementary import exp, log, log1p, sqrt, tan
from .special import digamma, gamma, gammaln, polygamma

SQRT_TAU = math.sqrt(2 * math.pi)
# x (log(gamma(x)) - (x - 1/2) log x + x - log(2 pi)/2) in 1/x^2 for x >= 4.5, as in codegen/math/gamma.py
STIRLING = (0.0833333333333333, -0.0027777777777406795, 0.0007936507799368457, -0.0005952357770421641,
            0.0008415362569967117, -0.001905630598218501, 0.005996911407174616, -0.0203501730553044, 0.0455770176577903)
# B_2k / (2k) of log x - 1/(2x) - sum of B_2k/(2k) x^-2k, digamma's series
PSI = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132, -691 / 32760, 1 / 12)
SHIFT = 10  # from where seven terms of it are exact to a double
MORE = (*PSI, -3617 / 8160, 43867 / 14364, -174611 / 6600, 854513 / 3036)
LESS = 7    # from where eleven are, to 1e-13 of their sum


def _is_whole(x: Any) -> Any:
    return floor(x) == x


def _poly(x: Any, coefficients: tuple[float, ...]) -> Any:
    """c[0] + c[1] x + c[2] x^2 + ..."""
    result = x * coefficients[-1] + coefficients[-2]
    for c in reversed(coefficients[:-2]):
        result = result * x + c
    return result


# ------------------------------------------------------------------------------------------------------ building blocks

def _log1pmx(x: Any) -> Node:
    """By 2 atanh(s) = 2s + 2/3 s^3 + ... of s = x/(2 + x), where 2s - x is -x s; by log1p where nothing cancels."""
    near = abs(x) < 0.4
    s = where(near, x, 0.0)
    s = s / (2 + s)
    v = s * s
    series = _poly(v, tuple(2 / (2 * k + 3) for k in range(13)))
    return where(near, s * (v * series - x), log1p(x) - x)


log1pmx: Op = composite(
    "log1pmx", 1, _log1pmx, lambda x, y: -x / (1 + x), doc="log(1 + x) - x, accurate near 0", sample=((-0.9, 9),))


def _scaled_gamma(x: Any) -> Node:
    r = 1 / where(x < 4.5, 4.5, x)
    small = where(x < 4.5, x, 1.0)
    return where(x < 4.5, gamma(small) * (exp(small) * power(small, 0.5 - small)) / SQRT_TAU, exp(r * _poly(r * r, STIRLING)))


def psi_less_log(x: Any) -> Any:
    """psi(x) - log x + 1/(2x) for x > 0, in which psi's series begins with -1/(12 x^2)."""
    small = x < LESS
    r = 1 / where(small, float(LESS), x)
    far = -(r * r) * _poly(r * r, MORE)
    near = where(small, x, 1.0)
    return where(small, digamma(near) - log(near) + 0.5 / near, far)


scaled_gamma: Op = composite(
    "scaled_gamma", 1, _scaled_gamma, lambda x, y: y * psi_less_log(x),
    doc="gamma(x) / (sqrt(2 pi) x^(x - 1/2) e^-x) for x > 0, which tends to 1", sample=((0.1, 50),),
)


loggamma: Op = composite(
    "loggamma", 1, lambda x: where(x < 0, math.nan, gammaln(x)), lambda x, y: where(x < 0, math.nan, digamma(x)),
    doc="log(gamma(x)) for x > 0; NaN for x < 0, where it is complex", sample=((0.1, 50),),
)


def _rgamma(x: Any) -> Node:
    pole = (x <= 0) & (floor(x) == x)
    return where(pole, 0.0, 1 / gamma(where(pole, 1.0, x)))


def _rgamma_slope(x: Any, y: Any) -> Node:
    """-psi(x)/gamma(x); at -m the limit (-1)^m m!."""
    pole = (x <= 0) & (floor(x) == x)
    other = where(pole, 1.0, x)
    odd = floor(0.5 * x) * 2 != x
    factorial = gamma(where(pole, 1 - x, 1.0))
    return where(pole, where(odd, -factorial, factorial), -digamma(other) * y)


rgamma: Op = composite("rgamma", 1, _rgamma, _rgamma_slope, doc="1 / gamma(x), 0 at the poles", sample=((-5, 50),))


def _left(a: Any, b: Any) -> Any:
    """The rounding error of a + b, exactly (Knuth); beside a pole of gamma or psi it counts."""
    total = a + b
    second = total - a
    return (a - (total - second)) + (b - second)


def _rgamma_of_sum(a: Any, b: Any) -> Any:
    """1/gamma(a + b), with all digits of the sum."""
    total, rest = a + b, _left(a, b)
    value = rgamma(total)
    return where(abs(rest) > 0, value + rest * _rgamma_slope(total, value), value)


def _digamma_of_sum(a: Any, b: Any) -> Any:
    """psi(a + b), with all digits of the sum: reflected below 0."""
    total, rest = a + b, _left(a, b)
    below = (total < 0) & (abs(rest) > 0)
    beside = where(below, total, -0.5)
    reflected = digamma(1 - beside) - math.pi / tan(math.pi * ((beside - rint(beside)) + where(below, rest, 0.0)))
    return where(below, reflected, digamma(total))


def _digamma_gap(a: Any, b: Any) -> Node:
    """sum of b/((a + j)(a + b + j)) for j < 10, and the difference of the asymptotic series, of which each term has the
    factor b; v^k - u^k = v (v^(k-1) - u^(k-1)) + u^(k-1) (v - u). Where both are negative and b is whole, a is reflected."""
    mirrored = (a <= 0) & (a + b <= 0) & _is_whole(b) & (1 - a - b > 0)
    inside = mirrored | ((a > 0) & (a + b > 0))
    p, d = where(mirrored, 1 - a - b, where(inside, a, 1.0)), where(inside, b, 1.0)
    q = p + d
    total: Any = None
    for j in range(SHIFT):
        term = 1 / ((p + j) * (q + j))
        total = term if total is None else total + term
    p, q = p + SHIFT, q + SHIFT
    u, v = 1 / (p * p), 1 / (q * q)
    first = -(p + q) * u * v  # (v - u)/b
    change, low, series = first, u, PSI[0] * first
    for c in PSI[1:]:
        change = v * change + low * first
        low = low * u
        series = series + c * change
    near = d * (total + 0.5 / (p * q) - series) + log1p(d / p)
    return where(inside, where(mirrored, -near, near), _digamma_of_sum(a, b) - digamma(a))


digamma_gap: Op = composite(
    "digamma_gap", 2, _digamma_gap, lambda a, b, y: polygamma(a + b, order=1) - polygamma(a, order=1),
    lambda a, b, y: polygamma(a + b, order=1),
    doc="digamma(x1 + x2) - digamma(x1), accurate also for small x2", sample=((0.1, 50), (0.1, 50)),
)


# ----------------------------------------------------------------------------------------------------- beta and binomials

def _log_ratio(a: Any, b: Any) -> Any:
    """log(1 + b/a), also where b/a overflows."""
    far = b > 1e10 * a
    return where(far, log(a + b) - log(a), log1p(where(far, 0.0, b) / a))


def _beta_parts(a: Any, b: Any) -> tuple[Any, Any]:
    """(root, exponent): beta(a, b) = root * exp(exponent) for a, b > 0, by Stirling's formula and what it leaves."""
    root = SQRT_TAU * sqrt(1 / a + 1 / b) * scaled_gamma(a) / scaled_gamma(a + b) * scaled_gamma(b)
    return root, -(a * _log_ratio(a, b) + b * _log_ratio(b, a))


def _beta(a: Any, b: Any) -> Node:
    positive = (a > 0) & (b > 0)
    root, exponent = _beta_parts(where(positive, a, 1.0), where(positive, b, 1.0))
    return where(positive, root * exp(exponent), gamma(a) * _rgamma_of_sum(a, b) * gamma(b))


beta: Op = composite(
    "beta", 2, _beta, lambda a, b, y: -y * digamma_gap(a, b), lambda a, b, y: -y * digamma_gap(b, a),
    doc="gamma(x1) gamma(x2) / gamma(x1 + x2)", sample=((0.1, 20), (0.1, 20)),
)


def _betaln(a: Any, b: Any) -> Node:
    positive = (a > 0) & (b > 0)
    root, exponent = _beta_parts(where(positive, a, 1.0), where(positive, b, 1.0))
    return where(positive, log(root) + exponent, gammaln(a) + gammaln(b) - gammaln(a + b))


betaln: Op = composite(
    "betaln", 2, _betaln, lambda a, b, y: -digamma_gap(a, b), lambda a, b, y: -digamma_gap(b, a),
    doc="log|beta(x1, x2)| without overflow", sample=((0.1, 50), (0.1, 50)),
)


def _poch_positive(x: Any, k: Any) -> Any:
    """x > 0 and x + k > 0. With the smaller p and the larger q of both, (q/p)^p q^(q - p) e^(p - q) sqrt(p/q) and what Stirling's
    formula leaves, inverted for k < 0; the power in halves, since it may overflow alone. The quotient itself where it is finite."""
    p, q, d = minimum(x, x + k), maximum(x, x + k), abs(k)
    direct = q < 170
    a, b, c = where(direct, 1.0, p), where(direct, 1.0, q), where(direct, 0.0, d)
    half = power(b, 0.5 * c)
    scaled = half * (exp(a * log1pmx(c / a)) * sqrt(a / b) * scaled_gamma(b) / scaled_gamma(a)) * half
    size = where(direct, gamma(where(direct, q, 1.0)) / gamma(where(direct, p, 1.0)), scaled)
    return where(k == 0, 1.0, where(k < 0, 1 / size, size))


def _odd(k: Any) -> Any:
    return floor(0.5 * k) * 2 != k


def _poch(x: Any, k: Any) -> Node:
    """Reflected where x and x + k are negative and k is whole; else the quotient of gamma functions."""
    positive = (x > 0) & (x + k > 0)
    reflected = (x <= 0) & (x + k <= 0) & _is_whole(k) & (1 - x - k > 0)
    first = where(positive, x, where(reflected, 1 - x - k, 1.0))
    size = _poch_positive(first, where(positive | reflected, k, 0.0))
    other = rgamma(x) / _rgamma_of_sum(x, k)
    return where(positive, size, where(reflected, where(_odd(k), -size, size), where(k == 0, 1.0, other)))


poch: Op = composite(
    "poch", 2, _poch, lambda x, k, y: y * digamma_gap(x, k), lambda x, k, y: y * _digamma_of_sum(x, k),
    doc="gamma(x1 + x2) / gamma(x1), the rising factorial", sample=((0.1, 20), (0.1, 20)),
)


def _binom(n: Any, k: Any) -> Node:
    """1/((n + 1) beta(n - k + 1, k + 1)) between the edges, else (n - k + 1)_k / k!, by (-1)^k (-n)_k for whole k; whole where both
    are."""
    m, whole = n - k, _is_whole(k)
    inside = (m > -1) & (k > -1)
    p, q = where(inside, m, 0.0), where(inside, k, 0.0)
    other = poch(where(whole, -n, m + 1), k) * rgamma(k + 1)
    value = where(inside, 1 / ((p + q + 1) * beta(p + 1, q + 1)), where(whole & _odd(k), -other, other))
    exact = _is_whole(n) & _is_whole(k) & (abs(value) < 2.0**52)
    return where(exact, rint(value), value)


def _binom_by_n(n: Any, k: Any, y: Any) -> Node:
    mirrored = ((n - k <= -1) | (k <= -1)) & _is_whole(k)
    gap = digamma_gap(where(mirrored, -n, n - k + 1), k)
    return y * where(mirrored, -gap, gap)  # type: ignore[no-any-return]


def _binom_by_k(n: Any, k: Any, y: Any) -> Node:
    inside = (n - k > -0.5) & (k > -0.5)
    apart = digamma_gap(where(inside, k, 0.0) + 1, where(inside, n - 2 * k, 0.0))
    return y * where(inside, apart, _digamma_of_sum(n, 1 - k) - digamma(k + 1))  # type: ignore[no-any-return]


binom: Op = composite(
    "binom", 2, _binom, _binom_by_n, _binom_by_k,
    doc="gamma(x1 + 1) / (gamma(x2 + 1) gamma(x1 - x2 + 1)), the binomial coefficient", sample=((9, 20), (0.5, 8)),
)
