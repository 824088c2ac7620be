"""Watching ops as they run: what anomaly mode, saved-tensor hooks and checkpoints stand on.

    with observing(lambda op, operands, settings, result: ...):
        y = x * 2    # calls the observer with the row, the operands, the settings and the result, whose node is made already

An observer sees the ops of its own thread. Ops carry no test for it: while somebody watches, in whatever thread, every public
function of a row wears a second code, which ends in a call of `watched` (dispatch.exchange).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

Observer = Callable[[Any, Sequence, Sequence, Any], None]


class _Watch(threading.local):
    observers: tuple[Observer, ...] = ()


watch = _Watch()
lock = threading.RLock()  # held while functions change their code
_watchers = 0  # how many observers there are in all threads

exchange: Callable[[bool], None] = lambda watched: None  # handed in by dispatch.py, one module up


def watched(op: Any, operands: Sequence, settings: Sequence, result: Any) -> None:
    """Show an op that has run to this thread's observers."""
    for observer in watch.observers:
        observer(op, operands, settings, result)


def watching() -> bool:
    """Does anybody watch?"""
    return _watchers > 0


def begin(observer: Observer) -> None:
    """Show `observer` the ops of this thread from now on."""
    global _watchers
    with lock:
        _watchers += 1
        if _watchers == 1:
            exchange(True)
    watch.observers += (observer,)


def end(observer: Observer) -> None:
    """Take an observer away that `begin` was given in this thread, the latest if it was given more than once."""
    global _watchers
    observers = list(watch.observers)
    del observers[len(observers) - 1 - observers[::-1].index(observer)]
    watch.observers = tuple(observers)
    with lock:
        _watchers -= 1
        if _watchers == 0:
            exchange(False)


class observing:
    """`begin` and `end` around a block."""

    def __init__(self, observer: Observer):
        self.observer = observer

    def __enter__(self) -> None:
        begin(self.observer)

    def __exit__(self, *raised: object) -> None:
        end(self.observer)
