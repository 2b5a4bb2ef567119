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
from .rule import EXACT, TWICE, Child, Rule, Shape, Try, Uses

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

    A node that came through the earlier passes has met their rules: it meets the new ones only, what a rule builds meets all.
    """

    def __init__(self, new: Iterable[Rule], earlier: Iterable[Rule] = (), allow_real: bool = False) -> None:
        self.new = _by_root(new, allow_real)
        self.earlier = _by_root(earlier, allow_real)
        self._rows: dict[tuple[Op, bool], Row | None] = {}

    def row(self, op: Op, every: bool) -> Row | None:
        """The attempts on nodes of this op, of every rule or of the new ones; None for none."""
        if (op, every) not in self._rows:
            forms = [*(self.earlier.get(op, ()) if every else ()), *self.new.get(op, ())]
            self._rows[op, every] = _row(forms) if forms else None
        return self._rows[op, every]

    def may_match(self, listing: Listing) -> np.ndarray:
        """Which values a new rule may match, as far as ops tell: a value's own, its arguments', and those of their first ones."""
        ops, of = listing.ops
        made = _Made(listing)
        found = np.zeros(len(listing), bool)
        for k, op in enumerate(ops):
            if op in self.new:
                values = np.flatnonzero(of == k)
                begins, counts = listing.begins[values], listing.counts[values]
                fits = np.zeros(len(values), bool)
                for shape in dict.fromkeys(shape for _, form in self.new[op] for shape in form.shapes):
                    fits |= made.fit(shape, begins, counts)
                if any(form.place == TWICE for _, form in self.new[op]):
                    fits |= listing.args[begins] == listing.args[begins + 1]
                found[values] = fits
        return found


class _Made:
    """By what the values of a listing are made."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        ops, of = listing.ops
        self.number = {op: k for k, op in enumerate(ops)}
        some = np.flatnonzero(listing.counts)
        self.inner = np.full(len(of), -1)  # the place of the op of each value's first argument
        self.inner[some] = of[listing.args[listing.begins[some]]]
        self.known: dict[frozenset[Child], np.ndarray | None] = {}

    def by(self, children: frozenset[Child]) -> np.ndarray | None:
        """Which values one of these makes; None for none of them."""
        if children not in self.known:
            _, of = self.listing.ops
            found = np.zeros(len(of), bool)
            for child in children:
                op, inner = child if isinstance(child, tuple) else (child, None)
                if op in self.number and (inner is None or inner in self.number):
                    these = of == self.number[op]
                    found |= these if inner is None else these & (self.inner == self.number[inner])
            self.known[children] = found if found.any() else None
        return self.known[children]

    def fit(self, shape: Shape, begins: np.ndarray, counts: np.ndarray) -> np.ndarray | bool:
        """Which of the values whose arguments begin there have arguments of this shape."""
        fits: np.ndarray | bool = True
        for place, children in enumerate(shape):
            if children is not None:
                made = self.by(children)
                if made is None:
                    return False
                there = counts > place
                fits = fits & there & made[self.listing.args[np.where(there, begins + place, 0)]]
        return fits


def _by_root(rules: Iterable[Rule], allow_real: bool) -> dict[Op, list[tuple[Rule, Try]]]:
    found: dict[Op, list[tuple[Rule, Try]]] = {}
    for rule in rules:
        if rule.kind == EXACT or rule.because or allow_real:
            for form in rule.tries:
                found.setdefault(form.root, []).append((rule, form))
    return found


def _row(forms: Iterable[tuple[Rule, Try]]) -> Row:
    row = Row([], [], [])
    for rule, form in forms:
        attempt = rule, form.attempt
        if not form.children:
            (row.twice if form.place == TWICE else row.always).append(attempt)
            continue
        for k in [form.place] if form.place is not None else range(form.root.arity or 1):
            while len(row.placed) <= k:
                row.placed.append({})
            for child in form.children:
                row.placed[k].setdefault(child, []).append(attempt)
    return row
