"""From nodes back to SymPy: the expression that a graph of scalars computes, for printing, simplifying and proving.

Owns the table from rows to SymPy's functions. Read `convert.py` for the other direction.
"""
from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy
from sympy.codegen import cfunctions

from ....ir import ops
from ....ir.errors import ExpressionError
from ....ir.node import Node, located, postorder
from ....ir.op import Op
from ....ir.ops.integration import split
from ....ir.types import Dim, dim_names
from ...autodiff.scalars import scalars_of
from .table import FAMILIES


def _selected(condition: Any, yes: Any, no: Any) -> Any:
    """One Piecewise for a chain of selections."""
    rest = no.args if isinstance(no, sympy.Piecewise) else [(no, True)]
    return sympy.Piecewise((yes, condition), *rest)


HALF = sympy.Rational(1, 2)
# Numbers that are a constant's nearest in float64, as they stand in formulas.
NAMED = {float(c): c for c in (
    *(sympy.pi * sympy.Rational(p, q) for p in (1, -1, 2, -2, 4) for q in (1, 2, 3, 4, 6)), sympy.E, sympy.sqrt(2), sympy.sqrt(sympy.pi),
    sympy.EulerGamma, sympy.GoldenRatio, sympy.Catalan, sympy.log(2),
)}

MEANINGS: dict[Op, Callable[..., Any]] = {
    ops.add: lambda a, b: a + b, ops.subtract: lambda a, b: a - b, ops.multiply: lambda a, b: a * b, ops.divide: lambda a, b: a / b,
    ops.negative: lambda a: -a, ops.reciprocal: lambda a: 1 / a, ops.square: lambda a: a**2, ops.power: lambda a, b: a**b,
    ops.abs: sympy.Abs, ops.sign: sympy.sign, ops.floor: sympy.floor, ops.ceil: sympy.ceiling, ops.remainder: sympy.Mod,
    ops.maximum: sympy.Max, ops.minimum: sympy.Min, ops.floor_divide: lambda a, b: sympy.floor(a / b),
    ops.exp: sympy.exp, ops.exp2: lambda a: 2**a, ops.expm1: cfunctions.expm1, ops.log: sympy.log, ops.log1p: cfunctions.log1p,
    ops.log2: lambda a: sympy.log(a) / sympy.log(2), ops.log10: lambda a: sympy.log(a) / sympy.log(10),
    ops.sqrt: sympy.sqrt, ops.cbrt: lambda a: sympy.sign(a) * sympy.Abs(a) ** sympy.Rational(1, 3),
    ops.sin: sympy.sin, ops.cos: sympy.cos, ops.tan: sympy.tan, ops.arcsin: sympy.asin, ops.arccos: sympy.acos, ops.arctan: sympy.atan,
    ops.arctan2: sympy.atan2, ops.sinh: sympy.sinh, ops.cosh: sympy.cosh, ops.tanh: sympy.tanh, ops.arcsinh: sympy.asinh,
    ops.arccosh: sympy.acosh, ops.arctanh: sympy.atanh, ops.hypot: lambda a, b: sympy.sqrt(a**2 + b**2),
    ops.hypot3: lambda a, b, c: sympy.sqrt(a**2 + b**2 + c**2),
    ops.sigmoid: lambda a: 1 / (1 + sympy.exp(-a)), ops.softplus: lambda a: sympy.log(1 + sympy.exp(a)),
    ops.sech: sympy.sech, ops.csch: sympy.csch, ops.bose: lambda a: 1 / (sympy.exp(a) - 1), ops.powm1: lambda a, b: a**b - 1,
    ops.cosh_over_cosh: lambda a, b: sympy.cosh(a) / sympy.cosh(b), ops.sinh_over_cosh: lambda a, b: sympy.sinh(a) / sympy.cosh(b),
    ops.cosh_over_sinh: lambda a, b: sympy.cosh(a) / sympy.sinh(b), ops.sinh_over_sinh: lambda a, b: sympy.sinh(a) / sympy.sinh(b),
    ops.logaddexp: lambda a, b: sympy.log(sympy.exp(a) + sympy.exp(b)),
    ops.equal: sympy.Eq, ops.not_equal: sympy.Ne, ops.less: sympy.Lt, ops.less_equal: sympy.Le, ops.greater: sympy.Gt,
    ops.greater_equal: sympy.Ge, ops.logical_and: sympy.And, ops.logical_or: sympy.Or, ops.logical_xor: sympy.Xor,
    ops.logical_not: sympy.Not, ops.where: lambda c, a, b: _selected(c, a, b),
    ops.copysign: lambda a, b: sympy.Abs(a) * sympy.Piecewise((-1, b < 0), (1, True)),
    ops.trunc: lambda a: sympy.sign(a) * sympy.floor(sympy.Abs(a)), ops.isfinite: lambda a: sympy.Contains(a, sympy.S.Reals),
    ops.stop_gradient: lambda a: a, ops.one_minus_square: lambda a: 1 - a**2,
}
for _family in FAMILIES:
    MEANINGS |= getattr(_family, "BACK", {})


