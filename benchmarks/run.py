"""Wengert beside its peers: `run.py [workloads...] [--engines wengert,jax,...] [--json FILE] [--limit 300] [--quick]`.

Each engine works on each case in a process of its own, on the same inputs, with cold caches and all cores. Its value
and derivatives are checked against a reference before they are timed. Engines that are not installed are named and
skipped. Start reading at `workload.py`; the results' columns are explained in `measure.py`.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import signal
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
PROCESSES, ENOUGH_SECONDS, CALLS = 3, 60, 300  # CALLS: seconds for what is not the first answer

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
    parser.add_argument("--limit", type=float, default=600, help="seconds until the first answer, after which an engine is ended")
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
            inputs = workload.inputs()
            data.write_bytes(pickle.dumps((inputs, workload.reference(*inputs))))
        except ImportError as error:
            print(f"{name}: skipped, {error}", file=sys.stderr)
            return []
        for case in workload.cases():
            for engine in options.engines:
                if (engine, case) in workload.builders and ENGINES[engine].installed():
                    result = repeated(name, engine, case, data, options)
                    rows.append(told({"workload": name, "case": case, "engine": engine, **result}))
    return rows


def repeated(name: str, engine: str, case: str, data: Path, options: argparse.Namespace) -> Row:
    """Medians over a few processes, or what went wrong; slow engines get fewer processes."""
    results: list[Row] = []
    start = perf_counter()
    for _ in range(1 if options.quick else PROCESSES):
        command = [sys.executable, str(HERE / "measure.py"), name, engine, case, str(data), str(options.limit)]
        result = measured(command, options)
        if "failed" in result or "longer" in result:
            return result
        results.append(result)
        if perf_counter() - start > ENOUGH_SECONDS:
            break
    medians = {key: statistics.median(result[key] for result in results) for key in results[0]}
    return medians | {"processes": results, "load": report.load()}


def measured(command: list[str], options: argparse.Namespace) -> Row:
    command = [*command, "--quick"] if options.quick else command
    with tempfile.TemporaryDirectory() as home:
        try:
            done = subprocess.run(command, env=cold(home), capture_output=True, text=True, timeout=options.limit + CALLS)
        except subprocess.TimeoutExpired:
            return {"failed": f"not done in {options.limit + CALLS:g} s"}
    if done.returncode == -signal.SIGALRM:
        return {"longer": options.limit}
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]}
    return json.loads(done.stdout.splitlines()[-1])


def cold(home: str) -> dict[str, str]:
    """The environment of a process that finds no cache of an earlier one."""
    places = {"HOME": home, "XDG_CACHE_HOME": home, "TMPDIR": home, "PYTHONUSERBASE": site.getuserbase()}
    return os.environ | places | {"JAX_PLATFORMS": "cpu"}


def told(row: Row) -> Row:
    """The same row, after a line of progress."""
    print(*(report.cell(row, column) for column in ("workload", "case", "engine", "first", "call")), file=sys.stderr)
    return row


if __name__ == "__main__":
    main()
