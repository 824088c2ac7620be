"""Normalization of one sample at a time: each channel over its own plane, or each value by its neighbours in other channels."""

from __future__ import annotations

import math
from typing import Any

from minitorch import dtypes
from minitorch.errors import message
from minitorch.ops.joining import pad_constant
from minitorch.ops.normalization import normalized_over_batch
from minitorch.ops.pointwise import floor_divide
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import narrow
from minitorch.rows import Array, composition
from minitorch.tape import mode
from minitorch.tensor import Tensor


def _instance_samples(make):
    yield Sample(make(2, 3, 4))
    yield Sample(make(2, 3, 2, 2), None, None, make(3), make(3))
    yield Sample(
        make(1, 2, 4), make(2, requires_grad=False), make(2, low=0.5, requires_grad=False), use_input_stats=False
    )


def _instance_errors(make):
    yield ErrorSample(Sample(make(2, 3, 1)), ValueError, "Expected more than 1 spatial element when training")


def _repeated(value: Tensor | None, times: int) -> Tensor | None:
    return None if value is None else value.reshape((1, value.numel())).expand(times, value.numel()).reshape(-1)


@composition(method=False, samples=_instance_samples, errors=_instance_errors, torch="nn.functional.instance_norm")
def instance_norm(
    input: Array,
    running_mean: Array | None = None,
    running_var: Array | None = None,
    weight: Array | None = None,
    bias: Array | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """Normalize each channel of each sample of (N, C, *) over `*` (Ulyanov et al. 2016, arXiv:1607.08022).

    out[n, c] = (input[n, c] - mean[n, c]) / sqrt(var[n, c] + eps) * weight[c] + bias[c]

    By the sample's own statistics, of whose mean over the batch `running_mean` and `running_var` keep a moving average; or by the
    running ones, without `use_input_stats`.
    """
    if use_input_stats and math.prod(input.shape[2:]) == 1:
        raise ValueError(
            message("Expected more than 1 spatial element when training", got=f"input size {tuple(input.shape)}")
        )
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    batch, channels = input.shape[:2]
    mean, var = _repeated(running_mean, batch), _repeated(running_var, batch)
    planes = input.reshape((1, batch * channels, *input.shape[2:]))
    scale, shift = _repeated(weight, batch), _repeated(bias, batch)
    out = normalized_over_batch(planes, mean, var, scale, shift, use_input_stats, momentum, eps)
    if use_input_stats:
        _keep(running_mean, mean, channels)
        _keep(running_var, var, channels)
    return out.reshape(input.shape)


def _keep(running: Tensor | None, values: Tensor | None, channels: int) -> None:
    """Write the mean over the batch of what each sample would have made of a running statistic."""
    if running is None or values is None:
        return
    before, mode.enabled = mode.enabled, False
    try:
        running.copy_(values.reshape((-1, channels)).mean(0))
    finally:
        mode.enabled = before


def _response_samples(make):
    yield Sample(make(2, 4, 3), 2)
    yield Sample(make(1, 5, 2, 2), 3, 0.1, 0.5, 2.0)
    yield Sample(make(0, 2, 3), 2)


def _response_errors(make):
    yield ErrorSample(Sample(make(2, 3), 2), ValueError, "Expected 3D or higher dimensionality")


@composition(
    method=False, samples=_response_samples, errors=_response_errors, torch="nn.functional.local_response_norm"
)
def local_response_norm(input: Array, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0):
    """input / (k + alpha * mean of input^2 over `size` neighbouring channels)^beta (Krizhevsky et al. 2012).

    out[c] = input[c] / (k + alpha * mean over neighbours d of input[d]^2)^beta
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    if not input.dtype.is_floating_point and input.dtype is not dtypes.int64:
        raise NotImplementedError(f'"local_response_norm" not implemented for {input.dtype!r}: expected real numbers')
    if not input.numel():
        return input
    sides: list[Any] = [(0, 0)] * input.ndim
    sides[1] = (size // 2, (size - 1) // 2)
    squares = pad_constant(input * input, tuple(sides), 0)
    total = narrow(squares, 1, 0, input.shape[1])
    for offset in range(1, size):
        total = total + narrow(squares, 1, offset, input.shape[1])
    mean = total / size if input.dtype.inexact else floor_divide(total, size)
    return input / (mean * alpha + k) ** beta
