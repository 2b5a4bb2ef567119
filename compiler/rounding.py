"""How far rounding alone moves a result: operations are moved at random by one unit in the last place, a few times.

Monte Carlo arithmetic (D. S. Parker, "Monte Carlo arithmetic: exploiting randomness in floating-point arithmetic", 1997).
What cancels keeps the noise of its terms, so a derivative that is zero but for rounding is told from one that is wrong,
at any scale. Knows nothing of derivatives. Read `numeric.py` for what runs.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np

from ..ir import ops
from ..ir.node import Node
from ..ir.types import TupleType

Array = Any
Shake = Callable[[Node, Array], Array]  # a node's result, moved

EPS = float(np.finfo(np.float64).eps)
# Operations without rounding: a choice, a sign, a move. A tie between equal values stays a tie.
EXACT = {
    ops.negative, ops.abs, ops.sign, ops.copysign, ops.maximum, ops.minimum, ops.max, ops.min, ops.floor, ops.ceil, ops.rint,
    ops.trunc, ops.where, ops.cast, ops.item, ops.stop_gradient, ops.broadcast, ops.reshape, ops.transpose, ops.slice, ops.pad,
    ops.flip, ops.concatenate, ops.gather, ops.const, ops.iota,
}


def shaken(seed: int) -> Shake:
    """Moves each result of an inexact operation by up to one unit in the last place, its two parts apart if it is complex."""
    random = np.random.default_rng(seed)

    def shake(node: Node, result: Array) -> Array:
        if node.op in EXACT or isinstance(node.type, TupleType) or not node.type.is_float:
            return result
        parts = [np.real(result), np.imag(result)] if np.iscomplexobj(result) else [result]
        # What float32 can hold was not rounded: whole numbers stay whole, and their floors where they are.
        moved = [
            np.where(part == part.astype(np.float32), part, part * (1 + EPS * random.uniform(-1, 1, part.shape))) for part in parts
        ]
        if len(moved) == 1:
            return moved[0]
        both = np.empty(np.shape(result), complex)
        both.real, both.imag = moved
        return both
    return shake


class Sampled:
    """What a computation gives, and, once somebody asks, what it gives when it is shaken.

    `compute` returns the results and the decisions on the way; a sample that decided otherwise is not compared.
    """

    def __init__(self, compute: Callable[[Shake | None], tuple[Any, Any]], seed: int) -> None:
        self.compute, self.seed = compute, seed
        self.result, self.decisions = compute(None)

    @cached_property
    def moved(self) -> list[Any]:
        found = [self.compute(shaken(self.seed + k)) for k in range(4)]
        return [result for result, decisions in found if decisions == self.decisions]

    def noise(self, measure: Callable[[Any], float]) -> float:
        """How far off rounding may have put this measure of the result."""
        value = measure(self.result)
        return 4 * max((abs(sample - value) for sample in map(measure, self.moved) if np.isfinite(sample)), default=0.0)
