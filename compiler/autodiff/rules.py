"""The two modes of one declaration: from what a row declares to maps of tangents forward and of cotangents backward.

A rule is made once a node, with its partial derivatives, and applied to every direction that passes. Owns the meaning
of Partials, Linear, Bilinear, Weighted and Hook; the rows are in `ir/ops`, the walk over a graph is in `walk.py`.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence

from ...ir import ops
from ...ir.node import Node
from ...ir.op import Bilinear, Hook, Linear, Op, Partials, Weighted
from ...ir.ops.reductions import kept, spread
from ...ir.ops.source import filled
from ...ir.types import Shape, TupleType
from .flow import Flow, Lazy, Mask, condition, times, total

# A node with several results carries a list, with None for absent parts.
Carried = Flow | list[Flow | None]
Map = Callable[[Node], Node]
Forward = Callable[[Sequence[Carried | None]], Carried | None]
Reverse = Callable[[Carried], Sequence[Carried | None]]
# Ops whose derivative is one of their region: (node, tangents) -> tangent, and (node, active arguments, cotangent) -> cotangents.
REGIONS: dict[Op, tuple[Callable[..., Flow | None], Callable[..., Sequence[Flow | None]]]] = {}


def carries(node: Node) -> bool:
    """Whether values of the node can have a derivative: floats, and tuples that hold some."""
    type = node.type
    return any(part.is_float for part in type.parts) if isinstance(type, TupleType) else type.is_float


def open_arguments(node: Node) -> tuple[int, ...]:
    """The arguments through which a derivative passes, by what the row declares."""
    args = node.args
    if not args or not carries(node):
        return ()
    declared = node.op.derivative
    if isinstance(declared, Partials):
        return declared.open
    if isinstance(declared, Linear):
        among = range(len(args)) if declared.arguments is None else declared.arguments
    elif isinstance(declared, (Bilinear, Weighted, Hook)) or node.op is ops.item:
        among = range(len(args))
    else:
        return ()
    return tuple([i for i in among if carries(args[i])])


def forward_rule(node: Node, active: tuple[int, ...]) -> Forward:
    """The tangent of the node from those of its arguments, of which the active ones may be present."""
    declared = node.op.derivative
    if isinstance(declared, Partials):
        pairs = list(zip(active, _partials(node, declared, active)))
        return lambda tangents: _sum([_weighed(partial, tangents[i]) for i, partial in pairs if tangents[i] is not None])
    if node.op is ops.where:
        return lambda tangents: _where_forward(node, tangents[1], tangents[2])  # type: ignore[arg-type]
    if isinstance(declared, Linear):
        listed = tuple(range(len(node.args))) if declared.arguments is None else declared.arguments
        return lambda tangents: _linear_forward(node, listed, tangents)  # type: ignore[arg-type]
    if isinstance(declared, Bilinear):
        return lambda given: _sum([_bilinear_forward(node, i, t) for i in active if isinstance(t := given[i], Flow)])
    if isinstance(declared, Weighted):
        weights = declared.weights(node)
        axes = node.attribute("axes")
        return lambda tangents: through(times(weights, tangents[0]), lambda t: ops.sum(t, axes=axes), any_over(axes))  # type: ignore[arg-type]
    if node.op in REGIONS:
        return lambda tangents: REGIONS[node.op][0](node, tangents)
    if isinstance(declared, Hook):
        return lambda tangents: _hook_forward(declared, node, tangents)
    index = node.attribute("index")  # item
    return lambda tangents: tangents[0][index]  # type: ignore[index]


def reverse_rule(node: Node, active: tuple[int, ...]) -> Reverse:
    """A cotangent for each active argument, in their order, from the node's."""
    declared = node.op.derivative
    if isinstance(declared, Partials):
        partials = _partials(node, declared, active)
        return lambda ct: [_weighed(partial, ct) for partial in partials]
    if node.op is ops.where:
        return lambda ct: [ct.within(node.args[0], i == 1) for i in active]  # type: ignore[union-attr]
    if isinstance(declared, Linear):
        return lambda ct: [_linear_reverse(declared, node, i, ct) for i in active]  # type: ignore[arg-type]
    if isinstance(declared, Bilinear):
        return lambda ct: [through(ct, lambda v, i=i: declared.transposes[i](v, node), None) for i in active]  # type: ignore[arg-type,misc]
    if isinstance(declared, Weighted):
        weights = declared.weights(node)
        return lambda ct: [times(weights, through(ct, lambda v: spread(v, node), lambda m: spread(m, node)))]  # type: ignore[arg-type]
    if node.op in REGIONS:
        return lambda ct: REGIONS[node.op][1](node, active, ct)
    if isinstance(declared, Hook):
        return lambda ct: _hook_reverse(declared, node, active, ct)
    index, parts = node.attribute("index"), len(node.args[0].type.parts)  # type: ignore[attr-defined]  # item
    return lambda ct: [[ct if k == index else None for k in range(parts)]]  # type: ignore[misc]


