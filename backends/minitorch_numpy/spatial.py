"""Convolution and pooling by the blocked kernels of convolution.py and pooling.py."""

from __future__ import annotations

from minitorch.backend import Array
from minitorch_numpy import convolution, pooling

Sizes = tuple[int, ...]


class NumpySpatial:
    def convolution(
        self,
        input: Array,
        weight: Array,
        bias: Array | None,
        stride: Sizes,
        padding: Sizes,
        dilation: Sizes,
        groups: int,
    ) -> Array:
        return convolution.conv_forward(input, weight, bias, stride, padding, dilation, groups)

    def convolution_input_gradient(
        self,
        grad_output: Array,
        weight: Array,
        input_size: Sizes,
        stride: Sizes,
        padding: Sizes,
        dilation: Sizes,
        groups: int,
    ) -> Array:
        return convolution.conv_input_gradient(grad_output, weight, input_size, stride, padding, dilation, groups)

    def convolution_weight_gradient(
        self,
        grad_output: Array,
        input: Array,
        weight_size: Sizes,
        stride: Sizes,
        padding: Sizes,
        dilation: Sizes,
        groups: int,
    ) -> Array:
        return convolution.conv_weight_gradient(grad_output, input, weight_size, stride, padding, dilation, groups)

    def max_pooling(
        self, input: Array, kernel_size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil_mode: bool
    ) -> tuple[Array, Array]:
        return pooling.max_pool(input, kernel_size, stride, padding, dilation, ceil_mode)

    def max_pooling_gradient(self, grad_output: Array, indices: Array, input_size: Sizes, spatial_dims: int) -> Array:
        return pooling.max_pool_gradient(grad_output, indices, input_size, spatial_dims)

    def avg_pooling(
        self,
        input: Array,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes,
        ceil_mode: bool,
        count_include_pad: bool,
        divisor_override: int | None,
    ) -> Array:
        return pooling.avg_pool(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)

    def avg_pooling_gradient(
        self,
        grad_output: Array,
        input_size: Sizes,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes,
        ceil_mode: bool,
        count_include_pad: bool,
        divisor_override: int | None,
    ) -> Array:
        return pooling.avg_pool_gradient(
            grad_output, input_size, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        )