def to_sympy(node: Node) -> Any:
    """The SymPy expression of a scalar node; of a node stacked from scalars the Matrix (rank 2) or list (rank 1).

    Symbols come back as SymPy symbols of the same names, elements of array symbols as `x[i]`. Raises ExpressionError
    for what only arrays have.

    >>> import wengert as wg
    >>> x = wg.symbol("x")
    >>> to_sympy(wg.sin(x) / x)
    sin(x)/x
    """
    if not isinstance(node, Node):
        raise located(ExpressionError(f"to_sympy: expected a node, got {node!r} of {type(node).__name__}"))
    scalars = scalars_of(node)
    if scalars is None:
        raise located(ExpressionError(
            f"to_sympy: {node.op.name} of {node.type} is not made of scalars; index the array symbols element by element"))
    values = expressions(scalars, {})
    if not node.type.shape:
        return values[0]
    if node.type.ndim == 2:
        return sympy.Matrix(*node.type.shape, values)
    return values if node.type.ndim == 1 else sympy.Array(values, node.type.shape)


def expressions(nodes: Sequence[Node], given: Mapping[Node, Any]) -> list[Any]:
    """The expressions of scalars, where some nodes are given."""
    known = dict(given)
    for part in postorder(nodes, stop=given):
        known[part] = _meaning(part, known)
    return [known[node] for node in nodes]


def _meaning(node: Node, known: Mapping[Node, Any]) -> Any:
    op = node.op
    if op is ops.input:
        return sympy.Symbol(node.attrs[0]) if not node.type.shape else sympy.IndexedBase(node.attrs[0], shape=_shape(node.type.shape))
    if op is ops.const and not node.type.shape:
        return _number(node.attrs[0].array.item())
    if op is ops.size:
        return _shape(node.attrs)[0]
    args = [known[arg] for arg in node.args]
    if not node.type.shape:
        if op in MEANINGS:
            return MEANINGS[op](*node.attrs, *args)
        if op is ops.cast and node.type.dtype.kind != "b":
            return sympy.Piecewise((1, args[0]), (0, True)) if node.args[0].type.dtype.kind == "b" else args[0]
        if op is ops.integral:
            return _integral(node, args)
        if op is ops.gather and node.args[0].op is ops.input:
            return args[0][tuple(args[1:])]
    if op is ops.slice and node.type.size == 1 and node.args[0].op is ops.input:
        return args[0][_shape(node.attrs[0])]
    if op is ops.reshape and node.type.size == 1:
        return args[0]
    raise located(ExpressionError(f"to_sympy: {op.name} of {node.type} has no counterpart in SymPy"))


def _integral(node: Node, args: list[Any]) -> Any:
    body, from_infinity, to_infinity = node.attrs
    limits, captured = split(node, args)
    low = -sympy.oo if from_infinity else limits[0]
    high = sympy.oo if to_infinity else limits[-1]
    own = sympy.Dummy("t")
    (value,) = expressions(body.outputs, dict(zip(body.inputs, [own, *captured])))
    taken = {symbol.name for symbol in value.atoms(sympy.Symbol) - {own}}
    t = sympy.Symbol(next(name for name in itertools.chain(["t"], map("t_{}".format, itertools.count(1))) if name not in taken))
    return sympy.Integral(value.xreplace({own: t}), (t, low, high))


def _shape(dims: Sequence[Dim]) -> tuple[Any, ...]:
    """Sizes and positions; a named size is an integer symbol."""
    return tuple(d if isinstance(d, int) else sympy.sympify(str(d), {n: sympy.Symbol(n, integer=True) for n in dim_names(d)}) for d in dims)


def _number(value: Any) -> Any:
    """An exact integer where the number is one, so that x**2 and 2*x come back as they went."""
    if isinstance(value, bool):
        return sympy.true if value else sympy.false
    if value == value and abs(value) < 2**53 and value == int(value):
        return sympy.Integer(int(value))
    if value in NAMED:
        return NAMED[value]
    if abs(value) < 2**53 and 2 * value == int(2 * value):
        return sympy.Integer(int(2 * value)) * HALF  # halves, which stand in exponents
    return sympy.Float(value)
