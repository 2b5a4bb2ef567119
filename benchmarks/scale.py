"""How compile time and memory grow: random scalar programs of 1e3 to 1e6 operations, value and gradient.

    python benchmarks/scale.py [1000 10000 ...] [--core 0]        # one process a size; the last lines are slopes
    python benchmarks/scale.py --deep 1000000                     # a chain and a sum of a million terms

A program has 64 inputs and 64 running values; each operation takes one of these and a second value (an input, a recent
one, or one time in ten any older one): 50 % sums and differences, 46 % products, 4 % sines. Signs and operands keep values
and derivatives bounded. "First answer" is all that lies between having the list of operations and having value and 64
derivatives as numbers, cold: building, differentiating, compiling. The answer is checked against a tape in plain Python.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import pickle
import random
import resource
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable
from operator import sub
from time import perf_counter, thread_time
from typing import Any

INPUTS = 64
Step = tuple[str, int, int]


def program(size: int, seed: int = 0) -> tuple[list[float], list[Step], list[int]]:
    """The inputs' values, the operations on numbered values (inputs first), and the values whose sum is the result."""
    draw = random.Random(seed)
    values = [draw.uniform(0.25, 1.0) for _ in range(INPUTS)]
    running = list(range(INPUTS))
    steps: list[Step] = []
    for _ in range(size):
        place = draw.randrange(INPUTS)
        a = running[place]
        kind, where = draw.random(), draw.random()
        b = draw.randrange(len(values) if where < 0.1 else INPUTS) if where < 0.5 else len(values) - 1 - draw.randrange(INPUTS)
        b = b if b != a else (b + 1) % INPUTS
        x, y = values[a], values[b]
        if kind < 0.04:
            op, value = "sin", math.sin(x)
        elif kind < 0.5:
            op, value = "mul", x * y
        else:
            op = "add" if abs(abs(x + y) - 0.5) < abs(abs(x - y) - 0.5) else "sub"
            value = x + y if op == "add" else x - y
        steps.append((op, a, b))
        running[place] = len(values)
        values.append(value)
    return values[:INPUTS], steps, running


def reference(point: list[float], steps: list[Step], results: list[int]) -> tuple[float, list[float]]:
    """Value and gradient by a tape."""
    x = list(point)
    for op, a, b in steps:
        x.append(math.sin(x[a]) if op == "sin" else x[a] * x[b] if op == "mul" else x[a] + x[b] if op == "add" else x[a] - x[b])
    ct = [0.0] * len(x)
    for k in results:
        ct[k] += 1.0
    for k, (op, a, b) in zip(range(len(x) - 1, INPUTS - 1, -1), reversed(steps)):
        t = ct[k]
        if op == "sin":
            ct[a] += t * math.cos(x[a])
        else:
            ct[a] += t * x[b] if op == "mul" else t
            ct[b] += t * x[a] if op == "mul" else t if op == "add" else -t
    return math.fsum(x[k] for k in results), ct[:INPUTS]


def built(steps: list[Step], results: list[int]) -> tuple[list[Any], Any]:
    """The program as nodes: its inputs and its result."""
    import numpy as np

    import wengert as wg

    inputs = [wg.symbol(f"x{k}") for k in range(INPUTS)]
    x = list(inputs)
    for op, a, b in steps:
        x.append(np.sin(x[a]) if op == "sin" else x[a] * x[b] if op == "mul" else x[a] + x[b] if op == "add" else x[a] - x[b])
    total = x[results[0]]
    for k in results[1:]:
        total = total + x[k]
    return inputs, total


