"""A compiled function as an object: signature and machine code, no address in it, so that a disk can keep it.

Owns what its code needs to be loaded. Read `callable.py` next.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from . import cpython, outside, results
from .arguments import Explain
from .callable import NativeCallable, has_fast_path, install
from .code import Code, Loaded
from .signature import Signature


class Compiled(NamedTuple):
    """One function for this kind of machine and this Python.

    needs   the functions of other libraries that the code calls, as `outside.addresses` takes them
    """

    signature: Signature
    needs: tuple[str, ...]
    code: Code

    def install(self, function: NativeCallable, explain: Explain | None = None, symbols: Mapping[str, int] | None = None,
                keep: object = None) -> None:
        """Let `function` run the code, which lives as long as it.

        `explain` tells why a call failed, see `CheckedCall`; `symbols` gives addresses of further external names, whose memory
        is kept by `keep`.
        """
        install(function, self.signature, self.load(symbols or {}), explain, keep)

    def load(self, symbols: Mapping[str, int]) -> Loaded:
        known = {**cpython.symbols(), **self.signature.name_addresses(), **outside.addresses(self.needs), **symbols}
        if has_fast_path() and any(results.may_be_large(type) for type in self.signature.outputs):
            known |= results.addresses()
        return self.code.load(known, "release" if self.signature.keeps_memory else None)

    def without_lines(self) -> Compiled:
        """The same, except that no message names a line of the model: lines move while the graph stays as it is."""
        extents = tuple(extent._replace(where="") for extent in self.signature.extents)
        return self._replace(signature=replace(self.signature, extents=extents))


def exports(signature: Signature) -> list[str]:
    """The functions of the code that others call by address."""
    return ["run"] + ["call"] * has_fast_path() + ["release"] * signature.keeps_memory
