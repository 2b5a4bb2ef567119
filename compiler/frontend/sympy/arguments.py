"""How the arguments of `lambdify` lie among the inputs of the compiled function, and Python names for them.

A symbol is a float64 input. That one is a condition, an integer index, a size or an array is found when its use is met
(`Needed`); the conversion then begins anew. A size n is given to native code as the length of an array that is never read.
"""
from __future__ import annotations

import itertools
import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import sympy
from sympy.matrices.expressions.matexpr import MatrixElement
from sympy.tensor.array.expressions import ArraySymbol

from ....ir import ops
from ....ir.errors import ExpressionError
from ....ir.node import Node, located
from ....ir.types import Dim, Poly, Type
from ...nested import ONE, SIZE
from .convert import Converter
from .handlers import SCALAR, Needed, described
from .loops import dim_of

_ARRAYS = (sympy.MatrixSymbol, sympy.IndexedBase, ArraySymbol)
_ARGUMENTS = (sympy.Symbol, sympy.Function, sympy.Derivative, sympy.Indexed, sympy.Idx, MatrixElement, *_ARRAYS)
_SEVERAL = (list, tuple, sympy.Tuple)
_TYPES = {"condition": Type("bool"), "integer": Type("int64")}

_SAID: dict[Any, str] = {"size": "counts elements or terms", "integer": "is an index", "condition": "is a condition"}

Kinds = Mapping[Any, "str | int"]  # what symbols are other than numbers: see `Needed`


