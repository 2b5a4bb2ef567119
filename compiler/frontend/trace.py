"""Plain Python functions: called once with symbols instead of arrays, a function builds the graph of what it computes.

Owns `jit`: which calls share a compiled function. Leading sizes become names known at the call, so that a new batch
size compiles nothing; where a function needs a size as a number, it is traced again with all sizes fixed. Knows
nothing of derivatives. Read `transforms.py` next.
"""
from __future__ import annotations

import functools
import itertools
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from ...ir.convert import as_node
from ...ir.errors import ExpressionError, GraphError, WengertError
from ...ir.graph import Graph, substitute
from ...ir.guards import guards
from ...ir.node import Node, located, postorder
from ...ir.ops import input
from ...ir.types import Poly, Type
from . import tree
from .parameters import Parameters, identifier
from .specialisation import Specialisation, argument, kind_of, named_sizes

_serial = itertools.count()
_NUMBERS = frozenset((float, int, bool, np.float64))
_PLAIN = _NUMBERS | {np.ndarray}
_lock = threading.RLock()


def fresh(type: Type) -> Node:
    """A new input that no person and no other trace can name, so that nested traces never mix up their variables."""
    return input(name=f"#{next(_serial)}", type=type)


def is_symbolic(value: object) -> bool:
    return isinstance(value, (Node, Poly))


def outputs_of(name: str, result: object) -> tuple[list[Node], Any]:
    """What a traced function returned, as nodes and their structure."""
    leaves, structure = tree.flatten(result)
    nodes = []
    for leaf in leaves:
        try:
            nodes.append(as_node(leaf))
        except WengertError:
            raise located(ExpressionError(f"{name}: must return arrays, got {leaf!r} of {type(leaf).__name__}")) from None
    return nodes, structure


class _Captures(Exception):
    """The function uses symbols of an outer trace, so it cannot be compiled alone."""


