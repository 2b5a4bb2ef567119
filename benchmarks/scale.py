"""Programs of 1e3 to 1e6 operations and a 24-link pendulum from SymPy, on one core: first answers, calls, memory, slope.

    python benchmarks/scale.py                              # everything, beside its bounds, in some minutes
    python benchmarks/scale.py 1000 10000 [--native]        # these sizes alone; --native waits for native code as well
    python benchmarks/scale.py --deep 1000000               # a chain and a sum of a million operations

A program has 64 inputs and 64 running values; each operation takes one of these and a second value (an input, a recent
one, or one time in ten any older one): 50 % sums and differences, 46 % products, 4 % sines. Signs and operands keep values
and derivatives bounded. "First answer" is all that lies between having the list of operations and having value and 64
derivatives as numbers: building, differentiating, compiling. The answer is checked against a tape in plain Python.

Each program has a process of its own and was never seen before. The disk holds what programs share (a sine, the interpreter's
machine), as it does after the first program on a machine, and Python's byte code of the package, as after an installation.
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
import tempfile
import timeit
from collections.abc import Callable
from operator import sub
from time import perf_counter
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


def measured(size: int, seed: int, derivatives: bool, native: bool, warm: bool = False) -> dict[str, float]:
    """The stages of one program in this process, in seconds on the clock; microseconds a call; memory; the error of the answer.

    `warm`: after another one, so that all modules are loaded.
    """
    if warm:
        measured(1100, 98, derivatives, True)
    point, steps, results = program(size, seed)
    import wengert as wg

    laps = [perf_counter()]
    inputs, total = built(steps, results)
    laps.append(perf_counter())
    gradient = wg.grad(total, inputs) if derivatives else []
    laps.append(perf_counter())
    f = wg.function(inputs, [total, *gradient])
    answer = f(*point)
    laps.append(perf_counter())
    found = {"operations": size, **dict(zip(("build", "grad", "function"), map(sub, laps[1:], laps))), "first": laps[-1] - laps[0],
             "peak GB": peak_memory() / 1e9}
    value, slopes = reference(point, steps, results)
    scale = max(map(abs, slopes))
    found["error"] = max([abs(answer[0] - value), *(abs(a - b) / scale for a, b in zip(answer[1:], slopes))])
    if native:
        found["interpreted us"] = median_call(f, point, max(1, 100_000 // size)) * 1e6
        f.finish()
        found["native"] = perf_counter() - laps[0]
        assert f(*point) == answer, "native code and the interpreter differ"
        found["native us"] = median_call(f, point, max(1, 1_000_000 // size)) * 1e6
        found["peak GB"] = peak_memory() / 1e9
    return found


def pendulum24(model: str) -> dict[str, float]:
    """SymPy's pendulum of 24 links: from its expressions to the first value and Jacobian, and a call that gives both."""
    import sympy

    sys.setrecursionlimit(100_000)  # SymPy's expressions are pickled
    with open(model, "rb") as file:
        names, states, outputs, point = pickle.load(file)
    sys.setrecursionlimit(1000)
    import wengert as wg

    args = sympy.symbols(names)
    start = perf_counter()
    f = wg.lambdify(args, outputs, derivatives="jacobian", wrt=args[:states], sparse=True)
    value, jacobian = f(*point)
    first = perf_counter() - start
    f.finish()
    native = perf_counter() - start
    again, matrix = f(*point)
    assert (again == value).all() and (matrix.data == jacobian.data).all(), "native code and the interpreter differ"
    return {"first": first, "native": native, "native us": median_call(f, point, 500) * 1e6, "peak GB": peak_memory() / 1e9}


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
    f.finish()
    assert f(0.5) == answer, "native code and the interpreter differ"
    lap("native code")
    text = f"{wg.dump(y, elide=True)}"
    lap(f"printed {len(text) / 1e6:.0f} MB")
    again = pickle.loads(pickle.dumps(y))
    lap("pickled")
    assert again is y and math.isfinite(answer[0])
    del again, x, y, dy, f
    lap("freed")


# ------------------------------------------------------------------------------------------------------------- report

