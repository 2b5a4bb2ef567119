"""Writes the references of the corpus: `python tests/corpus/generate.py [fields]`, all of them by default; ten minutes.

A field is a file of `references/`: for each formula the points, and at each point the arguments, then value, gradient and lower
triangle of the Hessian as [number, size], and the sizes of value and gradient as written (`oracle.py` says what sizes are). Numbers
have 50 digits, those of the Hessian 17.
"""
from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import mpmath as mp

FOLDER = Path(__file__).parent / "references"
if __name__ == "__main__":
    sys.path.append(str(Path(__file__).parents[1]))

from corpus import FIELDS, formulas  # noqa: E402
from corpus.formula import Formula  # noqa: E402
from corpus.oracle import Oracle  # noqa: E402

Point = dict[str, Any]


def reference(formula: Formula, at: tuple[float, ...], oracle: Oracle | None = None) -> Point:
    """One point as it lies in the file."""
    found = (oracle or Oracle(formula))(at)
    return {
        "at": list(at), "value": _written(*found.value), "gradient": [_written(*n) for n in found.gradient],
        "hessian": [_written(*n, 17) for n in found.hessian], "written": [_size(size) for size in found.written],
    }


def _written(value: mp.mpf, size: mp.mpf, digits: int = 50) -> tuple[str, float]:
    with mp.workdps(60):
        return str(mp.nstr(value, digits, strip_zeros=True, min_fixed=-4, max_fixed=6)).removesuffix(".0"), _size(size)


def _size(size: mp.mpf) -> float:
    """Rounded up to about two digits."""
    return float(f"{float(size) * 1.05:.2g}")


def known(field: str) -> dict[str, list[Point]]:
    """What the file of a field holds."""
    found: dict[str, list[Point]] = json.loads((FOLDER / f"{field}.json").read_text("utf-8"))
    return found


def written(field: str) -> None:
    """Computes and writes the references of a field."""
    parts = []
    for formula in formulas(field):
        oracle = Oracle(formula)
        lines = [json.dumps(reference(formula, at, oracle), separators=(",", ":")) for at in formula.points()]
        parts.append(json.dumps(formula.name) + ":[\n" + ",\n".join(lines) + "]")
        print(field, formula.name, flush=True)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{field}.json").write_text("{\n" + ",\n".join(parts) + "\n}\n", "utf-8")


if __name__ == "__main__":
    for name in sys.argv[1:] or FIELDS:
        written(name)
