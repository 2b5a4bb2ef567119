"""The options of SymPy's own `lambdify`, so that a call written for it means the same here, or says why not."""
from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from ....ir.errors import ExpressionError
from ....ir.node import located

DERIVATIVES = ("gradient", "jacobian", "hessian")
IN_FLOAT64 = {"numpy", "scipy", "math", "numexpr"}  # what a compiled function replaces
EXACT = {"mpmath", "sympy"}
ELSEWHERE = {"jax", "cupy", "tensorflow", "torch"}  # whose functions take and give arrays of their own
OWN = ("derivatives", "wrt", "sparse", "name", "dtype", "fastmath", "threads", "cache", "modules")
WITHOUT_EFFECT = {"cse", "dummify", "use_imps", "docstring_limit"}


def understood(derivatives: Any, modules: Any, options: Mapping[str, Any]) -> tuple[Any, dict[str, Any]]:
    """What to differentiate, and a person's functions by name. SymPy's third argument, `modules`, may stand third here too."""
    if isinstance(derivatives, (list, tuple, Mapping)) or (isinstance(derivatives, str) and derivatives in IN_FLOAT64 | EXACT | ELSEWHERE):
        if modules is not None:
            raise located(ExpressionError(f"lambdify: modules are given twice, {derivatives!r} and {modules!r}"))
        derivatives, modules = None, derivatives
    for option in options:
        if option == "printer":
            raise located(ExpressionError("lambdify: printer= has no use, since nothing is printed as Python; leave it out"))
        if option not in WITHOUT_EFFECT:
            near = difflib.get_close_matches(option, [*OWN, *WITHOUT_EFFECT], n=1)
            advice = f"did you mean {near[0]!r}?" if near else f"it takes {', '.join(OWN)}"
            raise located(ExpressionError(f"lambdify: unknown option {option!r}; {advice}"))
    return derivatives, _functions(modules)


def _functions(modules: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for module in reversed(modules if isinstance(modules, (list, tuple)) else [modules]):  # the first one counts most
        if isinstance(module, Mapping):
            found.update(module)
        elif module in EXACT:
            raise located(ExpressionError(
                f"lambdify: modules={module!r} computes with more digits than a compiled function has; leave it out for float64, "
                "or call sympy.lambdify"
            ))
        elif isinstance(module, str) and module in ELSEWHERE:
            raise located(ExpressionError(
                f"lambdify: modules={module!r} makes functions of that library's arrays, and a compiled one takes NumPy's; leave it out, "
                "or call sympy.lambdify"
            ))
        elif module is not None and module not in IN_FLOAT64 and not hasattr(module, "__dict__"):
            raise located(ExpressionError(
                f"lambdify: modules must name 'numpy', 'scipy' or 'math', or be a dict of functions, got {module!r}"
            ))
        elif hasattr(module, "__dict__") and not isinstance(module, str):
            found.update({k: v for k, v in vars(module).items() if callable(v) and k[0] != "_"})
    return found
