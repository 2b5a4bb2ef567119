"""What a formula of the corpus is: a function from SymPy's symbols to an expression, where it stands, and where it is evaluated.

Owns the decorator and the draw of points; knows nothing of Wengert. Read a field next (`mechanics.py`), then `oracle.py`.
"""
from __future__ import annotations

import inspect
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sympy

DRAWN = 3  # points that are drawn from the ranges, before the hard ones
DECADES = 100  # ranges of positive numbers that span this factor or more are drawn by orders of magnitude


@dataclass(frozen=True, eq=False)
class Formula:
    """One formula.

    name    the name of its function
    source  where it stands
    ranges  for each symbol, in the order of the arguments, the least and the largest number that is drawn
    hard    points of a person's choice: tails, domain edges, where something nearly cancels
    build   from SymPy symbols to the expression
    """

    name: str
    source: str
    ranges: dict[str, tuple[float, float]]
    hard: tuple[tuple[float, ...], ...]
    build: Callable[..., Any]

    def expression(self, **assumptions: bool) -> tuple[list[sympy.Symbol], sympy.Expr]:
        """The symbols and the expression, as a person writes them, or with assumptions about the symbols."""
        symbols = [sympy.Symbol(name, **assumptions) for name in self.ranges]
        return symbols, sympy.sympify(self.build(*symbols))

    def points(self) -> list[tuple[float, ...]]:
        """Drawn points of four digits, the same ones every time, and the hard ones."""
        draw = random.Random(self.name)
        drawn = [tuple(_drawn(draw, *ends) for ends in self.ranges.values()) for _ in range(DRAWN)]
        return [*drawn, *self.hard]


def _drawn(draw: random.Random, low: float, high: float) -> float:
    if low > 0 and high / low >= DECADES:
        return float(f"{math.exp(draw.uniform(math.log(low), math.log(high))):.4g}")
    return float(f"{draw.uniform(low, high):.4g}")


def collection() -> tuple[list[Formula], Callable[..., Callable[[Callable[..., Any]], Formula]]]:
    """A list and the decorator that adds to it: the symbols and their ranges are the parameters and their defaults.

        FORMULAS, formula = collection()

        @formula("Landau and Lifshitz, Mechanics, 5", hard=[(1.0, 0.0)])
        def pendulum(l=(0.1, 2), theta=(-3, 3)):
            return -l * cos(theta)
    """
    found: list[Formula] = []

    def formula(source: str, hard: Sequence[Sequence[float]] = ()) -> Callable[[Callable[..., Any]], Formula]:
        def add(build: Callable[..., Any]) -> Formula:
            ranges = {name: parameter.default for name, parameter in inspect.signature(build).parameters.items()}
            points = tuple(tuple(map(float, point)) for point in hard)
            assert all(len(point) == len(ranges) for point in points), f"{build.__name__}: a point takes {len(ranges)} numbers"
            found.append(Formula(build.__name__, source, ranges, points, build))
            return found[-1]

        return add

    return found, formula
