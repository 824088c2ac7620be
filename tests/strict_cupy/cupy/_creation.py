"""Making arrays: from the host, from numbers, like others."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from cupy import strict
from cupy._array import (
    add_methods,
    array_operand,
    cast,
    checked_dtype,
    device_array,
    from_host,
    in_its_order,
    ndarray,
    operand,
    poison,
    view,
)
from cupy._indexing import filling
from cupy.cuda import device as device_module


def array(
    obj: Any,
    dtype: Any = None,
    copy: bool | None = True,
    order: str | None = "K",
    subok: bool = False,
    ndmin: int = 0,
    *,
    blocking: bool = False,
) -> ndarray:
    if subok:
        raise NotImplementedError
    if isinstance(obj, ndarray):
        result = converted(obj, dtype, copy, order or "K")
    elif isinstance(obj, list | tuple) and (arrays := flattened(obj)) is not None:
        hosts = [operand(each) for each in arrays]
        result = device_array(np.stack(hosts).reshape(*shape_of(obj), *hosts[0].shape))
        result = result if dtype is None else result.astype(dtype)
    else:
        if copy is False:
            raise ValueError("Unable to avoid copy while creating an array as requested.")
        host = np.asarray(obj)
        if dtype is not None:
            host = host.astype(checked_dtype(dtype))
        result = from_host(np.asarray(host, order={"K": "K", "A": "A", "F": "F"}.get(order or "K", "C")))
        if blocking:
            strict.sync("array(blocking=True)")
    if ndmin > result.ndim:
        result = view(result, result._host.reshape((1,) * (ndmin - result.ndim) + result.shape))
    return result


def converted(source: ndarray, dtype: Any, copy: bool | None, order: str) -> ndarray:
    """An array of the device as another one; from another device it is copied to the current one."""
    dtype = source.dtype if dtype is None else checked_dtype(dtype)
    if source._memory.device_id == device_module.current():
        result = astype(source, dtype, order, copy=bool(copy))
    else:
        result = device_array(np.array(cast(source._host, dtype)))  # a cast to its own dtype is no copy
    if copy is False and result is not source:
        raise ValueError("Unable to avoid copy while creating an array as requested.")
    return result


def flattened(nested: Any) -> list[ndarray] | None:
    """The arrays of a nested list of nothing but arrays of one shape; None for any other list."""
    found: list[ndarray] = []
    for each in nested:
        inner = [each] if isinstance(each, ndarray) else flattened(each) if isinstance(each, list | tuple) else None
        if inner is None:
            return None
        found += inner
    return found if found and len({each.shape for each in found}) == 1 else None


def shape_of(nested: Any) -> tuple[int, ...]:
    return () if isinstance(nested, ndarray) else (len(nested), *shape_of(nested[0]))


def asarray(
    a: Any, dtype: Any = None, order: str | None = None, *, copy: bool | None = None, blocking: bool = False
) -> ndarray:
    return array(a, dtype, copy, order, blocking=blocking)


def ascontiguousarray(a: Any, dtype: Any = None) -> ndarray:
    result = array(a, dtype, None, "C")
    return result if result.ndim else result.reshape(1)


def asfortranarray(a: Any, dtype: Any = None) -> ndarray:
    return array(a, dtype, None, "F")


def asnumpy(a: Any, stream: Any = None, order: str = "C", out: Any = None, *, blocking: bool = True) -> np.ndarray:
    if isinstance(a, ndarray):
        return a.get(stream, order, out, blocking)
    result = np.asarray(a, order=order)  # type: ignore[call-overload]
    if out is None:
        return result
    np.copyto(out, result)
    return out


def from_dlpack(array: Any, *, device: Any = None, copy: bool | None = None) -> ndarray:
    if isinstance(array, ndarray):
        return array.copy() if copy else view(array, array._host)
    if array.__dlpack_device__()[0] != 2:
        raise ValueError(
            "CPU arrays cannot be directly imported to CuPy. Use `cupy.array(numpy.from_dlpack(input))` instead."
        )
    raise NotImplementedError("the stand-in reads no CUDA memory of others")


def like(a: ndarray, dtype: Any, order: str, shape: Any) -> ndarray:
    if not isinstance(a, ndarray):
        raise TypeError(f"Unsupported type {type(a)}")
    layout = np.empty_like(a._host, checked_dtype(a.dtype if dtype is None else dtype), order, shape=shape)
    return in_its_order(poison(layout))


def empty(shape: Any, dtype: Any = float, order: str = "C") -> ndarray:
    return ndarray(shape, dtype, order=order)


def empty_like(
    prototype: ndarray, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None
) -> ndarray:
    return like(prototype, dtype, order, shape)


def full(shape: Any, fill_value: Any, dtype: Any = None, order: str = "C") -> ndarray:
    if dtype is None:
        dtype = fill_value.dtype if isinstance(fill_value, ndarray) else np.array(fill_value).dtype
    return filled(ndarray(shape, dtype, order=order), fill_value)


def filled(result: ndarray, value: Any) -> ndarray:
    result._host[...] = cast(operand(value), result.dtype) if isinstance(value, ndarray) else filling(value)
    return result


def full_like(
    a: ndarray, fill_value: Any, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None
) -> ndarray:
    return filled(like(a, dtype, order, shape), fill_value)


def zeros(shape: Any, dtype: Any = float, order: str = "C") -> ndarray:
    return filled(ndarray(shape, dtype, order=order), 0)


def ones(shape: Any, dtype: Any = float, order: str = "C") -> ndarray:
    return filled(ndarray(shape, dtype, order=order), 1)


def zeros_like(a: ndarray, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None) -> ndarray:
    return filled(like(a, dtype, order, shape), 0)


def ones_like(a: ndarray, dtype: Any = None, order: str = "K", subok: Any = None, shape: Any = None) -> ndarray:
    return filled(like(a, dtype, order, shape), 1)


def number(value: Any) -> Any:
    """A number of the host; an array of the device would have to be read for it."""
    if isinstance(value, ndarray):
        return value.item()
    return value


def arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> ndarray:
    start, stop, step = number(start), number(stop), number(step)
    host = np.arange(start, step=step, dtype=dtype) if stop is None else np.arange(start, stop, step, dtype)
    checked_dtype(host.dtype)
    return device_array(host)


def linspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, retstep: bool = False, dtype: Any = None, axis: int = 0
) -> Any:
    start, stop = operand(start), operand(stop)
    values, step = np.linspace(start, stop, num, endpoint, True, dtype, axis)
    return (device_array(values), step) if retstep else device_array(values)


def eye(N: int, M: int | None = None, k: int = 0, dtype: Any = float, order: str = "C") -> ndarray:
    return in_its_order(np.eye(N, M, k, checked_dtype(dtype), order))


def identity(n: int, dtype: Any = float) -> ndarray:
    return eye(n, dtype=dtype)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> ndarray:
    return device_array(np.tri(N, M, k, checked_dtype(dtype)))


def copyto(dst: ndarray, src: Any, casting: str = "same_kind", where: Any = None) -> None:
    target = array_operand(dst, "copyto: ")
    scalar = not isinstance(src, ndarray)
    if not (scalar and isinstance(src, bool | int | float | complex)) and not np.can_cast(
        src.dtype, dst.dtype, casting
    ):
        raise TypeError(f"Cannot cast {src.dtype} to {dst.dtype} in {casting} casting mode")
    source = np.asarray(filling(src)).astype(dst.dtype) if scalar else cast(operand(src), dst.dtype)
    if where is None:
        np.copyto(target, source)
    else:
        np.copyto(target, source, where=array_operand(where, "copyto: ").astype(bool))


def copy(a: ndarray, order: str = "K") -> ndarray:
    return a.copy(order)


def astype(
    self: ndarray, dtype: Any, order: str | None = "K", casting: Any = None, subok: Any = None, copy: bool = True
) -> ndarray:
    if casting is not None or subok is not None:
        raise TypeError(f"{'casting' if casting is not None else 'subok'} is not supported yet")
    host, dtype = self._host, checked_dtype(dtype)
    order = order or "K"
    as_it_is = (
        order == "K" or (order == "A" and host.flags.forc) or (order != "A" and host.flags[f"{order}_CONTIGUOUS"])
    )
    if dtype == host.dtype and not copy and as_it_is:
        return self
    if host.dtype.kind == "c" and dtype.kind not in "bc":
        warnings.warn(
            "Casting complex values to real discards the imaginary part", np.exceptions.ComplexWarning, stacklevel=3
        )
    target = np.empty_like(operand(self), dtype, order)
    target[...] = cast(host, dtype)
    return in_its_order(target)


def copied(self: ndarray, order: str = "C") -> ndarray:
    if self._memory.device_id == device_module.current():
        return astype(self, self.dtype, order)
    if not self._host.flags.forc:
        raise NotImplementedError("CuPy cannot copy non-contiguous array between devices.")
    return in_its_order(np.array(self._host, order="K"))


def fill(self: ndarray, value: Any) -> None:
    self[...] = filling(value) if isinstance(value, np.ndarray) else value


def viewed(self: ndarray, dtype: Any = None, type: Any = None) -> ndarray:
    if dtype is None:
        return view(self, self._host)
    dtype = checked_dtype(dtype)
    if dtype.itemsize != self.itemsize and not self.ndim:
        raise ValueError("Changing the dtype of a 0d array is only supported if the itemsize is unchanged")
    return view(self, self._host.view(dtype))


add_methods({"astype": astype, "copy": copied, "fill": fill, "view": viewed})
WRITTEN = {
    each.__name__: each
    for each in (
        array, asarray, ascontiguousarray, asfortranarray, asnumpy, from_dlpack, empty, empty_like, full, full_like, zeros,
        ones, zeros_like, ones_like, arange, linspace, eye, identity, tri, copyto, copy,
    )
} | {"asanyarray": asarray}  # fmt: skip
