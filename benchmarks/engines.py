"""The engines that are compared: what to import before the clock starts, and whose version to print.

Only names live here; how an engine is driven is told in `arrays.py`, `expressions.py` and the workloads.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
from dataclasses import dataclass


@dataclass(frozen=True)
class Engine:
    """`modules` are imported untimed; the first part of the first one is the distribution."""

    modules: tuple[str, ...]

    def installed(self) -> bool:
        return all(importlib.util.find_spec(name.split(".")[0]) for name in self.modules)

    def version(self) -> str | None:
        try:
            return importlib.metadata.version(self.modules[0].split(".")[0])
        except importlib.metadata.PackageNotFoundError:
            return None

    def load(self) -> None:
        for name in self.modules:
            importlib.import_module(name)


ENGINES = {
    "wengert": Engine(("wengert",)),
    "jax": Engine(("jax", "jax.numpy", "jax.scipy.special")),
    "torch": Engine(("torch",)),
    "torch.compile": Engine(("torch", "torch._dynamo", "torch._inductor")),
    "pytensor": Engine(("pytensor", "pytensor.tensor")),
    "casadi": Engine(("casadi",)),
    "symengine": Engine(("symengine",)),
    "heyoka": Engine(("heyoka",)),
    "autograd": Engine(("autograd", "autograd.numpy", "autograd.scipy.special")),
    "sympy": Engine(("sympy", "scipy")),
    "numba by hand": Engine(("numba",)),
    "numpy by hand": Engine(("numpy", "scipy")),
}
