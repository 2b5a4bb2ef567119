"""Plain Python functions: called once with symbols instead of arrays, a function builds the graph of what it computes.

Owns `jit`: which calls share a compiled function. Leading sizes become names known at the call, so that a new batch
size compiles nothing; where a function needs a size as a number, it is traced again with all sizes fixed. Knows
nothing of derivatives. Read `transforms.py` next.
"""
from __future__ import annotations

import functools
import inspect
import itertools
import re
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...ir.convert import as_node
from ...ir.errors import DTypeError, ExpressionError, GraphError, WengertError
from ...ir.graph import Graph, substitute
from ...ir.guards import Guard, guards
from ...ir.node import Node, located, postorder
from ...ir.ops import input
from ...ir.types import SHORT, Poly, Type, evaluate_dim
from . import tree

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


# -------------------------------------------------------------------------------------------------- arguments of a call

def _array(where: str, leaf: object) -> Any:
    """An argument's leaf as what the compiled function takes; raises for what is no array."""
    if isinstance(leaf, (bool, int, float)):  # np.float64 is a float
        return leaf
    if not isinstance(leaf, np.ndarray):
        if not isinstance(leaf, np.generic) and not hasattr(leaf, "__array__"):
            raise ExpressionError(
                f"{where}: expected a number or an array, got {leaf!r} of {type(leaf).__name__}; name it in static_argnames"
            )
        leaf = np.asarray(leaf)
    if leaf.dtype.name in SHORT:
        return leaf
    kind, size = leaf.dtype.kind, leaf.dtype.itemsize
    if kind == "f" and size < 4:
        return leaf.astype("float32")
    if kind in "iu" and leaf.dtype != np.uint64:
        return leaf.astype("int64" if size > 2 else "int32")
    raise DTypeError(f"{where}: expected an array of {', '.join(SHORT)}, got one of {leaf.dtype}")


def _type_of(leaf: Any) -> tuple[np.dtype, tuple[int, ...]]:
    if isinstance(leaf, np.ndarray):
        return np.dtype(leaf.dtype.name), leaf.shape
    return np.dtype("bool" if isinstance(leaf, bool) else "int64" if isinstance(leaf, int) else "float64"), ()


def _named_sizes(shapes: Sequence[tuple[int, ...]]) -> dict[int, str]:
    """The sizes that become names: leading ones of at least 2 that are no other axis's size."""
    inner = {size for shape in shapes for size in shape[1:]}
    names: dict[int, str] = {}
    for shape in shapes:
        if shape and shape[0] >= 2 and shape[0] not in inner:
            names.setdefault(shape[0], f"n{len(names)}" if names else "n")
    return names


