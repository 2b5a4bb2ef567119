"""A program of scalars as a tape: its operations in order, as arrays of numbers, without an object for each.

A value is a number: first the constants, of which number 0 is zero, then one value a statement. Ops that only move
elements are run here, by their NumPy meaning, on arrays of these numbers. A product that is used once, by a sum or a
difference, becomes one operation with it: which products are fused is decided here, so that all code made from a tape
gives the same bits. Knows nothing of machines. Read `interpreter.py` and `straightline.py`, which run tapes.
"""
from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from ..ir import ops
from ..ir.graph import Graph
from ..ir.node import Node
from ..ir.types import Type
from .text import SCALAR
from .weights import weight

FUSED = ("add", "subtract", "multiply", "negative", "square", "fma", "fms", "fnma")  # a*b + c, a*b - c, c - a*b
ADD, SUBTRACT, MULTIPLY, NEGATIVE, SQUARE, FMA, FMS, FNMA = range(len(FUSED))  # squares become products
FLOATS = ("double", "float")
LOAD = 2 * len(FUSED)  # the first kind that is none of the arithmetic of floats
CLEARED = 8            # zeros in an output, from which it is cleared before the others are stored


class Kind(NamedTuple):
    """What a statement does: its name, the LLVM types of its operands and its result, and a node that means the same.

    A load of an input has no node, and two operands: the number of the input and the position of the element.
    """

    name: str
    operands: tuple[str, ...]
    result: str
    node: Node | None = None
    weight: int = 1

    @property
    def is_load(self) -> bool:
        return self.name == "load"


def _arithmetic() -> list[Kind]:
    arity = (2, 2, 2, 1, 1, 3, 3, 3)
    return [Kind(name, (scalar,) * n, scalar) for scalar in FLOATS for name, n in zip(FUSED, arity)]


@dataclass(eq=False, repr=False)
class Tape:
    """The statements of a program.

    kinds      what statements do; kinds 0 to LOAD-1 are the arithmetic of the two float types
    constants  the bits of the constants, in eight bytes each, and their LLVM types
    kind       of each statement
    operands   the values that each statement reads, -1 where there is none; for a load see `Kind`
    outputs    for each output the values of its elements in row-major order
    stored     and their LLVM type
    """

    kinds: list[Kind]
    constants: np.ndarray
    scalars: list[str]
    kind: np.ndarray
    operands: np.ndarray
    outputs: list[np.ndarray]
    stored: list[str]

    def __len__(self) -> int:
        return len(self.kind)

    @property
    def first(self) -> int:
        """The number of the first statement's value."""
        return len(self.constants)

    def work(self) -> int:
        """Estimated scalar operations."""
        return int(np.array([kind.weight for kind in self.kinds])[self.kind].sum())

    def results(self) -> list[str]:
        """The LLVM type of each value."""
        names = np.array([kind.result for kind in self.kinds], object)
        return [*self.scalars, *names[self.kind]]

    def reads(self) -> np.ndarray:
        """The operands as values: those of loads, which are none, are -1."""
        loads = np.array([kind.is_load for kind in self.kinds])
        return np.where(loads[self.kind][:, None], np.int32(-1), self.operands)

    @cached_property
    def handed_out(self) -> np.ndarray:
        """The results as rows: a value, the number of the output, and the element of it that the value is."""
        counts = [len(values) for values in self.outputs]
        number = np.repeat(np.arange(len(counts)), counts)
        begins = np.cumsum(counts) - counts
        return np.stack([np.concatenate([np.empty(0, np.int32), *self.outputs]), number, np.arange(len(number)) - begins[number]], axis=1)

    def reordered(self, order: np.ndarray) -> Tape:
        """The tape with its statements in another order, given by their numbers."""
        new = np.arange(self.first + len(self), dtype=np.int32)
        new[self.first + order] = new[self.first:].copy()
        return self._renumbered(order, new)

    def without(self, over: np.ndarray) -> Tape:
        """The tape without these statements."""
        kept = np.flatnonzero(~over)
        new = np.zeros(self.first + len(self), np.int32)
        new[: self.first] = np.arange(self.first)
        new[self.first + kept] = np.arange(self.first, self.first + len(kept))
        return self._renumbered(kept, new)

    def _renumbered(self, statements: np.ndarray, new: np.ndarray) -> Tape:
        """These statements in this order, where value v is called new[v]."""
        reads = self.reads()
        operands = np.where(reads >= 0, new[reads], self.operands)[statements]
        return replace(self, kind=self.kind[statements], operands=operands, outputs=[new[values] for values in self.outputs])

    def __str__(self) -> str:
        lines = []
        for value, (kind, operands) in enumerate(zip(self.kind.tolist(), self.operands.tolist()), self.first):
            name, known = self.kinds[kind].name, len(self.kinds[kind].operands)
            if self.kinds[kind].is_load:
                lines.append(f"%{value} = load input {operands[0]}[{operands[1]}]")
            else:
                lines.append(f"%{value} = {name} {', '.join(self._shown(v) for v in operands[:known])}")
        lines += [f"output {k} = {', '.join(map(self._shown, values.tolist()))}" for k, values in enumerate(self.outputs)]
        return "\n".join(lines) + "\n"

    def _shown(self, value: int) -> str:
        if value >= self.first:
            return f"%{value}"
        return str(constant(self.constants[value], self.scalars[value]))


