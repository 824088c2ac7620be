"""Pooling: the largest value of each window, or the mean. A window's largest value gets all of its gradient.

The rows work on (N, C, *spatial) for any number of spatial dims. Max pooling names where each largest value was, as its
number in the flattened plane, which is all that its gradient needs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from minitorch import dtypes
from minitorch.inplace import written
from minitorch.ops.convolution import each
from minitorch.ops.creation import arange, full_like, ones_like
from minitorch.ops.joining import cat
from minitorch.ops.pointwise import div
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Index, composition, linear, op
from minitorch.tensor import Tensor

# --- Rows -------------------------------------------------------------------------------------------------------------


def _max_samples(make):
    yield Sample(make.distinct((1, 2, 6)), (2,), (2,), (0,), (1,), False)
    yield Sample(make.distinct((1, 2, 4, 5)), (3, 2), (1, 2), (1, 1), (1, 1), False)
    yield Sample(make.distinct((2, 1, 5, 5)), (2, 2), (2, 2), (0, 0), (2, 1), True)


@op(
    grad=lambda k, g, input_shape, kernel_size, indices: (
        k.max_pooling_gradient(g[0], indices, input_shape, len(kernel_size)),
    ),
    result=("same", "int64"),
    fields=("values", "indices"),
    public=False,
    refuses="bool complex",
    grad_name="MaxPool2DWithIndicesBackward0",
    samples=_max_samples,
)
def max_pooling(k, input: Array, kernel_size: tuple, stride: tuple, padding: tuple, dilation: tuple, ceil_mode: bool):
    """The largest value of each window and its number in the plane; padding never wins, NaN always does."""
    spatial = input.shape[2:]
    out_size = pooled_sizes(spatial, kernel_size, stride, padding, dilation, ceil_mode)
    lowest = k.lowest(input)
    best: Any = None
    number: Any = None
    for tap in itertools.product(*map(range, kernel_size)):
        value, inside, place = _tap(k, input, tap, out_size, stride, padding, dilation)
        value = k.where(inside, value, k.expand(lowest, value.shape))
        wins = inside if best is None else inside & ((value > best) | (value != value))
        best = value if best is None else k.where(wins, value, best)
        number = k.where(wins, place, k.full_like(place, -1) if number is None else number)
    return best, k.expand(number, best.shape) if tuple(number.shape) != tuple(best.shape) else number


def _tap(k, input, tap, out_size, stride, padding, dilation):
    """What one tap of all windows sees: values, whether they lie inside the plane, and their numbers in it."""
    inside = place = None
    value, ndim = input, len(out_size)
    for d in range(ndim):
        size = input.shape[2 + d]
        position = k.arange_like(input, out_size[d]) * stride[d] + (tap[d] * dilation[d] - padding[d])
        within = (position >= 0) & (position < size)
        position = k.where(within, position, k.full_like(position, 0))
        value = k.index_select(value, 2 + d, position)
        shape = tuple([out_size[d] if e == d else 1 for e in range(ndim)])
        within, position = k.reshape(within, shape), k.reshape(position, shape)
        inside = within if inside is None else inside & within
        place = position if place is None else place * size + position
    return value, k.expand(inside, value.shape), k.expand(place, value.shape)


@linear(grad_output=lambda k, g, indices, spatial_dims: k.max_pooling_take(g, indices, spatial_dims), public=False,
        samples=lambda make: iter([Sample(make(1, 2, 3), make.permutations((1, 2, 3), 6), (1, 2, 6), 1)]))  # fmt: skip
def max_pooling_gradient(k, grad_output: Array, indices: Index, input_size: tuple, spatial_dims: int):
    """Zeros of `input_size`, with every window's gradient added where its largest value was."""
    planes, area = _plane(input_size, spatial_dims)
    flat = k.scatter_add(
        k.new_full(grad_output, (planes, area), 0),
        1,
        k.reshape(indices, _rows(indices, planes)),
        k.reshape(grad_output, _rows(indices, planes)),
    )
    return k.reshape(flat, tuple(input_size))


