"""Reading and writing at places: integers in arrays wrap round, the winner of several writes is anybody's guess."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from cupy import strict
from cupy._array import QUIET, SCALARS, add_methods, cast, checked_dtype, device_array, ndarray, operand, view

ATOMICS = {
    "add": "ilqILQefd", "subtract": "iI", "max": "ilqILQfd", "min": "ilqILQfd", "and": "ilqILQ", "or": "ilqILQ",
    "xor": "ilqILQ",
}  # fmt: skip
NUMPY = {
    "add": np.add, "subtract": np.subtract, "max": np.maximum, "min": np.minimum, "and": np.bitwise_and,
    "or": np.bitwise_or, "xor": np.bitwise_xor,
}  # fmt: skip


def array_like(value: Any) -> np.ndarray:
    """An index or a value that may come from the host."""
    if isinstance(value, ndarray):
        return operand(value)
    host = np.asarray(value)
    try:
        checked_dtype(host.dtype)
    except ValueError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid "
            "indices"
        ) from None
    strict.transfer("index")
    return host


def prepared(array: np.ndarray, index: Any) -> tuple[tuple, bool]:
    """An index that NumPy takes: masks as the places that they mean, integers in arrays wrapped; and whether it has arrays."""
    parts = list(index) if isinstance(index, tuple) else [index]
    for number, part in enumerate(parts):
        if not (part is None or part is Ellipsis or isinstance(part, slice) or is_integer(part)):
            part = array_like(part)
            if isinstance(parts[number], list | tuple) and not part.size:
                part = part.astype(np.int32)
            if part.dtype.kind not in "biu":
                raise IndexError(
                    f"arrays used as indices must be of integer or boolean type. (actual: {part.dtype.type})"
                )
            parts[number] = part
    taken = sum(width(part) for part in parts)
    if taken > array.ndim:
        raise IndexError(f"too many indices for array: array is {array.ndim}-dimensional, but {taken} were indexed")
    whole, axis = [], 0
    for part in parts:
        if part is Ellipsis:
            whole.append(part)
            axis += array.ndim - taken
            continue
        whole += wrapped(array, part, axis) if isinstance(part, np.ndarray) else [part]
        axis += width(part)
    return tuple(whole), any(isinstance(part, np.ndarray) for part in whole)


def is_integer(part: Any) -> bool:
    return isinstance(part, int | np.integer) and not isinstance(part, bool | np.bool_)


def width(part: Any) -> int:
    """How many dims of the array an index takes up."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype.kind == "b" else 1


def wrapped(array: np.ndarray, part: np.ndarray, axis: int) -> list[np.ndarray]:
    if part.dtype.kind == "b":
        for step, size in enumerate(part.shape):
            if size not in (0, array.shape[axis + step]):
                raise IndexError(
                    f"boolean index did not match indexed array along dimension {axis + step}; dimension is "
                    f"{array.shape[axis + step]} but corresponding boolean dimension is {size}"
                )
        strict.sync("boolean index")
        return [part] if not part.ndim else list(np.nonzero(part))
    return [wrap(part, array.shape[axis])]


def wrap(places: np.ndarray, size: int) -> np.ndarray:
    """Places beyond an end, counted round from the other."""
    return places.astype(np.int64) % size if size else places


def getitem(self: ndarray, index: Any) -> ndarray:
    whole, has_arrays = prepared(self._host, index)
    if has_arrays:
        return device_array(operand(self)[whole])
    return view(self, self._host[(*whole, ...)] if Ellipsis not in whole else self._host[whole])


def setitem(self: ndarray, index: Any, value: Any) -> None:
    if isinstance(index, slice) and index == slice(None) and isinstance(value, np.ndarray):
        raise_unless_same(self, value)
        return self.set(value)
    scatter(self, index, value, "update")


def raise_unless_same(array: ndarray, value: np.ndarray) -> None:
    if array.dtype != value.dtype or array.shape != value.shape or not array.flags.forc:
        raise ValueError(
            "copying a numpy.ndarray to a cupy.ndarray by empty slice assignment must ensure arrays have same shape and dtype"
        )


def scatter(array: ndarray, index: Any, value: Any, how: str) -> None:
    """array[index] = value, or the atomic operation `how` in its place."""
    target = operand(array)
    whole, has_arrays = prepared(target, index)
    if isinstance(value, ndarray):
        source = operand(value)
        source = source.reshape(
            source.shape[next((at for at, size in enumerate(source.shape) if size != 1), source.ndim) :]
        )
    elif not has_arrays:
        source = np.asarray(filling(value)).astype(target.dtype)
    else:
        source = array_value(value, target.dtype)
    masked = any(isinstance(part, ndarray) and part.dtype.kind == "b" for part in as_tuple(index))
    if how != "update" and has_arrays and not masked and target.dtype.char not in ATOMICS[how]:
        raise TypeError(f"cupy.{NUMPY[how].__name__}.at does not support {target.dtype} as data type")
    if not has_arrays and how == "update":
        return copy_over(getitem(array, index)._host, source)
    places = np.arange(target.size).reshape(target.shape)[whole]
    source = np.broadcast_to(cast(source, target.dtype), np.shape(places))
    order = strict.random.permutation(np.size(places))
    apply(target, np.reshape(places, -1)[order], source.reshape(-1)[order], how)