_DTYPES = {"double": np.float64, "float": np.float32, "i64": np.int64, "i32": np.int32, "i1": np.bool_}


def constant(bits: np.uint64, scalar: str) -> object:
    """The Python number of a constant."""
    return np.frombuffer(np.uint64(bits).tobytes(), _DTYPES[scalar])[0].item()


def tape_of(graph: Graph, least: int = 0, fuse: bool = True) -> Tape | None:
    """The graph as a tape, or None where it computes with arrays as such, or has fewer than `least` statements.

    `fuse`: the machine multiplies and adds with one rounding.
    """
    if graph.sizes or len(graph.listing) < least:
        return None
    writer = _Writer(graph)
    if not writer.write():
        return None
    tape = _fused(writer.tape()) if fuse else writer.tape()
    loads = np.array([kind.is_load for kind in tape.kinds])[tape.kind]
    tape = tape.without(loads & (_uses(tape)[tape.first:] == 0))
    return tape if len(tape) >= least else None


_MOVES = {ops.broadcast, ops.reshape, ops.transpose, ops.slice, ops.flip, ops.concatenate, ops.pad, ops.stop_gradient}
_MANY = 1 << 39      # in place of the number of a value that has not one element
_UNLOADED = 1 << 40  # from here on: elements of inputs for which there is no statement yet
MOVED = 1 << 24      # elements that all moves of a program together may have: more is work for loops


