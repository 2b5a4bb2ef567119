"""A parallel loop in IR: each region starts its threads and joins them.

Starting and joining a thread costs 20 to 40 us, so only regions of several hundred microseconds are split. There is no
pool: nothing survives a fork, outlives its code or waits while idle. Where the platform has no pthreads, one thread runs
all. Ranges are split at fixed multiples, and no result depends on the number of threads.
"""
from __future__ import annotations

import ctypes
import os

ABOVE = 400_000  # estimated scalar operations from which a region is split
ALIGN = 64       # ranges begin at multiples of this, so that vectors and cache lines are not shared


def threads() -> int:
    """How many threads a region is split into: the processors that this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return count if addresses() else 1


def addresses() -> dict[str, int]:
    """pthread_create and pthread_join, where this process has them."""
    try:
        library = ctypes.CDLL(None)
        return {n: ctypes.cast(getattr(library, n), ctypes.c_void_p).value or 0 for n in ("pthread_create", "pthread_join")}
    except (OSError, TypeError, AttributeError):
        return {}


def runtime(count: int) -> str:
    """`i32 @wg.parallel(ptr task, ptr frame, i64 n, i64 align)`: task(frame, lo, hi) over 0 .. n on `count` threads."""
    return f"""
%wg.part = type {{ ptr, ptr, i64, i64, i32 }}
declare i32 @pthread_create(ptr, ptr, ptr, ptr)
declare i32 @pthread_join(i64, ptr)

define internal ptr @wg.thread(ptr %part) {{
  %p.frame = getelementptr %wg.part, ptr %part, i32 0, i32 1
  %p.lo = getelementptr %wg.part, ptr %part, i32 0, i32 2
  %p.hi = getelementptr %wg.part, ptr %part, i32 0, i32 3
  %p.status = getelementptr %wg.part, ptr %part, i32 0, i32 4
  %task = load ptr, ptr %part
  %frame = load ptr, ptr %p.frame
  %lo = load i64, ptr %p.lo
  %hi = load i64, ptr %p.hi
  %status = call i32 %task(ptr %frame, i64 %lo, i64 %hi)
  store i32 %status, ptr %p.status
  ret ptr null
}}

define internal i32 @wg.parallel(ptr %task, ptr %frame, i64 %n, i64 %align) noinline {{
entry:
  %parts = alloca [{count} x %wg.part], align 64
  %ids = alloca [{count} x i64], align 64
  %rounded = add i64 %n, {count - 1}
  %share0 = udiv i64 %rounded, {count}
  %up = add i64 %share0, %align
  %up1 = sub i64 %up, 1
  %blocks = udiv i64 %up1, %align
  %share = mul i64 %blocks, %align
  br label %start
start:
  %t = phi i64 [ 1, %entry ], [ %t.next, %started ]
  %more = icmp slt i64 %t, {count}
  br i1 %more, label %one, label %own
one:
  %lo = mul i64 %t, %share
  %hi0 = add i64 %lo, %share
  %hi.over = icmp sgt i64 %hi0, %n
  %hi = select i1 %hi.over, i64 %n, i64 %hi0
  %part = getelementptr [{count} x %wg.part], ptr %parts, i64 0, i64 %t
  %q.frame = getelementptr %wg.part, ptr %part, i32 0, i32 1
  %q.lo = getelementptr %wg.part, ptr %part, i32 0, i32 2
  %q.hi = getelementptr %wg.part, ptr %part, i32 0, i32 3
  %q.status = getelementptr %wg.part, ptr %part, i32 0, i32 4
  store ptr %task, ptr %part
  store ptr %frame, ptr %q.frame
  store i64 %lo, ptr %q.lo
  store i64 %hi, ptr %q.hi
  store i32 0, ptr %q.status
  %id = getelementptr [{count} x i64], ptr %ids, i64 0, i64 %t
  store i64 0, ptr %id
  %empty = icmp sge i64 %lo, %n
  br i1 %empty, label %started, label %create
create:
  %error = call i32 @pthread_create(ptr %id, ptr null, ptr @wg.thread, ptr %part)
  %failed = icmp ne i32 %error, 0
  br i1 %failed, label %inline, label %started
inline:
  store i64 0, ptr %id
  %ignored = call ptr @wg.thread(ptr %part)
  br label %started
started:
  %t.next = add i64 %t, 1
  br label %start
own:
  %own.over = icmp sgt i64 %share, %n
  %own.hi = select i1 %own.over, i64 %n, i64 %share
  %own.status = call i32 %task(ptr %frame, i64 0, i64 %own.hi)
  br label %join
join:
  %j = phi i64 [ 1, %own ], [ %j.next, %joined ]
  %status = phi i32 [ %own.status, %own ], [ %all, %joined ]
  %waiting = icmp slt i64 %j, {count}
  br i1 %waiting, label %wait, label %done
wait:
  %w.id = getelementptr [{count} x i64], ptr %ids, i64 0, i64 %j
  %thread = load i64, ptr %w.id
  %w.part = getelementptr [{count} x %wg.part], ptr %parts, i64 0, i64 %j
  %w.status = getelementptr %wg.part, ptr %w.part, i32 0, i32 4
  %none = icmp eq i64 %thread, 0
  br i1 %none, label %joined, label %pause
pause:
  %rc = call i32 @pthread_join(i64 %thread, ptr null)
  br label %joined
joined:
  %its = load i32, ptr %w.status
  %all = or i32 %status, %its
  %j.next = add i64 %j, 1
  br label %join
done:
  ret i32 %status
}}
"""
