"""Special functions of float32 in float64, by shorter formulas than the rows' bodies, which must be right in float64 too."""

from __future__ import annotations

import math

import numpy as np

from minitorch.backend import BODIES, Array, Kernels
from minitorch_numpy.one_by_one import few_by
from minitorch_numpy.pointwise import in_blocks

# erfinv(x) = x p(v), with v = sqrt(-log(1 - x^2)) / 2.1 - 1, for any float32 below 1: p at the 23 Chebyshev nodes of v in
# [-1, 1], computed with 60 digits, the highest power first; it is good to 1e-8.
ERFINV = (
    -0.007053339248088, -0.02534996831431, 0.05412532940355, 0.1612909352369, -0.1949552663705, -0.4608617079154,
    0.4433649317392, 0.7844755237334, -0.7253314577715, -0.8864759536861, 0.9244735225253, 0.6860956849101,
    -0.9696213623324, -0.3188560443552, 0.8632510080863, -0.04611620698181, -0.6414283898457, 0.3185975488972,
    0.3581051733537, -0.5962758321398, 0.4078667000392, 1.961225738759, 1.951179797362,
)  # fmt: skip
# log(gamma(z)) - (z - 1/2) log(z) + z - log(2 pi) / 2 = 1 / (12 z) - 1 / (360 z^3) + ..., for z from 8 on, the last one first.
STIRLING = (1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)
SHIFT = 8
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)


class NumpySpecial:
    def erfinv(self, input: Array) -> Array:
        return in_blocks(_erfinv if input.dtype == np.float32 else BODIES["erfinv"], self.k)(input)

    @few_by(math.lgamma)
    def lgamma(self, input: Array) -> Array:
        return in_blocks(_lgamma if input.dtype == np.float32 else BODIES["lgamma"], self.k)(input)


def _erfinv(k: Kernels, input: Array) -> Array:
    x = np.asarray(input, np.float64).reshape(-1)
    rest = np.multiply(x, x)  # exact, as float32 has half as many digits
    np.subtract(1, rest, out=rest)
    v = np.sqrt(np.abs(np.log(rest, out=rest), out=rest), out=rest)
    np.subtract(np.divide(v, 2.1, out=v), 1, out=v)
    result = np.full_like(v, ERFINV[0])
    for coefficient in ERFINV[1:]:
        np.multiply(result, v, out=result)
        np.add(result, coefficient, out=result)
    np.multiply(result, x, out=result)
    ends = np.abs(x) == 1
    if ends.any():
        result[ends] = x[ends] * np.inf
    return result.astype(np.float32).reshape(input.shape)


def _lgamma(k: Kernels, input: Array) -> Array:
    x = np.asarray(input, np.float64).reshape(-1)
    below = x < 0
    reflected = below.any()
    if reflected:
        part = x[below]
        np.subtract(1, x, out=x, where=below)  # gamma(x) gamma(1 - x) = pi / sin(pi x)
    low = np.minimum(x, SHIFT)
    product = low.copy()  # gamma(x + 8) / gamma(x)
    for n in range(1, SHIFT):
        np.multiply(product, np.add(low, n), out=product)
    small = x < SHIFT
    z = np.add(x, np.multiply(small, SHIFT, dtype=np.float64))
    inverse = np.divide(1, z)
    square = np.multiply(inverse, inverse)
    result = np.full_like(square, STIRLING[0])
    for coefficient in STIRLING[1:]:
        np.multiply(result, square, out=result)
        np.add(result, coefficient, out=result)
    np.multiply(result, inverse, out=result)
    np.add(result, HALF_LOG_2PI, out=result)
    np.subtract(result, z, out=result)
    np.add(result, np.multiply(np.log(z), np.subtract(z, 0.5), out=square), out=result)
    np.subtract(result, np.multiply(np.log(product, out=product), small, out=product), out=result)
    result[(x == 1) | (x == 2)] = 0  # the rounding would be infinitely many of its units
    if reflected:
        sine = np.abs(np.sin(np.pi * (part - np.round(part))))
        result[below] = math.log(math.pi) - np.log(sine) - result[below]
    result[np.isinf(x)] = np.inf
    return result.astype(np.float32).reshape(input.shape)
