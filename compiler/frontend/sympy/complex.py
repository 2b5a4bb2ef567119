"""`lambdify(..., dtype="complex128")`: complex numbers in and out, real programs in between.

Owns how complex arguments and results are laid out: an array of complex numbers is a real one with a first axis of two, the
real and the imaginary parts. The derivative by a complex variable is that of a holomorphic function, which Cauchy's and
Riemann's equations give by the real part of the variable alone. Read `complex_table.py` for what expressions mean.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ....ir import ops
from ....ir.errors import ExpressionError
from ....ir.node import Node, located, postorder
from ....ir.types import Type
from ...nested import Complexes
from .. import tree
from .arguments import Arguments
from .complex_table import PairConverter
from .convert import entries
from .handlers import described, refused
from .pairs import Pair
from .results import Value, containers

Derived = Callable[[Value, list[Node]], list[Any]]  # the derivatives of a value by some variables, of all orders


class Complex(NamedTuple):
    """One array of the result: its real parts, and its imaginary parts if it has any."""

    re: Value
    im: Value | None


class ComplexArguments:
    """The inputs: as those of real numbers, but with a first axis of two where a symbol may be complex."""

    def __init__(self, layout: Arguments) -> None:
        self.layout = layout
        self.inputs: list[Node] = []
        self.symbols: dict[Any, Pair] = {}
        wide: dict[Node, Node] = {}
        for node in layout.inputs:
            if not all(isinstance(dim, int) for dim in node.type.shape) or not node.type.is_float:
                raise located(ExpressionError(
                    f"lambdify: {node.attrs[0]} is an array of unknown size, an index or a condition, which complex functions do not "
                    "take; list complex symbols or matrices of them"))
        for symbol, node in layout.symbols.items():
            source = node if node.op is ops.input else node.args[0].args[0]
            if node.type.shape:
                raise located(ExpressionError(f"lambdify: {described(symbol)} is one array; list its elements as complex symbols"))
            real = bool(getattr(symbol, "is_real", False))
            if source is node and real:
                wide[source] = source
                self.symbols[symbol] = Pair(source)
                continue
            if source not in wide:
                wide[source] = ops.input(name=source.attrs[0], type=Type("float64", (2, *source.type.shape)))
            at = () if source is node else node.args[0].attrs[0]
            re, im = (_element(wide[source], (half, *at)) for half in (0, 1))
            self.symbols[symbol] = Pair(re, None if real else im)
        self.inputs = [wide.get(node, node) for node in layout.inputs]
        self.complex = [new is not old for new, old in zip(self.inputs, layout.inputs)]

    def variables(self, wrt: Any) -> list[Any]:
        """The symbols to differentiate by."""
        wanted = {id(node): symbol for symbol, node in self.layout.symbols.items()}
        return [wanted[id(node)] for node in self.layout.variables(wrt)]


def _element(array: Node, at: Sequence[int]) -> Node:
    stops = tuple(k + 1 for k in at)
    return ops.reshape(ops.slice(array, starts=tuple(at), stops=stops, steps=(1,) * len(stops)), shape=())


def arranged(exprs: Any, convert: PairConverter) -> tuple[list[Complex], Any]:
    """The arrays of a result, and the containers they are in."""
    leaves, structure = tree.flatten(containers(exprs))
    found = []
    for leaf in leaves:
        flat, shape = entries(leaf.exprs)
        pairs = [convert(e) for e in flat]
        complex = any(pair.im is not None for pair in pairs)
        found.append(Complex(Value([p.re for p in pairs], shape), Value([p.imaginary for p in pairs], shape) if complex else None))
    return found, structure


def _check_holomorphic(convert: PairConverter, by: Sequence[Any]) -> None:
    """Raises ExpressionError where a derivative by a complex variable would be none: of |z|, its parts, its conjugate."""
    complex = {part for symbol in by if convert.symbols[symbol].im is not None for part in convert.symbols[symbol] if part is not None}
    for expr, pair in convert.not_holomorphic if complex else []:
        if not complex.isdisjoint(postorder([part for part in pair if part is not None])):
            raise refused(expr, f"{type(expr).__name__} has no complex derivative; differentiate by real symbols (real=True), "
                                "such as the real and imaginary parts")


def compiled(layout: Arguments, exprs: Any, wrt: Any, derived: Derived | None, compile: Callable[..., Any]) -> Any:
    """The function of complex numbers. `derived` differentiates real values, `compile` makes a function of inputs and outputs."""
    arguments = ComplexArguments(layout)
    convert = PairConverter(arguments.symbols)
    results, structure = arranged(exprs, convert)
    values = [value for result in results for value in (result.re, result.im) if value is not None]
    groups = [[value.node() for value in values]]
    if derived is not None:
        by = arguments.variables(wrt)
        _check_holomorphic(convert, by)
        groups += [list(order) for order in zip(*(derived(value, [arguments.symbols[symbol].re for symbol in by]) for value in values))]
    halves = [result.im is not None for result in results]
    call = compile(arguments.inputs, [node for group in groups for node in group])
    wide = [(node.attrs[0], node.type.ndim - 1) if flag else None for node, flag in zip(arguments.inputs, arguments.complex)]
    return Complexes(call, layout.structure, layout.calls, wide, structure, halves, len(groups))
