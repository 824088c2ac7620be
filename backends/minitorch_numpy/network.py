"""Kernels of networks that pay for being written by hand: a few passes over memory, in place, where the body makes a dozen.

Large arrays go through in blocks of rows that stay in the cache between the passes, on several threads if that pays.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from minitorch.backend import Array
from minitorch_numpy import threads
from minitorch_numpy.summation import in_float32, ones

BLOCK = 1 << 16  # elements that go through together: 256 KB of float32
WORTH_THREADS = 1 << 19  # elements below which starting threads costs more than it saves

_add, _maximum = np.add.reduce, np.maximum.reduce


def wide(array: Array) -> Array:
    """float16 and bfloat16 as float32, in which PyTorch computes such kernels too."""
    return array.astype(np.float32) if array.itemsize == 2 and in_float32(array) else array


def by_rows(count: int, width: int, work: Callable[[int, int], None], cost: int = 1) -> None:
    """Call `work(start, stop)` on blocks of rows until all `count` of them, each of `width` elements, are done.

    `cost` is how much longer an element takes than the few passes of most kernels here do.
    """
    if count * width <= BLOCK:
        work(0, count)
        return
    step = max(BLOCK // max(width, 1), 1)

    def blocks(start: int, stop: int) -> None:
        for first in range(start, stop, step):
            work(first, min(first + step, stop))

    if count * width * cost < WORTH_THREADS:
        blocks(0, count)
    else:
        threads.in_ranges(count, blocks)


def row_starts(rows: int, width: int) -> Array:
    """Where each row of a matrix begins among its elements: flat indices are read and written at half the cost of pairs."""
    return _row_starts(rows, width) if rows <= BLOCK else np.arange(0, rows * width, width)


@lru_cache(maxsize=64)
def _row_starts(rows: int, width: int) -> Array:
    starts = np.arange(0, rows * width, max(width, 1))
    starts.setflags(write=False)
    return starts


def tops(x: Array) -> tuple[Array, Array]:
    """Where the largest number of each line along the last dim stands among all elements, and these numbers, with that dim kept.

    By argmax, since np.maximum.reduce takes two to three times as long along short lines.
    """
    places = row_starts(x.size // x.shape[-1], x.shape[-1]) + x.argmax(-1).reshape(-1)
    return places, x.reshape(-1).take(places).reshape(*x.shape[:-1], 1)


class NumpyNetworks:
    # --- Softmax ------------------------------------------------------------------------------------------------------

    def softmax(self, input: Array, dim: int) -> Array:
        return _along(_softmax, dim, wide(input)).astype(input.dtype, copy=False)

    def softmax_gradient(self, g: Array, out: Array, dim: int) -> Array:
        return _along(_softmax_gradient, dim, wide(g), wide(out)).astype(out.dtype, copy=False)

    def log_softmax(self, input: Array, dim: int) -> Array:
        return _along(_log_softmax, dim, wide(input)).astype(input.dtype, copy=False)

    def log_softmax_gradient(self, g: Array, out: Array, dim: int) -> Array:
        return _along(_log_softmax_gradient, dim, wide(g), wide(out)).astype(out.dtype, copy=False)

    # --- Losses -------------------------------------------------------------------------------------------------------

    def softmax_cross_entropy(
        self, input: Array, target: Array, weight: Array | None, reduction: str, ignore_index: int
    ) -> tuple[Array, Array]:
        x = wide(input)
        weights, target = _class_weights(x, target, weight, ignore_index)
        probabilities, losses = np.empty(x.shape, x.dtype), np.empty(len(x), x.dtype)
        sums = ones(x.shape[1], x.dtype)

        def rows(start: int, stop: int) -> None:
            out = probabilities[start:stop]
            top, largest = tops(x[start:stop])
            np.subtract(x[start:stop], largest, out)
            flat = out.reshape(-1)
            picked = flat[row_starts(*out.shape) + target[start:stop]]
            np.exp(out, out)
            flat[top] -= (
                1  # without the largest term, which is 1, log1p keeps what the others are, be they ever so small
            )
            others = out.dot(sums)
            flat[top] += 1
            np.divide(out, (others + 1)[:, None], out)
            np.subtract(np.log1p(others), picked, losses[start:stop])

        if x.size:
            by_rows(*x.shape, rows)
        if weights is not None:
            losses = np.where(weights == 0, 0, losses * weights)
        if reduction != "none":
            losses = _add(losses)
            if reduction == "mean":
                losses = losses / (len(x) if weights is None else _add(weights))
        return losses.astype(input.dtype, copy=False), probabilities.astype(input.dtype, copy=False)

    def cross_entropy_gradient(
        self, g: Array, probabilities: Array, target: Array, weight: Array | None, reduction: str, ignore_index: int
    ) -> Array:
        p = wide(probabilities)
        weights, target = _class_weights(p, target, weight, ignore_index)
        share = g.astype(p.dtype, copy=False)
        if weights is None:
            share = share / max(len(p), 1) if reduction == "mean" else share
        else:
            divided = weights / _add(weights) if reduction == "mean" else weights
            share = np.where(weights == 0, 0, divided * share)
        gradient = np.empty(p.shape, p.dtype)

        def rows(start: int, stop: int) -> None:
            part = share[start:stop] if share.shape else share
            out = gradient[start:stop]
            np.multiply(p[start:stop], part[:, None] if share.shape else part, out)
            out.reshape(-1)[row_starts(*out.shape) + target[start:stop]] -= part

        if p.size:
            by_rows(*p.shape, rows)
        return gradient.astype(probabilities.dtype, copy=False)

    def squared_error(self, input: Array, target: Array, reduction: str) -> Array:
        difference = wide(input) - wide(target)
        if reduction == "none":
            return (difference * difference).astype(input.dtype, copy=False)
        flat = difference.ravel()
        total = flat.dot(flat)
        return (total / flat.size if reduction == "mean" else total).astype(input.dtype)


def _class_weights(like: Array, target: Array, weight: Array | None, ignore_index: int) -> tuple[Array | None, Array]:
    """For each sample its class's weight (None: they are all 1), and a target that names a class in any case."""
    classes = like.shape[1]
    # Negative numbers are large ones to uint64, so that one comparison finds whatever is no class.
    strange = target.size > 0 and _maximum(target.view(np.uint64)) >= classes
    if weight is None and not strange and not 0 <= ignore_index < classes:
        return None, target
    valid = target != ignore_index
    safe = np.where(valid, target, 0)
    if safe.size and _maximum(safe.view(np.uint64)) >= classes:
        raise IndexError("a target is out of bounds")
    if weight is None:
        return valid.astype(like.dtype), safe
    return np.where(valid, weight[safe].astype(like.dtype, copy=False), 0), safe


