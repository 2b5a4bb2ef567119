"""What each class of SymPy's means as nodes: numbers, sums, products, powers, functions, pieces and conditions.

Sums and products stay chains of two operands; negative powers become one division. All values are real float64.
Knows nothing of how an expression is walked; read `convert.py` next.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sympy
from sympy.core.function import AppliedUndef
from sympy.functions.elementary.piecewise import ExprCondPair

from ....ir import library, ops
from ....ir.convert import scalar
from ....ir.errors import ExpressionError
from ....ir.library import where
from ....ir.node import Node, located, make
from ....ir.op import Op
from ....ir.types import Type
from ...passes.canonical import product_power

SCALAR = Type("float64")
LARGEST_POWER = 64  # integer exponents up to here are products of squares

Handler = Callable[[Any, list[Node]], Node]


def constant(value: float) -> Node:
    return scalar(value, SCALAR.dtype)


def described(expr: object) -> str:
    """The expression as an error shows it: short, and never printed in full when it is large."""
    args = getattr(expr, "args", ())
    if len(args) > 8 or any(getattr(a, "args", ()) and any(getattr(b, "args", ()) for b in a.args) for a in args):
        return f"{type(expr).__name__}(...)"
    text = str(expr)
    return text if len(text) <= 80 else text[:77] + "..."


def refused(expr: object, why: str) -> ExpressionError:
    return located(ExpressionError(f"from_sympy: {described(expr)}: {why}"))  # type: ignore[return-value]


# ----------------------------------------------------------------------------------------------------------- numbers

def number(expr: Any) -> Node:
    """A number of SymPy's, rounded once to float64."""
    try:
        value = expr.p / expr.q if expr.is_Rational else float(expr)
    except OverflowError:
        raise refused(expr, "the number does not fit float64") from None
    except TypeError:
        raise refused(expr, "a number with an imaginary part has no value in float64; split real and imaginary parts") from None
    return constant(value)


def _complex(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "complex values are not supported; split real and imaginary parts (sympy's as_real_imag)")


def _pole(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "the complex infinity of a division by zero has no value in float64")


# --------------------------------------------------------------------------------------------- sums, products, powers

def _add(expr: Any, args: list[Node]) -> Node:
    """A chain of additions; terms with a minus are subtracted, constants come last."""
    terms = [a for a in args if a.op is not ops.const] + [a for a in args if a.op is ops.const]
    first = next((k for k, term in enumerate(terms) if term.op is not ops.negative), 0)
    result = terms.pop(first)
    for term in terms:
        result = make(ops.subtract, (result, term.args[0])) if term.op is ops.negative else make(ops.add, (result, term))
    return result


def _multiply(expr: Any, args: list[Node]) -> Node:
    """A chain of products over a chain of divisors: a * b * c**-1 is (a * b) / c, and a factor of -1 one negation."""
    above: list[Node] = []
    below: list[Node] = []
    constants: list[Node] = []
    minus = False
    for arg in args:
        if arg.op is ops.reciprocal:
            below.append(arg.args[0])
        elif arg.op is ops.const:
            if arg.attrs[0].array == -1:
                minus = not minus
            else:
                constants.append(arg)
        elif arg.op is ops.negative:
            minus = not minus
            above.append(arg.args[0])
        else:
            above.append(arg)
    if minus and constants:
        constants[0] = constant(-constants[0].attrs[0].array.item())
        minus = False
    above += constants
    if above:
        result = _product(above)
        if below:
            result = make(ops.divide, (result, _product(below)))
    else:
        result = make(ops.reciprocal, (_product(below),)) if below else constant(1.0)
    return make(ops.negative, (result,)) if minus else result


def _product(factors: list[Node]) -> Node:
    result = factors[0]
    for factor in factors[1:]:
        result = make(ops.square, (result,)) if factor is result else make(ops.multiply, (result, factor))
    return result


def _power(expr: Any, args: list[Node]) -> Node:
    """x**n by squaring, x**(1/2) as a root, 2**x and e**x as exponentials; a negative exponent as one division."""
    base, exponent = expr.args
    x = args[0]
    if exponent.is_Rational:
        p, q = exponent.p, exponent.q
        if p < 0:
            return make(ops.reciprocal, (_rational_power(x, -p, q),))
        return _rational_power(x, p, q)
    if base is sympy.S.Exp1:
        return make(ops.exp, (args[1],))
    if base.is_Integer and base.p == 2:
        return make(ops.exp2, (args[1],))
    return make(ops.power, (x, args[1]))


