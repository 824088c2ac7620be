"""When two results are the same: value, dtype, shape, memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
from opinfo.translation import Ours, host, tensors_in

torch = pytest.importorskip("torch")

TOLERANCES = {
    "float64": 1e-9,
    "complex128": 1e-9,
    "float32": 2e-5,
    "complex64": 2e-5,
    "float16": 2e-3,
    "bfloat16": 2e-2,
}


def same(ours: Any, theirs: Any, tolerance: float = 0.0, where: str = "result", truth: Any = None) -> None:
    """Fail unless two results agree, to their dtype's precision or `tolerance`.

    `truth` is the result in double precision: a value that is as near to it as PyTorch's is as good.
    """
    if isinstance(theirs, torch.Tensor):
        assert isinstance(ours, minitorch.Tensor), f"{where}: expected a Tensor, got {ours!r}"
        assert repr(ours.dtype) == repr(theirs.dtype), f"{where}: dtype {ours.dtype!r}, torch's is {theirs.dtype!r}"
        assert tuple(ours.shape) == tuple(theirs.shape), f"{where}: shape {ours.shape}, torch's is {theirs.shape}"
        assert ours.requires_grad == theirs.requires_grad, f"{where}: requires_grad is {ours.requires_grad} here only"
        known = host(truth) if isinstance(truth, torch.Tensor) and truth.shape == theirs.shape else None
        close(ours.detach().numpy(), host(theirs), tolerance, where, known)
    elif isinstance(theirs, list | tuple):
        assert isinstance(ours, list | tuple), f"{where}: expected several, got {type(ours).__name__}"
        assert len(ours) == len(theirs), f"{where}: {len(ours)} parts, torch has {len(theirs)}"
        for name in getattr(ours, "_fields", ()) if hasattr(theirs, "n_fields") else ():
            assert hasattr(theirs, name), f"{where}: torch has no field {name!r}"
        truths = truth if isinstance(truth, list | tuple) and len(truth) == len(theirs) else [None] * len(theirs)
        for number, (one, other, known) in enumerate(zip(ours, theirs, truths, strict=True)):
            same(one, other, tolerance, f"{where}[{number}]", known)
    elif isinstance(theirs, torch.dtype):
        assert repr(ours) == repr(theirs)
    else:
        assert type(ours) is type(theirs), f"{where}: {ours!r}, torch's is {theirs!r}"
        close(np.asarray(ours), np.asarray(theirs), tolerance, where, None)


def close(ours: np.ndarray, theirs: np.ndarray, tolerance: float, where: str, truth: np.ndarray | None) -> None:
    if ours.dtype.name not in TOLERANCES:
        np.testing.assert_array_equal(ours, theirs, err_msg=where)
        return
    loose = max(TOLERANCES[ours.dtype.name], tolerance)
    wide = np.complex128 if ours.dtype.kind == "c" else np.float64
    ours, theirs = ours.astype(wide), theirs.astype(wide)
    if truth is not None and _as_near(ours, theirs, truth.astype(wide), loose):
        return
    np.testing.assert_allclose(ours, theirs, rtol=loose, atol=loose, equal_nan=True, err_msg=where)


def _as_near(ours: np.ndarray, theirs: np.ndarray, truth: np.ndarray, loose: float) -> bool:
    """Is each value near PyTorch's, or no farther from the truth than PyTorch's?"""
    with np.errstate(all="ignore"):
        near = np.isclose(ours, theirs, rtol=loose, atol=loose, equal_nan=True)
        return bool(np.all(near | (np.abs(ours - truth) <= np.abs(theirs - truth)) | (ours == truth)))


def same_memory(ours: Any, theirs: Any, own: Ours, sample: Any) -> None:
    """Fail unless results lie alike in memory: views at the same places, others contiguous or not."""
    given = list(tensors_in([sample.input, sample.args, sample.kwargs]))
    for one, other in zip(tensors_in(ours), tensors_in(theirs), strict=True):
        itself = next((tensor for tensor in given if tensor is other), None)
        if itself is not None:
            assert one is own.of(itself), "the result must be the argument itself"
        if not other.numel() or other.is_conj() or other.is_neg():
            continue  # nothing, or a view that PyTorch computes later
        array, start = one.detach().numpy(), other.untyped_storage().data_ptr()
        memory = own.memories.get(start)
        if memory is None:
            shared = any(np.may_share_memory(array, memory) for memory in own.memories.values())
            assert not shared, "the result must not share memory with an argument"
            # Where PyTorch's isn't (LAPACK's column-major order, say), row-major order is as good: `view` takes it too.
            assert one.is_contiguous() >= other.is_contiguous(), f"strides {one.stride()}, torch's are {other.stride()}"
            continue
        assert np.may_share_memory(array, memory), "the result must be a view of the argument"
        steps = [[step for step, size in zip(t.stride(), t.shape, strict=True) if size > 1] for t in (one, other)]
        assert steps[0] == steps[1], f"strides {one.stride()}, torch's are {other.stride()}"
        offset = (array.__array_interface__["data"][0] - memory.__array_interface__["data"][0]) // other.itemsize
        assert offset == other.storage_offset(), f"offset {offset}, torch's is {other.storage_offset()}"
