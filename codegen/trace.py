"""From nodes to the statements of a kernel: the value of a node at an index, in terms of loads and operations.

Movement ops change the index and emit nothing; a node that has a buffer by then is loaded; everything else is computed
here, again in each kernel that needs it. Decides nothing: what has a buffer is `keep.py`'s choice. No recursion.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..ir.node import Node
from ..ir.types import Dim
from .affine import Affine, row_major
from .statements import Buffer, Compute, Fill, Inside, Load, Masked, Ramp, Statement

Index = tuple[Affine, ...]
Key = tuple[Node, Index, "int | None"]  # a node at an index, needed only where the mask (a value) holds


class Trace:
    """The statements of one kernel, each value once. `loaded(node)` gives the buffer to read the node from, if any."""

    def __init__(self, loaded: Callable[[Node], Buffer | None]) -> None:
        self.statements: list[Statement] = []
        self.dtypes: dict[int, str] = {}
        self._buffer_of = loaded
        self._buffers: dict[Node, Buffer | None] = {}
        self._values: dict[Key, int] = {}
        self._masks: dict[object, int] = {}

    def value(self, node: Node, index: Index, mask: int | None = None) -> int:
        """The number of the value of `node` at `index`."""
        root: Key = (node, index, mask)
        values, stack = self._values, [(root, self._needs(*root))]
        while stack:
            key, needs = stack[-1]
            missing = [need for need in needs if need not in values]
            if missing and key not in values:
                stack += [(need, self._needs(*need)) for need in reversed(missing)]
                continue
            stack.pop()
            if key not in values:
                values[key] = self._make(key, [values[need] for need in needs])
        return values[root]

    def append(self, statement: Statement) -> None:
        self.statements.append(statement)

    def compute(self, node: Node, operands: tuple[int, ...]) -> int:
        """An operation on values that are there already."""
        target = self._new(node.type.dtype_name)
        self.append(Compute(target, node, operands))
        return target

    def _new(self, dtype: str) -> int:
        self.dtypes[len(self.dtypes)] = dtype
        return len(self.dtypes) - 1

    def _loaded(self, node: Node) -> Buffer | None:
        if node not in self._buffers:
            self._buffers[node] = self._buffer_of(node)
        return self._buffers[node]

    def _needs(self, node: Node, index: Index, mask: int | None) -> list[Key]:
        if self._loaded(node) is not None:
            return []
        name = node.op.name
        if name in MOVES:
            return [(node.args[0], MOVES[name](node, index), mask)]
        if name == "pad":
            low = node.attrs[0]
            inner = tuple(i + (-1 * a) for i, a in zip(index, low))
            return [(node.args[0], inner, self._inside(node, inner, mask))]
        if name == "gather":
            rank = node.args[1].type.ndim
            return [(arg, index[:rank], mask) for arg in node.args[1:]]
        return [(arg, index, mask) for arg in node.args]

    def _make(self, key: Key, operands: list[int]) -> int:
        node, index, mask = key
        buffer = self._loaded(node)
        if buffer is not None:
            target = self._new(node.type.dtype_name)
            self.append(Load(target, buffer, row_major(index, node.type.shape), mask))
            return target
        name = node.op.name
        if name in MOVES:
            return operands[0]
        if name == "pad":
            inner = self._needs(*key)[0]
            if inner[2] is None:  # the padding is nowhere in reach
                return operands[0]
            target = self._new(node.type.dtype_name)
            self.append(Masked(target, inner[2], operands[0], node.type.dtype_name))
            return target
        if name == "gather":
            return self._gather(node, index, mask, operands)
        target = self._new(node.type.dtype_name)
        self.append(self._leaf(node, index, target) or Compute(target, node, tuple(operands)))
        return target

    def _leaf(self, node: Node, index: Index, target: int) -> Statement | None:
        if node.op.name == "const":
            return Fill(target, node.attrs[0].number.item(), node.type.dtype_name)
        if node.op.name == "size":
            return Ramp(target, Affine((), node.attrs[0]), node.type.dtype_name)
        if node.op.name == "iota":
            return Ramp(target, index[node.attribute("axis")], node.type.dtype_name)
        return None

    def _gather(self, node: Node, index: Index, mask: int | None, operands: Sequence[int]) -> int:
        source, axes = node.args[0], node.attribute("axes")
        buffer = self._loaded(base(source))
        assert buffer is not None, "the schedule gives the source of every gather a buffer"
        strides = row_major_strides(source.type.shape)
        rest = [k for k in range(source.type.ndim) if k not in axes]
        position = Affine()
        for k, at in zip(rest, index[node.args[1].type.ndim:]):
            position = position + at * strides[k]
        indirect = tuple((v, strides[a], source.type.shape[a]) for v, a in zip(operands, axes))
        target = self._new(node.type.dtype_name)
        self.append(Load(target, buffer, position, mask, indirect))
        return target

    def _inside(self, node: Node, inner: Index, outer: int | None) -> int | None:
        """The mask of the positions that lie in the padded array, and of the outer mask; None: all do."""
        shape = node.args[0].type.shape
        ranges = tuple(
            (at, n) for at, n, low, high in zip(inner, shape, *node.attrs[:2]) if low != 0 or high != 0
        )
        if not ranges:
            return outer
        known = self._masks.get((ranges, outer))
        if known is None:
            known = self._masks[ranges, outer] = self._new("bool")
            self.append(Inside(known, ranges, outer))
        return known


def base(node: Node) -> Node:
    """The node whose buffer a reshape shares."""
    while node.op.name in ("reshape", "stop_gradient"):
        node = node.args[0]
    return node


def row_major_strides(shape: Sequence[Dim]) -> list[Dim]:
    strides: list[Dim] = []
    step: Dim = 1
    for dim in reversed(shape):
        strides.insert(0, step)
        step = step * dim
    return strides


def _through_transpose(node: Node, index: Index) -> Index:
    inner: list[Affine] = [Affine()] * len(index)
    for at, axis in zip(index, node.attrs[0]):
        inner[axis] = at
    return tuple(inner)


def _through_slice(node: Node, index: Index) -> Index:
    starts, _, steps = node.attrs
    return tuple(at * step + start for at, start, step in zip(index, starts, steps))


def _through_flip(node: Node, index: Index) -> Index:
    shape = node.type.shape
    return tuple(at * -1 + (shape[k] - 1) if k in node.attrs[0] else at for k, at in enumerate(index))


def unit_axes_only(node: Node) -> bool:
    """Whether a reshape only adds or drops axes of size 1."""
    return [d for d in node.type.shape if d != 1] == [d for d in node.args[0].type.shape if d != 1]


def _through_reshape(node: Node, index: Index) -> Index:
    kept = iter([at for at, d in zip(index, node.type.shape) if d != 1])
    return tuple(Affine() if d == 1 else next(kept) for d in node.args[0].type.shape)


MOVES: Mapping[str, Callable[[Node, Index], Index]] = {
    "broadcast": lambda node, index: tuple(index[a] for a in node.attribute("axes")),
    "transpose": _through_transpose,
    "slice": _through_slice,
    "flip": _through_flip,
    "reshape": _through_reshape,
    "stop_gradient": lambda node, index: index,
}
