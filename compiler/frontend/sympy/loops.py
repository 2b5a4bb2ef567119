"""Sums and products over a range of integers: the term is written once, for one index, and evaluated for all along a new axis.

The number of terms may be a size that only the call knows. Elements that are read at the index, as in x[i + 1], become one
slice of the array. Bounds may depend on the indices of outer sums: then all terms are computed and the ones outside are left
out, and a range that would count backwards gives NaN. Owns ranges and what is read along them; `arrays.py` asks it for elements.
"""
from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import sympy

from ....ir import library, ops
from ....ir.node import Node, postorder
from ....ir.op import Op
from ....ir.ops.matmul import swap
from ....ir.ops.source import size_of
from ....ir.types import Dim
from ...autodiff.batching import batch
from ..trace import fresh
from .handlers import SCALAR, Handler, Needed, Special, refused

if TYPE_CHECKING:
    from .convert import Converter


class Along(NamedTuple):
    """An index on its way through a range. `low` and `high` are its least and greatest values, free of other indices."""

    symbol: Any
    node: Node  # what it is in the term
    low: Any
    high: Any
    first: Dim
    last: Dim
    outside: Node | None  # where bounds depend on outer indices, the condition under which the term does not count
    crossed: Node | None  # and under which the range would count backwards

    @property
    def turns(self) -> Dim:
        return self.last - self.first + 1


class Place(NamedTuple):
    """A position that moves with an index: factor * symbol + offset."""

    symbol: Any
    factor: int
    offset: Dim


class Range(NamedTuple):
    """The positions start, start + step, ... below stop."""

    start: Dim
    stop: Dim
    step: int


class Read(NamedTuple):
    """An element of an array at positions that are fixed (a dim), move with an index (Place), or, once that index has been
    run through, cover a range. `order`: the axes of the result as axes of the array, the latest range first."""

    array: Node
    at: tuple[Dim | Place | Range, ...]
    order: tuple[int, ...]


# ------------------------------------------------------------------------------------------------------------- sizes

def dim_of(expr: Any, convert: Converter, what: object) -> Dim:
    """The dim that an integer expression in sizes is; `what` is named where it is none."""
    done: dict[Any, Dim] = {}
    stack = [expr]
    while stack:
        part = stack[-1]
        waiting = [arg for arg in _operands_of_dim(part) if arg not in done]
        if not waiting:
            done[part] = _dim(part, done, convert, what)
        stack = [*stack, *waiting] if waiting else stack[:-1]
    return done[expr]


def _operands_of_dim(part: Any) -> Sequence[Any]:
    if isinstance(part, sympy.floor):
        numerator, denominator = part.args[0].as_numer_denom()
        return (numerator,) if denominator.is_Integer else ()
    return part.args if isinstance(part, (sympy.Add, sympy.Mul)) else part.args[:1] if isinstance(part, sympy.Pow) else ()


def _dim(part: Any, done: dict[Any, Dim], convert: Converter, what: object) -> Dim:
    if part.is_Integer:
        return int(part)
    if part in convert.sizes:
        return convert.sizes[part]
    values = [done[arg] for arg in _operands_of_dim(part)]
    if isinstance(part, sympy.Add):
        total: Dim = 0
        for value in values:
            total = total + value
        return total
    if isinstance(part, sympy.Mul) or (isinstance(part, sympy.Pow) and part.exp.is_Integer and 0 < part.exp <= 8):
        result: Dim = 1
        for value in values if isinstance(part, sympy.Mul) else values * int(part.exp):
            result = result * value
        return result
    if isinstance(part, sympy.floor) and values:
        return values[0] // int(part.args[0].as_numer_denom()[1])
    if isinstance(part, sympy.Symbol) and part not in convert.loops:
        raise Needed(part, "size")
    raise refused(what, f"{part} counts elements or terms, so it must be an integer, or be made of sizes by +, -, * and floor(.../k)")


# ------------------------------------------------------------------------------------------------- ranges and reductions

def _reduction(op: Op, identity: float) -> Special:
    def means(expr: Any, args: list[Node], convert: Converter) -> Any:
        for limit in expr.limits:
            if len(limit) != 3 or any(bound.is_infinite for bound in limit[1:]):
                raise refused(expr, f"{limit[0]} needs two finite bounds to have finitely many terms; call .doit(), or give bounds")
        backwards = next((k for k, (_, a, b) in enumerate(expr.limits) if (b - a).is_Integer and b - a < -1), None)
        if backwards is not None:
            return _turned(expr, backwards)
        inner, opened = convert, list[tuple[Along, Any]]()
        for variable, low, high in reversed(expr.limits):  # the last one is the outermost
            inner, loop = _open(expr, inner, variable, low, high)
            opened.append((loop, inner))
        node = inner(expr.function)
        for loop, scope in reversed(opened):
            node = _close(op, identity, node, loop, scope)
        return node

    return Special(lambda expr: (), means)


