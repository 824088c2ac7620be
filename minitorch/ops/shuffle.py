"""Channels and pixels rearranged: depth into resolution and back, and channels of several groups mixed."""

from __future__ import annotations

from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import permute, reshape
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def _refuse(name: str, input: Tensor, factor: int) -> None:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive factor, but got {factor}")


def _shuffle_errors(make):
    yield ErrorSample(Sample(make(2, 3), 2), RuntimeError, "at least 3 dimensions")
    yield ErrorSample(Sample(make(3, 2, 2), 2), RuntimeError, "divisible by the square of upscale_factor")


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 8, 2, 3), 2), Sample(make(9, 1, 2), 3), Sample(make(0, 4, 2, 2), 2)]),
    errors=_shuffle_errors,
)
def pixel_shuffle(input: Array, upscale_factor: int):
    """(*, C * r^2, H, W) to (*, C, H * r, W * r) (Shi et al. 2016, arXiv:1609.05158).

    out[..., c, h * r + i, w * r + j] = input[..., (c * r + i) * r + j, h, w]
    """
    _refuse("pixel_shuffle", input, upscale_factor)
    *batch, channels, height, width = input.shape
    r, n = upscale_factor, len(batch)
    if channels % (r * r):
        raise RuntimeError(
            f"pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, but "
            f"input.size(-3)={channels} is not divisible by {r * r}"
        )
    parts = reshape(input, (*batch, channels // (r * r), r, r, height, width))
    parts = permute(parts, (*range(n), n, n + 3, n + 1, n + 4, n + 2))
    return reshape(parts, (*batch, channels // (r * r), height * r, width * r))


def _unshuffle_errors(make):
    yield ErrorSample(Sample(make(2, 3), 2), RuntimeError, "at least 3 dimensions")
    yield ErrorSample(Sample(make(3, 3, 2), 2), RuntimeError, "height to be divisible by downscale_factor")


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 2, 4, 6), 2), Sample(make(1, 3, 6), 3)]),
    errors=_unshuffle_errors,
)
def pixel_unshuffle(input: Array, downscale_factor: int):
    """(*, C, H * r, W * r) to (*, C * r^2, H, W): the inverse of pixel_shuffle.

    out[..., (c * r + i) * r + j, h, w] = input[..., c, h * r + i, w * r + j]
    """
    _refuse("pixel_unshuffle", input, downscale_factor)
    *batch, channels, height, width = input.shape
    r, n = downscale_factor, len(batch)
    for name, size in (("height", height), ("width", width)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but {size} is not divisible by {r}"
            )
    parts = reshape(input, (*batch, channels, height // r, r, width // r, r))
    parts = permute(parts, (*range(n), n, n + 2, n + 4, n + 1, n + 3))
    return reshape(parts, (*batch, channels * r * r, height // r, width // r))


def _channel_errors(make):
    yield ErrorSample(Sample(make(2, 3, 2), 2), RuntimeError, "number of channels to be divisible by groups")
    yield ErrorSample(Sample(make(2, 4), 2), RuntimeError, "channel_shuffle expects input with > 2 dims")


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 4, 3), 2), Sample(make(1, 6, 2, 2), 3)]),
    errors=_channel_errors,
)
def channel_shuffle(input: Array, groups: int):
    """The channels of (N, C, *) dealt out: the first of each group, then the second of each, ... (Zhang et al. 2017).

    out[n, i * groups + g] = input[n, g * (C / groups) + i]
    """
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    batch, channels, *rest = input.shape
    if groups <= 0 or channels % groups:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive, and the number of channels to be divisible by groups: "
            f"got {groups} groups for input.size(1)={channels}"
        )
    parts = reshape(input, (batch, groups, channels // groups, *rest))
    return reshape(permute(parts, (0, 2, 1, *range(3, parts.ndim))), (batch, channels, *rest))
