"""Convolution layers, transposed ones, and those that learn their input channels from the first input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.nn import functional as F
from minitorch.nn.layers.linear import init_fan_in
from minitorch.nn.layers.sizes import Size, each_dim
from minitorch.nn.lazy import LazyModuleMixin
from minitorch.nn.module import Module
from minitorch.nn.parameter import Parameter, UninitializedParameter
from minitorch.ops.creation import empty
from minitorch.tensor import Tensor

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d", "LazyConv2d",
           "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d"]  # fmt: skip

PADDING_MODES = ("zeros", "reflect", "replicate", "circular")


class AnyConvolution(Module):
    """What all convolution layers share: settings, one for each dim of space, and parameters."""

    ndim: int  # of space
    function: Callable[..., Tensor]  # of nn.functional
    transposed = False
    weight: Parameter
    bias: Parameter | None

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size, padding: Size | str, dilation: Size,
        output_padding: Size, groups: int, bias: bool, padding_mode: str, device: Any, dtype: Any,
    ):  # fmt: skip
        super().__init__()
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = each_dim(kernel_size, self.ndim)
        self.stride = each_dim(stride, self.ndim)
        self.padding = padding if isinstance(padding, str) else each_dim(padding, self.ndim)
        self.dilation = each_dim(dilation, self.ndim)
        self.output_padding = each_dim(output_padding, self.ndim)
        self.groups = groups
        self.padding_mode = padding_mode
        self._check()
        self.weight = Parameter(empty(self._weight_shape(), device=device, dtype=dtype))
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

    def _weight_shape(self) -> tuple[int, ...]:
        """The channels of the result come first; of a transposed convolution those of the input."""
        channels = (self.out_channels, self.in_channels // self.groups)
        if self.transposed:
            channels = (self.in_channels, self.out_channels // self.groups)
        return (*channels, *self.kernel_size)

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        init_fan_in(self.weight, self.bias)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0,) * self.ndim:
            text += f", padding={self.padding}"
        if self.dilation != (1,) * self.ndim:
            text += f", dilation={self.dilation}"
        if self.output_padding != (0,) * self.ndim:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


# --- Convolution ------------------------------------------------------------------------------------------------------


class Convolution(AnyConvolution):
    """Slides kernels over the input: `(N, in_channels, *)` -> `(N, out_channels, *)`, the batch being optional.

    Along each dim of space, L' = ⌊(L + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1. The weight has the shape
    `(out_channels, in_channels / groups, *kernel_size)`.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size | str = 0,
        dilation: Size = 1, groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device, dtype
        )  # fmt: skip
        self._reversed_padding_repeated_twice = self._pads()  # read by code that pads in its own way

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        """The convolution with another weight, for subclasses that compute theirs."""
        padding = self.padding
        if self.padding_mode != "zeros":
            input = F.pad(input, self._reversed_padding_repeated_twice, mode=self.padding_mode)
            padding = 0
        return type(self).function(input, weight, bias, self.stride, padding, self.dilation, self.groups)

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


class Conv1d(Convolution):
    """Slides kernels over `(N, C, L)`: `(N, in_channels, L)` -> `(N, out_channels, L')`, the batch being optional.

    L' = ⌊(L + 2 padding - dilation (kernel_size - 1) - 1) / stride⌋ + 1
    """

    ndim, function = 1, F.conv1d


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

    ndim, function = 2, F.conv2d


class Conv3d(Convolution):
    """Slides kernels over `(N, C, D, H, W)`, the batch being optional."""

    ndim, function = 3, F.conv3d


# --- Transposed convolution -------------------------------------------------------------------------------------------


