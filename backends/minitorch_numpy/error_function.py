"""The error function in single precision, in blocks and in place: NumPy has none."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from minitorch.backend import BODIES, Array
from minitorch_numpy.layout import other_order
from minitorch_numpy.network import by_rows
from minitorch_numpy.one_by_one import few_by

# erfc(x) = t exp(-x^2) p(t) for x >= 0, with t = 1 / (1 + x / 2): p interpolated at the 11 Chebyshev nodes of t in [0, 1] with
# 30 digits. Its relative error is below 3e-8, half a unit of float32.
COEFFICIENTS = [
    np.array(coefficient, np.float32)
    for coefficient in (
        *(0.0453513366236, -0.245580036275, 0.516899540102, -0.482474760515, 0.151885179629, -0.0679582753137),
        *(0.0958271993932, 0.174948596315, 0.246913561218, 0.282092867335, 0.282094799651),
    )
]
ONE, HALF = (np.array(value, np.float32) for value in (1, 0.5))
END = np.array(12, np.float32)  # erfc is zero in float32 from 10.1 on, and the square of what is here can't overflow
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
    @few_by(math.erf)
    def erf(self, input: Array) -> Array:
        if input.dtype != np.float32:
            return BODIES["erf"](self.k, input)
        return in_rows(_erf, input)[0]

    @few_by(math.erfc)
    def erfc(self, input: Array) -> Array:
        if input.dtype != np.float32:
            return BODIES["erfc"](self.k, input)
        return in_rows(_erfc, input)[0]


def in_rows(work: Callable[..., None], input: Array, results: int = 1) -> tuple[Array, ...]:
    """Call `work(values, *outs)` on blocks of the input until all of the results is written, which lie as the input does."""
    order = other_order(input)
    if order is not None:
        back = np.argsort(order)
        return tuple([out.transpose(back) for out in in_rows(work, input.transpose(order), results)])
    values = np.ascontiguousarray(input).reshape(-1)
    outs = [np.empty_like(values) for _ in range(results)]
    by_rows(len(values), 1, lambda a, b: work(values[a:b], *[out[a:b] for out in outs]), cost=4)
    return tuple([out.reshape(input.shape) for out in outs])


def times_polynomial(coefficients: Sequence[Array], t: Array, out: Array) -> None:
    """Write t p(t) to `out`; the coefficients of p begin with the highest power's."""
    np.multiply(t, coefficients[0], out=out)
    for coefficient in coefficients[1:]:
        np.add(out, coefficient, out=out)
        np.multiply(out, t, out=out)


def _square_parts(size: Array, rest: Array) -> Array:
    """The square of the leading digits, which is exact, into a new array, and the rest of the square to `rest`."""
    high = np.bitwise_and(size.view(np.int32), HIGH_BITS).view(np.float32)
    np.subtract(size, high, out=rest)
    np.multiply(rest, np.add(size, high), out=rest)
    return np.multiply(high, high, out=high)


def bell_of(size: Array, scale: Array, out: Array) -> Array:
    """exp(-scale x^2), with digits that the rounding of x^2 would cost: e^(-a) e^(-b), with b near 0; overwrites `out`."""
    exponent = _square_parts(size, out)
    np.exp(np.multiply(exponent, -scale, out=exponent), out=exponent)
    np.exp(np.multiply(out, -scale, out=out), out=out)
    return np.multiply(exponent, out, out=out)


def _erfc(values: Array, out: Array) -> None:
    """Write erfc(values) to `out`."""
    size = np.minimum(np.abs(values), END)
    t = np.multiply(size, HALF)
    np.divide(ONE, np.add(t, ONE, out=t), out=t)
    times_polynomial(COEFFICIENTS, t, out)
    np.multiply(out, bell_of(size, ONE, t), out=out)
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
