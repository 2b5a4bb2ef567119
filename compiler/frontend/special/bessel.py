"""The Bessel functions under SciPy's names. Fixed integer orders up to 32 have vector code of our own."""
from __future__ import annotations

from typing import Any

from ....ir import ops
from ....ir.errors import ExpressionError
from ....ir.library.bessel import of_order
from ....ir.library.composed import composed
from ....ir.library.reductions import floating
from ....ir.library.shapes import integer
from ....ir.node import Node, located


@composed
def jv(v: object, z: object) -> Node:
    """J_v(z), the Bessel function of the first kind; for z < 0 where v is an integer."""
    return of_order("j", v, z)


@composed
def yv(v: object, z: object) -> Node:
    """Y_v(z), the Bessel function of the second kind, for z > 0."""
    return of_order("y", v, z)


@composed
def iv(v: object, z: object) -> Node:
    """I_v(z), the modified Bessel function of the first kind; for z < 0 where v is an integer."""
    return of_order("i", v, z)


@composed
def kv(v: object, z: object) -> Node:
    """K_v(z), the modified Bessel function of the second kind, for z > 0."""
    return of_order("k", v, z)


def _fixed(kind: str, order: int) -> Any:
    def function(x: object) -> Node:
        return of_order(kind, order, x)

    function.__name__ = function.__qualname__ = f"{kind}{order}"
    function.__doc__ = f"{kind.upper()}_{order}(x)."
    return composed(function)


jn, yn, kn = jv, yv, kv
j0, j1, y0, y1, i0, i1, k0, k1 = (_fixed(kind, order) for kind in "jyik" for order in (0, 1))


@composed
def spherical_jn(n: object, z: object, derivative: bool = False) -> Node:
    """j_n(z), the spherical Bessel function of the first kind of a fixed integer order from 0 on, or its derivative."""
    return _spherical("spherical_jn", n, z, derivative)


@composed
def spherical_yn(n: object, z: object, derivative: bool = False) -> Node:
    """y_n(z), the spherical Bessel function of the second kind of a fixed integer order from 0 on, or its derivative."""
    return _spherical("spherical_yn", n, z, derivative)


def _spherical(name: str, n: object, z: object, derivative: bool) -> Node:
    order, row = integer(name, n), getattr(ops, name)
    if order < 0:
        raise located(ExpressionError(f"{name}: the order must not be negative, got {order}"))
    x = floating(z)
    value: Node = row(x, order=order)
    return row.derivative.of[0](x, value) if derivative else value


def hankel1(v: object, z: object) -> Node:
    """J_v(z) + i Y_v(z), which is complex: refused. Its parts are jv and yv."""
    raise located(ExpressionError("hankel1: the value is complex; its real part is jv(v, z), its imaginary part yv(v, z)"))


def hankel2(v: object, z: object) -> Node:
    """J_v(z) - i Y_v(z), which is complex: refused. Its parts are jv and -yv."""
    raise located(ExpressionError("hankel2: the value is complex; its real part is jv(v, z), its imaginary part -yv(v, z)"))


__all__ = [
    "hankel1", "hankel2", "i0", "i1", "iv", "j0", "j1", "jn", "jv", "k0", "k1", "kn", "kv", "spherical_jn", "spherical_yn", "y0", "y1",
    "yn", "yv",
]
