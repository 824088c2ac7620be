"""Reading an image at places that a grid says, as spatial transformers do (Jaderberg et al. 2015, arXiv:1506.02025).

A place has coordinates from -1 to 1, the width's first. It is turned into a position among the elements and brought back inside
(`zeros` leaves it and reads 0 there). The elements around it are added with weights that depend on the position, so that both
the image and the grid get a gradient.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from minitorch import dtypes
from minitorch.operands import to_sizes
from minitorch.ops.activation import clamp_inside
from minitorch.ops.comparison import where
from minitorch.ops.creation import arange, full, linspace, ones
from minitorch.ops.gathering import index_select
from minitorch.ops.joining import cat, stack
from minitorch.ops.pointwise import abs, floor, fmod, round
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import permute
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor

INTERPOLATIONS, PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")
FAR = 2.0**30  # beyond every image; positions further out, and nan, count as this far outside


# --- Positions --------------------------------------------------------------------------------------------------------


def _position(x: Tensor, size: int, align: bool) -> Tensor:
    """From -1 ... 1 to the number of an element."""
    return (x + 1) * ((size - 1) / 2) if align else ((x + 1) * size - 1) / 2


def _reflected(x: Tensor, size: int, align: bool) -> Tensor:
    """Mirrored at both ends as often as it takes: at the outermost elements, or half an element further out."""
    low, span = (0.0, float(size - 1)) if align else (-0.5, float(size))
    if span == 0:
        return x * 0
    distance = abs(x - low)
    inside = fmod(distance, span)
    turns = floor(distance.detach() / span)
    return where(fmod(turns, 2) == 0, inside + low, span - inside + low)


def _inside(x: Tensor, size: int, padding_mode: str, align: bool) -> Tensor:
    if padding_mode == "zeros":
        return x
    if padding_mode == "reflection":
        x = _reflected(x, size, align)
    return clamp_inside(where(x == x, x, 0.0), 0.0, float(size - 1))


def _tamed(x: Tensor) -> Tensor:
    """What lies too far out to count on whole numbers, and nan, far outside."""
    return where(abs(x.detach()) < FAR, x, -100.0)


# --- Reading ----------------------------------------------------------------------------------------------------------


class _Image:
    """(N, C, *spatial) that is read at whole positions: 0 outside. All channels of an element lie side by side."""

    def __init__(self, input: Tensor, cells: Sequence[int]):
        self.spatial, self.channels = tuple(input.shape[2:]), input.shape[1]
        self.shape, self.area = (input.shape[0], *cells), math.prod(self.spatial)
        last = permute(input, (0, *range(2, input.ndim), 1))
        rows = last.reshape((input.shape[0] * self.area, self.channels))
        self.rows = cat([rows, rows.new_zeros((1, self.channels))])  # the last one is what lies outside
        first = arange(input.shape[0], device=input.device) * self.area
        self.first = first.reshape((input.shape[0], *(1,) * len(cells)))
        self.outside = full((), self.rows.shape[0] - 1, device=input.device)

    def along(self, dim: int, position: Tensor) -> tuple[Tensor, Tensor]:
        """Which slices of one spatial dim whole positions (N, *cells) name, and which of them there are."""
        size = self.spatial[dim]
        return position.clamp(0, size - 1).long(), (position >= 0) & (position < size)

    def read(self, places: Sequence[tuple[Tensor, Tensor]]) -> Tensor:
        """(N, *cells, C) where each spatial dim's slices meet."""
        number, inside = places[0]
        for (place, within), size in zip(places[1:], self.spatial[1:], strict=True):
            number, inside = number * size + place, inside & within
        number = where(inside, number + self.first, self.outside)
        return index_select(self.rows, 0, number.reshape(-1)).reshape((*self.shape, self.channels))


def _weighted(image: _Image, taps: Sequence[Sequence[tuple[tuple[Tensor, Tensor], Tensor]]]) -> Tensor:
    """The sum over all ways to choose a tap of each dim, which is a place and its weight."""
    total: Any = None
    for chosen in itertools.product(*taps):
        weight = math.prod([share for _, share in chosen[1:]], start=chosen[0][1])
        part = image.read([place for place, _ in chosen]) * weight.unsqueeze(-1)
        total = part if total is None else total + part
    return total


