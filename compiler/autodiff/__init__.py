"""Derivatives as graphs: both modes from one declaration an op, appended to the graph they differentiate.

Read `flow.py` (what travels), `rules.py` (what an op does to it), `walk.py`, `forward.py`, `reverse.py`, `drivers.py`.
"""
from .batching import batch
from .drivers import hessian, hvp, jacobian
from .forward import jvp
from .reverse import grad, vjp
from .scalars import Entries, hessian_entries, jacobian_entries

__all__ = [
    "Entries", "batch", "grad", "hessian", "hessian_entries", "hvp", "jacobian", "jacobian_entries", "jvp", "vjp",
]
