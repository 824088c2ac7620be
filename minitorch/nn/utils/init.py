"""Making a module without giving its parameters values."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from minitorch.nn.module import Module

__all__ = ["skip_init"]


def skip_init(module_cls: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`module_cls(*args, **kwargs)` with uninitialised parameters and buffers: no random number is drawn.

    >>> from minitorch import nn
    >>> skip_init(nn.Linear, 2, 3).weight.shape
    torch.Size([3, 2])
    """
    if not (isinstance(module_cls, type) and issubclass(module_cls, Module)):
        raise RuntimeError(f"Expected a Module; got {module_cls}")
    if "device" not in inspect.signature(module_cls).parameters:
        raise RuntimeError("Module must support a 'device' arg to skip initialization")
    device = kwargs.pop("device", "cpu")
    return module_cls(*args, device="meta", **kwargs).to_empty(device=device)
