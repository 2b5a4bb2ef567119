"""A corpus of formulas as people write them, with references of fifty digits, which `test_corpus.py` runs through every path.

A field is a file of formulas; `formula.py` says what a formula is, `oracle.py` computes references, `generate.py` writes
them to `references/`.
"""
from importlib import import_module

from .formula import Formula

FIELDS = (
    "mechanics", "electrodynamics", "thermodynamics", "chemistry", "statistics", "optimisation", "functionals", "optics", "astronomy",
    "control", "electronics", "finance", "biology", "fluids",
)


def formulas(field: str) -> list[Formula]:
    """Those of one field, in the order of its file."""
    return list(import_module(f".{field}", __name__).FORMULAS)
