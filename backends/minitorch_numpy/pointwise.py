"""Pointwise kernels for which NumPy has a function of another form than the row."""

from __future__ import annotations

import numpy as np

from minitorch.backend import Array


class NumpyPointwise:
    def mantissa_exponent(self, input: Array) -> tuple[Array, Array]:
        mantissa, exponent = np.frexp(input)
        return np.asarray(mantissa), np.asarray(exponent, np.int64)

    def interpolated(self, input: Array, end: Array, weight: Array) -> Array:
        way = end - input
        if not weight.shape:  # one weight for all: one side only
            return input + weight * way if abs(weight) < 0.5 else end - way * (1 - weight)
        return np.where(abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))
