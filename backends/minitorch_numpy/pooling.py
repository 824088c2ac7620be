"""Max and average pooling on NumPy arrays, for any number of spatial dims, tap by tap and plane by plane.

A tap is one place in the kernel's window; what all windows have there is one strided slice of the plane. So a pooling is a
few operations on whole slices for each tap. Planes go through in blocks that stay in the cache.

Planes are the trailing dims, as many as `kernel` has; whatever comes before them, `(N, C)`, `(C,)` or nothing, is kept.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import cached_property, lru_cache, reduce
from typing import Any

import numpy as np

from . import threads

__all__ = ["avg_pool", "avg_pool_gradient", "max_pool", "max_pool_gradient"]

Array = np.ndarray
Sizes = tuple[int, ...]

BLOCK = 1 << 16  # elements of the planes that go through together: 256 KB of float32
WORTH_THREADS = 1 << 18  # elements below which starting threads costs more than it saves


def max_pool(
    input: Array, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
) -> tuple[Array, Array]:
    """The largest value of each window, and where it was: its index in the flattened plane, as int64.

    Of equal values the first in memory is named. A NaN is larger than any number, and of several the last is named.
    """
    plan = _plan(input.shape, kernel, stride, padding, dilation, ceil_mode)
    planes = _computable(input).reshape(-1, *plan.plane)
    values = np.empty((len(planes), *plan.out), planes.dtype)
    indices = np.empty((len(planes), *plan.out), np.int64)
    _run(lambda start, stop: _largest(plan, planes, values, indices, start, stop), planes)
    return values.reshape(plan.shape).astype(input.dtype, copy=False), indices.reshape(plan.shape)


def max_pool_gradient(g: Array, indices: Array, input_shape: Sizes, spatial_dims: int) -> Array:
    """The gradient of a max pooling's input: each value of `g` goes where the largest value was found."""
    values = _computable(g)
    planes = math.prod(input_shape[: len(input_shape) - spatial_dims])
    gradient = np.zeros((planes, math.prod(input_shape[len(input_shape) - spatial_dims :])), values.dtype)
    count = math.prod(g.shape[len(g.shape) - spatial_dims :])
    values, indices = values.reshape(planes, count), indices.reshape(planes, count)

    def work(start: int, stop: int) -> None:
        for first, last in _blocks(start, stop, gradient.shape[1]):
            block = gradient[first:last]
            places = indices[first:last] + np.arange(0, block.size, block.shape[1])[:, None]
            np.add.at(block.reshape(-1), places.reshape(-1), values[first:last].reshape(-1))

    _run(work, gradient)
    return gradient.reshape(input_shape).astype(g.dtype, copy=False)


