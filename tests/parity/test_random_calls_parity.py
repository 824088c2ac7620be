"""Random calls over the op table, made in PyTorch too: where both give a result, it is the same."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch import dtypes
from minitorch.testing import random_calls
from minitorch.testing.conformance.cases import results_of, tensors_in

torch = pytest.importorskip("torch")

# Where PyTorch and minitorch differ, and why.
DIFFERENT: dict[str, str] = {}


class Untranslatable(Exception):
    """PyTorch has no such function, or takes no such argument."""


def theirs(op: Any) -> Any:
    """PyTorch's function for an op."""
    path = getattr(op, "torch", None) or op.name
    places = (torch, torch.Tensor) if getattr(op, "method", False) else (torch.nn.functional, torch)
    for root in places:
        found = root
        for name in path.split("."):
            found = getattr(found, name, None)
        if found is not None:
            return found
    raise Untranslatable


def translated(value: Any) -> Any:
    """An argument as PyTorch takes it."""
    if isinstance(value, minitorch.Tensor):
        array = np.array(value.detach()._to_host())
        if value.dtype is dtypes.bfloat16:
            return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
        return torch.from_numpy(array)
    if isinstance(value, dtypes.DType):
        return getattr(torch, value.name)
    if isinstance(value, list | tuple):
        return type(value)(map(translated, value))
    if isinstance(value, int | float | complex | str | None):
        return value
    raise Untranslatable


def ours(value: Any) -> Any:
    """PyTorch's results as minitorch's."""
    if isinstance(value, torch.Tensor):
        value = value.detach().resolve_conj().resolve_neg()
        if value.dtype is torch.bfloat16:
            return minitorch.tensor(value.double().numpy()).to(minitorch.bfloat16)
        return minitorch.tensor(value.numpy())
    return tuple(map(ours, value)) if isinstance(value, list | tuple) else value


def _ordinary(tensor: Any) -> bool:
    """Has it finite numbers only, none of them extreme? What a formula makes of others is not compared here."""
    values = np.abs(np.array(tensor.detach()._to_host()).astype(complex))
    return bool(np.all(np.isfinite(values) & (values < 1e6) & ((values == 0) | (values > 1e-6))))


def compared(op: Any, sample: Any, result: Any) -> list[random_calls.Fault]:
    """How PyTorch's result differs."""
    if op.name in DIFFERENT or not all(_ordinary(tensor) for tensor in tensors_in(sample)):
        return []
    try:
        function = theirs(op)
        plain = random_calls.changed(sample, translated)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs_result = function(*plain.args, **plain.kwargs)
            wanted = ours(theirs_result)
    except Untranslatable:
        return []
    except Exception:  # what PyTorch refuses is not compared
        return []
    if any(tensor.numel() > 1 << 20 for tensor in results_of(result)):
        return []
    tolerance = [4 * each for each in random_calls._tolerance(op, sample, result)]
    said = random_calls.difference(result, wanted, tolerance)
    return [random_calls.Fault("PyTorch", said)] if said else []
