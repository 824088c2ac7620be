"""How close is close: one table of tolerances by dtype, and `assert_close`, whose message says where and by how much."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.errors import message
from minitorch.tensor import Tensor

# dtype -> (relative, absolute). float16 and bfloat16 carry 11 and 8 bits; a kernel may round once per step in them.
TOLERANCES: dict[DType, tuple[float, float]] = {
    dtypes.float64: (1e-9, 1e-11),
    dtypes.complex128: (1e-9, 1e-11),
    dtypes.float32: (2e-5, 2e-6),
    dtypes.complex64: (2e-5, 2e-6),
    dtypes.float16: (5e-3, 5e-3),
    dtypes.bfloat16: (4e-2, 4e-2),
}


def host_values(tensor: Tensor) -> np.ndarray:
    """A tensor's values as a NumPy array of a type that NumPy computes in."""
    array = np.asarray(tensor.detach()._to_host())
    return array.astype(np.float64) if tensor.dtype.is_floating_point else array


def assert_close(
    actual: Any, expected: Any, *, rtol: float | None = None, atol: float | None = None, what: str = "values"
) -> None:
    """Raise AssertionError unless two tensors (or sequences of them) agree in shape and, within tolerance, in value."""
    if isinstance(expected, list | tuple):
        if len(actual) != len(expected):
            raise AssertionError(f"{what}: expected {len(expected)} results, got {len(actual)}")
        for number, (one, other) in enumerate(zip(actual, expected, strict=True)):
            assert_close(one, other, rtol=rtol, atol=atol, what=f"{what}[{number}]")
        return
    if tuple(actual.shape) != tuple(expected.shape):
        raise AssertionError(f"{what}: expected shape {list(expected.shape)}, got {list(actual.shape)}")
    relative, absolute = TOLERANCES.get(actual.dtype, (0.0, 0.0))
    relative, absolute = (relative if rtol is None else rtol), (absolute if atol is None else atol)
    got, wanted = host_values(actual), host_values(expected)
    close = np.isclose(got, wanted, relative, absolute, equal_nan=True)
    if not close.all():
        error = np.abs(np.where(close, 0, got.astype(complex) - wanted.astype(complex)))
        place = np.unravel_index(np.argmax(np.nan_to_num(error, nan=np.inf)), error.shape) if error.shape else ()
        raise AssertionError(
            message(
                f"{what}: {int((~close).sum())} of {close.size} elements differ",
                where=f"index {[int(i) for i in place]}",
                expected=f"{wanted[place]!r} within {relative:g} relative and {absolute:g} absolute",
                got=repr(got[place]),
            )
        )
