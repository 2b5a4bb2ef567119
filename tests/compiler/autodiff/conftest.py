"""What the tests of derivatives share: symbols and values, through the reference interpreter."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from wengert.ir import ops
from wengert.ir.evaluate import evaluate
from wengert.ir.graph import Graph
from wengert.ir.node import Node, postorder
from wengert.ir.types import Type


def make_symbol(name: str, shape: Sequence[Any] = (), dtype: str = "float64") -> Node:
    return ops.input(name=name, type=Type(dtype, shape))


def value_of(nodes: Any, **values: Any) -> Any:
    """The value of a node, or of each node of a list."""
    listed = [nodes] if isinstance(nodes, Node) else list(nodes)
    inputs = [node for node in postorder(listed) if node.op is ops.input]
    found = evaluate(Graph("test", inputs, listed), *[np.asarray(values[node.attrs[0]], node.type.dtype) for node in inputs])
    return found[0] if isinstance(nodes, Node) else list(found)


@pytest.fixture
def symbol() -> Callable[..., Node]:
    return make_symbol


@pytest.fixture
def value() -> Callable[..., Any]:
    return value_of
