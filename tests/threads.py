"""Threads for tests."""
from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any


def together(work: Callable[[Any], object], items: Iterable[Any]) -> None:
    """Run `work` on each item in a thread of its own, all at once, and wait for them."""
    threads = [threading.Thread(target=work, args=(item,)) for item in items]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
