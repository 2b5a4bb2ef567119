"""A long program at many points in pieces: each piece is a function, and all of them run on one vector of points after another.

What a loop over points computes may be a hundred thousand operations, and LLVM's time grows faster than a function. The
pieces are those of a straight line; a value that a later one needs waits in a workspace on the stack, a vector a place.
Read `chunks.py`, which cuts, and `loops.py`, which emits a piece.
"""
from __future__ import annotations

from collections import Counter

from ..ir.types import Type
from . import chunks
from .affine import Affine
from .chunks import Workspace, cut
from .kernels import Kernel
from .loops import Loops
from .shape import Shape, shape_of
from .statements import Buffer, Compute, Fill, Inside, Load, Masked, Ramp, Store
from .text import SCALAR, Body, memory

STACK = 1 << 20  # a workspace of more bytes is not put on the stack: the loop stays whole
_POINTWISE = (Load, Compute, Fill, Ramp, Inside, Masked, Store)


class Strips(Kernel):
    """A kernel of one loop that runs in pieces on a vector of points at a time."""

    def title(self) -> str:
        return f"kernel {self.name}, in pieces, for a vector of points at a time"


def in_strips(kernel: Kernel, width: int) -> Kernel:
    """The kernel, as strips if it is long and every point is computed on its own."""
    if len(kernel.sizes) != 1 or kernel.reduced or len(kernel.statements) <= chunks.LENGTH or shape_of(kernel, width).lanes == 1:
        return kernel
    if not all(isinstance(s, _POINTWISE) and not getattr(s, "indirect", ()) for s in kernel.statements):
        return kernel
    strips = Strips(**vars(kernel))
    call = StripCall(strips, shape_of(kernel, width), Counter())
    return strips if len(call.pieces) > 1 and call.bytes <= STACK else kernel


class StripWorkspace(Workspace):
    """Places of a vector each, counted from the strip's first point."""

    def __init__(self, kernel: Kernel, lanes: int) -> None:
        super().__init__(kernel)
        self.lanes = lanes

    def buffer(self, dtype: str, most: int) -> Buffer:
        return Buffer(f"strip.{dtype}", "strip", Type(dtype, (most * self.lanes,)))

    def position(self, place: int) -> Affine:
        return Affine(((0, 1),), place * self.lanes)


class StripCall:
    """Emits the pieces, and `i32 @name(i64 %lo, i64 %hi, sizes..., buffers...)`, which calls them for the points lo .. hi."""

    def __init__(self, kernel: Strips, shape: Shape, functions: Counter[tuple[str, str, int]]) -> None:
        self.kernel, self.shape, self.body, self.checks = kernel, shape, Body(), False
        self.places = StripWorkspace(kernel, shape.lanes)
        self.pieces = [Loops(piece, shape, functions, once=True) for piece in cut(Kernel(**vars(kernel)), self.places)]
        self.frames: tuple[str, ...] = ()
        self.sizes = {n: f"%size.{n}" for n in sorted({n for piece in self.pieces for n in piece.sizes})}
        self.buffers = [b for b in dict.fromkeys(b for piece in self.pieces for b in piece.buffers) if b.kind != "strip"]

    @property
    def bytes(self) -> int:
        """What the workspace takes of the stack."""
        return sum(count * self.shape.lanes * Type(dtype).dtype.itemsize for dtype, count in self.places.used.items())

    def parameters(self) -> list[tuple[str, str]]:
        return [("i64", n) for n in self.sizes.values()] + [("ptr", f"%buffer.{b.symbol}") for b in self.buffers]

    def text(self, attributes: str = "") -> str:
        texts = [piece.text("noinline") for piece in self.pieces]
        self.body.declarations |= {line for piece in self.pieces for line in piece.body.declarations}
        self._strips()
        head = ", ".join(["i64 %lo", "i64 %hi", *(f"{kind} {name}" for kind, name in self.parameters())])
        lines = "\n".join(self.body.lines)
        return "".join(texts) + f"define internal i32 @{self.kernel.name}({head}) {attributes} {{\nentry:\n{lines}\n}}\n"

    def _strips(self) -> None:
        body, lanes = self.body, self.shape.lanes
        for dtype, count in self.places.used.items():
            body.emit(f"%strip.{dtype} = alloca [{count * lanes} x {memory(SCALAR[dtype])}], align 64")
        body.branch("strips")
        body.open("strips")
        body.emit("%i = phi i64 [ %lo, %entry ], [ %next, %strip ]")
        body.branch_if(body.compare("slt", "i64", "%i", "%hi"), "strip", "done")
        body.open("strip")
        body.emit(f"%next = add i64 %i, {lanes}")
        end = body.intrinsic("smin", "i64", 1, "%next", "%hi")
        back = body.op("sub", "i64", "0", "%i")
        for dtype in self.places.used:  # pieces count places from point 0
            body.emit(f"%buffer.strip.{dtype} = getelementptr {memory(SCALAR[dtype])}, ptr %strip.{dtype}, i64 {back}")
        for piece in self.pieces:
            arguments = [("i64", "%i"), ("i64", end), *(("i64", self.sizes[n]) for n in piece.sizes)]
            body.call("i32", piece.kernel.name, [*arguments, *(("ptr", f"%buffer.{b.symbol}") for b in piece.buffers)])
        body.branch("strips")
        body.open("done")
        body.emit("ret i32 0")
