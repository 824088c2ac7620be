"""Normalization: values brought to mean 0 and variance 1 over some dims, then scaled and shifted.

    normal = (x - mean) / sqrt(var + eps)        y = normal * weight + bias

Mean and variance depend on every x, so the derivative takes back what each value does through them:

    dx = (h - mean(h) - normal * mean(h * normal)) / sqrt(var + eps),   h = g * weight
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.errors import DTypeMismatch, ShapeMismatch, message
from minitorch.ops.formulas import centred_on_mean, formula
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Sizes, composition, op
from minitorch.tape import mode
from minitorch.tensor import Tensor


def _normal_back(k: Any, h: Any, normal: Any, deviation: Any, dims: tuple[int, ...]) -> Any:
    """The gradient of x from h, that of the normalized values; `deviation` is 1 / sqrt(var + eps)."""
    return (h - k.mean(h, dims, True) - normal * k.mean(h * normal, dims, True)) * deviation


def _mixed(input: Tensor, *parameters: Tensor | None) -> bool:
    """Has a 16-bit input float32 parameters? That is the one mixture there is: computed in float32 and rounded once."""
    kinds = {parameter.dtype for parameter in parameters if parameter is not None} - {input.dtype}
    if kinds and (input.dtype.full or kinds != {dtypes.float32}):
        raise DTypeMismatch(
            message(
                "mixed dtypes: expect parameters to have the dtype of the input, or float32 beside 16-bit floats",
                expected=input.dtype,
                got=", ".join(sorted(map(repr, kinds))),
            )
        )
    return bool(kinds)


# --- Over the last dims -----------------------------------------------------------------------------------------------


@formula
def layer_norm_gradients(k, g: Array, input: Array, weight: Any, count: int, eps: float, needs: Sequence[bool]):
    """The gradients of input, weight and bias; those of weight and bias are summed to their shape by the tape."""
    dims = tuple(range(len(input.shape) - count, len(input.shape)))
    centred = input - k.mean(input, dims, True)
    deviation = k.rsqrt(k.mean(centred * centred, dims, True) + eps)
    normal = centred * deviation
    by_input = _normal_back(k, g if weight is None else g * weight, normal, deviation, dims) if needs[0] else None
    return by_input, g * normal if needs[1] else None, g if needs[2] else None


def _layer_norm_grad(k, g, input, weight, normalized_shape, eps, needs):
    return k.layer_norm_gradients(g, input, weight, len(normalized_shape), eps, needs)


def _explain_layer_norm(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, normalized_shape: Sizes, eps: float
) -> None:
    count = len(normalized_shape)
    if not count:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and tuple(value.shape) != tuple(normalized_shape):
            raise ShapeMismatch(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(value.shape)} and "
                f"normalized_shape = {list(normalized_shape)}"
            )
    if tuple(input.shape[-count:]) != tuple(normalized_shape):
        sizes = ", ".join(map(str, normalized_shape))
        raise ShapeMismatch(
            message(
                f"Given normalized_shape=[{sizes}], expected input with shape [*, {sizes}], but got input of "
                f"size{list(input.shape)}",
                hint="LayerNorm is made with the sizes of the last dims that it normalizes",
            )
        )


def _check_normalized(input: Array, weight: Any, bias: Any, normalized_shape: tuple[int, ...]) -> None:
    count = len(normalized_shape)
    fits = count and tuple(input.shape[-count:]) == normalized_shape
    for value in (weight, bias):
        fits = fits and (value is None or tuple(value.shape) == normalized_shape)
    if not fits:
        raise ValueError("shapes don't fit normalized_shape")


@op(grad=_layer_norm_grad, public=False, takes="floats", refuses="complex", explain=_explain_layer_norm,
    torch="nn.functional.layer_norm", grad_name="NativeLayerNormBackward0")  # fmt: skip
def layer_norm_row(k, input: Array, weight: Array | None, bias: Array | None, normalized_shape: Sizes, eps: float):
    """layer_norm, its operands first."""
    _check_normalized(input, weight, bias, normalized_shape)
    dims = tuple(range(len(input.shape) - len(normalized_shape), len(input.shape)))
    centred = centred_on_mean(k, input, dims)
    out = centred * k.rsqrt(k.mean(centred * centred, dims, True) + eps)
    out = out if weight is None else out * weight
    return out if bias is None else out + bias


def _layer_samples(make):
    yield Sample(make(2, 3), (3,), make(3), make(3))
    yield Sample(make(2, 3, 4), (3, 4), make(3, 4))
    yield Sample(make(4, 3, 2), [2], None, None, 1e-3)
    yield Sample(make.strided(3, 4), (4,), make(4), make(4))
    yield Sample(make(0, 3), (3,), make(3))


def _layer_errors(make):
    yield ErrorSample(Sample(make(2, 3), (4,)), RuntimeError, r"Given normalized_shape=\[4\]")
    yield ErrorSample(Sample(make(2, 3), (3,), make(2)), RuntimeError, "Expected weight to be of same shape")


@composition(
    method=False,
    samples=_layer_samples,
    errors=_layer_errors,
    torch="nn.functional.layer_norm",
    autocast="cuda float32",
)
def layer_norm(
    input: Array, normalized_shape: Sizes, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5
):
    """Normalize over the last dims, of sizes `normalized_shape` (Ba et al. 2016, arXiv:1607.06450)."""
    if weight is not None and weight.dtype is not input.dtype and _mixed(input, weight, bias):
        return layer_norm_row(input.float(), weight, bias, normalized_shape, eps).to(input.dtype)
    return layer_norm_row(input, weight, bias, normalized_shape, eps)


def _rms_samples(make):
    yield Sample(make(2, 3), (3,), make(3))
    yield Sample(make(2, 3, 4), (3, 4), None, 1e-3)


@composition(method=False, samples=_rms_samples, torch="nn.functional.rms_norm", autocast="cuda float32")
def rms_norm(input: Array, normalized_shape: Sizes, weight: Array | None = None, eps: float | None = None):
    """x / sqrt(mean(x^2) + eps) * weight over the last dims (Zhang and Sennrich 2019, arXiv:1910.07467)."""
    count = len(normalized_shape)
    if not count or tuple(input.shape[-count:]) != tuple(normalized_shape):
        _explain_layer_norm(input, None, None, tuple(normalized_shape), 0.0)
    if eps is None:
        eps = 2.0**-52 if input.dtype is dtypes.float64 else 2.0**-23  # 16-bit floats: that of float32, as in PyTorch
    if weight is not None and weight.dtype is dtypes.float32 and not input.dtype.full:  # as autocast leaves them
        return rms_norm(input.float(), normalized_shape, weight, eps).to(input.dtype)
    out = input * (input.square().mean(tuple(range(-count, 0)), True) + eps).rsqrt()
    return out if weight is None else (out * weight).to(input.dtype)


def _group_samples(make):
    yield Sample(make(2, 4, 3), 2, make(4), make(4))
    yield Sample(make(2, 4), 4 // 2)
    yield Sample(make(2, 6, 2, 2), 3, make(6))


@composition(method=False, samples=_group_samples, torch="nn.functional.group_norm", autocast="cuda float32")
def group_norm(
    input: Array, num_groups: int, weight: Array | None = None, bias: Array | None = None, eps: float = 1e-5
):
    """Normalize (N, C, *) over each group of C / num_groups channels and all of `*` (Wu and He 2018, arXiv:1803.08494).

    out = (input - mean) / sqrt(var + eps) * weight[c] + bias[c]
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    batch, channels = input.shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(input.shape)} and "
            f"num_groups={num_groups}"
        )
    _mixed(input, weight, bias)
    if not input.dtype.full:  # rounded once
        weight, bias = (None if t is None else t.float() for t in (weight, bias))
        return group_norm(input.float(), num_groups, weight, bias, eps).to(input.dtype)
    width = input.numel() // max(batch * num_groups, 1)
    out = layer_norm_row(input.reshape((batch, num_groups, width)), None, None, (width,), eps).reshape(
        tuple(input.shape)
    )
    shape = (channels, *(1,) * (input.ndim - 2))
    out = out if weight is None else out * weight.reshape(shape)
    return out if bias is None else out + bias.reshape(shape)


