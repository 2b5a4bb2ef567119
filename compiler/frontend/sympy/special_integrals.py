"""The exponential, logarithmic, sine and cosine integrals, Fresnel's, and the Airy functions.

Where the real function ends and SymPy's value is complex (Ci, Chi and E1 below 0), the result is NaN.
"""
from __future__ import annotations

from typing import Any

import sympy

from ....ir import ops
from ....ir.library import expint
from .handlers import Back, Handler, by_order, composed, row

LI_OF_2 = 1.045163780117492784844588889194613136522615578151201575832909144


HANDLERS: dict[type, Handler] = {
    sympy.Ei: row(ops.expi), sympy.expint: composed(expint.of_order), sympy.li: row(ops.logint),
    sympy.Li: composed(lambda x: ops.logint(x) - LI_OF_2),
    sympy.Si: row(ops.sinint), sympy.Ci: row(ops.cosint), sympy.Shi: row(ops.sinhint), sympy.Chi: row(ops.coshint),
    sympy.fresnels: row(ops.fresnels), sympy.fresnelc: row(ops.fresnelc), sympy.airyai: row(ops.airyai), sympy.airybi: row(ops.airybi),
    sympy.airyaiprime: row(ops.airyaiprime), sympy.airybiprime: row(ops.airybiprime),
}

BACK: dict[Any, Back] = {
    ops.exp1: sympy.E1, ops.expint: sympy.expint, ops.expn: sympy.expint,
    ops.expint_by_order: by_order(sympy.expint), ops.expi: sympy.Ei, ops.logint: sympy.li,
    ops.sinint: sympy.Si, ops.cosint: sympy.Ci, ops.sinhint: sympy.Shi, ops.coshint: sympy.Chi,
    ops.fresnels: sympy.fresnels, ops.fresnelc: sympy.fresnelc, ops.airyai: sympy.airyai, ops.airybi: sympy.airybi,
    ops.airyaiprime: sympy.airyaiprime, ops.airybiprime: sympy.airybiprime,
    ops.fresnel_sine: lambda x: sympy.sin(sympy.pi * x**2 / 2), ops.fresnel_cosine: lambda x: sympy.cos(sympy.pi * x**2 / 2),
}
