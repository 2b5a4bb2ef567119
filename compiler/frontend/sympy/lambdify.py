"""SymPy's `lambdify`, compiled, with derivatives: f(*numbers) -> value, or value and gradient, Jacobian or Hessian.

Owns how results are laid out; `arguments.py` lays out the arguments, `convert.py` converts, `compiler/autodiff` differentiates,
entry by entry and without the zeros. Imported only when first asked for, since it imports SymPy.
"""
from __future__ import annotations

from typing import Any

import numpy as np
import sympy

from ....ir import provenance
from ....ir.errors import ExpressionError
from ....ir.node import Node, located, postorder
from ...autodiff import Entries, hessian, jacobian
from .arguments import Arguments, flattened
from .convert import Converter, entries, stacked
from .handlers import SCALAR

DERIVATIVES = ("gradient", "jacobian", "hessian")


def lambdify(
    args: Any, exprs: Any, derivatives: str | None = None, *, wrt: Any = None, sparse: bool = False, name: str = "lambdified",
    fastmath: bool = False, threads: int | None = None,
) -> Any:
    """A compiled function of numbers from SymPy expressions.

    Arrays in place of numbers are many points: they broadcast as NumPy's do, and the axes of the points come last in
    each result. Points are evaluated in SIMD lanes, on all threads.

    args         symbols, functions of time (`dynamicsymbols`) or their derivatives; a list among them is one array
    exprs        an expression (the value is a float), a list (a 1-D array) or a Matrix (a 2-D array); a list of these
                 with a Matrix among them gives a tuple
    derivatives  None: f(*numbers) -> value
                 "gradient" or "jacobian": -> (value, derivative), of shape (k,) for an expression, (m, k) for a list of
                 m, (m, n, k) for an m x n Matrix, where k variables are differentiated by; a column counts as a list
                 "hessian": -> (value, gradient, hessian), of one expression
    wrt          the variables to differentiate by; all arguments by default
    sparse       the Jacobian (as an m by k matrix) or Hessian comes as a scipy.sparse.csr_array
    fastmath     allow rewriting by the laws of real numbers, which may change results by rounding
    threads      how many threads share many points; as many as processors by default

    Raises ExpressionError for an expression without numeric meaning, or one that uses what is not an argument.

    >>> import sympy
    >>> a, b = sympy.symbols("a b")
    >>> f = lambdify([a, b], sympy.sin(a) * b**2, derivatives="gradient")
    >>> value, gradient = f(0.0, 3.0)
    >>> value, gradient.tolist()
    (0.0, [9.0, 0.0])
    """
    if derivatives is not None and derivatives not in DERIVATIVES:
        raise located(ExpressionError(f"lambdify: derivatives must be None, 'gradient', 'jacobian' or 'hessian', got {derivatives!r}"))
    with provenance.within(provenance.caller()):
        layout = Arguments(args)
        several = isinstance(exprs, (list, tuple)) and any(isinstance(e, (sympy.MatrixBase, sympy.NDimArray)) for e in exprs)
        convert = layout.converter()
        values = [_value(e, convert) for e in (exprs if several else [exprs])]
        variables = layout.variables(wrt)
        parts = _derived(values, variables, derivatives)
    return _compiled(layout, values, parts, several, derivatives, sparse, name, {"fastmath": fastmath, "threads": threads})


# --------------------------------------------------------------------------------------------- values and derivatives

def _value(exprs: Any, convert: Converter) -> tuple[list[Node], tuple[int, ...]]:
    flat, shape = entries(exprs)
    return [convert(e) for e in flat], shape


def _derived(values: list[tuple[list[Node], tuple[int, ...]]], variables: list[Node], derivatives: str | None) -> list[list[Entries]]:
    """For each value its derivatives by their entries."""
    if derivatives is None:
        return [[] for _ in values]
    for nodes, _ in values:
        for node in nodes:
            if not node.type.is_float:
                raise located(ExpressionError("lambdify: a condition has no derivative; ask for derivatives of numbers only"))
    if derivatives == "hessian":
        if len(values) != 1 or values[0][1] != ():
            raise located(ExpressionError("lambdify: derivatives='hessian' needs one scalar expression; ask for the jacobian of several"))
        nodes, _ = values[0]
        read, places = _read(nodes, variables)
        k = len(variables)
        if not read:
            return [[_jacobian(nodes, variables), _jacobian([], variables)._replace(shape=(k, k))]]
        return [[
            _in_columns(jacobian(nodes, read, sparse=True), places, (1, k)),
            _in_columns(_in_rows(hessian(nodes[0], read, sparse=True), places), places, (k, k)),
        ]]
    return [[_jacobian(nodes, variables)] for nodes, _ in values]


