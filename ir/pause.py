"""Python's collector of cycles, paused while many nodes are made at once: nodes hold no cycles, and it would walk them all.

Counted, so that pauses nest and several threads may pause. Whoever finds the collector off leaves it off. What a pause
leaves behind joins the objects that have lived for long, which the collector walks when it walks everything.
"""
from __future__ import annotations

import functools
import gc
import threading
from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

MANY = 10_000  # objects, from which it costs more to walk them than to move them

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
            if gc.get_count()[0] > MANY and not gc.get_freeze_count():
                gc.freeze()  # moves whatever there is out of the collector's sight, and back among the oldest, without a look at it
                gc.unfreeze()
            gc.enable()
