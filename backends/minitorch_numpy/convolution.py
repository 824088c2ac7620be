"""Convolution on NumPy arrays, for any number of spatial dims: windows laid out as a matrix, then one matrix product.

    out[n, o, p] = bias[o] + sum over c, k of weight[o, c, k] * input[n, c, p * stride + k * dilation - padding]

The windows' matrix has a row for each channel c and tap k, and a column for each position p. It is larger than the input by
the number of taps, so it is never made whole: the work goes block by block (some images, or some rows of one image), each
block's matrix stays in the cache, and the products run at the speed of BLAS. The three products of a convolution are

    forward             out = weight @ windows
    gradient of weight  g @ windows.T
    gradient of input   weight.T @ g, whose rows are added back to where the windows came from

Where the stride is 1, a block is laid out "flat": windows start at *every* position of the padded plane, also at those whose
window runs over the end of a line into the next. Their results are thrown away, a few percent of the work, and in return a
row of the matrix is one long shifted copy of the plane, where NumPy is fast, and not many copies of one short line each.

3 × 3 kernels over many channels need fewer multiplications by tiles: winograd.py.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from . import threads, winograd

__all__ = ["conv_forward", "conv_input_gradient", "conv_weight_gradient"]

Array = np.ndarray
Sizes = tuple[int, ...]
Settings = tuple[Sizes, Sizes, Sizes, int]  # stride, padding, dilation, groups

BLOCK = (
    1 << 18
)  # elements in a block's windows and results: 1 MB of float32, so that they stay in the cache between the steps
COLUMNS = 256  # but at least so many columns: the product streams all of the weight, or of its gradient, for each block
LINE = 600  # multiplications that BLAS does in the time that NumPy takes to go from one short line to the next
ADDED = 1.5  # how much longer adding a line takes than copying it
TILES = True  # whether winograd.py may be used: it rounds three times as coarsely as a direct sum does
WORTH_THREADS = 1 << 22  # multiplications below which starting threads costs more than it saves


def conv_forward(
    input: Array, weight: Array, bias: Array | None, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """Convolve `(N, C, *spatial)` with `(O, C / groups, *kernel)` to `(N, O, *out)`; `bias` is `(O,)` or None."""
    dtype = input.dtype
    input, weight = _computable(input), _computable(weight)
    bias = np.zeros(len(weight), input.dtype) if bias is None else bias.astype(input.dtype, copy=False)
    settings = stride, padding, dilation, groups
    out = (
        winograd.forward(input, weight, bias, padding)
        if _by_tiles(input, input.shape, weight.shape, settings)
        else None
    )
    if out is None:
        out = _convolved(input, weight, bias, settings)
    return out.astype(dtype, copy=False)


def conv_input_gradient(
    g: Array, weight: Array, input_shape: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The gradient of a convolution's input, of shape `input_shape`, from `g` of its output: a transposed convolution."""
    dtype = g.dtype
    g, weight = _computable(g), _computable(weight)
    input_shape, settings = tuple(input_shape), (stride, padding, dilation, groups)
    gradient = (
        winograd.input_gradient(g, weight, input_shape, padding)
        if _by_tiles(g, input_shape, weight.shape, settings)
        else None
    )
    if gradient is None:
        gradient = _transposed(g, weight, input_shape, settings)
    return gradient.astype(dtype, copy=False)


def conv_weight_gradient(
    g: Array, input: Array, weight_shape: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int
) -> Array:
    """The gradient of a convolution's weight, of shape `weight_shape`, from `g` of its output."""
    dtype = g.dtype
    g, input = _computable(g), _computable(input)
    weight_shape, settings = tuple(weight_shape), (stride, padding, dilation, groups)
    gradient = (
        winograd.weight_gradient(g, input, padding) if _by_tiles(g, input.shape, weight_shape, settings) else None
    )
    if gradient is None:
        gradient = _correlated(g, input, weight_shape, settings, True)
    if not np.isfinite(gradient).all():  # in a flat block, an infinite input times the 0 of a g that isn't there is NaN
        gradient = _correlated(g, input, weight_shape, settings, False)
    return gradient.astype(dtype, copy=False)


def _by_tiles(array: Array, input_shape: Sizes, weight_shape: Sizes, settings: Settings) -> bool:
    return TILES and array.dtype.kind == "f" and winograd.pays(input_shape, weight_shape, *settings)


