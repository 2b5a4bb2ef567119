"""From SymPy's expressions to nodes: each subexpression once, whatever its depth, without recursion.

Owns the walk and the layout of lists and matrices; `table.py` says what each class means. Knows nothing of
derivatives; read `lambdify.py` for how expressions are compiled.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sympy
from sympy.core.function import AppliedUndef

from ....ir import library, ops, provenance
from ....ir.errors import ExpressionError
from ....ir.node import Node, located
from ....ir.types import Dim
from .arithmetic import number
from .handlers import SCALAR, refused
from .table import handler, unevaluated


class Converter:
    """Converts expressions of which the symbols are known; what was converted once is kept."""

    def __init__(self, symbols: Mapping[Any, Node], missing: Callable[[Any], Node] | None = None) -> None:
        self.symbols = dict(symbols)
        self.missing = missing  # makes the node of a symbol that is not known
        self.done: dict[int, Node] = {}  # by identity: hashing or comparing deep expressions recurses
        self.alive: list[Any] = []  # the roots, so that no identity is reused

    def __call__(self, root: Any) -> Node:
        """The scalar node of one expression."""
        if not isinstance(root, sympy.Basic):
            root = _sympified(root)
        self.alive.append(root)
        done = self.done
        stack = [root]
        while stack:
            expr = stack[-1]
            key = id(expr)
            if key in done:
                stack.pop()
                continue
            if expr.is_Number or not expr.args or isinstance(expr, _LEAVES):
                done[key] = self.leaf(expr)
                stack.pop()
                continue
            parts = expr.args
            means = handler(expr)
            if means is unevaluated:
                means(expr, [])  # before its bounds and variables are looked at
            waiting = [part for part in parts if id(part) not in done]
            if waiting:
                stack += waiting
                continue
            done[key] = means(expr, [done[id(part)] for part in parts])
            stack.pop()
        return done[id(root)]

    def leaf(self, expr: Any) -> Node:
        """The node of a number, a constant or a symbol."""
        if expr.is_Number:
            return number(expr)
        known = self.symbols.get(expr) if isinstance(expr, _LEAVES) else None
        if known is None and self.missing is not None and isinstance(expr, sympy.Symbol):
            known = self.symbols[expr] = self.missing(expr)
        return handler(expr)(expr, []) if known is None else known


def _sympified(value: Any) -> Any:
    """A number or a text as SymPy's expression."""
    try:
        found = sympy.sympify(value)
    except (sympy.SympifyError, TypeError):
        found = None
    if not isinstance(found, sympy.Basic):
        raise refused(value, f"expected a SymPy expression, got {type(value).__name__}")
    return found


_LEAVES = (sympy.Symbol, AppliedUndef, sympy.Derivative, sympy.Indexed)


# ---------------------------------------------------------------------------------------------------- whole structures

def entries(exprs: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The scalar expressions of an expression, Matrix, Array or regular nested list, in row-major order, and the shape."""
    if isinstance(exprs, (sympy.MatrixBase, sympy.NDimArray)):
        flat = exprs.flat() if isinstance(exprs, sympy.MatrixBase) else list(sympy.flatten(exprs.tolist()))
        return flat, tuple(int(n) for n in exprs.shape)
    if isinstance(exprs, (list, tuple, sympy.Tuple)):
        parts = [entries(part) for part in exprs]
        shapes = {shape for _, shape in parts}
        if len(shapes) > 1:
            said = " and ".join(map(str, sorted(shapes)))
            raise located(ExpressionError(f"from_sympy: the parts of a list must have one shape, got {said}"))
        return [e for flat, _ in parts for e in flat], (len(parts), *(shapes.pop() if shapes else ()))
    return [exprs], ()


def stacked(nodes: Sequence[Node], shape: tuple[Dim, ...]) -> Node:
    """Scalars as one array of the shape."""
    if shape == ():
        return nodes[0]
    floats = [n if n.type.is_float else ops.cast(n, dtype="float64") for n in nodes]
    if not floats:
        return library.zeros(shape)  # type: ignore[no-any-return]
    rows = [ops.reshape(n, shape=(1,)) for n in floats]
    return ops.reshape(ops.concatenate(*rows, axis=0), shape=shape)


def from_sympy(exprs: Any, symbols: Mapping[Any, Node] | None = None) -> Node:
    """The node of a SymPy expression (rank 0), of a Matrix (rank 2), or of a list of expressions (rank 1).

    symbols   nodes for SymPy's symbols; the others become scalar symbols of their own names

    Values are real float64. Raises ExpressionError naming the subexpression for what has no such meaning.

    >>> import sympy
    >>> a, b = sympy.symbols("a b")
    >>> from_sympy(sympy.sin(a) / b)
    <divide: f64>
    """
    named: dict[str, Any] = {}

    def missing(expr: Any) -> Node:
        twin = named.setdefault(expr.name, expr)
        if twin != expr:
            raise refused(expr, f"two different symbols are called {expr.name!r}; rename one, or give both in `symbols`")
        return ops.input(name=expr.name, type=SCALAR)

    with provenance.within(provenance.caller()):
        converter = Converter(symbols or {}, missing)
        flat, shape = entries(exprs)
        return stacked([converter(e) for e in flat], shape)
