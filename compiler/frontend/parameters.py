"""The parameters of a Python function: which are arrays and which are static, and what the arrays of a call are called.

Owns names and static arguments; knows nothing of arrays. Read `trace.py` next.
"""
from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ...ir.errors import ExpressionError
from . import tree


class Parameters:
    """Those of `fn`. `numbers` and `names` are the static ones by place and by name, each known both ways where the signature tells."""

    def __init__(self, fn: Callable[..., Any], static_argnums: int | Iterable[int], static_argnames: str | Iterable[str]) -> None:
        try:
            self.known: Mapping[str, inspect.Parameter] = inspect.signature(fn).parameters
        except (TypeError, ValueError):
            self.known = {}
        self.positional = [name for name, p in self.known.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        self.numbers, self.names = self._statics(static_argnums, static_argnames)

    def _statics(self, numbers: int | Iterable[int], names: str | Iterable[str]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        places = {numbers} if isinstance(numbers, int) else set(numbers)
        called = {names} if isinstance(names, str) else set(names)
        order, kinds = self.positional, {p.kind for p in self.known.values()}
        complete = bool(self.known) and inspect.Parameter.VAR_KEYWORD not in kinds
        for name in called:
            if complete and name not in self.known:
                raise ExpressionError(f"jit: static_argnames has {name!r}, but the parameters are {', '.join(self.known)}")
        many = not complete or inspect.Parameter.VAR_POSITIONAL in kinds
        for k in places:
            if not many and not -len(order) <= k < len(order):
                raise ExpressionError(f"jit: static_argnums has {k}, but the parameters are {', '.join(self.known)}")
        places = {k % len(order) if k < 0 and order else k for k in places}
        named = {order[k] for k in places if k < len(order)}
        return tuple(sorted(places | {order.index(n) for n in called if n in order})), tuple(sorted(called | named))

    def parted(self, where: str, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
        """A call's arguments that are arrays, with None in the place of static ones; and the static ones as a key."""
        if not self.numbers and not self.names:
            return (args, options), ()
        statics = [(k, args[k]) for k in self.numbers if k < len(args)]
        named = [(name, options[name]) for name in self.names if name in options]
        for name, value in (*statics, *named):
            try:
                hash(value)
            except TypeError:
                raise ExpressionError(f"{where}: the static argument {name} must be hashable, got {type(value).__name__}") from None
        # True, 1 and 1.0 are equal keys but different constants
        key = tuple((name, type(value), value) for name, value in (*statics, *named))
        places = {k for k, _ in statics}
        named_left = {n: v for n, v in options.items() if n not in self.names}
        return (tuple(None if k in places else a for k, a in enumerate(args)), named_left), key

    def joined(self, arrays: Any, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """What `parted` gave, or other values in its structure, with the call's static arguments in their places again."""
        dynamic, named = arrays
        filled = [args[k] if k in self.numbers else a for k, a in enumerate(dynamic)]
        return filled, {n: options[n] if n in self.names else named[n] for n in options}

    def leaves(self, args: Sequence[Any], options: Mapping[str, Any]) -> list[str]:
        """A name for each array of a call: its parameter and where it is in there, such as params_w_0."""
        many = next((name for name, p in self.known.items() if p.kind is p.VAR_POSITIONAL), "argument")
        order = self.positional
        called = [order[k] if k < len(order) else f"{many}_{k - len(order)}" for k in range(len(args))]
        given = [(name, a) for k, (name, a) in enumerate(zip(called, args)) if k not in self.numbers]
        # optree takes keywords in sorted order
        given += sorted((n, v) for n, v in options.items() if n not in self.names)
        found = [identifier(name + path) for name, value in given for path in tree.paths(value)]
        taken: dict[str, int] = {}
        unique = []
        for name in found:
            count = taken[name] = taken.get(name, 0) + 1
            unique.append(name if count == 1 else f"{name}_{count}")
        return unique if len(set(unique)) == len(unique) else [f"x{k}" for k in range(len(unique))]


def identifier(text: str) -> str:
    name = re.sub(r"\W+", "_", text).strip("_") or "x"
    return name if name.isidentifier() else f"x_{name}"
