"""A name of 64 hex digits for what a graph computes: equal for graphs that list the same nodes, the lines that made them aside.

Owns the digest only. It names compiled functions on disk, so it must be cheap (a microsecond a node) and tell
apart whatever the text form tells apart. Recurses over nested regions only, never over nodes.
"""
from __future__ import annotations

import numpy as np

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
    """The digest of a graph: of its name, its inputs, and each node's op, attributes and arguments. What passes have made
    may list the nodes of an equal graph in another order, and has another digest.

    >>> from wengert.ir.text import parse
    >>> a, b = (parse(f"graph f(x: f64[3]) {{ %0 = {op} x : f64[3] return %0 }}") for op in ("sin", "cos"))
    >>> digest(a) == digest(a.with_outputs(a.outputs)), digest(a) == digest(b)
    (True, False)
    """
    listing = graph.listing
    names, of = listing.ops
    kinds: dict[object, int] = {op.name: k for k, op in enumerate(names)}
    kind = of.copy()
    for k in np.flatnonzero(np.array([bool(op.attributes) for op in names], bool)[of]).tolist():
        node = listing.nodes[k]
        kind[k] = kinds.setdefault((node.op.name, node.attrs), len(kinds))
    lines = [repr(graph.name), str(len(graph.inputs)), *map(_spelled, kinds)]
    words = np.concatenate([[len(listing)], kind, listing.counts, listing.args, listing.outputs])
    return hashed("\n".join(lines).encode() + b"\0" + words.astype("<i8").tobytes()).hex()


def _spelled(value: object) -> str:
    """A kind of node or an attribute as text, with the dtype and the bits of constants."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(_spelled, value))}]"
    if isinstance(value, Constant):
        return f"{value.array.dtype.name}{list(value.array.shape)} {hashed(value.array.tobytes()).hex()}"
    if isinstance(value, Graph):
        return digest(value)
    return repr(value) if isinstance(value, str) else str(value)
