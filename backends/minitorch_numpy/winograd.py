"""3 × 3 convolution with a quarter of the multiplications: Winograd's minimal filtering F(4 × 4, 3 × 3).

A tile of 4 × 4 results needs 6 × 6 inputs and, done directly, 9 products for each result: 144. Read the tile and the kernel as
polynomials: the results are coefficients of their product, and a product of polynomials is cheap where they are known by
their values at some points. So with three small matrices, in each of two dims,

    Y = A [(G w Gᵀ) ∘ (B x Bᵀ)] Aᵀ      36 products a tile

(A. Lavin, S. Gray: Fast Algorithms for Convolutional Neural Networks, CVPR 2016, arXiv:1509.09308; in the letters of that
paper our A and B are its Aᵀ and Bᵀ). Summed over channels, the products at each of the 36 points are one matrix product.

The points are 0, ±3/4, ±3/2 and infinity, not the usual 0, ±1, ±2: the matrices are better balanced, and in float32 the error
is three times that of the direct sum, not six. A number that isn't finite would spread over its tile; then nothing is
returned, and the caller sums directly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from . import threads

__all__ = ["forward", "input_gradient", "pays", "weight_gradient"]

Array = np.ndarray
Sizes = tuple[int, ...]

POINTS = [Fraction(*point) for point in ((0, 1), (3, 4), (-3, 4), (3, 2), (-3, 2))]  # and infinity
OUT, KERNEL, IN = 4, 3, 6  # a tile's results, the kernel, a tile's inputs, in each dim
COLUMNS = 128  # tiles in a block: enough for BLAS to run at speed, few enough for the block to stay in the cache
SAVED = 0.75  # what is left of the multiplications must be less, for the tiles have to be cut and put together too


def _product(roots: list[Fraction]) -> list[Fraction]:
    """The coefficients of the product of (x - root), rising."""
    coefficients = [Fraction(1)]
    for root in roots:
        shifted, scaled = [Fraction(0), *coefficients], [*(root * c for c in coefficients), Fraction(0)]
        coefficients = [a - b for a, b in zip(shifted, scaled, strict=True)]
    return coefficients


def _matrices() -> tuple[Array, Array, Array]:
    """A (4 × 6), G (6 × 3) and B (6 × 6): Toom and Cook's way of multiplying polynomials, transposed."""
    others = [[other for other in POINTS if other != point] for point in POINTS]
    weights = [math.prod(point - other for other in rest) for point, rest in zip(POINTS, others, strict=True)]
    last = [[int(place == size - 1) for place in range(size)] for size in (OUT, KERNEL)]  # infinity: the highest power
    a = [[point**power for power in range(OUT)] for point in POINTS] + last[:1]
    g = [
        [point**power / weight for power in range(KERNEL)] for point, weight in zip(POINTS, weights, strict=True)
    ] + last[1:]
    b = [[*_product(rest), Fraction(0)] for rest in others] + [_product(POINTS)]
    return np.array(a, np.float64).T, np.array(g, np.float64), np.array(b, np.float64)


# For both dims at once: a tile is a column of 36 numbers or 16, and a transform is one product for all tiles and channels.
A, G, B = (np.kron(matrix, matrix) for matrix in _matrices())


def pays(input_shape: Sizes, weight_shape: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, groups: int) -> bool:
    """Whether this is a convolution for tiles, with enough channels and positions for them to be faster."""
    if weight_shape[2:] != (KERNEL, KERNEL) or (*stride, *dilation, groups) != (1, 1, 1, 1, 1):
        return False
    outputs, inputs = weight_shape[:2]
    tiles = _Tiles(input_shape, padding)
    count, transformed = len(tiles), len(A[0]) * inputs + len(A) * outputs
    direct = KERNEL**2 * tiles.height * tiles.width * outputs * inputs
    return IN * IN * count * (outputs * inputs + transformed) < SAVED * direct and input_shape[0] * count >= COLUMNS


