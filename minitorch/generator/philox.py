"""Philox4x32-10: random words that are computed from a counter, the same bits from NumPy as from a GPU's array library.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). Block number n of a seed is four words,
which ten rounds of multiplying and mixing make of n; nothing is carried from one block to the next, so a million of them are a
few array operations. The whole state is two whole numbers, seed and offset. The functions take `xp`, a namespace with
NumPy's names, and use Python numbers and arrays of that library only.

    words    four for each block, in the order of the blocks               uint64 that hold 32 bits
    pair     two neighbouring words, the first one high                    uint64
    unit     float32: low 24 bits of a word / 2^24;  float64: low 53 bits of a pair / 2^53
    normal   Box and Muller: the first half of the units are radii (of 1 - u), the second half angles
"""

from __future__ import annotations

import math
from typing import Any

Array = Any

MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
KEY_STEPS = (0x9E3779B9, 0xBB67AE85)  # the golden ratio and the square root of 3 less 1, in 32 bits
ROUNDS = 10
LOW32 = 0xFFFFFFFF


def philox(counters: tuple[Array, Array, Array, Array], key: tuple[int, int]) -> tuple[Array, ...]:
    """The four words of each counter, a counter being four words too: uint64 arrays that hold 32 bits each.

    >>> import numpy as np
    >>> zero = np.zeros(1, np.uint64)
    >>> [hex(int(word[0])) for word in philox((zero,) * 4, (0, 0))]
    ['0x6627e8d5', '0xe169c58d', '0xbc57ac4c', '0x9b00dbd8']
    """
    c0, c1, c2, c3 = counters
    k0, k1 = key
    for _ in range(ROUNDS):
        first, second = c0 * MULTIPLIERS[0], c2 * MULTIPLIERS[1]
        c0, c1, c2, c3 = (second >> 32) ^ c1 ^ k0, second & LOW32, (first >> 32) ^ c3 ^ k1, first & LOW32
        k0, k1 = (k0 + KEY_STEPS[0]) & LOW32, (k1 + KEY_STEPS[1]) & LOW32
    return c0, c1, c2, c3


def words(xp: Any, seed: int, offset: int, count: int) -> Array:
    """`count` words of a seed's stream from number `offset`, a multiple of 4, on."""
    numbers = xp.arange(-(-count // 4), dtype=xp.uint64) + offset // 4
    zero = xp.zeros_like(numbers)
    blocks = philox((numbers & LOW32, numbers >> 32, zero, zero), (seed & LOW32, seed >> 32))
    return xp.stack(blocks, 1).reshape(-1)[:count]


def pairs(words: Array) -> Array:
    """64 bits from two neighbouring words each."""
    return (words[::2] << 32) | words[1::2]


def units(xp: Any, words: Array, double: bool) -> Array:
    """Uniform on [0, 1): float64 from two words each, float32 from one."""
    if double:
        return (pairs(words) & ((1 << 53) - 1)).astype(xp.float64) * 2.0**-53
    return (words & ((1 << 24) - 1)).astype(xp.float32) * 2.0**-24


def normals(xp: Any, units: Array) -> Array:
    """Standard normals from an even number of units."""
    half = units.shape[0] // 2
    radius, angle = xp.sqrt(-2 * xp.log(1 - units[:half])), 2 * math.pi * units[half:]
    return xp.concatenate((radius * xp.cos(angle), radius * xp.sin(angle)))
