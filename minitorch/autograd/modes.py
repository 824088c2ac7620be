"""Switches of the tape: what runs inside is recorded, or isn't. Each is a `with` block and a decorator; all are per thread."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from minitorch.tape import mode


class _Mode:
    """Sets `mode.enabled` on entry and puts it back on exit."""

    enabled: bool

    def __enter__(self) -> None:
        self._before = mode.enabled
        mode.enabled = self.enabled

    def __exit__(self, *raised: object) -> None:
        mode.enabled = self._before

    def __call__(self, function: Callable) -> Callable:
        """Decorate a function or a generator function: its body runs in this mode."""
        if inspect.isgeneratorfunction(function):
            return self._decorate_generator(function)

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return wrapped

    def _decorate_generator(self, function: Callable) -> Callable:
        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            sent = None
            while True:
                with self._again():  # only while the generator runs: its caller keeps its own mode
                    try:
                        value = generator.send(sent)
                    except StopIteration as stop:
                        return stop.value
                sent = yield value

        return wrapped

    def _again(self) -> _Mode:
        return type(self)()


class _BareDecorator(_Mode):
    """Modes without arguments may be used as `@no_grad` too."""

    def __new__(cls, function: Callable | None = None) -> Any:
        made = object.__new__(cls)
        return made if function is None else made(function)


class no_grad(_BareDecorator):
    """Nothing inside is recorded: for evaluation, and for updates of parameters.

    >>> import minitorch
    >>> x = minitorch.ones(2, requires_grad=True)
    >>> with minitorch.no_grad():
    ...     (x * 2).requires_grad
    False
    """

    enabled = False


class enable_grad(_BareDecorator):
    """What is inside is recorded again, within a `no_grad` block."""

    enabled = True


class set_grad_enabled(_Mode):
    """`set_grad_enabled(False)`: at once, and until the end of the block if used in `with`."""

    def __init__(self, mode_: bool):
        self._before = mode.enabled
        self.enabled = bool(mode_)
        mode.enabled = self.enabled

    def __enter__(self) -> None:
        mode.enabled = self.enabled

    def __call__(self, function: Callable) -> Callable:
        mode.enabled = self._before
        return super().__call__(function)

    def _again(self) -> _Mode:
        return set_grad_enabled(self.enabled)


class inference_mode(_Mode):
    """no_grad that also says so: `is_inference_mode_enabled()` is True inside."""

    inference: bool

    def __new__(cls, mode: Any = True) -> Any:
        made = object.__new__(cls)
        made.inference = mode if isinstance(mode, bool) else True
        return made if isinstance(mode, bool) else made(mode)

    def __enter__(self) -> None:
        self._before = (mode.enabled, mode.inference)
        if self.inference:
            mode.enabled = False
        mode.inference = self.inference

    def __exit__(self, *raised: object) -> None:
        mode.enabled, mode.inference = self._before

    def _again(self) -> _Mode:
        return inference_mode(self.inference)


def is_grad_enabled() -> bool:
    """Are ops recorded now, in this thread?"""
    return mode.enabled


def is_inference_mode_enabled() -> bool:
    """Is this inside an inference_mode block?"""
    return mode.inference
