"""Math functions of one number, compiled once for all programs of this process and kept on the disk.

A sine takes LLVM longer than most models, so programs do not hold their own. Knows names; the text of a function is made
only where the disk does not have its code. Read `code.py` for how resident code lives.
"""
from __future__ import annotations

import functools

from .code import Loaded, resident

PREFIX = "wg."
_SCALARS = {"f64": "double", "f32": "float"}


def addresses(names: list[str]) -> dict[str, int]:
    """Where the functions are, by the names that `math.symbol` gives them: wg.sin.f64."""
    return {name: _function(name).address(name) for name in names}


@functools.cache
def _function(name: str) -> Loaded:
    return resident(name, lambda: _text(name), {}, [name], codegen=2)


def _text(name: str) -> str:
    from . import math

    op, _, short = name.removeprefix(PREFIX).rpartition(".")
    scalar = _SCALARS[short]
    return math.library([(op, scalar, 1)]).replace(f"define internal {scalar} @{name}(", f"define {scalar} @{name}(")
