"""A program of numbers evaluated at many points at once: arrays broadcast as NumPy does, points lie in SIMD lanes.

Owns the second form of a compiled function, made when it is first called with arrays. Each choice of arguments that are
arrays is compiled once; the others stay numbers. Points come last in every shape, as `sympy.lambdify` and SciPy's
vectorised callbacks have them: components are rows, and lie side by side in memory. Read `function.py` for who calls it.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, cast

import numpy as np

from ..ir import ops
from ..ir.errors import ArgumentError, DTypeError, GraphError
from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.types import Poly, Type
from .autodiff.batching import batch

Flags = tuple[bool, ...]  # which arguments have points
SIZE = "points"


def depth(value: Any) -> int:
    """How many axes a value has: an array's rank, a list's nesting."""
    if value.__class__ is np.ndarray:
        return value.ndim
    if value.__class__ is float or value.__class__ is int:  # `np.ndim` makes an array of it
        return 0
    if isinstance(value, (list, tuple)):
        return 1 + max(map(depth, value), default=0)
    return int(np.ndim(value))


def fixed(type: Type) -> tuple[int, ...]:
    """The shape of a type that has no named sizes."""
    return cast("tuple[int, ...]", type.shape)


class Points:
    """What a compiled function of this signature (a `codegen.signature.Signature`) does with arrays where it takes numbers.

    `compile` makes the function of points in the flagged arguments, which returns a tuple; `overlap` tells whether two arrays
    share an element.
    """

    def __init__(
        self, signature: Any, compile: Callable[[Flags], Callable[..., Any]], overlap: Callable[[np.ndarray, np.ndarray], bool],
    ) -> None:
        if signature.sizes:
            raise GraphError(f"{signature.name}: many points need fixed sizes, but the size {signature.sizes[0]} is known at the call "
                             "only; give the array a fixed shape")
        self._signature, self._compile, self._overlap = signature, compile, overlap
        self._ranks = [type.ndim for _, type in signature.inputs]
        self._forms = [(type.ndim, type.shape) for _, type in signature.inputs]
        self._places = [type.shape for type in signature.outputs]
        self._compiled: dict[Flags, Callable[..., Any]] = {}

    def meant(self, values: Sequence[Any]) -> bool:
        """Whether some argument has more axes than the function's input."""
        return any(depth(value) > rank for value, rank in zip(values, self._ranks))

    def __call__(self, values: Sequence[Any], out: Any = None) -> Any:
        """The results at all points: each of the shape it has at one point, followed by the shape of the points."""
        inputs, single = self._signature.inputs, self._signature.single
        flags, points = self._in_rows(values)
        if points is not None:
            if out is None:
                results = (self._compiled.get(flags) or self._made(flags))(*values)
                return results[0] if single else results
            wanted = (out,) if single else tuple(out) if isinstance(out, (tuple, list)) else ()
            if self._take(wanted, points):
                (self._compiled.get(flags) or self._made(flags))(*values, out=wanted)
                return out if single else wanted
        arrays = [self._array(name, type, value) if flag else value for (name, type), value, flag in zip(inputs, values, flags)]
        shape = self._shape(arrays, flags)
        flat = [_flat(array, type, shape) if flag else array for (_, type), array, flag in zip(inputs, arrays, flags)]
        targets = self._targets(out, shape)
        call = self._compiled.get(flags) or self._made(flags)
        outputs = self._signature.outputs
        places = [_place(target, type, math.prod(shape)) for target, type in zip(targets, outputs)]
        results = call(*flat, out=tuple(places)) if any(place is not None for place in places) else call(*flat)
        found = [_given(result, target, (*fixed(type), *shape)) for result, target, type in zip(results, targets, outputs)]
        return found[0] if self._signature.single else tuple(found)

    def _made(self, flags: Flags) -> Callable[..., Any]:
        return self._compiled.setdefault(flags, self._compile(flags))

    def _in_rows(self, values: Sequence[Any]) -> tuple[Flags, tuple[int, ...] | None]:
        """Which arguments have points; and the shape of these where it is one axis and rows lie in order.

        Then the compiled function takes all as they are, and looks at dtypes and overlaps itself.
        """
        flags: list[bool] = []
        points: tuple[int, ...] | None = None
        regular = True
        for value, (rank, shape) in zip(values, self._forms):
            whole = value.__class__ is np.ndarray
            flag = (value.ndim if whole else depth(value)) > rank
            flags.append(flag)
            if flag and regular:
                sizes = value.shape if whole and value.flags.c_contiguous else ()
                if points is None:
                    points = sizes[rank:]
                regular = len(points) == 1 and sizes == shape + points
        return tuple(flags), points if regular else None

    def _take(self, places: tuple[Any, ...], points: tuple[int, ...]) -> bool:
        """Whether the compiled function takes these for its results, or refuses them in words of its own."""
        return len(places) == len(self._places) and all(
            place.__class__ is np.ndarray and place.shape == shape + points and place.flags.c_contiguous
            for place, shape in zip(places, self._places))

    def _array(self, name: str, type: Type, value: Any) -> np.ndarray:
        """The value with the input's own axes first."""
        shape, where = type.shape, f"{self._signature.name}: argument {name}"
        if has_masked(value):
            raise ArgumentError(f"{where}: expected {type} at each point, got masked entries; fill them first, with .filled(value)")
        try:
            array = np.asarray(value)
        except ValueError:  # components of different shapes
            array = _joined(value, type.ndim, where)
        if array.shape[: len(shape)] != shape:
            raise ArgumentError(f"{where}: expected {type} at each point, with the points' axes last, got shape {array.shape}")
        return array

    def _shape(self, arrays: Sequence[Any], flags: Sequence[bool]) -> tuple[int, ...]:
        given = [(name, array.shape[type.ndim:]) for (name, type), array, flag in zip(self._signature.inputs, arrays, flags) if flag]
        try:
            return np.broadcast_shapes(*(shape for _, shape in given))
        except ValueError:
            said = ", ".join(f"{name} {shape}" for name, shape in given)
            raise ArgumentError(f"{self._signature.name}: the shapes of the points do not broadcast: {said}") from None

    def _targets(self, out: Any, shape: tuple[int, ...]) -> Sequence[np.ndarray | None]:
        outputs, name, single = self._signature.outputs, self._signature.name, self._signature.single
        count = len(outputs)
        if out is None:
            return [None] * count
        items = [out] if single else out
        if not isinstance(items, (list, tuple)) or len(items) != count:
            raise ArgumentError(f"{name}: out: expected a tuple of {count} arrays or None, one for each output")
        for k, (item, type) in enumerate(zip(items, outputs)):
            wanted = (*fixed(type), *shape)
            where = f"{name}: out{'' if single else f'[{k}]'}: expected a {type.dtype.name} array of shape {wanted}"
            if item is not None and (not isinstance(item, np.ndarray) or item.shape != wanted):
                raise ArgumentError(f"{where}, got {getattr(item, 'shape', item.__class__.__name__)}")
            if item is not None and item.dtype != type.dtype:
                raise DTypeError(f"{where}, got {item.dtype}")
            if item is not None and not item.flags.writeable:
                raise ArgumentError(f"{where}, got one that is read-only")
            for other in range(k):
                if item is not None and items[other] is not None and self._overlap(item, items[other]):
                    raise ArgumentError(f"{name}: out[{k}] overlaps out[{other}] in memory; give an array of its own")
        return items


