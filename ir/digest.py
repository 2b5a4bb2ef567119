"""A name of 64 hex digits for what a graph computes: equal for graphs that print the same, the lines that made them aside.

Owns the digest only. It names compiled functions on disk, so it must be cheap (a microsecond a node) and tell
apart whatever the text form tells apart. Recurses over nested regions only, never over nodes.
"""
from __future__ import annotations

from array import array

from .graph import Graph
from .op import Constant

try:
    from _blake2 import blake2b  # hashlib loads OpenSSL first, which takes 3 ms
except ImportError:
    from hashlib import blake2b


def hashed(data: bytes) -> bytes:
    """The BLAKE2b hash of 32 bytes."""
    return blake2b(data, digest_size=32).digest()


def digest(graph: Graph) -> str:
    """The digest of a graph: of its name, its inputs, and each node's op, attributes and arguments.

    >>> from wengert.ir.text import parse
    >>> a, b = (parse(f"graph f(x: f64[3]) {{ %0 = {op} x : f64[3] return %0 }}") for op in ("sin", "cos"))
    >>> digest(a) == digest(a.with_outputs(a.outputs)), digest(a) == digest(b)
    (True, False)
    """
    numbers: dict[int, int] = {}  # of the nodes, below zero: a kind begins the next node
    kinds: dict[object, int] = {}
    words: list[int] = []
    for number, node in enumerate(graph.nodes):
        numbers[node.serial] = ~number
        kind: object = (node.op.name, node.attrs) if node.attrs else node.op.name
        words.append(kinds.setdefault(kind, len(kinds)))
        words += [numbers[arg.serial] for arg in node.args]
    words += [numbers[node.serial] for node in graph.outputs]
    lines = [repr(graph.name), str(len(graph.inputs)), *map(_spelled, kinds)]
    return hashed("\n".join(lines).encode() + b"\0" + array("q", words).tobytes()).hex()


def _spelled(value: object) -> str:
    """A kind of node or an attribute as text, with the dtype and the bits of constants."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_spelled, value))}]"
    if isinstance(value, Constant):
        return f"{value.array.dtype.name}{list(value.array.shape)} {hashed(value.array.tobytes()).hex()}"
    if isinstance(value, Graph):
        return digest(value)
    return repr(value) if isinstance(value, str) else str(value)
