"""Long straight-line programs in pieces: LLVM's time grows faster than the length of one function.

A kernel without loops is cut into functions of about a thousand statements. A value that a later piece needs goes
through a workspace in the arena, whose places are used again after the last reader.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ..ir.types import Type
from .affine import Affine
from .kernels import Accumulate, Buffer, Compute, Fill, Inside, Kernel, Load, Masked, Plan, Statement, Step, Store

LENGTH = 1000


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
    return ()


def chunked(plan: Plan) -> Plan:
    """The plan with every long straight-line kernel in pieces."""
    return replace(plan, steps=[piece for step in plan.steps for piece in _pieces(step)])


def _pieces(step: Step) -> Iterator[Step]:
    if not isinstance(step, Kernel) or step.sizes or len(step.statements) <= LENGTH * 3 // 2:
        yield step
        return
    parts = [step.statements[k:k + LENGTH] for k in range(0, len(step.statements), LENGTH)]
    made = {s.target: number for number, part in enumerate(parts) for s in part if hasattr(s, "target")}
    fills = {s.target: s for s in step.statements if isinstance(s, Fill)}
    last: dict[int, int] = {}  # the last piece that reads a value from outside
    for number, part in enumerate(parts):
        for v in (v for s in part for v in operands(s) if v not in fills and made[v] < number):
            last[v] = number
    places = _Workspace(step)
    for number, part in enumerate(parts):
        statements, inside = [], {s.target for s in part if hasattr(s, "target")}
        for s in part:
            for v in operands(s):
                if v not in inside:
                    inside.add(v)
                    statements.append(fills[v] if v in fills else Load(v, *places.of(v)))
            statements.append(s)
        for v in [v for v, end in last.items() if end == number]:
            places.release(v)
        statements += [Store(*places.take(s.target), s.target) for s in part if getattr(s, "target", None) in last]
        yield Kernel(f"{step.name}.{number}", (), frozenset(), statements, step.dtypes)


class _Workspace:
    """Places for values, one buffer a dtype; as large as the most values that live at once."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel
        self.buffers: dict[str, Buffer] = {}
        self.place: dict[int, int] = {}
        self.free: dict[str, list[int]] = {}
        self.used: dict[str, int] = {}

    def take(self, value: int) -> tuple[Buffer, Affine]:
        dtype = self.kernel.dtypes[value]
        free = self.free.setdefault(dtype, [])
        if free:
            self.place[value] = free.pop()
        else:
            self.place[value] = self.used[dtype] = self.used.get(dtype, -1) + 1
        return self.of(value)

    def release(self, value: int) -> None:
        self.free[self.kernel.dtypes[value]].append(self.place[value])

    def of(self, value: int) -> tuple[Buffer, Affine]:
        dtype = self.kernel.dtypes[value]
        if dtype not in self.buffers:
            # as large as the number of values; the places in use lie at its beginning
            most = sum(d == dtype for d in self.kernel.dtypes.values())
            self.buffers[dtype] = Buffer(f"{self.kernel.name}.{dtype}", "arena", Type(dtype, (most,)))
        return self.buffers[dtype], Affine((), self.place[value])