def many(graph: Graph, flags: Sequence[bool]) -> Graph:
    """The graph at many points: the flagged inputs and all outputs have a last axis of size `points`."""
    size = Poly.name(SIZE)
    wide = [ops.input(name=node.attrs[0], type=node.type.with_shape((*node.type.shape, size))) if flag else node
            for node, flag in zip(graph.inputs, flags)]
    leading = {node: _first(new) for node, new, flag in zip(graph.inputs, wide, flags) if flag}
    return Graph(graph.name, wide, [_last(node) for node in batch(graph.outputs, leading)])


def _first(node: Node) -> Node:
    """The last axis in front."""
    rank = node.type.ndim
    return node if rank == 1 else ops.transpose(node, axes=(rank - 1, *range(rank - 1)))


def _last(node: Node) -> Node:
    """The first axis at the end. The others are joined meanwhile, so that stacked results are transposed part by part."""
    size, *shape = node.type.shape
    if len(shape) < 2:
        return ops.transpose(node, axes=(1, 0)) if shape else node
    elements = node.type.with_shape(tuple(shape)).size
    rows = ops.transpose(ops.reshape(node, shape=(size, elements)), axes=(1, 0))
    return ops.reshape(rows, shape=(*shape, size))


def has_masked(value: Any) -> bool:
    """Whether an array, or one among nested components, has masked entries."""
    if isinstance(value, (list, tuple)):
        return any(has_masked(part) for part in value if isinstance(part, (list, tuple, np.ma.MaskedArray)))
    return isinstance(value, np.ma.MaskedArray) and bool(np.ma.is_masked(value))


def _joined(value: Any, rank: int, where: str) -> np.ndarray:
    """Nested components, numbers and arrays, as one array in which each has the points of all."""
    leaves: list[Any] = [value]
    shape: list[int] = []
    for _ in range(rank):
        lengths = {len(part) if isinstance(part, (list, tuple, np.ndarray)) else -1 for part in leaves}
        if len(lengths) != 1 or -1 in lengths:
            raise ArgumentError(f"{where}: expected components nested {rank} deep, each a number or an array of points")
        shape.append(lengths.pop())
        leaves = [leaf for part in leaves for leaf in part]
    try:
        found = [np.asarray(leaf) for leaf in leaves]
    except ValueError:
        raise ArgumentError(f"{where}: expected a number or a regular array of points, got a list of rows of different lengths") from None
    try:
        arrays = np.broadcast_arrays(*found)
    except ValueError:
        said = ", ".join(str(leaf.shape) for leaf in found)
        raise ArgumentError(f"{where}: the shapes of its components' points do not broadcast: {said}") from None
    return np.stack(arrays).reshape(*shape, *arrays[0].shape)


def _flat(array: np.ndarray, type: Type, shape: tuple[int, ...]) -> np.ndarray:
    """The array broadcast to the shape of the points, which are one axis."""
    own = array.shape[type.ndim:]
    if own == shape and array.flags.c_contiguous:
        return array.reshape(*fixed(type), math.prod(shape))
    spread = array.reshape(*fixed(type), *[1] * (len(shape) - len(own)), *own)
    wide = np.broadcast_to(spread, (*fixed(type), *shape))
    return np.ascontiguousarray(wide).reshape(*fixed(type), math.prod(shape))


def _place(target: np.ndarray | None, type: Type, count: int) -> np.ndarray | None:
    """The target as the compiled function writes it, where its memory is in order."""
    return target.reshape(*fixed(type), count) if target is not None and target.flags.c_contiguous else None


def _given(result: np.ndarray, target: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
    if target is None:
        return result.reshape(shape)
    if not target.flags.c_contiguous:
        target[...] = result.reshape(shape)
    return target