def avg_pool(
    input: Array,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Array:
    """The mean of each window: its sum by `divisor_override`, or by how many elements it has, with padding or without."""
    plan = _plan(input.shape, kernel, stride, padding, (1,) * len(kernel), ceil_mode)
    planes = _computable(input).reshape(-1, *plan.plane)
    divisor = plan.divisor(count_include_pad, divisor_override, planes.dtype)
    means = np.empty((len(planes), *plan.out), planes.dtype)

    def work(start: int, stop: int) -> None:
        for first, last in _blocks(start, stop, math.prod(plan.plane)):
            np.divide(_window_sums(plan, plan.padded(planes[first:last], 0)), divisor, out=means[first:last])

    _run(work, planes)
    return means.reshape(plan.shape).astype(input.dtype, copy=False)


def avg_pool_gradient(
    g: Array,
    input_shape: Sizes,
    kernel: Sizes,
    stride: Sizes,
    padding: Sizes,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
) -> Array:
    """The gradient of an average pooling's input: each element of a window gets its share of the window's gradient."""
    plan = _plan(tuple(input_shape), kernel, stride, padding, (1,) * len(kernel), ceil_mode)
    values = _computable(g).reshape(-1, *plan.out)
    divisor = plan.divisor(count_include_pad, divisor_override, values.dtype)
    gradient = np.zeros((len(values), *plan.plane), values.dtype)

    def work(start: int, stop: int) -> None:
        for first, last in _blocks(start, stop, math.prod(plan.plane)):
            gradient[(slice(first, last), *plan.seen)] = plan.unpadded(_spread(plan, values[first:last] / divisor))

    _run(work, gradient)
    return gradient.reshape(input_shape).astype(g.dtype, copy=False)


def _computable(array: Array) -> Array:
    """The array in a dtype that NumPy computes in fast; to float32 and back loses nothing of the shorter ones."""
    dtype = array.dtype
    is_short = dtype.kind not in "biufc" or dtype == np.float16  # bfloat16 and float8 are no kind of NumPy's own
    return array.astype(np.float32) if is_short else array


def _run(work: threads.Work, planes: Array) -> None:
    if planes.size > WORTH_THREADS:
        threads.in_ranges(len(planes), work)
    else:
        work(0, len(planes))


def _blocks(start: int, stop: int, plane_size: int) -> Iterator[tuple[int, int]]:
    """Ranges of planes that together fit into the cache."""
    count = max(BLOCK // max(plane_size, 1), 1)
    for first in range(start, stop, count):
        yield first, min(first + count, stop)


class _Plan:
    """Where the windows of one pooling lie in a plane."""

    def __init__(self, shape: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool):
        leading, self.plane = shape[: len(shape) - len(kernel)], shape[len(shape) - len(kernel) :]
        self.kernel, self.stride, self.padding, self.dilation = kernel, stride, padding, dilation
        self.reach = tuple(step * (width - 1) + 1 for width, step in zip(kernel, dilation, strict=True))
        self.out = tuple(
            _windows_in(*sizes, ceil_mode) for sizes in zip(self.plane, self.reach, stride, padding, strict=True)
        )
        self.shape = leading + self.out
        # Windows may end before the padding does, and with ceil_mode after it.
        self.ends = tuple(
            (count - 1) * step + reach for count, step, reach in zip(self.out, stride, self.reach, strict=True)
        )
        # What windows cover of the input: not all of it, if the last stride leaves a rest.
        ends = zip(self.plane, self.ends, padding, strict=True)
        self.seen = tuple(slice(0, min(size, end - pad)) for size, end, pad in ends)
        self._divisors: dict[tuple, Array] = {}
        self.is_inside = not any(padding) and all(end <= size for end, size in zip(self.ends, self.plane, strict=True))

    def padded(self, planes: Array, fill: Any) -> Array:
        """Planes that hold every window whole, with `fill` around what the input has."""
        if self.is_inside:
            return planes
        padded = np.full((len(planes), *self.ends), fill, planes.dtype)
        self.unpadded(padded)[...] = planes[(slice(None), *self.seen)]
        return padded

    def unpadded(self, padded: Array) -> Array:
        """The part of padded planes that is of the input."""
        parts = [slice(pad, pad + part.stop) for pad, part in zip(self.padding, self.seen, strict=True)]
        return padded[(slice(None), *parts)]

    @cached_property
    def taps(self) -> list[tuple[slice, ...]]:
        """What all windows of all planes have at each of the kernel's places."""
        return [(slice(None), *place) for place in itertools.product(*map(self.slices, range(len(self.out))))]

    def slices(self, axis: int) -> list[slice]:
        """What all windows have along an axis at each of the kernel's places."""
        last = (self.out[axis] - 1) * self.stride[axis] + 1
        starts = range(0, self.reach[axis], self.dilation[axis])
        return [slice(start, start + last, self.stride[axis]) for start in starts]

    def starts(self, axis: int) -> Array:
        """Where along an axis the windows start; negative in the padding."""
        return np.arange(self.out[axis]) * self.stride[axis] - self.padding[axis]

    def divisor(self, count_include_pad: bool, override: int | None, dtype: np.dtype) -> Array:
        """`override`, or how many elements each window has, of the input or of the padding too, but none beyond the padding."""
        key = (count_include_pad, override, dtype)
        found = self._divisors.get(key)
        if found is None:
            found = self._divisors[key] = np.array(override or self._window_sizes(count_include_pad), dtype)
        return found

    def _window_sizes(self, count_include_pad: bool) -> Array:
        lengths = []
        for axis, (size, width, pad) in enumerate(zip(self.plane, self.kernel, self.padding, strict=True)):
            starts = self.starts(axis)
            if count_include_pad:
                lengths.append(np.minimum(starts + width, size + pad) - starts)
            else:
                lengths.append(np.minimum(starts + width, size) - np.maximum(starts, 0))
        return reduce(np.multiply.outer, lengths)

    @cached_property
    def tap_places(self) -> tuple[Array, Array]:
        """Each window's start in the flattened plane, and from there the way to each tap."""
        steps = [math.prod(self.plane[axis + 1 :]) for axis in range(len(self.plane))]
        starts = [self.starts(axis) * step for axis, step in enumerate(steps)]
        ways = [
            np.arange(width) * reach * step
            for width, reach, step in zip(self.kernel, self.dilation, steps, strict=True)
        ]
        return reduce(np.add.outer, starts), reduce(np.add.outer, ways).reshape(-1)

    @cached_property
    def first_taps(self) -> Array:
        """Each window's first tap that is not in the padding, in the smallest type that numbers all taps."""
        firsts = []
        for axis, reach in enumerate(self.dilation):
            skipped = -(np.minimum(self.starts(axis), 0) // reach)
            firsts.append(skipped * math.prod(self.kernel[axis + 1 :]))
        return reduce(np.add.outer, firsts).astype(np.min_scalar_type(math.prod(self.kernel)))


@lru_cache(maxsize=64)  # plans keep arrays as large as their planes
def _plan(shape: Sizes, kernel: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool) -> _Plan:
    return _Plan(shape, kernel, stride, padding, dilation, ceil_mode)


def _windows_in(size: int, reach: int, stride: int, pad: int, ceil_mode: bool) -> int:
    room = size + 2 * pad - reach
    if not ceil_mode:
        return room // stride + 1
    count = -(-room // stride) + 1
    return count - 1 if (count - 1) * stride >= size + pad else count  # no window starts in the padding at the end


def _largest(plan: _Plan, planes: Array, values: Array, indices: Array, start: int, stop: int) -> None:
    """Fill `values[start:stop]` and `indices[start:stop]`."""
    is_float = planes.dtype.kind == "f"
    fill = -np.inf if is_float else False if planes.dtype == bool else np.iinfo(planes.dtype).min
    places, ways = plan.tap_places
    for first, last in _blocks(start, stop, math.prod(plan.plane)):
        block, best = plan.padded(planes[first:last], fill), values[first:last]
        taps = _best_taps(plan, block, best, False)
        if is_float and np.isnan(np.maximum.reduce(best, None)):
            taps = _best_taps(plan, block, best, True)
        ways.take(taps, out=indices[first:last], mode="clip")
        np.add(indices[first:last], places, out=indices[first:last])


def _best_taps(plan: _Plan, block: Array, best: Array, has_nan: bool) -> Array:
    """Fill `best` with each window's largest value and return which tap has it.

    Taps come in rising order, and one that is larger than all before it is the best so far: the best is the highest of these.
    """
    taps = np.empty(best.shape, plan.first_taps.dtype)
    taps[...] = plan.first_taps
    value, is_larger, marks = np.empty_like(best), np.empty(best.shape, bool), np.empty_like(taps)
    for tap, place in enumerate(plan.taps):
        if tap == 0:
            best[...] = block[place]
            continue
        value[...] = block[place]  # strided once, here: comparing strided values is four times slower
        np.greater(value, best, out=is_larger)
        if has_nan:
            np.logical_or(is_larger, np.isnan(value), out=is_larger)
        np.multiply(is_larger.view(np.uint8), taps.dtype.type(tap), out=marks)
        np.maximum(taps, marks, out=taps)
        np.maximum(best, value, out=best)
    return taps


def _window_sums(plan: _Plan, block: Array) -> Array:
    """The sum of each window, along one axis after the other: a square of 9 takes 3 + 3 additions."""
    if math.prod(plan.out) == 1:  # one window, perhaps the whole plane: too many taps to add one by one
        window = block[(slice(None), *(slice(0, end) for end in plan.ends))]
        return np.add.reduce(window.reshape(len(block), -1), 1).reshape(-1, *plan.out)
    for axis in range(len(plan.out)):
        before = (slice(None),) * (1 + axis)
        first, *others = plan.slices(axis)
        total = block[(*before, first)].copy()
        for part in others:
            total += block[(*before, part)]
        block = total
    return block


def _spread(plan: _Plan, values: Array) -> Array:
    """Give each window's value to all of its elements, along one axis after the other: the transpose of `_window_sums`."""
    for axis in reversed(range(len(plan.out))):
        before = (slice(None),) * (1 + axis)
        if plan.out[axis] == 1:
            values = np.repeat(values, plan.ends[axis], 1 + axis)
            continue
        wider = np.zeros((*values.shape[: 1 + axis], plan.ends[axis], *values.shape[2 + axis :]), values.dtype)
        for part in plan.slices(axis):
            wider[(*before, part)] += values
        values = wider
    return values
