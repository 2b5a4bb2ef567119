"""The Bessel functions: ordinary, modified and spherical, and the parts of Hankel's, which are complex."""
from __future__ import annotations

from typing import Any

import sympy

from ....ir import ops
from ....ir.library.bessel import of_order, spherical
from ....ir.node import Node
from .handlers import Back, Handler, by_order, refused

COMPLEX = (sympy.hankel1, sympy.hankel2, sympy.hn1, sympy.hn2)


def _of_order(kind: str) -> Handler:
    return lambda expr, args: of_order(kind, *args)


def _spherical(kind: str) -> Handler:
    return lambda expr, args: spherical(kind, *args)


def _hankel(expr: Any, args: list[Node]) -> Node:
    raise refused(expr, "its value is complex; take re(...) or im(...) of it, or compile with dtype='complex128'")


def parts_of_hankel(expr: Any) -> tuple[Any, Any]:
    """The two functions of which one of Hankel's is the sum or difference: J and Y, or the spherical ones."""
    ordinary = isinstance(expr, (sympy.hankel1, sympy.hankel2))
    first, second = (sympy.besselj, sympy.bessely) if ordinary else (sympy.jn, sympy.yn)
    return first(*expr.args, evaluate=False), second(*expr.args, evaluate=False)


HANDLERS: dict[type, Handler] = {
    sympy.besselj: _of_order("j"), sympy.bessely: _of_order("y"), sympy.besseli: _of_order("i"), sympy.besselk: _of_order("k"),
    sympy.jn: _spherical("j"), sympy.yn: _spherical("y"), **dict.fromkeys(COMPLEX, _hankel),
}

BACK: dict[Any, Back] = {
    ops.besselj: sympy.besselj, ops.bessely: sympy.bessely, ops.besseli: sympy.besseli, ops.besselk: sympy.besselk,
    ops.jv: sympy.besselj, ops.yv: sympy.bessely, ops.iv: sympy.besseli, ops.kv: sympy.besselk,
    ops.spherical_jn: sympy.jn, ops.spherical_yn: sympy.yn,
    ops.jv_by_order: by_order(sympy.besselj), ops.yv_by_order: by_order(sympy.bessely),
    ops.iv_by_order: by_order(sympy.besseli), ops.kv_by_order: by_order(sympy.besselk),
}
