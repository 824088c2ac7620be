"""The functions of `cupy` that belong to no other family."""

from __future__ import annotations

import functools
import sys
from typing import Any

import numpy as np

from cupy import _creation, _products, _reductions, _shape, _sorting, strict
from cupy._array import array_operand, device_array, ndarray, operand
from cupy._bridge import arrays_only, computed
from cupy._indexing import wrap
from cupy._manifest import MODULES, bound, complete
from cupy._ufuncs import TOP, clip_ufunc, round_ufunc, where_ufunc
from cupy.cuda import is_available, memory, pinned_memory


def clip(a: ndarray, a_min: Any, a_max: Any, out: Any = None) -> ndarray:
    return clipped(a, a_min, a_max, out)


def clipped(self: ndarray, min: Any = None, max: Any = None, out: Any = None) -> ndarray:
    if min is None and max is None:
        raise ValueError("array_clip: must set either max or min")
    if min is None:
        return TOP["minimum"](self, max, out=out)
    if max is None:
        return TOP["maximum"](self, min, out=out)
    return clip_ufunc(self, min, max, out=out)


def rounded(self: ndarray, decimals: int = 0, out: Any = None) -> ndarray:
    return round_ufunc(self, decimals, out=out)


def take_along_axis(a: ndarray, indices: ndarray, axis: int | None) -> ndarray:
    array, places = array_operand(a), array_operand(indices)
    if places.dtype.kind not in "iu":
        raise IndexError("`indices` must be an integer array")
    if axis is None:
        array, axis = array.reshape(-1), 0
    if array.ndim != places.ndim:
        raise ValueError("`indices` and `a` must have the same number of dimensions")
    return device_array(np.take_along_axis(array, wrap(places, array.shape[axis]), axis))


def put_along_axis(arr: ndarray, indices: ndarray, values: Any, axis: int | None) -> None:
    target, places = array_operand(arr), array_operand(indices)
    if axis is None:
        arr, target, axis = arr.ravel(), target.reshape(-1), 0
    grids = list(np.ogrid[tuple(slice(size) for size in places.shape)])
    grids[axis % target.ndim] = places
    arr[tuple(device_array(each) for each in grids)] = values


def putmask(a: ndarray, mask: ndarray, values: ndarray) -> None:
    np.putmask(operand(a), array_operand(mask), array_operand(values))


def place(arr: ndarray, mask: ndarray, vals: Any) -> None:
    strict.sync("place")
    np.place(operand(arr), array_operand(mask), operand(vals))


def isclose(a: Any, b: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> ndarray:
    return device_array(np.isclose(operand(a), operand(b), rtol, atol, equal_nan))


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    return np.result_type(*(each.dtype if isinstance(each, ndarray) else each for each in arrays_and_dtypes))


def can_cast(from_: Any, to: Any, casting: str = "safe") -> bool:
    return np.can_cast(from_.dtype if isinstance(from_, ndarray) else from_, to, casting)


def get_array_module(*args: Any) -> Any:
    return sys.modules["cupy"] if any(isinstance(each, ndarray) for each in args) else np


def nan_to_num(x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> ndarray:
    result = device_array(np.nan_to_num(array_operand(x), True, nan, posinf, neginf))
    if copy:
        return result
    x[...] = result
    return x


def may_share_memory(a: ndarray, b: ndarray, max_work: Any = None) -> bool:
    return np.may_share_memory(array_operand(a), array_operand(b))


def select(condlist: Any, choicelist: Any, default: Any = 0) -> ndarray:
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1], strict=True):
        result = where_ufunc(condition, choice, result)
    return result


def size(a: ndarray, axis: int | None = None) -> int:
    return a.size if axis is None else a.shape[axis]


# What CuPy hands on from NumPy, and touches no array.
OF_NUMPY = ("broadcast_shapes", "common_type", "find_common_type", "get_printoptions", "isdtype", "isscalar", "issubdtype",
            "min_scalar_type", "printoptions", "promote_types", "set_printoptions", "typename", "iterable",
            "binary_repr", "base_repr", "mintypecode")  # fmt: skip
