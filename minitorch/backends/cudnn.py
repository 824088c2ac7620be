"""cuDNN, NVIDIA's library of network layers, as programs for PyTorch speak of it: no backend here uses it.

The switches take what is said to them, and change nothing: results are repeatable as far as
`minitorch.use_deterministic_algorithms` says.

>>> import minitorch
>>> minitorch.backends.cudnn.deterministic = True
>>> minitorch.backends.cudnn.deterministic = False
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["allow_tf32", "benchmark", "benchmark_limit", "deterministic", "enabled", "flags", "is_acceptable", "is_available",
           "version"]  # fmt: skip

enabled, benchmark, benchmark_limit, deterministic, allow_tf32 = True, False, 10, False, True


def is_available() -> bool:
    """False."""
    return False


def version() -> int | None:
    """None: there is none."""
    return None


def is_acceptable(tensor: Any) -> bool:
    """Would cuDNN compute with this tensor? False."""
    return False


@contextmanager
def flags(
    enabled: bool = False, benchmark: bool = False, benchmark_limit: int = 10, deterministic: bool = False,
    allow_tf32: bool = True,
) -> Iterator[None]:  # fmt: skip
    """The switches as given, for a block."""
    given, switches = dict(locals()), globals()
    before = {name: switches[name] for name in given}
    switches.update(given)
    try:
        yield
    finally:
        switches.update(before)
