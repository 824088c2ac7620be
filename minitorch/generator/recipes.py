"""From words to values: the formulas, on plain arrays, without a state."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .limits import Array, rounded, working_dtype

LOW24, LOW53 = np.uint32((1 << 24) - 1), np.uint64((1 << 53) - 1)


def pairs_of(words: Array) -> Array:
    """64-bit numbers from two words each along the last axis, the first one high."""
    shape = (*words.shape[:-1], words.shape[-1] // 2)
    halves = np.empty((*shape, 2), "<u4")  # little-endian on every machine, so that the low half comes first
    halves[..., 0], halves[..., 1] = words[..., 1::2], words[..., ::2]
    return halves.view("<u8").reshape(shape).astype(np.uint64, copy=False)


def units_of(words: Array, dtype: DTypeLike) -> Array:
    """Uniform on [0, 1): float32 from the low 24 bits of a word each, float64 from the low 53 bits of a pair each."""
    if dtype == np.float64:
        whole = pairs_of(words)
        whole &= LOW53
        units = whole.view(np.int64).astype(np.float64)  # signed integers convert faster
        units *= 2.0**-53
        return units
    whole = words.astype(np.uint32, order="C")
    whole &= LOW24
    units = whole.view(np.int32).astype(np.float32)
    units *= np.float32(2.0**-24)
    return units


# --- Normals ----------------------------------------------------------------------------------------------------------


def normals_by_16(words: Array, dtype: np.dtype) -> Array:
    """Standard normals, 16 from 16 units: unit j is the radius and unit j + 8 the angle of a pair.

    Box & Muller (1958): sqrt(-2 log(1 - u)) cos(2 pi v) goes to place j, the same with sin to place j + 8.
    """
    lanes = words.reshape(-1, 2, 8 * (dtype.itemsize // 4)).transpose(1, 0, 2)
    radius, angle = units_of(lanes, dtype)
    np.subtract(1, radius, out=radius)
    np.log(radius, out=radius)
    radius *= -2
    np.sqrt(radius, out=radius)
    angle *= dtype.type(2 * math.pi)
    out = np.empty((len(radius), 2, 8), dtype)
    np.multiply(radius, np.cos(angle), out=out[:, 0])
    np.multiply(radius, np.sin(angle), out=out[:, 1])
    return out.reshape(-1)


def normals_by_2(units: Array) -> Array:
    """Standard normals from units, in place: the first of two is the angle, the second the radius, through log1p."""
    radius = np.sqrt(-2 * np.log1p(-units[1::2]))
    angle = 2 * math.pi * units[::2]
    units[::2], units[1::2] = radius * np.cos(angle), radius * np.sin(angle)
    return units


# --- values * scale + shift -------------------------------------------------------------------------------------------


def multiply_add(values: Array, scale: Any, shift: Any) -> Array:
    """values * scale + shift, rounded once, as the fused instruction does that PyTorch is compiled to; may overwrite."""
    if scale == 1 or shift == 0:
        if scale != 1:
            values *= scale
        values += shift
        return values
    if values.dtype == np.float32:  # the product of two float32 is exact in float64
        return (values.astype(np.float64) * float(scale) + float(shift)).astype(np.float32)
    if not 1e-100 < abs(scale) < 1e100:  # the splitting below would leave float64's range
        return values * scale + shift
    # Dekker (1971): product and sum each come with their exact rounding error, and the two errors are added last.
    product, product_error = _two_product(values, scale)
    total = product + shift
    virtual = total - product
    total_error = (product - (total - virtual)) + (shift - virtual)
    return total + (total_error + product_error)


def _two_product(x: Array, y: float) -> tuple[Array, Array]:
    product = x * y
    (x_high, x_low), (y_high, y_low) = _split(x), _split(y)
    return product, ((x_high * y_high - product) + x_high * y_low + x_low * y_high) + x_low * y_low


def _split(x: Any) -> tuple[Any, Any]:
    """x as the sum of two numbers of 26 bits each (Veltkamp)."""
    shifted = x * 134217729.0
    high = shifted - (shifted - x)
    return high, x - high


def apply_in_place(op: Callable[[Array, Array], Array], out: Array, other: Array | float) -> Array:
    """op(out, other) in out's dtype, computed in float64 where the two dtypes differ."""
    if isinstance(other, np.ndarray) and other.ndim and other.dtype != out.dtype and out.dtype.kind != "c":
        return rounded(op(out.astype(np.float64), other.astype(np.float64)), out.dtype)
    return np.asarray(op(out, np.asarray(other).astype(out.dtype)))


# --- Whole arrays -----------------------------------------------------------------------------------------------------


def swapped_forward(targets: Array) -> Array:
    """What `for i, j in enumerate(targets): swap(a[i], a[j])` makes of a = 0, 1, 2, ..., where j >= i always.

    Step i moves a number from place i to its target, and fetches the one that it finds there for good. The number in place i
    then is what the last earlier step with target i moved there, and so on back to a step that moved its own: `origin`. The
    number fetched is the origin of the last earlier step with the same target, or the target itself if there is none.
    """
    steps = np.arange(len(targets))
    moving = targets != steps
    origin = steps.copy()
    origin[targets[moving]] = steps[moving]  # of repeated indices the last assignment stays
    while ((further := origin[origin]) != origin).any():
        origin = further
    ordered = (targets << 32) | steps
    ordered.sort()  # by target, then by step: three times as fast as a stable argsort
    target, step = ordered >> 32, ordered & 0xFFFFFFFF
    fetched = target.copy()
    again = np.flatnonzero(target[1:] == target[:-1])
    fetched[again + 1] = origin[step[again]]
    out = np.empty_like(steps)
    out[step] = fetched
    return out


def distribution_function(weights: Array) -> Array:
    """The cumulated weights over their sum, ending in 1; summed in the weights' dtype, in float64 for the search."""
    sums = np.add.accumulate(weights.astype(working_dtype(weights.dtype), copy=False))
    sums /= sums[-1]
    sums[-1] = 1
    return sums.astype(np.float64)


def fill_axes(array: Array) -> tuple[int, ...]:
    """The order of axes in which PyTorch fills an array in place: by falling strides, memory order where it is dense.

    >>> x = np.zeros((2, 3)).T
    >>> x.transpose(fill_axes(x))[...] = [[0, 1, 2], [3, 4, 5]]
    >>> x.tolist()
    [[0.0, 3.0], [1.0, 4.0], [2.0, 5.0]]
    """
    if array.flags.c_contiguous:
        return tuple(range(array.ndim))
    return tuple(sorted(range(array.ndim), key=lambda axis: (-array.strides[axis], -array.shape[axis])))
