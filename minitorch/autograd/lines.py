"""`recording_lines`: which line called each op, for those who look at the graph afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from minitorch import watching
from minitorch.autograd.places import Place, node_of, remember

__all__ = ["recording_lines"]


class recording_lines(watching.observing):
    """Inside, every recorded op remembers the user's line that called it and the modules that it ran in, in this thread.

    `autograd.steps` shows both. Recording costs some microseconds for each op inside, and nothing outside.

    >>> import minitorch
    >>> with minitorch.autograd.recording_lines():
    ...     y = minitorch.tensor(2.0, requires_grad=True).exp()
    >>> next(minitorch.autograd.steps(y)).source
    '<doctest ...>:2: y = minitorch.tensor(2.0, requires_grad=True).exp()'
    """

    def __init__(self) -> None:
        super().__init__(_note)


def _note(op: Any, operands: Sequence, settings: Sequence, result: Any) -> None:
    node = node_of(result)
    if node is not None:
        remember(node, Place(op, operands, settings))