COMPUTED = {
    "allclose": 0, "angle": 1, "array_equal": 2, "convolve": 2, "correlate": 2, "corrcoef": 1, "cov": 1, "delete": 1,
    "ediff1d": 1, "gradient": 1, "interp": 3, "isneginf": 1, "isposinf": 1, "iscomplex": 1, "isreal": 1,
    "packbits": 1, "polyval": 2, "ravel_multi_index": 1, "trapezoid": 1, "unpackbits": 1, "unravel_index": 1, "unwrap": 1,
    "vander": 1, "logspace": 0, "hamming": 0, "hanning": 0, "bartlett": 0, "blackman": 0, "kaiser": 0, "array_equiv": 2,
}  # fmt: skip
METHODS = ("take", "put", "choose")
ndarray.clip = bound("cupy.ndarray", "clip", clipped)
ndarray.round = bound("cupy.ndarray", "round", rounded)

WRITTEN: dict[str, Any] = (
    _creation.WRITTEN | _products.WRITTEN | _reductions.WRITTEN | _shape.WRITTEN | _sorting.WRITTEN
)
WRITTEN |= {name: getattr(np, name) for name in OF_NUMPY if hasattr(np, name)}
WRITTEN |= {name: computed("cupy", name, getattr(np, name), arrays) for name, arrays in COMPUTED.items()}
WRITTEN |= {name: lambda a, *args, _name=name, **kwargs: getattr(a, _name)(*args, **kwargs) for name in METHODS}
WRITTEN |= {
    "astype": lambda x, dtype, *, copy=True: x.astype(dtype, copy=copy),
    "can_cast": can_cast,
    "clip": clip,
    "compress": lambda condition, a, axis=None, out=None: a.compress(condition, axis, out),
    "get_array_module": get_array_module,
    "get_default_memory_pool": lambda: memory.default_pool,
    "get_default_pinned_memory_pool": lambda: pinned_memory.default_pool,
    "is_available": is_available,
    "isclose": isclose,
    "iscomplexobj": lambda x: x.dtype.kind == "c",
    "isrealobj": lambda x: x.dtype.kind != "c",
    "isfortran": lambda a: a.flags.fnc,
    "may_share_memory": may_share_memory,
    "nan_to_num": nan_to_num,
    "ndim": lambda a: a.ndim,
    "place": place,
    "put_along_axis": put_along_axis,
    "putmask": putmask,
    "result_type": result_type,
    "select": select,
    "shape": lambda a: a.shape,
    "shares_memory": may_share_memory,
    "size": size,
    "take_along_axis": take_along_axis,
} | dict.fromkeys(("around", "round", "round_"), lambda a, decimals=0, out=None: a.round(decimals, out))
FIRST = ("a", "x", "ar", "arr", "dst", "keys", "m", "val", "condition", "prototype")  # parameters that must be an array
ANY_FIRST = {*_creation.WRITTEN.keys() - {"copy", "copyto"}, "isclose", "arange", "allclose", "can_cast", "result_type"}


def finished(name: str, function: Any) -> Any:
    """A function as users meet it: with CuPy's signature, and no array of the host for its first argument."""
    text = MODULES["cupy"][name].get("signature")
    if text is None:
        return function
    if name not in ANY_FIRST and text[1:].partition(",")[0].rstrip(")") in FIRST:
        return bound("cupy", name, arrays_only(name, function))
    return bound("cupy", name, function)


def array_function(self: ndarray, func: Any, types: Any, args: tuple, kwargs: dict) -> Any:
    """NumPy's functions on arrays of the device are CuPy's functions of the same name, where it has them."""
    *inner, name = [*func.__module__.split(".")[1:], func.__name__]
    home = functools.reduce(lambda module, part: getattr(module, part, None), inner, sys.modules["cupy"])
    function = getattr(home, name, None)
    if function is None or any(each not in (ndarray, np.ndarray) for each in types):
        return NotImplemented
    return function(*args, **kwargs)


ndarray.__array_function__ = array_function
complete("cupy.ndarray", ndarray)

WRITTEN = {name: finished(name, function) for name, function in WRITTEN.items()}
