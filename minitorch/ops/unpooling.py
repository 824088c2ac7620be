"""The way back from max pooling, and pooling by a power mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch.operands import some
from minitorch.ops.activation import relu
from minitorch.ops.convolution import each
from minitorch.ops.pointwise import abs, sign
from minitorch.ops.pooling import avg_pool1d, avg_pool2d, avg_pool3d
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Index, composition, linear
from minitorch.tensor import Tensor

# --- Unpooling --------------------------------------------------------------------------------------------------------


@linear(input=lambda k, g, indices, output_size: k.max_pooling_take(g, indices, len(output_size)), public=False,
        takes="floats", refuses="complex", grad_name="MaxUnpool2DBackward0",
        samples=lambda make: iter([Sample(make(1, 2, 3), make.permutations((1, 2, 3), 6), (6,)),
                                   Sample(make(2, 1, 4), make.permutations((2, 1, 4), 6), (2, 3))]))  # fmt: skip
def max_unpooling(k, input: Array, indices: Index, output_size: tuple):
    """Zeros of (N, C, *output_size) with each value of (N, C, *) written where `indices` says."""
    planes, area, count = math.prod(input.shape[:2]), math.prod(output_size), math.prod(input.shape[2:])
    zeros = k.new_full(input, (planes, area), 0)
    flat = k.scatter(zeros, 1, k.reshape(indices, (planes, count)), k.reshape(input, (planes, count)))
    return k.reshape(flat, (*input.shape[:2], *output_size))


def _unpool(
    ndim: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Tensor:
    kernel = each("kernel_size", kernel_size, ndim, 1)
    stride = kernel if stride is None else each("stride", stride, ndim, 1)
    sizes = _unpooled_sizes(input, kernel, stride, each("padding", padding, ndim, 0), output_size)
    if indices.dtype.name != "int64":
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype!r}")
    if tuple(indices.shape) != tuple(input.shape):
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got indices tensor "
            f"with shape: {list(indices.shape)}"
        )
    if input.ndim not in (ndim + 1, ndim + 2) or 0 in input.shape[-ndim - 1 :]:
        raise RuntimeError(
            f"Input to max_unpooling{ndim}d should be a {ndim + 1}d or {ndim + 2}d Tensor with non-zero sizes but for the batch, "
            f"but got {list(input.shape)}"
        )
    area = math.prod(sizes)
    if indices.numel() and some((indices < 0) | (indices >= area)):
        wrong = int(indices.max()) if int(indices.min()) >= 0 else int(indices.min())
        raise RuntimeError(
            f"Found an invalid max index: {wrong} (output volumes are of size {'x'.join(map(str, sizes))})"
        )
    if input.ndim == ndim + 2:
        return max_unpooling(input, indices, sizes)
    return max_unpooling(input.unsqueeze(0), indices.unsqueeze(0), sizes).squeeze(0)


def _unpooled_sizes(input: Tensor, kernel: tuple, stride: tuple, padding: tuple, output_size: Any) -> tuple[int, ...]:
    ndim = len(kernel)
    spatial = input.shape[-ndim:]
    usual = [(n - 1) * s + k - 2 * p for n, s, k, p in zip(spatial, stride, kernel, padding, strict=True)]
    if output_size is None:
        return tuple(usual)
    sizes = tuple(output_size)[-ndim:] if len(output_size) == ndim + 2 else tuple(output_size)
    if len(sizes) != ndim:
        raise ValueError(
            f"output_size should be a sequence containing {ndim} or {ndim + 2} elements, but it has a "
            f"length of '{len(output_size)}'"
        )
    for size, expected, step in zip(sizes, usual, stride, strict=True):
        if not expected - step < size < expected + step:
            raise ValueError(
                f'invalid output_size "{list(sizes)}" (dim of {size} must be between {expected - step} and {expected + step})'
            )
    return sizes


def _unpool_errors(make):
    yield ErrorSample(
        Sample(make(1, 2, 3), make.integers((1, 2, 3), 6, 7), 2), RuntimeError, "Found an invalid max index: 6"
    )
    yield ErrorSample(
        Sample(make(1, 2, 3), make.integers((1, 2, 2), 0, 6), 2), RuntimeError, "Expected shape of indices"
    )
    yield ErrorSample(
        Sample(make(1, 2, 3), make.integers((1, 2, 3), 0, 6), 2, output_size=(9,)), ValueError, "invalid output_size"
    )


@composition(method=False, errors=_unpool_errors, torch="nn.functional.max_unpool1d", autocast="cpu float32",
             samples=lambda make: iter([Sample(make(1, 2, 3), make.permutations((1, 2, 3), 6), 2)]))  # fmt: skip
def max_unpool1d(input: Array, indices: Index, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Sequence[int] | None = None):  # fmt: skip
    """The values that max_pool1d found, back where they were; all else is 0."""
    return _unpool(1, input, indices, kernel_size, stride, padding, output_size)


@composition(
    method=False,
    torch="nn.functional.max_unpool2d",
    samples=lambda make: iter(
        [
            Sample(make(2, 1, 2), make.permutations((2, 1, 2), 8), 2),
            Sample(make(2, 1, 1, 2), make.permutations((2, 1, 1, 2), 8), 2, output_size=(3, 5)),
        ]
    ),
    autocast="cpu float32",
)
def max_unpool2d(input: Array, indices: Index, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Sequence[int] | None = None):  # fmt: skip
    """The values that max_pool2d found, back where they were; all else is 0."""
    return _unpool(2, input, indices, kernel_size, stride, padding, output_size)


@composition(method=False, torch="nn.functional.max_unpool3d",
             samples=lambda make: iter([Sample(make(1, 2, 1, 1, 2), make.permutations((1, 2, 1, 1, 2), 16), 2)]),
             autocast="cpu float32")  # fmt: skip
def max_unpool3d(input: Array, indices: Index, kernel_size: Any, stride: Any = None, padding: Any = 0,
                 output_size: Sequence[int] | None = None):  # fmt: skip
    """The values that max_pool3d found, back where they were; all else is 0."""
    return _unpool(3, input, indices, kernel_size, stride, padding, output_size)


# --- Power means ------------------------------------------------------------------------------------------------------


def _power_pool(input: Tensor, norm_type: float, kernel: tuple[int, ...], pooled) -> Tensor:
    """sum(x^p)^(1/p) of each window, from the mean of x^p; a negative sum counts as 0."""
    mean = pooled(input.pow(norm_type))
    return (sign(mean) * relu(abs(mean)) * math.prod(kernel)).pow(1.0 / norm_type)


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 2, 6, low=0.2), 2, 2), Sample(make(2, 5, low=0.2), 3.0, 3, 1)]),
    torch="nn.functional.lp_pool1d",
)
def lp_pool1d(input: Array, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False):
    """sum(x^p)^(1/p) of each window of (N, C, L)."""
    kernel = each("kernel_size", kernel_size, 1, 1)
    return _power_pool(input, norm_type, kernel, lambda x: avg_pool1d(x, kernel, stride, 0, ceil_mode))


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(1, 2, 4, 5, low=0.2), 2, 2), Sample(make(2, 5, 4, low=0.2), 3, (3, 2), 1)]),
    torch="nn.functional.lp_pool2d",
)
def lp_pool2d(input: Array, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False):
    """sum(x^p)^(1/p) of each window of (N, C, H, W)."""
    kernel = each("kernel_size", kernel_size, 2, 1)
    return _power_pool(input, norm_type, kernel, lambda x: avg_pool2d(x, kernel, stride, 0, ceil_mode))


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(1, 2, 4, 2, 4, low=0.2), 2, 2)]),
    torch="nn.functional.lp_pool3d",
)
def lp_pool3d(input: Array, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False):
    """sum(x^p)^(1/p) of each window of (N, C, D, H, W)."""
    kernel = each("kernel_size", kernel_size, 3, 1)
    return _power_pool(input, norm_type, kernel, lambda x: avg_pool3d(x, kernel, stride, 0, ceil_mode))