def _partials(node: Node, declared: Partials, active: tuple[int, ...]) -> list[Node | int]:
    """The partial derivatives by the active arguments."""
    found: list[Node | int] = []
    for i in active:
        partial = declared.of[i]
        found.append(partial if isinstance(partial, int) else partial(*node.args, node))  # type: ignore[misc]
    return found


def _weighed(partial: Node | int, flow: Carried | None) -> Flow:
    if isinstance(partial, int):
        return flow if partial == 1 else flow.negated()  # type: ignore[union-attr,return-value]
    return times(partial, flow)  # type: ignore[arg-type]


def _sum(flows: list[Flow]) -> Flow | None:
    return total(flows) if flows else None


def through(flow: Flow, apply: Map, on_mask: Map | None, holes: bool = False) -> Flow:
    """A linear map of a flow. The sign stays outside. `on_mask` maps where the argument may differ from zero to where
    the result may; without it, for a map that multiplies by other values, only a mask that is one condition for the whole
    array goes on: where it does not hold, zero is selected, since the other values may be infinite. `holes`: the map
    itself leaves zeros."""
    source = flow.selected()
    result = apply(source)
    mask: Mask = ()
    if on_mask is not None and (flow.mask or holes):
        before = flow.mask or (((filled(source.type.with_dtype("bool"), True), True),) if holes else ())
        mask = ((Lazy(lambda: on_mask(condition(before))), True),)
    elif flow.mask:
        mask = one_condition(flow.mask, result.type.shape)
        return Flow(result, flow.negative, mask, bool(mask))
    return Flow(result, flow.negative, mask)


def one_condition(mask: Mask, shape: Shape) -> Mask:
    """The conditions of a mask that are one for the whole array, for an array of this shape."""
    found = []
    for test, holds in mask:
        node = test.node() if isinstance(test, Lazy) else test
        while node.type.shape and node.op in MOVES and len(node.args) == 1:
            node = node.args[0]
        if not node.type.shape:
            found.append((ops.broadcast(node, shape=shape, axes=()) if shape else node, holds))
    return tuple(found)


def any_over(axes: tuple[int, ...]) -> Map:
    return lambda mask: ops.max(mask, axes=axes)


def _counted(apply: Map) -> Map:
    """Where a scatter_add of a mask puts something."""
    def on_mask(mask: Node) -> Node:
        count = apply(ops.cast(mask, dtype="int64"))
        return ops.greater(count, filled(count.type, 0))
    return on_mask


MOVES = {ops.broadcast, ops.reshape, ops.transpose, ops.slice, ops.flip, ops.gather, ops.concatenate}


