"""Convolution and its two gradients: three bilinear maps, each the transpose of the others, so second order comes for free.

    out[n, o, p] = bias[o] + sum over c, t of weight[o, c, t] * input[n, c, p * stride + t * dilation - padding]

Written as "windows times weight": for every tap t of the kernel one strided slice of the input, all of them stacked, and a
matrix product. Rows work for any number of spatial dims; `conv1d`, `conv2d` and `conv3d` are PyTorch's names.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

from minitorch.errors import ShapeMismatch
from minitorch.ops.formulas import conjugate
from minitorch.ops.joining import pad_constant
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import permute
from minitorch.rows import Array, composition, op
from minitorch.tensor import Tensor

# --- The three maps ---------------------------------------------------------------------------------------------------


def _samples(make):
    yield Sample(make(2, 2, 5), make(3, 2, 3), make(3), (1,), (0,), (1,), 1)
    yield Sample(make(1, 2, 4, 5), make(2, 2, 2, 3), None, (2, 1), (1, 0), (1, 2), 1)
    yield Sample(make(2, 4, 4, 4), make(4, 2, 3, 3), make(4), (1, 1), (1, 1), (1, 1), 2)


@op(input=lambda k, g, input_shape, weight, stride, padding, dilation, groups:
        k.convolution_input_gradient(g, conjugate(k, weight), input_shape, stride, padding, dilation, groups),
    weight=lambda k, g, input, weight_shape, stride, padding, dilation, groups:
        k.convolution_weight_gradient(g, conjugate(k, input), weight_shape, stride, padding, dilation, groups),
    bias=lambda k, g: k.sum(g, (0, *range(2, len(g.shape))), False),
    public=False, refuses="bool", samples=_samples, tolerance=10.0, autocast="cuda lower")  # fmt: skip
def convolution(
    k, input: Array, weight: Array, bias: Array | None, stride: tuple, padding: tuple, dilation: tuple, groups: int
):
    """(N, C, *spatial) by (O, C / groups, *kernel) to (N, O, *out)."""
    columns, out_size = columns_of(k, input, weight.shape[2:], stride, padding, dilation, groups)
    outputs = weight.shape[0]
    matrix = k.reshape(weight, (1, groups, outputs // groups, math.prod(weight.shape[1:])))
    result = k.reshape(k.matmul(matrix, columns), (input.shape[0], outputs, *out_size))
    return result if bias is None else result + k.reshape(bias, (outputs, *[1] * len(out_size)))


def _weight_gradient_samples(make):
    yield Sample(make(2, 3, 3), make(2, 2, 5), (3, 2, 3), (1,), (0,), (1,), 1)
    yield Sample(make(1, 2, 3, 1), make(1, 2, 4, 5), (2, 2, 2, 3), (2, 1), (1, 0), (1, 2), 1)


@op(
    grad_output=lambda k, g, input, stride, padding, dilation, groups: k.convolution(
        conjugate(k, input), g, None, stride, padding, dilation, groups
    ),
    input=lambda k, g, grad_output, input_shape, stride, padding, dilation, groups: k.convolution_input_gradient(
        conjugate(k, grad_output), g, input_shape, stride, padding, dilation, groups
    ),
    public=False,
    refuses="bool",
    samples=_weight_gradient_samples,
    tolerance=10.0,
)
def convolution_weight_gradient(
    k, grad_output: Array, input: Array, weight_size: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int
):
    """The gradient of a convolution's weight: for every tap, the products of what it saw with what came of it."""
    columns, out_size = columns_of(k, input, weight_size[2:], stride, padding, dilation, groups)
    outputs = weight_size[0]
    grad_output = k.reshape(grad_output, (input.shape[0], groups, outputs // groups, math.prod(out_size)))
    products = k.matmul(grad_output, k.permute(columns, (0, 1, 3, 2)))
    return k.reshape(k.sum(products, (0,), False), tuple(weight_size))


def _input_gradient_samples(make):
    yield Sample(make(2, 3, 3), make(3, 2, 3), (2, 2, 5), (1,), (0,), (1,), 1)
    yield Sample(make(1, 2, 3, 1), make(2, 2, 2, 3), (1, 2, 4, 5), (2, 1), (1, 0), (1, 2), 1)


@op(
    grad_output=lambda k, g, weight, stride, padding, dilation, groups: k.convolution(
        g, conjugate(k, weight), None, stride, padding, dilation, groups
    ),
    weight=lambda k, g, grad_output, weight_shape, stride, padding, dilation, groups: k.convolution_weight_gradient(
        conjugate(k, grad_output), g, weight_shape, stride, padding, dilation, groups
    ),
    public=False,
    refuses="bool",
    samples=_input_gradient_samples,
    tolerance=10.0,
)
def convolution_input_gradient(
    k, grad_output: Array, weight: Array, input_size: tuple, stride: tuple, padding: tuple, dilation: tuple, groups: int
):
    """The gradient of a convolution's input, which is a transposed convolution: every window gets its share back."""
    outputs, kernel, spatial = weight.shape[0], weight.shape[2:], input_size[2:]
    batch, out_size = grad_output.shape[0], grad_output.shape[2:]
    matrix = k.reshape(weight, (1, groups, outputs // groups, math.prod(weight.shape[1:])))
    grad_output = k.reshape(grad_output, (batch, groups, outputs // groups, math.prod(out_size)))
    columns = k.matmul(k.permute(matrix, (0, 1, 3, 2)), grad_output)
    columns = k.reshape(columns, (batch, input_size[1], math.prod(kernel), *out_size))
    return sum_of_columns(k, columns, spatial, kernel, stride, padding, dilation)


def sum_of_columns(k, columns, spatial, kernel, stride, padding, dilation):
    """Windows (N, C, taps, *positions) added up where they overlap: the transpose of `columns_of`."""
    batch, channels, _, *out_size = columns.shape
    padded = (batch, channels, *[size + 2 * extra for size, extra in zip(spatial, padding, strict=True)])
    total = k.new_full(columns, padded, 0)
    for number, place in enumerate(_taps(kernel, out_size, stride, dilation)):
        share = k.basic_index(columns, (slice(None), slice(None), number))
        total = total + k.basic_index_transpose(share, padded, (slice(None), slice(None), *place))
    inner = [slice(extra, extra + size) for size, extra in zip(spatial, padding, strict=True)]
    return k.clone(k.basic_index(total, (slice(None), slice(None), *inner)))


def columns_of(k, input, kernel, stride, padding, dilation, groups):
    """The windows as a matrix (N, groups, C / groups * taps, positions), and the size of the result."""
    batch, channels, *spatial = input.shape
    out_size = out_sizes(spatial, kernel, stride, padding, dilation)
    padded = (
        k.pad_constant(input, ((0, 0), (0, 0), *[(extra, extra) for extra in padding]), 0) if any(padding) else input
    )
    taps = [
        k.basic_index(padded, (slice(None), slice(None), *place)) for place in _taps(kernel, out_size, stride, dilation)
    ]
    columns = k.stack(taps, 2)
    return k.reshape(columns, (batch, groups, channels // groups * len(taps), math.prod(out_size))), out_size


def _taps(
    kernel: Sequence[int], out_size: Sequence[int], stride: Sequence[int], dilation: Sequence[int]
) -> Iterator[tuple[slice, ...]]:
    """For every tap of the kernel, the slices of the padded input that it sees."""
    for tap in itertools.product(*map(range, kernel)):
        starts = [t * d for t, d in zip(tap, dilation, strict=True)]
        yield tuple([slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, stride, out_size, strict=True)])


def out_sizes(
    spatial: Sequence[int],
    kernel: Sequence[int],
    stride: Sequence[int],
    padding: Sequence[int],
    dilation: Sequence[int],
) -> tuple[int, ...]:
    """How many windows fit along each dim: floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1."""
    return tuple([
        (size + 2 * extra - spread * (length - 1) - 1) // step + 1
        for size, length, step, extra, spread in zip(spatial, kernel, stride, padding, dilation, strict=True)
    ])  # fmt: skip


# --- PyTorch's functions ------------------------------------------------------------------------------------------------


def _conv_errors(make):
    yield ErrorSample(
        Sample(make(1, 3, 5), make(2, 2, 3)), RuntimeError, "to have 2 channels, but got 3 channels instead"
    )
    yield ErrorSample(
        Sample(make(1, 2, 2), make(2, 2, 3)), RuntimeError, "Kernel size can't be greater than actual input size"
    )


def _conv1d_samples(make):
    yield Sample(make(2, 2, 6), make(3, 2, 3), make(3), padding=1)
    yield Sample(make(2, 6), make(3, 2, 2), None, 2)
    yield Sample(make(1, 2, 6), make(2, 1, 3), make(2), groups=2, padding="same")


@composition(method=False, samples=_conv1d_samples, errors=_conv_errors, autocast="lower")
def conv1d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
):
    """Convolve (N, C, L) or (C, L) with (O, C / groups, K) to (N, O, L').

    out[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, i * stride - padding + k * dilation]
    """
    return _convolve("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def _conv2d_samples(make):
    yield Sample(make(2, 2, 4, 5), make(3, 2, 3, 3), make(3), padding=1)
    yield Sample(make(2, 5, 5), make(2, 2, 2, 2), None, (2, 1), (1, 0), (1, 2))
    yield Sample(make(1, 4, 4, 4), make(4, 2, 3, 2), make(4), groups=2, padding="same")


@composition(method=False, samples=_conv2d_samples, autocast="lower")
def conv2d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
):
    """Convolve (N, C, H, W) or (C, H, W) with (O, C / groups, KH, KW) to (N, O, H', W').

    out[n, o, i, j] = bias[o] + sum over c, k, l of
    weight[o, c, k, l] * input[n, c, i * stride - padding + k * dilation, j * stride - padding + l * dilation]

    `padding` is a number, one for each dim, "valid" for none, or "same" for as many as keep the size.
    """
    return _convolve("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def _conv3d_samples(make):
    yield Sample(make(2, 2, 3, 4, 3), make(3, 2, 2, 3, 2), make(3), padding=1)
    yield Sample(make(2, 4, 3, 3), make(2, 1, 2, 2, 2), None, (2, 1, 1), (1, 0, 1), (1, 2, 1), 2)
    yield Sample(make(1, 2, 2, 3, 3), make(2, 2, 1, 2, 3), make(2), padding="same")


@composition(method=False, samples=_conv3d_samples, autocast="lower")
def conv3d(
    input: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
):
    """Convolve (N, C, D, H, W) or (C, D, H, W) with (O, C / groups, KD, KH, KW) to (N, O, D', H', W').

    out[n, o, i] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, i * stride - padding + k * dilation],
    i and k being three numbers each
    """
    return _convolve("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


@composition(
    method=False, samples=lambda make: iter([Sample(make(5, 2, 3), make(3, 3, 4), make(4), 1)]), autocast="lower"
)
def conv_tbc(input: Array, weight: Array, bias: Array, pad: int = 0):
    """conv1d of (T, N, C) with (K, C, O) to (T', N, O)."""
    return permute(conv1d(permute(input, (1, 2, 0)), permute(weight, (2, 1, 0)), bias, 1, pad), (2, 0, 1))


def _convolve(
    name: str,
    ndim: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
):
    if weight.ndim != ndim + 2 or input.ndim not in (ndim + 1, ndim + 2):
        raise RuntimeError(
            f"Expected {ndim + 1}D (unbatched) or {ndim + 2}D (batched) input to {name}, but got input "
            f"of size: {list(input.shape)} and "
            f"weight of size: {list(weight.shape)}"
        )
    stride, dilation = each("stride", stride, ndim, 1), each("dilation", dilation, ndim, 1)
    if isinstance(padding, str):
        input, padding = _named_padding(padding, input, weight, stride, dilation)
    padding = each("padding", padding, ndim, 0)
    batched = input if input.ndim == ndim + 2 else input.unsqueeze(0)
    _check(batched, weight, bias, stride, padding, dilation, groups)
    result = convolution(batched, weight, bias, stride, padding, dilation, groups)
    return result if input.ndim == ndim + 2 else result.squeeze(0)


def each(name: str, value: Any, ndim: int, least: int) -> tuple[int, ...]:
    """A setting for every dim, from one number or one for each."""
    values = (value,) * ndim if isinstance(value, int) else tuple(value)
    values = values * ndim if len(values) == 1 else values
    if len(values) != ndim:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {ndim} values, but got {name}={list(values)}"
        )
    if min(values, default=least) < least:
        raise RuntimeError(
            f"{'negative' if least == 0 else 'non-positive'} {name} is not supported: got {list(values)}"
        )
    return values


def _named_padding(
    padding: str, input: Tensor, weight: Tensor, stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[Tensor, Any]:
    """The padding that a word means; where it is uneven, the odd one is put on first, at the end."""
    if padding == "valid":
        return input, 0
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: {padding!r}; expected 'valid' or 'same'")
    if any(step != 1 for step in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [spread * (length - 1) for spread, length in zip(dilation, weight.shape[2:], strict=True)]
    if any(extra % 2 for extra in total):
        odd = ((0, 0),) * (input.ndim - len(total)) + tuple([(0, extra % 2) for extra in total])
        input = pad_constant(input, odd, 0)
    return input, tuple([extra // 2 for extra in total])


def _check(input, weight, bias, stride, padding, dilation, groups) -> None:
    """Refuse shapes that make no convolution; the kernels would say it in their own words, or not at all."""
    outputs, per_group = weight.shape[:2]
    if groups <= 0 or outputs % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} and divisible by {groups} "
            f"at dimension 0, but got weight of size {list(weight.shape)} instead"
        )
    if input.shape[1] != per_group * groups:
        raise ShapeMismatch(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(input.shape)} "
            f"to have {per_group * groups} "
            f"channels, but got {input.shape[1]} channels instead"
        )
    if bias is not None and tuple(bias.shape) != (outputs,):
        raise ShapeMismatch(
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {outputs} "
            f"elements, but got bias of size {list(bias.shape)} instead"
        )
    padded = [size + 2 * extra for size, extra in zip(input.shape[2:], padding, strict=True)]
    reach = [spread * (length - 1) + 1 for spread, length in zip(dilation, weight.shape[2:], strict=True)]
    if any(length > size for length, size in zip(reach, padded, strict=True)):
        raise ShapeMismatch(
            f"Calculated padded input size per channel: ({' x '.join(map(str, padded))}). Kernel size: "
            f"({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size"
        )
