"""The compiled arithmetic of dims against `Poly.evaluate`."""
from __future__ import annotations

import ctypes

import pytest

from wengert.codegen import jit
from wengert.codegen.sizes import emit_dim, emit_unless_empty
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


def test_a_size_is_right_where_a_step_on_the_way_wraps_around() -> None:
    body = Body()
    result = emit_dim(body, N * N * M - N * N + 3, {"n": "%n", "m": "%m"})
    lines = "\n".join(body.lines)
    engine = jit.load([jit.compile_ir(f"define i64 @f(i64 %n, i64 %m) {{\n{lines}\n  ret i64 {result}\n}}\n", opt=3)], {}, ["f"])
    assert ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)(engine.address("f"))(2**40, 1) == 3


def test_a_loop_around_an_empty_one_ends_where_it_begins() -> None:
    body = Body()
    assert emit_unless_empty(body, "0", "%n", [3, 0, M], {"m": "%m"}) == "0" and not body.lines
    assert emit_unless_empty(body, "%lo", "%hi", [3], {}) == "%hi" and not body.lines
    emit_unless_empty(body, "%lo", "%hi", [3, M], {"m": "%m"})
    assert body.lines == ["  %v0 = icmp eq i64 %m, 0", "  %v1 = select i1 %v0, i64 %lo, i64 %hi"]
