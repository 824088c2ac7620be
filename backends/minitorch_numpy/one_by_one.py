"""Special functions of a few numbers, one by one: by the C library, or by the row's own body on Python floats.

What a formula does to a Python float costs some 40 ns, and to an array of six 600.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import WIDE, Array
from minitorch_numpy.layout import empty_like

FEW = 256  # numbers; from about 1,000 on, the passes are faster
FEW_BY_BODY = 16  # numbers; from about 40 on, arrays are faster
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
                    return _laid_out_as(input, np.array(values, input.dtype).reshape(input.shape))
            return kernel(self, input, *others, **settings)

        return compute

    return decorate


def _laid_out_as(input: Array, result: Array) -> Array:
    """The result in the order of the input in memory."""
    if input.flags.c_contiguous or input.shape != result.shape:
        return result
    laid_out = empty_like(input)
    np.copyto(laid_out, result)
    return laid_out


def few_by_body(body: Callable, kernel: Callable) -> Callable:
    """A kernel that takes a few numbers through a row's body one by one; where that raises, as at poles, `kernel` serves."""

    def compute(input: Array, *others: Any) -> Array:
        if input.size <= FEW_BY_BODY and input.dtype.char in "fd":
            arrays = [input, *[other for other in others if isinstance(other, np.ndarray | np.generic)]]
            places, settings = np.broadcast(*arrays), others[len(arrays) - 1 :]
            if places.size <= FEW_BY_BODY:
                try:
                    values = [body(NUMBERS, *map(float, place), *settings) for place in places]
                    return _laid_out_as(input, np.array(values, input.dtype).reshape(places.shape))
                except (ArithmeticError, AttributeError, TypeError, ValueError):
                    pass
        return kernel(input, *others)

    return compute


class Numbers:
    """`k` for bodies that run on Python floats: what special functions are made of. Anything else raises AttributeError."""

    abs, logical_not, some = abs, operator.not_, bool
    cos, erf, erfc, exp, expm1, lgamma, log, log1p, pow, sin, sqrt, tan = (
        *(math.cos, math.erf, math.erfc, math.exp, math.expm1, math.lgamma),
        *(math.log, math.log1p, math.pow, math.sin, math.sqrt, math.tan),
    )
    isfinite, isinf, remainder = math.isfinite, math.isinf, operator.mod

    class backend:
        dtype_of = staticmethod(lambda number: dtypes.float64)

    where = staticmethod(lambda condition, input, other: input if condition else other)
    full_like = staticmethod(lambda input, fill_value: float(fill_value))
    maximum = staticmethod(lambda input, other: input if input > other or input != input else other)
    minimum = staticmethod(lambda input, other: input if input < other or input != input else other)
    floor = staticmethod(lambda input: float(math.floor(input)))
    ceil = staticmethod(lambda input: float(math.ceil(input)))
    round = staticmethod(lambda input: float(round(input)))
    rsqrt = staticmethod(lambda input: 1 / math.sqrt(input))
    square = staticmethod(lambda input: input * input)
    sign = staticmethod(lambda input: float((input > 0) - (input < 0)))

    def __getattr__(self, name: str) -> Callable:
        try:
            return partial(WIDE[name], self)
        except KeyError:
            raise AttributeError(f"no formula of {name!r} for Python floats") from None


NUMBERS = Numbers()


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