# --- Over the batch ---------------------------------------------------------------------------------------------------


def _channel_dims(ndim: int) -> tuple[int, ...]:
    """All dims but that of the channels."""
    return (0, *range(2, ndim))


def _by_channel(k: Any, x: Any, ndim: int) -> Any:
    """(C) in the shape that broadcasts against (N, C, *)."""
    return k.reshape(x, (x.shape[0], *(1,) * (ndim - 2)))


@formula
def batch_norm_gradients(
    k, g: Array, input: Array, weight: Any, mean: Array, var: Array, eps: float, needs: Sequence[bool]
):
    """The gradients of input, weight and bias."""
    ndim = len(input.shape)
    dims = _channel_dims(ndim)
    deviation = k.rsqrt(_by_channel(k, var, ndim) + eps)
    normal = (input - _by_channel(k, mean, ndim)) * deviation
    h = g if weight is None else g * _by_channel(k, weight, ndim)
    by_input = _normal_back(k, h, normal, deviation, dims) if needs[0] else None
    return by_input, k.sum(g * normal, dims, False) if needs[1] else None, k.sum(g, dims, False) if needs[2] else None


def _batch_norm_grad(k, g, input, weight, result1, result2, eps, needs):
    outer, by_mean, by_var = g
    mean, var = result1, result2
    gradients = (None, None, None)
    if outer is not None:
        gradients = k.batch_norm_gradients(outer, input, weight, mean, var, eps, needs)
    if not needs[0]:
        return gradients
    ndim, by_input = len(input.shape), gradients[0]
    count = max(math.prod(input.shape) // max(input.shape[1], 1), 1)
    for part in (  # where somebody differentiates the statistics: in a derivative of a derivative
        None if by_mean is None else _by_channel(k, by_mean, ndim) / count + k.full_like(input, 0),
        None if by_var is None else (input - _by_channel(k, mean, ndim)) * (_by_channel(k, by_var, ndim) * (2 / count)),
    ):
        if part is not None:
            by_input = part if by_input is None else by_input + part
    return by_input, gradients[1], gradients[2]


@op(grad=_batch_norm_grad, public=False, takes="floats", refuses="complex", result=("same", "same", "same"),
    torch="nn.functional.batch_norm", grad_name="NativeBatchNormBackward0")  # fmt: skip
def batch_norm_training(k, input: Array, weight: Array | None, bias: Array | None, eps: float):
    """Normalize by the statistics of this batch; the result, and each channel's mean and (biased) variance."""
    ndim = len(input.shape)
    dims = _channel_dims(ndim)
    mean = k.mean(input, dims, False)
    centred = input - _by_channel(k, mean, ndim)
    centred = centred - k.mean(centred, dims, True)  # as in `centred_on_mean`
    var = k.mean(centred * centred, dims, False)
    scale = k.rsqrt(var + eps) if weight is None else k.rsqrt(var + eps) * weight
    out = centred * _by_channel(k, scale, ndim)
    return out if bias is None else out + _by_channel(k, bias, ndim), mean, var


def _batch_samples(make):
    yield Sample(make(4, 3), None, None, make(3), make(3), True)
    yield Sample(make(3, 2, 4), None, None, None, None, True, 0.1, 1e-3)
    yield Sample(make(2, 3, 2, 2), None, None, make(3), None, True)
    yield Sample(
        make(4, 3), make(3, requires_grad=False), make(3, low=0.5, high=2.0, requires_grad=False), make(3), make(3)
    )


def _batch_errors(make):
    yield ErrorSample(
        Sample(make(1, 3), None, None, training=True), ValueError, "Expected more than 1 value per channel"
    )
    yield ErrorSample(
        Sample(make(4, 3), make(2), make(2)), RuntimeError, "running_mean should contain 3 elements not 2"
    )
    yield ErrorSample(Sample(make(4, 3), None, None, training=True, eps=0.0), ValueError, "eps must be positive")


@composition(method=False, samples=_batch_samples, errors=_batch_errors, torch="nn.functional.batch_norm")
def batch_norm(
    input: Array,
    running_mean: Array | None,
    running_var: Array | None,
    weight: Array | None = None,
    bias: Array | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
):
    """Normalize each channel of (N, C, *) over all else (Ioffe and Szegedy 2015, arXiv:1502.03167).

    out[:, c] = (input[:, c] - mean[c]) / sqrt(var[c] + eps) * weight[c] + bias[c]

    In training by the batch's own statistics, of which `running_mean` and `running_var` (unbiased) keep a moving average:
    running = (1 - momentum) * running + momentum * batch; otherwise by the running ones.
    """
    if eps < 0 or (training and eps == 0):
        wanted = "positive during training" if training else "non-negative"
        raise ValueError(f"batch_norm eps must be {wanted}, but got {eps}")
    return normalized_over_batch(input, running_mean, running_var, weight, bias, training, momentum, eps)


def normalized_over_batch(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None, bias: Tensor | None,
    training: bool, momentum: float, eps: float,
) -> Tensor:  # fmt: skip
    """batch_norm with any eps."""
    if input.ndim == 1 and not input.numel():
        return input.clone()  # no samples, whatever the channels
    _check_channels(
        input, (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias))
    )
    if _mixed(input, running_mean, running_var, weight, bias):
        wide = batch_norm(input.float(), running_mean, running_var, weight, bias, training, momentum, eps)
        return wide.to(input.dtype)
    if not training:
        return _by_running_statistics(input, running_mean, running_var, weight, bias, eps)
    count = input.numel() // max(input.shape[1], 1)
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    out, mean, var = batch_norm_training(input, weight, bias, eps)
    if count == 0:  # nothing to learn from
        return out
    before, mode.enabled = mode.enabled, False
    try:
        if running_mean is not None:
            running_mean.mul_(1 - momentum).add_(mean.detach() * momentum)
        if running_var is not None:
            running_var.mul_(1 - momentum).add_(var.detach() * (momentum * count / (count - 1)))
    finally:
        mode.enabled = before
    return out


