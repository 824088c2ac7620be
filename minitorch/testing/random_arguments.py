"""Arguments for random calls: tensors of every dtype, rank and layout, and settings of the right kind and of wrong ones."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from minitorch import dtypes
from minitorch.backend import Device
from minitorch.dtypes import DType
from minitorch.ops.samples import Sample
from minitorch.tensor import Tensor, wrap
from minitorch.testing.conformance.cases import DTYPES
from minitorch.testing.conformance.drawing import functions

SHAPES = (
    (), (0,), (1,), (2,), (3,), (5,), (7,), (2, 3), (3, 2), (3, 3), (0, 3), (2, 0), (1, 3), (2, 3, 4), (2, 1, 4), (0, 2, 3),
    (1, 1, 1, 1), (2, 3, 4, 5), (2, 2, 2, 2, 2), (1, 2, 1, 2, 1, 2),
)  # fmt: skip
SPECIAL = (math.nan, math.inf, -math.inf, 0.0, -0.0, 0.5, -2.5, 1.0, -1.0, 3.0, 7.0, 1e30, -1e30, 1e-30)
# Sizes that no machine has memory for, and one that has its answer in time unless there is a loop over elements.
HUGE = (2**40, 2**63 - 1, -(2**63), 2**64, (2**40,), (2**20, 2**20), (2, 2**62), [2**41], 2**16)
ODD = (
    -10, -3, -2, -1, 0, 1, 2, 3, 7, 10, None, True, False, 0.5, -1.5, math.nan, math.inf, "x", "mean", "sum", "none", "", (),
    [], (0,), (1, 2), [0, 1], (-1,), (0, 0), 1j, b"x", {}, object, dtypes.float32,
)  # fmt: skip


class Arguments:
    """A maker of random arguments; the same ones for the same random numbers."""

    def __init__(self, chance: random.Random, device: Device):
        self.chance, self.device = chance, device
        self.wild = chance.random()  # below 0.4 only dtypes and layouts change, above 0.8 anything
        self.huge = chance.random() < 0.1
        self.dtype = chance.choice(DTYPES)

    def mutated(self, samples: Sequence[Sample]) -> Sample:
        """One of the samples with other arguments."""
        sample = self.chance.choice(samples)
        args = [self.value(value) for value in sample.args]
        kwargs = {name: self.value(value) for name, value in sample.kwargs.items()}
        if self.wild > 0.97 and args:  # too few, or too many
            args = args[:-1] if self.chance.random() < 0.5 else [*args, self.chance.choice(ODD)]
        return Sample(*args, **kwargs)

    def value(self, value: Any) -> Any:
        """Another argument in place of one."""
        if isinstance(value, Tensor):
            if self.wild > 0.9 and self.chance.random() < 0.1:
                return self.chance.choice((*ODD, *HUGE))
            return self.tensor_like(value)
        if isinstance(value, list | tuple) and value and isinstance(value[0], Tensor):
            return type(value)([self.value(part) for part in value])
        if (self.wild < 0.4 and not self.huge) or self.chance.random() < 0.5 or isinstance(value, Device):
            return value
        return self.setting(value)

    def setting(self, value: Any) -> Any:
        """Another setting: of the same kind, or, in wild calls, of any."""
        chance, roll = self.chance, self.chance.random()
        if self.huge and type(value) in (int, list, tuple) and roll < 0.7:
            return chance.choice(HUGE)
        if self.wild > 0.8 and roll < 0.6:
            return chance.choice(ODD if roll < 0.5 else HUGE)
        if self.huge and isinstance(value, list | tuple) and value:
            place = chance.randrange(len(value))
            return type(value)([chance.choice((2**16, 2**41, 2**62)) if n == place else v for n, v in enumerate(value)])
        if isinstance(value, DType):
            return chance.choice(DTYPES)
        if isinstance(value, bool):
            return not value
        if isinstance(value, int):
            return chance.randrange(-5, 6)
        if isinstance(value, float):
            return chance.choice((0.0, 0.5, 1.0, -1.0, 2.5, math.inf, math.nan))
        if isinstance(value, list | tuple) and value and all(type(part) is int for part in value):
            return type(value)(
                [chance.randrange(-1, 5) for _ in range(len(value) if roll < 0.8 else chance.randrange(5))]
            )
        return value

    # --- Tensors --------------------------------------------------------------------------------------------------

    def tensor_like(self, like: Tensor) -> Tensor:
        """A tensor in place of one: in tame calls of the same shape and kind."""
        chance = self.chance
        shape, dtype = tuple(like.shape), self.dtype if like.dtype.inexact else like.dtype
        if like.dtype.inexact and not dtype.inexact and self.wild < 0.2:
            dtype = dtypes.float32
        if self.wild >= 0.4 and chance.random() < 0.3:
            dtype = chance.choice(DTYPES)
        if self.wild >= 0.6 and chance.random() < 0.4:
            return self.tensor(chance.choice(SHAPES), dtype)
        keeps = like.dtype.category == dtype.category and not dtype.inexact
        if (keeps or chance.random() < 0.5) and self.wild < 0.8:
            return self.laid_out(_converted(like, dtype))
        return self.tensor(shape, dtype)

    def tensor(self, shape: tuple[int, ...], dtype: DType) -> Tensor:
        """A tensor with ordinary or special values."""
        count = math.prod(shape)
        if self.chance.random() < 0.4 and dtype.inexact:
            values = np.array([self.chance.choice(SPECIAL) for _ in range(count)], float)
        else:
            values = np.array([self.chance.randrange(-12, 13) / 4 for _ in range(count)], float)
        values = values.reshape(shape)
        if dtype.is_complex:
            values = values + 1j * np.array([self.chance.randrange(-8, 9) / 4 for _ in range(count)]).reshape(shape)
        elif not dtype.inexact:
            values = np.round(values) if dtype.is_signed else np.abs(np.round(values))
        return self.laid_out(_made(values, dtype, self.device))

    def laid_out(self, tensor: Tensor) -> Tensor:
        """The same values in another order in memory; sometimes an expanded tensor, of one more value along a dim of size 1."""
        chance, ndim = self.chance, tensor.ndim
        tensor = tensor.detach()
        roll = chance.random()
        if roll < 0.15 and ndim > 1:
            order = chance.sample(range(ndim), ndim)
            back = [order.index(dim) for dim in range(ndim)]
            tensor = tensor.permute(order).contiguous().permute(back)
        elif roll < 0.25 and ndim and self.device.backend.name == "numpy":  # negative strides, which no op makes
            array = np.flip(np.flip(tensor._array).copy())
            tensor = wrap(array, tensor.dtype, self.device)
        elif roll < 0.35 and ndim:  # every second element of a larger one
            wide = functions["repeat_interleave"](tensor, 2, dim=-1)
            tensor = wide[..., ::2]
        elif roll < 0.4 and self.wild > 0.3:
            tensor = tensor.unsqueeze(0).expand(2, *tensor.shape)
        elif roll < 0.45 and 1 in tensor.shape:
            tensor = tensor.expand([2 if size == 1 else size for size in tensor.shape])
        if tensor.dtype.inexact and chance.random() < 0.3:
            tensor = tensor.detach().requires_grad_()
        return tensor


def _made(values: np.ndarray, dtype: DType, device: Device) -> Tensor:
    with np.errstate(all="ignore"):
        array = np.asarray(values).astype(dtypes.numpy_dtype(dtype))
    return wrap(device.backend.from_host(array, dtype, device), dtype, device)


def _converted(tensor: Tensor, dtype: DType) -> Tensor:
    values = np.array(tensor.detach()._to_host())
    if not dtype.inexact and not dtype.is_signed and values.dtype.kind in "iuf":
        values = np.abs(values)
    if values.dtype.kind == "c" and not dtype.is_complex:
        values = np.real(values)
    return _made(values, dtype, tensor.device)


# --- What makes tensors from nothing ----------------------------------------------------------------------------------


class Created:
    """A function that is no row, with samples, so that it can be called as rows are."""

    family, tolerance = "creation", 1.0

    def __init__(self, name: str, *calls: Sample):
        self.name, self.calls = name, calls
        self.function: Callable = functions[name]

    def samples(self, make: Any) -> Iterator[Sample]:
        for call in self.calls:
            yield Sample(*call.args, **call.kwargs)


_F, _I = dtypes.float32, dtypes.int64
CREATED = {
    made.name: made
    for made in (
        Created("arange", Sample(5), Sample(1, 7, 2), Sample(0.0, 1.0, 0.25), Sample(0, 9, 3, dtype=_I)),
        Created("empty", Sample(2, 3), Sample((2, 3), dtype=_I)),
        Created("empty_strided", Sample((2, 3), (3, 1)), Sample((2, 3), (1, 2), dtype=_F)),
        Created("empty_permuted", Sample((2, 3), (1, 0)), Sample((2, 3, 4), (2, 0, 1), dtype=_F)),
        Created("eye", Sample(3), Sample(2, 3), Sample(3, dtype=_I)),
        Created("full", Sample((2, 3), 7), Sample((2,), 0.5), Sample((2,), -5, dtype=_I), Sample((), True)),
        Created("linspace", Sample(0, 1, 5), Sample(-2.0, 2.0, 6), Sample(3, 9, 3, dtype=_I)),
        Created("logspace", Sample(0, 1, 5), Sample(-2.0, 2.0, 4, 2.0), Sample(0, 3, 3, dtype=_F)),
        Created("ones", Sample(2, 3), Sample((2, 3), dtype=_I)),
        Created("scalar_tensor", Sample(3), Sample(0.5), Sample(-5, dtype=_I)),
        Created("tensor", Sample([1, 2]), Sample([[1.0, 2.0]]), Sample(3), Sample([1, 0], dtype=_I)),
        Created("tril_indices", Sample(3, 3), Sample(2, 4, 1), Sample(4, 3, -1)),
        Created("triu_indices", Sample(3, 3), Sample(2, 4, 1), Sample(4, 3, -1)),
        Created("zeros", Sample(2, 3), Sample((2, 3), dtype=_I)),
        *(Created(name, Sample(5), Sample(5, False), Sample(0), Sample(6, dtype=_F))
          for name in ("hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window")),
    )
}  # fmt: skip
