"""Wengert: models to native functions with their derivatives, through a graph that can be seen at every stage.

Write a model with symbols, SymPy expressions or a plain Python function; differentiate it; compile it with LLVM; call it.

>>> import numpy as np, wengert as wg
>>> x = wg.symbol("x", ("n",))
>>> cost = np.sum(np.sin(x) ** 2)
>>> f = wg.function([x], [cost, wg.grad(cost, x)])
>>> value, gradient = f(np.zeros(3))

This module only names what lies below: `ir` (what a program is), `compiler` (how it is made) and `codegen` (how it runs).
"""
from typing import Any

from .compiler.check import check_grad
from .compiler.frontend import special
from .compiler.frontend.regions import cond, custom_derivative, scan
from .compiler.frontend.symbols import symbol
from .compiler.frontend.trace import jit
from .compiler.frontend.transforms import (
    grad, hessian, hvp, jacfwd, jacobian, jacrev, jvp, value_and_grad, vjp, vmap,
)
from .compiler.frontend.values import evaluate
from .compiler.function import function
from .ir.errors import ArgumentError, DTypeError, ExpressionError, GraphError, ParseError, ShapeError, WengertError
from .ir.graph import Graph
from .ir.library import *  # noqa: F403
from .ir.node import Node
from .ir.text import dump, parse


def __getattr__(name: str) -> Any:
    """SymPy is imported when it is first needed."""
    if name in ("lambdify", "from_sympy", "to_sympy"):
        from .compiler.frontend import sympy

        return getattr(sympy, name)
    raise AttributeError(f"module 'wengert' has no attribute {name!r}")
