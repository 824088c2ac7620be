"""How close is close: one table of tolerances by dtype, `assert_close`, whose message says where and by how much, and ULPs."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.dtypes import DType
from minitorch.errors import message
from minitorch.tensor import Tensor

# dtype -> (relative, absolute). float16 and bfloat16 carry 11 and 8 bits; a kernel may round once per step in them. A row may
# have a factor on these, `tolerance=`, with its reason; other dtypes are exact.
TOLERANCES: dict[DType, tuple[float, float]] = {
    dtypes.float64: (1e-12, 1e-13),
    dtypes.complex128: (1e-12, 1e-13),
    dtypes.float32: (2e-5, 2e-6),
    dtypes.complex64: (2e-5, 2e-6),
    dtypes.float16: (5e-3, 5e-3),
    dtypes.bfloat16: (4e-2, 4e-2),
}

# A gradient takes several steps, each of which rounds; so its tolerance is a multiple of the forward one.
GRADIENT = 4.0

# The distance from 1 to the next number.
EPSILON: dict[DType, float] = {
    dtypes.float64: 2.0**-52,
    dtypes.complex128: 2.0**-52,
    dtypes.float32: 2.0**-23,
    dtypes.complex64: 2.0**-23,
    dtypes.float16: 2.0**-10,
    dtypes.bfloat16: 2.0**-7,
}


def host_values(tensor: Tensor) -> np.ndarray:
    """A tensor's values as a NumPy array of a type that NumPy computes in."""
    array = np.asarray(tensor.detach()._to_host())
    return array.astype(np.float64) if tensor.dtype.is_floating_point else array


def rounded(values: np.ndarray, dtype: DType) -> np.ndarray:
    """Reference values as a dtype holds them: what lies beyond its range is infinite, whole numbers wrap round."""
    with np.errstate(all="ignore"):
        held = values.astype(dtypes.numpy_dtype(dtype))
    return held.astype(np.float64) if dtype.is_floating_point else held


def assert_close(
    actual: Any, expected: Any, *, factor: float = 1.0, absolute: bool = True, what: str = "values"
) -> float:
    """Raise AssertionError unless two tensors (or sequences of them) agree in shape and, within tolerance, in value.

    The tolerances are those of the actual dtype times `factor`, or the relative one alone; expected values are rounded to that
    dtype first. Returns the largest error in ULPs: in units of epsilon * (|expected| + absolute / relative tolerance). So a
    tolerance is a number of ULPs too, and where zero is expected the error is finite.
    """
    if isinstance(expected, list | tuple):
        if len(actual) != len(expected):
            raise AssertionError(f"{what}: expected {len(expected)} results, got {len(actual)}")
        pairs = enumerate(zip(actual, expected, strict=True))
        return max(
            (assert_close(a, e, factor=factor, absolute=absolute, what=f"{what}[{n}]") for n, (a, e) in pairs),
            default=0.0,
        )
    if tuple(actual.shape) != tuple(expected.shape):
        raise AssertionError(f"{what}: expected shape {list(expected.shape)}, got {list(actual.shape)}")
    rtol, atol = (factor * each for each in TOLERANCES.get(actual.dtype, (0.0, 0.0)))
    atol = atol if absolute else 0.0
    got, exact = host_values(actual), host_values(expected)
    wanted = rounded(exact, actual.dtype)
    close = np.isclose(got, wanted, rtol, atol, equal_nan=True)
    if not close.all():
        with np.errstate(all="ignore"):
            error = np.abs(np.where(close, 0, got.astype(complex) - wanted.astype(complex)))
        place = np.unravel_index(np.argmax(np.nan_to_num(error, nan=np.inf)), error.shape) if error.shape else ()
        raise AssertionError(
            message(
                f"{what}: {int((~close).sum())} of {close.size} elements differ",
                where=f"index {[int(i) for i in place]}",
                expected=f"{wanted[place]!r} within {rtol:g} relative and {atol:g} absolute",
                got=repr(got[place]),
            )
        )
    return _worst(got, exact, wanted, actual.dtype)


def _close(got: np.ndarray, wanted: np.ndarray, relative: float, absolute: float) -> np.ndarray:
    """Which elements agree; of complex infinities the real and the imaginary parts must, each by itself."""
    close = np.isclose(got, wanted, relative, absolute, equal_nan=True)
    if got.dtype.kind == "c":
        parts = [np.isclose(part(got), part(wanted), relative, absolute, equal_nan=True) for part in (np.real, np.imag)]
        close |= np.isinf(wanted) & parts[0] & parts[1]
    return close


def _worst(got: np.ndarray, exact: np.ndarray, wanted: np.ndarray, dtype: DType) -> float:
    """The largest error in ULPs of a dtype; what overflows or is no number has none."""
    if dtype not in TOLERANCES or not got.size:
        return 0.0
    relative, absolute = TOLERANCES[dtype]
    with np.errstate(all="ignore"):
        error = np.abs(got - exact) / (EPSILON[dtype] * (np.abs(exact) + absolute / relative))
    return float(np.max(np.where(np.isfinite(wanted), error, 0.0)))
