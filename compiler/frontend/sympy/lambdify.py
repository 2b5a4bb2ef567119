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
from ....ir.node import Node, located, postorder
from ....ir.types import Dim
from ...autodiff import Entries, grad, hessian, jacobian
from ...autodiff.scalars import variables_of
from .arguments import Arguments
from .handlers import SCALAR, Needed, refused
from .options import DERIVATIVES, understood
from .results import Lambdified, Value, arranged


def lambdify(
    args: Any, exprs: Any, derivatives: Any = None, *, wrt: Any = None, sparse: bool = False, name: str = "lambdified",
    fastmath: bool = False, threads: int | None = None, modules: Any = None, **options: Any,
) -> Any:
    """A compiled function of numbers from SymPy expressions.

    Arrays in place of numbers are many points: they broadcast as NumPy's do, and the axes of the points come last in
    each result. Points are evaluated in SIMD lanes, on all threads. Array arguments must be of fixed sizes for that.

    args         symbols, functions of time (`dynamicsymbols`) or their derivatives; a list among them is one array, as is a
                 MatrixSymbol or an IndexedBase, whose sizes may be symbols
    exprs        an expression (the value is a float), a list (a 1-D array) or a Matrix or matrix expression (a 2-D array);
                 a list of these with a Matrix or dict among them gives a tuple, a dict gives a dict
    derivatives  None: f(*numbers) -> value
                 "gradient" or "jacobian": -> (value, derivative), of shape (k,) for an expression, (m, k) for a list of
                 m, (m, n, k) for an m x n Matrix, where k variables are differentiated by; a column counts as a list
                 "hessian": -> (value, gradient, hessian), of one expression
    wrt          the variables to differentiate by; all arguments by default. An array counts with all its elements
    sparse       the Jacobian (as an m by k matrix) or Hessian comes as a scipy.sparse.csr_array
    fastmath     allow rewriting by the laws of real numbers, which may change results by rounding
    threads      how many threads share many points; as many as processors by default
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
    with provenance.within(provenance.caller()):
        layout, values, structure = _converted(args, exprs, functions)
        parts = _derived(values, layout.variables(wrt) if derivatives else [], derivatives, sparse)
    return _compiled(layout, values, parts, structure, sparse and derivatives is not None, name, {"fastmath": fastmath, "threads": threads})


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

Derivative = Entries | Node  # by its entries, or whole


def _derived(values: list[Value], variables: list[Node], derivatives: str | None, sparse: bool) -> list[list[Derivative]]:
    """For each value its derivatives, of first and of second order."""
    if derivatives is None:
        return [[] for _ in values]
    for value in values:
        if not all(node.type.is_float for node in value.nodes):
            raise located(ExpressionError("lambdify: a condition has no derivative; ask for derivatives of numbers only"))
    if derivatives == "hessian" and (len(values) != 1 or values[0].shape != ()):
        raise located(ExpressionError("lambdify: derivatives='hessian' needs one scalar expression; ask for the jacobian of several"))
    nodes = [node for value in values for node in value.nodes]
    if sparse or (not any(value.whole for value in values) and variables_of(_read(nodes, variables)[0], nodes) is not None):
        return [_by_entries(value, variables, derivatives) for value in values]
    return [_by_arrays(value, variables, derivatives) for value in values]


def _by_entries(value: Value, variables: list[Node], derivatives: str) -> list[Derivative]:
    """Derivatives of what is made of scalars: structural zeros are absent."""
    read, places = _read(value.nodes, variables)
    k = _columns(variables)
    nothing = np.zeros(0, np.int64)
    m = len(value.nodes)
    first = jacobian(value.nodes, read, sparse=True) if m and read else Entries(nothing, nothing, [], (m, k), SCALAR.dtype)
    parts: list[Derivative] = [first._replace(columns=places[first.columns], shape=(m, k))]
    if derivatives == "hessian":
        second = hessian(value.nodes[0], read, sparse=True) if read else first
        parts.append(second._replace(rows=places[second.rows], columns=places[second.columns], shape=(k, k)))
    return parts


def _read(nodes: list[Node], variables: list[Node]) -> tuple[list[Node], np.ndarray]:
    """The variables that the nodes read, and the columns of their elements among those of all."""
    reached = set(postorder(nodes))
    read, places, column = [], [np.zeros(0, np.int64)], 0
    for node in variables:
        size = node.type.size if isinstance(node.type.size, int) else 1
        if node in reached:
            read.append(node)
            places.append(np.arange(column, column + size))
        column += size
    return read, np.concatenate(places)


def _columns(variables: list[Node]) -> int:
    return sum(int(node.type.size) for node in variables)


def _by_arrays(value: Value, variables: list[Node], derivatives: str) -> list[Derivative]:
    """Derivatives by arrays as wholes, of any size: blocks side by side."""
    node = value.node()
    if derivatives == "hessian":
        gradient = [library.ravel(g) for g in grad(node, variables)]
        blocks = [
            library.concatenate([library.reshape(b, (x.type.size, y.type.size)) for b, y in zip(row, variables)], axis=1)
            for row, x in zip(hessian(node, variables), variables)
        ]
        return [library.concatenate(gradient, axis=0), library.concatenate(blocks, axis=0)]
    found = zip(jacobian(node, variables), variables)
    return [library.concatenate([library.reshape(b, (*node.type.shape, x.type.size)) for b, x in found], axis=node.type.ndim)]


# -------------------------------------------------------------------------------------------------------- compilation

def _compiled(
    layout: Arguments, values: list[Value], parts: list[list[Derivative]], structure: Any, as_matrix: bool, name: str,
    options: dict[str, Any],
) -> Any:
    from ...function import function

    groups: list[list[Node]] = []  # all values, then all derivatives of each order
    with provenance.within(provenance.caller()):
        groups.append([value.node() for value in values])
        for order in range(len(parts[0]) if parts else 0):
            last = order == len(parts[0]) - 1
            groups.append([_laid_out(found[order], value.shape, order, as_matrix and last) for value, found in zip(values, parts)])
    outputs = [node for group in groups for node in group]
    plain = len(outputs) == 1
    fixed = all(isinstance(dim, int) for node in layout.inputs for dim in node.type.shape)
    call = function(layout.inputs, outputs[0] if plain else outputs, name, points=fixed and not as_matrix, **options)
    if layout.plain and structure is None and not as_matrix:
        return call
    patterns = [found[-1] for found in parts] if as_matrix else None
    return Lambdified(call, layout, structure, len(values), patterns)  # type: ignore[arg-type]


def _laid_out(found: Derivative, shape: tuple[Dim, ...], order: int, sparse: bool) -> Node:
    column = len(shape) == 2 and shape[1] == 1
    if isinstance(found, Node):
        return library.reshape(found, (shape[0], found.type.shape[-1])) if column and order == 0 else found
    if sparse:
        return found.stacked()
    k = found.shape[1]
    return found.dense((k, k) if order == 1 else (*(shape[:1] if column else shape), k))
