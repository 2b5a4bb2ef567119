"""Wengert beside its peers: `run.py [workloads...] [--engines wengert,jax,...] [--json FILE] [--quick]`.

Each engine works on each case in a process of its own, on the same inputs, with cold caches and all cores. Its value
and derivatives are checked against a reference before they are timed. Engines that are not installed are named and
skipped. Start reading at `workload.py`; the results' columns are explained in `measure.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import site
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter
from typing import Any

import imports
import report
from engines import ENGINES
from measure import load

HERE = Path(__file__).parent
WORKLOADS = ("import", "scalar", "rosen10", "logreg", "blackscholes", "gmm", "mlp", "pendulum8", "pendulum24", "sines")
PROCESSES, ENOUGH_SECONDS, TIMEOUT = 3, 60, 900

Row = dict[str, Any]


def main() -> None:
    options = arguments()
    rows: list[Row] = []
    for name in options.workloads:
        rows += import_rows(options) if name == "import" else workload_rows(name, options)
    missing = [name for name in options.engines if not ENGINES[name].installed()]
    report.show(rows, missing)
    if options.json:
        Path(options.json).write_text(json.dumps(report.document(rows, missing), indent=1) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", metavar="workload", help=f"of {', '.join(WORKLOADS)} (all by default)")
    parser.add_argument("--engines", default=",".join(ENGINES), help=f"of {','.join(ENGINES)}")
    parser.add_argument("--json", metavar="FILE", help="write the results here, with versions and the machine")
    parser.add_argument("--quick", action="store_true", help="one process each and fewer rounds")
    options = parser.parse_args()
    options.workloads = options.workloads or list(WORKLOADS)
    options.engines = options.engines.split(",")
    for kind, asked, known in (("workload", options.workloads, WORKLOADS), ("engine", options.engines, ENGINES)):
        if unknown := sorted(set(asked) - set(known)):
            parser.error(f"unknown {kind} {', '.join(unknown)}: choose from {', '.join(known)}")
    return options


def import_rows(options: argparse.Namespace) -> list[Row]:
    """How long `import <engine>` takes in fresh processes, NumPy and all."""
    rows = []
    for engine in options.engines:
        if ENGINES[engine].installed() and engine in imports.MODULES:
            seconds = imports.median_import(imports.MODULES[engine], 5 if options.quick else 11)
            rows.append(told({"workload": "import", "case": "import", "engine": engine, "first": seconds}))
    return rows


def workload_rows(name: str, options: argparse.Namespace) -> list[Row]:
    workload = load(name)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "inputs.pickle")
        try:
            data.write_bytes(pickle.dumps(workload.inputs()))
        except ImportError as error:
            print(f"{name}: skipped, {error}", file=sys.stderr)
            return []
        for case in workload.cases():
            for engine in options.engines:
                if (engine, case) in workload.builders and ENGINES[engine].installed():
                    result = repeated(name, engine, case, data, options.quick)
                    rows.append(told({"workload": name, "case": case, "engine": engine, **result}))
    return rows


def repeated(name: str, engine: str, case: str, data: Path, quick: bool) -> Row:
    """Medians over a few processes, or what went wrong; slow engines get fewer processes."""
    results: list[Row] = []
    start = perf_counter()
    for _ in range(1 if quick else PROCESSES):
        result = measured([sys.executable, str(HERE / "measure.py"), name, engine, case, str(data)], quick)
        if "failed" in result:
            return result
        results.append(result)
        if perf_counter() - start > ENOUGH_SECONDS:
            break
    medians = {key: statistics.median(result[key] for result in results) for key in results[0]}
    return medians | {"processes": results, "load": report.load()}


def measured(command: list[str], quick: bool) -> Row:
    with tempfile.TemporaryDirectory() as home:
        cold = {"HOME": home, "XDG_CACHE_HOME": home, "TMPDIR": home, "PYTHONUSERBASE": site.getuserbase()}
        environment = os.environ | cold | {"JAX_PLATFORMS": "cpu"}
        command = [*command, "--quick"] if quick else command
        try:
            done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT)
        except subprocess.TimeoutExpired:
            return {"failed": f"no answer in {TIMEOUT} s"}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def told(row: Row) -> Row:
    """The same row, after a line of progress."""
    print(*(report.cell(row, column) for column in ("workload", "case", "engine", "first", "call")), file=sys.stderr)
    return row


if __name__ == "__main__":
    main()
