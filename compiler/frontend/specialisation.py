"""Which calls of a traced function share its code: the types of arguments, and which of their sizes are names.

Leading sizes become names that the call tells, so a new batch size compiles nothing. Knows nothing of functions; read
`trace.py` next.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ...ir.errors import DTypeError, ExpressionError
from ...ir.guards import Guard
from ...ir.types import SHORT, Type, evaluate_dim


def argument(where: str, leaf: object) -> Any:
    """An argument's leaf as what the compiled function takes; raises for what is no array."""
    if isinstance(leaf, (bool, int, float)):  # np.float64 is a float
        return leaf
    if not isinstance(leaf, np.ndarray):
        if not isinstance(leaf, np.generic) and not hasattr(leaf, "__array__"):
            raise ExpressionError(
                f"{where}: expected a number or an array, got {leaf!r} of {type(leaf).__name__}; name it in static_argnames"
            )
        leaf = np.asarray(leaf)
    if leaf.dtype.name in SHORT:
        return leaf
    kind, size = leaf.dtype.kind, leaf.dtype.itemsize
    if kind == "f" and size < 4:
        return leaf.astype("float32")
    if kind in "iu" and leaf.dtype != np.uint64:
        return leaf.astype("int64" if size > 2 else "int32")
    raise DTypeError(f"{where}: expected an array of {', '.join(SHORT)}, got one of {leaf.dtype}")


def kind_of(leaf: Any) -> tuple[np.dtype, tuple[int, ...]]:
    if isinstance(leaf, np.ndarray):
        return np.dtype(leaf.dtype.name), leaf.shape
    return np.dtype("bool" if isinstance(leaf, bool) else "int64" if isinstance(leaf, int) else "float64"), ()


def named_sizes(shapes: Sequence[tuple[int, ...]]) -> dict[int, str]:
    """The sizes that become names: leading ones of at least 2 that are no other axis's size."""
    inner = {size for shape in shapes for size in shape[1:]}
    names: dict[int, str] = {}
    for shape in shapes:
        if shape and shape[0] >= 2 and shape[0] not in inner:
            names.setdefault(shape[0], f"n{len(names)}" if names else "n")
    return names


class Specialisation(NamedTuple):
    """One compiled function and the calls it serves."""

    types: list[Type]
    guards: list[Guard]
    native: Any
    rebuild: Callable[[Any], Any] | None  # None: the native result is what the function returns

    def serves(self, shapes: Sequence[tuple[int, ...]]) -> bool:
        """Whether these shapes have this one's pattern: the same sizes are fixed, equal and different."""
        sizes: dict[str, int] = {}
        fixed: set[int] = set()
        for type, shape in zip(self.types, shapes):
            for dim, size in zip(type.shape, shape):
                if isinstance(dim, int):
                    if dim != size:
                        return False
                    fixed.add(size)
                elif size < 2 or sizes.setdefault(str(dim), size) != size:
                    return False
        values = set(sizes.values())
        if len(values) < len(sizes) or values & fixed:
            return False
        return self.allows(sizes)

    def allows(self, sizes: Mapping[str, int]) -> bool:
        """Whether slices and the like lie inside these sizes; else NumPy's clipping needs a trace of its own."""
        return all(evaluate_dim(dim, sizes) >= 0 for dim, _ in self.guards)
