"""A small builder of textual LLVM IR: values are names, each method appends one instruction and returns its name.

Textual IR is parsed by LLVM and costs a ninth of building the module through llvmlite's Python objects.
A type is LLVM's own spelling, scalar or vector ("double", "<8 x double>"); `lanes` 1 means scalar.
Knows nothing of graphs or kernels. Read `math/__init__.py` or `loops.py` next.
"""
from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

SCALAR = {"float64": "double", "float32": "float", "int64": "i64", "int32": "i32", "bool": "i1"}
SHORT = {"double": "f64", "float": "f32", "i64": "i64", "i32": "i32", "i1": "i1", "i8": "i8", "ptr": "p0"}
# A frame in which vectors wait begins with a line of the cache. LLVM leaves it where it is, and a vector that lies across two lines takes
# so long to store and to load again that a loop takes half as long again, in the processes whose stack happens to begin so.
ALIGNED = "alignstack(64)"
BYTES = {"double": 8, "float": 4, "i64": 8, "i32": 4, "i8": 1, "ptr": 8}


def memory(scalar: str) -> str:
    """How a scalar lies in memory: a bool is a byte."""
    return "i8" if scalar == "i1" else scalar


def vector(scalar: str, lanes: int) -> str:
    """The type of `lanes` values of `scalar`: vector("double", 8) is "<8 x double>"."""
    return scalar if lanes == 1 else f"<{lanes} x {scalar}>"


def mangle(scalar: str, lanes: int) -> str:
    """The suffix by which LLVM's intrinsics name a type: "f64", "v8f64"."""
    return SHORT[scalar] if lanes == 1 else f"v{lanes}{SHORT[scalar]}"


def float_literal(value: float, scalar: str) -> str:
    """An exact literal, bit for bit: LLVM writes both float types as the hex of a double."""
    if scalar == "float":
        value = struct.unpack("<f", struct.pack("<f", value))[0]
    return f"0x{struct.unpack('<Q', struct.pack('<d', value))[0]:016X}"


def literal(value: float | int | bool, scalar: str) -> str:
    """The literal of a Python number in the scalar type."""
    if scalar in ("double", "float"):
        return float_literal(float(value), scalar)
    if scalar == "i1":
        return "true" if value else "false"
    return str(int(value))


def splat(value: float | int | bool, scalar: str, lanes: int) -> str:
    """A constant of `lanes` equal values."""
    one = literal(value, scalar)
    return one if lanes == 1 else "<" + ", ".join([f"{scalar} {one}"] * lanes) + ">"


