"""Philox's words by one kernel: the definition, minitorch/generator/philox.py, takes a hundred small ones.

The text is compiled at first use. Each thread makes the block of its word anew, which costs less than writing memory does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch.backend import Array

# Block number and seed in, word out; `i` is the word's number. In C, so that a processor can run it too (see the tests).
TEXT = """
    unsigned long long block = first + i / 4;
    unsigned int c0 = (unsigned int)block, c1 = (unsigned int)(block >> 32), c2 = 0, c3 = 0;
    unsigned int k0 = (unsigned int)seed, k1 = (unsigned int)(seed >> 32);
    for (int turn = 0; turn < 10; ++turn) {
        unsigned long long one = 0xD2511F53ull * c0, two = 0xCD9E8D57ull * c2;
        c0 = (unsigned int)(two >> 32) ^ c1 ^ k0;
        c1 = (unsigned int)two;
        c2 = (unsigned int)(one >> 32) ^ c3 ^ k1;
        c3 = (unsigned int)one;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    word = i % 4 == 0 ? c0 : i % 4 == 1 ? c1 : i % 4 == 2 ? c2 : c3;
"""


def words_kernel(cupy: Any) -> Any:
    """words(seed, offset, count) by the kernel."""
    kernel = cupy.ElementwiseKernel("uint64 first, uint64 seed", "uint64 word", TEXT, "minitorch_philox")

    def words(seed: int, offset: int, count: int) -> Array:
        return kernel(np.uint64(offset // 4), np.uint64(seed), size=count)

    return words