def _bilinear(image: _Image, positions: list[Tensor]) -> Tensor:
    """The elements on either side along each dim, the nearer the heavier."""
    taps = []
    for dim, x in enumerate(positions):
        low = floor(x.detach())
        upper = low + 1
        taps.append([(image.along(dim, low), upper - x), (image.along(dim, upper), x - low)])
    return _weighted(image, taps)


def _cubic_weights(share: Tensor) -> list[Tensor]:
    """Keys' cubic with a = -0.75 for the elements at -1, 0, 1 and 2."""
    a = -0.75

    def near(x):
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x):
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(share + 1), near(share), near(1 - share), far(2 - share)]


def _bicubic(image: _Image, positions: list[Tensor], padding_mode: str, align: bool) -> Tensor:
    taps = []
    for dim, (x, size) in enumerate(zip(positions, image.spatial, strict=True)):
        low = floor(x.detach())
        places = [_inside(low + (tap - 1), size, padding_mode, align) for tap in range(4)]
        taps.append(
            [(image.along(dim, place), share) for place, share in zip(places, _cubic_weights(x - low), strict=True)]
        )
    return _weighted(image, taps)


# --- PyTorch's functions ----------------------------------------------------------------------------------------------


def _sampled(input: Tensor, grid: Tensor, mode: str, padding_mode: str, align: bool) -> Tensor:
    ndim = input.ndim - 2
    given = input.dtype
    if given in (dtypes.float16, dtypes.bfloat16):  # positions need more digits than these have
        input, grid = input.float(), grid.float()
    sizes = tuple(input.shape[2:])
    image = _Image(input, grid.shape[1:-1])
    positions = [_position(grid[..., ndim - 1 - d], size, align) for d, size in enumerate(sizes)]
    if mode == "bicubic":
        result = _bicubic(image, [_tamed(x) for x in positions], padding_mode, align)
    else:
        places = [_tamed(_inside(x, size, padding_mode, align)) for x, size in zip(positions, sizes, strict=True)]
        if mode == "nearest":
            result = image.read([image.along(dim, round(x.detach())) for dim, x in enumerate(places)])
        else:
            result = _bilinear(image, places)
    return permute(result, (0, ndim + 1, *range(1, ndim + 1))).contiguous().to(given)


