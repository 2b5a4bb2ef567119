"""Compilation behind a person's back: one thread that lives as long as there is something to compile.

A job does a part of its work at each step, so that it can be left between two. Owns the thread, and what becomes of it
when the process forks or ends. Knows nothing of what is compiled.
"""
from __future__ import annotations

import atexit
import os
import threading
import time
from collections import deque
from collections.abc import Iterator

HEADSTART = 0.02  # seconds in which who submitted the work goes on alone: importing LLVM would hold the GIL before a first call
PATIENCE = 1.0  # seconds that the end of the process waits for work that the next process would do again


class Job:
    """Work in steps. `lasting`: its result is kept on disk."""

    def __init__(self, steps: Iterator[object], lasting: bool) -> None:
        self.lasting = lasting
        self._steps = steps
        self._ended = threading.Event()
        self._done = False
        self._error: BaseException | None = None

    def wait(self, timeout: float | None = None) -> bool:
        """Whether the work is done, after waiting for it up to `timeout` seconds; False also where the process ends before.
        Raises what a step raised."""
        self._ended.wait(timeout)
        if self._error is not None:
            raise self._error
        return self._done

    def step(self) -> bool:
        """Do a part of the work. Whether there is more."""
        try:
            next(self._steps)
        except StopIteration:
            self._done = True
            self.end()
        except BaseException as error:
            self._error = error.with_traceback(None)  # which would hold all that the step worked with
            self.end()
        return not self._ended.is_set()

    def end(self) -> None:
        """Let those go on who wait."""
        self._ended.set()

    def inherited(self) -> None:
        """In a forked child: nobody waits here, whatever the lock inside says."""
        self._ended = threading.Event()


# llvmlite holds a lock of its own for each single call. This one makes a compilation or a load one step, so that
# two threads cannot run the passes of one target machine, or share out one linker, in alternation.
compiling = threading.RLock()

_state = threading.Lock()
_stepping = threading.RLock()  # held during a step
_jobs: deque[Job] = deque()
_thread: threading.Thread | None = None
_deadline = float("inf")  # until when a process that ends still works


def submit(steps: Iterator[object], lasting: bool = False) -> Job:
    """Have the work done in the background, after what was submitted before."""
    job = Job(steps, lasting)
    with _state:
        _jobs.append(job)
        _start()
    return job


def _start() -> None:
    global _thread
    if _thread is not None or not _jobs:
        return
    _thread = threading.Thread(target=_work, name="wengert compiles", daemon=True)
    try:
        _thread.start()
    except RuntimeError:  # Python is ending, or the system has no thread left
        _leave()


def _work() -> None:
    time.sleep(HEADSTART)
    while True:
        with _state:
            if not _jobs or time.monotonic() > _deadline:
                _leave()
                return
            job = _jobs[0]
        with _stepping:
            more = job.step()
        if not more:
            with _state:
                _jobs.popleft()


def _leave() -> None:
    """No thread from now on: what is not done stays so."""
    global _thread
    _thread = None
    for job in _jobs:
        job.end()
    _jobs.clear()


def _end() -> None:
    """The process ends: some more time for work that lasts, and no thread in LLVM when its memory goes."""
    global _deadline
    with _state:
        _deadline = time.monotonic() + PATIENCE * any(job.lasting for job in _jobs)
        thread = _thread
    if thread is not None:
        thread.join()


def _before_fork() -> None:
    """Wait until no thread is in a step or in LLVM: locks that it holds would be taken for ever in the child."""
    _state.acquire()
    _stepping.acquire()
    compiling.acquire()


def _after_fork() -> None:
    compiling.release()
    _stepping.release()
    _state.release()


def _in_child() -> None:
    """Threads do not survive a fork: a new one goes on where this one was."""
    global _thread
    _thread = None
    for job in _jobs:
        job.inherited()
    _start()
    _after_fork()


atexit.register(_end)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_in_child)
