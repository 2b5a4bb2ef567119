"""The literals of constants from text: read first, and made an array when the type behind them is known."""
from __future__ import annotations

import math

import numpy as np

from ..graph import NESTING
from ..types import TupleType, Type
from .cursor import Cursor
from .literals import NUMBER, array_from_base64, set_number


class Literal:
    """literal = "true" | "false" | int | float | "[" [literal {"," literal}] "]" | "base64" string"""

    def __init__(self, at: Cursor) -> None:
        self.at, self.start = at, at.pos
        self.packed: str | None = None
        self.numbers: list[tuple[str, int]] = []  # each with its place, for errors
        self.shape: tuple[int, ...] = ()
        if at.see_word() == "base64":
            at.word("'base64'")
            self.packed = at.string()
        else:
            self.shape = self._rows(0)

    def _rows(self, nesting: int) -> tuple[int, ...]:
        """Collect the numbers of nested lists; their shape."""
        at, start = self.at, self.at.pos
        if not at.take("["):
            text = at.match(NUMBER) or (at.word("true") if at.see_word() in ("true", "false") else at.missing("a number"))
            self.numbers.append((text, start))
            return ()
        if nesting > NESTING:
            at.error(f"lists may be nested {NESTING} deep")
        shapes: list[tuple[int, ...]] = []
        while not at.take("]"):
            if shapes:
                at.expect(",", "]")
            row = at.pos
            shapes.append(self._rows(nesting + 1))
            if shapes[-1] != shapes[0]:
                at.error("const: the rows of a literal must have one length", row)
        return (len(shapes), *(shapes[0] if shapes else ()))

    def array(self, type: Type | TupleType) -> np.ndarray:
        """The array of that type; an error at the literal if it is of another."""
        if not isinstance(type, Type) or not all(isinstance(dim, int) for dim in type.shape):
            self.at.error(f"const: a constant has a fixed shape, not {type}", self.start)
        shape: tuple[int, ...] = type.shape  # type: ignore[assignment]
        if self.packed is not None:
            try:
                return array_from_base64(self.packed, type.dtype, shape)
            except ValueError as error:
                self.at.error(f"const: {error}", self.start)
        if self.shape != shape and not (math.prod(shape) == 0 and self.shape == (0,)):
            self.at.error(f"const: the literal is of shape {list(self.shape)}, not of {type}", self.start)
        flat = np.zeros(len(self.numbers), type.dtype)
        for i, (text, where) in enumerate(self.numbers):
            try:
                set_number(flat, i, text)
            except ValueError as error:
                self.at.error(f"const: {error}", where)
        return flat.reshape(shape)
