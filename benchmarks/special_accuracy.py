"""Measures the special functions against mpmath at 50 digits and writes the table of docs/special.md.

    python benchmarks/special_accuracy.py                    # every family, 10000 points a function: two hours
    python benchmarks/special_accuracy.py gamma --points 500 --only gammaincc --show
    python benchmarks/special_accuracy.py zeta --keep build/exact                # mpmath's numbers are kept for the next time

A family is a file of `benchmarks/special/`; its rows stand between two marks of the page. With --only or --show nothing is written.
"""
from __future__ import annotations

import argparse
import re
import time
from importlib import import_module
from pathlib import Path

from special.oracle import Case, Worst, computed, judgeable, judged

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "special.md"
FAMILIES = sorted(file.stem for file in (HERE / "special").glob("*.py") if file.stem not in ("__init__", "oracle"))
HEAD = "| function | what | computed by | range | worst error, native | worst error, interpreter |\n|---|---|---|---|---|---|\n"


def labels(case: Case) -> list[str]:
    """The first four columns of the rows of one function: the value, then the slopes."""
    names = re.findall(r"[a-z]\w*", case.name.partition("(")[2])
    whats = [("value", case.method), *((f"by {names[s.argument]}", s.method) for s in case.slopes)]
    where = case.range.replace("|", "\\|")
    return [f"| `{case.name}` | {what} | {method} | {where} |" for what, method in whats]


def measured(case: Case, count: int, show: bool, keep: Path | None) -> list[str]:
    """The rows of one function."""
    started = time.time()
    columns, truth = judgeable(case, count, keep)
    native = judged(columns, computed(case, columns), truth)
    plain = judged(columns, computed(case, columns, native=False), truth)
    bounds = [case.bound, *(slope.bound for slope in case.slopes)]
    rows = []
    for label, bound, a, b in zip(labels(case), bounds, native, plain):
        rows.append(f"{label} {a.error:.1e} | {b.error:.1e} |")
        beyond = "  BEYOND ITS BOUND" if max(a.error, b.error) > bound else ""
        print(f"{case.name:24} {label.split(' | ')[1]:8} {a.error:8.1e} {b.error:8.1e}  {a.count} points{beyond}", flush=True)
        if show or beyond:
            for name, worst in (("native", a), ("interpreter", b)):
                print(f"    {name}: at {_text(worst)}", flush=True)
    print(f"    {time.time() - started:.0f} s", flush=True)
    return rows


def _text(worst: Worst) -> str:
    return f"{', '.join(map(repr, worst.at))}: {worst.got!r}, not {worst.want!r}"


def written(page: str, family: str, rows: list[str]) -> str:
    """The page with the rows of a family between its marks."""
    marks = f"<!-- {family} -->\n", f"<!-- end of {family} -->\n"
    before, _, rest = page.partition(marks[0])
    _, end, after = rest.partition(marks[1])
    if not end:
        raise SystemExit(f"docs/special.md has no section {marks[0].strip()} ... {marks[1].strip()}")
    return before + marks[0] + HEAD + "\n".join(rows) + "\n" + marks[1] + after


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("families", nargs="*", choices=[[], *FAMILIES], help="all by default")
    parser.add_argument("--points", type=int, default=10_000)
    parser.add_argument("--only", default="", help="the functions whose name begins so; nothing is written")
    parser.add_argument("--show", action="store_true", help="where the worst errors are; nothing is written")
    parser.add_argument("--keep", type=Path, help="a folder for the exact numbers: the next time they are read")
    options = parser.parse_args()
    for family in options.families or FAMILIES:
        cases = [case for case in import_module(f"special.{family}").CASES if case.name.startswith(options.only)]
        rows = [row for case in cases for row in measured(case, options.points, options.show, options.keep)]
        if not options.only and not options.show:
            PAGE.write_text(written(PAGE.read_text("utf-8"), family, rows), "utf-8")


if __name__ == "__main__":
    main()
