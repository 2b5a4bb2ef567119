"""polygamma of any order: derivatives of digamma. Computed in double lanes for both types.

psi^(m)(x) = psi^(m)(x + 1) - (-1)^m m! / x^(m+1) brings x to 20 or more, where the asymptotic series holds (NIST DLMF
5.15.5 and 5.15.8). The number of steps depends on x, so this is a loop that runs until every lane is there. Negative
arguments are reflected: (-1)^m psi^(m)(1 - x) less the m-th derivative of pi cot(pi x), a polynomial in the cotangent.
"""
from __future__ import annotations

from collections.abc import Callable
from math import factorial, inf, nan, pi

from ...ir.ops.special import bernoulli, cotangent_polynomial
from .core import Lanes, Value
from .gamma import pi_cotangent

FAR = 20.0           # the series is exact to a double from here


def of_order(order: int) -> Callable[[Lanes, Value], Value]:
    """The emitter of psi^(order), order at least 1."""

    def polygamma(m: Lanes, x: Value) -> Value:
        d = m.as_double()
        negative = m.widen(x) < 0.0
        t, total = _to_far(d, order, d.where(negative, 1.0 - m.widen(x), m.widen(x)))
        sign = 1.0 if order % 2 else -1.0
        result = total + sign * _series(d, order, t)
        result, = d.rarely(negative, [result], lambda: [d.where(negative, _reflected(d, order, m.widen(x), result), result)])
        pole = (_floor(d, m.widen(x)) == m.widen(x)) & (m.widen(x) <= 0.0) & (m.widen(x) > -inf)
        result = d.where(pole, inf if order % 2 else nan, result)
        return m.narrow(d.where(m.widen(x) == inf, 0.0, result))

    return polygamma


def _reflected(d: Lanes, order: int, x: Value, mirrored: Value) -> Value:
    """What the mirrored value becomes for x < 0. The polynomial in c = pi cot(pi x) has even or odd powers only, all of one sign."""
    c = -pi_cotangent(d, d.abs(x))
    terms = [a * pi ** (order + 1 - k) for k, a in enumerate(cotangent_polynomial(order))]
    first = (order + 1) % 2
    slope = d.poly(c * c, terms[first::2])
    return (-mirrored if order % 2 else mirrored) - (slope * c if first else slope)


def _floor(d: Lanes, x: Value) -> Value:
    return Value(d, "double", d.body.intrinsic("floor", "double", d.lanes, x.name))


def _to_far(d: Lanes, order: int, x: Value) -> tuple[Value, Value]:
    """(x moved up to at least FAR, the sum of the terms that the moves leave behind)."""
    body, type = d.body, x.type
    head, step, done, before = body.label("head"), body.label("step"), body.label("far"), body.block
    zero = d.value(0.0)
    scale = factorial(order) * (1.0 if order % 2 else -1.0)
    t_next, total_next = body.name("t"), body.name("total")
    body.branch(head)
    body.open(head)
    at = len(body.lines)
    t, total = Value(d, "double", body.name("t")), Value(d, "double", body.name("total"))
    body.emit("")
    body.emit("")
    near = t < FAR
    body.branch_if(d.any_lane(near), step, done)
    body.open(step)
    reciprocal = 1.0 / t
    term = reciprocal
    for _ in range(order):
        term = term * reciprocal
    moved, added = d.where(near, t + 1.0, t), d.where(near, d.mad(term, scale, total), total)
    body.emit(f"{t_next} = freeze {type} {moved.name}")
    body.emit(f"{total_next} = freeze {type} {added.name}")
    body.lines[at] = f"  {t.name} = phi {type} [ {x.name}, %{before} ], [ {t_next}, %{body.block} ]"
    body.lines[at + 1] = f"  {total.name} = phi {type} [ {zero.name}, %{before} ], [ {total_next}, %{body.block} ]"
    body.branch(head)
    body.open(done)
    return t, total


def _series(d: Lanes, order: int, t: Value) -> Value:
    """(m-1)!/t^m + m!/(2 t^(m+1)) + the sum of B_2k (2k+m-1)! / ((2k)! t^(2k+m))."""
    r = 1.0 / t
    tail = [float(b * factorial(2 * k + order - 1) / factorial(2 * k)) for k, b in enumerate(bernoulli(), 1)]
    inner = d.mad(d.poly(r * r, tail), r, factorial(order) / 2)
    inner = d.mad(inner, r, float(factorial(order - 1)))
    for _ in range(order):
        inner = inner * r
    return inner
