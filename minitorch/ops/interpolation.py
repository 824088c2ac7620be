"""Resizing: along one dim after the other, each result is a weighted sum of a few of the input's elements.

Result i stands at (i + 1/2) * scale - 1/2 of the input, or at i * scale where the corners are to be aligned. Which elements it
reads, and with what weights, depends on sizes alone; the rows get them as arrays (taps, out), so that one derivative serves all:

    nearest, nearest-exact    1 tap        linear   2 taps       cubic   4 taps (Keys 1981, a = -0.75)
    antialiased linear and cubic (a = -0.5) reach over `scale` times as many, as Pillow's do
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.checks import room_for
from minitorch.operands import as_index
from minitorch.ops.gathering import index_select
from minitorch.ops.interchange import from_numpy
from minitorch.ops.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, Dim, Index, composition, linear, op
from minitorch.tensor import Tensor

# --- Rows -------------------------------------------------------------------------------------------------------------


def _along(ndim: int, dim: int, size: int) -> tuple[int, ...]:
    return tuple([size if d == dim else 1 for d in range(ndim)])


def _taps(k: Any, places: Any, weights: Any, ndim: int, dim: int):
    """Each tap's places, and its weights in a shape that broadcasts along `dim`."""
    count = places.shape[1]
    for tap in range(places.shape[0]):
        yield k.basic_index(places, (tap,)), k.reshape(k.basic_index(weights, (tap,)), _along(ndim, dim, count))


def _resample_samples(make):
    weights = make(2, 4, low=0.0, high=1.0, requires_grad=False)
    yield Sample(make(2, 3), weights, make.integers((2, 4), 0, 3), 1)
    yield Sample(make(3, 2, 2), weights, make.integers((2, 4), 0, 3), 0)


@op(input=lambda k, g, input_shape, weights, places, dim: k.resample_transpose(g, weights, places, input_shape[dim], dim),
    public=False, takes="floats", refuses="complex", samples=_resample_samples)  # fmt: skip
def resample(k, input: Array, weights: Array, places: Index, dim: Dim):
    """The sum over taps t of weights[t, i] * input[places[t, i]], for each i along `dim`."""
    total = None
    for place, weight in _taps(k, places, weights, len(input.shape), dim):
        part = k.index_select(input, dim, place) * weight
        total = part if total is None else total + part
    return total


def _transpose_samples(make):
    weights = make(2, 4, low=0.0, high=1.0, requires_grad=False)
    yield Sample(make(2, 4), weights, make.integers((2, 4), 0, 3), 3, 1)


@op(input=lambda k, g, weights, places, dim: k.resample(g, weights, places, dim), public=False, takes="floats", refuses="complex",
    samples=_transpose_samples)  # fmt: skip
def resample_transpose(k, input: Array, weights: Array, places: Index, size: int, dim: Dim):
    """Each element along `dim` added, weighted, to the places of the `size` from which `resample` reads it."""
    shape = (*input.shape[:dim], size, *input.shape[dim + 1 :])
    total = k.new_full(input, shape, 0)
    for place, weight in _taps(k, places, weights, len(input.shape), dim):
        total = k.index_add(total, dim, place, input * weight)
    return total


@linear(input=lambda k, g, times, dim: k.sum_each(g, times, dim), public=False,
        samples=lambda make: iter([Sample(make(2, 3), 2, 1), Sample(make(2, 3), 3, 0)]))  # fmt: skip
def repeat_each(k, input: Array, times: int, dim: Dim):
    """Each element along `dim` so many times in turn."""
    number = k.arange_like(input, input.shape[dim] * times)
    return k.index_select(input, dim, k.floor_divide(number, k.full_like(number, times)))


@linear(input=lambda k, g, times, dim: k.repeat_each(g, times, dim), public=False, refuses="bool",
        samples=lambda make: iter([Sample(make(2, 6), 2, 1)]))  # fmt: skip
def sum_each(k, input: Array, times: int, dim: Dim):
    """The sum of every `times` neighbours along `dim`: so many strided slices, which is faster than a sum over a short dim."""
    total = None
    for offset in range(times):
        part = k.basic_index(input, (*[slice(None)] * dim, slice(offset, None, times)))
        total = part if total is None else total + part
    return k.clone(total) if times == 1 else total


# --- Places and weights -----------------------------------------------------------------------------------------------

Taps = tuple[np.ndarray, np.ndarray]


def _scale(size: int, count: int, factor: float | None, align: bool, kind: Any) -> Any:
    """How far apart two neighbours of the result lie in the input, rounded as PyTorch rounds it."""
    if align:
        return kind(size - 1) / kind(count - 1) if count > 1 else kind(0)
    return kind(1.0 / factor) if factor else kind(size) / kind(count)


def _nearest(size: int, count: int, factor: float | None, exact: bool, image: bool) -> np.ndarray:
    """The place of each result, computed in float32 as PyTorch does it.

    Of images, and of nothing else, it overlooks a factor that comes to the same size or to twice the size.
    """
    scale = _scale(size, count, factor, False, np.float32)
    number = np.arange(count, dtype=np.float32)
    if image and not exact and count in (size, 2 * size):
        scale = np.float32(size / count)
    return np.minimum(np.floor((number + np.float32(0.5) if exact else number) * scale), size - 1).astype(np.int64)


