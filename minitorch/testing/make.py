"""`make`: the maker of sample tensors. It fixes dtype, device and seed, so that one list of samples serves them all."""

from __future__ import annotations

from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.tensor import Tensor, wrap


class Make:
    """`make(2, 3, low=0.5, high=2.0)` makes a tensor of the dtype under test, with the same values each time.

    Values keep away from whole numbers by 0.04, where round, relu and their like have a kink or a step.
    """

    def __init__(
        self, dtype: DType = dtypes.float64, device: Device | None = None, seed: int = 0, requires_grad: bool = True
    ):
        self.dtype, self.device, self.requires_grad = dtype, device or Device("cpu"), requires_grad
        self.random = np.random.default_rng(seed)

    def __call__(
        self, *shape: int, low: float = -3.0, high: float = 3.0, dtype: DType | None = None, requires_grad: bool = True
    ) -> Tensor:
        dtype = dtype or self.dtype
        values = self.random.uniform(low, high, shape)
        values = np.where(
            np.abs(values - np.round(values)) < 0.04, values + np.where(values > (low + high) / 2, -0.08, 0.08), values
        )
        if dtype.category == dtypes.COMPLEX:
            values = values + 1j * self.random.uniform(0.2, 1.0, shape) * self.random.choice((-1, 1), shape)
        elif dtype.category == dtypes.INTEGER:
            values = np.round(values * 4 if (low, high) == (-3.0, 3.0) else values)
            values = values if dtype.is_signed else np.abs(values)
            values = np.where((values == 0) & (low > 0), 1, values)
        elif dtype.category == dtypes.BOOL:
            values = values > (low + high) / 2
        return self._tensor(np.asarray(values), dtype, requires_grad)

    def _tensor(self, values: np.ndarray, dtype: DType, requires_grad: bool) -> Tensor:
        array = self.device.backend.from_host(values.astype(dtypes.numpy_dtype(dtype)), dtype, self.device)
        made = wrap(array, dtype, self.device)
        return made.requires_grad_() if requires_grad and self.requires_grad and dtype.inexact else made

    def strided(self, rows: int, columns: int, **keywords: Any) -> Tensor:
        """A matrix whose elements don't lie in row-major order."""
        made = self(columns, rows, **{**keywords, "requires_grad": False})
        turned = wrap(self.device.kernels.permute(made._array, (1, 0)), made.dtype, made.device)
        return turned.requires_grad_() if self.requires_grad and made.dtype.inexact else turned

    def distinct(self, shape: tuple[int, ...]) -> Tensor:
        """Values of which no two are close, in random order: for sorting and maxima."""
        count = int(np.prod(shape))
        values = (self.random.permutation(count) - count / 2 + 0.3).reshape(shape)
        return self._tensor(values if self.dtype.inexact else np.abs(np.floor(values)), self.dtype, True)

    def integers(self, shape: tuple[int, ...], low: int, high: int, dtype: DType = dtypes.int64) -> Tensor:
        """Whole numbers in [low, high)."""
        return self._tensor(np.asarray(self.random.integers(low, high, shape)), dtype, False)

    def permutations(self, shape: tuple[int, ...], count: int, dim: int = -1) -> Tensor:
        """Numbers in [0, count) of which no two along `dim` are equal."""
        moved = np.moveaxis(np.empty(shape), dim, -1).shape
        rows = [self.random.permutation(count)[: moved[-1]] for _ in range(int(np.prod(moved[:-1])))]
        return self._tensor(
            np.ascontiguousarray(np.moveaxis(np.array(rows).reshape(moved), -1, dim)), dtypes.int64, False
        )

    def bools(self, shape: tuple[int, ...]) -> Tensor:
        """True and False at random."""
        return self._tensor(np.asarray(self.random.integers(0, 2, shape)), dtypes.bool, False)
