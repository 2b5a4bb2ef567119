"""What a check found: rows of two values each, a verdict on each, and a table of the worst.

Knows nothing of how the values were found; that is `check.py` and `numeric.py`.
"""
from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from ..ir.errors import CheckError


@dataclass(frozen=True)
class Row:
    """One comparison: an element of a variable, a direction in it, or the two modes with each other.

    verdict: "ok", "wrong", "kink" (the function bends here: both sides are shown by `numeric` and `spread`, and
    `numeric` is infinite where it jumps), or
    "unsure" (the numbers are too rough to tell).
    """

    variable: str
    position: tuple[int, ...] | str
    symbolic: float
    numeric: float
    spread: float
    method: str
    error: float
    verdict: str


@dataclass(frozen=True)
class Report:
    """What `check_grad` found. Prints as a table of the worst rows.

    ok         no row is wrong
    max_error  the largest relative error of the rows that are not kinks
    """

    name: str
    rows: tuple[Row, ...]
    tolerance: float
    notes: tuple[str, ...] = field(default=())

    @property
    def ok(self) -> bool:
        return not any(row.verdict == "wrong" for row in self.rows)

    @property
    def max_error(self) -> float:
        return max((row.error for row in self.rows if row.verdict not in ("kink", "unsure")), default=0.0)

    def worst(self, count: int = 8) -> list[Row]:
        """The rows that matter most: wrong ones, then kinks, then by error."""
        order = {"wrong": 0, "kink": 1, "unsure": 2, "ok": 3}
        return sorted(self.rows, key=lambda row: (order[row.verdict], -row.error))[:count]

    def raise_if_failed(self) -> Report:
        """The report itself, or CheckError with its table."""
        if not self.ok:
            raise CheckError(str(self))
        return self

    def table(self, count: int = 8) -> list[tuple[str, ...]]:
        """The worst rows as text, with a head."""
        lines: list[tuple[str, ...]] = [("variable", "position", "symbolic", "numeric", "error", "method", "verdict")]
        for row in self.worst(count):
            place = row.position if isinstance(row.position, str) else "[" + ",".join(map(str, row.position)) + "]"
            numeric = f"{row.numeric:.10g}" + (f" ± {row.spread:.3g}" if row.verdict == "kink" else "")
            numeric = "a jump" if row.verdict == "kink" and math.isinf(row.numeric) else numeric
            lines.append((
                row.variable, place, f"{row.symbolic:.10g}", numeric, f"{row.error:.1e}", row.method, row.verdict,
            ))
        return lines

    def __str__(self) -> str:
        counts = {v: sum(row.verdict == v for row in self.rows) for v in ("wrong", "kink", "unsure")}
        said = ", ".join(f"{n} {verdict}" for verdict, n in counts.items() if n)
        verdict = "ok" if self.ok else "FAILED"
        head = f"{self.name}: {verdict}: {len(self.rows)} comparisons" + (f", {said}" if said else "")
        lines = self.table()
        widths = [max(map(len, column)) for column in zip(*lines)]
        body = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip() for line in lines]
        return "\n".join([f"{head}, largest error {self.max_error:.1e}", *body, *self.notes])

    __repr__ = __str__


def judged(
    name: str, position: tuple[int, ...] | str, symbolic: float, numeric: float, spread: float, method: str, kink: bool,
    scale: float, tolerance: float, rounding: Callable[[], float], value: float,
) -> Row:
    """A row with its verdict.

    spread    how far off the numeric value may be by its own account; half the jump of the slope at a kink
    scale     the largest derivative of the same variable: errors far below it are rounding
    rounding  how far apart rounding alone may put the two, asked where they differ
    value     the size of the function, as a slope: what rounding is small against, if the point tells anything
    """
    difference = abs(symbolic - numeric)
    size = max(abs(symbolic), abs(numeric))
    floor = max(4 * spread, 1e-9 * scale, 1e-300)
    error = difference / max(size, floor / tolerance) if math.isfinite(difference) else math.inf
    if kink and not math.isnan(numeric):
        jump = math.isinf(numeric)
        verdict = "ok" if not jump and spread <= 1e-4 * size and difference <= 1e-4 * size else "kink"
        error = difference / size if size and not jump else 0.0
    elif symbolic == numeric:
        error, verdict = 0.0, "ok"
    elif not math.isfinite(numeric):
        verdict = "unsure"
    elif error <= tolerance and not (difference > tolerance * size and 4 * spread > 1e-3 * max(size, 1e-3 * scale)):
        verdict = "ok"
    elif difference <= (noise := rounding()):
        error = min(error, tolerance * difference / noise)
        verdict = "ok" if noise <= tolerance * max(size, scale, value) else "unsure"
    else:
        verdict = "wrong" if error > tolerance else "unsure"
    return Row(name, position, symbolic, numeric, spread, method, error, verdict)
