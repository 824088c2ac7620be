"""PyTorch's values as minitorch's: the same bits, strides and sharing of memory, in memory of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import minitorch
from opinfo.database import found

torch = pytest.importorskip("torch")
ml_dtypes = pytest.importorskip("ml_dtypes")


class Untranslatable(Exception):
    """An argument for which minitorch has no counterpart: sparse and meta tensors, complex32, more than 64 dims."""


class Ours:
    """A sample of the database with minitorch's tensors."""

    def __init__(self, sample: Any):
        self.memo: dict[int, Any] = {}
        self.memories: dict[int, np.ndarray] = {}
        self.input, self.args = self.of(sample.input), self.of(sample.args)
        self.kwargs = self.of(sample.kwargs)

    def of(self, value: Any) -> Any:
        """minitorch's counterpart of a value; the same one whenever it is asked for."""
        if isinstance(value, torch.Size):
            return minitorch.Size(value)
        if isinstance(value, list | tuple):
            return type(value)([self.of(part) for part in value])
        if isinstance(value, dict):
            return {name: self.of(part) for name, part in value.items()}
        if isinstance(value, torch.device):
            return str(value)
        if isinstance(value, slice):
            return slice(self.of(value.start), self.of(value.stop), self.of(value.step))
        if not isinstance(value, torch.Tensor) and not type(value).__module__.startswith("torch"):
            return value
        if id(value) not in self.memo:
            self.memo[id(value)] = self._tensor(value) if isinstance(value, torch.Tensor) else _constant(value)
        return self.memo[id(value)]

    def _tensor(self, value: Any) -> Any:
        if value.layout is not torch.strided or value.is_meta or value.dtype is torch.complex32 or value.ndim > 64:
            raise Untranslatable
        last = value.storage_offset() + sum((n - 1) * step for n, step in zip(value.shape, value.stride(), strict=True))
        if value.numel() and (last + 1) * value.itemsize > value.untyped_storage().nbytes():
            raise Untranslatable  # the database means it to be refused
        if value.is_conj() or value.is_neg():
            array = host(value).copy()
        else:
            kind, memory = numpy_dtype(value.dtype), self.memory(value)
            start = value.storage_offset() * value.itemsize if value.numel() else 0
            strides = [step * value.itemsize for step in value.stride()]
            array = np.ndarray(tuple(value.shape), kind, memory, start, strides)
        result = minitorch.from_numpy(array)
        return result.requires_grad_() if value.requires_grad else result

    def memory(self, value: Any) -> np.ndarray:
        """The bytes that stand for a tensor's storage."""
        storage = value.untyped_storage()
        key = storage.data_ptr() or id(value)
        if key not in self.memories:
            whole = torch.empty(0, dtype=torch.uint8).set_(value.detach().untyped_storage())
            self.memories[key] = np.append(whole.numpy(), np.zeros(16, np.uint8))  # never empty
        return self.memories[key]


def _constant(value: Any) -> Any:
    """A dtype, memory format or the like, by its name."""
    result = found(minitorch, repr(value))
    if result is None:
        raise Untranslatable
    return result


def numpy_dtype(dtype: Any) -> np.dtype:
    name = repr(dtype).removeprefix("torch.")
    return np.dtype(ml_dtypes.bfloat16 if name == "bfloat16" else name)


def host(value: Any) -> np.ndarray:
    """A PyTorch tensor's values as NumPy's, bit by bit."""
    value = value.detach()
    if value.dtype is torch.bfloat16:
        return value.contiguous().view(torch.int16).numpy(force=True).view(ml_dtypes.bfloat16)
    return value.numpy(force=True)


def tensors_in(value: Any) -> Iterator[Any]:
    """The tensors of either library in nested lists, tuples and dicts."""
    if isinstance(value, torch.Tensor | minitorch.Tensor):
        yield value
    elif isinstance(value, list | tuple):
        for part in value:
            yield from tensors_in(part)
    elif isinstance(value, dict):
        yield from tensors_in(list(value.values()))


class Precise:
    """A sample in double precision: the measure where two libraries round in another way."""

    def __init__(self, sample: Any):
        self.input, self.args = _doubled(sample.input), _doubled(sample.args)
        self.kwargs = _doubled(sample.kwargs)


DOUBLES = {torch.float32: torch.float64, torch.bfloat16: torch.float64, torch.complex64: torch.complex128}


def _doubled(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        doubled = value.detach().to(DOUBLES.get(value.dtype, value.dtype))
        return doubled.requires_grad_(value.requires_grad)
    if isinstance(value, torch.dtype):
        return DOUBLES.get(value, value)
    if isinstance(value, list | tuple) and not isinstance(value, torch.Size):
        return type(value)([_doubled(part) for part in value])
    if isinstance(value, dict):
        return {name: _doubled(part) for name, part in value.items()}
    return value


def shown(sample: Any) -> str:
    """A call in a failure's message."""

    def brief(value: Any) -> str:
        if isinstance(value, torch.Tensor):
            return f"{repr(value.dtype).removeprefix('torch.')}{list(value.shape)}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(brief, value))}]"
        return repr(value)

    parts = [brief(value) for value in (sample.input, *sample.args)]
    return f"({', '.join(parts + [f'{name}={brief(value)}' for name, value in sample.kwargs.items()])})"
