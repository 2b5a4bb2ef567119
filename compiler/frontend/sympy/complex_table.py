"""What SymPy's classes mean for complex numbers, and the walk that converts an expression to a pair of real nodes.

What stays within the reals (a special function of real arguments, a sum over a range) is left to the table of real
numbers. Read `complex.py` for how the pairs are compiled.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import sympy

from ....ir import ops
from ....ir.errors import NotReal
from ....ir.node import Node, make
from . import pairs
from .arithmetic import number
from .convert import NAMED, Converter, sympified
from .handlers import Special, constant, described, larger, refused
from .logic import condition
from .pairs import Pair
from .special_bessel import COMPLEX, parts_of_hankel
from .special_polynomials import harmonic
from .table import handler

Value = Pair | Node  # a number, or a condition
Meaning = Callable[[Any, list[Value], "PairConverter"], Value]


class PairConverter:
    """Converts expressions whose symbols are pairs; what was converted once is kept."""

    def __init__(self, symbols: Mapping[Any, Pair], real: Converter | None = None) -> None:
        self.symbols = dict(symbols)
        self.real = real or Converter({symbol: pair.re for symbol, pair in symbols.items() if pair.im is None})
        self.not_holomorphic: list[tuple[Any, Pair]] = []  # |z| and the like, as they were met
        self.done: dict[int, Value] = {}  # by identity: hashing or comparing deep expressions recurses
        self._alive: list[Any] = []

    def __call__(self, root: Any) -> Pair:
        if not isinstance(root, sympy.Basic):
            root = sympified(root)
        self._alive.append(root)
        done, stack = self.done, [root]
        while stack:
            expr = stack[-1]
            if id(expr) in done:
                stack.pop()
                continue
            leaf = self._leaf(expr)
            if leaf is not None:
                done[id(expr)] = leaf
                continue
            parts = _parts(expr)
            waiting = [part for part in parts if id(part) not in done]
            if waiting:
                stack += waiting
                continue
            found = _meaning(type(expr))(expr, [done[id(part)] for part in parts], self)
            done[id(expr)] = found
            if isinstance(expr, NOT_HOLOMORPHIC) and isinstance(found, Pair):
                self.not_holomorphic.append((expr, found))
        result = done[id(root)]
        if isinstance(result, Node):
            raise refused(root, "a condition is no complex number; write Piecewise((1, ...), (0, True))")
        return result

    def _leaf(self, expr: Any) -> Value | None:
        if expr is sympy.I:
            return Pair(constant(0.0), constant(1.0))
        if expr is sympy.zoo:
            return Pair(constant(math.nan), constant(math.nan))
        if expr.is_Number:
            return Pair(number(expr))
        known = self.symbols.get(expr) if isinstance(expr, NAMED) else None
        if known is None and isinstance(expr, sympy.Derivative):
            return self._derivative(expr)
        if known is None and isinstance(expr, (*NAMED, sympy.NumberSymbol)):
            return Pair(self.real.real(expr))  # a real one, a constant such as pi, or the sentence for a symbol that nobody listed
        if known is None and type(expr) not in PAIRS and isinstance(handler(expr), Special):
            return self._within_the_reals(expr)
        return known

    def _derivative(self, expr: Any) -> Value:
        """One of real values: the real table takes a derivative of nodes, and a pair is two of them."""
        try:
            if not self._is_complex(expr):
                return Pair(self.real.real(expr))
        except NotReal:
            pass
        raise refused(expr, "Derivative of complex values is not supported; call .doit()")

    def _is_complex(self, expr: Any) -> bool:
        """Whether a complex symbol is in it."""
        return any(pair.im is not None for symbol, pair in self.symbols.items() if expr.has(symbol))

    def _within_the_reals(self, expr: Any) -> Value:
        if expr.has(sympy.I) or self._is_complex(expr):
            raise refused(expr, f"{type(expr).__name__} of complex values is not supported; write its real and imaginary parts, "
                                "or declare the symbols in it real=True")
        node = self.real.real(expr)
        return node if node.type.dtype.kind == "b" else Pair(node)


def real_value(root: Any, convert: Converter) -> Node | None:
    """The node of an expression of real symbols that is complex inside, if it is real as a whole: by its classes, or since it is its
    own conjugate, of which SymPy takes a person's re(...) away. A large one is not asked, as SymPy might think for ever."""
    pair = PairConverter({}, convert)(root)
    return pair.re if pair.im is None or (not larger(root, 200) and sympy.conjugate(root) == root) else None


