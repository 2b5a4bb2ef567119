"""A loaded function as a C function of this process: its address, a ctypes function, a scipy.LowLevelCallable.

Owns the small functions between a foreign signature and `@run`. What they give away holds the code that it calls. Read
`c_face.py` for the plain signature.
"""
from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

from ..ir.digest import hashed
from ..ir.errors import ArgumentError
from ..ir.types import Type
from . import c_face, cache
from .code import Code, Loaded
from .signature import Signature

_CTYPES: dict[str, Any] = {
    "double": ctypes.c_double, "float": ctypes.c_float, "i64": ctypes.c_int64, "i32": ctypes.c_int32, "i8": ctypes.c_uint8}
_NUMBER, _NUMBERS, _FILTER = "double (double)", "double (int, double *)", "int (double *, intptr_t, double *, void *)"
_FLOAT = Type("float64")


class Running(NamedTuple):
    """A program in this process: where its `@run` is, and what keeps it there."""

    signature: Signature
    run: int
    keep: object


def _loaded(text: str, program: Running, name: str) -> Loaded:
    """The code of a text that calls `@run` of a program."""
    key = cache.key(hashed(text.encode()).hex(), "interop")
    found = cache.find(key, Code)
    if found is None:
        from . import jit

        found = Code.of([jit.compile_ir(text)], [name])
        cache.keep(key, found)
    return found.load({"run": program.run})


def _function(prototype: Any, text: str, program: Running, name: str) -> Any:
    """A ctypes function, which holds its code and the program's."""
    code = _loaded(text, program, name)
    function = prototype(code.address(name))
    function.keep = code, program.keep
    return function


# ------------------------------------------------------------------------------------------------------------------ plain

def gives_number(signature: Signature) -> bool:
    """Whether the C function returns its result: a float64 from numbers alone."""
    return signature.single and signature.outputs[0] is _FLOAT and not any(type.ndim for _, type in signature.inputs)


def c_function(program: Running) -> Any:
    """The ctypes function of a program: `double f(numbers)` where it gives one number, else `int f(inputs, outputs, sizes)`."""
    signature = program.signature
    given = c_face.parameters(signature)
    if gives_number(signature):
        kinds = [_CTYPES[p.llvm_type] for p in given if p.role == "input"]
        return _function(ctypes.CFUNCTYPE(ctypes.c_double, *kinds), _number_text(signature), program, "number")
    types = [_CTYPES[p.llvm_type] if p.by_value else ctypes.POINTER(_CTYPES[c_face.LLVM[_dtype(p)]]) for p in given]
    text = c_face.function_text("plain", signature, given, alone=False)
    return _function(ctypes.CFUNCTYPE(ctypes.c_int, *types), text, program, "plain")


def _dtype(p: c_face.Parameter) -> str:
    return p.type.dtype_name if p.type is not None else "int64"


def _plain_text(signature: Signature) -> str:
    text = c_face.function_text("plain", signature, c_face.parameters(signature), alone=False)
    return text.replace("define signext i32 @plain", "define internal i32 @plain")


def _number_text(signature: Signature) -> str:
    """`double @number(numbers)`: the result, or NaN where the call fails."""
    kinds = [c_face.LLVM[type.dtype_name] for _, type in signature.inputs]
    heads = ", ".join(f"{kind} %x{k}" for k, kind in enumerate(kinds))
    return _plain_text(signature) + f"""
define double @number({heads}) nounwind {{
  %result = alloca double
  %code = call i32 @plain({''.join(f'{kind} %x{k}, ' for k, kind in enumerate(kinds))}ptr %result)
  %value = load double, ptr %result
  %good = icmp eq i32 %code, 0
  %given = select i1 %good, double %value, double 0x7FF8000000000000
  ret double %given
}}
"""


# ------------------------------------------------------------------------------------------------------------------ SciPy

