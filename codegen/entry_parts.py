"""The parts of the fast path whose text is the same for every function: declarations and small internal functions.

Knows nothing of any signature. Read `entry.py`, which calls them, next.
"""
from __future__ import annotations

import re

from . import cpython

DECLARATIONS = """\
declare ptr @PyObject_VectorcallMethod(ptr, ptr, i64, ptr)
declare ptr @PyFloat_FromDouble(double)
declare ptr @PyLong_FromLongLong(i64)
declare ptr @PyBool_FromLong(i64)
declare double @PyLong_AsDouble(ptr)
declare i64 @PyLong_AsLongLongAndOverflow(ptr, ptr)
declare ptr @PyErr_Occurred()
declare void @PyErr_Clear()
declare ptr @PyTuple_New(i64)
declare void @Py_IncRef(ptr)
declare void @Py_DecRef(ptr)
declare ptr @PyEval_SaveThread()
declare void @PyEval_RestoreThread(ptr)
declare ptr @PyArray_NewFromDescr(ptr, ptr, i32, ptr, ptr, ptr, i32, ptr)
declare ptr @results.array(ptr, ptr, i32, ptr, i64)
"""
OBJECTS = ("type.float", "type.int", "type.tuple", "type.float64", "type.ndarray", "true", "false", "none", "name.out", "name.call",
            *(f"dtype.{dtype.name}" for dtype in cpython.DTYPES))

# A float argument that is no plain float: NumPy's float64 keeps its value in the same place; an int is converted.
OTHER_FLOAT = f"""
define internal i1 @call.other_float(ptr %object, ptr %place) noinline cold nounwind {{
  %at = getelementptr i8, ptr %object, i64 {cpython.TYPE}
  %type = load ptr, ptr %at
  %numpy = icmp eq ptr %type, @wengert.type.float64
  br i1 %numpy, label %direct, label %other
direct:
  %from = getelementptr i8, ptr %object, i64 {cpython.FLOAT}
  %same = load double, ptr %from
  store double %same, ptr %place
  ret i1 true
other:
  %whole = icmp eq ptr %type, @wengert.type.int
  br i1 %whole, label %convert, label %no
convert:
  %value = call double @PyLong_AsDouble(ptr %object)
  store double %value, ptr %place
  %odd = fcmp oeq double %value, -1.0
  br i1 %odd, label %check, label %yes
check:
  %error = call ptr @PyErr_Occurred()
  %none = icmp eq ptr %error, null
  br i1 %none, label %yes, label %clear
clear:
  call void @PyErr_Clear()
  br label %no
yes:
  ret i1 true
no:
  ret i1 false
}}
"""

# An array that was unpickled or loaded has a dtype object of its own, equal to NumPy's.
ARRAY_MATCHES = f"""
define internal i1 @call.array_matches(ptr %object, ptr %dtype, i32 %rank, i32 %need) nounwind {{
  %at = getelementptr i8, ptr %object, i64 {cpython.TYPE}
  %type = load ptr, ptr %at
  %is = icmp eq ptr %type, @wengert.type.ndarray
  br i1 %is, label %array, label %no
array:
  %a1 = getelementptr i8, ptr %object, i64 {cpython.DESCR}
  %found = load ptr, ptr %a1
  %ours = icmp eq ptr %found, %dtype
  br i1 %ours, label %rest, label %other
other:
  %a4 = getelementptr i8, ptr %found, i64 {cpython.KIND}
  %a5 = getelementptr i8, ptr %dtype, i64 {cpython.KIND}
  %kind0 = load i64, ptr %a4
  %kind1 = load i64, ptr %a5
  %apart = xor i64 %kind0, %kind1
  %meant = and i64 %apart, {cpython.KIND_MASK}
  %equal = icmp eq i64 %meant, 0
  br i1 %equal, label %rest, label %no
rest:
  %a2 = getelementptr i8, ptr %object, i64 {cpython.NDIM}
  %axes = load i32, ptr %a2
  %c2 = icmp eq i32 %axes, %rank
  %a3 = getelementptr i8, ptr %object, i64 {cpython.FLAGS}
  %flags = load i32, ptr %a3
  %masked = and i32 %flags, %need
  %c3 = icmp eq i32 %masked, %need
  %c = and i1 %c2, %c3
  ret i1 %c
no:
  ret i1 false
}}
"""

