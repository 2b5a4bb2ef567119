"""What 64 bits must count: the axes and the bytes of every value of a graph, where only a call tells the sizes.

Native code computes sizes in wrapping 64-bit integers, which is right whenever the true value fits. Below a bound on the
named sizes everything fits, so a call compares with that alone; above it the true values are looked at, one by one.
Read `guards.py` next, the other thing that sizes must fulfil.
"""
from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from . import provenance
from .errors import ShapeError
from .graph import Graph
from .guards import with_regions
from .node import Node
from .op import TABLE
from .types import Dim, Poly, Quotient, Type, dim_names, evaluate_dim


class Extent(NamedTuple):
    """A dim that must stay below 2**bits, what it is, and the line that made it.

    62 bits: what alignment and the last step of a loop add still fits 64 bits with a sign.
    """

    dim: Dim
    what: str
    where: str = ""
    bits: int = 62


def extents(graph: Graph) -> list[Extent]:
    """Those of a graph that only a call tells. Raises ShapeError where a known one is too large."""
    types: dict[object, Node] = {}
    sizes: list[Node] = []
    for part in with_regions(graph):
        found, of = part.listing.types
        for type, first in zip(found, np.unique(of, return_index=True)[1].tolist()):
            types.setdefault(type, part.listing.nodes[first])
        sizes += part.listing.those(lambda op, type: op is TABLE["size"])
    return unknown(extent for node in (*types.values(), *sizes) for extent in _of(node))


def unknown(extents: Iterable[Extent]) -> list[Extent]:
    """Those that only a call tells, of each dim one. Raises ShapeError for a known one that is too large."""
    found: dict[tuple[Dim, int], Extent] = {}
    for extent in extents:
        if isinstance(extent.dim, int):
            too_large([extent], {})
        else:
            found.setdefault((extent.dim, extent.bits), extent)
    return list(found.values())


def _of(node: Node) -> Iterator[Extent]:
    for dim, what in _dims(node):
        yield Extent(dim, f"{node.op.name}: {what}", provenance.describe(node.source))


def _dims(node: Node) -> Iterator[tuple[Dim, str]]:
    if node.op is TABLE["size"]:
        yield from _with_numerators(node.attrs[0], f"the size {node.attrs[0]}")
    for type in (node.type,) if isinstance(node.type, Type) else node.type.parts:
        for dim in type.shape:
            yield from _with_numerators(dim, f"the size {dim} of {type}")
        yield from _with_numerators(type.size * type.dtype.itemsize, f"the bytes of {type}")


def _with_numerators(dim: Dim, what: str) -> Iterator[tuple[Dim, str]]:
    """A quotient is right only where its numerator fits, too."""
    for monomial, _ in dim.terms if isinstance(dim, Poly) else ():
        for atom in monomial:
            if isinstance(atom, Quotient):
                yield from _with_numerators(atom.numerator, what)
    yield dim, what


def too_large(extents: Iterable[Extent], sizes: Mapping[str, int]) -> None:
    """Raise ShapeError for the first one that is too large for these sizes."""
    for dim, what, where, bits in extents:
        value = evaluate_dim(dim, sizes)
        if abs(value) >> bits:
            facts = ", ".join(f"{name} = {sizes[name]}" for name in sorted(dim_names(dim)))
            notes = "".join(f" ({note})" for note in (where, facts) if note)
            raise ShapeError(f"{what} must be below 2**{bits}, got {value}{notes}")


def safe_bits(extents: Iterable[Extent]) -> int:
    """The k up to 62 such that named sizes below 2**k make no extent too large, nor a step on the way to it.

    >>> n = Poly.name("n")
    >>> safe_bits([Extent(8 * n * n, "bytes"), Extent(n + 1, "size")])
    29
    """
    safe = 62
    for dim, _, _, bits in extents:
        while safe and _magnitude(dim, 1 << safe) >> bits:
            safe -= 1
    return safe


def _magnitude(dim: Dim, size: int) -> int:
    """No less than `dim` and what it is computed from, whatever each named size from 0 to `size` is."""
    if isinstance(dim, int):
        return abs(dim)
    most = total = 0
    for monomial, coefficient in dim.terms:
        term = abs(coefficient)
        for atom in monomial:
            if isinstance(atom, str):
                term *= size
            else:
                numerator = _magnitude(atom.numerator, size)
                most, term = max(most, numerator), term * (numerator // atom.divisor + 1)
        total += term
    return max(most, total)
