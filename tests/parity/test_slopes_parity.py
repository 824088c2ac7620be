"""Derivatives of elementwise ops against PyTorch's, near to and far from where formulas change, and at their kinks.

The gradient that arrives is 1, and then infinite or nan, of which what a derivative doesn't let through is 0 and not 0 * inf.
"""

from __future__ import annotations

from functools import partial
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
    "heaviside",
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


# Those with settings, which the rows' own calls leave at their defaults, and compositions of rows that aren't public.
FUNCTIONS = {
    "clamp": lambda t, x: t.clamp(x, -0.5, 2.0),
    "clamp_min": lambda t, x: t.clamp(x, min=0.5),
    "clamp_max": lambda t, x: t.clamp(x, max=0.5),
    "clamp by tensors": lambda t, x, low, high: t.clamp(x, low, high),
    "clamp above a tensor": lambda t, x, low: t.clamp(x, min=low),
    "clamp below a tensor": lambda t, x, high: t.clamp(x, max=high),
    "hardtanh": lambda t, x: t.nn.functional.hardtanh(x, -0.75, 0.5),
    "relu6": lambda t, x: t.nn.functional.relu6(x),
    "threshold": lambda t, x: t.nn.functional.threshold(x, 0.5, 7.0),
    "hardshrink": lambda t, x: t.nn.functional.hardshrink(x, 0.75),
    "softshrink": lambda t, x: t.nn.functional.softshrink(x, 0.0),
    "leaky_relu": lambda t, x: t.nn.functional.leaky_relu(x, 0.0),
    "elu": lambda t, x: t.nn.functional.elu(x, 0.5),
    "rrelu": lambda t, x: t.nn.functional.rrelu(x),
    "prelu": lambda t, x, weight: t.nn.functional.prelu(x, weight[:1]),
    "softplus": lambda t, x: t.nn.functional.softplus(x, 1.0, 2.0),
    "abs": lambda t, x: abs(x),
    "relu": lambda t, x: t.relu(x),
    "where": lambda t, x, y: t.where(x > y, x, y),
    "masked_fill": lambda t, x: x.masked_fill(x > 0.5, 1.0),
    "masked_fill by a tensor": lambda t, x, y: x.masked_fill(x > 0.5, y[0]),
    "power 0": lambda t, x: x**0,
    "power 1": lambda t, x: x**1,
    "power of tensors": lambda t, x, y: t.pow(x.abs(), y),
    "2 to a power": lambda t, x: 2.0**x,
    "logit": lambda t, x: t.logit(x, 0.25),
    "nan_to_num": lambda t, x: t.nan_to_num(x),
    "round to places": lambda t, x: t.round(x, decimals=1),
    "floor of a quotient": lambda t, x, y: t.div(x, y, rounding_mode="floor"),
    "whole quotient": lambda t, x, y: t.div(x, y, rounding_mode="trunc"),
    "lerp": lambda t, x, y: t.lerp(x, y, 0.25),
    "dist": lambda t, x, y: t.nn.functional.huber_loss(x, y, reduction="none"),
    "hinge": lambda t, x: t.nn.functional.hinge_embedding_loss(x, t.ones_like(x.detach()).neg(), 0.5, reduction="none"),
}


def slopes(t: Any, function: Any, arguments: list[np.ndarray], arriving: float) -> list[Any]:
    tensors = [t.tensor(values).requires_grad_() for values in arguments]
    out = function(*tensors)
    seed = t.tensor(np.full(tuple(out.shape), arriving * (1.0 + 0.5j) if out.dtype.is_complex else arriving))
    return list(t.autograd.grad(out, tensors, seed.to(out.dtype), allow_unused=True))


def differences(name: str, arguments: list[np.ndarray], arriving: float = 1.0) -> int:
    """In how many points a slope differs; where PyTorch's complex one isn't finite, any will do."""
    called = partial(FUNCTIONS[name], minitorch) if name in FUNCTIONS else OPS[name].function
    oracle = partial(FUNCTIONS[name], torch) if name in FUNCTIONS else theirs(OPS[name])
    ours, wanted, count = slopes(minitorch, called, arguments, arriving), slopes(torch, oracle, arguments, arriving), 0
    for one, other, argument in zip(ours, wanted, arguments, strict=True):
        got = np.zeros_like(argument) if one is None else one.numpy()
        expected = np.zeros_like(argument) if other is None else other.numpy(force=True)
        right = np.isclose(got, expected, rtol=1e-7, atol=1e-14, equal_nan=True)
        count += int((~right & (np.isfinite(expected) | (argument.dtype.kind != "c"))).sum())
    return count


def operands(name: str) -> list[np.ndarray]:
    """The points at which a function is tried, for two operands each with each."""
    count = FUNCTIONS[name].__code__.co_argcount - 1 if name in FUNCTIONS else len(OPS[name].operands)
    arguments = [each.ravel() for each in np.meshgrid(*[POINTS] * count)] if count < 3 else [POINTS] * count
    if name == "nan_to_num":
        return [np.array([1.0, np.inf, -np.inf, np.nan])]
    if name in LEFT_OUT:
        kept = ~LEFT_OUT[name][0](*arguments)
        arguments = [argument[kept] for argument in arguments]
    return arguments


@pytest.mark.parametrize("name", [*ROWS, *FUNCTIONS])
@pytest.mark.parametrize("arriving", [1.0, np.inf, -np.inf, np.nan])
def test_slopes(name: str, arriving: float) -> None:
    assert not differences(name, operands(name), arriving)


@pytest.mark.parametrize("name", [*ROWS, *FUNCTIONS])
@pytest.mark.parametrize("arriving", [np.inf, np.nan])
def test_the_same_in_every_direction(name: str, arriving: float) -> None:
    """Of a tangent comes what comes of a gradient; and so on a tape, and of many at once."""
    called = partial(FUNCTIONS[name], minitorch) if name in FUNCTIONS else OPS[name].function
    primals = [minitorch.tensor(values) for values in operands(name)]
    seed = minitorch.full_like(primals[0], arriving)
    pulled = minitorch.func.vjp(called, *primals)[1]
    wanted = pulled(seed)
    batched = minitorch.func.vmap(pulled)(minitorch.stack([seed, seed]))
    tensors = [primal.clone().requires_grad_() for primal in primals]
    recorded: Any = minitorch.autograd.grad(called(*tensors), tensors, seed, create_graph=True, allow_unused=True)
    for number, gradient in enumerate(wanted):
        expected = gradient.numpy()
        np.testing.assert_array_equal(batched[number][1].numpy(), expected)
        np.testing.assert_array_equal(np.zeros_like(expected) if recorded[number] is None else recorded[number].detach().numpy(),
                                      expected)  # fmt: skip
        if "by a tensor" in name or name == "prelu":  # whose gradient is a sum
            continue

        def alone(primal: Any, number: int = number) -> Any:
            return called(*primals[:number], primal, *primals[number + 1 :])

        np.testing.assert_array_equal(minitorch.func.jvp(alone, (primals[number],), (seed,))[1].numpy(), expected)


@pytest.mark.parametrize("name", COMPLEX)
def test_complex_slopes(name: str) -> None:
    parts = np.array([-2.5, -1.0, -0.25, 0.0, 0.25, 1.0, 2.5])
    points = (parts[:, None] + 1j * parts).ravel()
    count = len(OPS[name].operands)
    assert not differences(name, [each.ravel() for each in np.meshgrid(*[points] * count)])
