"""A compiled function as a plain C function: numbers by value, arrays by pointer, sizes behind them, a status as result.

Owns the parameters, their names in C, and the IR of the function itself. It calls `@body` in an object file of its own,
or `@run` of a program that is loaded. Read `export.py` for the files and `interop.py` for who calls it in this process.
"""
from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from typing import NamedTuple

from ..ir.types import Dim, Type
from .signature import Signature
from .sizes import emit_dim
from .text import Body

C = {"float64": "double", "float32": "float", "int64": "int64_t", "int32": "int32_t", "bool": "uint8_t"}
LLVM = {"float64": "double", "float32": "float", "int64": "i64", "int32": "i32", "bool": "i8"}
NO_MEMORY, BAD_SIZE = -1, -2
ALIGN = 64  # of the workspace

RESERVED = re.compile(
    "auto|break|case|char|const|continue|default|do|double|else|enum|extern|float|for|goto|if|inline|int|long|register|restrict|return|"
    "short|signed|sizeof|static|struct|switch|typedef|union|unsigned|void|volatile|while|bool|true|false|class|new|delete|this|template|"
    "typename|namespace|operator|public|private|protected|virtual|friend|try|catch|throw|using|and|or|not|xor|asm|main|workspace|"
    "int64_t|int32_t|uint8_t")  # words of C and C++


class Parameter(NamedTuple):
    """A parameter of the C function: an input, an output or a size, under its name in the graph and in C."""

    role: str
    name: str
    c_name: str
    type: Type | None  # None: a size

    @property
    def by_value(self) -> bool:
        return self.type is None or (self.role == "input" and not self.type.ndim)

    @property
    def c_type(self) -> str:
        if self.type is None:
            return "int64_t"
        base = C[self.type.dtype_name]
        return base if self.by_value else f"const {base} *" if self.role == "input" else f"{base} *"

    @property
    def llvm_type(self) -> str:
        if self.type is None:
            return "i64"
        return LLVM[self.type.dtype_name] if self.by_value else "ptr"

    def declared(self) -> str:
        return self.c_type + ("" if self.c_type.endswith("*") else " ") + self.c_name


def parameters(signature: Signature, outputs: Sequence[str] | None = None) -> list[Parameter]:
    """Inputs, outputs and named sizes, in this order. `outputs` names the outputs; by default out, or out0, out1, ..."""
    outs = outputs or (["out"] if signature.single else [f"out{k}" for k in range(len(signature.outputs))])
    found = [("input", name, type) for name, type in signature.inputs]
    found += [("output", name, type) for name, type in zip(outs, signature.outputs)]
    sized: list[tuple[str, str, Type | None]] = [*found, *(("size", name, None) for name in signature.sizes)]
    names = c_names([name for _, name, _ in sized])
    return [Parameter(role, name, c_name, type) for (role, name, type), c_name in zip(sized, names)]


def c_names(names: Iterable[str]) -> list[str]:
    """Identifiers of C for names of any script, each once."""
    taken: set[str] = set()
    found = []
    for number, name in enumerate(names):
        stem = identifier(name) or f"x{number}"
        unique, k = stem, 2
        while unique in taken or RESERVED.fullmatch(unique):
            unique, k = f"{stem}_{k}", k + 1
        taken.add(unique)
        found.append(unique)
    return found


def identifier(name: str) -> str:
    """The name as an identifier of C, without what it has no letters for; empty where nothing is left."""
    plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_")
    return f"x_{plain}" if plain[:1].isdigit() else plain