def _check(input: Tensor, grid: Tensor, mode: str, padding_mode: str) -> None:
    if input.dtype is not grid.dtype:
        raise RuntimeError(
            f"grid_sampler(): expected input and grid to have same dtype, but input has {input.dtype!r} and "
            f"grid has {grid.dtype!r}"
        )
    if not input.dtype.is_floating_point:
        raise RuntimeError(f'"grid_sampler" not implemented for {input.dtype!r}: expected floating-point tensors')
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        raise RuntimeError(
            f"grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.shape[0] != grid.shape[0]:
        raise RuntimeError(
            f"grid_sampler(): expected grid and input to have same batch size, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.shape[-1] != input.ndim - 2:
        raise RuntimeError(
            f"grid_sampler(): expected grid to have size {input.ndim - 2} in last dimension, but got grid with sizes "
            f"{list(grid.shape)}"
        )
    if 0 in input.shape[2:]:
        raise RuntimeError(
            f"grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes {list(input.shape)}"
        )
    if input.ndim == 5 and mode == "bicubic":
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def _grid_samples(make):
    for mode, padding_mode, align in itertools.product(INTERPOLATIONS, PADDINGS, (False, True)):
        yield Sample(make(1, 2, 3, 4), make(1, 2, 2, 2, low=-1.4, high=1.4), mode, padding_mode, align)
    yield Sample(make(2, 1, 2, 3, 2), make(2, 1, 2, 2, 3, low=-0.9, high=0.9), align_corners=True)


def _grid_errors(make):
    yield ErrorSample(
        Sample(make(1, 2, 3, 4), make(1, 2, 2, 3)), RuntimeError, "expected grid to have size 2 in last dimension"
    )
    yield ErrorSample(Sample(make(1, 2, 3, 4), make(2, 2, 2, 2)), RuntimeError, "same batch size")
    yield ErrorSample(Sample(make(1, 2, 3, 4), make(1, 2, 2, 2), "area"), ValueError, "expected mode to be")


@composition(
    method=False,
    special=False,
    samples=_grid_samples,
    errors=_grid_errors,
    torch="nn.functional.grid_sample",
    autocast="cpu float32, cuda widest",
)
def grid_sample(
    input: Array, grid: Array, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
):
    """input (N, C, H, W) read at the places of grid (N, H', W', 2): (N, C, H', W'); with one dim more, volumes.

    out[n, c, i, j] = input[n, c, y, x], where (x, y) = grid[n, i, j] is scaled from [-1, 1] to the image

    -1 and 1 are the centres of the outermost elements with `align_corners`, else their outer edges.
    """
    if mode not in INTERPOLATIONS:
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in PADDINGS:
        raise ValueError(
            f"nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
            f"but got: '{padding_mode}'"
        )
    _check(input, grid, mode, padding_mode)
    return _sampled(input, grid, mode, padding_mode, bool(align_corners))


def _sampler_samples(make):
    yield Sample(make(1, 2, 3, 4), make(1, 2, 2, 2, low=-1.4, high=1.4), 0, 1, False)


@composition(method=False, samples=_sampler_samples, autocast="cpu float32, cuda widest")
def grid_sampler(input: Array, grid: Array, interpolation_mode: int, padding_mode: int, align_corners: bool):
    """grid_sample whose modes are numbers: of bilinear, nearest, bicubic, and of zeros, border, reflection."""
    return grid_sample(input, grid, INTERPOLATIONS[interpolation_mode], PADDINGS[padding_mode], align_corners)


@composition(method=False, samples=_sampler_samples, autocast="cpu float32")
def grid_sampler_2d(input: Array, grid: Array, interpolation_mode: int, padding_mode: int, align_corners: bool):
    """grid_sampler of images."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


@composition(
    method=False,
    special=False,
    samples=lambda make: iter([Sample(make(2, 1, 2, 3, 2), make(2, 1, 2, 2, 3, low=-0.9, high=0.9), 1, 2, True)]),
    autocast="cpu float32",
)
def grid_sampler_3d(input: Array, grid: Array, interpolation_mode: int, padding_mode: int, align_corners: bool):
    """grid_sampler of volumes."""
    return grid_sampler(input, grid, interpolation_mode, padding_mode, align_corners)


# --- Grids ------------------------------------------------------------------------------------------------------------


def _affine_errors(make):
    yield ErrorSample(
        Sample(make(2, 3, 3), (2, 1, 4, 4)), ValueError, "Expected a batch of 2D affine matrices of shape Nx2x3"
    )
    yield ErrorSample(Sample(make(2, 2, 3), (2, 1, 0, 4)), ValueError, "non-zero, positive output size")


@composition(
    method=False,
    samples=lambda make: iter([Sample(make(2, 2, 3), (2, 1, 3, 4), True), Sample(make(1, 3, 4), (1, 2, 2, 3, 2))]),
    errors=_affine_errors,
    torch="nn.functional.affine_grid",
)
def affine_grid(theta: Array, size: Any, align_corners: bool | None = None):
    """The grid (N, H, W, 2) of where each place of an image of `size` (N, C, H, W) goes by the affine maps theta (N, 2, 3).

    out[n, i, j] = theta[n] @ (x[j], y[i], 1)

    Volumes (N, C, D, H, W) take theta (N, 3, 4) to a grid (N, D, H, W, 3).
    """
    sizes = to_sizes(size)
    ndim = len(sizes) - 2
    if not theta.dtype.is_floating_point:
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype!r}")
    if ndim not in (2, 3):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size {sizes}."
        )
    if theta.ndim != 3 or tuple(theta.shape[1:]) != (ndim, ndim + 1):
        raise ValueError(
            f"Expected a batch of {ndim}D affine matrices of shape Nx{ndim}x{ndim + 1} for size {sizes}. Got {list(theta.shape)}."
        )
    if min(sizes) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {sizes}")
    axes: list[Tensor] = []
    for d, count in reversed(list(enumerate(sizes[2:]))):
        ends = (-1, 1) if count > 1 else (0, 0)
        axis = linspace(*ends, count, dtype=theta.dtype, device=theta.device)
        axis = axis if align_corners else axis * ((count - 1) / count)
        axes.append(axis.reshape((*(1,) * d, count, *(1,) * (ndim - 1 - d))).expand(*sizes[2:]))
    base = stack([*axes, ones(*sizes[2:], dtype=theta.dtype, device=theta.device)], -1)
    grid = base.reshape((1, math.prod(sizes[2:]), ndim + 1)) @ theta.transpose(1, 2)
    return grid.reshape((theta.shape[0], *sizes[2:], ndim))
