"""The Bessel functions of real order (NIST DLMF 10).

Derivatives by the argument are functions of neighbouring orders (10.6.1, 10.29.1), and so are those of the derivatives by the order,
which are integrals along contours (`library/bessel_by_order.py`). Read `bessel_integer.py` next.
"""
from __future__ import annotations

import math
from collections.abc import Callable

from ..node import Node
from ..op import Op
from .composite import composite
from .external import external

LARGEST = 2.0**24  # orders, of either sign: beyond, SciPy's recurrences may take minutes
Slope = Callable[[Node, Node], Node]  # half the sum or difference of the neighbours, from those below and above
_SLOPES: dict[str, Slope] = {
    "j": lambda below, above: 0.5 * (below - above), "y": lambda below, above: 0.5 * (below - above),
    "i": lambda below, above: 0.5 * (below + above), "k": lambda below, above: -0.5 * (below + above),
}


def _family(kind: str, doc: str, at_infinity: float, scaled: str | None = None) -> tuple[Op, Op]:
    """The function and its derivatives by the order."""
    slope = _SLOPES[kind]

    def by_order(nu: Node, x: Node, order: int) -> Node:
        from ..library import bessel_by_order

        return getattr(bessel_by_order, f"{kind}_by_order")(nu, x, order)  # type: ignore[no-any-return]

    def by_x(nu: Node, x: Node, y: Node) -> Node:
        return slope(value(nu - 1, x), value(nu + 1, x))

    def derivative_by_x(nu: Node, x: Node, y: Node) -> Node:
        order = y.attribute("order")
        return slope(derivative(nu - 1, x, order=order), derivative(nu + 1, x, order=order))

    value = external(
        f"{kind}v", 2, lambda nu, x, y: derivative(nu, x, order=1), by_x, doc=doc, sample=((-9, 9), (0.5, 20)), at_infinity=at_infinity,
        largest=LARGEST, scaled=scaled)
    derivative = composite(
        f"{kind}v_by_order", 2, by_order, lambda nu, x, y: derivative(nu, x, order=y.attribute("order") + 1), derivative_by_x,
        doc=f"the derivative of {doc.partition(',')[0]} by nu, of the given order, for x > 0", sample=((-9, 9), (0.5, 20)),
        attributes=("order",))
    return value, derivative


jv, jv_by_order = _family("j", "J_nu(x), the Bessel function of the first kind; for x < 0 where nu is an integer", 0.0)
yv, yv_by_order = _family("y", "Y_nu(x), the Bessel function of the second kind, for x > 0", 0.0)
iv, iv_by_order = _family("i", "I_nu(x), the modified Bessel function of the first kind; for x < 0 where nu is an integer", math.inf)
kv, kv_by_order = _family("k", "K_nu(x), the modified Bessel function of the second kind, for x > 0", 0.0, "kve")
