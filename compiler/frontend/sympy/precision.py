"""The same program in float32: every float64 of it is one, constants are rounded once.

Done before the passes, so that each rewriting knows the precision. Knows nothing of SymPy; read `lambdify.py`, which calls it.
"""
from __future__ import annotations

from collections.abc import Sequence

from ....ir import ops, provenance
from ....ir.graph import Graph
from ....ir.node import Node, make, postorder
from ....ir.ops.source import constant
from ....ir.types import TupleType


def single(inputs: Sequence[Node], outputs: Sequence[Node]) -> tuple[list[Node], list[Node]]:
    """The inputs and outputs with float32 for float64.

    >>> x = ops.input(name="x", type=constant(1.0).type)
    >>> inputs, outputs = single([x], [x * 2.0])
    >>> inputs[0].type, outputs[0].type
    (f32, f32)
    """
    new: dict[Node, Node] = {}
    with provenance.within(None):
        for node in postorder([*inputs, *outputs]):
            provenance.inherit(node)
            new[node] = _narrow(node, [new[arg] for arg in node.args])
    return [new[node] for node in inputs], [new[node] for node in outputs]


def _narrow(node: Node, args: list[Node]) -> Node:
    wide = not isinstance(node.type, TupleType) and node.type.dtype.name == "float64"
    if node.op is ops.input:
        return ops.input(name=node.attrs[0], type=node.type.with_dtype("float32")) if wide else node
    if node.op is ops.const:
        return constant(node.attrs[0].array.astype("float32")) if wide else node
    attrs = [
        Graph(attr.name, *single(attr.inputs, attr.outputs)) if isinstance(attr, Graph) else
        "float32" if name == "dtype" and attr == "float64" else attr for name, attr in zip(node.op.attributes, node.attrs)
    ]
    return make(node.op, args, tuple(attrs))