def _rational_power(x: Node, p: int, q: int) -> Node:
    if q == 1 and p <= LARGEST_POWER:
        return product_power(x, p) if p else constant(1.0)
    if p == 1 and q == 2:
        return make(ops.sqrt, (x,))
    return make(ops.power, (x, constant(p / q)))


# ------------------------------------------------------------------------------------------------------- the functions

def _row(op: Op) -> Handler:
    return lambda expr, args: make(op, args)


def _one(function: Callable[[Any], Any]) -> Handler:
    return lambda expr, args: function(args[0])


def _chain(op: Op) -> Handler:
    """Of two or more operands, left to right."""

    def chained(expr: Any, args: list[Node]) -> Node:
        result = args[0]
        for arg in args[1:]:
            result = make(op, (result, arg))
        return result

    return chained


def _logic(op: Op) -> Handler:
    chained = _chain(op)

    def check(expr: Any, args: list[Node]) -> Node:
        for part, arg in zip(expr.args, args):
            if arg.type.dtype.kind != "b":
                raise refused(expr, f"{described(part)} is not a condition; compare it, as in Ne({described(part)}, 0)")
        return chained(expr, args)

    return check


def _piecewise(expr: Any, args: list[Node]) -> Node:
    """Selections from the last piece to the first; NaN where no condition holds."""
    result: Node | None = None
    for pair, node in reversed(list(zip(expr.args, args))):
        value, condition = node.args[0], node.args[1]
        if pair.args[1] is sympy.true:
            result = value
        else:
            result = make(ops.where, (condition, value, constant(math.nan) if result is None else result))
    return result  # type: ignore[return-value]


def _gamma(x: Any) -> Node:
    """exp(gammaln(x)) with the sign that alternates between the negative integers; NaN at the poles, as in SymPy zoo."""
    size = library.exp(ops.gammaln(x))
    odd = library.remainder(library.floor(x), 2.0) == 1
    pole = (x <= 0) & (library.floor(x) == x)
    return where(pole, math.nan, where((x < 0) & odd, -size, size))


def _beta(expr: Any, args: list[Node]) -> Node:
    a, b = args[0], args[-1]
    return library.exp(ops.gammaln(a) + ops.gammaln(b) - ops.gammaln(a + b))  # type: ignore[no-any-return]


def _polygamma(expr: Any, args: list[Node]) -> Node:
    order = expr.args[0]
    if not order.is_Integer or order < 0:
        raise refused(expr, "the order of polygamma must be a fixed integer from 0 on")
    return ops.digamma(args[1]) if order == 0 else ops.polygamma(args[1], order=int(order))


def _heaviside(expr: Any, args: list[Node]) -> Node:
    x, at_zero = args[0], args[1] if len(args) > 1 else constant(0.5)
    return where(x < 0, 0.0, where(x > 0, 1.0, where(x == 0, at_zero, math.nan)))


def _log(expr: Any, args: list[Node]) -> Node:
    return make(ops.log, args[:1]) if len(args) == 1 else make(ops.divide, [make(ops.log, [a]) for a in args])


def _undefined(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "an undefined function has no numeric meaning; list it as an argument, or replace it with subs")


def unevaluated(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, f"an unevaluated {type(expr).__name__} has no value; call .doit(), or list it as an argument")


def _loose(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "it is not among the arguments; list it there, or give its value with subs")


