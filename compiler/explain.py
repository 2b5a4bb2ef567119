"""What the passes did to a graph, as data and as a table.

Owns the log and its printing only; `passes/pipeline.py` writes it.
"""
from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from ..ir.provenance import Source, describe
from ..ir.types import Dim


class Entry(NamedTuple):
    """What one pass did: nodes and operations before and after, and how often each rule fired on each source line."""

    name: str
    nodes: tuple[int, int]
    operations: tuple[Dim, Dim]
    fired: dict[tuple[str, Source | None], int]

    def rules(self) -> list[tuple[str, int, str]]:
        """(rule, how often, on which lines), in the order in which the rules first fired."""
        times: Counter[str] = Counter()
        lines: dict[str, dict[str, None]] = {}
        for (rule, source), count in self.fired.items():
            times[rule] += count
            lines.setdefault(rule, {})[describe(source)] = None
        return [(rule, times[rule], ", ".join(filter(None, lines[rule]))) for rule in times]


class Explanation(NamedTuple):
    """The log of the pipeline for one graph. Printing it gives a table."""

    name: str
    passes: tuple[Entry, ...]

    def __str__(self) -> str:
        rows = [("pass", "nodes", "operations", "rules")]
        for entry in self.passes:
            rules = entry.rules()
            first = _rule(rules[0]) if rules else "-"
            rows.append((entry.name, _change(entry.nodes), _change(entry.operations), first))
            rows += [("", "", "", _rule(rule)) for rule in rules[1:]]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        lines = ["  ".join([*(cell.ljust(w) for cell, w in zip(row, widths)), row[3]]).rstrip() for row in rows]
        return "\n".join([f"{self.name}: what each pass did", *lines])

    def __repr__(self) -> str:
        return str(self)

    def __rich__(self) -> object:
        """The same for a terminal."""
        from rich.table import Table

        table = Table("pass", "nodes", "operations", "rules", title=f"{self.name}: what each pass did")
        for entry in self.passes:
            table.add_row(entry.name, _change(entry.nodes), _change(entry.operations), "\n".join(map(_rule, entry.rules())) or "-")
        return table


def _change(pair: tuple[Dim, Dim]) -> str:
    before, after = pair
    return str(before) if before == after else f"{before} -> {after}"


def _rule(rule: tuple[str, int, str]) -> str:
    name, times, lines = rule
    return name + (f" x{times}" if times > 1 else "") + (f" ({lines})" if lines else "")
