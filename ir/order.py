"""In which order the values of a program are computed, told from their numbers alone. Read `listing.py` first."""
from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np


def places(begins: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where the arguments of these values lie, one value after the other, if those of value k begin at `begins[k]`."""
    counts = begins[values + 1] - begins[values]
    ends = np.cumsum(counts)
    found: np.ndarray = np.arange(ends[-1] if len(ends) else 0) + np.repeat(begins[values] - (ends - counts), counts)
    return found


class Order(NamedTuple):
    """The values of a rewritten program: as many old ones as it had, in their order, and behind them new ones.

    begins    where each value's arguments begin in `args`, and where the last one's end
    inputs    the values that come first, whether somebody needs them or not
    """

    old: int
    begins: np.ndarray
    args: np.ndarray
    inputs: np.ndarray
    outputs: np.ndarray

    def kept(self) -> np.ndarray:
        """The needed values in the order in which they are, new ones right before those that need them first. It costs what is
        new and what is no longer needed; where rewriting let a value need one that comes after it, it is not the right one."""
        total = len(self.begins) - 1
        uses = np.bincount(self.args, minlength=total) + np.bincount(self.outputs, minlength=total)
        uses[self.inputs] += 1
        dropped = np.flatnonzero(uses == 0).tolist()
        while dropped:
            k = dropped.pop()
            for arg in self.args[self.begins[k]:self.begins[k + 1]].tolist():
                uses[arg] -= 1
                if not uses[arg]:
                    dropped.append(arg)
        needed = uses > 0
        place = np.arange(total)
        new = np.flatnonzero(self.args >= self.old)
        readers = np.searchsorted(self.begins, new, side="right") - 1
        for value, reader in sorted(zip(self.args[new].tolist(), readers.tolist()), reverse=True):
            if needed[reader] and place[reader] < place[value]:
                place[value] = place[reader]
        order = np.lexsort((np.arange(total) < self.old, place))
        found: np.ndarray = order[needed[order]]
        return found

    def by_need(self) -> np.ndarray:
        """The needed values, those that the first output needs before those that only the second does, and so on."""
        order = self.inputs.tolist()
        next_place, args = self.begins.tolist(), self.args.tolist()
        ends = next_place[1:]
        seen = bytearray(len(ends))
        for k in order:
            seen[k] = 1
        for root in self.outputs.tolist():
            if seen[root]:
                continue
            seen[root] = 1
            path = [root]
            while path:
                k = path[-1]
                place, end = next_place[k], ends[k]
                while place < end and seen[args[place]]:
                    place += 1
                if place < end:
                    next_place[k] = place + 1
                    child = args[place]
                    seen[child] = 1
                    path.append(child)
                else:
                    order.append(path.pop())
        return np.array(order, np.int32)


def numbered(order: Sequence[int] | np.ndarray, total: int) -> np.ndarray:
    """The place of each value in an order, -1 for those that are not in it."""
    new = np.full(total, -1, np.int32)
    new[order] = np.arange(len(order))
    return new
