"""Real and imaginary parts, absolute values and angles of complex expressions of real symbols, as in re(hankel1(nu, x)*exp(I*t)).

Such an expression is converted to a pair of real nodes; what is real within needs no pair. Read `complex_table.py` for the pairs.
"""
from __future__ import annotations

from typing import Any

import sympy

from ....ir import ops
from ....ir.node import Node
from .handlers import Handler, Special, composed, constant, row
from .special_bessel import COMPLEX


def _is_complex(expr: Any) -> bool:
    return bool(expr.has(sympy.I, *COMPLEX))


def _part(otherwise: Handler) -> Special:
    """Of a complex expression by its pair; of a real one what `otherwise` says."""

    def means(expr: Any, args: list[Node], convert: Any) -> Any:
        if args:
            return otherwise(expr, args)
        from .complex_table import PairConverter
        from .pairs import Pair

        named = {symbol: convert.named(symbol) for symbol in expr.atoms(sympy.Symbol, sympy.Indexed)}
        return PairConverter({symbol: Pair(node) for symbol, node in named.items() if node is not None})(expr).re

    return Special(lambda expr: () if _is_complex(expr.args[0]) else expr.args, means)


HANDLERS: dict[type, Handler | Special] = {
    sympy.re: _part(composed(lambda x: x)), sympy.im: _part(composed(lambda x: constant(0.0))), sympy.Abs: _part(row(ops.abs)),
    sympy.arg: _part(composed(lambda x: ops.arctan2(constant(0.0), x))), sympy.conjugate: composed(lambda x: x),
}
