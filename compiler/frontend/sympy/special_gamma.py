"""The gamma function and its family, the error functions, and the numbers of combinatorics."""
from __future__ import annotations

from typing import Any

import sympy

from ....ir import library, ops
from ....ir.library import whole
from ....ir.node import Node
from .handlers import Back, Handler, Special, composed, constant, not_real, refused, row

PRODUCT = 20  # factors of a binomial at most


def _beta(expr: Any, args: list[Node]) -> Node:
    return ops.beta(args[0], args[-1])  # of one argument: with itself


def _binomial(expr: Any, args: list[Node]) -> Node:
    """Of a small fixed k the product n (n - 1) ... / k!, which is exact for whole n and has slopes at its zeros."""
    n, k = args[0], expr.args[1]
    if not (k.is_Integer and 0 < k <= PRODUCT):
        return ops.binom(*args)
    value: Any = n
    for j in range(1, int(k)):
        value = value * (n - j) / (j + 1)
    return value  # type: ignore[no-any-return]


def _between(expr: Any, args: list[Node]) -> Node:
    """I(a, b) from one end to the other."""
    a, b, low, high = args
    upper = ops.betainc(a, b, high)
    return upper if expr.args[2].is_zero else upper - ops.betainc(a, b, low)


def _polygamma(expr: Any, args: list[Node]) -> Node:
    order = expr.args[0]
    if not order.is_Integer or order < 0:
        raise refused(expr, "the order of polygamma must be a fixed integer from 0 on")
    return ops.digamma(args[1]) if order == 0 else ops.polygamma(args[1], order=int(order))


def _harmonic(expr: Any, args: list[Node]) -> Node:
    return whole.harmonic(args[0], None if len(args) == 1 or expr.args[1] == 1 else args[1])


def _bernoulli(expr: Any, args: list[Node]) -> Node:
    if len(args) > 1:
        raise refused(expr, "a Bernoulli polynomial of unknown degree is not supported; give the degree as a number")
    return whole.bernoulli(args[0])


def _zeta(expr: Any, args: list[Node]) -> Node:
    return ops.riemann_zeta(args[0]) if len(args) == 1 or expr.args[1] == 1 else ops.hurwitz_zeta(*args)


def _eta(expr: Any, args: list[Node]) -> Node:
    if len(args) > 1 and expr.args[1] != 1:
        raise refused(expr, "the generalised Dirichlet eta is not supported; rewrite it with zeta (expr.rewrite(zeta))")
    return ops.dirichlet_eta(args[0])


def _lambert(expr: Any, args: list[Node]) -> Node:
    branch = 0 if len(args) == 1 else expr.args[1]
    if branch not in (0, -1):
        raise refused(expr, "only the branches 0 and -1 of LambertW are real")
    return ops.lambertw0(args[0]) if branch == 0 else ops.lambertwm1(args[0])


def _meijer(expr: Any) -> tuple[str, Any] | None:
    """Which of the functions a Meijer G function is that SymPy writes for derivatives by the parameter of uppergamma, lowergamma
    and expint, and its parameter."""
    above, below = list(expr.aother), list(expr.bm)
    for one in expr.aother:
        if one in below:
            above.remove(one)
            below.remove(one)
    if expr.an or expr.bother or any(one != 1 for one in above):
        return None
    if below.count(0) < len(above) or len(above) > 2 or len(below) != len(above) + 1:
        return None
    for _ in above:
        below.remove(sympy.S.Zero)
    return ("density", "uppergamma", "logarithmic")[len(above)], below[0]


def _parts_of_meijer(expr: Any) -> list[Any]:
    found = _meijer(expr)
    return [] if found is None else [found[1], expr.argument]


def _meijerg(expr: Any, args: list[Node], convert: Any) -> Node:
    found = _meijer(expr)
    if found is None:
        raise refused(expr, "of Meijer's G functions only those in derivatives of uppergamma, lowergamma and expint are supported")
    a, x = args
    if found[0] == "density":
        return library.power(x, a) * library.exp(-x)  # type: ignore[no-any-return]
    if found[0] == "uppergamma":
        return ops.uppergamma(a, x)
    slope: Node = ops.expint_by_order(1 - a, x, order=1)
    return -library.power(x, a) * slope  # type: ignore[no-any-return]  # the integral of t^(a-1) e^-t log(t/x) from x on


def _known(means: Handler) -> Handler:
    """The function, or of numbers its value as SymPy finds it: exact, where the function itself is long."""
    def of(expr: Any, args: list[Node]) -> Node:
        if not all(arg.is_Number for arg in expr.args):
            return means(expr, args)
        value, rest = expr.evalf(30).as_real_imag()
        if not abs(rest) <= 1e-20 * abs(value):
            raise not_real(expr)
        return constant(float(value))

    return of


