"""How the arguments of `lambdify` lie among the inputs of the compiled function, and Python names for them."""
from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import sympy

from ....ir import ops
from ....ir.errors import ArgumentError, ExpressionError
from ....ir.node import Node, located
from ....ir.types import Type
from .convert import Converter
from .handlers import SCALAR, described

_ARGUMENTS = (sympy.Symbol, sympy.Function, sympy.Derivative, sympy.Indexed)


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
