"""What a call costs before any arithmetic: nanoseconds a call of a compiled function by the kind of its arguments.

`python benchmarks/call_overhead.py [--json FILE]`. The least of several rounds, as only disturbance adds time; the
programs do next to nothing. The last rows are Python's and NumPy's own costs, measured in the same process, and the
milliseconds that compiling and loading take.
"""
from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
import timeit
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from native import square, value_and_gradient

import wengert as wg

Row = tuple[str, str, float]


def nanoseconds(code: str, **names: Any) -> float:
    """The least mean time of one execution of `code`, over 15 rounds of about 5 ms."""
    clock = timeit.Timer(code, globals=names)
    rounds, seconds = clock.autorange()
    count = max(1, int(rounds * 0.005 / seconds))
    return min(clock.repeat(15, count)) / count * 1e9


def milliseconds(make: Callable[[], object]) -> float:
    """The median time of 15 calls of `make`."""
    times = []
    for _ in range(15):
        start = perf_counter()
        make()
        times.append(perf_counter() - start)
    return statistics.median(times) * 1e3


def calls() -> list[Row]:
    f, vg, x, gradient = square(), value_and_gradient(), np.arange(10.0), np.zeros(10)
    u, v = wg.symbol("u"), wg.symbol("v")
    many, points, places = wg.function([u, v], u * v, points=True), np.arange(100.0), np.zeros(100)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("number: f(3.0)", "f(a)", {"f": f, "a": 3.0}),
        ("number: f(3)", "f(a)", {"f": f, "a": 3}),
        ("number: f(np.float64(3))", "f(a)", {"f": f, "a": np.float64(3)}),
        ("number: f(x=3.0)", "f(x=a)", {"f": f, "a": 3.0}),
        ("number, by way of Python: f(True)", "f(a)", {"f": f, "a": True}),
        ("value and gradient of 10: vg(x)", "f(a)", {"f": vg, "a": x}),
        ("value and gradient of 10: vg(x, out=(None, g))", "f(a, out=(None, g))", {"f": vg, "a": x, "g": gradient}),
        ("value and gradient of 10, by way of Python: vg(list)", "f(a)", {"f": vg, "a": x.tolist()}),
        ("100 points: f(x, x)", "f(a, a)", {"f": many, "a": points}),
        ("100 points: f(x, 2.0)", "f(a, 2.0)", {"f": many, "a": points}),
        ("100 points: f(x, x, out=y)", "f(a, a, out=y)", {"f": many, "a": points, "y": places}),
        ("math.sin(3.0)", "f(a)", {"f": math.sin, "a": 3.0}),
        ("(lambda x: x * x)(3.0)", "f(a)", {"f": lambda x: x * x, "a": 3.0}),
        ("np.empty(10)", "f(10)", {"f": np.empty}),
    ]
    return [(label, "ns", nanoseconds(code, **names)) for label, code, names in cases]


def compilations() -> list[Row]:
    start = perf_counter()
    square()
    first = (perf_counter() - start) * 1e3
    return [("first function of the process, compile and load", "ms", first),
            ("a further function of one number", "ms", milliseconds(square)),
            ("a further value and gradient of n numbers", "ms", milliseconds(value_and_gradient))]


def main() -> None:
    parser = argparse.ArgumentParser(description="nanoseconds of a call")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    chosen = parser.parse_args()
    rows = [*compilations(), *calls()]
    table = Table("", "time", "unit")
    for label, unit, time in rows:
        table.add_row(label, f"{time:.1f}", unit)
    Console(width=100).print(table)
    if chosen.json:
        chosen.json.write_text(json.dumps([{"case": label, "unit": unit, "time": time} for label, unit, time in rows], indent=1))


if __name__ == "__main__":
    main()
