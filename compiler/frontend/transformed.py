"""What every transform of a Python function does: fresh inputs for its variables, the caller's nodes back in their place, and a
compiled form that is made once.

Owns which arguments are variables. Knows no derivative; read `transforms.py` next.
"""
from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any

from ...ir.convert import as_node, from_sympy
from ...ir.errors import DTypeError, ExpressionError
from ...ir.graph import substitute
from ...ir.node import Node, located
from . import tree
from .trace import Jitted, fresh

Function = Callable[..., Any]
Argnums = int | Sequence[int]


class Variables:
    """The arguments by which a function is differentiated: fresh inputs in the place of the caller's nodes."""

    def __init__(self, what: str, args: Sequence[Any], argnums: Argnums) -> None:
        places = [argnums] if isinstance(argnums, int) else list(argnums)
        for k in places:
            if not -len(args) <= k < len(args):
                many = f"{len(args)} positional argument{'s' * (len(args) != 1)}"
                raise ExpressionError(f"{what}: argnums has {k}, but the function got {many}")
        places = [k % len(args) for k in places]
        wanted = args[places[0]] if isinstance(argnums, int) else tuple(args[k] for k in places)
        leaves, self.structure = tree.flatten(wanted)
        self.actual = [as_node(leaf) for leaf in leaves]
        for node in self.actual:
            if not node.type.is_float:
                said = f"{what}: only floats have derivatives, got an argument {node.type}; pass floats, or choose argnums"
                raise located(DTypeError(said))
        self.fresh = [fresh(node.type) for node in self.actual]
        filled = tree.unflatten(self.structure, self.fresh)
        self.args = list(args)
        for k, value in zip(places, [filled] if isinstance(argnums, int) else filled):
            self.args[k] = value

    def replace(self, nodes: Sequence[Node]) -> list[Node]:
        """The nodes with the caller's nodes where the fresh inputs were."""
        return substitute(nodes, dict(zip(self.fresh, self.actual)))

    def tree(self, nodes: Sequence[Any]) -> Any:
        return tree.unflatten(self.structure, nodes)


def made(fn: Function, key: Any, make: Callable[[], Function], name: str, same_arguments: bool = True) -> Any:
    """The compiled transform of a function, made once: it is kept on the function itself, so `grad(f)(x)` in a loop
    compiles nothing new."""
    kept = getattr(fn, "__dict__", {}).get("__wengert__")
    if kept is None or kept[0] is not fn:  # functools.wraps copies what belongs to another function
        kept = (fn, dict[Any, Jitted]())
        with contextlib.suppress(AttributeError, TypeError):  # bound methods and built-in functions keep nothing
            fn.__wengert__ = kept  # type: ignore[attr-defined]
    found: Jitted | None = kept[1].get(key)
    if found is None:
        body = functools.wraps(fn, updated=())(make()) if same_arguments else make()
        statics = (fn.parameters.numbers, fn.parameters.names) if isinstance(fn, Jitted) and same_arguments else ((), ())
        found = kept[1][key] = Jitted(body, *statics, f"{name}_{getattr(fn, '__name__', 'function')}".replace("<lambda>", "function"))
    return found


def argnums_of(what: str, argnums: Any) -> Argnums:
    if isinstance(argnums, int):
        return argnums
    if not isinstance(argnums, (list, tuple, range)) or not all(isinstance(k, int) for k in argnums):
        raise located(ExpressionError(f"{what}: argnums must be an int or several, got {argnums!r}"))
    return tuple(argnums)


def check_function(what: str, fn: object) -> None:
    if not callable(fn):
        raise located(ExpressionError(f"{what}: expected a node or a function, got {fn!r} of {type(fn).__name__}{from_sympy(fn)}"))


def like(what: str, kind: str, structure: Any, values: Any) -> list[Any]:
    leaves, found = tree.flatten(values)
    tree.same_structure(f"{what}: {kind} must be like the arguments", structure, found, lambda said: located(ExpressionError(said)))
    return leaves
