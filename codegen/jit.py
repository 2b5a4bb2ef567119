"""From LLVM IR text to machine code: to object bytes that a disk can keep, and from those into this process.

Owns the host's target machine, the optimisation pipeline and the lifetime of loaded code. Knows nothing of Python's
calling convention or of what the code computes. Read `callable.py` next.
"""
from __future__ import annotations

import ctypes
import functools
import itertools
import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing

import llvmlite.binding as llvm
from llvmlite.binding.newpassmanagers import NewPassManager

from .background import compiling


@functools.cache
def host() -> tuple[str, str, str]:
    """The triple, the CPU's name and its features, which make an object file usable here."""
    try:
        features = llvm.get_host_cpu_features().flatten()
    except RuntimeError:  # LLVM cannot list them on every platform; the CPU's name implies most
        features = ""
    return llvm.get_process_triple(), llvm.get_host_cpu_name(), features


@functools.cache
def target_machine(codegen: int = 2) -> llvm.TargetMachine:
    """The host's code generator at level 0 to 3, made once: making one takes a millisecond.

    Position-independent code of the small model reaches constants relative to the instruction; the large model, LLVM's
    default for a JIT, loads a 64-bit address in front of every constant. Far symbols go through the linker's table.
    """
    with compiling:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        triple, cpu, features = host()
        return llvm.Target.from_triple(triple).create_target_machine(
            cpu=cpu, features=features, opt=codegen, reloc="pic", codemodel="small")


# What our IR needs: functions marked so are inlined (all that LLVM's own level 0 does), accumulators become registers,
# instructions are combined, equal ones merged. LLVM's level 1 takes ten times as long for code that runs as fast.
_PASSES = ("sroa", "simplify_cfg", "instruction_combine", "new_gvn", "simplify_cfg")


def _optimize(module: llvm.ModuleRef, machine: llvm.TargetMachine) -> None:
    with closing(llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=0))) as builder:
        passes = llvm.create_new_module_pass_manager()
        for name in _PASSES:
            getattr(passes, f"add_{name}_pass")()
        for manager in (builder.getModulePassManager(), passes):
            try:
                manager.run(module, builder)
            finally:
                # llvmlite's classes inherit a `_dispose` that does nothing before the one that frees: 44 KB a compilation.
                NewPassManager._dispose(manager)
                manager.detach()


def _optimized(stack: ExitStack, text: str, opt: int, machine: llvm.TargetMachine) -> llvm.ModuleRef:
    # A context of its own: in the global one every type and constant of every program would stay for ever.
    context = llvm.create_context()
    module = stack.enter_context(closing(llvm.parse_assembly(text, context)))
    module.verify()
    if opt:
        _optimize(module, machine)
    return module


def compile_ir(text: str, *, opt: int = 1, codegen: int = 2, machine: llvm.TargetMachine | None = None) -> bytes:
    """The object file of a module of textual IR, for this machine's CPU or that of another target machine.

    `opt` 0 runs no passes, 1 our few; `codegen` is LLVM's level of instruction selection and register allocation. There is
    no vectoriser: our loops are emitted as vectors, and SLP is nine tenths of the time of straight-line programs.
    Raises RuntimeError with LLVM's message where the text is no valid module.
    """
    with compiling, ExitStack() as stack:
        machine = machine or target_machine(codegen)
        return machine.emit_object(_optimized(stack, text, opt, machine))


def compile_together(texts: Sequence[str], keep: Sequence[str], machine: llvm.TargetMachine, *, opt: int = 1) -> bytes:
    """One object file of several modules, in which the functions of `keep` alone have names for others."""
    with compiling, ExitStack() as stack:
        context = llvm.create_context()
        first, *others = [stack.enter_context(closing(llvm.parse_assembly(text, context))) for text in texts]
        for other in others:
            first.link_in(other)
        for value in (*first.functions, *first.global_variables):
            if not value.is_declaration and value.name not in keep:
                value.linkage = "internal"
        first.verify()
        if opt:
            _optimize(first, machine)
        return machine.emit_object(first)


def assembly(text: str, *, opt: int = 1, codegen: int = 2) -> str:
    """The module in the host's assembly language, for people to read."""
    with compiling, ExitStack() as stack:
        machine = target_machine(codegen)
        return machine.emit_assembly(_optimized(stack, text, opt, machine))


class Engine:
    """Loaded code. It lives exactly as long as this object; addresses are of no use after that."""

    __slots__ = ("_library", "_linker", "__weakref__")

    def __init__(self, linker: llvm.LLJIT, library: llvm.ResourceTracker, release: Callable[[], None] | None) -> None:
        self._library, self._linker = library, linker
        # Not __del__: in a cycle of garbage the collector may finalise the library first. The registry of finalizers
        # keeps linker and library alive until this object is gone.
        weakref.finalize(self, _unload, linker, library, release).atexit = False

    def address(self, name: str) -> int:
        """The address of an exported function."""
        return int(self._library[name])


def _unload(linker: llvm.LLJIT, library: llvm.ResourceTracker, release: Callable[[], None] | None) -> None:
    if release is not None:
        release()
    library.close()  # before the linker that owns its memory can go


_PER_LINKER = 32
_numbers = itertools.count()
_linker: llvm.LLJIT | None = None


def _next_linker() -> tuple[llvm.LLJIT, int]:
    """The linker for one more library, and the library's number.

    A linker keeps 11 KB for ever of each library that was removed from it, and costs 0.4 ms and 190 KB itself. So 32
    libraries share one, and it goes with the last of them.
    """
    global _linker
    number = next(_numbers)
    if _linker is None or number % _PER_LINKER == 0:
        _linker = llvm.create_lljit_compiler(target_machine())
    return _linker, number


def load(objects: Sequence[bytes], symbols: Mapping[str, int], exports: Iterable[str], *, release: str | None = None) -> Engine:
    """Link object files, which may refer to each other, into this process as one library.

    `symbols` gives the address of each external name, `exports` are the functions whose addresses are wanted, and
    `release` names an exported `void ()` that frees what the library holds, called before the code itself is freed.
    Raises RuntimeError where an object needs a symbol that is not given; LLVM names it on standard error.
    """
    builder = llvm.JITLibraryBuilder()
    for each in objects:
        builder.add_object_img(each)
    for name, address in symbols.items():
        builder.import_symbol(name, address)
    for name in {*exports, *([release] if release else [])}:
        builder.export_symbol(name)
    with compiling:
        linker, number = _next_linker()
        library = builder.link(linker, f"wengert{number}")
    free = ctypes.CFUNCTYPE(None)(library[release]) if release else None
    return Engine(linker, library, free)
