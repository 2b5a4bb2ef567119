"""A compiled function as files for programs in C and other languages: object, header, description, shared library.

Owns what the files say and how the library is linked, where there is a linker; the code itself is `c_face.py`'s. An
object file holds all of our own math. It may need BLAS and LAPACK, which it names as Fortran does; what SciPy alone has
cannot be exported.
"""
from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from ..ir.errors import ArgumentError, ExpressionError
from ..ir.types import Dim, Type
from . import c_face, external, jit
from .program import Program
from .signature import Signature
from .targets import Target
from .undefined import undefined

# Present in every C program, or provided by the linker.
_MEMORY = {"memset", "memcpy", "memmove", "bzero", "__bzero", "_fltused", "__chkstk", "_GLOBAL_OFFSET_TABLE_"}
_ROUTINE = re.compile(r"[ds](gemm|gemv|trsm|getrf|getrs|getc2|laswp)_")
_CALLED = re.compile(r"@(?:blas|lapack)\.([ds](?:gemm|gemv|trsm|getrf|getrs|getc2|laswp))\b")
_STANDARD = re.compile(
    "abs|labs|div|exit|abort|malloc|calloc|realloc|free|time|clock|read|write|open|close|link|index|remove|rename|signal|select|raise|"
    "rand|round|trunc|rint|ceil|floor|sqrt|cbrt|exp|exp2|expm1|log|log2|log10|log1p|logb|pow|hypot|sin|cos|tan|asin|acos|atan|atan2|"
    "sinh|cosh|tanh|asinh|acosh|atanh|erf|erfc|gamma|tgamma|lgamma|j0|j1|jn|y0|y1|yn|fma|fmod|fmax|fmin|fdim|fabs|ldexp|frexp|modf|"
    "nan|signbit|isnan|isinf")  # functions of C's own library


class Exported(NamedTuple):
    """The files that were written; `library` is None where no linker was found or the target is another machine's."""

    object: Path
    header: Path
    description: Path
    library: Path | None


def export(
    program: Program, target: Target, folder: str | Path, name: str | None, outputs: Sequence[str] | None, facts: Mapping[str, Any],
) -> Exported:
    """Write the files of a program that was lowered for this target with all that it needs (`alone`).

    `outputs` names the outputs, `facts` are further entries of the description.
    """
    signature = program.signature
    c_name = _function_name(signature, name)
    for symbol in program.lowered.symbols:
        if symbol.startswith(external.PREFIX):
            raise ExpressionError(f"export: {signature.name} calls {symbol}, for which Wengert has no code of its own; a C program has no "
                                  "SciPy, so leave the function out or write it with others")
    given = c_face.parameters(signature, outputs)
    machine = target.machine()
    texts = _modules(program, c_name, given, target.triple, str(machine.target_data))
    code = jit.compile_together(texts, [c_name, f"{c_name}_workspace"], machine, opt=program.opt)
    needs = [each for each in undefined(code) if each not in _MEMORY]
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    windows = "windows" in target.triple
    object, header, description = (folder / f"{c_name}{end}" for end in (".obj" if windows else ".o", ".h", ".json"))
    object.write_bytes(code)
    header.write_text(_header(c_name, signature, given, target, needs), encoding="utf-8")
    library = _library(object, c_name, needs) if target.is_host else None
    entries = _description(c_name, signature, given, target, needs) | dict(facts)
    entries["files"] = {"object": object.name, "header": header.name, "library": library and library.name}
    description.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return Exported(object, header, description, library)


def _wengert() -> str:
    try:
        return f"Wengert {version('wengert')}"
    except PackageNotFoundError:  # a checkout that is not installed
        return "Wengert"


def _function_name(signature: Signature, name: str | None) -> str:
    if name is not None and (not name or c_face.identifier(name) != name or _taken(name)):
        raise ArgumentError(f"export: the name of a C function must be an identifier that C does not use itself, got {name!r}")
    found = name or c_face.identifier(signature.name) or "function"
    return f"{found}_" if _taken(found) else found


def _taken(name: str) -> bool:
    return bool(_STANDARD.fullmatch(name) or c_face.RESERVED.fullmatch(name))


def _modules(program: Program, c_name: str, given: Sequence[c_face.Parameter], triple: str, layout: str) -> list[str]:
    """The texts of the program, with the C function in the last."""
    signature = program.signature
    *others, last = program.texts()
    last += "\n" + c_face.function_text(c_name, signature, given, alone=True)
    if signature.keeps_memory:
        last += c_face.workspace_text(f"{c_name}_workspace", signature)
    head = f'target datalayout = "{layout}"\ntarget triple = "{triple}"\n'
    return [head + _CALLED.sub(r"@\1_", text) for text in (*others, last)]


# ------------------------------------------------------------------------------------------------------------ description

def _shape(type: Type) -> list[int | str]:
    return [dim if isinstance(dim, int) else str(dim) for dim in type.shape]


def _statuses(signature: Signature) -> dict[int, str]:
    said = {0: "done", **dict(enumerate(signature.failures, 1))}
    if signature.keeps_memory:
        said[c_face.NO_MEMORY] = "there is no workspace"
    if signature.sizes:
        said[c_face.BAD_SIZE] = "a size is negative or too large" + "".join(f"; {message}" for _, message in signature.guards)
    return said


