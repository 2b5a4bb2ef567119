"""Parallel loops: the threads of this process and the IR by which compiled code shares a range among them.

One pool serves every function. It is code that is never unloaded, so a thread outlives no code of its own; its threads
start with the first region, look out for the next one for some microseconds and then sleep. The caller works too, and
only waits for parts that were begun: with the cores taken by others a region is as slow as one thread, never slower.
A second region at the same time (another thread of Python's) runs on its caller alone. A forked child starts threads anew.
Where the platform has no pthreads, there is one thread.

A range is cut at fixed multiples into more parts than threads; no result depends on who ran which part.
"""
from __future__ import annotations

import ctypes
import functools
import os

from .code import Loaded, resident
from .text import Body

ABOVE = 200_000  # estimated scalar operations from which a region is split
ALIGN = 64       # parts begin at multiples of this, so that vectors and cache lines are not shared
PARTS = 4        # for each thread, so that a thread that lost its core for a while does not hold up the rest

_PTHREADS = ("pthread_create", "pthread_detach", "pthread_mutex_init", "pthread_mutex_lock", "pthread_mutex_unlock",
             "pthread_cond_init", "pthread_cond_wait", "pthread_cond_broadcast", "sched_yield")


def at_most(wanted: int | None) -> int:
    """How many threads a region is split into where so many are wanted: never more than processors."""
    return threads() if wanted is None else min(wanted, threads())


def threads() -> int:
    """How many threads a region is split into: the processors that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return count if available() else 1


def available() -> bool:
    """Whether this platform can share out a region at all."""
    return bool(_pthreads())


def addresses() -> dict[str, int]:
    """The symbols of the pool, which is loaded when first asked for."""
    return {"wg.parallel": _pool().address("wg.parallel")}


@functools.cache
def _pthreads() -> dict[str, int]:
    """The addresses of what the pool needs, where this process has all of it."""
    try:
        library = ctypes.CDLL(None)
        return {name: ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0 for name in _PTHREADS}
    except (OSError, TypeError, AttributeError):
        return {}


@functools.cache
def _pool() -> Loaded:
    """The pool's code, for as long as the process lives."""
    pool = resident("parallel", _pool_text, _pthreads(), ["wg.parallel", "wg.reset"])
    reset = ctypes.CFUNCTYPE(None)(pool.address("wg.reset"))
    reset()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=reset)
    return pool


def _pool_text() -> str:
    from . import jit

    triple = jit.host()[0]
    pause = next((text for stem, text in _PAUSE.items() if triple.startswith(stem)), "")
    return _POOL.replace("{pause}", pause)


def grain(body: Body, total: str, parts: str, align: int) -> str:
    """The length of each of `parts` equal parts of 0 .. total, rounded up to a multiple of `align`."""
    units = body.op("udiv", "i64", body.op("add", "i64", total, str(align - 1)), str(align))
    rounded = body.op("sub", "i64", body.op("add", "i64", units, parts), "1")
    share = body.intrinsic("smax", "i64", 1, body.op("udiv", "i64", rounded, parts), "1")
    return body.op("mul", "i64", share, str(align))


DECLARATION = "declare i32 @wg.parallel(ptr, ptr, i64, i64, i64)"  # task, frame, n, grain, threads at most

# How a core is told that it waits in a loop, by the beginning of the triple.
_PAUSE = {"x86_64": "call void @llvm.x86.sse2.pause()", "aarch64": "call void @llvm.aarch64.hint(i32 1)",
          "arm64": "call void @llvm.aarch64.hint(i32 1)"}

