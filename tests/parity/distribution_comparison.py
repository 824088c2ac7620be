"""The same computation in PyTorch and in minitorch, with its gradients, and how both must agree."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")

LIBRARIES = (torch, minitorch)
CLOSE = {"rtol": 1e-6, "atol": 1e-8}


def host(value: Any) -> Any:
    return np.asarray(value.detach()) if hasattr(value, "detach") else value


def outcome(t: Any, compute: Callable[[], Any], given: list[Any]) -> Any:
    """What a computation gives, with the gradients of a weighted sum of it; or the type of its error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = compute()
            if not isinstance(result, t.Tensor):
                return [result]
            found = [host(result)]
            if result.requires_grad:
                weights = t.tensor(np.cos(np.arange(result.numel())).reshape(result.shape), dtype=result.dtype)
                finite = t.where(t.isfinite(result), result, t.zeros_like(result))
                gradients = t.autograd.grad((finite * weights).sum(), given, allow_unused=True)
                zeros = [np.zeros(tuple(each.shape)) for each in given]
                found += [zero if g is None else host(g) for g, zero in zip(gradients, zeros, strict=True)]
            return found
    except Exception as error:
        return type(error).__name__


def agree(theirs: Any, ours: Any, what: str, **tolerance: float) -> None:
    if isinstance(theirs, str) or isinstance(ours, str):
        assert ours == theirs, what
        return
    assert len(ours) == len(theirs), what
    for number, (expected, got) in enumerate(zip(theirs, ours, strict=True)):
        label = what if number == 0 else f"{what}: gradient {number - 1}"
        if isinstance(expected, np.ndarray):
            assert expected.shape == got.shape, label
            assert expected.dtype == got.dtype, label
        np.testing.assert_allclose(got, expected, err_msg=label, **(tolerance or CLOSE))
