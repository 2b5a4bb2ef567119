"""Derivatives as graphs: both modes from one declaration an op, appended to the graph they differentiate.

Read `flow.py` (what travels), `rules.py` (what an op does to it), `walk.py`, `forward.py`, `reverse.py`; then `elimination.py` and
`linear.py` (entry by entry), `pattern.py` and `colouring.py` (by colours), `taylor.py` (high orders), and `drivers.py`, which chooses.
"""
from . import integration  # puts the rules of integrals where the op finds them
from .batching import batch
from .drivers import hessian, hvp, jacobian, nth
from .forward import jvp
from .reverse import grad, vjp
from .scalars import hessian_of_scalars, jacobian_of_scalars
from .sparse import SparseMatrix, filled_in, format_of, matrix_of
from .taylor import taylor

__all__ = [
    "SparseMatrix", "batch", "filled_in", "format_of", "grad", "hessian", "hessian_of_scalars", "hvp", "jacobian", "jacobian_of_scalars",
    "jvp", "matrix_of", "nth", "taylor", "vjp",
]
