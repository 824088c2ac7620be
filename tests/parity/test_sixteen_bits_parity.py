"""Numbers beside tensors of 16-bit floats: where PyTorch computes with them as they are, and where it rounds them first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import minitorch

torch = pytest.importorskip("torch")
pytest.importorskip("ml_dtypes")

CALLS: dict[str, Callable] = {
    "x * n": lambda t, x, n: x * n,
    "n * x": lambda t, x, n: n * x,
    "mul": lambda t, x, n: t.mul(x, n),
    "mul_": lambda t, x, n: x.clone().mul_(n),
    "*= on a slice": lambda t, x, n: scaled(x.clone(), n),
    "mul by a scalar tensor": lambda t, x, n: x * t.tensor(n),
    "mul by one of float64": lambda t, x, n: x * t.tensor(n, dtype=t.float64),
    "x / n": lambda t, x, n: x / n,
    "div_": lambda t, x, n: x.clone().div_(n),
    "x // n": lambda t, x, n: x // n,
    "div, floor": lambda t, x, n: t.div(x, n, rounding_mode="floor"),
    "div, trunc": lambda t, x, n: t.div(x, n, rounding_mode="trunc"),
    "lerp": lambda t, x, n: t.lerp(x, x, n),
    "x + n": lambda t, x, n: x + n,
    "x - n": lambda t, x, n: x - n,
    "n - x": lambda t, x, n: n - x,
    "remainder": lambda t, x, n: t.remainder(x, n),
    "atan2": lambda t, x, n: t.atan2(x, t.tensor(n)),
    "x < n": lambda t, x, n: x < n,
    "gradient of x * n": lambda t, x, n: t.autograd.grad((x.requires_grad_() * n).sum(), x)[0],
}


def scaled(x: Any, number: float) -> Any:
    x[1:] *= number
    return x


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("number", [0.1, 3.3, -2.7, 1e5, 1e-9, 7])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_numbers(name: str, number: float, dtype: str) -> None:
    values = np.concatenate([np.linspace(-4, 4, 301), np.geomspace(1e-4, 60, 100)])
    ours, theirs = (CALLS[name](t, t.tensor(values, dtype=getattr(t, dtype)), number) for t in (minitorch, torch))
    assert str(ours.dtype) == str(theirs.dtype)
    if dtype == "float16" and name == "atan2" and number == 1e5:
        return  # PyTorch's vectorized one gives nan of the inf that the number becomes
    np.testing.assert_array_equal(ours.double().numpy(), theirs.double().numpy())
