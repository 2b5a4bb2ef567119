"""The names that an object file needs from elsewhere, read from its table of symbols: ELF, Mach-O or COFF of 64 bits.

Formats after the System V ABI (gabi), Apple's <mach-o/nlist.h> and Microsoft's PE/COFF specification.
"""
from __future__ import annotations

import struct
from collections.abc import Iterator

_MACH_O, _SYMBOL_TABLE = 0xFEEDFACF, 2
_COFF_MACHINES = {0x8664, 0xAA64}


def undefined(data: bytes) -> list[str]:
    """The names, sorted, as a C program spells them. Raises ValueError for a file of another format."""
    if data[:6] == b"\x7fELF\x02\x01":
        names = _elf(data)
    elif struct.unpack_from("<I", data)[0] == _MACH_O:
        names = (name.removeprefix("_") for name in _mach_o(data))
    elif struct.unpack_from("<H", data)[0] in _COFF_MACHINES:
        names = _coff(data)
    else:
        raise ValueError("expected an object file: ELF, Mach-O or COFF of 64 bits")
    return sorted(set(names))


def _text(data: bytes, start: int) -> str:
    return data[start:data.index(b"\0", start)].decode()


def _elf(data: bytes) -> Iterator[str]:
    start, = struct.unpack_from("<Q", data, 0x28)
    size, count = struct.unpack_from("<HH", data, 0x3A)
    sections = [struct.unpack_from("<IIQQQQII", data, start + size * k) for k in range(count)]
    for _, kind, _, _, offset, length, link, _ in sections:
        if kind == _SYMBOL_TABLE:
            strings = sections[link][4]
            for at in range(offset + 24, offset + length, 24):
                name, _, _, section = struct.unpack_from("<IBBH", data, at)
                if not section and name:
                    yield _text(data, strings + name)


def _mach_o(data: bytes) -> Iterator[str]:
    commands, = struct.unpack_from("<I", data, 16)
    at = 32
    for _ in range(commands):
        kind, size = struct.unpack_from("<II", data, at)
        if kind == _SYMBOL_TABLE:
            first, count, strings = struct.unpack_from("<III", data, at + 8)
            for k in range(count):
                name, flags, _, _, value = struct.unpack_from("<IBBHQ", data, first + 16 * k)
                if flags & 0x0F == 0x01 and not value:  # external, in no section
                    yield _text(data, strings + name)
        at += size


def _coff(data: bytes) -> Iterator[str]:
    first, count = struct.unpack_from("<II", data, 8)
    strings, k = first + 18 * count, 0
    while k < count:
        at = first + 18 * k
        value, section, _, storage, extra = struct.unpack_from("<IhHBB", data, at + 8)
        if storage == 2 and not section and not value:
            zeros, offset = struct.unpack_from("<II", data, at)
            yield data[at:at + 8].rstrip(b"\0").decode() if zeros else _text(data, strings + offset)
        k += 1 + extra
