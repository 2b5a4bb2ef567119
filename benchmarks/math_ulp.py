"""Accuracy and speed of every vector math function: `python benchmarks/math_ulp.py [--points 100000] [ops...]`.

Largest and mean error in ulps against mpmath at 60 digits, and ns per element of a loop over 4096 elements in the cache
(best of 300), 8 lanes of double and 16 of float.
"""
from __future__ import annotations

import argparse
import time

import numpy as np
from math_oracle import DTYPE, Key, Native, arity, exact, measure, points, ulps

from wengert.codegen.math import FUNCTIONS

LANES = {"double": 8, "float": 16}
DOMAIN = {"log": (0.1, 100), "log2": (0.1, 100), "log10": (0.1, 100), "power": (0.1, 10), "gammaln": (0.1, 20),
          "digamma": (0.1, 20), "arcsin": (-1, 1), "arccos": (-1, 1), "arctanh": (-1, 1), "arccosh": (1, 10),
          "log1p": (-0.9, 10), "exp1": (0.1, 10), "cosint": (0.1, 10), "coshint": (0.1, 10)}


def errors(native: Native, key: Key, count: int) -> tuple[float, float, tuple]:
    """Largest error, mean error, and the point of the largest."""
    op, scalar, _ = key
    worst, at, total, number = 0.0, (), 0.0, 0
    columns = points(op, scalar, count, seed=1)
    for got, *x in zip(native(key, *columns), *columns):
        value = exact(op, *x)
        if value is None:
            continue
        error = ulps(got, value, DTYPE[scalar], measure(op, *x))
        total, number = total + error, number + 1
        if error > worst:
            worst, at = error, tuple(float(v) for v in x)
    return worst, total / max(number, 1), at


def nanoseconds(native: Native, key: Key) -> float:
    op, scalar, _ = key
    low, high = DOMAIN.get(op, (-10, 10))
    rng = np.random.default_rng(2)
    arrays = [rng.uniform(low, high, 4096).astype(DTYPE[scalar]) for _ in range(arity(op) + 1)]
    run, arguments = native.function(key), [a.ctypes.data for a in arrays]
    best = float("inf")
    for _ in range(300):
        start = time.perf_counter()
        run(*arguments, 4096)
        best = min(best, time.perf_counter() - start)
    return best / 4096 * 1e9


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ops", nargs="*", default=list(FUNCTIONS))
    parser.add_argument("--points", type=int, default=100_000)
    options = parser.parse_args()
    print(f"{'function':14} {'type':7} {'max ulp':>8} {'mean':>6} {'ns':>6}   largest error at")
    for op in options.ops:
        for scalar, lanes in LANES.items():
            key = (op, scalar, lanes)
            native = Native([key], inline=lambda *_: True)
            worst, mean, at = errors(native, key, options.points)
            where = ", ".join(map(repr, at))
            print(f"{op:14} {scalar:7} {worst:8.3f} {mean:6.3f} {nanoseconds(native, key):6.2f}   {where}", flush=True)


if __name__ == "__main__":
    main()
