"""Symbols: the named inputs from which a person builds an expression with operators and NumPy's functions.

Owns only their making; what can be done with them is the language (`ir/library`). Read `trace.py` for plain functions.
"""
from __future__ import annotations

import keyword

from ...ir.errors import ExpressionError, WengertError
from ...ir.library.shapes import shape_from
from ...ir.node import Node, located
from ...ir.ops import input
from ...ir.types import Type
from .notebook import latex

Node._repr_latex_ = latex  # type: ignore[attr-defined]  # what Jupyter asks for


def symbol(name: str, shape: object = (), dtype: object = "float64") -> Node:
    """A named input: a scalar by default, an array with a shape.

    shape   sizes: an int, or a name such as "n" for a size that is known at the call; equal names are equal sizes
    dtype   float64, float32, int64, int32 or bool

    Two symbols of one name, shape and dtype are the same node. Raises ExpressionError for a name that is no identifier,
    ShapeError and DTypeError for shapes and dtypes that do not exist.

    >>> x = symbol("x", ("n", 4))
    >>> str(x.type), str((x @ symbol("w", (4,))).type)
    ('f64[n,4]', 'f64[n]')
    """
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise located(ExpressionError(f"symbol: a name must be an identifier such as 'x', got {name!r}"))
    try:
        type = Type(dtype, shape_from(shape))
    except WengertError as error:
        raise located(error.__class__(f"symbol {name!r}: {error}")) from None
    return input(name=name, type=type)
