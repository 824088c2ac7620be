"""From a function of NumPy to one of CuPy: arrays of the device in, arrays of the device out, everything of the host refused."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from cupy import strict
from cupy._array import QUIET, cast, checked_dtype, device_array, ndarray, operand, view
from cupy._manifest import bound


def host_values(value: Any) -> Any:
    """What NumPy is given for an argument: the elements of arrays, also in lists; arrays of the host are refused."""
    if isinstance(value, ndarray):
        return operand(value)
    if isinstance(value, np.ndarray):
        raise TypeError(f"Unsupported type {type(value)}")
    if isinstance(value, list | tuple):
        return type(value)(host_values(each) for each in value)
    return value


def device_values(value: Any) -> Any:
    """Results as CuPy has them: every array and every number is an array of the device, of no dims if need be."""
    if isinstance(value, np.ndarray | np.generic | bool):
        return device_array(value)
    if isinstance(value, list | tuple):
        each_one = [device_values(each) for each in value]
        return type(value)(*each_one) if hasattr(value, "_fields") else type(value)(each_one)
    return value


def refuse(name: str, value: Any) -> None:
    if isinstance(value, list | tuple) and value and all(isinstance(each, ndarray) for each in value):
        return
    if not isinstance(value, ndarray):
        raise TypeError(f"{name} takes arrays of CuPy, not {type(value).__name__}")


def arrays_only(name: str, function: Callable) -> Callable:
    """A function that looks at its first argument before anything else."""

    @functools.wraps(function)
    def guarded(first: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(name, first)
        return function(first, *args, **kwargs)

    return guarded


def written(result: Any, out: ndarray | None) -> Any:
    """A result, in the array that the caller has given for it if there is one."""
    if out is None:
        return device_values(result)
    if not isinstance(out, ndarray):
        raise TypeError(f"Argument 'out' has incorrect type (expected cupy.ndarray, got {type(out).__name__})")
    if out.shape != np.shape(result):
        raise ValueError(f"Output array has an invalid shape: {out.shape}, expected {np.shape(result)}")
    operand(out)[...] = cast(np.asarray(result), out.dtype)
    return out


def computed(home: str, name: str, function: Callable, arrays: int = 1, sync: str = "") -> Callable:
    """A function whose first `arrays` arguments are arrays or lists of arrays; with `sync` it makes the host wait."""

    def body(*args: Any, **kwargs: Any) -> Any:
        for each in args[:arrays]:
            refuse(name, each)
        if sync:
            strict.sync(sync)
        out = kwargs.pop("out", None)
        with np.errstate(**QUIET):
            result = function(*host_values(args), **{key: host_values(value) for key, value in kwargs.items()})
        return written(result, out)

    return bound(home, name, body)


def sharing(home: str, name: str, function: Callable) -> Callable:
    """A function whose results share the memory of its first argument wherever NumPy's do."""

    def body(first: ndarray, *args: Any, **kwargs: Any) -> Any:
        refuse(name, first)
        return shared(first, function(first._host, *args, **kwargs))

    return bound(home, name, body)


def shared(parent: ndarray, result: Any) -> Any:
    if isinstance(result, list | tuple):
        return type(result)(shared(parent, each) for each in result)
    of_parent = np.may_share_memory(result, parent._host) or not result.size
    return view(parent, result) if of_parent else device_array(result)


def wide(host: np.ndarray) -> np.ndarray:
    """Short floats are summed in float32, as CuPy's kernels do."""
    return host.astype(np.float32) if host.dtype.name in ("float16", "bfloat16") else host


def result_dtype(dtype: Any, otherwise: np.dtype) -> np.dtype:
    return otherwise if dtype is None else checked_dtype(dtype)
