"""Machine code without an address in it, and how it is loaded: as an image where ours can be made, by LLVM's linker elsewhere.

Imports nothing that compiles: a process that finds its code on the disk needs neither LLVM nor our compiler. Code that
serves the whole process (the pool of threads, the memory of results) is `resident`. Read `image.py` next.
"""
from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar, cast

from ..ir.digest import hashed
from . import cache
from .image import Image, Unlinkable, link
from .mapped import Mapped

T = TypeVar("T")
RESIDENT = "resident"  # the folder in the cache that resident code has for itself


class Loaded(Protocol):
    """Code in this process. It lives exactly as long as this object; addresses are of no use after that."""

    def address(self, name: str) -> int: ...


class Code(NamedTuple):
    """An image, or object files that refer to each other; and the functions that others call by address."""

    content: Image | tuple[bytes, ...]
    exports: tuple[str, ...]

    @staticmethod
    def of(objects: Sequence[bytes], exports: Sequence[str]) -> Code:
        try:
            return Code(link(objects, exports), tuple(exports))
        except Unlinkable:
            return Code(tuple(objects), tuple(exports))

    def load(self, symbols: Mapping[str, int], release: str | None = None) -> Loaded:
        """Into this process. `symbols` gives the addresses of external names; `release` names an exported `void ()` that
        frees what the code holds, called before the code itself is freed.

        Raises KeyError or RuntimeError where a name is missing.
        """
        if isinstance(self.content, Image):
            return Mapped(self.content, symbols, release)
        from . import jit

        return jit.load(self.content, symbols, self.exports, release=release)


def resident(name: str, text: Callable[[], str], symbols: Mapping[str, int], exports: Sequence[str], codegen: int = 0) -> Loaded:
    """The code of a module of Wengert's own, from the disk if it is there. `text` is asked for its IR otherwise, which is
    compiled without passes, at LLVM's level `codegen`. It stays when Python ends: threads and the last arrays run it until then."""
    key = cache.key(name, "resident")
    found = cache.find(key, Code, RESIDENT)
    if found is None:
        from . import jit

        found = Code.of([jit.compile_ir(text(), opt=0, codegen=codegen)], exports)
        cache.keep(key, found, RESIDENT)
    loaded = found.load(symbols)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(loaded))
    return loaded


def kept(name: str, kind: type[T], make: Callable[[], T]) -> T:
    """What many programs have in common, by a name that says all it depends on: from this process, from the disk, or made now."""
    key = cache.key(hashed(name.encode()).hex(), RESIDENT)
    found = _kept.get(key)
    if found is None:
        found = cache.find(key, kind, RESIDENT)
        if found is None:
            found = make()
            cache.keep(key, found, RESIDENT)
        while len(_kept) >= _MOST:
            _kept.pop(next(iter(_kept)), None)
        _kept[key] = found
    return cast(T, found)


_kept: dict[str, object] = {}
_MOST = 128


def kept_object(text: str, opt: int, codegen: int = 2) -> bytes:
    """The object file of a module that does not know what it computes. `opt` and `codegen` are the levels of `jit.compile_ir`."""
    def compiled() -> bytes:
        from . import jit

        return jit.compile_ir(text, opt=opt, codegen=codegen)

    return kept(f"{opt} {codegen}\n{text}", bytes, compiled)
