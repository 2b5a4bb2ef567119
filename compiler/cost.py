"""What one call of a compiled function costs. Owns the numbers' form only; `ir/cost.py` and the lowering count."""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..ir.errors import ArgumentError
from ..ir.types import Dim, dim_names, evaluate_dim


class Cost(NamedTuple):
    """What one call costs, exactly: scalar operations, bytes that the kernels move, bytes of scratch memory.

    Each is an int, or a polynomial in the named sizes; `cost.at(n=100)` gives the numbers.
    """

    operations: Dim
    bytes_moved: Dim
    arena: Dim

    def at(self, **sizes: int) -> Cost:
        """These sizes put in. Raises ArgumentError where one is missing or is no integer."""
        needed = sorted(set().union(*map(dim_names, (self.operations, self.bytes_moved, self.arena))))
        for size in needed:
            if not isinstance(sizes.get(size), (int, np.integer)):
                raise ArgumentError(f"cost: expected an integer for the size {size}, got {sizes.get(size)!r}; it needs {', '.join(needed)}")
        return Cost(*(evaluate_dim(d, sizes) for d in (self.operations, self.bytes_moved, self.arena)))

    def __str__(self) -> str:
        return f"operations {self.operations}, bytes moved {self.bytes_moved}, arena {self.arena} bytes"
