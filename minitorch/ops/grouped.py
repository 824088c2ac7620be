"""Products of groups: one matrix product for each expert of a mixture, on rows that lie one group behind the other."""

from __future__ import annotations

from typing import Any

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.errors import DTypeMismatch, ShapeMismatch
from minitorch.ops.contraction import matmul
from minitorch.ops.creation import zeros
from minitorch.ops.joining import concatenate, stack
from minitorch.ops.samples import ErrorSample, Sample
from minitorch.ops.shape import narrow
from minitorch.rows import Array, composition
from minitorch.tensor import Tensor


def _samples(make):
    """Offsets are whole numbers in order; the groups after the first are empty, which is allowed."""
    offs = make.integers((2,), 3, 4).to(dtypes.int32)
    yield Sample(make(2, 3, 4), make(2, 4, 2))
    yield Sample(make(4, 2), make(2, 2, 3), offs=offs)
    yield Sample(make(2, 4), make(4, 2), offs=offs)
    yield Sample(make(2, 3, 2), make(2, 4), offs=offs)


def _errors(make):
    yield ErrorSample(Sample(make(4, 2), make(2, 2, 3)), RuntimeError, "Have to provide offsets")
    yield ErrorSample(Sample(make(2, 2, 3), make(2, 2, 3)), RuntimeError, "contraction dimension")
    yield ErrorSample(Sample(make(4), make(2, 2, 3)), RuntimeError, "2 or 3d")


@composition(method=False, torch="nn.functional.grouped_mm", samples=_samples, errors=_errors)
def grouped_mm(
    mat_a: Array, mat_b: Array, *, offs: Any = None, bias: Any = None, out_dtype: DType | None = None
) -> Tensor:
    """A matrix product for each group; `offs`, a whole number for each, says where its part of a shared dim ends.

        (G, M, K) x (G, K, N)   without offs          (G, M, N)
        (M, K)    x (G, K, N)   offs cuts M           (M, N), zeros behind the last group
        (M, K)    x (K, N)      offs cuts K           (G, M, N)
        (G, M, K) x (K, N)      offs cuts N           (M, N), zeros behind the last group

    Any floating point dtype and memory layout (PyTorch takes float32, bfloat16, float16, and strides of whole 16 bytes).
    """
    _check(mat_a, mat_b, offs, bias, out_dtype)
    if offs is None:
        return matmul(mat_a, mat_b)
    ends = offs.tolist()
    starts = [0, *ends[:-1]]
    spans = [(start, end - start) for start, end in zip(starts, ends, strict=True)]
    if mat_a.ndim == 2 and mat_b.ndim == 2:
        return stack([matmul(narrow(mat_a, 1, s, n), narrow(mat_b, 0, s, n)) for s, n in spans])
    if mat_a.ndim == 2:
        parts = [matmul(narrow(mat_a, 0, s, n), mat_b[group]) for group, (s, n) in enumerate(spans)]
        rest, dim = (mat_a.shape[0] - ends[-1], mat_b.shape[2]), 0
    else:
        parts = [matmul(mat_a[group], narrow(mat_b, 1, s, n)) for group, (s, n) in enumerate(spans)]
        rest, dim = (mat_a.shape[1], mat_b.shape[1] - ends[-1]), 1
    return concatenate([*parts, zeros(rest, dtype=mat_a.dtype, device=mat_a.device)], dim)


def _check(a: Tensor, b: Tensor, offs: Any, bias: Any, out_dtype: DType | None) -> None:
    for name, matrix in (("mat_a", a), ("mat_b", b)):
        if matrix.ndim not in (2, 3):
            raise ShapeMismatch(f"grouped_mm(): {name} has to be 2 or 3d, got {matrix.ndim}d")
        if not matrix.dtype.is_floating_point:
            raise DTypeMismatch(
                f"grouped_mm(): Expected {name} to be Float32, BFloat16 or Float16 matrix, got {matrix.dtype!r}"
            )
    if a.dtype is not b.dtype:
        raise DTypeMismatch(f"grouped_mm(): expected one dtype, got {a.dtype!r} and {b.dtype!r}")
    if (offs is None) != (a.ndim == b.ndim == 3):
        raise RuntimeError(
            "grouped_mm(): Have to provide offsets if there is a 2d matrix, or no offset if both matrices are 3d"
        )
    if a.shape[-1] != b.shape[-2]:
        raise ShapeMismatch(f"grouped_mm(): contraction dimension of mat_a and mat_b must match: {a.shape}, {b.shape}")
    groups = {matrix.shape[0] for matrix in (a, b) if matrix.ndim == 3}
    if offs is not None:
        if offs.dtype not in (dtypes.int32, dtypes.int64) or offs.ndim != 1:
            raise DTypeMismatch(f"grouped_mm(): Offsets have to be int32, of one dim, got {offs.dtype!r}")
        groups.add(offs.shape[0])
    if len(groups) > 1:
        raise ShapeMismatch(f"grouped_mm(): matrix batch sizes have to match, got {sorted(groups)} groups")
    if bias is not None:
        raise RuntimeError("grouped_mm(): Bias not supported yet, in PyTorch as here")
    if out_dtype not in (None, a.dtype):
        raise DTypeMismatch(f"grouped_mm(): Grouped gemm output dtype must match `mat_a` dtype, got {out_dtype!r}")
