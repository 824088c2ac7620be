"""cupyx: scattered writes, pinned memory, rsqrt, and what linalg does with errors."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from cupy._manifest import MODULES, bound, fill
from cupy._ufuncs import ufunc
from cupy.cuda import alloc_pinned_memory
from cupy.linalg import raises


def empty_pinned(shape: Any, dtype: Any = float, order: str = "C") -> np.ndarray:
    room = alloc_pinned_memory(int(np.prod(shape)) * np.dtype(dtype).itemsize)
    return np.ndarray(shape, dtype, room.mem._host, order=order)  # type: ignore[call-overload]


def zeros_pinned(shape: Any, dtype: Any = float, order: str = "C") -> np.ndarray:
    result = empty_pinned(shape, dtype, order)
    result[...] = 0
    return result


def empty_like_pinned(a: Any, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None) -> np.ndarray:
    return empty_pinned(a.shape if shape is None else shape, a.dtype if dtype is None else dtype)


def zeros_like_pinned(a: Any, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None) -> np.ndarray:
    return zeros_pinned(a.shape if shape is None else shape, a.dtype if dtype is None else dtype)


@contextlib.contextmanager
def errstate(*, divide=None, over=None, under=None, invalid=None, linalg=None) -> Iterator[None]:
    if linalg not in (None, "ignore", "raise"):
        raise NotImplementedError(f"linalg={linalg!r} is not supported")
    before = raises.set(raises.get() if linalg is None else linalg == "raise")
    try:
        yield
    finally:
        raises.reset(before)


WRITTEN: dict[str, Any] = {
    "empty_pinned": empty_pinned,
    "zeros_pinned": zeros_pinned,
    "empty_like_pinned": empty_like_pinned,
    "zeros_like_pinned": zeros_like_pinned,
    "errstate": errstate,
    "rsqrt": ufunc(MODULES["cupyx"]["rsqrt"], lambda x: 1 / np.sqrt(x)),
    "scatter_add": bound("cupyx", "scatter_add", lambda a, slices, value: a.scatter_add(slices, value)),
    "scatter_max": bound("cupyx", "scatter_max", lambda a, slices, value: a.scatter_max(slices, value)),
    "scatter_min": bound("cupyx", "scatter_min", lambda a, slices, value: a.scatter_min(slices, value)),
}
fill("cupyx", globals(), WRITTEN)
