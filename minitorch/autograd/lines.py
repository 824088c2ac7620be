"""`recording_lines`: which line called each op, for those who look at the graph afterwards."""

from __future__ import annotations

import threading
from typing import Any

from minitorch import tape
from minitorch.origins import note
from minitorch.rows import OPS
from minitorch.tape import Node


class _Thread(threading.local):
    depth = 0


_thread, _lock, _inside = _Thread(), threading.Lock(), [0]  # how many blocks are open: in this thread, in all


class recording_lines:
    """Inside, every recorded op remembers the user's line that called it and the modules that it ran in, in this thread.

    `autograd.steps` shows both. Recording costs some microseconds for each op inside, and nothing outside: entering exchanges the
    function that makes nodes, in the generated code of all rows.

    >>> import minitorch
    >>> with minitorch.autograd.recording_lines():
    ...     y = minitorch.tensor(2.0, requires_grad=True).exp()
    >>> next(minitorch.autograd.steps(y)).source
    '<doctest ...>:2: y = minitorch.tensor(2.0, requires_grad=True).exp()'
    """

    def __enter__(self) -> None:
        _thread.depth += 1
        with _lock:
            _inside[0] += 1
            if _inside[0] == 1:
                _make_nodes_by(_made_and_noted)

    def __exit__(self, *raised: object) -> None:
        _thread.depth -= 1
        with _lock:
            _inside[0] -= 1
            if not _inside[0]:
                _make_nodes_by(object.__new__)


def _made_and_noted(kind: type) -> Any:
    made = object.__new__(kind)
    if kind is Node and _thread.depth:
        note(made)
    return made


def _make_nodes_by(new: Any) -> None:
    """Let `new`, in place of object.__new__, make the nodes of rows, and of the engine's own ops."""
    tape.new = new
    for op in OPS.values():
        if op.family != "composition":
            op.function.__globals__["new"] = new
