"""A function of the language that builds several nodes looks for the user's line once."""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from ..provenance import current, within


def composed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with all its nodes made at the line of its caller (or the provenance that holds already)."""

    @functools.wraps(function)
    def at_the_line(*args: Any, **options: Any) -> Any:
        with within(*current()):
            return function(*args, **options)

    return at_the_line
