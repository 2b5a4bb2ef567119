"""A compiled function whose arguments or results Python puts together around the native call.

Owns what all of these share: they pass on whatever they do not say themselves. Read `sparse.py` for one of them.
"""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from .model import Model


class Around:
    """What stands around `function`. Its methods (dump, explain, cost, c_function) are the function's."""

    def __init__(self, function: Any) -> None:
        self.function = function
        self.__name__, self.__doc__ = function.__name__, function.__doc__

    def save(self, path: str | Path) -> None:
        """Write the function to a file, as `Function.save` does, with what stands around it."""
        from .saved import write

        write(path, *self._saved())

    def _saved(self) -> tuple[Model, dict[str, Any]]:
        """The model, and the facts that `function.load` reads."""
        raise NotImplementedError

    def _inputs_of(self, args: tuple[Any, ...], named: dict[str, Any]) -> list[Any]:
        """The inputs of the graph at a call with these arguments; those given by name are taken out of `named`."""
        return self.function._inputs_of(args, named)  # type: ignore[no-any-return]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.function, name)

    @property
    def _signature(self) -> Any:
        """What the native function takes and gives."""
        return self.function._signature

    def __repr__(self) -> str:
        return repr(self.function)
