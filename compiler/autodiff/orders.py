"""Which nodes are derivatives of which: so a derivative that is differentiated again can come from Taylor arithmetic.

Each order of repeated differentiation doubles a program; Taylor coefficients of the first node grow with the square of the
order. What is remembered lives as long as the derivative's node.
"""
from __future__ import annotations

import math
import weakref
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ...ir import ops, provenance
from ...ir.cost import magnitude, operations
from ...ir.errors import GraphError
from ...ir.node import Node, postorder
from ...ir.ops.source import filled
from .arguments import stable
from .flow import Flow
from .taylor import coefficients


class Order(NamedTuple):
    """A node's place among derivatives: the `order`-th of `base` by `variable`, both scalars."""

    reference: weakref.ref[Node]
    base: Node
    variable: Node
    order: int
    by_taylor: bool


_orders: dict[int, Order] = {}  # by the serial number of the derivative


def _remember(slope: Node, base: Node, variable: Node, order: int, by_taylor: bool) -> None:
    serial = slope.serial
    if serial > base.serial:  # else `base` may hold `slope`, and both would stay for ever
        _orders[serial] = Order(weakref.ref(slope, lambda _: _orders.pop(serial, None)), base, variable, order, by_taylor)


def derivative(cost: Node, variable: Node, by_reverse: Callable[[], Node]) -> Node:
    """The derivative of a scalar by a scalar. From the third order on it comes from Taylor arithmetic, if that counted fewer
    operations where it was tried first."""
    known = _orders.get(cost.serial)
    if known is None or known.variable is not variable:
        known = Order(weakref.ref(cost), cost, variable, 0, False)
    base, order = known.base, known.order + 1
    slope = _by_taylor(base, variable, order) if order > 2 else None
    by_taylor = slope is not None
    if slope is None or not known.by_taylor:
        other = by_reverse()
        by_taylor = slope is not None and _work(slope) < _work(other)
        slope = slope if by_taylor else other
    _remember(slope, base, variable, order, by_taylor)  # type: ignore[arg-type]
    return slope  # type: ignore[return-value]


def _by_taylor(base: Node, variable: Node, order: int) -> Node | None:
    """None where an op has no rule for Taylor coefficients."""
    with provenance.within(provenance.caller()):
        line = {variable: Flow(filled(variable.type, 1))}
        try:
            found = coefficients(stable([base], [variable]), line, order)[0][order]
        except GraphError:
            return None
        return ops.multiply(found, filled(found.type, math.factorial(order)))


def _work(node: Node) -> int:
    return magnitude(operations(postorder([node])), {})


def moved(old: Node, new: Node, replace: Callable[[Sequence[Node]], list[Node]]) -> None:
    """Remembers of a derivative in other variables what is known of it: `replace` puts them in."""
    known = _orders.get(old.serial)
    if known is not None:
        base, variable = replace([known.base, known.variable])
        _remember(new, base, variable, known.order, known.by_taylor)
