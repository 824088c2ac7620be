"""Normalizations that also give the statistics they used: the mean, and 1 / sqrt(var + eps)."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.ops.creation import zeros
from minitorch.ops.normalization import group_norm, layer_norm, normalized_over_batch
from minitorch.ops.samples import Sample
from minitorch.rows import Array, Sizes, composition
from minitorch.tensor import Tensor


def _statistics(x: Tensor, dim: Any, keepdim: bool, eps: float) -> tuple[Tensor, Tensor]:
    """The mean and the inverse deviation over `dim`; of short floats in float32, rounded once."""
    wide = x.float() if x.dtype in (dtypes.float16, dtypes.bfloat16) else x
    mean, var = wide.mean(dim, keepdim), wide.var(dim, correction=0, keepdim=keepdim)
    return mean.to(x.dtype), (var + eps).rsqrt().to(x.dtype)


@composition(method=False, samples=lambda make: iter([Sample(make(2, 3, 4), (3, 4), make(3, 4), None, 1e-5)]))
def native_layer_norm(input: Array, normalized_shape: Sizes, weight: Array | None, bias: Array | None, eps: float):
    """layer_norm, and the statistics of each sample, which have no gradient.

    out = (input - mean) / sqrt(var + eps) * weight + bias
    """
    out = layer_norm(input, normalized_shape, weight, bias, eps)
    dims = tuple(range(-len(normalized_shape), 0))
    return out, *_statistics(input.detach(), dims, True, eps)


@composition(method=False, samples=lambda make: iter([Sample(make(2, 4, 3), make(4), make(4), 2, 4, 3, 2, 1e-5)]))
def native_group_norm(
    input: Array, weight: Array | None, bias: Array | None, N: int, C: int, HxW: int, group: int, eps: float
):
    """group_norm of N samples of C channels of HxW values, and the statistics (N, group).

    out = (input - mean) / sqrt(var + eps) * weight[c] + bias[c]
    """
    out = group_norm(input.reshape((N, C, HxW)), group, weight, bias, eps).reshape(input.shape)
    return out, *_statistics(input.reshape((N, group, C // group * HxW)), 2, False, eps)


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(4, 3), make(3), make(3), None, None, True, 0.1, 1e-5)]),
    out=True,
)
def native_batch_norm(
    input: Array,
    weight: Array | None,
    bias: Array | None,
    running_mean: Array | None,
    running_var: Array | None,
    training: bool,
    momentum: float,
    eps: float,
):
    """batch_norm, and the statistics of each channel, without gradient; without `training` none.

    out[:, c] = (input[:, c] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]
    """
    out = normalized_over_batch(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if not training:
        nothing = zeros(0, dtype=input.dtype, device=input.device)
        return out, nothing, nothing.clone()
    return out, *_statistics(input.detach(), (0, *range(2, input.ndim)), False, eps)
