"""How a special function is judged: mpmath at 50 digits, points in every region, the error relative to the exact value.

A `Case` says what is computed, what is exact, from which regions points are drawn, and what the docs may promise. Shared by
`benchmarks/special_accuracy.py`, which writes the table of docs/special.md, and tests/special. A family is a file beside this one.
"""
from __future__ import annotations

import hashlib
import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import mpmath as mp
import numpy as np

import wengert as wg
from wengert.ir.graph import Graph
from wengert.ir.node import Node

DIGITS = 50
TINY, HUGE = mp.mpf(2) ** -1015, mp.mpf(2) ** 1023  # below: too near the subnormals to keep twelve digits; above: not asked for

Draw = Callable[[np.random.Generator, int], np.ndarray]
Exact = Callable[..., mp.mpf]
Known = tuple[mp.mpf, mp.mpf]  # the exact number, and the least that an error is relative to


def uniform(low: float, high: float) -> Draw:
    return lambda rng, n: rng.uniform(low, high, n)


def log(low: float, high: float) -> Draw:
    """Of every order of magnitude equally many; both limits negative for negative numbers."""
    sign = math.copysign(1.0, low)
    ends = sorted((math.log(abs(low)), math.log(abs(high))))
    return lambda rng, n: sign * np.exp(rng.uniform(*ends, n))


def near(*centres: float, least: float = 1e-15, most: float = 0.1) -> Draw:
    """Around the centres, at distances of every order of magnitude; the centres themselves are left out."""
    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        centre = rng.choice(centres, n)
        distance = rng.choice([-1.0, 1.0], n) * np.exp(rng.uniform(math.log(least), math.log(most), n))
        return centre + distance * np.maximum(np.abs(centre), 1.0 if centre.all() else least)
    return draw


def integers(low: int, high: int) -> Draw:
    return lambda rng, n: rng.integers(low, high, n, endpoint=True).astype(float)


def choice(*values: float) -> Draw:
    return lambda rng, n: rng.choice(values, n)


def together(f: Callable[..., Sequence[np.ndarray]], *draws: Draw) -> Callable[[np.random.Generator, int], Sequence[np.ndarray]]:
    """A region whose arguments depend on each other: f makes them from independent draws."""
    return lambda rng, n: f(*(draw(rng, n) for draw in draws))


Region = Sequence[Draw] | Callable[[np.random.Generator, int], Sequence[np.ndarray]]


@dataclass(frozen=True)
class Slope:
    """A first derivative: by which argument (its number), how it is computed, what is exact (None: mpmath differentiates)."""

    argument: int
    method: str
    exact: Exact | None = None
    bound: float = 1e-12
    least: Exact | None = None


@dataclass(frozen=True)
class Case:
    """One function.

    name      as the table shows it: "gammaincc(a, x)"
    build     the node, from nodes
    exact     the value, from mpmath numbers; a complex or infinite result, or an error, leaves the point out
    regions   what the arguments are drawn from, each region equally often: a draw an argument, or `together`
    range     the regions in words
    method    how the value is computed
    slopes    the first derivatives
    bound     the error that the docs promise, relative to the larger of |exact| and `least` (of the arguments), which is for
              functions with zeros that rounding of the terms moves: the size of the terms
    share     of the points that the tests check: less where mpmath is slow
    """

    name: str
    build: Callable[..., Node]
    exact: Exact
    regions: Sequence[Region]
    range: str
    method: str
    slopes: Sequence[Slope] = ()
    bound: float = 1e-12
    least: Exact | None = None
    share: float = 1.0
    points: Sequence[Sequence[float]] = field(default=())


