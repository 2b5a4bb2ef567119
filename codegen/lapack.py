"""Systems of linear equations by the LAPACK that SciPy carries; `outside.py` has its addresses.

A row-major matrix is its transpose to LAPACK, and rows of right sides are columns, so nothing is transposed in memory. One
elimination serves every solve and the determinant of a matrix. The first row exchange of a matrix tells what LAPACK's codes
do: 0 is a singular one, -1 one that is not finite. Read `kernels.py` for the steps.
"""
from __future__ import annotations

from collections.abc import Callable, Iterable

from .determinants import COFACTOR, DET, SCALING
from .kernels import System
from .sizes import emit_dim
from .text import BYTES, Body, float_literal

ROUTINES = {"factor": ("getrf",), "solve": ("getrs",), "det": (), "cofactor": ("getc2", "laswp")}
ARGUMENTS = {"getrf": 6, "getrs": 9, "getc2": 6, "laswp": 7, "trsm": 11}


def call(body: Body, step: System, sizes: dict[str, str], pointer: Callable[..., str]) -> None:
    """Emit the call of the function that `definitions` gives for the step."""
    buffers = [("ptr", pointer(buffer)) for buffer in (*step.sources, *step.results)]
    counts = [("i64", emit_dim(body, dim, sizes)) for dim in (step.batch, step.n, *((step.rows,) if step.kind == "solve" else ()))]
    flag = [("ptr", "@lapack.T" if not step.transposed else "@lapack.N")] if step.kind == "solve" else []
    arguments = ", ".join(f"{kind} {value}" for kind, value in (*counts, *flag, *buffers))
    body.emit(f"call void @lapack.{step.kind}.{step.scalar}({arguments})")


def definitions(steps: Iterable[System]) -> list[str]:
    """The functions that these steps call, and what those need."""
    wanted = sorted({(step.kind, step.scalar) for step in steps})
    texts = ['@lapack.N = internal constant [2 x i8] c"N\\00"', '@lapack.T = internal constant [2 x i8] c"T\\00"',
             '@lapack.L = internal constant [2 x i8] c"L\\00"', '@lapack.U = internal constant [2 x i8] c"U\\00"']
    for scalar in sorted({scalar for _, scalar in wanted}):
        texts.append(_filled(HELPERS, scalar))
    routines = sorted({(f"lapack.{_letter(s)}{r}", ARGUMENTS[r]) for kind, s in wanted for r in ROUTINES[kind]})
    routines += sorted({(f"blas.{_letter(s)}trsm", ARGUMENTS["trsm"]) for kind, s in wanted if kind == "cofactor"})
    texts += [f"declare void @{name}({', '.join(['ptr'] * count)})" for name, count in routines]
    if any(kind == "det" for kind, _ in wanted):
        texts.append(SCALING)
    return texts + [_filled(TEXTS[kind], scalar) for kind, scalar in wanted]


def declarations() -> set[str]:
    """The intrinsics that the functions call, which other parts of a module may declare too."""
    return {
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1 immarg)", "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1 immarg)",
        "declare double @llvm.fabs.f64(double)", "declare i64 @llvm.smax.i64(i64, i64)", "declare i64 @llvm.smin.i64(i64, i64)",
    }


def _letter(scalar: str) -> str:
    return "d" if scalar == "double" else "s"


def _filled(text: str, scalar: str) -> str:
    """The text for one scalar type: T is the type, L the letter of its routines, B its bytes, and some numbers."""
    wide = scalar == "double"
    text = text.replace("$WIDEN", "%wide = fadd double %pivot, -0.0" if wide else "%wide = fpext float %pivot to double")
    text = text.replace("$NARROW", "%whole = fadd double %scaled, -0.0" if wide else "%whole = fptrunc double %scaled to float")
    for name, number in {"ONE": 1.0, "ZERO": 0.0, "NAN": float("nan")}.items():
        text = text.replace(f"${name}", float_literal(number, scalar))
    return text.replace("$T", scalar).replace("$L", _letter(scalar)).replace("$B", str(BYTES[scalar]))


