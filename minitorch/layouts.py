"""How the elements of a tensor lie in memory: PyTorch's memory formats, and what strides say.

    >>> contiguous_strides((2, 3, 4))
    (12, 4, 1)
    >>> strides_of_order((2, 3, 4), (1, 2, 0))  # dimension 1 is the slowest, 0 the fastest
    (1, 8, 2)

Everything here works on plain tuples of ints; strides count elements.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from .errors import message

__all__ = [
    "Layout",
    "MemoryFormat",
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "preserve_format",
    "strided",
]


class MemoryFormat:
    """A named order of the dimensions in memory; compare with `is`."""

    __slots__ = ("name", "order")

    def __init__(self, name: str, order: tuple[int, ...] | None = None):
        self.name = name
        self.order = order  # the slowest dimension first; None where the format doesn't say

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


class Layout:
    """How a tensor keeps its elements: strided here, always."""

    __slots__ = ("name",)

    def __init__(self, name: str):
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


strided = Layout("strided")
contiguous_format = MemoryFormat("contiguous_format")
preserve_format = MemoryFormat("preserve_format")
channels_last = MemoryFormat("channels_last", (0, 2, 3, 1))
channels_last_3d = MemoryFormat("channels_last_3d", (0, 2, 3, 4, 1))


def order_in(memory_format: MemoryFormat, ndim: int) -> tuple[int, ...]:
    """The order of the dimensions in memory that a format asks for, the slowest first."""
    if not isinstance(memory_format, MemoryFormat):
        kind = type(memory_format).__name__
        raise TypeError(
            message("memory_format must be a memory format", expected="such as minitorch.channels_last", got=kind)
        )
    if memory_format.order is None:
        return tuple(range(ndim))
    if len(memory_format.order) != ndim:
        raise RuntimeError(
            f"required rank {len(memory_format.order)} tensor to use {memory_format.name} format, got rank {ndim}"
        )
    return memory_format.order


def strides_of_order(size: Sequence[int], order: Sequence[int]) -> tuple[int, ...]:
    """The strides of a dense tensor whose dimensions lie in memory in this order, the slowest first."""
    strides, step = [0] * len(size), 1
    for dim in reversed(order):
        strides[dim], step = step, step * max(size[dim], 1)
    return tuple(strides)


def contiguous_strides(size: Sequence[int]) -> tuple[int, ...]:
    """The strides of a dense tensor in row-major order."""
    return strides_of_order(size, range(len(size)))


def is_contiguous(size: Sequence[int], stride: Sequence[int], memory_format: MemoryFormat = contiguous_format) -> bool:
    """Do the elements lie in memory in this format, without gaps? Dimensions of size 1 may have any stride."""
    order = memory_format.order or range(len(size))
    if len(order) != len(size):
        return False
    if memory_format.order is None and 0 in size:
        return True
    expected = 1
    for dim in reversed(order):
        if size[dim] != 1 and stride[dim] != expected:
            return False
        expected *= size[dim]
    return True


def suggested_format(size: Sequence[int], stride: Sequence[int]) -> MemoryFormat:
    """The memory format that strides look like, with gaps or without: channels last, or else contiguous."""
    for each in (channels_last, channels_last_3d):
        if len(each.order or ()) == len(size) and _ascend(size, stride, each.order or ()):
            return each
    return contiguous_format


def _ascend(size: Sequence[int], stride: Sequence[int], order: tuple[int, ...]) -> bool:
    """Does each dimension step over the whole of the faster ones?"""
    least = 0
    if stride[1] == 0 or 0 in size:
        return False
    for dim in reversed(order):
        if stride[dim] < least or (dim == 0 and least == stride[1]):  # the latter says nothing: all else has size 1
            return False
        least = stride[dim] * size[dim]
    return True


def order_of(size: Sequence[int], stride: Sequence[int]) -> tuple[int, ...]:
    """The order in which the dimensions lie in memory, the slowest first, as PyTorch settles it where strides leave it open.

    A dimension with a stride of 0 stays where it is among the others; of two with equal strides the longer is the slower.
    """
    order: list[int] = []  # the fastest first
    for dim in reversed(range(len(size))):
        order.append(dim)
        place = len(order) - 1
        for before in reversed(range(place)):
            step, other = stride[order[place]], stride[order[before]]
            if step and other and (other, size[order[before]]) > (step, size[order[place]]):
                order[place], order[before] = order[before], order[place]
                place = before
            elif step and other and other < step:
                break
    return tuple(reversed(order))


def preserved_strides(size: Sequence[int], stride: Sequence[int]) -> tuple[int, ...]:
    """The strides of a copy that keeps the layout where it is dense, and the order of the dimensions where it isn't."""
    order = order_of(size, stride)
    if is_dense(size, stride):
        return tuple(stride)
    return strides_of_order(size, order)


def is_dense(size: Sequence[int], stride: Sequence[int]) -> bool:
    """Is every place between the first element and the last that of exactly one element?"""
    expected = 1
    for dim in sorted([dim for dim, length in enumerate(size) if length != 1], key=lambda dim: stride[dim]):
        if stride[dim] != expected:
            return False
        expected *= size[dim]
    return True


@lru_cache(maxsize=1024)
def is_viewable(size: tuple[int, ...], stride: tuple[int, ...], new_size: tuple[int, ...]) -> bool:
    """Can the elements be seen under another size where they lie? It must end a dimension wherever the strides have a break.

    >>> is_viewable((2, 3), (1, 2), (6,)), is_viewable((2, 3), (1, 2), (2, 1, 3))
    (False, True)
    """
    if 0 in size:
        return True
    long = [(length, step) for length, step in zip(size, stride, strict=True) if length != 1]
    counts = accumulate([length for length, _ in long[:-1]], operator.mul)
    neighbours = zip(counts, pairwise(long), strict=True)
    breaks = [count for count, ((_, step), (length, inner)) in neighbours if step != length * inner]
    return set(breaks) <= set(accumulate(new_size, operator.mul))


def is_expanded(size: Sequence[int], stride: Sequence[int]) -> bool:
    """Do several elements lie in one place, by a stride of 0?"""
    return any(step == 0 and length > 1 for length, step in zip(size, stride, strict=True))


def reach(size: Sequence[int], stride: Sequence[int]) -> int:
    """How many places lie between the first element and the last, both included; 0 where there are no elements."""
    return 1 + sum((length - 1) * step for length, step in zip(size, stride, strict=True)) if all(size) else 0