def _jacobian(nodes: list[Node], variables: list[Node]) -> Entries:
    read, places = _read(nodes, variables)
    if not nodes or not read:
        nothing = np.zeros(0, np.int64)
        return Entries(nothing, nothing, [], (len(nodes), len(variables)), SCALAR.dtype)
    return _in_columns(jacobian(nodes, read, sparse=True), places, (len(nodes), len(variables)))


def _read(nodes: list[Node], variables: list[Node]) -> tuple[list[Node], np.ndarray]:
    """The variables that the nodes read, and their numbers among all: an array's element may be read by none."""
    reached = set(postorder(nodes))
    places = [k for k, node in enumerate(variables) if node in reached]
    return [variables[k] for k in places], np.array(places, np.int64)


def _in_columns(found: Entries, places: np.ndarray, shape: tuple[int, int]) -> Entries:
    return found._replace(columns=places[found.columns], shape=shape)


def _in_rows(found: Entries, places: np.ndarray) -> Entries:
    return found._replace(rows=places[found.rows])


def _compiled(
    layout: Arguments, values: list[tuple[list[Node], tuple[int, ...]]], parts: list[list[Entries]], several: bool, derivatives: str | None,
    sparse: bool, name: str, options: dict[str, Any],
) -> Any:
    from ...function import function

    as_matrix = sparse and derivatives is not None
    groups: list[list[Node]] = []  # all values, then all derivatives of each order
    with provenance.within(provenance.caller()):
        groups.append([stacked(nodes, shape) for nodes, shape in values])
        for order in range(len(parts[0])):
            last = order == len(parts[0]) - 1
            groups.append([
                found[order].stacked() if as_matrix and last else _dense(found[order], shape, order)
                for (_, shape), found in zip(values, parts)
            ])
    outputs = [node for group in groups for node in group]
    plain = len(outputs) == 1
    call = function(layout.inputs, outputs[0] if plain else outputs, name, points=not as_matrix, **options)
    patterns = [found[-1] for found in parts] if as_matrix else None
    if patterns is None and not layout.nested and (plain or not several or derivatives is None):
        return call
    return Lambdified(call, layout, len(values) if several else 0, patterns)


def _dense(found: Entries, shape: tuple[int, ...], order: int) -> Node:
    k = found.shape[1]
    if order == 1:
        return found.dense((k, k))
    column = len(shape) == 2 and shape[1] == 1
    return found.dense((*(shape[:1] if column else shape), k))


class Lambdified:
    """A compiled function whose arguments are nested, or whose derivatives come as sparse matrices."""

    def __init__(self, call: Any, layout: Arguments, several: int, patterns: list[Entries] | None) -> None:
        self.function = call
        self._structure = layout.structure if layout.nested else None
        self._several = several
        self._patterns = None if patterns is None else [_pattern(found) for found in patterns]
        self.__name__, self.__doc__ = call.__name__, call.__doc__

    def __call__(self, *args: Any, **named: Any) -> Any:
        given = args if self._structure is None else flattened(self.__name__, self._structure, args)
        result = self.function(*given, **named)
        if not self._several and self._patterns is None:
            return result
        parts = list(result) if isinstance(result, tuple) else [result]
        n = self._several or 1
        groups = [parts[k : k + n] for k in range(0, len(parts), n)]
        if self._patterns is not None:
            groups[-1] = [_matrix(values, pattern) for values, pattern in zip(groups[-1], self._patterns)]
        if not self._several:
            return tuple(group[0] for group in groups)
        return tuple(map(tuple, groups)) if len(groups) > 1 else tuple(groups[0])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.function, name)  # dump, explain, cost

    def __repr__(self) -> str:
        return repr(self.function)


def _pattern(found: Entries) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Columns and row ends of the entries, as compressed rows hold them."""
    counts = np.bincount(found.rows, minlength=found.shape[0])
    return found.columns, np.concatenate([[0], np.cumsum(counts)]), found.shape


def _matrix(values: np.ndarray, pattern: tuple[np.ndarray, np.ndarray, tuple[int, int]]) -> Any:
    from scipy.sparse import csr_array

    columns, ends, shape = pattern
    return csr_array((values, columns, ends), shape=shape)


