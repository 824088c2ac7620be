"""Partial derivatives of elementwise ops against PyTorch's, near to and far from where formulas change, and at their kinks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import minitorch
from minitorch.rows import OPS, Op

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")
SIZES = [
    0.0,
    1e-9,
    1e-3,
    0.1,
    0.25,
    0.3,
    0.49,
    0.5,
    0.51,
    0.75,
    0.9,
    1.0,
    1.1,
    1.5,
    2.0,
    2.9,
    3.0,
    4.5,
    6.0,
    7.9,
    8.1,
    12.0,
    21.0,
    35.0,
]
POINTS = np.array([-size for size in SIZES] + SIZES)
LEFT_OUT = {  # points at which PyTorch's slope is another, and why
    "acosh": (lambda x: x < 1, "it has a slope where the function itself is nan"),
    "digamma": (lambda x: (x <= 0) & (x == np.round(x)), "at a pole it is a large number, by the rounding of pi"),
    "remainder": (lambda x, y: abs(x / y - np.round(x / y)) < 1e-6, "the floor of a rounded quotient may be one off"),
    "sinc": (lambda x: abs(x) < 1e-6, "near 0 its formula cancels"),
}
WITHOUT = (
    "floor_divide",
    "zeta",
    "igamma",
    "igammac",
    "_standard_gamma_grad",
    "_dirichlet_grad",
)  # have none in PyTorch, or not by every operand


def theirs(op: Op) -> Any:
    found: Any = torch
    for part in (op.torch or op.name).split("."):
        found = getattr(found, part, None)
    return found


def concerned(op: Op) -> bool:
    differentiable = op.public and bool(op.rules) and op.name not in WITHOUT
    return (
        (op.family == "elementwise" or op.name in ("angle", "maximum", "minimum", "sgn"))
        and differentiable
        and theirs(op) is not None
    )


ROWS = [op.name for op in OPS.values() if concerned(op)]
COMPLEX = [name for name in ROWS if "complex" not in OPS[name].refuses and OPS[name].takes != "floats"]


def slopes(t: Any, function: Any, arguments: list[np.ndarray]) -> list[Any]:
    tensors = [t.tensor(values).requires_grad_() for values in arguments]
    out = function(*tensors)
    seed = t.tensor(np.full(tuple(out.shape), 1.0 + 0.5j if out.dtype.is_complex else 1.0))
    return list(t.autograd.grad(out, tensors, seed.to(out.dtype), allow_unused=True))


def differences(name: str, arguments: list[np.ndarray]) -> int:
    """In how many points a slope differs; where PyTorch's complex one isn't finite, any will do."""
    op, count = OPS[name], 0
    ours, wanted = slopes(minitorch, op.function, arguments), slopes(torch, theirs(op), arguments)
    for one, other, argument in zip(ours, wanted, arguments, strict=True):
        got = np.zeros_like(argument) if one is None else one.numpy()
        expected = np.zeros_like(argument) if other is None else other.numpy(force=True)
        right = np.isclose(got, expected, rtol=1e-7, atol=1e-14, equal_nan=True)
        count += int((~right & (np.isfinite(expected) | (argument.dtype.kind != "c"))).sum())
    return count


@pytest.mark.parametrize("name", ROWS)
def test_slopes(name: str) -> None:
    count = len(OPS[name].operands)
    arguments = [each.ravel() for each in np.meshgrid(*[POINTS] * count)] if count < 3 else [POINTS] * count
    if name in LEFT_OUT:
        kept = ~LEFT_OUT[name][0](*arguments)
        arguments = [argument[kept] for argument in arguments]
    assert not differences(name, arguments)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_slopes(name: str) -> None:
    parts = np.array([-2.5, -1.0, -0.25, 0.0, 0.25, 1.0, 2.5])
    points = (parts[:, None] + 1j * parts).ravel()
    count = len(OPS[name].operands)
    assert not differences(name, [each.ravel() for each in np.meshgrid(*[points] * count)])