@dataclass
class Specialisation:
    """One compiled function and the calls it serves."""

    types: list[Type]
    guards: list[Guard]
    native: Any
    rebuild: Callable[[Any], Any] | None  # None: the native result is what the function returns

    def serves(self, shapes: Sequence[tuple[int, ...]]) -> bool:
        """Whether these shapes have this one's pattern: the same sizes are fixed, equal and different."""
        sizes: dict[str, int] = {}
        fixed: set[int] = set()
        for type, shape in zip(self.types, shapes):
            for dim, size in zip(type.shape, shape):
                if isinstance(dim, int):
                    if dim != size:
                        return False
                    fixed.add(size)
                elif size < 2 or sizes.setdefault(str(dim), size) != size:
                    return False
        values = set(sizes.values())
        if len(values) < len(sizes) or values & fixed:
            return False
        return self.allows(sizes)

    def allows(self, sizes: Mapping[str, int]) -> bool:
        """Whether slices and the like lie inside these sizes; else NumPy's clipping needs a trace of its own."""
        return all(evaluate_dim(dim, sizes) >= 0 for dim, _ in self.guards)


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
        self.name = name or _identifier(getattr(fn, "__name__", "function"))
        self.parameters = _parameters(fn)
        self.static_argnums, self.static_argnames = _statics(self.parameters, static_argnums, static_argnames)
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
        dynamic, statics = self._without_statics(args, options)
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
            return [_array(self.name, leaf) for leaf in leaves]
        except WengertError:  # once more for the message: names are found only where one is needed
            names = self._input_names(args, options)
            return [_array(f"{self.name}: argument {name}", leaf) for name, leaf in zip(names, leaves)]

    def _remember(self, key: Any, args: tuple[Any, ...], options: Mapping[str, Any], statics: Any, special: Specialisation) -> None:
        if len(self._quick) > 1000:
            self._quick.clear()
        self._quick[key] = special.native, special.rebuild
        plain: list[Any] = []
        for arg in args:
            plain += [arg.shape, arg.dtype] if isinstance(arg, np.ndarray) else [type(arg)]
        if not options and not statics and all(type(a) in _PLAIN for a in args):
            self._quick[tuple(plain)] = special.native, special.rebuild

    def _without_statics(self, args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
        """The arguments that are arrays, with None in the place of static ones, and the static ones as a key."""
        if not self.static_argnums and not self.static_argnames:
            return (args, options), ()
        statics = [(k, args[k]) for k in self.static_argnums if k < len(args)]
        named = [(name, options[name]) for name in self.static_argnames if name in options]
        for name, value in (*statics, *named):
            try:
                hash(value)
            except TypeError:
                raise ExpressionError(f"{self.name}: the static argument {name} must be hashable, got {type(value).__name__}") from None
        # True, 1 and 1.0 are equal keys but different constants
        key = tuple((name, type(value), value) for name, value in (*statics, *named))
        where = {k for k, _ in statics}
        named_left = {n: v for n, v in options.items() if n not in self.static_argnames}
        return (tuple(None if k in where else a for k, a in enumerate(args)), named_left), key

    def _specialised(
        self, structure: Any, statics: Any, arrays: list[Any], args: tuple[Any, ...], options: dict[str, Any],
    ) -> Specialisation:
        kinds = [_type_of(a) for a in arrays]
        key = (structure, statics, tuple((dtype, len(shape)) for dtype, shape in kinds))
        shapes = [shape for _, shape in kinds]
        with _lock:
            known = self._known.setdefault(key, [])
            for special in known:
                if special.serves(shapes):
                    return special
            names = _named_sizes(shapes) if key not in self._fixed else {}
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
        dynamic, named = tree.unflatten(structure, inputs)
        filled = [args[k] if k in self.static_argnums else a for k, a in enumerate(dynamic)]
        result = self.fn(*filled, **{n: options[n] if n in self.static_argnames else named[n] for n in options})
        nodes, built = outputs_of(self.name, result)
        own = set(inputs)
        if any(node.op is input and node not in own for node in postorder(nodes)):
            raise _Captures
        symbols = [input(name=name, type=type) for name, type in zip(self._input_names(args, options), types)]
        outputs = substitute(nodes, dict(zip(inputs, symbols)))
        single = len(outputs) == 1
        native = function(symbols, outputs[0] if single else outputs, self.name, cache=self.cache) if outputs else lambda *_: ()
        return Specialisation(types, guards(Graph(self.name, symbols, outputs)), native, _rebuilder(built, result, single))

    def _input_names(self, args: tuple[Any, ...], options: dict[str, Any]) -> list[str]:
        """A name for each leaf: its parameter and where it is in there, such as params_w_0."""
        found: list[str] = []
        positional = [name for name, p in self.parameters.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
        many = next((name for name, p in self.parameters.items() if p.kind is p.VAR_POSITIONAL), "argument")
        called = [positional[k] if k < len(positional) else f"{many}_{k - len(positional)}" for k in range(len(args))]
        given = [(name, a) for k, (name, a) in enumerate(zip(called, args)) if k not in self.static_argnums]
        # optree takes keywords in sorted order
        for name, value in [*given, *sorted((n, v) for n, v in options.items() if n not in self.static_argnames)]:
            found += [_identifier(name + path) for path in tree.paths(value)]
        taken: dict[str, int] = {}
        unique = []
        for name in found:
            count = taken[name] = taken.get(name, 0) + 1
            unique.append(name if count == 1 else f"{name}_{count}")
        return unique if len(set(unique)) == len(unique) else [f"x{k}" for k in range(len(unique))]

    def lower(self, *args: Any, **options: Any) -> Any:
        """The compiled function that serves these arguments, whose `dump`, `explain` and `cost` show its stages."""
        dynamic, statics = self._without_statics(args, options)
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
        return (Jitted, (self.fn, self.static_argnums, self.static_argnames, self.name, self.cache))

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


def _identifier(text: str) -> str:
    name = re.sub(r"\W+", "_", text).strip("_") or "x"
    return name if name.isidentifier() else f"x_{name}"


def _parameters(fn: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(fn).parameters)
    except (TypeError, ValueError):
        return {}


def _statics(parameters: Mapping[str, inspect.Parameter], numbers: Any, names: Any) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """Static arguments by place and by name: each is known both ways where the signature tells."""
    places = {numbers} if isinstance(numbers, int) else set(numbers)
    called = {names} if isinstance(names, str) else set(names)
    order = [n for n, p in parameters.items() if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    known = bool(parameters) and not any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for name in called:
        if known and name not in parameters:
            raise ExpressionError(f"jit: static_argnames has {name!r}, but the parameters are {', '.join(parameters)}")
    many = not known or any(p.kind is p.VAR_POSITIONAL for p in parameters.values())
    for k in places:
        if not many and not -len(order) <= k < len(order):
            raise ExpressionError(f"jit: static_argnums has {k}, but the parameters are {', '.join(parameters)}")
    places = {k % len(order) if k < 0 and order else k for k in places}
    named = {order[k] for k in places if k < len(order)}
    return tuple(sorted(places | {order.index(n) for n in called if n in order})), tuple(sorted(called | named))


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