class Arguments:
    """The inputs of the compiled function and what each argument of SymPy's is among them."""

    def __init__(self, args: Any, kinds: Kinds) -> None:
        self.inputs: list[Node] = []
        self.symbols: dict[Any, Node] = {}
        self.sizes: dict[Any, Dim] = {}
        self.listed_sizes: list[Any] = []
        self.names: set[str] = set()
        if isinstance(args, (set, frozenset)):
            raise located(ExpressionError("lambdify: a set of arguments has no order; give a list"))
        if isinstance(args, str):
            args = sympy.symbols(args)
        listed = list(args) if isinstance(args, Iterable) and not isinstance(args, _ARGUMENTS) else [args]
        self.kinds = {**_sizes_in(listed), **kinds}
        self.structure: list[Any] = []  # for each argument: ONE, SIZE, or a list for a nested one
        self.calls: list[str] = []      # the arguments' names at the call
        for argument in listed:
            before = len(self.inputs)
            self.structure.append(self._argument(argument))
            self.calls.append(self.inputs[before].attrs[0] if len(self.inputs) > before else "")

    @property
    def plain(self) -> bool:
        """Whether the arguments are the inputs themselves."""
        return all(part == ONE for part in self.structure)

    def _argument(self, argument: Any) -> Any:
        argument = _symbol(argument)
        if isinstance(argument, sympy.MatrixBase):
            return self._elements(list(argument.flat()), tuple(argument.shape))
        if isinstance(argument, _SEVERAL):
            if any(isinstance(part, (*_SEVERAL, *_ARRAYS, sympy.MatrixBase)) or part in self.kinds for part in argument):
                return [self._argument(part) for part in argument]
            return self._elements(list(argument), (len(argument),))
        if isinstance(argument, _ARRAYS) or isinstance(self.kinds.get(argument), int):
            return self._array(argument)
        kind = self.kinds.get(argument)
        if kind == "size":
            return self._size(argument)
        self._known(argument, self._input(self._name(argument), _TYPES.get(kind, SCALAR)))  # type: ignore[arg-type]
        return ONE

    def _input(self, name: str, type: Type) -> Node:
        node = ops.input(name=name, type=type)
        self.inputs.append(node)
        return node

    def _elements(self, symbols: Sequence[Any], shape: tuple[int, ...]) -> str:
        """One array of which every element has a symbol."""
        array = self._input(self._unique("array"), Type("float64", shape))
        for at, symbol in zip(np.ndindex(*shape), map(_symbol, symbols)):
            self._name(symbol)
            stops = tuple(k + 1 for k in at)
            element = ops.slice(array, starts=tuple(map(int, at)), stops=tuple(map(int, stops)), steps=(1,) * len(shape))
            self._known(symbol, ops.reshape(element, shape=()))
        return ONE

    def _array(self, argument: Any) -> str:
        """An array that has one symbol; sizes that nobody gave are named after it."""
        name = self._name(argument)
        given = argument.shape if hasattr(argument, "shape") else None
        if given is None:
            rank = self.kinds.get(argument)
            if rank is None:
                rank = 1
            shape: list[Dim] = [Poly.name(f"{name}_{axis}") for axis in range(int(rank))]
        else:
            shape = [self._dim(d, argument) for d in given]
        self._known(argument, self._input(name, Type("float64", shape)))
        return ONE

    def _dim(self, expr: Any, argument: Any) -> Dim:
        """A dim of an array; the symbols in it are sizes."""
        expr = sympy.sympify(expr)
        for symbol in sorted(expr.free_symbols, key=str):
            self._size_name(symbol)
        return dim_of(expr, Converter({}, None, self.sizes), argument)

    def _size_name(self, symbol: Any) -> None:
        if symbol not in self.sizes:
            name = re.sub(r"\W+", "_", str(symbol)).strip("_")
            taken = {str(d) for d in self.sizes.values()}
            while name in taken or not name.isidentifier():
                name = f"n_{name}"
            self.sizes[symbol] = Poly.name(name)

    def _size(self, argument: Any) -> str:
        self._size_name(argument)
        self.listed_sizes.append(argument)
        self._input(self._name(argument), Type("bool", (self.sizes[argument],)))
        return SIZE

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

    def converter(self, functions: Mapping[str, Any]) -> Converter:
        return Converter(self.symbols, None, self.sizes, functions)

    def variables(self, wrt: Any) -> list[Node]:
        """The nodes to differentiate by."""
        wanted = list(self.symbols) if wrt is None else list(wrt) if isinstance(wrt, (*_SEVERAL, sympy.MatrixBase)) else [wrt]
        parts = [list(part) if isinstance(part, (*_SEVERAL, sympy.MatrixBase)) else [part] for part in wanted]
        wanted = [_symbol(symbol) for symbol in itertools.chain(*parts)]
        if wrt is None:
            wanted += self.listed_sizes
        for symbol in wanted:
            if self.kinds.get(symbol) in _SAID:
                kind = _SAID[self.kinds[symbol]]
                raise located(ExpressionError(
                    f"lambdify: {described(symbol)} {kind}, so there is no derivative by it; choose the variables with wrt="
                ))
            if symbol not in self.symbols:
                raise located(ExpressionError(f"lambdify: {described(symbol)} in wrt is not among the arguments"))
        return [self.symbols[symbol] for symbol in wanted]

    def holds(self, need: Needed) -> bool:
        """Whether the symbol is an argument that may be of the kind it is needed in."""
        known = self.symbols.get(need.symbol)
        return need.symbol not in self.kinds and known is not None and known.op is ops.input


def _symbol(argument: Any) -> Any:
    """The argument; a text is the name of a symbol."""
    return sympy.Symbol(argument) if isinstance(argument, str) else argument


def _sizes_in(arguments: Iterable[Any]) -> dict[Any, str]:
    """The symbols in the shapes of array arguments, however nested."""
    found: dict[Any, str] = {}
    waiting = list(arguments)
    while waiting:
        argument = waiting.pop()
        if isinstance(argument, _SEVERAL):
            waiting += argument
        elif isinstance(argument, _ARRAYS) and argument.shape is not None:
            found.update((symbol, "size") for d in argument.shape for symbol in sympy.sympify(d).free_symbols)
    return found