def _convolved(input: Array, weight: Array, bias: Array, settings: Settings) -> Array:
    """The convolution, by windows."""
    plan = _plan(input.shape, weight.shape, *settings)
    out = np.empty((plan.batch, len(weight), *plan.out), input.dtype)
    if input.size and weight.size:
        matrix = weight.reshape(plan.groups, plan.outputs, -1)
        plan.run(lambda start, stop: _forward(plan, input, matrix, bias, out, start, stop))
    else:  # no batch or no channels: nothing is summed
        out[...] = bias.reshape(-1, *(1,) * len(plan.out))
    return out


def _transposed(g: Array, weight: Array, input_shape: Sizes, settings: Settings) -> Array:
    """The gradient of the input, by windows: as a convolution of `g` where that copies less, or added back."""
    stride, padding, dilation, groups = settings
    # A position that isn't there has g = 0, which would make NaN of an infinite weight; added back, there are no such.
    is_finite = bool(np.isfinite(weight).all())
    plan = _plan(input_shape, weight.shape, *settings, is_finite)
    margins = tuple(reach * (width - 1) - pad for reach, width, pad in zip(dilation, plan.kernel, padding, strict=True))
    if is_finite and set(stride) == {1} and min(margins) >= 0 and plan.outputs <= ADDED * plan.inputs:
        mirrored = weight[(..., *(slice(None, None, -1),) * len(plan.kernel))].reshape(
            groups, plan.outputs, *weight.shape[1:]
        )
        mirrored = np.ascontiguousarray(mirrored.swapaxes(1, 2)).reshape(-1, plan.outputs, *plan.kernel)
        bias = np.zeros(len(mirrored), g.dtype)
        return _convolved(g, mirrored, bias, (stride, margins, dilation, groups))
    gradient = np.zeros(input_shape, g.dtype)
    if g.size and weight.size:
        matrix = weight.reshape(groups, plan.outputs, -1).swapaxes(1, 2)
        plan.run(lambda start, stop: _input_gradient(plan, g, matrix, gradient, start, stop))
    return gradient


def _correlated(g: Array, input: Array, weight_shape: Sizes, settings: Settings, may_be_flat: bool) -> Array:
    """The gradient of the weight, by windows."""
    plan = _plan(input.shape, weight_shape, *settings, may_be_flat)
    gradient = np.zeros(weight_shape, g.dtype)
    if g.size and gradient.size:
        for part in plan.run(lambda start, stop: _weight_gradient(plan, g, input, start, stop)):
            gradient += part.reshape(weight_shape)
    return gradient


def _computable(array: Array) -> Array:
    """The array in a dtype that BLAS knows (or NumPy's own product does) and with whole planes in memory."""
    dtype = array.dtype
    if dtype.kind not in "iufc" or dtype == np.float16:  # bfloat16 and float8 are no kind of NumPy's own
        dtype = np.dtype(np.float32)
    return np.ascontiguousarray(array, dtype)


