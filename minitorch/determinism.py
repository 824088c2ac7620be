"""Shall results be the same at every run, at the cost of time? PyTorch's switch, for backends where it makes a difference.

On a GPU, numbers that are added to one place by several threads are added in whatever order they arrive, and of several values
written to one place any may stay. Deterministic kernels sort first. On the host everything is deterministic anyway.
"""

from __future__ import annotations

_enabled = _warn_only = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Take kernels whose results are the same at every run; there is one for every op, so nothing is refused or warned of."""
    global _enabled, _warn_only
    _enabled, _warn_only = bool(mode), bool(warn_only)


def enabled() -> bool:
    """Are deterministic kernels asked for?"""
    return _enabled


are_deterministic_algorithms_enabled = enabled


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Would an op without a deterministic kernel only warn? There is none here."""
    return _warn_only


_DEBUG_MODES = ("default", "warn", "error")


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """The same switch as a number or word: 0 "default" is off, 1 "warn" and 2 "error" are on."""
    if not isinstance(debug_mode, int | str):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    number = _DEBUG_MODES.index(debug_mode) if debug_mode in _DEBUG_MODES else debug_mode
    if number not in (0, 1, 2):
        words = "one of `default`, `warn`, `error`" if isinstance(debug_mode, str) else "0, 1, or 2"
        raise RuntimeError(f"invalid value of debug_mode, expected {words}, but got {debug_mode}")
    use_deterministic_algorithms(number > 0, warn_only=number == 1)


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: see `set_deterministic_debug_mode`."""
    return 0 if not _enabled else 1 if _warn_only else 2
