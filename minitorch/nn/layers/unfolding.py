"""Windows of an image as columns, and columns added up to an image."""

from __future__ import annotations

from minitorch.nn import functional as F
from minitorch.nn.layers.sizes import Size
from minitorch.nn.module import Module
from minitorch.tensor import Tensor

__all__ = ["Fold", "Unfold"]


class Windows(Module):
    """What the two share: which windows."""

    def __init__(self, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1):
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Unfold(Windows):
    """Every window of `(N, C, H, W)` as a column: `(N, C · taps, windows)`, the batch being optional.

    >>> import minitorch
    >>> from minitorch import nn
    >>> nn.Unfold(kernel_size=(2, 3))(minitorch.zeros(2, 5, 3, 4)).shape
    torch.Size([2, 30, 4])
    """

    def forward(self, input: Tensor) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)


class Fold(Windows):
    """Columns `(N, C · taps, windows)` added up to `(N, C, *output_size)`, each where its window lies."""

    def __init__(
        self, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
    ):  # fmt: skip
        super().__init__(kernel_size, dilation, padding, stride)
        self.output_size = output_size

    def forward(self, input: Tensor) -> Tensor:
        return F.fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}, {super().extra_repr()}"