def function_text(name: str, signature: Signature, given: Sequence[Parameter], *, alone: bool) -> str:
    """The IR of `i32 @name(parameters)`. `alone`: beside `@body`, and a large arena is a parameter called %workspace; else
    it calls `@run`, which has its own."""
    body = Body()
    workspace = alone and signature.keeps_memory
    heads = [f"{p.llvm_type} %p{k}" for k, p in enumerate(given)] + ["ptr %workspace"] * workspace
    sizes = {p.name: f"%p{k}" for k, p in enumerate(given) if p.role == "size"}
    places = {role: _table(body, role, [(k, p) for k, p in enumerate(given) if p.role == role]) for role in ("input", "output", "size")}
    if sizes:
        _check_sizes(body, signature, sizes)
    if not alone:
        code = body.call("i32", "run", [("ptr", places[role]) for role in ("input", "output", "size")])
    else:
        arena = _workspace(body, signature, sizes) if workspace else "null"
        if signature.arena and not workspace:
            body.lines.insert(0, f"  %arena = alloca [{signature.arena} x i8], align {ALIGN}")
            arena = "%arena"
        code = body.call("i32", "body", [*(("ptr", places[role]) for role in ("input", "output", "size")), ("ptr", arena)])
    body.emit(f"ret i32 {code}")
    declared = "" if alone else "declare i32 @run(ptr, ptr, ptr)\n"
    return f"{declared}define signext i32 @{name}({', '.join(heads)}) nounwind {{\nentry:\n" + "\n".join(body.lines) + "\n}\n"


def _table(body: Body, role: str, given: list[tuple[int, Parameter]]) -> str:
    """Where the pointers to the inputs or outputs lie, or the sizes."""
    table = body.value(f"alloca [{max(len(given), 1)} x i64], align 8")
    for position, (k, p) in enumerate(given):
        kind, value = p.llvm_type, f"%p{k}"
        if role != "size" and p.by_value:
            place = body.value(f"alloca {kind}, align 8")
            body.emit(f"store {kind} {value}, ptr {place}")
            kind, value = "ptr", place
        at = body.value(f"getelementptr i64, ptr {table}, i64 {position}")
        body.emit(f"store {kind} {value}, ptr {at}")
    return table


def _check_sizes(body: Body, signature: Signature, sizes: dict[str, str]) -> None:
    """Sizes are neither negative nor too large for 64 bits, and make sense of the graph."""
    every = reduce(lambda a, b: body.op("or", "i64", a, b), sizes.values())
    body.return_unless(body.compare("ult", "i64", every, str(1 << signature.safe_bits())), f"i32 {BAD_SIZE}")
    for dim, _ in signature.guards:
        body.return_unless(body.compare("sge", "i64", emit_dim(body, dim, sizes), "0"), f"i32 {BAD_SIZE}")


def _workspace(body: Body, signature: Signature, sizes: dict[str, str]) -> str:
    """The part of %workspace that is aligned."""
    none = body.compare("ne", "ptr", "%workspace", "null")
    if not isinstance(signature.arena, int):
        empty = body.compare("eq", "i64", emit_dim(body, signature.arena, sizes), "0")
        none = body.op("or", "i1", none, empty)
    body.return_unless(none, f"i32 {NO_MEMORY}")
    return body.aligned("%workspace", ALIGN)


def workspace_text(name: str, signature: Signature) -> str:
    """The IR of `i64 @name(sizes)`: how many bytes the workspace has, or -2 for sizes that make no sense."""
    body = Body()
    sizes = {size: f"%s{k}" for k, size in enumerate(signature.sizes)}
    if sizes:
        every = reduce(lambda a, b: body.op("or", "i64", a, b), sizes.values())
        fits = body.compare("ult", "i64", every, str(1 << signature.safe_bits()))
        body.return_unless(fits, f"i64 {BAD_SIZE}")
    bytes = emit_dim(body, needed(signature.arena), sizes)
    body.emit(f"ret i64 {bytes}")
    heads = ", ".join(f"i64 {value}" for value in sizes.values())
    return f"define i64 @{name}({heads}) nounwind {{\nentry:\n" + "\n".join(body.lines) + "\n}\n"


def needed(arena: Dim) -> Dim:
    """The bytes of a workspace: an arena, wherever in it alignment begins."""
    return arena + (ALIGN - 1) if arena else 0