HELPERS = """
; whether no element is infinite or NaN: x - x is 0 then
define internal i1 @lapack.finite.$T(ptr %x, i64 %count) noinline {
entry:
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %look, label %done
look:
  %k = phi i64 [ 0, %entry ], [ %after, %look ]
  %sum = phi $T [ $ZERO, %entry ], [ %added, %look ]
  %at = getelementptr $T, ptr %x, i64 %k
  %value = load $T, ptr %at
  %nothing = fsub $T %value, %value
  %added = fadd $T %sum, %nothing
  %after = add i64 %k, 1
  %more = icmp slt i64 %after, %count
  br i1 %more, label %look, label %done
done:
  %total = phi $T [ $ZERO, %entry ], [ %added, %look ]
  %finite = fcmp oeq $T %total, $ZERO
  ret i1 %finite
}

define internal void @lapack.fill.$T(ptr %x, i64 %count, $T %value) noinline {
entry:
  %some = icmp sgt i64 %count, 0
  br i1 %some, label %put, label %done
put:
  %k = phi i64 [ 0, %entry ], [ %after, %put ]
  %at = getelementptr $T, ptr %x, i64 %k
  store $T %value, ptr %at
  %after = add i64 %k, 1
  %more = icmp slt i64 %after, %count
  br i1 %more, label %put, label %done
done:
  ret void
}
"""

# L U of each matrix, and the exchanges of rows. LAPACK complains of empty matrices, so there is no call for those.
FACTOR = """
define internal void @lapack.factor.$T(i64 %batch, i64 %n, ptr %a, ptr %lu, ptr %pivots) noinline {
entry:
  %order = alloca i32
  %info = alloca i32
  %narrow = trunc i64 %n to i32
  store i32 %narrow, ptr %order
  %elements = mul i64 %n, %n
  %bytes = mul i64 %elements, $B
  %empty = icmp eq i64 %n, 0
  %count = select i1 %empty, i64 0, i64 %batch
  br label %matrix
matrix:
  %i = phi i64 [ 0, %entry ], [ %next, %done ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %end
one:
  %at = mul i64 %i, %elements
  %from = getelementptr $T, ptr %a, i64 %at
  %to = getelementptr $T, ptr %lu, i64 %at
  %row = mul i64 %i, %n
  %swaps = getelementptr i32, ptr %pivots, i64 %row
  %finite = call i1 @lapack.finite.$T(ptr %from, i64 %elements)
  br i1 %finite, label %eliminate, label %mark
eliminate:
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  call void @lapack.$Lgetrf(ptr %order, ptr %order, ptr %to, ptr %order, ptr %swaps, ptr %info)
  %code = load i32, ptr %info
  %singular = icmp ne i32 %code, 0
  br i1 %singular, label %mark, label %done
mark:
  %flag = phi i32 [ -1, %one ], [ 0, %eliminate ]
  store i32 %flag, ptr %swaps
  br label %done
done:
  %next = add i64 %i, 1
  br label %matrix
end:
  ret void
}
"""

SOLVE = """
define internal void @lapack.solve.$T(i64 %batch, i64 %n, i64 %rows, ptr %flag, ptr %lu, ptr %pivots, ptr %b, ptr %x) noinline {
entry:
  %order = alloca i32
  %sides = alloca i32
  %info = alloca i32
  %narrow = trunc i64 %n to i32
  store i32 %narrow, ptr %order
  %few = trunc i64 %rows to i32
  store i32 %few, ptr %sides
  %elements = mul i64 %n, %n
  %extent = mul i64 %rows, %n
  %total = mul i64 %batch, %extent
  %bytes = mul i64 %total, $B
  call void @llvm.memcpy.p0.p0.i64(ptr %x, ptr %b, i64 %bytes, i1 false)
  %empty = icmp eq i64 %extent, 0
  %count = select i1 %empty, i64 0, i64 %batch
  br label %matrix
matrix:
  %i = phi i64 [ 0, %entry ], [ %next, %done ]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %end
one:
  %at = mul i64 %i, %elements
  %factors = getelementptr $T, ptr %lu, i64 %at
  %row = mul i64 %i, %n
  %swaps = getelementptr i32, ptr %pivots, i64 %row
  %place = mul i64 %i, %extent
  %to = getelementptr $T, ptr %x, i64 %place
  %first = load i32, ptr %swaps
  %regular = icmp sgt i32 %first, 0
  br i1 %regular, label %substitute, label %refuse
substitute:
  call void @lapack.$Lgetrs(ptr %flag, ptr %order, ptr %sides, ptr %factors, ptr %order, ptr %swaps, ptr %to, ptr %order, ptr %info)
  br label %done
refuse:
  call void @lapack.fill.$T(ptr %to, i64 %extent, $T $NAN)
  br label %done
done:
  %next = add i64 %i, 1
  br label %matrix
end:
  ret void
}
"""

TEXTS = {"factor": FACTOR, "solve": SOLVE, "det": DET, "cofactor": COFACTOR}
