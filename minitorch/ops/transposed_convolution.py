"""Transposed convolution: the gradient of a convolution by its input, used forward.

Every element of the input is multiplied by the whole kernel, and the products are added up where they overlap:

    out[n, o, i * stride + t * dilation - padding] += input[n, c, i] * weight[c, o, t]
"""

from __future__ import annotations

from typing import Any

from minitorch.errors import ShapeMismatch
from minitorch.ops.convolution import convolution_input_gradient, each
from minitorch.ops.joining import pad_constant
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def _errors(make):
    yield ErrorSample(Sample(make(1, 3, 5), make(2, 2, 3)), RuntimeError, "to have 2 channels, but got 3 channels")
    yield ErrorSample(Sample(make(1, 2, 5), make(2, 2, 3), make(3)), RuntimeError, "expected bias to be 1-dimensional")
    yield ErrorSample(
        Sample(make(1, 2, 5), make(2, 2, 3), output_padding=1), RuntimeError, "output padding must be smaller than"
    )


def _samples1(make):
    yield Sample(make(2, 2, 4), make(2, 3, 3), make(3))
    yield Sample(make(2, 4), make(2, 1, 2), None, 2, 1, 1)
    yield Sample(make(1, 4, 3), make(4, 1, 2), make(2), stride=1, output_padding=1, groups=2, dilation=2)


@composition(method=False, samples=_samples1, errors=_errors, autocast="lower")
def conv_transpose1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
):
    """Spread (N, C, L) or (C, L) by (C, O / groups, K) to (N, O, L').

    out[n, o, i * stride - padding + k * dilation] += input[n, c, i] * weight[c, o, k], from bias[o] on
    """
    return _spread("conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _samples2(make):
    yield Sample(make(2, 2, 3, 3), make(2, 3, 3, 2), make(3), 2, 1, 1)
    yield Sample(make(4, 3, 2), make(4, 1, 2, 3), make(2), (2, 1), (1, 0), (1, 0), 2, (1, 2))


@composition(method=False, samples=_samples2, autocast="lower")
def conv_transpose2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
):
    """Spread (N, C, H, W) or (C, H, W) by (C, O / groups, KH, KW) to (N, O, H', W').

    H' = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + output_padding + 1.
    """
    return _spread("conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _samples3(make):
    yield Sample(make(1, 2, 2, 3, 2), make(2, 2, 2, 2, 1), make(2), 2, (0, 1, 0), (1, 0, 1))
    yield Sample(make(2, 2, 2, 2), make(2, 1, 1, 2, 2), groups=2)


@composition(method=False, samples=_samples3, autocast="lower")
def conv_transpose3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
):
    """Spread (N, C, D, H, W) or (C, D, H, W) by (C, O / groups, KD, KH, KW) to (N, O, D', H', W')."""
    return _spread("conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation)


def _spread(name: str, ndim: int, input, weight, bias, stride, padding, output_padding, groups, dilation) -> Tensor:
    if weight.ndim != ndim + 2 or input.ndim not in (ndim + 1, ndim + 2):
        raise RuntimeError(
            f"Expected {ndim + 1}D (unbatched) or {ndim + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)} and weight of size: {list(weight.shape)}"
        )
    stride, dilation = each("stride", stride, ndim, 1), each("dilation", dilation, ndim, 1)
    padding, extra = each("padding", padding, ndim, 0), each("output_padding", output_padding, ndim, 0)
    batched = input if input.ndim == ndim + 2 else input.unsqueeze(0)
    _check(batched, weight, bias, stride, extra, groups, dilation)
    reach = [d * (n - 1) + 1 for d, n in zip(dilation, weight.shape[2:], strict=True)]
    whole = [(n - 1) * s + r for n, s, r in zip(batched.shape[2:], stride, reach, strict=True)]
    sizes = [n - 2 * p + e for n, p, e in zip(whole, padding, extra, strict=True)]
    if min(sizes) < 1:
        raise RuntimeError(
            f"Given input size per channel: {list(batched.shape[2:])}. Calculated output size per channel: {sizes}. "
            "Output size is too small"
        )
    channels, batch = weight.shape[1] * groups, batched.shape[0]
    if all(e < s for e, s in zip(extra, stride, strict=True)):
        size = (batch, channels, *sizes)
        result = convolution_input_gradient(batched, weight, size, stride, padding, dilation, groups)
    else:  # more than a step of padding: what is there without any, then cut and filled
        size, none = (batch, channels, *whole), (0,) * ndim
        result = convolution_input_gradient(batched, weight, size, stride, none, dilation, groups)
        sides = [(-p, e - p) for p, e in zip(padding, extra, strict=True)]
        result = pad_constant(result, ((0, 0), (0, 0), *sides), 0)
    if bias is not None:
        result = result + bias.reshape((channels, *(1,) * ndim))
    return result if input.ndim == ndim + 2 else result.squeeze(0)


def _check(input, weight, bias, stride, extra, groups, dilation) -> None:
    """Refuse shapes that make no transposed convolution."""
    if groups <= 0 or weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} and divisible by {groups} "
            f"at dimension 0, but got weight of size {list(weight.shape)} instead"
        )
    if input.shape[1] != weight.shape[0]:
        raise ShapeMismatch(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected input{list(input.shape)} to have "
            f"{weight.shape[0]} channels, but got {input.shape[1]} channels instead"
        )
    channels = weight.shape[1] * groups
    if bias is not None and tuple(bias.shape) != (channels,):
        raise ShapeMismatch(
            f"Given transposed=1, weight of size {list(weight.shape)}, expected bias to be 1-dimensional with "
            f"{channels} elements, but got bias of size {list(bias.shape)} instead"
        )
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation, strict=True)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {list(extra)}, "
            f"stride {list(stride)}, dilation {list(dilation)}"
        )
