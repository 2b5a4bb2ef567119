"""One engine on one case of one workload, in this process alone: `measure.py WORKLOAD ENGINE CASE INPUTS LIMIT [--quick]`.

`run.py` starts this file, in a home of its own so that no cache is warm, and reads the line of JSON it prints:
`first` seconds from the model to the first answer, `call` median seconds of a warm call, `error` of the answer.
An engine whose first answer takes longer than the limit is ended by SIGALRM, which compilers in C++ cannot hold up.
"""

from __future__ import annotations

import importlib
import json
import pickle
import signal
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


def measure(name: str, engine: str, case: str, data: Path, limit: float, quick: bool) -> dict[str, float]:
    workload = load(name)
    ENGINES[engine].load()
    inputs, reference = pickle.loads(data.read_bytes())
    signal.setitimer(signal.ITIMER_REAL, limit)
    start = perf_counter()
    call = workload.builders[engine, case](*inputs)
    returned = call()
    first = perf_counter() - start
    signal.setitimer(signal.ITIMER_REAL, 0)
    error = workload.error(call.answer(returned), reference, case)
    if not error <= workload.tolerance:
        raise SystemExit(f"wrong answer: error {error:.1e}, allowed {workload.tolerance:.0e}")
    return {"first": first, "call": median_call(call, *((5, 0.02) if quick else (15, 0.1))), "error": error}


if __name__ == "__main__":
    name, engine, case, data, limit = sys.argv[1:6]
    print(json.dumps(measure(name, engine, case, Path(data), float(limit), "--quick" in sys.argv)))
