"""The language in which models, derivative rules and rewrite rules are written: NumPy's functions on nodes.

One file a concern; `elementwise` is the rows, and through `numpy_face` NumPy's own functions arrive here.
Each name means what it means in NumPy.
"""
from __future__ import annotations

import builtins
from typing import Any

from .. import ops
from ..convert import as_node, where
from . import (
    borders,
    compositions,
    creation,
    diagonals,
    einsum,
    elementwise,
    exponentials,
    indexing,
    joining,
    linear,
    norms,
    reductions,
    shapes,
    statistics,
    systems,
)
from .composed import composed

# Every public function of these modules is a function of the language. A composed one asks for the user's line once.
FUNCTIONS: dict[str, Any] = {}
_FOR_EACH_OTHER = {  # what the modules share
    "integer", "axis_of", "axes_of", "shape_from", "keep_axes", "divided", "reduce", "accumulating", "truth", "count",
    "floating", "several", "positions", "clamped", "grouped_axes", "root", "euclidean",
}
for _module in (
    shapes, reductions, joining, indexing, diagonals, borders, creation, linear, einsum, norms, statistics, exponentials, compositions,
    systems,
):
    for _name, _value in vars(_module).items():
        if callable(_value) and getattr(_value, "__module__", "") == _module.__name__ and _name[0] != "_" and _name not in _FOR_EACH_OTHER:
            FUNCTIONS[_name] = composed(_value)
FUNCTIONS |= elementwise.FUNCTIONS
FUNCTIONS["power"] = elementwise.power
FUNCTIONS["where"] = composed(where)

# Further names by which NumPy knows the same functions.
ALIASES = {
    "amax": "max", "amin": "min", "absolute": "abs", "fabs": "abs", "true_divide": "divide", "mod": "remainder", "pow": "power",
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan", "atan2": "arctan2", "atanh": "arctanh",
    "around": "round", "round_": "round", "permute_dims": "transpose", "cumulative_sum": "cumsum", "cumulative_prod": "cumprod",
    "row_stack": "vstack", "degrees": "rad2deg", "radians": "deg2rad", "conjugate": "conj", "expit": "sigmoid", "psi": "digamma",
    "bitwise_and": "logical_and", "bitwise_or": "logical_or", "bitwise_xor": "logical_xor", "invert": "logical_not",
    "bitwise_not": "logical_not", "bitwise_invert": "logical_not", "concat": "concatenate", "neg": "negative",
}
for _name, _value in ALIASES.items():
    FUNCTIONS[_name] = FUNCTIONS[_value]

globals().update(FUNCTIONS)
NAMES = tuple(sorted(FUNCTIONS))

from .numpy_face import numpy_function, numpy_ufunc  # noqa: E402  (its tables need the functions above)

__all__ = [*NAMES]


def __getattr__(name: str) -> Any:  # tells type checkers that the functions above are here
    raise AttributeError(f"the language has no function {name!r}")


def __dir__() -> builtins.list[str]:
    return [*NAMES, "numpy_function", "numpy_ufunc"]
