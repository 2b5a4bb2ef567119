"""SymPy's `lambdify`, compiled, with derivatives: f(*numbers) -> value, or value and gradient, Jacobian or Hessian.

`arguments.py` lays out the arguments, `results.py` the results, `convert.py` converts, `options.py` reads SymPy's options,
`compiler/autodiff` differentiates, entry by entry and without the zeros where a model is made of scalars. Imported only when
first asked for, since it imports SymPy.
"""
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ....ir import library, provenance
from ....ir.errors import ExpressionError
from ....ir.node import Node, located
from ...autodiff import filled_in, format_of, hessian, hessian_of_scalars, jacobian, jacobian_of_scalars, matrix_of
from ...autodiff.arguments import stable
from ...nested import Nested
from .arguments import Arguments
from .handlers import SCALAR, Needed, refused
from .options import DERIVATIVES, understood
from .precision import single
from .results import Value, arranged


def lambdify(
    args: Any, exprs: Any, derivatives: Any = None, *, wrt: Any = None, sparse: bool | str = False, name: str = "lambdified",
    dtype: Any = "float64", fastmath: bool = False, threads: int | None = None, cache: bool = True, modules: Any = None,
    **options: Any,
) -> Any:
    """A compiled function of numbers from SymPy expressions.

    Arrays in place of numbers are many points: they broadcast as NumPy's do, and the axes of the points come last in
    each result. Points are evaluated in SIMD lanes, on all threads. Array arguments must be of fixed sizes for that.

    args         symbols or their names, functions of time (`dynamicsymbols`) or their derivatives; a list among them is one array, as is a
                 MatrixSymbol or an IndexedBase, whose sizes may be symbols
    exprs        an expression (the value is a float), a list (a 1-D array) or a Matrix or matrix expression (a 2-D array);
                 a list of these with a Matrix or dict among them gives a tuple, a dict gives a dict
    derivatives  None: f(*numbers) -> value
                 "gradient" or "jacobian": -> (value, derivative), of shape (k,) for an expression, (m, k) for a list of
                 m, (m, n, k) for an m x n Matrix, where k variables are differentiated by; a column counts as a list
                 "hessian": -> (value, gradient, hessian), of one expression
    wrt          the variables to differentiate by; all arguments by default. An array counts with all its elements
    sparse       the Jacobian (as an m by k matrix) or Hessian comes as a scipy.sparse array of its entries that are not
                 zero by structure: a csr_array, or by "csc" and "coo" one of these; `out=` writes into such an array
    dtype        "float64" or "float32", or "complex128": symbols are complex unless they are declared real=True, results are complex where
                 an expression may be; derivatives are those of holomorphic functions
    fastmath     allow rewriting by the laws of real numbers, which may change results by rounding
    threads      how many threads share many points, at most as many as processors; all of them by default
    cache        False: the compiled function is neither taken from the disk nor kept there
    modules      a dict (or a list with dicts in it) of Python functions for SymPy's undefined functions, by name

    SymPy's other options are read too: `lambdify(args, exprs, "numpy", cse=True)` is the same function, since shared
    subexpressions are always computed once and nothing is printed as Python.

    Raises ExpressionError for an expression without numeric meaning, or one that uses what is not an argument.

    >>> import sympy
    >>> a, b = sympy.symbols("a b")
    >>> f = lambdify([a, b], sympy.sin(a) * b**2, derivatives="gradient")
    >>> value, gradient = f(0.0, 3.0)
    >>> value, gradient.tolist()
    (0.0, [9.0, 0.0])
    """
    derivatives, functions = understood(derivatives, modules, options)
    if derivatives is not None and derivatives not in DERIVATIVES:
        raise located(ExpressionError(f"lambdify: derivatives must be None, 'gradient', 'jacobian' or 'hessian', got {derivatives!r}"))
    format = format_of("lambdify", sparse)
    if derivatives is None and (wrt is not None or format is not None):
        raise located(ExpressionError("lambdify: wrt and sparse are about derivatives; say which ones by derivatives="))
    flags = {"fastmath": fastmath, "threads": threads, "cache": cache}
    dtype = _dtype(dtype)
    if dtype == "complex128":
        if format is not None:
            raise located(ExpressionError("lambdify: sparse derivatives are of real functions; leave out sparse or dtype"))
        return _complex(args, exprs, wrt, derivatives, name, flags)
    if dtype == "float32" and format is not None:
        raise located(ExpressionError("lambdify: sparse derivatives are float64; leave out sparse or dtype"))
    with provenance.within(provenance.caller()):
        layout, values, structure = _converted(args, exprs, functions)
        groups: list[list[Any]] = [[value.node() for value in values]]  # all values, then all derivatives of each order
        if derivatives is not None:
            groups += _derived(values, layout.variables(wrt), derivatives, format)
    return _compiled(layout, groups, structure, name, dtype, flags)


