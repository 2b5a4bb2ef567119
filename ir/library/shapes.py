"""Axes and shapes as a person writes them, and the functions that only rename or reorder axes.

Sizes may be ints, names of sizes known at the call, or dims taken from other nodes. Read `indexing.py` next.
"""
from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from .. import ops
from ..convert import as_node, broadcast_together
from ..convert import broadcast_to as broadcast_node
from ..errors import ExpressionError, ShapeError
from ..node import Node, located
from ..ops.shape import shape_text
from ..types import Dim, Poly, Shape, as_dim, product


def integer(where: str, value: object) -> int:
    """A Python int from an int or NumPy integer; anything else raises."""
    if isinstance(value, (bool, np.bool_, Node, Poly)):
        raise located(ExpressionError(f"{where}: expected a fixed integer, got {value!r}"))
    try:
        return operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        raise located(ExpressionError(f"{where}: expected an integer, got {value!r}")) from None


def axis_of(op: str, axis: object, x: Node, rank: int | None = None) -> int:
    """The axis counted from the front; raises ShapeError if x (or an array of `rank`) has no such axis."""
    n = x.type.ndim if rank is None else rank
    k = integer(f"{op}: axis", axis)
    if not -n <= k < n:
        raise located(ShapeError(f"{op}: {x.type} has no axis {k}"))
    return k % n


def axes_of(op: str, axis: object, x: Node) -> tuple[int, ...]:
    """The increasing axes that `axis` (None for all, an int, or several) means."""
    if axis is None:
        return tuple(range(x.type.ndim))
    many = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    found = [axis_of(op, a, x) for a in many]
    if len(set(found)) < len(found):
        raise located(ShapeError(f"{op}: an axis is named twice in {axis}"))
    return tuple(sorted(found))


def shape_from(shape: object) -> Shape:
    """A shape from a size, a name, or several of them."""
    if isinstance(shape, (int, np.integer, str, Poly)):
        return (_dim(shape),)
    if isinstance(shape, Node) or not isinstance(shape, Iterable):
        raise located(ExpressionError(f"shape: expected sizes, got {shape!r}"))
    return tuple(_dim(part) for part in shape)


def _dim(value: object) -> Dim:
    if isinstance(value, Node) and value.op is ops.size:
        return value.attrs[0]  # type: ignore[no-any-return]
    try:
        return as_dim(value)
    except ShapeError as error:
        raise located(error) from None


def reshape(x: object, *shape: Any, order: str = "C", **names: Any) -> Node:
    """The same elements in row-major order under another shape; one size may be -1."""
    node = as_node(x)
    if not shape:
        shape = (names.pop("shape", names.pop("newshape", None)),)
    if names or shape == (None,):
        raise located(ExpressionError(f"reshape: needs a shape{''.join(', got ' + n for n in names)}"))
    if order != "C":
        raise located(ExpressionError(f"reshape: only row-major order is supported, got order={order!r}"))
    given = shape[0] if len(shape) == 1 else shape
    parts = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]
    unknown = [k for k, part in enumerate(parts) if isinstance(part, (int, np.integer)) and part == -1]
    if len(unknown) > 1:
        raise located(ShapeError(f"reshape: only one size can be -1, got {tuple(parts)}"))
    dims = [1 if k in unknown else _dim(part) for k, part in enumerate(parts)]
    if unknown:
        dims[unknown[0]] = _quotient(node, dims)
    return node if tuple(dims) == node.type.shape else ops.reshape(node, shape=tuple(dims))


def _quotient(node: Node, dims: Sequence[Dim]) -> Dim:
    """The size that -1 stands for: the elements of the node by those of the other sizes."""
    total, known = node.type.size, product(dims)
    found = divided(total, known)
    if found is None:
        said = shape_text(tuple(dims))
        raise located(ShapeError(f"reshape: {node.type} has {total} elements, which {known} does not divide for the sizes {said} with -1"))
    return found


def divided(total: Dim, by: Dim) -> Dim | None:
    """total / by where it is exact for all sizes, else None."""
    if total == 0 and by == 0:
        return 0
    if isinstance(by, int):
        if by == 0:
            return None
        quotient = total // by
        return quotient if quotient * by == total else None
    if isinstance(total, int):
        return 0 if total == 0 else None
    return _long_division(total, by)