class Body:
    """The instructions of one function, in order. `f.lines` is the text; names are unique within it.

    >>> f = Body()
    >>> r = f.op("fadd", "double", "%x", "0x3FF0000000000000")
    >>> print(f.lines[0])
      %v0 = fadd double %x, 0x3FF0000000000000
    """

    def __init__(self, stem: str = "v") -> None:
        """`stem` begins the names of values. Without one they are the numbers that LLVM itself would give, which it reads a
        third faster; such a body has no labels."""
        self.lines: list[str] = []
        self.declarations: set[str] = set()   # `declare` lines of the intrinsics that were called
        self.block = "entry"                  # the label of the block being filled, for phi nodes
        self._stem, self._count = stem, 0

    def name(self, stem: str | None = None) -> str:
        """A fresh value name."""
        self._count += 1
        return f"%{self._stem if stem is None else stem}{self._count - 1}"

    def label(self, stem: str) -> str:
        """A fresh block label, to be opened later with `open`."""
        self._count += 1
        return f"{stem}{self._count - 1}"

    def open(self, label: str) -> None:
        """Begin the block `label`; the one before must have ended in a branch or return."""
        self.lines.append(f"{label}:")
        self.block = label

    def emit(self, line: str) -> None:
        """Append an instruction that has no result."""
        self.lines.append("  " + line)

    def value(self, instruction: str) -> str:
        """Append an instruction and return the name of its result."""
        result = f"%{self._stem}{self._count}"
        self._count += 1
        self.lines.append(f"  {result} = {instruction}")
        return result

    def load(self, type: str, pointer: str, unit: str, place: int) -> str:
        """The value of the type that lies `place` units behind the pointer."""
        stem, k = self._stem, self._count
        self._count += 2
        result = f"%{stem}{k + 1}"
        self.lines.append(f"  %{stem}{k} = getelementptr {unit}, ptr {pointer}, i64 {place}\n  {result} = load {type}, ptr %{stem}{k}")
        return result

    def store(self, type: str, value: str, pointer: str, unit: str, place: int) -> None:
        """Put the value there."""
        stem, k = self._stem, self._count
        self._count += 1
        self.lines.append(f"  %{stem}{k} = getelementptr {unit}, ptr {pointer}, i64 {place}\n  store {type} {value}, ptr %{stem}{k}")

    def op(self, opcode: str, type: str, *operands: str) -> str:
        """An arithmetic instruction, `opcode type a, b`."""
        return self.value(f"{opcode} {type} {', '.join(operands)}")

    def compare(self, predicate: str, type: str, a: str, b: str) -> str:
        """`fcmp` or `icmp` by the type's kind: compare("olt", "double", a, b), compare("slt", "i64", a, b)."""
        kind = "fcmp" if "double" in type or "float" in type else "icmp"
        return self.value(f"{kind} {predicate} {type} {a}, {b}")

    def select(self, condition: str, type: str, yes: str, no: str, lanes: int = 1) -> str:
        """Lane by lane `condition ? yes : no`; the condition is `i1` or a vector of `i1`."""
        return self.value(f"select {vector('i1', lanes)} {condition}, {type} {yes}, {type} {no}")

    def convert(self, opcode: str, source: str, value: str, target: str) -> str:
        """A conversion such as `sitofp i64 %k to double` or a `bitcast`."""
        return self.value(f"{opcode} {source} {value} to {target}")

    def call(self, result: str, function: str, arguments: Sequence[tuple[str, str]]) -> str:
        """Call `@function`; arguments are (type, value) pairs."""
        return self.value(f"call {result} @{function}({', '.join(f'{t} {v}' for t, v in arguments)})")

    def intrinsic(self, stem: str, scalar: str, lanes: int, *operands: str) -> str:
        """An overloaded floating or integer intrinsic whose operands and result have one type: llvm.fma, llvm.sqrt."""
        type = vector(scalar, lanes)
        function = f"llvm.{stem}.{mangle(scalar, lanes)}"
        self.declarations.add(f"declare {type} @{function}({', '.join([type] * len(operands))})")
        return self.call(type, function, [(type, operand) for operand in operands])

    def aligned(self, pointer: str, boundary: int) -> str:
        """The first address from the pointer on that is a multiple of the boundary, a power of two."""
        above = self.op("add", "i64", self.convert("ptrtoint", "ptr", pointer, "i64"), str(boundary - 1))
        return self.convert("inttoptr", "i64", self.op("and", "i64", above, str(-boundary)), "ptr")

    def branch(self, target: str) -> None:
        self.emit(f"br label %{target}")

    def branch_if(self, condition: str, yes: str, no: str) -> None:
        self.emit(f"br i1 {condition}, label %{yes}, label %{no}")

    def require(self, condition: str, otherwise: str) -> None:
        """Go on where the condition holds, else at the block `otherwise`."""
        label = self.label("ok")
        self.branch_if(condition, label, otherwise)
        self.open(label)

    def return_unless(self, condition: str, result: str) -> None:
        """Go on where the condition holds, else return: return_unless("%fits", "i32 -1")."""
        go, stop = self.label("go"), self.label("stop")
        self.branch_if(condition, go, stop)
        self.open(stop)
        self.emit(f"ret {result}")
        self.open(go)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """What is emitted inside runs where the condition holds."""
        inside, after = self.label("when"), self.label("after")
        self.branch_if(condition, inside, after)
        self.open(inside)
        yield
        self.branch(after)
        self.open(after)

    def fork(self, condition: str, yes: Callable[[], None], no: Callable[[], None]) -> None:
        """What `yes` emits where the condition holds, else what `no` does."""
        labels, after = (self.label("yes"), self.label("no")), self.label("after")
        self.branch_if(condition, *labels)
        for label, emit in zip(labels, (yes, no)):
            self.open(label)
            emit()
            self.branch(after)
        self.open(after)

    def either(self, condition: str, type: str, yes: Callable[[], str], no: Callable[[], str]) -> str:
        """What `yes` emits as its value where the condition holds, else what `no` does."""
        labels, after = (self.label("yes"), self.label("no")), self.label("after")
        self.branch_if(condition, *labels)
        found = []
        for label, value in zip(labels, (yes, no)):
            self.open(label)
            result = value()
            found.append(f"[ {result}, %{self.block} ]")
            self.branch(after)
        self.open(after)
        return self.value(f"phi {type} {', '.join(found)}")
