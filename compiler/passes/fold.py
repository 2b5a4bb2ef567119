"""Constants: what is computed from constants only is computed now, by the NumPy meaning of the rows.

Only small results are folded, so that no compiled function grows by an array that it could compute. An array whose
elements all have the same bits becomes one number that is broadcast.
"""
from __future__ import annotations

import numpy as np

from ...ir import ops
from ...ir.node import Node
from ...ir.op import TABLE, Constant, Op
from ...ir.ops.source import filled, uniform
from .rule import Rule, rewrites

SMALL = 256  # elements

_KEPT = (ops.broadcast, ops.cond, ops.scan, ops.custom, ops.item, ops.stop_gradient)
FOLDABLE: tuple[Op, ...] = tuple(op for op in TABLE.values() if op.arity != 0 and op not in _KEPT)
_MANY = tuple(op for op in FOLDABLE if op.arity is None)


def _static(value: object) -> bool:
    if isinstance(value, tuple):
        return all(map(_static, value))
    return isinstance(value, (int, str, bool, np.integer))


@rewrites(*(op for op in FOLDABLE if op not in _MANY), name="constants folded", children=(ops.const,))
def _fold(node: Node) -> Node | None:
    """f(constants) -> constant"""
    size = node.type.size
    if not isinstance(size, int) or size > SMALL or not all(_static(a) for a in node.attrs):
        return None
    arrays = [arg.attrs[0].array for arg in node.args if arg.op is ops.const]
    if len(arrays) != len(node.args):
        return None
    with np.errstate(all="ignore"):
        value = node.op.evaluate(*arrays, *node.attrs)
    return ops.const(value=Constant(np.asarray(value, node.type.dtype).reshape(node.type.shape)))


fold_many = Rule("constants folded", "exact", roots=_MANY, function=_fold.function)


@rewrites(ops.const, name="uniform constant broadcast")
def _uniform(node: Node) -> Node | None:
    """[c, c, c] -> broadcast(c)"""
    number = uniform(node)
    return None if number is None or not node.type.shape else filled(node.type, number)


RULES = [_fold, fold_many, _uniform]
