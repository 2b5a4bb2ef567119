"""Where a node came from: the user's file and line, and for a derivative node the forward node it belongs to.

Knows nothing of ops. A source is found by walking out of the package's own frames, which costs about a microsecond,
so whoever builds many nodes at once (a conversion, a derivative, a pass) says the source once with `within`.
"""
from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .node import Node

Source = tuple[str, int]  # file, line

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_INSIDE = tuple(_PACKAGE + folder + os.sep for folder in ("ir", "compiler", "codegen"))

# (source, origin) given from outside; None: look at the stack.
_given: ContextVar[tuple[Source | None, Node | None] | None] = ContextVar("wengert_provenance", default=None)


def caller(above: int = 1) -> Source | None:
    """The innermost frame outside Wengert and the standard library's glue, or None. The first `above` are known to be inside."""
    frame = sys._getframe(above)
    ours = _ours
    while frame is not None:
        name = frame.f_code.co_filename
        inside = ours.get(name)
        if inside is None:
            inside = ours[name] = name.startswith(_INSIDE) or name.startswith("<")
        if not inside:
            return name, frame.f_lineno
        frame = frame.f_back  # type: ignore[assignment]
    return None


_ours: dict[str, bool] = {}  # by file: whether it is one that no user wrote


def current() -> tuple[Source | None, Node | None]:
    """The provenance of a node that is made now, by a function of the package."""
    given = _given.get()
    return (caller(3), None) if given is None else given


@contextmanager
def within(source: Source | None, origin: Node | None = None) -> Iterator[None]:
    """Nodes made inside get this provenance."""
    token = _given.set((source, origin))
    try:
        yield
    finally:
        _given.reset(token)


def derived_from(node: Node) -> None:
    """Inside `within`: nodes from now on are derivatives of `node`. A call a node is cheaper than a block a node."""
    _given.set((node.source, node))


def made_at(source: Source | None) -> None:
    """Inside `within`: nodes from now on were made at `source`."""
    _given.set((source, None))


def inherit(node: Node) -> None:
    """Inside `within`: nodes from now on replace `node` and have its source and origin."""
    _given.set((node.source, node.origin))


def describe(source: Source | None) -> str:
    """`model.py:12`, or nothing."""
    return f"{os.path.basename(source[0])}:{source[1]}" if source else ""
