"""The digest tells apart what the text form tells apart, and nothing else."""
from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from graphs import programs
from hypothesis import given

from wengert.ir import ops
from wengert.ir.digest import digest
from wengert.ir.graph import Graph
from wengert.ir.node import Node
from wengert.ir.op import Constant
from wengert.ir.text import dump, parse
from wengert.ir.types import Type


def bare(graph: Graph) -> str:
    return dump(graph, sources=None)


@given(programs(dtypes=("float64", "int32", "bool"), regions=True), programs(dtypes=("float64", "int32", "bool"), regions=True))
def test_two_graphs_have_one_digest_if_they_have_one_text(first, second):
    assert (digest(first.graph) == digest(second.graph)) == (bare(first.graph) == bare(second.graph))


@given(programs(regions=True))
def test_the_text_keeps_the_digest(program):
    graph = program.graph
    assert digest(parse(bare(graph))) == digest(parse(dump(graph, sources="path"))) == digest(graph)
    assert digest(graph.with_outputs([*graph.outputs, graph.inputs[0]])) != digest(graph)


def x(name: str = "x", dtype: str = "float64", shape: tuple[object, ...] = ("n", 3)) -> Node:
    return ops.input(name=name, type=Type(dtype, shape))


def one(value: object) -> Node:
    return ops.const(value=Constant(value))


@pytest.mark.parametrize("make", [
    lambda: Graph("g", [x()], [x()]), lambda: Graph("f", [x("y")], [x("y")]),
    lambda: Graph("f", [x(dtype="float32")], [x(dtype="float32")]),
    lambda: Graph("f", [x(shape=("m", 3))], [x(shape=("m", 3))]), lambda: Graph("f", [x(), x("y")], [x()]),
    lambda: Graph("f", [x("y"), x()], [x()]), lambda: Graph("f", [x()], [x(), x()]), lambda: Graph("f", [x()], []),
    lambda: Graph("f", [x()], [ops.sin(x())]), lambda: Graph("f", [x()], [ops.sin(x()), x()]),
    lambda: Graph("f", [x()], [x(), ops.sin(x())]),
    lambda: Graph("f", [x()], [ops.sum(x(), axes=(0,))]), lambda: Graph("f", [x()], [ops.sum(x(), axes=(1,))]),
    lambda: Graph("f", [x()], [ops.subtract(x(), ops.sin(x()))]), lambda: Graph("f", [x()], [ops.subtract(ops.sin(x()), x())]),
    *(lambda v=v: Graph("f", [], [one(v)]) for v in (0.0, -0.0, np.nan, np.float32(0), np.int64(0), np.int32(0), False, [0.0], [[0.0]])),
])
def test_each_of_these_is_another(make):
    graph = make()
    assert digest(graph) == digest(make())
    others = seen.setdefault(digest(graph), set())
    others.add(bare(graph))
    assert len(others) == 1


seen: dict[str, set[str]] = {}


def test_other_processes_agree():
    text = bare(Graph("f", [x()], [ops.sum(ops.exp(x()), axes=(1,)), one([1.5, 2.0])]))
    script = f"from wengert.ir.digest import digest; from wengert.ir.text import parse; print(digest(parse({text!r})))"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == digest(parse(text))
