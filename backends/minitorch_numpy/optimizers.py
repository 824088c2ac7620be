"""The optimizers' updates on NumPy arrays: in place, block by block, without a temporary of full size.

An update runs some dozen ufuncs over the same elements. Over whole arrays each of them streams from memory; over blocks of
1 MB what one ufunc wrote is still in the cache for the next. The formulas are those of minitorch/optim/sgd.py and adam.py.
A kernel returns the arrays that its definition returns; here they are the ones that came in, written over.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

BLOCK = 1 << 18  # elements: 1 MB of float32

Array = np.ndarray


def sgd_update(
    param: Array,
    grad: Array,
    momentum_buffer: Array | None,
    lr: float,
    momentum: float,
    dampening: float,
    weight_decay: float,
    nesterov: bool,
    maximize: bool,
) -> tuple[Array, Array | None]:
    """Move `param` (and `momentum_buffer`, where there is one) by one step of SGD."""
    if param.dtype.kind == "c":
        settings = (lr, momentum, dampening, weight_decay, nesterov, maximize)
        return _on_both_parts(sgd_update, (param, grad, momentum_buffer), settings)
    dtype = _computed_in(param.dtype)
    rate = np.array(lr, dtype)  # a ufunc takes 0-d arrays faster than Python's numbers
    if momentum_buffer is not None:
        kept, added = np.array(momentum, dtype), np.array(1 - dampening, dtype)
    arrays = (param, grad) if momentum_buffer is None else (param, grad, momentum_buffer)
    for step, direction, weight, gradient, *buffer in _blocks(arrays, dtype):
        if maximize:
            gradient = np.negative(gradient, direction)
        if weight_decay:
            gradient = np.add(gradient, np.multiply(weight, weight_decay, step), direction)
        if buffer:
            velocity = buffer[0]
            np.multiply(velocity, kept, velocity)
            np.add(velocity, np.multiply(gradient, added, step) if dampening else gradient, velocity)
            gradient = np.add(gradient, np.multiply(velocity, kept, step), direction) if nesterov else velocity
        np.subtract(weight, np.multiply(gradient, rate, step), weight)
    return param, momentum_buffer


def adam_update(
    param: Array,
    grad: Array,
    exp_avg: Array,
    exp_avg_sq: Array,
    max_exp_avg_sq: Array | None,
    step: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
    decoupled_weight_decay: bool,
    maximize: bool,
) -> tuple[Array, Array, Array, Array | None]:
    """Move `param`, `exp_avg`, `exp_avg_sq` (and `max_exp_avg_sq`, where there is one) by one step of Adam.

    Both sides of m / (sqrt(v) / c + eps) are multiplied by c = sqrt(1 - beta2 ** step), which saves a pass over the array.
    """
    arrays = (param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq)
    if param.dtype.kind == "c":
        settings = (step, lr, beta1, beta2, eps, weight_decay, decoupled_weight_decay, maximize)
        return _on_both_parts(adam_update, arrays, settings)
    dtype = _computed_in(param.dtype)
    correction = math.sqrt(1 - beta2**step)
    size = np.array(lr * correction / (1 - beta1**step), dtype)
    floor = np.array(eps * correction, dtype)
    kept, added = np.array(beta1, dtype), np.array(1 - beta1, dtype)
    kept_square, added_square = np.array(beta2, dtype), np.array(1 - beta2, dtype)
    present: tuple[Any, ...] = arrays[:4] if max_exp_avg_sq is None else arrays
    for scratch, direction, weight, gradient, mean, square, *largest in _blocks(present, dtype):
        if maximize:
            gradient = np.negative(gradient, direction)
        if weight_decay and decoupled_weight_decay:
            np.multiply(weight, 1 - lr * weight_decay, weight)
        elif weight_decay:
            gradient = np.add(gradient, np.multiply(weight, weight_decay, scratch), direction)
        np.multiply(mean, kept, mean)
        np.add(mean, np.multiply(gradient, added, scratch), mean)
        np.multiply(square, kept_square, square)
        np.multiply(gradient, gradient, scratch)
        np.add(square, np.multiply(scratch, added_square, scratch), square)
        if largest:
            square = np.maximum(largest[0], square, out=largest[0])
        spread = np.add(np.sqrt(square, scratch), floor, scratch)
        np.divide(mean, spread, scratch)
        np.subtract(weight, np.multiply(scratch, size, scratch), weight)
    return param, exp_avg, exp_avg_sq, max_exp_avg_sq


class NumpyOptimizers:
    """The kernels as NumpyBackend takes them."""

    sgd_update = staticmethod(sgd_update)
    adam_update = staticmethod(adam_update)


class _Scratch(threading.local):
    """Two blocks for intermediate values, by dtype; each thread has its own."""

    def __init__(self) -> None:
        self.by_dtype: dict[np.dtype, tuple[Array, Array]] = {}


_scratch = _Scratch()


def _blocks(arrays: tuple[Array, ...], dtype: np.dtype) -> Iterable[tuple[Array, ...]]:
    """Give two scratch blocks and the same stretch of every array, flat, block after block.

    The second array is only read; the others are written.
    """
    scratch = _scratch.by_dtype.get(dtype)
    if scratch is None:
        scratch = _scratch.by_dtype[dtype] = (np.empty(BLOCK, dtype), np.empty(BLOCK, dtype))
    for array in arrays:
        if array.dtype != dtype or not array.flags.c_contiguous:
            return _gathered_blocks(arrays, dtype, scratch)
    size = arrays[0].size
    if size > BLOCK:
        return _flat_blocks(arrays, scratch)
    return [(scratch[0][:size], scratch[1][:size], *[array.ravel() for array in arrays])]


def _flat_blocks(arrays: tuple[Array, ...], scratch: tuple[Array, Array]) -> Iterator[tuple[Array, ...]]:
    flat = [array.ravel() for array in arrays]
    size = flat[0].size
    for start in range(0, size, BLOCK):
        stretch = slice(start, start + BLOCK)
        count = min(BLOCK, size - start)
        yield scratch[0][:count], scratch[1][:count], *[array[stretch] for array in flat]


def _gathered_blocks(
    arrays: tuple[Array, ...], dtype: np.dtype, scratch: tuple[Array, Array]
) -> Iterator[tuple[Array, ...]]:
    """The same for arrays in any layout; those of another dtype come converted and are rounded as they are written back."""
    access: Any = [["readonly"] if position == 1 else ["readwrite"] for position in range(len(arrays))]
    flags: Any = ["external_loop", "buffered", "zerosize_ok"]
    types = [dtype] * len(arrays)
    with np.nditer(arrays, flags, access, types, casting="same_kind", buffersize=BLOCK) as chunks:
        for chunk in chunks:
            count = chunk[0].size
            yield scratch[0][:count], scratch[1][:count], *chunk


_FLOAT32 = np.dtype(np.float32)


def _computed_in(dtype: np.dtype) -> np.dtype:
    """16-bit parameters are updated in float32: their own arithmetic is slow, and ml-dtypes leaves it for float32 anyway."""
    return dtype if dtype.itemsize >= 4 else _FLOAT32


def _on_both_parts(update: Callable[..., tuple], arrays: tuple[Array | None, ...], settings: tuple) -> Any:
    """Update a complex parameter as the two real ones that it consists of, as PyTorch does."""
    for part in (np.real, np.imag):
        update(*(None if array is None else part(array) for array in arrays), *settings)
    return arrays[0], *arrays[2:]
