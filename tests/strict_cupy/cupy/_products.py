"""Products of matrices: batched ones of bfloat16 fail, as they do in CuPy 14."""

from __future__ import annotations

from typing import Any

import numpy as np

from cupy._array import QUIET, add_methods, array_operand, cast, device_array, ndarray
from cupy._bridge import computed, refuse, wide, written


def product(function: Any, *operands: ndarray) -> np.ndarray:
    """A product in the common dtype of its operands; short floats are summed in float32."""
    hosts = [array_operand(each) for each in operands]
    dtype = np.result_type(*[host.dtype for host in hosts])
    with np.errstate(**QUIET):
        result = np.asarray(function(*[wide(cast(host, dtype)) for host in hosts]))
    return cast(result, dtype)


def matmul(
    *args: Any,
    axes: Any = None,
    axis: Any = None,
    keepdims: bool = False,
    casting: str = "same_kind",
    dtype: Any = None,
    signature: Any = None,
    order: str = "K",
    out: Any = None,
) -> ndarray:
    if axes is not None or axis is not None or keepdims or dtype is not None or signature is not None:
        raise NotImplementedError("the stand-in's matmul takes no arguments of generalized ufuncs")
    a, b = args
    for each in args:
        if not isinstance(each, ndarray):
            raise TypeError(f"Unsupported type {type(each)}")
        if not each.ndim:
            raise ValueError("matmul: Input operand does not have enough dimensions")
    if max(a.ndim, b.ndim) > 2 and np.result_type(a.dtype, b.dtype).name == "bfloat16":
        raise KeyError("bfloat16")  # no kernel: the batched path knows no such dtype
    return written(product(np.matmul, a, b), out)


def dot(self: ndarray, b: ndarray, out: ndarray | None = None) -> ndarray:
    refuse("dot", b)
    if out is not None and np.result_type(self.dtype, b.dtype) != out.dtype:
        raise ValueError("Not supported dtype combination.")
    if out is not None and not out.flags.c_contiguous:
        raise ValueError("Output array must be C-contiguous")
    return written(product(np.dot, self, b), out)


def tensordot(a: ndarray, b: ndarray, axes: Any = 2) -> ndarray:
    return device_array(product(lambda x, y: np.tensordot(x, y, axes), a, b))


def einsum(*operands: Any, **kwargs: Any) -> ndarray:
    dtype, optimize = kwargs.pop("dtype", None), kwargs.pop("optimize", False)
    if kwargs:
        raise TypeError(f"Did not understand the following kwargs: {list(kwargs)}")
    subscripts, *arrays = operands
    if not isinstance(subscripts, str):
        raise NotImplementedError("the stand-in's einsum takes its subscripts as a string")
    if len(arrays) > 1 and any(each.dtype.name == "bfloat16" for each in arrays):
        raise KeyError("bfloat16")  # goes through the batched matmul
    result = device_array(product(lambda *hosts: np.einsum(subscripts, *hosts, optimize=optimize), *arrays))
    return result if dtype is None else result.astype(dtype)


def matmul_operator(self: ndarray, other: Any) -> Any:
    if not isinstance(other, ndarray):
        if getattr(other, "__array_ufunc__", self) is None:
            return NotImplemented
        raise TypeError(f"Unsupported type {type(other)}")
    return matmul(self, other)


add_methods({"dot": dot, "__matmul__": matmul_operator, "__rmatmul__": matmul_operator})
WRITTEN: dict[str, Any] = {
    "matmul": matmul,
    "dot": lambda a, b, out=None: a.dot(b, out),
    "tensordot": tensordot,
    "einsum": einsum,
    "vdot": lambda a, b: device_array(product(np.vdot, a, b)),
    "inner": lambda a, b: device_array(product(np.inner, a, b)),
    "outer": computed("cupy", "outer", np.outer, arrays=2),
    "kron": computed("cupy", "kron", np.kron, arrays=2),
    "cross": computed("cupy", "cross", np.cross, arrays=2),
}
