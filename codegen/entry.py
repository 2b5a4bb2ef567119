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
from .signature import Signature
from .sizes import emit_dim
from .text import Body

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
        self.dims: list[tuple[str, Dim]] = []   # loaded dims that remain to be compared
        self.body = Body()

    def _takes(self) -> list[int]:
        """The outputs for which `out` may have an array here. Numbers alone keep the shortest call, and many take much code."""
        numbers = sum(not type.ndim for type in self.outputs)
        mixed = numbers < min(len(self.outputs), _LOOP)
        return [k for k, type in enumerate(self.outputs) if type.ndim or mixed]

    def emit(self) -> Body:
        body = self.body
        self._places()
        self._arity()
        for rank0, group in groupby(range(len(self.inputs)), lambda i: self._kind(i)):
            self._arguments(rank0, list(group))
        self._checks()
        if self.takes:
            self._given()
        self._results()
        self._work()
        self._boxes()
        self._exits()
        return body

    # -- small emitters

    def _field(self, pointer: str, offset: int, type: str = "ptr") -> str:
        at = self.body.value(f"getelementptr i8, ptr {pointer}, i64 {offset}")
        return self.body.value(f"load {type}, ptr {at}")

    def _at(self, array: str, index: int | str, type: str = "ptr") -> str:
        return self.body.value(f"getelementptr {type}, ptr {array}, i64 {index}")

    def _store(self, type: str, value: str, array: str, index: int | str) -> None:
        self.body.emit(f"store {type} {value}, ptr {self._at(array, index, type)}")

    def _require(self, condition: str, otherwise: str = "slow") -> None:
        """Go on in a new block if the condition holds."""
        label = self.body.label("ok")
        self.body.branch_if(condition, label, otherwise)
        self.body.open(label)

    def _all(self, conditions: list[str], otherwise: str = "slow") -> None:
        if not conditions:
            return
        total = conditions[0]
        for condition in conditions[1:]:
            total = self.body.op("and", "i1", total, condition)
        self._require(total, otherwise)

    # -- the parts

    def _places(self) -> None:
        ins, outs = max(len(self.inputs), 1), max(len(self.outputs), 1)
        axes = max([1, *(type.ndim for type in self.outputs)])
        for name, count, type in (
                ("values", ins, "i64"), ("inputs", ins, "ptr"), ("outputs", outs, "ptr"), ("numbers", outs, "i64"),
                ("sizes", max(len(self.signature.sizes), 1), "i64"), ("results", outs, "ptr"), ("given", outs, "ptr"),
                ("ranges", 2 * (ins + outs), "i64"), ("axes", axes, "i64"), ("ordered", ins + 1, "ptr")):
            self.body.emit(f"%{name} = alloca [{count} x {type}]")
        for k in range(len(self.outputs)):
            self._store("ptr", "null", "%results", k)
            self._store("ptr", "null", "%given", k)

    def _arity(self) -> None:
        """All arguments by position, or else some by their names, which are brought into order; and perhaps `out`."""
        body, count = self.body, len(self.inputs)
        given = body.op("and", "i64", "%nargsf", str(2**63 - 1))
        plain, keyword, bind = body.label("plain"), body.label("keyword"), body.label("bind")
        body.branch_if(body.compare("eq", "ptr", "%kwnames", "null"), plain, keyword)
        body.open(keyword)
        places = [("ptr", "%args"), ("i64", given), ("ptr", "%kwnames"), ("ptr", "@call.names"), ("ptr", "%ordered"), ("i64", str(count))]
        self._require(body.call("i1", "call.reorder", places))
        out = body.value(f"load ptr, ptr {self._at('%ordered', count)}")
        last = body.block
        body.branch(bind)
        body.open(plain)
        body.branch_if(body.compare("eq", "i64", given, str(count)), bind, "slow")
        body.open(bind)
        body.emit(f"%arguments = phi ptr [%args, %{plain}], [%ordered, %{last}]")
        body.emit(f"%out = phi ptr [null, %{plain}], [{out}, %{last}]")

    def _kind(self, index: int) -> str:
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
        argument = self.body.value(f"load ptr, ptr {self._at('%arguments', index)}")
        place = self._at("%values", index, "i64")
        if kind in ("float64", "float32"):
            self._float(argument, place)
            if kind == "float32":
                wide = self.body.value(f"load double, ptr {place}")
                self.body.emit(f"store float {self.body.convert('fptrunc', 'double', wide, 'float')}, ptr {place}")
        elif kind == "bool":
            self._bool(argument, place)
        else:
            self._int(kind, argument, place)
        self._store("ptr", place, "%inputs", index)

    def _float(self, argument: str, place: str) -> None:
        body = self.body
        exact, other, after = body.label("exact"), body.label("other"), body.label("after")
        body.branch_if(body.compare("eq", "ptr", self._field(argument, cpython.TYPE), "@wengert.type.float"), exact, other)
        body.open(other)
        body.branch_if(body.call("i1", "call.other_float", [("ptr", argument), ("ptr", place)]), after, "slow")
        body.open(exact)
        body.emit(f"store double {self._field(argument, cpython.FLOAT, 'double')}, ptr {place}")
        body.branch(after)
        body.open(after)

    def _bool(self, argument: str, place: str) -> None:
        body = self.body
        true = body.compare("eq", "ptr", argument, "@wengert.true")
        false = body.compare("eq", "ptr", argument, "@wengert.false")
        self._require(body.op("or", "i1", true, false))
        body.emit(f"store i8 {body.convert('zext', 'i1', true, 'i8')}, ptr {place}")

    def _int(self, kind: str, argument: str, place: str) -> None:
        body = self.body
        self._require(body.compare("eq", "ptr", self._field(argument, cpython.TYPE), "@wengert.type.int"))
        value = body.call("i64", "PyLong_AsLongLongAndOverflow", [("ptr", argument), ("ptr", "%axes")])
        fits = body.compare("eq", "i32", body.value("load i32, ptr %axes"), "0")
        if kind == "int32":
            value32 = body.convert("trunc", "i64", value, "i32")
            same = body.compare("eq", "i64", body.convert("sext", "i32", value32, "i64"), value)
            fits = body.op("and", "i1", fits, same)
        self._require(fits)
        body.emit(f"store {f'i32 {value32}' if kind == 'int32' else f'i64 {value}'}, ptr {place}")

    def _matches(self, array: str, type: Type, flags: int) -> None:
        dtype = f"@wengert.dtype.{type.dtype.name}"
        self._require(self.body.call("i1", "call.array_matches", [
            ("ptr", array), ("ptr", dtype), ("i32", str(type.ndim)), ("i32", str(flags))]))

    def _array(self, index: int) -> None:
        """Check the argument's header, bind the sizes that it tells, and remember its other dims for later."""
        type = self.inputs[index]
        argument = self._field("%arguments", 8 * index)
        self._matches(argument, type, C_CONTIGUOUS | ALIGNED)
        shape = self._field(argument, cpython.DIMS)
        for axis, dim in enumerate(type.shape):
            found = self._field(shape, 8 * axis, "i64")
            name = str(dim)
            if self.binders.get(name) == (index, axis):
                self.sizes[name] = found
                self._store("i64", found, "%sizes", self.signature.sizes.index(name))
            else:
                self.dims.append((found, dim))
        self._store("ptr", self._field(argument, cpython.DATA), "%inputs", index)

    def _checks(self) -> None:
        """Above some size the slow path looks whether 64 bits are enough; below, all that follows is exact."""
        body = self.body
        if self.sizes:
            bits = functools.reduce(lambda a, b: body.op("or", "i64", a, b), self.sizes.values())
            self._require(body.compare("ult", "i64", bits, str(1 << self.signature.safe_bits())))
        conditions = [body.compare("eq", "i64", found, emit_dim(body, dim, self.sizes)) for found, dim in self.dims]
        conditions += [body.compare("sge", "i64", emit_dim(body, dim, self.sizes), "0") for dim, _ in self.signature.guards]
        self._all(conditions)

    def _given(self) -> None:
        """Check the arrays in `out`, if there are any, and put them into %given."""
        body = self.body
        some, after = body.label("given"), body.label("results")
        body.branch_if(body.compare("eq", "ptr", "%out", "null"), after, some)
        body.open(some)
        if self.signature.single:
            items = ["%out"]
        else:
            self._require(body.compare("eq", "ptr", self._field("%out", cpython.TYPE), "@wengert.type.tuple"))
            size = self._field("%out", cpython.TUPLE_SIZE, "i64")
            self._require(body.compare("eq", "i64", size, str(len(self.outputs))))
            items = [self._field("%out", cpython.TUPLE_ITEMS + 8 * k) for k in range(len(self.outputs))]
        arrays = [k for k, type in enumerate(self.inputs) if type.ndim]
        for slot, k in enumerate(arrays):
            self._range(slot, body.value(f"load ptr, ptr {self._at('%inputs', k)}"), self.inputs[k])
        for slot, k in enumerate(self.takes, len(arrays)):
            self._given_array(slot, k, items[k])
        self._all([body.compare("eq", "ptr", item, "@wengert.none") for k, item in enumerate(items) if k not in self.takes])
        arguments = [("ptr", "%ranges"), ("i64", str(len(arrays))), ("i64", str(len(arrays) + len(self.takes)))]
        body.branch_if(body.call("i1", "call.overlaps", arguments), "slow", after)
        body.open(after)

    def _given_array(self, slot: int, k: int, item: str) -> None:
        body, type = self.body, self.outputs[k]
        array, after = body.label("array"), body.label("after")
        self._store("i64", "0", "%ranges", 2 * slot)
        self._store("i64", "0", "%ranges", 2 * slot + 1)
        body.branch_if(body.compare("eq", "ptr", item, "@wengert.none"), after, array)
        body.open(array)
        self._matches(item, type, C_CONTIGUOUS | ALIGNED | WRITEABLE)
        shape = self._field(item, cpython.DIMS)
        self._all([body.compare("eq", "i64", self._field(shape, 8 * axis, "i64"), emit_dim(body, dim, self.sizes))
                   for axis, dim in enumerate(type.shape)])
        self._range(slot, self._field(item, cpython.DATA), type)
        self._store("ptr", item, "%given", k)
        body.branch(after)
        body.open(after)

    def _range(self, slot: int, data: str, type: Type) -> None:
        begin = self.body.convert("ptrtoint", "ptr", data, "i64")
        end = self.body.op("add", "i64", begin, emit_dim(self.body, _bytes(type), self.sizes))
        self._store("i64", begin, "%ranges", 2 * slot)
        self._store("i64", end, "%ranges", 2 * slot + 1)

    def _results(self) -> None:
        """A place for every output: a number's, a given array's, or a new array's."""
        for k, type in enumerate(self.outputs):
            if type.ndim:
                self._store("ptr", self._field(self._result_array(k, type), cpython.DATA), "%outputs", k)
            else:
                self._store("ptr", self._at("%numbers", k, "i64"), "%outputs", k)

    def _result_array(self, k: int, type: Type) -> str:
        body = self.body
        new, old, after = body.label("new"), body.label("old"), body.label("after")
        given = "null" if self.signature.failures else body.value(f"load ptr, ptr {self._at('%given', k)}")
        body.branch_if(body.compare("eq", "ptr", given, "null"), new, old)
        body.open(old)
        body.emit(f"call void @Py_IncRef(ptr {given})")
        body.branch(after)
        body.open(new)
        for axis, dim in enumerate(type.shape):
            self._store("i64", emit_dim(body, dim, self.sizes), "%axes", axis)
        dtype = f"@wengert.dtype.{type.dtype.name}"
        body.emit(f"call void @Py_IncRef(ptr {dtype})")  # NewFromDescr takes the reference over
        array = [("ptr", "@wengert.type.ndarray"), ("ptr", dtype), ("i32", str(type.ndim)), ("ptr", "%axes")]
        if results.may_be_large(type):
            made = body.call("ptr", "results.array", [*array, ("i64", emit_dim(body, _bytes(type), self.sizes))])
        else:
            made = body.call("ptr", "PyArray_NewFromDescr", [*array, ("ptr", "null"), ("ptr", "null"), ("i32", "0"), ("ptr", "null")])
        self._require(body.compare("ne", "ptr", made, "null"), "fail")
        last = body.block
        body.branch(after)
        body.open(after)
        result = body.value(f"phi ptr [{given}, %{old}], [{made}, %{last}]")
        self._store("ptr", result, "%results", k)
        return result

    def _work(self) -> None:
        """Run the code, without the GIL where that is worth it."""
        body = self.body
        work = emit_dim(body, self.signature.work, self.sizes)
        if not work.startswith("%"):
            thread = body.call("ptr", "PyEval_SaveThread", []) if int(work) > LONG_WORK else "null"
        else:
            before, long, go = body.block, body.label("long"), body.label("go")
            body.branch_if(body.compare("sgt", "i64", work, str(LONG_WORK)), long, go)
            body.open(long)
            saved = body.call("ptr", "PyEval_SaveThread", [])
            body.branch(go)
            body.open(go)
            thread = body.value(f"phi ptr [null, %{before}], [{saved}, %{long}]")
        code = body.call("i32", "run", [("ptr", "%inputs"), ("ptr", "%outputs"), ("ptr", "%sizes")])
        if thread != "null":
            restore, after = body.label("restore"), body.label("after")
            body.branch_if(body.compare("eq", "ptr", thread, "null"), after, restore)
            body.open(restore)
            body.emit(f"call void @PyEval_RestoreThread(ptr {thread})")
            body.branch(after)
            body.open(after)
        self._require(body.compare("eq", "i32", code, "0"), "undo")

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
        self._require(body.compare("ne", "ptr", pair, "null"), "fail")
        for k in range(len(self.outputs)):
            item = body.value(f"load ptr, ptr {self._at('%results', k)}")
            at = body.value(f"getelementptr i8, ptr {pair}, i64 {cpython.TUPLE_ITEMS + 8 * k}")
            body.emit(f"store ptr {item}, ptr {at}")
        body.emit(f"ret ptr {pair}")

    def _number(self, k: int, type: Type) -> None:
        """The number in place k as a result: in the array of rank 0 that was given for it, or as a Python number."""
        body, place = self.body, self._at("%numbers", k, "i64")
        box, array, after = body.label("box"), body.label("array"), body.label("after")
        if k in self.takes:
            given = body.value(f"load ptr, ptr {self._at('%given', k)}")
            body.branch_if(body.compare("eq", "ptr", given, "null"), box, array)
            body.open(array)
            bits = f"i{8 * type.dtype.itemsize}"
            body.emit(f"store {bits} {body.value(f'load {bits}, ptr {place}')}, ptr {self._field(given, cpython.DATA)}")
            body.emit(f"call void @Py_IncRef(ptr {given})")
            self._store("ptr", given, "%results", k)
            body.branch(after)
            body.open(box)
        number = self._box(type.dtype.name, place)
        self._require(body.compare("ne", "ptr", number, "null"), "fail")
        self._store("ptr", number, "%results", k)
        if k in self.takes:
            body.branch(after)
            body.open(after)

    def _box(self, dtype: str, place: str) -> str:
        body = self.body
        if dtype in ("float64", "float32"):
            value = body.value(f"load {'double' if dtype == 'float64' else 'float'}, ptr {place}")
            if dtype == "float32":
                value = body.convert("fpext", "float", value, "double")
            return body.call("ptr", "PyFloat_FromDouble", [("double", value)])
        type = {"int64": "i64", "int32": "i32", "bool": "i8"}[dtype]
        value = body.value(f"load {type}, ptr {place}")
        if type != "i64":
            value = body.convert("zext" if dtype == "bool" else "sext", type, value, "i64")
        return body.call("ptr", "PyBool_FromLong" if dtype == "bool" else "PyLong_FromLongLong", [("i64", value)])

    def _exits(self) -> None:
        """The ways out that are not a result."""
        body, count = self.body, len(self.outputs)
        body.open("undo")
        body.emit(f"call void @call.drop_results(ptr %results, i64 {count})")
        body.branch("slow")
        body.open("slow")
        arguments = [("ptr", self._field("%self", self.slow_offset)), ("ptr", "%args"), ("i64", "%nargsf"), ("ptr", "%kwnames")]
        body.emit(f"ret ptr {body.call('ptr', 'call.slow', arguments)}")
        body.open("fail")
        body.emit(f"call void @call.drop_results(ptr %results, i64 {count})")
        body.emit("ret ptr null")