HANDLERS: dict[type, Handler | Special] = {
    sympy.erf: row(ops.erf), sympy.erfc: row(ops.erfc), sympy.erfi: row(ops.erfi), sympy.erf2: row(ops.erf2),
    sympy.erfinv: row(ops.erfinv), sympy.erfcinv: row(ops.erfcinv), sympy.erf2inv: row(ops.erf2inv),
    sympy.gamma: row(ops.gamma), sympy.loggamma: row(ops.loggamma), sympy.digamma: row(ops.digamma), sympy.polygamma: _polygamma,
    sympy.trigamma: composed(lambda x: ops.polygamma(x, order=1)), sympy.beta: _beta,
    sympy.uppergamma: row(ops.uppergamma), sympy.lowergamma: row(ops.lowergamma), sympy.betainc_regularized: _between,
    sympy.betainc: lambda expr, args: ops.beta(args[0], args[1]) * _between(expr, args),
    sympy.factorial: composed(lambda x: ops.gamma(x + 1)), sympy.factorial2: composed(whole.factorial2),
    sympy.subfactorial: composed(whole.subfactorial), sympy.binomial: _binomial, sympy.RisingFactorial: row(ops.poch),
    sympy.FallingFactorial: composed(lambda x, k: ops.poch(x - k + 1, k)), sympy.fibonacci: composed(whole.fibonacci),
    sympy.lucas: composed(whole.lucas), sympy.catalan: composed(whole.catalan), sympy.harmonic: _harmonic,
    sympy.bernoulli: _bernoulli, sympy.zeta: _known(_zeta), sympy.dirichlet_eta: _known(_eta), sympy.polylog: _known(row(ops.polylog)),
    sympy.LambertW: _known(_lambert), sympy.meijerg: Special(_parts_of_meijer, _meijerg),
}

BACK: dict[Any, Back] = {
    ops.erf: sympy.erf, ops.erfc: sympy.erfc, ops.erfi: sympy.erfi, ops.erf2: sympy.erf2, ops.erfinv: sympy.erfinv,
    ops.erfcinv: sympy.erfcinv, ops.erf2inv: sympy.erf2inv, ops.gamma: sympy.gamma, ops.rgamma: lambda x: 1 / sympy.gamma(x),
    ops.loggamma: sympy.loggamma, ops.gammaln: lambda x: sympy.log(sympy.Abs(sympy.gamma(x))), ops.digamma: sympy.digamma,
    ops.digamma_gap: lambda a, b: sympy.digamma(a + b) - sympy.digamma(a), ops.beta: sympy.beta,
    ops.betaln: lambda a, b: sympy.log(sympy.Abs(sympy.beta(a, b))), ops.poch: sympy.RisingFactorial, ops.binom: sympy.binomial,
    ops.uppergamma: sympy.uppergamma, ops.lowergamma: sympy.lowergamma,
    ops.gammainc: lambda a, x: sympy.lowergamma(a, x) / sympy.gamma(a), ops.gammaincc: lambda a, x: sympy.uppergamma(a, x) / sympy.gamma(a),
    ops.gamma_density: lambda a, x: x**a * sympy.exp(-x) / sympy.gamma(a), ops.log1pmx: lambda x: sympy.log(1 + x) - x,
    ops.scaled_gamma: lambda x: sympy.gamma(x) * sympy.exp(x) * x ** (sympy.Rational(1, 2) - x) / sympy.sqrt(2 * sympy.pi),
    ops.betainc: lambda a, b, x: sympy.betainc_regularized(a, b, 0, x),
    ops.betaincc: lambda a, b, x: sympy.betainc_regularized(a, b, x, 1),
    ops.beta_density: lambda a, b, x, y: x**a * y**b / sympy.beta(a, b),
    ops.polygamma: sympy.polygamma,
    ops.riemann_zeta: sympy.zeta, ops.hurwitz_zeta: sympy.zeta,
    ops.hurwitz_slope: lambda s, a: s * sympy.zeta(s + 1, a),
    ops.dirichlet_eta: sympy.dirichlet_eta, ops.polylog: sympy.polylog, ops.lambertw0: sympy.LambertW,
    ops.lambertwm1: lambda x: sympy.LambertW(x, -1), ops.lambertw0_plus_1: lambda x: 1 + sympy.LambertW(x),
    ops.lambertwm1_plus_1: lambda x: 1 + sympy.LambertW(x, -1),
}
