"""The results as a table for people and as a JSON document, with the machine and the versions they belong to."""

from __future__ import annotations

import os
import platform
from datetime import datetime, timezone
from itertools import groupby
from pathlib import Path
from typing import Any

from engines import ENGINES

Row = dict[str, Any]
COLUMNS = {"workload": "workload", "case": "case", "engine": "engine", "first": "first answer", "call": "a call",
           "ratio": "to the best", "error": "error"}  # fmt: skip


def show(rows: list[Row], missing: list[str]) -> None:
    """Print a table, the fastest engine of each case first, drawn by rich where it is installed."""
    lines = [[cell(row, column) for column in COLUMNS] for row in ranked(rows)]
    try:
        from rich.console import Console
        from rich.table import Table
    except ImportError:
        for line in [list(COLUMNS.values()), *lines]:
            print("  ".join(text.ljust(16) for text in line))
    else:
        table = Table(title=f"{cpu()}, {os.cpu_count()} cores")
        for column, title in COLUMNS.items():
            table.add_column(title, justify="right" if column in ("first", "call", "ratio", "error") else "left")
        for line in lines:
            table.add_row(*line, style="bold" if line[2] == "wengert" else None)
        Console(width=120).print(table)
    if missing:
        print("not installed:", ", ".join(missing))


def ranked(rows: list[Row]) -> list[Row]:
    """Rows of one case together, sorted by the time that counts there, with its ratio to the best."""
    result = []
    for _, group in groupby(rows, lambda row: (row["workload"], row["case"])):
        timed = sorted(group, key=seconds)
        best = seconds(timed[0])
        result += [row if seconds(row) == float("inf") else row | {"ratio": seconds(row) / best} for row in timed]
    return result


def seconds(row: Row) -> float:
    return float(row.get("call", row.get("first", float("inf"))))


def cell(row: Row, column: str) -> str:
    if "longer" in row and column == "first":
        return f"longer than {row['longer']:g} s"
    if "failed" in row and column in ("first", "call"):
        return "failed: " + row["failed"][:60] if column == "call" else ""
    value = row.get(column, "")
    if value == "" or isinstance(value, str):
        return str(value)
    return {"ratio": f"{value:.2f}", "error": f"{value:.0e}"}.get(column) or duration(value)


def duration(value: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-9:.3g} ns"


def document(rows: list[Row], missing: list[str]) -> dict[str, Any]:
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": {"cpu": cpu(), "cores": os.cpu_count(), "system": platform.platform()},
        "python": platform.python_version(),
        "versions": {name: engine.version() for name, engine in ENGINES.items() if engine.installed()},
        "not installed": missing,
        "results": rows,
    }


def load() -> float | None:
    """Processes that wanted a core in the last minute: well above the cores, others were disturbing the clock."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def cpu() -> str:
    """The processor's model, by name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
