"""The error functions' inverses."""
from __future__ import annotations

from ....ir import ops
from ....ir.library.elementwise import row_function

erfinv, erfcinv = map(row_function, (ops.erfinv, ops.erfcinv))

__all__ = ["erfcinv", "erfinv"]
