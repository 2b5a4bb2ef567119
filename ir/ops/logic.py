"""Comparisons, logic, tests of floats, selection and casts. Selection is linear in its branches: a cotangent is
selected, never multiplied by 0, so the branch not taken cannot poison the result."""
from __future__ import annotations

import numpy as np

from ..errors import DTypeError, ShapeError
from ..node import Node
from ..op import Linear, Op
from ..types import Type, dtype_of
from .elementwise import ANY, FLOATS, elementwise
from .source import filled

equal = elementwise("equal", np.equal, takes=ANY, boolean=True, commutes=True, doc="x1 == x2")
not_equal = elementwise("not_equal", np.not_equal, takes=ANY, boolean=True, commutes=True, doc="x1 != x2")
less = elementwise("less", np.less, takes=ANY, boolean=True, doc="x1 < x2")
less_equal = elementwise("less_equal", np.less_equal, takes=ANY, boolean=True, doc="x1 <= x2")
greater = elementwise("greater", np.greater, takes=ANY, boolean=True, doc="x1 > x2")
greater_equal = elementwise("greater_equal", np.greater_equal, takes=ANY, boolean=True, doc="x1 >= x2")

logical_and = elementwise("logical_and", np.logical_and, takes="b", commutes=True, doc="whether both hold")
logical_or = elementwise("logical_or", np.logical_or, takes="b", commutes=True, doc="whether one of them holds, or both")
logical_xor = elementwise("logical_xor", np.logical_xor, takes="b", commutes=True, doc="whether exactly one holds")
logical_not = elementwise("logical_not", np.logical_not, takes="b", doc="whether x does not hold")

isnan = elementwise("isnan", np.isnan, takes=FLOATS, boolean=True, doc="whether x is NaN; exact, whatever the options")
isinf = elementwise("isinf", np.isinf, takes=FLOATS, boolean=True, doc="whether x is an infinity")
isfinite = elementwise("isfinite", np.isfinite, takes=FLOATS, boolean=True, doc="whether x is neither NaN nor infinite")


def _where_type(types: list[Type]) -> Type:
    condition, yes, no = types
    if condition.dtype.kind != "b":
        raise DTypeError(f"where: the condition must be bool, got {condition}")
    if yes is not no:
        raise (ShapeError if yes.shape != no.shape else DTypeError)(f"where: branches must have one type, got {yes} and {no}")
    if condition.shape != yes.shape:
        raise ShapeError(f"where: condition and branches must have one shape, got {condition} and {yes}")
    return yes


def _where_transpose(ct: Node, node: Node, i: int) -> Node:
    zero = filled(ct.type, 0)
    return where(node.args[0], ct, zero) if i == 1 else where(node.args[0], zero, ct)


where = Op(
    "where", _where_type, np.where, Linear(_where_transpose, (1, 2)), arity=3, takes=ANY, doc="Elementwise: x2 where x1 holds, else x3.",
)


def _cast(x: np.ndarray, dtype: str) -> np.ndarray:
    """Floats become integers by truncation; what does not fit saturates and NaN becomes 0, on every machine."""
    target = np.dtype(dtype)
    if x.dtype.kind == "f" and target.kind == "i":
        info = np.iinfo(target)
        top = -float(info.min)  # exact in both float types, one above the largest integer
        clean = np.nan_to_num(x, nan=0.0, posinf=np.inf, neginf=-np.inf)
        fits = (clean >= float(info.min)) & (clean < top)
        return np.where(fits, np.where(fits, clean, 0).astype(target), np.where(clean < 0, info.min, info.max).astype(target))
    return np.asarray(x).astype(target)


def _cast_transpose(ct: Node, node: Node, i: int) -> Node:
    return cast(ct, dtype=node.args[0].type.dtype.name)


cast = Op(
    "cast", lambda types, dtype: types[0].with_dtype(dtype_of(dtype)), _cast, Linear(_cast_transpose), ("dtype",), takes=ANY,
    doc="x in another dtype. Floats become integers by truncation, saturating, NaN as 0. Derivatives pass between floats only.",
)