def _parts(expr: Any) -> list[Any]:
    return [part for pair in expr.args for part in pair.args] if isinstance(expr, sympy.Piecewise) else list(expr.args)


def _meaning(kind: type) -> Meaning:
    return next((PAIRS[base] for base in kind.__mro__ if base in PAIRS), _real)


def _real(expr: Any, args: list[Value], convert: PairConverter) -> Value:
    """A class of the real table, of real numbers and conditions."""
    for part, arg in zip(expr.args, args):
        if isinstance(arg, Pair) and arg.im is not None:
            raise refused(expr, f"{type(expr).__name__} takes real numbers, but {described(part)} may be complex; take re(...) or Abs(...) "
                                "of it, or declare its symbols real=True")
    means = handler(expr)
    if isinstance(means, Special):
        return convert._within_the_reals(expr)
    node = means(expr, [arg if isinstance(arg, Node) else arg.re for arg in args])
    return node if node.type.dtype.kind == "b" else Pair(node)


def _numbers(expr: Any, args: list[Value]) -> list[Pair]:
    for part, arg in zip(expr.args, args):
        if isinstance(arg, Node):
            raise refused(expr, f"{described(part)} is a condition and not a number; write Piecewise((1, ...), (0, True))")
    return args  # type: ignore[return-value]


def _of(function: Callable[..., Pair]) -> Meaning:
    return lambda expr, args, convert: function(*_numbers(expr, args))