def _linear_forward(node: Node, listed: tuple[int, ...], tangents: Sequence[Flow | None]) -> Flow | None:
    """The op on the tangents; where only some of several are present the others are zeros, known as such."""
    op, args, attrs = node.op, node.args, dict(zip(node.op.attributes, node.attrs))
    present = [i for i in listed if tangents[i] is not None]
    if not present:
        return None
    if len(listed) == 1:
        (i,) = listed

        def apply(t: Node) -> Node:
            return op(*args[:i], t, *args[i + 1:], **attrs)

        flow: Flow = tangents[i]  # type: ignore[assignment]
        if op is ops.cast:
            return Flow(apply(flow.value), flow.negative, flow.mask, flow.raw)
        if op is ops.sum:
            return through(flow, apply, any_over(node.attrs[0]))
        if op is ops.scatter_add:
            return through(flow, apply, _counted(apply), holes=True)
        return through(flow, apply, apply if op in MOVES or op is ops.pad else None, holes=op is ops.pad)
    if op is ops.concatenate and len(present) < len(args):
        return _concatenate_forward(node, tangents)
    signs = {tangents[i].negative for i in present}  # type: ignore[union-attr]
    negative = signs == {True}
    values = list(args)
    for i in listed:
        t = tangents[i]
        values[i] = filled(args[i].type, 0) if t is None else t.selected() if negative else t.node()
    return Flow(op(*values, **attrs), negative)


def _concatenate_forward(node: Node, tangents: Sequence[Flow | None]) -> Flow:
    def masks() -> Node:
        parts = []
        for arg, t in zip(node.args, tangents):
            kind = arg.type.with_dtype("bool")
            parts.append(filled(kind, False) if t is None else condition(t.mask) if t.mask else filled(kind, True))
        return ops.concatenate(*parts, axis=node.attrs[0])

    parts = [filled(arg.type, 0) if t is None else t.node() for arg, t in zip(node.args, tangents)]
    return Flow(ops.concatenate(*parts, axis=node.attrs[0]), mask=((Lazy(masks), True),))


def _where_forward(node: Node, yes: Flow | None, no: Flow | None) -> Flow | None:
    flows = [t.within(node.args[0], holds) for t, holds in ((yes, True), (no, False)) if t is not None]
    return total(flows) if flows else None


def _bilinear_forward(node: Node, i: int, tangent: Flow) -> Flow:
    a, b = node.args
    return through(tangent, (lambda t: node.op(t, b)) if i == 0 else (lambda t: node.op(a, t)), None)


def _linear_reverse(declared: Linear, node: Node, i: int, ct: Flow) -> Flow:
    op = node.op

    def apply(value: Node) -> Node:
        return declared.transpose(value, node, i)

    if op is ops.cast:
        return Flow(apply(ct.value), ct.negative, ct.mask, ct.raw)
    if op is ops.broadcast:
        return through(ct, apply, any_over(kept(node.type.shape, node.attribute("axes"))))
    if op is ops.gather:
        return through(ct, apply, _counted(apply), holes=True)
    moves = op in MOVES or op in (ops.sum, ops.pad, ops.scatter_add)
    return through(ct, apply, apply if moves else None, holes=op is ops.slice)


def _hook_forward(declared: Hook, node: Node, tangents: Sequence[Carried | None]) -> Carried | None:
    result = _from_nodes(declared.jvp(node, [_to_nodes(t) for t in tangents]))
    present = [t for t in tangents if t is not None]
    only = present[0] if len(present) == 1 else None
    return _selected_like(only, result)


def _hook_reverse(declared: Hook, node: Node, active: tuple[int, ...], ct: Carried) -> list[Carried | None]:
    cotangents = declared.vjp(node, _to_nodes(ct))
    return [_selected_like(ct, _from_nodes(cotangents[i])) for i in active]


def _selected_like(given: Carried | None, result: Carried | None) -> Carried | None:
    """What a linear map made of one flow, zero where all of that is: the map's own values may be infinite there."""
    if not isinstance(given, Flow) or not given.mask or not isinstance(result, Flow):
        return result
    mask = one_condition(given.mask, result.value.type.shape)
    return Flow(result.value, result.negative, mask, bool(mask))


def _to_nodes(carried: Carried | None) -> Node | list[Node | None] | None:
    if isinstance(carried, list):
        return [None if flow is None else flow.node() for flow in carried]
    return None if carried is None else carried.node()


def _from_nodes(value: Node | Sequence[Node | None] | None) -> Carried | None:
    if value is None:
        return None
    if isinstance(value, Node):
        return Flow(value)
    return [None if part is None else Flow(part) for part in value]
