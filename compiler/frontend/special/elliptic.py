"""Legendre's elliptic integrals, by the parameter m = k^2, as SciPy has them; `ellippi` and `ellippiinc` in addition."""
from __future__ import annotations

import math
from typing import Any

from ....ir import ops
from ....ir.library.composed import composed
from ....ir.library.elementwise import row_function

ellipk, ellipe = map(row_function, (ops.ellipk, ops.ellipe))
ellipkinc, ellipeinc = map(row_function, (ops.ellipkinc, ops.ellipeinc))
_third = row_function(ops.ellippi)


@composed
def ellippi(n: object, m: object) -> Any:
    """Pi(n | m), the complete elliptic integral of the third kind, for n < 1 and m < 1."""
    return _third(math.pi / 2, n, m)


@composed
def ellippiinc(n: object, phi: object, m: object) -> Any:
    """Pi(n; phi | m), the elliptic integral of the third kind."""
    return _third(phi, n, m)


__all__ = ["ellipe", "ellipeinc", "ellipk", "ellipkinc", "ellippi", "ellippiinc"]