# The region under way is in the words below, and belongs to who holds @busy. A thread of the pool counts itself in @active
# before it looks at @open, and the caller closes the region before it looks at @active (both in one total order), so it
# either sees the region closed or is waited for. The same holds of @sleepers and @round for going to sleep.
_POOL = """
@busy = internal global i32 0
@open = internal global i32 0
@active = internal global i32 0
@sleepers = internal global i32 0
@round = internal global i64 0
@started = internal global i64 0
@task = internal global ptr null
@frame = internal global ptr null
@n = internal global i64 0
@grain = internal global i64 0
@count = internal global i64 0
@next = internal global i64 0, align 64
@status = internal global i32 0
@mutex = internal global [128 x i8] zeroinitializer, align 64
@signal = internal global [128 x i8] zeroinitializer, align 64

declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_detach(i64)
declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)
declare i32 @sched_yield()
declare void @llvm.x86.sse2.pause()
declare void @llvm.aarch64.hint(i32)

; No thread, no region: at the start, and in a forked child, which has none of the threads.
define void @wg.reset() nounwind {
  store i64 0, ptr @started
  store i32 0, ptr @active
  store i32 0, ptr @sleepers
  store i32 0, ptr @open
  store i32 0, ptr @busy
  %m = call i32 @pthread_mutex_init(ptr @mutex, ptr null)
  %c = call i32 @pthread_cond_init(ptr @signal, ptr null)
  ret void
}

; task(frame, lo, hi) for parts of 0 .. n until none is left.
define internal void @work(ptr %task, ptr %frame, i64 %n, i64 %grain) nounwind {
entry:
  br label %take
take:
  %lo = atomicrmw add ptr @next, i64 %grain monotonic
  %more = icmp slt i64 %lo, %n
  br i1 %more, label %part, label %done
part:
  %left = sub i64 %n, %lo
  %length = call i64 @llvm.smin.i64(i64 %left, i64 %grain)
  %hi = add i64 %lo, %length
  %code = call i32 %task(ptr %frame, i64 %lo, i64 %hi)
  %before = atomicrmw or ptr @status, i32 %code monotonic
  br label %take
done:
  ret void
}
declare i64 @llvm.smin.i64(i64, i64)

; A thread of the pool: its number is the argument.
define internal ptr @thread(ptr %number) nounwind {
entry:
  %own = ptrtoint ptr %number to i64
  br label %enter
enter:
  %seen = load atomic i64, ptr @round seq_cst, align 8
  %joined = atomicrmw add ptr @active, i32 1 seq_cst
  %state = load atomic i32, ptr @open seq_cst, align 4
  %opened = icmp ne i32 %state, 0
  br i1 %opened, label %region, label %leave
region:
  %count = load i64, ptr @count
  %invited = icmp slt i64 %own, %count
  br i1 %invited, label %help, label %leave
help:
  %task = load ptr, ptr @task
  %frame = load ptr, ptr @frame
  %n = load i64, ptr @n
  %grain = load i64, ptr @grain
  call void @work(ptr %task, ptr %frame, i64 %n, i64 %grain)
  br label %leave
leave:
  %left = atomicrmw sub ptr @active, i32 1 seq_cst
  br label %look
look:
  %looks = phi i32 [ 0, %leave ], [ %looked, %again ]
  %current = load atomic i64, ptr @round monotonic, align 8
  %fresh = icmp ne i64 %current, %seen
  br i1 %fresh, label %enter, label %again
again:
  {pause}
  %looked = add i32 %looks, 1
  %tired = icmp sgt i32 %looked, 2000
  br i1 %tired, label %lie, label %look
lie:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  %s = atomicrmw add ptr @sleepers, i32 1 seq_cst
  br label %sleep
sleep:
  %now = load atomic i64, ptr @round seq_cst, align 8
  %same = icmp eq i64 %now, %seen
  br i1 %same, label %wait, label %rise
wait:
  %w = call i32 @pthread_cond_wait(ptr @signal, ptr @mutex)
  br label %sleep
rise:
  %r = atomicrmw sub ptr @sleepers, i32 1 seq_cst
  %u = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %enter
}

define i32 @wg.parallel(ptr %task, ptr %frame, i64 %n, i64 %grain, i64 %threads) nounwind {
entry:
  %id = alloca i64
  %one = icmp sge i64 %grain, %n
  br i1 %one, label %alone, label %acquire
acquire:
  %won = cmpxchg ptr @busy, i32 0, i32 1 seq_cst seq_cst
  %mine = extractvalue { i32, i1 } %won, 1
  br i1 %mine, label %muster, label %alone
alone:
  %lo = phi i64 [ 0, %entry ], [ 0, %acquire ], [ %hi, %part ]
  %all = phi i32 [ 0, %entry ], [ 0, %acquire ], [ %both, %part ]
  %more = icmp slt i64 %lo, %n
  br i1 %more, label %part, label %finished
part:
  %rest = sub i64 %n, %lo
  %length = call i64 @llvm.smin.i64(i64 %rest, i64 %grain)
  %hi = add i64 %lo, %length
  %code = call i32 %task(ptr %frame, i64 %lo, i64 %hi)
  %both = or i32 %all, %code
  br label %alone
finished:
  ret i32 %all
muster:
  %have = load i64, ptr @started
  %number = add i64 %have, 1
  %enough = icmp sge i64 %number, %threads
  br i1 %enough, label %begin, label %create
create:
  %argument = inttoptr i64 %number to ptr
  %error = call i32 @pthread_create(ptr %id, ptr null, ptr @thread, ptr %argument)
  %refused = icmp ne i32 %error, 0
  br i1 %refused, label %begin, label %created
created:
  %handle = load i64, ptr %id
  %d = call i32 @pthread_detach(i64 %handle)
  store i64 %number, ptr @started
  br label %muster
begin:
  store ptr %task, ptr @task
  store ptr %frame, ptr @frame
  store i64 %n, ptr @n
  store i64 %grain, ptr @grain
  store i64 %threads, ptr @count
  store i64 0, ptr @next
  store i32 0, ptr @status
  store atomic i32 1, ptr @open seq_cst, align 4
  %round = atomicrmw add ptr @round, i64 1 seq_cst
  %asleep = load atomic i32, ptr @sleepers seq_cst, align 4
  %wake = icmp ne i32 %asleep, 0
  br i1 %wake, label %call, label %own
call:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  %b = call i32 @pthread_cond_broadcast(ptr @signal)
  %u = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %own
own:
  call void @work(ptr %task, ptr %frame, i64 %n, i64 %grain)
  store atomic i32 0, ptr @open seq_cst, align 4
  br label %wait
wait:
  %looks = phi i32 [ 0, %own ], [ %looked, %wait.on ]
  %active = load atomic i32, ptr @active seq_cst, align 4
  %busy = icmp ne i32 %active, 0
  br i1 %busy, label %again, label %done
again:
  {pause}
  %looked = add i32 %looks, 1
  %long = icmp sgt i32 %looked, 2000
  br i1 %long, label %yield, label %wait.on
yield:
  %y = call i32 @sched_yield()
  br label %wait.on
wait.on:
  br label %wait
done:
  %result = load atomic i32, ptr @status monotonic, align 4
  store atomic i32 0, ptr @busy seq_cst, align 4
  ret i32 %result
}
"""