# Whether no address range from `first` on meets any range before it. Ranges are pairs (begin, end).
APART = """
define internal i1 @call.apart(ptr %ranges, i64 %first, i64 %count) noinline nounwind {
entry:
  br label %outer
outer:
  %i = phi i64 [%first, %entry], [%i1, %next]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %begin, label %yes
begin:
  %pi = getelementptr [2 x i64], ptr %ranges, i64 %i
  %bi = load i64, ptr %pi
  %qi = getelementptr i64, ptr %pi, i64 1
  %ei = load i64, ptr %qi
  br label %inner
inner:
  %j = phi i64 [0, %begin], [%j1, %step]
  %some = icmp slt i64 %j, %i
  br i1 %some, label %step, label %next
step:
  %pj = getelementptr [2 x i64], ptr %ranges, i64 %j
  %bj = load i64, ptr %pj
  %qj = getelementptr i64, ptr %pj, i64 1
  %ej = load i64, ptr %qj
  %c1 = icmp slt i64 %bi, %ej
  %c2 = icmp slt i64 %bj, %ei
  %both = and i1 %c1, %c2
  %j1 = add i64 %j, 1
  br i1 %both, label %no, label %inner
next:
  %i1 = add i64 %i, 1
  br label %outer
no:
  ret i1 false
yes:
  ret i1 true
}
"""

# Puts arguments that are partly given by name into the order of `names`, the one called `out` behind the others.
# False if one is missing, given twice or unknown.
REORDER = f"""
define internal i1 @call.reorder(ptr %args, i64 %given, ptr %kwnames, ptr %names, ptr %ordered, i64 %count) nounwind {{
entry:
  %fits = icmp sle i64 %given, %count
  br i1 %fits, label %clear, label %no
clear:
  %i = phi i64 [0, %entry], [%i1, %clear]
  %before = icmp slt i64 %i, %given
  %pi = getelementptr ptr, ptr %args, i64 %i
  %at = select i1 %before, ptr %pi, ptr @call.nothing
  %first = load ptr, ptr %at
  %qi = getelementptr ptr, ptr %ordered, i64 %i
  store ptr %first, ptr %qi
  %i1 = add i64 %i, 1
  %more = icmp sle i64 %i1, %count
  br i1 %more, label %clear, label %named
named:
  %psize = getelementptr i8, ptr %kwnames, i64 {cpython.TUPLE_SIZE}
  %size = load i64, ptr %psize
  br label %each
each:
  %k = phi i64 [0, %named], [%k1, %place]
  %some = icmp slt i64 %k, %size
  br i1 %some, label %take, label %full
take:
  %items = getelementptr i8, ptr %kwnames, i64 {cpython.TUPLE_ITEMS}
  %pk = getelementptr ptr, ptr %items, i64 %k
  %name = load ptr, ptr %pk
  br label %search
search:
  %j = phi i64 [0, %take], [%j1, %next]
  %left = icmp sle i64 %j, %count
  br i1 %left, label %compare, label %no
compare:
  %pj = getelementptr ptr, ptr %names, i64 %j
  %nj = load ptr, ptr %pj
  %same = icmp eq ptr %nj, %name
  br i1 %same, label %found, label %next
next:
  %j1 = add i64 %j, 1
  br label %search
found:
  %qj = getelementptr ptr, ptr %ordered, i64 %j
  %present = load ptr, ptr %qj
  %free = icmp eq ptr %present, null
  br i1 %free, label %place, label %no
place:
  %position = add i64 %given, %k
  %pv = getelementptr ptr, ptr %args, i64 %position
  %value = load ptr, ptr %pv
  store ptr %value, ptr %qj
  %k1 = add i64 %k, 1
  br label %each
full:
  %m = phi i64 [0, %each], [%m1, %there]
  %unseen = icmp slt i64 %m, %count
  br i1 %unseen, label %look, label %yes
look:
  %pm = getelementptr ptr, ptr %ordered, i64 %m
  %vm = load ptr, ptr %pm
  %m1 = add i64 %m, 1
  %lacks = icmp eq ptr %vm, null
  br i1 %lacks, label %no, label %there
there:
  br label %full
yes:
  ret i1 true
no:
  ret i1 false
}}
@call.nothing = internal constant ptr null
"""

