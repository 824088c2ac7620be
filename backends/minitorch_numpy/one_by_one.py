"""Special functions of a few numbers, one by one by the C library: its calls cost less than the many passes of a formula."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from minitorch.backend import Array
from minitorch_numpy.layout import empty_like

FEW = 256  # numbers; from about 1,000 on, the passes are faster
ROOT_HALF = math.sqrt(0.5)
DENSITY = 1 / math.sqrt(2 * math.pi)  # of the normal distribution at 0


def few_by(function: Callable[[float], float], dtypes: str = "fd") -> Callable:
    """Let a kernel of one operand take a few numbers of these dtypes (NumPy's letters) from `function` of Python floats.

    Where that raises, as it does at poles, and where there are other arguments, the kernel itself serves.
    """

    def decorate(kernel: Callable) -> Callable:
        @wraps(kernel)
        def compute(self: Any, input: Array, *others: Any, **settings: Any) -> Array:
            if input.size <= FEW and input.dtype.char in dtypes and settings.get("approximate", *others) != "tanh":
                try:
                    values = [function(value) for value in input.reshape(-1).tolist()]
                except (ValueError, OverflowError):
                    pass
                else:
                    result = np.array(values, input.dtype).reshape(input.shape)
                    if not input.flags.c_contiguous:  # then in the order of the input
                        result, rows = empty_like(input), result
                        np.copyto(result, rows)
                    return result
            return kernel(self, input, *others, **settings)

        return compute

    return decorate


def gelu(x: float) -> float:
    """x times the normal distribution at x, good to float32; ValueError where x is no number."""
    return 0.5 * x * math.erfc(-x * ROOT_HALF) if abs(x) < 40 else _far(x, x)


def gelu_slope(x: float) -> float:
    """The derivative of gelu."""
    if abs(x) >= 40:
        return _far(x, 1.0)
    return 0.5 * math.erfc(-x * ROOT_HALF) + x * DENSITY * math.exp(-0.5 * x * x)


def _far(x: float, right: float) -> float:
    """Zero on the left, where a float32 holds no less, `right` on the right."""
    if not math.isfinite(x):
        raise ValueError("no number")
    return right if x > 0 else -0.0
