"""The machines that code can be made for: this one, or another that LLVM knows, by triple and processor.

Knows nothing of programs. Read `jit.py` for how a target's code generator is used.
"""
from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import llvmlite.binding as llvm

from ..ir.errors import ArgumentError
from . import jit

# Processors by the width of their vectors in bytes. Others get 16, which every 64-bit machine has.
_WIDE = {64: r"x86-64-v4|skylake-avx512|cascadelake|cooperlake|cannonlake|icelake.*|tigerlake|rocketlake|sapphirerapids|graniterapids"
             r".*|emeraldrapids|diamondrapids|knl|knm|znver[4-9]",
         32: r"x86-64-v3|haswell|broadwell|skylake|alderlake|raptorlake|meteorlake|arrowlake.*|lunarlake|pantherlake|gracemont|sierraforest"
             r"|core-avx2|znver[1-3]|bdver4"}


@dataclass(frozen=True)
class Target:
    """Where code shall run. `features` are LLVM's, such as "+avx2,-fma"."""

    triple: str
    cpu: str
    features: str

    def machine(self, codegen: int = 2) -> llvm.TargetMachine:
        """Its code generator. Raises ArgumentError for a triple or a processor that LLVM does not know, and for machines whose
        pointers are not 64 bits or whose integers begin with the high byte: our code counts on both."""
        llvm.initialize_all_targets()
        llvm.initialize_all_asmprinters()
        try:
            found = llvm.Target.from_triple(self.triple)
        except RuntimeError:
            raise ArgumentError(f"export: LLVM knows no target {self.triple!r}; a triple is like {llvm.get_process_triple()!r}") from None
        with _complaints() as said:
            machine = found.create_target_machine(cpu=self.cpu, features=self.features, opt=codegen, reloc="pic", codemodel="small")
        if said:
            raise ArgumentError(f"export: {said[0]}")
        layout = str(machine.target_data)
        if not layout.startswith("e-") or re.search(r"-p:(?!64)", layout):
            raise ArgumentError(f"export: code can be made for 64-bit little-endian machines only, not for {self.triple}")
        return machine

    @property
    def vector_bytes(self) -> int:
        """The width of its vectors."""
        if "+avx512f" in self.features:
            return 64
        if "+avx2" in self.features:
            return 32
        known = [width for width, names in _WIDE.items() if re.fullmatch(names, self.cpu)]
        return known[0] if known and self.triple.startswith("x86_64") else 16

    @property
    def is_host(self) -> bool:
        """Whether this machine's linker makes libraries for it."""
        return _kind(self.triple) == _kind(llvm.get_process_triple())


def target(triple: str | None = None, cpu: str | None = None, features: str | None = None) -> Target:
    """This machine with all that its processor has; or what is named, with the plainest processor of a triple by default."""
    host = jit.host()
    if triple is None and cpu is None:
        return Target(host[0], host[1], host[2] if features is None else f"{host[2]},{features}")
    return Target(triple or host[0], cpu or "", features or "")


def _kind(triple: str) -> tuple[str, str]:
    """The instructions and the format of object files."""
    machine, *rest = triple.split("-")
    system = "-".join(rest)
    format = "windows" if "windows" in system else "darwin" if re.search("darwin|macos|ios", system) else "elf"
    return {"arm64": "aarch64", "amd64": "x86_64"}.get(machine, machine), format


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What LLVM writes to the standard error meanwhile: an unknown processor is no error for it."""
    said: list[str] = []
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as file:
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            for line in file.read().decode("utf-8", "replace").splitlines(keepends=True):
                if "is not a recognized" in line:
                    said.append(line.split(" (ignoring")[0])
                else:  # somebody else's
                    sys.stderr.write(line)
