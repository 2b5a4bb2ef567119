"""How a kernel is run: the order of its loops, which of them has lanes, and how many.

Chosen from the kernel and the width of a vector alone, so the same program has the same bits on every call. Emits nothing;
read `loops.py` next.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .kernels import Kernel
from .statements import Compute, Inside, Ramp, Running, Scatter, positions
from .text import BYTES, SCALAR, memory
from .weights import weight

STREAM_FROM = 8  # vectors in a row, from which reading rows as they lie beats keeping the sums in registers
VECTORS = 4      # in a step of a reduction that computes little
LIGHT = 10       # up to this many additions an element, loads and stores counted in


@dataclass(frozen=True)
class Shape:
    """The order of the loops, the loop that has lanes (None: scalar), and how many.

    The first `kept` loops of the order are outside the reduction. Where the reduction is `streamed`, the reduced loops
    are outside instead: rows are read as they lie in memory and added to the result, which is begun beforehand.
    Where lanes are parts of one result and little is computed, a step takes several `vectors` with accumulators of their
    own, since the processor adds to one only after the last addition is done.
    """

    order: tuple[int, ...]
    kept: int
    lane: int | None
    lanes: int
    streamed: bool = False
    vectors: int = 1


def shape_of(kernel: Kernel, width: int) -> Shape:
    """The shape for vectors of `width` bytes."""
    count = len(kernel.sizes)
    reduced = sorted(kernel.reduced)
    kept = [k for k in range(count) if k not in kernel.reduced]
    lane = _lane(kernel, kept)
    if lane is None:
        return Shape((*kept, *reduced), len(kept), None, 1)
    widest = max((BYTES[memory(SCALAR[d])] for d in kernel.dtypes.values() if d != "bool"), default=8)
    lanes, size = width // widest, kernel.sizes[lane]
    if isinstance(size, int):
        while lanes // 2 >= max(size, 1):
            lanes //= 2
    if lanes == 1:
        return Shape((*kept, *reduced), len(kept), None, 1)
    outer = [k for k in (kept if lane in kept else reduced) if k != lane]
    if lane in kept:
        long = not isinstance(size, int) or size >= STREAM_FROM * lanes
        if reduced and long and lane == count - 1 and kept == [lane] and not kernel.locates():
            return Shape((lane, *reduced), 0, lane, lanes, streamed=True)
        return Shape((*outer, lane, *reduced), len(kept), lane, lanes)
    many = _is_light(kernel) and (not isinstance(size, int) or size >= VECTORS * lanes)
    return Shape((*kept, *outer, lane), len(kept), lane, lanes, vectors=VECTORS if many else 1)


def _is_light(kernel: Kernel) -> bool:
    """Whether an iteration computes so little that it would wait for its accumulators."""
    return sum(weight(s.node) if isinstance(s, Compute) else 1 for s in kernel.statements) <= LIGHT


def _lane(kernel: Kernel, kept: Sequence[int]) -> int | None:
    """The loop whose lanes lie side by side in memory most often: the last one, or the last that is kept. What goes element
    by element has lanes only where those are rows of their own that lie side by side."""
    def apart(loop: int) -> int:
        found = [p.coefficient(loop) for s in kernel.statements if not isinstance(s, (Inside, Ramp)) for p in positions(s)]
        return sum(c not in (0, 1) for c in found)

    if not kernel.sizes or any(isinstance(s, Scatter) for s in kernel.statements):
        return None
    if any(isinstance(s, Running) for s in kernel.statements):
        return next((k for k in kept[-1:] if apart(k) == 0), None)
    last = len(kernel.sizes) - 1
    return min(dict.fromkeys((last, *kept[-1:])), key=apart)
