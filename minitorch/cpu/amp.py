"""The old names of `minitorch.amp` for the CPU, which say so."""

from __future__ import annotations

import warnings
from typing import Any

from minitorch import amp, dtypes
from minitorch.dtypes import DType

__all__ = ["GradScaler", "autocast"]


class autocast(amp.autocast):
    """amp.autocast("cpu", ...)."""

    def __init__(self, enabled: bool = True, dtype: DType = dtypes.bfloat16, cache_enabled: bool = True):
        _deprecated("autocast")
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """amp.GradScaler("cpu", ...)."""

    def __init__(self, *args: Any, **kwargs: Any):
        _deprecated("GradScaler")
        super().__init__("cpu", *args, **kwargs)


def _deprecated(name: str) -> None:
    warnings.warn(
        f"`torch.cpu.amp.{name}(args...)` is deprecated. Please use `torch.amp.{name}('cpu', args...)` instead.",
        FutureWarning,
        stacklevel=3,
    )