def low_level_callable(program: Running, wanted: str | None) -> Any:
    """A scipy.LowLevelCallable of one of SciPy's signatures."""
    from scipy import LowLevelCallable

    chosen = _chosen(program.signature, wanted)
    prototype, text = _FORMS[chosen]
    return LowLevelCallable(_function(prototype, text(program.signature), program, "called"), signature=chosen)


def _chosen(signature: Signature, wanted: str | None) -> str:
    numbers = [type for _, type in signature.inputs]
    scalars = bool(numbers) and all(type is _FLOAT for type in numbers)
    array = len(numbers) == 1 and numbers[0].ndim == 1 and numbers[0].dtype_name == "float64"
    if not signature.single or signature.outputs[0] is not _FLOAT or not (scalars or array):
        raise ArgumentError(f"{signature.name}: low_level_callable needs float64 numbers, or one array of them with one axis, and one "
                            f"float64 number as result; this is {signature}")
    possible = [_FILTER, _NUMBERS] if array else [_NUMBER, _NUMBERS, _FILTER] if len(numbers) == 1 else [_NUMBERS, _FILTER]
    if wanted is None:
        return possible[0]
    chosen = wanted.replace("npy_intp", "intptr_t")
    if chosen not in possible:
        named = " or ".join(map(repr, possible))
        raise ArgumentError(f"{signature.name}: low_level_callable: the signature can be {named}, got {wanted!r}")
    return chosen


def _arguments(signature: Signature) -> tuple[str, str, str]:
    """From `ptr %x` and `i64 %n`: lines before the call, its arguments, and the condition under which n is right."""
    type = signature.inputs[0][1]
    if type.ndim:
        size = type.shape[0]
        sized = "i64 %n, " * len(signature.sizes)
        wanted = str(size) if isinstance(size, int) else "%n"
        return "", "ptr %x, ptr %result" + (f", {sized}".rstrip(", ") if sized else ""), wanted
    count = len(signature.inputs)
    lines = [f"  %at{k} = getelementptr double, ptr %x, i64 {k}\n  %x{k} = load double, ptr %at{k}" for k in range(count)]
    return "\n".join(lines), "".join(f"double %x{k}, " for k in range(count)) + "ptr %result", str(count)


def _called(signature: Signature) -> str:
    """`i32 @inner(ptr x, i64 n, ptr result)`: 0 where the result was computed."""
    lines, arguments, count = _arguments(signature)
    return _plain_text(signature) + f"""
define internal i32 @inner(ptr %x, i64 %n, ptr %result) {{
entry:
  %fits = icmp eq i64 %n, {count}
  br i1 %fits, label %go, label %stop
go:
{lines}
  %code = call i32 @plain({arguments})
  ret i32 %code
stop:
  ret i32 1
}}
"""


def _numbers_text(signature: Signature) -> str:
    return _called(signature) + """
define double @called(i32 %n, ptr %x) nounwind {
  %result = alloca double
  %count = sext i32 %n to i64
  %code = call i32 @inner(ptr %x, i64 %count, ptr %result)
  %value = load double, ptr %result
  %good = icmp eq i32 %code, 0
  %given = select i1 %good, double %value, double 0x7FF8000000000000
  ret double %given
}
"""


def _filter_text(signature: Signature) -> str:
    return _called(signature) + """
define signext i32 @called(ptr %x, i64 %n, ptr %result, ptr %data) nounwind {
  %code = call i32 @inner(ptr %x, i64 %n, ptr %result)
  %good = icmp eq i32 %code, 0
  %given = zext i1 %good to i32
  ret i32 %given
}
"""


_DOUBLES = ctypes.POINTER(ctypes.c_double)
_FORMS: dict[str, tuple[Any, Callable[[Signature], str]]] = {
    _NUMBER: (ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double), lambda s: _number_text(s).replace("@number", "@called")),
    _NUMBERS: (ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_int, _DOUBLES), _numbers_text),
    _FILTER: (ctypes.CFUNCTYPE(ctypes.c_int, _DOUBLES, ctypes.c_ssize_t, _DOUBLES, ctypes.c_void_p), _filter_text),
}