def _check_channels(input: Tensor, values: Sequence[tuple[str, Tensor | None]]) -> None:
    if input.ndim < 2:
        raise ValueError(f"batch_norm(): expected an input of shape (N, C, *), got {list(input.shape)}")
    channels = input.shape[1]
    for name, value in values:
        if value is not None and tuple(value.shape) != (channels,):
            raise ShapeMismatch(
                message(
                    f"{name} should contain {channels} elements not {value.numel()}",
                    where=f"batch_norm() on an input of shape {list(input.shape)}, whose dim 1 is the channels",
                    hint=f"make the layer with num_features={channels}",
                )
            )


def _by_running_statistics(input: Tensor, mean: Any, var: Any, weight: Any, bias: Any, eps: float) -> Tensor:
    """x * scale + shift, one number of each for each channel."""
    if mean is None or var is None:
        raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
    if not input.dtype.is_floating_point:
        raise NotImplementedError(f'"batch_norm" not implemented for {input.dtype!r}: expected a floating-point tensor')
    _mixed(input, weight, bias)
    if not input.dtype.full:  # rounded once
        weight, bias = (None if t is None else t.float() for t in (weight, bias))
        return _by_running_statistics(input.float(), mean.float(), var.float(), weight, bias, eps).to(input.dtype)
    scale = (var + eps).rsqrt()
    scale = scale if weight is None else scale * weight
    shift = -mean * scale if bias is None else bias - mean * scale
    shape = (input.shape[1], *(1,) * (input.ndim - 2))
    return input * scale.reshape(shape) + shift.reshape(shape)
