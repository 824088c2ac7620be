"""Max pooling whose windows follow from the size that is asked for: evenly spread (adaptive), or at random (fractional).

A window is where it starts and how long it is, along each dim. As in `max_pooling`, the largest value is named by its number in
the flattened plane, which is all that the gradient needs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from minitorch import dtypes
from minitorch.ops.convolution import each
from minitorch.ops.creation import zeros
from minitorch.ops.pooling import adaptive_sizes, max_pooling
from minitorch.ops.random import rand
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition, op
from minitorch.tensor import Tensor


def _largest(k: Any, input: Any, out_size: Sequence[int], places: Iterator[Any]) -> tuple[Any, Any]:
    """The largest value of each window, and its number; each of `places`, (planes or 1, cells), names one of all windows."""
    batch, channels, *spatial = input.shape
    planes = batch * channels
    flat = k.reshape(input, (planes, math.prod(spatial)))
    best: Any = None
    number: Any = None
    for place in places:
        if place.shape[0] == planes:
            value = k.gather(flat, 1, place)
        else:
            value = k.index_select(flat, 1, k.reshape(place, (place.shape[1],)))
            place = k.expand(place, value.shape)
        wins = None if best is None else (value > best) | (value != value)
        best = value if wins is None else k.where(wins, value, best)
        number = place if wins is None else k.where(wins, place, number)
    shape = (batch, channels, *out_size)
    return k.reshape(best, shape), k.reshape(number, shape)


def _gradient(k, g, input_shape, output_size, indices):
    return k.max_pooling_gradient(g[0], indices, input_shape, len(output_size))


# --- Adaptive ---------------------------------------------------------------------------------------------------------


def _even_places(k: Any, input: Any, out_size: Sequence[int]) -> Iterator[Any]:
    """Window i of n runs from floor(i * size / n) to ceil((i + 1) * size / n); the shorter ones see their last element again."""
    spatial = input.shape[2:]
    taps = []
    for d, (size, count) in enumerate(zip(spatial, out_size, strict=True)):
        number, shape = k.arange_like(input, count), [1] * len(spatial)
        start, end = number * size // count, -(-(number + 1) * size // count)
        shape[d], longest = count, -(-size // count) + (size % count > 0)
        taps.append([k.reshape(k.minimum(start + tap, end - 1), tuple(shape)) for tap in range(longest)])
    for positions in itertools.product(*taps):
        place = positions[0]
        for position, size in zip(positions[1:], spatial[1:], strict=True):
            place = place * size + position
        yield k.reshape(place, (1, math.prod(out_size)))


def _row_samples(make):
    yield Sample(make.distinct((1, 2, 7)), (3,))
    yield Sample(make.distinct((2, 1, 4, 5)), (3, 2))


@op(grad=lambda k, g, input_shape, output_size, indices: (_gradient(k, g, input_shape, output_size, indices),),
    result=("same", "int64"), fields=("values", "indices"), public=False, takes="floats", refuses="complex",
    grad_name="AdaptiveMaxPool2DBackward0", samples=_row_samples)  # fmt: skip
def adaptive_max_pooling(k, input: Array, output_size: tuple):
    """The largest value of each of `output_size` windows that together cover the plane, and its number in it."""
    return _largest(k, input, output_size, _even_places(k, input, output_size))


def _adaptive_max(ndim: int, input: Tensor, output_size: Any, return_indices: bool) -> Any:
    name = f"adaptive_max_pool{ndim}d"
    sizes = adaptive_sizes(name, ndim, input, output_size)
    if 0 in input.shape[-ndim - 1 :]:
        raise RuntimeError(f"{name}(): Expected non-zero sizes but for the batch, but got {list(input.shape)}")
    spatial = tuple(input.shape[-ndim:])
    batched = input if input.ndim == ndim + 2 else input.unsqueeze(0)
    if 0 in sizes:
        values = zeros(*batched.shape[:2], *sizes, dtype=input.dtype, device=input.device)
        indices = values.long()
    elif all(size % count == 0 for count, size in zip(sizes, spatial, strict=True)):  # windows of one size side by side
        kernel = tuple([size // count for count, size in zip(sizes, spatial, strict=True)])
        values, indices = max_pooling(batched, kernel, kernel, (0,) * ndim, (1,) * ndim, False)
    else:
        values, indices = adaptive_max_pooling(batched, sizes)
    if input.ndim == ndim + 1:
        values, indices = values.squeeze(0), indices.squeeze(0)
    return (values, indices) if return_indices else values


def _adaptive_errors(make):
    yield ErrorSample(Sample(make(1, 2, 4), (2, 2)), RuntimeError, "expected 1 numbers as output_size")
    yield ErrorSample(Sample(make(2, 3), (2, 2)), ValueError, "Input dimension should be at least 3")
    yield ErrorSample(Sample(make(1, 2, 0), 1), RuntimeError, "non-zero sizes")


@composition(
    method=False,
    errors=_adaptive_errors,
    torch="nn.functional.adaptive_max_pool1d",
    samples=lambda make: iter([Sample(make.distinct((1, 2, 7)), 3), Sample(make.distinct((2, 4)), 2, True)]),
)
def adaptive_max_pool1d(input: Array, output_size: Any, return_indices: bool = False):
    """The largest values of `output_size` windows that together cover (N, C, L).

    out[n, c, i] = max(input[n, c, floor(i * L / size) : ceil((i + 1) * L / size)])
    """
    return _adaptive_max(1, input, output_size, return_indices)


@composition(
    method=False,
    torch="nn.functional.adaptive_max_pool2d",
    samples=lambda make: iter([Sample(make.distinct((1, 2, 5, 4)), (2, 3)), Sample(make.distinct((2, 4, 4)), 1)]),
)
def adaptive_max_pool2d(input: Array, output_size: Any, return_indices: bool = False):
    """The largest values of output_size windows that together cover (N, C, H, W)."""
    return _adaptive_max(2, input, output_size, return_indices)


@composition(
    method=False,
    torch="nn.functional.adaptive_max_pool3d",
    samples=lambda make: iter(
        [Sample(make.distinct((1, 2, 3, 4, 2)), (2, None, 1)), Sample(make.distinct((2, 2, 2, 3)), 2)]
    ),
    autocast="cpu float32",
)
def adaptive_max_pool3d(input: Array, output_size: Any, return_indices: bool = False):
    """The largest values of output_size windows that together cover (N, C, D, H, W)."""
    return _adaptive_max(3, input, output_size, return_indices)


# --- Fractional -------------------------------------------------------------------------------------------------------


def _random_places(
    k: Any, input: Any, samples: Any, kernel_size: Sequence[int], out_size: Sequence[int]
) -> Iterator[Any]:
    """Graham (2014), arXiv:1412.6071: window i starts at floor((i + u) * a) - floor(u * a), the last one at the end."""
    spatial = input.shape[2:]
    planes, ndim = input.shape[0] * input.shape[1], len(spatial)
    starts = []
    for d, (size, length, count) in enumerate(zip(spatial, kernel_size, out_size, strict=True)):
        # In a plane PyTorch draws for the width first, in a volume for the depth first.
        u = k.reshape(k.basic_index(samples, (..., ndim - 1 - d if ndim == 2 else d)), (planes, 1))
        number = k.arange_like(input, count)
        step = (size - length) / max(count - 1, 1)
        start = k.cast((k.cast_like(number, u) + u) * step, dtypes.int64) - k.cast(u * step, dtypes.int64)
        starts.append(k.where(k.reshape(number, (1, count)) == count - 1, k.full_like(start, size - length), start))
    for tap in itertools.product(*map(range, kernel_size)):
        place = None
        for d, size in enumerate(spatial):
            shape = (planes, *[out_size[d] if e == d else 1 for e in range(ndim)])
            position = k.reshape(starts[d] + tap[d], shape)
            place = position if place is None else place * size + position
        yield k.reshape(place, (planes, math.prod(out_size)))


def _fractional_samples(make):
    yield Sample(make.distinct((1, 2, 5, 6)), make(1, 2, 2, low=0.0, high=1.0, requires_grad=False), (2, 3), (3, 2))
    yield Sample(
        make.distinct((2, 1, 4, 3, 3)), make(2, 1, 3, low=0.0, high=1.0, requires_grad=False), (2, 1, 2), (2, 2, 1)
    )


@op(grad=lambda k, g, input_shape, output_size, indices: (_gradient(k, g, input_shape, output_size, indices), None),
    result=("same", "int64"), fields=("values", "indices"), public=False, takes="floats", refuses="complex",
    grad_name="FractionalMaxPool2DBackward0", samples=_fractional_samples)  # fmt: skip
def fractional_max_pooling(k, input: Array, chances: Array, kernel_size: tuple, output_size: tuple):
    """The largest value of each window, where `chances` (N, C, dims) says how the windows are spread; and its number."""
    return _largest(k, input, output_size, _random_places(k, input, chances, kernel_size, output_size))


def _fractional(
    ndim: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, samples: Tensor | None
) -> Any:
    name = f"fractional_max_pool{ndim}d"
    if output_size is None and output_ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if input.ndim not in (ndim + 1, ndim + 2) or 0 in input.shape[-ndim - 1 :]:
        raise RuntimeError(
            f"{name}: Expected {ndim + 1}D or {ndim + 2}D tensor with non-zero sizes but for the batch, but got "
            f"{list(input.shape)}"
        )
    kernel = each("kernel_size", kernel_size, ndim, 1)
    if output_size is None:
        ratios = (output_ratio,) * ndim if isinstance(output_ratio, float | int) else tuple(output_ratio)
        if not all(0 < ratio < 1 for ratio in ratios):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")
        output_size = [int(size * ratio) for size, ratio in zip(input.shape[-ndim:], ratios, strict=True)]
    sizes = each("output_size", output_size, ndim, 1)
    for size, length, count in zip(input.shape[-ndim:], kernel, sizes, strict=True):
        if count + length - 1 > size:
            raise RuntimeError(
                f"{name}: pool of {length} too large relative to an input of {size} and an output of {count}"
            )
    batched = input if input.ndim == ndim + 2 else input.unsqueeze(0)
    if samples is None:
        samples = rand(*batched.shape[:2], ndim, dtype=input.dtype, device=input.device)
    batches = batched.shape[:1] if input.ndim == ndim + 2 else samples.shape[:1]  # of one sample's, the first is taken
    if tuple(samples.shape) != (*batches, batched.shape[1], ndim):
        raise RuntimeError(
            f"{name}: Expect _random_samples of shape {[*batched.shape[:2], ndim]}, got {list(samples.shape)}"
        )
    values, indices = fractional_max_pooling(batched, samples[: batched.shape[0]], kernel, sizes)
    return (values, indices) if input.ndim == ndim + 2 else (values.squeeze(0), indices.squeeze(0))


@composition(method=False, autocast="cpu float32")
def fractional_max_pool2d(input: Array, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                          return_indices: bool = False, _random_samples: Tensor | None = None):  # fmt: skip
    """The largest values of output_size windows, of (H, W) or output_ratio * (H, W), spread over (N, C, H, W) at random."""
    result = _fractional(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return result if return_indices else result[0]


@composition(method=False, autocast="cpu float32")
def fractional_max_pool3d(input: Array, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
                          return_indices: bool = False, _random_samples: Tensor | None = None):  # fmt: skip
    """The largest values of output_size windows spread over (N, C, D, H, W) at random."""
    result = _fractional(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return result if return_indices else result[0]
