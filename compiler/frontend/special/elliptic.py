"""Legendre's elliptic integrals, by the parameter m = k^2, as SciPy has them, also for m > 1; `ellippi` and `ellippiinc` in addition."""
from __future__ import annotations

from typing import Any

from ....ir import ops
from ....ir.library.composed import composed
from ....ir.library.elementwise import row_function

ellipk, ellipe = map(row_function, (ops.ellipk, ops.ellipe))
ellipkinc, ellipeinc = map(row_function, (ops.ellipkinc, ops.ellipeinc))
_incomplete, _complete = map(row_function, (ops.ellippi, ops.ellippi_complete))


@composed
def ellippi(n: object, m: object) -> Any:
    """Pi(n | m), the complete elliptic integral of the third kind, for n < 1 and m < 1."""
    return _complete(n, m)


@composed
def ellippiinc(n: object, phi: object, m: object) -> Any:
    """Pi(n; phi | m), the elliptic integral of the third kind, where n sin^2 and m sin^2 are below 1 up to phi."""
    return _incomplete(phi, n, m)


__all__ = ["ellipe", "ellipeinc", "ellipk", "ellipkinc", "ellippi", "ellippiinc"]