def copy_over(target: np.ndarray, source: np.ndarray) -> None:
    """One view's elements to another's: a plain copy of memory onto a part of itself goes in any order."""
    plain = target.flags.c_contiguous and target.dtype == source.dtype and target.strides == source.strides
    if plain and target.shape == source.shape and np.may_share_memory(target, source):
        order = strict.random.permutation(target.size)
        flat, values = target.reshape(-1), source.reshape(-1)
        for place in order:
            flat[place] = values[place]
    else:
        target[...] = cast(source, target.dtype)


def as_tuple(index: Any) -> tuple:
    return index if isinstance(index, tuple) else (index,)


def array_value(value: Any, dtype: np.dtype) -> np.ndarray:
    """A value from the host, sent to the device as what it is stored as."""
    if not isinstance(value, SCALARS):
        strict.transfer("value")
    return np.asarray(value).astype(dtype)


def filling(value: Any) -> Any:
    """A scalar that fills an array; a NumPy array of no dims counts as one."""
    if isinstance(value, np.ndarray):
        if value.shape:
            raise ValueError("non-scalar numpy.ndarray cannot be used for fill")
        return value.item()
    if not isinstance(value, SCALARS):
        raise TypeError(f"Unsupported type {type(value)}")
    return value


def apply(target: np.ndarray, places: np.ndarray, values: np.ndarray, how: str) -> None:
    """Write in the order given: of several to one place the last one stays, sums are rounded in that order."""
    flat = target.reshape(-1) if target.flags.c_contiguous else target.flatten()
    with np.errstate(**QUIET):
        if how == "update":
            flat[places] = values
        else:
            NUMPY[how].at(flat, places, values)
    if not target.flags.c_contiguous:
        target[...] = flat.reshape(target.shape)


def take(self: ndarray, indices: Any, axis: int | None = None, out: ndarray | None = None) -> ndarray:
    array = operand(self)
    if isinstance(indices, ndarray):
        places = operand(indices)
    else:
        if not np.isscalar(indices):
            strict.transfer("index")
        places = np.asarray(indices, int)
    if places.dtype.kind not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    source = array.reshape(-1) if axis is None or not array.ndim else array
    size = source.shape[axis or 0]
    if not size and places.size:
        raise IndexError("cannot do a non-empty take from an empty axes.")
    result = np.take(source, wrap(places, size), axis or 0)
    if out is None:
        return device_array(result)
    if out.dtype != array.dtype:
        raise TypeError("Output dtype mismatch")
    if out.shape != result.shape:
        raise ValueError("Output shape mismatch")
    out._host[...] = result
    return out


def put(self: ndarray, indices: Any, values: Any, mode: str = "wrap") -> None:
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError("clipmode not understood")
    target = operand(self)
    places = array_like(indices).reshape(-1)
    source = operand(values) if isinstance(values, ndarray) else array_value(values, target.dtype)
    if mode == "raise":
        strict.sync("put(mode='raise')")
        if places.size and not (-target.size <= places.min() and places.max() < target.size):
            raise IndexError("invalid entry in indices array")
    places = np.clip(places, 0, target.size - 1) if mode == "clip" else wrap(places, target.size)
    order = strict.random.permutation(places.size)
    apply(target, places[order], np.resize(source, places.size).astype(target.dtype)[order], "update")


def choose(self: ndarray, choices: ndarray, out: ndarray | None = None, mode: str = "raise") -> ndarray:
    if mode == "raise":
        strict.sync("choose")
    result = np.choose(operand(self), operand(choices), mode=mode)
    if out is None:
        return device_array(result)
    out._host[...] = result
    return out


def compress(self: ndarray, condition: Any, axis: int | None = None, out: ndarray | None = None) -> ndarray:
    strict.sync("compress")
    return take(self, device_array(np.nonzero(array_like(condition))[0]), axis, out)


def nonzero(self: ndarray) -> tuple[ndarray, ...]:
    if not self.ndim:
        raise ValueError("Calling nonzero on 0d arrays is not allowed. Use cp.atleast_1d(scalar).nonzero() instead.")
    strict.sync("nonzero")
    return tuple(device_array(each) for each in np.nonzero(operand(self)))


def deprecated(how: str) -> Any:
    def method(self: ndarray, slices: Any, value: Any) -> None:
        warnings.warn(
            f"`ndarray.scatter_{how}` is deprecated. Please use `cupy.{NUMPY[how].__name__}.at` instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        scatter(self, slices, value, how)

    return method


add_methods(
    {
        "__getitem__": getitem,
        "__setitem__": setitem,
        "take": take,
        "put": put,
        "choose": choose,
        "compress": compress,
        "nonzero": nonzero,
        "scatter_add": deprecated("add"),
        "scatter_max": deprecated("max"),
        "scatter_min": deprecated("min"),
    }
)
