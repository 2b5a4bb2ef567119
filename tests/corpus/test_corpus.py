"""Every formula of the corpus by native code and by the interpreter, against references of fifty digits.

The tolerance: an error may be 1e-12 of a number's *size*, which is 1e-12 times its condition number (`oracle.py`). The formulas of
`rounded.py` cancel as they are written, at some of their hard points. Of these the value and the gradient may lose, beside that, 32 units
in the last place of the size *as written*, which is what rounding makes of every operation of the formula, and their Hessians, of
which that size is not known, are not compared; nor are those of `SECOND`.
"""
from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest

import wengert as wg
from corpus import FIELDS, formulas
from corpus.formula import Formula
from corpus.generate import Point, known, reference
from corpus.oracle import lower
from corpus.rounded import ROUNDED, SECOND

TOLERANCE = Decimal("1e-12")  # of a number's size
WRITTEN = 32 * Decimal(2) ** -52  # of its size as written
TINY = Decimal("1e-290")  # an error below is the underflow of a number or of what it is made of
EVERY = [(field, formula) for field in FIELDS for formula in formulas(field)]
every = pytest.mark.parametrize(("field", "formula"), EVERY, ids=[f"{field}-{formula.name}" for field, formula in EVERY])

points = cache(known)


def wanted(point: Point) -> Iterator[tuple[tuple[int, ...], str, float]]:
    """Each number of a point: by which arguments it is differentiated, the number itself and its size."""
    yield (), *point["value"]
    for k, number in enumerate(point["gradient"]):
        yield (k,), *number
    for place, number in zip(lower(len(point["at"])), point["hessian"]):
        yield place, *number


def answered(value: Any, gradient: Any, hessian: Any) -> dict[tuple[int, ...], float]:
    """The numbers of an answer by the arguments of their derivatives; the Hessian must be symmetric to the bit."""
    np.testing.assert_array_equal(hessian, np.transpose(hessian))
    first = {(k,): float(slope) for k, slope in enumerate(gradient)}
    return {(): float(value), **first, **{place: float(hessian[place]) for place in lower(len(gradient))}}


def misses(formula: Formula, answers: list[dict[tuple[int, ...], float]], references: list[Point]) -> list[str]:
    """What is farther from the references than is allowed; answers and references are those of the formula's points."""
    found = []
    for got, point in zip(answers, references, strict=True):
        for place, want, size in wanted(point):
            if len(place) == 2 and formula.name in ROUNDED | SECOND:
                continue
            allowed = TOLERANCE * Decimal(size) + TINY
            if formula.name in ROUNDED:
                allowed += WRITTEN * Decimal(point["written"][place[0] + 1 if place else 0])
            if not np.isfinite(got[place]) or abs(Decimal(got[place]) - Decimal(want)) > allowed:
                found.append(f"at {point['at']}, by {place}: {got[place]!r}, not {want} within {allowed:.1e}")
    return found


@every
def test_native_code_and_interpreter_against_fifty_digits(field: str, formula: Formula) -> None:
    symbols, expr = formula.expression()
    function = wg.lambdify(symbols, expr, "hessian", name=formula.name)
    references = points(field)[formula.name]
    native = [answered(*function(*point["at"])) for point in references]
    improved = function._build.improved[0]
    interpreted = [answered(*wg.evaluate(improved, *point["at"])) for point in references]
    missed = [f"{way} {miss}" for way, answers in (("native", native), ("interpreter", interpreted))
              for miss in misses(formula, answers, references)]
    assert not missed, "\n".join([formula.source, *missed])


@every
def test_checker_can_fail(field: str, formula: Formula) -> None:
    """The reference itself, rounded to a float, passes; with any one number changed by twice what is allowed it does not."""
    references = points(field)[formula.name]
    right = [{place: float(want) for place, want, _ in wanted(point)} for point in references]
    assert misses(formula, right, references) == []
    for place, want, size in wanted(references[0]):
        if len(place) == 2 and formula.name in ROUNDED | SECOND:
            continue
        change = 2 * (float(TOLERANCE) * size + float(WRITTEN) * max(references[0]["written"])) + 1e-280
        for wrong in (float(want) + change, float("nan")):
            assert len(misses(formula, [right[0] | {place: wrong}, *right[1:]], references)) == 1


@pytest.mark.parametrize("field", FIELDS)
def test_references_are_those_of_the_formulas(field: str) -> None:
    """Every formula at its points, and the first one computed anew."""
    assert {name: [tuple(point["at"]) for point in found] for name, found in points(field).items()} == {
        formula.name: formula.points() for formula in formulas(field)}
    first = formulas(field)[0]
    assert json.loads(json.dumps(reference(first, first.points()[0]))) == points(field)[first.name][0]


def test_corpus_is_large() -> None:
    names = [formula.name for _, formula in EVERY]
    assert len(set(names)) == len(names) >= 400
    assert set(names) >= ROUNDED | SECOND
    assert not ROUNDED & SECOND
    assert all(formula.hard and formula.source for _, formula in EVERY)