def forward(input: Array, weight: Array, bias: Array, padding: Sizes) -> Array | None:
    """Convolve `(N, C, H, W)` with `(O, C, 3, 3)`, or return None if input or weight has an infinity or NaN."""
    tiles = _Tiles(input.shape, padding)
    (outputs, channels), dtype = weight.shape[:2], input.dtype
    kernels = _at_points(weight)
    values, back = B.astype(dtype), A.astype(dtype)
    out = np.empty((tiles.batch, outputs, tiles.height, tiles.width), dtype)

    def work(start: int, stop: int) -> bool:
        for images, inputs, results in tiles.blocks(start, stop, channels, outputs, dtype):
            if not inputs.cut(input[images], values):
                return False
            np.matmul(kernels, inputs.points, out=results.points)
            results.join(back, out[images], bias.reshape(-1, 1, 1, 1))
        return True

    return out if np.isfinite(kernels).all() and all(threads.in_ranges(tiles.batch, work)) else None


def input_gradient(g: Array, weight: Array, input_shape: Sizes, padding: Sizes) -> Array | None:
    """The gradient `(N, C, H, W)` of the input, or None if g or weight has an infinity or NaN: `forward` transposed."""
    tiles = _Tiles(input_shape, padding)
    (outputs, channels), dtype = weight.shape[:2], g.dtype
    kernels = np.ascontiguousarray(_at_points(weight).swapaxes(1, 2))
    values, back = np.ascontiguousarray(A.T, dtype), np.ascontiguousarray(B.T, dtype)
    gradient = np.empty(input_shape, dtype)

    def work(start: int, stop: int) -> bool:
        for images, inputs, results in tiles.blocks(start, stop, channels, outputs, dtype):
            if not results.cut(g[images], values):
                return False
            np.matmul(kernels, results.points, out=inputs.points)
            inputs.join(back, gradient[images], np.zeros((), dtype))
        return True

    return gradient if np.isfinite(kernels).all() and all(threads.in_ranges(tiles.batch, work)) else None


def weight_gradient(g: Array, input: Array, padding: Sizes) -> Array | None:
    """The gradient `(O, C, 3, 3)` of the weight, or None if g or input has an infinity or NaN."""
    tiles = _Tiles(input.shape, padding)
    outputs, channels, dtype = g.shape[1], input.shape[1], input.dtype
    values, g_values = B.astype(dtype), np.ascontiguousarray(A.T, dtype)

    def work(start: int, stop: int) -> Array | None:
        total = np.zeros((IN * IN, outputs, channels), dtype)
        product = np.empty_like(total)
        for images, inputs, results in tiles.blocks(start, stop, channels, outputs, dtype):
            if not (inputs.cut(input[images], values) and results.cut(g[images], g_values)):
                return None
            np.matmul(results.points, inputs.points.swapaxes(1, 2), out=product)
            total += product
        return total

    parts = threads.in_ranges(tiles.batch, work)
    if any(part is None for part in parts):
        return None
    gradient = np.add.reduce(parts).reshape(IN * IN, -1).T @ G.astype(dtype)
    return gradient.reshape(outputs, channels, KERNEL, KERNEL)


def _at_points(weight: Array) -> Array:
    """Each kernel's values at the points, `(36, O, C)`: few numbers, so in double precision on the way."""
    values = G @ weight.reshape(-1, KERNEL * KERNEL).T.astype(np.float64)
    return np.ascontiguousarray(values, weight.dtype).reshape(-1, *weight.shape[:2])


