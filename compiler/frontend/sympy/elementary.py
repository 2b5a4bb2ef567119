"""Exponentials, logarithms, circular and hyperbolic functions, roundings, and the C library's functions of `sympy.codegen`."""
from __future__ import annotations

import math
from typing import Any

import sympy
from sympy.codegen import cfunctions as c
from sympy.codegen.numpy_nodes import logaddexp, logaddexp2
from sympy.codegen.scipy_nodes import cosm1, powm1

from ....ir import library, ops
from ....ir.node import Node, make
from .handlers import Handler, Special, composed, row


def _log(expr: Any, args: list[Node]) -> Node:
    return make(ops.log, args[:1]) if len(args) == 1 else make(ops.divide, [make(ops.log, [a]) for a in args])


def _power_less_one(x: Node, y: Node) -> Node:
    """x**y - 1, without cancellation where x is positive."""
    return library.where(x > 0, library.expm1(y * library.log(x)), x**y - 1)


HANDLERS: dict[type, Handler | Special] = {
    sympy.exp: row(ops.exp), sympy.log: _log, sympy.sign: row(ops.sign),
    sympy.floor: row(ops.floor), sympy.ceiling: row(ops.ceil), sympy.frac: composed(lambda x: x - library.floor(x)),
    sympy.Mod: row(ops.remainder),
    sympy.sin: row(ops.sin), sympy.cos: row(ops.cos), sympy.tan: row(ops.tan), sympy.cot: composed(lambda x: 1 / library.tan(x)),
    sympy.sec: composed(lambda x: ops.reciprocal(ops.cos(x))), sympy.csc: composed(lambda x: ops.reciprocal(ops.sin(x))),
    sympy.asin: row(ops.arcsin), sympy.acos: row(ops.arccos), sympy.atan: row(ops.arctan), sympy.atan2: row(ops.arctan2),
    sympy.acot: composed(lambda x: library.arctan(1 / x)), sympy.asec: composed(lambda x: library.arccos(1 / x)),
    sympy.acsc: composed(lambda x: library.arcsin(1 / x)), sympy.sinc: composed(lambda x: library.sinc(x / math.pi)),
    sympy.sinh: row(ops.sinh), sympy.cosh: row(ops.cosh), sympy.tanh: row(ops.tanh), sympy.coth: composed(lambda x: 1 / library.tanh(x)),
    sympy.sech: composed(lambda x: ops.reciprocal(ops.cosh(x))), sympy.csch: composed(lambda x: ops.reciprocal(ops.sinh(x))),
    sympy.asinh: row(ops.arcsinh), sympy.acosh: row(ops.arccosh), sympy.atanh: row(ops.arctanh),
    sympy.acoth: composed(lambda x: library.arctanh(1 / x)), sympy.asech: composed(lambda x: library.arccosh(1 / x)),
    sympy.acsch: composed(lambda x: library.arcsinh(1 / x)),
    c.expm1: row(ops.expm1), c.log1p: row(ops.log1p), c.exp2: row(ops.exp2), c.log2: row(ops.log2), c.log10: row(ops.log10),
    c.Sqrt: row(ops.sqrt), c.Cbrt: row(ops.cbrt), c.hypot: row(ops.hypot),
    logaddexp: row(ops.logaddexp), logaddexp2: composed(library.logaddexp2), cosm1: composed(lambda x: -2 * library.sin(x / 2) ** 2),
    powm1: composed(_power_less_one), c.isnan: row(ops.isnan), c.isinf: row(ops.isinf),
    c.fma: composed(lambda x, y, z: ops.add(ops.multiply(x, y), z)),
}
