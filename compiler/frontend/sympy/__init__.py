"""SymPy's expressions in, compiled functions or nodes out, and scalar nodes back. Imported when first asked for."""
from .back import to_sympy
from .convert import from_sympy
from .lambdify import lambdify

__all__ = ["from_sympy", "lambdify", "to_sympy"]