def _dtype(given: Any) -> str:
    """The name of a dtype that NumPy understands, such as float, np.float32 or "f8"."""
    try:
        name = "" if given is None else np.dtype(given).name
    except (TypeError, ValueError):
        name = ""
    if name not in ("float64", "float32", "complex128"):
        raise located(ExpressionError(f"lambdify: dtype must be 'float64', 'float32' or 'complex128', got {given!r}"))
    return name


def _complex(args: Any, exprs: Any, wrt: Any, derivatives: str | None, name: str, flags: dict[str, Any]) -> Any:
    from ...function import function
    from .complex import compiled

    def derived(value: Value, variables: list[Node]) -> list[Any]:
        first = [_first(value, variables, None)]
        return [*first, _second(value.node(), variables, None)] if derivatives == "hessian" else first

    with provenance.within(provenance.caller()):
        return compiled(Arguments(args, {}), exprs, wrt, derived if derivatives else None,
                        lambda inputs, outputs: function(inputs, outputs, name, points=True, **flags))


def _converted(args: Any, exprs: Any, functions: Mapping[str, Any]) -> tuple[Arguments, list[Value], Any]:
    """The expressions as nodes. What kind of value a symbol is (a size, an index, a condition) is learnt on the way."""
    kinds: dict[Any, str | int] = {}
    while True:
        layout = Arguments(args, kinds)
        try:
            values, structure = arranged(exprs, layout.converter(functions))
        except Needed as need:
            if not layout.holds(need):
                raise refused(need.symbol, need.why) from None
            kinds[need.symbol] = need.kind
        else:
            return layout, values, structure


# --------------------------------------------------------------------------------------------------------- derivatives

def _derived(values: list[Value], variables: list[Node], derivatives: str, format: str | None) -> list[list[Any]]:
    """For each order the derivatives of all values, the last one sparse where a format is given."""
    for value in values:
        if not all(node.type.is_float for node in value.nodes):
            raise located(ExpressionError("lambdify: a condition has no derivative; ask for derivatives of numbers only"))
    if derivatives != "hessian":
        return [[_first(value, variables, format) for value in values]]
    if len(values) != 1 or values[0].shape != ():
        raise located(ExpressionError("lambdify: derivatives='hessian' needs one scalar expression; ask for the jacobian of several"))
    return [[_first(values[0], variables, None)], [_second(values[0].node(), variables, format)]]


def _first(value: Value, variables: list[Node], format: str | None) -> Any:
    cells = jacobian_of_scalars(stable(value.nodes, variables), variables)
    if cells is None:
        return jacobian(value.node(), variables, format) if format else _first_by_arrays(value, variables)
    k = _columns(variables)
    if format is not None:
        return matrix_of(cells, (_columns(value.nodes), k), SCALAR.dtype, format)
    shape = value.shape[:1] if len(value.shape) == 2 and value.shape[1] == 1 else value.shape
    return filled_in({i * k + j: v for (i, j), v in cells.items()}, (*shape, k), SCALAR.dtype)


def _second(cost: Node, variables: list[Node], format: str | None) -> Any:
    cells = hessian_of_scalars(stable([cost], variables)[0], variables)
    if cells is None:
        return hessian(cost, variables, format) if format else _second_by_arrays(cost, variables)
    k = _columns(variables)
    if format is not None:
        return matrix_of(cells, (k, k), SCALAR.dtype, format)
    return filled_in({i * k + j: v for (i, j), v in cells.items()}, (k, k), SCALAR.dtype)


def _columns(variables: list[Node]) -> int:
    return sum(int(node.type.size) for node in variables)


def _first_by_arrays(value: Value, variables: list[Node]) -> Any:
    """Blocks side by side, of any size."""
    node = value.node()
    found = zip(jacobian(node, variables), variables)
    whole = library.concatenate([library.reshape(b, (*node.type.shape, x.type.size)) for b, x in found], axis=node.type.ndim)
    column = len(value.shape) == 2 and value.shape[1] == 1
    return library.reshape(whole, (value.shape[0], whole.type.shape[-1])) if column else whole


def _second_by_arrays(cost: Node, variables: list[Node]) -> Any:
    """Rows of blocks, below each other."""
    return library.concatenate([
        library.concatenate([library.reshape(b, (x.type.size, y.type.size)) for b, y in zip(row, variables)], axis=1)
        for row, x in zip(hessian(cost, variables), variables)
    ], axis=0)


# -------------------------------------------------------------------------------------------------------- compilation

def _compiled(layout: Arguments, groups: list[list[Any]], structure: Any, name: str, dtype: str, options: dict[str, Any]) -> Any:
    from ...function import function

    inputs, outputs = layout.inputs, [part for group in groups for part in group]
    if dtype == "float32":
        inputs, outputs = single(inputs, outputs)
    fixed = all(isinstance(dim, int) for node in inputs for dim in node.type.shape)
    with provenance.within(provenance.caller()):
        call = function(inputs, outputs[0] if len(outputs) == 1 else outputs, name, points=fixed, **options)
    if layout.plain and structure is None:
        return call
    return Nested(call, None if layout.plain else layout.structure, layout.calls, structure, len(groups[0]))
