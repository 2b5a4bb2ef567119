"""The iteration of a kernel that is being emitted: where each loop is, which lanes exist, and the values so far.

Positions and sizes become instructions here. Knows nothing of memory and of the order of loops; `loops.py` moves it on,
`access.py` and `accumulators.py` read it.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from ..ir.types import Dim
from .affine import Affine
from .elementwise import Emission
from .kernels import Kernel
from .shape import Shape
from .sizes import emit_dim
from .text import SCALAR, Body, vector


class Iteration:
    """One block of lanes in the loops of a kernel.

    index    the loop variables' values; the lane loop's is its block's begin, that of a block of a long reduction is at -1
    values   the results of the statements so far
    tail     the mask of the lanes that exist; None: all do
    """

    def __init__(self, kernel: Kernel, shape: Shape, sizes: Mapping[str, str], functions: Counter[tuple[str, str, int]]) -> None:
        self.kernel, self.lane, self.lanes, self.sizes = kernel, shape.lane, shape.lanes, sizes
        self.body = Body()
        self.e = Emission(self.body, shape.lanes, functions)
        self.index: dict[int, str] = {}
        self.values: dict[int, str] = {}
        self.tail: str | None = None

    def scalar(self, value: int) -> str:
        """The scalar type of a value."""
        return SCALAR[self.kernel.dtypes[value]]

    def size(self, loop: int) -> str:
        return self.dim(self.kernel.sizes[loop])

    def dim(self, dim: Dim) -> str:
        return emit_dim(self.body, dim, self.sizes)

    def first(self, position: Affine) -> str:
        """The position of the first lane."""
        total = self.dim(position.offset)
        for v, coefficient in position.terms:
            term = self.index[v]
            if coefficient != 1:
                term = self.body.op("mul nsw", "i64", term, self.dim(coefficient))
            total = term if total == "0" else self.body.op("add nsw", "i64", term, total)
        return total

    def each(self, position: Affine) -> str:
        """The position of every lane."""
        first, step = self.splat("i64", self.first(position)), self.step(position)
        if step == 0:
            return first
        ramp = self.numbers() if step == 1 else self.e.op("mul", "i64", self.numbers(), self.splat("i64", self.dim(step)))
        return self.e.op("add", "i64", first, ramp)

    def step(self, position: Affine) -> Dim:
        """How far the lanes lie from each other."""
        return 0 if self.lane is None else position.coefficient(self.lane)

    def numbers(self) -> str:
        """0, 1, 2, ... a lane."""
        return "<" + ", ".join(f"i64 {k}" for k in range(self.lanes)) + ">"

    def splat(self, scalar: str, value: str) -> str:
        """A scalar in every lane."""
        if self.lanes == 1:
            return value
        if not value.startswith("%"):
            return "<" + ", ".join([f"{scalar} {value}"] * self.lanes) + ">"
        type = vector(scalar, self.lanes)
        one = self.body.value(f"insertelement {type} poison, {scalar} {value}, i64 0")
        return self.body.value(f"shufflevector {type} {one}, {type} poison, <{self.lanes} x i32> zeroinitializer")

    def both(self, a: str | None, b: str | None) -> str | None:
        """The lanes in both masks; None is the mask of all."""
        return b if a is None else a if b is None else self.e.op("and", "i1", a, b)
