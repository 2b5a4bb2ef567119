"""From what a person writes to operands of one type: constants, promotion and NumPy's broadcasting, made explicit.

Elementwise rows demand operands of exactly one type; `apply` brings them there. Promotion is NumPy's (the array API's
where that says something): Python numbers are weak, integers become floats where a float op needs them.
"""
from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from .errors import DTypeError, ExpressionError, ShapeError
from .node import Node, located, make
from .op import Constant, Op
from .ops.arithmetic import add, multiply, negative, sign, subtract
from .ops.elementwise import BOOLS, FLOATS
from .ops.logic import cast, logical_and, logical_or
from .ops.shape import broadcast, reshape
from .ops.source import const, constant, size_of
from .types import SHORT, Dim, Poly, Shape

INEXACT = np.dtype("float64")


def as_node(value: object, dtype: object = None) -> Node:
    """A node from a node, number, array, size or nested list. A bare Python float is float64, an int int64."""
    if isinstance(value, Node):
        return value
    if isinstance(value, Poly):
        return size_of(value)
    if isinstance(value, (list, tuple)) and any(isinstance(part, (Node, Poly, list, tuple)) for part in value):
        from .library.joining import stack

        return stack([as_node(part) for part in value], axis=0)
    return constant(_numbers(value), dtype)


def from_sympy(value: object) -> str:
    """What an error adds where a SymPy expression came and a node was expected."""
    theirs = any(base.__module__.startswith("sympy.") for base in type(value).__mro__)
    return "; make it a node with wg.from_sympy, or compile SymPy's expressions with wg.lambdify" if theirs else ""


def _numbers(value: object) -> np.ndarray:
    """The value as an array of one of the five dtypes; other kinds of numbers become the one that holds them."""
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise located(ExpressionError(f"constant: {error}")) from None
    kind = array.dtype.kind
    if kind == "c":
        raise located(DTypeError(f"constant: complex numbers are not supported, got {value!r}; split real and imaginary parts"))
    if kind == "O" and isinstance(value, int):
        raise located(DTypeError(f"constant: {value} does not fit int64"))
    if kind not in "fiub":
        raise located(ExpressionError(f"constant: expected numbers or symbols, got {value!r} of {type(value).__name__}{from_sympy(value)}"))
    if array.dtype.name in SHORT:
        return array
    held = np.dtype("int64") if kind in "iu" else np.dtype("float32") if array.dtype.itemsize < 4 else INEXACT
    with np.errstate(over="ignore"):
        found = array.astype(held)
    if not np.array_equal(found, array, equal_nan=kind == "f") or (kind == "u" and int(found.min(initial=0)) < 0):
        raise located(DTypeError(f"constant: a value of {array.dtype} does not fit {held}"))
    return found


def is_weak(value: object) -> bool:
    """Python's own numbers take the dtype of what they meet; sizes count as Python ints."""
    return isinstance(value, (bool, int, float, Poly)) and not isinstance(value, np.generic)


@lru_cache(maxsize=1024)
def _promoted(strong: frozenset[np.dtype], weak: frozenset[type]) -> np.dtype:
    """NumPy 2's rule: the strong dtypes promote among each other, a weak number only raises the kind."""
    if not strong:
        return np.result_type(*(w(0) for w in weak)) if weak else INEXACT
    top = np.result_type(*strong)
    if float in weak and top.kind != "f":
        return INEXACT
    if int in weak and top.kind == "b":
        return np.dtype("int64")
    return top


def common_dtype(values: Sequence[object]) -> np.dtype:
    """The dtype that NumPy would compute in."""
    strong: list[np.dtype] = []
    weak: list[type] = []
    for value in values:
        if isinstance(value, Node):
            strong.append(value.type.dtype)
        elif is_weak(value):
            weak.append(bool if isinstance(value, bool) else float if isinstance(value, float) else int)
        else:
            strong.append(as_node(value).type.dtype)
    return _promoted(frozenset(strong), frozenset(weak))


_scalars: dict[tuple[object, np.dtype], Constant] = {}  # what Python's numbers are in a dtype


def scalar(value: float, dtype: np.dtype) -> Node:
    """The rank 0 constant that a Python number is in the dtype."""
    key = (value, dtype)
    found = _scalars.get(key)
    if found is None:
        if isinstance(value, int) and dtype.kind == "i":
            info = np.iinfo(dtype)
            if not info.min <= value <= info.max:
                raise located(DTypeError(f"constant: {value} does not fit {dtype}"))
        with np.errstate(over="ignore"):
            try:
                found = Constant(np.asarray(value, dtype))
            except OverflowError:
                raise located(DTypeError(f"constant: {value} does not fit {dtype}")) from None
        if value != 0 and value == value and len(_scalars) < 4096:  # 0.0 and -0.0 are equal keys, NaN is none
            _scalars[key] = found
    return make(const, (), (found,))