class Jitted:
    """A Python function of arrays that compiles itself for each new kind of arguments. Made by `jit`.

    Called with symbols it simply runs, so jitted functions and transforms nest.
    """

    __qualname__: str  # the function's

    def __init__(
        self, fn: Callable[..., Any], static_argnums: Iterable[int], static_argnames: Iterable[str], name: str | None, cache: bool = True,
    ) -> None:
        functools.update_wrapper(self, fn, updated=())
        self.fn, self.cache = fn, cache
        self.name = name or identifier(getattr(fn, "__name__", "function"))
        self.parameters = Parameters(fn, static_argnums, static_argnames)
        self._quick: dict[Any, tuple[Any, Callable[[Any], Any] | None]] = {}  # by exact shapes
        self._known: dict[Any, list[Specialisation]] = {}  # by structure, dtypes and ranks
        self._fixed: set[Any] = set()  # of these, the ones that need all sizes fixed

    def __get__(self, owner: object, cls: type | None = None) -> Any:
        return self if owner is None else functools.partial(self, owner)

    def __call__(self, *args: Any, **options: Any) -> Any:
        if not options:  # arrays and numbers alone need no tree
            key: list[Any] = []
            for arg in args:
                kind = type(arg)
                if kind is np.ndarray:
                    key.append(arg.shape)
                    key.append(arg.dtype)
                elif kind in _NUMBERS:
                    key.append(kind)
                else:
                    break
            else:
                found = self._quick.get(tuple(key))
                if found is not None:
                    native, rebuild = found
                    return native(*args) if rebuild is None else rebuild(native(*args))
        return self._call(args, options)

    def _call(self, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
        dynamic, statics = self.parameters.parted(self.name, args, options)
        leaves, structure = tree.flatten(dynamic)
        if any(map(is_symbolic, leaves)):
            return self.fn(*args, **options)
        key = (structure, statics, *[(x.shape, x.dtype) if type(x) is np.ndarray else type(x) for x in leaves])
        found = self._quick.get(key)
        if found is not None and all(type(x) in _PLAIN for x in leaves):
            native, rebuild = found
            result = native(*leaves)
            return result if rebuild is None else rebuild(result)
        arrays = self._arrays(leaves, args, options)
        try:
            special = self._specialised(structure, statics, arrays, args, options)
        except _Captures:
            return self.fn(*args, **options)
        if all(a is b for a, b in zip(arrays, leaves)):
            self._remember(key, args, options, statics, special)
        result = special.native(*arrays)
        return result if special.rebuild is None else special.rebuild(result)

    def _arrays(self, leaves: Sequence[object], args: tuple[Any, ...], options: dict[str, Any]) -> list[Any]:
        try:
            return [argument(self.name, leaf) for leaf in leaves]
        except WengertError:  # once more for the message: names are found only where one is needed
            names = self.parameters.leaves(args, options)
            return [argument(f"{self.name}: argument {name}", leaf) for name, leaf in zip(names, leaves)]

    def _remember(self, key: Any, args: tuple[Any, ...], options: Mapping[str, Any], statics: Any, special: Specialisation) -> None:
        if len(self._quick) > 1000:
            self._quick.clear()
        self._quick[key] = special.native, special.rebuild
        plain: list[Any] = []
        for arg in args:
            plain += [arg.shape, arg.dtype] if isinstance(arg, np.ndarray) else [type(arg)]
        if not options and not statics and all(type(a) in _PLAIN for a in args):
            self._quick[tuple(plain)] = special.native, special.rebuild

    def _specialised(
        self, structure: Any, statics: Any, arrays: list[Any], args: tuple[Any, ...], options: dict[str, Any],
    ) -> Specialisation:
        kinds = [kind_of(a) for a in arrays]
        key = (structure, statics, tuple((dtype, len(shape)) for dtype, shape in kinds))
        shapes = [shape for _, shape in kinds]
        with _lock:
            known = self._known.setdefault(key, [])
            for special in known:
                if special.serves(shapes):
                    return special
            names = named_sizes(shapes) if key not in self._fixed else {}
            if names:
                types = [Type(d, (names.get(s[0], s[0]), *s[1:]) if s else ()) for d, s in kinds]
                try:
                    special = self._traced(types, structure, args, options)
                    if special.allows({name: size for size, name in names.items()}):
                        known.append(special)
                        return special
                except _Captures:
                    raise
                except Exception:  # whatever went wrong: with fixed sizes it works, or its message is about numbers
                    self._fixed.add(key)
            special = self._traced([Type(d, s) for d, s in kinds], structure, args, options)
            known.append(special)
            return special

    def _traced(self, types: list[Type], structure: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Specialisation:
        """The function run on symbols of these types, and the graph compiled."""
        from ..function import function

        inputs = [fresh(type) for type in types]
        filled, named = self.parameters.joined(tree.unflatten(structure, inputs), args, options)
        result = self.fn(*filled, **named)
        nodes, built = outputs_of(self.name, result)
        own = set(inputs)
        if any(node.op is input and node not in own for node in postorder(nodes)):
            raise _Captures
        symbols = [input(name=name, type=type) for name, type in zip(self.parameters.leaves(args, options), types)]
        outputs = substitute(nodes, dict(zip(inputs, symbols)))
        single = len(outputs) == 1
        native = function(symbols, outputs[0] if single else outputs, self.name, cache=self.cache) if outputs else lambda *_: ()
        return Specialisation(types, guards(Graph(self.name, symbols, outputs)), native, _rebuilder(built, result, single))

    def lower(self, *args: Any, **options: Any) -> Any:
        """The compiled function that serves these arguments, whose `dump`, `explain` and `cost` show its stages."""
        dynamic, statics = self.parameters.parted(self.name, args, options)
        leaves, structure = tree.flatten(dynamic)
        return self._specialised(structure, statics, self._arrays(leaves, args, options), args, options).native

    @property
    def specialisations(self) -> list[Specialisation]:
        """What has been compiled so far."""
        return [special for group in self._known.values() for special in group]

    def __reduce_ex__(self, protocol: object) -> str | tuple[Any, ...]:
        """By name, as Python's functions travel; by value where cloudpickle asks, which takes functions of notebooks along."""
        asking = sys._getframe(1).f_globals.get("__name__", "")
        found: Any = sys.modules.get(self.__module__) if self.__module__ != "__main__" else None
        for part in self.__qualname__.split("."):
            found = getattr(found, part, None)
        if "cloudpickle" not in asking or found is self:
            return self.__qualname__
        return (Jitted, (self.fn, self.parameters.numbers, self.parameters.names, self.name, self.cache))

    def __repr__(self) -> str:
        return f"<jitted {self.name} with {len(self.specialisations)} specialisations>"


def _rebuilder(structure: Any, result: object, single: bool) -> Callable[[Any], Any] | None:
    """How the native result becomes what the function returns."""
    if single:
        if structure != tree.flatten(0)[1]:
            return lambda value: tree.unflatten(structure, (value,))
        return None
    if type(result) is tuple and structure.num_leaves == len(result) == structure.num_nodes - 1:
        return None
    return functools.partial(tree.unflatten, structure)


def jit(
    fn: Callable[..., Any] | None = None, *, static_argnums: int | Iterable[int] = (), static_argnames: str | Iterable[str] = (),
    name: str | None = None, cache: bool = True,
) -> Any:
    """Compile a Python function of arrays; arguments and results may be nested dicts, lists, tuples and dataclasses.

    static_argnums, static_argnames   arguments that are no arrays; each value of them is compiled for
    name                              what the function is called in dumps, by default its own name
    cache                             False: compiled functions are neither taken from the disk nor kept there

    A leading size of 2 or more is left open, so another batch size runs the same code. A Python `if` on an array raises
    ExpressionError; use `wg.where` or `wg.cond`. The function must be pure: what it reads from outside is read once.

    >>> import wengert as wg
    >>> @wg.jit
    ... def energy(p):
    ...     return 0.5 * p["m"] * p["v"] ** 2
    >>> energy({"m": 2.0, "v": 3.0})
    9.0
    """
    if fn is None:
        return functools.partial(jit, static_argnums=static_argnums, static_argnames=static_argnames, name=name, cache=cache)
    if not callable(fn):
        raise ExpressionError(f"jit: expected a function, got {fn!r} of {type(fn).__name__}")
    return Jitted(fn, static_argnums, static_argnames, name, cache)  # type: ignore[arg-type]


def closed(what: str, nodes: Iterable[Node], own: Iterable[Node]) -> None:
    """Raises GraphError if the nodes use a symbol that is not their own."""
    mine = set(own)
    for node in postorder(list(nodes)):
        if node.op is input and node not in mine:
            raise located(GraphError(f"{what}: uses the outer symbol {node!r}; pass it as an argument"))
