"""Object files laid out as one block of memory, which any later process loads without LLVM.

Owns a static linker for the objects that LLVM makes here: ELF for x86-64, position-independent, the small model. All
that is relative is settled where the image is made; what remains for loading are the words that hold absolute
addresses. Relocations are those of the System V ABI for AMD64, section 4.4. Other platforms load objects through
`jit.py`. Read `mapped.py` next, which loads an image.
"""
from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

PAGE = 4096
_WRITABLE, _ALLOCATED, _EXECUTABLE = 1, 2, 4      # of a section's flags
_SYMBOLS, _ADDENDS, _ZEROS = 2, 4, 8              # types of sections
_UNWIND = 0x70000001                              # .eh_frame: nothing is thrown through this code
_RESERVED = 0xFF00                                # section numbers from here on are no section's
_WORD, _NEAR, _CALL = 1, 2, 4                     # an address of 64 bits; 32 bits from here; the same of a function
_TABLE = (9, 41, 42)                              # 32 bits from here to a word that holds the address
_JUMP = b"\xff\x25"                               # jmp through the word at this distance from the next instruction
_STUB = 8

_SECTION = np.dtype([("name", "<u4"), ("type", "<u4"), ("flags", "<u8"), ("address", "<u8"), ("offset", "<u8"),
                     ("size", "<u8"), ("link", "<u4"), ("info", "<u4"), ("align", "<u8"), ("entry", "<u8")])
_SYMBOL = np.dtype([("name", "<u4"), ("info", "u1"), ("other", "u1"), ("section", "<u2"), ("value", "<u8"), ("size", "<u8")])
_ADDEND = np.dtype([("offset", "<i8"), ("type", "<u4"), ("symbol", "<u4"), ("addend", "<i8")])


class Unlinkable(Exception):
    """An object is of another machine, or holds what this linker does not know; LLVM's linker can load it."""


class Image(NamedTuple):
    """Code and data at fixed distances, and the words in it that want absolute addresses.

    data       what the memory holds: code before `code`, constants before `constants`, then what code may write
    inner      rows (place, distance): the address of something in the block itself
    outer      rows (place, number in `symbols`, addend): an address of the process
    exports    where the functions begin
    """

    data: bytes
    code: int
    constants: int
    inner: np.ndarray
    outer: np.ndarray
    symbols: tuple[str, ...]
    exports: Mapping[str, int]


def link(objects: Sequence[bytes], exports: Sequence[str]) -> Image:
    """The objects as one image. Raises Unlinkable where LLVM's linker is needed."""
    return _Linker([_Object(data) for data in objects]).image(exports)


