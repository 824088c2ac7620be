"""The error function in single precision, in blocks: NumPy has none, and GELU is made of it."""

from __future__ import annotations

import numpy as np

from minitorch.backend import BODIES, Array, Kernels
from minitorch_numpy.network import by_rows

# erfc(x) = t exp(-x^2) p(t) for x >= 0, with t = 1 / (1 + x / 2): p interpolated at the 11 Chebyshev nodes of t in [0, 1] with
# 30 digits. Its relative error is below 3e-8, half a unit of float32; so the rounding of x^2 sets the error, as in the body.
COEFFICIENTS = [
    np.array(coefficient, np.float32)
    for coefficient in (
        *(0.0453513366236, -0.245580036275, 0.516899540102, -0.482474760515, 0.151885179629, -0.0679582753137),
        *(0.0958271993932, 0.174948596315, 0.246913561218, 0.282092867335, 0.282094799651),
    )
]
ONE, HALF = np.array(1, np.float32), np.array(0.5, np.float32)
END = np.array(12, np.float32)  # erfc is zero in float32 from 10.1 on, and the square of what is here can't overflow


class NumpyErrorFunction:
    def erfc(self, input: Array) -> Array:
        if input.dtype != np.float32:
            return BODIES["erfc"](Kernels(self), input)
        values = np.ascontiguousarray(input).reshape(-1)
        out = np.empty_like(values)
        by_rows(len(values), 1, lambda start, stop: _erfc(values[start:stop], out[start:stop]))
        return out.reshape(input.shape)


def _erfc(values: Array, out: Array) -> None:
    """Write erfc(values) to `out`."""
    size = np.minimum(np.abs(values), END)
    t = np.multiply(size, HALF)
    np.divide(ONE, np.add(t, ONE, out=t), out=t)
    np.multiply(t, COEFFICIENTS[0], out=out)
    for coefficient in COEFFICIENTS[1:]:
        np.add(out, coefficient, out=out)
        np.multiply(out, t, out=out)
    np.multiply(size, size, out=size)
    np.multiply(out, np.exp(np.negative(size, out=size), out=size), out=out)
    # erfc(-x) = 2 - erfc(x), by sign · erfc(|x|) + (1 - sign): np.where costs as much as all of the polynomial.
    sign = np.copysign(ONE, values, out=t)
    np.multiply(out, sign, out=out)
    np.add(out, np.subtract(ONE, sign, out=size), out=out)
