"""Samples of special values: nan, infinities, zeros of both signs, halves that must be rounded to even, tiny ones, and ties."""

from __future__ import annotations

from itertools import islice
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops.samples import Sample
from minitorch.rows import Op
from minitorch.tensor import Tensor
from minitorch.testing.make import Make

FLOATS = (np.nan, np.inf, -np.inf, 0.0, -0.0, 0.5, -0.5, 1.5, 2.5, -1.5, 1.0, 1.0, -2.0, -2.0, 3.0, 1e-10, -1e-10)
INTEGERS = (-2, -1, -1, 1, 1, 2, 2)
LONG = (2**53 + 1, -(2**53) - 1)  # which float64 doesn't hold


class Special(Make):
    """A maker of samples whose numbers are special; what a sample says about their range counts for integers only."""

    def __call__(
        self, *shape: int, low: float = -3.0, high: float = 3.0, dtype: DType | None = None, requires_grad: bool = True
    ) -> Tensor:
        values = self.values(dtype or self.dtype, low, high)
        if values is None:
            return super().__call__(*shape, low=low, high=high, dtype=dtype, requires_grad=requires_grad)
        return self._tensor(np.asarray(self.random.choice(values, shape)), dtype or self.dtype, requires_grad)

    def values(self, dtype: DType, low: float, high: float) -> np.ndarray | None:
        """The special numbers of a dtype; None where it has none."""
        if dtype.category == dtypes.FLOAT:
            return np.array(FLOATS)
        if dtype is not dtypes.int64:
            return None
        if (low, high) == (-3.0, 3.0):
            return np.array(INTEGERS + LONG)
        return np.array([value for value in INTEGERS if low <= value <= high] or [round((low + high) / 2)])

    def distinct(self, shape: tuple[int, ...]) -> Tensor:
        return self(*shape)


class Grid(Special):
    """A maker that gives every special number whatever shape it is asked for: first as a column, then as rows."""

    columns = 0

    def __call__(
        self, *shape: int, low: float = -3.0, high: float = 3.0, dtype: DType | None = None, requires_grad: bool = True
    ) -> Tensor:
        values = self.values(dtype or self.dtype, low, high)
        if values is None:
            return super().__call__(*shape, low=low, high=high, dtype=dtype, requires_grad=requires_grad)
        self.columns += 1
        return self._tensor(
            values.reshape((-1, 1) if self.columns == 1 else (1, -1)), dtype or self.dtype, requires_grad
        )


def grid(op: Op, device: Device, dtype: DType, seed: int) -> list[Sample]:
    """The call of an elementwise row on all special numbers, each with each."""
    make: Any = Grid(dtype, device, seed, False)
    return list(islice(op.samples(make), 1)) if op.family == "elementwise" and op.samples is not None else []