class _Writer:
    """Turns nodes into statements. Here the value of an elementwise node has the number of the node in the listing and one more,
    a loaded element the next number after those, and constant k the number -k: so that what a pad puts around its argument
    is the constant 0."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.kinds: list[Kind] = _arithmetic()
        self.codes: dict[object, int] = {}
        self.arrays: dict[int, np.ndarray] = {}                 # the numbers of the elements of values that have not one
        self.bits: list[bytes] = []
        self.scalars: list[str] = []
        self.known: dict[tuple[bytes, str], int] = {}
        self.loaded: dict[int, int] = {}
        self.loads: list[tuple[int, int, int, int]] = []        # after which node, kind, input, element
        self.begins: list[int] = []                             # of each input, the number of its first element
        self.room = MOVED
        self.at = 0                                             # the node that is looked at
        self.listing = listing = graph.listing
        (rows, of_op), (types, of_type) = listing.ops, listing.types
        single = np.array([isinstance(type, Type) and type.size == 1 for type in types], bool)[of_type]
        self.computed = np.array([bool(op.takes) for op in rows], bool)[of_op] & single
        self.number = np.where(self.computed, np.arange(1, len(listing) + 1), _MANY)  # of values of one element

    def write(self) -> bool:
        """Whether all nodes could be turned into statements."""
        self._constant(np.float64(0))
        if not all(map(self._has_room, self.graph.inputs)):
            return False
        self._begin_inputs()
        for k in np.flatnonzero(~self.computed).tolist():
            self.at = k
            if not self._place(self.listing.nodes[k]):
                return False
        self.at = len(self.listing)
        return not (self._operands() == _MANY).any()

    def _operands(self) -> np.ndarray:
        """The numbers of the arguments of all elementwise nodes."""
        return self.number[self.listing.args[self.computed[self.listing.readers]]]

    def _begin_inputs(self) -> None:
        begin = _UNLOADED
        for k, node in enumerate(self.graph.inputs):
            self.at = k
            self.begins.append(begin)
            size = node.type.size
            assert isinstance(size, int), "a graph without named sizes"
            self._keep(np.arange(begin, begin + size).reshape(node.type.shape))
            begin += max(size, 1)

    def _codes(self) -> np.ndarray:
        """The kinds of all elementwise nodes: those without attributes that share op and type are of one kind."""
        listing = self.listing
        (rows, of_op), (types, of_type) = listing.ops, listing.types
        at = np.flatnonzero(self.computed)
        lasts = of_type[listing.args[listing.begins[at + 1] - 1]]
        plain = np.array([not op.attributes for op in rows], bool)[of_op[at]]
        _, firsts, which = np.unique(
            np.where(plain, of_op[at] * len(types) + lasts, ~at), return_index=True, return_inverse=True)
        order = np.argsort(firsts)  # in which they occur
        found = np.empty(len(firsts), np.int32)
        found[order] = [self._code(listing.nodes[k]) for k in at[firsts[order]].tolist()]
        return found[which.reshape(-1)]

    def _code(self, node: Node) -> int:
        """The kind of an elementwise node."""
        key = (node.op, node.args[-1].type, node.attrs)
        code = self.codes.get(key)
        if code is None:
            name, result = node.op.name, SCALAR[node.type.dtype_name]
            if name in ("add", "subtract", "multiply", "square", "negative") and result in FLOATS:
                code = FLOATS.index(result) * len(FUSED) + FUSED.index(name)
            else:
                code = len(self.kinds)
                operands = tuple(SCALAR[arg.type.dtype_name] for arg in node.args)
                self.kinds.append(Kind(name, operands, result, node, weight(node)))
            self.codes[key] = code
        return code

    def _place(self, node: Node) -> bool:
        """A node that computes nothing: its elements are values that are there already."""
        if node.op is ops.input:
            return True
        if (node.op is not ops.const and node.op not in _MOVES) or not self._has_room(node):
            return False
        if node.op is ops.const:
            array = node.attrs[0].array
            numbers = [self._constant(value) for value in array.reshape(-1)]
            return self._keep(np.array(numbers, np.int64).reshape(array.shape))
        begins = self.listing.begins
        args = self.listing.args[begins[self.at]:begins[self.at + 1]].tolist()
        return self._keep(node.op.evaluate(*map(self._elements, args), *node.attrs))

    def _has_room(self, node: Node) -> bool:
        size = node.type.size
        assert isinstance(size, int), "a graph without named sizes"
        self.room -= size if node.op is not ops.const else 64 * size  # each element of which is looked at
        return self.room >= 0

    def _elements(self, k: int) -> np.ndarray:
        number = self.number[k]
        return self.arrays[k] if number == _MANY else np.full(self.listing.nodes[k].type.shape, number)

    def _keep(self, numbers: np.ndarray) -> bool:
        if numbers.size == 1:
            self.number[self.at] = self._present(int(numbers.reshape(-1)[0]))
        else:
            self.arrays[self.at] = numbers
        return True

    def _present(self, number: int) -> int:
        """The number of the value: an element of an input is loaded when it is first needed."""
        if number < _UNLOADED:
            return number
        found = self.loaded.get(number)
        if found is None:
            k = bisect_right(self.begins, number) - 1
            code = self.codes.get(self.graph.inputs[k].type.dtype)
            if code is None:
                code = self.codes[self.graph.inputs[k].type.dtype] = len(self.kinds)
                self.kinds.append(Kind("load", ("", ""), SCALAR[self.graph.inputs[k].type.dtype_name]))
            self.loads.append((self.at, code, k, number - self.begins[k]))
            found = self.loaded[number] = len(self.listing) + len(self.loads)
        return found

    def _constant(self, value: np.generic) -> int:
        scalar, data = SCALAR[value.dtype.name], value.tobytes().ljust(8, b"\0")
        key = (data, scalar) if any(data) else (data, "")  # nothing but zero bits is one constant for all types
        found = self.known.get(key)
        if found is None:
            found = self.known[key] = -len(self.bits)
            self.bits.append(data)
            self.scalars.append(scalar)
        return found

    def tape(self) -> Tape:
        listing = self.listing
        outputs = [self._loaded(self._elements(k).reshape(-1)) for k in listing.outputs.tolist()]
        stored = [SCALAR[type.dtype_name] for type in self.graph.output_types]
        at, codes = np.flatnonzero(self.computed), self._codes()
        loads = np.array(self.loads, np.int64).reshape(-1, 4)
        order = np.argsort(np.concatenate([loads[:, 0], at]), kind="stable")  # each load stands where its node does
        row = np.empty(len(order), np.int64)  # of each load, and of each elementwise node
        row[order] = np.arange(len(order))
        self.statement = np.zeros(len(listing) + len(loads) + 1, np.int64)
        self.statement[np.concatenate([len(listing) + 1 + np.arange(len(loads)), at + 1])] = row + 1
        kind = np.concatenate([loads[:, 1], codes])[order].astype(np.int32)
        counts = listing.counts[at]
        operands = np.full((len(order), max(3, int(counts.max(initial=0)))), -1, np.int32)
        operands[row[: len(loads)], :2] = loads[:, 2:]
        column = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
        operands[np.repeat(row[len(loads):], counts), column] = self._final(self._operands())
        for base in (0, len(FUSED)):
            squares = kind == base + SQUARE
            operands[squares, 1] = operands[squares, 0]
            kind[squares] = base + MULTIPLY
        constants = np.frombuffer(b"".join(self.bits), np.uint64)
        finals = [self._final(numbers).astype(np.int32) for numbers in outputs]
        return Tape(self.kinds, constants, self.scalars, kind, operands, finals, stored)

    def _loaded(self, numbers: np.ndarray) -> np.ndarray:
        unloaded = numbers >= _UNLOADED
        if not unloaded.any():
            return numbers
        result = numbers.copy()
        result[unloaded] = [self._present(number) for number in numbers[unloaded].tolist()]
        return result

    def _final(self, numbers: np.ndarray) -> np.ndarray:
        return np.where(numbers > 0, self.statement[np.maximum(numbers, 0)] + (len(self.bits) - 1), -numbers)


def _uses(tape: Tape) -> np.ndarray:
    """How many operands and outputs each value is."""
    reads = tape.reads()
    count = np.bincount(reads[reads >= 0], minlength=tape.first + len(tape))
    return count + np.bincount(tape.handed_out[:, 0], minlength=len(count))


def _fused(tape: Tape) -> Tape:
    """The tape where a product that one sum or difference uses, and nothing else, is computed with it.

    Where both operands are such products it is the second one.
    """
    kind, operands, reads = tape.kind.copy(), tape.operands.copy(), tape.reads()
    over = np.zeros(len(tape), bool)
    single = _uses(tape) == 1
    for base in (0, len(FUSED)):
        product = np.concatenate([np.zeros(tape.first, bool), tape.kind == base + MULTIPLY]) & single
        sums = (tape.kind == base + ADD) | (tape.kind == base + SUBTRACT)
        second = sums & product[reads[:, 1]]
        first = sums & ~second & product[reads[:, 0]]
        for chosen, place, difference in ((second, 1, FNMA), (first, 0, FMS)):
            at = np.flatnonzero(chosen)
            factor = tape.operands[at, place] - tape.first
            operands[at, 2] = tape.operands[at, 1 - place]
            operands[at, :2] = tape.operands[factor, :2]
            kind[at] = base + np.where(tape.kind[at] == base + ADD, FMA, difference)
            over[factor] = True
    return replace(tape, kind=kind, operands=operands).without(over)
