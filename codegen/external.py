"""Calls of SciPy's special functions through the C pointers that `scipy.special.cython_special` publishes.

A row runs as a small function of the module, for any lane count, that calls the pointer once a lane in double precision.
Object code names the pointers, their addresses are given when it is loaded. Knows nothing of graphs; read `lower.py` next.
"""
from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterable
from importlib import import_module

from ..ir.ops.external import EXTERNAL, External, missing
from .math import FUNCTIONS
from .math.core import symbol
from .text import Body, float_literal, vector

PREFIX = "scipy.special."


def is_external(op: str) -> bool:
    """Whether a row has no function of our own in `math/`."""
    return op in EXTERNAL and op not in FUNCTIONS


def needs(functions: Iterable[tuple[str, str, int]]) -> set[tuple[str, str, int]]:
    """The functions of our own that the definitions of those among these (op, scalar, lanes) call."""
    return {("exp", "double", 1) for op, _, _ in functions if is_external(op) and EXTERNAL[op].scaled}


def parts(wanted: Iterable[tuple[str, str, int]]) -> tuple[list[str], set[str], tuple[str, ...]]:
    """(the definitions of the wanted (op, scalar, lanes), the module-level lines, the symbols that they call)."""
    texts, declarations, symbols = [], set[str](), set[str]()
    for op, scalar, lanes in sorted(wanted):
        declared = EXTERNAL[op]
        texts.append(_definition(op, declared, scalar, lanes))
        arguments = ", ".join(["double"] * declared.arity + (["ptr"] * declared.outputs if declared.outputs > 1 else ["i32"]))
        for function in filter(None, (declared.function, declared.scaled)):
            name = PREFIX + function
            declarations.add(f"declare {'void' if declared.outputs > 1 else 'double'} @{name}({arguments}) nounwind")
            symbols.add(name)
    return texts, declarations, tuple(sorted(symbols))


def _definition(op: str, declared: External, scalar: str, lanes: int) -> str:
    body, type = Body(), vector(scalar, lanes)
    places = [body.value("alloca double") for _ in range(declared.outputs)] if declared.outputs > 1 else []
    result = "poison"
    for lane in range(lanes):
        operands = []
        for k in range(declared.arity):
            one = f"%x{k}" if lanes == 1 else body.value(f"extractelement {type} %x{k}, i32 {lane}")
            operands.append(("double", one if scalar == "double" else body.convert("fpext", scalar, one, "double")))
        operands[0] = ("double", _small(body, declared, operands[0][1]))
        got = _rescued(body, declared, operands, _call(body, declared, operands, places))
        got = _limited(body, declared, operands, got)
        if scalar != "double":
            got = body.convert("fptrunc", "double", got, scalar)
        result = got if lanes == 1 else body.value(f"insertelement {type} {result}, {scalar} {got}, i32 {lane}")
    body.emit(f"ret {type} {result}")
    head = ", ".join(f"{type} %x{k}" for k in range(declared.arity))
    return f"define internal {type} @{symbol(op, scalar, lanes)}({head}) noinline nounwind {{\n" + "\n".join(body.lines) + "\n}\n"


def _call(body: Body, declared: External, operands: list[tuple[str, str]], places: list[str]) -> str:
    name = PREFIX + declared.function
    if not places:
        return body.call("double", name, [*operands, ("i32", "0")])  # Cython's flag: do not look for overrides
    body.emit(f"call void @{name}({', '.join(f'{t} {v}' for t, v in [*operands, *(('ptr', p) for p in places)])})")
    return body.value(f"load double, ptr {places[declared.output]}")


def _small(body: Body, declared: External, first: str) -> str:
    """NaN for an argument that is further from 0 than it may be."""
    if declared.largest is None:
        return first
    size = body.intrinsic("fabs", "double", 1, first)
    wide = body.compare("ogt", "double", size, float_literal(declared.largest, "double"))
    return body.select(wide, "double", float_literal(math.nan, "double"), first, 1)


def _rescued(body: Body, declared: External, operands: list[tuple[str, str]], got: str) -> str:
    """Where SciPy says 0 too early, the scaled function times exp(-x), in halves so that neither underflows early."""
    if declared.scaled is None:
        return got
    other = declared._replace(function=declared.scaled)

    def product() -> str:
        scaled = _call(body, other, operands, [])
        half = body.call("double", symbol("exp", "double", 1), [("double", body.op("fmul", "double", operands[-1][1], "-0.5"))])
        value = body.op("fmul", "double", body.op("fmul", "double", scaled, half), half)
        return body.select(body.compare("olt", "double", scaled, float_literal(math.inf, "double")), "double", value, got, 1)

    return body.either(body.compare("oeq", "double", got, "0.0"), "double", product, lambda: got)


def _limited(body: Body, declared: External, operands: list[tuple[str, str]], got: str) -> str:
    """The limit where the last argument is infinite, and NaN where another one is, or is NaN."""
    if declared.at_infinity is None:
        return got
    limit = float_literal(declared.at_infinity, "double")
    for _, value in operands[:-1]:
        limit = body.op("fadd", "double", body.op("fsub", "double", value, value), limit)
    far = body.compare("oeq", "double", operands[-1][1], float_literal(math.inf, "double"))
    return body.select(far, "double", limit, got, 1)


def addresses(symbols: Iterable[str]) -> dict[str, int]:
    """The addresses of the symbols that `parts` named; ExpressionError where this SciPy lacks one."""
    by_function = {declared.function: declared for declared in EXTERNAL.values()}
    by_function |= {declared.scaled: declared._replace(function=declared.scaled) for declared in EXTERNAL.values() if declared.scaled}
    return {name: _address(by_function[name.removeprefix(PREFIX)]) for name in symbols}


def _address(declared: External) -> int:
    """The C function of the name that takes doubles: fused functions have one for each type, all under numbered names."""
    name_of, pointer_of = ctypes.pythonapi.PyCapsule_GetName, ctypes.pythonapi.PyCapsule_GetPointer
    name_of.restype, name_of.argtypes = ctypes.c_char_p, [ctypes.py_object]
    pointer_of.restype, pointer_of.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    spelled = re.compile(rf"(__pyx_fuse_\d+(_\d+)*)?{declared.function}")
    takes = ", ".join(["double"] * declared.arity)
    if declared.outputs > 1:
        signature = re.compile(rf"void \({takes}{', double [*]' * declared.outputs}\)")
    else:
        signature = re.compile(rf"double \({takes}(, int __pyx_skip_dispatch)?\)")
    for name, capsule in import_module("scipy.special.cython_special").__pyx_capi__.items():
        if spelled.fullmatch(name) and signature.fullmatch(name_of(capsule).decode()):
            return int(pointer_of(capsule, name_of(capsule)))
    raise missing(declared.function)
