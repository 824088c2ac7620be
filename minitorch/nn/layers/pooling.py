"""Pooling layers: one value for each window of `(N, C, *)`, the batch being optional."""

from __future__ import annotations

from typing import Any

from minitorch.nn import functional as F
from minitorch.nn.layers.sizes import Size, each_dim
from minitorch.nn.module import Module
from minitorch.tensor import Tensor

__all__ = ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
           "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d",
           "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d",
           "MaxUnpool3d"]  # fmt: skip

OutputSize = int | tuple[int | None, ...] | None


# --- The largest value ------------------------------------------------------------------------------------------------


class MaxPool(Module):
    """What the max-pooling layers share; a window moves by its own size unless `stride` says otherwise."""

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, dilation: Size = 1,
        return_indices: bool = False, ceil_mode: bool = False,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )

    def _settings(self) -> dict[str, Any]:
        return {
            "stride": self.stride, "padding": self.padding, "dilation": self.dilation,
            "ceil_mode": self.ceil_mode, "return_indices": self.return_indices,
        }  # fmt: skip


class MaxPool1d(MaxPool):
    """The largest value of each window of `(N, C, L)`."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool1d(input, self.kernel_size, **self._settings())


class MaxPool2d(MaxPool):
    """The largest value of each window of `(N, C, H, W)`; with `return_indices=True` also where it was."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool2d(input, self.kernel_size, **self._settings())


class MaxPool3d(MaxPool):
    """The largest value of each window of `(N, C, D, H, W)`; with `return_indices=True` also where it was."""

    def forward(self, input: Tensor) -> Any:
        return F.max_pool3d(input, self.kernel_size, **self._settings())


class MaxUnpool(Module):
    """What the layers share that undo max pooling: each value back in its place, zeros elsewhere.

    The places are what the pooling returned as indices; `output_size` says which of the sizes that pool alike is meant.
    """

    ndim: int  # of space

    def __init__(self, kernel_size: Size, stride: Size | None = None, padding: Size = 0):
        super().__init__()
        self.kernel_size = each_dim(kernel_size, self.ndim)
        self.stride = each_dim(stride if stride is not None else kernel_size, self.ndim)
        self.padding = each_dim(padding, self.ndim)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(MaxUnpool):
    """Undoes MaxPool1d: `(N, C, L)` and its indices."""

    ndim = 1

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return F.max_unpool1d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool2d(MaxUnpool):
    """Undoes MaxPool2d: `(N, C, H, W)` and its indices.

    >>> import minitorch
    >>> from minitorch import nn
    >>> largest, where = nn.MaxPool2d(2, return_indices=True)(minitorch.arange(16.0).reshape(1, 4, 4))
    >>> nn.MaxUnpool2d(2)(largest, where)[0, 3]
    tensor([ 0., 13.,  0., 15.])
    """

    ndim = 2

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return F.max_unpool2d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class MaxUnpool3d(MaxUnpool):
    """Undoes MaxPool3d: `(N, C, D, H, W)` and its indices."""

    ndim = 3

    def forward(self, input: Tensor, indices: Tensor, output_size: Any = None) -> Tensor:
        return F.max_unpool3d(input, indices, self.kernel_size, self.stride, self.padding, output_size)


class AdaptiveMaxPool(Module):
    """What the layers share that spread `output_size` windows over the input; None in a size keeps it."""

    def __init__(self, output_size: OutputSize, return_indices: bool = False):
        super().__init__()
        self.output_size = output_size
        self.return_indices = return_indices

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveMaxPool1d(AdaptiveMaxPool):
    """The largest values of `output_size` windows that cover `(N, C, L)`."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """The largest values of `output_size` windows that cover `(N, C, H, W)`."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)


class AdaptiveMaxPool3d(AdaptiveMaxPool):
    """The largest values of `output_size` windows that cover `(N, C, D, H, W)`."""

    def forward(self, input: Tensor) -> Any:
        return F.adaptive_max_pool3d(input, self.output_size, self.return_indices)


