"""Reductions and scans: no `where=`, no `initial=`, and a result that stays on the device."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from cupy._array import QUIET, add_methods, array_operand, cast, ndarray
from cupy._bridge import computed, refuse, result_dtype, wide, written
from cupy._manifest import bound


def summed_dtype(dtype: np.dtype) -> np.dtype:
    """Of sums and products: bools and short integers become 64 bits."""
    if dtype.kind in "bi":
        return np.dtype(np.int64)
    return np.dtype(np.uint64) if dtype.kind == "u" else dtype


def averaged_dtype(dtype: np.dtype) -> np.dtype:
    return np.dtype(np.float64) if dtype.kind in "biu" else dtype


def real_dtype(dtype: np.dtype) -> np.dtype:
    return {"F": np.dtype(np.float32), "D": np.dtype(np.float64)}.get(dtype.char, averaged_dtype(dtype))


def accumulate(
    function: Callable, array: ndarray, target: np.dtype, out: Any, in_target: bool = True, **how: Any
) -> ndarray:
    """A reduction whose sums have a dtype: `target`, or float32 where that is shorter."""
    host = wide(cast(array._host, target) if in_target else array._host)
    if not in_target and host.dtype.kind in "biu":
        host = host.astype(np.float64)
    with np.errstate(**QUIET):
        return written(cast(np.asarray(function(host, **how)), target), out)


def mean(x: np.ndarray, axis: Any, keepdims: bool) -> np.ndarray:
    """NumPy's, without its word about empty slices."""
    total = np.asarray(np.sum(x, axis=axis, keepdims=keepdims))
    return total / (x.size // max(total.size, 1))


def var(x: np.ndarray, axis: Any, ddof: float, keepdims: bool) -> np.ndarray:
    total = np.asarray(np.sum(np.abs(x - mean(x, axis, True)) ** 2, axis=axis, keepdims=keepdims))
    return total / max(x.size // max(total.size, 1) - ddof, 0)


def quietly(function: Callable) -> Callable:
    """A function of NumPy that says nothing about empty slices."""

    def quiet(*args: Any, **kwargs: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            return function(*args, **kwargs)

    return quiet


def summing(function: Callable, rule: Callable) -> Callable:
    def body(self: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: Any = False) -> ndarray:
        target = result_dtype(dtype, rule(array_operand(self).dtype))
        return accumulate(function, self, target, out, axis=axis, keepdims=bool(keepdims))

    return body


def spreading(function: Callable) -> Callable:
    def body(
        self: ndarray, axis: Any = None, dtype: Any = None, out: Any = None, ddof: Any = 0, keepdims: bool = False
    ) -> ndarray:
        target = result_dtype(dtype, real_dtype(array_operand(self).dtype))
        return accumulate(function, self, target, out, False, axis=axis, ddof=ddof, keepdims=bool(keepdims))

    return body


def scanning(function: Callable) -> Callable:
    def body(self: ndarray, axis: Any = None, dtype: Any = None, out: Any = None) -> ndarray:
        return accumulate(function, self, result_dtype(dtype, summed_dtype(array_operand(self).dtype)), out, axis=axis)

    return body


def comparing(function: Callable) -> Callable:
    """A reduction that keeps the dtype, or answers with a bool."""

    def body(self: ndarray, axis: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        with np.errstate(**QUIET):
            return written(function(array_operand(self), axis=axis, keepdims=bool(keepdims)), out)

    return body


def finding(function: Callable) -> Callable:
    """argmax and argmin; CuPy lets `axis` be several dims, which it reads as one."""

    def body(self: ndarray, axis: Any = None, out: Any = None, dtype: Any = None, keepdims: bool = False) -> ndarray:
        host = wide(array_operand(self))
        if isinstance(axis, tuple):
            if len(axis) != 1:
                raise NotImplementedError("the stand-in finds along one dim or all")
            (axis,) = axis
        found = function(host, axis=axis, keepdims=bool(keepdims))
        return written(np.asarray(found).astype(result_dtype(dtype, np.dtype(np.int64))), out)

    return body


METHODS: dict[str, Callable] = {
    "sum": summing(np.sum, summed_dtype),
    "prod": summing(np.prod, summed_dtype),
    "mean": summing(mean, averaged_dtype),
    "var": spreading(var),
    "std": spreading(lambda *args, **kwargs: np.sqrt(var(*args, **kwargs))),
    "cumsum": scanning(np.cumsum),
    "cumprod": scanning(np.cumprod),
    "max": comparing(np.max),
    "min": comparing(np.min),
    "ptp": comparing(np.ptp),
    "all": comparing(np.all),
    "any": comparing(np.any),
    "argmax": finding(np.argmax),
    "argmin": finding(np.argmin),
}
add_methods(METHODS)


def by_method(name: str, method: str) -> Callable:
    """cupy.sum(a, ...) is a.sum(...)."""

    def body(a: Any, *args: Any, **kwargs: Any) -> Any:
        refuse(name, a)
        return getattr(a, method)(*args, **kwargs)

    return bound("cupy", name, body)


def argument_first(name: str) -> Callable:
    """cupy.argmax, whose parameters stand in another order than the method's."""

    def body(a: Any, axis: Any = None, dtype: Any = None, out: Any = None, keepdims: bool = False) -> ndarray:
        refuse(name, a)
        return getattr(a, name)(axis, out, dtype, keepdims)

    return bound("cupy", name, body)


ALIASES = {
    "amax": "max",
    "amin": "min",
    "alltrue": "all",
    "sometrue": "any",
    "product": "prod",
    "cumproduct": "cumprod",
}
SAME = ("sum", "prod", "mean", "var", "std", "cumsum", "cumprod", "max", "min", "ptp", "all", "any")
NAN = ("nansum", "nanprod", "nanmean", "nanvar", "nanstd", "nanmax", "nanmin", "nanargmax", "nanargmin", "nancumsum",
       "nancumprod", "nanmedian")  # fmt: skip
WRITTEN: dict[str, Callable] = {name: by_method(name, name) for name in SAME}
WRITTEN |= {name: by_method(name, method) for name, method in ALIASES.items()}
WRITTEN |= {name: argument_first(name) for name in ("argmax", "argmin")}
WRITTEN |= {name: computed("cupy", name, quietly(getattr(np, name))) for name in NAN}
WRITTEN |= {
    "count_nonzero": computed("cupy", "count_nonzero", lambda a, axis=None: np.asarray(np.count_nonzero(a, axis))),
    "average": computed("cupy", "average", np.average),
    "median": computed("cupy", "median", np.median),
    "quantile": computed("cupy", "quantile", np.quantile),
    "percentile": computed("cupy", "percentile", np.percentile),
    "cumulative_sum": computed("cupy", "cumulative_sum", np.cumulative_sum),
    "cumulative_prod": computed("cupy", "cumulative_prod", np.cumulative_prod),
}
