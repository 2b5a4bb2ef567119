"""Sizes and types from text: `n`, `2*n-1`, `((n+1)//2)`, `f64[n,3]`. Read `parser.py` next."""
from __future__ import annotations

from ..errors import WengertError
from ..graph import NESTING
from ..types import LONG, Dim, Poly, TupleType, Type
from .cursor import Cursor


def parse_dim(text: str) -> Dim:
    """The size that the text stands for; raises ParseError.

    >>> parse_dim("2*n - (n - 1)")
    n+1
    """
    cursor = Cursor(text)
    dim = read_dim(cursor)
    if cursor.pos < len(text):
        cursor.missing("the end of the size")
    return dim


def read_dim(cursor: Cursor, depth: int = 0) -> Dim:
    """dim = ["-"] term {("+" | "-") term}"""
    if depth > NESTING:
        cursor.error(f"a size may be nested {NESTING} deep")
    total: Dim = -_term(cursor, depth) if cursor.take("-") else _term(cursor, depth)
    while cursor.sees("+") or cursor.sees("-"):
        if cursor.take("+"):
            total = total + _term(cursor, depth)
        else:
            cursor.expect("-")
            total = total - _term(cursor, depth)
    return total


def _term(cursor: Cursor, depth: int) -> Dim:
    """term = factor {"*" factor | "//" int}"""
    product = _factor(cursor, depth)
    while True:
        if cursor.take("*"):
            product = product * _factor(cursor, depth)
        elif cursor.take("//"):
            start = cursor.pos
            divisor = cursor.integer("a positive integer")
            if divisor == 0:
                cursor.error("expected a positive integer, got '0'", start)
            product = product // divisor
        else:
            return product


def _factor(cursor: Cursor, depth: int) -> Dim:
    """factor = int | word | "(" dim ")" """
    if cursor.take("("):
        dim = read_dim(cursor, depth + 1)
        cursor.expect(")")
        return dim
    start = cursor.pos
    word = cursor.see_word()
    if word is None:
        return cursor.integer("a size")
    cursor.word("a size")
    if not word.isidentifier():
        cursor.error(f"a named size must be an identifier, got {word!r}", start)
    return Poly.name(word)


def read_type(cursor: Cursor) -> Type | TupleType:
    """type = dtype ["[" dim {"," dim} "]"] | "(" [type {"," type}] ")" """
    if not cursor.take("("):
        return read_array_type(cursor)
    parts: list[Type] = []
    while not cursor.take(")"):
        if parts:
            cursor.expect(",", ")")
        parts.append(read_array_type(cursor))
    return TupleType(parts)


def read_array_type(cursor: Cursor) -> Type:
    start = cursor.pos
    dtype = cursor.see_word()
    if dtype not in LONG:
        cursor.missing("a type such as f64[n,3]")
    cursor.word("a type")
    shape: list[Dim] = []
    if cursor.take("["):
        shape.append(read_dim(cursor))
        while not cursor.take("]"):
            cursor.expect(",", "]")
            shape.append(read_dim(cursor))
    try:
        return Type(dtype, shape)
    except WengertError as error:
        cursor.error(str(error), start)