class _Object:
    """An object file's tables as arrays."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 64 or data[:6] != b"\x7fELF\x02\x01" or struct.unpack_from("<HH", data, 16) != (1, 62):
            raise Unlinkable("expected a relocatable ELF file for x86-64")
        self.data = data
        start, = struct.unpack_from("<Q", data, 0x28)
        size, count = struct.unpack_from("<HH", data, 0x3A)
        if size != _SECTION.itemsize or start + size * count > len(data):
            raise Unlinkable("the table of sections is of an unknown form")
        self.sections = np.frombuffer(data, _SECTION, count, start)
        tables = _where(self.sections["type"] == _SYMBOLS)
        if len(tables) != 1:
            raise Unlinkable(f"expected one table of symbols, got {len(tables)}")
        self.symbols = np.frombuffer(self.content(tables[0]), _SYMBOL)
        self.strings = self.content(self.sections["link"][tables[0]])
        self.places = np.full(count, -1, np.int64)  # where its sections begin in the image

    def content(self, section: int) -> bytes:
        row = self.sections[section]
        return self.data[int(row["offset"]):int(row["offset"] + row["size"])]

    def shared(self) -> list[tuple[int, str]]:
        """The symbols that other objects may define or use: (number, name)."""
        return [(k, self._name(k)) for k in _where(self.symbols["info"] >> 4 != 0)]

    def defined(self) -> list[tuple[str, int]]:
        """Those of them that are here, with their places in the image."""
        at = self.addresses()
        return [(name, int(at[k])) for k, name in self.shared() if at[k] >= 0]

    def _name(self, symbol: int) -> str:
        start = int(self.symbols["name"][symbol])
        return self.strings[start:self.strings.index(b"\0", start)].decode()

    def loaded(self, access: int) -> list[int]:
        """The sections that go into memory with this access."""
        flags, kind = self.sections["flags"], self.sections["type"]
        wanted = (flags & _ALLOCATED != 0) & (flags & (_WRITABLE | _EXECUTABLE) == access) & (kind != _UNWIND)
        return _where(wanted)

    def addresses(self) -> np.ndarray:
        """Where each symbol is in the image; -1 for one that is elsewhere or nowhere."""
        section = self.symbols["section"]
        place = self.places[np.where(section < _RESERVED, section, 0)]  # section 0 has no place
        return np.where(place >= 0, place + self.symbols["value"].astype(np.int64), -1)

    def relocations(self) -> np.ndarray:
        """All that is to be filled in, with `offset` the place in the image."""
        found = [np.empty(0, _ADDEND)]
        for k in _where(self.sections["type"] == _ADDENDS):
            place = self.places[self.sections["info"][k]]
            if place >= 0:
                rows = np.frombuffer(self.content(k), _ADDEND).copy()
                rows["offset"] += place
                found.append(rows)
        return np.concatenate(found)


class _Linker:
    """Places the sections by what may be done with their memory, then fills in the distances.

    Every name that objects share has a word at the end, which holds its address, and a stub that jumps through the word.
    """

    def __init__(self, objects: Sequence[_Object]) -> None:
        self.objects = objects
        known = {name for o in objects for k, name in o.shared() if o.symbols["section"][k]}
        self.outside = sorted({name for o in objects for _, name in o.shared()} - known)
        self.names = {name: k for k, name in enumerate([*self.outside, *sorted(known)])}
        self.stubs = _up(self._place(0, _EXECUTABLE), _STUB)
        self.code = _up(self.stubs + _STUB * len(self.names), PAGE)
        self.constants = _up(self._place(self.code, 0), PAGE)
        self.words = _up(self._place(self.constants, _WRITABLE), 8)
        self.data = np.zeros(self.words + 8 * len(self.names), np.uint8)

    def _place(self, at: int, access: int) -> int:
        """Give the sections with this access their places from `at` on, and say where they end."""
        for each in self.objects:
            for k in each.loaded(access):
                at = _up(at, max(int(each.sections["align"][k]), 1))
                each.places[k] = at
                at += int(each.sections["size"][k])
        return at

    def image(self, exports: Sequence[str]) -> Image:
        found = {name: place for o in self.objects for name, place in o.defined()}
        if not all(name in found for name in exports):
            raise Unlinkable(f"expected the functions {', '.join(exports)}, got {', '.join(found)}")
        for each in self.objects:
            self._copy(each)
        inner = [(self.words + 8 * self.names[name], place) for name, place in found.items()]
        outer = [(self.words + 8 * k, k, 0) for k in range(len(self.outside))]
        numbers = np.arange(len(self.names))
        self.data[self.stubs:][:_STUB * len(self.names)].reshape(-1, _STUB)[:, :2] = tuple(_JUMP)
        self._write(self.stubs + _STUB * numbers + 2, self.words + 8 * numbers - 4)
        for each in self.objects:
            self._fill(each, found, inner, outer)
        return Image(self.data.tobytes(), self.code, self.constants, np.array(inner, np.int64).reshape(-1, 2),
                     np.array(outer, np.int64).reshape(-1, 3), tuple(self.outside), {name: found[name] for name in exports})

    def _copy(self, each: _Object) -> None:
        for k in _where((each.places >= 0) & (each.sections["type"] != _ZEROS)):
            content = np.frombuffer(each.content(k), np.uint8)
            self.data[each.places[k]:each.places[k] + len(content)] = content

    def _fill(self, each: _Object, found: Mapping[str, int], inner: list[tuple[int, int]], outer: list[tuple[int, int, int]]) -> None:
        """Settle the distances, and note the words that want addresses."""
        address, number = each.addresses(), np.full(len(each.symbols), -1, np.int64)
        for k, name in each.shared():
            address[k], number[k] = found.get(name, -1), self.names[name]
        rows = each.relocations()
        at, number, kind = address[rows["symbol"]], number[rows["symbol"]], rows["type"]
        inside, shared = at >= 0, number >= 0
        table, word = np.isin(kind, _TABLE) & shared, (kind == _WORD) & (rows["offset"] % 8 == 0)
        near, call = np.isin(kind, (_NEAR, _CALL)) & inside, (kind == _CALL) & ~inside & shared
        if not np.all(table | near | call | word & (inside | shared)):
            raise Unlinkable(f"relocations of the types {sorted(set(kind.tolist()))}")
        target = np.select([table, near], [self.words + 8 * number, at], self.stubs + _STUB * number)
        self._write(rows["offset"][~word], (target + rows["addend"])[~word])
        for place, distance, k, addend in zip(*(v[word].tolist() for v in (rows["offset"], at, number, rows["addend"]))):
            if distance >= 0:
                inner.append((place, distance + addend))
            else:
                outer.append((place, k, addend))

    def _write(self, places: np.ndarray, targets: np.ndarray) -> None:
        """Put into each place, which is 32 bits wide, how far it is from there to the target."""
        distances = targets - places
        if np.any(distances != distances.astype(np.int32)):
            raise Unlinkable("code and data are more than 2 GiB apart")
        self.data[places[:, None] + np.arange(4)] = distances.astype("<i4")[:, None].view(np.uint8)


def _where(condition: np.ndarray) -> list[int]:
    return [int(k) for k in np.flatnonzero(condition)]


def _up(value: int, multiple: int) -> int:
    return -(-value // multiple) * multiple