def convert(value: object, dtype: np.dtype) -> Node:
    """The value as a node of the dtype; an integer constant that does not fit raises."""
    if isinstance(value, Node):
        return value if value.type.dtype is dtype or value.type.dtype == dtype else cast(value, dtype=dtype.name)
    if isinstance(value, Poly):
        return convert(as_node(value), dtype)
    if is_weak(value):
        return scalar(value, dtype)  # type: ignore[arg-type]
    node = as_node(value)
    if node.op is const and node.type.dtype != dtype and np.can_cast(node.type.dtype, dtype):
        return constant(node.attrs[0].array, dtype)
    return convert(node, dtype)


def broadcast_shapes(op: str, shapes: Sequence[Shape]) -> Shape:
    """NumPy's common shape; raises ShapeError with the shapes where there is none."""
    first = shapes[0] if shapes else ()
    if all(shape == first for shape in shapes):
        return first
    rank = max(map(len, shapes))
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
    if have == shape:
        return x
    if not have:
        return broadcast(x, shape=shape, axes=())
    if len(have) > len(shape) or broadcast_shapes(op, [have, shape]) != tuple(shape):
        raise located(ShapeError(f"{op}: {x.type} does not broadcast to [{','.join(map(str, shape))}]"))
    offset = len(shape) - len(have)
    axes = [k for k in range(len(have)) if have[k] == shape[k + offset]]
    if len(axes) < len(have):
        x = reshape(x, shape=tuple(have[k] for k in axes))
    return broadcast(x, shape=tuple(shape), axes=tuple(k + offset for k in axes))


# What NumPy's arithmetic is on bool, and what it refuses there.
_ON_BOOL = {add: logical_or, multiply: logical_and}
_NOT_ON_BOOL = {subtract: "logical_xor", negative: "logical_not", sign: "a cast"}


def operand_dtype(op: Op, values: Sequence[object]) -> np.dtype:
    """The dtype an elementwise row is computed in for these operands."""
    dtype = common_dtype(values)
    takes = op.takes
    if dtype.kind in takes:
        return dtype
    if takes == BOOLS:
        raise located(DTypeError(f"{op.name}: takes bool, got {dtype}; compare first, as in x != 0"))
    if dtype.kind == "b" and op in _NOT_ON_BOOL:
        raise located(DTypeError(f"{op.name}: has no meaning on bool; use {_NOT_ON_BOOL[op]}"))
    return np.dtype("int64") if dtype.kind == "b" and takes != FLOATS else INEXACT


def apply(op: Op, *values: object) -> Node:
    """The elementwise op on what a person writes: numbers, arrays and nodes of any shapes that broadcast."""
    first = values[0]
    if isinstance(first, Node):
        type = first.type
        for value in values:
            if not isinstance(value, Node) or value.type is not type:
                break
        else:
            if type.dtype.kind in op.takes:
                return make(op, values)  # type: ignore[arg-type]
    dtype = operand_dtype(op, values)
    if dtype.kind == "i" and op in _ON_BOOL and common_dtype(values).kind == "b":
        return apply(_ON_BOOL[op], *values)
    return make(op, broadcast_together(op.name, [convert(value, dtype) for value in values]))


def broadcast_together(op: str, nodes: Sequence[Node]) -> list[Node]:
    """The nodes in their common shape."""
    shape = broadcast_shapes(op, [node.type.shape for node in nodes])
    return [broadcast_to(node, shape, op) for node in nodes]


def where(condition: object, yes: object, no: object) -> Node:
    """Elementwise `yes` where the condition holds, else `no`; all three broadcast. The branch that is not taken poisons neither the
    value nor a derivative. Raises DTypeError for a condition that is not bool.

    >>> import numpy as np, wengert as wg
    >>> x = wg.symbol("x", 2)
    >>> wg.evaluate(wg.grad(wg.sum(wg.where(x > 0, wg.sqrt(x), 0.0)), x), x=np.array([-1.0, 4.0]))
    array([0.  , 0.25])
    """
    from .ops.logic import where as select

    dtype = common_dtype([yes, no])
    test = as_node(condition)
    if test.type.dtype.kind != "b":
        raise located(DTypeError(f"where: the condition must be bool, got {test.type}; compare first, as in x != 0"))
    return select(*broadcast_together("where", [test, convert(yes, dtype), convert(no, dtype)]))
