"""A place in a text: it takes tokens, skips blanks and comments, and says line, column and caret where one is missing."""
from __future__ import annotations

import json
import re
from typing import NoReturn

from ..errors import ParseError
from .literals import WORD

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
TOKEN = re.compile(r"%?\w+|//|\S")  # what an error message quotes
INTEGER = re.compile(r"\d+")
WINDOW = 60  # columns shown on each side of a caret


class Cursor:
    """`take` and `expect` move over one token and the blanks behind it; `error` never returns."""

    def __init__(self, text: str, pos: int = 0) -> None:
        self.text, self.pos = text, pos
        self.skip()

    def skip(self) -> None:
        self.pos = BLANK.match(self.text, self.pos).end()  # type: ignore[union-attr]

    def sees(self, symbol: str) -> bool:
        return self.text.startswith(symbol, self.pos)

    def take(self, symbol: str) -> bool:
        """Whether the symbol stood here; if so, it is passed."""
        if not self.text.startswith(symbol, self.pos):
            return False
        self.pos += len(symbol)
        self.skip()
        return True

    def expect(self, symbol: str, *others: str) -> None:
        if not self.take(symbol):
            self.missing(*(repr(s) for s in (*others, symbol)))

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """The token that fits the pattern, passed; or None."""
        found = pattern.match(self.text, self.pos)
        if found is None:
            return None
        self.pos = found.end()
        self.skip()
        return found[0]

    def see_word(self) -> str | None:
        found = WORD.match(self.text, self.pos)
        return found[0] if found else None

    def word(self, what: str) -> str:
        found = self.match(WORD)
        return self.missing(what) if found is None else found

    def integer(self, what: str) -> int:
        start = self.pos
        found = self.match(INTEGER)
        if found is None:
            self.missing(what)
        if len(found) > 1000:  # Python refuses to read much longer ones
            self.error(f"an integer of {len(found)} digits is too long", start)
        return int(found)

    def name(self, what: str) -> str:
        """A word or a quoted name."""
        return self.string() if self.sees('"') else self.word(what)

    def string(self) -> str:
        start = self.pos
        found = self.match(STRING)
        if found is None:
            self.error("the string does not end on its line", start)
        try:
            return str(json.loads(found))
        except ValueError:
            self.error("the string is not one of JSON", start)

    def missing(self, *expected: str) -> NoReturn:
        found = TOKEN.match(self.text, self.pos)
        got = f"got {found[0]!r}" if found else "but the text ends"
        self.error(f"expected {' or '.join(expected)}, {got}")

    def error(self, message: str, at: int | None = None) -> NoReturn:
        at = self.pos if at is None else at
        line = self.text.count("\n", 0, at) + 1
        begin = self.text.rfind("\n", 0, at) + 1
        end = self.text.find("\n", at)
        column = at - begin + 1
        shown = slice(max(begin, at - WINDOW), min(len(self.text) if end < 0 else end, at + WINDOW))
        blanks = re.sub(r"[^\t]", " ", self.text[shown.start:at])
        raise ParseError(f"line {line}, column {column}: {message}\n  {self.text[shown]}\n  {blanks}^", line, column) from None
