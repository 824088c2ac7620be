"""In which order a result's dimensions lie in memory, where NumPy chooses another order than PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from minitorch.backend import Array
from minitorch.layouts import order_of


def row_major(array: Array) -> Array:
    """A result in row-major order, as PyTorch's reductions give it; NumPy's ufuncs give it in the order of their operand."""
    return array if array.ndim < 2 or array.flags.c_contiguous else array.copy()


def other_order(array: Array) -> tuple[int, ...] | None:
    """The order of the dimensions in memory, the slowest first; None if it is row-major. Expanded ones keep their place."""
    if array.ndim < 2 or array.flags.c_contiguous:
        return None
    order = order_of(array.shape, [abs(step) for step in array.strides])
    return None if order == tuple(range(array.ndim)) else order


def empty_like(array: Array, dtype: Any = None) -> Array:
    """An array of the same shape in the order that PyTorch keeps: where dims are expanded, NumPy's own function takes another."""
    order = other_order(array)
    if order is None:
        return np.empty(array.shape, dtype or array.dtype)
    return np.empty([array.shape[dim] for dim in order], dtype or array.dtype).transpose(np.argsort(order))


def in_order(array: Array, order: Sequence[int]) -> Array:
    """The same numbers in memory in this order of the dimensions, the slowest first."""
    return np.ascontiguousarray(array.transpose(order)).transpose(np.argsort(order))


def broadcast(array: Array, size: tuple[int, ...]) -> Array:
    """A read-only view of another size: what np.broadcast_to gives, at a third of its time."""
    if min(size, default=0) < 0:
        raise ValueError("sizes must not be negative")
    flags = ["multi_index", "refs_ok", "zerosize_ok"]
    return np.nditer((array,), flags, [["readonly"]], itershape=size, order="C").itviews[0]