class FractionalMaxPool(Module):
    """What the layers share whose windows lie at random (Graham 2014, arXiv:1412.6071).

    `output_size`, or `output_ratio` between 0 and 1, says how many there are. `_random_samples` `(N, C, dims)` takes the place
    of the random numbers.
    """

    ndim: int  # of space
    _random_samples: Tensor | None

    def __init__(
        self, kernel_size: Size, output_size: Size | None = None, output_ratio: Any = None, return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size = each_dim(kernel_size, self.ndim)
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)
        self.output_size = each_dim(output_size, self.ndim) if output_size is not None else None
        self.output_ratio = each_dim(output_ratio, self.ndim) if output_ratio is not None else None
        if output_size is None and output_ratio is None:
            raise ValueError(f"{type(self).__name__} requires specifying either an output size, or a pooling ratio")
        if output_size is not None and output_ratio is not None:
            raise ValueError("only one of output_size and output_ratio may be specified")
        if self.output_ratio is not None and not all(0 < ratio < 1 for ratio in self.output_ratio):
            raise ValueError(f"output_ratio must be between 0 and 1 (got {output_ratio})")


class FractionalMaxPool2d(FractionalMaxPool):
    """The largest values of windows that lie at random in `(N, C, H, W)`."""

    ndim = 2

    def forward(self, input: Tensor) -> Any:
        return F.fractional_max_pool2d(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool3d(FractionalMaxPool):
    """The largest values of windows that lie at random in `(N, C, D, H, W)`."""

    ndim = 3

    def forward(self, input: Tensor) -> Any:
        return F.fractional_max_pool3d(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


# --- The mean ---------------------------------------------------------------------------------------------------------


class AvgPool(Module):
    """What the average-pooling layers share.

    `count_include_pad`: do the zeros of the padding count? `divisor_override` divides the sum by another number than the
    window's size.
    """

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
        count_include_pad: bool = True, divisor_override: int | None = None,
    ):  # fmt: skip
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride if stride is not None else kernel_size
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"

    def _settings(self) -> tuple:
        return self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad


class AvgPool1d(AvgPool):
    """The mean of each window of `(N, C, L)`."""

    def __init__(
        self, kernel_size: Size, stride: Size | None = None, padding: Size = 0, ceil_mode: bool = False,
        count_include_pad: bool = True,
    ):  # fmt: skip
        stride = each_dim(stride if stride is not None else kernel_size, 1)
        super().__init__(each_dim(kernel_size, 1), stride, each_dim(padding, 1), ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool1d(input, *self._settings())


class AvgPool2d(AvgPool):
    """The mean of each window of `(N, C, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool2d(input, *self._settings(), self.divisor_override)


class AvgPool3d(AvgPool):
    """The mean of each window of `(N, C, D, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.avg_pool3d(input, *self._settings(), self.divisor_override)


class AdaptiveAvgPool(Module):
    """What the layers share that spread `output_size` windows over the input; None in a size keeps it."""

    def __init__(self, output_size: OutputSize):
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(AdaptiveAvgPool):
    """The means of `output_size` windows that cover `(N, C, L)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """The means of `output_size` windows that cover `(N, C, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)


class AdaptiveAvgPool3d(AdaptiveAvgPool):
    """The means of `output_size` windows that cover `(N, C, D, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.adaptive_avg_pool3d(input, self.output_size)


# --- A power mean -----------------------------------------------------------------------------------------------------


class LPPool(Module):
    """What the layers share that give (Σ xᵖ)^(1/p) of each window: p = ∞ is max pooling, p = 1 the sum."""

    def __init__(self, norm_type: float, kernel_size: Size, stride: Size | None = None, ceil_mode: bool = False):
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(LPPool):
    """The p-norm of each window of `(N, C, L)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool1d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool2d(LPPool):
    """The p-norm of each window of `(N, C, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool2d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)


class LPPool3d(LPPool):
    """The p-norm of each window of `(N, C, D, H, W)`."""

    def forward(self, input: Tensor) -> Tensor:
        return F.lp_pool3d(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)
