"""How a row is declared whose meaning is a function of SciPy's: `external("gammainc", ...)` for 1 to 4 real arguments.

SciPy is imported when the first value is computed. Native code calls the same C function (`codegen/external.py`), or one of
our own where `codegen/math` has the row's name. Read `gamma.py` next.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..errors import ExpressionError
from ..op import Op, Partial, Partials, Zero
from .elementwise import FLOATS, same_types


class External(NamedTuple):
    """A function of `scipy.special`: its name and arguments, of several outputs the one that is meant, its limit where the last
    argument is infinite, if SciPy has none, how large the first one may be: NaN beyond, where SciPy may take minutes, and of which
    function this one is exp(-last argument) times, if SciPy says 0 long before it underflows."""

    function: str
    arity: int
    output: int = 0
    outputs: int = 1
    at_infinity: float | None = None
    largest: float | None = None
    scaled: str | None = None


EXTERNAL: dict[str, External] = {}  # by the name of the op


def missing(function: str) -> ExpressionError:
    """What is raised where the SciPy at hand has no such function of real arguments."""
    import scipy

    have = f"SciPy {scipy.__version__}"
    return ExpressionError(f"scipy.special.{function}: {have} has no such function of real numbers; install SciPy 1.13 or later")


def ufunc_of(function: str) -> Any:
    """`scipy.special.<function>`."""
    import scipy.special

    found = getattr(scipy.special, function, None)
    if not isinstance(found, np.ufunc):
        raise missing(function)
    return found


def external(
    name: str, arity: int, *partials: Partial, doc: str, sample: tuple[tuple[float, float], ...], scipy: str = "", output: int = 0,
    outputs: int = 1, meaning: Callable[..., np.ndarray] | None = None,
    at_infinity: float | None = None, largest: float | None = None, scaled: str | None = None,
) -> Op:
    """Declare an elementwise row of floats that means `scipy.special.<scipy or name>`, computed in float64.

    partials   one an argument, from (*arguments, result); none at all: piecewise constant
    output     which result is meant, of a function with several `outputs`
    meaning    what is computed instead, from arrays of float64, where SciPy loses digits or a limit; for rows with native code
               of our own
    at_infinity  the limit as the last argument grows, where SciPy says NaN
    largest    of the first argument: NaN where it is further from 0
    scaled     the function that is exp(last argument) times this one, asked where this one is 0

    `dawsn = external("dawsn", 1, lambda x, y: 1 - 2 * x * y, doc="Dawson's integral", sample=((-9, 9),))` is a whole row.
    """
    if len(partials) not in (0, arity):
        raise ValueError(f"op {name}: {arity} arguments need {arity} partials, got {len(partials)}")
    declared = EXTERNAL[name] = External(scipy or name, arity, output, outputs, at_infinity, largest, scaled)
    return Op(
        name, same_types(name, FLOATS), in_float64(meaning or _meaning(declared)), Partials(partials) if partials else Zero(), arity=arity,
        doc=doc, takes=FLOATS, sample=sample,
    )


def _meaning(declared: External) -> Callable[..., np.ndarray]:
    def meaning(*arrays: np.ndarray) -> np.ndarray:
        if declared.largest is not None:
            arrays = (np.where(np.abs(arrays[0]) > declared.largest, np.nan, arrays[0]), *arrays[1:])
        found = ufunc_of(declared.function)(*arrays)
        value = np.asarray(found[declared.output] if declared.outputs > 1 else found)
        if declared.scaled is not None:
            value = _rescued(value, ufunc_of(declared.scaled)(*arrays), arrays[-1])
        if declared.at_infinity is None:
            return value
        others = sum(a - a for a in arrays[:-1])  # 0, or NaN where one of them is not finite
        return np.where(arrays[-1] == np.inf, declared.at_infinity + others, value)

    return meaning


def _rescued(value: np.ndarray, scaled: np.ndarray, x: np.ndarray) -> np.ndarray:
    """The scaled one times exp(-x), in halves so that neither underflows early, where the value is 0."""
    half = np.exp(-0.5 * np.maximum(x, 0))
    return np.where((value == 0) & (scaled < np.inf), scaled * half * half, value)


def in_float64(function: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """The function computed in float64, its result in the operands' dtype."""
    return lambda *arrays: np.asarray(function(*(np.asarray(a, "float64") for a in arrays))).astype(np.asarray(arrays[0]).dtype)
