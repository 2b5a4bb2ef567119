"""From what a person writes to operands of one type: constants, promotion and NumPy's broadcasting, made explicit.

Elementwise rows demand operands of exactly one type; `apply` brings them there. Promotion is NumPy's (the array API's
where that says something): Python numbers are weak, integers become floats where a float op needs them.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .errors import DTypeError, ExpressionError, ShapeError
from .node import Node, located
from .op import Op
from .ops.elementwise import FLOATS
from .ops.logic import cast
from .ops.shape import broadcast, reshape
from .ops.source import constant, size_of
from .types import Dim, Poly, Shape, Type, dtype_of

INEXACT = np.dtype("float64")


def as_node(value: object, dtype: object = None) -> Node:
    """A node from a node, number, array, size or nested list. A bare Python float is float64, an int int64."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Poly):
        return size_of(value)  # type: ignore[return-value]
    if isinstance(value, (list, tuple)) and any(isinstance(part, (Node, Poly, list, tuple)) for part in value):
        from .library.joining import stack

        return stack([as_node(part) for part in value], axis=0)
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise located(ExpressionError(f"constant: {error}")) from None
    if array.dtype.kind == "O" or array.dtype.kind in "USmMV":
        raise located(ExpressionError(f"constant: expected numbers or symbols, got {value!r} of {type(value).__name__}"))
    if array.dtype.kind == "c":
        raise located(DTypeError(f"constant: complex numbers are not supported, got {value!r}; split real and imaginary parts"))
    if dtype is None and array.dtype.name not in ("float64", "float32", "int64", "int32", "bool"):
        dtype = "float32" if array.dtype.kind == "f" and array.dtype.itemsize < 4 else "int64"
    return constant(array, dtype)  # type: ignore[return-value]


def is_weak(value: object) -> bool:
    """Python's own numbers take the dtype of what they meet; sizes count as Python ints."""
    return isinstance(value, (bool, int, float, Poly)) and not isinstance(value, np.generic)


def common_dtype(values: Sequence[object]) -> np.dtype:
    """The dtype that NumPy would compute in."""
    operands: list[Any] = []
    for value in values:
        if isinstance(value, Node):
            operands.append(value.type.dtype)
        elif is_weak(value):
            operands.append(1 if isinstance(value, Poly) else value)
        else:
            operands.append(as_node(value).type.dtype)
    strong = [o for o in operands if isinstance(o, np.dtype)]
    kinds = [o.kind for o in strong]
    if not strong:
        return np.result_type(*operands) if operands else INEXACT
    top = np.result_type(*strong)
    for weak in operands:
        if isinstance(weak, np.dtype):
            continue
        if isinstance(weak, float) and "f" not in kinds:
            return INEXACT
        if isinstance(weak, int) and not isinstance(weak, bool) and top.kind == "b":
            top = np.dtype("int64")
    return top


def convert(value: object, dtype: np.dtype) -> Node:
    """The value as a node of the dtype; an integer constant that does not fit raises."""
    if isinstance(value, Node):
        return value if value.type.dtype is dtype or value.type.dtype == dtype else cast(value, dtype=dtype.name)
    if isinstance(value, Poly):
        return convert(as_node(value), dtype)
    if isinstance(value, int) and dtype.kind == "i":
        info = np.iinfo(dtype)
        if not info.min <= value <= info.max:
            raise located(DTypeError(f"constant: {value} does not fit {dtype}"))
    if isinstance(value, (float, int, bool)) and not isinstance(value, np.generic):
        return constant(np.asarray(value, dtype), dtype)  # type: ignore[return-value]
    return convert(as_node(value), dtype)


def broadcast_shapes(op: str, shapes: Sequence[Shape]) -> Shape:
    """NumPy's common shape; raises ShapeError with the shapes where there is none."""
    rank = max(map(len, shapes), default=0)
    result: list[Dim] = []
    for k in range(rank):
        dims: list[Dim] = []
        for shape in shapes:
            at = k - (rank - len(shape))
            if at >= 0 and shape[at] != 1 and shape[at] not in dims:
                dims.append(shape[at])
        if len(dims) > 1:
            said = " and ".join("[" + ",".join(map(str, s)) + "]" for s in shapes)
            hint = "" if all(isinstance(d, int) for d in dims) else "; sizes known at the call must have one name to be equal"
            raise located(ShapeError(f"{op}: shapes {said} do not broadcast{hint}"))
        result.append(dims[0] if dims else 1)
    return tuple(result)


def broadcast_to(x: Node, shape: Shape, op: str = "broadcast_to") -> Node:
    """x under NumPy's rules in a given shape: aligned at the last axis, axes of size 1 repeated."""
    have = x.type.shape
    if have == tuple(shape):
        return x
    if len(have) > len(shape) or broadcast_shapes(op, [have, shape]) != tuple(shape):
        raise located(ShapeError(f"{op}: {x.type} does not broadcast to [{','.join(map(str, shape))}]"))
    offset = len(shape) - len(have)
    axes = [k for k in range(len(have)) if have[k] == shape[k + offset]]
    if len(axes) < len(have):
        x = reshape(x, shape=tuple(have[k] for k in axes))
    return broadcast(x, shape=tuple(shape), axes=tuple(k + offset for k in axes))


def operand_dtype(op: Op, values: Sequence[object]) -> np.dtype:
    """The dtype an elementwise row is computed in for these operands."""
    dtype = common_dtype(values)
    takes = op.takes
    if takes == "b":
        if dtype.kind != "b":
            raise located(DTypeError(f"{op.name}: takes bool, got {dtype}; compare first, as in x != 0"))
    elif dtype.kind not in takes:
        if takes == FLOATS:
            return INEXACT
        return np.dtype("int64") if dtype.kind == "b" else INEXACT
    return dtype


def apply(op: Op, *values: object) -> Node:
    """The elementwise op on what a person writes: numbers, arrays and nodes of any shapes that broadcast."""
    first = values[0]
    if isinstance(first, Node) and all(isinstance(v, Node) and v.type is first.type for v in values) and first.type.dtype.kind in op.takes:
        return op(*values)  # type: ignore[arg-type]
    dtype = operand_dtype(op, values)
    return op(*broadcast_together(op.name, [convert(v, dtype) for v in values]))


def broadcast_together(op: str, nodes: Sequence[Node]) -> list[Node]:
    """The nodes in their common shape."""
    shape = broadcast_shapes(op, [node.type.shape for node in nodes])
    return [broadcast_to(node, shape, op) for node in nodes]


def where(condition: object, yes: object, no: object) -> Node:
    """The select row on what a person writes: promotion is between the branches, all three broadcast."""
    from .ops.logic import where as select

    dtype = common_dtype([yes, no])
    test = as_node(condition)
    if test.type.dtype.kind != "b":
        raise located(DTypeError(f"where: the condition must be bool, got {test.type}; compare first, as in x != 0"))
    return select(*broadcast_together("where", [test, convert(yes, dtype), convert(no, dtype)]))
