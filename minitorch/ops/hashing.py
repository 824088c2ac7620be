"""A number that tells whether two tensors hold the same bits."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.operands import to_dims
from minitorch.ops.creation import tensor
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.rows import Array, composition


def _samples(make):
    yield Sample(make(2, 3))
    yield Sample(make(2, 3), 1, keepdim=True)
    yield Sample(make(2, 3, 2), (0, 2))


def _errors(make):
    yield ErrorSample(Sample(make(0)), RuntimeError, "Expected reduction dim to be specified")
    yield ErrorSample(Sample(make(2, 0), 1), IndexError, "to have non-zero size")
    yield ErrorSample(Sample(make(2), mode=1), RuntimeError, "Unknown hash_tensor mode")


@composition(out=True, samples=_samples, errors=_errors)
def hash_tensor(input: Array, dim: Any = (), *, keepdim: bool = False, mode: int = 0):
    """The exclusive or of the bits of all values along `dim`: uint64; the order of the values doesn't matter.

    Floats count as float64, integers as int64. It is computed on the host, where alone all libraries have such bits.

    >>> import minitorch
    >>> minitorch.hash_tensor(minitorch.tensor([3, 5]))
    tensor(6, dtype=torch.uint64)
    """
    if mode != 0:
        raise RuntimeError(f"Unknown hash_tensor mode: {mode}")
    if input.dtype.is_complex:
        raise NotImplementedError(f"hash_tensor(): not implemented for {input.dtype!r}; hash view_as_real(input)")
    if not input.numel() and dim in ((), [], None):
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
            "'dim' argument."
        )
    dims = to_dims(dim if dim != () else None, input.ndim)
    for axis in dims if input.ndim else ():
        if not input.shape[axis]:
            raise IndexError(f"hash_tensor: Expected reduction dim {axis} to have non-zero size.")
    values = input.detach()._to_host()
    wide = values.astype(np.float64 if input.dtype.inexact else np.uint64 if values.dtype.kind == "u" else np.int64)
    bits = np.ascontiguousarray(wide).reshape(values.shape).view(np.uint64)
    found = np.bitwise_xor.reduce(bits, axis=tuple(dims) if input.ndim else None, keepdims=keepdim and input.ndim > 0)
    return tensor(np.asarray(found), dtype=dtypes.uint64, device=input.device)
