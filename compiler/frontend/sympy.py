"""SymPy's `lambdify`, compiled, with derivatives: f(*numbers) -> value, or value and gradient, Jacobian or Hessian.

Owns how arguments and results are laid out; `sympy_from.py` converts, `compiler/autodiff` differentiates, entry by entry
and without the zeros. Imported only when first asked for, since it imports SymPy.
"""
from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ...ir import ops, provenance
from ...ir.errors import ArgumentError, ExpressionError
from ...ir.node import Node, located, postorder
from ...ir.types import Type
from ..autodiff import Entries, hessian, jacobian
from .sympy_from import Converter, entries, from_sympy, stacked
from .sympy_table import SCALAR, described
from .sympy_to import to_sympy

__all__ = ["from_sympy", "lambdify", "to_sympy"]

DERIVATIVES = ("gradient", "jacobian", "hessian")
_ARGUMENTS = (sympy.Symbol, sympy.Function, sympy.Derivative, sympy.Indexed)


def lambdify(
    args: Any, exprs: Any, derivatives: str | None = None, *, wrt: Any = None, sparse: bool = False, name: str = "lambdified",
    fastmath: bool = False,
) -> Any:
    """A compiled function of numbers from SymPy expressions.

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
    return _compiled(layout, values, parts, several, derivatives, sparse, name, fastmath)


# ------------------------------------------------------------------------------------------------------- the arguments

class Arguments:
    """The inputs of the compiled function and what each argument of SymPy's is among them."""

    def __init__(self, args: Any) -> None:
        self.inputs: list[Node] = []
        self.symbols: dict[Any, Node] = {}
        self.names: set[str] = set()
        self.structure: list[Any] = []  # for each argument: 1 for one input, a nested list for several
        many = isinstance(args, (list, tuple, sympy.Tuple, sympy.MatrixBase))
        for argument in list(args) if many else [args]:
            self.structure.append(self._argument(argument))

    @property
    def nested(self) -> bool:
        return any(isinstance(part, list) for part in self.structure)

    def _argument(self, argument: Any) -> Any:
        if isinstance(argument, sympy.MatrixBase):
            return self._array(list(argument.flat()), tuple(argument.shape))
        if not isinstance(argument, (list, tuple, sympy.Tuple)):
            node = ops.input(name=self._name(argument), type=SCALAR)
            self.inputs.append(node)
            self._known(argument, node)
            return 1
        if any(isinstance(part, (list, tuple, sympy.Tuple, sympy.MatrixBase)) for part in argument):
            return [self._argument(part) for part in argument]
        return self._array(list(argument), (len(argument),))

    def _array(self, symbols: Sequence[Any], shape: tuple[int, ...]) -> int:
        array = ops.input(name=self._unique("array"), type=Type("float64", shape))
        self.inputs.append(array)
        for at, symbol in zip(np.ndindex(*shape), symbols):
            self._name(symbol)
            stops = tuple(k + 1 for k in at)
            element = ops.slice(array, starts=tuple(map(int, at)), stops=tuple(map(int, stops)), steps=(1,) * len(shape))
            self._known(symbol, ops.reshape(element, shape=()))
        return 1

    def _known(self, symbol: Any, node: Node) -> None:
        if symbol in self.symbols:
            raise located(ExpressionError(f"lambdify: the argument {described(symbol)} is listed twice"))
        self.symbols[symbol] = node

    def _name(self, argument: Any) -> str:
        """A Python name for the argument: `q1` for q1(t), `q1_t` for its derivative, `theta_1` for \\theta_{1}."""
        if not isinstance(argument, _ARGUMENTS):
            raise located(ExpressionError(f"lambdify: an argument must be a symbol or a function such as q(t), got {described(argument)}"))
        if isinstance(argument, sympy.Derivative):
            inner = argument.expr.func.__name__ if isinstance(argument.expr, sympy.Function) else str(argument.expr)
            return self._unique("_".join([inner, *map(str, argument.variables)]))
        return self._unique(argument.func.__name__ if isinstance(argument, sympy.Function) else str(argument))

    def _unique(self, text: str) -> str:
        base = re.sub(r"\W+", "_", text).strip("_") or "x"
        if not base.isidentifier() or keyword.iskeyword(base):
            base = f"x_{base}"
        name, k = base, 1
        while name in self.names:
            name, k = f"{base}_{k}", k + 1
        self.names.add(name)
        return name

    def converter(self) -> Converter:
        return Converter(self.symbols)

    def variables(self, wrt: Any) -> list[Node]:
        """The nodes to differentiate by."""
        if wrt is None:
            return list(self.symbols.values())
        wanted = list(wrt) if isinstance(wrt, (list, tuple, sympy.Tuple, sympy.MatrixBase)) else [wrt]
        for symbol in wanted:
            if symbol not in self.symbols:
                raise located(ExpressionError(f"lambdify: {described(symbol)} in wrt is not among the arguments"))
        return [self.symbols[symbol] for symbol in wanted]


def flattened(name: str, structure: list[Any], given: Sequence[Any]) -> list[Any]:
    """The inputs out of nested arguments."""
    if len(given) != len(structure):
        raise ArgumentError(f"{name}: takes {len(structure)} arguments, got {len(given)}")
    found: list[Any] = []
    waiting = list(zip(structure, given))[::-1]
    while waiting:
        part, value = waiting.pop()
        if not isinstance(part, list):
            found.append(value)
            continue
        if not hasattr(value, "__len__") or len(value) != len(part):
            raise ArgumentError(f"{name}: expected a list of {len(part)} values, got {value!r}")
        waiting += list(zip(part, value))[::-1]
    return found


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
    sparse: bool, name: str, fastmath: bool,
) -> Any:
    from ..function import function

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
    call = function(layout.inputs, outputs[0] if plain else outputs, name, fastmath=fastmath)
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