def measured(size: int) -> dict[str, float]:
    """The stages of one program in this process, in seconds; memory in bytes; the error of the answer.

    Stages are told in seconds of this thread on a core, which other programs on the machine disturb least; "first" is the
    time on the clock to the first answer, and "native" that until native code was there, of the same beginning.
    """
    point, steps, results = program(size)
    import wengert as wg

    laps = [thread_time()]
    start = perf_counter()
    inputs, total = built(steps, results)
    laps.append(thread_time())
    gradient = wg.grad(total, inputs)
    laps.append(thread_time())
    f = wg.function(inputs, [total, *gradient])
    answer = f(*point)
    laps.append(thread_time())
    first = perf_counter() - start
    peak = peak_memory()
    early = median_call(f, point, max(1, 100_000 // size))
    f.finish()
    native = perf_counter() - start
    value, derivatives = reference(point, steps, results)
    scale = max(map(abs, derivatives))
    error = max(abs(answer[0] - value), *(abs(a - b) / scale for a, b in zip(answer[1:], derivatives)))
    assert f(*point) == answer, "native code and the interpreter differ"
    stages = dict(zip(("build", "grad", "compile"), map(sub, laps[1:], laps)))
    return {
        "operations": size, **stages, "core": laps[-1] - laps[0], "first": first, "native": native, "early": early * 1e6,
        "call": median_call(f, point, max(1, 1_000_000 // size)) * 1e6, "peak GB": peak / 1e9, "all GB": peak_memory() / 1e9,
        "error": error,
    }


def median_call(f: Callable[..., Any], point: list[float], number: int) -> float:
    return statistics.median(timeit.repeat(lambda: f(*point), number=number, repeat=7)) / number


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


# ------------------------------------------------------------------------------------------------------- deep and wide

def chain(size: int) -> tuple[Any, Any]:
    import wengert as wg

    x = y = wg.symbol("x")
    for k in range(size // 2):
        y = wg.sin(y) + x if k % 2 else y * x - 0.25
    return x, y


def wide(size: int) -> tuple[Any, Any]:
    import wengert as wg

    x = wg.symbol("x")
    total = x
    for k in range(size // 2):
        total = total + x * (k + 0.5)
    return x, total


def deep(size: int, build: Callable[[int], tuple[Any, Any]]) -> None:
    """All that a person does to a graph, at Python's default recursion limit."""
    import wengert as wg

    clock = perf_counter()

    def lap(what: str) -> None:
        nonlocal clock
        now = perf_counter()
        print(f"{build.__name__:6} {what:14} {now - clock:8.2f} s   peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
        clock = perf_counter()

    x, y = build(size)
    lap("built")
    dy = wg.grad(y, x)
    lap("differentiated")
    f = wg.function([x], [y, dy])
    answer = f(0.5)
    lap("first answer")
    text = f"{wg.dump(y, elide=True)}"
    lap(f"printed {len(text) / 1e6:.0f} MB")
    again = pickle.loads(pickle.dumps(y))
    lap("pickled")
    assert again is y and math.isfinite(answer[0])
    del again, x, y, dy, f
    lap("freed")


# ------------------------------------------------------------------------------------------------------------- report

def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--one", action="store_true", help="the one size in this process, as JSON")
    parser.add_argument("--deep", type=int, metavar="SIZE", help="a chain and a sum of this many operations")
    parser.add_argument("--core", type=int, help="run on this core only")
    options = parser.parse_args()
    os.environ["WENGERT_CACHE"] = "off"  # a cold start is what is measured
    if options.core is not None:
        os.sched_setaffinity(0, {options.core})
    if options.deep:
        deep(options.deep, chain)
        deep(options.deep, wide)
    elif options.one:
        print(json.dumps(measured(options.sizes[0])))
    else:
        table([one(size) for size in options.sizes])


def one(size: int) -> dict[str, float]:
    done = subprocess.run([sys.executable, __file__, str(size), "--one"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def table(rows: list[dict[str, float]]) -> None:
    """Seconds of a core for the stages (`core` is their sum), seconds on the clock, microseconds a call before and after."""
    print(*(f"{head:>10}" for head in rows[0]))
    for row in rows:
        print(*(f"{value:10.0e}" if head == "error" else f"{value:10.4g}" for head, value in row.items()))
    if len(rows) > 1:
        for what in ("core", "first", "native"):
            print(f"slope of log({what}) over log(operations): {slope([(r['operations'], r[what]) for r in rows]):.3f}")


def slope(points: list[tuple[float, float]]) -> float:
    """Of the least-squares line through the logarithms."""
    return statistics.linear_regression([math.log(x) for x, _ in points], [math.log(y) for _, y in points]).slope


if __name__ == "__main__":
    main()
