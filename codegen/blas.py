"""Matrix products by the BLAS that SciPy carries; `outside.py` has its addresses.

Row-major C = A B is column-major C^T = B^T A^T, so operands change places; a transposed operand is a flag, never a copy.
Threads are ours where the BLAS is OpenBLAS: its own spin while they wait, and a product of 1 ms becomes one of 100 ms when
somebody else needs a core. So long calls keep OpenBLAS at one thread while they run, and large products are cut into parts
of the result's rows or columns, by their sizes alone.
"""
from __future__ import annotations

from ..ir.types import Dim, dim_names
from .kernels import Product
from .sizes import emit_dim
from .text import SCALAR, Body

PART = 16_000_000    # scalar operations in a part of a product: a sixth of a millisecond
ALIGN = 16           # parts begin at multiples of this many rows or columns, as BLAS blocks them
SERIAL_UP_TO = 500_000  # OpenBLAS runs products of fewer operations on one thread anyway


class ProductCall:
    """Emits `i32 @name(i64 %lo, i64 %hi, sizes..., buffers...)` for the elements lo .. hi of the batch; of a single product
    for the rows or the columns lo .. hi of the result, whichever are more."""

    def __init__(self, product: Product) -> None:
        self.product, self.body = product, Body()
        dims = (product.batch, product.rows, product.inner, product.columns)
        self.sizes = {n: f"%size.{k}" for k, n in enumerate(sorted({n for d in dims for n in dim_names(d)}))}
        self.buffers = list(dict.fromkeys([product.a, product.b, product.out]))
        self.frames: tuple[str, ...] = ()
        self.checks = False
        self.along = _along(product)

    @property
    def extent(self) -> Dim:
        """How many of what lo .. hi counts."""
        return {"batch": self.product.batch, "rows": self.product.rows, "columns": self.product.columns}[self.along]

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
        full = rows, inner, columns = tuple(emit_dim(body, d, self.sizes) for d in (p.rows, p.inner, p.columns))
        length = body.op("sub", "i64", "%hi", "%lo")
        counts = (length if self.along == "rows" else rows, inner, length if self.along == "columns" else columns)
        scalar = SCALAR[p.out.type.dtype_name]
        call = self._call(counts, full, scalar)
        bytes = self._times(self._times(rows, columns), "8" if scalar == "double" else "4")
        if self.along == "batch":
            self._batch(full, bytes, scalar, call)
        else:
            self._part(full, bytes, scalar, call)
        head = ["i64 %lo", "i64 %hi", *(f"{t} {n}" for t, n in self.parameters())]
        return f"define internal i32 @{p.name}({', '.join(head)}) {attributes} {{\nentry:\n" + "\n".join(body.lines) + "\n}\n"

    def _times(self, a: str, b: str) -> str:
        return self.body.op("mul", "i64", a, b)

    def _call(self, counts: tuple[str, ...], full: tuple[str, ...], scalar: str) -> str:
        """The call of the routine for `counts` of matrices %A, %B and %C, which lie in memory in their `full` sizes."""
        p = self.product
        letter = "d" if scalar == "double" else "s"
        one, zero = self._number("1.0", scalar), self._number("0.0", scalar)
        if p.columns == 1 or p.rows == 1:
            return self._routine(f"{letter}gemv", self._vector(counts, full, one, zero))
        flags = ["@blas.T" if t else "@blas.N" for t in p.transposed]
        rows, inner, columns = counts
        lead_a = self._at_least_one(full[0] if p.transposed[0] else full[1])
        lead_b = self._at_least_one(full[1] if p.transposed[1] else full[2])
        integers = [self._integer(v) for v in (columns, rows, inner, lead_b, lead_a, self._at_least_one(full[2]))]
        n, m, k, ldb, lda, ldc = integers
        return self._routine(f"{letter}gemm", [flags[1], flags[0], n, m, k, one, "%B", ldb, "%A", lda, zero, "%C", ldc])

    def _vector(self, counts: tuple[str, ...], full: tuple[str, ...], one: str, zero: str) -> list[str]:
        """gemv: the matrix operand is column-major inner x free as it lies, or free x inner where it is transposed."""
        p = self.product
        at, matrix, vector, swapped = (0, "%A", "%B", p.transposed[0]) if p.columns == 1 else (2, "%B", "%A", not p.transposed[1])
        first, second = (at, 1) if swapped else (1, at)
        m, n, lead, step = (self._integer(v) for v in (counts[first], counts[second], self._at_least_one(full[first]), "1"))
        return ["@blas.N" if swapped else "@blas.T", m, n, one, matrix, lead, vector, step, zero, "%C", step]

    @staticmethod
    def _routine(name: str, arguments: list[str]) -> str:
        return f"call void @blas.{name}({', '.join(f'ptr {a}' for a in arguments)})"

    def _batch(self, full: tuple[str, ...], bytes: str, scalar: str, call: str) -> None:
        body, (rows, inner, columns) = self.body, full
        extents = [self._times(*pair) for pair in ((rows, inner), (inner, columns), (rows, columns))]
        body.branch("batch")
        body.open("batch")
        body.emit("%i = phi i64 [ %lo, %entry ], [ %next, %called ]")
        body.branch_if(body.compare("slt", "i64", "%i", "%hi"), "one", "done")
        body.open("one")
        self._pointers([self._times("%i", extent) for extent in extents], scalar)
        # BLAS may leave the result alone where the inner size is 0: clear it then, and only then
        body.branch_if(body.compare("eq", "i64", inner, "0"), "clear", "product")
        body.open("clear")
        body.emit(f"call void @llvm.memset.p0.i64(ptr %C, i8 0, i64 {bytes}, i1 false)")
        body.branch("called")
        body.open("product")
        body.emit(call)
        body.branch("called")
        body.open("called")
        body.emit("%next = add i64 %i, 1")
        body.branch("batch")
        body.open("done")
        body.emit("ret i32 0")

    def _part(self, full: tuple[str, ...], bytes: str, scalar: str, call: str) -> None:
        body, p = self.body, self.product
        _rows, inner, columns = full
        # how far one row of A, one column of B, and either of C, lie from the next
        by_rows = ("1" if p.transposed[0] else inner, "0", columns)
        by_columns = ("0", inner if p.transposed[1] else "1", "1")
        self._pointers([self._times("%lo", step) for step in (by_rows if self.along == "rows" else by_columns)], scalar)
        body.branch_if(body.compare("eq", "i64", inner, "0"), "empty", "product")
        body.open("empty")  # as above; the first part clears all of the result
        body.branch_if(body.compare("eq", "i64", "%lo", "0"), "clear", "done")
        body.open("clear")
        body.emit(f"call void @llvm.memset.p0.i64(ptr %C, i8 0, i64 {bytes}, i1 false)")
        body.branch("done")
        body.open("product")
        body.emit(call)
        body.branch("done")
        body.open("done")
        body.emit("ret i32 0")

    def _pointers(self, offsets: list[str], scalar: str) -> None:
        for letter, buffer, offset in zip("ABC", (self.product.a, self.product.b, self.product.out), offsets):
            self.body.emit(f"%{letter} = getelementptr {scalar}, ptr %buffer.{buffer.symbol}, i64 {offset}")


