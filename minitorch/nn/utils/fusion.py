"""Fusion: a convolution or linear layer and the batch norm after it, in use, as one layer.

A batch norm in use is y = (x - mean) / √(variance + eps) · weight + bias, which is a factor and a shift for each channel.
"""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from minitorch.nn.parameter import Parameter
from minitorch.ops import ones_like, rsqrt
from minitorch.tensor import Tensor

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

Layer = TypeVar("Layer")


def fuse_conv_bn_eval(conv: Layer, bn: Any, transpose: bool = False) -> Layer:
    """A copy of a convolution that does what it and the batch norm after it do in use.

    >>> from minitorch import nn
    >>> conv, norm = nn.Conv1d(2, 3, 1, bias=False).eval(), nn.BatchNorm1d(3).eval()
    >>> fuse_conv_bn_eval(conv, norm).bias.shape
    torch.Size([3])
    """
    fused = _copy_in_use(conv, bn)
    facts = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    fused.weight, fused.bias = fuse_conv_bn_weights(fused.weight, fused.bias, *facts, transpose)
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Weight and bias of the fused convolution; `transpose`: it is a transposed one, whose channels are in dim 1."""
    return _fused(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, dim=int(transpose))


def fuse_linear_bn_eval(linear: Layer, bn: Any) -> Layer:
    """A copy of a linear layer that does what it and the batch norm after it do in use."""
    fused = _copy_in_use(linear, bn)
    if fused.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, got "
            f"linear.out_features={fused.out_features} and bn.num_features={bn.num_features}"
        )
    facts = (bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias)
    fused.weight, fused.bias = fuse_linear_bn_weights(fused.weight, fused.bias, *facts)
    return fused


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor, bn_b: Tensor
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Weight and bias of the fused linear layer."""
    return _fused(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, dim=0)


def _copy_in_use(layer: Any, bn: Any) -> Any:
    """A copy of the layer, if both are in use and the batch norm has averages to use."""
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return copy.deepcopy(layer)


def _fused(
    weight: Tensor, bias: Tensor | None, mean: Tensor, variance: Tensor, eps: float, scale: Tensor | None,
    shift: Tensor | None, dim: int,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Each channel's factor goes into the weight, along `dim`, and into the bias."""
    bias_dtype, bias_learns = (weight.dtype, False) if bias is None else (bias.dtype, bias.requires_grad)
    factor = (ones_like(mean) if scale is None else scale) * rsqrt(variance + eps)
    along = factor.reshape([-1 if d == dim else 1 for d in range(weight.ndim)])
    moved = ((0 if bias is None else bias) - mean) * factor + (0 if shift is None else shift)
    return (
        Parameter((weight * along).to(dtype=weight.dtype), weight.requires_grad),
        Parameter(moved.to(dtype=bias_dtype), bias_learns),
    )
