"""`autocast`: inside the block each op runs in the precision that suits it, whatever its operands come in.

    with minitorch.autocast("cpu", dtype=minitorch.bfloat16):
        loss = loss_function(model(input), target)
    loss.backward()

The conversions are ops, so weights get gradients of their own dtype. `custom_fwd` and `custom_bwd` are for one's own Functions.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, Self

import numpy as np

from minitorch import dtypes, registry
from minitorch.amp import switches
from minitorch.dtypes import DType
from minitorch.tensor import Tensor

__all__ = ["autocast", "autocast_decorator", "custom_bwd", "custom_fwd"]

_SHORT = (dtypes.bfloat16, dtypes.float16)


class autocast:
    """Mixed precision in a `with` block, or in the functions that it decorates; blocks may stand in blocks.

    device_type: "cpu" or "cuda". dtype: bfloat16 or float16; None: `get_autocast_dtype(device_type)`. enabled: False keeps ops
    inside in the dtypes of their operands. cache_enabled: convert each weight once, not at each use. What each op does:
    minitorch/amp/policies.py. It counts for this thread alone.

    >>> import minitorch
    >>> x = minitorch.ones(2, 2)
    >>> with autocast("cpu", dtype=minitorch.bfloat16):
    ...     product = x @ x
    >>> product.dtype
    torch.bfloat16
    """

    def __init__(
        self, device_type: str, dtype: DType | None = None, enabled: bool = True, cache_enabled: bool | None = None
    ):
        if not isinstance(device_type, str):
            raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
        if not switches.is_autocast_available(device_type):
            raise RuntimeError(f"User specified an unsupported autocast device_type '{device_type}'")
        self.device = device_type
        self.fast_dtype = switches.get_autocast_dtype(device_type) if dtype is None else dtype
        self._cache_enabled = switches.is_autocast_cache_enabled() if cache_enabled is None else cache_enabled
        self._enabled = enabled and self._possible()
        self._before: list[tuple[bool, DType, bool]] = []

    def _possible(self) -> bool:
        if self.device == "cuda" and not cuda_is_available():
            warnings.warn("CUDA is not available or torch_xla is imported. Disabling autocast.", stacklevel=3)
            return False
        if self.device != "cuda" and self.fast_dtype not in _SHORT:
            name = self.device.upper()
            warnings.warn(
                f"In {name} autocast, but the target dtype is not supported. Disabling autocast.\n{name} Autocast only supports "
                f"dtypes of {', '.join(map(repr, _SHORT))} currently.",
                stacklevel=3,
            )
            return False
        return True

    def __enter__(self) -> Self:
        self._before.append(
            (
                switches.is_autocast_enabled(self.device),
                switches.get_autocast_dtype(self.device),
                switches.is_autocast_cache_enabled(),
            )
        )
        switches.autocast_increment_nesting()
        self._set(self._enabled, self.fast_dtype, self._cache_enabled)
        return self

    def __exit__(self, *raised: object) -> None:
        if switches.autocast_decrement_nesting() == 0:
            switches.clear_autocast_cache()
        self._set(*self._before.pop())

    def _set(self, enabled: bool, dtype: DType, keeps: bool) -> None:
        switches.set_autocast_enabled(self.device, enabled)
        switches.set_autocast_dtype(self.device, dtype)
        switches.set_autocast_cache_enabled(keeps)

    def __call__(self, func: Callable) -> Callable:
        if not callable(func):
            raise TypeError(
                f"autocast()(func) requires a callable, but got {type(func).__name__}. "
                "Did you mean to use autocast as a context manager? For example:\n"
                "    with torch.autocast(device_type=...):\n        output = model(input)"
            )
        return autocast_decorator(self, func)


def autocast_decorator(autocast_instance: autocast, func: Callable) -> Callable:
    """`func` inside `with autocast_instance:`."""

    @functools.wraps(func)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        with autocast_instance:
            return func(*args, **kwargs)

    return decorated


def cuda_is_available() -> bool:
    name = registry.serving("cuda")
    return name is not None and registry.why_unusable(name) is None


class Remembered:
    """This thread's autocast as it is now; `with remembered.again():` sets it once more, in whatever thread."""

    def __init__(self) -> None:
        self.keeps = switches.is_autocast_cache_enabled()
        self.said = [
            (device, switches.get_autocast_dtype(device), switches.is_autocast_enabled(device))
            for device in switches.DEVICE_TYPES
        ]

    @contextmanager
    def again(self) -> Iterator[None]:
        with ExitStack() as stack:
            for said in self.said:
                stack.enter_context(_Restored(*said, self.keeps))
            yield


class _Restored(autocast):
    """A block that was possible when it was made."""

    def _possible(self) -> bool:
        return True


# --- Functions of one's own -------------------------------------------------------------------------------------------


def custom_fwd(fwd: Callable | None = None, *, device_type: str, cast_inputs: DType | None = None) -> Any:
    """Decorate `forward` of a Function, so that `backward`, decorated with custom_bwd, runs under the same autocast.

    cast_inputs: inside autocast, convert the floating point arguments to this dtype, and run `forward` without autocast.
    """
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        ctx, enabled = args[0], switches.is_autocast_enabled(device_type)
        ctx._dtype = switches.get_autocast_dtype(device_type)
        ctx._fwd_used_autocast = enabled and cast_inputs is None
        if cast_inputs is None or not enabled:
            return fwd(*args, **kwargs)
        with autocast(device_type, enabled=False):
            return fwd(*_cast(args, device_type, cast_inputs), **_cast(kwargs, device_type, cast_inputs))

    return decorated


def custom_bwd(bwd: Callable | None = None, *, device_type: str) -> Any:
    """Decorate `backward` of a Function whose `forward` is decorated with custom_fwd."""
    if not isinstance(device_type, str):
        raise ValueError(f"Expected `device_type` of type `str`, got: `{type(device_type)}`")
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        ctx = args[0]
        with autocast(device_type, enabled=ctx._fwd_used_autocast, dtype=ctx._dtype):
            return bwd(*args, **kwargs)

    return decorated


def _cast(value: Any, device_type: str, dtype: DType) -> Any:
    """Tensors in another dtype, also those in containers; float64 stays."""
    if isinstance(value, Tensor):
        eligible = value.is_floating_point() and value.device.type == device_type and value.dtype is not dtypes.float64
        return value.to(dtype) if eligible else value
    if isinstance(value, str | bytes | np.ndarray):
        return value
    if isinstance(value, Mapping):
        return {_cast(k, device_type, dtype): _cast(v, device_type, dtype) for k, v in value.items()}
    if isinstance(value, Iterable):
        parts = (_cast(part, device_type, dtype) for part in value)
        return type(value)(parts) if isinstance(value, list | tuple) else parts  # type: ignore[call-arg]
    return value
