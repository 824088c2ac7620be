"""The handle of a hook: how to take away again what a register_..._hook call added."""

from __future__ import annotations

from collections.abc import Callable

from .tape import next_number


class RemovableHandle:
    """What a register_..._hook call returns; `remove()` takes the hook away again."""

    def __init__(self, hooks: dict, hook: Callable):
        self._hooks = hooks
        self.id = next_number()
        hooks[self.id] = hook

    def remove(self) -> None:
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *raised: object) -> None:
        self.remove()
