"""The language in which models, derivative rules and rewrite rules are written: NumPy's functions on nodes.

Elementwise functions convert, promote and broadcast their operands and are made from the rows of `ops/`.
"""
from typing import Any

from .. import ops
from ..convert import apply, where
from ..op import TABLE, Op


def _function(op: Op) -> Any:
    def function(*values: object) -> Any:
        if len(values) != op.arity:
            raise TypeError(f"{op.name}() takes {op.arity} arguments, got {len(values)}")
        return apply(op, *values)

    function.__name__ = function.__qualname__ = op.name
    function.__doc__ = op.doc
    return function


# Elementwise rows become functions by their own names.
for _op in [op for op in TABLE.values() if op.elementwise and op.name not in ("where", "cast", "polygamma")]:
    globals()[_op.name] = _function(_op)
