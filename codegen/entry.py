"""The fast path of a call: `@call`, a CPython vectorcall function that takes exactly fitting arguments and nothing else.

Owns the IR that reads arguments, makes results and counts references. Whatever does not fit exactly (another dtype, a
list, a wrong shape) goes to a Python object, so no conversion and no message is written here.
Read `arguments.py`, that object, next.

    entry -> plain or keyword -> bind -> inputs ... -> checks -> [given] -> results ... -> work -> boxes ... -> return
    any of them -> slow (nothing was done yet), undo (drops results, then slow) or fail (drops results, returns null)
"""
from __future__ import annotations

import functools
from itertools import groupby

from ..ir.types import Dim, Type
from . import cpython, results
from .cpython import ALIGNED, C_CONTIGUOUS, WRITEABLE
from .entry_parts import parts
from .objects import Objects
from .signature import Signature
from .sizes import emit_dim

# Releasing the GIL and taking it again costs about 45 ns; this much work takes some microseconds.
LONG_WORK = 20_000
_LOOP = 6       # this many scalar arguments in a row are read by a loop, so that hundreds of them compile fast


def call_text(signature: Signature, slow_offset: int) -> str:
    """The IR of `ptr @call(ptr self, ptr args, i64 nargsf, ptr kwnames)`, given where `self` keeps its slow path.

    A module of its own, compiled without any optimisation: that takes a quarter of the time (5 ms instead of 20), and
    the calls are as fast, because each step waits for memory or for CPython.
    """
    call = _Call(signature, slow_offset)
    lines = "\n".join(call.emit().lines)
    names = [f"ptr @wengert.argument.{k}" for k in range(len(signature.inputs))]
    names.append("ptr @wengert.name.out" if call.takes else "ptr null")
    table = f"@call.names = internal constant [{len(names)} x ptr] [{', '.join(names)}]\n"
    return (f"{parts(lines + table)}{table}declare i32 @run(ptr, ptr, ptr) nounwind\n\n"
            f"define ptr @call(ptr %self, ptr %args, i64 %nargsf, ptr %kwnames) nounwind {{\nentry:\n{lines}\n}}\n")


def _bytes(type: Type) -> Dim:
    return type.size * type.dtype.itemsize


