"""Max pooling that names its places, under the names that say so."""

from __future__ import annotations

from typing import Any

from minitorch.ops import adaptive_pooling, pooling
from minitorch.tensor import Tensor

__all__ = ["adaptive_max_pool1d_with_indices", "adaptive_max_pool2d_with_indices", "adaptive_max_pool3d_with_indices",
           "fractional_max_pool2d_with_indices", "fractional_max_pool3d_with_indices",
           "max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices"]  # fmt: skip

Pair = tuple[Tensor, Tensor]


def max_pool1d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pair:  # fmt: skip
    """The largest value of each window of (N, C, L), and its place."""
    return pooling.max_pool1d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pair:  # fmt: skip
    """The largest value of each window of (N, C, H, W), and its number in the plane."""
    return pooling.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, stride: Any = None, padding: Any = 0, dilation: Any = 1, ceil_mode: bool = False,
    return_indices: bool = False,
) -> Pair:  # fmt: skip
    """The largest value of each window of (N, C, D, H, W), and its number in the volume."""
    return pooling.max_pool3d(input, kernel_size, stride, padding, dilation, ceil_mode, True)


def adaptive_max_pool1d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Pair:
    """The largest values of `output_size` windows that cover (N, C, L), and their places."""
    return adaptive_pooling.adaptive_max_pool1d(input, output_size, True)


def adaptive_max_pool2d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Pair:
    """The largest values of output_size windows that cover (N, C, H, W), and their numbers in the plane."""
    return adaptive_pooling.adaptive_max_pool2d(input, output_size, True)


def adaptive_max_pool3d_with_indices(input: Tensor, output_size: Any, return_indices: bool = False) -> Pair:
    """The largest values of output_size windows that cover (N, C, D, H, W), and their numbers in the volume."""
    return adaptive_pooling.adaptive_max_pool3d(input, output_size, True)


def fractional_max_pool2d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Pair:  # fmt: skip
    """The largest values of windows spread at random over (N, C, H, W), and their numbers in the plane."""
    return adaptive_pooling.fractional_max_pool2d(input, kernel_size, output_size, output_ratio, True, _random_samples)


def fractional_max_pool3d_with_indices(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None, return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Pair:  # fmt: skip
    """The largest values of windows spread at random over (N, C, D, H, W), and their numbers in the volume."""
    return adaptive_pooling.fractional_max_pool3d(input, kernel_size, output_size, output_ratio, True, _random_samples)
