"""Positions in loops: an index that is affine in the loop variables, `2*i0 + i1 - 1`, with coefficients that are dims.

Movement ops (broadcast, transpose, slice, flip, pad) only change positions, so they cost nothing in a kernel. The
coefficient of the lane's variable tells how memory is met: 1 contiguous, 0 one value for all lanes, else apart.
"""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..ir.types import Dim


@dataclass(frozen=True)
class Affine:
    """The sum of coefficient * loop variable over `terms` (by the variable's number) plus `offset`."""

    terms: tuple[tuple[int, Dim], ...] = ()
    offset: Dim = 0

    def __add__(self, other: Affine | Dim) -> Affine:
        if not isinstance(other, Affine):
            return Affine(self.terms, self.offset + other)
        total = dict(self.terms)
        for variable, coefficient in other.terms:
            total[variable] = total.get(variable, 0) + coefficient
        return Affine(tuple(sorted((v, c) for v, c in total.items() if c != 0)), self.offset + other.offset)

    def __mul__(self, factor: Dim) -> Affine:
        if factor == 0:
            return Affine()
        return Affine(tuple((v, c * factor) for v, c in self.terms), self.offset * factor)

    def coefficient(self, variable: int) -> Dim:
        return dict(self.terms).get(variable, 0)

    def renamed(self, variables: Mapping[int, int]) -> Affine:
        """With loop variables numbered anew; a variable that is not in the mapping is 0 throughout."""
        return Affine(tuple(sorted((variables[v], c) for v, c in self.terms if v in variables)), self.offset)

    def __str__(self) -> str:
        names = {v: f"i{v}" if v >= 0 else "b" for v, _ in self.terms}  # b: the block of a long reduction
        parts = [names[v] if c == 1 else f"({c})*{names[v]}" for v, c in self.terms]
        if self.offset != 0 or not parts:
            parts.append(str(self.offset))
        return " + ".join(parts)


def variable(number: int) -> Affine:
    """The loop variable itself."""
    return Affine(((number, 1),))


def row_major(index: Sequence[Affine], shape: Sequence[Dim]) -> Affine:
    """The position in a contiguous array of the element at `index`."""
    position = Affine()
    for part, dim in zip(index, shape):
        position = position * dim + part
    return position
