"""Samplers by rejection for devices: all elements at once, in a fixed number of rounds, so that nothing waits for the device.

The formulas are those of one_by_one.py. A round draws candidates for all elements, and an element keeps the first that it
accepts; after ROUNDS of them the chance that one accepted none is below 1e-15. `xp` is a namespace with NumPy's names, `unit()`
gives fresh uniform numbers of [0, 1) in float64 in the shape of the parameters, `normal()` standard normals.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

from .one_by_one import SQUEEZE, TAILS

Array = Any
Draw = Callable[[], Array]

ROUNDS = 24  # transformed rejection takes 3 candidates of 4 or more
GAMMA_ROUNDS = 16  # Marsaglia and Tsang's method takes 19 of 20 or more
STEPS = 80  # counts of which less than 10 are expected exceed this with a chance below 1e-40


def poisson(xp: Any, rates: Array, unit: Draw) -> Array:
    """Poisson numbers in float64."""
    low, high = xp.minimum(rates, 10.0), xp.maximum(rates, 10.0)

    def accept(k: Array, height: Array) -> Array:
        return height <= k * xp.log(high) - high - _log_factorial(xp, k)

    b = 0.931 + 2.53 * xp.sqrt(high)
    a = -0.059 + 0.02483 * b
    alpha = 1.1239 + 1.1328 / (b - 3.4)
    rejected = _by_rejection(xp, unit, a, b, alpha, high + 0.43, accept, xp.inf)
    ratios = (low / k for k in range(1, STEPS))
    return xp.where(rates < 10, _by_sums(xp, unit(), xp.exp(-low), ratios), rejected)


def binomial(xp: Any, count: Array, p: Array, unit: Draw) -> Array:
    """Binomial numbers in float64."""
    chance = xp.minimum(p, 1 - p)
    chance = xp.where(chance > 0, chance, 0.0)
    trials = xp.maximum(count, 0.0)
    few = trials * chance < 10
    odds = chance / (1 - chance)
    starts = xp.where(few, xp.exp(trials * xp.log1p(-chance)), 1.0)
    summed = _by_sums(xp, unit(), starts, ((trials - k + 1) / k * odds for k in range(1, STEPS)))

    q, n = xp.where(few, 0.5, chance), xp.where(few, 100.0, trials)  # any that the other method can compute
    r, deviation = q / (1 - q), xp.sqrt(n * q * (1 - q))
    mode = xp.floor((n + 1) * q)

    def mass(k: Array) -> Array:
        return k * xp.log(r) - _log_factorial(xp, k) - _log_factorial(xp, n - k)

    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * q
    alpha = (2.83 + 5.1 / b) * deviation
    accept = lambda k, height: height <= mass(k) - mass(mode)
    rejected = _by_rejection(xp, unit, a, b, alpha, n * q + 0.5, accept, n)
    successes = xp.minimum(xp.where(few, summed, rejected), trials)
    return xp.where(p <= 0.5, successes, xp.where(p == p, trials - successes, p))


def gamma(xp: Any, alpha: Array, unit: Draw, normal: Draw) -> Array:
    """Gamma numbers of rate 1 in float64."""
    small = alpha < 1
    d = xp.where(small, alpha + 1, alpha) - 1 / 3
    c = 1 / xp.sqrt(9 * d)
    scale = xp.where(
        small, (1 - unit()) ** xp.where(small & (alpha > 0), 1 / xp.where(alpha > 0, alpha, 1.0), 1.0), 1.0
    )
    kept, missing = xp.ones_like(d), xp.ones_like(small)
    for _ in range(GAMMA_ROUNDS):
        x, u = normal(), 1 - unit()
        root = 1 + c * x
        cube = root * root * root
        within = root > 0
        height = d * (1 - cube + xp.log(xp.where(within, cube, 1.0))) + 0.5 * x * x
        taken = missing & within & ((u < 1 - SQUEEZE * x * x * x * x) | (xp.log(u) < height))
        kept, missing = xp.where(taken, cube, kept), missing & ~taken
    return xp.where(alpha > 0, scale * d * kept, 0.0)


def _by_rejection(
    xp: Any, unit: Draw, a: Array, b: Array, alpha: Array, shift: Array, accept: Callable, largest: Any
) -> Array:
    """Hoermann's transformed rejection: a uniform pair bent into the shape of the distribution."""
    kept, missing = xp.floor(shift), xp.ones_like(shift, dtype=bool)
    for _ in range(ROUNDS):
        u, v = unit() - 0.5, unit()
        apart = 0.5 - xp.abs(u)
        inside = apart > 0
        apart = xp.where(inside, apart, 0.5)
        k = xp.floor((2 * a / apart + b) * u + shift)
        inside &= (k >= 0) & (k <= largest)
        k = xp.where(inside, k, 0.0)
        height = xp.log(xp.maximum(v, 1e-300)) + xp.log(alpha) - xp.log(a / (apart * apart) + b)
        taken = missing & inside & accept(k, height)
        kept, missing = xp.where(taken, k, kept), missing & ~taken
    return kept


def _by_sums(xp: Any, u: Array, first: Array, ratios: Iterator[Array]) -> Array:
    """The number whose share of the probability reaches u, where `ratios` lead from each number's probability to the next."""
    probability, total, count = first, first, xp.zeros_like(u)
    for ratio in ratios:
        count = count + (u >= total)
        probability = probability * ratio
        total = total + probability
    return count


def _log_factorial(xp: Any, k: Array) -> Array:
    """log(k!) by Stirling's formula, and by a table for what it leaves up to 9."""
    square = (k + 1) * (k + 1)
    rest = (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
    for small, value in enumerate(TAILS):
        rest = xp.where(k == small, value, rest)
    return (k + 0.5) * xp.log(k + 1) - (k + 1) + 0.5 * math.log(2 * math.pi) + rest
