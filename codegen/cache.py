"""Compiled functions on disk, shared by the processes of a person: each is a file, named by all that its code depends on.

Owns the files: how they are found, written, checked and removed. A file that is cut short, damaged or another's counts as
absent and is replaced. Nothing here needs LLVM. Read `fingerprint.py` for what code depends on besides its graph.
"""
from __future__ import annotations

import errno
import os
import pickle
import stat
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from ..ir.digest import hashed
from ..ir.errors import ArgumentError
from . import fingerprint

T = TypeVar("T")
FOLDER, LIMIT = "WENGERT_CACHE", "WENGERT_CACHE_MB"    # environment variables
SUFFIX = ".code"
_MAGIC = b"wengert compiled function 1\n"
_ABANDONED = 3600   # seconds after which an unfinished file is nobody's
_DEFAULT_MB = 1024

_unchecked = -1     # bytes written since the folder's size was last looked at; -1: never
_warned = False


def folder() -> str | None:
    """Where the files are: the folder in WENGERT_CACHE, or the platform's for caches; None if the variable says off."""
    named = os.environ.get(FOLDER, "")
    if named.lower() in ("off", "0", "no", "false"):
        return None
    return named or _of_platform()


def _of_platform() -> str:
    """Where programs keep such files: XDG's folder, ~/Library/Caches, or the local application data of Windows."""
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        return os.path.join(os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local"), "wengert", "Cache")
    if sys.platform == "darwin":
        return os.path.join(home, "Library", "Caches", "wengert")
    named = os.environ.get("XDG_CACHE_HOME", "")
    return os.path.join(named if os.path.isabs(named) else os.path.join(home, ".cache"), "wengert")  # XDG: other paths do not count


def limit() -> int:
    """The bytes that all files together may have."""
    text = os.environ.get(LIMIT, "") or str(_DEFAULT_MB)
    if not text.isdecimal():
        raise ArgumentError(f"{LIMIT}: expected a number of megabytes, got {text!r}")
    return int(text) << 20


def key(digest: str, options: str) -> str:
    """The name of what this graph becomes with these options, for this machine, Python, LLVM and Wengert."""
    return hashed(f"{fingerprint.here()}\n{options}\n{digest}".encode()).hex()


def find(name: str, kind: type[T], below: str = "") -> T | None:
    """What was kept under this name, in the folder `below` the cache's, or None."""
    place = folder()
    if place is None or not _is_ours(place):
        return None
    path = os.path.join(place, below, name + SUFFIX)
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError:
        return None
    payload = _opened(data, name)
    if payload is None:
        return None
    with suppress(OSError):
        os.utime(path)  # used just now: the last to be removed
    try:
        found = pickle.loads(payload)
    except Exception:  # the checksum holds, so other code than ours made it
        return None
    return found if isinstance(found, kind) else None


def keep(name: str, value: Any, below: str = "") -> None:
    """Write it under this name. Where that cannot be done it is said once, and nothing else happens."""
    place = folder()
    if place is None:
        return
    payload = pickle.dumps(value, protocol=5)
    try:
        os.makedirs(place, mode=0o700, exist_ok=True)  # code is run from here: nobody else may write
        if not _is_ours(place):
            raise PermissionError(errno.EPERM, "others may write to it")
        os.makedirs(os.path.join(place, below), mode=0o700, exist_ok=True)
        _write(os.path.join(place, below, name + SUFFIX), _MAGIC + bytes.fromhex(name) + hashed(payload) + payload)
    except OSError as error:
        _warn(place, error)
        return
    _bound(place, len(payload))


def _is_ours(place: str) -> bool:
    """Whether nobody else may put code there: the folder is this user's or the administrator's, and not open to all."""
    if not hasattr(os, "getuid"):
        return True
    try:
        facts = os.stat(place)
    except OSError:
        return False
    return facts.st_uid in (0, os.getuid()) and not facts.st_mode & stat.S_IWOTH


def _opened(data: bytes, name: str) -> bytes | None:
    """The payload of a file, if it is one of ours, of this name, and whole."""
    start = len(_MAGIC) + 64
    head = _MAGIC + bytes.fromhex(name)
    payload = data[start:]
    return payload if data[:start] == head + hashed(payload) else None


def _write(path: str, data: bytes) -> None:
    """Others see the whole file or none: it gets its name when it is complete."""
    place, name = os.path.split(path)
    unfinished = os.path.join(place, f".{name.removesuffix(SUFFIX)}.{os.getpid()}.{os.urandom(6).hex()}")
    try:
        with open(unfinished, "xb") as file:
            file.write(data)
        os.replace(unfinished, path)
    except PermissionError:
        if not os.path.exists(path):  # Windows refuses to replace a file that another process is reading: that one will do
            raise
    finally:
        with suppress(OSError):
            os.unlink(unfinished)


def _warn(place: str, error: OSError) -> None:
    global _warned
    if not _warned:
        _warned = True
        warnings.warn(f"compiled functions cannot be kept in {place} ({error.strerror or error}), so each process compiles its own; "
                      f"set {FOLDER} to another folder, or to off", RuntimeWarning, stacklevel=2)


class _File(NamedTuple):
    used: float
    size: int
    path: str


def _files(place: str) -> Iterator[_File]:
    """The complete files, also of folders; unfinished ones that nobody works on any more are removed."""
    try:
        found = list(os.scandir(place))
    except OSError:
        return
    for entry in found:
        with suppress(OSError):  # another process may remove it in between
            facts = entry.stat()
            if entry.is_dir():
                yield from _files(entry.path)
            elif entry.name.endswith(SUFFIX):
                yield _File(facts.st_mtime, facts.st_size, entry.path)
            elif entry.name.startswith(".") and time.time() - facts.st_mtime > _ABANDONED:
                os.unlink(entry.path)


def _bound(place: str, written: int) -> None:
    """Remove what was not used for the longest time, if there is too much. Looking costs time, so not at every write."""
    global _unchecked
    most = limit()
    if _unchecked >= 0 and _unchecked + written <= most // 16:
        _unchecked += written
        return
    _unchecked = 0
    files = sorted(_files(place))
    total = sum(file.size for file in files)
    for file in files if total > most else ():
        if total <= most - most // 8:  # some room, so that the next look is not at once
            break
        with suppress(OSError):
            os.unlink(file.path)
        total -= file.size


class Info(NamedTuple):
    """What the cache holds: functions, and bytes in all. `folder` is None where it is off."""

    folder: str | None
    functions: int
    bytes: int
    limit: int


def info() -> Info:
    """The state of the cache."""
    place = folder()
    files = list(_files(place)) if place is not None else []
    functions = sum(os.path.dirname(file.path) == place for file in files)
    return Info(place, functions, sum(file.size for file in files), limit())


def clear() -> int:
    """Remove all that is kept; how many functions there were."""
    before = info()
    for file in _files(before.folder) if before.folder is not None else ():
        with suppress(OSError):
            os.unlink(file.path)
    return before.functions
