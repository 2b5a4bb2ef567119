"""Numbers of two doubles against exact fractions, in NumPy and in native code."""
from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from wengert.ir.ops.hypergeometric_series import ARRAYS
from wengert.ir.ops.twofold import Twice, Twofold, leading

TWO = Twice(ARRAYS)
RNG = np.random.default_rng(4)


def drawn() -> Twofold:
    high = RNG.uniform(1, 2, 50) * 2.0 ** RNG.integers(-40, 40, 50) * RNG.choice([-1.0, 1.0], 50)
    return Twofold(ARRAYS, high, high * RNG.uniform(-0.4, 0.4, 50) * 2.0**-53)


def fractions(x: object) -> list[Fraction]:
    high, low = (x.high, x.low) if isinstance(x, Twofold) else (x, None)
    high = np.broadcast_to(high, np.shape(high) or 50)
    return [Fraction(float(a)) + Fraction(float(b)) for a, b in zip(high, np.zeros_like(high) if low is None else low)]


@pytest.mark.parametrize("operation", ["+", "-", "*", "/"])
@pytest.mark.parametrize("second", ["twofold", "double", "number", "single", "left"])
def test_an_operation_keeps_a_hundred_bits(operation: str, second: str) -> None:
    a: object = drawn()
    doubles = RNG.uniform(1, 9, 50)
    b: object = {"twofold": drawn(), "double": doubles, "number": 0.7, "single": TWO.number(doubles), "left": drawn()}[second]
    if second == "left":
        a = RNG.uniform(1, 9, 50)
    found = eval(f"a {operation} b")  # one of four literals above
    assert isinstance(found, Twofold)
    for x, y, z in zip(fractions(a), fractions(b), fractions(found)):
        want = {"+": x + y, "-": x - y, "*": x * y, "/": x / y}[operation]
        size = abs(x) + abs(y) if operation in "+-" else abs(want)
        assert abs(z - want) <= size * Fraction(2) ** -100
    assert (leading(found) == found.high).all()


def test_a_sum_that_cancels_keeps_the_lower_part() -> None:
    third = TWO.number(np.array(1.0)) / 3.0
    rest = third - np.array(1 / 3)
    assert float(leading(rest)) == float(Fraction(1, 3) - Fraction(1 / 3)) and rest.high != 0


def test_selection_comparison_and_loops_take_both_parts_along() -> None:
    third = TWO.number(np.array([1.0, -1.0])) / 3.0
    assert (TWO.abs(third).low == third.low * [1, -1]).all() and (third < 0.0).tolist() == [False, True]
    chosen = TWO.where(np.array([True, False]), third, 2.0)
    assert chosen.high.tolist() == [1 / 3, 2.0] and chosen.low.tolist() == [third.low[0], 0.0]
    going, (count, total) = TWO.repeat(
        np.array([True, True]), [np.array([3.0, 1.0]), third], lambda going, state: (state[0] > 1.0, [state[0] - 1.0, state[1] + third]), 9)
    assert count.tolist() == [0.0, 0.0] and not going.any()
    assert fractions(total)[0] == pytest.approx(Fraction(4, 3), rel=1e-31) and total.high[1] == -2 / 3
    [kept] = TWO.rarely(np.array([False, False]), [third], lambda: [1 / 0])
    assert kept.high is third.high
