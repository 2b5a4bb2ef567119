"""The corpus of `tests/corpus/`, each formula with its gradient: `formulas.py [--engines wengert,heyoka,...] [--json FILE] [--limit 300]`.

Each engine goes through all formulas in a process of its own, from SymPy's expression to the first answer and then warm calls at
one point, and its numbers are compared with the references of fifty digits. The table has the geometric means over the formulas that
both Wengert and the engine answer rightly. Start reading at `measured`; the corpus is told in `tests/corpus/formula.py`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import expressions
import numpy as np
import report
from engines import ENGINES
from measure import median_call
from pendulum import from_sympy
from run import cold
from workload import Call, leaves

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent / "tests"))
from corpus import FIELDS, formulas  # noqa: E402
from corpus.formula import Formula  # noqa: E402
from corpus.generate import Point, known  # noqa: E402

NAMES = ("wengert", "symengine", "casadi", "heyoka", "sympy", "sympy numpy")
TOLERANCE = 1e-9  # of a number's size: some engines rewrite nothing
Row = dict[str, Any]


def built(engine: str, formula: Formula, point: Point) -> Call:
    """The compiled value and gradient, with the call that is timed."""
    import sympy

    symbols, expr = formula.expression()
    at = tuple(point["at"])
    if engine == "wengert":
        import wengert as wg

        return Call(wg.lambdify(symbols, expr, "gradient"), at)
    if engine == "sympy numpy":
        derivatives = [expr.diff(symbol) for symbol in symbols]
        return Call(sympy.lambdify(symbols, [expr, *derivatives], modules="scipy", cse=True), at)
    names = [symbol.name for symbol in symbols]

    def model(xp: Any, variables: Any) -> list[Any]:
        return from_sympy(xp, variables, [expr], names)

    return getattr(expressions, engine)(names, model, at, len(names))


def measured(engine: str, formula: Formula, point: Point) -> Row:
    """Seconds to the first answer and of a call; or what went wrong."""
    formula.expression()  # SymPy's own caches of this formula are warm for every engine
    start = perf_counter()
    try:
        call = built(engine, formula, point)
        returned = call()
    except Exception as error:  # engines raise what they like where a function is unknown to them
        return {"failed": f"{type(error).__name__}: {error}"[:200]}
    first = perf_counter() - start
    got = np.concatenate([np.ravel(leaf) for leaf in leaves(call.answer(returned))])
    wanted = [point["value"], *point["gradient"]]
    errors = [abs(float(mine) - float(number)) / (size or 1.0) for mine, (number, size) in zip(got, wanted, strict=True)]
    error = float(np.max(errors))
    if not error <= TOLERANCE:
        return {"wrong": error}
    return {"first": first, "call": median_call(call, 5, 0.005), "error": error}


def through(engine: str) -> None:
    """All formulas by one engine in this process, a line of JSON each."""
    ENGINES[engine.split()[0]].load()
    for field in FIELDS:
        points = known(field)
        for formula in formulas(field):
            row = measured(engine, formula, points[formula.name][0])
            print(json.dumps({"field": field, "formula": formula.name, "engine": engine, **row}), flush=True)


def lines(engine: str, limit: float) -> Iterator[Row]:
    """The rows of one engine, as far as it comes within the limit."""
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryFile("w+") as found:
        command = [sys.executable, __file__, "--through", engine]
        try:
            subprocess.run(command, env=cold(home), stdout=found, stderr=subprocess.DEVNULL, timeout=limit)
        except subprocess.TimeoutExpired:
            print(f"{engine}: stopped after {limit:g} s", file=sys.stderr)
        found.seek(0)
        yield from map(json.loads, found)


def summary(rows: list[Row], engine: str) -> Row:
    """One line of the table: how many formulas, and the geometric means where Wengert's row is right too."""
    mine = {row["formula"]: row for row in rows if row["engine"] == "wengert" and "call" in row}
    theirs = {row["formula"]: row for row in rows if row["engine"] == engine and "call" in row}
    both = sorted(mine.keys() & theirs.keys())
    of_engine = [row for row in rows if row["engine"] == engine]
    line = {"engine": engine, "right": len(theirs)}
    line |= {key: sum(key in row for row in of_engine) for key in ("failed", "wrong")}
    for key in ("first", "call") if both else ():
        line[key] = statistics.geometric_mean(theirs[name][key] for name in both)
        line[f"{key} ratio"] = statistics.geometric_mean(theirs[name][key] / mine[name][key] for name in both)
        line[f"{key} slower"] = sum(theirs[name][key] > mine[name][key] for name in both) / len(both)
    return line


def show(table: list[Row], total: int) -> None:
    """The table in Markdown, as it stands in docs/performance.md."""
    print(f"{report.cpu()}; {total} formulas, value and gradient\n")
    print("| engine | right | failed | wrong | first answer | to Wengert's | a call | to Wengert's | slower than Wengert |")
    print("|---|---|---|---|---|---|---|---|---|")
    for line in table:
        cells = [line["engine"], line["right"], line["failed"], line["wrong"]]
        for key in ("first", "call"):
            cells += [report.duration(line[key]), f"{line[f'{key} ratio']:.2f}"] if key in line else ["", ""]
        cells.append(f"{line['call slower']:.0%}" if "call slower" in line else "")
        print("|", " | ".join(map(str, cells)), "|")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engines", default=",".join(NAMES), help=f"of {','.join(NAMES)}; Wengert is always among them")
    parser.add_argument("--limit", type=float, default=600, help="seconds for one engine")
    parser.add_argument("--json", metavar="FILE", help="write every row here, with versions and the machine")
    parser.add_argument("--through", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.through:
        return through(options.through)
    chosen = [name for name in NAMES if name == "wengert" or name in options.engines.split(",")]
    missing = [name for name in chosen if not ENGINES[name.split()[0]].installed()]
    rows = [row for name in chosen if name not in missing for row in lines(name, options.limit)]
    table = [summary(rows, name) for name in chosen if name not in missing]
    show(table, sum(len(formulas(field)) for field in FIELDS))
    if missing:
        print("not installed:", ", ".join(missing))
    if options.json:
        Path(options.json).write_text(json.dumps(report.document(rows, missing) | {"summary": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
