"""Compiled functions of nested arguments and results, and of complex numbers: what Python puts together around the native call.

Owns how such a call is taken apart, and how it is described in a file. Knows nothing of where the layout comes from; read
`around.py` first, `frontend/sympy/lambdify.py` for who makes them.
"""
from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..ir.errors import ArgumentError, DTypeError, GraphError, ParseError
from ..ir.types import Type
from .around import Around
from .frontend import tree
from .model import Model
from .points import has_masked

LARGEST = 2**31  # elements or terms: what is beyond it would take memory or hours that nobody meant
ONE, SIZE = "one", "size"  # what an argument is among the inputs: one of them, or the length of one; or a list of these


class Nested(Around):
    """f(*arguments) -> results in containers, then their derivatives of each order in containers of the same form.

    arguments   what each argument is among the inputs; None where they are the inputs themselves
    names       the arguments' names at the call
    structure   the containers, None for one array alone
    count       the arrays in them
    """

    def __init__(self, function: Any, arguments: list[Any] | None, names: list[str], structure: Any, count: int) -> None:
        super().__init__(function)
        self._arguments, self._names, self._structure, self._count = arguments, names, structure, count

    def __call__(self, *args: Any, **named: Any) -> Any:
        if self._arguments is not None:
            args = tuple(self._inputs_of(args, named))
        result = self.function(*args, **named)
        parts = list(result) if isinstance(result, tuple) else [result]
        groups = [parts[k : k + self._count] for k in range(0, len(parts), self._count)]
        found = [group[0] if self._structure is None else tree.unflatten(self._structure, group) for group in groups]
        return found[0] if len(found) == 1 else tuple(found)

    def __repr__(self) -> str:
        signature = self._signature
        takes, gives = [f"{name}: {type}" for name, type in signature.inputs], [str(type) for type in signature.outputs]
        groups = [gives[k : k + self._count] for k in range(0, len(gives), self._count)]
        found = [group[0] if self._structure is None else tree.unflatten(self._structure, group) for group in groups]
        return _shown(self.__name__, self._arguments, takes, found)

    def _inputs_of(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        if self._arguments is None:
            return super()._inputs_of(args, named)
        return flattened(self.__name__, self._arguments, bound(self.__name__, self._names, args, named), self._names)

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        model, facts = self.function._saved()
        form = _form(self.__name__, self._structure)
        return model, {**facts, "nested": {"arguments": self._arguments, "names": self._names, "form": form, "count": self._count}}


class Complexes(Around):
    """f(*numbers) -> complex numbers and arrays, or many points of them at once.

    complex     for each input that takes complex numbers its name and rank, else None
    halves      for each array of the result whether it is complex, so that two outputs make it
    groups      the results and their derivatives, each in containers of the structure
    """

    def __init__(
        self, function: Any, arguments: list[Any], names: list[str], complex: Sequence[Any], structure: Any, halves: list[bool],
        groups: int,
    ) -> None:
        super().__init__(function)
        self._arguments, self._names, self._complex = arguments, names, complex
        self._structure, self._halves, self._groups = structure, halves, groups

    def __call__(self, *args: Any, **named: Any) -> Any:
        if "out" in named:
            raise ArgumentError(f"{self.__name__}: functions of complex numbers do not take out=; leave it out and take the result")
        halves = self._inputs_of(args, named)
        if named:
            raise ArgumentError(f"{self.__name__}: unknown argument {next(iter(named))!r}; it takes ({', '.join(self._names)})")
        parts = iter(self.function(*halves))
        found = []
        for _ in range(self._groups):
            group = [_joined(next(parts), next(parts)) if half else next(parts) for half in self._halves]
            found.append(tree.unflatten(self._structure, group))
        return found[0] if self._groups == 1 else tuple(found)

    def __repr__(self) -> str:
        signature = self._signature
        takes = [f"{name}: {type if at is None else _complex(type.with_shape(type.shape[1:]))}"
                 for (name, type), at in zip(signature.inputs, self._complex)]
        outputs, found = iter(signature.outputs), []
        for _ in range(self._groups):
            group = [_complex((next(outputs), next(outputs))[0]) if half else str(next(outputs)) for half in self._halves]
            found.append(tree.unflatten(self._structure, group))
        return _shown(self.__name__, self._arguments, takes, found)

    def _inputs_of(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        values = flattened(self.__name__, self._arguments, bound(self.__name__, self._names, args, named), self._names)
        return [value if at is None else self._split(at[0], at[1], value) for at, value in zip(self._complex, values)]

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        model, facts = self.function._saved()
        return model, {**facts, "complex": {
            "arguments": self._arguments, "names": self._names, "complex": self._complex,
            "form": _form(self.__name__, self._structure), "halves": self._halves, "groups": self._groups}}

    def _split(self, name: str, rank: int, value: Any) -> np.ndarray:
        """Real and imaginary parts along a first axis."""
        where = f"{self.__name__}: argument {name}"
        if has_masked(value):
            raise ArgumentError(f"{where}: expected complex numbers, got masked entries; fill them first, with .filled(value)")
        try:
            array = np.asarray(value)
        except ValueError:  # components of different shapes
            try:
                array = np.stack(np.broadcast_arrays(*value)) if rank == 1 else np.asarray(None)
            except ValueError:
                raise ArgumentError(f"{where}: its components do not broadcast, or one has rows of different lengths") from None
        if array.dtype.kind not in "biufc":
            raise DTypeError(f"{where}: expected complex numbers, got {type(value).__name__}")
        if array.ndim < rank:
            raise ArgumentError(f"{where}: expected an array of {rank} axes, got shape {array.shape}")
        return np.stack([array.real, array.imag]).astype("float64", copy=False)


def _joined(re: Any, im: Any) -> Any:
    """A complex number, or an array of them."""
    if not isinstance(re, np.ndarray):
        return complex(re, im)
    joined = np.empty(re.shape, "complex128")
    joined.real, joined.imag = re, im
    return joined


# ------------------------------------------------------------------------------------------------------------ arguments

def flattened(name: str, structure: list[Any], given: Sequence[Any], names: Sequence[str]) -> list[Any]:
    """The inputs out of nested arguments."""
    if len(given) != len(structure):
        raise ArgumentError(f"{name}: takes {len(structure)} arguments, got {len(given)}")
    found: list[Any] = []
    waiting = list(zip(structure, given, names))[::-1]
    while waiting:
        part, value, called = waiting.pop()
        if part == SIZE:
            found.append(_unread(name, called, value))
        elif not isinstance(part, list):
            found.append(value)
        elif not hasattr(value, "__len__") or len(value) != len(part):
            raise ArgumentError(f"{name}: expected a list of {len(part)} values, got {value!r}")
        else:
            waiting += list(zip(part, value, [called] * len(part)))[::-1]
    return found


def _unread(name: str, called: str, value: Any) -> np.ndarray:
    """An array as long as the size says; nobody touches its memory, so the system gives none."""
    try:
        size = int(value) if isinstance(value, float) and value.is_integer() else operator.index(value)
    except TypeError:
        size = -1
    where = f"{name}: argument {called}"
    if not 0 <= size <= LARGEST:
        said = repr(value) if size.bit_length() <= 1024 else f"an integer of {size.bit_length()} bits"  # Python prints no long ones
        each = ""
        if isinstance(value, (list, tuple, np.ndarray)):
            said = f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__} of {len(value)}"
            each = "; it is one for a whole call, so call once for each"
        raise ArgumentError(f"{where}: expected a number of elements or terms, an integer from 0 on up to {LARGEST}, got {said}{each}")
    try:
        return np.empty(size, np.bool_)
    except MemoryError:
        raise ArgumentError(f"{where}: this process has no address space for {size} elements or terms; give a smaller number") from None


def bound(name: str, names: Sequence[str], args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
    """The arguments in their order; those given by name are taken out of `named`."""
    if len(args) > len(names):
        raise ArgumentError(f"{name}: takes {len(names)} arguments, got {len(args)}")
    values = list(args)
    for called in names[len(args):]:
        if called not in named:
            raise ArgumentError(f"{name}: missing argument {called}; it takes ({', '.join(names)})")
        values.append(named.pop(called))
    return values


# ----------------------------------------------------------------------------------------------------------------- repr

def _shown(name: str, arguments: list[Any] | None, takes: Sequence[str], groups: list[Any]) -> str:
    """The call as a person writes it: nested arguments in their lists, results in their containers."""
    inputs = iter(takes)
    listed = ", ".join(takes if arguments is None else [_listed(part, inputs) for part in arguments])
    return f"<wengert function {name}({listed}) -> {_written(groups[0] if len(groups) == 1 else tuple(groups))}>"


def _listed(part: Any, inputs: Iterator[str]) -> str:
    if isinstance(part, list):
        return f"[{', '.join(_listed(one, inputs) for one in part)}]"
    said = next(inputs)
    return f"{said.partition(':')[0]}: a size" if part == SIZE else said


def _written(form: Any) -> str:
    if isinstance(form, dict):
        return "{" + ", ".join(f"{key!r}: {_written(part)}" for key, part in form.items()) + "}"
    if isinstance(form, tuple):
        return f"({', '.join(map(_written, form))}{',' * (len(form) == 1)})"
    return str(form)


def _complex(part: Type) -> str:
    """The type of complex numbers of which this is the type of the real parts."""
    return str(part).replace("f64", "c128", 1)


# ---------------------------------------------------------------------------------------------------------------- files

def _form(name: str, structure: Any) -> Any:
    """The containers for a file: lists and dicts with names of arrays in them. None for one array alone."""
    if structure is None:
        return None
    form = tree.unflatten(structure, ["array"] * structure.num_leaves)
    waiting = [form]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict) and not all(isinstance(key, str) for key in part):
            raise GraphError(f"{name}: save needs keys of results that are strings, got {list(part)}; rename them, or pickle the function")
        waiting += part.values() if isinstance(part, dict) else part if isinstance(part, tuple) else ()
    return form


def _tupled(form: Any) -> Any:
    """The form with tuples for lists, as results have."""
    if isinstance(form, dict):
        return {key: _tupled(part) for key, part in form.items()}
    return tuple(map(_tupled, form)) if isinstance(form, list) else form


def restored(where: object, function: Any, facts: Mapping[str, Any], outputs: int) -> Any:
    """What stands around the function by the facts of a file. Raises ParseError where they do not fit its outputs."""
    try:
        if "nested" in facts:
            said = facts["nested"]
            structure = None if said["form"] is None else tree.flatten(_tupled(said["form"]))[1]
            if outputs % said["count"] or said["count"] != (1 if structure is None else structure.num_leaves):
                raise ValueError
            return Nested(function, said["arguments"], said["names"], structure, said["count"])
        if "complex" in facts:
            said = facts["complex"]
            structure, halves = tree.flatten(_tupled(said["form"]))[1], said["halves"]
            if outputs != said["groups"] * (len(halves) + sum(halves)) or len(halves) != structure.num_leaves:
                raise ValueError
            return Complexes(function, said["arguments"], said["names"], said["complex"], structure, halves, said["groups"])
    except (KeyError, TypeError, ValueError, AttributeError, ZeroDivisionError, RecursionError):
        raise ParseError(f"load: {where} is damaged: its containers do not fit {outputs} outputs") from None
    return function
