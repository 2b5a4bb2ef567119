"""Python's collector of cycles, paused while many nodes are made at once: nodes hold no cycles, and it would walk them all.

Counted, so that pauses nest and several threads may pause. Whoever finds the collector off leaves it off.
"""
from __future__ import annotations

import functools
import gc
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

_lock = threading.RLock()
_pauses = 0
_was_on = False


def without_collector(function: F) -> F:
    """The function, during which the collector does not run."""

    @functools.wraps(function)
    def paused(*args: Any, **named: Any) -> Any:
        _pause()
        try:
            return function(*args, **named)
        finally:
            _resume()

    return paused  # type: ignore[return-value]


def _pause() -> None:
    global _pauses, _was_on
    with _lock:
        if not _pauses:
            _was_on = gc.isenabled()
            gc.disable()
        _pauses += 1


def _resume() -> None:
    global _pauses
    with _lock:
        _pauses -= 1
        if not _pauses and _was_on:
            gc.enable()
