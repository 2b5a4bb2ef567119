"""From SymPy's expressions to nodes: each subexpression once, whatever its depth, without recursion.

Owns the walk, the scopes of bound variables, and the layout of lists and matrices; `table.py` says what each class means.
Knows nothing of derivatives; read `lambdify.py` for how expressions are compiled.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy
from sympy.core.function import AppliedUndef
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array.expressions import ArraySymbol

from ....ir import library, ops, provenance
from ....ir.errors import DTypeError, ExpressionError, NotReal
from ....ir.graph import NESTING
from ....ir.node import Node, located
from ....ir.types import Dim, Type
from .arithmetic import number
from .functions import implementation, unknown
from .handlers import SCALAR, Needed, Special, described, not_real, refused
from .table import handler

if TYPE_CHECKING:
    from .loops import Along, Read

# What may be an argument of `lambdify`, and is looked up among the symbols before anything else.
NAMED = (
    sympy.Symbol, AppliedUndef, sympy.Derivative, sympy.Indexed, sympy.IndexedBase, sympy.Idx, sympy.MatrixSymbol, MatrixElement,
    ArraySymbol,
)


class Converter:
    """Converts expressions of which the symbols are known; what was converted once is kept.

    symbols    the nodes of symbols, functions of time, array symbols; `missing` makes the node of another symbol
    sizes      the dims of symbols that count elements or terms
    functions  a person's own functions by name
    """

    def __init__(
        self, symbols: Mapping[Any, Node], missing: Callable[[Any], Node | None] | None = None, sizes: Mapping[Any, Dim] | None = None,
        functions: Mapping[str, Any] | None = None,
    ) -> None:
        self.symbols: dict[Any, Node] = dict(symbols)
        self.sizes: dict[Any, Dim] = dict(sizes or {})
        self.functions: dict[str, Any] = dict(functions or {})
        self.loops: dict[Any, Along] = {}    # the variables of sums and products around the expression
        self.reads: dict[Node, Read] = {}    # what is read at their places; one for all scopes
        self.missing = missing
        self.outer: Converter | None = None
        self.depth = 0
        self._done: dict[int, Node] = {}     # by identity: hashing or comparing deep expressions recurses
        self._parts: dict[int, Sequence[Any]] = {}
        self._instead: dict[int, Any] = {}
        self._alive: list[Any] = []          # the roots, so that no identity is reused

    def within(self, expr: Any, bound: Mapping[Any, Node], loops: Mapping[Any, Along] | None = None) -> Converter:
        """A converter for what stands under a sum, an integral or another binder of variables."""
        inner = Converter(bound, self.missing, self.sizes, self.functions)
        inner.outer, inner.depth, inner.reads = self, self.depth + 1, self.reads
        inner.loops = {**self.loops, **(loops or {})}
        if inner.depth > NESTING:
            raise refused(expr, f"sums, integrals and other bound variables may be nested {NESTING} deep")
        return inner

    def __call__(self, root: Any) -> Node:
        """The node of one expression: a scalar, or an array for a matrix expression."""
        if not isinstance(root, sympy.Basic):
            root = sympified(root)
        try:
            return self.real(root)
        except NotReal:
            from .complex_table import real_value

            found = real_value(root, self)
            if found is None:
                raise not_real(root) from None  # the whole: its parts may well be complex
            return found

    def real(self, root: Any) -> Node:
        """The node of an expression that is real in all its parts."""
        self._alive.append(root)
        done, instead = self._done, self._instead
        stack = [root]
        while stack:
            expr = stack[-1]
            key = id(expr)
            if key in done:
                stack.pop()
                continue
            if key in instead:
                stand_in = instead[key]
                if id(stand_in) in done:
                    done[key] = done[id(stand_in)]
                else:
                    stack.append(stand_in)
                continue
            leaf = self._leaf(expr)
            if leaf is not None:
                done[key] = leaf
                stack.pop()
                continue
            means = handler(expr)
            parts = expr.args if not isinstance(means, Special) else self._parts_of(expr, means)
            waiting = [part for part in parts if id(part) not in done]
            if waiting:
                stack += waiting
                continue
            nodes = [done[id(part)] for part in parts]
            found = means.means(expr, nodes, self) if isinstance(means, Special) else _applied(means, expr, nodes)
            if isinstance(found, sympy.Basic):
                instead[key] = found
            else:
                done[key] = found
                stack.pop()
        return done[id(root)]

    def _parts_of(self, expr: Any, means: Special) -> Sequence[Any]:
        parts = self._parts.get(id(expr))
        if parts is None:  # kept, since a part that SymPy makes anew each time has no identity of its own
            parts = self._parts[id(expr)] = tuple(means.parts(expr))
        return parts

    def _leaf(self, expr: Any) -> Node | None:
        """The node of a number or of what is known by name."""
        if expr.is_Number:
            return number(expr)
        if not isinstance(expr, NAMED):
            return None
        node = self.named(expr)
        if node is None and isinstance(expr, AppliedUndef) and implementation(expr, self) is None:
            raise unknown(expr, self)  # by its own name, before anyone asks for the t of q(t)
        if node is not None and node.type.dtype.kind == "i" and not node.type.shape:
            return ops.cast(node, dtype="float64")  # an index that is used as a number
        return node

    def named(self, symbol: Any) -> Node | None:
        """The node of what has a name, if it is known or may be made an input."""
        found = self.known(symbol)
        if found is None and symbol in self.sizes:
            return ops.source.size_of(self.sizes[symbol])
        return self.missing(symbol) if found is None and self.missing is not None else found

    def known(self, symbol: Any) -> Node | None:
        """The node of a symbol in this scope or one around it. A function of a variable that a scope between binds is
        another one: q(t) under a sum over t is not the argument q(t)."""
        scope: Converter | None = self
        while scope is not None:
            found = scope.symbols.get(symbol)
            if found is not None:
                return found
            if scope.outer is not None and symbol.args and symbol.free_symbols & scope.symbols.keys():
                return None
            scope = scope.outer
        return None


def _applied(means: Any, expr: Any, nodes: list[Node]) -> Node:
    """The node of a class whose arguments are all values."""
    for k, node in enumerate(nodes):
        if node.type.shape:
            part, kind = described(expr.args[k]), type(expr).__name__
            raise refused(expr, f"{part} is a matrix, but {kind} takes numbers; to go element by element use applyfunc")
    try:
        return means(expr, nodes)  # type: ignore[no-any-return]
    except DTypeError:
        for part, node in zip(expr.args, nodes):
            if node.type.dtype.kind == "b":
                raise refused(expr, f"{described(part)} is a condition and not a number; write Piecewise((1, ...), (0, True))") from None
        raise


def sympified(value: Any) -> Any:
    """A number or a text as SymPy's expression."""
    try:
        found = sympy.sympify(value)
    except Exception:  # SymPy's own and whatever an object's methods raise when it tries them: a domain's, an array's
        found = None
    if not isinstance(found, sympy.Basic):
        hint = "; convert it with to_matrix(frame)" if hasattr(value, "to_matrix") else ""
        raise refused(value, f"expected a SymPy expression, got {type(value).__name__}{hint}")
    return found


