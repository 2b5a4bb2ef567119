"""Derivatives as graphs: both modes from one declaration an op, appended to the graph they differentiate.

Read `flow.py` (what travels), `rules.py` (what an op does to it), `walk.py`, `forward.py` and `reverse.py`.
"""
from .forward import jvp
from .reverse import grad, vjp

__all__ = ["grad", "jvp", "vjp"]
