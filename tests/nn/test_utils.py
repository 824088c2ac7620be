"""Clipping, and all parameters as one vector."""

from __future__ import annotations

import math

import pytest

import minitorch
from minitorch import nn
from minitorch.nn import utils


def with_gradients(*values: list[float]) -> list[nn.Parameter]:
    parameters = [nn.Parameter(minitorch.zeros(len(value))) for value in values]
    for parameter, value in zip(parameters, values, strict=True):
        parameter.grad = minitorch.tensor(value)
    return parameters


def test_clip_norm() -> None:
    parameters = [*with_gradients([3.0, 0.0], [4.0]), nn.Parameter(minitorch.zeros(1))]
    assert utils.clip_grad_norm_(parameters, 10).item() == 5
    assert parameters[0].grad.tolist() == [3.0, 0.0]
    assert utils.clip_grad_norm_(iter(parameters), 1).item() == 5
    assert parameters[0].grad.tolist() == pytest.approx([0.6, 0.0])
    assert parameters[1].grad.tolist() == pytest.approx([0.8])
    assert parameters[2].grad is None


def test_clip_norm_of_nothing() -> None:
    assert utils.clip_grad_norm_([], 1.0).item() == 0
    with pytest.warns(UserWarning, match="empty generator"):
        utils.clip_grad_norm_(iter([]), 1.0)


def test_clip_infinite_norm() -> None:
    parameters = with_gradients([math.inf, 1.0])
    with pytest.raises(RuntimeError, match="non-finite"):
        utils.clip_grad_norm_(parameters, 1.0, error_if_nonfinite=True)
    assert parameters[0].grad.tolist() == [math.inf, 1.0]


def test_clip_value() -> None:
    (parameter,) = with_gradients([-3.0, 0.5, 2.0])
    utils.clip_grad_value_(parameter, 1)
    assert parameter.grad.tolist() == [-1.0, 0.5, 1.0]


def test_vector_round_trip() -> None:
    model = nn.Linear(2, 2)
    vector = utils.parameters_to_vector(model.parameters())
    assert vector.shape == (6,) and vector.requires_grad
    utils.vector_to_parameters(minitorch.arange(6.0), model.parameters())
    assert model.weight.tolist() == [[0.0, 1.0], [2.0, 3.0]] and model.bias.tolist() == [4.0, 5.0]
    assert model.weight.requires_grad and model.weight.is_leaf


def test_vector_too_short() -> None:
    model = nn.Linear(2, 2)
    before = model.weight.tolist()
    with pytest.raises(RuntimeError, match="expected a vector of 6 values, got 5"):
        utils.vector_to_parameters(minitorch.ones(5), model.parameters())
    assert model.weight.tolist() == before