def _positions(size: int, count: int, factor: float | None, align: bool, kind: Any) -> np.ndarray:
    scale, number = _scale(size, count, factor, align, kind), np.arange(count, dtype=kind)
    return number * scale if align else (number + kind(0.5)) * scale - kind(0.5)


def _linear(size: int, count: int, factor: float | None, align: bool, kind: Any) -> Taps:
    position = np.maximum(_positions(size, count, factor, align, kind), 0)
    left = np.minimum(position.astype(np.int64), size - 1)
    share = np.clip(position - left.astype(kind), 0, 1)
    return np.stack([left, np.minimum(left + 1, size - 1)]), np.stack([1 - share, share])


def _keys(distance: np.ndarray, a: float) -> np.ndarray:
    """Keys' cubic: what a point at that distance weighs."""
    x = np.abs(distance)
    near = ((a + 2) * x - (a + 3)) * x * x + 1
    far = ((x - 5) * x + 8) * x * a - 4 * a
    return np.where(x <= 1, near, np.where(x < 2, far, 0))


def _cubic(size: int, count: int, factor: float | None, align: bool, kind: Any) -> Taps:
    position = _positions(size, count, factor, align, kind)
    left = np.floor(position)
    share = position - left
    offsets = np.arange(-1, 3).reshape(4, 1)
    places = np.clip(left.astype(np.int64) + offsets, 0, size - 1)
    return places, _keys(share - offsets.astype(kind), -0.75).astype(kind)


def _triangle(distance: np.ndarray) -> np.ndarray:
    return np.maximum(1 - np.abs(distance), 0)


def _smoothed(size: int, count: int, factor: float | None, align: bool, kind: Any, cubic: bool) -> Taps:
    """A filter as wide as what one result stands for, cut off at the ends and brought to sum 1."""
    scale = _scale(size, count, factor, align, kind)
    reach = (2 if cubic else 1) * max(float(scale), 1.0)
    centre = scale * (np.arange(count, dtype=kind) + kind(0.5))
    first = np.maximum((centre - reach + 0.5).astype(np.int64), 0)
    length = np.clip(np.minimum((centre + reach + 0.5).astype(np.int64), size) - first, 1, None)
    tap = np.arange(int(length.max(initial=1))).reshape(-1, 1)
    inside = tap < length
    distance = (tap + first - centre + 0.5) / max(float(scale), 1.0)
    weights = np.where(inside, _keys(distance, -0.5) if cubic else _triangle(distance), 0)
    return np.where(inside, first + tap, first), (weights / weights.sum(0)).astype(kind)


def _resized(input: Tensor, dim: int, taps: Taps) -> Tensor:
    places, weights = taps
    index = as_index(places, input.device)
    return resample(input, from_numpy(np.ascontiguousarray(weights)).to(input.device, input.dtype), index, dim)


