"""Sizes that layers take as one number for all dims, or as one number for each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Size = int | tuple[int, ...]


def each_dim(value: Any, count: int) -> tuple[Any, ...]:
    """`count` numbers: those that were given, or the one that was given for each.

    >>> each_dim(3, 2)
    (3, 3)
    """
    return tuple(value) if isinstance(value, Iterable) else (value,) * count
