"""Matrix products by the BLAS that SciPy carries, read through its published C pointers.

Row-major C = A B is column-major C^T = B^T A^T, so operands change places; a transposed operand is a flag, never a copy.
"""
from __future__ import annotations

import ctypes
import functools
import os
import sys
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from typing import Any

from ..ir.types import dim_names
from .kernels import Product
from .sizes import emit_dim
from .text import SCALAR, Body


def addresses() -> dict[str, int]:
    """The routines by the names that the IR calls: blas.dgemm, blas.sgemv, ..."""
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    table = _cython_blas().__pyx_capi__
    capsules = {f"blas.{p}{r}": table[f"{p}{r}"] for p in "ds" for r in ("gemm", "gemv")}
    return {name: pointer_of(capsule, name_of(capsule)) for name, capsule in capsules.items()}


@functools.cache
def _cython_blas() -> Any:
    """SciPy's module of C pointers, by itself: importing all of scipy.linalg takes a quarter of a second."""
    name = "scipy.linalg.cython_blas"
    if "scipy.linalg" not in sys.modules:
        import scipy

        spec = PathFinder.find_spec(name, [os.path.join(os.path.dirname(scipy.__file__), "linalg")])
        if spec is not None and spec.loader is not None:
            module = module_from_spec(spec)
            spec.loader.exec_module(module)
            sys.modules.pop(name, None)  # so that a later import of scipy.linalg finds and names it as usual
            return module
    return import_module(name)


class ProductCall:
    """Emits `i32 @name(i64 %lo, i64 %hi, sizes..., buffers...)` for the elements lo .. hi of the batch."""

    def __init__(self, product: Product) -> None:
        self.product, self.body = product, Body()
        dims = (product.batch, product.rows, product.inner, product.columns)
        self.sizes = {n: f"%size.{k}" for k, n in enumerate(sorted({n for d in dims for n in dim_names(d)}))}
        self.buffers = list(dict.fromkeys([product.a, product.b, product.out]))
        self.frames: tuple[str, ...] = ()
        self.checks = False

    def parameters(self) -> list[tuple[str, str]]:
        return [("i64", n) for n in self.sizes.values()] + [("ptr", f"%buffer.{b.symbol}") for b in self.buffers]

    def _integer(self, value: str) -> str:
        """A pointer to a 32-bit integer, as Fortran takes them."""
        slot = self.body.value("alloca i32")
        narrow = self.body.convert("trunc", "i64", value, "i32") if value.startswith("%") else value
        self.body.emit(f"store i32 {narrow}, ptr {slot}")
        return slot

    def _number(self, value: str, type: str) -> str:
        slot = self.body.value(f"alloca {type}")
        self.body.emit(f"store {type} {value}, ptr {slot}")
        return slot

    def _at_least_one(self, value: str) -> str:
        if not value.startswith("%"):
            return str(max(int(value), 1))
        return self.body.select(self.body.compare("sgt", "i64", value, "1"), "i64", value, "1")

    def text(self, attributes: str = "") -> str:
        p, body = self.product, self.body
        rows, inner, columns = (emit_dim(body, d, self.sizes) for d in (p.rows, p.inner, p.columns))
        scalar = SCALAR[p.out.type.dtype_name]
        call = self._call(rows, inner, columns, scalar)
        extents = [self._times(*pair) for pair in ((rows, inner), (inner, columns), (rows, columns))]
        self._batch(extents, scalar, call)
        head = ["i64 %lo", "i64 %hi", *(f"{t} {n}" for t, n in self.parameters())]
        return f"define internal i32 @{p.name}({', '.join(head)}) {attributes} {{\nentry:\n" + "\n".join(body.lines) + "\n}\n"

    def _times(self, a: str, b: str) -> str:
        return self.body.op("mul", "i64", a, b)

    def _call(self, rows: str, inner: str, columns: str, scalar: str) -> tuple[str, list[str]]:
        """The routine and its arguments, with %A, %B and %C for the matrices of one batch element."""
        p = self.product
        letter = "d" if scalar == "double" else "s"
        one, zero = self._number("1.0", scalar), self._number("0.0", scalar)
        flags = ["@blas.T" if t else "@blas.N" for t in p.transposed]
        if p.columns == 1 or p.rows == 1:
            return f"blas.{letter}gemv", self._vector(rows, inner, columns, one, zero)
        lead_a = self._at_least_one(rows if p.transposed[0] else inner)
        lead_b = self._at_least_one(inner if p.transposed[1] else columns)
        integers = [self._integer(v) for v in (columns, rows, inner, lead_b, lead_a, self._at_least_one(columns))]
        n, m, k, ldb, lda, ldc = integers
        return f"blas.{letter}gemm", [flags[1], flags[0], n, m, k, one, "%B", ldb, "%A", lda, zero, "%C", ldc]

    def _vector(self, rows: str, inner: str, columns: str, one: str, zero: str) -> list[str]:
        """gemv: the matrix operand is column-major inner x free as it lies, or free x inner where it is transposed."""
        p = self.product
        by_row = ("%B", "%A", columns, not p.transposed[1])
        matrix, vector, free, swapped = ("%A", "%B", rows, p.transposed[0]) if p.columns == 1 else by_row
        first, second = (free, inner) if swapped else (inner, free)
        flag = "@blas.N" if swapped else "@blas.T"
        m, n, lead, step = (self._integer(v) for v in (first, second, self._at_least_one(first), "1"))
        return [flag, m, n, one, matrix, lead, vector, step, zero, "%C", step]

    def _batch(self, extents: list[str], scalar: str, call: tuple[str, list[str]]) -> None:
        body, p = self.body, self.product
        loop, inside, exit = "batch", "one", "done"
        body.branch(loop)
        body.open(loop)
        body.emit("%i = phi i64 [ %lo, %entry ], [ %next, %called ]")
        body.branch_if(body.compare("slt", "i64", "%i", "%hi"), inside, exit)
        body.open(inside)
        for letter, buffer, extent in zip("ABC", (p.a, p.b, p.out), extents):
            offset = body.op("mul", "i64", "%i", extent)
            body.emit(f"%{letter} = getelementptr {scalar}, ptr %buffer.{buffer.symbol}, i64 {offset}")
        # BLAS leaves the result alone where the inner size is 0: clear it then, and only then
        bytes = body.op("mul", "i64", extents[2], "8" if scalar == "double" else "4")
        empty = body.compare("eq", "i64", extents[0], "0")
        body.branch_if(empty, "clear", "product")
        body.open("clear")
        body.emit(f"call void @llvm.memset.p0.i64(ptr %C, i8 0, i64 {bytes}, i1 false)")
        body.branch("called")
        body.open("product")
        routine, arguments = call
        body.emit(f"call void @{routine}({', '.join(f'ptr {a}' for a in arguments)})")
        body.branch("called")
        body.open("called")
        body.emit("%next = add i64 %i, 1")
        body.branch(loop)
        body.open(exit)
        body.emit("ret i32 0")


def declarations() -> str:
    """What a module that calls BLAS holds besides."""
    lines = ['@blas.N = internal constant [2 x i8] c"N\\00"', '@blas.T = internal constant [2 x i8] c"T\\00"',
             "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1 immarg)"]
    for letter in "ds":
        lines.append(f"declare void @blas.{letter}gemm({', '.join(['ptr'] * 13)})")
        lines.append(f"declare void @blas.{letter}gemv({', '.join(['ptr'] * 11)})")
    return "\n".join(lines) + "\n"
