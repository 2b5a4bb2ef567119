"""Products and squares with their rounding errors, in NumPy, for functions of large arguments (Dekker, 1971).

Knows nothing of nodes. Read `fresnel.py` next.
"""
from __future__ import annotations

import numpy as np


def product(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p + e == a * b exactly, p being the rounded product; for factors below 2^500 and products above 2^-900."""
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    p = a * b
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The leading 26 bits and the rest."""
    scaled = a * 134217729.0  # 2^27 + 1
    high = scaled - (scaled - a)
    return high, a - high
