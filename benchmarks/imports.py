"""How long an import takes: the median over fresh processes that do nothing else."""

from __future__ import annotations

import statistics
import subprocess
import sys

MODULES = {
    "wengert": "wengert",
    "jax": "jax",
    "torch": "torch",
    "pytensor": "pytensor",
    "casadi": "casadi",
    "symengine": "symengine",
    "heyoka": "heyoka",
    "autograd": "autograd.numpy",
    "sympy": "sympy",
    "numba by hand": "numba",
    "numpy by hand": "numpy",
}


def median_import(module: str, processes: int) -> float:
    """Seconds that `import module` takes; a first process, not counted, leaves its files in the page cache."""
    script = f"from time import perf_counter as t; start = t(); import {module}; print(t() - start)"
    command = [sys.executable, "-c", script]
    times = [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[-1])
             for _ in range(processes + 1)]  # fmt: skip
    return statistics.median(times[1:])
