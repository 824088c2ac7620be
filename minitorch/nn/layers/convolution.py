"""Convolution layers."""

from __future__ import annotations

from typing import Any

from minitorch.nn import functional as F
from minitorch.nn.layers.linear import init_fan_in
from minitorch.nn.module import Module
from minitorch.nn.parameter import Parameter
from minitorch.ops.creation import empty
from minitorch.tensor import Tensor

__all__ = ["Conv1d", "Conv2d"]

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class Convolution(Module):
    """What the convolution layers share: settings, one for each dim of space, and parameters."""

    ndim: int  # of space
    bias: Parameter | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int | tuple[int, ...], stride: int | tuple[int, ...] = 1,
        padding: int | str | tuple[int, ...] = 0, dilation: int | tuple[int, ...] = 1, groups: int = 1, bias: bool = True,
        padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = each_dim(kernel_size, self.ndim)
        self.stride = each_dim(stride, self.ndim)
        self.padding = padding if isinstance(padding, str) else each_dim(padding, self.ndim)
        self.dilation = each_dim(dilation, self.ndim)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check()
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(empty(shape, device=device, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(out_channels, device=device, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def _check(self) -> None:
        if self.groups <= 0:
            raise ValueError("groups must be a positive integer")
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if self.out_channels % self.groups != 0:
            raise ValueError("out_channels must be divisible by groups")
        if isinstance(self.padding, str):
            if self.padding not in ("same", "valid"):
                raise ValueError(f"Invalid padding string {self.padding!r}, should be one of 'same', 'valid'")
            if self.padding == "same" and any(step != 1 for step in self.stride):
                raise ValueError("padding='same' is not supported for strided convolutions")
        if self.padding_mode not in PADDING_MODES:
            raise ValueError(f"padding_mode must be one of {PADDING_MODES}, but got padding_mode='{self.padding_mode}'")

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        init_fan_in(self.weight, self.bias)

    def forward(self, input: Tensor) -> Tensor:
        convolve = F.conv1d if self.ndim == 1 else F.conv2d
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._pads(), mode=self.padding_mode)
            padding = 0
        return convolve(input, self.weight, self.bias, self.stride, padding, self.dilation, self.groups)

    def _pads(self) -> list[int]:
        """How much to pad before and after, last dim first, as `pad` wants it."""
        pads = []
        for dim in reversed(range(self.ndim)):
            if self.padding == "same":
                total = self.dilation[dim] * (self.kernel_size[dim] - 1)
                pads += [total // 2, total - total // 2]
            else:
                pads += [0, 0] if self.padding == "valid" else [self.padding[dim]] * 2
        return pads

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.ndim:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.ndim:
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class Conv1d(Convolution):
    """Slides kernels over `(N, C, L)`: `(N, in_channels, L)` -> `(N, out_channels, L')`, the batch being optional.

    L' = ⌊(L + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1
    """

    ndim = 1


class Conv2d(Convolution):
    """Slides kernels over `(N, C, H, W)`: `(N, in_channels, H, W)` -> `(N, out_channels, H', W')`, the batch being optional.

    H' = ⌊(H + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1, and W' likewise. The weight has the shape
    `(out_channels, in_channels / groups, *kernel_size)`.

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.Conv2d(1, 8, 3, padding=1)
    Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    >>> nn.Conv2d(1, 8, 3)(minitorch.zeros(4, 1, 28, 28)).shape
    torch.Size([4, 8, 26, 26])
    """

    ndim = 2


def each_dim(value: Any, ndim: int) -> tuple[int, ...]:
    """One number for each dim of space."""
    return (value,) * ndim if isinstance(value, int) else tuple(value)
