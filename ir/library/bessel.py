"""The Bessel functions as a person asks for them: of a fixed integer order, or of any real one."""
from __future__ import annotations

import math

from .. import ops
from ..convert import apply, as_node
from ..node import Node
from ..ops.source import uniform
from .reductions import floating

LARGEST = 32  # order of native code, whose length grows with it


def of_order(kind: str, nu: object, x: object) -> Node:
    """J, Y, I or K ("j", "y", "i", "k") of order nu at x: by vector code where nu is a fixed integer up to 32 in size."""
    n = whole(nu)
    if n is None or abs(n) > LARGEST:
        return apply(getattr(ops, f"{kind}v"), nu, x)
    value: Node = getattr(ops, f"bessel{kind}")(floating(x), order=abs(n))
    return -value if n < 0 and n % 2 and kind in "jy" else value


def spherical(kind: str, nu: object, x: object) -> Node:
    """The spherical Bessel functions j and y of order nu ("j", "y"): by vector code where nu is a fixed integer up to 32 in size."""
    n = whole(nu)
    if n is None or abs(n) > LARGEST:
        half = as_node(nu) + 0.5
        return apply(getattr(ops, f"{kind}v"), half, x) * (math.pi / 2 / floating(x)) ** 0.5
    rows = ops.spherical_jn, ops.spherical_yn
    if n >= 0:
        return rows[kind == "y"](floating(x), order=n)
    value = rows[kind == "j"](floating(x), order=-n - 1)  # J_(-m) and Y_(-m) for m = k + 1/2 are those of DLMF 10.2.3
    return -value if (n % 2 == 1) == (kind == "j") else value


def whole(value: object) -> int | None:
    """The integer that a number or constant is, or None."""
    if isinstance(value, Node):
        found = uniform(value)
        value = None if found is None else found.item()
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value != math.floor(value):
        return None
    return int(value)