def _along(product: Product) -> str:
    """What a product is cut along: the batch, or the longer side of the result, as each part reads all of the other operand."""
    if product.batch != 1:
        return "batch"
    rows, columns = product.rows, product.columns
    if columns == 1 or rows == 1:
        return "rows" if columns == 1 else "columns"
    if isinstance(rows, int) and isinstance(columns, int):
        return "rows" if rows > columns else "columns"
    return "columns" if isinstance(columns, int) and columns >= 16 * ALIGN else "rows"


def parts(body: Body, work: str) -> str:
    """Into how many parts a product of so many operations is cut: a power of two, by the sizes alone."""
    units = body.op("udiv", "i64", work, str(PART))
    zeros = body.value(f"call i64 @llvm.ctlz.i64(i64 {body.intrinsic('smax', 'i64', 1, units, '1')}, i1 true)")
    body.declarations.add("declare i64 @llvm.ctlz.i64(i64, i1 immarg)")
    return body.op("shl", "i64", "1", body.op("sub", "i64", "63", zeros))


def declarations() -> str:
    """What a module that calls BLAS holds besides."""
    lines = ['@blas.N = internal constant [2 x i8] c"N\\00"', '@blas.T = internal constant [2 x i8] c"T\\00"',
             "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1 immarg)"]
    for letter in "ds":
        lines.append(f"declare void @blas.{letter}gemm({', '.join(['ptr'] * 13)})")
        lines.append(f"declare void @blas.{letter}gemv({', '.join(['ptr'] * 11)})")
    return "\n".join(lines) + "\n"


# While `users` is above 0 some call of ours has OpenBLAS at one thread, and `kept` is what it was. Without a lock, which a fork
# could leave taken: a call that comes while the last one leaves finds one thread and keeps nothing, and at worst runs with
# OpenBLAS's threads for once.
SERIAL = """
@blas.users = external global i32
@blas.kept = external global i32
declare i32 @blas.threads()
declare void @blas.limit(i32)

define internal void @blas.enter() noinline {
  %others = atomicrmw add ptr @blas.users, i32 1 seq_cst
  %first = icmp eq i32 %others, 0
  br i1 %first, label %ask, label %done
ask:
  %threads = call i32 @blas.threads()
  %many = icmp sgt i32 %threads, 1
  br i1 %many, label %keep, label %done
keep:
  %old = atomicrmw xchg ptr @blas.kept, i32 %threads seq_cst
  call void @blas.limit(i32 1)
  br label %done
done:
  ret void
}

define internal void @blas.leave() noinline {
  %users = atomicrmw sub ptr @blas.users, i32 1 seq_cst
  %last = icmp eq i32 %users, 1
  br i1 %last, label %restore, label %done
restore:
  %threads = atomicrmw xchg ptr @blas.kept, i32 0 seq_cst
  %many = icmp sgt i32 %threads, 1
  br i1 %many, label %set, label %done
set:
  call void @blas.limit(i32 %threads)
  br label %done
done:
  ret void
}
"""
