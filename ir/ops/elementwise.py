"""How an elementwise row is declared: operands of one type, a NumPy function, a partial derivative an argument.

`elementwise("tanh", np.tanh, lambda x, y: 1 - y * y)` is a whole row. The partials see the arguments and then the result.
"""
from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..errors import DTypeError, ShapeError
from ..op import Op, Partial, Partials, Zero
from ..types import Type

REAL = (-np.inf, np.inf)
UFUNCS: dict[str, np.ufunc] = {}  # the rows that NumPy has a ufunc for, by op name; front ends dispatch on it

# What dtypes a row takes: all five, numbers only, floats only, bool only.
ANY, NUMBERS, FLOATS, BOOLS = "fib", "fi", "f", "b"
_SAID = {ANY: "any dtype", NUMBERS: "numbers", FLOATS: "floats", BOOLS: "bool"}


def same_types(op: str, takes: str, boolean: bool = False) -> Callable[..., Type]:
    """The type rule of an elementwise op: all operands of one type; the result the same, or bool."""

    def infer(types: list[Type]) -> Type:
        first = types[0]
        for other in types:
            if other is not first:
                wrong = ShapeError if other.shape != first.shape else DTypeError
                raise wrong(f"{op}: operands must have one type, got {first} and {other}")
        if first.dtype.kind not in takes:
            raise DTypeError(f"{op}: takes {_SAID[takes]}, got {first}")
        return first.with_dtype("bool") if boolean else first

    return infer


def elementwise(
    name: str, numpy: Callable[..., np.ndarray], *partials: Partial, takes: str = FLOATS, doc: str = "",
    sample: tuple[tuple[float, float], ...] = (), commutes: bool = False, boolean: bool = False, ufunc: np.ufunc | None = None,
) -> Op:
    """Declare an elementwise row. No partials: piecewise constant. The arity is the ufunc's, or the number of partials.

    `ufunc` is NumPy's function of the row where `numpy` is another one, which says what NumPy leaves open.
    """
    ufunc = numpy if isinstance(numpy, np.ufunc) else ufunc
    arity = ufunc.nin if ufunc else len(partials) or 1
    if ufunc:
        UFUNCS[name] = ufunc
    return Op(
        name, same_types(name, takes, boolean), numpy, Partials(partials) if partials else Zero(), arity=arity, doc=doc, takes=takes,
        commutes=commutes, sample=sample or (REAL,) * arity, results={},
    )
