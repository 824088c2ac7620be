"""Windows as columns and back: what `nn.functional.unfold` and `fold` are made of; each is the other's transpose."""

from __future__ import annotations

import math
from typing import Any

from minitorch.ops.convolution import columns_of, each, out_sizes, sum_of_columns
from minitorch.ops.samples import Sample
from minitorch.rows import Array, linear
from minitorch.tensor import Tensor


def _column_samples(make):
    yield Sample(make(2, 2, 4, 5), (2, 3), (1, 1), (0, 0), (1, 1))
    yield Sample(make(1, 3, 5, 4), (2, 2), (1, 2), (1, 0), (2, 1))


@linear(input=lambda k, g, input_shape, kernel_size, dilation, padding, stride:
            k.col2im(g, tuple(input_shape[2:]), kernel_size, dilation, padding, stride),
        public=False, refuses="integer", grad_name="Im2ColBackward0", samples=_column_samples)  # fmt: skip
def im2col(k, input: Array, kernel_size: tuple, dilation: tuple, padding: tuple, stride: tuple):
    """Every window of (N, C, H, W) as a column: (N, C * taps, positions)."""
    columns, _ = columns_of(k, input, kernel_size, stride, padding, dilation, 1)
    return k.reshape(columns, (columns.shape[0], *columns.shape[2:]))


def _image_samples(make):
    yield Sample(make(2, 8, 12), (4, 5), (2, 2), (1, 1), (0, 0), (1, 1))
    yield Sample(make(1, 6, 6), (4, 5), (2, 3), (1, 2), (1, 1), (2, 2))


@linear(input=lambda k, g, kernel_size, dilation, padding, stride: k.im2col(g, kernel_size, dilation, padding, stride),
        public=False, refuses="bool", grad_name="Col2ImBackward0", samples=_image_samples)  # fmt: skip
def col2im(k, input: Array, output_size: tuple, kernel_size: tuple, dilation: tuple, padding: tuple, stride: tuple):
    """Columns (N, C * taps, positions) added up into (N, C, *output_size), each where its window lies."""
    taps = math.prod(kernel_size)
    positions = out_sizes(output_size, kernel_size, stride, padding, dilation)
    columns = k.reshape(input, (input.shape[0], input.shape[1] // taps, taps, *positions))
    return sum_of_columns(k, columns, output_size, kernel_size, stride, padding, dilation)


# --- As nn.functional says it -----------------------------------------------------------------------------------------


def unfold(input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Tensor:
    """Every window of (N, C, H, W) or (C, H, W) as a column of its C * taps values: (N, C * taps, positions)."""
    if input.ndim not in (3, 4) or 0 in input.shape[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for input, "
            f"but got: {list(input.shape)}"
        )
    kernel, stride = each("kernel_size", kernel_size, 2, 1), each("stride", stride, 2, 1)
    padding, dilation = each("padding", padding, 2, 0), each("dilation", dilation, 2, 1)
    positions = out_sizes(input.shape[-2:], kernel, stride, padding, dilation)
    if min(positions) < 1:
        raise RuntimeError(
            f"Given input with spatial size {tuple(input.shape[-2:])}, kernel_size={kernel}, dilation={dilation}, "
            f"padding={padding}, calculated shape of the array of sliding blocks as {positions}, but its components "
            "must be at least one."
        )
    result = im2col(input if input.ndim == 4 else input.unsqueeze(0), kernel, dilation, padding, stride)
    return result if input.ndim == 4 else result.squeeze(0)


def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """Columns (N, C * taps, positions) added up to (N, C, *output_size), each value where `unfold` would read it."""
    if input.ndim not in (2, 3) or 0 in input.shape[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    size, kernel = each("output_size", output_size, 2, 1), each("kernel_size", kernel_size, 2, 1)
    padding, dilation, stride = (
        each("padding", padding, 2, 0),
        each("dilation", dilation, 2, 1),
        each("stride", stride, 2, 1),
    )
    taps, positions = math.prod(kernel), out_sizes(size, kernel, stride, padding, dilation)
    if input.shape[-2] % taps:
        raise RuntimeError(
            f"Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={input.shape[-2]} and kernel_size={kernel}."
        )
    if min(positions) < 1 or input.shape[-1] != math.prod(positions):
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={kernel}, dilation={dilation}, padding={padding}, stride={stride}, expected "
            f"size of input's dimension 2 to match the calculated number of sliding blocks {' * '.join(map(str, positions))} = "
            f"{math.prod(positions)}, but got input.size(2)={input.shape[-1]}."
        )
    result = col2im(input if input.ndim == 3 else input.unsqueeze(0), size, kernel, dilation, padding, stride)
    return result if input.ndim == 3 else result.squeeze(0)