# ---------------------------------------------------------------------------------------------------- whole structures

def entries(exprs: Any) -> tuple[list[Any], tuple[int, ...]]:
    """The scalar expressions of an expression, Matrix, Array or regular nested list, in row-major order, and the shape."""
    if isinstance(exprs, (sympy.MatrixBase, sympy.NDimArray)):
        flat = exprs.flat() if isinstance(exprs, sympy.MatrixBase) else list(sympy.flatten(exprs.tolist()))
        return flat, tuple(int(n) for n in exprs.shape)
    if isinstance(exprs, np.ndarray):
        return list(exprs.flat), exprs.shape
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
    >>> from_sympy(sympy.sin(a) / b).op
    <op divide>
    """
    kinds: dict[Any, str | int] = {}
    with provenance.within(provenance.caller()):
        while True:
            converter = Converter(symbols or {}, _by_name(kinds))
            try:
                flat, shape = entries(exprs)
                nodes = [converter(e) for e in flat]
            except Needed as need:
                if need.kind == "size" or need.symbol in kinds or need.symbol in (symbols or {}):
                    raise refused(need.symbol, need.why) from None
                kinds[need.symbol] = need.kind
            else:
                return nodes[0] if not shape else stacked(nodes, shape)


def _by_name(kinds: Mapping[Any, str | int]) -> Callable[[Any], Node | None]:
    """Makes inputs for symbols, each called by its own name."""
    named: dict[str, Any] = {}

    def missing(expr: Any) -> Node | None:
        kind = kinds.get(expr)
        if not isinstance(expr, sympy.Symbol) and kind is None:
            return None
        name = expr.name if isinstance(expr, sympy.Symbol) else str(expr)
        twin = named.setdefault(name, expr)
        if twin != expr:
            raise refused(expr, f"two different symbols are called {name!r}; rename one, or give both in `symbols`")
        if isinstance(kind, int):
            return ops.input(name=name, type=Type("float64", tuple(f"{name}_{axis}" for axis in range(kind))))
        return ops.input(name=name, type=SCALAR if kind is None else Type({"condition": "bool", "integer": "int64"}[kind]))

    return missing
