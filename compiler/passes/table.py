"""The table in which a node finds the rules that may match it: by its op, and by the op of an argument at its place.

Read `rewrite.py` next, which applies the rules that are found.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np

from ...ir.listing import Listing
from ...ir.node import Node
from ...ir.op import Op
from .rule import EXACT, TWICE, Rule, Uses

Attempt = tuple[Rule, Callable[[Node, Uses], "Node | None"]]


class Row(NamedTuple):
    """The attempts on nodes of one op, by what must be true of the arguments."""

    always: list[Attempt]
    twice: list[Attempt]                   # both arguments are one node
    placed: list[dict[Op, list[Attempt]]]  # by position and the op of the argument

    def attempts(self, args: tuple[Node, ...]) -> list[Attempt]:
        found = list(self.always)
        if self.twice and args[0] is args[1]:
            found += self.twice
        for at, arg in zip(self.placed, args):
            found += at.get(arg.op, ())
        return found


class Table:
    """Rules by root op, argument position and the op of that argument, so that a node meets only rules that may match.

    `rows` holds all rules and `new` those of one pass: a node that came through the earlier passes has met the others.
    """

    def __init__(self, new: Iterable[Rule], earlier: Iterable[Rule] = (), allow_real: bool = False) -> None:
        self.new: dict[Op, Row] = {}
        self.rows: dict[Op, Row] = {}
        fresh = set(new)
        for rule in (*earlier, *new):
            if rule.kind == EXACT or rule.because or allow_real:
                for root, position, children, attempt in rule.tries:
                    for rows in (self.rows, self.new) if rule in fresh else (self.rows,):
                        _add(rows.setdefault(root, Row([], [], [])), root, position, children, (rule, attempt))

    def may_match(self, listing: Listing) -> np.ndarray:
        """Which values a new rule may match, as far as their ops and those of their arguments tell."""
        ops, of = listing.ops
        rows = [self.new.get(op) for op in ops]
        places = max((len(row.placed) for row in rows if row is not None), default=0)
        always = np.array([row is not None and bool(row.always) for row in rows], bool)
        twice = np.array([row is not None and bool(row.twice) for row in rows], bool)
        telling = np.zeros((len(ops), places + 1, len(ops)), bool)  # at a place behind all that are told apart nothing tells
        for k, row in enumerate(rows):
            for place, by_op in enumerate(row.placed if row is not None else ()):
                telling[k, place] = [op in by_op for op in ops]
        found: np.ndarray = always[of]
        if telling.any():
            place = np.minimum(np.arange(len(listing.args)) - np.repeat(listing.begins[:-1], listing.counts), places)
            found[listing.readers[telling[of[listing.readers], place, of[listing.args]]]] = True
        pairs = np.flatnonzero(twice[of] & (listing.counts == 2))
        begins = listing.begins[pairs]
        found[pairs[listing.args[begins] == listing.args[begins + 1]]] = True
        return found


def _add(row: Row, root: Op, position: int | None, children: tuple[Op, ...], attempt: Attempt) -> None:
    if not children:
        (row.twice if position == TWICE else row.always).append(attempt)
        return
    for k in [position] if position is not None else range(root.arity or 1):
        while len(row.placed) <= k:
            row.placed.append({})
        for child in children:
            row.placed[k].setdefault(child, []).append(attempt)