# --- Along one dim ----------------------------------------------------------------------------------------------------


def _along(kernel: Callable, dim: int, *arrays: Array) -> Array:
    """A kernel of whole lines along `dim`, in blocks where the lines lie one after the other."""
    like = arrays[-1]
    out = np.empty(like.shape, like.dtype)
    if not out.size:
        return out
    if dim == out.ndim - 1 and out.ndim and out.size > BLOCK and all(array.flags.c_contiguous for array in arrays):
        width = out.shape[-1]
        lines = [array.reshape(-1, width) for array in (*arrays, out)]
        by_rows(len(lines[0]), width, lambda start, stop: kernel(1, *[array[start:stop] for array in lines]))
    else:
        kernel(dim if out.shape else (), *arrays, out)
    return out


def _total(x: Array, dim: int) -> Array:
    """The sum along `dim`, kept; of long lines by BLAS."""
    if dim == 1 and x.ndim == 2 and x.shape[1] > 64 and x.flags.c_contiguous:
        return x.dot(ones(x.shape[1], x.dtype))[:, None]
    return _add(x, dim, None, None, True)


def _softmax(dim: int, x: Array, out: Array) -> None:
    np.subtract(x, tops(x)[1] if x.shape and dim == x.ndim - 1 else _maximum(x, dim, None, None, True), out)
    np.exp(out, out)
    np.divide(out, _total(out, dim), out)


def _softmax_gradient(dim: int, g: Array, y: Array, out: Array) -> None:
    np.multiply(g, y, out)
    np.subtract(g, _total(out, dim), out)
    np.multiply(out, y, out)


def _log_softmax(dim: int, x: Array, out: Array) -> None:
    if not x.shape:
        np.subtract(x, x, out)
        return
    # Without the largest term, which is 1, log1p keeps what the others are, be they ever so small.
    if dim == x.ndim - 1:
        top, largest = tops(x)
        np.subtract(x, largest, out)
        terms = np.exp(out)
        terms.reshape(-1)[top] -= 1
    else:
        top = x.argmax(dim, keepdims=True)
        np.subtract(x, np.take_along_axis(x, top, dim), out)
        terms = np.exp(out)
        np.put_along_axis(terms, top, np.take_along_axis(terms, top, dim) - 1, dim)
    np.subtract(out, np.log1p(_total(terms, dim)), out)


def _log_softmax_gradient(dim: int, g: Array, y: Array, out: Array) -> None:
    np.exp(y, out)
    np.multiply(out, _total(g, dim), out)
    np.subtract(g, out, out)
