"""Places for the values of a straight line, used again after the last reader. Arrays in, arrays out."""
from __future__ import annotations

import numpy as np


def last_reads(reads: np.ndarray, first: int) -> np.ndarray:
    """For each value the number of the last statement that reads it, or -1. Row k of `reads` are the values that statement
    k reads, -1 for none; statement k makes the value first + k."""
    last = np.full(first + len(reads), -1, np.int64)
    statements = np.repeat(np.arange(len(reads)), reads.shape[1])
    flat = reads.reshape(-1)
    last[flat[flat >= 0]] = statements[flat >= 0]  # of several assignments to one place the last one counts
    return last


def places(born: np.ndarray, dies: np.ndarray, block: int) -> tuple[np.ndarray, int]:
    """A place for each value, and how many there are, so that values that live at once have different ones.

    Value k lives from statement born[k], ascending, to dies[k]. Places become free in blocks of statements: the work is
    linear, and without an object a value.
    """
    place = np.empty(len(born), np.int64)
    by_death = np.argsort(dies, kind="stable")
    end = int(born[-1]) + block if len(born) else 0
    bounds = np.arange(0, end + block, block)
    births, deaths = np.searchsorted(born, bounds), np.searchsorted(dies[by_death], bounds)
    free = np.empty(0, np.int64)
    top = 0
    for k in range(len(bounds) - 1):
        new = slice(births[k], births[k + 1])
        count = births[k + 1] - births[k]
        used = min(count, len(free))
        place[new] = np.concatenate([free[len(free) - used:], np.arange(top, top + count - used)])
        top += count - used
        free = np.concatenate([free[: len(free) - used], place[by_death[deaths[k]:deaths[k + 1]]]])
    return place, int(top)
