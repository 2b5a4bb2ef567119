"""What machine code depends on besides its graph: this machine, this Python, NumPy, LLVM, and Wengert's own sources.

Told without loading LLVM, which takes longer than loading the code. Knows nothing of graphs. Read `cache.py` next.
"""
from __future__ import annotations

import functools
import os
import platform
import re
import sys
from collections.abc import Iterator
from contextlib import suppress

import numpy as np

from ..ir.digest import hashed
from . import callable, cpython

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_FLAGS = {"flags", "Features", "isa"}  # how x86, ARM and RISC-V call them in /proc/cpuinfo
_PROCESSOR = _FLAGS | {"vendor_id", "cpu family", "model", "model name", "stepping",
                       "CPU implementer", "CPU architecture", "CPU variant", "CPU part"}


@functools.cache
def here() -> str:
    """A line a fact. Where one of them differs, so does the code."""
    entry = cpython.native_calls(), cpython.HEADER, cpython.TUPLE_ITEMS, callable.slow_offset()
    return "\n".join([f"wengert {_wengert()}", f"python {sys.implementation.cache_tag} {entry}", f"numpy {np.__version__}",
                      f"llvm {_llvm()}", f"machine {sys.platform} {_processor()} {cache_bytes()}"])


@functools.cache
def fuses() -> bool:
    """Whether this machine multiplies and adds with one rounding in one instruction."""
    return platform.machine().lower() in ("aarch64", "arm64") or re.search(r"\bfma\b", _processor()) is not None


@functools.cache
def cache_bytes() -> int:
    """The size of this machine's largest cache; 32 MiB where the system does not say."""
    found = []
    for number in range(5):
        with suppress(OSError, ValueError, KeyError), open(f"/sys/devices/system/cpu/cpu0/cache/index{number}/size", "rb") as file:
            size = file.read().decode().strip()
            found.append(int(size[:-1]) << {"K": 10, "M": 20}[size[-1]])
    return max(found, default=32 << 20)


def _wengert() -> str:
    """All modules by path, size and time, as Python asks of its byte code: a changed checkout never finds what its old self made.

    Reading them would take 6 ms of each first answer.
    """
    found = list(_modules())
    if found:
        return hashed("\n".join(found).encode()).hex()
    from importlib.metadata import version  # modules without sources: in an archive, or compiled

    return version("wengert")


def _modules() -> Iterator[str]:
    waiting = [os.path.join(_PACKAGE, folder) for folder in ("ir", "compiler", "codegen")]
    while waiting:
        with suppress(OSError):
            for entry in sorted(os.scandir(waiting.pop()), key=lambda entry: entry.name):
                if entry.name.endswith(".py"):
                    facts = entry.stat()
                    yield f"{entry.path} {facts.st_size} {facts.st_mtime_ns}"
                elif entry.is_dir() and entry.name != "__pycache__":
                    waiting.append(entry.path)


def _llvm() -> str:
    """llvmlite's version, and the size and date of its library: a version may be built with one LLVM or another."""
    import llvmlite  # this alone loads no library

    found = [llvmlite.__version__]
    with suppress(OSError):
        for entry in os.scandir(os.path.join(os.path.dirname(llvmlite.__file__), "binding")):
            if "llvmlite" in entry.name:
                facts = entry.stat()
                found.append(f"{entry.name} {facts.st_size} {facts.st_mtime_ns}")
    return ", ".join(sorted(found))


def _processor() -> str:
    """The model and the features of the processor."""
    try:
        with open("/proc/cpuinfo", "rb") as file:
            first = file.read(8192).decode("utf-8", "replace").split("\n\n")[0]
    except OSError:
        first = ""
    lines = [line.split(":", 1) for line in first.splitlines() if ":" in line]
    facts = {name.strip(): value.strip() for name, value in lines if name.strip() in _PROCESSOR}
    if facts.keys().isdisjoint(_FLAGS):
        from . import jit

        return " ".join(jit.host())
    return str(sorted(facts.items()))
