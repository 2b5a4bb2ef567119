"""The engine: what a change far below does to the values above it, and what it leaves alone."""
from __future__ import annotations

import random
from collections.abc import Callable

import numpy as np
import pytest
from listings import wrong

import wengert as wg
from wengert.compiler.passes.rewrite import HORIZON, Fired, Sweep, rewrite
from wengert.compiler.passes.rule import Rule, exact, rewrites
from wengert.compiler.passes.stabilize import stabilized
from wengert.compiler.passes.table import Table
from wengert.ir import ops
from wengert.ir.errors import GraphError
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.op import Op
from wengert.ir.types import Type

X, Y = (ops.input(name=f"rewritten_{n}", type=Type("float64")) for n in "xy")
ONCE = exact("times one", lambda x: (x * 1.0, x))
MADE = exact("made", lambda x: (ops.cosh(x), ops.exp(x)))


def chain(node: Node, depth: int, op: Op = ops.sin) -> Node:
    for _ in range(depth):
        node = op(node)
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
    rules = [MADE, exact("seen", lambda x: (chain(ops.exp(x), depth), ops.tanh(x)))]
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


@pytest.mark.parametrize("passes", [[[MADE, ONCE]], [[MADE], [ONCE]]])
def test_values_are_one_also_where_one_still_has_its_old_node(passes: list[list[Rule]]) -> None:
    """The sine above the fourth one is as deep as a change is told; another one of the same value comes later."""
    fourth = chain(ops.cosh(X), HORIZON)
    listing = Graph("g", [X], [ops.sin(fourth), ops.sin(fourth * 1.0), ops.sin(fourth * 1.0 * 1.0)]).listing
    for rules in passes:
        listing = Sweep(listing, Table(rules)).run()
    assert len(set(listing.outputs.tolist())) == 1 and len(listing) == len(set(listing.rebuilt())) == HORIZON + 3


@pytest.mark.parametrize("depth", [10, 8000])
def test_a_program_may_become_what_comes_after_it(depth: int) -> None:
    """Each value becomes one whose turn is still to come; what these need is looked at once, not once for each."""
    first, second = chain(X, depth, ops.cosh), chain(X, depth, ops.exp)
    after = rewrite([first, second], Table([MADE]))
    assert after[0] is after[1] is second


@rewrites(ops.multiply, name="to the right")
def to_the_right(node: Node) -> Node | None:
    a, b = node.args
    return ops.multiply(b, a) if a.op is ops.const and b.op is not ops.const else None


def test_a_rule_may_prefer_the_order_that_gave_way() -> None:
    """The product with its constant at the right became the one with it at the left, before a rule came that wants it at the right."""
    two = ops.const(value=wg.full((), 2.0).attrs[0])
    right = ops.multiply(X, two)
    listing = Graph("g", [X], [ops.multiply(two, X), ops.sin(right)]).listing
    one = Sweep(listing, Table([ONCE])).run()
    assert one.nodes[int(one.outputs[0])] is ops.multiply(two, X) and one.number(right) == int(one.outputs[0])
    found = Sweep(one, Table([to_the_right])).run()
    assert wrong(found) == []
    nodes = found.rebuilt()
    assert [nodes[k] for k in found.outputs.tolist()] == [right, ops.sin(right)]


@pytest.mark.parametrize("there, back", [
    (lambda x, y, z: ((x + y) + z, x + (y + z)), lambda x, y, z: (x + (y + z), (x + y) + z)),
    (lambda x, y: (x * y, y * x), lambda x: (x * 1.0, x)),
    (lambda x, y: (x - y, -(y - x)), lambda x: (ops.negative(-x), x)),
    (lambda x: (ops.sin(x), ops.sin(x * 1.0)), lambda x: (x * 1.0, x)),
])
def test_circles_are_refused(there: Callable[..., object], back: Callable[..., object]) -> None:
    table = Table([exact("there", there), exact("back", back)])
    with pytest.raises(GraphError, match="leads back to it"):
        rewrite([ops.sin((X + Y) + ops.exp(X)), ops.cos(X * Y) - Y], table)


def test_a_rule_without_end_is_stopped() -> None:
    """A value that has become another one many times is found in one step, and the program is still what it was."""
    top = ops.square(chain(X, 2000))
    fired = Fired()
    after = rewrite([top], Table([exact("endless", lambda x: (ops.square(x), ops.square(ops.abs(x))))]), fired)
    assert len(fired.entries) == 1000 + 20 * 2002
    assert evaluate(Graph("after", [X], after), 0.3) == evaluate(Graph("before", [X], [top]), 0.3)
    with pytest.raises(GraphError, match="leads back to it"):
        rewrite([top], Table([exact("endless", lambda x: (ops.square(x), ops.square(ops.square(x))))]))


@pytest.mark.parametrize("seed", range(30))
def test_programs_of_whole_numbers_keep_every_bit(seed: int) -> None:
    """All laws of a ring are exact for integers that wrap: random tables of them, on programs whose values often become one."""
    draw = random.Random(seed)
    inputs = [ops.input(name=f"whole_{k}", type=Type("int64")) for k in range(3)]
    nodes: list[Node] = list(inputs)
    for _ in range(60):
        op = draw.choice([ops.add, ops.subtract, ops.multiply, ops.negative, ops.square, ops.sign, ops.maximum])
        nodes.append(op(*[draw.choice(nodes[-8:]) for _ in range(op.arity or 0)]))
        if draw.random() < 0.3:
            node, other = draw.choice(nodes), draw.choice(nodes)
            nodes.append(chain(draw.choice([node * 1, ops.negative(-node), (node + other) - other, node]), draw.randint(0, 7), ops.sign))
        if nodes[-1].op.commutes:
            nodes.append(nodes[-1].op(*nodes[-1].args[::-1]))
    graph = Graph("whole", inputs, draw.sample(nodes, 8))
    rules = [to_the_right, *(exact(str(k), sides) for k, sides in enumerate(draw.sample(LAWS, 8)))]
    early = draw.randint(0, len(rules))
    listing = graph.listing
    for table in (Table(rules[:early]), Table(rules[early:], rules[:early])):
        listing = Sweep(listing, table).run()
        assert wrong(listing) == [] and len(set(listing.rebuilt())) == len(listing)
    after = graph.listed(listing)
    given = np.random.default_rng(seed).integers(-9, 9, 3)
    np.testing.assert_array_equal(evaluate(after, *given), evaluate(graph, *given))
    fired = Fired()
    assert Sweep(listing, Table(rules), fired).run() is listing and fired.entries == []


LAWS: list[Callable[..., object]] = [
    lambda x: (x * 1, x), lambda x: (ops.negative(-x), x), lambda x, y: (x + -y, x - y),
    lambda x, y: (x - -y, x + y), lambda x: (x + x, x * 2),
    lambda x, y: (-x * y, -(x * y)), lambda x: (x * x, ops.square(x)), lambda x: (ops.square(-x), ops.square(x)),
    lambda x: (x - x, x * 0), lambda x, y: ((x + y) - y, x), lambda x, y: ((x - y) + y, x), lambda x, y: (-(x - y), y - x),
    lambda x, y, z: (x * y + x * z, x * (y + z)), lambda x: (ops.maximum(x, x), x), lambda x: (ops.sign(ops.sign(x)), ops.sign(x)),
    lambda x, y: (ops.square(x) - ops.square(y), (x - y) * (x + y)),
]