class _Tiles:
    """How planes are cut into tiles: in rows of `wide` tiles, the last of which is there only to be thrown away.

    So a row of tiles ends where the next begins, and from one tile to the next it is four elements everywhere.
    """

    def __init__(self, input_shape: Sizes, padding: Sizes):
        self.batch, _, rows, columns = input_shape
        self.padding = padding
        self.height, self.width = rows + 2 * padding[0] - KERNEL + 1, columns + 2 * padding[1] - KERNEL + 1
        self.high, self.wide = -(-self.height // OUT), -(-self.width // OUT) + 1
        self.images = max(COLUMNS // max(len(self), 1), 1)  # in a block

    def __len__(self) -> int:
        return self.high * self.wide

    def blocks(
        self, start: int, stop: int, channels: int, outputs: int, dtype: np.dtype
    ) -> Iterator[tuple[slice, _Block, _Block]]:
        """Blocks of images, with memory for their inputs and for their results."""
        inputs = results = None
        for first in range(start, stop, self.images):
            images = slice(first, min(first + self.images, stop))
            if inputs is None or results is None or inputs.images != images.stop - first:
                inputs = _Block(self, IN, channels, images.stop - first, dtype)
                results = _Block(self, OUT, outputs, images.stop - first, dtype)
            yield images, inputs, results


class _Block:
    """Some images' inputs, in tiles of 6 × 6 that overlap, or results, in tiles of 4 × 4: the way to the points and back.

    `lines`   (4, C, B, rows, line)   the planes, every fourth line together, zeros around them
    `tiles`   (size, size, C, B, tiles)   each element of all tiles, side by side
    `points`  (36, C, B * tiles)   the tiles' values at the points
    """

    def __init__(self, tiles: _Tiles, size: int, channels: int, images: int, dtype: np.dtype):
        self.images, self.high = images, tiles.high
        self.top, self.left = tiles.padding if size == IN else (0, 0)
        shape = (OUT, channels, images, tiles.high + (size == IN), OUT * tiles.wide)
        self.memory = np.zeros(math.prod(shape) + IN, dtype)  # the last tile reaches over the end
        self.lines = self.memory[: math.prod(shape)].reshape(shape)
        self.tiles = np.empty((size, size, channels, images, len(tiles)), dtype)
        self.points = np.empty((IN * IN, channels, images * len(tiles)), dtype)

    def cut(self, planes: Array, matrix: Array) -> bool:
        """From planes `(B, C, H, W)` to points; False if there is an infinity or NaN."""
        for phase in range(OUT):
            part, lines = self._lines(phase, planes)
            np.copyto(lines, part)
        if not np.isfinite(np.add.reduce(self.memory)):
            return False
        for row, element in itertools.product(range(0, len(self.tiles), OUT), range(len(self.tiles))):
            tiles, places = self._elements(row, element)
            np.copyto(tiles, places)
        np.matmul(matrix, self._flat(self.tiles), out=self._flat(self.points))
        return True

    def join(self, matrix: Array, planes: Array, bias: Array) -> None:
        """From points to planes, plus `bias`: what overlapping tiles have in one place is added up."""
        np.matmul(matrix, self._flat(self.points), out=self._flat(self.tiles))
        self.lines[:, :, :, self.high :] = 0
        for row, element in itertools.product(range(0, len(self.tiles), OUT), range(len(self.tiles))):
            tiles, places = self._elements(row, element)
            if row < OUT and element < OUT:
                np.copyto(places, tiles)
            else:
                np.add(places, tiles, out=places)
        for phase in range(OUT):
            part, lines = self._lines(phase, planes)
            np.add(lines, bias, out=part)

    def _lines(self, phase: int, planes: Array) -> tuple[Array, Array]:
        """Every fourth line of the planes, and their place in `lines`."""
        first = (phase - self.top) % OUT
        part = planes[:, :, first::OUT].swapaxes(0, 1)
        start = (first + self.top) // OUT
        return part, self.lines[phase, :, :, start : start + part.shape[2], self.left : self.left + part.shape[3]]

    def _elements(self, row: int, element: int) -> tuple[Array, Array]:
        """Four rows' elements of all tiles, and their places in `lines`; rows 4 and 5 are 0 and 1 of the tile below."""
        tiles = self.tiles[row : row + OUT, element]
        phase, channel, image, line, step = self.lines.strides
        start = row // OUT * line + element * step
        return tiles, np.ndarray(tiles.shape, tiles.dtype, self.memory, start, (phase, channel, image, OUT * step))

    @staticmethod
    def _flat(array: Array) -> Array:
        """A row for each element or point."""
        rows = array.shape[0] * array.shape[1] if array.ndim == 5 else array.shape[0]
        return array.reshape(rows, -1)
