"""Byte code for tapes: the first answers of a large program, while LLVM compiles it.

The machine that runs it is compiled for the kinds of statements that a tape has, which takes the same time however long the
tape is; the code itself is an array. A run is a stretch of instructions of one kind: the machine chooses once a run. Sums,
differences and products are one kind, a*b + c with a factor 1 or a term -0 where the statement has none, which changes no
bit; a negated operand is read from beside the value, where its negative stands. The statements of a block are put in the
order of their depth, so that neighbours do not wait for each other. Read `machine.py` next, which is loaded only where the
disk does not have the machine.
"""
from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .slots import last_reads, places
from .tape import ADD, CLEARED, FMA, FMS, FNMA, FUSED, LOAD, MULTIPLY, NEGATIVE, SUBTRACT, Kind, Tape
from .text import BYTES, memory

SYMBOL = "wengert.tape"  # the table of what a call needs: five words
REORDERED = 512          # statements in a block that is put in the order of depth
REUSED = 128             # statements after which places become free
_CELL = 8                # bytes; a value has two cells, the second for its negative


class Machine(NamedTuple):
    """What runs byte code: the kinds of instructions, the words of one, and whether the processor multiplies and adds with one
    rounding."""

    opcodes: tuple[Kind, ...]
    width: int
    fma: bool

    @property
    def name(self) -> str:
        """Equal for machines that are the same."""
        return repr((self.width, self.fma, *map(_order, self.opcodes)))


class Code(NamedTuple):
    """A tape as byte code, and what it needs: a machine, and `arena` bytes of memory at a call."""

    rows: np.ndarray
    runs: np.ndarray
    constants: np.ndarray
    arena: int
    machine: Machine

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """What must stay in memory for as long as the code may run."""
        return self.rows, self.runs, self.constants

    def table(self) -> np.ndarray:
        """What the symbol SYMBOL must be the address of, for as long as the code may run."""
        pointers = [array.__array_interface__["data"][0] for array in self.arrays]
        return np.array([*pointers, len(self.runs), self.constants.nbytes], np.uint64)


def encoded(tape: Tape, fma: bool) -> Code:
    """The byte code of a tape. `fma`: the machine multiplies and adds with one rounding."""
    tape = by_depth(tape)
    last = last_reads(tape.reads(), tape.first)
    last[tape.handed_out[:, 0]] = len(tape)
    born = np.arange(len(tape))
    place, top = places(born, np.maximum(last[tape.first:], born), REUSED)
    constants = _constants(tape)
    cell = 2 * np.concatenate([np.arange(tape.first), place + len(constants)])
    opcodes, number = _opcodes(tape)
    rows = _rows(tape, cell)
    clears, stores, stored = _results(tape, cell, rows.shape[1])
    first = len(opcodes)
    opcodes += [Kind("clear", (), ""), *(Kind("store", (scalar,), "") for scalar in sorted(set(tape.stored)))]
    operation = np.concatenate([number[tape.kind], np.full(len(clears), first), first + 1 + stored])
    begins = np.flatnonzero(np.diff(operation, prepend=-1))
    runs = np.stack([operation[begins], np.diff(np.append(begins, len(operation)))], axis=1).astype(np.int32)
    machine = Machine(tuple(opcodes), rows.shape[1], fma)
    return Code(np.concatenate([rows, clears, stores]), runs, constants, 2 * _CELL * (len(constants) + top), machine)


