"""Normalization and embedding by hand: sums by BLAS, everything else in place, block by block while it is in the cache."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from minitorch.backend import Array
from minitorch_numpy import threads
from minitorch_numpy.network import BLOCK, WORTH_THREADS, by_rows, wide
from minitorch_numpy.scatter import add_rows
from minitorch_numpy.summation import number, ones

NEGLIGIBLE = 1e-14  # the square of what a mean may be off by, in standard deviations


def _in_parts(
    count: int, width: int, work: Callable[[int, int, list], None], totals: Sequence[int], dtype: np.dtype
) -> list[Array]:
    """Call `work(start, stop, totals)` on blocks of rows; each range has its own sums of the sizes `totals`, added up here."""
    step = max(BLOCK // max(width, 1), 1)

    def part(start: int, stop: int) -> list[Array]:
        sums = [np.zeros(size, dtype) for size in totals]
        for first in range(start, stop, step):
            work(first, min(first + step, stop), sums)
        return sums

    parts = threads.in_ranges(count, part) if count * width >= WORTH_THREADS else [part(0, count)]
    return [sum(several[1:], several[0]) for several in zip(*parts, strict=True)]


class NumpyNormalizations:
    # --- Over the last dims -------------------------------------------------------------------------------------------

    def layer_norm_row(
        self, input: Array, weight: Array | None, bias: Array | None, normalized_shape: tuple[int, ...], eps: float
    ) -> Array:
        if not normalized_shape or input.shape[-len(normalized_shape) :] != normalized_shape:
            raise ValueError("shapes don't fit normalized_shape")
        for value in (weight, bias):
            if value is not None and value.shape != normalized_shape:
                raise ValueError("shapes don't fit normalized_shape")
        width = math.prod(normalized_shape)
        x = np.ascontiguousarray(wide(input)).reshape(input.size // max(width, 1), width)
        scale, shift = _repeated(weight, x), _repeated(bias, x)
        out = np.empty(x.shape, x.dtype)

        def rows(start: int, stop: int) -> None:
            part = out[start:stop]
            deviation = _center(x[start:stop], part, eps)
            np.multiply(part, deviation[:, None], part)
            if scale is not None:
                np.multiply(part, scale[: stop - start], part)
            if shift is not None:
                np.add(part, shift[: stop - start], part)

        if x.size:
            by_rows(len(x), width, rows)
        return out.reshape(input.shape).astype(input.dtype, copy=False)

    def layer_norm_gradients(
        self, g: Array, input: Array, weight: Array | None, count: int, eps: float, needs: Sequence[bool]
    ) -> tuple[Array | None, Array | None, Array | None]:
        shape = input.shape[input.ndim - count :]
        width = math.prod(shape)
        size = input.size // max(width, 1)
        x, outer = (np.ascontiguousarray(wide(array)).reshape(size, width) for array in (input, g))
        scale = ones(width, x.dtype) if weight is None else weight.reshape(-1).astype(x.dtype, copy=False)
        by_input = np.empty(x.shape, x.dtype)

        # With n = (x - mean) * deviation and h = g * weight: (h - mean(h) - n * mean(h * n)) * deviation is taken apart into
        # g * (deviation weight) - x * through - shift, so that the sums over h are products of g and g * x with the weight.
        def rows(start: int, stop: int, sums: list[Array]) -> None:
            g, h = outer[start:stop], by_input[start:stop]
            here, mean, deviation = _statistics(x[start:stop], eps)
            product = g * here
            if needs[1]:
                sums[0] += deviation.dot(product) - (deviation * mean).dot(g)
            if needs[2]:
                sums[1] += ones(stop - start, x.dtype).dot(g)
            if needs[0]:
                total = g.dot(scale)
                through = (product.dot(scale) - mean * total) * deviation**3 / width
                shift = total * deviation / width - mean * through
                deviation[:, None].dot(scale[None], out=h)  # one product by BLAS, where two would broadcast
                np.multiply(h, g, h)
                np.subtract(h, np.multiply(here, through[:, None], product), h)
                np.subtract(h, shift[:, None], h)

        by_weight, by_bias = _in_parts(size, width, rows, (width, width), x.dtype)
        return (
            by_input.reshape(input.shape) if needs[0] else None,
            by_weight.reshape(shape) if needs[1] else None,
            by_bias.reshape(shape) if needs[2] else None,
        )

    # --- Over the batch -----------------------------------------------------------------------------------------------

    def batch_norm_training(
        self, input: Array, weight: Array | None, bias: Array | None, eps: float
    ) -> tuple[Array, Array, Array]:
        x = _planes(input)
        batch, channels, width = x.shape
        count = max(batch * width, 1)
        mean = _by_channel(x) / count
        out = np.empty(x.shape, x.dtype)

        def center(start: int, stop: int, sums: list[Array]) -> None:
            part = np.subtract(x[start:stop], mean[:, None], out[start:stop])
            sums[0] += _by_channel(part * part)
            sums[1] += _by_channel(part)

        squares, rest = _in_parts(batch, channels * width, center, (channels, channels), x.dtype)
        rest /= count  # not 0 where the mean is so large that its rounding shows
        var = squares / count - rest * rest
        scale = 1 / np.sqrt(var + eps)
        if weight is not None:
            scale *= weight.astype(x.dtype, copy=False)
        shift = None if bias is None else bias.astype(x.dtype, copy=False)[:, None]
        if (rest * rest > var * NEGLIGIBLE).any():
            mean = mean + rest
            shift = -(rest * scale)[:, None] if shift is None else shift - (rest * scale)[:, None]

        def affine(start: int, stop: int) -> None:
            part = out[start:stop]
            np.multiply(part, scale[:, None], part)
            if shift is not None:
                np.add(part, shift, part)

        by_rows(batch, channels * width, affine)
        kind = input.dtype
        return tuple(array.astype(kind, copy=False) for array in (out.reshape(input.shape), mean, var))

    def batch_norm_gradients(
        self, g: Array, input: Array, weight: Array | None, mean: Array, var: Array, eps: float, needs: Sequence[bool]
    ) -> tuple[Array | None, Array | None, Array | None]:
        x, h = _planes(input), _planes(g)
        batch, channels, width = x.shape
        count = max(batch * width, 1)
        middle = wide(mean)[:, None]
        deviation = 1 / np.sqrt(wide(var) + eps)

        def products(start: int, stop: int, sums: list[Array]) -> None:
            part = x[start:stop] - middle
            np.multiply(part, h[start:stop], part)
            sums[0] += _by_channel(part)
            sums[1] += _by_channel(h[start:stop])

        along, total = _in_parts(batch, channels * width, products, (channels, channels), x.dtype)
        by_weight = along * deviation
        if not needs[0]:
            return None, by_weight if needs[1] else None, total if needs[2] else None
        # dx = scale * (g - mean(g) - normal * mean(g * normal)) = scale * g + slope * x + rest, each a number a channel
        scale = deviation if weight is None else deviation * wide(weight)
        slope = (-scale * deviation * by_weight / count)[:, None]
        rest = (-scale * total / count)[:, None]
        by_input = np.empty(x.shape, x.dtype)

        def gradient(start: int, stop: int) -> None:
            part = np.subtract(x[start:stop], middle, by_input[start:stop])
            np.multiply(part, slope, part)
            np.add(part, rest, part)
            np.add(part, h[start:stop] * scale[:, None], part)

        by_rows(batch, channels * width, gradient)
        return by_input.reshape(input.shape), by_weight if needs[1] else None, total if needs[2] else None

    # --- Embedding ----------------------------------------------------------------------------------------------------

    def embedding(
        self, weight: Array, indices: Array, padding_idx: int = -1, scale_grad_by_freq: bool = False
    ) -> Array:
        # Negative indices are large numbers to uint64, so that one comparison finds all that lie outside.
        if weight.ndim != 2 or (indices.size and np.maximum.reduce(indices.view(np.uint64), None) >= len(weight)):
            raise IndexError("index out of range in self")
        return weight.take(indices, 0)

    def embedding_gradient(
        self, input: Array, indices: Array, size: tuple[int, ...], padding_idx: int, scale_grad_by_freq: bool
    ) -> Array:
        places = indices.ravel()
        rows = wide(input).reshape(places.size, size[1])
        if padding_idx >= 0:
            kept = places != padding_idx
            places, rows = places[kept], rows[kept]
        if scale_grad_by_freq:
            rows = rows / np.bincount(places, minlength=size[0])[places, None].astype(rows.dtype)
        result = np.zeros(size, rows.dtype)
        add_rows(result, places, rows)
        return result.astype(input.dtype, copy=False)


def _repeated(value: Array | None, x: Array) -> Array | None:
    """One row; for a large x a row for each of a block's, since NumPy is twice as fast where nothing is broadcast."""
    if value is None:
        return None
    row = value.reshape(1, -1).astype(x.dtype, copy=False)
    step = max(BLOCK // max(x.shape[1], 1), 1)
    return np.repeat(row, step, 0) if len(x) > 4 * step else row


def _statistics(x: Array, eps: float) -> tuple[Array, Array, Array]:
    """x, the mean and 1 / sqrt(var + eps) of each row; x is centred where the means are so large that digits would cancel."""
    each, width = ones(x.shape[1], x.dtype), x.shape[1]
    mean = x.dot(each) / width
    var = np.vecdot(x, x) / width - mean * mean
    if not (mean * mean <= var).all():
        x = x - mean[:, None]
        mean = x.dot(each) / width
        var = np.vecdot(x, x) / width - mean * mean
    return x, mean, 1 / np.sqrt(var + eps)


def _center(x: Array, out: Array, eps: float) -> Array:
    """Write x less each row's mean to `out`; returns 1 / sqrt(var + eps) of each row."""
    each, width = ones(x.shape[1], x.dtype), number(x.shape[1], x.dtype.char)
    np.subtract(x, (x.dot(each) / width)[:, None], out)
    rest = out.dot(each) / width  # not 0 where the mean is so large that its rounding shows
    var = np.vecdot(out, out)
    var /= width
    if np.count_nonzero(rest * rest > var * NEGLIGIBLE):  # half the time of any()
        np.subtract(out, rest[:, None], out)
        var -= rest * rest
    var += eps
    return 1 / np.sqrt(var)


def _planes(array: Array) -> Array:
    """(N, C, *) as contiguous (N, C, S)."""
    array = np.ascontiguousarray(wide(array))
    return array.reshape(*array.shape[:2], math.prod(array.shape[2:]))


def _by_channel(planes: Array) -> Array:
    """The sums of (N, C, S) for each channel; of each plane by BLAS first."""
    batch, channels, width = planes.shape
    if width > 1:
        planes = planes.reshape(batch * channels, width).dot(ones(width, planes.dtype))
    return ones(batch, planes.dtype).dot(planes.reshape(batch, channels))
