"""Functions that are given by polynomials on pieces of their range.

A piece is the tuple (scale, shift, c0, c1, ...): the polynomial c0 + c1 t + ... in t = scale u + shift, where t lies in
[-1, 1] and u is the variable of the piece, such as x, x^2 or 1/x. Lanes in different pieces differ in the coefficients they
select, not in the path they take. The pieces of the function files are printed by `benchmarks/special_coefficients.py`.
"""
from __future__ import annotations

from .core import Lanes, Value

Piece = tuple[float, ...]


def polynomial(m: Lanes, u: Value, piece: Piece, *others: tuple[Value, Value, Piece]) -> Value:
    """The piece at u; where the mask of (mask, u, piece) among the others holds, that one, the last that does."""
    scale, shift = m.value(piece[0]), m.value(piece[1])
    for mask, variable, other in others:
        u, scale, shift = m.where(mask, variable, u), m.where(mask, other[0], scale), m.where(mask, other[1], shift)
    t = m.mad(u, scale, shift)
    terms = [_selected(m, k, piece, others) for k in range(2, max(map(len, [piece, *(o[2] for o in others)])))]
    if len(terms) < 3:
        return m.mad(t, terms[1], terms[0])
    square = t * t
    return m.mad(t, _horner(m, square, terms[1::2]), _horner(m, square, terms[0::2]))


def _selected(m: Lanes, k: int, piece: Piece, others: tuple[tuple[Value, Value, Piece], ...]) -> Value:
    term = m.value(_term(piece, k))
    for mask, _, other in others:
        term = m.where(mask, _term(other, k), term)
    return term


def _term(piece: Piece, k: int) -> float:
    return piece[k] if k < len(piece) else 0.0


def _horner(m: Lanes, t: Value, terms: list[Value]) -> Value:
    result = terms[-1]
    for term in reversed(terms[:-1]):
        result = m.mad(result, t, term)
    return result
