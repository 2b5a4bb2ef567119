"""The named sizes of a call, found in the shapes of its arguments and checked against every axis.

Knows nothing of arrays or nodes but their types. Read `guards.py` next: what more the sizes must fulfil.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from .errors import ArgumentError
from .graph import Graph
from .types import Dim, Poly, Type, dim_names, evaluate_dim, substitute_dim


class Solution(NamedTuple):
    """A size that is no axis by itself: (the length of an input's axis - rest) / factor, where rest is of sizes known before."""

    name: str
    position: int
    axis: int
    factor: int
    rest: Dim


def solutions(types: Sequence[Type]) -> list[Solution]:
    """How the sizes that only stand inside polynomials follow from the axes of the inputs, in an order that works."""
    axes = [(dim, position, axis) for position, type in enumerate(types) for axis, dim in enumerate(type.shape)]
    known = {str(dim) for dim, _, _ in axes if isinstance(dim, Poly) and dim.is_name}
    found: list[Solution] = []
    before = -1
    while before != len(found):
        before = len(found)
        for dim, position, axis in axes:
            unknown = dim_names(dim) - known
            if len(unknown) != 1 or isinstance(dim, int):
                continue
            (name,) = unknown
            factor = dict(dim.terms).get((name,), 0)
            rest = dim - factor * Poly.name(name)
            if factor and name not in dim_names(rest):
                found.append(Solution(name, position, axis, factor, rest))
                known.add(name)
    return found


def bind_sizes(graph: Graph, shapes: Sequence[tuple[int, ...]]) -> dict[str, int]:
    """The named sizes for which the inputs have these shapes, each of the right rank.

    A size is read where it stands alone; where it only stands inside a polynomial (`f64[2*n+1]`), that is solved.
    Raises ArgumentError if two axes contradict each other or a size cannot be found.
    """
    axes = [(dim, length) for node, shape in zip(graph.inputs, shapes) for dim, length in zip(node.type.shape, shape)]
    sizes: dict[str, int] = {}
    for dim, length in axes:
        if isinstance(dim, Poly) and dim.is_name:
            sizes.setdefault(str(dim), length)
    missing = len(graph.sizes) - len(sizes)
    while missing:
        for dim, length in axes:
            _solve(dim, length, sizes)
        if len(graph.sizes) - len(sizes) == missing:
            lost = [name for name in graph.sizes if name not in sizes]
            raise ArgumentError(f"{graph.name}: the size {lost[0]} does not follow from the shapes of the arguments")
        missing = len(graph.sizes) - len(sizes)
    for node, shape in zip(graph.inputs, shapes):
        for dim, length in zip(node.type.shape, shape):
            if evaluate_dim(dim, sizes) != length:
                known = ", ".join(f"{name} = {sizes[name]}" for name in sorted(dim_names(dim)))
                found = f" with {known}" if known else ""
                raise ArgumentError(f"{graph.name}: argument {node.attrs[0]}: expected {node.type}{found}, got shape {list(shape)}")
    return sizes


def _solve(dim: Dim, length: int, sizes: dict[str, int]) -> None:
    """Find the one unknown size of `dim == length`, if there is one and it occurs as c*name only."""
    left = substitute_dim(dim, sizes) - length
    if isinstance(left, int) or len(left.names()) != 1:
        return
    (name,) = left.names()
    factor = dict(left.terms).get((name,), 0)
    rest = left - factor * Poly.name(name)
    if factor and isinstance(rest, int) and -rest // factor >= 0:
        sizes[name] = -rest // factor
