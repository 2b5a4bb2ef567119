"""The pipeline as a whole: levels, regions, its log, its speed and its depth."""
import random
from collections.abc import Callable

import numpy as np
import pytest

from wengert.compiler.explain import Explanation
from wengert.compiler.passes import canonical, cheaper, pipeline
from wengert.compiler.passes.rewrite import Fired, rewrite
from wengert.compiler.passes.rule import EXACT
from wengert.compiler.passes.table import Table
from wengert.ir import library as wg
from wengert.ir import ops, provenance
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node, make, postorder
from wengert.ir.types import Type

SCALAR = Type("float64")
x, y = (ops.input(name=n, type=SCALAR) for n in "xy")


def test_levels() -> None:
    graph = Graph("f", [x, y], [wg.stop_gradient(wg.log(1 + x)) + y * (1 / x)])
    texts = [str(pipeline.run(graph, level)[0]) for level in (0, 1, 2)]
    assert "stop_gradient" not in texts[0] and "log1p" not in texts[0]
    assert "log1p" in texts[1] and "reciprocal" in texts[1]
    assert "divide" in texts[2]


def test_a_finished_graph_stays_the_same() -> None:
    graph = Graph("f", [x, y], [wg.exp(x) * y])
    assert pipeline.run(graph)[0] is graph


def test_products_that_commute_are_one() -> None:
    graph = Graph("f", [x, y], [wg.sin(x * y), wg.cos(y * x)])
    after, log = pipeline.run(graph)
    assert after.outputs[0].args[0] is after.outputs[1].args[0]
    assert log.passes[1].operations == (4, 3)


def test_regions_are_improved() -> None:
    p = ops.input(name="p0", type=SCALAR)
    yes, no = Graph("yes", [p], [wg.log(1 + p)]), Graph("no", [p], [1.0 * p])
    after, _ = pipeline.run(Graph("f", [x], [ops.cond(x > 0, x, yes=yes, no=no)]))
    region = after.outputs[0].attrs[0]
    assert region.outputs[0] is wg.log1p(p)
    assert after.outputs[0].attrs[1].outputs[0] is p


def test_explanation(golden: Callable[[str, str], None]) -> None:
    u, v = (ops.input(name=n, type=SCALAR) for n in "uv")  # of its own: shared nodes keep the line that made them first
    with provenance.within(("/model.py", 12)):
        cost = wg.log(1 + wg.exp(u)) + 2.0 * u * 1
    with provenance.within(("/model.py", 13)):
        cost = cost + v * 1 * (1 / u)
    _, log = pipeline.run(Graph("f", [u, v], [cost]))
    assert isinstance(log, Explanation) and str(log) == repr(log)
    golden("passes/explain.txt", str(log))


def program(n: int, seed: int = 0) -> Graph:
    draw = random.Random(seed)
    nodes: list[Node] = [ops.input(name=f"x{k}", type=SCALAR) for k in range(20)]
    inputs = tuple(nodes)
    constants = [wg.full((), v) for v in (0.5, 2.0, -1.0, 3.0)]
    rows = [ops.add, ops.multiply, ops.multiply, ops.subtract, ops.sin, ops.cos, ops.square, ops.negative]
    with provenance.within(None):
        for _ in range(n):
            op = draw.choice(rows)
            nodes.append(make(op, [draw.choice(nodes[-200:] + constants) for _ in range(op.arity or 0)]))
    return Graph("program", inputs, nodes[-200:])


@pytest.mark.parametrize("seed", range(20))
def test_exact_rules_keep_the_bits_of_whole_programs(seed: int) -> None:
    """Some hundred nodes with negations, constants and shared parts: every output, every bit."""
    graph = program(400, seed)
    exact = Table([rule for rule in [*canonical.RULES, *cheaper.RULES] if rule.kind == EXACT])
    fired = Fired()
    after = graph.with_outputs(rewrite(graph.outputs, exact, fired))
    assert len(fired.entries) > 50
    draw = np.random.default_rng(seed)
    for scale in (0.0, -0.0, 1.0, 1e-3, 1e200):
        at = draw.standard_normal(20) * scale
        for a, b in zip(evaluate(graph, *at), evaluate(after, *at)):
            assert (np.isnan(a) and np.isnan(b)) or (a == b and np.signbit(a) == np.signbit(b))


def test_a_second_run_of_a_large_graph_changes_nothing() -> None:
    after, _ = pipeline.run(program(90_000))
    assert pipeline.run(after)[0] is after


def test_depth() -> None:
    node = x
    with provenance.within(None):
        for _ in range(20_000):
            node = ops.negative(ops.sin(node))
    after, _ = pipeline.run(Graph("deep", [x], [node]))
    assert len(postorder(after.outputs)) > 20_000