class _Call:
    """Emits `@call` part by part, in the order of the module's drawing."""

    def __init__(self, signature: Signature, slow_offset: int) -> None:
        self.signature, self.slow_offset = signature, slow_offset
        self.inputs = [type for _, type in signature.inputs]
        self.outputs = list(signature.outputs)
        self.takes = self._takes()
        self.binders = signature.binders()
        self.sizes: dict[str, str] = {}     # SSA names of the named sizes, as inputs bind them
        self.solutions = {(solution.position, solution.axis): solution for solution in signature.solutions()}
        self.lengths: dict[str, str] = {}   # SSA names of the axes from which the other sizes follow
        self.dims: list[tuple[str, Dim]] = []   # loaded dims that remain to be compared
        self.body = Objects()

    def _takes(self) -> list[int]:
        """The outputs for which `out` may have an array here. Numbers alone keep the shortest call, and many take much code."""
        numbers = sum(not type.ndim for type in self.outputs)
        mixed = numbers < min(len(self.outputs), _LOOP)
        return [k for k, type in enumerate(self.outputs) if type.ndim or mixed]

    def emit(self) -> Objects:
        self._places()
        self._arity()
        for kind, group in groupby(range(len(self.inputs)), self._kind):
            self._arguments(kind, list(group))
        self._checks()
        if self.takes:
            self._given()
        self._results()
        self._work()
        self._boxes()
        self._exits()
        return self.body

    def _places(self) -> None:
        body = self.body
        ins, outs = max(len(self.inputs), 1), max(len(self.outputs), 1)
        axes = max([1, *(type.ndim for type in self.outputs)])
        for name, count, type in (
                ("values", ins, "i64"), ("inputs", ins, "ptr"), ("outputs", outs, "ptr"), ("numbers", outs, "i64"),
                ("sizes", max(len(self.signature.sizes), 1), "i64"), ("results", outs, "ptr"), ("given", outs, "ptr"),
                ("ranges", 2 * (ins + outs), "i64"), ("axes", axes, "i64"), ("ordered", ins + 1, "ptr")):
            body.emit(f"%{name} = alloca [{count} x {type}]")
        for k in range(len(self.outputs)):
            body.put("ptr", "null", "%results", k)
            body.put("ptr", "null", "%given", k)

    def _arity(self) -> None:
        """All arguments by position, or else some by their names, which are brought into order; and perhaps `out`."""
        body, count = self.body, len(self.inputs)
        given = body.op("and", "i64", "%nargsf", str(2**63 - 1))
        plain, keyword, bind = body.label("plain"), body.label("keyword"), body.label("bind")
        body.branch_if(body.compare("eq", "ptr", "%kwnames", "null"), plain, keyword)
        body.open(keyword)
        places = [("ptr", "%args"), ("i64", given), ("ptr", "%kwnames"), ("ptr", "@call.names"), ("ptr", "%ordered"), ("i64", str(count))]
        body.fit(body.call("i1", "call.reorder", places))
        out = body.item("%ordered", count)
        last = body.block
        body.branch(bind)
        body.open(plain)
        body.branch_if(body.compare("eq", "i64", given, str(count)), bind, "slow")
        body.open(bind)
        body.emit(f"%arguments = phi ptr [%args, %{plain}], [%ordered, %{last}]")
        body.emit(f"%out = phi ptr [null, %{plain}], [{out}, %{last}]")

    def _kind(self, index: int) -> str:
        """The dtype of an argument that is a number, nothing for an array."""
        type = self.inputs[index]
        return "" if type.ndim else type.dtype.name

    def _arguments(self, kind: str, group: list[int]) -> None:
        if not kind:
            for index in group:
                self._array(index)
        elif len(group) < _LOOP:
            for index in group:
                self._scalar(kind, str(index))
        else:
            self._scalar_loop(kind, group[0], len(group))

    def _scalar_loop(self, kind: str, start: int, count: int) -> None:
        body = self.body
        before, loop, after = body.block, body.label("loop"), body.label("after")
        index, following = body.name("i"), body.name("i")
        body.branch(loop)
        body.open(loop)
        at = len(body.lines)
        self._scalar(kind, index)
        body.lines.insert(at, f"  {index} = phi i64 [{start}, %{before}], [{following}, %{body.block}]")
        body.emit(f"{following} = add i64 {index}, 1")
        body.branch_if(body.compare("slt", "i64", following, str(start + count)), loop, after)
        body.open(after)

    def _scalar(self, kind: str, index: str) -> None:
        """Put the number in argument `index` in its place."""
        body = self.body
        argument, place = body.item("%arguments", index), body.at("%values", index, "i64")
        body.unbox(kind, argument, place)
        body.put("ptr", place, "%inputs", index)

    def _array(self, index: int) -> None:
        """Check the argument's header, bind the sizes that it tells, and remember its other dims for later."""
        body, type = self.body, self.inputs[index]
        argument = body.item("%arguments", index)
        body.fit_array(argument, type, C_CONTIGUOUS | ALIGNED)
        shape = body.field(argument, cpython.DIMS)
        for axis, dim in enumerate(type.shape):
            found = body.field(shape, 8 * axis, "i64")
            name = str(dim)
            if self.binders.get(name) == (index, axis):
                self.sizes[name] = found
                body.put("i64", found, "%sizes", self.signature.sizes.index(name))
            else:
                self.dims.append((found, dim))
            if (index, axis) in self.solutions:
                self.lengths[self.solutions[index, axis].name] = found
        body.put("ptr", body.field(argument, cpython.DATA), "%inputs", index)

    def _checks(self) -> None:
        """Above some size the slow path looks whether 64 bits are enough; below, all that follows is exact."""
        body = self.body
        self._solve()
        if self.sizes:
            bits = functools.reduce(lambda a, b: body.op("or", "i64", a, b), self.sizes.values())
            body.fit(body.compare("ult", "i64", bits, str(1 << self.signature.safe_bits())))
        conditions = [body.compare("eq", "i64", found, emit_dim(body, dim, self.sizes)) for found, dim in self.dims]
        conditions += [body.compare("sge", "i64", emit_dim(body, dim, self.sizes), "0") for dim, _ in self.signature.guards]
        body.all_fit(conditions)

    def _solve(self) -> None:
        """Bind the sizes that stand inside polynomials only. Whether they are whole is seen where the axes are compared."""
        body = self.body
        for name, _, _, factor, rest in self.signature.solutions():
            found = body.op("sub", "i64", self.lengths[name], emit_dim(body, rest, self.sizes))
            if factor == -1:  # the quotient of the least integer by -1 would trap
                found = body.op("sub", "i64", "0", found)
            elif factor != 1:
                found = body.op("sdiv", "i64", found, str(factor))
            self.sizes[name] = found
            body.put("i64", found, "%sizes", self.signature.sizes.index(name))

    def _given(self) -> None:
        """Check the arrays in `out`, if there are any, and put them into %given."""
        body = self.body
        with body.when(body.compare("ne", "ptr", "%out", "null")):
            items = ["%out"] if self.signature.single else self._items()
            arrays = [k for k, type in enumerate(self.inputs) if type.ndim]
            for slot, k in enumerate(arrays):
                self._range(slot, body.item("%inputs", k), self.inputs[k])
            for slot, k in enumerate(self.takes, len(arrays)):
                self._given_array(slot, k, items[k])
            body.all_fit([body.is_none(item) for k, item in enumerate(items) if k not in self.takes])
            ranges = [("ptr", "%ranges"), ("i64", str(len(arrays))), ("i64", str(len(arrays) + len(self.takes)))]
            body.fit(body.call("i1", "call.apart", ranges))

    def _items(self) -> list[str]:
        """What is in the tuple `out`, one for each output."""
        body, count = self.body, len(self.outputs)
        body.fit(body.is_a("%out", "tuple"))
        body.fit(body.compare("eq", "i64", body.field("%out", cpython.TUPLE_SIZE, "i64"), str(count)))
        return [body.field("%out", cpython.TUPLE_ITEMS + 8 * k) for k in range(count)]

    def _given_array(self, slot: int, k: int, item: str) -> None:
        body, type = self.body, self.outputs[k]
        body.put("i64", "0", "%ranges", 2 * slot)
        body.put("i64", "0", "%ranges", 2 * slot + 1)
        with body.when(body.compare("ne", "ptr", item, "@wengert.none")):
            body.fit_array(item, type, C_CONTIGUOUS | ALIGNED | WRITEABLE)
            shape = body.field(item, cpython.DIMS)
            body.all_fit([body.compare("eq", "i64", body.field(shape, 8 * axis, "i64"), emit_dim(body, dim, self.sizes))
                          for axis, dim in enumerate(type.shape)])
            self._range(slot, body.field(item, cpython.DATA), type)
            body.put("ptr", item, "%given", k)

    def _range(self, slot: int, data: str, type: Type) -> None:
        """The bytes of an array, from the first to behind the last."""
        body = self.body
        begin = body.convert("ptrtoint", "ptr", data, "i64")
        end = body.op("add", "i64", begin, emit_dim(body, _bytes(type), self.sizes))
        body.put("i64", begin, "%ranges", 2 * slot)
        body.put("i64", end, "%ranges", 2 * slot + 1)

    def _results(self) -> None:
        """A place for every output: a number's, a given array's, or a new array's."""
        body = self.body
        for k, type in enumerate(self.outputs):
            if not type.ndim:
                body.put("ptr", body.at("%numbers", k, "i64"), "%outputs", k)
                continue
            if self.signature.failures:  # a given array is written when all has gone well
                array = self._new_array(type)
            else:
                array = self._given_or_new(k, type)
            body.put("ptr", array, "%results", k)
            body.put("ptr", body.field(array, cpython.DATA), "%outputs", k)

    def _given_or_new(self, k: int, type: Type) -> str:
        body = self.body
        given = body.item("%given", k)
        return body.either(body.compare("eq", "ptr", given, "null"), "ptr", lambda: self._new_array(type), lambda: body.keep(given))

    def _new_array(self, type: Type) -> str:
        body = self.body
        for axis, dim in enumerate(type.shape):
            body.put("i64", emit_dim(body, dim, self.sizes), "%axes", axis)
        dtype = body.keep(f"@wengert.dtype.{type.dtype.name}")  # NewFromDescr takes the reference over
        array = [("ptr", "@wengert.type.ndarray"), ("ptr", dtype), ("i32", str(type.ndim)), ("ptr", "%axes")]
        if results.may_be_large(type):
            made = body.call("ptr", "results.array", [*array, ("i64", emit_dim(body, _bytes(type), self.sizes))])
        else:
            made = body.call("ptr", "PyArray_NewFromDescr", [*array, ("ptr", "null"), ("ptr", "null"), ("i32", "0"), ("ptr", "null")])
        body.require(body.compare("ne", "ptr", made, "null"), "fail")
        return made

    def _work(self) -> None:
        """Run the code, without the GIL where that is worth it."""
        body = self.body

        def release() -> str:
            return body.call("ptr", "PyEval_SaveThread", [])

        work = emit_dim(body, self.signature.work, self.sizes)
        if work.startswith("%"):
            thread = body.either(body.compare("sgt", "i64", work, str(LONG_WORK)), "ptr", release, lambda: "null")
        else:
            thread = release() if int(work) > LONG_WORK else "null"
        code = body.call("i32", "run", [("ptr", "%inputs"), ("ptr", "%outputs"), ("ptr", "%sizes")])
        if thread != "null":
            with body.when(body.compare("ne", "ptr", thread, "null")):
                body.emit(f"call void @PyEval_RestoreThread(ptr {thread})")
        body.require(body.compare("eq", "i32", code, "0"), "undo")

    def _boxes(self) -> None:
        """Python numbers for the outputs of rank 0, then the tuple."""
        body = self.body
        for k, type in enumerate(self.outputs):
            if type.ndim and self.signature.failures:
                bytes = emit_dim(body, _bytes(type), self.sizes)
                body.emit(f"call void @call.hand_over(ptr %results, ptr %given, i64 {k}, i64 {bytes})")
        for k, type in enumerate(self.outputs):
            if not type.ndim:
                self._number(k, type)
        if self.signature.single:
            body.emit(f"ret ptr {body.value('load ptr, ptr %results')}")
            return
        pair = body.call("ptr", "PyTuple_New", [("i64", str(len(self.outputs)))])
        body.require(body.compare("ne", "ptr", pair, "null"), "fail")
        for k in range(len(self.outputs)):
            item = body.item("%results", k)
            body.put("ptr", item, pair, cpython.TUPLE_ITEMS // 8 + k)
        body.emit(f"ret ptr {pair}")

    def _number(self, k: int, type: Type) -> None:
        """The number in place k as a result: in the array of rank 0 that was given for it, or as a Python number."""
        body, place, dtype = self.body, self.body.at("%numbers", k, "i64"), type.dtype.name

        def boxed() -> str:
            number = body.box(dtype, place)
            body.require(body.compare("ne", "ptr", number, "null"), "fail")
            return number

        def copied() -> str:
            body.copy(dtype, place, given)
            return body.keep(given)

        if k in self.takes:
            given = body.item("%given", k)
            result = body.either(body.compare("eq", "ptr", given, "null"), "ptr", boxed, copied)
        else:
            result = boxed()
        body.put("ptr", result, "%results", k)

    def _exits(self) -> None:
        """The ways out that are not a result."""
        body, count = self.body, len(self.outputs)
        body.open("undo")
        body.emit(f"call void @call.drop_results(ptr %results, i64 {count})")
        body.branch("slow")
        body.open("slow")
        arguments = [("ptr", body.field("%self", self.slow_offset)), ("ptr", "%args"), ("i64", "%nargsf"), ("ptr", "%kwnames")]
        body.emit(f"ret ptr {body.call('ptr', 'call.slow', arguments)}")
        body.open("fail")
        body.emit(f"call void @call.drop_results(ptr %results, i64 {count})")
        body.emit("ret ptr null")