def _long_division(total: Poly, by: Poly) -> Dim | None:
    """Polynomial division by the leading term, which both sides order in the same way."""
    quotient: Dim = 0
    rest: Dim = total
    lead, factor = by.terms[0]
    for _ in range(64):
        if rest == 0:
            return quotient
        if isinstance(rest, int):
            return None
        monomial, coefficient = rest.terms[0]
        atoms = list(monomial)
        for atom in lead:
            if atom not in atoms:
                return None
            atoms.remove(atom)
        if coefficient % factor:
            return None
        term = Poly._collect([(tuple(atoms), coefficient // factor)])
        quotient = quotient + term
        rest = rest - term * by
    return None


def ravel(x: object, order: str = "C") -> Node:
    """All elements in one axis, row-major."""
    return reshape(x, -1, order=order) if as_node(x).type.ndim != 1 else as_node(x)


def squeeze(x: object, axis: object = None) -> Node:
    """x without its axes of size 1, or without the given ones, which must be of size 1."""
    node = as_node(x)
    dims = node.type.shape
    if axis is None:
        gone = tuple(k for k, d in enumerate(dims) if d == 1)
    else:
        gone = axes_of("squeeze", axis, node)
        for k in gone:
            if dims[k] != 1:
                raise located(ShapeError(f"squeeze: axis {k} of {node.type} is not of size 1"))
    return reshape(node, tuple(d for k, d in enumerate(dims) if k not in gone))


def expand_dims(x: object, axis: object) -> Node:
    """x with new axes of size 1 at the places that they have in the result."""
    node = as_node(x)
    many = axis if isinstance(axis, (tuple, list)) else (axis,)
    rank = node.type.ndim + len(many)
    places = [axis_of("expand_dims", a, node, rank) for a in many]
    if len(set(places)) < len(places):
        raise located(ShapeError(f"expand_dims: an axis is named twice in {axis}"))
    rest = iter(node.type.shape)
    return reshape(node, tuple(1 if k in places else next(rest) for k in range(rank)))


def keep_axes(y: Node, x: Node, axes: Iterable[int]) -> Node:
    """A reduction of x over the axes with these kept as axes of size 1."""
    gone = set(axes)
    return reshape(y, tuple(1 if k in gone else d for k, d in enumerate(x.type.shape)))


def transpose(x: object, *axes: Any) -> Node:
    """x with its axes reversed, or in the given order."""
    node = as_node(x)
    if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], (tuple, list))):
        axes = tuple(axes[0]) if axes[0] is not None else ()
        if not axes and node.type.ndim:
            axes = tuple(range(node.type.ndim))[::-1]
    elif not axes:
        axes = tuple(range(node.type.ndim))[::-1]
    order = tuple(axis_of("transpose", a, node) for a in axes)
    if order == tuple(range(node.type.ndim)):
        return node
    return ops.transpose(node, axes=order)


def moveaxis(x: object, source: object, destination: object) -> Node:
    """x with the source axes at the destinations and the others in their order."""
    node = as_node(x)
    n = node.type.ndim
    sources, places = (
        [axis_of("moveaxis", a, node) for a in (v if isinstance(v, (tuple, list)) else (v,))] for v in (source, destination)
    )
    if len(sources) != len(places) or len(set(sources)) < len(sources) or len(set(places)) < len(places):
        raise located(ShapeError(f"moveaxis: source {source} and destination {destination} must be equally many different axes"))
    order = [k for k in range(n) if k not in sources]
    for place, axis in sorted(zip(places, sources)):
        order.insert(place, axis)
    return transpose(node, order)


def swapaxes(x: object, axis1: object, axis2: object) -> Node:
    """x with two axes exchanged."""
    node = as_node(x)
    a, b = axis_of("swapaxes", axis1, node), axis_of("swapaxes", axis2, node)
    order = list(range(node.type.ndim))
    order[a], order[b] = b, a
    return transpose(node, order)


def matrix_transpose(x: object) -> Node:
    """x with its last two axes exchanged."""
    return swapaxes(x, -1, -2)


def broadcast_to(x: object, shape: object) -> Node:
    """x repeated to the shape, by NumPy's rules."""
    return broadcast_node(as_node(x), shape_from(shape))


def broadcast_arrays(*arrays: object) -> tuple[Node, ...]:
    """The arrays in their common shape."""
    return tuple(broadcast_together("broadcast_arrays", [as_node(a) for a in arrays]))


def flip(x: object, axis: object = None) -> Node:
    """The elements in reverse order along the axes (all of them by default)."""
    node = as_node(x)
    axes = axes_of("flip", axis, node)
    return ops.flip(node, axes=axes) if axes else node


def fliplr(x: object) -> Node:
    """The columns in reverse order."""
    return flip(x, 1)


def flipud(x: object) -> Node:
    """The rows in reverse order."""
    return flip(x, 0)


def rot90(x: object, k: int = 1, axes: Sequence[int] = (0, 1)) -> Node:
    """x turned by k quarter turns from the first axis towards the second."""
    node = as_node(x)
    a, b = (axis_of("rot90", axis, node) for axis in axes)
    if a == b:
        raise located(ShapeError("rot90: the axes must differ"))
    turns = integer("rot90", k) % 4
    if turns == 2:
        return flip(node, (a, b))
    if turns == 1:
        return swapaxes(flip(node, b), a, b)
    return flip(swapaxes(node, a, b), b) if turns else node


def _at_least(x: object, rank: int) -> Node:
    node = as_node(x)
    dims = node.type.shape
    if len(dims) >= rank:
        return node
    if rank < 3 or not dims:
        return reshape(node, (1,) * (rank - len(dims)) + dims)
    return reshape(node, (1, *dims, 1) if len(dims) == 1 else (*dims, 1))


def _each(arrays: Sequence[object], rank: int) -> Any:
    found = tuple(_at_least(a, rank) for a in arrays)
    return found[0] if len(found) == 1 else found


def atleast_1d(*arrays: object) -> Any:
    """The arrays with at least one axis."""
    return _each(arrays, 1)


def atleast_2d(*arrays: object) -> Any:
    """The arrays with at least two axes."""
    return _each(arrays, 2)


def atleast_3d(*arrays: object) -> Any:
    """The arrays with at least three axes."""
    return _each(arrays, 3)


def shape(x: object) -> Shape:
    """The sizes of the axes."""
    return as_node(x).type.shape


def ndim(x: object) -> int:
    """The number of axes."""
    return as_node(x).type.ndim


def size(x: object, axis: object = None) -> Dim:
    """The number of elements, or the size of one axis."""
    node = as_node(x)
    return node.type.size if axis is None else node.type.shape[axis_of("size", axis, node)]
