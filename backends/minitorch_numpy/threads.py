"""Kernels on several cores: a batch split into ranges, one thread a range, one BLAS thread inside each.

NumPy itself runs on one core; only its BLAS has threads, and a kernel that copies between two products leaves them idle. So
the threads go outside: each takes a range of the batch and does all of the kernel's steps for it, out of its own cache. NumPy
lets go of the interpreter lock while it computes; a step should last some 50 microseconds, or the threads wait for the lock.
"""

from __future__ import annotations

import contextvars
import ctypes
import itertools
import os
import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from minitorch import config

__all__ = ["beside", "find_in_blas", "in_ranges", "let_blas_sleep", "number", "set_number"]

BY_PTHREADS = 1  # what OpenBLAS answers where it has threads of its own, neither none nor OpenMP's
Work = Callable[[int, int], Any]


def in_ranges(count: int, work: Work) -> list[Any]:
    """Call `work(start, stop)` over the numbers from 0 to `count`, a range a thread; the results, in the ranges' order.

    With the same number of threads the ranges are the same, and so are sums over the results, to the last bit.
    """
    parts = min(number(), count)
    if parts < 2 or _here.is_worker or not _blas_obeys:
        return [work(0, count)]
    bounds = [count * part // parts for part in range(parts + 1)]
    tasks = [_Task(work, start, stop) for start, stop in itertools.pairwise(bounds[1:])]
    with _one_blas_thread():
        _crew.take(tasks)
        try:
            first = work(0, bounds[1])
        finally:
            for task in tasks:
                task.done.acquire()  # even after an error: nobody may write into arrays that the caller has given up
    return [first, *(task.outcome() for task in tasks)]


@contextmanager
def beside(pays: bool = True) -> Iterator[Callable[[Callable[[], Any]], Callable[[], Any]]]:
    """Give a function `begin(work)`, which lets another thread call `work()` and returns a function that waits for the result.

    For a few large products beside many small steps, which have to follow each other. Whoever waits does what nobody has
    begun; with one thread, or where it doesn't pay, all is done where it is begun. At the end of the block everything is done.
    """
    if not pays or number() < 2 or _here.is_worker or not _blas_obeys:
        yield _at_once
        return
    tasks: list[_Task] = []

    def begin(work: Callable[[], Any]) -> Callable[[], Any]:
        task = _Task(lambda start, stop: work(), 0, 0)
        tasks.append(task)
        _crew.take([task], number() - 1)

        def wait() -> Any:
            _crew.finish(task)
            return task.outcome()

        return wait

    with _one_blas_thread():
        try:
            yield begin
        finally:
            for task in tasks:
                _crew.finish(task)


def _at_once(work: Callable[[], Any]) -> Callable[[], Any]:
    result = work()
    return lambda: result


# --- How many ---------------------------------------------------------------------------------------------------------

_chosen: int | None = None


def number() -> int:
    """How many threads kernels may use: `set_number`, else MINITORCH_NUM_THREADS, else as many as BLAS, else the cores."""
    return _chosen or config.NUM_THREADS.value or _blas_number()


def set_number(count: int) -> None:
    """Let kernels, and BLAS, use `count` threads from now on."""
    global _chosen
    if count < 1:
        raise ValueError(f"set_number(): expected a number of threads from 1 up, got {count}")
    _chosen = count
    if _set_blas_threads is not None:
        _set_blas_threads(count)


_library = ctypes.CDLL(np.linalg._umath_linalg.__file__)  # names are looked up in what this file is linked to as well


def find_in_blas(name: str) -> tuple[Any, bool] | None:
    """A function of OpenBLAS under the name that this build of NumPy gives it, and whether it counts in 64 bits."""
    for prefix in ("scipy_", ""):
        for suffix in ("64_", ""):
            function = getattr(_library, f"{prefix}{name}{suffix}", None)
            if function is not None:
                return function, suffix == "64_"
    return None


_get_blas_threads, _ = find_in_blas("openblas_get_num_threads") or (None, False)
_set_blas_threads, _ = find_in_blas("openblas_set_num_threads") or (None, False)
_blas_obeys = _get_blas_threads is not None and _set_blas_threads is not None


def let_blas_sleep() -> None:
    """Let OpenBLAS's threads go to sleep 2^16 cycles after a product, unless the environment said something when it was loaded.

    Else they spin for 25 ms, on cores that the threads here want. OpenBLAS reads its environment as it is loaded, which
    `config.let_blas_sleep` comes before unless NumPy was imported first; then it is told to read again, and its threads are sent
    away, as OpenBLAS does itself before a fork: at the next large product they come back, and sleep.
    """
    parallel, _ = find_in_blas("openblas_get_parallel") or (None, False)
    names = ("openblas_thread_timeout", "openblas_read_env", "blas_thread_shutdown_")
    told, read, send_away = (getattr(_library, name, None) for name in names)
    if told is None or read is None or send_away is None or parallel is None or parallel() != BY_PTHREADS or told():
        return
    config.suggest(config.BLAS_SLEEPS)
    read()
    send_away()


class _Limit:
    """How many calls hold BLAS at one thread now, and what the last of them goes back to."""

    def __init__(self):
        self.lock = threading.Lock()
        self.holders = 0
        self.before = 1


_limit = _Limit()


def _blas_number() -> int:
    if _get_blas_threads is None:
        return os.cpu_count() or 1
    return _limit.before if _limit.holders else _get_blas_threads()


@contextmanager
def _one_blas_thread() -> Iterator[None]:
    """Hold BLAS at one thread: its own threads and ours would fight over the same cores."""
    assert _get_blas_threads is not None and _set_blas_threads is not None
    with _limit.lock:
        if not _limit.holders:
            _limit.before = _get_blas_threads()
            _set_blas_threads(1)
        _limit.holders += 1
    try:
        yield
    finally:
        with _limit.lock:
            _limit.holders -= 1
            if not _limit.holders:
                _set_blas_threads(_limit.before)


# --- The threads ------------------------------------------------------------------------------------------------------


class _Here(threading.local):
    is_worker = False  # work that asks for threads in a worker gets none, or all workers could wait for each other


_here = _Here()


class _Task:
    """One range of one call: what to run, and how it ended."""

    __slots__ = ("context", "done", "ended", "error", "result", "start", "stop", "work")

    def __init__(self, work: Work, start: int, stop: int):
        self.work, self.start, self.stop = work, start, stop
        self.context = contextvars.copy_context()  # NumPy keeps np.errstate there, and a new thread starts without it
        self.result: Any = None
        self.error: BaseException | None = None
        self.ended = False
        self.done = threading.Lock()
        self.done.acquire()

    def run(self) -> None:
        try:
            self.result = self.context.run(self.work, self.start, self.stop)
        except BaseException as error:
            self.error = error
        self.ended = True
        self.done.release()

    def outcome(self) -> Any:
        if self.error is not None:
            raise self.error
        return self.result


class _Crew:
    """Threads that wait for tasks as long as the program lives, started when they are first needed."""

    def __init__(self):
        self.tasks: queue.SimpleQueue[_Task] = queue.SimpleQueue()
        self.size = 0
        self.growing = threading.Lock()

    def take(self, tasks: list[_Task], workers: int = 0) -> None:
        with self.growing:
            while self.size < (workers or len(tasks)):
                threading.Thread(target=_serve, args=(self.tasks,), name="minitorch-kernel", daemon=True).start()
                self.size += 1
        for task in tasks:
            self.tasks.put(task)

    def finish(self, task: _Task) -> None:
        """Wait for the end of a task; meanwhile do what nobody has begun."""
        while not task.ended:
            try:
                self.tasks.get_nowait().run()
            except queue.Empty:
                with task.done:  # released at its end
                    return


def _serve(tasks: queue.SimpleQueue[_Task]) -> None:
    _here.is_worker = True
    while True:
        task = tasks.get()
        task.run()
        del task  # or its arrays would live until the next one comes


_crew = _Crew()


def _start_anew() -> None:
    """After a fork: a child has none of its parent's threads, and perhaps a lock that one of them held."""
    global _crew, _limit
    _crew, _limit = _Crew(), _Limit()
    _here.is_worker = False


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)
