"""Long reductions of everything in blocks of a fixed length, whose partial sums are added in order.

So the result has the same bits however many threads share the blocks, and rounds less than one long sum. Knows kernels, not
how they run. Read `lower.py` next, which lets threads share the blocks.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from ..ir.types import Dim, product
from .affine import Affine
from .kernels import Kernel
from .shape import shape_of
from .statements import SEQUENTIAL, Accumulate, Buffer, Load, Statement

BLOCK = 1 << 14  # elements of one partial sum


def in_blocks(kernel: Kernel, width: int) -> list[Kernel]:
    """A long reduction of everything as partial sums over blocks and the sums of these; nothing for another kernel."""
    if not _is_long_total(kernel):
        return []
    first, *others = shape_of(kernel, width).order
    inside = tuple(kernel.sizes[k] for k in others)
    inner = product(inside)
    each = max(BLOCK // inner, 1) if isinstance(inner, int) and inner else 1
    blocks = (kernel.sizes[first] + (each - 1)) // each
    statements: list[Statement] = []
    finals: list[Kernel] = []
    for s in kernel.statements:
        if isinstance(s, Accumulate):
            part = Buffer(f"{kernel.name}.part{len(finals)}", "arena", s.buffer.type.with_shape((blocks,)))
            statements.append(replace(s, buffer=part, position=Affine(((-1, 1),))))
            finals.append(_final(f"{kernel.name}.total{len(finals)}", s, part, blocks, inside))
        else:
            statements.append(s)
    parts = Blocked(kernel.name, kernel.sizes, kernel.reduced, statements, kernel.dtypes, block=each, blocks=blocks)
    return [parts, *finals]


@dataclass
class Blocked(Kernel):
    """A kernel whose first loop is cut into blocks, each with results of its own."""

    block: int = 0
    blocks: Dim = 0

    def title(self) -> str:
        return f"kernel {self.name}, for each block b of {self.block} in the first loop"


def _final(name: str, s: Accumulate, part: Buffer, blocks: Dim, inside: tuple[Dim, ...]) -> Kernel:
    """The sum of the parts; where a loop inside the blocks is empty, there are none."""
    load = Load(0, part, Affine(((0, 1),)))
    total = Accumulate(s.op, s.buffer, s.position, 0)
    return Kernel(name, (blocks,), frozenset({0}), [load, total], {0: part.type.dtype_name}, needs=inside)


def _is_long_total(kernel: Kernel) -> bool:
    in_order = kernel.locates() or any(isinstance(s, SEQUENTIAL) for s in kernel.statements)
    if not kernel.sizes or len(kernel.reduced) < len(kernel.sizes) or in_order:
        return False
    total = product(kernel.sizes)
    return not isinstance(total, int) or total > 2 * BLOCK
