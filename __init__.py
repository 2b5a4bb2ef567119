"""Wengert: models to native functions with their derivatives, through a graph that can be seen at every stage.

Write a model with symbols, SymPy expressions or a plain Python function; differentiate it; compile it with LLVM; call it.

>>> import numpy as np, wengert as wg
>>> x = wg.symbol("x", ("n",))
>>> cost = np.sum(np.sin(x) ** 2)
>>> f = wg.function([x], [cost, wg.grad(cost, x)])
>>> value, gradient = f(np.zeros(3))

This module only names what lies below: `ir` (what a program is), `compiler` (how it is made) and `codegen` (how it runs).
"""
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .compiler.autodiff.sparse import SparseMatrix
from .compiler.autodiff.taylor import taylor
from .compiler.frontend.regions import cond, custom_derivative, scan
from .compiler.frontend.symbols import symbol
from .compiler.frontend.trace import jit
from .compiler.frontend.transforms import (
    grad,
    hessian,
    hvp,
    jacfwd,
    jacobian,
    jacrev,
    jvp,
    value_and_grad,
    vjp,
    vmap,
)
from .compiler.frontend.values import evaluate
from .compiler.function import function, load
from .ir.errors import (
    ArgumentError,
    CheckError,
    DTypeError,
    ExpressionError,
    GraphError,
    NotReal,
    ParseError,
    PathError,
    ShapeError,
    WengertError,
)
from .ir.graph import Graph
from .ir.library import *  # noqa: F403
from .ir.node import Node

if TYPE_CHECKING:
    from .compiler.check import check_grad
    from .compiler.frontend import special
    from .compiler.frontend.sympy import from_sympy, lambdify, to_sympy
    from .compiler.version import __version__
    from .ir.text import dump, parse

# Imported when first asked for: the version, the checks, SymPy, the text form, special functions.
_LATER = {
    "__version__": "compiler.version", "check_grad": "compiler.check", "dump": "ir.text", "parse": "ir.text",
    "special": "compiler.frontend.special",
    "lambdify": "compiler.frontend.sympy", "from_sympy": "compiler.frontend.sympy", "to_sympy": "compiler.frontend.sympy",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'wengert' has no attribute {name!r}")
    module = import_module(f"{__name__}.{_LATER[name]}")
    value = globals()[name] = getattr(module, name, module)  # `special` is a module itself
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER} - {"Any", "TYPE_CHECKING", "import_module"})