def _description(c_name: str, signature: Signature, given: Sequence[c_face.Parameter], target: Target, needs: list[str]) -> dict[str, Any]:
    def entry(p: c_face.Parameter) -> dict[str, Any]:
        if p.type is None:
            return {"name": p.name, "c_name": p.c_name}
        return {"name": p.name, "c_name": p.c_name, "dtype": p.type.dtype_name, "shape": _shape(p.type),
                "by": "value" if p.by_value else "pointer"}

    roles = {role: [entry(p) for p in given if p.role == role] for role in ("input", "output", "size")}
    workspace = {"function": f"{c_name}_workspace", "bytes": _number(c_face.needed(signature.arena))} if signature.keeps_memory else None
    return {
        "made by": _wengert(), "name": signature.name, "function": c_name, "inputs": roles["input"], "outputs": roles["output"],
        "sizes": roles["size"], "order": [p.c_name for p in given] + ["workspace"] * signature.keeps_memory, "workspace": workspace,
        "status": _statuses(signature), "needs": needs, "target": asdict(target),
    }


def _number(dim: Dim) -> int | str:
    return dim if isinstance(dim, int) else str(dim)


def _header(c_name: str, signature: Signature, given: Sequence[c_face.Parameter], target: Target, needs: list[str]) -> str:
    guard = f"WENGERT_{c_name.upper()}_H"
    width = max((len(p.c_name) for p in given), default=0)
    lines = [f"{signature.name}: made by {_wengert()} for {target.triple}" + (f", {target.cpu}" if target.cpu else ""), ""]
    for role, title in (("input", "inputs"), ("output", "outputs"), ("size", "sizes")):
        some = [p for p in given if p.role == role]
        lines += [f"{title}:"] * bool(some) + [f"  {p.c_name:{width}}  {_said(p)}" for p in some]
    lines += ["", "Arrays are contiguous with the last index running fastest; none may overlap an output. The function keeps no",
              "state: threads may call it at the same time" + (", each with a workspace of its own." if signature.keeps_memory else ".")]
    if signature.keeps_memory:
        sizes = ", ".join(p.c_name for p in given if p.role == "size")
        lines += [f"workspace: memory of at least {c_name}_workspace({sizes}) bytes, of any alignment; what is in it means nothing."]
    lines += ["Returns:"] + [f"  {code:2}  {_one_line(said)}" for code, said in _statuses(signature).items()]
    if needs:
        lines += [f"Link with {_libraries(needs)}, for {', '.join(needs)}."]
    comment = "\n".join(f" * {line}".rstrip().replace("*/", "* /") for line in lines)
    heads = [p.declared() for p in given] + ["void *workspace"] * signature.keeps_memory
    prototypes = [f"int {c_name}({', '.join(heads) or 'void'});"]
    if signature.keeps_memory:
        prototypes.append(f"int64_t {c_name}_workspace({', '.join(p.declared() for p in given if p.role == 'size') or 'void'});")
    return _HEADER.format(comment=comment, guard=guard, prototypes="\n".join(prototypes))


_HEADER = """\
/*
{comment}
 */
#ifndef {guard}
#define {guard}

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

{prototypes}

#ifdef __cplusplus
}}
#endif

#endif
"""


def _said(p: c_face.Parameter) -> str:
    other = f", called {p.name!r} in the model" if p.name != p.c_name else ""
    if p.type is None:
        return f"a size{other}"
    shape = f"shape ({', '.join(map(str, p.type.shape))})" if p.type.ndim else "a number" if p.by_value else "one number"
    return f"{p.type.dtype_name}, {shape}{other}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _libraries(needs: Sequence[str]) -> str:
    """What provides these names."""
    found = []
    if any(_ROUTINE.fullmatch(name) for name in needs):
        lapack = any(re.fullmatch(r"[ds](getrf|getrs|getc2|laswp)_", name) for name in needs)
        found.append("BLAS and LAPACK" if lapack else "BLAS")
    if not all(_ROUTINE.fullmatch(name) for name in needs):
        found.append("the C math library")
    return " and ".join(found)


# ---------------------------------------------------------------------------------------------------------------- library

def linkers() -> list[list[str]]:
    """Commands of this machine that make a shared library, best first."""
    found = [[path] for name in ("cc", "gcc", "clang") if (path := shutil.which(name))]
    if path := shutil.which("zig"):
        found.append([path, "cc"])
    if find_spec("ziglang") is not None:
        found.append([sys.executable, "-m", "ziglang", "cc"])
    if sys.platform == "linux":
        found += [[path] for name in ("ld.lld", "ld") if (path := shutil.which(name))]
    return found


def _library(object: Path, c_name: str, needs: Sequence[str]) -> Path | None:
    """The shared library, by the first linker that succeeds."""
    end = {"darwin": f"lib{c_name}.dylib", "win32": f"{c_name}.dll"}.get(sys.platform, f"lib{c_name}.so")
    path = object.with_name(end)
    math = [] if all(_ROUTINE.fullmatch(name) for name in needs) else ["-lm"]
    for command in linkers():
        options = ["-undefined", "dynamic_lookup"] if sys.platform == "darwin" and needs else []
        if sys.platform == "win32":
            options += ["-Wl,--export-all-symbols"]
        done = subprocess.run([*command, "-shared", "-o", str(path), str(object), *options, *math], capture_output=True, check=False)
        if done.returncode == 0 and path.exists():
            return path
    return None
