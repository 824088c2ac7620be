"""Layers for images: channels into pixels and back, other sizes."""

from __future__ import annotations

from typing import Any

from minitorch.nn import functional as F
from minitorch.nn.layers.sizes import Size
from minitorch.nn.module import Module
from minitorch.tensor import Tensor

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle", "Upsample", "UpsamplingBilinear2d",
           "UpsamplingNearest2d"]  # fmt: skip


class PixelShuffle(Module):
    """Makes channels into pixels: `(*, C r², H, W)` -> `(*, C, H r, W r)` (Shi et al. 2016, arXiv:1609.05158).

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.PixelShuffle(3)(minitorch.zeros(1, 9, 4, 4)).shape
    torch.Size([1, 1, 12, 12])
    """

    def __init__(self, upscale_factor: int):
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Makes pixels into channels: `(*, C, H r, W r)` -> `(*, C r², H, W)`."""

    def __init__(self, downscale_factor: int):
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Deals the channels of `(N, C, *)` anew, one from each of `groups` in turn (Zhang et al. 2018, arXiv:1707.01083)."""

    def __init__(self, groups: int):
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class Upsample(Module):
    """Another size of `(N, C, *)`: `size`, or `scale_factor` times the input's.

    `mode` is "nearest", "linear" (3 dims), "bilinear" and "bicubic" (4 dims) or "trilinear" (5 dims); `align_corners` lets the
    corners' values stay as they are.
    """

    def __init__(
        self, size: Size | None = None, scale_factor: float | tuple[float, ...] | None = None, mode: str = "nearest",
        align_corners: bool | None = None, recompute_scale_factor: bool | None = None,
    ):  # fmt: skip
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor: Any
        if isinstance(scale_factor, tuple):
            self.scale_factor = tuple([float(factor) for factor in scale_factor])
        else:
            self.scale_factor = float(scale_factor) if scale_factor else None
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return F.interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners,
            recompute_scale_factor=self.recompute_scale_factor,
        )  # fmt: skip

    def extra_repr(self) -> str:
        if self.scale_factor is not None:
            return f"scale_factor={self.scale_factor!r}, mode={self.mode!r}"
        return f"size={self.size!r}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """`Upsample` of `(N, C, H, W)` with the nearest pixel's value."""

    def __init__(self, size: Size | None = None, scale_factor: float | tuple[float, float] | None = None):
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """`Upsample` of `(N, C, H, W)` with bilinear interpolation between aligned corners."""

    def __init__(self, size: Size | None = None, scale_factor: float | tuple[float, float] | None = None):
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)
