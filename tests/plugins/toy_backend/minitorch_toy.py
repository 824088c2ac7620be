"""A backend from scratch: what minitorch asks of an array library, answered by plain NumPy and nothing of ours."""

from __future__ import annotations

import numpy as np

from minitorch import dtypes
from minitorch.backend import Backend

SAME = """abs acos acosh add asin asinh atan atan2 atanh bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift
bitwise_xor ceil cos cosh exp expm1 flip floor floor_divide imag isfinite isinf isnan log log10 log1p log2 logaddexp
matmul maximum minimum pow real reshape round sin sinh sqrt square tan tanh trunc where"""
OTHER = """bitwise_not:invert cat:concatenate clone:copy div:divide eq:equal expand:broadcast_to ge:greater_equal gt:greater
le:less_equal lt:less mul:multiply ne:not_equal neg:negative nonzero_arrays:nonzero permute:transpose sub:subtract
view_as_size:reshape"""


def over_dims(find, finish=lambda found, x: found):
    return lambda self, x, dim=None, keepdim=False: finish(find(x, dim, keepdims=keepdim), x)


def place(find):  # over one dim, or all of them
    return over_dims(lambda x, dim, keepdims: find(x, dim[0] if dim and len(dim) == 1 else None, keepdims=keepdims))


def truth(found, x):
    return found.astype(np.uint8) if x.dtype == np.uint8 else found


class ToyBackend(Backend):
    """Plain NumPy, for the tests."""

    name = "toy"
    short_floats = False  # NumPy rounds float16 after each step; in float32 it is rounded once
    aliasing = False  # arrays are values: a write makes a new array, which spares us views and strides
    functions = {name: name for name in SAME.split()} | dict(pair.split(":") for pair in OTHER.split())
    kernel = lambda self, op_name: getattr(self, op_name, None) or getattr(np, self.functions.get(op_name, ""), None)
    conj = lambda self, x: np.conj(x) if x.dtype.kind == "c" else x  # of bools NumPy makes int8
    native_dtype = lambda self, dtype: np.dtype(getattr(np, dtype.name))
    dtype_of = lambda self, array: dtypes.from_numpy_dtype(array.dtype)
    from_host = lambda self, array, dtype, device: np.array(array, dtype.name)
    to_host = lambda self, array: np.asarray(array)
    new_full = lambda self, x, size, value, dtype=None: np.full(size, value, dtype.name if dtype else x.dtype)
    arange_like = lambda self, x, end: np.arange(end)
    lowest = lambda self, x: np.array(-np.inf if x.dtype.kind == "f" else np.iinfo(x.dtype).min, x.dtype)
    make_complex = lambda self, real, imag: real + 1j * imag
    sign = lambda self, x: x if x.dtype == bool else np.where(x == x, np.sign(x), 0).astype(x.dtype)
    diagonal = lambda self, x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2)
    basic_index = lambda self, x, index: x[index]
    sum = over_dims(lambda x, dim, keepdims: np.sum(x, dim, x.dtype, keepdims=keepdims))
    prod = over_dims(lambda x, dim, keepdims: np.prod(x, dim, x.dtype, keepdims=keepdims))
    amax, amin, argmax, argmin = over_dims(np.max), over_dims(np.min), place(np.argmax), place(np.argmin)
    all, any = over_dims(np.all, truth), over_dims(np.any, truth)
    cumsum = lambda self, x, dim: np.cumsum(x, dim, x.dtype).reshape(x.shape)
    cumprod = lambda self, x, dim: np.cumprod(x, dim, x.dtype).reshape(x.shape)

    def remainder(self, x, y):
        rest = np.remainder(x, y)
        return np.where(rest == 0, np.copysign(rest, x), rest) if rest.dtype.kind == "f" else rest

    def cast(self, x, dtype):
        if np.iscomplexobj(x) and not dtype.is_complex:
            x = x != 0 if dtype is dtypes.bool else x.real
        return x.astype(dtype.name)

    def basic_index_transpose(self, x, size, index):
        result = np.zeros(size, x.dtype)
        result[index] = x
        return result

    def as_strided_contiguous(self, x, size, stride, storage_offset=0):
        return np.lib.stride_tricks.as_strided(x.ravel()[storage_offset:], size, [n * x.itemsize for n in stride])

    def argsort_stable(self, x, dim, descending):
        if descending:  # the reversed array's order, read backwards, keeps equal values in place
            return x.shape[dim] - 1 - np.flip(self.argsort_stable(np.flip(x, dim), dim, False), dim)
        return np.argsort(x, dim, kind="stable") if x.shape else np.zeros((), int)

    def index_select(self, x, dim, index):
        self.check_index(index, 0, x.shape[dim] if x.shape else 1, dim)
        return np.take(x, index, dim) if x.shape else np.reshape(x, index.shape)

    def index_add(self, x, dim, index, source, *, alpha=1):
        return self.index_copy(x, dim, index, (source * alpha).astype(source.dtype), np.add.at)

    def index_copy(self, x, dim, index, source, write=np.ndarray.__setitem__):
        self.check_index(index, 0, x.shape[dim], dim)
        result = np.copy(x)
        write(np.moveaxis(result, dim, 0), index, np.moveaxis(source, dim, 0))
        return result
