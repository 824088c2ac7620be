"""The gradients of convolutions as functions, for those who write a backward by hand.

For input (N, C, *), weight (O, C / groups, *) and grad_output (N, O, *), the gradient of the result:

    conv1d_input, conv2d_input, conv3d_input        the gradient of the input, whose size is given
    conv1d_weight, conv2d_weight, conv3d_weight     the gradient of the weight, whose size is given
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from minitorch.nn.layers.sizes import Size, each_dim
from minitorch.ops.convolution import convolution_input_gradient, convolution_weight_gradient
from minitorch.tensor import Tensor

__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]


def _input_gradient(ndim: int) -> Callable[..., Tensor]:
    def conv_input(
        input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Size = 1, padding: Size = 0,
        dilation: Size = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        """The gradient of a convolution's input.

        >>> import minitorch
        >>> conv1d_input((1, 1, 4), minitorch.tensor([[[1.0, 2.0]]]), minitorch.ones(1, 1, 3))
        tensor([[[1., 3., 3., 2.]]])
        """
        settings = _settings(ndim, stride, padding, dilation)
        return convolution_input_gradient(grad_output, weight, tuple(input_size), *settings, groups)

    return _named(conv_input, f"conv{ndim}d_input")


def _weight_gradient(ndim: int) -> Callable[..., Tensor]:
    def conv_weight(
        input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Size = 1, padding: Size = 0,
        dilation: Size = 1, groups: int = 1,
    ) -> Tensor:  # fmt: skip
        """The gradient of a convolution's weight."""
        settings = _settings(ndim, stride, padding, dilation)
        return convolution_weight_gradient(grad_output, input, tuple(weight_size), *settings, groups)

    return _named(conv_weight, f"conv{ndim}d_weight")


def _settings(ndim: int, *values: Size) -> list[tuple[Any, ...]]:
    return [each_dim(value, ndim) for value in values]


def _named(function: Callable[..., Tensor], name: str) -> Callable[..., Tensor]:
    function.__name__ = function.__qualname__ = name
    return function


conv1d_input, conv2d_input, conv3d_input = (_input_gradient(ndim) for ndim in (1, 2, 3))
conv1d_weight, conv2d_weight, conv3d_weight = (_weight_gradient(ndim) for ndim in (1, 2, 3))