def _turned(expr: Any, k: int) -> Any:
    """A range from b + 1 down to a - 1 counts the other way (Karr's convention, as SymPy has it)."""
    limits = list(expr.limits)
    variable, low, high = limits[k]
    limits[k] = sympy.Tuple(variable, high + 1, low - 1)
    rest = expr.func(expr.function, *limits)
    return -rest if isinstance(expr, sympy.Sum) else 1 / rest


def _open(expr: Any, convert: Converter, variable: Any, low: Any, high: Any) -> tuple[Converter, Along]:
    least, most = _extreme(expr, low, convert, -1), _extreme(expr, high, convert, 1)
    node = fresh(SCALAR)
    outside, crossed = None, None
    if least is not low or most is not high:
        outside = ops.logical_or(ops.less(node, convert(low)), ops.greater(node, convert(high)))
        if _may_cross(expr, low, high, convert):
            crossed = ops.less(convert(high), convert(low - 1))
    loop = Along(variable, node, least, most, dim_of(least, convert, expr), dim_of(most, convert, expr), outside, crossed)
    return convert.within(expr, {variable: node}, {variable: loop}), loop


def _may_cross(expr: Any, low: Any, high: Any, convert: Converter) -> bool:
    """Whether a range whose bounds depend on outer indices may end before the place in front of its beginning.

    SymPy counts such terms backwards (see `_turned`) and its lambdify leaves them out, so neither is computed.
    """
    turns = (high - low + 1).expand()
    fewest = _extreme(expr, turns, convert, -1).expand()
    around = [convert.loops[symbol] for symbol in turns.free_symbols & convert.loops.keys()]
    if fewest.is_Integer and fewest < 0 and len(around) == 1 and around[0].outside is None:
        raise refused(expr, f"the range from {low} to {high} would count backwards for some {around[0].symbol}, which SymPy and its "
                            f"lambdify understand differently; let {around[0].symbol} run where {high} is at least {low - 1}")
    return not (fewest.is_Integer and fewest >= 0)


def _extreme(expr: Any, bound: Any, convert: Converter, side: int) -> Any:
    """The least (side -1) or greatest (1) value of a bound as the outer indices run through their ranges."""
    result = bound
    for symbol in sorted(bound.free_symbols & convert.loops.keys(), key=str):
        slope = bound.diff(symbol)
        if not slope.is_Integer:
            raise refused(expr, f"the bound {bound} must depend on {symbol} by a whole multiple of it")
        loop = convert.loops[symbol]
        result = result.subs(symbol, loop.high if slope * side > 0 else loop.low)
    return result


def _close(op: Op, identity: float, body: Node, loop: Along, convert: Converter) -> Node:
    """The terms along a new axis, and their reduction."""
    if loop.outside is not None:
        body = library.where(loop.outside, identity, body)
    at = {loop.node: _ramp(loop)}
    for node in postorder([body]):
        read = convert.reads.get(node)
        if read is not None and any(isinstance(p, Place) and p.symbol == loop.symbol for p in read.at):
            at[node] = _along(read, loop, convert)
    whole = op(batch([body], at)[0], axes=(0,))
    return whole if loop.crossed is None else library.where(loop.crossed, math.nan, whole)


def _ramp(loop: Along) -> Node:
    """first, first + 1, ..., last."""
    steps = ops.cast(ops.iota(shape=(loop.turns,), axis=0, dtype="int64"), dtype="float64")
    if isinstance(loop.first, int):
        return steps + float(loop.first) if loop.first else steps
    return steps + ops.cast(size_of(loop.first), dtype="float64")


# ------------------------------------------------------------------------------------------------------- elements

