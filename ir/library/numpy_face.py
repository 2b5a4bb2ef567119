"""NumPy's own functions on nodes: `np.tanh(x)` and `np.mean(x, axis=0)` arrive here and find their namesake.

Owns the two tables from NumPy's functions to those of the language. An option that the language does not take is
refused by name, never ignored.
"""
from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from ..convert import as_node
from ..errors import DTypeError, ExpressionError, WengertError
from ..node import Node, located
from ..op import TABLE
from ..ops.composite import COMPOSITE
from ..ops.elementwise import UFUNCS
from ..ops.external import EXTERNAL
from .elementwise import row_function


def _language() -> dict[str, Any]:
    from . import FUNCTIONS

    return FUNCTIONS


# NumPy's ufuncs by function; further ones (SciPy's among them) are found by their names.
_BY_UFUNC: dict[Any, str] = {ufunc: name for name, ufunc in UFUNCS.items()}
_BITWISE = {"bitwise_and": "logical_and", "bitwise_or": "logical_or", "bitwise_xor": "logical_xor", "invert": "logical_not"}
_SCIPY = {
    "erf", "erfc", "gammaln", "psi", "expit", "logit", "log_expit", "xlogy", "xlog1py", "entr", "exp2", "expm1", "log1p", "cbrt",
}
_OF_SCIPY = {
    **{name: TABLE[name] for name in COMPOSITE},
    **{external.function: TABLE[name] for name, external in EXTERNAL.items() if external.outputs == 1},
}
_REDUCTIONS = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logical_and": "all", "logical_or": "any"}
_RUNNING = {"add": "cumsum", "multiply": "cumprod"}


