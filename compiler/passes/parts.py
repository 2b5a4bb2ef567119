"""Sums and products as what they are made of: terms with signs, factors with exponents.

Rules that look for two parts of a longer chain read these; they rewrite nothing. Read next: cancellation.py, overflow.py.
"""
from __future__ import annotations

import numpy as np

from ...ir import ops
from ...ir.library import negative
from ...ir.node import Node
from ...ir.ops.source import filled, uniform
from ...ir.types import Type
from .canonical import product_power

LONGEST = 12  # terms or factors that are looked through


def scaled(node: Node) -> tuple[Node, float]:
    """(x, k) of x * k, which constants stand at the right of; (node, 1) of anything else."""
    if node.op is ops.multiply and (factor := uniform(node.args[1])) is not None:
        return node.args[0], float(factor)
    return node, 1.0


def linear(node: Node) -> dict[Node | None, float]:
    """A sum by its terms and their constant factors, the constant under None; nothing of too long a sum."""
    found: dict[Node | None, float] = {}
    for term, minus in terms_of(node) or []:
        constant = uniform(term)
        base, factor = scaled(term)
        key, size = (base, factor) if constant is None else (None, float(constant))
        found[key] = found.get(key, 0.0) + (-size if minus else size)
    return found


def terms_of(node: Node) -> list[tuple[Node, bool]] | None:
    """The terms of a chain of sums and differences, each with whether it is subtracted."""
    found, waiting = [], [(node, False)]
    while waiting:
        part, minus = waiting.pop()
        if part.op is ops.add:
            waiting += [(part.args[1], minus), (part.args[0], minus)]
        elif part.op is ops.subtract:
            waiting += [(part.args[1], not minus), (part.args[0], minus)]
        else:
            found.append((part, minus))
        if len(found) + len(waiting) > LONGEST:
            return None
    return found


def sum_of(terms: list[tuple[Node, bool]]) -> Node:
    """The chain of sums and differences of these terms."""
    ordered = sorted(terms, key=lambda term: term[1])
    total = negative(ordered[0][0]) if ordered[0][1] else ordered[0][0]
    for term, minus in ordered[1:]:
        total = total - term if minus else total + term
    return total


def factors_of(node: Node) -> tuple[float, dict[Node, int]] | None:
    """The constant factor and the powers of the others in a product; None where the constant is 0 or overflows."""
    coefficient = np.float64(1)
    powers: dict[Node, int] = {}
    waiting = [(node, 1)]
    for _ in range(2 * LONGEST):
        if not waiting:
            found = {base: exponent for base, exponent in powers.items() if exponent}
            return (float(coefficient), found) if np.isfinite(coefficient) and coefficient else None
        part, exponent = waiting.pop()
        constant = uniform(part)
        if constant is not None:
            with np.errstate(all="ignore"):
                coefficient *= np.float64(constant) ** exponent
        elif part.op is ops.multiply:
            waiting += [(part.args[0], exponent), (part.args[1], exponent)]
        elif part.op is ops.divide:
            waiting += [(part.args[0], exponent), (part.args[1], -exponent)]
        elif part.op is ops.square:
            waiting.append((part.args[0], 2 * exponent))
        elif part.op is ops.reciprocal:
            waiting.append((part.args[0], -exponent))
        elif part.op is ops.negative:
            coefficient *= (-1.0) ** exponent
            waiting.append((part.args[0], exponent))
        else:
            powers[part] = powers.get(part, 0) + exponent
    return None


def product_of(type: Type, coefficient: float, powers: dict[Node, int]) -> Node:
    """The chain of products, over those to negative exponents, with the constant factor."""
    above = [product_power(base, exponent) for base, exponent in powers.items() if exponent > 0]
    below = [product_power(base, -exponent) for base, exponent in powers.items() if exponent < 0]
    if coefficient != 1 or not above:
        above.append(filled(type, coefficient))
    total = above[0]
    for factor in above[1:]:
        total = total * factor
    for factor in below:
        total = total / factor
    return total