# The slow path's method `call`, with the same arguments: PyObject_Vectorcall is no symbol of CPython 3.10. Where the
# collector has cleared the slow path, it is None's method that is looked for: an AttributeError.
SLOW = f"""
define internal ptr @call.slow(ptr %object, ptr %args, i64 %nargsf, ptr %kwnames) noinline cold nounwind {{
entry:
  %cleared = icmp eq ptr %object, null
  %self = select i1 %cleared, ptr @wengert.none, ptr %object
  %given = and i64 %nargsf, {2**63 - 1}
  %plain = icmp eq ptr %kwnames, null
  br i1 %plain, label %room, label %keyword
keyword:
  %psize = getelementptr i8, ptr %kwnames, i64 {cpython.TUPLE_SIZE}
  %size = load i64, ptr %psize
  br label %room
room:
  %named = phi i64 [0, %entry], [%size, %keyword]
  %count = add i64 %given, %named
  %places = add i64 %count, 1
  %all = alloca ptr, i64 %places
  store ptr %self, ptr %all
  br label %copy
copy:
  %i = phi i64 [0, %room], [%i1, %one]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %one, label %go
one:
  %from = getelementptr ptr, ptr %args, i64 %i
  %argument = load ptr, ptr %from
  %i1 = add i64 %i, 1
  %to = getelementptr ptr, ptr %all, i64 %i1
  store ptr %argument, ptr %to
  br label %copy
go:
  %positional = add i64 %given, 1
  %result = call ptr @PyObject_VectorcallMethod(ptr @wengert.name.call, ptr %all, i64 %positional, ptr %kwnames)
  ret ptr %result
}}
"""

# Output k's result goes into the array that was given for it, if any, which becomes the result: a program that can fail
# writes no given array before it has succeeded.
HAND_OVER = f"""
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1 immarg)
define internal void @call.hand_over(ptr %results, ptr %given, i64 %k, i64 %bytes) nounwind {{
  %pg = getelementptr ptr, ptr %given, i64 %k
  %array = load ptr, ptr %pg
  %none = icmp eq ptr %array, null
  br i1 %none, label %done, label %copy
copy:
  %pr = getelementptr ptr, ptr %results, i64 %k
  %result = load ptr, ptr %pr
  %qf = getelementptr i8, ptr %result, i64 {cpython.DATA}
  %qt = getelementptr i8, ptr %array, i64 {cpython.DATA}
  %from = load ptr, ptr %qf
  %to = load ptr, ptr %qt
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  store ptr %array, ptr %pr
  call void @Py_IncRef(ptr %array)
  call void @Py_DecRef(ptr %result)
  br label %done
done:
  ret void
}}
"""

DROP = """
define internal void @call.drop_results(ptr %results, i64 %count) noinline cold nounwind {
entry:
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%i1, %next]
  %more = icmp slt i64 %i, %count
  br i1 %more, label %look, label %done
look:
  %at = getelementptr ptr, ptr %results, i64 %i
  %result = load ptr, ptr %at
  %none = icmp eq ptr %result, null
  br i1 %none, label %next, label %drop
drop:
  call void @Py_DecRef(ptr %result)
  br label %next
next:
  %i1 = add i64 %i, 1
  br label %loop
done:
  ret void
}
"""


def parts(code: str) -> str:
    """Those that `code` refers to, directly or through each other."""
    functions = ""
    for function in (OTHER_FLOAT, ARRAY_MATCHES, APART, REORDER, SLOW, HAND_OVER, DROP):
        name = function.split("define internal")[1].split("@", 1)[1].split("(", 1)[0]
        if f"@{name}(" in code:
            functions += function
    used = set(re.findall(r"@([\w.]+)", code + functions))
    declarations = "".join(line for line in DECLARATIONS.splitlines(True) if line.split("@")[1].split("(")[0] in used)
    objects = "".join(f"@wengert.{name} = external global i8\n" for name in OBJECTS if f"wengert.{name}" in used)
    arguments = "".join(f"@{name} = external global i8\n" for name in sorted(used) if name.startswith("wengert.argument."))
    return declarations + objects + arguments + functions
