"""Sorting, searching, sets: always stable, and no sort of an array of no dims."""

from __future__ import annotations

from typing import Any

import numpy as np

from cupy import strict
from cupy._array import add_methods, array_operand, device_array, from_host, ndarray
from cupy._bridge import computed, refuse
from cupy._ufuncs import where_ufunc


def sortable(array: ndarray, kind: str | None = None) -> np.ndarray:
    host = array_operand(array)
    if not host.ndim:
        raise np.exceptions.AxisError("Sorting arrays with the rank of zero is not supported")
    if host.dtype.name == "bfloat16":
        raise NotImplementedError("Sorting arrays with dtype 'bfloat16' is not supported")
    if kind is not None and kind != "stable":
        raise ValueError("kind can only be None or 'stable'")
    return host


def sort_in_place(self: ndarray, axis: int = -1, kind: str | None = None) -> None:
    host = sortable(self, kind)
    if not host.flags.c_contiguous:
        raise NotImplementedError("Sorting non-contiguous array is not supported.")
    host.sort(axis, "stable")


def argsort(self: ndarray, axis: int | None = -1, kind: str | None = None) -> ndarray:
    host = array_operand(self)
    return device_array(np.argsort(sortable(at_least_1d(self, host), kind), axis, "stable"))


def at_least_1d(array: ndarray, host: np.ndarray) -> ndarray:
    return array if host.ndim else array.reshape(1)


def partition(self: ndarray, kth: Any, axis: int = -1) -> None:
    sort_in_place(self, axis)  # CuPy's is a full sort too


def argpartition(self: ndarray, kth: Any, axis: int | None = -1) -> ndarray:
    return argsort(self, axis)


def searchsorted(self: ndarray, v: Any, side: str = "left", sorter: Any = None) -> ndarray:
    if isinstance(v, int | float | complex):
        v = from_host(np.asarray(v))
    if not isinstance(v, ndarray):
        raise NotImplementedError("Only python scalars or ndarrays are supported for v")
    places = None if sorter is None else array_operand(sorter)
    return device_array(np.searchsorted(array_operand(self), array_operand(v), side, places))


add_methods(
    {
        "sort": sort_in_place,
        "argsort": argsort,
        "partition": partition,
        "argpartition": argpartition,
        "searchsorted": searchsorted,
    }
)


def sort(a: ndarray, axis: int | None = -1, kind: str | None = None) -> ndarray:
    refuse("sort", a)
    copied = a.flatten() if axis is None else a.copy()
    copied.sort(-1 if axis is None else axis, kind)
    return copied


def lexsort(keys: ndarray) -> ndarray:
    if keys.ndim > 2:
        raise NotImplementedError("Keys with the rank of three or more is not supported in lexsort")
    return device_array(np.lexsort(array_operand(keys)))


def partitioned(a: ndarray, kth: Any, axis: int = -1) -> ndarray:
    copied = a.copy()
    copied.partition(kth, axis)
    return copied


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    if (x is None) != (y is None):
        raise ValueError("Must provide both 'x' and 'y' or neither.")
    refuse("where", condition)
    return condition.nonzero() if x is None else where_ufunc(condition.astype(bool, copy=False), x, y)


def argwhere(a: ndarray) -> ndarray:
    strict.sync("argwhere")
    return device_array(np.argwhere(array_operand(a)))


def flatnonzero(a: ndarray) -> ndarray:
    return a.ravel().nonzero()[0]


def unique(
    ar: ndarray,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    *,
    equal_nan: bool = True,
) -> Any:
    strict.sync("unique")
    found = np.unique(array_operand(ar), return_index, return_inverse, return_counts, axis, equal_nan=equal_nan)
    return tuple(device_array(each) for each in found) if isinstance(found, tuple) else device_array(found)


def bincount(x: ndarray, weights: ndarray | None = None, minlength: int | None = None) -> ndarray:
    strict.sync("bincount")
    strict.sync("bincount")  # one for the sign, one for the length
    return device_array(
        np.bincount(array_operand(x), None if weights is None else array_operand(weights), minlength or 0)
    )


SYNCING = ("histogram", "histogram2d", "union1d", "intersect1d", "setdiff1d", "setxor1d", "extract", "unique_all",
           "unique_counts", "unique_inverse", "unique_values")  # fmt: skip
WRITTEN: dict[str, Any] = {
    "sort": sort,
    "msort": lambda a: sort(a, 0),
    "argsort": lambda a, axis=-1, kind=None: a.argsort(axis, kind),
    "lexsort": lexsort,
    "partition": partitioned,
    "argpartition": lambda a, kth, axis=-1: a.argpartition(kth, axis),
    "searchsorted": lambda a, v, side="left", sorter=None: a.searchsorted(v, side, sorter),
    "digitize": computed("cupy", "digitize", np.digitize, arrays=2),
    "where": where,
    "argwhere": argwhere,
    "flatnonzero": flatnonzero,
    "nonzero": lambda a: a.nonzero(),
    "unique": unique,
    "bincount": bincount,
    "isin": computed("cupy", "isin", np.isin, arrays=2),
} | {name: computed("cupy", name, getattr(np, name, None), sync=name) for name in SYNCING}
