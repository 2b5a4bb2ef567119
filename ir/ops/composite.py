"""How a row is declared whose meaning is a composition of other rows: `composite("digamma_gap", 2, body, ...)`.

Such a row is one node with derivatives of its own as long as a program is built and differentiated; then it becomes its
composition, for native code and in the interpreter alike, computed in float64. Read `gamma.py` next.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..node import Node
from ..op import Op, Partial, Partials, Zero
from ..types import Type
from .elementwise import FLOATS, same_types
from .logic import cast
from .source import input

if TYPE_CHECKING:
    from ..graph import Graph


class Composite(NamedTuple):
    """The composition: from float64 nodes of one type, and the attributes, to a node of that type."""

    name: str
    body: Callable[..., Any]

    def nodes(self, args: Sequence[Node], attributes: Sequence[object]) -> Node:
        """The composition on arguments of any one float type."""
        type = args[0].type
        result: Node = self.body(*(a if type.dtype_name == "float64" else cast(a, dtype="float64") for a in args), *attributes)
        return result if result.type is type else cast(result, dtype=type.dtype_name)

    def evaluate(self, *values: Any) -> np.ndarray:
        """Arrays, then attributes: the composition run by the interpreter."""
        from ..evaluate import evaluate
        from ..graph import Graph

        arrays = [np.asarray(v) for v in values if isinstance(v, (np.ndarray, np.floating))]
        inputs = [input(name=f"{self.name}{k}", type=Type(a.dtype.name, a.shape)) for k, a in enumerate(arrays)]
        return np.asarray(evaluate(Graph(self.name, inputs, [self.nodes(inputs, values[len(arrays):])]), *arrays)[0])


COMPOSITE: dict[str, Composite] = {}  # by the name of the op


def in_float64(body: Callable[..., Any]) -> Partial:
    """A partial that is a composition of the arguments alone, computed in float64 like the value."""
    return lambda *args: Composite("", body).nodes(args[:-1], ())


def where(condition: object, yes: object, no: object) -> Node:
    """A selection of nodes or numbers in a composition. `convert.py` is built on this folder, so it is imported at the call."""
    from ..convert import where

    return where(condition, yes, no)


def composite(
    name: str, arity: int, body: Callable[..., Any], *partials: Partial, doc: str, sample: tuple[tuple[float, float], ...],
    attributes: tuple[str, ...] = (),
) -> Op:
    """Declare an elementwise row of floats that means `body(*arguments, *attributes)`, a composition of rows.

    partials   one an argument, from (*arguments, result); none at all: piecewise constant
    """
    if len(partials) not in (0, arity):
        raise ValueError(f"op {name}: {arity} arguments need {arity} partials, got {len(partials)}")
    declared = COMPOSITE[name] = Composite(name, body)
    typed = same_types(name, FLOATS)
    return Op(
        name, lambda types, *_: typed(types), declared.evaluate, Partials(partials) if partials else Zero(), attributes, arity=arity,
        doc=doc, takes=FLOATS, sample=sample,
    )


def expand(node: Node) -> Node:
    """The composition that a node of such a row means."""
    return COMPOSITE[node.op.name].nodes(node.args, node.attrs)


def expanded(graph: Graph) -> Graph:
    """The graph without nodes of such rows: each replaced by its composition, also those inside compositions."""
    from ..graph import rebuild, same

    while any(op.name in COMPOSITE for op in graph.ops):
        graph = graph.with_outputs(rebuild(
            graph.outputs, lambda node, args: expand(same(node, args)) if node.op.name in COMPOSITE else same(node, args)))
    return graph