class _Plan:
    """How one convolution is cut into blocks, and where each block's windows and results lie in memory."""

    def __init__(
        self,
        input_shape: Sizes,
        weight_shape: Sizes,
        stride: Sizes,
        padding: Sizes,
        dilation: Sizes,
        groups: int,
        may_be_flat: bool,
    ):
        self.batch, channels, *plane = input_shape
        self.kernel = weight_shape[2:]
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self.inputs, self.outputs = channels // groups, weight_shape[0] // groups  # channels in a group
        self.taps = math.prod(self.kernel)
        self.padded = tuple(size + 2 * pad for size, pad in zip(plane, padding, strict=True))
        self.inside = (..., *(slice(pad, pad + size) for size, pad in zip(plane, padding, strict=True)))
        self.out = tuple(
            (size - reach * (width - 1) - 1) // step + 1
            for size, width, step, reach in zip(self.padded, self.kernel, stride, dilation, strict=True)
        )
        self.flat = may_be_flat and all(step == 1 for step in stride) and self._flat_is_faster()
        # columns: how many lie between neighbouring positions, by dim, and how many the last row of a block goes without
        self.steps = _strides(self.padded if self.flat else self.out, 1)
        self.pitch = self.steps[0]
        self.overrun = (
            self.pitch - 1 - sum((n - 1) * step for n, step in zip(self.out[1:], self.steps[1:], strict=True))
        )
        self.exact = self.pitch == math.prod(self.out[1:])
        self._cut(channels * self.taps + groups * self.outputs)

    def _flat_is_faster(self) -> bool:
        """Flat, the results are copied line by line; else the windows are, but nothing is computed in vain."""
        wasted = self.out[0] * math.prod(self.padded[1:]) - math.prod(self.out)
        copied = math.prod(self.out[:-1]) * self.groups * (self.inputs * self.taps - self.outputs)
        return wasted * self.groups * self.outputs * self.inputs * self.taps <= copied * LINE

    def _cut(self, height: int) -> None:
        """Choose how many images, or how many rows of one image, a block has."""
        columns = max(BLOCK // max(height, 1), COLUMNS)
        in_an_image = max(self.out[0] * self.pitch, 1)
        self.images = max(columns // in_an_image, 1)
        blocks = max(-(-in_an_image // columns), 1)
        self.rows = max(-(-self.out[0] // blocks), 1)

    def run(self, work: threads.Work) -> list:
        """Do `work` over all images, on several threads if that pays."""
        size = self.batch * math.prod(self.out) * self.groups * self.outputs * self.inputs * self.taps
        return threads.in_ranges(self.batch, work) if size > WORTH_THREADS else [work(0, self.batch)]

    def blocks(self, start: int, stop: int) -> Iterator[tuple[slice, int, int]]:
        """The blocks of some images: which images, the first row, how many rows."""
        for image in range(start, stop, self.images):
            for row in range(0, self.out[0], self.rows):
                yield slice(image, min(image + self.images, stop)), row, min(self.rows, self.out[0] - row)

    def windows(self, planes: Array, row: int, rows: int) -> Array:
        """A view of padded planes `(B, C, *padded)` as windows `(groups, C / groups, *kernel, B, *positions)`."""
        image, channel, *steps = planes.strides
        taps = [step * reach for step, reach in zip(steps, self.dilation, strict=True)]
        if self.flat:
            positions, position_steps = (self.columns(rows),), (planes.itemsize,)
        else:
            positions = (rows, *self.out[1:])
            position_steps = tuple(step * stride for step, stride in zip(steps, self.stride, strict=True))
        shape = (self.groups, self.inputs, *self.kernel, len(planes), *positions)
        strides = (self.inputs * channel, channel, *taps, image, *position_steps)
        return np.ndarray(shape, planes.dtype, planes, row * self.stride[0] * steps[0], strides)

    def columns(self, rows: int) -> int:
        """How many columns a block has for each image."""
        return rows * self.pitch - self.overrun

    def results(self, columns: Array, images: int, rows: int) -> Array:
        """A view of `(groups, O, B * columns)` that leaves out what is thrown away: `(groups, O, B, rows, *out[1:])`."""
        size = columns.itemsize
        matrix, line, _ = columns.strides
        strides = (matrix, line, self.columns(rows) * size, *(step * size for step in self.steps))
        return np.ndarray((*columns.shape[:2], images, rows, *self.out[1:]), columns.dtype, columns, 0, strides)


@lru_cache(maxsize=512)
def _plan(
    input_shape: Sizes,
    weight_shape: Sizes,
    stride: Sizes,
    padding: Sizes,
    dilation: Sizes,
    groups: int,
    may_be_flat: bool = True,
) -> _Plan:
    return _Plan(input_shape, weight_shape, stride, padding, dilation, groups, may_be_flat)


def _strides(sizes: Sizes, itemsize: int) -> Sizes:
    """The strides of a contiguous array."""
    return tuple(itemsize * math.prod(sizes[dim + 1 :]) for dim in range(len(sizes)))


def _forward(plan: _Plan, input: Array, matrix: Array, bias: Array, out: Array, start: int, stop: int) -> None:
    """Fill `out[start:stop]`."""
    by_group = out.reshape(plan.batch, plan.groups, plan.outputs, *plan.out)
    bias = bias.reshape(plan.groups, plan.outputs, *(1,) * (1 + len(plan.out)))
    windows = _Windows(plan, input)
    product = None
    for images, row, rows in plan.blocks(start, stop):
        columns = windows.matrix(images, row, rows)
        target = _images_third(by_group[images, :, :, row : row + rows])
        if plan.exact and target.shape[2] == 1:
            # Nothing is to be thrown away or put in order, so BLAS writes to where the result is.
            whole = by_group[images.start].reshape(plan.groups, plan.outputs, -1)
            np.matmul(matrix, columns, out=whole[:, :, row * plan.pitch : (row + rows) * plan.pitch])
            np.add(target, bias, out=target)
            continue
        product = _room(product, (plan.groups, plan.outputs, columns.shape[2]), out.dtype)
        np.matmul(matrix, columns, out=product)
        np.add(plan.results(product, target.shape[2], rows), bias, out=target)


def _weight_gradient(plan: _Plan, g: Array, input: Array, start: int, stop: int) -> Array:
    """What the images from `start` to `stop` give to the gradient, as `(groups, O, C * taps)`."""
    windows, gradients = _Windows(plan, input), _Gradients(plan, g)
    total = np.zeros((plan.groups, plan.outputs, plan.inputs * plan.taps), g.dtype)
    product = np.empty_like(total)
    for images, row, rows in plan.blocks(start, stop):
        columns = windows.matrix(images, row, rows)
        np.matmul(gradients.matrix(images, row, rows), columns.swapaxes(1, 2), out=product)
        total += product
    return total


def _input_gradient(plan: _Plan, g: Array, matrix: Array, gradient: Array, start: int, stop: int) -> None:
    """Fill `gradient[start:stop]`, which is zero."""
    gradients = _Gradients(plan, g)
    is_padded = any(plan.padding)
    planes, product = gradient[:0], None
    for images, row, rows in plan.blocks(start, stop):
        columns = gradients.matrix(images, row, rows)
        product = _room(product, (plan.groups, matrix.shape[1], columns.shape[2]), g.dtype)
        # An outer product is no product for BLAS, and NumPy's own is slow.
        (np.multiply if plan.outputs == 1 else np.matmul)(matrix, columns, out=product)
        if not is_padded:
            planes = gradient[images]
        elif row == 0:
            planes = _room(planes, (images.stop - images.start, gradient.shape[1], *plan.padded), g.dtype)
            planes[...] = 0
        windows = plan.windows(planes, row, rows)
        parts = product.reshape(windows.shape)
        for tap in itertools.product(*map(range, plan.kernel)):
            place = (slice(None), slice(None), *tap)
            np.add(windows[place], parts[place], out=windows[place])
        if is_padded and row + rows == plan.out[0]:
            gradient[images] = planes[plan.inside]


class _Windows:
    """The matrices of a convolution's windows, one block after the other, in the same memory."""

    def __init__(self, plan: _Plan, input: Array):
        self.plan, self.input = plan, input
        self.is_padded = any(plan.padding)
        self.planes: Array = input[:0]
        self.columns: Array | None = None

    def matrix(self, images: slice, row: int, rows: int) -> Array:
        """One block's windows as `(groups, C * taps, B * columns)`."""
        plan, source = self.plan, self.input[images]
        if not self.is_padded:
            self.planes = source
        elif row == 0:
            if len(self.planes) != len(source):
                self.planes = np.zeros((*source.shape[:2], *plan.padded), source.dtype)
            self.planes[plan.inside] = source
        windows = plan.windows(self.planes, row, rows)
        shape = (plan.groups, plan.inputs * plan.taps, math.prod(windows.shape[2 + len(plan.kernel) :]))
        if plan.taps == 1 and plan.flat and len(source) == 1:
            return windows.reshape(shape)  # a view: with one tap the windows are the planes
        self.columns = _room(self.columns, shape, source.dtype)
        np.copyto(self.columns.reshape(windows.shape), windows)
        return self.columns


class _Gradients:
    """The gradients of a convolution's results, laid out as the columns of its windows, one block after the other."""

    def __init__(self, plan: _Plan, g: Array):
        self.plan = plan
        self.by_group = g.reshape(plan.batch, plan.groups, plan.outputs, *plan.out)
        self.columns = None

    def matrix(self, images: slice, row: int, rows: int) -> Array:
        """One block's gradients as `(groups, O, B * columns)`: zero where a result was thrown away."""
        plan = self.plan
        if plan.exact and images.stop - images.start == 1:
            whole = self.by_group[images.start].reshape(plan.groups, plan.outputs, -1)
            return whole[:, :, row * plan.pitch : (row + rows) * plan.pitch]
        source = _images_third(self.by_group[images, :, :, row : row + rows])
        shape = (plan.groups, plan.outputs, source.shape[2] * plan.columns(rows))
        if self.columns is None or self.columns.shape != shape:
            self.columns = np.zeros(shape, source.dtype)
        np.copyto(plan.results(self.columns, source.shape[2], rows), source)
        return self.columns


def _images_third(by_group: Array) -> Array:
    """`(B, groups, O, *out)` as `(groups, O, B, *out)`."""
    return by_group.transpose((1, 2, 0, *range(3, by_group.ndim)))


def _room(held: Array | None, shape: Sizes, dtype: np.dtype) -> Array:
    """Memory of that shape, with anything in it: what is held, if it fits."""
    return held if held is not None and held.shape == shape else np.empty(shape, dtype)
