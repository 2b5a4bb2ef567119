"""The second process: how long from `import wengert` to the first answer of a function that is on disk already.

    python benchmarks/second.py [operations]     # 10000 by default; a cache of its own, removed at the end

The programs are those of `scale.py`, the value alone and with its 64 derivatives. "Function" is `wg.function` of the nodes
that exist and its first call, "load" is `wg.load` of the saved function and its first call; both begin after the import.
Medians of nine processes, and in parentheses the processor's time, which other programs on the machine disturb less.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from scale import INPUTS, built, program

PROCESSES = 9


def process(size: int, gradient: bool, load: bool, file: Path) -> dict[str, float | bool]:
    """One process: seconds of the import, and from there to the answer."""
    point = program(INPUTS)[0]
    start = perf_counter()
    import wengert as wg

    imported = perf_counter()
    if load:
        begin, worked = perf_counter(), process_time()
        f = wg.load(file)
    else:
        inputs, total = built(*program(size)[1:])
        outputs = [total, *wg.grad(total, inputs)] if gradient else total
        begin, worked = perf_counter(), process_time()
        f = wg.function(inputs, outputs)
    f(*point)
    answered, worked = perf_counter(), process_time() - worked
    if not file.exists():
        f.save(file)
        f.finish()  # the first process: its native code comes to the disk
    return {"import": imported - start, "answer": answered - begin, "processor": worked, "llvm": "llvmlite.binding" in sys.modules}


def started(size: int, gradient: bool, load: bool, file: Path) -> dict[str, float]:
    command = [sys.executable, __file__, str(size), str(int(gradient)), str(int(load)), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    assert isinstance(found, dict)
    return found


def main(size: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["WENGERT_CACHE"] = folder
        imported = started(1, False, False, Path(folder, "one"))["import"]
        print(f"{'program':24} {'first process':>14} {'function':>15} {'load':>15}   (the import: {imported * 1e3:.0f} ms)")
        for gradient in (False, True):
            file = Path(folder, f"{gradient}.wg")
            cold = started(size, gradient, False, file)["answer"]
            ways = []
            for load in (False, True):
                runs = [started(size, gradient, load, file) for _ in range(PROCESSES)]
                wall, processor = (statistics.median(run[what] for run in runs) * 1e3 for what in ("answer", "processor"))
                ways.append(f"{wall:5.0f} ({processor:.0f}) ms" + ", with LLVM" * any(run["llvm"] for run in runs))
            name = f"{size} operations" + ", gradient" * gradient
            print(f"{name:24} {cold * 1e3:11.0f} ms {ways[0]:>15} {ways[1]:>15}")


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:4]]
    if len(sys.argv) > 2:
        print(json.dumps(process(given[0], bool(given[1]), bool(given[2]), Path(sys.argv[4]))))
    else:
        main(*given or [10_000])
