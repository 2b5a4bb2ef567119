"""How a node shows itself in a notebook: the formula it computes, set by LaTeX.

Goes through SymPy, which `ir` must not know, so `symbols.py` puts the method into the class. Read `sympy/back.py` for the way back.
"""
from __future__ import annotations

from ...ir.errors import WengertError
from ...ir.node import Node, postorder

LARGEST = 150  # operations of a formula that is shown whole


def latex(node: Node) -> str | None:
    """The formula of a scalar, or of a matrix of scalars, between dollar signs; dots stand for what a large one leaves out.

    None, for which a notebook shows the text, where there is no formula: arrays as wholes, operations that SymPy lacks.
    """
    try:
        import sympy

        from .sympy.back import expressions, to_sympy

        if len(postorder([node])) <= LARGEST:
            found = to_sympy(node)
        else:
            found = expressions([node], {deep: sympy.Symbol(r"\dots") for deep in _below(node)})[0]
        return f"$\\displaystyle {sympy.latex(found)}$"
    except (WengertError, TypeError, ValueError, AttributeError, RecursionError):
        return None


def _below(node: Node) -> list[Node]:
    """The nodes under the uppermost ones, of which a formula can be shown."""
    kept, row = {node}, [node]
    while row and len(kept) < LARGEST // 2:
        row = [arg for part in row for arg in part.args if arg not in kept]
        kept.update(row[: LARGEST // 2])
    return [arg for part in kept for arg in part.args if arg not in kept and arg.args]
