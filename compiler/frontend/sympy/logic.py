"""Comparisons, conditions, membership in sets, and what chooses by them: Piecewise, ITE, Max, Min, Heaviside, Kronecker's delta."""
from __future__ import annotations

import itertools
import math
from functools import reduce
from typing import Any

import sympy
from sympy.functions.special.singularity_functions import SingularityFunction
from sympy.functions.special.tensor_functions import LeviCivita
from sympy.logic.boolalg import Equivalent, Implies, Nand, Nor, Xnor
from sympy.sets.contains import Contains

from ....ir import ops
from ....ir.library import where
from ....ir.node import Node, make, postorder
from ....ir.op import Op
from .handlers import Handler, Needed, Special, chain, constant, described, refused, rewritten, row


def condition(expr: Any, node: Node) -> Node:
    """The node of a part that must be a condition."""
    if node.type.dtype.kind != "b":
        if isinstance(expr, sympy.Symbol):
            raise Needed(expr, "condition")
        raise refused(expr, f"{described(expr)} is not a condition; compare it, as in Ne({described(expr)}, 0)")
    return node


def _logic(op: Op, negated: bool = False) -> Handler:
    def joined(expr: Any, args: list[Node]) -> Node:
        result = chain(op)(expr, [condition(part, arg) for part, arg in zip(expr.args, args)])
        return make(ops.logical_not, (result,)) if negated else result

    return joined


def _not(expr: Any, args: list[Node]) -> Node:
    return make(ops.logical_not, (condition(expr.args[0], args[0]),))


def _implies(expr: Any, args: list[Node]) -> Node:
    a, b = (condition(part, arg) for part, arg in zip(expr.args, args))
    return ops.logical_or(ops.logical_not(a), b)


def _equivalent(expr: Any, args: list[Node]) -> Node:
    tests = [condition(part, arg) for part, arg in zip(expr.args, args)]
    return chain(ops.logical_and)(expr, [ops.equal(a, b) for a, b in itertools.pairwise(tests)])


def _ite(expr: Any, args: list[Node]) -> Node:
    return make(ops.where, [condition(part, arg) for part, arg in zip(expr.args, args)])


def _piecewise(expr: Any, args: list[Node], convert: object) -> Node:
    """Selections from the last piece to the first; NaN where no condition holds."""
    result = None if expr.args[-1].args[1] is sympy.true else _undefined(args)
    for pair, value, test in reversed(list(zip(expr.args, args[::2], args[1::2]))):
        if not value.type.is_float:
            raise refused(pair.args[0], "a condition cannot be the value of a piece; join conditions with And, Or and ITE")
        if pair.args[1] is sympy.true:
            result = value
        else:
            result = make(ops.where, (condition(pair.args[1], test), value, result))  # type: ignore[arg-type]
    return result  # type: ignore[return-value]


def _undefined(args: list[Node]) -> Node:
    """NaN that depends on all numbers that the parts are made of: so are its derivatives, of any order, and not 0."""
    numbers = [node for node in postorder(args) if node.type.is_float and not node.type.shape
               and (node.op is ops.input or any(arg.type.shape for arg in node.args))]
    return ops.divide(constant(math.nan), reduce(ops.add, numbers)) if numbers else constant(math.nan)


def _heaviside(expr: Any, args: list[Node]) -> Node:
    x, at_zero = args[0], args[1] if len(args) > 1 else constant(0.5)
    return where(x < 0, 0.0, where(x > 0, 1.0, where(x == 0, at_zero, math.nan)))


def _levi_civita(expr: Any, args: list[Node]) -> Node:
    """The product of the signs of all differences, which is the sign of the permutation for any run of integers."""
    return chain(ops.multiply)(expr, [constant(1.0), *(ops.sign(ops.subtract(b, a)) for a, b in itertools.combinations(args, 2))])


def _singularity(expr: Any) -> Any:
    """Macaulay's bracket: (x - a)**n from a on."""
    x, a, n = expr.args
    if n.is_negative:
        raise refused(expr, "a delta function and its derivatives have no values; integrate it, or replace it by a narrow peak")
    return sympy.Piecewise(((x - a) ** n, x >= a), (0, True))


def _contained(expr: Any) -> Any:
    x, among = expr.args
    whole = sympy.Eq(sympy.floor(x), x)
    known = {
        sympy.S.Reals: (-sympy.oo < x) & (x < sympy.oo), sympy.S.Integers: whole,
        sympy.S.Naturals: whole & (x >= 1), sympy.S.Naturals0: whole & (x >= 0),
    }
    if among in known:
        return known[among]
    try:
        return among.as_relational(x)
    except (AttributeError, NotImplementedError, TypeError):
        raise refused(expr, f"membership in {described(among)} is no comparison of numbers; write the condition out") from None


HANDLERS: dict[type, Handler | Special] = {
    sympy.Max: chain(ops.maximum), sympy.Min: chain(ops.minimum), sympy.Heaviside: _heaviside,
    sympy.Piecewise: Special(lambda expr: [part for pair in expr.args for part in pair.args], _piecewise),
    sympy.Eq: row(ops.equal), sympy.Ne: row(ops.not_equal), sympy.Lt: row(ops.less), sympy.Le: row(ops.less_equal),
    sympy.Gt: row(ops.greater), sympy.Ge: row(ops.greater_equal),
    sympy.And: _logic(ops.logical_and), sympy.Or: _logic(ops.logical_or), sympy.Xor: _logic(ops.logical_xor),
    Nand: _logic(ops.logical_and, negated=True), Nor: _logic(ops.logical_or, negated=True), Xnor: _logic(ops.logical_xor, negated=True),
    sympy.Not: _not, Implies: _implies, Equivalent: _equivalent, sympy.ITE: _ite, Contains: rewritten(_contained),
    sympy.true.__class__: lambda e, a: ops.source.constant(True), sympy.false.__class__: lambda e, a: ops.source.constant(False),
    sympy.KroneckerDelta: rewritten(lambda expr: sympy.Piecewise((1, sympy.Eq(*expr.args[:2])), (0, True))),
    LeviCivita: _levi_civita, SingularityFunction: rewritten(_singularity),
}
