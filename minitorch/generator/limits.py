"""The dtypes of random numbers: how far each counts, how large it gets, and what the distributions refuse."""

from __future__ import annotations

import functools
import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from minitorch import type_limits
from minitorch.errors import message

Array = NDArray[Any]

LOWEST_INT64, HIGHEST_INT64, HIGHEST_UINT64 = -(1 << 63), (1 << 63) - 1, (1 << 64) - 1
BAREBONES = ("uint16", "uint32", "uint64")  # PyTorch fills them by `random_` with bounds only

FORMATS = {dtype.name: form for dtype, form in type_limits.FORMATS.items() if not dtype.storage}


@functools.cache
def name_of(dtype: np.dtype) -> str:
    return dtype.name  # NumPy works it out anew each time, which takes longer than drawing a few numbers


def is_floating(dtype: np.dtype) -> bool:
    return dtype.kind in "fV"  # ml-dtypes' bfloat16 is of kind V


@functools.cache
def counting_bits(dtype: np.dtype) -> int:
    """The largest `n` such that `dtype` holds every whole number below 2^n."""
    if is_floating(dtype):
        require_dtype(name_of(dtype) in FORMATS, "random numbers", dtype)
        return FORMATS[name_of(dtype)].digits
    return 1 if dtype.kind == "b" else 8 * dtype.itemsize - (dtype.kind == "i")


@functools.cache
def largest_value(dtype: np.dtype) -> float:
    return (
        FORMATS[name_of(dtype)].largest if is_floating(dtype) else min((1 << counting_bits(dtype)) - 1, HIGHEST_INT64)
    )


@functools.cache
def working_dtype(dtype: np.dtype) -> np.dtype:
    """The type that PyTorch draws and computes in: float32 for the 16-bit floats, else `dtype` itself."""
    return np.dtype(np.float64 if dtype == np.float64 else np.float32)


def real_dtype(dtype: np.dtype) -> np.dtype:
    """The type of the real part of a complex dtype."""
    return np.dtype(np.float64 if dtype == np.complex128 else np.float32)


def rounded(values: Array, dtype: np.dtype) -> Array:
    """`values` in `dtype`; PyTorch makes its 16-bit floats from float32 only, so that float64 is rounded twice."""
    if values.dtype == dtype:
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        if is_floating(dtype) and dtype.itemsize == 2:
            values = values.astype(np.float32, copy=False)
        return values.astype(dtype)


# --- Whole bounds in floating types -----------------------------------------------------------------------------------
# A whole number below `high` may round up to it; PyTorch moves such bounds inwards to the next number that can't.


def first_within(low: int, dtype: np.dtype) -> int:
    above = _as_int64(low + 1, dtype)
    return above + _spacing(low + 1, dtype) if above < low else low


def last_within(high: int, dtype: np.dtype) -> int:
    below = _as_int64(high - 1, dtype)
    return (below - _spacing(high - 1, dtype) if below >= high else high) - 1


def whole_range(dtype: np.dtype, low: int | None, high: int | None) -> tuple[int, int, bool]:
    """What `random_` draws from: the first number, how many there are, and whether an element takes a pair of words."""
    require_dtype(dtype.kind != "c", "random_", dtype)
    bits, floating = counting_bits(dtype), is_floating(dtype)
    if low is None:
        require_dtype(name_of(dtype) not in BAREBONES, "random_ without bounds", dtype)
        return 0, (1 << bits) + floating, bits >= 53
    if high is None and low == LOWEST_INT64:
        require_dtype(name_of(dtype) in ("int64", "float64", "float32", "bfloat16"), "random_ over all 64 bits", dtype)
        return 0, 1 << 64, True
    if high is None:
        last = min((1 << bits) - 1 + floating, HIGHEST_INT64)
    else:
        require(low < high, "random_", "low < high", (low, high))
        last = last_within(high, dtype) if floating else high - 1
    if floating:
        low = first_within(low, dtype)
    require(low <= last, "random_", f"low < high, once both are {name_of(dtype)}", (low, last + 1))
    require_bounds(low, last, dtype)
    count = last - low + 1
    return low, count, count >= 1 << 28


def _as_int64(value: int, dtype: np.dtype) -> int:
    nearest = float(rounded(np.array(float(value)), dtype))
    return int(nearest) if math.isfinite(nearest) else LOWEST_INT64


def _spacing(value: int, dtype: np.dtype) -> int:
    return 1 << (abs(value).bit_length() - counting_bits(dtype))


# --- Refusals ---------------------------------------------------------------------------------------------------------


def require(condition: bool, name: str, expected: str, got: object) -> None:
    if not condition:
        raise RuntimeError(message(f"{name}: can't draw with these arguments", expected=expected, got=got))


def require_dtype(condition: bool, name: str, dtype: np.dtype) -> None:
    if not condition:
        raise NotImplementedError(message(f"{name}: not for this dtype", got=name_of(dtype)))


def require_floating(name: str, dtype: np.dtype) -> None:
    require_dtype(name_of(dtype) in FORMATS, name, dtype)


def require_bounds(low: int, last: int, dtype: np.dtype) -> None:
    """Refuse bounds that `dtype` doesn't hold; warn of those between which it leaves numbers out."""
    bits, largest = counting_bits(dtype), largest_value(dtype)
    smallest = -largest if is_floating(dtype) else -(1 << bits) if dtype.kind == "i" else 0
    expected = f"bounds of {name_of(dtype)}: {smallest} to {largest}"
    require(smallest <= low and last <= largest, "random_", expected, f"{low} to {last}")
    if is_floating(dtype) and max(abs(low), abs(last)) > 1 << bits:
        warnings.warn(
            f"random_: {name_of(dtype)} holds every whole number only up to 2^{bits}: from {low} to {last} some never come",
            stacklevel=5,
        )


def require_weights(p: Array, num_samples: int, replacement: bool, values: bool = True) -> None:
    """Refuse what `multinomial` can't draw from; `values=False` looks at dtype and shape only."""
    name = "multinomial"
    require(name_of(p.dtype) in FORMATS, name, "weights of a floating-point dtype", name_of(p.dtype))
    require(p.ndim in (1, 2) and p.shape[-1] > 0, name, "weights (K,) or (N, K) with K > 0", p.shape)
    require(p.shape[-1] <= 1 << 24, name, "at most 2^24 categories", p.shape[-1])
    require(num_samples > 0, name, "num_samples > 0", num_samples)
    require(
        replacement or num_samples <= p.shape[-1],
        name,
        f"num_samples <= {p.shape[-1]}, the number of categories, without replacement",
        num_samples,
    )
    if not values:
        return
    require(bool(((p >= 0) & np.isfinite(p)).all()), name, "finite weights >= 0", p)
    require(bool((p > 0).any(axis=-1).all()), name, "weights with a sum > 0", p)
