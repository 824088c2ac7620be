"""Views with any strides."""

from __future__ import annotations

from typing import Any

import numpy as np

from cupy._array import ndarray, view
from cupy._bridge import sharing
from cupy._manifest import bound, fill


def as_strided(x: ndarray, shape: Any = None, strides: Any = None) -> ndarray:
    shape = x.shape if shape is None else tuple(shape)
    strides = x.strides if strides is None else tuple(strides)
    return view(x, np.lib.stride_tricks.as_strided(x._host, shape, strides))


def windows(x: np.ndarray, window_shape: Any, axis: Any = None, **kwargs: Any) -> np.ndarray:
    return np.lib.stride_tricks.sliding_window_view(x, window_shape, axis)


HOME = "cupy.lib.stride_tricks"
WRITTEN = {
    "as_strided": bound(HOME, "as_strided", as_strided),
    "sliding_window_view": sharing(HOME, "sliding_window_view", windows),
}
fill(HOME, globals(), WRITTEN)
