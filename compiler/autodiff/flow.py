"""A tangent or cotangent on its way: its value, a pending sign, and where it is known to be zero by structure.

A flow that went through a selection is zero where the selection did not take it. Multiplying that zero by a partial
derivative gives NaN where the partial is infinite, so a flow remembers the selection as a mask, computes as if it were
taken everywhere, and is selected once at the end: the branch not taken cannot poison the result, in either mode, at any
order. A sign is kept aside as well, and ends in a subtraction. Knows nothing of modes. Read `rules.py` next.
"""
from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np

from ...ir import ops
from ...ir.node import Node, make
from ...ir.ops.source import filled, uniform
from .join import joined


class Lazy:
    """A condition that is built when a selection needs it; most never are."""

    __slots__ = ("_build", "_node")

    def __init__(self, build: Callable[[], Node]) -> None:
        self._build = build
        self._node: Node | None = None

    def node(self) -> Node:
        if self._node is None:
            self._node = self._build()
        return self._node


# A mask is a conjunction of literals, each a condition and whether it must hold. The empty mask is everywhere.
Literal = tuple["Node | Lazy", bool]
Mask = tuple[Literal, ...]


def _minus(x: Node) -> Node:
    known = uniform(x)
    return ops.negative(x) if known is None else filled(x.type, -known)


class Flow:
    """A tangent or cotangent. `raw`: the value is meaningless outside the mask and must be selected before use."""

    __slots__ = ("mask", "negative", "raw", "value")

    def __init__(self, value: Node, negative: bool = False, mask: Mask = (), raw: bool = False) -> None:
        self.value, self.negative, self.mask, self.raw = value, negative, mask, raw

    def negated(self) -> Flow:
        return Flow(self.value, not self.negative, self.mask, self.raw)

    def within(self, condition: Node, holds: bool) -> Flow:
        """The flow where the condition holds (or does not), and zero elsewhere."""
        return Flow(self.value, self.negative, (*self.mask, (condition, holds)), True)

    def selected(self) -> Node:
        """The value without its sign, zero outside the mask."""
        return select(self.mask, self.value) if self.raw else self.value

    def node(self) -> Node:
        """The tangent or cotangent itself."""
        value = _minus(self.value) if self.negative else self.value
        return select(self.mask, value) if self.raw else value


def condition(mask: Mask) -> Node:
    """A mask that is not empty, as one array of bool."""
    tests = [(test.node() if isinstance(test, Lazy) else test, holds) for test, holds in mask]
    return reduce(ops.logical_and, [test if holds else ops.logical_not(test) for test, holds in tests])


def _key(mask: Mask) -> tuple[object, ...]:
    """What masks are compared by: `==` of nodes builds a node."""
    return tuple((-id(test) if isinstance(test, Lazy) else test.serial, holds) for test, holds in mask)


def select(mask: Mask, value: Node) -> Node:
    """The value where the mask holds, zero elsewhere."""
    if not mask:
        return value
    zero = filled(value.type, 0)
    if len(mask) == 1 and not mask[0][1]:
        return ops.where(condition(((mask[0][0], True),)), zero, value)
    return ops.where(condition(mask), value, zero)


def times(partial: Node, flow: Flow) -> Flow:
    """partial * flow. Signs and selections of the partial join the flow's; nothing is multiplied by 1."""
    return product(weight(partial), flow)


def weight(partial: Node) -> Flow:
    """A partial derivative as a flow: its signs and selections are set aside."""
    negative = False
    mask: Mask = ()
    while True:
        if partial.op is ops.negative:
            negative, partial = not negative, partial.args[0]
        elif partial.op is ops.where and uniform(partial.args[2]) == 0:
            mask, partial = (*mask, (partial.args[0], True)), partial.args[1]
        elif partial.op is ops.where and uniform(partial.args[1]) == 0:
            mask, partial = (*mask, (partial.args[0], False)), partial.args[2]
        else:
            return Flow(partial, negative, mask, bool(mask))


def product(a: Flow, b: Flow) -> Flow:
    """a * b, zero by structure where one of them is."""
    if _is_plain(a) and _is_plain(b) and a.value.op is not ops.divide:
        return Flow(make(ops.multiply, (a.value, b.value)), a.negative != b.negative)
    known, other = uniform(a.value), uniform(b.value)
    negative, mask = a.negative != b.negative, both(b.mask, a.mask)
    # Outside the mask of one the product is zero, and the other may be infinite there.
    raw = a.raw or b.raw or (bool(b.mask) and not _finite(known)) or (bool(a.mask) and not _finite(other))
    if known == 0 or other == 0:
        return Flow(filled(a.value.type, 0))
    if known is not None and abs(known) == 1:
        return Flow(b.value, negative != (known < 0), mask, raw)
    if other is not None and abs(other) == 1:
        return Flow(a.value, negative != (other < 0), mask, raw)
    x, y = a.value, b.value
    if known is not None and other is not None:
        value = filled(x.type, known * other)
    elif x.op is ops.divide and uniform(x.args[0]) == 1:
        value = ops.divide(y, x.args[1])
    elif x.op is ops.broadcast and y.op is ops.broadcast and x.attrs == y.attrs:
        value = ops.broadcast(ops.multiply(x.args[0], y.args[0]), **dict(zip(x.op.attributes, x.attrs)))
    else:
        value = ops.multiply(x, y)
    return Flow(value, negative, mask, raw)


_TELLING = {ops.const, ops.broadcast, ops.reshape, ops.pad, ops.scatter_add}


