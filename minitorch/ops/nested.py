"""Nested lists of numbers, NumPy's numbers and arrays, and Tensors, read as one NumPy array and the dtype that they ask for."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.ops.conversion import fitted
from minitorch.tensor import Tensor


def read(data: Any, dtype: DType | None) -> tuple[np.ndarray, DType]:
    """Values as a NumPy array, and `dtype`, or else the one that all of them promote to: a Python float counts as the default."""
    if isinstance(data, np.ndarray | np.generic):
        found = dtype or dtypes.from_numpy_dtype(data.dtype)
        return np.asarray(data), found
    typed: list[DType] = []
    plain = _plain(data, typed)
    try:
        array = np.array(plain)
    except ValueError as error:
        raise ValueError(_unequal(plain) or f"tensor(): expected nested lists of equal lengths: {error}") from None
    if array.dtype == object or array.dtype.kind in "US":
        if array.dtype == object and dtype is not None and array.size and isinstance(array.flat[0], int):
            return array.astype(np.uint64), dtype
        raise TypeError(f"tensor(): new(): invalid data type '{_type_inside(plain)}'; expected numbers or bools")
    if dtype is None:
        dtype = functools.reduce(dtypes.promote_types, {*typed, *_of_numbers(data)}) if typed else _dtype_of(array)
    refuse_complex(array, dtype)
    if dtype.category == dtypes.INTEGER and array.size and array.dtype.kind in "iuf":
        for bound in (array.min(), array.max()):
            fitted(bound.item(), dtype)
    return array, dtype


_NUMBERS = {bool, int, float, complex}  # asked for first: there may be many


def _plain(data: Any, typed: list[DType]) -> Any:
    """Nested sequences with the Tensors in them turned into arrays; `typed` gets the dtypes of what says its own."""
    if type(data) in _NUMBERS:
        return data
    if isinstance(data, Tensor):
        typed.append(data.dtype)
        return data._to_host()
    if isinstance(data, list | tuple):
        return [_plain(element, typed) for element in data]
    if isinstance(data, np.ndarray | np.generic) and data.dtype.kind not in "OUS":
        typed.append(dtypes.from_numpy_dtype(data.dtype))
    return list(data) if isinstance(data, range) else data


def _of_numbers(data: Any) -> Iterator[DType]:
    """The dtypes of Python's numbers."""
    if isinstance(data, list | tuple | range):
        for element in data:
            yield from _of_numbers(element)
    elif not isinstance(data, Tensor | np.ndarray | np.generic) and (kind := dtypes.of_number(data)) is not None:
        yield kind


def _dtype_of(array: np.ndarray) -> DType:
    kind = array.dtype.kind
    if kind == "f":
        return dtypes.get_default_dtype()
    return {"b": dtypes.bool, "c": dtypes.get_default_dtype().to_complex()}.get(kind, dtypes.int64)


def _type_inside(data: Any) -> str:
    while isinstance(data, list | tuple) and data:
        data = data[0]
    return data.__class__.__name__


def _unequal(data: Any) -> str | None:
    """The first list whose length isn't that of the first ones, in words; None where it is something else that is wrong."""
    sizes, first = [], data
    while isinstance(first, list) and first:
        sizes.append(len(first))
        first = first[0]

    def found(part: Any, dim: int) -> str | None:
        if not isinstance(part, list) or dim == len(sizes):
            return None
        if len(part) != sizes[dim]:
            return f"expected sequence of length {sizes[dim]} at dim {dim} (got {len(part)})"
        return next(filter(None, (found(element, dim + 1) for element in part)), None)

    return found(data, 0)


def refuse_complex(value: Any, dtype: DType | None) -> None:
    """Numbers with an imaginary part are none of a real type."""
    if dtype is not None and not dtype.is_complex and np.iscomplexobj(value) and np.any(np.imag(value)):
        raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow: it is complex")
