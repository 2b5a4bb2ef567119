"""Long straight-line programs in pieces: LLVM's time grows faster than the length of one function.

A kernel without loops is cut into functions of about a thousand statements, fewer where they touch many buffers. A
value that a later piece needs goes through a workspace in the arena, whose places are used again after the last reader.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..ir.types import Type
from .affine import Affine
from .kernels import Kernel, Plan, Step
from .statements import Accumulate, Buffer, Compute, Fill, Inside, Load, Masked, Scatter, Statement, Store

LENGTH = 1000
# LLVM compares each access of memory with the stores before it: these count as so many statements more.
OF_BUFFER, OF_STORE = 7, 3


def operands(statement: Statement) -> tuple[int, ...]:
    """The values that a statement reads."""
    if isinstance(statement, Compute):
        return statement.operands
    if isinstance(statement, Load):
        return (*(v for v, _, _ in statement.indirect), *(() if statement.mask is None else (statement.mask,)))
    if isinstance(statement, Masked):
        return (statement.mask, statement.value)
    if isinstance(statement, Inside):
        return () if statement.outer is None else (statement.outer,)
    if isinstance(statement, (Store, Accumulate)):
        return (statement.value,)
    if isinstance(statement, Scatter):
        return (*(v for v, _, _ in statement.indirect), statement.value)
    return ()


def chunked(plan: Plan) -> Plan:
    """The plan with every long straight-line kernel in pieces."""
    return replace(plan, steps=[piece for step in plan.steps for piece in _pieces(step)])


def _pieces(step: Step) -> Iterator[Step]:
    if not isinstance(step, Kernel) or step.sizes:
        yield step
        return
    yield from cut(step, Workspace(step))


def cut(kernel: Kernel, places: Workspace) -> list[Kernel]:
    """The kernel in pieces, to be run one after another; what one makes and another reads goes through `places`."""
    parts = _parts(kernel.statements)
    if len(parts) == 1:
        return [kernel]
    made = {s.target: number for number, part in enumerate(parts) for s in part if hasattr(s, "target")}
    fills = {s.target: s for s in kernel.statements if isinstance(s, Fill)}
    last: dict[int, int] = {}  # the last piece that reads a value from outside
    for number, part in enumerate(parts):
        for v in (v for s in part for v in operands(s) if v not in fills and made[v] < number):
            last[v] = number
    ending: list[list[int]] = [[] for _ in parts]
    for v, number in last.items():
        ending[number].append(v)
    pieces = []
    for number, part in enumerate(parts):
        statements: list[Statement] = []
        inside = {s.target for s in part if hasattr(s, "target")}
        for s in part:
            for v in operands(s):
                if v not in inside:
                    inside.add(v)
                    statements.append(fills[v] if v in fills else Load(v, *places.of(v)))
            statements.append(s)
        for v in ending[number]:
            places.release(v)
        statements += [Store(*places.take(s.target), s.target) for s in part if hasattr(s, "target") and s.target in last]
        pieces.append(replace(kernel, name=f"{kernel.name}.{number}", statements=statements))
    return pieces


def _parts(statements: list[Statement]) -> list[list[Statement]]:
    """The statements cut after every LENGTH of them, buffers counted in; a short rest stays with the last part."""
    parts: list[list[Statement]] = []
    length, seen = LENGTH, set[Buffer]()
    for s in statements:
        if length >= LENGTH:
            parts.append([])
            length, seen = 0, set()
        buffer = getattr(s, "buffer", None)
        if buffer is not None and buffer not in seen:
            seen.add(buffer)
            length += OF_BUFFER
        length += 1 + OF_STORE * isinstance(s, Store)
        parts[-1].append(s)
    if len(parts) > 1 and length < LENGTH // 2:
        rest = parts.pop()
        parts[-1] += rest
    return parts


class Workspace:
    """Places for values, one buffer a dtype; as large as the most values that live at once."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.buffers: dict[str, Buffer] = {}
        self.place: dict[int, int] = {}
        self.free: dict[str, list[int]] = {}
        self.used: dict[str, int] = {}  # how many places of each dtype

    def take(self, value: int) -> tuple[Buffer, Affine]:
        dtype = self.kernel.dtypes[value]
        free = self.free.setdefault(dtype, [])
        if free:
            self.place[value] = free.pop()
        else:
            self.place[value] = self.used.get(dtype, 0)
            self.used[dtype] = self.place[value] + 1
        return self.of(value)

    def release(self, value: int) -> None:
        self.free[self.kernel.dtypes[value]].append(self.place[value])

    def of(self, value: int) -> tuple[Buffer, Affine]:
        dtype = self.kernel.dtypes[value]
        if dtype not in self.buffers:
            # as large as the number of values; the places in use lie at its beginning
            most = sum(d == dtype for d in self.kernel.dtypes.values())
            self.buffers[dtype] = self.buffer(dtype, most)
        return self.buffers[dtype], self.position(self.place[value])

    def buffer(self, dtype: str, most: int) -> Buffer:
        return Buffer(f"{self.kernel.name}.{dtype}", "arena", Type(dtype, (most,)))

    def position(self, place: int) -> Affine:
        return Affine((), place)
