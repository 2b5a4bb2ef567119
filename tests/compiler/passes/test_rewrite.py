"""The engine: what a change far below does to the values above it, and what it leaves alone."""
from __future__ import annotations

import numpy as np
import pytest

import wengert as wg
from wengert.compiler.passes.rewrite import HORIZON, Fired, Sweep, rewrite
from wengert.compiler.passes.rule import exact
from wengert.compiler.passes.stabilize import stabilized
from wengert.compiler.passes.table import Table
from wengert.ir import ops
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.types import Type

X, Y = (ops.input(name=f"rewritten_{n}", type=Type("float64")) for n in "xy")
ONCE = exact("times one", lambda x: (x * 1.0, x))


def chain(node: Node, depth: int) -> Node:
    for _ in range(depth):
        node = ops.sin(node)
    return node


@pytest.mark.parametrize("depth", [1, HORIZON, HORIZON + 1, 3 * HORIZON, 2000])
def test_values_far_above_become_one_where_those_below_do(depth: int) -> None:
    one = ops.const(value=wg.full((), 1.0).attrs[0])
    first, second = chain(ops.multiply(X, one), depth), chain(X, depth)
    for outputs in ([first, second], [second, first]):
        after = rewrite(outputs, Table([ONCE]))
        assert after[0] is after[1] is second


def test_far_above_a_change_a_node_stays_a_name_of_its_value() -> None:
    one = ops.const(value=wg.full((), 1.0).attrs[0])
    top = chain(ops.multiply(X, one), 50)
    listing = Graph("g", [X], [top]).listing
    found = Sweep(listing, Table([ONCE])).run()
    assert found.nodes[-1] is top and found.number(top) == len(found) - 1 == 50
    assert found.rebuilt()[-1] is chain(X, 50)
    assert evaluate(Graph("after", [X], [found.rebuilt()[-1]]), 0.3) == evaluate(Graph("before", [X], [top]), 0.3)


@pytest.mark.parametrize("depth", range(1, HORIZON + 1))
def test_a_rule_sees_what_became_of_the_values_below_as_deep_as_it_looks(depth: int) -> None:
    """sin(sin(...(exp x))) is replaced as a whole, and the exp is there only after another rule has made it."""
    rules = [exact("made", lambda x: (ops.cosh(x), ops.exp(x))), exact("seen", lambda x: (chain(ops.exp(x), depth), ops.tanh(x)))]
    assert rewrite([chain(ops.cosh(X), depth)], Table(rules))[0] is ops.tanh(X)


def test_a_second_run_finds_nothing() -> None:
    rules = Table([ONCE, exact("doubled", lambda x: (x + x, x * 2.0)), exact("made", lambda x: (ops.cosh(x), x * 1.0 + x * 1.0))])
    once = rewrite([chain(ops.cosh(chain(X, 5)), 30), chain(X, 40)], rules)
    fired = Fired()
    assert all(a is b for a, b in zip(rewrite(once, rules, fired), once, strict=True)) and fired.entries == []


def test_what_gains_nothing_is_left_to_the_passes() -> None:
    """Rules that keep every bit say nothing about accuracy: what a person wrote is differentiated as it is."""
    plain = (X * 1.0 + Y) - 0.0
    assert stabilized([plain])[0] is plain
    assert stabilized([wg.log(1 + wg.exp(plain))])[0] is not plain
    fired = Fired()
    rewrite([X * 1.0], Table([ONCE]), fired)
    assert fired.exact and [name for name, _ in fired.entries] == ["times one"]


def test_rows_are_laid_out_when_an_op_is_met() -> None:
    earlier, new = exact("earlier", lambda x: (ops.sin(x), ops.cos(x))), exact("new", lambda x: (ops.exp(x), ops.sin(x)))
    table = Table([new], [earlier])
    assert table.row(ops.sin, every=False) is None and table.row(ops.add, every=True) is None
    assert [rule for rule, _ in table.row(ops.sin, every=True).attempts((X,))] == [earlier]
    assert [rule for rule, _ in table.row(ops.exp, every=False).attempts((X,))] == [new]
    assert rewrite([ops.exp(X)], table)[0] is ops.cos(X)  # what a new rule builds meets the earlier ones
    assert rewrite([ops.sin(Y)], table)[0] is ops.sin(Y)  # what was there has met them


def test_operands_in_the_other_order_are_one_value() -> None:
    table = Table([ONCE])
    after = rewrite([ops.multiply(X, Y), ops.sin(ops.multiply(Y, X)), ops.subtract(X, Y), ops.subtract(Y, X)], table)
    assert after[1].args[0] is after[0] and after[2] is not after[3]
    np.testing.assert_equal(evaluate(Graph("after", [X, Y], after), 2.0, 3.0)[2:], (-1.0, 1.0))
