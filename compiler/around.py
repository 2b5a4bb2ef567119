"""A compiled function whose arguments or results Python puts together around the native call.

Owns what all of these share: they pass on whatever they do not say themselves. Read `sparse.py` for one of them.
"""
from __future__ import annotations

from pathlib import Path
from typing import Any

from ..ir.errors import ExpressionError


class Around:
    """What stands around `function`. Its methods (dump, explain, cost, c_function) are the function's."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.__name__, self.__doc__ = function.__name__, function.__doc__

    def save(self, path: str | Path) -> None:
        raise ExpressionError(f"{self.__name__}: save writes functions of numbers and arrays; this one's arguments or results are "
                              "put together in Python: pickle it")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.function, name)

    def __repr__(self) -> str:
        return repr(self.function)
