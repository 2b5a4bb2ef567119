"""Numbers, sums, products and powers as nodes.

Sums and products stay chains of two operands; negative powers become one division.
"""
from __future__ import annotations

import math
from typing import Any

import sympy

from ....ir import ops
from ....ir.node import Node, make
from ...passes.canonical import product_power
from .handlers import Handler, constant, not_real, refused

LARGEST_POWER = 64  # integer exponents up to here are products of squares


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
    raise not_real(expr)


def _add(expr: Any, args: list[Node]) -> Node:
    """A chain of additions; terms with a minus are subtracted, constants come last, but a root comes after what it may cancel with."""
    terms = [a for a in args if a.op is not ops.const]
    constants = [a for a in args if a.op is ops.const]
    if terms and constants and all(term.op is ops.negative for term in terms):
        return make(ops.subtract, (_sum(constants), _sum([term.args[0] for term in terms])))
    terms += constants
    if len(terms) > 2:
        terms.sort(key=_is_root)
    return _sum(terms)


def _sum(terms: list[Node]) -> Node:
    first = next((k for k, term in enumerate(terms) if term.op is not ops.negative), 0)
    result = terms[first]
    for term in terms[:first] + terms[first + 1 :]:
        result = make(ops.subtract, (result, term.args[0])) if term.op is ops.negative else make(ops.add, (result, term))
    return result


def _is_root(term: Node) -> bool:
    """Whether the term is a square root, or a multiple of one."""
    while term.op is ops.negative or (term.op is ops.multiply and term.args[1].op is ops.const):
        term = term.args[0]
    return term.op is ops.sqrt


def _multiply(expr: Any, args: list[Node]) -> Node:
    """A chain of products over a chain of divisors: a * b * c**-1 is (a * b) / c, and a negative constant one negation."""
    above: list[Node] = []
    below: list[Node] = []
    constants: list[Node] = []
    minus = False
    for arg in args:
        if arg.op is ops.reciprocal:
            below.append(arg.args[0])
        elif arg.op is ops.const:
            value = arg.attrs[0].array.item()
            minus = minus != (value < 0)
            if abs(value) != 1:
                constants.append(constant(abs(value)))
        elif arg.op is ops.negative:
            minus = not minus
            above.append(arg.args[0])
        else:
            above.append(arg)
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


HANDLERS: dict[type, Handler] = {
    sympy.Add: _add, sympy.Mul: _multiply, sympy.Pow: _power,
    sympy.I.__class__: _complex, sympy.zoo.__class__: lambda expr, args: constant(math.nan),
    sympy.NumberSymbol: lambda expr, args: constant(float(expr)),
}
