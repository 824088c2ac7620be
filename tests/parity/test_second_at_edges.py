"""First and second derivatives of every function of one number, at 0 and at whole numbers on both sides of it.

There formulas change from one piece to another, and a second derivative shows what a first one hides.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import pytest

import minitorch
from minitorch.rows import OPS

torch = pytest.importorskip("torch")

POINTS = [0.0, -0.0, 1e-3, 0.5, -0.5, 1.0, -1.0, 2.0, 3.0, -3.0, 5.0, -5.0, 6.0, 20.0, -20.0]
RANDOM = {"alpha_dropout", "bernoulli", "dropout", "normal", "poisson"}
EXCEPT = {  # where we don't do as PyTorch does, and why
    **dict.fromkeys(("acosh", "arccosh"), "outside the domain PyTorch has slopes of what is nan"),
    **dict.fromkeys(("digamma", "psi", "lgamma", "gammaln"), "at its poles PyTorch has large numbers for infinity"),
    **dict.fromkeys(("bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1"), "at 6 PyTorch is right to seven digits only"),
    **dict.fromkeys(("linalg_norm", "norm", "vector_norm"), "at 0 the second derivative is nan in PyTorch, 0 here"),
    "sinc": "at 0 the second derivative, -pi^2 / 3, is nan in PyTorch and 0 here, where the first is 0 for any gradient",
    "var": "of one number all is nan",
}


def _functions() -> dict[str, tuple[Callable, Callable]]:
    """The public rows that take one number and give one, with PyTorch's functions."""
    found = {}
    for row in OPS.values():
        if not row.public or row.name in RANDOM or row.name in EXCEPT or "rand" in row.name:
            continue
        theirs, ours = torch, minitorch
        for part in (row.torch or row.name).split("."):
            theirs, ours = getattr(theirs, part, None), getattr(ours, part, None)
        try:
            result = theirs(torch.tensor(0.3, dtype=torch.float64))
            fits = result.shape == () and result.is_floating_point()
        except (AttributeError, IndexError, RuntimeError, TypeError, ValueError):
            continue
        if fits:
            found[row.name] = (theirs, ours)
    return found


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    FUNCTIONS = _functions()


def _derivatives(module: Any, function: Callable, point: float) -> list[float]:
    """The value and two derivatives, or as many of them as there are."""
    x, values = module.tensor(point, dtype=module.float64, requires_grad=True), []
    try:
        y = function(x)
        values.append(float(y.detach()))
        for _ in range(2):
            if y.requires_grad:
                y = module.autograd.grad(y, x, create_graph=True, allow_unused=True, materialize_grads=True)[0]
            else:
                y = module.zeros(())
            values.append(float(y.detach()))
    except (BufferError, RuntimeError, TypeError, ValueError):
        pass  # refused from here on
    return values


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.filterwarnings("ignore")
def test_derivatives(name):
    theirs, ours = FUNCTIONS[name]
    compared = 0
    for point in POINTS:
        expected = _derivatives(torch, theirs, point)
        found = _derivatives(minitorch, ours, point)
        assert len(found) >= len(expected), point
        for value, wanted in zip(found, expected, strict=False):
            same = math.isclose(value, wanted, rel_tol=1e-7, abs_tol=1e-8) or (value != value and wanted != wanted)
            assert same, f"{name} at {point}: {found} for {expected}"
        compared += len(expected)
    assert compared >= len(POINTS)


def test_there_are_many():
    assert len(FUNCTIONS) > 90
