"""Exact GELU in single precision, in blocks and in place.

What lies within 5 of zero, mostly all, takes a short polynomial and one exponential; what is farther out is done once more, with
all the digits that its tiny results need.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minitorch.backend import BODIES, Array
from minitorch_numpy import one_by_one
from minitorch_numpy.error_function import COEFFICIENTS, HALF, ONE, bell_of, in_rows, times_polynomial

# The normal distribution above x >= 0 is exp(-x^2 / 2) t p(t), with t = 1 / (4 + x): p by Chebyshev nodes, weighted so that its
# relative error is below 4e-8 up to x = 5. These are the coefficients for 4 t; the powers of 4 round nothing.
NEAR = [
    np.array(coefficient * 4**power, np.float32)
    for power, coefficient in (
        *((7, -0.09591052484), (6, 0.3612922384), (5, -0.3038977112), (4, 0.3174550631), (3, 0.005108849581)),
        *((2, 0.1177761397), (1, 0.0981759392)),
    )
]
FOUR, FIVE, MINUS_HALF = (np.array(value, np.float32) for value in (4, 5, -0.5))
DENSITY = np.array(1 / math.sqrt(2 * math.pi), np.float32)
LEAST = np.array(1e-30, np.float32)  # what makes 0 / 0 zero and leaves any other number as it is
END = np.array(16, np.float32)  # in float32 the distribution's tail is zero from 14.3 on
ROOT_EIGHTH = np.array(math.sqrt(0.125), np.float32)


class NumpyGelu:
    @one_by_one.few_by(one_by_one.gelu, "f")
    def gelu(self, input: Array, *, approximate: str = "none") -> Array:
        if input.dtype != np.float32 or approximate == "tanh":
            return BODIES["gelu"](self.k, input, approximate=approximate)
        return in_rows(_each(_gelu, lambda x: x), input)[0]

    def gelu_with_slope(self, input: Array, *, approximate: str = "none") -> tuple[Array, Array | None]:
        if input.dtype != np.float32 or approximate == "tanh" or input.size <= one_by_one.FEW:
            return self.gelu(input, approximate=approximate), None
        return in_rows(_each(_both, lambda x: x, np.ones_like), input, 2)

    @one_by_one.few_by(one_by_one.gelu_slope, "f")
    def gelu_slope(self, input: Array, approximate: str) -> Array:
        if input.dtype != np.float32 or approximate == "tanh":
            return BODIES["gelu_slope"](self.k, input, approximate)
        return in_rows(_each(_slope, np.ones_like), input)[0]


def _each(function: Callable, *beyond: Callable) -> Callable[..., None]:
    """`function(tail, values, *outs)` of each number with the tail for where it lies; on the far right `beyond`."""

    def work(values: Array, *outs: Array) -> None:
        function(_near_tail, values, *outs)
        if not (np.maximum.reduce(values, initial=0) <= FIVE and np.minimum.reduce(values, initial=0) >= -FIVE):
            far = np.flatnonzero(np.greater(np.absolute(values), FIVE))
            x = values[far]
            results = [np.empty_like(x) for _ in outs]
            function(_far_tail, np.clip(x, -END, END), *results)
            for out, result, limit in zip(outs, results, beyond, strict=True):
                np.copyto(result, limit(x), where=np.greater(x, END))
                out[far] = result

    return work


def _gelu(tail: Callable, x: Array, out: Array) -> None:
    """max(x, 0) - |x| tail(|x|)"""
    size, room = tail(x, out)
    np.multiply(out, size, out=out)
    np.multiply(np.add(x, size, out=room), HALF, out=room)  # against a number np.maximum is not vectorized
    np.subtract(room, out, out=out)


def _slope(tail: Callable, x: Array, out: Array) -> None:
    """P(x) + x p(x); the part P below x is tail(|x|) for negative x, else 1 - tail(|x|)."""
    size, bell = tail(x, out)
    np.multiply(np.multiply(bell, x, out=bell), DENSITY, out=bell)
    sign = np.divide(x, np.add(size, LEAST, out=size), out=size)  # np.copysign takes three times as long
    np.subtract(bell, np.multiply(out, sign, out=out), out=out)
    np.multiply(np.add(sign, ONE, out=sign), HALF, out=sign)
    np.add(out, sign, out=out)


def _both(tail: Callable, x: Array, out: Array, slope: Array) -> None:
    """What `_gelu` and `_slope` write, from one tail."""
    size, bell = tail(x, out)
    sign = np.divide(x, np.add(size, LEAST, out=slope), out=slope)
    np.multiply(out, size, out=size)
    np.multiply(np.multiply(bell, x, out=bell), DENSITY, out=bell)
    np.subtract(bell, np.multiply(out, sign, out=out), out=bell)
    step = np.multiply(np.add(sign, ONE, out=sign), HALF, out=sign)
    np.subtract(np.multiply(x, step, out=out), size, out=out)
    np.add(bell, step, out=slope)


def _near_tail(x: Array, out: Array) -> tuple[Array, Array]:
    """Write the normal distribution's part above |x| <= 5 to `out`; returns |x| and exp(-x^2 / 2)."""
    size = np.absolute(x)
    t = np.add(size, FOUR)
    np.divide(ONE, t, out=t)
    times_polynomial(NEAR, t, out)
    bell = np.multiply(x, x, out=t)
    np.exp(np.multiply(bell, MINUS_HALF, out=bell), out=bell)
    np.multiply(out, bell, out=out)
    return size, bell


def _far_tail(x: Array, out: Array) -> tuple[Array, Array]:
    """The same for |x| up to 16, by erfc."""
    size = np.absolute(x)
    t = np.multiply(size, ROOT_EIGHTH)
    np.divide(ONE, np.add(t, ONE, out=t), out=t)
    times_polynomial(COEFFICIENTS, t, out)
    bell = bell_of(size, HALF, t)
    np.multiply(np.multiply(out, bell, out=out), HALF, out=out)
    return size, bell
