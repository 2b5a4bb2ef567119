"""Nested arguments: dicts, lists, tuples, named tuples and dataclasses of arrays, taken apart and put together by optree.

Dataclasses are learnt when they are first met: their strings, None and functions belong to the structure, all other
fields are leaves. optree is imported with the first tree (36 ms), so that `import wengert` stays quick.
"""
from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Iterable
from typing import Any

NAMESPACE = "wengert"
_known: set[type] = set()
_optree: Any = None


def _library() -> Any:
    global _optree
    if _optree is None:
        import optree

        _optree = optree
    return _optree


def flatten(tree: object) -> tuple[list[Any], Any]:
    """The leaves in order, and the structure, which is hashable and puts leaves back together."""
    library = _optree or _library()
    while True:
        leaves, structure = library.tree_flatten(tree, namespace=NAMESPACE)
        new = {type(leaf) for leaf in leaves if dataclasses.is_dataclass(leaf) and not isinstance(leaf, type)} - _known
        if not new:
            return leaves, structure
        for cls in new:
            _learn(cls)


def unflatten(structure: Any, leaves: Iterable[object]) -> Any:
    """The tree of this structure with these leaves."""
    return (_optree or _library()).tree_unflatten(structure, leaves)


def paths(tree: object) -> list[str]:
    """For each leaf where it is, as a person would write it: `['w'][0].bias`."""
    flatten(tree)  # learns dataclasses
    return [accessor.codify("") for accessor in _library().tree_accessors(tree, namespace=NAMESPACE)]


def same_structure(where: str, a: Any, b: Any, error: Callable[[str], Exception]) -> None:
    if a != b:
        raise error(f"{where}: the structures differ: {_said(a)} and {_said(b)}")


def _said(structure: Any) -> str:
    return str(structure).removeprefix("PyTreeSpec(").removesuffix(f", namespace={NAMESPACE!r})").removesuffix(")")


def _is_static(value: object) -> bool:
    if value is None or isinstance(value, (str, bytes, type, enum.Enum)):
        return True
    return callable(value) and not dataclasses.is_dataclass(value) and not hasattr(value, "__array__")


def _learn(cls: type) -> None:
    names = [field.name for field in dataclasses.fields(cls)]

    def apart(value: Any) -> tuple[list[Any], Any, tuple[str, ...]]:
        fields = [(name, getattr(value, name)) for name in names]
        leaves = [(n, v) for n, v in fields if not _is_static(v)]
        dynamic = tuple(n for n, _ in leaves)
        return [v for _, v in leaves], (dynamic, tuple((n, v) for n, v in fields if _is_static(v))), dynamic

    def together(structure: Any, leaves: Iterable[object]) -> Any:
        value: Any = object.__new__(cls)  # not __init__, which may compute with what are only symbols here
        dynamic, static = structure
        for name, part in [*zip(dynamic, leaves), *static]:
            object.__setattr__(value, name, part)
        return value

    library = _library()
    library.register_pytree_node(cls, apart, together, path_entry_type=library.GetAttrEntry, namespace=NAMESPACE)
    _known.add(cls)