def _add(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    first, *rest = _numbers(expr, args)
    for term in rest:
        first = pairs.add(first, term)
    return first


def _multiply(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    """Factors over divisors: a * b**-1 is one division."""
    _numbers(expr, args)
    above: Pair | None = None
    below: Pair | None = None
    for part, factor in zip(expr.args, args):
        assert isinstance(factor, Pair)
        if part.is_Pow and part.exp.is_Rational and part.exp.p < 0:
            base = convert.done[id(part.base)]
            assert isinstance(base, Pair)
            divisor = _root_or_power(part.base, base, -part.exp)
            below = divisor if below is None else pairs.multiply(below, divisor)
        else:
            above = factor if above is None else pairs.multiply(above, factor)
    if below is None:
        assert above is not None
        return above
    return pairs.reciprocal(below) if above is None else pairs.divide(above, below)


def _power(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    base, exponent = _numbers(expr, args)
    if expr.base is sympy.S.Exp1:
        return pairs.exp(exponent)
    if expr.exp.is_Rational:
        if expr.exp.p < 0:
            return pairs.reciprocal(_root_or_power(expr.base, base, -expr.exp))
        return _root_or_power(expr.base, base, expr.exp)
    if _not_negative(expr.base) and base.im is None and exponent.im is None:
        return Pair(make(ops.power, (base.re, exponent.re)))
    return pairs.power(base, exponent)


def _root_or_power(base: Any, pair: Pair, exponent: Any) -> Pair:
    if pair.im is None and _not_negative(base) and exponent.q != 1:
        return Pair(ops.sqrt(pair.re) if exponent == sympy.S.Half else make(ops.power, (pair.re, constant(float(exponent)))))
    return pairs.power(pair, Pair(constant(float(exponent))), float(exponent))


def _not_negative(expr: Any) -> bool:
    """Of a symbol or number only: asking SymPy about a deep expression may take for ever."""
    return bool((expr.is_Symbol or expr.is_Number or expr.is_NumberSymbol) and expr.is_nonnegative)


def _log(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    parts = [Pair(ops.log(pair.re)) if pair.im is None and _not_negative(part) else pairs.log(pair)
             for part, pair in zip(expr.args, _numbers(expr, args))]
    return parts[0] if len(parts) == 1 else pairs.divide(*parts)


def _piecewise(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    result: Pair | None = None
    for pair, value, test in reversed(list(zip(expr.args, args[::2], args[1::2]))):
        if isinstance(value, Node):
            raise refused(pair.args[0], "a condition cannot be the value of a piece; join conditions with And, Or and ITE")
        if pair.args[1] is sympy.true:
            result = value
        else:
            otherwise = Pair(constant(math.nan)) if result is None else result
            result = pairs.select(condition(pair.args[1], test if isinstance(test, Node) else test.re), value, otherwise)
    assert result is not None
    return result


def _equal(expr: Any, args: list[Value], convert: PairConverter) -> Node:
    same = pairs.equal(*_numbers(expr, args))
    return ops.logical_not(same) if isinstance(expr, sympy.Ne) else same


def _hankel(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    """J + iY or J - iY, of a real order and a real argument."""
    first, second = parts_of_hankel(expr)
    convert._alive += [first, second]
    parts = [_real(kind, args, convert) for kind in (first, second)]
    assert isinstance(parts[0], Pair) and isinstance(parts[1], Pair)
    return Pair(parts[0].re, -parts[1].re if isinstance(expr, (sympy.hankel2, sympy.hn2)) else parts[1].re)


def _harmonic(expr: Any, args: list[Value], convert: PairConverter) -> Pair:
    """Ynm of real angles."""
    for part, arg in zip(expr.args, args):
        if not isinstance(arg, Pair) or arg.im is not None:
            raise refused(expr, f"Ynm takes real angles, but {described(part)} may be complex; declare its symbols real=True")
    return Pair(*harmonic(expr, [arg.re for arg in args if isinstance(arg, Pair)]))


def _over(function: Callable[[Pair], Pair]) -> Meaning:
    """A function of the reciprocal, as asec(z) = acos(1/z)."""
    return _of(lambda a: function(pairs.reciprocal(a)))


def _under(function: Callable[[Pair], Pair]) -> Meaning:
    """The reciprocal of a function, as sec(z) = 1/cos(z)."""
    return _of(lambda a: pairs.reciprocal(function(a)))


PAIRS: dict[type, Meaning] = {
    sympy.Add: _add, sympy.Mul: _multiply, sympy.Pow: _power, sympy.exp: _of(pairs.exp), sympy.log: _log,
    sympy.Abs: _of(pairs.modulus), sympy.sign: _of(pairs.sign), sympy.arg: _of(pairs.argument), sympy.conjugate: _of(pairs.conjugate),
    sympy.re: _of(lambda a: Pair(a.re)), sympy.im: _of(lambda a: Pair(a.imaginary)),
    sympy.sin: _of(pairs.sin), sympy.cos: _of(pairs.cos), sympy.tan: _of(pairs.tan), sympy.sinh: _of(pairs.sinh),
    sympy.cosh: _of(pairs.cosh), sympy.tanh: _of(pairs.tanh), sympy.asin: _of(pairs.arcsin), sympy.acos: _of(pairs.arccos),
    sympy.atan: _of(pairs.arctan), sympy.asinh: _of(pairs.arcsinh), sympy.acosh: _of(pairs.arccosh), sympy.atanh: _of(pairs.arctanh),
    sympy.sec: _under(pairs.cos), sympy.csc: _under(pairs.sin), sympy.cot: _under(pairs.tan), sympy.sech: _under(pairs.cosh),
    sympy.csch: _under(pairs.sinh), sympy.coth: _under(pairs.tanh), sympy.asec: _over(pairs.arccos), sympy.acsc: _over(pairs.arcsin),
    sympy.acot: _of(pairs.arccot), sympy.asech: _over(pairs.arccosh), sympy.acsch: _over(pairs.arcsinh),
    sympy.acoth: _of(pairs.arccoth),
    sympy.Piecewise: _piecewise, sympy.Eq: _equal, sympy.Ne: _equal, **dict.fromkeys(COMPLEX, _hankel),
    sympy.Ynm: _harmonic, sympy.UnevaluatedExpr: lambda expr, args, convert: args[0],
}
NOT_HOLOMORPHIC = (sympy.Abs, sympy.sign, sympy.arg, sympy.conjugate, sympy.re, sympy.im)


