"""Quotients of gamma functions beside poles, and binomials at their zeros."""
from __future__ import annotations

from collections.abc import Callable, Sequence

import mpmath as mp
import pytest
import sympy

import wengert as wg


def binomial_by_k(n: mp.mpf, k: mp.mpf) -> mp.mpf:
    return mp.binomial(n, k) * (mp.digamma(n - k + 1) - mp.digamma(k + 1))


@pytest.mark.parametrize(("name", "exact", "at"), [
    ("beta", mp.beta, (-7.936705310158621, -0.06347303262958626)), ("beta", mp.beta, (-2.3, -0.7 - 1e-13)), ("beta", mp.beta, (0.3, -3.3)),
    ("poch", mp.rf, (-7.936705310158621, -0.06347303262958626)), ("poch", mp.rf, (-0.1, 0.1 - 2e-12)), ("poch", mp.rf, (-4.7, 1.7)),
    ("binom", mp.binomial, (3.0 + 3e-15, 4.0)), ("binom", mp.binomial, (2.0 + 1e-13, 9.0)), ("binom", mp.binomial, (-2.0 - 1e-13, 5.0)),
])
def test_a_sum_of_arguments_beside_a_pole_keeps_its_digits(name: str, exact: Callable[..., mp.mpf], at: Sequence[float]) -> None:
    xs = [wg.symbol(f"beside_pole_{name}{k}") for k in range(2)]
    graph = wg.Graph("beside", xs, [getattr(wg.special, name)(*xs)])
    with mp.workdps(60):
        want = float(exact(*map(mp.mpf, at)))
    assert float(wg.function(xs, graph.outputs)(*at)[0]) == pytest.approx(want, rel=1e-13)
    assert float(wg.evaluate(graph, *at)[0]) == pytest.approx(want, rel=1e-13)


@pytest.mark.parametrize("at", [(3.0 + 3e-15, 4.0), (1.0 + 1e-15, 8.0), (-2.0 - 1e-13, 5.0), (9.7, 3.2)])
def test_slopes_of_a_binomial_beside_poles(at: Sequence[float]) -> None:
    xs = [wg.symbol(f"beside_pole_slope{k}") for k in range(2)]
    by_n, by_k = wg.function(xs, list(wg.grad(wg.special.binom(*xs), xs)))(*at)
    with mp.workdps(60):
        n, k = map(mp.mpf, at)
        assert float(by_n) == pytest.approx(float(mp.binomial(n, k) * (mp.digamma(n + 1) - mp.digamma(n - k + 1))), rel=1e-12)
        assert float(by_k) == pytest.approx(float(binomial_by_k(n, k)), rel=1e-12)


@pytest.mark.parametrize("k", [1, 2, 3, 20])
def test_a_binomial_with_fixed_k_has_slopes_at_its_zeros(k: int) -> None:
    n = sympy.Symbol("n")
    f = wg.lambdify([n], sympy.binomial(n, k, evaluate=False), "gradient")
    exact = sympy.expand(sympy.binomial(n, k).expand(func=True))
    for at in map(sympy.sympify, (0, 1, 2, 5, 19, 40, -3, sympy.Rational(9, 4))):
        value, slope = f(float(at))
        want = [exact.subs(n, at), exact.diff(n).subs(n, at)]
        assert float(slope[0]) == pytest.approx(float(want[1]), rel=1e-13)
        assert float(value) == float(want[0]) if at.is_integer and k < 9 else float(value) == pytest.approx(float(want[0]), rel=1e-13)