F: Any = sympy.functions
TABLE: dict[type, Handler] = {
    sympy.Add: _add, sympy.Mul: _multiply, sympy.Pow: _power,
    sympy.I.__class__: _complex, sympy.zoo.__class__: _pole,
    sympy.exp: _row(ops.exp), sympy.log: _log, sympy.Abs: _row(ops.abs), sympy.sign: _row(ops.sign),
    sympy.floor: _row(ops.floor), sympy.ceiling: _row(ops.ceil), sympy.frac: _one(lambda x: x - library.floor(x)),
    sympy.Mod: _row(ops.remainder), sympy.Max: _chain(ops.maximum), sympy.Min: _chain(ops.minimum),
    sympy.sin: _row(ops.sin), sympy.cos: _row(ops.cos), sympy.tan: _row(ops.tan), sympy.cot: _one(lambda x: 1 / library.tan(x)),
    sympy.sec: _one(lambda x: ops.reciprocal(ops.cos(x))), sympy.csc: _one(lambda x: ops.reciprocal(ops.sin(x))),
    sympy.asin: _row(ops.arcsin), sympy.acos: _row(ops.arccos), sympy.atan: _row(ops.arctan), sympy.atan2: _row(ops.arctan2),
    sympy.acot: _one(lambda x: library.arctan(1 / x)), sympy.asec: _one(lambda x: library.arccos(1 / x)),
    sympy.acsc: _one(lambda x: library.arcsin(1 / x)), sympy.sinc: _one(lambda x: library.sinc(x / math.pi)),
    sympy.sinh: _row(ops.sinh), sympy.cosh: _row(ops.cosh), sympy.tanh: _row(ops.tanh), sympy.coth: _one(lambda x: 1 / library.tanh(x)),
    sympy.sech: _one(lambda x: ops.reciprocal(ops.cosh(x))), sympy.csch: _one(lambda x: ops.reciprocal(ops.sinh(x))),
    sympy.asinh: _row(ops.arcsinh), sympy.acosh: _row(ops.arccosh), sympy.atanh: _row(ops.arctanh),
    sympy.acoth: _one(lambda x: library.arctanh(1 / x)), sympy.asech: _one(lambda x: library.arccosh(1 / x)),
    sympy.acsch: _one(lambda x: library.arcsinh(1 / x)),
    sympy.erf: _row(ops.erf), sympy.erfc: _row(ops.erfc), sympy.gamma: _one(_gamma), sympy.loggamma: _row(ops.gammaln),
    sympy.digamma: _row(ops.digamma), sympy.polygamma: _polygamma, sympy.factorial: _one(lambda x: _gamma(x + 1)),
    sympy.trigamma: _one(lambda x: ops.polygamma(x, order=1)), sympy.beta: _beta, sympy.Heaviside: _heaviside,
    sympy.re: _one(lambda x: x), sympy.conjugate: _one(lambda x: x), sympy.im: _one(lambda x: constant(0.0)),
    sympy.Piecewise: _piecewise, ExprCondPair: lambda expr, args: _Pair(args),  # type: ignore[dict-item, return-value]
    sympy.Eq: _row(ops.equal), sympy.Ne: _row(ops.not_equal), sympy.Lt: _row(ops.less), sympy.Le: _row(ops.less_equal),
    sympy.Gt: _row(ops.greater), sympy.Ge: _row(ops.greater_equal),
    sympy.And: _logic(ops.logical_and), sympy.Or: _logic(ops.logical_or), sympy.Xor: _logic(ops.logical_xor),
    sympy.Not: lambda expr, args: make(ops.logical_not, args), sympy.ITE: lambda expr, args: where(*args),
    sympy.true.__class__: lambda e, a: ops.source.constant(True), sympy.false.__class__: lambda e, a: ops.source.constant(False),
    AppliedUndef: _undefined, sympy.Derivative: unevaluated, sympy.Integral: unevaluated, sympy.Sum: unevaluated,
    sympy.Product: unevaluated, sympy.Limit: unevaluated, sympy.Symbol: _loose, sympy.Indexed: _loose,
    sympy.NumberSymbol: lambda expr, args: constant(float(expr)),
}


class _Pair:
    """A value and its condition on their way to the Piecewise that holds them."""

    __slots__ = ("args", "op")

    def __init__(self, args: list[Node]) -> None:
        self.args, self.op = args, None


def _more_functions() -> None:
    """The functions of `sympy.codegen`, which name the C library's."""
    from sympy.codegen import cfunctions as c

    TABLE.update({
        c.expm1: _row(ops.expm1), c.log1p: _row(ops.log1p), c.exp2: _row(ops.exp2), c.log2: _row(ops.log2), c.log10: _row(ops.log10),
        c.Sqrt: _row(ops.sqrt), c.Cbrt: _row(ops.cbrt), c.hypot: _row(ops.hypot),
        c.fma: lambda expr, args: make(ops.add, (make(ops.multiply, args[:2]), args[2])),
    })


_more_functions()
_found: dict[type, Handler | None] = {}


def handler(expr: Any) -> Handler:
    """What the expression's class means, or what the nearest class above it does."""
    kind = type(expr)
    if kind not in _found:
        _found[kind] = next((TABLE[base] for base in kind.__mro__ if base in TABLE), None)
    found = _found[kind]
    if found is None:
        if not isinstance(expr, sympy.Basic):
            raise refused(expr, f"expected a SymPy expression, got {kind.__name__}")
        raise refused(expr, f"{kind.__name__} is not supported; rewrite it (expr.rewrite, expr.doit, subs) in elementary functions")
    return found
