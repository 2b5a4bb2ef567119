"""Math functions that programs share: the bits of a program's own, and kept on the disk."""

import numpy as np
import pytest

from wengert.codegen import cache, shared
from wengert.codegen.callable import NativeCallable
from wengert.codegen.program import Program
from wengert.ir import ops
from wengert.ir.graph import Graph
from wengert.ir.types import Type

OPS = [ops.sin, ops.exp, ops.log, ops.tanh, ops.erf, ops.gammaln, ops.arctan]


class Native(NativeCallable):
    """A graph compiled as it is."""

    def __init__(self, program: Program) -> None:
        program.install(self)


def several(dtype: str) -> Graph:
    x = ops.input(name="shared_x", type=Type(dtype))
    return Graph("several", [x], [op(x) for op in OPS])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shared_functions_give_the_bits_of_own_ones(dtype):
    together, alone = (Program(several(dtype), single=False, alone=flag) for flag in (False, True))
    assert {name for name in together.lowered.symbols if name.startswith(shared.PREFIX)} and not alone.lowered.symbols
    assert len(together.llvm()) < len(alone.llvm()) / 4
    f, g = Native(together), Native(alone)
    for x in [*np.random.default_rng(0).normal(size=200) * 30, 0.0, -0.0, np.inf, -np.inf, np.nan, 1e300, 5e-324]:
        with np.errstate(over="ignore"):
            x = float(np.dtype(dtype).type(x))
        np.testing.assert_array_equal(f(x), g(x))


def test_a_function_is_kept_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setenv("WENGERT_CACHE", str(tmp_path))
    anew = shared._function.__wrapped__  # what the process has stays: live functions call it
    first = anew("wg.sin.f64")
    assert len(list(tmp_path.rglob(f"*{cache.SUFFIX}"))) == 1
    monkeypatch.setattr(shared, "_text", lambda name: pytest.fail("compiled again"))
    assert anew("wg.sin.f64").address("wg.sin.f64") != first.address("wg.sin.f64")
