"""Shall results be the same at every run, at the cost of time? PyTorch's switch, for backends where it makes a difference.

On a GPU, numbers that are added to one place by several threads are added in whatever order they arrive, and of several values
written to one place any may stay. Deterministic kernels sort first. On the host everything is deterministic anyway.
"""

from __future__ import annotations

_enabled = False


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Take kernels whose results are the same at every run; there is one for every op, so `warn_only` changes nothing."""
    global _enabled
    _enabled = bool(mode)


def enabled() -> bool:
    """Are deterministic kernels asked for?"""
    return _enabled


are_deterministic_algorithms_enabled = enabled
