"""Value and gradient of a cost that is written once over NumPy's names, in each engine that has such names.

A cost is `cost(xp, *inputs)`, where `xp` offers NumPy's functions and SciPy's special ones. Every engine gets the
form that suits it best: arrays are on its side before the clock of a call starts, and shapes are known to it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from workload import GRADIENT, Call, Workload

Cost = Callable[..., Any]


class Names:
    """Looks a name up in several modules, the first that has it wins."""

    def __init__(self, *modules: Any) -> None:
        self.modules = modules

    def __getattr__(self, name: str) -> Any:
        for module in self.modules:
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)


def register(workload: Workload, cost: Cost, wrt: tuple[int, ...]) -> None:
    """Let every engine below differentiate `cost` by the inputs at positions `wrt`; NumPy runs the reference."""

    def build(engine: Callable[..., Call]) -> Callable[..., Call]:
        return lambda *inputs: engine(cost, inputs, wrt)

    for name, engine in BUILDERS.items():
        workload.engine(name, GRADIENT)(build(engine))
    workload.engine("numpy by hand", GRADIENT)(lambda *inputs: Call(workload.reference, inputs))


def jax(cost: Cost, inputs: tuple[Any, ...], wrt: tuple[int, ...]) -> Call:
    import jax

    jax.config.update("jax_enable_x64", True)
    xp = Names(jax.numpy, jax.scipy.special)
    compiled = jax.jit(jax.value_and_grad(lambda *arrays: cost(xp, *arrays), argnums=wrt))
    arrays = tuple(jax.device_put(array) for array in inputs)
    return Call(lambda *arrays: jax.block_until_ready(compiled(*arrays)), arrays)


def torch(cost: Cost, inputs: tuple[Any, ...], wrt: tuple[int, ...], compiled: bool = False) -> Call:
    import torch

    xp = Names(torch, torch.special)
    forward = torch.compile(lambda *tensors: cost(xp, *tensors)) if compiled else lambda *tensors: cost(xp, *tensors)
    tensors = tuple(torch.as_tensor(array) for array in inputs)
    for i in wrt:
        tensors[i].requires_grad_()

    def value_and_gradient(*tensors: Any) -> Any:
        value = forward(*tensors)
        return value, torch.autograd.grad(value, [tensors[i] for i in wrt])

    return Call(value_and_gradient, tensors)


def torch_compile(cost: Cost, inputs: tuple[Any, ...], wrt: tuple[int, ...]) -> Call:
    return torch(cost, inputs, wrt, compiled=True)


def pytensor(cost: Cost, inputs: tuple[Any, ...], wrt: tuple[int, ...]) -> Call:
    import pytensor
    import pytensor.tensor as pt

    arrays = tuple(np.asarray(array) for array in inputs)
    variables = [pt.tensor(f"x{i}", dtype=array.dtype, shape=array.shape) for i, array in enumerate(arrays)]
    value = cost(Names(pt), *variables)
    compiled = pytensor.function(variables, [value, *pt.grad(value, [variables[i] for i in wrt])])
    compiled.trust_input = True
    return Call(compiled, arrays)


def autograd(cost: Cost, inputs: tuple[Any, ...], wrt: tuple[int, ...]) -> Call:
    import autograd.numpy
    import autograd.scipy.special
    from autograd import value_and_grad

    xp = Names(autograd.numpy, autograd.scipy.special)
    gradient = value_and_grad(lambda chosen, rest: cost(xp, *merge(chosen, rest, wrt)))
    rest = tuple(array for i, array in enumerate(inputs) if i not in wrt)
    return Call(gradient, (tuple(inputs[i] for i in wrt), rest))


def merge(chosen: Any, rest: tuple[Any, ...], wrt: tuple[int, ...]) -> list[Any]:
    """The inputs in their order again, from those at positions `wrt` and all others."""
    picked, others = iter(chosen), iter(rest)
    return [next(picked) if i in wrt else next(others) for i in range(len(wrt) + len(rest))]


BUILDERS = {"jax": jax, "torch": torch, "torch.compile": torch_compile, "pytensor": pytensor, "autograd": autograd}
