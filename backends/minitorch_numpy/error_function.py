"""The error function and GELU in single precision, in blocks and in place: NumPy has neither."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from minitorch.backend import BODIES, Array, Kernels
from minitorch_numpy.layout import other_order
from minitorch_numpy.network import by_rows

# erfc(x) = t exp(-x^2) p(t) for x >= 0, with t = 1 / (1 + x / 2): p interpolated at the 11 Chebyshev nodes of t in [0, 1] with
# 30 digits. Its relative error is below 3e-8, half a unit of float32.
COEFFICIENTS = [
    np.array(coefficient, np.float32)
    for coefficient in (
        *(0.0453513366236, -0.245580036275, 0.516899540102, -0.482474760515, 0.151885179629, -0.0679582753137),
        *(0.0958271993932, 0.174948596315, 0.246913561218, 0.282092867335, 0.282094799651),
    )
]
ONE, HALF, ROOT_EIGHTH = (np.array(value, np.float32) for value in (1, 0.5, math.sqrt(0.125)))
END = np.array(12, np.float32)  # erfc is zero in float32 from 10.1 on, and the square of what is here can't overflow
FAR = np.array(16, np.float32)  # the same of the normal distribution's tail, from 14.3 on
ROOT_2_PI = np.array(math.sqrt(2 * math.pi), np.float32)
HIGH_BITS = np.array(-1 << 12, np.int32)  # of a float32 those 12 digits whose square is exact


# erf(x) = x p(x^2) for |x| < 1, by Chebyshev's nodes too: the last coefficient is 3e-9 of the first.
NEAR = [
    np.array(coefficient, np.float32)
    for coefficient in (
        1.05893806411e-6,
        -1.39093400219e-5,
        0.000119565625682,
        -0.000854263799709,
        0.00522378347719,
        -0.0268661332351,
        0.112837913086,
        -0.376126388896,
        1.12837916709,
    )
]


class NumpyErrorFunction:
    def erf(self, input: Array) -> Array:
        if input.dtype != np.float32:
            return BODIES["erf"](Kernels(self), input)
        return _in_rows(_erf, input)

    def erfc(self, input: Array) -> Array:
        if input.dtype != np.float32:
            return BODIES["erfc"](Kernels(self), input)
        return _in_rows(_erfc, input)

    def gelu(self, input: Array, *, approximate: str = "none") -> Array:
        if input.dtype != np.float32 or approximate == "tanh":
            return BODIES["gelu"](Kernels(self), input, approximate=approximate)
        return _in_rows(_gelu, input)

    def gelu_slope(self, input: Array, approximate: str) -> Array:
        if input.dtype != np.float32 or approximate == "tanh":
            return BODIES["gelu_slope"](Kernels(self), input, approximate)
        return _in_rows(_gelu_slope, input)


def _in_rows(work: Callable[[Array, Array], None], input: Array) -> Array:
    order = other_order(input)
    if order is not None:
        return _in_rows(work, input.transpose(order)).transpose(np.argsort(order))
    values = np.ascontiguousarray(input).reshape(-1)
    out = np.empty_like(values)
    by_rows(len(values), 1, lambda start, stop: work(values[start:stop], out[start:stop]))
    return out.reshape(input.shape)


def _times_polynomial(t: Array, out: Array) -> None:
    """Write t p(t) to `out`."""
    np.multiply(t, COEFFICIENTS[0], out=out)
    for coefficient in COEFFICIENTS[1:]:
        np.add(out, coefficient, out=out)
        np.multiply(out, t, out=out)


def _square_parts(size: Array, rest: Array) -> Array:
    """The square of the leading digits, which is exact, into a new array, and the rest of the square to `rest`."""
    high = np.bitwise_and(size.view(np.int32), HIGH_BITS).view(np.float32)
    np.subtract(size, high, out=rest)
    np.multiply(rest, np.add(size, high), out=rest)
    return np.multiply(high, high, out=high)


def _bell(size: Array, scale: Array, out: Array) -> Array:
    """exp(-scale x^2), with digits that the rounding of x^2 would cost: e^(-a) e^(-b) with b near 0, as (1 - b / 2)^2."""
    exponent = _square_parts(size, out)
    np.exp(np.multiply(exponent, -scale, out=exponent), out=exponent)
    np.exp(np.multiply(out, -scale, out=out), out=out)
    return np.multiply(exponent, out, out=out)


def _erfc(values: Array, out: Array) -> None:
    """Write erfc(values) to `out`."""
    size = np.minimum(np.abs(values), END)
    t = np.multiply(size, HALF)
    np.divide(ONE, np.add(t, ONE, out=t), out=t)
    _times_polynomial(t, out)
    np.multiply(out, _bell(size, ONE, t), out=out)
    # erfc(-x) = 2 - erfc(x), by sign · erfc(|x|) + (1 - sign): np.where costs as much as all of the polynomial.
    sign = np.copysign(ONE, values, out=t)
    np.multiply(out, sign, out=out)
    np.add(out, np.subtract(ONE, sign, out=size), out=out)


def _erf(values: Array, out: Array) -> None:
    """x p(x^2) for |x| < 1, else 1 - erfc(|x|) with the sign of x."""
    near = np.minimum(np.abs(values), ONE)
    square = np.multiply(near, near)
    series = np.multiply(square, NEAR[0])
    for coefficient in NEAR[1:-1]:
        np.add(series, coefficient, out=series)
        np.multiply(series, square, out=series)
    np.add(series, NEAR[-1], out=series)
    np.multiply(series, near, out=series)
    size = np.abs(values)
    _erfc(size, out)
    np.subtract(ONE, out, out=out)
    beyond = np.negative(np.greater(size, ONE).view(np.int8)).astype(np.int32).view(np.float32)
    bits, low = out.view(np.int32), series.view(np.int32)
    np.bitwise_xor(bits, low, out=bits)
    np.bitwise_and(bits, beyond.view(np.int32), out=bits)
    np.bitwise_xor(bits, low, out=bits)
    np.copysign(out, values, out=out)


def _tail(values: Array, out: Array) -> tuple[Array, Array]:
    """Write the normal distribution's part above |values| to `out`; returns |values| and exp(-values^2 / 2)."""
    size = np.minimum(np.abs(values), FAR)
    t = np.multiply(size, ROOT_EIGHTH)
    np.divide(ONE, np.add(t, ONE, out=t), out=t)
    _times_polynomial(t, out)
    bell = _bell(size, HALF, t)
    np.multiply(out, bell, out=out)
    np.multiply(out, HALF, out=out)
    return size, bell


def _gelu(values: Array, out: Array) -> None:
    """max(x, 0) - |x| tail(|x|)"""
    size, room = _tail(values, out)
    np.multiply(out, size, out=out)
    room.fill(0)  # against a number np.maximum is not vectorized
    np.maximum(values, room, out=room)
    np.subtract(room, out, out=out)


def _gelu_slope(values: Array, out: Array) -> None:
    """P(x) + x p(x); the part P below x is tail(|x|) for negative x, else 1 - tail(|x|)."""
    size, bell = _tail(values, out)
    sign = np.copysign(ONE, values)
    np.multiply(bell, np.multiply(size, sign, out=size), out=bell)
    np.divide(bell, ROOT_2_PI, out=bell)
    np.multiply(out, sign, out=out)
    np.subtract(bell, out, out=bell)
    np.add(sign, ONE, out=sign)
    np.multiply(sign, HALF, out=sign)
    np.add(bell, sign, out=out)
