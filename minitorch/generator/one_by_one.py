"""Samplers by rejection as PyTorch's CPU draws them: one by one, since what a number takes decides where the next starts.

`unit()` gives the next uniform number of [0, 1) in float64, `normal()` the next standard normal. A Python loop over the elements
costs about a microsecond each.

    poisson     products of uniforms below a rate of 10, from there on transformed rejection (Hoermann 1993, PTRS)
    binomial    geometric steps below 10 expected successes, from there on the same idea (Hoermann 1993, BTRS)
    gamma       the cube of a normal, squeezed (Marsaglia and Tsang 2000)
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from .limits import Array

Draw = Callable[[], float]

# The logarithm of k! less Stirling's (k + 1/2) log(k + 1) - (k + 1) + log(2 pi) / 2, for k up to 9.
TAILS = (
    0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211,
    0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287,
)  # fmt: skip


def _log(x: float) -> float:
    return math.log(x) if x > 0 else -math.inf


def poisson(rate: float, unit: Draw) -> int:
    """The number of events where `rate` are expected."""
    if rate >= 10:
        return _poisson_by_rejection(rate, unit)
    if rate == 0:
        return 0
    least, product, count = math.exp(-rate), unit(), 0
    while product > least:
        product *= unit()
        count += 1
    return count


def _poisson_by_rejection(rate: float, unit: Draw) -> int:
    log_rate = math.log(rate)
    b = 0.931 + 2.53 * math.sqrt(rate)
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    quick = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = unit() - 0.5, unit()
        apart = 0.5 - abs(u)
        if not apart:
            continue
        k = math.floor((2 * a / apart + b) * u + rate + 0.43)
        if apart >= 0.07 and v <= quick:
            return k
        if k < 0 or (apart < 0.013 and v > apart):
            continue
        height = _log(v) + math.log(inverse_alpha) - math.log(a / (apart * apart) + b)
        if height <= -rate + k * log_rate - math.lgamma(k + 1):
            return k


def binomial(count: float, p: float, unit: Draw) -> float:
    """The number of successes in `count` trials, each with probability `p`; nan if p is nan."""
    if count <= 0 or p <= 0:
        return 0.0
    if p >= 1:
        return count
    if p <= 0.5:
        return _successes(count, p, unit)
    return count - _successes(count, 1 - p, unit) if p > 0.5 else math.nan


def _successes(count: float, p: float, unit: Draw) -> int:
    if count * p >= 10:
        return _binomial_by_rejection(count, p, unit)
    scale, trials, successes = math.log1p(-p), 0, -1
    while trials <= count:
        u = unit()
        trials = trials + math.ceil(math.log(u) / scale) if u else math.inf
        successes += 1
    return successes


def tail(k: float) -> float:
    """What Stirling's formula for log(k!) leaves."""
    if k <= 9:
        return TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)


def _binomial_by_rejection(count: float, p: float, unit: Draw) -> int:
    deviation = math.sqrt(count * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * p
    c = count * p + 0.5
    quick, odds, alpha = 0.92 - 4.2 / b, p / (1 - p), (2.83 + 5.1 / b) * deviation
    mode = math.floor((count + 1) * p)
    while True:
        u, v = unit() - 0.5, unit()
        apart = 0.5 - abs(u)
        if not apart:
            continue
        k = math.floor((2 * a / apart + b) * u + c)
        if apart >= 0.07 and v <= quick:
            return k
        if not 0 <= k <= count:
            continue
        bound = (
            (mode + 0.5) * math.log((mode + 1) / (odds * (count - mode + 1)))
            + (count + 1) * math.log((count - mode + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + tail(mode) + tail(count - mode) - tail(k) - tail(count - k)
        )  # fmt: skip
        if _log(v * alpha / (a / (apart * apart) + b)) <= bound:
            return k


SQUEEZE = float(np.float32(0.0331))


def gamma(boosted: float, inverse: float, unit: Draw, normal: Draw) -> float:
    """A gamma number of rate 1; the arguments are those of `boost`."""
    scale = 1.0 if inverse == 0 else (1 - unit()) ** inverse
    c = 1 / math.sqrt(9 * boosted)
    while True:
        x = normal()
        root = 1 + c * x
        if root <= 0:
            continue
        cube, u, square = root * root * root, 1 - unit(), x * x
        if u < 1 - SQUEEZE * square * square or math.log(u) < 0.5 * square + boosted * (1 - cube + math.log(cube)):
            return scale * boosted * cube


def boost(shape: Array) -> tuple[Array, Array]:
    """(d, e) of gamma shapes, in their own dtype as PyTorch has it: d = shape - 1/3, or shape + 2/3 below 1.

    There a uniform to the power e = 1 / shape brings the number down again; e = 0 says that there is none.
    """
    one, small = shape.dtype.type(1), (shape < 1) & (shape > 0)
    with np.errstate(divide="ignore", over="ignore"):
        inverse = np.where(small, one / shape, 0)
    return np.where(small, shape + one, shape) - shape.dtype.type(np.float32(1) / np.float32(3)), inverse
