"""The compiled arithmetic of dims against `Poly.evaluate`."""
from __future__ import annotations

import ctypes

import pytest

from wengert.codegen import jit
from wengert.codegen.sizes import emit_dim
from wengert.codegen.text import Body
from wengert.ir.types import Dim, Poly, evaluate_dim

N, M = Poly.name("n"), Poly.name("m")
DIMS: list[Dim] = [5, N, N - 1, 2 * N * M + 3, -N, (N + 1) // 2, (2 * N - 7) // 3, N * N - M, ((N - 9) // 4) * M + (N // 5)]


@pytest.mark.parametrize("dim", DIMS, ids=str)
def test_a_dim_is_computed_as_python_does(dim: Dim) -> None:
    body = Body()
    result = emit_dim(body, dim, {"n": "%n", "m": "%m"})
    lines = "\n".join(body.lines)
    engine = jit.load([jit.compile_ir(f"define i64 @f(i64 %n, i64 %m) {{\n{lines}\n  ret i64 {result}\n}}\n")], {}, ["f"])
    function = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(engine.address("f"))
    for n in (0, 1, 2, 3, 8, 9, 100):
        for m in (0, 1, 7):
            assert function(n, m) == evaluate_dim(dim, {"n": n, "m": m}), (n, m)


@pytest.mark.parametrize("dim", DIMS, ids=str)
def test_literal_sizes_fold(dim: Dim) -> None:
    body = Body()
    assert emit_dim(body, dim, {"n": "4", "m": "3"}) == str(evaluate_dim(dim, {"n": 4, "m": 3}))
    assert not body.lines