def drawn(case: Case, count: int, seed: int = 0) -> list[np.ndarray]:
    """Columns of arguments: the case's own points, then `count` of its regions."""
    rng = np.random.default_rng(seed)
    each = -(-count // len(case.regions))
    parts = [np.array(region(rng, each) if callable(region) else [draw(rng, each) for draw in region]) for region in case.regions]
    fixed = [np.array(case.points, dtype=float).T] if case.points else []
    return list(np.concatenate([*fixed, *parts], axis=1))


def computed(case: Case, columns: Sequence[np.ndarray], native: bool = True) -> list[np.ndarray]:
    """The value and the slopes at the points."""
    xs = [wg.symbol(f"special{k}", (len(columns[0]),)) for k in range(len(columns))]
    y = case.build(*xs)
    outputs = [y, *(wg.grad(wg.sum(y), xs[slope.argument]) for slope in case.slopes)]
    if native:
        return [np.asarray(a) for a in wg.function(xs, outputs)(*columns)]
    return list(wg.evaluate(Graph("special", xs, outputs), *columns))


def exact(case: Case, columns: Sequence[np.ndarray]) -> Iterator[list[Known | None]]:
    """At each point, for the value and the slopes: (the exact number, the least that errors are relative to), or None."""
    formulas: list[tuple[Exact, Exact | None]] = [(case.exact, case.least)]
    for slope in case.slopes:
        by = tuple(int(k == slope.argument) for k in range(len(columns)))
        formulas.append((slope.exact or (lambda *x, by=by: mp.diff(case.exact, x, by)), slope.least))
    with mp.workdps(DIGITS):
        for row in zip(*columns):
            x = [mp.mpf(float(v)) for v in row]
            yield [_number(formula, least, x) for formula, least in formulas]


def kept(case: Case, columns: Sequence[np.ndarray], folder: Path) -> list[list[Known | None]]:
    """`exact`, read from a file of the folder where it was computed before for these points; delete the file when a formula changes."""
    name = hashlib.sha256(case.name.encode() + np.array(columns).tobytes()).hexdigest()[:24]
    file = folder / f"{name}.pickle"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(list(exact(case, columns))))
    return pickle.loads(file.read_bytes())  # type: ignore[no-any-return]


def judgeable(case: Case, count: int, folder: Path | None = None) -> tuple[list[np.ndarray], list[list[Known | None]]]:
    """(columns of arguments, what is exact there): as many points that `count` of them at least are judged for the value and for each
    slope. Others have a result that is no number or out of a double's range."""
    columns: list[np.ndarray] = []
    truth: list[list[Known | None]] = []
    found, seed = 0, 0
    while found < count:
        more = drawn(case, count if not truth else -(-(count - found) * len(truth) * 5 // (4 * found)) + 20, seed)
        columns = [np.concatenate(pair) for pair in zip(columns, more)] if columns else more
        truth += kept(case, more, folder) if folder else list(exact(case, more))
        found, seed = min(sum(k is not None and _asked(k) for k in column) for column in zip(*truth)), seed + 1
        if 4 * found < count:
            raise ValueError(f"{case.name}: of {len(truth)} points drawn only {found} have results that are numbers")
    return columns, truth


def _asked(known: Known) -> bool:
    """Whether a result is judged."""
    return max(abs(known[0]), known[1]) >= TINY and abs(known[0]) <= HUGE


def _number(formula: Exact, least: Exact | None, x: list[mp.mpf]) -> Known | None:
    try:
        value = mp.mpmathify(formula(*x))
        floor = mp.mpf(0) if least is None else abs(mp.mpmathify(least(*x)))
    except (ValueError, ZeroDivisionError, OverflowError, TypeError, mp.mp.NoConvergence):
        return None
    if isinstance(value, mp.mpc):
        value = value.real if abs(value.imag) <= abs(value) * mp.mpf(10) ** (8 - DIGITS) else mp.nan
    return (value, floor) if mp.isfinite(value) and mp.isfinite(floor) else None


@dataclass(frozen=True)
class Worst:
    """The largest error of a value or slope, where it is, what came and what is right; and how many points were judged."""

    error: float = 0.0
    at: tuple[float, ...] = ()
    got: float = 0.0
    want: float = 0.0
    count: int = 0


def judged(columns: Sequence[np.ndarray], results: Sequence[np.ndarray], truth: Sequence[list[Known | None]]) -> list[Worst]:
    """The worst error of each result (the value, then the slopes)."""
    found = []
    for k, result in enumerate(results):
        worst, count = Worst(), 0
        for number, row in enumerate(truth):
            known = row[k]
            if known is None or not _asked(known):
                continue
            value, least = known
            count += 1
            got = float(result[number])
            error = float(abs(mp.mpf(got) - value) / max(abs(value), least)) if math.isfinite(got) else math.inf
            if error > worst.error:
                worst = Worst(error, tuple(float(c[number]) for c in columns), got, float(value))
        found.append(Worst(worst.error, worst.at, worst.got, worst.want, count))
    return found