def _is_plain(flow: Flow) -> bool:
    """Whether there is nothing to know of the flow but its sign: most are such, and there may be millions."""
    return flow.value.op not in _TELLING and not flow.mask and not flow.raw


def _finite(known: np.ndarray | None) -> bool:
    return known is not None and math.isfinite(known)


def both(a: Mask, b: Mask) -> Mask:
    """Where both masks hold."""
    if not a or not b:
        return a or b
    present = set(_key(a))
    return a + tuple(literal for literal, key in zip(b, _key(b)) if key not in present)


def total(flows: Sequence[Flow]) -> Flow:
    """The sum of flows of one type, at a cost that is linear in what they hold."""
    if len(flows) == 1:
        return flows[0]
    if all(map(_is_plain, flows)):
        return _in_order(flows, ())
    raw = [flow for flow in flows if flow.raw]
    clean = _with_pieces_joined([flow for flow in flows if not flow.raw])
    flows = clean + _merged(raw) if raw else clean
    if len(flows) == 1:
        return flows[0]
    return _added(flows)


def _added(flows: Sequence[Flow]) -> Flow:
    """Positive ones first, so that the negative ones are subtracted. Constants make one constant, and 0 adds nothing."""
    known = [None if flow.mask else uniform(flow.value) for flow in flows]
    if any(k is not None for k in known):
        others = [flow for flow, k in zip(flows, known) if k is None]
        constant = sum(-k if flow.negative else k for flow, k in zip(flows, known) if k is not None)
        flows = others if others and constant == 0 else [*others, Flow(filled(flows[0].value.type, constant))]
        if len(flows) == 1:
            return flows[0]
    return _in_order(flows, _either([flow.mask for flow in flows]))


def _in_order(flows: Sequence[Flow], mask: Mask) -> Flow:
    plus = [flow.selected() for flow in flows if not flow.negative]
    minus = [flow.selected() for flow in flows if flow.negative]
    result, rest = (plus[0], plus[1:]) if plus else (minus[0], minus[1:])
    for value in rest:
        result = make(ops.add, (result, value))
    for value in minus if plus else ():
        result = make(ops.subtract, (result, value))
    return Flow(result, not plus, mask)


def _either(masks: Sequence[Mask]) -> Mask:
    """Where at least one of the masks holds."""
    if not all(masks):
        return ()
    if len({_key(mask) for mask in masks}) == 1:
        return masks[0]
    return ((Lazy(lambda: reduce(ops.logical_or, [condition(mask) for mask in masks])), True),)


def _with_pieces_joined(flows: list[Flow]) -> list[Flow]:
    """Cotangents of many slices or gathers of one array, put side by side instead of added as padded arrays."""
    pieces = [flow for flow in flows if flow.value.op is ops.pad or flow.value.op is ops.scatter_add]
    if len(pieces) < 2:
        return flows
    negative = all(flow.negative for flow in pieces)
    dense, covered = joined([flow.value if negative else _signed(flow) for flow in pieces])
    if len(dense) == len(pieces):
        return flows
    masks = [flow.mask for flow in pieces]

    mask: Mask = ()
    if all(masks) and not covered:
        mask = ((Lazy(lambda: reduce(ops.logical_or, joined([condition(m) for m in masks])[0])), True),)
    others = [flow for flow in flows if flow.value.op is not ops.pad and flow.value.op is not ops.scatter_add]
    return [*(Flow(value, negative, mask) for value in dense), *others]


def _signed(flow: Flow) -> Node:
    """A piece with its sign inside, where the array is still small."""
    piece = flow.value
    if not flow.negative:
        return piece
    return piece.op(ops.negative(piece.args[0]), *piece.args[1:], **dict(zip(piece.op.attributes, piece.attrs)))


def _merged(flows: list[Flow]) -> list[Flow]:
    """Flows of one mask are added before they are selected; two of opposite masks become one selection between them."""
    levels: dict[int, dict[tuple[object, ...], Flow]] = {}  # by the number of literals

    def put(flow: Flow) -> None:
        level, key = levels.setdefault(len(flow.mask), {}), _key(flow.mask)
        level[key] = _raw_sum(level[key], flow) if key in level else flow

    for flow in flows:
        put(flow)
    left: list[Flow] = []
    for depth in range(max(levels), 0, -1):
        level = levels.get(depth, {})
        for key in list(level):
            if key not in level:
                continue
            flow = level.pop(key)
            test, holds = flow.mask[-1]
            opposite = level.pop((*key[:-1], (key[-1][0], not holds)), None)  # type: ignore[index]
            if opposite is None:
                left.append(flow)
            else:
                yes, no = (flow, opposite) if holds else (opposite, flow)
                put(_between(test.node() if isinstance(test, Lazy) else test, yes, no))
    return [*levels.get(0, {}).values(), *left]


def _raw_sum(a: Flow, b: Flow) -> Flow:
    """The sum of two flows of one mask."""
    if a.negative == b.negative:
        return Flow(ops.add(a.value, b.value), a.negative, a.mask, a.raw)
    plus, minus = (b, a) if a.negative else (a, b)
    return Flow(ops.subtract(plus.value, minus.value), False, a.mask, a.raw)


def _between(test: Node, yes: Flow, no: Flow) -> Flow:
    """One selection for two flows whose masks differ in the last literal."""
    mask = yes.mask[:-1]
    if yes.negative == no.negative:
        return Flow(ops.where(test, yes.value, no.value), yes.negative, mask, bool(mask))
    a, b = (ops.negative(flow.value) if flow.negative else flow.value for flow in (yes, no))
    return Flow(ops.where(test, a, b), False, mask, bool(mask))