SIZES = {1000: 7, 10_000: 3, 100_000: 1, 1_000_000: 1}  # and how many programs of a size, of which the median counts
BOUNDS = {1000: (0.06, 0.03), 10_000: (0.6, 0.3), 100_000: (6.0, 3.0), 1_000_000: (90.0, 40.0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int)
    parser.add_argument("--native", action="store_true", help="wait for native code as well")
    parser.add_argument("--deep", type=int, metavar="SIZE", help="a chain and a sum of this many operations")
    parser.add_argument("--core", type=int, default=min(os.sched_getaffinity(0)), help="run on this core only")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.sched_setaffinity(0, {options.core})
    if options.child:
        what, *arguments = json.loads(options.child)
        print(json.dumps({"random": measured, "pendulum": pendulum24}[what](*arguments)))
        return
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"WENGERT_CACHE": f"{folder}/cache", "PYTHONPYCACHEPREFIX": f"{folder}/bytecode"}
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        if options.deep:
            deep(options.deep, chain)
            deep(options.deep, wide)
            return
        for derivatives in (True, False):
            child("random", 1100, 99, derivatives, True)  # what programs share comes to the disk, and the byte code
        if options.sizes:
            table([child("random", size, 0, True, options.native) for size in options.sizes])
        else:
            everything(folder)


def child(*call: Any) -> dict[str, float]:
    """What a process of its own measures."""
    done = subprocess.run([sys.executable, __file__, "--child", json.dumps(call)], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    found = json.loads(done.stdout.splitlines()[-1])
    assert isinstance(found, dict)
    return found


def everything(folder: str) -> None:
    rows = []
    for size, count in SIZES.items():
        found = [child("random", size, seed, True, size <= 100_000 and seed == 0) for seed in range(count)]
        rows.append(sorted(found, key=lambda row: row["first"])[count // 2])
    values = child("random", 100_000, 0, False, False)
    second = child("random", 1000, 0, True, False, True)
    model = f"{folder}/pendulum"
    import pendulum

    inputs = pendulum.inputs(24)
    with open(model, "wb") as file:
        pickle.dump(inputs, file)
    made = child("pendulum", model)
    table(rows)
    print(f"\n{'':54} {'measured':>10} {'at least':>9} {'aim':>7}")
    line("pendulum n=24, SymPy to first value and Jacobian, s", made["first"], 8, 3)
    line("  until native code is there, s", made["native"])
    line("  a call, value and sparse Jacobian, us", made["native us"], 110, 60)
    for row in rows:
        line(f"{row['operations']:,.0f} operations, value and gradient, s", row["first"], *BOUNDS[int(row["operations"])])
    line("1,000 operations, the second program of a process, s", second["first"], *BOUNDS[1000])
    line("slope of log(time) over log(operations)", slope([(row["operations"], row["first"]) for row in rows]), 1.15, 1.05)
    line("peak memory at the largest, GB", rows[-1]["peak GB"], 3, 1.5)
    line("first answer of 100,000 operations, value alone, s", values["first"], 1, 0.3)


def line(what: str, measured: float, *bounds: float) -> None:
    verdict = "" if not bounds else "aim" if measured <= bounds[1] else "holds" if measured <= bounds[0] else "MISSED"
    print(f"{what:54} {measured:10.3g}", *(f"{bound:{width}g}" for bound, width in zip(bounds, (9, 7))), verdict)


def table(rows: list[dict[str, float]]) -> None:
    """Seconds of the stages, whose sum is `first`, and until native code is there; microseconds a call in both tiers."""
    heads = list(dict.fromkeys(head for row in rows for head in row))
    print(*(f"{head:>14}" for head in heads))
    for row in rows:
        print(*(f"{row[head]:14.3g}" if head in row else f"{'':14}" for head in heads))


def slope(points: list[tuple[float, float]]) -> float:
    """Of the least-squares line through the logarithms."""
    return statistics.linear_regression([math.log(x) for x, _ in points], [math.log(y) for _, y in points]).slope


if __name__ == "__main__":
    main()