def by_depth(tape: Tape) -> Tape:
    """The tape with the statements of each block in the order of their depth in it, and of their kinds."""
    n, block = len(tape), min(REORDERED, max(len(tape), 1))
    order = np.argsort((np.arange(n) // block * (block + 1) + _depths(tape, block)) * len(tape.kinds) + tape.kind, kind="stable")
    return tape.reordered(order)


def _depths(tape: Tape, block: int) -> np.ndarray:
    """How long the longest way to each statement is in its block. The blocks are computed side by side."""
    n, reads = len(tape), tape.reads()
    blocks, width = -(-n // block), reads.shape[1]
    begin = np.arange(n) // block * block
    inside = reads - tape.first - begin[:, None]  # negative: made before the block
    row = np.where(inside >= 0, inside, block)
    cells = np.full((blocks * block, width), block * blocks)  # of a table with a row for each place in a block and one more
    cells[:n] = row * blocks + (begin // block)[:, None]
    cells = np.ascontiguousarray(cells.reshape(blocks, block, width).transpose(1, 2, 0))
    depth = np.full((block + 1) * blocks, -1, np.int32)
    for k in range(block):
        depth[k * blocks:(k + 1) * blocks] = depth[cells[k]].max(axis=0) + 1
    return depth[:block * blocks].reshape(block, blocks).T.reshape(-1)[:n]


# ---------------------------------------------------------------------------------------------------------- the code

def _constants(tape: Tape) -> np.ndarray:
    """The first cells of the memory: each constant and its negative; at their end, for each float type, the 1 and the -0
    that sums and products are completed with."""
    extra = b"".join(t(value).tobytes().ljust(8, b"\0") for t in (np.float64, np.float32) for value in (1, -0.0))
    bits = np.concatenate([tape.constants, np.frombuffer(extra, np.uint64)])
    scalars = np.array([*tape.scalars, "double", "double", "float", "float"])
    sign = np.select([scalars == "double", scalars == "float"], [np.uint64(1 << 63), np.uint64(1 << 31)], np.uint64(0))
    return np.stack([bits, bits ^ sign], axis=1)


def _rows(tape: Tape, cell: np.ndarray) -> np.ndarray:
    """An instruction a row: the cell of the result, and those of the operands."""
    reads = tape.reads()
    operands = np.where(reads >= 0, cell[reads], np.maximum(tape.operands, 0))
    for type, base in enumerate((0, len(FUSED))):
        one = 2 * (tape.first + 2 * type)
        form = tape.kind - base
        sums, alone = (form == ADD) | (form == SUBTRACT), (form == MULTIPLY) | (form == NEGATIVE)
        operands[sums, 2] = operands[sums, 1]
        operands[sums | (form == NEGATIVE), 1] = one
        operands[alone, 2] = one + 2
        for column, negated in ((2, (form == SUBTRACT) | (form == FMS)), (0, (form == NEGATIVE) | (form == FNMA))):
            zero = negated & (operands[:, column] == 0)  # one constant for all types: the -0 of this one is beside the 1
            operands[:, column] = np.where(zero, one + 2, operands[:, column] + negated)  # the negative is the next cell
    return np.concatenate([cell[tape.first:, None], operands], axis=1).astype(np.uint32)


def _opcodes(tape: Tape) -> tuple[list[Kind], np.ndarray]:
    """The kinds that the machine must know, and for each kind of the tape its number among them: the arithmetic of a float
    type is one."""
    opcodes: list[Kind] = []
    number = np.zeros(len(tape.kinds), np.int32)
    present = np.bincount(tape.kind, minlength=len(tape.kinds)) > 0
    for base in (0, len(FUSED)):
        if present[base:base + len(FUSED)].any():
            number[base:base + len(FUSED)] = len(opcodes)
            opcodes.append(tape.kinds[base + FMA])
    others = (np.flatnonzero(present[LOAD:]) + LOAD).tolist()
    for k in sorted(others, key=lambda k: _order(tape.kinds[k])):
        number[k] = len(opcodes)
        opcodes.append(tape.kinds[k])
    return opcodes, number


def _order(kind: Kind) -> tuple[object, ...]:
    """By what kinds are told apart, so that programs of the same ones have the same machine."""
    return kind.name, kind.result, kind.operands, repr(kind.node.attrs if kind.node is not None else ())


def _results(tape: Tape, cell: np.ndarray, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Instructions that hand out the results: (rows that clear an output with many zeros: its number, bytes, words above
    them; rows that store: the output's number, the element's, the cell; for these the number of their LLVM type)."""
    values, outputs, places = tape.handed_out.T
    zeros = np.bincount(outputs[values == 0], minlength=len(tape.outputs))
    cleared = np.flatnonzero(zeros > CLEARED)
    bytes = np.array([len(tape.outputs[k]) * BYTES[memory(tape.stored[k])] for k in cleared.tolist()], np.int64)
    types = sorted(set(tape.stored))
    of_type = np.array([types.index(scalar) for scalar in tape.stored], np.int64)[outputs]
    kept = np.flatnonzero((values != 0) | (zeros[outputs] <= CLEARED))
    order = kept[np.argsort(of_type[kept], kind="stable")]
    clears = np.stack([cleared, bytes & 0xFFFFFFFF, bytes >> 32], axis=1)
    stores = np.stack([outputs[order], places[order], cell[values[order]]], axis=1)
    return _wide(clears, width), _wide(stores, width), of_type[order]


def _wide(rows: np.ndarray, width: int) -> np.ndarray:
    return np.pad(rows, [(0, 0), (0, width - 3)]).astype(np.uint32)
