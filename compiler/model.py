"""The graph that a function was made from, and how it travels: as text, which is parsed only where somebody asks for it.

A function that finds its machine code on disk needs the digest of its graph alone. Read `saved.py` next, its form in a file.
"""
from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from typing import Any

from ..ir.digest import digest
from ..ir.graph import Graph


class Model:
    """A graph, or how to make it; and a digest that stands for it, by default the graph's own."""

    def __init__(self, graph: Graph | Callable[[], Graph], digest: str = "") -> None:
        self._make = graph
        if digest:
            self.digest = digest

    @staticmethod
    def of_text(text: str, digest: str) -> Model:
        """The graph of a text, which is parsed when somebody asks for it."""
        model = Model(partial(_parsed, text), digest)
        model.text = text
        return model

    @cached_property
    def graph(self) -> Graph:
        return self._make if isinstance(self._make, Graph) else self._make()

    @cached_property
    def text(self) -> str:
        from ..ir.text import dump

        return dump(self.graph)

    @cached_property
    def digest(self) -> str:
        return digest(self.graph)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Model.of_text, (self.text, self.digest))


def _parsed(text: str) -> Graph:
    from ..ir.text import parse  # the grammar is loaded by who needs it

    return parse(text)
