"""Watching ops as they run: what anomaly mode, saved-tensor hooks, checkpoints and autocast stand on.

    with observing(lambda op, operands, settings, result: ...):
        y = x * 2    # calls the observer with the row, the operands, the settings and the result, whose node is made already

An observer sees the ops of its own thread. Ops carry no test for it: while somebody watches, in whatever thread, every public
function of a row wears a second code, which ends in a call of `watched` (dispatch.exchange).

Autocast sees an op before it runs, and may give it other operands: `preparing(op, operands)` of those rows that say `autocast=`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

Observer = Callable[[Any, Sequence, Sequence, Any], None]


Preparer = Callable[[Any, Sequence], tuple]


class _Watch(threading.local):
    observers: tuple[Observer, ...] = ()
    prepare: Preparer | None = None  # autocast's, while it is on in this thread


watch = _Watch()
lock = threading.RLock()  # held while functions change their code
_watchers = 0  # how many observers there are in all threads

exchange: Callable[[bool], None] = lambda watched: None  # handed in by dispatch.py, one module up


def watched(op: Any, operands: Sequence, settings: Sequence, result: Any) -> None:
    """Show an op that has run to this thread's observers."""
    for observer in watch.observers:
        observer(op, operands, settings, result)


def prepared(op: Any, operands: tuple) -> tuple:
    """The operands that this thread's autocast gives an op that is about to run."""
    return operands if watch.prepare is None else watch.prepare(op, operands)


def run_prepared(op: Any, plain: Callable, arguments: tuple, settings: dict[str, Any]) -> Any:
    """Run a composition, whose `plain` form is given, with the arguments that autocast gives it, and without autocast inside."""
    prepare = watch.prepare
    if prepare is None:
        return plain(*arguments, **settings)
    values: tuple = (*arguments, *settings.values())
    if settings.get("out") is None and settings.get("dtype") is None:
        values = prepare(op, values)
    with unprepared():
        return plain(*values[: len(arguments)], **dict(zip(settings, values[len(arguments) :], strict=True)))


class unprepared:
    """Operands stay as they are inside."""

    def __enter__(self) -> None:
        self._before, watch.prepare = watch.prepare, None

    def __exit__(self, *raised: object) -> None:
        watch.prepare = self._before


def set_prepare(prepare: Preparer | None) -> None:
    """Let `prepare` see this thread's ops before they run, or nobody."""
    if (prepare is None) != (watch.prepare is None):
        _count(1 if prepare is not None else -1)
    watch.prepare = prepare


def watching() -> bool:
    """Does anybody watch?"""
    return _watchers > 0


def _count(more: int) -> None:
    """So many more watchers; the first one and the last one change the code of all functions."""
    global _watchers
    with lock:
        before, _watchers = _watchers, _watchers + more
        if (before > 0) != (_watchers > 0):
            exchange(_watchers > 0)


def begin(observer: Observer) -> None:
    """Show `observer` the ops of this thread from now on."""
    _count(1)
    watch.observers += (observer,)


def end(observer: Observer) -> None:
    """Take an observer away that `begin` was given in this thread, the latest if it was given more than once."""
    observers = list(watch.observers)
    del observers[len(observers) - 1 - observers[::-1].index(observer)]
    watch.observers = tuple(observers)
    _count(-1)


class observing:
    """`begin` and `end` around a block."""

    def __init__(self, observer: Observer):
        self.observer = observer

    def __enter__(self) -> None:
        begin(self.observer)

    def __exit__(self, *raised: object) -> None:
        end(self.observer)