def _taken(input: Tensor, dim: int, places: np.ndarray) -> Tensor:
    """The elements at the places, often each the same number of times in turn."""
    size, count = input.shape[dim], len(places)
    if count % size == 0 and (places == np.arange(count) // (count // size)).all():
        return repeat_each(input, count // size, dim)
    return index_select(input, dim, as_index(places, input.device))


_MAKERS: dict[str, Callable[..., Taps]] = {
    "linear": _linear,
    "bilinear": _linear,
    "trilinear": _linear,
    "bicubic": _cubic,
}


def resized(
    input: Tensor, sizes: Sequence[int], factors: Sequence[float | None], mode: str, align: bool, antialias: bool
) -> Tensor:
    """(N, C, *) to (N, C, *sizes) in any mode but area."""
    room_for((*input.shape[:2], *sizes), input.dtype.itemsize)
    if mode.startswith("nearest"):
        for d, (size, factor) in enumerate(zip(sizes, factors, strict=True), 2):
            places = _nearest(input.shape[d], size, factor, mode == "nearest-exact", input.ndim == 4)
            input = _taken(input, d, places)
        return input
    given = input.dtype
    if given not in (dtypes.float32, dtypes.float64):  # computed in float32 and rounded once
        input = input.to(dtypes.float32)
    kind = np.float64 if input.dtype is dtypes.float64 else np.float32
    for d, (size, factor) in list(enumerate(zip(sizes, factors, strict=True), 2))[::-1]:
        settings = (input.shape[d], size, factor, align, kind)
        if antialias:
            input = _resized(input, d, _smoothed(*settings, mode == "bicubic"))
        elif input.shape[d] != size or (
            mode == "bicubic" and factor not in (None, 1)
        ):  # linearly, an equal size is a copy
            input = _resized(input, d, _MAKERS[mode](*settings))
        input = input.round().clamp(0, 255) if given is dtypes.uint8 else input  # along each dim, as PyTorch does
    return input.to(given)


# --- PyTorch's function -----------------------------------------------------------------------------------------------

MODES = {"nearest": (3, 4, 5), "nearest-exact": (3, 4, 5), "area": (3, 4, 5), "linear": (3,), "bilinear": (4,), "bicubic": (4,),
         "trilinear": (5,)}  # fmt: skip


def _interpolate_samples(make):
    for mode in ("nearest", "nearest-exact", "linear", "area"):
        yield Sample(make(2, 1, 5), 3, mode=mode)
        yield Sample(make(1, 2, 4), scale_factor=1.6, mode=mode)
    for mode in ("bilinear", "bicubic"):
        yield Sample(make(1, 2, 3, 4), (5, 3), mode=mode, align_corners=True)
        yield Sample(make(1, 1, 3, 4), scale_factor=(1.7, 0.6), mode=mode)
        yield Sample(make(1, 1, 5, 4), (2, 6), mode=mode, antialias=True)
    yield Sample(make(1, 1, 2, 3, 2), (3, 2, 3), mode="trilinear")
    yield Sample(make(1, 1, 3, 3), scale_factor=1.5, recompute_scale_factor=True, mode="bilinear")


def _interpolate_errors(make):
    yield ErrorSample(
        Sample(make(1, 2, 3), mode="bilinear", size=2), NotImplementedError, "Got 3D input, but bilinear mode needs 4D"
    )
    yield ErrorSample(Sample(make(1, 2, 3)), ValueError, "either size or scale_factor should be defined")
    yield ErrorSample(Sample(make(1, 2, 3), 2, 2.0), ValueError, "only one of size or scale_factor")
    yield ErrorSample(Sample(make(1, 2, 3), 2, align_corners=True), ValueError, "align_corners option can only be set")
    yield ErrorSample(Sample(make(1, 2, 3), (2, 2)), ValueError, "spatial dimensions")


@composition(
    method=False,
    samples=_interpolate_samples,
    errors=_interpolate_errors,
    torch="nn.functional.interpolate",
    autocast="cuda float32",
)
def interpolate(
    input: Array,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
):
    """(N, C, *) resized to `size`, or to `scale_factor` times its size: by nearest elements, linearly, by cubics or means."""
    if align_corners is not None and mode in ("nearest", "nearest-exact", "area"):
        raise ValueError(
            "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear"
        )
    sizes, factors = _asked_sizes(input, size, scale_factor, recompute_scale_factor)
    if mode not in MODES or input.ndim not in MODES[mode]:
        needs = "/".join(f"{n}D" for n in MODES.get(mode, ())) or "no"
        raise NotImplementedError(f"Got {input.ndim}D input, but {mode} mode needs {needs} input")
    if antialias and not (mode in ("bilinear", "bicubic") and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear and bicubic modes and requires a 4-D tensor as input"
        )
    if input.dtype is not dtypes.uint8 and not input.dtype.is_floating_point:
        raise NotImplementedError(
            f'"interpolate" not implemented for {input.dtype!r}: expected a floating-point tensor or uint8'
        )
    if 0 in input.shape[1:]:
        raise RuntimeError(
            f"Non-empty 3D, 4D or 5D data tensor expected but got a tensor with sizes {list(input.shape)}"
        )
    if min(sizes) < 1:
        raise RuntimeError(f"Input and output sizes should be greater than 0, but got output size {sizes}")
    if mode == "area":
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[input.ndim - 3](input, sizes)
    return resized(input, sizes, factors, mode, bool(align_corners), antialias)


def _asked_sizes(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool | None
) -> tuple[list[int], list[float | None]]:
    """The size of the result, and the factors where they, not the sizes, are to say how far apart the results lie."""
    ndim = input.ndim - 2
    if size is not None and scale_factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and scale_factor is None:
        raise ValueError("either size or scale_factor should be defined")
    given: Any = size if scale_factor is None else scale_factor
    values = list(given) if isinstance(given, list | tuple) else [given] * ndim
    if len(values) != ndim:
        raise ValueError(
            f"Input and output must have the same number of spatial dimensions, but got input with spatial dimensions of "
            f"{list(input.shape[2:])} and {values}. Please provide input tensor in (N, C, d1, d2, ...,dK) format"
        )
    if scale_factor is None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        return [int(value) for value in values], [None] * ndim
    factors = [float(value) for value in values]
    sizes = [math.floor(n * factor) for n, factor in zip(input.shape[2:], factors, strict=True)]
    return sizes, [None if recompute else factor for factor in factors]


# --- Former names -----------------------------------------------------------------------------------------------------


def _warn(name: str) -> None:
    text = f"`nn.functional.{name}` is deprecated. Use `nn.functional.interpolate` instead."
    warnings.warn(text, stacklevel=3)


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
):
    """interpolate under its former name."""
    _warn("upsample")
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate by the nearest element."""
    _warn("upsample_nearest")
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """interpolate linearly along both dims, with aligned corners."""
    _warn("upsample_bilinear")
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
