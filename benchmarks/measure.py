"""One engine on one case of one workload, in this process alone: `measure.py WORKLOAD ENGINE CASE INPUTS [--quick]`.

`run.py` starts this file, in a home of its own so that no cache is warm, and reads the line of JSON it prints:
`first` seconds from the model to the first answer, `call` median seconds of a warm call, `error` of the answer.
"""

from __future__ import annotations

import importlib
import json
import pickle
import statistics
import sys
import timeit
from pathlib import Path
from time import perf_counter

from engines import ENGINES
from workload import Call, Workload


def load(name: str) -> Workload:
    workload = importlib.import_module(f"workloads.{name}").workload
    assert isinstance(workload, Workload)
    return workload


def timer(call: Call) -> timeit.Timer:
    """A timer whose loop holds the call as a person would write it, all names local: no wrapper is timed."""
    arguments = [f"a{i}" for i in range(len(call.args))]
    keywords = [f"{name}=k_{name}" for name in call.kwargs]
    setup = ["f = call.function"]
    setup += [f"a{i} = call.args[{i}]" for i in range(len(call.args))]
    setup += [f"k_{name} = call.kwargs[{name!r}]" for name in call.kwargs]
    return timeit.Timer(f"f({', '.join(arguments + keywords)})", "; ".join(setup), globals={"call": call})


def median_call(call: Call, rounds: int, seconds: float) -> float:
    """Median over `rounds` of the mean time in a batch of about `seconds`, after one batch to warm up."""
    clock = timer(call)
    repeats, taken = 1, clock.timeit(1)
    while taken < seconds:
        repeats = max(2 * repeats, int(repeats * seconds / max(taken, 1e-9)))
        taken = clock.timeit(repeats)
    return statistics.median(clock.repeat(rounds, repeats)) / repeats


def measure(name: str, engine: str, case: str, inputs: tuple[object, ...], quick: bool) -> dict[str, float]:
    workload = load(name)
    ENGINES[engine].load()
    start = perf_counter()
    call = workload.builders[engine, case](*inputs)
    returned = call()
    first = perf_counter() - start
    error = workload.error(call.answer(returned), inputs, case)
    if not error <= workload.tolerance:
        raise SystemExit(f"wrong answer: error {error:.1e}, allowed {workload.tolerance:.0e}")
    return {"first": first, "call": median_call(call, *((5, 0.02) if quick else (15, 0.1))), "error": error}


if __name__ == "__main__":
    name, engine, case, data = sys.argv[1:5]
    print(json.dumps(measure(name, engine, case, pickle.loads(Path(data).read_bytes()), "--quick" in sys.argv)))
