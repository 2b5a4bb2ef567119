"""Random graphs of every structural op: the modes agree to rounding at two orders, with numbers, and with their batch."""
from __future__ import annotations

import numpy as np
from graphs import programs
from hypothesis import HealthCheck, assume, given, settings

from wengert.compiler.autodiff import batch, grad, jvp, vjp
from wengert.compiler.check import check_grad
from wengert.ir import ops
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import postorder

relaxed = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])


def inner(a, b):
    return sum(float(np.sum(x * y)) for x, y in zip(a, b)), sum(float(np.sum(np.abs(x * y))) for x, y in zip(a, b))


def close(a, b, size):
    assert abs(a - b) <= 1e-9 * size + 1e-12, (a, b, size)


@relaxed
@given(programs(smooth=True))
def test_modes_agree_on_a_program_and_on_its_gradient(program):
    graph, arrays = program
    random = np.random.default_rng(0)
    seeds = [random.normal(size=a.shape) for a in arrays]
    first = vjp(list(graph.outputs), list(graph.inputs), [1.0] * len(graph.outputs))
    for outputs in (list(graph.outputs), first):
        values = evaluate(graph.with_outputs(outputs), *arrays)
        assume(all(np.all(np.abs(v) < 1e6) for v in values))
        weights = [random.normal(size=v.shape) for v in values]
        tangents = [ops.input(name=f"t{k}", type=node.type) for k, node in enumerate(graph.inputs)]
        cotangents = [ops.input(name=f"c{k}", type=node.type) for k, node in enumerate(outputs)]
        pushed = evaluate(Graph("jvp", [*graph.inputs, *tangents], jvp(outputs, list(graph.inputs), tangents)), *arrays, *seeds)
        pulled = evaluate(
            Graph("vjp", [*graph.inputs, *cotangents], vjp(outputs, list(graph.inputs), cotangents)), *arrays, *weights
        )
        (a, size), (b, other) = inner(weights, pushed), inner(seeds, pulled)
        assume(size < 1e12)
        close(a, b, max(size, other))


@settings(relaxed, max_examples=40)
@given(programs(smooth=True, steps=6))
def test_numbers_agree(program):
    graph, arrays = program
    values = evaluate(graph, *arrays)
    assume(all(np.all(np.abs(v) < 1e3) for v in values))
    used = {node for node in postorder(graph.outputs) if node.op is ops.input}
    assume(graph.inputs[0] in used)
    at = {node.attrs[0]: array for node, array in zip(graph.inputs, arrays) if node in used}
    check_grad(list(graph.outputs), at=at, directions=2).raise_if_failed()


@settings(relaxed, max_examples=60)
@given(programs())
def test_a_batch_is_its_members(program):
    graph, arrays = program
    many = [ops.input(name=f"many{k}", type=node.type.with_shape((3, *node.type.shape))) for k, node in enumerate(graph.inputs)]
    stacked = [np.stack([a, -0.5 * a, a + 1.0]) for a in arrays]
    outputs = batch(list(graph.outputs), dict(zip(graph.inputs, many)))
    found = evaluate(Graph("batch", many, outputs), *stacked)
    for k in range(3):
        for got, wanted in zip(found, evaluate(graph, *[a[k] for a in stacked])):
            np.testing.assert_allclose(got[k], wanted, rtol=1e-9, atol=1e-12)


@settings(relaxed, max_examples=60)
@given(programs(empty=True, special=True, dtypes=("float64", "float32")))
def test_gradients_of_anything_have_the_right_type(program):
    """Empty arrays, infinities and NaN pass through; nothing raises."""
    graph, arrays = program
    cost = next((node for node in graph.outputs if node.type.is_float), None)
    assume(cost is not None)
    total = ops.sum(cost, axes=tuple(range(cost.type.ndim)))
    slopes = grad(total, list(graph.inputs))
    assert [slope.type for slope in slopes] == [node.type for node in graph.inputs]
    for value, array in zip(evaluate(graph.with_outputs(slopes), *arrays), arrays):
        assert value.shape == array.shape and value.dtype == array.dtype
