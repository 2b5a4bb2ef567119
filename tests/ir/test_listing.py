"""A program as arrays of numbers says what its nodes say, before a rewrite and after it."""
from __future__ import annotations

import random

import numpy as np
import pytest
from graphs import programs
from hypothesis import given
from hypothesis import strategies as st
from listings import wrong

from wengert.compiler.passes import pipeline
from wengert.ir import ops
from wengert.ir.errors import GraphError
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.order import Order, numbered, places
from wengert.ir.types import Type

SCALAR = Type("float64")


@given(programs(dtypes=("float64", "int32"), regions=True))
def test_a_listing_says_what_the_nodes_say(program) -> None:
    assert wrong(program.graph.listing) == []
    assert [node is other for node, other in zip(program.graph.listing.rebuilt(), program.graph.nodes, strict=True)]
    assert wrong(pipeline.run(program.graph)[0].listing) == []


def scalars(seed: int, count: int = 30) -> Graph:
    draw = random.Random(seed)
    inputs: list[Node] = [ops.input(name=f"x{k}", type=SCALAR) for k in range(3)]
    nodes = list(inputs)
    for _ in range(count):
        op = draw.choice([ops.add, ops.multiply, ops.sin, ops.exp, ops.subtract])
        nodes.append(op(*[draw.choice(nodes[-8:]) for _ in range(op.arity or 0)]))
    return Graph("scalars", inputs, nodes[-3:])


@pytest.mark.parametrize("damage", ["args", "outputs", "of", "order"])
def test_what_is_wrong_is_found(damage: str) -> None:
    listing = scalars(5).listing
    assert wrong(listing) == []
    if damage == "args":
        listing.args[-1] -= 1
    elif damage == "outputs":
        listing.outputs[0] -= 1
    elif damage == "of":
        listing.ops[1][3:5] = listing.ops[1][4:2:-1] + 1
    else:
        listing.nodes[3], listing.nodes[-1] = listing.nodes[-1], listing.nodes[3]
    assert wrong(listing) != []


def terms(nodes: list[Node], args: list[list[int]], outputs: list[int]) -> list[int] | None:
    """A number for each output, equal for equal expressions; None where a value needs itself."""
    numbers: dict[object, int] = {}
    found: dict[int, int] = {}
    for root in outputs:
        path = [(root, iter(args[root]))]
        open_values = {root}
        while path:
            k, rest = path[-1]
            for a in rest:
                if a in open_values:
                    return None
                if a not in found:
                    path.append((a, iter(args[a])))
                    open_values.add(a)
                    break
            else:
                path.pop()
                open_values.discard(k)
                found[k] = numbers.setdefault((nodes[k].op, nodes[k].attrs, *(found[a] for a in args[k])), len(numbers))
    return [found[k] for k in outputs]


@given(st.integers(0, 10**6), st.data())
def test_values_become_others_as_a_substitution_says(seed: int, data: st.DataObject) -> None:
    """Any values may become any others, old or new ones; where one then needs itself, that is said."""
    listing = scalars(seed).listing
    nodes, names = list(listing.nodes), {}
    for _ in range(data.draw(st.integers(0, 4))):
        new = ops.multiply(nodes[data.draw(st.integers(0, len(nodes) - 1))], nodes[data.draw(st.integers(0, len(nodes) - 1))])
        if listing.number(new) is None and new not in names:
            names[new] = len(nodes)
            nodes.append(new)
    into: dict[int, int] = {}
    for _ in range(data.draw(st.integers(0, 5))):
        k, other = (data.draw(st.integers(0, len(nodes) - 1)) for _ in range(2))
        last = other
        while last in into:
            last = into[last]
        if k >= 3 and last != k and k not in into:
            into[k] = other

    def stands(k: int) -> int:
        while k in into:
            k = into[k]
        return k

    def number(node: Node) -> int:
        return names[node] if node in names else listing.number(node)  # type: ignore[return-value]

    args = [[stands(number(arg)) for arg in node.args] for node in nodes]
    expected = terms(nodes, args, [stands(k) for k in listing.outputs.tolist()])
    if expected is None:
        with pytest.raises(GraphError, match="leads back to it"):
            listing.rewritten(nodes, into, names)
        return
    found = listing.rewritten(nodes, into, names)
    assert (found.args < found.readers).all()
    if len(set(found.rebuilt())) == len(found):  # else two values are computed alike, which a rewrite makes one of
        assert wrong(found) == []
    ours = [(found.args[a:b] + len(nodes)).tolist() for a, b in zip(found.begins, found.begins[1:])]
    both_programs = nodes + found.nodes, args + ours
    both = terms(*both_programs, [*(stands(k) for k in listing.outputs.tolist()), *(found.outputs + len(nodes)).tolist()])
    assert both is not None and both[:3] == both[3:]
    known = [(k, found.number(node)) for k, node in enumerate(nodes) if found.number(node) is not None]
    both = terms(*both_programs, [n for k, value in known for n in (stands(k), value + len(nodes))])
    assert both is not None and both[::2] == both[1::2]  # what a node stood for, it stands for still


def test_a_value_that_needs_a_later_one_has_it_before() -> None:
    """The kept order is wrong where a value becomes one that comes after its reader: then it is made anew."""
    x, y = (ops.input(name=n, type=SCALAR) for n in "xy")
    early, late = ops.sin(x), ops.cos(y)
    listing = Graph("g", [x, y], [ops.exp(early), late]).listing
    k, other = listing.number(early), listing.number(late)
    assert k is not None and other is not None and k < other
    order = Order(len(listing), listing.begins, np.where(listing.args == k, other, listing.args), np.array([0, 1]), listing.outputs)
    assert order.kept().tolist() == [0, 1, 3, 4] and order.by_need().tolist() == [0, 1, 4, 3]
    found = listing.rewritten(listing.nodes, {k: other}, {})
    assert [node.op.name for node in found.nodes] == ["input", "input", "cos", "exp"] and wrong(found) == []


def test_places() -> None:
    begins = np.array([0, 2, 2, 5, 6])
    assert places(begins, np.array([2, 0, 1])).tolist() == [2, 3, 4, 0, 1]
    assert places(begins, np.array([], int)).tolist() == []
    assert numbered([2, 0], 4).tolist() == [1, -1, 0, -1]


def test_what_is_dropped_may_be_deep() -> None:
    x = ops.input(name="x", type=SCALAR)
    node = x
    for _ in range(30_000):
        node = ops.sin(node)
    listing = Graph("deep", [x], [node]).listing
    found = listing.rewritten(listing.nodes, {len(listing) - 1: 0}, {})
    assert len(found) == 1 and found.outputs.tolist() == [0]
