"""Where each buffer of the arena lies, from lifetimes: memory is used again as soon as its last reader is done.

Sizes may be known only at the call, so offsets are polynomials. A freed slot is taken by a later buffer that fits for
every size: one of the same size expression, or a smaller constant one. Knows steps, not instructions.
"""
from __future__ import annotations

from dataclasses import dataclass

from ..ir.types import Dim
from .kernels import Plan
from .statements import Buffer

ALIGN = 64  # a cache line and the widest vector


@dataclass
class Slot:
    size: Dim
    offset: Dim


def arena(plan: Plan) -> tuple[dict[Buffer, Dim], Dim]:
    """The offset of every arena buffer, and the arena's size in bytes."""
    first: dict[Buffer, int] = {}
    last: dict[Buffer, int] = {}
    for at, step in enumerate(plan.steps):
        for buffer in (*step.writes(), *step.reads()):
            if buffer.kind == "arena":
                first.setdefault(buffer, at)
                last[buffer] = at
    offsets: dict[Buffer, Dim] = {}
    free: list[Slot] = []
    total: Dim = 0
    ending: dict[int, list[Slot]] = {}
    starting: dict[int, list[Buffer]] = {}
    for buffer, at in first.items():
        starting.setdefault(at, []).append(buffer)
    for at in range(len(plan.steps)):
        for buffer in starting.get(at, []):
            slot = _take(free, aligned(buffer.bytes))
            if slot is None:
                slot = Slot(aligned(buffer.bytes), total)
                total = total + slot.size
            offsets[buffer] = slot.offset
            ending.setdefault(last[buffer], []).append(slot)
        free += ending.get(at, [])  # only now: a step must not write where it still reads
    return offsets, total


def aligned(size: Dim) -> Dim:
    """The size rounded up to whole cache lines, for every value of the named dims."""
    if isinstance(size, int):
        return -(-size // ALIGN) * ALIGN
    return (size + (ALIGN - 1)) // ALIGN * ALIGN


def _take(free: list[Slot], size: Dim) -> Slot | None:
    """The smallest free slot that is large enough whatever the named sizes are."""
    fitting = [slot for slot in free if slot.size == size or (isinstance(size, int) and isinstance(slot.size, int) and slot.size >= size)]
    if not fitting:
        return None
    best = min(fitting, key=lambda slot: slot.size if isinstance(slot.size, int) else 0)
    free.remove(best)
    return best
