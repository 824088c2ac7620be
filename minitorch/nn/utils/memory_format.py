"""The memory format of convolutions' weights."""

from __future__ import annotations

from typing import Any, TypeVar

from minitorch.layouts import MemoryFormat
from minitorch.nn.module import Module

__all__ = ["convert_conv2d_weight_memory_format", "convert_conv3d_weight_memory_format"]

AModule = TypeVar("AModule", bound=Module)


def convert_conv2d_weight_memory_format(module: AModule, memory_format: MemoryFormat) -> AModule:
    """Lay the weights of all two-dimensional convolutions in another memory format; nothing else moves."""
    return _converted(module, memory_format, 4)


def convert_conv3d_weight_memory_format(module: AModule, memory_format: MemoryFormat) -> AModule:
    """Lay the weights of all three-dimensional convolutions in another memory format; nothing else moves."""
    return _converted(module, memory_format, 5)


def _converted(module: AModule, memory_format: MemoryFormat, ndim: int) -> AModule:
    for each in module.modules():
        weight: Any = getattr(each, "weight", None) if hasattr(each, "kernel_size") else None
        if weight is not None and weight.ndim == ndim:
            weight.data = weight.detach().clone(memory_format=memory_format)
    return module
