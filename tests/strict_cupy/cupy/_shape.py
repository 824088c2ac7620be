"""Views and rearrangements."""

from __future__ import annotations

from typing import Any

import numpy as np

from cupy import strict
from cupy._array import add_methods, array_operand, cast, device_array, ndarray, operand, view
from cupy._bridge import computed, shared, sharing

ORDERS = ("C", "F", "A")


def reshape(self: ndarray, *shape: Any, order: str = "C", copy: bool | None = None) -> ndarray:
    if order not in ORDERS:
        raise ValueError(f"order not understood. order={order}")
    shape = shape[0] if len(shape) == 1 else shape
    result = shared(self, self._host.reshape(shape, order=order))
    if copy is False and result.base is None:
        raise ValueError("Unable to avoid creating a copy while reshaping.")
    return result.copy() if copy and result.base is not None else result


def transpose(self: ndarray, *axes: Any) -> ndarray:
    axes = axes[0] if len(axes) == 1 and (axes[0] is None or isinstance(axes[0], tuple | list)) else axes
    return view(self, self._host.transpose(axes or None))


def ravel(self: ndarray, order: str = "C") -> ndarray:
    return shared(self, self._host.ravel("A" if order == "K" else order))


def repeat(self: ndarray, repeats: Any, axis: int | None = None) -> ndarray:
    if isinstance(repeats, ndarray):
        strict.sync("repeat")
        repeats = operand(repeats)
    elif isinstance(repeats, np.ndarray):
        raise ValueError("'repeats' should be int or sequence")
    return device_array(np.repeat(operand(self), repeats, axis))


def trace(
    self: ndarray, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None
) -> ndarray:
    return self.diagonal(offset, axis1, axis2).sum(-1, dtype, out)


add_methods(
    {
        "reshape": reshape,
        "transpose": transpose,
        "ravel": ravel,
        "repeat": repeat,
        "trace": trace,
        "flatten": lambda self, order="C": device_array(operand(self).flatten(order)),
        "squeeze": lambda self, axis=None: view(self, self._host.squeeze(axis)),
        "swapaxes": lambda self, axis1, axis2: view(self, self._host.swapaxes(axis1, axis2)),
        "diagonal": lambda self, offset=0, axis1=0, axis2=1: view(self, self._host.diagonal(offset, axis1, axis2)),
        "reduced_view": lambda self, dtype=None: self.ravel() if self.flags.c_contiguous and self.ndim > 1 else self,
    }
)


def joined(name: str, function: Any) -> Any:
    """A function that joins a list of arrays; one of the host among them is refused."""

    def join(arrays: Any, *args: Any, dtype: Any = None, casting: str = "same_kind", **kwargs: Any) -> np.ndarray:
        result = function(arrays, *args, **kwargs)
        if dtype is not None and not np.can_cast(result.dtype, dtype, casting):
            raise TypeError(f"Cannot cast {result.dtype} to {np.dtype(dtype)} in {casting} casting mode")
        return result if dtype is None else cast(result, np.dtype(dtype))

    return computed("cupy", name, join)


def copied_broadcast(*args: Any) -> list[ndarray]:
    hosts = np.broadcast_arrays(*(array_operand(each) for each in args))
    return [view(each, host) for each, host in zip(args, hosts, strict=True)]


def atleast(name: str) -> Any:
    def function(*arys: Any) -> Any:
        results = [shared(each, getattr(np, name)(array_operand(each))) for each in arys]
        return results[0] if len(results) == 1 else results

    return function


def meshgrid(*xi: ndarray, **kwargs: Any) -> list[ndarray]:
    unknown = kwargs.keys() - {"indexing", "sparse", "copy"}
    if unknown:
        raise TypeError(f"meshgrid() got an unexpected keyword argument {min(unknown)!r}")
    return [device_array(each) for each in np.meshgrid(*(array_operand(each) for each in xi), **kwargs)]


def concatenated(arrays: Any, axis: int | None = 0) -> np.ndarray:
    if not arrays:
        raise ValueError("Cannot concatenate from empty tuple")
    return np.concatenate(arrays, axis)


def reshaped(a: ndarray, newshape: Any, order: str = "C", *, copy: bool | None = None) -> ndarray:
    return reshape(a, newshape, order=order, copy=copy)


def permuted(a: ndarray, axes: Any = None) -> ndarray:
    return a.transpose() if axes is None else a.transpose(axes)


def traced(a: ndarray, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None, out: Any = None) -> ndarray:
    return a.trace(offset, axis1, axis2, dtype, out)


def fill_diagonal(a: ndarray, val: Any, wrap: bool = False) -> None:
    np.fill_diagonal(operand(a), operand(val), wrap)


VIEWS = ("swapaxes", "moveaxis", "rollaxis", "squeeze", "expand_dims", "broadcast_to", "flip", "fliplr", "flipud", "rot90",
         "diagonal", "split", "array_split", "hsplit", "vsplit", "dsplit", "ravel", "matrix_transpose", "diag")  # fmt: skip
FRESH = ("roll", "tile", "tril", "triu", "diff", "append", "resize", "diagflat", "trim_zeros", "pad")
JOINS = {"concatenate": concatenated, "concat": concatenated, "stack": np.stack, "hstack": np.hstack, "vstack": np.vstack,
         "dstack": np.dstack, "column_stack": np.column_stack, "row_stack": np.vstack}  # fmt: skip
WRITTEN: dict[str, Any] = {name: sharing("cupy", name, getattr(np, name)) for name in VIEWS}
WRITTEN |= {name: computed("cupy", name, getattr(np, name)) for name in FRESH}
WRITTEN |= {name: joined(name, function) for name, function in JOINS.items()}
WRITTEN |= {name: atleast(name) for name in ("atleast_1d", "atleast_2d", "atleast_3d")}
WRITTEN |= {
    "broadcast_arrays": copied_broadcast,
    "fill_diagonal": fill_diagonal,
    "meshgrid": meshgrid,
    "permute_dims": permuted,
    "real": lambda val: val.real,
    "imag": lambda val: val.imag,
    "repeat": lambda a, repeats, axis=None: repeat(a, repeats, axis),
    "reshape": reshaped,
    "trace": traced,
    "transpose": permuted,
    "tril_indices": computed("cupy", "tril_indices", np.tril_indices, arrays=0),
    "triu_indices": computed("cupy", "triu_indices", np.triu_indices, arrays=0),
    "diag_indices": computed("cupy", "diag_indices", np.diag_indices, arrays=0),
    "indices": computed("cupy", "indices", np.indices, arrays=0),
}
