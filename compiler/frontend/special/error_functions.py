"""The error functions beside erf and erfc."""
from __future__ import annotations

from ....ir import ops
from ....ir.library.elementwise import row_function

erfi, erfinv, erfcinv, erf2, erf2inv = map(row_function, (ops.erfi, ops.erfinv, ops.erfcinv, ops.erf2, ops.erf2inv))

__all__ = ["erf2", "erf2inv", "erfcinv", "erfi", "erfinv"]