@linear(
    input=lambda k, g, input_shape, indices, spatial_dims: k.max_pooling_gradient(
        g, indices, input_shape, spatial_dims
    ),
    public=False,
    samples=lambda make: iter([Sample(make(1, 2, 6), make.permutations((1, 2, 3), 6), 1)]),
)
def max_pooling_take(k, input: Array, indices: Index, spatial_dims: int):
    """The values at the given numbers of each plane."""
    planes, area = _plane(input.shape, spatial_dims)
    return k.reshape(
        k.gather(k.reshape(input, (planes, area)), 1, k.reshape(indices, _rows(indices, planes))), indices.shape
    )


def _plane(size: Sequence[int], spatial_dims: int) -> tuple[int, int]:
    """How many planes, of how many elements."""
    split = len(size) - spatial_dims
    return math.prod(size[:split]), math.prod(size[split:])


def _rows(indices, planes):
    return (planes, math.prod(indices.shape) // planes if planes else 0)


def _avg_samples(make):
    yield Sample(make(1, 2, 6), (2,), (2,), (0,), False, True, None)
    yield Sample(make(1, 2, 4, 5), (3, 2), (1, 2), (1, 1), False, False, None)
    yield Sample(make(2, 1, 5, 5), (2, 2), (2, 2), (0, 0), True, True, 3)


@linear(input=lambda k, g, input_shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override:
            k.avg_pooling_gradient(g, input_shape, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override),
        public=False, takes="floats", refuses="complex", grad_name="AvgPool2DBackward0", samples=_avg_samples)  # fmt: skip
def avg_pooling(
    k,
    input: Array,
    kernel_size: tuple,
    stride: tuple,
    padding: tuple,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
):
    """The mean of each window: its sum by `divisor_override`, or by how many elements it has, with padding or without."""
    ones = (1,) * len(kernel_size)
    out_size = pooled_sizes(input.shape[2:], kernel_size, stride, padding, ones, ceil_mode)
    total = 0
    for tap in itertools.product(*map(range, kernel_size)):
        value, inside, _ = _tap(k, input, tap, out_size, stride, padding, ones)
        total = total + k.where(inside, value, k.full_like(value, 0))
    return total * _shares(
        k, input, input.shape[2:], out_size, kernel_size, stride, padding, count_include_pad, divisor_override
    )


@linear(
    grad_output=lambda k, g, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override: (
        k.avg_pooling(g, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)
    ),
    public=False,
)
def avg_pooling_gradient(
    k,
    grad_output: Array,
    input_size: tuple,
    kernel_size: tuple,
    stride: tuple,
    padding: tuple,
    ceil_mode: bool,
    count_include_pad: bool,
    divisor_override: int | None,
):
    """Every element of a window gets its share of the window's gradient."""
    spatial, out_size, ones = input_size[2:], grad_output.shape[2:], (1,) * len(kernel_size)
    share = grad_output * _shares(
        k, grad_output, spatial, out_size, kernel_size, stride, padding, count_include_pad, divisor_override
    )
    planes, area = _plane(input_size, len(spatial))
    flat = k.new_full(grad_output, (planes, area), 0)
    zeros = k.new_full(grad_output, (*grad_output.shape[:2], *spatial), 0)
    for tap in itertools.product(*map(range, kernel_size)):
        _, inside, place = _tap(k, zeros, tap, out_size, stride, padding, ones)
        value = k.where(inside, share, k.full_like(share, 0))
        flat = k.scatter_add(flat, 1, k.reshape(place, _rows(place, planes)), k.reshape(value, _rows(value, planes)))
    return k.reshape(flat, tuple(input_size))


def _shares(k, like, spatial, out_size, kernel_size, stride, padding, count_include_pad, divisor_override):
    """1 / divisor for every window, in a shape that broadcasts over planes."""
    total = None
    for d, size in enumerate(spatial):
        start = k.arange_like(like, out_size[d]) * stride[d] - padding[d]
        end = start + kernel_size[d]
        low, high = (-padding[d], size + padding[d]) if count_include_pad else (0, size)
        length = k.minimum(end, k.full_like(end, high)) - k.maximum(start, k.full_like(start, low))
        length = k.reshape(length, tuple([out_size[d] if e == d else 1 for e in range(len(spatial))]))
        total = length if total is None else total * length
    if divisor_override:
        total = k.full_like(total, divisor_override)
    return 1 / k.cast_like(total, like)


def pooled_sizes(spatial, kernel_size, stride, padding, dilation, ceil_mode) -> tuple[int, ...]:
    """How many windows there are along each dim; with ceil_mode also those that reach over the end, but start before it."""
    sizes = []
    for size, length, step, extra, spread in zip(spatial, kernel_size, stride, padding, dilation, strict=True):
        room = size + 2 * extra - spread * (length - 1) - 1
        count = -(-room // step) + 1 if ceil_mode else room // step + 1
        if ceil_mode and (count - 1) * step >= size + extra:
            count -= 1
        sizes.append(count)
    return tuple(sizes)


# --- PyTorch's functions ------------------------------------------------------------------------------------------------


def _pooled(name: str, ndim: int, input: Tensor, *settings: Any) -> tuple:
    """The input with a batch dim, and the settings for every dim, checked."""
    hashable = [tuple(value) if isinstance(value, list) else value for value in settings]
    return input if input.ndim == ndim + 2 else input.unsqueeze(0), *_settings(name, ndim, input.shape, *hashable)


@lru_cache(maxsize=256)
def _settings(
    name: str, ndim: int, shape: tuple, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> tuple[tuple[int, ...], ...]:
    """Kernel size, stride, padding and dilation for every dim, checked against the shape of the input."""
    if len(shape) not in (ndim + 1, ndim + 2):
        raise RuntimeError(
            f"{name}() Expected {ndim + 1}D or {ndim + 2}D input tensor, but got input of size {list(shape)}"
        )
    if 0 in shape[-ndim - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected input's non-batch dimensions to have positive length, but input has a shape of {list(shape)}"
        )
    kernel = each("kernel_size", kernel_size, ndim, 1)
    stride = kernel if stride is None or stride == () else each("stride", stride, ndim, 1)
    padding, dilation = each("padding", padding, ndim, 0), each("dilation", dilation, ndim, 1)
    if any(2 * extra > length for extra, length in zip(padding, kernel, strict=True)):
        raise RuntimeError(
            f"pad should be at most half of effective kernel size, but got pad={max(padding)}, kernel_size={list(kernel)} "
            f"and dilation={list(dilation)}"
        )
    out_size = pooled_sizes(shape[-ndim:], kernel, stride, padding, dilation, ceil_mode)
    if min(out_size) < 1:
        raise RuntimeError(
            f"{name}(): Given input size: {list(shape)}, calculated output size: {list(out_size)}. Output size is too small"
        )
    for size, length, step, extra, spread, count in zip(
        shape[-ndim:], kernel, stride, padding, dilation, out_size, strict=True
    ):
        for start in range(-extra, count * step - extra, step) if spread > 1 and extra else ():
            if not any(0 <= start + tap * spread < size for tap in range(length)):
                raise RuntimeError(
                    f"{name}(): a window that begins at {start} of {size} elements has none of them, only padding"
                )
    return kernel, stride, padding, dilation


def _max(name: str, ndim: int, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    batched, *settings = _pooled(name, ndim, input, kernel_size, stride, padding, dilation, ceil_mode)
    values, indices = max_pooling(batched, *settings, bool(ceil_mode))
    if input.ndim == ndim + 1:
        values, indices = values.squeeze(0), indices.squeeze(0)
    return (values, indices) if return_indices else values


def _pool_errors(make):
    yield ErrorSample(Sample(make(2, 2, 2), 3), RuntimeError, "Output size is too small")
    yield ErrorSample(Sample(make(2, 2, 4), 2, padding=2), RuntimeError, "pad should be at most half")


@composition(
    method=False,
    errors=_pool_errors,
    torch="nn.functional.max_pool1d",
    samples=lambda make: iter([Sample(make.distinct((2, 2, 6)), 2), Sample(make.distinct((2, 5)), 3, 1, 1)]),
)
def max_pool1d(
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
):
    """The largest value of each window of (N, C, L).

    out[n, c, i] = max over k of input[n, c, i * stride - padding + k * dilation]
    """
    return _max("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composition(
    method=False,
    torch="nn.functional.max_pool2d",
    samples=lambda make: iter(
        [Sample(make.distinct((1, 2, 4, 6)), 2), Sample(make.distinct((2, 5, 5)), (3, 2), 2, 1, ceil_mode=True)]
    ),
)
def max_pool2d(
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
):
    """The largest value of each window of (N, C, H, W); with `return_indices` also its number in the plane.

    out[n, c, i, j] = max over k, l of input[n, c, i * stride - padding + k * dilation, j * stride - padding + l * dilation]
    """
    return _max("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@composition(
    method=False,
    torch="nn.functional.max_pool3d",
    samples=lambda make: iter(
        [
            Sample(make.distinct((1, 2, 4, 4, 2)), 2),
            Sample(make.distinct((2, 3, 4, 3)), (2, 3, 2), 1, (0, 1, 1), 1, True),
        ]
    ),
    autocast="cpu float32",
)
def max_pool3d(
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
):
    """The largest value of each window of (N, C, D, H, W); with `return_indices` also its number in the volume."""
    return _max("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


def _avg_of_integers(input: Tensor, settings: tuple, divisor: int | None) -> Tensor:
    """Sums divided toward zero. Doubles hold the sums of halves of 32 bits, and so give all the digits."""
    high, low, ones = input // 2**32, input & 0xFFFFFFFF, ones_like(input)
    upper, lower, count = (avg_pooling(part.double(), *settings, 1).long() for part in (high, low, ones))
    if divisor is None:
        mean_of_ones = avg_pooling(ones.double(), *settings, None)
        divisors = (count / mean_of_ones).round().long()
    else:
        divisors = full_like(count, divisor)
    return div(upper * 2**32 + lower, divisors, rounding_mode="trunc")


def _avg(
    name: str,
    ndim: int,
    input,
    kernel_size,
    stride,
    padding,
    ceil_mode,
    count_include_pad,
    divisor_override=None,
    out=None,
):
    batched, kernel, stride, padding, _ = _pooled(name, ndim, input, kernel_size, stride, padding, 1, ceil_mode)
    if divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    settings = (kernel, stride, padding, bool(ceil_mode), bool(count_include_pad))
    if input.dtype is dtypes.int64:  # the one integer dtype that PyTorch takes
        result = _avg_of_integers(batched, settings, divisor_override)
    else:
        result = avg_pooling(batched, *settings, divisor_override)
    result = result if input.ndim == ndim + 2 else result.squeeze(0)
    return result if out is None else written(name, out, result)


@composition(
    method=False,
    torch="nn.functional.avg_pool1d",
    samples=lambda make: iter([Sample(make(2, 2, 6), 2), Sample(make(2, 5), 3, 1, 1)]),
)
def avg_pool1d(
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
):
    """The mean of each window of (N, C, L).

    out[n, c, i] = mean over k of input[n, c, i * stride - padding + k]
    """
    return _avg("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@composition(
    method=False,
    torch="nn.functional.avg_pool2d",
    samples=lambda make: iter([Sample(make(1, 2, 4, 6), 2), Sample(make(2, 5, 5), (3, 2), 2, 1, True, False)]),
)
def avg_pool2d(
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out=None,
):
    """The mean of each window of (N, C, H, W).

    out[n, c, i, j] = mean over k, l of input[n, c, i * stride - padding + k, j * stride - padding + l]
    """
    settings = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _avg("avg_pool2d", 2, input, *settings, out)


@composition(
    method=False,
    torch="nn.functional.avg_pool3d",
    samples=lambda make: iter([Sample(make(1, 2, 4, 2, 4), 2), Sample(make(2, 3, 3, 4), (3, 2, 2), 2, 1, True, False)]),
    autocast="cpu float32",
)
def avg_pool3d(
    input: Array,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
    *,
    out=None,
):
    """The mean of each window of (N, C, D, H, W)."""
    settings = kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    return _avg("avg_pool3d", 3, input, *settings, out)


def adaptive_sizes(name: str, ndim: int, input: Tensor, output_size: Any) -> tuple[int, ...]:
    """How many windows there are along each dim: as asked, and where None was asked as many as there are elements."""
    sizes = (output_size,) * ndim if isinstance(output_size, int) or output_size is None else tuple(output_size)
    if not isinstance(output_size, int) and input.ndim <= len(sizes):
        raise ValueError(f"{name}(): Input dimension should be at least {len(sizes) + 1}, but got {input.ndim}")
    if input.ndim not in (ndim + 1, ndim + 2):
        raise RuntimeError(f"{name}(): Expected {ndim + 1}D or {ndim + 2}D tensor, but got {list(input.shape)}")
    if len(sizes) != ndim:
        raise RuntimeError(f"{name}(): expected {ndim} numbers as output_size, but got {list(sizes)}")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"{name}" not implemented for {input.dtype!r}: expected a floating-point tensor')
    sizes = tuple([size if count is None else count for count, size in zip(sizes, input.shape[-ndim:], strict=True)])
    if min(sizes) < 0:
        raise RuntimeError(f"{name}(): elements of output_size must be at least 0, but got {list(sizes)}")
    return sizes


def _adaptive(ndim: int, input: Tensor, output_size: Any) -> Tensor:
    """Window i runs from floor(i * size / out) to ceil((i + 1) * size / out), dim by dim."""
    sizes = adaptive_sizes(f"adaptive_avg_pool{ndim}d", ndim, input, output_size)
    if sizes == tuple(input.shape[-ndim:]):
        return input.clone()
    for d, count in zip(range(-ndim, 0), sizes, strict=True):
        size = input.shape[d]
        if count > size:  # windows of one element or two, of which the first and the last are the whole
            start = arange(count, device=input.device) * size
            first, last = start // count, -(-(start + size) // count) - 1
            input = (input.index_select(d, first) + input.index_select(d, last)) / 2
        elif count < size:
            before = (slice(None),) * (input.ndim + d)
            windows = [slice(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
            means = [input[(*before, window)].mean(d, True) for window in windows]
            input = cat(means, d) if means else input.narrow(d, 0, 0)
    return input


@composition(method=False, samples=lambda make: iter([Sample(make(1, 2, 7), 3), Sample(make(2, 4), 2)]))
def adaptive_avg_pool1d(input: Array, output_size: Any):
    """The means of `output_size` windows that together cover (N, C, L).

    out[n, c, i] = mean(input[n, c, floor(i * L / size) : ceil((i + 1) * L / size)])
    """
    return _adaptive(1, input, output_size)


@composition(
    method=False,
    torch="nn.functional.adaptive_avg_pool2d",
    samples=lambda make: iter([Sample(make(1, 2, 5, 4), (2, 3)), Sample(make(2, 4, 4), 1)]),
)
def adaptive_avg_pool2d(input: Array, output_size: Any):
    """The means of output_size windows that together cover (N, C, H, W)."""
    return _adaptive(2, input, output_size)


@composition(
    method=False,
    torch="nn.functional.adaptive_avg_pool3d",
    samples=lambda make: iter([Sample(make(1, 2, 3, 4, 2), (2, 3, None)), Sample(make(2, 2, 2, 2), 1)]),
    autocast="cpu float32",
)
def adaptive_avg_pool3d(input: Array, output_size: Any):
    """The means of output_size windows that together cover (N, C, D, H, W)."""
    return _adaptive(3, input, output_size)
