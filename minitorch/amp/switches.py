"""The switches under `autocast`, by PyTorch's names: what is on in this thread, in which dtype, and the weights kept."""

from __future__ import annotations

import warnings
from typing import Any

from minitorch.amp.policies import DEVICE_TYPES, enable, settings
from minitorch.dtypes import DType
from minitorch.errors import message

__all__ = ["autocast_decrement_nesting", "autocast_increment_nesting", "clear_autocast_cache", "get_autocast_cpu_dtype",
           "get_autocast_dtype", "get_autocast_gpu_dtype", "is_autocast_available", "is_autocast_cache_enabled",
           "is_autocast_cpu_enabled", "is_autocast_enabled", "set_autocast_cache_enabled", "set_autocast_cpu_dtype",
           "set_autocast_cpu_enabled", "set_autocast_dtype", "set_autocast_enabled", "set_autocast_gpu_dtype"]  # fmt: skip


def is_autocast_available(device_type: str) -> bool:
    """Are there rules for mixed precision on devices of this type?

    >>> is_autocast_available("cpu"), is_autocast_available("meta")
    (True, False)
    """
    return _is_text("is_autocast_available", device_type) in DEVICE_TYPES


def _is_text(name: str, device_type: Any) -> str:
    if not isinstance(device_type, str):
        raise TypeError(f"{name}(): argument 'device_type' (position 1) must be str, not {type(device_type).__name__}")
    return device_type


def _known(name: str, device_type: Any) -> str:
    if _is_text(name, device_type) not in DEVICE_TYPES:
        raise RuntimeError(
            message(
                f"{name}(): unknown device type for autocast",
                expected=" or ".join(map(repr, DEVICE_TYPES)),
                got=repr(device_type),
                hint="pass the type alone, as tensor.device.type says it",
            )
        )
    return device_type


# --- On or off --------------------------------------------------------------------------------------------------------


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Is autocast on for a device type, in this thread?"""
    return settings.enabled[_known("is_autocast_enabled", device_type)]


def set_autocast_enabled(device_type: Any, enabled: bool | None = None) -> None:
    """Switch autocast on or off for a device type; `set_autocast_enabled(True)` means "cuda"."""
    if enabled is None:
        device_type, enabled = "cuda", device_type
    if not isinstance(enabled, bool):
        raise TypeError(f"set_autocast_enabled(): argument 'enabled' must be bool, not {type(enabled).__name__}")
    enable(_known("set_autocast_enabled", device_type), enabled)


def is_autocast_cpu_enabled() -> bool:
    """The old name of is_autocast_enabled("cpu")."""
    _deprecated("is_autocast_cpu_enabled()", "is_autocast_enabled('cpu')")
    return is_autocast_enabled("cpu")


def set_autocast_cpu_enabled(enabled: bool) -> None:
    """The old name of set_autocast_enabled("cpu", enabled)."""
    _deprecated("set_autocast_cpu_enabled(enabled)", "set_autocast_enabled('cpu', enabled)")
    set_autocast_enabled("cpu", enabled)


def _deprecated(old: str, new: str) -> None:
    warnings.warn(f"torch.{old} is deprecated. Please use torch.{new} instead.", DeprecationWarning, stacklevel=3)


# --- The lower precision ----------------------------------------------------------------------------------------------


def get_autocast_dtype(device_type: str) -> DType:
    """The dtype in which fast ops run: bfloat16 on the CPU, float16 on a GPU, unless set.

    >>> get_autocast_dtype("cpu")
    torch.bfloat16
    """
    return settings.dtype[_known("get_autocast_dtype", device_type)]


def set_autocast_dtype(device_type: str, dtype: DType) -> None:
    """Let fast ops run in another dtype."""
    device_type = _known("set_autocast_dtype", device_type)
    if not isinstance(dtype, DType):
        raise TypeError(
            f"set_autocast_dtype(): argument 'dtype' (position 2) must be torch.dtype, not {type(dtype).__name__}"
        )
    settings.dtype[device_type] = dtype


def get_autocast_cpu_dtype() -> DType:
    """The old name of get_autocast_dtype("cpu")."""
    _deprecated("get_autocast_cpu_dtype()", "get_autocast_dtype('cpu')")
    return get_autocast_dtype("cpu")


def get_autocast_gpu_dtype() -> DType:
    """The old name of get_autocast_dtype("cuda")."""
    _deprecated("get_autocast_gpu_dtype()", "get_autocast_dtype('cuda')")
    return get_autocast_dtype("cuda")


def set_autocast_cpu_dtype(dtype: DType) -> None:
    """The old name of set_autocast_dtype("cpu", dtype)."""
    _deprecated("set_autocast_cpu_dtype(dtype)", "set_autocast_dtype('cpu', dtype)")
    set_autocast_dtype("cpu", dtype)


def set_autocast_gpu_dtype(dtype: DType) -> None:
    """The old name of set_autocast_dtype("cuda", dtype)."""
    _deprecated("set_autocast_gpu_dtype(dtype)", "set_autocast_dtype('cuda', dtype)")
    set_autocast_dtype("cuda", dtype)


# --- Blocks, and the weights kept in them -----------------------------------------------------------------------------


def autocast_increment_nesting() -> int:
    """One more block around this thread; returns how many there are."""
    settings.nesting += 1
    return settings.nesting


def autocast_decrement_nesting() -> int:
    """One block less around this thread; returns how many are left."""
    settings.nesting -= 1
    return settings.nesting


def is_autocast_cache_enabled() -> bool:
    """Is the conversion of a weight kept until the outermost block ends? Then each weight is converted once."""
    return settings.keeps


def set_autocast_cache_enabled(enabled: bool) -> None:
    """Keep converted weights, or convert them each time."""
    settings.keeps = bool(enabled)


def clear_autocast_cache() -> None:
    """Forget the converted weights."""
    settings.kept.clear()
