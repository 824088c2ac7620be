"""Every MINITORCH_* environment variable, one row each.

A setting is read when it is first asked for and then stays: `import minitorch` reads only what import itself needs, and
a program may set the others in `os.environ` before their first use.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Generic, TypeVar

from minitorch.errors import SettingInvalid, message

__all__ = ["BACKEND", "FAST", "MALLOC", "NUM_THREADS", "SETTINGS", "Setting", "describe", "suggest"]

Value = TypeVar("Value")


class Setting(Generic[Value]):
    """One environment variable: its name, its default, what it means, and how its text is read."""

    __slots__ = ("name", "default", "meaning", "parse", "_text", "_value", "_was_read")

    def __init__(self, name: str, default: str, meaning: str, parse: Callable[[str], Value]):
        self.name = name
        self.default = default
        self.meaning = meaning
        self.parse = parse
        self.forget()

    @property
    def value(self) -> Value:
        """The setting's value, read from the environment at the first call and kept."""
        if not self._was_read:
            self.hear()
        return self._value

    def hear(self) -> None:
        """Take the environment's word as it is now."""
        self._text = self.text
        self._value = self._parsed(self._text)
        self._was_read = True

    @property
    def text(self) -> str:
        """What the environment says now, or the default where it says nothing (an empty variable says nothing)."""
        # Asked first, since `get` raises and catches an error where there is none, and new tensors come by here.
        if self.name not in os.environ:
            return self.default
        return os.environ[self.name] or self.default

    @property
    def changed(self) -> bool:
        """Whether the environment was changed after the value was read, so that the change came too late."""
        return self._was_read and self.text != self._text

    def forget(self) -> None:
        """Read the environment anew at the next use."""
        self._was_read = False

    def _parsed(self, text: str) -> Value:
        try:
            return self.parse(text)
        except ValueError as error:
            raise SettingInvalid(
                message(
                    f"the environment variable {self.name} can't be read",
                    expected=error,
                    got=repr(text),
                    hint=f"unset {self.name} (it means: {self.meaning}) or give it such a value",
                )
            ) from None


def _name(text: str) -> str:
    return text.strip()


def _switch(text: str) -> bool:
    word = text.strip().lower()
    if word in ("1", "true", "yes", "on"):
        return True
    if word in ("0", "false", "no", "off"):
        return False
    raise ValueError("1 or 0")


def _threads(text: str) -> int | None:
    word = text.strip().lower()
    if word == "auto":
        return None
    if word.isascii() and word.isdigit() and int(word) > 0:
        return int(word)
    raise ValueError("a whole number from 1 up, or 'auto'")


BACKEND = Setting("MINITORCH_BACKEND", "numpy", "the backend that serves new tensors", _name)
MALLOC = Setting(
    "MINITORCH_MALLOC",
    "1",
    "let glibc's malloc keep freed arrays for reuse, in huge pages (read with the backend)",
    _switch,
)
NUM_THREADS = Setting("MINITORCH_NUM_THREADS", "auto", "how many threads kernels may use", _threads)
FAST = Setting("MINITORCH_FAST", "0", "let notebooks and tests do less work", _switch)

SETTINGS: tuple[Setting, ...] = (BACKEND, MALLOC, NUM_THREADS, FAST)


def describe() -> str:
    """Return a line for each setting, and one for each MINITORCH_* variable that nobody reads; for `minitorch info`."""
    lines = []
    for setting in SETTINGS:
        origin = "environment" if os.environ.get(setting.name) else "default"
        lines.append(f"{setting.name:<22} {setting.text:<10} {origin:<12} {setting.meaning}")
    known = {setting.name for setting in SETTINGS}
    for name in sorted(os.environ):
        if name.startswith("MINITORCH_") and name not in known:
            lines.append(f"{name:<22} {os.environ[name]:<10} {'environment':<12} unknown: no such setting")
    return "\n".join(lines)


def suggest(variables: dict[str, str]) -> None:
    """Set other libraries' variables about which the environment says nothing."""
    for name, text in variables.items():
        os.environ.setdefault(name, text)


BLAS_SLEEPS = {"OPENBLAS_THREAD_TIMEOUT": "16"}


def let_blas_sleep() -> None:
    """Let OpenBLAS's threads go to sleep 2^16 cycles after a product; for before NumPy is loaded.

    Else they spin for 25 ms, on cores that the kernels' own threads want. OpenBLAS reads it as it is loaded; where NumPy is here
    already, its backend sees to it (minitorch_numpy/threads.py). What the user says stays.
    """
    if "numpy" not in sys.modules:
        suggest(BLAS_SLEEPS)