class TransposedConvolution(AnyConvolution):
    """The gradient of a convolution by its input: `(N, in_channels, *)` -> `(N, out_channels, *)`, the batch being optional.

    Along each dim of space, L' = (L - 1) stride - 2 padding + dilation (kernel_size - 1) + output_padding + 1. Several L' have
    the same L when convolved with a stride: `output_padding`, or `output_size` in the call, says which is meant. The weight
    has the shape `(in_channels, out_channels / groups, *kernel_size)`.
    """

    transposed = True

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0,
        output_padding: Size = 0, groups: int = 1, bias: bool = True, dilation: Size = 1, padding_mode: str = "zeros",
        device: Any = None, dtype: Any = None,
    ):  # fmt: skip
        if padding_mode != "zeros":
            raise ValueError(f'Only "zeros" padding mode is supported for {type(self).__name__}')
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias, padding_mode,
            device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        extra = self.output_padding if output_size is None else self._output_padding(input, output_size)
        return type(self).function(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )

    def _output_padding(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """The output_padding that makes a result of this size, which may be said with or without batch and channels."""
        before = input.dim() - self.ndim
        if len(output_size) == input.dim():
            output_size = output_size[before:]
        if len(output_size) != self.ndim:
            raise ValueError(
                f"ConvTranspose{self.ndim}D: for {input.dim()}D input, output_size must have {self.ndim} or {input.dim()} "
                f"elements (got {len(output_size)})"
            )
        sizes = tuple(input.shape[before:])
        least = [
            (size - 1) * step - 2 * pad + gap * (taps - 1) + 1
            for size, step, pad, gap, taps in zip(
                sizes, self.stride, self.padding, self.dilation, self.kernel_size, strict=True
            )
        ]
        most = [size + step - 1 for size, step in zip(least, self.stride, strict=True)]
        if not all(low <= size <= high for low, size, high in zip(least, output_size, most, strict=True)):
            raise ValueError(
                f"requested an output size of {output_size}, but valid sizes range from {least} to {most} (for an input of "
                f"{input.shape[2:]})"
            )
        return tuple([size - low for size, low in zip(output_size, least, strict=True)])


class ConvTranspose1d(TransposedConvolution):
    """The transpose of Conv1d: `(N, in_channels, L)` -> `(N, out_channels, L')`."""

    ndim, function = 1, F.conv_transpose1d


class ConvTranspose2d(TransposedConvolution):
    """The transpose of Conv2d: `(N, in_channels, H, W)` -> `(N, out_channels, H', W')`.

    >>> import minitorch
    >>> from minitorch import nn
    >>> small = nn.Conv2d(16, 16, 3, stride=2, padding=1)(minitorch.zeros(1, 16, 12, 12))
    >>> nn.ConvTranspose2d(16, 16, 3, stride=2, padding=1)(small, output_size=(12, 12)).shape
    torch.Size([1, 16, 12, 12])
    """

    ndim, function = 2, F.conv_transpose2d


class ConvTranspose3d(TransposedConvolution):
    """The transpose of Conv3d: `(N, in_channels, D, H, W)` -> `(N, out_channels, D', H', W')`."""

    ndim, function = 3, F.conv_transpose3d


# --- Lazy -------------------------------------------------------------------------------------------------------------


class LazyAnyConvolution(LazyModuleMixin, AnyConvolution):
    """What the layers share that learn `in_channels` from their first input."""

    def _wait_for(self, out_channels: int, bias: bool, device: Any, dtype: Any) -> None:
        self.out_channels = out_channels
        self.weight = UninitializedParameter(device=device, dtype=dtype)
        if bias:
            self.bias = UninitializedParameter(device=device, dtype=dtype)

    def reset_parameters(self) -> None:
        """Draw the first values anew: once there is something to draw."""
        if not self.has_uninitialized_params() and self.in_channels != 0:
            super().reset_parameters()

    def initialize_parameters(self, input: Tensor, *args: Any, **kwargs: Any) -> None:
        """As many `in_channels` as the input has channels."""
        if input.dim() not in (self.ndim + 1, self.ndim + 2):
            raise RuntimeError(
                f"Expected {self.ndim + 1}D (unbatched) or {self.ndim + 2}D (batched) input to {type(self).__name__}, but "
                f"got input of size: {input.shape}"
            )
        self.in_channels = input.shape[-self.ndim - 1]
        if self.in_channels % self.groups != 0:
            raise ValueError("in_channels must be divisible by groups")
        if self.has_uninitialized_params():  # if not, they were loaded
            self.weight.materialize(self._weight_shape())
            self.materialize_all((self.out_channels,))
            self.reset_parameters()


class LazyConvolution(LazyAnyConvolution, Convolution):
    """What the lazy convolutions share."""

    def __init__(
        self, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size | str = 0, dilation: Size = 1,
        groups: int = 1, bias: bool = True, padding_mode: str = "zeros", device: Any = None, dtype: Any = None,
    ):  # fmt: skip
        super().__init__(0, 0, kernel_size, stride, padding, dilation, groups, False, padding_mode, device, dtype)
        self._wait_for(out_channels, bias, device, dtype)


class LazyConv1d(LazyConvolution, Conv1d):
    """A Conv1d that learns `in_channels` from its first input."""

    cls_to_become = Conv1d


class LazyConv2d(LazyConvolution, Conv2d):
    """A Conv2d that learns `in_channels` from its first input."""

    cls_to_become = Conv2d


class LazyConv3d(LazyConvolution, Conv3d):
    """A Conv3d that learns `in_channels` from its first input."""

    cls_to_become = Conv3d


class LazyTransposedConvolution(LazyAnyConvolution, TransposedConvolution):
    """What the lazy transposed convolutions share."""

    def __init__(
        self, out_channels: int, kernel_size: Size, stride: Size = 1, padding: Size = 0, output_padding: Size = 0,
        groups: int = 1, bias: bool = True, dilation: Size = 1, padding_mode: str = "zeros", device: Any = None,
        dtype: Any = None,
    ):  # fmt: skip
        super().__init__(
            0, 0, kernel_size, stride, padding, output_padding, groups, False, dilation, padding_mode, device, dtype
        )
        self._wait_for(out_channels, bias, device, dtype)


class LazyConvTranspose1d(LazyTransposedConvolution, ConvTranspose1d):
    """A ConvTranspose1d that learns `in_channels` from its first input."""

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(LazyTransposedConvolution, ConvTranspose2d):
    """A ConvTranspose2d that learns `in_channels` from its first input."""

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(LazyTransposedConvolution, ConvTranspose3d):
    """A ConvTranspose3d that learns `in_channels` from its first input."""

    cls_to_become = ConvTranspose3d
