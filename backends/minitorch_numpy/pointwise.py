"""Pointwise kernels for which NumPy has a function of another form than the row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from minitorch.backend import Array, Kernels
from minitorch_numpy.network import by_rows

BLOCK = 1 << 13  # elements: 64 KB of float64, of which a dozen are in use at once


def in_blocks(body: Callable, k: Kernels) -> Callable:
    """A pointwise body of many steps, in float64 and block by block, so that what lies between its steps stays in the cache."""

    def compute(*arguments: Any) -> Array:
        operands = [argument for argument in arguments if isinstance(argument, np.ndarray | np.generic)]
        settings = arguments[len(operands) :]
        kind = operands[0].dtype
        if len(operands) > 1:
            operands = np.broadcast_arrays(*operands)
        shape, size = operands[0].shape, operands[0].size
        if size <= BLOCK:
            wide = [operand.astype(np.float64) for operand in operands]
            return np.asarray(body(k, *wide, *settings)).astype(kind, copy=False)
        lines = [np.ascontiguousarray(operand).reshape(-1) for operand in operands]
        out = np.empty(size, kind)

        def work(start: int, stop: int) -> None:
            for first in range(start * BLOCK, min(stop * BLOCK, size), BLOCK):
                block = slice(first, first + BLOCK)
                out[block] = body(k, *[line[block].astype(np.float64) for line in lines], *settings)

        by_rows(-(-size // BLOCK), BLOCK, work)
        return out.reshape(shape)

    return compute


class NumpyPointwise:
    def mantissa_exponent(self, input: Array) -> tuple[Array, Array]:
        mantissa, exponent = np.frexp(input)
        return np.asarray(mantissa), np.asarray(exponent, np.int64)

    def interpolated(self, input: Array, end: Array, weight: Array) -> Array:
        way = end - input
        if not weight.shape:  # one weight for all: one side only
            return input + weight * way if abs(weight) < 0.5 else end - way * (1 - weight)
        return np.where(abs(weight) < 0.5, input + weight * way, end - way * (1 - weight))
