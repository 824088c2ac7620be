"""The old names of `minitorch.amp` for GPUs, which say so."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from minitorch import amp, dtypes
from minitorch.amp.autocast_mode import cuda_is_available
from minitorch.dtypes import DType

__all__ = ["GradScaler", "amp_definitely_not_available", "autocast", "custom_bwd", "custom_fwd"]


def amp_definitely_not_available() -> bool:
    """Is there no GPU that can be used?"""
    return not cuda_is_available()


class autocast(amp.autocast):
    """amp.autocast("cuda", ...)."""

    def __init__(self, enabled: bool = True, dtype: DType = dtypes.float16, cache_enabled: bool = True):
        _deprecated("autocast(args...)", "autocast('cuda', args...)")
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(amp.GradScaler):
    """amp.GradScaler("cuda", ...)."""

    def __init__(self, *args: Any, **kwargs: Any):
        _deprecated("GradScaler(args...)", "GradScaler('cuda', args...)")
        super().__init__("cuda", *args, **kwargs)


def custom_fwd(fwd: Callable | None = None, *, cast_inputs: DType | None = None) -> Any:
    """amp.custom_fwd(fwd, device_type="cuda", ...)."""
    _deprecated("custom_fwd(args...)", "custom_fwd(args..., device_type='cuda')")
    return amp.custom_fwd(fwd, device_type="cuda", cast_inputs=cast_inputs)


def custom_bwd(bwd: Callable) -> Any:
    """amp.custom_bwd(bwd, device_type="cuda")."""
    _deprecated("custom_bwd(args...)", "custom_bwd(args..., device_type='cuda')")
    return amp.custom_bwd(bwd, device_type="cuda")


def _deprecated(old: str, new: str) -> None:
    warnings.warn(
        f"`torch.cuda.amp.{old}` is deprecated. Please use `torch.amp.{new}` instead.", FutureWarning, stacklevel=3
    )
