"""Sizes that are known at the call, as arithmetic in LLVM IR.

Owns the translation of dims; knows nothing of where the named sizes come from. Integers wrap, so that a size is right
whenever it and the numerators in it fit, whatever the steps do; `ir/extents.py` says which must. Read `callable.py` next.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..ir.types import Dim, Quotient
from .text import Body


def emit_dim(body: Body, dim: Dim, sizes: Mapping[str, str]) -> str:
    """The i64 value of `dim`: an SSA name or a literal, given the SSA names or literals of the named sizes.

    >>> from wengert.ir.types import Poly
    >>> body = Body()
    >>> emit_dim(body, 2 * Poly.name("n") - 1, {"n": "%n"})
    '%v1'
    >>> body.lines
    ['  %v0 = mul i64 %n, 2', '  %v1 = add i64 %v0, -1']
    """
    if isinstance(dim, int):
        return str(dim)
    total = ""
    for monomial, coefficient in dim.terms:
        term = _product(body, [_atom(body, atom, sizes) for atom in monomial], coefficient)
        total = _binary(body, "add", total, term) if total else term
    return total


def _product(body: Body, factors: list[str], coefficient: int) -> str:
    """The product of the factors and the coefficient, a power of two included: LLVM makes the shift."""
    result = ""
    for factor in factors:
        result = _binary(body, "mul", result, factor) if result else factor
    if not result:
        return str(coefficient)
    return result if coefficient == 1 else _binary(body, "mul", result, str(coefficient))


def _binary(body: Body, opcode: str, a: str, b: str) -> str:
    if not a.startswith("%") and not b.startswith("%"):
        return str(int(a) * int(b) if opcode == "mul" else int(a) + int(b))
    if not a.startswith("%"):
        a, b = b, a
    return body.op(opcode, "i64", a, b)


def _atom(body: Body, atom: str | Quotient, sizes: Mapping[str, str]) -> str:
    if isinstance(atom, str):
        return sizes[atom]
    numerator = emit_dim(body, atom.numerator, sizes)
    divisor = atom.divisor
    if not numerator.startswith("%"):
        return str(int(numerator) // divisor)
    if divisor & (divisor - 1) == 0:  # an arithmetic shift rounds down, as `//` does
        return body.op("ashr", "i64", numerator, str(divisor.bit_length() - 1))
    # `sdiv` rounds towards zero, so a negative numerator with a remainder is one too high.
    quotient = body.op("sdiv", "i64", numerator, str(divisor))
    remainder = body.op("srem", "i64", numerator, str(divisor))
    below = body.compare("slt", "i64", remainder, "0")
    return body.op("sub nsw", "i64", quotient, body.convert("zext", "i1", below, "i64"))


def emit_unless_empty(body: Body, low: str, high: str, inside: Iterable[Dim], sizes: Mapping[str, str]) -> str:
    """The end of a loop from `low` to `high`: `low` where a loop inside has no iterations, so that nothing is done for long.

    An empty array may have another axis of any length.
    """
    for dim in inside:
        if dim == 0:
            return low
        if not isinstance(dim, int):
            empty = body.compare("eq", "i64", emit_dim(body, dim, sizes), "0")
            high = body.select(empty, "i64", low, high)
    return high
