"""Clipping, and all parameters as one vector."""

from __future__ import annotations

import math
from typing import Any

import pytest

import minitorch
from minitorch import nn
from minitorch.backend import default_backend
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


def test_skip_init_draws_nothing() -> None:
    minitorch.manual_seed(0)
    expected = minitorch.rand(2).tolist()
    minitorch.manual_seed(0)
    layer = utils.skip_init(nn.Conv2d, 2, 3, 2)
    assert minitorch.rand(2).tolist() == expected
    assert layer.weight.shape == (3, 2, 2, 2) and layer.weight.requires_grad and not layer.weight.is_meta


def test_fused_layer_does_what_both_did() -> None:
    x = minitorch.randn(5, 2)
    linear, norm = nn.Linear(2, 3), nn.BatchNorm1d(3)
    norm(linear(x))
    fused = utils.fuse_linear_bn_eval(linear.eval(), norm.eval())
    assert minitorch.allclose(fused(x), norm(linear(x)), atol=1e-6)
    assert fused is not linear and not minitorch.equal(fused.weight, linear.weight)


def test_channels_last_weights_stay_the_same_parameters() -> None:
    model = nn.Sequential(nn.Conv2d(2, 3, 2), nn.Linear(2, 2))
    weight, values = model[0].weight, model[0].weight.tolist()
    utils.convert_conv2d_weight_memory_format(model, minitorch.channels_last)
    assert model[0].weight is weight and weight.tolist() == values
    assert weight.is_contiguous(memory_format=minitorch.channels_last) or not default_backend().aliasing


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_old_norms_are_undone() -> None:
    for norm, remove in (
        (utils.weight_norm, utils.remove_weight_norm),
        (utils.spectral_norm, utils.remove_spectral_norm),
    ):
        layer = norm(nn.Linear(2, 2)).eval()
        before = layer(minitorch.ones(1, 2)).tolist()
        remove(layer)
        assert layer(minitorch.ones(1, 2)).tolist() == before
        assert sorted(layer.state_dict()) == ["bias", "weight"]
        assert not layer._hooks and not layer._state_hooks


def test_spectral_norm_stretches_nothing() -> None:
    weight = utils.parametrizations.spectral_norm(nn.Linear(4, 3), n_power_iterations=50).weight
    assert minitorch.linalg.svdvals(weight)[0].item() == pytest.approx(1)


@pytest.mark.parametrize("norm", [utils.spectral_norm, utils.parametrizations.spectral_norm])
def test_spectral_norm_can_be_used_twice_before_backward(norm: Any) -> None:
    layer = norm(nn.Linear(3, 2))
    x = minitorch.ones(1, 3)
    (layer(x) + layer(x)).sum().backward()