def element(expr: Any, array: Node, index: Sequence[Any], convert: Converter) -> Node:
    """The element of an array at indices that are numbers, sizes, arguments, or expressions in the indices around it."""
    if len(index) != array.type.ndim:
        raise refused(expr, f"it has {len(index)} indices, but the array is {array.type}")
    for i in index:
        if not i.xreplace({symbol: sympy.Dummy(integer=True) for symbol in i.free_symbols}).is_integer:
            raise refused(expr, f"the index {i} is not an integer; round it with floor")
    moving = [i.free_symbols & convert.loops.keys() for i in index]
    if not any(moving):
        return library.getitem(array, tuple(_fixed(expr, i, convert) for i in index))  # type: ignore[no-any-return]
    places = [_place(i, symbols, convert) if symbols else None for i, symbols in zip(index, moving)]
    symbols = [place.symbol for place in places if place is not None]
    if len(symbols) < sum(map(bool, moving)) or len(set(symbols)) < len(symbols):
        return library.getitem(array, tuple(_position(expr, i, convert) for i in index))  # type: ignore[no-any-return]
    fixed = [place if place is not None else _fixed(expr, i, convert) for i, place in zip(index, places)]
    if any(isinstance(part, Node) for part in fixed):
        return library.getitem(array, tuple(_position(expr, i, convert) for i in index))  # type: ignore[no-any-return]
    node = fresh(SCALAR if array.type.is_float else array.type.with_shape(()))
    convert.reads[node] = Read(array, tuple(fixed), ())
    return node


def _place(index: Any, symbols: set[Any], convert: Converter) -> Place | None:
    """factor * symbol + offset, if the index is of this form."""
    if len(symbols) > 1:
        return None
    (symbol,) = symbols
    factor = index.diff(symbol)
    offset = (index - factor * symbol).expand()
    if not factor.is_Integer or factor < 1 or offset.free_symbols & convert.loops.keys():
        return None
    if any(s not in convert.sizes for s in offset.free_symbols):
        return None
    return Place(symbol, int(factor), dim_of(offset, convert, index))


def _fixed(expr: Any, index: Any, convert: Converter) -> Any:
    """An index that does not move: an int, a dim, or a node of an integer argument."""
    if index.is_Integer:
        return int(index)
    if index.free_symbols <= convert.sizes.keys():
        return dim_of(index, convert, expr)
    return _position(expr, index, convert)


def _position(expr: Any, index: Any, convert: Converter) -> Node:
    """An index as an int64 node."""
    for symbol in index.free_symbols - convert.loops.keys() - convert.sizes.keys():
        known = convert.named(symbol)
        if known is None or known.type.dtype.kind != "i":
            raise Needed(symbol, "integer")
        if index == symbol:
            return known
    return ops.cast(convert(index), dtype="int64")


def _along(read: Read, loop: Along, convert: Converter) -> Node:
    """What is read, for all places of the index: an array with a further leading axis."""
    axis = next(k for k, p in enumerate(read.at) if isinstance(p, Place) and p.symbol == loop.symbol)
    place: Place = read.at[axis]  # type: ignore[assignment]
    reach = Range(place.factor * loop.first + place.offset, place.factor * loop.last + place.offset + 1, place.factor)
    index = tuple(reach if k == axis else p for k, p in enumerate(read.at))
    read = Read(read.array, index, (axis, *read.order))
    if any(isinstance(p, Place) for p in index):
        shape = [ops.shape.extent(*index[k]) for k in read.order]  # type: ignore[misc]
        node = fresh(read.array.type.with_shape(shape))
        convert.reads[node] = read
        return node
    return _sliced(read)


def _sliced(read: Read) -> Node:
    """One slice of the array, its axes in the order of the ranges."""
    array, parts = read.array, read.at
    ranges = [p if isinstance(p, Range) else Range(p, p + 1, 1) for p in parts]  # type: ignore[operator,arg-type]
    starts, stops, steps = (tuple(column) for column in zip(*ranges))
    if starts != (0,) * len(parts) or stops != array.type.shape or any(step != 1 for step in steps):
        array = ops.slice(array, starts=starts, stops=stops, steps=steps)
    kept = [k for k, p in enumerate(parts) if isinstance(p, Range)]
    array = ops.reshape(array, shape=tuple(array.type.shape[k] for k in kept))
    if len(kept) == 2 and list(read.order) != kept:
        return swap(array)
    order = tuple(kept.index(axis) for axis in read.order)
    return array if order == tuple(range(len(order))) else ops.transpose(array, axes=order)


HANDLERS: dict[type, Handler | Special] = {
    sympy.Sum: _reduction(ops.sum, 0.0), sympy.Product: _reduction(ops.prod, 1.0),
}

BACK: dict[Any, Any] = {}