def numpy_ufunc(ufunc: np.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What `ufunc.method(*inputs, **options)` means on nodes."""
    name = ufunc.__name__
    options = {k: v for k, v in options.items() if not _is_default(k, v)}
    if method == "reduce" and name in _REDUCTIONS:
        options.setdefault("axis", inputs[1] if len(inputs) > 1 else 0)
        return _called(f"np.{name}.reduce", _language()[_REDUCTIONS[name]], inputs[:1], options)
    if method == "accumulate" and name in _RUNNING:
        options.setdefault("axis", inputs[1] if len(inputs) > 1 else 0)
        return _called(f"np.{name}.accumulate", _language()[_RUNNING[name]], inputs[:1], options)
    if method == "outer" and len(inputs) == 2:
        _refuse(f"np.{name}.outer", options)
        a, b = as_node(inputs[0]), as_node(inputs[1])
        wide = _language()["reshape"](a, (*a.type.shape, *(1,) * b.type.ndim))
        return numpy_ufunc(ufunc, "__call__", (wide, b), {})
    if method != "__call__":
        raise located(ExpressionError(f"np.{name}.{method}: has no meaning on symbolic values"))
    dtype = options.pop("dtype", None)
    _refuse(f"np.{name}", options)
    result = _ufunc_function(ufunc, name)(*inputs)
    return result if dtype is None else _language()["astype"](result, dtype)


def _ufunc_function(ufunc: np.ufunc, name: str) -> Any:
    known = _BY_UFUNC.get(ufunc)
    if known is not None:
        return _language()[known]
    if name in _BITWISE:
        return lambda *values: _bitwise(name, values)
    if name in _SCIPY or (name in _language() and getattr(np, name, None) is ufunc):
        return _language()["log_sigmoid" if name == "log_expit" else name]
    if name in _OF_SCIPY:
        return row_function(_OF_SCIPY[name])
    raise located(ExpressionError(f"np.{name}: is not available on symbolic values"))


def _bitwise(name: str, values: tuple[Any, ...]) -> Node:
    """On bool the logical function; on integers there is no counterpart."""
    nodes = [as_node(v) for v in values]
    for node in nodes:
        if node.type.dtype.kind != "b":
            raise located(DTypeError(f"np.{name}: takes bool on symbolic values, got {node.type}; compare first, as in x != 0"))
    return _language()[_BITWISE[name]](*nodes)  # type: ignore[no-any-return]


def _is_default(name: str, value: object) -> bool:
    """Options that NumPy fills in itself, or that change nothing here."""
    if value is None or value is np._NoValue:
        return True
    return isinstance(value, (bool, str)) and (name, value) in (("where", True), ("casting", "same_kind"), ("order", "K"), ("subok", True))


def _refuse(where: str, options: dict[str, Any]) -> None:
    for name in options:
        raise located(ExpressionError(f"{where}: the option {name}= is not supported on symbolic values"))


def _called(where: str, function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """The function with NumPy's arguments; those that it does not take are named."""
    try:
        return function(*args, **options)
    except WengertError:
        raise
    except TypeError as error:
        accepted = inspect.signature(function).parameters
        for name in options:
            if name not in accepted:
                raise located(ExpressionError(f"{where}: the option {name}= is not supported on symbolic values")) from None
        try:
            inspect.signature(function).bind(*args, **options)
        except TypeError:
            raise located(ExpressionError(f"{where}: {error}")) from None
        raise


# -------------------------------------------------------------------------------------------- functions that are no ufuncs

# The functions of the language that stand for the NumPy function of the same name.
_SAME_NAME = (
    "sum", "prod", "mean", "var", "std", "max", "min", "amax", "amin", "ptp", "argmax", "argmin", "cumsum", "cumprod",
    "cumulative_sum", "cumulative_prod", "any", "all", "count_nonzero", "average", "trapezoid", "diff", "ediff1d", "cov", "clip",
    "round", "around", "nan_to_num", "nansum", "nanmean", "isclose", "select", "piecewise", "interp", "sinc", "fix", "polyval",
    "vander", "reshape", "ravel", "squeeze", "expand_dims", "transpose", "permute_dims", "matrix_transpose", "moveaxis",
    "swapaxes", "broadcast_to", "broadcast_arrays", "flip", "fliplr", "flipud", "rot90", "atleast_1d", "atleast_2d", "atleast_3d",
    "shape", "ndim", "size", "concatenate", "concat", "stack", "hstack", "vstack", "dstack", "column_stack", "append", "block",
    "split", "array_split", "hsplit", "vsplit", "dsplit", "unstack", "tile", "meshgrid", "take", "take_along_axis", "repeat",
    "roll", "diagonal", "diag", "diagflat", "tril", "triu", "pad", "zeros_like", "ones_like", "full_like", "empty_like",
    "linspace", "astype", "copy", "real", "imag", "dot", "vdot", "inner", "outer", "tensordot", "einsum", "trace", "kron",
    "cross", "where",
)


def _table() -> dict[Any, str]:
    table = {getattr(np, name): name for name in _SAME_NAME if hasattr(np, name)}
    table |= {np.linalg.norm: "norm", np.linalg.matrix_power: "matrix_power", np.linalg.multi_dot: "multi_dot"}
    table |= {np.linalg.solve: "solve", np.linalg.inv: "inv", np.linalg.det: "det"}
    for name in ("vector_norm", "matrix_transpose", "tensordot", "outer", "trace", "diagonal", "cross", "vecdot", "matmul"):
        if hasattr(np.linalg, name):
            table.setdefault(getattr(np.linalg, name), name)
    return table


_BY_FUNCTION = _table()
_LAST_AXES = {getattr(np.linalg, name, None) for name in ("trace", "diagonal")} - {None}


def numpy_function(function: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """What `function(*args, **options)`, one of NumPy's, means on nodes."""
    name = getattr(function, "__name__", str(function))
    known = _BY_FUNCTION.get(function)
    if known is None:
        home = getattr(function, "__module__", None) or "numpy"
        raise located(ExpressionError(f"{home.replace('numpy', 'np', 1)}.{name}: is not available on symbolic values"))
    target = _language()[known]
    options = {k: v for k, v in options.items() if not _is_default(k, v) or k == "axis"}
    if known == "where" and len(args) == 1:
        raise located(ExpressionError("np.where: the positions of a symbolic mask have no known number; give both branches"))
    if function in _LAST_AXES:
        options |= {"axis1": -2, "axis2": -1}
    if known == "reshape" and "copy" in options:
        options.pop("copy")
    return _called(f"np.{name}", target, args, options)
