"""An image in memory: mapped, its words filled with addresses, made executable, and unmapped with its last user.

Owns the memory only; `image.py` says what an image is.
"""
from __future__ import annotations

import ctypes
import mmap
import weakref
from collections.abc import Callable, Mapping

import numpy as np

from .image import Image

_READ, _EXECUTE = 1, 4  # of mprotect


class Mapped:
    """Loaded code. It lives exactly as long as this object; addresses are of no use after that."""

    __slots__ = ("_addresses", "_memory", "__weakref__")

    def __init__(self, image: Image, symbols: Mapping[str, int], release: str | None = None) -> None:
        """Load the image. `symbols` gives the addresses of external names; what it lacks is looked up in the process.

        `release` names a `void ()` that frees what the code holds, called before the code is unmapped.
        Raises OSError where memory cannot be had or made executable, KeyError for a name that nobody knows.
        """
        addresses = np.array([symbols[name] if name in symbols else _of_process(name) for name in image.symbols], np.uint64)
        # private: a forked child must not write into the memory of its parent, as it would by default
        memory = mmap.mmap(-1, len(image.data), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        memory[:] = image.data
        words = np.frombuffer(memory, np.uint64, len(image.data) // 8)
        base = words.__array_interface__["data"][0]
        place, distance = image.inner.T
        words[place // 8] = (base + distance).astype(np.uint64)
        place, number, addend = image.outer.T
        words[place // 8] = addresses[number] + addend.astype(np.uint64)
        del words  # or the memory could not be unmapped
        _protect(base, image.code, _READ | _EXECUTE)
        _protect(base + image.code, image.constants - image.code, _READ)
        self._addresses = {name: base + place for name, place in image.exports.items()}
        free = ctypes.CFUNCTYPE(None)(self._addresses[release]) if release else None
        self._memory = memory
        weakref.finalize(self, _unmap, memory, free).atexit = False

    def address(self, name: str) -> int:
        """The address of an exported function."""
        return self._addresses[name]


def _unmap(memory: mmap.mmap, free: Callable[[], None] | None) -> None:
    if free is not None:
        free()
    memory.close()


def _protect(base: int, size: int, access: int) -> None:
    protect = ctypes.CDLL(None, use_errno=True).mprotect
    protect.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    if size and protect(base, size, access):
        raise OSError(ctypes.get_errno(), "the memory of a compiled function cannot be made executable")


def _of_process(name: str) -> int:
    """The address of a function of the C library, such as memset."""
    try:
        function = getattr(ctypes.CDLL(None), name)
    except AttributeError:
        raise KeyError(name) from None
    return ctypes.cast(function, ctypes.c_void_p).value or 0
