"""Writes docs/ops.md from the table of ops. Run: python docs/ops.py"""
from __future__ import annotations

from pathlib import Path

from wengert.ir.op import TABLE, Op, Partials

PAGE = Path(__file__).parent / "ops.md"
HEAD = """# The ops

Written by `python docs/ops.py` from the rows in `ir/ops/`; a test holds it against them. Elementwise ops take operands
of one type; the front end promotes and broadcasts.

"""


def kind(op: Op) -> str:
    declared = type(op.derivative).__name__.lower()
    return f"{declared} ({len(op.derivative.of)})" if isinstance(op.derivative, Partials) else declared


def page() -> str:
    rows = ["| op | arguments | attributes | derivative | meaning |", "|---|---|---|---|---|"]
    for op in sorted(TABLE.values(), key=lambda op: op.name):
        count = "any" if op.arity is None else str(op.arity)
        meaning = op.doc.replace("|", "\\|")
        rows.append(f"| `{op.name}` | {count} | {', '.join(op.attributes)} | {kind(op)} | {meaning} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
