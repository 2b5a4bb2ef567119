"""Colours for the columns of a sparse matrix, so that columns of one colour can be computed together and told apart.

For a Jacobian two columns with a row in common need two colours (A. R. Curtis, M. J. D. Powell and J. K. Reid, 1974). For a
symmetric matrix a star colouring needs fewer: neighbours differ, and so do the colours on every path of four (T. F. Coleman
and J. J. Moré, 1984); the greedy algorithm is algorithm 4.1 of A. H. Gebremedhin, F. Manne and A. Pothen, "What color is
your Jacobian?", 2005. Knows nothing of graphs of nodes. Read `compressed.py` next.
"""
from __future__ import annotations

from typing import Any

import numpy as np


def columns_coloured(matrix: Any) -> np.ndarray:
    """A colour for each column of a pattern, such that columns of one colour have no row in common."""
    return _greedy(matrix.T.tocsr().astype(np.int32) @ matrix.astype(np.int32))


def _greedy(neighbours: Any) -> np.ndarray:
    """Colours in the order of falling degree, each vertex the first that no neighbour has."""
    starts, indices = neighbours.indptr, neighbours.indices
    colours = np.full(neighbours.shape[0], -1, np.int64)
    for v in np.argsort(-np.diff(starts), kind="stable").tolist():
        colours[v] = _first_free(colours[indices[starts[v] : starts[v + 1]]])
    return colours


def _first_free(taken: np.ndarray) -> int:
    """The smallest number from 0 on that is not taken."""
    used = np.zeros(len(taken) + 1, bool)
    used[taken[(taken >= 0) & (taken < len(used))]] = True
    return int(np.argmin(used))


def star_coloured(matrix: Any) -> np.ndarray:
    """A colour for each vertex of a symmetric pattern: neighbours differ, and no path of four has only two colours.

    `counts[x]` is how many neighbours of x have a colour, `barred[w]` the colours of those neighbours of w that have another
    neighbour of w's colour: one more of them would make a path of four. So a vertex with many neighbours costs no more.
    """
    near = [[u for u in matrix.indices[a:b].tolist() if u != v] for v, (a, b) in enumerate(zip(matrix.indptr, matrix.indptr[1:]))]
    colours = [-1] * len(near)
    counts: list[dict[int, int]] = [{} for _ in near]
    barred: list[set[int]] = [set() for _ in near]
    for v in sorted(range(len(near)), key=lambda v: -len(near[v])):
        taken: set[int] = set()
        for w in near[v]:
            taken.update({colours[w]} | barred[w] if colours[w] >= 0 else counts[w])
        colour = 0
        while colour in taken:
            colour += 1
        colours[v] = colour
        for x in near[v]:
            counts[x][colour] = counts[x].get(colour, 0) + 1
            if colours[x] >= 0 and counts[x][colour] > 1:
                for w in near[x] if counts[x][colour] == 2 else (v,):
                    if colours[w] == colour:
                        barred[w].add(colours[x])
            if colours[x] >= 0 and counts[v].get(colours[x], 0) > 1:
                barred[x].add(colour)
    return np.array(colours, np.int64)


def star_places(rows: np.ndarray, columns: np.ndarray, colours: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the entries of a star-coloured symmetric matrix H are read from H @ S, whose columns are the colours: for each
    entry a row and a colour, the same for both of a pair."""
    count = int(colours.max(initial=-1)) + 1
    sums, terms = np.unique(rows * count + colours[columns], return_counts=True)
    low, high = np.minimum(rows, columns), np.maximum(rows, columns)
    alone = terms[np.searchsorted(sums, high * count + colours[low])] == 1  # in its row the only entry of its colour
    return np.where(alone, high, low), np.where(alone, colours[low], colours[high])
