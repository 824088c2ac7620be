"""The shape of a tensor: a tuple of integers that prints like PyTorch's and stays one when it is cut or joined."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import SupportsIndex, overload

from .errors import message


class Size(tuple[int, ...]):
    """A tuple of sizes; equal to the plain tuple of the same numbers, and with its hash.

    Sizes are made Python ints, whatever integers they come as. `tuple.__new__(Size, shape)` skips that for a tuple which is
    known to hold ints. Raises TypeError for an item that is no integer.

    >>> size = Size([2, 3, 4])
    >>> size, size.numel(), size[1:], size + (5,)
    (torch.Size([2, 3, 4]), 24, torch.Size([3, 4]), torch.Size([2, 3, 4, 5]))
    """

    __slots__ = ()

    def __new__(cls, sizes: Iterable[SupportsIndex] = (), /) -> Size:
        sizes = tuple(sizes)
        for item in sizes:
            if type(item) is not int:
                return _new(cls, [_integer(position, item) for position, item in enumerate(sizes)])
        return _new(cls, sizes)

    def numel(self) -> int:
        """How many elements a tensor of this size has: the product, 1 for no dimensions."""
        return math.prod(self)

    @overload
    def __getitem__(self, index: SupportsIndex, /) -> int: ...
    @overload
    def __getitem__(self, index: slice, /) -> Size: ...
    def __getitem__(self, index: SupportsIndex | slice, /) -> int | Size:
        if type(index) is slice:
            return _new(Size, _item(self, index))
        return _item(self, index)  # pyright: ignore[reportReturnType]: only a slice gives a tuple

    def __add__(self, other: tuple[SupportsIndex, ...], /) -> Size:
        return Size(tuple.__add__(self, other)) if isinstance(other, tuple) else NotImplemented

    def __radd__(self, other: tuple[SupportsIndex, ...], /) -> Size:
        return Size(tuple.__add__(other, self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: SupportsIndex, /) -> Size:
        return _new(Size, tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"


_new, _item = tuple.__new__, tuple.__getitem__


def _integer(position: int, item: SupportsIndex) -> int:
    try:
        return operator.index(item)
    except TypeError:
        got = f"{item!r} ({type(item).__name__}) as item {position}"
        raise TypeError(message("torch.Size: a size must be an integer", expected="an int", got=got)) from None
